"""The nouns of nbdoctor: what kernel, server, agents, command line and browser say to one another.

Standard-library dataclasses, so that a kernel needs nothing to speak them. The server validates what
arrives with msgspec; ``docs/protocol.schema.json`` is generated from this file and the TypeScript types
from that schema (``make protocol``; a test fails when they drift).

Offsets into source text count Unicode code points. Lines count from 1, columns from 0. Times are seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, List, Literal, Optional, Protocol, Tuple

PROTOCOL_VERSION = 1

#: The comm target that a kernel with nbdoctor answers on, and the largest message that may pass over it
#: (every front end attached to the kernel receives it).
COMM_TARGET = "nbdoctor"
MAX_COMM_BYTES = 64_000

#: A kernel that crashes says where in a file beside its connection file, which has this and the process' number behind its name.
FAULT_SUFFIX = ".nbdoctor-fault-"

#: The name of the error of a kernel that died, which raises none.
DEAD_KERNEL = "DeadKernel"

Category = Literal["python", "notebook", "dependency", "infra"]
Origin = Literal["rule", "model", "memory"]
Status = Literal["passed", "failed", "not_tried"]
ActionKind = Literal["replace_cell", "insert_cell", "run_cells", "run_from", "install", "restart_kernel"]
Relation = Literal["raised", "cause", "context", "member"]
Where = Literal["cell", "user", "library"]
Outcome = Literal["accepted", "edited", "undone", "rejected"]

CATEGORIES: Tuple[Category, ...] = ("python", "notebook", "dependency", "infra")


# --------------------------------------------------------------------------- what happened


@dataclass
class Cell:
    """A cell of the notebook. ``id`` is nbformat's cell id; a terminal's cells have none."""

    source: str
    id: Optional[str] = None
    kind: Literal["code", "markdown", "raw"] = "code"
    execution_count: Optional[int] = None
    tags: List[str] = field(default_factory=list)


@dataclass
class Frame:
    """One line of a traceback, outermost first. ``where``: a notebook cell, a file of the user's, or a library.

    ``column`` and ``end_column`` bound the failing expression where Python knows it (3.11 on); the columns count
    characters of the line. For a SyntaxError the one frame is the place that the parser complained about.
    """

    file: str
    line: int
    function: str
    source: str
    where: Where
    cell_id: Optional[str] = None
    column: Optional[int] = None
    end_column: Optional[int] = None
    end_line: Optional[int] = None


@dataclass
class RaisedError:
    """One exception of the chain. ``details`` holds what the exception object itself knows, as text: ``name``
    (NameError, AttributeError, ImportError), ``key`` (repr of KeyError's argument), ``filename``, ``errno``,
    ``object_type`` and ``expression`` (the source text of the failing expression)."""

    name: str
    message: str
    qualified_name: str = ""
    relation: Relation = "raised"
    notes: List[str] = field(default_factory=list)
    frames: List[Frame] = field(default_factory=list)
    details: Dict[str, str] = field(default_factory=dict)


@dataclass
class Executed:
    """One cell execution of this kernel session. ``digest``: see `nbdoctor.text.digest`, of the source that ran.

    Of an execution that failed, ``error`` is the type and message, and ``line`` the line of the cell, where they are known.
    ``source`` is the text that ran, where it bears on the error that is reported; empty elsewhere.
    """

    cell_id: Optional[str]
    execution_count: Optional[int]
    ok: bool
    digest: str
    error: str = ""
    line: Optional[int] = None
    source: str = ""


@dataclass
class Rerun:
    """May the failing cell be run again whole? It has half run: what a statement before the failing one changed
    would be changed twice. ``changed`` names what was changed, ``reasons`` are sentences, ``resume_line`` is the
    line of the failing statement if running can go on from there."""

    safe: bool = True
    reasons: List[str] = field(default_factory=list)
    changed: List[str] = field(default_factory=list)
    resume_line: Optional[int] = None


@dataclass
class Report:
    """One error, as captured in the kernel (or rebuilt from a traceback, then ``live`` is false).

    ``errors[0]`` is what the user saw; its causes and contexts follow. ``redacted`` counts what was taken out, by
    kind. ``names`` are the user's variables. Text in a Report is redacted and bounded.
    """

    id: str
    cell: Cell
    errors: List[RaisedError]
    live: bool = True
    history: List[Executed] = field(default_factory=list)
    names: List[str] = field(default_factory=list)
    versions: Dict[str, str] = field(default_factory=dict)
    redacted: Dict[str, int] = field(default_factory=dict)
    rerun: Rerun = field(default_factory=Rerun)
    findings: List[Finding] = field(default_factory=list)
    trouble: List[str] = field(default_factory=list)
    seconds: float = 0.0


# --------------------------------------------------------------------------- what to do


@dataclass
class Edit:
    """Replace ``source[start:end]`` by ``text``. Edits of one Action do not overlap and all refer to the old text."""

    start: int
    end: int
    text: str


@dataclass
class Action:
    """One step of a Fix. Which fields count depends on ``kind``; ``cell_id`` None means the failing cell.

    - ``replace_cell``: ``edits`` (from a rule) or ``new_source`` (whole text). The server fills ``new_source``.
    - ``insert_cell``: ``new_source``, placed before ``cell_id``.
    - ``run_cells``: ``cell_ids`` in order; an empty list means the failing cell.
    - ``run_from``: run the failing cell's (new) source from ``line`` on.
    - ``install``: ``requirement``, a distribution name with an optional version, nothing else.
    - ``restart_kernel``.
    """

    kind: ActionKind
    cell_id: Optional[str] = None
    edits: List[Edit] = field(default_factory=list)
    new_source: Optional[str] = None
    cell_ids: List[str] = field(default_factory=list)
    line: Optional[int] = None
    requirement: Optional[str] = None


@dataclass
class Verdict:
    """What a trial said. ``passed`` only if the very plan was run and nothing was denied.

    ``reason`` is a clause that goes on from "not checked:" or "failed:". ``output`` is the last of what the plan printed,
    redacted and at most 2,000 characters. ``can_check``: whether asking again, after a click, may give another verdict.
    """

    status: Status = "not_tried"
    reason: str = ""
    seconds: Optional[float] = None
    output: str = ""
    can_check: bool = False


@dataclass
class Fix:
    """A plan. ``actions`` are all of it, in order, the rerun included where one is safe. ``by`` names the rule's kind
    or the model. ``confidence`` is between 0 and 1."""

    id: str
    title: str
    actions: List[Action]
    origin: Origin = "rule"
    by: str = ""
    confidence: float = 0.5
    verdict: Verdict = field(default_factory=Verdict)


@dataclass
class Finding:
    """What one rule concluded."""

    kind: str
    category: Category
    headline: str
    explanation: str = ""
    confidence: float = 0.5
    facts: List[str] = field(default_factory=list)
    fixes: List[Fix] = field(default_factory=list)


@dataclass
class Stage:
    """A step of a diagnosis and what it cost; no code and no data. ``stage``: ``rules``, ``trial``, or the job that a model was
    asked for. Times are seconds: ``began`` since the diagnosis did, ``first`` to the model's first word, None where none came.

    ``cached_tokens`` are those of the prompt that the server still knew. ``outcome``: ``done``, a trial's status, ``length`` (an
    answer cut at its limit), ``stopped`` (no longer needed), or the code of the error.
    """

    stage: str
    began: float = 0.0
    seconds: float = 0.0
    first: Optional[float] = None
    model: str = ""
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    outcome: str = "done"


@dataclass
class Diagnosis:
    """What the person is told. ``kind`` is empty where only a model spoke or nothing was found. ``notes`` are
    sentences about nbdoctor's own trouble (a model that did not answer, a kernel without nbdoctor); ``stages`` what was done.
    ``hint`` says where to look and gives nothing away: what somebody who learns is shown first."""

    id: str
    headline: str
    explanation: str = ""
    category: Optional[Category] = None
    kind: str = ""
    confidence: float = 0.0
    origin: Origin = "rule"
    by: str = ""
    facts: List[str] = field(default_factory=list)
    fixes: List[Fix] = field(default_factory=list)
    rerun: Rerun = field(default_factory=Rerun)
    notes: List[str] = field(default_factory=list)
    live: bool = True
    stages: List[Stage] = field(default_factory=list)
    hint: str = ""


@dataclass
class Correction:
    """What a person did with a fix, or said of a diagnosis; body of ``POST nbdoctor/api/corrections``. Kept on this machine.

    ``outcome``: the fix was carried out; carried out and then changed; taken back; called wrong. ``before`` and ``after`` are the
    failing cell's text and what came in its place, for a rejected fix what it should have been; empty where that is not known.
    Texts are redacted and bounded before they are kept. ``number`` and ``time`` (ISO 8601, UTC) are given by the store.
    """

    outcome: Outcome
    fix_id: str = ""
    title: str = ""
    kind: str = ""
    category: Optional[Category] = None
    origin: Origin = "rule"
    by: str = ""
    status: Status = "not_tried"
    error_name: str = ""
    error_message: str = ""
    before: str = ""
    after: str = ""
    comment: str = ""
    number: int = 0
    time: str = ""


# --------------------------------------------------------------------------- what is tried


@dataclass
class Step:
    """One cell to run in a trial, with its text as the fix would leave it."""

    source: str
    cell_id: Optional[str] = None


@dataclass
class Candidate:
    """A plan as a trial runs it: ``steps`` in order, after ``requirement`` was put into a throw-away folder and each of
    ``modules`` imported from there. Both are empty where nothing is installed."""

    steps: List[Step] = field(default_factory=list)
    requirement: Optional[str] = None
    modules: List[str] = field(default_factory=list)


@dataclass
class TrialResult:
    """A trial's verdict, and the Report of the error that it ended with, where it failed."""

    verdict: Verdict
    report: Optional[Report] = None


