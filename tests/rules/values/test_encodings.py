import pytest

from ..support import first, repaired, report

MESSAGE = "'utf-8' codec can't decode byte 0xe9 in position 3: invalid continuation byte"


def failing(source):
    return report(source, "UnicodeDecodeError", MESSAGE, source)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("name\ncafé\n".encode("latin-1"), "latin-1"),
        ("price\n5 €\n".encode("cp1252"), "cp1252"),
        ("name\ncafé\n".encode("utf-16"), "utf-16"),
    ],
)
def test_the_encoding_that_reads_it(folder, content, encoding):
    (folder / "a.csv").write_bytes(content)
    found = first(failing("pd.read_csv('a.csv')"))
    assert found.headline == f"`a.csv` is written in `{encoding}`, and read as `utf-8`."
    assert repaired(failing("pd.read_csv('a.csv')")) == f"pd.read_csv('a.csv', encoding='{encoding}')"


def test_an_encoding_that_is_named_already(folder):
    (folder / "a.txt").write_bytes("tea in a café".encode("latin-1"))
    made = failing("open('a.txt', encoding='utf-8').read()")
    assert repaired(made) == "open('a.txt', encoding='latin-1').read()"


@pytest.mark.parametrize("start", [b"\x1f\x8b", b"PK\x03\x04", b"%PDF", b"PAR1"])
def test_what_is_no_text(folder, start):
    (folder / "a.csv").write_bytes(start + bytes(range(256)))
    found = first(failing("pd.read_csv('a.csv')"))
    assert "no plain text" in found.headline
    assert found.fixes == []


@pytest.mark.parametrize("content", ["Здравствуйте".encode("cp1251"), b"a\x00\xff\xfe\x81"])
def test_nothing_is_guessed(folder, content):
    (folder / "a.csv").write_bytes(content)
    assert first(failing("pd.read_csv('a.csv')")).fixes == []


def test_a_file_that_is_not_here():
    found = first(failing("pd.read_csv(path)"))
    assert found.headline == "The file or text is not written in `utf-8`."
