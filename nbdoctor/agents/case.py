"""What the agents share: one error, one model, one set of prompts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..config import NBDoctor
from ..llm.client import Message, ModelClient
from ..llm.usage import Call
from ..protocol import Cell, Finding, Report
from ..tools.inquiry import Inquiry
from .context import Context
from .prompting import Prompts


@dataclass
class Case:
    """One error for the model. ``context`` holds what may be sent; everything else is authentic and stays here. ``hear`` is
    told of each request at its end."""

    inquiry: Inquiry
    context: Context
    prompts: Prompts
    models: ModelClient
    settings: NBDoctor
    hear: Callable[[Call], None] | None = None

    @property
    def report(self) -> Report:
        """The error."""
        return self.inquiry.report

    @property
    def cell(self) -> Cell:
        """The failing cell, with its authentic text."""
        return self.inquiry.cell

    @property
    def notebook(self) -> Sequence[Cell]:
        """All cells, in order, with their authentic texts."""
        return self.inquiry.notebook

    @property
    def findings(self) -> Sequence[Finding]:
        """What the rules concluded."""
        return self.inquiry.findings

    def client(self, job: str) -> ModelClient:
        """The model of one job, see `config.JOBS`."""
        return self.models.for_job(job, self.hear)

    def messages(self, prompt: str, **variables: str) -> list[Message]:
        """The chat of one job; the variables are made safe here.

        Raises:
            ConfigurationError: where the prompt needs a variable that is not given.
        """
        safe = {name: self.context.mask.hide(text) for name, text in variables.items()}
        return self.prompts.messages(prompt, self.context.variables, **safe)

    @property
    def failing_text(self) -> str:
        """The failing statement; the whole cell where it is not known."""
        failure = self.context.failure
        return failure.text(self.cell.source) if failure else self.cell.source
