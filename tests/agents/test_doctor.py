from __future__ import annotations

import asyncio
import json

import pytest

from nbdoctor.agents import doctor as doctor_module
from nbdoctor.agents.doctor import Doctor
from nbdoctor.config import NBDoctor
from nbdoctor.llm.fake import SUMMARY, FakeModel
from nbdoctor.protocol import Action, Cell, Edit, Executed, Finding, Fix, Rerun
from nbdoctor.text import digest

from .helpers import CODE, FIXES, NOTEBOOK, asked, doctor_of, events_of, named, report_of

CELL = NOTEBOOK[2]
FIXED = CODE.replace("revenu", "revenue")


def finding(*, fixes=(), kind="missing_key", category="python", confidence=0.9):
    return Finding(
        kind, category, "sales has no column 'revenu'.", "It has 'revenue'.", confidence, ["a fact"], list(fixes)
    )


def edit_fix(start=None):
    start = CODE.index("revenu") if start is None else start
    return Fix(
        "f1", "Use 'revenue'", [Action("replace_cell", edits=[Edit(start, start + 6, "revenue")]), Action("run_cells")]
    )


# ------------------------------------------------------------------ the whole chain


def test_the_chain_summarizes_categorizes_and_fixes():
    events, diagnosis = asked(FakeModel(FIXES))
    assert events[0][0] == "findings"
    assert events[-1][0] == "diagnosis"
    assert "".join(words.text for words in named(events, "words")) == SUMMARY
    assert [p.stage for p in named(events, "category")] == ["categorize"]
    assert diagnosis.headline == "The cell stopped because it uses a name that does not exist."
    assert f"{diagnosis.headline} {diagnosis.explanation}" == SUMMARY
    assert (diagnosis.category, diagnosis.origin, diagnosis.by) == ("python", "model", "fake")
    (fix,) = diagnosis.fixes
    assert named(events, "fix") == [fix]
    assert [action.kind for action in fix.actions] == ["replace_cell", "run_cells"]
    assert fix.actions[0].new_source == FIXED
    assert (fix.origin, fix.by, fix.verdict.status) == ("model", "fake", "not_tried")
    assert fix.verdict.reason == "a model proposed this, and it was not run"


def test_the_three_jobs_begin_with_the_same_text():
    model = FakeModel(FIXES)
    asked(model)
    assert len(model.requests) == 3
    users = [request["messages"][1]["content"].split("</nb:facts>")[0] for request in model.requests]
    assert len(set(users)) == 1
    assert len({request["messages"][0]["content"] for request in model.requests}) == 1


def test_candidates_come_from_one_request_and_repeats_are_one_fix():
    model = FakeModel()
    other = FIXED.replace("print(total)", "print(total, flush=True)")
    model.enqueue(*(json.dumps({"title": "t", "code": c}) for c in (other, FIXED, FIXED + "  # same")), job="fix")
    _, diagnosis = asked(model, candidates=3)
    assert model.asked("fix")[0]["n"] == 3
    assert [fix.actions[0].new_source for fix in diagnosis.fixes] == [FIXED, other]
    assert diagnosis.fixes[0].confidence > diagnosis.fixes[1].confidence


def test_a_model_that_writes_the_failing_statement_alone_is_understood():
    model = FakeModel()
    model.enqueue(json.dumps({"title": "t", "code": 'total = sales["revenue"].sum()'}), job="fix")
    assert asked(model)[1].fixes[0].actions[0].new_source == FIXED


def test_an_unchanged_candidate_is_asked_for_again_differently():
    model = FakeModel()
    model.enqueue(json.dumps({"title": "Fixed it", "code": CODE + "\n# corrected\n"}), job="fix")
    model.enqueue(json.dumps({"title": "use the column", "statement": 'total = sales["revenue"].sum()'}), job="fix")
    _, diagnosis = asked(model)
    first, second = model.asked("fix")
    assert first["messages"] != second["messages"]
    assert second["temperature"] > first["temperature"]
    assert "it was the failing cell, unchanged" in second["messages"][-1]["content"]
    assert diagnosis.fixes[0].actions[0].new_source == FIXED