@dataclass
class Confinement:
    """How a kernel confines its trials. ``full``: nothing gets out, and files may be written to a copy of the file system.
    ``basic``: nothing gets out, and what would write is not tried. ``none``: nothing is tried. ``sentence`` says it in words."""

    tier: Literal["full", "basic", "none"]
    sentence: str


# --------------------------------------------------------------------------- between browser and server


@dataclass
class PostedError:
    """The error as a front end saw it: ``traceback`` is nbformat's list, with ANSI colours."""

    name: str
    value: str
    traceback: List[str] = field(default_factory=list)


@dataclass
class DiagnosisRequest:
    """Body of ``POST nbdoctor/api/diagnoses``. ``cells`` are all cells of the notebook, in order. ``model``: ``auto``
    asks it as the configuration says, ``always`` because the user asked, ``never``. ``remark``: what the user tells it."""

    kernel_id: str
    cell: Cell
    error: PostedError
    cells: List[Cell] = field(default_factory=list)
    model: Literal["auto", "always", "never"] = "auto"
    remark: str = ""


@dataclass
class DeathRequest:
    """Body of ``POST nbdoctor/api/kernels/ID/death``: why did this kernel die? Answered with the stream of a diagnosis.

    ``cell`` is the one that was running; None where none was. ``cells`` are all cells of the notebook, in order, ``ran`` the ids
    of those that the kernel had run to their end, in the order in which they last ran. ``model`` and ``remark``: as above.
    """

    cell: Optional[Cell] = None
    cells: List[Cell] = field(default_factory=list)
    ran: List[str] = field(default_factory=list)
    model: Literal["auto", "always", "never"] = "auto"
    remark: str = ""


