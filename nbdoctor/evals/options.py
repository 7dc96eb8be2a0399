"""What a run was asked to do. Sent to the workers as it is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..config import NBDoctor

DEFAULT_ENVS = "~/.cache/nbdoctor-cases"


@dataclass
class Options:
    """``llm_url`` empty: rules alone. ``envs``: the folder of the environments."""

    llm_url: str = ""
    llm_model: str = ""
    rules: bool = True
    trials: bool = True
    baseline: bool = False
    install: bool = False
    diagnose_only: bool = False
    grade: bool = False
    categories: bool = False
    envs: str = DEFAULT_ENVS

    @property
    def system(self) -> str:
        """How the results of nbdoctor itself are called."""
        if not self.llm_url:
            return "rules"
        return "rules+model" if self.rules else "model"

    @property
    def folder(self) -> Path:
        """Where the environments are."""
        return Path(self.envs).expanduser()

    def settings(self) -> NBDoctor:
        """nbdoctor's settings: the caller's, but for what the command line says, so that a variable that happens to be set
        does not turn a run of rules into one with a model."""
        return NBDoctor(
            llm_url=self.llm_url,
            llm_model=self.llm_model,
            auto="model" if self.llm_url else "rules",
            trials="auto" if self.trials else "off",
            muted=[],
        )