def test_twice_unchanged_is_no_fix():
    model = FakeModel()
    _, diagnosis = asked(model)
    assert len(model.asked("fix")) == 2
    assert diagnosis.fixes == []
    assert f"{diagnosis.headline} {diagnosis.explanation}" == SUMMARY


def test_an_answer_that_is_not_code_is_no_fix():
    model = FakeModel()
    for _ in range(2):
        model.enqueue(
            json.dumps({"title": "Ask", "code": "You should rename it.", "statement": "rename it, please"}), job="fix"
        )
    assert asked(model)[1].fixes == []


def test_a_fenced_answer_is_unpacked():
    model = FakeModel()
    model.enqueue(json.dumps({"title": "t", "code": f"```python\n{FIXED}\n```"}), job="fix")
    assert asked(model)[1].fixes[0].actions[0].new_source == FIXED


def test_without_a_safe_rerun_the_fix_only_edits():
    model = FakeModel(FIXES)
    report = report_of(CELL, rerun=Rerun(False, ["x was appended to."], ["x"], None))
    diagnosis = events_of(doctor_of(model), report, CELL, NOTEBOOK)[-1][1]
    assert [[a.kind for a in fix.actions] for fix in diagnosis.fixes] == [["replace_cell"]]


def test_running_on_from_the_failing_statement():
    model = FakeModel(FIXES)
    report = report_of(CELL, rerun=Rerun(False, ["x was appended to."], ["x"], 2))
    diagnosis = events_of(doctor_of(model), report, CELL, NOTEBOOK)[-1][1]
    kinds = [[a.kind for a in fix.actions] for fix in diagnosis.fixes]
    assert kinds == [["replace_cell"], ["replace_cell", "run_from"]]
    assert all(fix.actions[0].new_source == FIXED for fix in diagnosis.fixes)


# ------------------------------------------------------------------ rules and model


def test_rules_with_a_fix_need_no_model():
    model = FakeModel(FIXES)
    report = report_of(CELL, findings=[finding(fixes=[edit_fix()])])
    events = events_of(doctor_of(model, use_rules=True), report, CELL, NOTEBOOK)
    assert [name for name, _ in events] == ["findings", "diagnosis"]
    assert model.requests == []
    diagnosis = events[-1][1]
    assert diagnosis.fixes[0].actions[0].new_source == FIXED
    assert (diagnosis.headline, diagnosis.origin) == ("sales has no column 'revenu'.", "rule")


def test_always_asks_and_keeps_the_rules_word():
    model = FakeModel(FIXES)
    report = report_of(CELL, findings=[finding(fixes=[edit_fix()])])
    diagnosis = events_of(doctor_of(model, use_rules=True), report, CELL, NOTEBOOK, model="always")[-1][1]
    assert diagnosis.headline == "sales has no column 'revenu'."
    assert diagnosis.explanation == "It has 'revenue'."
    assert diagnosis.kind == "missing_key"


def test_facts_of_the_rules_reach_the_model():
    model = FakeModel(FIXES)
    report = report_of(CELL, findings=[finding()])
    events_of(doctor_of(model, use_rules=True), report, CELL, NOTEBOOK)
    assert "- a fact" in model.requests[0]["messages"][1]["content"]


@pytest.mark.parametrize("options", [{"model": "never"}, {}])
def test_never_and_rules_alone_ask_nobody(options):
    model = FakeModel()
    settings = {} if options else {"auto": "rules"}
    events = events_of(doctor_of(model, **settings), report_of(CELL), CELL, NOTEBOOK, **options)
    assert [name for name, _ in events] == ["findings", "diagnosis"]
    assert model.requests == []


