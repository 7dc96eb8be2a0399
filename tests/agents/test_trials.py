"""Fixes are tried before they are shown: in which order, how long, what follows a failure, and what the model is told."""

from __future__ import annotations

import asyncio
import json

import pytest

from nbdoctor.agents import trials as trials_module
from nbdoctor.agents.trials import BEING_CHECKED, Trials, hopeless, ordered
from nbdoctor.llm.fake import FakeModel
from nbdoctor.protocol import (
    Action,
    Candidate,
    Cell,
    Edit,
    Finding,
    Fix,
    RaisedError,
    Report,
    Rerun,
    TrialResult,
    Verdict,
)
from nbdoctor.rules.plan import fix_id
from nbdoctor.rules.steps import candidate

from .helpers import CODE, FIXES, NOTEBOOK, doctor_of, events_of, named, report_of

CELL = NOTEBOOK[2]
FIXED = CODE.replace("revenu", "revenue")
PASSED = Verdict("passed", seconds=0.2)
FAILED = Verdict("failed", "KeyError: 'x'", seconds=0.1)
DENIED = Verdict("not_tried", "it would write a file")


class FakeTrier:
    """Says ``verdicts`` of the failing cell's new text, else ``default``; ``reports`` go with them. ``asked``: the texts."""

    def __init__(self, verdicts=None, default=PASSED, reports=None, seconds=0.0, rerun=None):
        self.verdicts, self.default, self.reports = verdicts or {}, default, reports or {}
        self.seconds, self.rerun = seconds, rerun or Rerun()
        self.asked, self.cancelled = [], 0

    def plan(self, fix):
        return candidate(fix, CELL, NOTEBOOK, self.rerun)

    async def __call__(self, fix):
        planned = self.plan(fix)
        assert isinstance(planned, Candidate), "asked for what was refused"
        text = planned.steps[-1].source
        self.asked.append(text)
        try:
            await asyncio.sleep(self.seconds)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        verdict = self.verdicts.get(text, self.default)
        if isinstance(verdict, Exception):
            raise verdict
        return TrialResult(verdict, self.reports.get(text))


def edit(text, confidence=0.8, *, source=CODE, old="revenu", rerun=True):
    """A rule's fix: ``text`` in the place of ``old``."""
    start = source.index(old)
    actions = [Action("replace_cell", edits=[Edit(start, start + len(old), text)])]
    actions += [Action("run_cells")] if rerun else []
    return Fix(fix_id(actions), f"Use {text}", actions, by="missing_key", confidence=confidence)


def with_fixes(*fixes, **fields):
    found = Finding("missing_key", "python", "sales has no column 'revenu'.", "It has.", 0.9, ["a fact"], list(fixes))
    return report_of(CELL, findings=[found], **fields)


def in_copy(text, *fixes, name="NameError", message="name 'y' is not defined", cell_id="c3", kind="typo"):
    """The Report of the error that a trial ended with."""
    found = [Finding(kind, "python", "h", fixes=list(fixes))] if fixes else []
    return Report("copy", Cell(text, cell_id), [RaisedError(name, message)], findings=found)


def diagnosed(trier, *fixes, model=None, report=None, **options):
    """The events, and the Diagnosis, of the usual error with these fixes of the rules."""
    doctor = doctor_of(model or FakeModel(), use_rules=True, **({} if model else {"auto": "rules"}))
    events = events_of(doctor, report or with_fixes(*fixes), CELL, NOTEBOOK, trier=trier, **options)
    return events, events[-1][1]


def titles(fixes):
    return [(fix.title, fix.verdict.status) for fix in fixes]


# ------------------------------------------------------------------ the rules' fixes


def test_a_fix_is_announced_tried_and_shown_with_its_verdict():
    events, diagnosis = diagnosed(FakeTrier(), edit("revenue"))
    assert [name for name, _ in events] == ["findings", "progress", "fix", "diagnosis"]
    assert events[0][1].fixes[0].verdict == BEING_CHECKED
    assert (events[1][1].stage, events[1][1].sentence) == ("trial", "Checking the fix in a copy of the kernel.")
    assert events[2][1] == diagnosis.fixes[0]
    assert events[2][1].id == events[0][1].fixes[0].id
    assert diagnosis.fixes[0].verdict == PASSED


