"""Names that a branch may or may not have made anew; `test_effects` has the rest."""

import pytest

from nbdoctor.rules.reading.effects import rerun

EXISTING = ["n", "df", "flag", "names"]


def safe(source):
    return rerun(source + "\nboom()", source.count("\n") + 2, EXISTING).safe


@pytest.mark.parametrize(
    "source",
    [
        "if flag:\n    n = 0\nn += 1",
        "try:\n    df = load()\nexcept OSError:\n    print('kept')\ndf['a'] *= 2",
        "for name in names:\n    n = 0\nn += 1",
        "while flag:\n    df = load()\ndf.pop('a')",
        "if flag:\n    part = df\nelse:\n    part = load()\npart.pop('a')",
    ],
)
def test_what_one_branch_makes_anew_may_be_what_was_there(source):
    assert not safe(source)


@pytest.mark.parametrize(
    "source",
    [
        "if flag:\n    n = 0\nelse:\n    n = 1\nn += 1",
        "try:\n    df = load()\nexcept OSError:\n    df = {}\ndf['a'] = 2",
        "try:\n    df = load()\nexcept OSError:\n    raise\ndf.pop('a')",
        "with open('a') as file:\n    n = 0\nn += 1",
        "try:\n    pass\nfinally:\n    n = 0\nn += 1",
        "n = 0\nfor name in names:\n    n += 1",
    ],
)
def test_what_every_branch_makes_anew_is_the_cells_own(source):
    assert safe(source)
