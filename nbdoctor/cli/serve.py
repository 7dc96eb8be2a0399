"""``nbdoctor serve``: start a model server on this machine, say whether it runs, stop it."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from ..errors import ConfigurationError, NBDoctorError
from ..serving import environment, fit, health, plan, process, state
from ..serving.logs import last_words, read
from ..serving.state import Running
from ..serving.tables import engines, profiles
from .run import FAILED, OK, USAGE

_WATCH_SECONDS = 0.2
#: How a server ends that `nbdoctor serve stop` has stopped.
_STOPPED = (0, -signal.SIGTERM, -signal.SIGINT)


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "serve",
        help="start a model server on this machine",
        description="Starts a model server as a process of its own, waits until it answers, and stops it at Ctrl+C. nbdoctor "
        "finds it by itself where no other server is set. `nbdoctor serve status` says whether one runs, `nbdoctor serve stop` "
        "stops it. See docs/models.md. Exit code 0: it ran, or runs; 1: it does not; 2: the command line is wrong.",
    )
    parser.add_argument(
        "action", nargs="?", choices=("start", "status", "stop"), default="start", metavar="status | stop"
    )
    parser.add_argument("--model", default="", metavar="M", help="folder, or name on the hub (default: the profile's)")
    parser.add_argument(
        "--engine", choices=tuple(engines()), default="vllm", help="program that serves (default: vllm)"
    )
    parser.add_argument(
        "--profile",
        default="auto",
        metavar="NAME",
        help=f"{', '.join(profiles())}, or auto: what suits this machine (default)",
    )
    parser.add_argument("--port", type=int, default=8000, metavar="N", help="on 127.0.0.1 (default: 8000)")
    parser.add_argument(
        "--context", type=int, default=0, metavar="N", help="tokens of context (default: the profile's)"
    )
    parser.add_argument(
        "--python",
        default="",
        metavar="PATH",
        help="interpreter of the environment that has the engine (default: this)",
    )
    parser.add_argument(
        "--tensor-parallel", type=int, default=1, metavar="N", help="GPUs that share the model (default: 1)"
    )
    parser.add_argument(
        "--replicas", default="1", metavar="N|MIN-MAX", help="copies of the model, for --engine ray (default: 1)"
    )
    parser.add_argument("--background", action="store_true", help="leave it running, with its log in a file")
    parser.add_argument("--print", action="store_true", dest="show", help="print the command, and start nothing")
    parser.set_defaults(main=main, parser=parser)


def main(arguments: argparse.Namespace) -> int:
    """Run the command; returns its exit code."""
    try:
        if os.name == "nt":
            raise ConfigurationError("nbdoctor serve starts servers on Linux and macOS.", hint="Set NBDOCTOR_LLM_URL.")
        if arguments.action == "status":
            return _status()
        if arguments.action == "stop":
            return _stop()
        return _start(arguments, _options(arguments))
    except NBDoctorError as error:
        print(f"nbdoctor serve: {error.message} {error.hint}".rstrip(), file=sys.stderr)
        return USAGE if isinstance(error, ConfigurationError) else FAILED
    except KeyboardInterrupt:
        print("nbdoctor serve: interrupted", file=sys.stderr)
        return FAILED


def _options(arguments: argparse.Namespace) -> plan.Options:
    least, _, most = arguments.replicas.partition("-")
    numbers = (least, most or least)
    if not all(number.isdigit() for number in numbers) or not 1 <= int(numbers[0]) <= int(numbers[1]):
        raise ConfigurationError("--replicas is a number, or the fewest and the most, such as 1-4.")
    if not 1 <= arguments.port <= 65535:
        raise ConfigurationError("--port is between 1 and 65535.")
    if arguments.context < 0 or arguments.tensor_parallel < 1:
        raise ConfigurationError("--context cannot be negative, and --tensor-parallel is at least 1.")
    if arguments.engine != "ray" and arguments.replicas != "1":
        raise ConfigurationError("--replicas needs --engine ray: the others serve one copy.")
    return plan.Options(
        engine=arguments.engine,
        profile=arguments.profile,
        model=arguments.model,
        port=arguments.port,
        context=arguments.context,
        tensor_parallel=arguments.tensor_parallel,
        replicas=(int(numbers[0]), int(numbers[1])),
    )


def _start(arguments: argparse.Namespace, options: plan.Options) -> int:
    if arguments.show:
        return _print(arguments, options)
    process.refuse_second()
    chosen = plan.make(options)
    installed = environment.find(chosen.engine, arguments.python)
    fit.check(chosen, installed)
    for note in chosen.notes:
        print(note, file=sys.stderr)
    known = environment.flags(installed, asking=lambda sentence: print(sentence, file=sys.stderr, flush=True))
    began = time.monotonic()
    with _interrupted_by_signals():
        started = process.start(chosen, installed.executable, known)
        try:
            running = _wait(started, f"{chosen.engine.title} {installed.version}")
            print("\n".join(_sentences(running, time.monotonic() - began, arguments.background)), flush=True)
            if arguments.background:
                process.leave(started)
                return OK
            return _watch(started)
        except BaseException:
            process.stop(started.running, started.process)
            raise


def _print(arguments: argparse.Namespace, options: plan.Options) -> int:
    """Show the command as it would be run; where the engine is not there, with every flag."""
    chosen = plan.make(options)
    executable, known = chosen.engine.executable, frozenset[str]()
    try:
        installed = environment.find(chosen.engine, arguments.python)
        executable, known = str(installed.executable), environment.flags(installed)
    except NBDoctorError as error:
        print(f"nbdoctor serve: {error.message} {error.hint}".rstrip(), file=sys.stderr)
    if chosen.engine.name == "ray":
        print(f"# application.yaml, also for `serve deploy`\n{chosen.application()}\n# the command")
    print(chosen.shown(chosen.command(executable, known)))
    return OK


def _wait(started: process.Started, title: str) -> Running:
    """Wait until the server answers, with its log's last line on a terminal."""
    console, began = Console(stderr=True), time.monotonic()
    first = f"{title} starts with {started.plan.model.name} (profile {started.plan.profile.name})"
    if not console.is_terminal:
        print(f"{first}.", file=sys.stderr, flush=True)
        return process.wait(started)
    with console.status(Text(first)) as status:

        def progress(line: str) -> None:
            shown = Text(f"{first}, {time.monotonic() - began:.0f} s: {line}", no_wrap=True, overflow="ellipsis")
            status.update(shown)

        return process.wait(started, progress)