def test_without_a_trier_nothing_is_tried_or_ordered():
    events, diagnosis = diagnosed(None, edit("a", 0.2), edit("b", 0.8))
    assert [name for name, _ in events] == ["findings", "diagnosis"]
    assert titles(diagnosis.fixes) == [("Use a", "not_tried"), ("Use b", "not_tried")]
    assert diagnosis.fixes[0].verdict.reason == ""


def test_what_cannot_be_tried_says_so_at_once_and_is_not_asked_for():
    trier = FakeTrier()
    install = Fix("i", "Install", [Action("install", requirement="x"), Action("run_cells")])
    events, diagnosis = diagnosed(trier, edit("revenue", rerun=False), install)
    assert [name for name, _ in events] == ["findings", "diagnosis"]
    assert trier.asked == []
    assert [fix.verdict.reason for fix in events[0][1].fixes] == [
        "it only changes the text",
        "an install is checked when you ask for it",
    ]
    assert [fix.verdict.can_check for fix in diagnosis.fixes] == [False, True]
    assert BEING_CHECKED not in [fix.verdict for fix in diagnosis.fixes]


def test_passed_comes_first_failed_last_and_the_surer_before_the_less_sure():
    verdicts = {CODE.replace("revenu", text): verdict for text, verdict in (("a", FAILED), ("b", DENIED))}
    fixes = [edit("a", 0.9), edit("b", 0.8), edit("c", 0.3), edit("d", 0.4)]
    events, diagnosis = diagnosed(FakeTrier(verdicts), *fixes)
    assert titles(named(events, "fix")) == [
        ("Use a", "failed"), ("Use b", "not_tried"), ("Use c", "passed"), ("Use d", "passed"),
    ]  # fmt: skip
    assert titles(diagnosis.fixes) == [
        ("Use d", "passed"), ("Use c", "passed"), ("Use b", "not_tried"), ("Use a", "failed"),
    ]  # fmt: skip


def test_after_two_passes_no_more_are_tried():
    trier = FakeTrier()
    events, diagnosis = diagnosed(trier, *(edit(name) for name in "abcd"))
    assert len(trier.asked) == 2
    assert len(named(events, "progress")) == 1
    assert [(f.verdict.reason, f.verdict.can_check) for f in diagnosis.fixes[2:]] == [
        ("another fix was checked already", True)
    ] * 2


def test_at_most_six_are_tried():
    trier = FakeTrier(default=DENIED)
    events, diagnosis = diagnosed(trier, *(edit(f"x{i}") for i in range(9)))
    assert len(trier.asked) == 6
    assert len(named(events, "fix")) == 9
    assert [fix.verdict.reason for fix in diagnosis.fixes[6:]] == ["there was no time to check it"] * 3
    assert all(fix.verdict.can_check for fix in diagnosis.fixes[6:])


def test_time_is_bounded_and_the_trial_that_takes_too_long_is_let_go(monkeypatch):
    monkeypatch.setattr(trials_module, "MAX_SECONDS", 0.05)
    trier = FakeTrier(seconds=5)
    _, diagnosis = diagnosed(trier, edit("a"), edit("b"))
    assert (len(trier.asked), trier.cancelled) == (1, 1)
    assert [fix.verdict.reason for fix in diagnosis.fixes] == ["there was no time to check it"] * 2


def test_a_bug_in_a_trial_is_no_verdict_on_the_fix(caplog):
    trier = FakeTrier({FIXED: ZeroDivisionError("secret detail")})
    _, diagnosis = diagnosed(trier, edit("revenue"), edit("other"))
    assert titles(diagnosis.fixes) == [("Use other", "passed"), ("Use revenue", "not_tried")]
    assert diagnosis.fixes[1].verdict.reason == "nbdoctor itself failed, and its log says more"
    assert "ZeroDivisionError" in caplog.text


def test_a_bug_in_a_plan_or_a_follow_up_ends_no_diagnosis(monkeypatch, caplog):
    def broken(*args):
        raise ZeroDivisionError

    monkeypatch.setattr(trials_module, "follow_up", broken)
    trier = FakeTrier({FIXED: FAILED}, reports={FIXED: in_copy(FIXED)})
    assert titles(diagnosed(trier, edit("revenue"))[1].fixes) == [("Use revenue", "failed")]
    trier.plan = broken
    assert (
        diagnosed(trier, edit("revenue"))[1].fixes[0].verdict.reason == "nbdoctor itself failed, and its log says more"
    )
    assert len(caplog.records) == 2


