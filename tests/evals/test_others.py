import pytest

from nbdoctor.evals.others import with_others

FAILING = "a = 1\nb = 2\nc = 3\nd = 4"


@pytest.mark.parametrize(
    ("proposed", "accepted", "expected"),
    [
        ("a = 0\nb = 2\nc = 3\nd = 4", "a = 0\nb = 2\nc = 5\nd = 4", "a = 0\nb = 2\nc = 5\nd = 4"),
        ("a = 0\nb = 2\nc = 3\nd = 4", "a = 9\nb = 2\nd = 4", "a = 0\nb = 2\nd = 4"),
        ("import x\n" + FAILING, "a = 1\nb = 2\nc = 3\nd = 5", "import x\na = 1\nb = 2\nc = 3\nd = 5"),
        ("a = 0\nb = 2\nc = 3\nd = 4", "a = 7\nb = 2\nc = 3\nd = 4", None),  # the same line, otherwise
        ("a = 0\nb = 0\nc = 3\nd = 4", "a = 1\nb = 7\nc = 3\nd = 4", None),
        ("a = 0\nb = 2\nc = 3\nd = 4", "a = 0\nb = 7\nc = 3\nd = 4", "a = 0\nb = 7\nc = 3\nd = 4"),  # side by side
        (
            "a = 1\n  b = 2\nc = 3\nd = 4",
            "a = 1\n  b = 7\nc = 3\nd = 4",
            "a = 1\n  b = 7\nc = 3\nd = 4",
        ),  # indented by both
        (FAILING, FAILING, None),
    ],
)
def test_the_other_corrections_are_made_beside_ours(proposed, accepted, expected):
    assert with_others(FAILING, proposed, accepted) == expected