def _watch(started: process.Started) -> int:
    """Stay until the server ends, or until Ctrl+C."""
    try:
        while not (ending := started.ending()):
            time.sleep(_WATCH_SECONDS)
    except KeyboardInterrupt:
        print("Stopping the server.", file=sys.stderr, flush=True)
        process.stop(started.running, started.process)
        return OK
    process.stop(started.running, started.process)  # what it left behind
    if started.process.returncode in _STOPPED:
        print("The server was stopped.", file=sys.stderr)
        return OK
    path = started.running.log_file
    words = last_words(read(Path(path)))
    print(f"nbdoctor serve: the server ended ({ending}): {words} The log: {path}", file=sys.stderr)
    return FAILED


@contextmanager
def _interrupted_by_signals() -> Iterator[None]:
    """Take the end of the terminal, or of a container, for a Ctrl+C: the server must not be left behind."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = {}
    with suppress(ValueError):  # not the main thread
        before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _sentences(running: Running, seconds: float, background: bool) -> list[str]:
    key = [f'    export NBDOCTOR_LLM_KEY="$(cat {running.key_file})"'] if running.key_file else []
    open_ = [] if key else ["It knows no key: everyone with an account on this machine can use it."]
    model = [f"    export NBDOCTOR_LLM_MODEL={running.model}"] if not engines()[running.engine].lists_its_model else []
    return [
        f"{running.model} is served at {running.url} since {seconds:.0f} s after the start.",
        *open_,
        "Your Jupyter servers and kernels on this machine find it by themselves. To name it elsewhere:",
        f"    export NBDOCTOR_LLM_URL={running.url}",
        *key,
        *model,
        f"The log: {running.log_file}",
        "`nbdoctor serve stop` stops it." if background else "Ctrl+C stops it.",
    ]


def _status() -> int:
    running = state.current()
    if running is None:
        print("No model server of nbdoctor serve runs on this machine.")
        return FAILED
    since = datetime.fromtimestamp(running.since).strftime("%Y-%m-%d %H:%M:%S")
    print(f"{running.url}  model {running.model}")
    print(f"Process {running.pid}, {engines()[running.engine].title}, profile {running.profile}, since {since}.")
    well = health.answers(running)
    if not running.ready:
        print("It is starting.")
    elif not well:
        print("It does not answer.")
    else:
        print(f"It answers.{_load(health.requests(running))}")
    print(f"The log: {running.log_file}")
    return OK if well and running.ready else FAILED


def _load(counts: dict[str, int]) -> str:
    said = ", ".join(f"{counts[kind]} {kind}" for kind in ("running", "waiting") if kind in counts)
    return f" Requests: {said}." if said else ""


def _stop() -> int:
    running = state.current()
    if running is None:
        print("No model server of nbdoctor serve runs on this machine.")
        return OK
    ended = process.stop(running)
    how = "" if ended else f" It did not end by itself within {process.GRACE:.0f} s and was killed."
    print(f"The server at {running.url} is stopped.{how}")
    return OK
