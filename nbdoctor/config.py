"""The settings, as traitlets: ``c.NBDoctor.llm_url = …`` in any Jupyter or IPython configuration file.

Each has the same name as an environment variable, ``NBDOCTOR_LLM_URL``; a configuration file wins over it. Lists
are written with commas there.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from typing import Any, Mapping

from traitlets import Bool, Dict, Enum, Float, Int, List, TraitError, Unicode, validate
from traitlets.config import Configurable

#: What models are asked for, and the job whose model it takes where none is named for it.
JOBS: Mapping[str, str] = {
    "summarize": "", "categorize": "", "fix": "", "extract": "",
    "options": "fix", "python": "fix", "again": "fix", "notebook": "fix", "dependency": "fix", "infra": "fix",
}  # fmt: skip
#: What people may set in their browser, unless it is locked.
LOCKABLE = ("auto", "hints", "cards")
_OF_A_MODEL = {"url": str, "model": str, "context": int, "key_variable": str}


@dataclass(frozen=True)
class ModelServer:
    """Which model server to ask: its address, its key, and what is known of its model: name, and tokens of context, 0 where
    that is not known. No ``url``: none."""

    url: str = ""
    key: str = field(default="", repr=False)
    model: str = ""
    context: int = 0


class NBDoctor(Configurable):
    """What an administrator or a user may set."""

    llm_url = Unicode(
        "",
        help="Address of an OpenAI-compatible model server, such as http://127.0.0.1:8000/v1. Not set: the server that "
        "`nbdoctor serve` has started on this machine, where one runs. Set to nothing: rules alone.",
    ).tag(config=True)
    llm_key_variable = Unicode(
        "NBDOCTOR_LLM_KEY",
        help="The environment variable that holds the key of llm_url; for the gateway of a JupyterHub, JUPYTERHUB_API_TOKEN.",
    ).tag(config=True)
    llm_model = Unicode("", help="Name of the model. Empty: the first that the server's /v1/models lists.").tag(
        config=True
    )
    llm_timeout = Float(60.0, help="Seconds of silence after which a request to the model server is given up.").tag(
        config=True
    )
    llm_patience = Float(
        15.0, help="Seconds without a first word after which the person is told that the model is slow; it is asked on."
    ).tag(config=True)
    llm_parallel = Int(
        16, min=1, help="Errors that are before the model at once; the others wait, and the newest is next."
    ).tag(config=True)
    llm_context = Int(0, help="Context window of the model in tokens. 0: what the server says, else 8192.").tag(
        config=True
    )
    models = Dict(
        help="The model of a job, where it is not that of llm_url: its name on that server, or a dict of url, model, context and "
        "key_variable (the environment variable that holds its key). Jobs: summarize, categorize, fix, of the latter each "
        "alone: options, python, again (after a first fix that was no good), notebook, dependency, infra; and extract, which "
        "turns an answer in free words into the wanted form, for servers that cannot constrain answers."
    ).tag(config=True)
    agents = Dict(
        help="Who proposes fixes for a category, where it is not nbdoctor's own agent: names of entry points of the group "
        "nbdoctor.agents, by category."
    ).tag(config=True)
    presenter = Unicode(
        "",
        help="Who shows a diagnosis as text: an entry point of the group nbdoctor.presenters. Empty: nbdoctor's own.",
    ).tag(config=True)
    allow_remote = Bool(False, help="Whether llm_url may name another machine. Notebook text is sent there.").tag(
        config=True
    )
    auto = Enum(
        ("off", "rules", "model"),
        "model",
        help="What happens by itself when a cell fails: nothing, rules alone, or rules and, where no rule has a fix, the model.",
    ).tag(config=True)
    display = Enum(
        ("auto", "off", "text", "widgets"),
        "auto",
        help="What the kernel itself displays below a failing cell. auto: text in a terminal, widgets in Google Colab, nothing "
        "where a front end of ours shows the card or where it cannot be known who reads the output. widgets: a card made of "
        "ipywidgets, or text where they are not installed.",
    ).tag(config=True)
    candidates = Int(2, min=1, max=8, help="How many fixes the model is asked for in one request.").tag(config=True)
    trials = Enum(
        ("auto", "basic", "off"),
        "auto",
        help="Whether fixes are tried in a confined copy of the kernel before they are shown. auto: with every layer that the "
        "system has; basic: without namespaces, so that nothing that writes a file is tried; off: nothing is tried.",
    ).tag(config=True)
    prompts = Unicode(
        "",
        help="Folder whose files replace the prompts of the same name. Empty: nbdoctor/prompts in Jupyter's folders of "
        "configuration, in Jupyter's own order (jupyter --paths).",
    ).tag(config=True)
    muted = List(Unicode(), help="Kinds of diagnosis that are never shown.").tag(config=True)
    hints = Bool(
        False,
        help="For teaching: a hint is shown first, then the explanation, then the solution, each on request. A notebook's "
        'metadata may ask for it too: {"nbdoctor": {"hints": true}}.',
    ).tag(config=True)
    install_note = Unicode(
        "",
        help="What people are told besides where a package cannot be installed: whom to ask, or which environment to take.",
    ).tag(config=True)
    corrections = Bool(
        True,
        help="Whether it is kept what people do with fixes (accept, change, undo, reject): on this machine, secrets taken out.",
    ).tag(config=True)
    locked = List(
        Enum(LOCKABLE),
        help="Settings that people cannot change in their browser: the values given here hold, and are shown as the "
        "administrator's. With auto locked, a model is asked only if auto says so.",
    ).tag(config=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        configured = self.config.get(type(self).__name__, {})
        said = "llm_url" in configured or "llm_url" in kwargs or "NBDOCTOR_LLM_URL" in os.environ
        self._looks_for_server = not said
        for name, trait in self.traits(config=True).items():
            value = os.environ.get(f"NBDOCTOR_{name.upper()}")
            if value is not None and name not in configured and name not in kwargs:
                items = [item.strip() for item in value.split(",") if item.strip()]
                setattr(self, name, items if isinstance(trait, List) else trait.from_string(value))

    @validate("models")
    def _check_models(self, proposal: Any) -> Any:
        for job, chosen in proposal["value"].items():
            if job not in JOBS:
                raise TraitError(f"NBDoctor.models names the job {job!r}; the jobs are {', '.join(JOBS)}.")
            known = {"model": chosen} if isinstance(chosen, str) else chosen
            if not isinstance(known, dict) or not all(isinstance(v, _OF_A_MODEL.get(k, ())) for k, v in known.items()):
                raise TraitError(
                    f"NBDoctor.models[{job!r}] is neither a model's name nor a dict of {', '.join(_OF_A_MODEL)}: {chosen!r}."
                )
        return proposal["value"]

    @property
    def llm_key(self) -> str:
        """The model server's key: from the environment alone, so that it stands in no file and in no log."""
        return os.environ.get(self.llm_key_variable, "")

    @property
    def model_is_off(self) -> bool:
        """Whether the administrator has turned the model off: nobody may have it asked, not even by a click."""
        return "auto" in self.locked and self.auto != "model"

    @property
    def model_server(self) -> ModelServer:
        """The server that is set; where nothing is said of one, that of `nbdoctor serve`, as it runs at this moment.

        The key of the environment goes to the server that is set, that of `nbdoctor serve` to that one alone.
        """
        if self.llm_url or not self._looks_for_server:
            return ModelServer(self.llm_url, self.llm_key, self.llm_model, self.llm_context)
        try:
            from .serving.state import discover
        except ImportError:  # the kernel half was sent, without it
            return ModelServer()
        if (found := discover()) is None:
            return ModelServer()
        return ModelServer(found.url, found.key(), self.llm_model or found.model, self.llm_context or found.context)

    def server_of(self, job: str) -> ModelServer:
        """The server and model that are asked for a job: its own, else that of the job it belongs to, else `model_server`.

        Where there is only a server for another job, that one is asked.
        """
        chosen = self.models.get(job) or self.models.get(JOBS.get(job, ""))
        if isinstance(chosen, dict) and chosen.get("url"):
            return _named(chosen)
        elsewhere = (_named(other) for other in self.models.values() if isinstance(other, dict) and other.get("url"))
        server = self.model_server
        server = server if server.url else next(elsewhere, server)
        if not chosen:
            return server
        known: Mapping[str, Any] = {"model": chosen} if isinstance(chosen, str) else chosen
        return replace(server, model=known.get("model") or server.model, context=known.get("context", 0))


def _named(chosen: Mapping[str, Any]) -> ModelServer:
    key = os.environ.get(chosen.get("key_variable", ""), "")
    return ModelServer(chosen["url"], key, chosen.get("model", ""), chosen.get("context", 0))
