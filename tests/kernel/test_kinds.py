"""Every kind of problem is written down whole, and its example, run in a shell, is of that kind."""

from __future__ import annotations

import sys

import pytest

from nbdoctor.kernel import extension
from nbdoctor.protocol import Cell
from nbdoctor.rules import diagnose, kinds
from nbdoctor.rules.engine import diagnose_notebook, merge
from tests.rules.support import FakeNamespace
from tests.rules.support import report as made

WITH_EXAMPLE = [name for name in kinds.known() if kinds.kind(name).example.cell]


@pytest.fixture()
def shell(lasting_shell):
    return lasting_shell


@pytest.fixture()
def findings(shell, capsys, tmp_path, monkeypatch):
    """Run an example, and return what the rules conclude, surest first."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(300)  # IPython takes ten seconds to look a thousand frames up
    here = tmp_path.name  # one shell runs all examples: its history tells their cells apart

    def run(source, cell_id):
        return shell.run_cell(source, store_history=True, cell_id=cell_id)

    def find(example):
        for name, text in example.files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
            module = name.split("/")[0].split(".")[0]
            monkeypatch.setitem(sys.modules, module, None)  # as it was, afterwards
            del sys.modules[module]
        if example.error:
            error, _, message = example.error.partition(": ")
            return diagnose(made(example.cell, error, message), FakeNamespace())
        for number, source in enumerate(example.cells):
            if source:
                run(source, f"{here}-{number}")
        result = run(example.cell, here)
        capsys.readouterr()
        assert not result.success, "the example does not fail"
        report = extension.loaded(shell).watch.latest()
        notebook = [Cell(text, f"{here}-{number}") for number, text in enumerate(example.now or example.cells) if text]
        return merge(report.findings, diagnose_notebook(report, [*notebook, Cell(example.cell, here)]))

    own = set(shell.user_ns)
    yield find
    sys.setrecursionlimit(limit)
    for name in set(shell.user_ns) - own:  # `reset` collects garbage, which takes longer than most examples
        del shell.user_ns[name]


@pytest.mark.parametrize("name", WITH_EXAMPLE)
def test_an_example_is_of_its_kind(name, findings):
    found = findings(kinds.kind(name).example)
    assert [finding.kind for finding in found][:1] == [name], [finding.headline for finding in found]


@pytest.mark.parametrize("name", kinds.known())
def test_a_kind_is_written_down_whole(name):
    kind = kinds.kind(name)
    if not kind.why:
        pytest.skip("not written yet")
    assert kind.example.cell
    for text in (kind.means, kind.why, kind.fix, kind.safe):
        assert text[:1].isupper() or text[:1] in "`.", text
        assert text.endswith((".", "!")), text
    assert kind.title in kinds.markdown(kind)