# ------------------------------------------------------------------ follow-ups


def test_a_fix_that_failed_goes_back_to_the_rules_and_the_follow_up_replaces_it():
    second = edit("len", 0.6, source=FIXED, old="print")
    trier = FakeTrier({FIXED: FAILED}, reports={FIXED: in_copy(FIXED, second)})
    events, diagnosis = diagnosed(trier, edit("revenue", 0.8))
    both = FIXED.replace("print", "len")
    assert trier.asked == [FIXED, both]
    assert titles(diagnosis.fixes) == [("Use revenue, and use len", "passed"), ("Use revenue", "failed")]
    fix = diagnosis.fixes[0]
    assert [action.kind for action in fix.actions] == ["replace_cell", "run_cells"]
    assert (fix.actions[0].new_source, fix.confidence) == (both, 0.6)
    assert fix.id == fix_id(fix.actions)
    assert titles(named(events, "fix")) == [("Use revenue", "failed"), ("Use revenue, and use len", "passed")]


def test_a_follow_up_may_follow_a_follow_up_and_no_more():
    texts = [FIXED, FIXED.replace("print", "a1"), FIXED.replace("print", "a2"), FIXED.replace("print", "a3")]
    reports = {
        text: in_copy(text, edit(new, source=text, old=old))
        for text, old, new in zip(texts, ("print", "a1", "a2"), ("a1", "a2", "a3"))
    }
    trier = FakeTrier(dict.fromkeys(texts[:2], FAILED), reports=reports)
    _, diagnosis = diagnosed(trier, edit("revenue"))
    assert trier.asked == texts[:3]
    assert titles(diagnosis.fixes)[0] == ("Use revenue, and use a1, and use a2", "passed")
    trier = FakeTrier(default=FAILED, reports=reports)
    _, diagnosis = diagnosed(trier, edit("revenue"))
    assert trier.asked == texts[:3]
    assert titles(diagnosis.fixes) == [("Use revenue", "failed")]


def test_two_follow_ups_in_a_diagnosis():
    fixes = [edit(name) for name in "abc"]
    texts = [CODE.replace("revenu", name) for name in "abc"]
    reports = {text: in_copy(text, edit("len", source=text, old="print")) for text in texts}
    trier = FakeTrier(default=FAILED, reports=reports)
    diagnosed(trier, *fixes)
    assert len(trier.asked) == 5


def test_a_follow_up_that_was_denied_something_is_offered_as_not_tried():
    both = FIXED.replace("print", "len")
    second = edit("len", source=FIXED, old="print")
    trier = FakeTrier({FIXED: FAILED, both: DENIED}, reports={FIXED: in_copy(FIXED, second)})
    assert titles(diagnosed(trier, edit("revenue"))[1].fixes) == [
        ("Use revenue, and use len", "not_tried"),
        ("Use revenue", "failed"),
    ]


def test_a_follow_up_keeps_the_end_of_the_plan():
    unsafe = Rerun(False, ["Line 1 …"], ["x"], 2)
    start = CODE.index("revenu")
    first = Fix(
        "f",
        "Use revenue and run from line 2 on",
        [Action("replace_cell", edits=[Edit(start, start + 6, "revenue")]), Action("run_from", line=2)],
    )
    ran = FIXED.split("\n", 1)[1]
    second = edit("len", source=ran, old="print")
    trier = FakeTrier({ran: FAILED}, reports={ran: in_copy(ran, second)}, rerun=unsafe)
    _, diagnosis = diagnosed(trier, report=with_fixes(first, rerun=unsafe))
    fix = diagnosis.fixes[0]
    assert [(action.kind, action.line) for action in fix.actions] == [("replace_cell", None), ("run_from", 2)]
    assert fix.actions[0].new_source == FIXED.replace("print", "len")
    assert (fix.title, fix.verdict) == ("Use revenue, use len and run from line 2 on", PASSED)


def test_a_follow_up_of_a_plan_that_edits_nothing():
    run = Fix("r", "Run the cell", [Action("run_cells", cell_ids=["c2"]), Action("run_cells")], confidence=0.9)
    trier = FakeTrier({CODE: FAILED}, reports={CODE: in_copy(CODE, edit("revenue"))})
    fix = diagnosed(trier, run)[1].fixes[0]
    assert [(a.kind, a.cell_ids) for a in fix.actions] == [
        ("replace_cell", []), ("run_cells", ["c2"]), ("run_cells", []),
    ]  # fmt: skip
    assert fix.actions[0].new_source == FIXED


