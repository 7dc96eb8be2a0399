from ..support import FakeNamespace, first, repaired, report, result


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
    made = missing("open('c:\\temp')", "c:\temp", "open('c:\\temp')")
    assert first(made).kind == "escaped_path"
    assert repaired(made) == "open(r'c:\\temp')"


def test_an_extension_that_was_forgotten():
    made = missing("open('sales')", "sales", "open('sales')")
    assert repaired(made, FakeNamespace(paths={".": ["sales.csv", "other.csv"]})) == "open('sales.csv')"
    assert repaired(made, FakeNamespace(paths={".": ["sales.csv", "sales.txt"]})) is None


def test_capital_letters():
    made = missing("open('data/Sales.csv')", "data/Sales.csv", "open('data/Sales.csv')")
    found = first(made, FakeNamespace(paths={".": ["Data/", "Data/sales.csv"]}))
    assert found.headline == "There is no file `data/Sales.csv`; the name has other capital letters: `Data/sales.csv`."
    assert result(made, found.fixes[0]) == "open('Data/sales.csv')"


def test_backslashes_between_folders():
    made = missing(r"open('data\sales.csv')", r"data\sales.csv", r"open('data\sales.csv')")
    found = first(made, FakeNamespace(paths={".": ["data/", "data/sales.csv"]}))
    assert "`data/sales.csv`" in found.headline


def test_a_folder_that_is_missing():
    made = missing("df.to_csv('results/a.csv')", "results/a.csv", "df.to_csv('results/a.csv')")
    found = first(made, FakeNamespace(paths={".": ["data/"]}))
    assert found.kind == "missing_folder"
    assert found.headline == "There is no folder `results` in the kernel's working folder."
    assert "mkdir" in found.explanation


def test_the_home_folder():
    made = missing("import os\nopen('~/a.txt')", "~/a.txt", "open('~/a.txt')")
    assert first(made).kind == "home_not_expanded"
    assert repaired(made) == "import os\nopen(os.path.expanduser('~/a.txt'))"


def test_an_address():
    made = missing(
        "open('https://example.org/a.csv')", "https://example.org/a.csv", "open('https://example.org/a.csv')"
    )
    assert first(made).kind == "address_as_file"


def test_a_folder():
    made = report(
        "open('data')", "IsADirectoryError", "[Errno 21] Is a directory: 'data'", "open('data')", filename="data"
    )
    found = first(made, FakeNamespace(paths={"data": ["a.csv"]}))
    assert found.headline == "`data` is a folder, and a file is needed."
    assert found.facts == ["It has `a.csv`."]


def test_what_is_there_already():
    message = "[Errno 17] File exists: 'data'"
    for source, fixed in [
        ("os.makedirs('data')", "os.makedirs('data', exist_ok=True)"),
        ("Path('data').mkdir()", "Path('data').mkdir(exist_ok=True)"),
        ("os.mkdir('data')", None),
        ("open('data', 'x')", None),
    ]:
        assert repaired(report(source, "FileExistsError", message, source, filename="data")) == fixed


def test_a_file_opened_to_be_written():
    source = "f = open('a.txt', 'w')\nf.read()"
    made = report(source, "UnsupportedOperation", "not readable", "f.read()")
    assert repaired(made) == "f = open('a.txt', 'r')\nf.read()"
    assert "is gone" in first(made).explanation
    both = report("f = open('a.txt', 'w')\nf.write('x')\nf.read()", "UnsupportedOperation", "not readable", "f.read()")
    assert repaired(both) is None
