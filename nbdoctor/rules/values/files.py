"""Files that are not found, with what lies nearby; folders taken for files, and files opened in the wrong way."""

from __future__ import annotations

import ast
import re
from typing import Any, List, Optional, Tuple

from ...protocol import Edit, Finding, Fix
from ..base import CERTAIN, Close, Context, closest, code, edit, finding, listed
from ..reading.place import Place, place_of
from ..reading.source import span, string_edit
from ..rewrite import module_name

_MESSAGE = re.compile(
    r"No such file or directory:? ['\"](.+?)['\"]$|(?:File|file) ['\"]?(.+?)['\"]? (?:does not exist|not found)"
    r"|^(\S+) not found\.$"
)
_ESCAPES = re.compile(r"[\t\n\r\a\b\f\v]")
_NAMES = {"\t": "\\t", "\n": "\\n", "\r": "\\r", "\a": "\\a", "\b": "\\b", "\f": "\\f", "\v": "\\v"}

#: Folders in which data usually lies, seen from the notebook's.
_USUAL = ("data", "datasets", "input", "inputs", "files", "assets", "raw")


def missing_file(context: Context) -> Optional[Finding]:
    """A FileNotFoundError: the nearest file that exists."""
    if not context.is_("FileNotFoundError", "NotADirectoryError") and not (
        context.is_("OSError") and "Errno 22" in context.message
    ):
        return None
    match = _MESSAGE.search(context.message)
    path = context.detail("filename") or (next((g for g in match.groups() if g), "") if match else "")
    if not path:
        return None
    if _ESCAPES.search(path):
        return _escaped(context, path)
    if context.is_("OSError"):
        return None
    if re.match(r"^[a-z]+:/+", path):
        return _address(path)
    if path.startswith("~"):
        return _home(context, path)
    near = _nearest(context, path)
    if near is None:
        return _nothing_near(context, path)
    fixes: List[Fix] = []
    nodes = _constants(context, path)
    if near.confidence >= CERTAIN and not near.others and len(nodes) == 1:
        change = string_edit(context.source, nodes[0], near.name)
        fixes = edit(f"Open {code(near.name)}", [change] if change else [], near.confidence)
    same = near.name.casefold() == path.casefold()
    how = "the name has other capital letters" if same else "the closest is"
    headline = f"There is no file {code(path)}; {how}{':' if same else ''} {listed([near.name, *near.others])}."
    return finding("missing_file", headline, near.confidence, fixes=fixes)


def _constants(context: Context, path: str) -> List[ast.Constant]:
    """The path in the failing line, or further up in the cell."""
    nodes = [n for n in context.nodes(ast.Constant) if n.value == path]
    tree = context.tree()
    return nodes or ([n for n in ast.walk(tree) if isinstance(n, ast.Constant) and n.value == path] if tree else [])


def _escaped(context: Context, path: str) -> Finding:
    said = sorted({_NAMES[sign] for sign in _ESCAPES.findall(path)})
    shown = path
    for sign, name in _NAMES.items():
        shown = shown.replace(sign, name)
    headline = f"In {code(shown)}, {listed(said)} was read as a special character, not as a backslash and a letter."
    why = "Write the path with `/`, which works on Windows too, or put `r` before the opening quote."
    nodes = _constants(context, path)
    changes = []
    if len(nodes) == 1:
        start, _ = span(context.source, nodes[0])
        changes = [Edit(start, start, "r")] if context.source[start] in "'\"" else []
    return finding(
        "escaped_path", headline, 0.95, explanation=why, fixes=edit("Put `r` before the quote", changes, 0.9)
    )


def _address(path: str) -> Finding:
    why = (
        "`open` reads files of this computer. `pd.read_csv` and `pd.read_json` take addresses; so does "
        "`urllib.request.urlopen`."
    )
    slashes = ""
    if not re.match(r"^[a-z]+://", path):
        slashes = " It has lost a slash, which `Path` and `os.path.normpath` take away."
    return finding(
        "address_as_file", f"{code(path)} is an address, and it is opened as a file.", 0.93, explanation=why + slashes
    )


