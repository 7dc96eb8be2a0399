"""What a trial of a fix runs, and which fixes are not tried."""

from __future__ import annotations

import pytest

from nbdoctor.protocol import Action, Candidate, Cell, Edit, Fix, Rerun, Step, Verdict
from nbdoctor.rules.reading.effects import rerun as effects_of
from nbdoctor.rules.steps import candidate, from_line

CELL = Cell("values.append(2)\ntotl", "here")
CELLS = [
    Cell("values = [1]", "start"),
    Cell("# words", "text", "markdown"),
    Cell("rate = 2", "rate"),
    CELL,
]
UNSAFE = effects_of(CELL.source, 2, ["values"])
RERUN = Action("run_cells")
EDIT = Action("replace_cell", edits=[Edit(17, 21, "total")])
EDITED = "values.append(2)\ntotal"


def tried(*actions, cell=CELL, cells=CELLS, rerun=None, **options):
    return candidate(Fix("f", "t", list(actions)), cell, cells, rerun or Rerun(), **options)


def refused(*actions, **options):
    verdict = tried(*actions, **options)
    assert isinstance(verdict, Verdict), verdict
    assert verdict.status == "not_tried"
    return verdict.reason


# ------------------------------------------------------------------ the plan tried is the plan applied


def test_an_edit_and_a_rerun():
    assert tried(EDIT, RERUN) == Candidate([Step(EDITED, "here")])


def test_the_whole_text_counts_where_it_is_given():
    assert tried(Action("replace_cell", new_source="total = 1"), RERUN).steps == [Step("total = 1", "here")]


def test_other_cells_run_with_the_text_that_the_plan_leaves_them():
    plan = [
        Action("replace_cell", cell_id="rate", new_source="rate = 3"),
        Action("run_cells", cell_ids=["start", "rate"]),
        RERUN,
    ]
    assert tried(*plan).steps == [Step("values = [1]", "start"), Step("rate = 3", "rate"), Step(CELL.source, "here")]


def test_edits_of_one_cell_follow_one_another():
    second = Action("replace_cell", cell_id="here", edits=[Edit(0, 0, "# a\n")])
    assert tried(EDIT, second, RERUN).steps == [Step(f"# a\n{EDITED}", "here")]


def test_a_cell_without_code_runs_to_nothing():
    assert [s.cell_id for s in tried(Action("run_cells", cell_ids=["text", "rate"]), RERUN).steps] == ["rate", "here"]


def test_an_inserted_cell_is_text_alone():
    assert tried(Action("insert_cell", new_source="import math"), EDIT, RERUN).steps == [Step(EDITED, "here")]


def test_running_from_a_line_runs_the_rest_of_the_edited_text():
    assert tried(EDIT, Action("run_from", line=2), rerun=UNSAFE).steps == [Step("total", "here")]


@pytest.mark.parametrize(
    ("source", "line", "rest"),
    [("a\nb\nc", 2, "b\nc"), ("a\nb\n", 2, "b"), ("a", 1, "a"), ("a\r\nb", 2, "b"), ("a", 5, "")],
)
def test_from_line(source, line, rest):
    assert from_line(source, line) == rest


def test_a_terminals_cell_has_no_id():
    made = tried(EDIT, RERUN, cell=Cell(CELL.source), cells=[])
    assert made.steps == [Step(EDITED, None)]


def test_a_failing_cell_that_the_notebook_does_not_list_is_known_all_the_same():
    assert tried(RERUN, cells=[]).steps == [Step(CELL.source, "here")]


def test_the_text_of_the_failing_cell_is_the_requests_own():
    assert tried(RERUN, cells=[Cell("older", "here")]).steps == [Step(CELL.source, "here")]


# ------------------------------------------------------------------ installs


def test_an_install_needs_a_click():
    verdict = tried(Action("install", requirement="numpy"), RERUN)
    assert verdict == Verdict("not_tried", "an install is checked when you ask for it", can_check=True)


def test_an_install_brings_the_missing_module_and_reruns():
    made = tried(Action("install", requirement="opencv-python"), RERUN, module="cv2.data", clicked=True)
    assert made == Candidate([Step(CELL.source, "here")], "opencv-python", ["cv2.data"])


def test_an_install_alone_is_tried_by_its_modules():
    made = tried(Action("install", requirement="numpy"), module="numpy", clicked=True, rerun=UNSAFE)
    assert made == Candidate([], "numpy", ["numpy"])


def test_modules_belong_to_installs():
    assert tried(EDIT, RERUN, module="numpy").modules == []


@pytest.mark.parametrize(
    "actions",
    [
        (Action("install", requirement="a"), Action("install", requirement="b"), RERUN),
        (Action("run_cells", cell_ids=["rate"]), Action("install", requirement="a"), RERUN),
    ],
)
def test_installs_that_a_trial_cannot_follow(actions):
    assert refused(*actions, clicked=True) == "it installs packages in an order that a trial cannot follow"


