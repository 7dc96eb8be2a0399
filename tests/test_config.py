"""Settings from files and from the environment."""

from __future__ import annotations

import pytest
from traitlets import TraitError
from traitlets.config import Config

from nbdoctor.agents.prompting import VARIABLES
from nbdoctor.config import JOBS, ModelServer, NBDoctor


def test_every_setting_has_help_and_is_an_environment_variable(monkeypatch):
    values = {"llm_url": "http://h", "allow_remote": "1", "llm_timeout": "3.5", "auto": "rules", "muted": "a, b"}
    for name, value in values.items():
        monkeypatch.setenv(f"NBDOCTOR_{name.upper()}", value)
    settings = NBDoctor()
    assert (settings.llm_url, settings.allow_remote, settings.llm_timeout, settings.auto) == (
        "http://h",
        True,
        3.5,
        "rules",
    )
    assert settings.muted == ["a", "b"]
    assert [name for name, trait in settings.traits(config=True).items() if not trait.help] == []


def test_a_configuration_file_wins_over_the_environment(monkeypatch):
    monkeypatch.setenv("NBDOCTOR_LLM_URL", "http://environment")
    assert NBDoctor(config=Config(NBDoctor={"llm_url": "http://file"})).llm_url == "http://file"


def test_a_wrong_value_is_refused(monkeypatch):
    monkeypatch.setenv("NBDOCTOR_AUTO", "sometimes")
    with pytest.raises(TraitError):
        NBDoctor()


def test_the_key_stands_in_no_trait(monkeypatch):
    monkeypatch.setenv("NBDOCTOR_LLM_KEY", "k")
    settings = NBDoctor()
    assert settings.llm_key == "k"
    assert "llm_key" not in settings.traits()


def test_the_key_may_stand_in_another_variable(monkeypatch):
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "t")
    monkeypatch.setenv("NBDOCTOR_LLM_KEY_VARIABLE", "JUPYTERHUB_API_TOKEN")
    assert NBDoctor(llm_url="http://hub/v1").model_server.key == "t"


def test_the_model_of_a_job_is_its_own_else_that_of_the_larger_job_else_the_common_one(monkeypatch):
    monkeypatch.setenv("BIG_KEY", "b")
    big = {"url": "http://big", "model": "giant", "context": 4000, "key_variable": "BIG_KEY"}
    models = {"fix": big, "again": "second", "categorize": {"model": "tiny", "context": 100}}
    settings = NBDoctor(llm_url="http://h", llm_model="usual", models=models)
    assert settings.server_of("summarize") == settings.model_server
    assert settings.server_of("python") == ModelServer("http://big", "b", "giant", 4000)
    assert settings.server_of("again") == ModelServer("http://h", "", "second", 0)
    assert settings.server_of("categorize") == ModelServer("http://h", "", "tiny", 100)


def test_where_only_one_job_has_a_server_it_does_all(monkeypatch):
    monkeypatch.delenv("NBDOCTOR_LLM_URL", raising=False)
    settings = NBDoctor(models={"fix": {"url": "http://big"}})
    assert settings.server_of("summarize").url == settings.server_of("").url == "http://big"
    assert NBDoctor(llm_url="", models={"fix": "giant"}).server_of("fix").url == ""


@pytest.mark.parametrize(
    "models", [{"fixes": "m"}, {"fix": 3}, {"fix": {"key": "secret"}}, {"fix": {"context": "many"}}]
)
def test_a_model_that_has_no_meaning_is_refused(models):
    with pytest.raises(TraitError, match=r"NBDoctor\.models"):
        NBDoctor(models=models)


@pytest.mark.parametrize(
    ("auto", "locked", "off"),
    [("rules", "auto", True), ("off", "hints, auto", True), ("model", "auto", False), ("rules", "hints", False)],
)
def test_a_locked_auto_turns_the_model_off(monkeypatch, auto, locked, off):
    monkeypatch.setenv("NBDOCTOR_AUTO", auto)
    monkeypatch.setenv("NBDOCTOR_LOCKED", locked)
    assert NBDoctor().model_is_off is off


def test_a_setting_that_nobody_can_change_in_the_browser_is_not_locked():
    with pytest.raises(TraitError):
        NBDoctor(locked=["llm_url"])


def test_models_may_stand_in_the_environment(monkeypatch):
    monkeypatch.setenv("NBDOCTOR_MODELS", '{"categorize": "tiny"}')
    assert NBDoctor(llm_url="http://h").server_of("categorize").model == "tiny"


def test_the_jobs_are_those_that_have_prompts():
    assert {job for job in JOBS if job != "fix"} == set(VARIABLES) - {"report", "remark"}
