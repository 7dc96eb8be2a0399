import pytest

from nbdoctor.rules.reading.source import compiles
from nbdoctor.rules.syntax.cell import complaint
from nbdoctor.rules.syntax.crop import cropped

from ..support import first, result
from .broken import broken

BEFORE = [f"value_{n} = compute({n}, 'n{n}')" for n in range(60)]
AFTER = [f"if value_{n}:\n    show(value_{n})\nelse:\n    pass" for n in range(60)]


def long(*lines):
    return "\n".join([*BEFORE, *lines, *AFTER])


@pytest.mark.parametrize(
    ("bad", "good"),
    [
        ("print(value_1", "print(value_1)"),
        ("if value_1\n    print(3)", "if value_1:\n    print(3)"),
        ("t = 'it's late'", 't = "it\'s late"'),
        ("for n in xs\n    print(n)\nprint 'a'", "for n in xs:\n    print(n)\nprint('a')"),
        ("f(value_1 value_2)", "f(value_1, value_2)"),  # they are known from what was taken away
    ],
)
def test_the_edits_are_those_of_the_whole_cell(bad, good):
    made = broken(long(bad))
    found = first(made)
    assert result(made, found.fixes[0]) == long(good)


def test_the_part_is_short_and_its_lines_keep_their_numbers():
    trouble = complaint(long("print(value_1", "n = 3"))
    part, by = cropped(trouble)
    assert part.line == trouble.line
    assert part.source.split("\n")[60] == "print(value_1"
    assert part.source[:40].strip() == ""
    assert len(part.source) < len(trouble.source) / 3
    assert trouble.source[by + part.source.index("print") :].startswith("print(value_1")


def test_what_does_not_parse_is_not_taken_away():
    source = "\n".join(["if a", "    b", *BEFORE, "print(value_1"])
    part, by = cropped(complaint(source))
    assert (by, compiles(part.source)) == (0, False)
    assert "if a" in part.source


def test_a_short_cell_is_taken_whole():
    trouble = complaint("n = 1\nprint(n")
    assert cropped(trouble) == (trouble, 0)