def test_an_unsafe_install_is_refused_before_it_is_asked_for():
    reason = refused(Action("install", requirement="a"), RERUN, rerun=UNSAFE)
    assert reason.startswith("running the cell again would do a change twice")


# ------------------------------------------------------------------ not to be tried


def test_a_restart_is_not_tried():
    assert refused(Action("restart_kernel")) == "it needs a restart of the kernel"


def test_a_plan_without_a_rerun_changes_the_text_alone():
    assert refused(EDIT) == "it only changes the text"
    assert refused(EDIT, rerun=UNSAFE) == (
        "it only changes the text, because line 1 changes `values` with `append`; "
        "running the cell again would do it twice"
    )


def test_running_other_cells_alone_says_nothing_of_the_failing_one():
    assert refused(Action("run_cells", cell_ids=["rate"])) == "it does not run the failing cell again"


@pytest.mark.parametrize(
    "action",
    [
        Action("run_cells", cell_ids=["gone"]),
        Action("replace_cell", cell_id="gone", new_source="x"),
        Action("insert_cell", cell_id="gone", new_source="x"),
        Action("run_from", cell_id="gone", line=1),
    ],
)
def test_a_cell_that_is_gone(action):
    assert refused(action, RERUN) == "a cell that it needs is not in the notebook"


def test_edits_that_do_not_fit():
    assert refused(Action("replace_cell", edits=[Edit(90, 91, "x")]), RERUN) == "its edits do not fit the cell"


def test_nothing_at_all_is_no_plan():
    assert refused() == "it only changes the text"


# ------------------------------------------------------------------ a change that would be done twice


TWICE = "running the cell again would do a change twice: line 1 changes `values` with `append`"


def test_a_rerun_that_repeats_a_change_is_never_proven():
    assert refused(EDIT, RERUN, rerun=UNSAFE) == TWICE
    assert refused(EDIT, Action("run_cells", cell_ids=["here"]), rerun=UNSAFE) == TWICE


def test_the_cell_that_makes_it_anew_has_to_come_before():
    first = Action("run_cells", cell_ids=["start"])
    assert len(tried(EDIT, first, RERUN, rerun=UNSAFE).steps) == 2
    assert len(tried(EDIT, Action("run_cells", cell_ids=["start", "here"]), rerun=UNSAFE).steps) == 2
    assert refused(EDIT, RERUN, first, rerun=UNSAFE) == TWICE
    assert refused(EDIT, Action("run_cells", cell_ids=["rate"]), RERUN, rerun=UNSAFE) == TWICE


@pytest.mark.parametrize("source", ["values = values[:1]", "values += [1]", "print(values)", "values = ("])
def test_what_is_made_from_what_it_was_is_not_made_anew(source):
    cells = [Cell(source, "start"), CELL]
    assert refused(EDIT, Action("run_cells", cell_ids=["start"]), RERUN, cells=cells, rerun=UNSAFE) == TWICE


def test_all_that_was_changed_is_made_anew_or_nothing_is():
    cell = Cell("values.append(2)\nn += 1\ntotl", "here")
    unsafe = effects_of(cell.source, 3, ["values", "n"])
    cells = [Cell("values = []", "a"), Cell("n = 0", "b"), cell]
    run = lambda *ids: (Action("run_cells", cell_ids=list(ids)), RERUN)  # noqa: E731
    assert unsafe.changed == ["values", "n"]
    assert "twice" in refused(*run("a"), cell=cell, cells=cells, rerun=unsafe)
    assert len(tried(*run("a", "b"), cell=cell, cells=cells, rerun=unsafe).steps) == 3


def test_a_file_that_was_written_is_not_made_anew_by_any_cell():
    cell = Cell("values.append(2)\nopen('log', 'a').write('x')\ntotl", "here")
    unsafe = effects_of(cell.source, 3, ["values"])
    cells = [CELLS[0], cell]
    plan = (Action("run_cells", cell_ids=["start"]), RERUN)
    assert "twice" in refused(*plan, cell=cell, cells=cells, rerun=unsafe)
    assert "twice" in refused(*plan, cells=cells, rerun=Rerun(False, ["Line 1 runs the shell command `make`; …"]))
    assert refused(RERUN, rerun=Rerun(False)) == "running the cell again would do a change twice"


@pytest.mark.parametrize(("line", "fine"), [(1, False), (2, True)])
def test_running_from_a_line_starts_where_the_cell_failed(line, fine):
    made = tried(EDIT, Action("run_from", line=line), rerun=UNSAFE)
    assert isinstance(made, Candidate) is fine


def test_running_from_a_line_is_refused_where_the_cell_cannot_go_on():
    nowhere = Rerun(False, ["Line 1 adds to `n` in place; …"], ["n"], None)
    assert "twice" in refused(EDIT, Action("run_from", line=2), rerun=nowhere)
