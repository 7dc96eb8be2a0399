"""A distribution that nbdoctor has never heard of brings an agent, a tool, a presenter and a model, and they are used."""

from __future__ import annotations

import importlib
import sys

import pytest

from nbdoctor import plugins
from nbdoctor.agents.doctor import Doctor
from nbdoctor.config import NBDoctor
from nbdoctor.kernel import extension

from .agents.helpers import FIXES, NOTEBOOK, doctor_of, events_of, named, report_of
from .kernel.conftest import bare_shell, shell  # noqa: F401
from .llm.helpers import FakeModel

CELL = NOTEBOOK[2]
SOURCE = """
from nbdoctor.llm.fake import FakeModel
from nbdoctor.protocol import Action, Edit, Fix
import httpx

MODEL = FakeModel({"summary": "The stranger knows."}, name="strange-model")


async def agent(case):
    start = case.cell.source.index("revenu")
    good = Action("replace_cell", edits=[Edit(start, start + 6, "revenue")])
    hides = "try:\\n    " + case.cell.source.replace("\\n", "\\n    ") + "\\nexcept Exception:\\n    pass"
    bad = Action("replace_cell", edits=[Edit(0, len(case.cell.source), hides)])
    return [Fix("", "Hide it", [bad]), Fix("", "As the stranger says", [good])]


async def failing(case):
    raise RuntimeError("strangers stumble")


async def tool(inquiry):
    return [f"A stranger has seen {inquiry.report.errors[0].name}.", "x" * 1000]


async def failing_tool(inquiry):
    raise RuntimeError("no idea")


class Shout:
    def __init__(self, *, colour, width):
        self.width = width

    def short(self, diagnosis):
        return diagnosis.headline.upper()

    def full(self, diagnosis):
        return "IN FULL: " + diagnosis.headline.upper()

    def plan(self, fix, old, others=None):
        return fix.title.upper()


class Near:
    remote = False

    def __new__(cls, address):
        assert address == "near:by"
        return httpx.MockTransport(MODEL)


def far(address):
    return httpx.MockTransport(MODEL)
"""
POINTS = """
[nbdoctor.agents]
stranger = stranger:agent
stumbler = stranger:failing
[nbdoctor.tools]
seen = stranger:tool
unseen = stranger:failing_tool
gone = no_such_module:tool
[nbdoctor.presenters]
shout = stranger:Shout
[nbdoctor.backends]
near = stranger:Near
far = stranger:far
"""


@pytest.fixture()
def stranger(tmp_path, monkeypatch):
    (tmp_path / "stranger.py").write_text(SOURCE)
    info = tmp_path / "stranger-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: stranger\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(POINTS)
    monkeypatch.syspath_prepend(tmp_path)
    plugins.installed.cache_clear()
    yield importlib.import_module("stranger")
    plugins.installed.cache_clear()
    sys.modules.pop("stranger")


def asked(model, **settings):
    return events_of(doctor_of(model, **settings), report_of(CELL), CELL, NOTEBOOK)


def test_an_agent_proposes_and_is_held_to_what_a_model_is(stranger):
    model = FakeModel(FIXES)
    (fix,) = asked(model, agents={"python": "stranger"})[-1][1].fixes
    assert (fix.title, fix.origin, fix.by) == ("As the stranger says", "model", "stranger")
    assert fix.actions[0].new_source == CELL.source.replace("revenu", "revenue")
    assert model.asked("fix") == []


def test_where_an_agent_fails_our_own_takes_over(stranger, caplog):
    (fix,) = asked(FakeModel(FIXES), agents={"python": "stumbler"})[-1][1].fixes
    assert fix.by == "fake"
    assert "goes on without the agent 'stumbler'" in caplog.text


def test_an_agent_that_is_not_installed_is_said():
    events = asked(FakeModel(FIXES), agents={"python": "nobody"})
    (trouble,) = named(events, "trouble")
    assert trouble.message == (
        "No installed distribution has the agent 'nobody', which NBDoctor.agents names for 'python'."
    )


def test_a_tool_tells_facts_and_one_that_fails_does_not_matter(stranger, caplog):
    model = FakeModel(FIXES)
    assert len(asked(model)[-1][1].fixes) == 1
    sent = model.requests[0]["messages"][1]["content"]
    assert "- A stranger has seen KeyError." in sent
    assert "x" * 150 in sent
    assert "x" * 401 not in sent
    assert "without the tool 'unseen'" in caplog.text
    assert "without 'gone' of nbdoctor.tools: it cannot be imported" in caplog.text


def test_a_model_behind_an_address_of_its_own(stranger):
    settings = NBDoctor(llm_url="near:by")
    events = events_of(Doctor(settings, use_rules=False), report_of(CELL), CELL, NOTEBOOK)
    assert (events[-1][1].headline, events[-1][1].by) == ("The stranger knows.", "strange-model")


def test_a_model_that_does_not_say_where_it_is_counts_as_far_away(stranger):
    events = events_of(Doctor(NBDoctor(llm_url="far:away"), use_rules=False), report_of(CELL), CELL, NOTEBOOK)
    assert [trouble.code for trouble in named(events, "trouble")] == ["remote_refused"]
    assert stranger.MODEL.requests == []
    settings = NBDoctor(llm_url="far:away", allow_remote=True)
    assert events_of(Doctor(settings, use_rules=False), report_of(CELL), CELL, NOTEBOOK)[-1][1].by == "strange-model"


def test_a_presenter_shows(stranger, shell, capsys):  # noqa: F811
    shell.run_cell("%config NBDoctor.presenter = 'shout'")
    shell.run_cell("revenue = 1\nprint(revenu)")
    capsys.readouterr()
    shell.run_cell("%why")
    assert "IN FULL: THERE IS NO `REVENU`" in capsys.readouterr().out
    extension.loaded(shell).watch.settings.presenter = "nobody"
    shell.run_cell("%why")
    assert "`revenu`" in capsys.readouterr().out
