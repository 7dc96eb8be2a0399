from .support import FakeNamespace, first, repaired, report


def missing(source, path, at):
    return report(source, "FileNotFoundError", f"[Errno 2] No such file or directory: {path!r}", at, filename=path)


def test_the_same_name_in_another_folder():
    made = missing("pd.read_csv('sales.csv')", "sales.csv", "pd.read_csv('sales.csv')")
    assert repaired(made, FakeNamespace(paths={".": ["data/", "data/sales.csv"]})) == "pd.read_csv('data/sales.csv')"


def test_the_folder_above():
    made = missing("open('data/a.txt')", "data/a.txt", "open('data/a.txt')")
    assert (
        repaired(made, FakeNamespace(paths={".": ["b.txt"], "..": ["data/", "data/a.txt"]})) == "open('../data/a.txt')"
    )


def test_a_misspelled_name():
    made = missing("open('slaes.csv')", "slaes.csv", "open('slaes.csv')")
    found = first(made, FakeNamespace(paths={".": ["sales.csv", "notes.md"]}))
    assert found.headline == "There is no file `slaes.csv`; the closest is `sales.csv`."
    assert repaired(made, FakeNamespace(paths={".": ["sales.csv", "notes.md"]})) == "open('sales.csv')"


def test_a_path_further_up_in_the_cell():
    made = missing("path = 'slaes.csv'\nopen(path)", "slaes.csv", "open(path)")
    assert repaired(made, FakeNamespace(paths={".": ["sales.csv"]})) == "path = 'sales.csv'\nopen(path)"


def test_two_that_are_as_near_are_not_chosen_between():
    made = missing("open('a.txt')", "a.txt", "open('a.txt')")
    assert repaired(made, FakeNamespace(paths={".": ["x/a.txt", "y/a.txt"]})) is None


def test_nothing_near():
    found = first(missing("open('a.txt')", "a.txt", "open('a.txt')"), FakeNamespace(paths={".": ["b/", "zebra.csv"]}))
    assert found.headline == "There is no file `a.txt` in the kernel's working folder."
    assert found.facts == ["That folder has `b/` and `zebra.csv`."]
    assert found.fixes == []


def test_a_backslash():
    assert first(missing("open('c:\\temp')", "c:\temp", "open('c:\\temp')")).kind == "escaped_path"
