"""The states of card and panel, each with a sentence: ``python -m tests.browser.states`` writes the page that shows them all."""

from __future__ import annotations

from .packages import ROOT

PAGE = ROOT / "docs" / "states.md"
PICTURES = ROOT / "docs" / "images" / "states"

STATES = {
    "offer": "An error that was saved in the notebook. Nothing is asked before a click.",
    "ready": "A fix that ran in a copy of the kernel. *Fix it* writes it into the cell and runs the cell.",
    "details": "What it rests on, what it printed when it was tried, and what is known of this kind of problem.",
    "plans": "The cell has changed something before it failed: what is safe comes first, the other plans are listed.",
    "applied": "A fix was applied without running the cell. Undo puts the text back.",
    "stale": "The cell was changed since the diagnosis: nothing is overwritten.",
    "failed_rerun": "The fix ran and another error came: it is explained, and the fix can still be undone.",
    "empty": "No rule knows it, and there is no model.",
    "hint": "Hint mode, for teaching: first where to look.",
    "explanation": "Hint mode: then the explanation, at last the solution.",
    "wrong": "*Was this right?* No: what it should have been is kept on the Jupyter machine.",
    "without_nbdoctor": "A kernel that has not loaded nbdoctor. One button loads it, and the error just raised is looked at once more.",
    "package": "A missing package. What an install would change is tried first, in a folder that is thrown away.",
    "working": "A model is asked. Its words stream in; Stop stops the model and leaves the kernel alone.",
    "model": "What a model proposed passed the same trial.",
    "trouble": "The model server does not answer: what to do is said, and what the rules know stands.",
    "died": "The kernel died, and why: what it had in memory is gone, and the cells that it had run are offered again.",
    "connection": "The connection to the kernel is lost while a cell runs; the kernel is there. It goes by itself, too.",
    "shut_down": "Somebody else shut the kernel down while a cell was running.",
    "server_missing": "The extension is there, its server part is not.",
    "narrow": "In a narrow notebook.",
    "panel": "The panel: the errors, one folded under its cause, the models, the history of fixes, the settings.",
    "panel_asked": "The panel: what a model was asked, exactly, and what each step cost.",
    "panel_first": "The panel at the first start.",
}


def page() -> str:
    """The page, as Markdown."""
    head = "# What it looks like\n\nEvery state of card and panel, light and dark. `make screenshots` makes the pictures.\n"
    parts = [
        f"\n## {name.replace('_', ' ').capitalize()}\n\n{sentence}\n\n"
        f"![{name}, light](images/states/{name}_light.png) ![{name}, dark](images/states/{name}_dark.png)\n"
        for name, sentence in STATES.items()
    ]
    return head + "".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