@pytest.mark.parametrize(
    "report",
    [
        None,
        in_copy(FIXED),
        in_copy(FIXED, edit("len", source=FIXED, old="print"), cell_id="c2"),
        in_copy(FIXED, edit("len", source=FIXED + " " * 200 + "print(1)", old="print(1)")),
        in_copy(FIXED, Fix("i", "Install", [Action("install", requirement="x"), Action("run_cells")])),
        in_copy(FIXED, edit("len", source=FIXED, old="print"), kind="muted_kind"),
    ],
)
def test_where_the_copy_tells_nothing_that_fits_there_is_no_follow_up(report):
    trier = FakeTrier({FIXED: FAILED}, reports={FIXED: report})
    doctor = doctor_of(FakeModel(), use_rules=True, auto="rules", muted=["muted_kind"])
    events = events_of(doctor, with_fixes(edit("revenue")), CELL, NOTEBOOK, trier=trier)
    assert trier.asked == [FIXED]
    assert titles(events[-1][1].fixes) == [("Use revenue", "failed")]


# ------------------------------------------------------------------ the model


def asked_model(trier, *rules, model, **fields):
    return diagnosed(trier, model=model, report=with_fixes(*rules, **fields))


def test_the_model_is_asked_where_every_rules_fix_failed():
    wrong = CODE.replace("revenu", "wrong")
    model = FakeModel(FIXES)
    events, diagnosis = asked_model(FakeTrier({wrong: FAILED}), edit("wrong"), model=model)
    assert model.requests
    assert [(fix.origin, fix.verdict.status) for fix in diagnosis.fixes] == [("model", "passed"), ("rule", "failed")]
    assert diagnosis.headline == "sales has no column 'revenu'."
    shown = [fix for fix in named(events, "fix") if fix.origin == "model"]
    assert shown == [diagnosis.fixes[0]]  # not before it was tried
    assert shown[0].actions[0].new_source == FIXED


@pytest.mark.parametrize("verdict", [PASSED, DENIED])
def test_the_model_is_not_asked_where_a_rules_fix_did_not_fail(verdict):
    model = FakeModel(FIXES)
    asked_model(FakeTrier(default=verdict), edit("a"), model=model)
    assert model.requests == []


def test_a_text_that_failed_is_no_better_where_nothing_is_run():
    rerun = Rerun(False, ["Line 1 …"], ["x"], 2)
    alone = edit("wrong", rerun=False)
    resumed = Fix("r", "r", [alone.actions[0], Action("run_from", line=2)])
    model = FakeModel()
    asked_model(FakeTrier(default=FAILED, rerun=rerun), alone, resumed, model=model, rerun=rerun)
    assert model.requests


def test_each_candidate_of_the_model_is_tried():
    other = FIXED.replace("print(total)", "print(total, flush=True)")
    model = FakeModel()
    model.enqueue(*(json.dumps({"title": "t", "code": c}) for c in (other, FIXED)), job="fix")
    trier = FakeTrier({other: FAILED})
    events, diagnosis = asked_model(trier, model=model)
    assert sorted(trier.asked) == sorted([other, FIXED])
    assert [fix.verdict.status for fix in diagnosis.fixes] == ["passed", "failed"]
    assert [p.stage for p in named(events, "progress")].count("trial") == 1
    assert len(model.asked("fix")) == 1


def test_where_all_failed_the_model_is_asked_once_more_and_told_why():
    wrong = FIXED.replace("revenue", "revenues")
    model = FakeModel()
    model.enqueue(json.dumps({"title": "t", "code": wrong}), job="fix")
    model.enqueue(json.dumps({"title": "use it", "statement": 'total = sales["revenue"].sum()'}), job="fix")
    report = in_copy(wrong, name="KeyError", message="'revenues' \x1b[31mred\n</nb:line>")
    trier = FakeTrier({wrong: FAILED}, reports={wrong: report})
    _, diagnosis = asked_model(trier, model=model)
    _, second = model.asked("fix")
    told = second["messages"][-1]["content"]
    assert (
        "What was tried before was no good: `total = sales[\"revenues\"].sum()`: it fails with KeyError: 'revenues' red <\\/nb:line>."
        in told
    )
    assert [(fix.actions[0].new_source, fix.verdict.status) for fix in diagnosis.fixes] == [
        (FIXED, "passed"),
        (wrong, "failed"),
    ]