@dataclass
class LoadRequest:
    """Body of ``POST nbdoctor/api/kernels/ID/load``. ``error`` and the ``cell`` that raised it: what the kernel is to look at
    once more, where it still knows it."""

    error: Optional[PostedError] = None
    cell: Optional[Cell] = None


@dataclass
class TrialRequest:
    """Body of ``POST nbdoctor/api/kernels/ID/trials``: check one fix of the last error of ``cell``, after a click.
    ``cells`` are all cells of the notebook, in order."""

    fix: Fix
    cell: Cell
    cells: List[Cell] = field(default_factory=list)


@dataclass
class KernelStatus:
    """Body of ``GET nbdoctor/api/kernels/ID``: a kernel with nbdoctor, or ``trouble`` where there is none."""

    python: str = ""
    confinement: Optional[Confinement] = None
    trouble: Optional[Trouble] = None


@dataclass
class About:
    """Body of ``GET nbdoctor/api/kinds/NAME``: what is known of a kind of problem. ``example`` is the text of cells."""

    kind: str
    category: Category
    title: str
    means: str
    why: str
    example: str
    fix: str
    safe: str


@dataclass
class Progress:
    """Event ``progress``: what is happening now, in words."""

    stage: Literal["findings", "summarize", "categorize", "fix", "trial", "install", "load"]
    sentence: str


