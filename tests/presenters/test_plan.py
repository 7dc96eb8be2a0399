"""What a fix does, in steps, and the text that carries it out."""

from __future__ import annotations

import pytest

from nbdoctor.presenters.plan import offer, parts
from nbdoctor.protocol import Action, Fix


def fix_of(*actions):
    return Fix("f", "A fix", list(actions))


def test_steps_are_in_order():
    fix = fix_of(
        Action("install", requirement="six"),
        Action("restart_kernel"),
        Action("run_cells", cell_ids=["a", "b"]),
        Action("replace_cell", new_source="print(data)"),
        Action("run_from", line=2),
    )
    assert parts(fix, "print(dta)") == [
        "install six into the kernel's environment",
        "restart the kernel",
        "run 2 earlier cells first",
        ["-print(dta)", "+print(data)"],
        "run the cell from line 2 on",
    ]


@pytest.mark.parametrize(
    ("actions", "text", "how"),
    [
        ([Action("install", requirement="six"), Action("run_cells")], "%pip install six", "run the failing cell again"),
        ([Action("replace_cell", new_source="a\nb"), Action("run_cells")], "a\nb", "in place of the cell's text"),
        ([Action("replace_cell", new_source="a\nb\nc"), Action("run_from", line=2)], "b\nc", "in a new cell"),
        ([Action("insert_cell", new_source="import os"), Action("run_cells")], "import os", "in a new cell above"),
    ],
)
def test_what_is_offered(actions, text, how):
    offered = offer(fix_of(*actions))
    assert offered.text == text
    assert how in offered.how


def test_a_plan_that_is_no_text_offers_none():
    assert offer(fix_of(Action("restart_kernel"), Action("run_cells", cell_ids=["a"]))) is None