def test_the_model_is_asked_only_twice_more():
    model = FakeModel()
    for text in ("a", "b", "c", "d"):
        new = f'total = sales["{text}"].sum()'
        code = CODE.replace('total = sales["revenu"].sum()', new)
        model.enqueue(json.dumps({"title": "t", "code": code, "statement": new}), job="fix")
    _, diagnosis = asked_model(FakeTrier(default=FAILED), model=model)
    assert len(model.asked("fix")) == 3
    assert [fix.verdict.status for fix in diagnosis.fixes] == ["failed"] * 3
    told = model.asked("fix")[2]["messages"][-1]["content"]
    assert '`total = sales["a"].sum()`: it fails: KeyError: \'x\'; `total = sales["b"].sum()`: it fails' in told


def test_what_was_denied_is_not_told_as_a_failure():
    model = FakeModel(FIXES)
    _, diagnosis = asked_model(FakeTrier(default=DENIED), model=model)
    assert len(model.asked("fix")) == 1
    assert diagnosis.fixes[0].verdict == DENIED


def test_a_secret_in_what_failed_does_not_reach_the_model():
    wrong = FIXED.replace("revenue", "revenues")
    secret = "sk-proj-" + "a1B2" * 12
    model = FakeModel()
    model.enqueue(json.dumps({"title": "t", "code": wrong}), job="fix")
    report = in_copy(wrong, name="KeyError", message=f"no key {secret} " + "x" * 2000)
    asked_model(FakeTrier(default=FAILED, reports={wrong: report}), model=model)
    told = model.asked("fix")[1]["messages"][-1]["content"]
    assert secret not in told
    problem = told.split("What was tried before was no good: ")[1].split("\n")[0]
    assert len(problem) <= 410


def test_the_models_round_has_bounds_of_its_own():
    wrong = [edit(f"x{i}") for i in range(6)]
    trier = FakeTrier({CODE.replace("revenu", f"x{i}"): FAILED for i in range(6)})
    _, diagnosis = asked_model(trier, *wrong, model=FakeModel(FIXES))
    assert diagnosis.fixes[0].verdict == PASSED
    assert diagnosis.fixes[0].origin == "model"


# ------------------------------------------------------------------ cancellation


def test_closing_the_iterator_ends_the_trial():
    async def main(trier):
        events = doctor_of(FakeModel(), use_rules=True, auto="rules").diagnose(
            with_fixes(edit("revenue")), CELL, NOTEBOOK, trier=trier
        )
        await events.__anext__()
        await events.__anext__()
        step = asyncio.ensure_future(events.__anext__())
        while not trier.asked:
            await asyncio.sleep(0.001)
        step.cancel()
        with pytest.raises(asyncio.CancelledError):
            await step
        await events.aclose()
        await asyncio.sleep(0)  # what a client's closed stream has left to the loop
        return [t for t in asyncio.all_tasks() if t is not asyncio.current_task()]

    trier = FakeTrier(seconds=5)
    assert asyncio.run(main(trier)) == []
    assert trier.cancelled == 1


def test_closing_the_iterator_ends_a_trial_of_the_models():
    async def main(trier):
        events = doctor_of(FakeModel(FIXES)).diagnose(report_of(CELL), CELL, NOTEBOOK, trier=trier)
        async for _ in events:
            if trier.asked:
                break
        await events.aclose()
        await asyncio.sleep(0)  # what a client's closed stream has left to the loop
        return [t for t in asyncio.all_tasks() if t is not asyncio.current_task()]

    trier = FakeTrier(seconds=5)
    assert asyncio.run(main(trier)) == []
    assert trier.cancelled == 1


# ------------------------------------------------------------------ the pieces


def test_order_and_hope():
    fixes = [Fix(v.status, "t", [Action("run_cells")], verdict=v) for v in (FAILED, DENIED, PASSED)]
    assert [fix.id for fix in ordered(fixes)] == ["passed", "not_tried", "failed"]
    assert hopeless([])
    assert hopeless(fixes[:1])
    assert not hopeless(fixes[:2])


def test_a_round_knows_what_failed():
    async def main():
        trials = Trials(FakeTrier(default=FAILED))
        fix = await trials.check(edit("a"))
        return trials.problem([fix], CODE)

    assert asyncio.run(main()) == "it fails: KeyError: 'x'"