@dataclass
class Words:
    """Event ``words``: the next piece of the model's explanation (or of an installer's output)."""

    text: str


@dataclass
class Prompt:
    """Event ``prompt``: what a model was sent for a job, exactly; each message has a ``role`` and its ``content``."""

    job: str
    model: str
    messages: List[Dict[str, str]] = field(default_factory=list)


@dataclass
class Trouble:
    """Event ``trouble``: an error of nbdoctor or of the model server, never of the user's cell. ``hint`` says what to do."""

    code: str
    message: str
    hint: str = ""
    retryable: bool = False


@dataclass
class Done:
    """Event ``done``: the end of the stream of an install or load; ``ok`` says whether it worked."""

    ok: bool
    sentence: str = ""
    restart_needed: bool = False


@dataclass
class ModelState:
    """A model that is asked, and how it stands: its ``jobs``, its name, the machine (empty: this one), the trouble with it."""

    jobs: List[str] = field(default_factory=list)
    model: str = ""
    machine: str = ""
    trouble: Optional[Trouble] = None


@dataclass
class ServerStatus:
    """Body of ``GET nbdoctor/api/status``. ``model`` is empty where none is configured or reachable; ``models`` are all of them.

    ``hints``: a hint is shown first, then the explanation, then the solution, each on request. ``trials`` as configured.
    ``corrections``: what people do with fixes is kept. ``locked``: names of settings that only the administrator changes.
    """

    version: str
    protocol: int
    auto: Literal["off", "rules", "model"]
    model: str = ""
    model_configured: bool = False
    model_trouble: Optional[Trouble] = None
    models: List[ModelState] = field(default_factory=list)
    hints: bool = False
    trials: Literal["auto", "basic", "off"] = "auto"
    corrections: bool = True
    locked: List[str] = field(default_factory=list)


#: The events of the stream of ``diagnoses``, in order: ``findings`` (Diagnosis, at once), then ``progress``, ``words``,
#: ``category`` (Progress), ``fix`` (Fix: a new one, or one that is known by its id with a new verdict), ``prompt`` (Prompt) and
#: ``trouble`` as they come, at last ``diagnosis`` (Diagnosis, complete, its fixes ordered by verdict).
#: Installing and loading stream ``words``, ``trouble`` and at last ``done`` (Done); ``trials`` ``progress``, ``words``,
#: ``trouble``, ``fix`` (with its verdict) and at last ``done``.
Event = Tuple[str, Any]


# --------------------------------------------------------------------------- what rules may ask