@pytest.mark.parametrize("auto", ["off", "rules"])
def test_where_the_administrator_turned_the_model_off_a_click_does_not_ask_it(auto):
    model = FakeModel(FIXES)
    settings = {"auto": auto, "locked": ["auto"]}
    events = events_of(doctor_of(model, **settings), report_of(CELL), CELL, NOTEBOOK, model="always", notes=["first"])
    assert [name for name, _ in events] == ["findings", "diagnosis"]
    assert model.requests == []
    assert events[0][1].notes == events[1][1].notes == ["first", doctor_module.MODEL_IS_OFF]


@pytest.mark.parametrize(
    "settings", [{"auto": "rules"}, {"auto": "rules", "locked": ["hints"]}, {"auto": "model", "locked": ["auto"]}]
)
def test_else_a_click_asks_it(settings):
    model = FakeModel(FIXES)
    diagnosis = events_of(doctor_of(model, **settings), report_of(CELL), CELL, NOTEBOOK, model="always")[-1][1]
    assert model.requests
    assert diagnosis.notes == []


def test_what_nobody_asked_for_needs_no_note():
    doctor = doctor_of(FakeModel(), auto="rules", locked=["auto"])
    assert events_of(doctor, report_of(CELL), CELL, NOTEBOOK)[-1][1].notes == []


def test_a_hint_holds_nothing_of_what_the_model_said():
    events, diagnosis = asked(FakeModel({**FIXES, "summary": "The column is called revenue. Write revenue."}))
    assert (diagnosis.origin, diagnosis.headline) == ("model", "The column is called revenue.")
    assert diagnosis.hint == events[0][1].hint
    assert "revenue" not in diagnosis.hint
    assert diagnosis.hint == (
        'Look at line 2: what did you expect `total = sales["revenu"].sum()` to do? It stopped with `KeyError`.'
    )


def test_nothing_found_says_what_was_looked_at():
    doctor = Doctor(NBDoctor(llm_url=""), use_rules=False)
    diagnosis = events_of(doctor, report_of(CELL), CELL, NOTEBOOK, notes=["a note"])[-1][1]
    assert "KeyError" in diagnosis.headline
    assert "looked at" in diagnosis.explanation
    assert diagnosis.notes == ["a note"]


def test_muted_kinds_are_left_out():
    report = report_of(CELL, findings=[finding(fixes=[edit_fix()])])
    doctor = doctor_of(FakeModel(), use_rules=True, muted=["missing_key"], auto="rules")
    diagnosis = events_of(doctor, report, CELL, NOTEBOOK)[-1][1]
    assert diagnosis.kind != "missing_key"
    assert diagnosis.fixes == []


def test_an_edit_that_does_not_fit_is_dropped():
    report = report_of(CELL, findings=[finding(fixes=[edit_fix(start=len(CODE))])])
    doctor = doctor_of(FakeModel(), use_rules=True, auto="rules")
    assert events_of(doctor, report, CELL, NOTEBOOK)[-1][1].fixes == []


@pytest.mark.parametrize(("ran", "count"), [(CODE, 1), ("something else", 0)])
def test_edits_of_a_cell_that_was_changed_since_are_dropped(ran, count):
    history = [Executed("c3", 1, False, digest(ran))]
    report = report_of(CELL, findings=[finding(fixes=[edit_fix()])], history=history)
    doctor = doctor_of(FakeModel(), use_rules=True, auto="rules")
    assert len(events_of(doctor, report, CELL, NOTEBOOK)[-1][1].fixes) == count


# ------------------------------------------------------------------ categories


def test_the_notebook_specialist_chooses_among_cells():
    cells = [Cell("rate = 0.19", "a"), Cell("rate = 0.07", "b"), Cell("x = 2 * rate", "c")]
    report = report_of(cells[2], "NameError", "name 'rate' is not defined", 1, details={"name": "rate"}, names=[])
    model = FakeModel({"category": "notebook"})
    model.enqueue('{"cells": ["2", "none", "7"]}', job="fix")
    diagnosis = events_of(doctor_of(model), report, cells[2], cells)[-1][1]
    (request,) = model.asked("fix")
    items = request["response_format"]["json_schema"]["schema"]["properties"]["cells"]["items"]
    assert items == {"enum": ["1", "2"]}
    (fix,) = diagnosis.fixes
    assert [(a.kind, a.cell_ids) for a in fix.actions] == [("run_cells", ["b"]), ("run_cells", [])]


