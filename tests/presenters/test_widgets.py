"""The card of ipywidgets: what it shows, what its buttons do, and that nothing of it is left behind."""

from __future__ import annotations

import importlib
import sys
import threading

import pytest

from nbdoctor.presenters import widgets
from nbdoctor.protocol import Action, Diagnosis, Fix, Rerun, Verdict

from . import kit

SOURCE = "revenue = 1\nprint(revenu)"
FIXED = "revenue = 1\nprint(revenue)"


def fix_of(new=FIXED, identity="f", title="Write `revenue`", status="not_tried", **more):
    return Fix(identity, title, [Action("replace_cell", new_source=new)], verdict=Verdict(status), **more)


def diagnosis_of(*fixes, **more):
    return Diagnosis(
        "r", **{"headline": "`revenu` is not defined.", "category": "python", "fixes": list(fixes), **more}
    )


@pytest.fixture(params=["stand-in", "ipywidgets"])
def toolkit(request, monkeypatch):
    """The stand-in of `kit`, and the real ipywidgets where it is installed. Gives a function that tells what is open."""
    if request.param == "stand-in":
        kit.opened.clear()
        monkeypatch.setitem(sys.modules, "ipywidgets", kit)
        return lambda: set(kit.opened)
    pytest.importorskip("ipywidgets")
    core = importlib.import_module("ipywidgets.widgets.widget")
    living = getattr(core, "_instances", None)  # of version 8
    return lambda: set(core.Widget.widgets if living is None else living)


class Shown:
    """A card, and what it did."""

    def __init__(self, diagnosis, source=SOURCE, step="solution", **more):
        self.did = []
        self.card = widgets.Card(
            diagnosis,
            source,
            step,
            opened=lambda: self.did.append("opened"),
            dismissed=lambda: self.did.append("dismissed"),
            **more,
        )
        self.box = self.card._box
        self.body, self.row, self.note, self.field = self.box.children
        self.choice = next(child for child in self.row.children if hasattr(child, "options"))

    @property
    def labels(self):
        return [b.description for b in self._buttons() if b.layout.display != "none"]

    def click(self, label):
        next(b for b in self._buttons() if b.description == label).click()

    def _buttons(self):
        return [child for child in self.row.children if child is not self.choice]


def test_it_shows_the_fix_and_what_was_tried(toolkit):
    shown = Shown(
        diagnosis_of(fix_of(status="passed"), explanation="It was never assigned.", facts=["`revenue` is 1."])
    )
    for text in (
        "is not defined",
        "It was never assigned.",
        "<code>revenue</code> is 1.",
        "checked: ran in a copy",
        "code",
    ):
        assert text in shown.body.value
    assert "-print(revenu)</span>" in shown.body.value
    assert "+print(revenue)</span>" in shown.body.value
    assert shown.labels == ["Fix it", "Dismiss"]
    shown.card.close()


@pytest.mark.parametrize(
    ("status", "label"), [("passed", "Fix it"), ("not_tried", "Apply"), ("failed", "Apply anyway")]
)
def test_the_button_promises_no_more_than_was_proven(toolkit, status, label):
    shown = Shown(diagnosis_of(fix_of(status=status)))
    assert shown.labels[0] == label
    shown.card.close()


def test_the_button_gives_the_corrected_cell_to_copy(toolkit):
    shown = Shown(diagnosis_of(fix_of()), is_last=lambda: True)
    assert shown.field.layout.display == "none"
    assert shown.field.value == ""
    shown.click("Apply")
    assert shown.field.value == FIXED
    assert shown.field.layout.display == ""
    assert "Put this in place of the cell" in shown.note.value
    assert "%fix" in shown.note.value
    shown.card.close()


def test_an_older_error_is_not_what_fix_is_about(toolkit):
    shown = Shown(diagnosis_of(fix_of()))
    shown.click("Apply")
    assert "%fix" not in shown.note.value
    shown.card.close()


def test_a_cell_that_has_half_run_is_said(toolkit):
    rerun = Rerun(safe=False, reasons=["Line 1 has appended to `values` already."])
    shown = Shown(diagnosis_of(fix_of(), rerun=rerun))
    shown.click("Apply")
    assert "appended to `values` already" in shown.note.value
    shown.card.close()


def test_a_plan_without_text_has_no_button(toolkit):
    shown = Shown(diagnosis_of(Fix("f", "Restart", [Action("restart_kernel")])))
    assert "restart the kernel" in shown.body.value
    assert shown.labels == ["Dismiss"]
    shown.card.close()


def test_a_very_long_cell_is_left_to_the_magic(toolkit):
    shown = Shown(diagnosis_of(fix_of("x = 1\n" * widgets.MAX_SOURCE)))
    shown.click("Apply")
    assert shown.field.value == ""
    assert "%fix" in shown.note.value
    assert len(shown.body.value) < 60_000
    shown.card.close()


def test_another_fix_can_be_chosen(toolkit):
    other = fix_of("print(0)", "g", "Print <0>")
    shown = Shown(diagnosis_of(fix_of(), other))
    assert [label for label, _ in shown.choice.options] == ["1. Write `revenue`", "2. Print <0>"]
    shown.choice.index = 1
    assert "+print(0)" in shown.body.value
    shown.click("Apply")
    assert shown.field.value == "print(0)"
    shown.card.close()


