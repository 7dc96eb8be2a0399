from nbdoctor.protocol import Action, Cell, Edit, Fix, RaisedError, Report, Rerun
from nbdoctor.rules.plan import fix_id, plan, with_defining_cells
from nbdoctor.text import apply_edits

SOURCE = "n += 1\nprint(valu)\n"
UNSAFE = Rerun(False, ["Line 1 adds to `n` in place."], ["n"], 2)


def raw(*edits):
    return Fix(id="", title="Change", actions=[Action("replace_cell", edits=list(edits))])


def kinds(fix):
    return [action.kind for action in fix.actions]


def test_where_it_is_safe_the_rerun_is_the_last_action():
    (only,) = plan(raw(Edit(13, 17, "value")), Rerun(), SOURCE)
    assert kinds(only) == ["replace_cell", "run_cells"]
    assert only.actions[1].cell_ids == []


def test_where_it_is_not_there_is_an_edit_alone_and_one_that_goes_on():
    alone, resumed = plan(raw(Edit(13, 17, "value")), UNSAFE, SOURCE)
    assert kinds(alone) == ["replace_cell"]
    assert kinds(resumed) == ["replace_cell", "run_from"]
    assert resumed.actions[1].line == 2
    assert resumed.title == "Change and run from line 2 on"
    assert alone.id != resumed.id


def test_an_import_goes_before_the_failing_statement_when_running_from_there():
    alone, resumed = plan(raw(Edit(0, 0, "import math\n")), UNSAFE, SOURCE)
    assert apply_edits(SOURCE, alone.actions[0].edits) == "import math\n" + SOURCE
    new = apply_edits(SOURCE, resumed.actions[0].edits)
    assert new == "n += 1\nimport math\nprint(valu)\n"
    assert new.split("\n")[resumed.actions[1].line - 1] == "import math"


def test_an_edit_of_what_has_run_already_cannot_be_resumed():
    (alone,) = plan(raw(Edit(0, 1, "m")), UNSAFE, SOURCE)
    assert kinds(alone) == ["replace_cell"]


def test_without_a_line_to_resume_there_is_the_edit_alone():
    assert len(plan(raw(Edit(13, 17, "value")), Rerun(False, ["x"], [], None), SOURCE)) == 1


def test_other_cells_run_before_this_one():
    (only,) = plan(Fix("", "Run", [Action("run_cells", cell_ids=["a", "b"])]), Rerun(), SOURCE)
    assert [action.cell_ids for action in only.actions] == [["a", "b"], []]


def test_a_restart_is_not_followed_by_a_rerun():
    (only,) = plan(Fix("", "Restart", [Action("restart_kernel")]), Rerun(), SOURCE)
    assert kinds(only) == ["restart_kernel"]


def test_ids_depend_on_the_actions_alone():
    first, second = raw(Edit(0, 1, "m")), raw(Edit(0, 1, "m"))
    assert fix_id(first.actions) == fix_id(second.actions)
    assert fix_id(first.actions) != fix_id(raw(Edit(0, 1, "k")).actions)
    assert len(fix_id(first.actions)) == 10


def _unsafe(changed):
    return Report(
        "r",
        Cell("values.append(2)\ntotl", "here"),
        [RaisedError("NameError", "m")],
        rerun=Rerun(False, ["twice"], changed),
    )


def _edit():
    return Fix("f", "Write `total`", [Action("replace_cell", edits=[Edit(17, 21, "total")])])


def test_where_rerunning_would_repeat_a_change_the_defining_cells_are_offered_first():
    notebook = [
        Cell("values = [1]", "old"),
        Cell("values = [0]", "start"),
        Cell("print(values)", "reads"),
        Cell("values.append(1)", "changes"),
        Cell("values.append(2)\ntotl", "here"),
        Cell("values = []", "below"),
    ]
    fixes = with_defining_cells([_edit()], _unsafe(["values"]), notebook)
    assert [[a.kind for a in fix.actions] for fix in fixes] == [
        ["replace_cell"],
        ["replace_cell", "run_cells", "run_cells"],
    ]
    assert fixes[1].actions[1].cell_ids == ["start", "changes"]
    assert fixes[1].actions[2].cell_ids == []
    assert "`values`" in fixes[1].title


def test_without_a_defining_cell_or_where_rerunning_is_safe_nothing_is_added():
    assert len(with_defining_cells([_edit()], _unsafe(["values"]), [Cell("other = 1", "a")])) == 1
    assert len(with_defining_cells([_edit()], _unsafe(["values", "x"]), [Cell("values = []", "a")])) == 1
    safe = Report("r", Cell("x", "here"), [RaisedError("E", "m")])
    assert len(with_defining_cells([_edit()], safe, [Cell("values = []", "a")])) == 1
