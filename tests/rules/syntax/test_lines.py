import pytest

from .broken import check


@pytest.mark.parametrize(
    ("source", "kind", "expected"),
    [
        ("n = 3\nload_ext autoreload", "magic_without_percent", "n = 3\n%load_ext autoreload"),
        ("n = 3\nmkdir results", "shell_command", "n = 3\n!mkdir results"),
        ("n = 3\ncd results", "shell_command", "n = 3\n%cd results"),
        ("n = 3\npython -m pip install a", "pip_in_cell", "n = 3\n%pip install a"),
        (">>> n = 3\n>>> for m in xs:\n...     print(m)", "prompt", "n = 3\nfor m in xs:\n    print(m)"),
        ("1. n = 3\n2. m = 4", "line_numbers", "n = 3\nm = 4"),
        ("n = 3  // the limit of it", "other_comment", "n = 3  # the limit of it"),
        ("Traceback (most recent call last):\n  File 'a', line 3", "pasted_output", None),
        ("SELECT name FROM people", "code_of_another_language", None),
        ("<div>a</div>", "code_of_another_language", None),
        ("This is my first look at the data.", "plain_text", None),
    ],
)
def test_the_kind_and_the_edit(source, kind, expected):
    check(source, kind, expected)