def test_a_later_result_keeps_the_place_and_the_choice(toolkit):
    first, second = fix_of(), fix_of("print(0)", "g", "Print 0")
    shown = Shown(diagnosis_of(first, second))
    shown.choice.index = 1
    before = toolkit()
    proven = fix_of("print(0)", "g", "Print 0", "passed")
    thread = threading.Thread(target=shown.card.show, args=(diagnosis_of(proven, first),))
    thread.start()
    thread.join()
    assert toolkit() == before
    assert shown.choice.index == 0
    assert shown.labels[0] == "Fix it"
    assert "+print(0)" in shown.body.value
    shown.card.close()


def test_a_later_result_leaves_an_opened_text_open(toolkit):
    shown = Shown(diagnosis_of(fix_of()))
    shown.click("Apply")
    shown.card.show(diagnosis_of(fix_of(status="passed")))
    assert shown.field.layout.display == ""
    assert shown.field.value == FIXED
    shown.card.show(diagnosis_of(fix_of("print(0)", "g", "Print 0")))
    assert shown.field.layout.display == "none"
    assert shown.field.value == ""
    shown.card.close()


def test_one_fix_needs_no_choice(toolkit):
    shown = Shown(diagnosis_of(fix_of()))
    assert shown.choice.layout.display == "none"
    shown.card.close()


def test_a_hint_comes_first(toolkit):
    given = diagnosis_of(fix_of(), explanation="Never assigned.", hint="Compare the names in the last line.")
    shown = Shown(given, step="hint")
    assert "Compare the names" in shown.body.value
    assert shown.card.bundle()["text/plain"] == "Compare the names in the last line."
    for told in ("revenu", "Never assigned.", "print("):
        assert told not in shown.body.value
    assert shown.labels == ["Explain", "Show the fix", "Dismiss"]
    assert not shown.choice.options
    shown.click("Explain")
    assert "Never assigned." in shown.body.value
    assert "print(" not in shown.body.value
    assert shown.labels == ["Show the fix", "Dismiss"]
    shown.click("Show the fix")
    assert "+print(revenue)" in shown.body.value
    assert shown.labels == ["Apply", "Dismiss"]
    assert shown.did == ["opened"]
    shown.card.close()


def test_without_a_hint_it_says_where_to_look(toolkit):
    shown = Shown(diagnosis_of(fix_of()), step="hint")
    assert "Look at the last line of the traceback that is yours." in shown.body.value
    shown.card.close()


def test_everything_is_escaped(toolkit):
    evil = '<img src=x onerror="alert(1)">\x1b[31m'
    fix = fix_of(f"print(revenue)  # {evil}", title=evil, origin="model", by=evil)
    fix.verdict.reason = evil
    more = {"headline": evil, "explanation": evil, "facts": [evil], "notes": [evil], "hint": evil}
    shown = Shown(diagnosis_of(fix, rerun=Rerun(safe=False, reasons=[evil]), **more), f"print(revenu)  # {evil}")
    shown.click("Apply")
    shown.card.busy(evil)
    for text in (shown.body.value, shown.note.value):
        assert "<img" not in text
        assert "\x1b" not in text
        assert "&lt;img src=x onerror=&quot;alert(1)&quot;&gt;" in text
    shown.card.close()


def test_secrets_are_taken_out_of_what_is_shown(toolkit):
    key = "sk-abcdefghijklmnopqrstuvwx"
    shown = Shown(
        diagnosis_of(fix_of(f"key = '{key}'\nprint(revenue)"), headline=f"It is {key}."),
        f"key = '{key}'\nprint(revenu)",
    )
    assert key not in shown.body.value + str(shown.card.bundle())
    shown.click("Apply")
    assert key in shown.field.value  # the cell's own text, and only once it is asked for
    shown.card.close()


def test_text_that_cannot_be_encoded_is_no_trouble(toolkit):
    shown = Shown(diagnosis_of(fix_of("print('\ud800')"), headline="\ud800 is odd."))
    shown.click("Apply")
    (shown.body.value + shown.field.value + shown.card.headline()).encode()
    shown.card.close()


def test_nothing_is_left_behind(toolkit):
    before = toolkit()
    shown = Shown(diagnosis_of(fix_of(), fix_of("print(0)", "g", "Print 0")))
    assert len(toolkit()) > len(before)
    shown.click("Dismiss")
    assert toolkit() == before
    assert shown.did == ["dismissed"]
    shown.card.show(diagnosis_of())  # a result that comes too late
    shown.card.busy("Too late")
    assert toolkit() == before


def test_a_card_that_cannot_be_made_leaves_nothing(toolkit, monkeypatch):
    before = toolkit()
    monkeypatch.setattr(widgets.html, "card", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        Shown(diagnosis_of(fix_of()))
    assert toolkit() == before


def test_a_failure_of_ours_is_one_sentence(toolkit, monkeypatch, caplog):
    shown = Shown(diagnosis_of(fix_of()))
    monkeypatch.setattr(widgets, "offer", lambda _: 1 / 0)
    shown.click("Apply")
    assert "nbdoctor itself failed here; %fix in a new cell shows the fix." in shown.note.value
    assert "nbdoctor's card failed" in caplog.text
    shown.card.close()


def test_what_is_saved_is_one_sentence(toolkit):
    shown = Shown(diagnosis_of(fix_of(), explanation="Never assigned."))
    bundle = shown.card.bundle()
    assert set(bundle) == {"text/plain", widgets.VIEW}
    assert bundle["text/plain"] == "`revenu` is not defined."
    assert bundle[widgets.VIEW] == {"version_major": 2, "version_minor": 0, "model_id": shown.box.model_id}
    shown.card.close()
