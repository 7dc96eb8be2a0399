"""``make bench-llm``: what the chain costs on a real model server, beside what the same server does when it is asked plainly.

    python -m tests.bench_llm [--errors N] [--at-once N] [--vllm PATH] [--written N]

The server is the one that settings find (``nbdoctor serve``, or ``NBDOCTOR_LLM_URL``). Errors are real ones of this process'
own shell, rules off; each has names of its own, so that no prompt is known to the server from another. In turn, error by error:
the whole chain, one baseline request, and the summary's own prompt, streamed to its first word. With ``--vllm`` the prompts of
many diagnoses at once are sent a second time, by vLLM's own benchmark. Exit code 1 over a limit.
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
    random.seed(0)
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


async def at_once(doctor: Doctor, errors: Sequence[Failure]) -> tuple[float, int, list[Prompt]]:
    """Seconds that many diagnoses take together, the tokens that they read and wrote, and what was sent."""
    began = time.perf_counter()
    answers = await asyncio.gather(*(chain(doctor, failure) for failure in errors))
    seconds = time.perf_counter() - began
    stages = [stage for _, _, all_, _ in answers for stage in all_ if stage.model]
    tokens = sum(stage.prompt_tokens + stage.completion_tokens for stage in stages)
    for failure, (_, _, _, prompts) in zip(errors, answers):
        mixed = [p for p in prompts if failure.report.cell.source.split("\n")[-1] not in p.messages[1]["content"]]
        assert not mixed, "an error got another one's prompt"
    return seconds, tokens, [prompt for _, _, _, prompts in answers for prompt in prompts]


def vllm_benchmark(program: str, client: ModelClient, prompts: Sequence[Prompt], written: int) -> float:
    """Tokens a second, read and written, of the same prompts sent by ``vllm bench serve``."""
    server = client.server
    headers = {"Authorization": f"Bearer {server.key}"} if server.key else {}
    # vLLM says where the model's folder is, which the benchmark's tokenizer needs.
    listed = httpx.get(f"{server.url}/models", headers=headers, trust_env=False).raise_for_status().json()["data"]
    root = next(entry["root"] for entry in listed if entry["id"] == client.model)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "prompts.jsonl")
        texts = ("\n\n".join(message["content"] for message in prompt.messages) for prompt in prompts)
        file.write_text("".join(json.dumps({"prompt": text}) + "\n" for text in texts))
        command = [
            program, "bench", "serve", "--backend", "openai-chat", "--endpoint", "/v1/chat/completions",
            "--base-url", server.url.removesuffix("/v1"), "--model", client.model, "--tokenizer", root, "--dataset-name", "custom",
            "--dataset-path", str(file), "--num-prompts", str(len(prompts)), "--custom-output-len", str(written),
            "--save-result", "--result-dir", folder, "--result-filename", "result.json", "--disable-tqdm",
        ]  # fmt: skip
        subprocess.run(command, check=True, env={**os.environ, "OPENAI_API_KEY": server.key}, stdout=sys.stderr)
        result = json.loads(Path(folder, "result.json").read_text())
    return float(result["total_token_throughput"])


async def measure(options: argparse.Namespace) -> int:
    """Print the table; 1 where a limit is passed."""
    settings = NBDoctor(llm_timeout=600.0, llm_parallel=64)
    client = ModelClient(settings)
    doctor = Doctor(settings, client, use_rules=False)
    errors = failures(options.errors + options.at_once)
    try:
        print(f"{await client.resolve_model()}, {options.errors} errors one by one, {options.at_once} at once")
        await chain(doctor, failures(1)[0])  # warm
        rows = await latencies(doctor, client, errors[: options.errors])
        over = [name for name, plain, ours, limit in rows if ours > limit * plain]
        print(f"{'seconds, medians':60}{'plain':>9}{'ours':>9}{'ratio':>8}{'limit':>8}")
        for name, plain, ours, limit in rows:
            print(f"{name:60}{plain:9.2f}{ours:9.2f}{ours / plain:8.2f}{limit:8.2f}")
        seconds, tokens, prompts = await at_once(doctor, errors[options.errors :])
        print(f"{options.at_once} diagnoses at once: all ended, {seconds:.1f} s, {tokens / seconds:.1f} tokens/s")
        if options.vllm:
            own = vllm_benchmark(options.vllm, client, prompts, options.written)
            print(f"the same prompts by vLLM's own benchmark: {own:.1f} tokens/s, ours is {tokens / seconds / own:.0%}")
            over += ["throughput"] if tokens / seconds < THROUGHPUT * own else []
    finally:
        await client.aclose()
    print("over the limit: " + ", ".join(over) if over else "all within their limits")
    return bool(over)


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--errors", type=int, default=16, help="one by one, for the latencies")
    parser.add_argument("--at-once", type=int, default=50)
    parser.add_argument(
        "--written", type=int, default=40, help="tokens that vLLM's benchmark has each prompt answered with"
    )
    parser.add_argument("--vllm", default="", help="the program vllm, for its own benchmark")
    return asyncio.run(measure(parser.parse_args()))


if __name__ == "__main__":
    sys.exit(main())