def _home(context: Context, path: str) -> Finding:
    place = place_of(context)
    nodes = [n for n in place.nodes(ast.Constant) if n.value == path] if place is not None and place.editable else []
    bound = module_name(context, "os")
    fixes: List[Fix] = []
    if place is not None and len(nodes) == 1 and bound is not None:
        changes = [*bound.edits, *place.wrap(nodes[0], f"{bound.name}.path.expanduser(", ")")]
        fixes = edit("Let Python replace `~` by the home folder", changes, 0.9)
    why = "A shell replaces `~` by the home folder; Python leaves it as it is, and looks for a folder of that name."
    return finding(
        "home_not_expanded",
        f"The `~` in {code(path)} is not replaced by your home folder.",
        0.94,
        explanation=why,
        fixes=fixes,
    )


def _nothing_near(context: Context, path: str) -> Finding:
    where = "There is no file" if context.namespace.live else "No file was found at"
    here = context.namespace.files()
    folder, _, name = path.replace("\\", "/").rpartition("/")
    if folder and not folder.startswith("/") and context.namespace.live:
        folders = [p.rstrip("/") for p in here if p.endswith("/")]
        first = folder.split("/")[0]
        if first not in (".", "..") and first not in folders:
            near = closest(first, [p for p in folders if "/" not in p], 0.75)
            hint = f"; the closest is {code(near.name)}" if near is not None else ""
            facts = [f"The folders here are {listed([p for p in folders if '/' not in p][:8])}."] if folders else []
            writes = _writes(context)
            why = (
                "Files are made by opening them, folders are not: `Path(...).mkdir(parents=True, exist_ok=True)` makes one."
                if writes
                else ""
            )
            return finding("missing_folder", f"There is no folder {code(first)} in the kernel's working folder{hint}.", 0.85,
                           explanation=why, facts=facts)  # fmt: skip
        inside = [p.rpartition("/")[2] for p in here if p.rpartition("/")[0] == folder and not p.endswith("/")]
        if inside:
            return finding(
                "missing_file",
                f"The folder {code(folder)} has no file {code(name)}.",
                0.7,
                facts=[f"It has {listed(inside, 8)}."],
            )
    text = "" if path.startswith("/") else " in the kernel's working folder"
    near_here = [p for p in here if p.count("/") <= 1][:8]
    facts = [f"That folder has {listed(near_here)}."] if text and near_here else []
    return finding("missing_file", f"{where} {code(path)}{text}.", 0.6, facts=facts)


def _writes(context: Context) -> bool:
    """Whether the failing line wants to write the file."""
    place = place_of(context)
    calls = place.nodes(ast.Call) if place is not None else []
    for call in calls:
        mode = next((k.value for k in call.keywords if k.arg == "mode"), call.args[1] if len(call.args) > 1 else None)
        if isinstance(mode, ast.Constant) and re.match(r"[wax]", str(mode.value)):
            return True
        if re.match(r"(to_|save|write|dump)", getattr(call.func, "attr", "")):
            return True
    return False


def _nearest(context: Context, path: str) -> Optional[Close]:
    """The closest existing path: the same name in another folder first, then a similar name."""
    wanted = path.replace("\\", "/")
    if wanted.startswith("/") or re.match(r"^[A-Za-z]:", wanted):
        return None
    wanted = re.sub(r"^(\./)+", "", wanted)
    last = wanted.rpartition("/")[2]
    here = [p for p in context.namespace.files() if not p.endswith("/")]
    above = [f"../{p}" for p in context.namespace.files("..") if not p.endswith("/")]
    if "\\" in path and wanted in here:
        return Close(wanted, 0.95)
    same = [p for p in [*here, *above] if p.rpartition("/")[2] == last]
    inside = [p for p in same if not p.startswith("../")] or same
    if inside:
        best = min(inside, key=lambda p: (p.count("/"), p.split("/")[-2:-1] != [] and p.split("/")[-2] not in _USUAL))
        rivals = [p for p in inside if p != best and p.count("/") == best.count("/")]
        return Close(best, 0.93, rivals[:3])
    folder = wanted.rpartition("/")[0]
    beside = [p for p in here if p.rpartition("/")[0] == folder]
    prefix = f"{folder}/" if folder else ""
    names = [p.rpartition("/")[2] for p in beside]
    stems = [name for name in names if "." not in last and name.rpartition(".")[0] == last]
    if stems:
        return Close(prefix + stems[0], 0.92, [prefix + name for name in stems[1:4]])
    other_case = [p for p in here if p.casefold() == wanted.casefold()]
    if len(other_case) == 1:
        return Close(other_case[0], 0.95)
    near = closest(last, names, 0.75)
    return None if near is None else Close(prefix + near.name, near.score, [prefix + other for other in near.others])


