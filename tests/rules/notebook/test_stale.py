from nbdoctor.protocol import Cell, Look
from nbdoctor.rules import diagnose_notebook

from ..support import FakeNamespace, first, parameters, ran, report, result

OLD = "module 'tools' has no attribute 'clean'"


def test_a_module_whose_file_has_the_name_by_now():
    made = report("rows = tools.clean(rows)", "AttributeError", OLD, "tools.clean", name="clean")
    found = first(made, FakeNamespace(modules={"tools": ["load"]}, sources={"tools": "def clean(x): return x\n"}))
    assert found.kind == "module_edited"
    assert result(made, found.fixes[0]).splitlines() == [
        "import importlib, sys; importlib.reload(sys.modules['tools'])",
        "rows = tools.clean(rows)",
    ]


def test_a_name_taken_from_it_is_taken_again():
    source = "from tools import clean\nclean(1)"
    made = report(
        source, "ImportError", "cannot import name 'clean' from 'tools' (tools.py)", "from tools import clean"
    )
    found = first(made, FakeNamespace(modules={"tools": []}, sources={"tools": "def clean(x): return x\n"}))
    assert found.kind == "module_edited"
    assert result(made, found.fixes[0]).endswith("\n" + source)


def test_a_function_that_takes_other_arguments_by_now():
    made = report(
        "clean(1, deep=True)", "TypeError", "clean() got an unexpected keyword argument 'deep'", "clean(1, deep=True)"
    )
    look = Look("function", name="tools.clean", parameters=parameters("x"))
    space = FakeNamespace({"clean": look}, look, sources={"tools": "def clean(x, deep=False): return x\n"})
    found = first(made, space)
    assert found.kind == "module_edited"
    assert "from tools import clean\n" in result(made, found.fixes[0])
    space.sources["tools"] = "def clean(x): return x\n"
    assert first(made, space).kind != "module_edited"


def test_a_module_that_is_still_being_imported_was_not_edited():
    message = (
        "cannot import name 'clean' from partially initialized module 'tools' (most likely due to a circular import)"
    )
    made = report("import tools", "ImportError", message)
    space = FakeNamespace(sources={"tools": "def clean(x): return x\n"})
    assert first(made, space).kind != "module_edited"


def test_a_file_that_an_edited_cell_writes_is_written_and_loaded_again():
    writes = Cell("%%writefile tools.py\ndef clean(x): return x", "file")
    made = report("tools.clean(1)", "AttributeError", OLD, "tools.clean", history=[ran(Cell("%%writefile tools.py\n", "file"))],
                  name="clean")  # fmt: skip
    (found,) = diagnose_notebook(made, [writes, Cell("tools.clean(1)", "here")])
    assert found.kind == "cell_edited"
    assert [action.kind for action in found.fixes[0].actions] == ["run_cells", "replace_cell", "run_cells"]
    assert "importlib.reload(sys.modules['tools'])" in result(made, found.fixes[0])


def test_a_data_file_that_a_cell_writes():
    writes = Cell("%%writefile rows.csv\na,b\n1,2", "file")
    made = report(
        "open('rows.csv')", "FileNotFoundError", "[Errno 2] No such file or directory: 'rows.csv'", filename="rows.csv"
    )
    (found,) = diagnose_notebook(made, [writes, Cell("open('rows.csv')", "here")])
    assert found.headline == "`rows.csv` is a file that a cell above writes, and that cell was not run."
    assert found.fixes[0].actions[0].cell_ids == ["file"]


def test_a_file_that_was_written_is_not_blamed():
    writes = Cell("%%writefile rows.csv\na,b\n1,2", "file")
    made = report("open('rows.csv')", "FileNotFoundError", "[Errno 2] No such file or directory: 'rows.csv'",
                  history=[ran(writes)], filename="rows.csv")  # fmt: skip
    assert diagnose_notebook(made, [writes, Cell("open('rows.csv')", "here")]) == []
