"""The tables in ``data/``: profiles, engines, and what the lines of a server's log mean."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from ..errors import ConfigurationError

_DATA = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Profile:
    """What suits a machine. ``weights_gib``: of its own model. ``context``: tokens. ``flags``: of vLLM, without the dashes."""

    name: str
    title: str
    device: Literal["gpu", "cpu"]
    min_gpu_mib: int
    model: str
    quantization: str
    weights_gib: float
    context: int
    flags: dict[str, Any]
    env: dict[str, str]


@dataclass(frozen=True)
class Engine:
    """A program that serves models. ``key_variable``: the environment variable in which it reads its key; empty where it knows
    none. ``help``: the command lines that list its flags, the first that works counts. ``lists_its_model``: whether
    ``/v1/models`` names the model that is served."""

    name: str
    title: str
    distributions: tuple[str, ...]
    executable: str
    help: tuple[tuple[str, ...], ...]
    install: str
    health: str
    key_variable: str
    lists_its_model: bool
    stop: str


@cache
def load(name: str) -> Any:
    """The content of ``data/NAME.json``."""
    return json.loads((_DATA / f"{name}.json").read_text(encoding="utf-8"))


@cache
def profiles() -> dict[str, Profile]:
    """All profiles by name, the one for the largest GPU first, with the flags and variables that all have."""
    table = load("profiles")
    return {
        name: Profile(
            name=name, **{**row, "flags": {**table["flags"], **row["flags"]}, "env": {**table["env"], **row["env"]}}
        )
        for name, row in table["profiles"].items()
    }


def profile(name: str) -> Profile:
    """The profile of that name.

    Raises:
        ConfigurationError: where there is none.
    """
    found = profiles().get(name)
    if found is None:
        raise ConfigurationError(
            f"There is no profile named {name!r}.", hint=f"There are auto, {', '.join(profiles())}."
        )
    return found


def chat_template(model: str) -> str:
    """Path of the chat template for a model whose checkpoint brings none, by its name; empty where none is known."""
    rows = load("profiles")["chat_templates"]
    return next((str(_DATA / row["file"]) for row in rows if re.search(row["pattern"], model)), "")


@cache
def engines() -> dict[str, Engine]:
    """All engines by name."""
    return {
        name: Engine(
            name=name,
            **{**row, "distributions": tuple(row["distributions"]), "help": tuple(map(tuple, row["help"]))},
        )
        for name, row in load("engines").items()
    }
