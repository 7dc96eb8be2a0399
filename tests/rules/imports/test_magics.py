import pytest

from ..support import FakeNamespace, first, installs, repaired, report


def failing(source, name, of_cell=False):
    message = f"Cell magic `%%{name}` not found." if of_cell else f"Line magic function `%{name}` not found."
    return report(source, "UsageError", message)


def test_an_installed_extension_is_loaded():
    made = failing("x = 1\n%lprun -f f f(x)", "lprun")
    namespace = FakeNamespace(modules={"line_profiler": []})
    assert first(made, namespace).kind == "magic_not_loaded"
    assert repaired(made, namespace) == "%load_ext line_profiler\nx = 1\n%lprun -f f f(x)"


def test_a_package_that_is_missing_is_installed_and_loaded():
    made = failing("%mprun -f f f(1)", "mprun")
    found = first(made, FakeNamespace())
    assert (found.kind, found.category) == ("missing_magic", "dependency")
    assert installs(found.fixes[0]) == ["memory-profiler"]
    assert repaired(made, FakeNamespace()) == "%load_ext memory_profiler\n%mprun -f f f(1)"


def test_what_loads_a_cell_magic_stands_in_another_cell():
    made = failing("%%sql\nselect 1", "sql", of_cell=True)
    assert "%load_ext sql` in a cell above" in first(made, FakeNamespace(modules={"sql": []})).explanation
    assert repaired(made, FakeNamespace(modules={"sql": []})) is None
    assert installs(first(made, FakeNamespace()).fixes[0]) == ["jupysql"]


@pytest.mark.parametrize(
    ("source", "name", "expected"), [("%timeti f()", "timeti", "%timeit f()"), ("%zzzz", "zzzz", None)]
)
def test_a_misspelled_magic(source, name, expected):
    assert repaired(failing(source, name)) == expected