def test_a_cell_that_did_not_run_needs_no_opinion_on_the_category():
    cells = [Cell("rate = 0.19", "a"), Cell("x = 2 * rate", "c")]
    report = report_of(cells[1], "NameError", "name 'rate' is not defined", 1, details={"name": "rate"}, names=[])
    model = FakeModel({"category": "python"})
    diagnosis = events_of(doctor_of(model), report, cells[1], cells)[-1][1]
    assert (diagnosis.category, diagnosis.fixes[0].actions[0].cell_ids) == ("notebook", ["a"])
    assert model.asked("categorize") == []
    report.history = [Executed("a", 1, True, "")]
    events_of(doctor_of(model), report, cells[1], cells)
    assert model.asked("categorize")[0]["structured_outputs"]["choice"] == ["python", "notebook"]


def test_no_cell_that_could_help_no_request():
    cell = Cell("x = 2 * rate", "c")
    report = report_of(cell, "NameError", "name 'rate' is not defined", 1, details={"name": "rate"}, names=[])
    model = FakeModel({"category": "notebook"})
    assert events_of(doctor_of(model), report, cell, [cell])[-1][1].fixes == []


def test_the_dependency_specialist_never_takes_free_text():
    cell = Cell("import cv2\nx = 1", "c")
    report = report_of(cell, "ModuleNotFoundError", "No module named 'cv2'", 1, details={"name": "cv2"})
    install = Fix("f", "Install", [Action("install", requirement="opencv-python"), Action("run_cells")])
    report.findings = [finding(fixes=[install], category="dependency", kind="missing_module")]
    model = FakeModel({"category": "dependency"})
    model.enqueue('{"distribution": "evil-package"}', job="fix")
    events = events_of(doctor_of(model, use_rules=True), report, cell, [cell], model="always")
    enum = model.asked("fix")[0]["response_format"]["json_schema"]["schema"]["properties"]["distribution"]["enum"]
    assert enum[0] == "opencv-python"
    assert "evil-package" not in str(events)


def test_an_unknown_package_is_not_installed():
    cell = Cell("import zzz_unheard_of", "c")
    report = report_of(
        cell, "ModuleNotFoundError", "No module named 'zzz_unheard_of'", 1, details={"name": "zzz_unheard_of"}
    )
    model = FakeModel({"category": "dependency"})
    assert events_of(doctor_of(model), report, cell, [cell])[-1][1].fixes == []
    assert model.asked("fix") == []


def test_infra_may_leave_the_cell_alone():
    cell = Cell("data = load(batch=4096)", "c")
    report = report_of(cell, "MemoryError", "", 1)
    model = FakeModel({"category": "infra"})
    events = events_of(doctor_of(model), report, cell, [cell])
    assert len(model.asked("fix")) == 1
    assert events[-1][1].fixes == []
    model = FakeModel({"category": "infra", "replace": {"4096": "256"}})
    assert (
        events_of(doctor_of(model), report, cell, [cell])[-1][1].fixes[0].actions[0].new_source
        == "data = load(batch=256)"
    )


def test_a_close_call_is_asked_again_in_another_order():
    model = FakeModel(FIXES)
    model.enqueue("python", job="categorize", probabilities={"python": 0.45, "infra": 0.44, "note": 0.05, "dep": 0.05})
    model.enqueue("infra", job="categorize", probabilities={"python": 0.2, "infra": 0.7, "note": 0.05, "dep": 0.05})
    diagnosis = asked(model)[1]
    first, second = model.asked("categorize")
    assert second["structured_outputs"]["choice"] == list(reversed(first["structured_outputs"]["choice"]))
    instruction = second["messages"][-1]["content"].rpartition("</nb:facts>")[2]
    assert instruction.index("- infra:") < instruction.index("- dependency:") < instruction.index("- python:")
    assert diagnosis.category == "python"  # still close: what the exception's type suggests
    assert 0.3 < diagnosis.confidence < 0.4


