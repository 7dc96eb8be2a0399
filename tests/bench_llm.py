"""``make bench-llm``: what the chain costs on a real model server, beside what the same server does when it is asked plainly.

    python -m tests.bench_llm [--errors N] [--at-once N] [--vllm PATH]

The server is the one that settings find (``nbdoctor serve``, or ``NBDOCTOR_LLM_URL``). Errors are real ones of this process'
own shell, rules off; each has names of its own, others in each run, so that no prompt is known to the server. In turn, error by error:
the whole chain, one baseline request, and the summary's own prompt, streamed to its first word. With ``--vllm`` the prompts of
many diagnoses at once are sent a second time, by vLLM's own benchmark: all at the same moment, each answered with as many tokens
as it was before, and none of them known from the first time. Exit code 1 over a limit.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from nbdoctor.agents.doctor import Doctor
from nbdoctor.config import NBDoctor
from nbdoctor.evals import baseline
from nbdoctor.kernel import extension
from nbdoctor.kernel.namespace import LiveNamespace
from nbdoctor.llm.client import ModelClient
from nbdoctor.protocol import Cell, Look, PostedError, Prompt, Report, Stage

#: What the issue of these figures allows.
FIX_RATIO, WORDS_RATIO, THROUGHPUT = 1.5, 1.2, 0.9
#: Jobs that ask for several candidates in one request.
SEVERAL = ("python", "again")

CELLS = [
    ("{a} = [1, 2, 3]", "total_{a} = sum({a})\nprint(total_{b})"),
    ("import collections\n{a} = collections.Counter('abracadabra')", "for letter, count in {a}.iteritems():\n    print(letter, count)"),
    ("{a} = {{'month': [1, 2], 'revenue': [3, 4]}}", "rows = len({a}['month'])\nmean_{b} = sum({a}['revenu']) / rows"),
    ("def scale_{a}(values, factor=2):\n    return [v * factor for v in values]", "scaled_{b} = scale_{a}([1, 2, 3], factors=3)"),
    ("{a} = '17 apples'", "count_{b} = int({a}) + 1\ncount_{b}"),
    ("{a} = (4, 5, 6)", "{a}[0] = 7\nprint({a})"),
    ("import math\n{a} = 12.5", "print(math.square({a}))"),
    ("{a} = [3, 1, 2]", "{b} = {a}.sort()\nprint({b}[0])"),
]  # fmt: skip


@dataclass
class Failure:
    """An error of the shell, as the server part gets it."""

    report: Report
    cells: list[Cell]
    posted: PostedError
    shell: InteractiveShell

    async def look(self, expressions: Sequence[str]) -> dict[str, Look]:
        """What expressions are, as the bridge would tell."""
        namespace = LiveNamespace(self.shell)
        found = {name: look for name in expressions if (look := namespace.look(name)) is not None}
        namespace.close()
        return found


def failures(count: int) -> list[Failure]:
    """Errors, each with words of its own."""
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    shell = InteractiveShell(config=config)
    extension.load(shell)
    tracebacks: list[list[str]] = []
    shell._showtraceback = lambda kind, value, stb: tracebacks.append(stb)
    found = []
    for number in range(count):
        names = {key: "".join(random.choices("bcdfghklmnprstvz", k=6)) for key in "ab"}
        first, second = (text.format(**names) for text in CELLS[number % len(CELLS)])
        shell.run_cell(first, store_history=True)
        shell.run_cell(second, store_history=True)
        report = extension.loaded(shell).watch.latest()
        error = report.errors[0]
        posted = PostedError(error.name, error.message, list(tracebacks[-1]))
        found.append(Failure(report, [Cell(first, "c1"), report.cell], posted, shell))
    return found


async def chain(doctor: Doctor, failure: Failure) -> tuple[float, float, list[Stage], list[Prompt]]:
    """Seconds to the first words and to the first fix (the whole, where none came), the stages, and what was sent."""
    began, words, fix = time.perf_counter(), 0.0, 0.0
    prompts: list[Prompt] = []
    stages: list[Stage] = []
    cell = failure.report.cell
    async for name, what in doctor.diagnose(failure.report, cell, failure.cells, model="always", look=failure.look):
        if name == "words":
            words = words or time.perf_counter() - began
        elif name == "fix":
            fix = fix or time.perf_counter() - began
        elif name == "prompt":
            prompts.append(what)
        elif name == "diagnosis":
            stages = what.stages
    whole = time.perf_counter() - began
    return words or whole, fix or whole, stages, prompts


async def first_word(client: ModelClient, messages: list[dict[str, str]], tokens: int) -> float:
    """The server's own time to the first token of a prompt that it does not know yet."""
    began = time.perf_counter()
    pieces = client.stream_text(messages, tokens)
    async for _ in pieces:
        break
    seconds = time.perf_counter() - began
    await pieces.aclose()
    return seconds


async def latencies(
    doctor: Doctor, client: ModelClient, errors: Sequence[Failure]
) -> list[tuple[str, float, float, float]]:
    """Rows: what, the plain request's median, the chain's median, the limit of their ratio."""
    words, fixes, plain, own = [], [], [], []
    for number, failure in enumerate(errors):
        seconds, fix, _, prompts = await chain(doctor, failure)
        words.append(seconds)
        fixes.append(fix)
        began = time.perf_counter()
        await baseline.ask(client, failure.report.cell.source, failure.posted)
        plain.append(time.perf_counter() - began)
        summary = next(prompt.messages for prompt in prompts if prompt.job == "summarize")
        # The same length, another beginning: the server has not read it yet.
        system = {**summary[0], "content": f"({number}{number}) {summary[0]['content']}"}
        own.append(await first_word(client, [system, *summary[1:]], 160))
    return [
        ("to the model's first fix, beside one baseline request", statistics.median(plain), statistics.median(fixes), FIX_RATIO),
        ("to the first words, beside the server's own first token", statistics.median(own), statistics.median(words), WORDS_RATIO),
    ]  # fmt: skip


