"""A hub's gateway before a real vLLM: what nbdoctor asks of a model goes through it unchanged."""

from __future__ import annotations

import asyncio

from nbdoctor.config import NBDoctor
from nbdoctor.llm.client import ModelClient
from nbdoctor.llm.structured import choose
from nbdoctor.protocol import CATEGORIES

from ..hub.stub import gateway
from .test_vllm import CHAT, running


def test_nbdoctor_asks_a_real_model_through_the_gateway(client, monkeypatch):
    server = client.server
    monkeypatch.setenv("MODEL_KEY", server.key)
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/services/nbdoctor/")

    async def main():
        async with gateway(servers=[{"url": server.url, "key_variable": "MODEL_KEY"}]) as g:
            monkeypatch.setenv("JUPYTERHUB_API_TOKEN", g.hub.add("ana"))
            settings = NBDoctor(llm_url=f"{g.url}v1", llm_key_variable="JUPYTERHUB_API_TOKEN", llm_timeout=120.0)
            asker = ModelClient(settings)
            try:
                assert await asker.context_length() == 8192
                assert await asker.count_tokens("one two") > 1
                pieces = [piece async for piece in asker.stream_text(CHAT, max_tokens=24)]
                assert len(pieces) > 3
                chosen = await choose(asker, CHAT, CATEGORIES)
                assert chosen.label in CATEGORIES
                assert sum(chosen.probabilities.values()) > 0.99
                # Who leaves is heard of by the model server.
                stream = asker.stream_text(CHAT, max_tokens=4000)
                async for _ in stream:
                    break
                await stream.aclose()
            finally:
                await asker.aclose()
            for _ in range(300):
                if running(client) == 0:
                    break
                await asyncio.sleep(0.1)
            assert running(client) == 0

    asyncio.run(main())