def test_a_clear_answer_is_asked_once():
    model = FakeModel(FIXES)
    model.enqueue("python", job="categorize", probabilities={"python": 0.9, "infra": 0.1})
    assert asked(model)[1].confidence == pytest.approx(0.9)
    assert len(model.asked("categorize")) == 1


def test_an_answer_against_the_evidence_is_asked_again():
    model = FakeModel({"category": "infra"})
    model.enqueue("infra", job="categorize", probabilities={"infra": 0.8, "python": 0.2})
    model.enqueue("python", job="categorize", probabilities={"infra": 0.1, "python": 0.9})
    assert asked(model)[1].category == "python"
    assert len(model.asked("categorize")) == 2


@pytest.mark.parametrize(
    ("name", "asks"), [("SyntaxError", 0), ("NameError", 0), ("ImportError", 1), ("ValueError", 1)]
)
def test_what_the_exceptions_type_rules_out_is_not_asked(name, asks):
    model = FakeModel(FIXES)
    events_of(doctor_of(model), report_of(CELL, name, "m"), CELL, NOTEBOOK)
    requests = model.asked("categorize")
    assert len(requests) == asks
    if name == "ImportError":
        assert requests[0]["structured_outputs"]["choice"] == ["python", "dependency"]
        assert "- infra:" not in requests[0]["messages"][-1]["content"]


@pytest.mark.parametrize(
    ("name", "moved"),
    [("sklearn.cross_validation", True), ("google.auth", False), ("sklearn", False)],
)
def test_a_module_missing_inside_a_package_that_is_there_is_no_package_to_install(name, moved):
    cell = Cell(f"from {name} import it", "c")
    report = report_of(cell, "ModuleNotFoundError", f"No module named '{name}'", 1, details={"name": name})
    model = FakeModel({"category": "dependency", "replace": {name: "sklearn.model_selection"}})
    diagnosis = events_of(doctor_of(model), report, cell, [cell])[-1][1]
    assert (diagnosis.category == "python") is moved
    assert [a.kind for fix in diagnosis.fixes for a in fix.actions][:1] == (["replace_cell"] if moved else ["install"])


@pytest.mark.parametrize(("code", "open_"), [("np.product([1])", False), ("library.call(1)", True)])
def test_an_attribute_that_stands_in_the_cell_is_no_matter_of_packages(code, open_):
    cell = Cell(code, "c")
    model = FakeModel({"category": "python"})
    report = report_of(cell, "AttributeError", "module 'numpy' has no attribute 'product'", 1)
    events_of(doctor_of(model), report, cell, [cell])
    offered = model.asked("categorize")[0]["structured_outputs"]["choice"]
    assert ("dependency" in offered) is open_


def test_where_nothing_is_to_be_installed_an_edit_is_asked_for_after_all():
    model = FakeModel({**FIXES, "category": "dependency"})
    diagnosis = asked(model)[1]
    assert diagnosis.category == "dependency"
    assert diagnosis.fixes[0].actions[0].new_source == FIXED


def test_a_category_that_never_comes_is_guessed():
    model = FakeModel({**FIXES, "category": "weather"})
    model.enqueue("rain", job="categorize")
    events, diagnosis = asked(model)
    assert diagnosis.category == "python"
    assert named(events, "trouble") == []
    assert len(diagnosis.fixes) == 1


def test_an_early_guess_that_was_wrong_is_cancelled():
    model = FakeModel({"category": "infra"}, delay=0.002)
    report = report_of(CELL)
    events = events_of(doctor_of(model), report, CELL, NOTEBOOK)
    assert model.closed == 1
    assert named(events, "trouble") == []


