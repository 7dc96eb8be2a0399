"""What diagnoses cost, as Prometheus reads it."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, generate_latest

from nbdoctor.protocol import Stage
from nbdoctor.server.metrics import Metrics, shared


def test_stages_are_counted():
    registry = CollectorRegistry()
    metrics = Metrics(registry)
    metrics.observe(Stage("rules", seconds=0.01))
    metrics.observe(Stage("python", 0.1, 3.0, 0.5, "m", 100, 60, 20))
    metrics.observe(Stage("python", 0.1, 3.0, None, "m", outcome="model_timeout"))
    value = registry.get_sample_value
    python = {"stage": "python", "model": "m"}
    assert value("nbdoctor_stages_total", {**python, "outcome": "model_timeout"}) == 1
    assert value("nbdoctor_stage_seconds_sum", python) == 6
    assert value("nbdoctor_first_word_seconds_count", python) == 1
    assert value("nbdoctor_tokens_total", {**python, "kind": "cached"}) == 60
    assert value("nbdoctor_tokens_total", {"stage": "rules", "model": "", "kind": "prompt"}) is None
    assert b"nbdoctor_stage_seconds_bucket" in generate_latest(registry)


async def test_the_server_s_own_page_has_them(jp_serverapp, jp_fetch):
    shared().observe(Stage("rules", seconds=0.01))
    page = (await jp_fetch("metrics")).body.decode()
    assert 'nbdoctor_stages_total{model="",outcome="done",stage="rules"}' in page
