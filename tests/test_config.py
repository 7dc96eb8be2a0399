"""Settings from files and from the environment."""

from __future__ import annotations

import pytest
from traitlets import TraitError
from traitlets.config import Config

from nbdoctor.config import NBDoctor


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