# ------------------------------------------------------------------ trouble


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"status": 401}, "model_refused"),
        ({"status": 500}, "model_failed"),
        ({"ending": "cut"}, "model_unavailable"),
        ({"ending": "silence"}, "model_timeout"),
        ({"raw": True}, "output_invalid"),
    ],
)
def test_each_failure_is_said_once_and_the_rules_stay(answer, code):
    model = FakeModel()
    for _ in range(8):
        model.enqueue("", **answer)
    report = report_of(CELL, findings=[finding()])
    events = events_of(doctor_of(model, use_rules=True), report, CELL, NOTEBOOK)
    (trouble,) = named(events, "trouble")
    assert trouble.code == code
    diagnosis = events[-1][1]
    assert diagnosis.headline == "sales has no column 'revenu'."
    assert trouble.message in diagnosis.notes


def test_a_fix_that_is_cut_leaves_the_explanation():
    model = FakeModel()
    for _ in range(2):
        model.enqueue('{"title": "t', job="fix", finish_reason="length")
    events, diagnosis = asked(model)
    assert len(model.asked("fix")) == 2
    assert [trouble.code for trouble in named(events, "trouble")] == ["output_truncated"]
    assert f"{diagnosis.headline} {diagnosis.explanation}" == SUMMARY


def test_a_remote_server_is_refused_and_gets_nothing():
    model = FakeModel()
    events, _ = asked(model, llm_url="http://models.example.org")
    assert [trouble.code for trouble in named(events, "trouble")] == ["remote_refused"]
    assert model.requests == []


def test_asking_without_a_server_says_so():
    events = events_of(Doctor(NBDoctor(llm_url=""), use_rules=False), report_of(CELL), CELL, NOTEBOOK, model="always")
    assert [trouble.code for trouble in named(events, "trouble")] == ["model_unavailable"]


def test_a_bug_of_ours_is_a_trouble_and_the_rules_stay(monkeypatch, caplog):
    def broken(*args, **kwargs):
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(doctor_module, "build", broken)
    report = report_of(CELL, findings=[finding()])
    events = events_of(doctor_of(FakeModel(), use_rules=True), report, CELL, NOTEBOOK)
    (trouble,) = named(events, "trouble")
    assert trouble.code == "internal"
    assert "secret detail" not in trouble.message
    assert events[-1][1].headline == "sales has no column 'revenu'."
    assert "ZeroDivisionError" in caplog.text


def test_a_bug_in_the_rules_leaves_the_model(monkeypatch):
    def broken(*args, **kwargs):
        raise ZeroDivisionError

    monkeypatch.setattr(doctor_module, "merge", broken)
    events = events_of(doctor_of(FakeModel(FIXES), use_rules=True), report_of(CELL), CELL, NOTEBOOK)
    assert [trouble.code for trouble in named(events, "trouble")] == ["internal"]
    assert len(events[-1][1].fixes) == 1


# ------------------------------------------------------------------ cancellation


def test_closing_the_iterator_closes_every_stream():
    async def main():
        model = FakeModel(FIXES, delay=0.01)
        events = doctor_of(model).diagnose(report_of(CELL), CELL, NOTEBOOK)
        async for _ in events:
            if len(model.requests) == 3:
                break
        await events.aclose()
        return len(model.requests), model.closed, [t for t in asyncio.all_tasks() if t is not asyncio.current_task()]

    requests, closed, left = asyncio.run(main())
    assert requests == 3
    assert closed >= 2
    assert left == []


def test_cancelling_the_task_closes_every_stream():
    async def main():
        model = FakeModel(FIXES, delay=0.05)

        async def consume():
            async for _ in doctor_of(model).diagnose(report_of(CELL), CELL, NOTEBOOK):
                pass

        task = asyncio.create_task(consume())
        while len(model.requests) < 3:
            await asyncio.sleep(0.001)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return model.closed

    assert asyncio.run(main()) == 3
