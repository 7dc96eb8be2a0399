from nbdoctor.protocol import Cell
from nbdoctor.rules import diagnose_notebook

from ..support import ran, report

IMPORT = Cell("import numpy as np", "import")
LOAD = Cell("rows = np.ones(3)", "load")
CLEAN = Cell("tidy = rows * 2", "clean")
USE = Cell("print(tidy)", "here")
ALL = [IMPORT, LOAD, CLEAN, USE]


def failed(name="tidy", history=(), names=(), source="print(tidy)"):
    return report(source, "NameError", f"name '{name}' is not defined", name, history=history, names=names, name=name)


def only(made, cells=ALL):
    (found,) = diagnose_notebook(made, cells)
    assert made.trouble == []
    return found


def runs(found):
    return [action.cell_ids for action in found.fixes[0].actions]


def test_a_cell_that_was_not_run():
    found = only(failed(history=[ran(IMPORT), ran(LOAD)], names=["np", "rows"]))
    assert found.kind == "cell_not_run"
    assert found.category == "notebook"
    assert found.headline == "`tidy` is defined in a cell above that was not run: `tidy = rows * 2`."
    assert runs(found) == [["clean"], []]


def test_all_that_is_needed_runs_in_the_notebooks_order():
    assert runs(only(failed())) == [["import", "load", "clean"], []]


def test_the_nearest_definition_above_counts():
    again = Cell("tidy = 0", "again")
    assert runs(only(failed(names=["np", "rows"]), [IMPORT, LOAD, CLEAN, again, USE])) == [["again"], []]


def test_a_definition_further_down():
    found = only(failed(names=["np", "rows"]), [USE, CLEAN])
    assert "further down" in found.headline
    assert runs(found) == [["clean"], []]


def test_a_cell_that_failed_is_the_one_to_correct():
    found = only(failed(history=[ran(CLEAN, ok=False)]))
    assert found.kind == "cell_failed"
    assert found.fixes == []


def test_a_cell_that_was_edited_since():
    found = only(failed(history=[ran(Cell("tidy_ = 1", "clean"))], names=["np", "rows"]))
    assert found.kind == "cell_edited"
    assert runs(found) == [["clean"], []]


def test_a_name_that_is_gone_again():
    found = only(failed(history=[ran(CLEAN)], names=["np", "rows"]))
    assert found.kind == "name_deleted"
    assert found.confidence < 0.93


def test_what_no_cell_defines():
    assert diagnose_notebook(failed("other", source="print(other)"), ALL) == []


def test_markdown_does_not_define():
    assert diagnose_notebook(failed(), [Cell("tidy = 1", "text", kind="markdown"), USE]) == []


def test_without_ids_nothing_can_be_run():
    found = only(failed(names=["rows"]), [Cell("tidy = rows"), USE])
    assert found.kind == "cell_not_run"
    assert found.fixes == []


def test_a_file_that_a_cell_writes():
    writes = Cell("%%writefile tools.py\ndef f(): pass", "file")
    made = report("import tools", "ModuleNotFoundError", "No module named 'tools'", "import tools", name="tools")
    found = only(made, [writes, Cell("import tools", "here")])
    assert found.kind == "cell_not_run"
    assert runs(found) == [["file"], []]


def test_from_a_traceback_alone_a_count_means_that_it_ran():
    made = failed()
    made.live = False
    counted = Cell("tidy = 1", "clean", execution_count=3)
    assert only(made, [counted, USE]).kind == "name_deleted"
