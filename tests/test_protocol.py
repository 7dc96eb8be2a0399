"""The nouns, their schema, and the errors."""

from __future__ import annotations

import inspect
import json
from pathlib import Path

import msgspec
import pytest

from nbdoctor import errors, protocol
from nbdoctor.server.schema import WIRE, schema

ROOT = Path(__file__).parents[1]


def test_the_schema_on_disk_is_current():
    on_disk = (ROOT / "docs" / "protocol.schema.json").read_text(encoding="utf-8")
    assert on_disk == schema(), "run `make protocol`"


def test_every_noun_that_travels_is_in_the_schema_and_in_typescript():
    names = set(json.loads(schema())["$defs"])
    typescript = (ROOT / "labextension" / "src" / "protocol.ts").read_text(encoding="utf-8")
    assert {cls.__name__ for cls in WIRE} <= names
    assert [name for name in sorted(names) if f"interface {name} " not in typescript] == []


def test_a_report_survives_the_way_through_json():
    report = protocol.Report(
        id="r",
        cell=protocol.Cell("x"),
        errors=[protocol.RaisedError("E", "m", frames=[protocol.Frame("<cell>", 1, "f", "x", "cell")])],
        findings=[protocol.Finding("k", "python", "h", fixes=[protocol.Fix("f", "t", [protocol.Action("run_cells")])])],
    )
    assert msgspec.json.decode(msgspec.json.encode(report), type=protocol.Report) == report


@pytest.mark.parametrize("bad", [{"kind": "format_disk"}, {"kind": "install", "requirement": 3}, {}])
def test_an_action_that_is_none_is_refused(bad):
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(bad, protocol.Action)


def test_the_empty_namespace_answers_every_question():
    nothing = protocol.EmptyNamespace()
    questions = [
        name for name, _ in inspect.getmembers(protocol.Namespace, inspect.isfunction) if not name.startswith("_")
    ]
    arguments = {"names": [], "subject": [], "files": [], "imported": [], "tally": ["x", "missing"]}
    answers = [getattr(nothing, name)(*arguments.get(name, ["x"])) for name in questions]
    assert len(answers) == 10
    assert not any(answers)


def _tree(cls):
    yield cls
    for sub in cls.__subclasses__():
        yield from _tree(sub)


def test_every_error_has_a_code_of_its_own_and_stands_in_the_tree_of_the_docstring():
    classes = [cls for cls in _tree(errors.NBDoctorError) if cls.__module__ == errors.__name__]
    codes = [cls.code for cls in classes]
    assert len(set(codes)) == len(codes)
    assert [cls.__name__ for cls in classes if cls.__name__ not in (errors.__doc__ or "")] == []


def test_an_error_travels_as_trouble():
    trouble = errors.ModelTimeout("No word for 60 s.").trouble()
    assert (trouble.code, trouble.message, trouble.retryable) == ("model_timeout", "No word for 60 s.", True)
    assert "NBDOCTOR_LLM_TIMEOUT" in trouble.hint