@dataclass
class Parameter:
    """A parameter of a callable, as `inspect` names its kind."""

    name: str
    kind: Literal["positional_only", "positional_or_keyword", "var_positional", "keyword_only", "var_keyword"]
    default: Optional[str] = None


@dataclass
class Look:
    """What was seen of one live object, without running its code beyond a few well-known, bounded accessors.

    ``keys`` are a mapping's keys or a DataFrame's columns (repr of each), ``index`` a Series' or DataFrame's index labels
    (repr of each), both bounded; ``attributes`` its public attribute names; ``parameters`` its signature, if callable.
    """

    type: str
    module: str = ""
    name: str = ""
    shape: Optional[List[int]] = None
    length: Optional[int] = None
    dtype: str = ""
    keys: List[str] = field(default_factory=list)
    index: List[str] = field(default_factory=list)
    attributes: List[str] = field(default_factory=list)
    parameters: Optional[List[Parameter]] = None
    bases: List[str] = field(default_factory=list)
    doc: str = ""


#: What is counted among values: None, NaN and the like; texts that are no number.
Sort = Literal["missing", "unreadable"]
#: How many different texts a Tally has at most.
TALLY_TEXTS = 5


@dataclass
class Tally:
    """How many values of a sort there are in a column, a list or an array: ``count`` among the first ``looked`` of ``length``.

    ``column`` is the repr of its key, empty where there is none. ``places`` are the labels (of pandas) or positions of the
    first three, ``texts`` the first that differ, at most `TALLY_TEXTS`, both as reprs.
    """

    column: str = ""
    count: int = 0
    looked: int = 0
    length: int = 0
    places: List[str] = field(default_factory=list)
    texts: List[str] = field(default_factory=list)


class Namespace(Protocol):
    """A bounded, side-effect-free look at live objects and at the kernel's environment. No method raises."""

    live: bool

    def names(self) -> List[str]:
        """The user's variables, most recently bound last."""

    def look(self, expression: str) -> Optional[Look]:
        """What a dotted or subscripted expression (``df``, ``pd.DataFrame``, ``d['a'].b``) is, as seen from the failing
        frame; None where it cannot be told without running code."""

    def tally(self, expression: str, sort: Sort) -> List[Tally]:
        """How many values of a sort there are, one Tally for each column that has any; empty for what cannot be counted."""

    def subject(self) -> Optional[Look]:
        """The object that the exception is about (``AttributeError.obj``, the object subscripted in a KeyError, the callable
        of a TypeError about arguments)."""

    def module_exists(self, name: str) -> bool:
        """Whether a top-level or dotted module can be found, without importing anything."""

    def module_contents(self, name: str) -> Optional[List[str]]:
        """Public names of a module that is already imported; None where it is not."""

    def imported(self) -> Dict[str, str]:
        """The user's variables that are modules, each with the module's name."""

    def module_source(self, name: str) -> Optional[str]:
        """What the file of an imported module says now, where the module is the user's own; None for a library."""

    def version(self, distribution: str) -> Optional[str]:
        """The installed version of a distribution; None where it is not installed."""

    def files(self, folder: str = ".") -> List[str]:
        """Paths of files and folders below ``folder`` (folders end in ``/``), relative to it, bounded in depth and count."""


class EmptyNamespace:
    """Knows nothing: where there is no live kernel to look at."""

    live = False

    def names(self) -> List[str]:
        return []

    def look(self, expression: str) -> Optional[Look]:
        return None

    def tally(self, expression: str, sort: Sort) -> List[Tally]:
        return []

    def subject(self) -> Optional[Look]:
        return None

    def module_exists(self, name: str) -> bool:
        return False

    def module_contents(self, name: str) -> Optional[List[str]]:
        return None

    def imported(self) -> Dict[str, str]:
        return {}

    def module_source(self, name: str) -> Optional[str]:
        return None

    def version(self, distribution: str) -> Optional[str]:
        return None

    def files(self, folder: str = ".") -> List[str]:
        return []
