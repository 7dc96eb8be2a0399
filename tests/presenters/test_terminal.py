"""What a terminal shows of a fix."""

from nbdoctor.presenters.terminal import TerminalPresenter
from nbdoctor.protocol import Action, Fix


def test_a_fix_of_another_cell_is_shown_against_that_cells_text():
    fix = Fix("f", "Write `mean`", [Action("replace_cell", cell_id="a", new_source="def f(x):\n    return x.mean()")])
    shown = TerminalPresenter(width=80).plan(fix, "f(data)", {"a": "def f(x):\n    return x.men()", "b": "f(data)"})
    assert "-    return x.men()" in shown
    assert "f(data)" not in shown


def test_a_fix_of_the_failing_cell_is_shown_against_its_text():
    fix = Fix("f", "Write `data`", [Action("replace_cell", new_source="print(data)")])
    assert "-print(dta)" in TerminalPresenter(width=80).plan(fix, "print(dta)")
