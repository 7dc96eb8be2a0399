"""``nbdoctor eval CASES.jsonl …``: how often the first fix is right, on failing cells that were recorded."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any, List, Optional

from ..errors import NBDoctorError
from .run import FAILED, OK, USAGE


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "eval",
        help="measure how often the fix is right, on recorded failing cells",
        description="Runs recorded failing cells in fresh kernels, has nbdoctor diagnose them, applies the first fix, and "
        "scores it. The cells are run as they are: bring none that you would not run yourself. See docs/evaluation.md. "
        "Exit code 0: the run came to its end; 1: it is below --at-least, or was interrupted; 2: the command line is wrong.",
    )
    _what(parser)
    _how(parser)
    parser.add_argument(
        "--json", type=Path, metavar="OUT.json", help="write the results; kept up to date during the run"
    )
    parser.add_argument(
        "--report", type=Path, metavar="OUT.md", help="write the report; between its markers, if it has them"
    )
    parser.add_argument("--at-least", type=float, metavar="PERCENT", help="fail where the fix rate is lower")
    parser.add_argument(
        "--labels", type=Path, metavar="LABELS.json", help="compare the categories with these, by case id"
    )
    parser.add_argument("--resume", type=Path, metavar="OUT.json", help="keep this file's results and ask the others")
    parser.add_argument(
        "--merge", nargs="+", type=Path, metavar="A.json", help="ask nothing: one report of runs that were made before"
    )
    parser.add_argument(
        "--compare", nargs=2, metavar="RUN", help="ask nothing: compare two runs, each FILE.json or FILE.json:SYSTEM"
    )
    parser.set_defaults(main=main, parser=parser)


def _what(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("cases", nargs="*", type=Path, metavar="CASES.jsonl")
    parser.add_argument("--only", action="append", default=[], metavar="ID", help="this case alone; may be repeated")
    parser.add_argument("--limit", type=int, default=0, metavar="N", help="the first N cases alone")
    parser.add_argument(
        "--every", type=int, default=0, metavar="N", help="every N-th case of a file whose fix is known"
    )


def _how(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--llm", default="", metavar="URL", help="model server; without it, rules alone")
    parser.add_argument("--model", default="", metavar="NAME", help="model (default: the first that the server lists)")
    parser.add_argument("--no-rules", action="store_true", help="the model alone")
    parser.add_argument("--no-trials", action="store_true", help="fixes are not tried before they are shown")
    parser.add_argument(
        "--baseline", action="store_true", help="also: one prompt, whose answer's first code block replaces the cell"
    )
    parser.add_argument(
        "--categories",
        action="store_true",
        help="ask the model for the category alone, in each order of the labels, of the cases that --labels names",
    )
    parser.add_argument("--grade", action="store_true", help="also: have the model compare explanations")
    parser.add_argument("--install", action="store_true", help="carry out installs, in throw-away environments")
    parser.add_argument("--diagnose-only", action="store_true", help="run nothing: diagnose from recorded tracebacks")
    parser.add_argument(
        "--envs",
        default=os.environ.get("NBDOCTOR_ENVS", ""),
        metavar="DIR",
        help="folder of the environments that cases name (default: NBDOCTOR_ENVS, else ~/.cache/nbdoctor-cases)",
    )
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="cases at a time (default: 1)")


def main(arguments: argparse.Namespace) -> int:
    """Run the command; returns its exit code."""
    problem = _usage(arguments)
    if problem:
        print(f"nbdoctor eval: {problem}", file=sys.stderr)
        return USAGE
    try:
        if arguments.compare:
            return _compare(arguments)
        if arguments.merge:
            return _merge(arguments)
        return asyncio.run(_evaluate(arguments))
    except KeyboardInterrupt:
        kept = arguments.json or arguments.resume
        say = f"; go on with --resume {kept}" if kept else ""
        print(f"nbdoctor eval: interrupted{say}", file=sys.stderr)
        return FAILED
    except NBDoctorError as error:
        print(f"nbdoctor eval: {error.message} {error.hint}".rstrip(), file=sys.stderr)
        return USAGE


def _usage(arguments: argparse.Namespace) -> str:
    needing = [name for name in ("baseline", "grade", "categories", "no_rules", "model") if getattr(arguments, name)]
    if not arguments.llm and needing:
        return f"--{needing[0].replace('_', '-')} needs --llm: without it rules work alone"
    if arguments.compare or arguments.merge:
        return "" if not arguments.cases else "--compare and --merge take reports, and no cases"
    if not arguments.cases:
        return "name at least one file of cases"
    if min(arguments.limit, arguments.every) < 0 or arguments.jobs < 1:
        return "--limit and --every cannot be negative, and --jobs is at least 1"
    if arguments.categories and not arguments.labels:
        return "--categories needs --labels: which cases, and what is right"
    if arguments.diagnose_only and (arguments.baseline or arguments.install):
        return "--diagnose-only runs nothing, so --baseline and --install cannot be measured"
    return ""


def _compare(arguments: argparse.Namespace) -> int:
    from ..evals.compare import compare, sentences

    found = compare(*arguments.compare)
    print("\n".join(sentences(found, *arguments.compare)))
    if arguments.json:
        arguments.json.write_text(json.dumps({**asdict(found), "p": found.p}, indent=1) + "\n", encoding="utf-8")
    return OK


def _merge(arguments: argparse.Namespace) -> int:
    from ..evals import report
    from ..evals.results import Document, read, save

    documents = [read(path) for path in arguments.merge]
    if arguments.json:
        merged = Document({"merged": [d.meta for d in documents]}, [case for d in documents for case in d.cases])
        save(merged, arguments.json)
    return _finish(arguments, documents, report)


async def _evaluate(arguments: argparse.Namespace) -> int:
    from ..evals import cases, labels, report, results, run
    from ..evals.options import DEFAULT_ENVS, Options

    options = Options(
        llm_url=arguments.llm,
        llm_model=arguments.model,
        rules=not arguments.no_rules,
        trials=not arguments.no_trials,
        baseline=arguments.baseline,
        install=arguments.install,
        diagnose_only=arguments.diagnose_only,
        grade=arguments.grade,
        categories=arguments.categories,
        envs=arguments.envs or DEFAULT_ENVS,
    )
    known = cases.load(arguments.cases)
    if arguments.categories:
        labelled = labels.read(arguments.labels)
        known = [case for case in known if case.id in labelled]
    asked = cases.chosen(known, only=arguments.only, every=arguments.every, limit=arguments.limit)
    kept = results.read(arguments.resume) if arguments.resume else None
    document = await run.run(
        asked, options, jobs=arguments.jobs, kept=kept, path=arguments.json or arguments.resume, command=_command()
    )
    return _finish(arguments, [document], report)


def _finish(arguments: argparse.Namespace, documents: List[Any], report: Any) -> int:
    from ..evals import labels

    read_again = labels.read(arguments.labels) if arguments.labels else None
    if arguments.report:
        report.write(documents, arguments.report, read_again)
    else:
        print(report.markdown(documents, read_again))
    return _below(arguments.at_least, documents)


def _below(least: Optional[float], documents: List[Any]) -> int:
    """Whether the fix rate of nbdoctor itself is high enough, as an exit code."""
    if least is None:
        return OK
    from ..evals.baseline import SYSTEM
    from ..evals.tally import tally

    rate = tally([case for d in documents for case in d.cases if case.system != SYSTEM]).rate
    reached = 100 * rate.part / rate.whole if rate.whole else 0.0
    word = "is not below" if reached >= least else "IS BELOW"
    print(f"The fix rate, {reached:.1f} % ({rate.part} of {rate.whole}), {word} the {least:g} % that are asked for.")
    return OK if reached >= least else FAILED


def _command() -> str:
    """The command line with file names alone, so that a report names nobody's folders."""
    words = [Path(word).name if os.sep in word and "://" not in word else word for word in sys.argv[1:]]
    return " ".join(["nbdoctor", *words])