def folder_as_file(context: Context) -> Optional[Finding]:
    """A folder that is opened as if it were a file."""
    if not context.is_("IsADirectoryError"):
        return None
    path = context.detail("filename") or next(iter(re.findall(r"'(.+)'", context.message)), "")
    inside = [p for p in context.namespace.files(path) if "/" not in p] if path and not path.startswith("/") else []
    headline = (
        f"{code(path)} is a folder, and a file is needed." if path else "The path names a folder, and a file is needed."
    )
    facts = [f"It has {listed(inside, 8)}."] if inside else []
    why = (
        "The name of the file comes after it: `Path(folder) / 'name'`; `Path(folder).glob('*.csv')` gives all "
        "files of a kind."
    )
    return finding("is_a_folder", headline, 0.95, explanation=why, facts=facts)


def file_exists(context: Context) -> Optional[Finding]:
    """A file or folder is to be made that is there already."""
    if not context.is_("FileExistsError"):
        return None
    path = context.detail("filename") or next(iter(re.findall(r"'(.+)'", context.message)), "")
    place = place_of(context)
    names = ("mkdir", "makedirs")
    call = (
        place.node(ast.Call, check=lambda n: getattr(n.func, "attr", getattr(n.func, "id", "")) in names)
        if place
        else None
    )
    headline = f"{code(path)} is there already." if path else "It is there already."
    changes: List[Edit] = []
    if place is not None and call is not None and place.editable and not call.keywords:
        name = getattr(call.func, "attr", "")
        owner = getattr(getattr(call.func, "value", None), "id", "")
        if name == "makedirs" or (name == "mkdir" and owner != "os"):
            end = place.span(call)[1] - 1
            changes = [Edit(end, end, ", exist_ok=True" if call.args else "exist_ok=True")]
    why = (
        "`exist_ok=True` is content with a folder that is there. A file opened with `'x'` has to be new; "
        "`'w'` writes it anew."
    )
    return finding(
        "file_exists",
        headline,
        0.93,
        explanation=why,
        fixes=edit("Be content with a folder that is there", changes, 0.9),
    )


def wrong_mode(context: Context) -> Optional[Finding]:
    """A file opened to be written is read, or the reverse."""
    match = re.match(r"not (readable|writable)", context.message) if context.is_("UnsupportedOperation") else None
    if not match:
        return None
    reads = match[1] == "readable"
    place = place_of(context)
    opened = _opening(place) if place is not None else None
    headline = f"The file was opened in a mode in which it is not {match[1]}."
    why = "`'r'` opens a file to read it, `'w'` to write it anew, `'a'` to write at its end."
    if place is None or opened is None:
        return finding("file_mode", headline, 0.88, explanation=why)
    mode = opened[1]
    said = "without a mode, which means `'r'`" if mode is None else f"with {code(place.text(mode))}"
    headline = f"The file is opened {said}, and then {'read' if reads else 'written to'}: it is not {match[1]}."
    used = {n.attr for n in ast.walk(place.tree) if isinstance(n, ast.Attribute)}
    fixes: List[Fix] = []
    if reads and mode is not None and not used & {"write", "writelines", "dump"}:
        change = string_edit(place.source, mode, str(mode.value).replace("w", "r").replace("a", "r").replace("x", "r"))
        fixes = edit("Open it to read it", [change] if change else [], 0.8)
        why += " Opening it with `'w'` has emptied it: what was in it is gone." if "w" in str(mode.value) else ""
    return finding("file_mode", headline, 0.93, explanation=why, fixes=fixes)


def _opening(place: Place) -> Optional[Tuple[ast.Call, Optional[ast.Constant]]]:
    """The one ``open`` of the cell, and its mode."""
    calls = [n for n in ast.walk(place.tree) if isinstance(n, ast.Call) and getattr(n.func, "id", "") == "open"]
    if len(calls) != 1 or not place.editable:
        return None
    mode = next(
        (k.value for k in calls[0].keywords if k.arg == "mode"), calls[0].args[1] if len(calls[0].args) > 1 else None
    )
    return (
        (calls[0], mode if isinstance(mode, ast.Constant) else None)
        if mode is None or isinstance(mode, ast.Constant)
        else None
    )


RULES: Tuple[Any, ...] = (missing_file, folder_as_file, file_exists, wrong_mode)
