from __future__ import annotations

import asyncio
import json
import subprocess
import sys

import pytest

from nbdoctor.llm.budget import Section, characters, context_of, fit, tokens
from nbdoctor.llm.fake import read_script

from .helpers import CHAT, client_of, fake, text_of


def test_what_fits_is_left_alone():
    sections = [Section("a", "x" * 50, 0), Section("b", "y" * 50, 1)]
    assert fit(sections, 100) == {"a": "x" * 50, "b": "y" * 50}


def test_the_least_important_gives_way_first_and_keeps_head_and_tail():
    sections = [Section("cell", "c" * 400, 2), Section("earlier", "A" + "e" * 400 + "Z", 0)]
    fitted = fit(sections, 600)
    assert fitted["cell"] == "c" * 400
    assert fitted["earlier"].startswith("Ae")
    assert fitted["earlier"].endswith("eZ")
    assert len(fitted["cell"] + fitted["earlier"]) <= 600


def test_sections_keep_their_least_as_long_as_there_is_another_way():
    sections = [Section("facts", "f" * 300, 0, 200), Section("cell", "c" * 300, 1, 100)]
    fitted = fit(sections, 400)
    assert (len(fitted["facts"]), len(fitted["cell"])) == (200, 200)
    assert sum(map(len, fit(sections, 50).values())) <= 50


def test_tokens_and_characters():
    assert tokens("x" * 320) == 101
    assert characters(100) == 320


@pytest.mark.parametrize(
    ("entry", "context"),
    [
        ({"max_model_len": 4096}, 4096),
        ({"metadata": {"max_request_context_length": 2048}}, 2048),  # Ray Serve LLM
        ({"max_model_len": None, "metadata": None}, 8192),
        ({"max_model_len": "many", "metadata": {"max_request_context_length": 0}}, 8192),
        ({}, 8192),
    ],
)
def test_servers_say_in_two_ways_how_long_a_context_is(entry, context):
    assert context_of(entry) == context


def test_scripts_in_both_forms():
    assert read_script("# nbdoctor-fake: replace revenu with revenue\n") == {"replace": {"revenu": "revenue"}}
    assert read_script('{"category": "infra"}') == {"category": "infra"}


def test_the_fake_fixes_the_cell_of_the_prompt_by_its_script():
    chat = [{"role": "user", "content": "<nb:cell>\n# nbdoctor-fake: replace foo with bar\nfoo()\n</nb:cell>"}]
    schema = {"title": "x", "properties": {"title": {"type": "string"}, "code": {"type": "string"}}}
    answer = asyncio.run(client_of(fake()).complete(chat, schema=schema))[0]
    assert json.loads(answer.text)["code"].split("\n")[1] == "bar()"


def test_answers_can_be_scripted_by_job():
    async def main():
        model = fake()
        model.enqueue("python", job="categorize")
        model.enqueue("first")
        client = client_of(model)
        return await text_of(client), (await client.complete(CHAT, choice=["notebook", "python"]))[0].text

    assert asyncio.run(main()) == ("first", "python")


@pytest.mark.parametrize("module", ["nbdoctor.llm.client", "nbdoctor.agents.doctor"])
def test_neither_jupyter_nor_a_kernel_is_imported(module):
    code = f"import sys, {module}; print([m for m in sys.modules if m.split('.')[0] in ('IPython', 'jupyter_server') or m.startswith('nbdoctor.kernel')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