async def at_once(doctor: Doctor, errors: Sequence[Failure]) -> tuple[float, list[tuple[Prompt, Stage]]]:
    """Seconds that many diagnoses take together, what was sent, and what each request cost."""
    began = time.perf_counter()
    answers = await asyncio.gather(*(chain(doctor, failure) for failure in errors))
    seconds = time.perf_counter() - began
    requests: list[tuple[Prompt, Stage]] = []
    for failure, (_, _, stages, prompts) in zip(errors, answers):
        mixed = [p for p in prompts if failure.report.cell.source.split("\n")[-1] not in p.messages[1]["content"]]
        assert not mixed, "an error got another one's prompt"
        requests += zip(prompts, [stage for stage in stages if stage.model], strict=True)
    return seconds, requests


def vllm_benchmark(
    program: str, client: ModelClient, requests: Sequence[tuple[Prompt, Stage]], candidates: int
) -> float:
    """Seconds that ``vllm bench serve`` takes for the same prompts and answers of the same length.

    It knows no requests for several answers: such a prompt is sent once for each of the ``candidates``.
    """
    server = client.server
    headers = {"Authorization": f"Bearer {server.key}"} if server.key else {}
    # vLLM says where the model's folder is, which the benchmark's tokenizer needs.
    listed = httpx.get(f"{server.url}/models", headers=headers, trust_env=False).raise_for_status().json()["data"]
    root = next(entry["root"] for entry in listed if entry["id"] == client.model)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "prompts.jsonl")
        lines: list[dict[str, str | int]] = []
        for prompt, stage in requests:
            answers = candidates if prompt.job in SEVERAL else 1
            text = "\n\n".join(message["content"] for message in prompt.messages)
            lines += [{"prompt": text, "output_tokens": max(1, stage.completion_tokens // answers)}] * answers
        file.write_text("".join(json.dumps(line) + "\n" for line in lines))
        command = [
            program, "bench", "serve", "--backend", "openai-chat", "--endpoint", "/v1/chat/completions",
            "--base-url", server.url.removesuffix("/v1"), "--model", client.model, "--tokenizer", root, "--dataset-name", "custom",
            "--dataset-path", str(file), "--num-prompts", str(len(lines)), "--custom-output-len", "-1", "--ignore-eos",
            "--skip-chat-template", "--save-result", "--result-dir", folder, "--result-filename", "result.json", "--disable-tqdm",
            # What the server read for nbdoctor is in its cache under another name: the benchmark has to have it read again.
            "--extra-body", json.dumps({"cache_salt": f"bench {time.time()}"}),
        ]  # fmt: skip
        subprocess.run(command, check=True, env={**os.environ, "OPENAI_API_KEY": server.key}, stdout=sys.stderr)
        result = json.loads(Path(folder, "result.json").read_text())
    assert result["completed"] == len(lines), "the benchmark's requests did not all end"
    return float(result["duration"])


async def measure(options: argparse.Namespace) -> int:
    """Print the table; 1 where a limit is passed."""
    settings = NBDoctor(llm_timeout=600.0, llm_parallel=64)
    client = ModelClient(settings)
    doctor = Doctor(settings, client, use_rules=False)
    errors = failures(options.errors + options.at_once)
    try:
        print(f"{await client.resolve_model()}, {options.errors} errors one by one, {options.at_once} at once")
        await chain(doctor, failures(1)[0])  # warm
        rows = await latencies(doctor, client, errors[: options.errors]) if options.errors else []
        over = [name for name, plain, ours, limit in rows if ours > limit * plain]
        if rows:
            print(f"{'seconds, medians':60}{'plain':>9}{'ours':>9}{'ratio':>8}{'limit':>8}")
        for name, plain, ours, limit in rows:
            print(f"{name:60}{plain:9.2f}{ours:9.2f}{ours / plain:8.2f}{limit:8.2f}")
        seconds, requests = await at_once(doctor, errors[options.errors :])
        read = sum(stage.prompt_tokens for _, stage in requests)
        written = sum(stage.completion_tokens for _, stage in requests)
        print(
            f"{options.at_once} diagnoses at once: all ended, {seconds:.1f} s, {(read + written) / seconds:.1f} tokens/s"
        )
        print(f"  {len(requests)} requests, {read} tokens read, {written} written")
        if options.vllm:
            own = vllm_benchmark(options.vllm, client, requests, settings.candidates)
            rate = (read + written) / own
            print(f"the same by vLLM's own benchmark: {own:.1f} s, {rate:.1f} tokens/s, ours is {own / seconds:.0%}")
            over += ["throughput"] if own < THROUGHPUT * seconds else []
    finally:
        await client.aclose()
    print("over the limit: " + ", ".join(over) if over else "all within their limits")
    return bool(over)


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--errors", type=int, default=16, help="one by one, for the latencies; 0 for none")
    parser.add_argument("--at-once", type=int, default=50)
    parser.add_argument("--vllm", default="", help="the program vllm, for its own benchmark")
    return asyncio.run(measure(parser.parse_args()))


if __name__ == "__main__":
    sys.exit(main())
