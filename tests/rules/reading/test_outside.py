"""What reaches out of the kernel's memory is told, what only reads is not."""

import ast

import pytest

from nbdoctor.rules.reading.outside import call_outside, magic_change


def call(source):
    return call_outside(ast.parse(source, mode="eval").body)


@pytest.mark.parametrize(
    "source",
    [
        "open('a.txt', 'w')",
        "open('a.txt', mode='a')",
        "Path('a').open('w')",
        "df.to_csv('a.csv')",
        "os.remove('a.txt')",
        "os.makedirs('out')",
        "requests.post('https://example.org', data)",
    ],
)
def test_what_writes_or_sends_is_told(source):
    assert call(source).endswith(".")


@pytest.mark.parametrize(
    "source",
    ["open('a.txt')", "Path('a').read_text()", "df.rename(columns={'a': 'b'})", "os.makedirs('out', exist_ok=True)"],
)
def test_what_reads_is_not(source):
    assert call(source) == ""


@pytest.mark.parametrize("line", ["!rm -r out", "!ls > files.txt", "%pip install numpy"])
def test_a_command_that_changes_something_is_told(line):
    assert magic_change(line, 3).startswith("Line 3 ")


@pytest.mark.parametrize("line", ["!ls", "%matplotlib inline", "x = 1"])
def test_a_command_that_reads_is_not(line):
    assert magic_change(line, 3) == ""
