"""Prompts are files. Each has a user part and may have a system part; they are checked before anything is sent.

Every request begins with the same text, ``report.md``, so that a server with a prefix cache reads the report once; the
job's own instruction comes last.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from string import Template

from ..errors import ConfigurationError
from ..llm.client import Message

#: The variables that each prompt must name. It may name those of the report besides, and no others.
VARIABLES: Mapping[str, tuple[str, ...]] = {
    "report": ("error", "traceback", "cell", "earlier", "facts"),
    "remark": ("remark",),
    "summarize": (),
    "categorize": (),
    "python": ("line",),
    "options": ("line", "options"),
    "again": ("line", "problem"),
    "notebook": ("cells",),
    "dependency": ("distributions",),
    "infra": ("line",),
    "extract": ("answer", "form"),
}
#: Prompts that go without the report.
_ALONE = ("extract",)
#: Prompts that go without the person's remark: the kind of problem, and so what may be done, is told by the report alone.
_UNMOVED = ("categorize", "extract")
_SYSTEM, _USER = "=== system ===", "=== user ==="


def places() -> list[Path]:
    """Where replaced prompts are looked for: ``nbdoctor/prompts`` in Jupyter's folders of configuration, the user's, the
    environment's and the system's, in the order in which Jupyter itself looks there (``jupyter --paths``)."""
    from jupyter_core.paths import jupyter_config_path

    return [Path(folder, "nbdoctor", "prompts") for folder in jupyter_config_path()]


class Prompts:
    """The prompts of the package; those of the same name in ``folder``, or else in `places`, take their place.

    Raises:
        ConfigurationError: where a prompt names an unknown variable or leaves one out.
    """

    def __init__(self, folder: str = "") -> None:
        self._parts: dict[str, tuple[str, str]] = {}
        if folder and not Path(folder).expanduser().is_dir():
            raise ConfigurationError(f"The folder of prompts {folder} does not exist.", hint="See NBDOCTOR_PROMPTS.")
        folders = [*([Path(folder).expanduser()] if folder else places()), Path(__file__).parent / "prompts"]
        for name in VARIABLES:
            self._parts[name] = _read(next(p for f in folders if (p := f / f"{name}.md").is_file()), name)

    def messages(self, name: str, report: Mapping[str, str], **variables: str) -> list[Message]:
        """The chat of one job.

        Args:
            name: of the prompt.
            report: the variables of the report, already made safe (`context.Mask`); ``remark`` among them where the person
                told the model something, which then stands before the instruction.
            variables: those of this job, already made safe.

        Returns:
            A system and a user message.

        Raises:
            ConfigurationError: where a variable is not given.
        """
        system, instruction = self._parts[name]
        stable_system, stable = ("", "") if name in _ALONE else self._parts["report"]
        remark = f"{self._parts['remark'][1]}\n\n" if report.get("remark") and name not in _UNMOVED else ""
        parts, given = (system or stable_system, stable, remark, instruction), {**report, **variables}
        try:
            texts = [Template(text).substitute(given) for text in parts]
        except KeyError as error:
            raise ConfigurationError(f"The prompt {name}.md needs the variable {error}, which is not given.") from error
        return [
            {"role": "system", "content": texts[0]},
            {"role": "user", "content": f"{texts[1]}\n\n{texts[2]}{texts[3]}".strip()},
        ]


def _read(path: Path, name: str) -> tuple[str, str]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"The prompt {path} cannot be read: {error}.") from error
    named = _variables(text, path)
    unknown = sorted(named - {*VARIABLES["report"], *VARIABLES[name]})
    missing = sorted(set(VARIABLES[name]) - named)
    if unknown or missing:
        what = [f"names the unknown variable ${v}" for v in unknown]
        what += [f"leaves out the variable ${v}" for v in missing]
        raise ConfigurationError(f"The prompt {path} {' and '.join(what)}.")
    system, found, user = text.partition(_USER)
    if not found:
        return "", text.strip()
    return system.replace(_SYSTEM, "").strip(), user.strip()


def _variables(text: str, path: Path) -> set[str]:
    names = set()
    for match in Template.pattern.finditer(text):
        if match["invalid"] is not None:
            line = text.count("\n", 0, match.start()) + 1
            raise ConfigurationError(f"The prompt {path} has a stray $ in line {line}; write $$ for a dollar sign.")
        names.add(match["named"] or match["braced"])
    return {name for name in names if name}
