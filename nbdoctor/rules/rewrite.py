"""Templates of the tables: what a call, an access or a name is to become, with the cell's own words put in.

| placeholder | stands for |
| --- | --- |
| ``{object}`` | what stands before the dot |
| ``{function}``, ``{method}`` | what is called, as it is written; its last name |
| ``{0}``, ``{1}`` … | an argument by its position |
| ``{0:dict}`` | the same, where it is known to be of that type: by how it is written, or from the live object |
| ``{value}`` | the argument that the row is about |
| ``{word}`` | what that argument says, as a name: ``method='ffill'`` gives ``ffill`` |
| ``{rest}`` | the arguments that no other placeholder names; a comma before it goes with it where there are none |
| ``{none}`` | nothing, and the call must have no other arguments |
| ``{only:False}`` | nothing, and the argument that the row is about must be just that |
| ``{module:numpy}`` | the name that the module has in this notebook; where it has none it is imported |

What is not one word is put in parentheses where a dot or a bracket follows. ``||`` stands between alternatives: the first
counts that fits the call and that Python can read.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional, Union

from ..protocol import Edit
from ..text import apply_edits
from . import tables
from .base import Context
from .reading.source import compiles, import_edit, span, text_of

_PLACEHOLDER = re.compile(r"(,\s*)?\{(\w+)(?::([\w.'-]+))?\}(?=(.?))")
_OF_CALLS = ("rest", "value", "word", "none", "only", "function")
_ATOMS = (ast.Name, ast.Attribute, ast.Call, ast.Subscript, ast.List, ast.Dict, ast.Set, ast.ListComp, ast.JoinedStr)

Target = Union[ast.Call, ast.Attribute, ast.Name]


def is_template(text: str) -> bool:
    """Whether a cell of a table is a template, rather than a plain name."""
    return "{" in text


def takes_arguments(template: str) -> bool:
    """Whether a template speaks of the arguments of a call."""
    return any(match[2] in _OF_CALLS or match[2].isdigit() for match in _PLACEHOLDER.finditer(template))


def rewritten(
    context: Context, node: Optional[Target], template: str, keyword: Optional[ast.keyword] = None
) -> List[Edit]:
    """The edits that turn ``node`` into what a template says.

    Parameters
    ----------
    node : a call where the template speaks of arguments, else an access or a name.
    template : see the module's own words.
    keyword : the argument that ``{value}`` stands for.

    Returns
    -------
    Edits, in order; empty where the node has not what the template asks for, or passes ``*args`` or ``**options``.
    """
    if node is None or _is_starred(node):
        return []
    for alternative in template.split("||"):
        edits = _filled(context, node, alternative, keyword)
        if edits and compiles(apply_edits(context.source, edits)):
            return edits
    return []


def _filled(context: Context, node: Target, template: str, keyword: Optional[ast.keyword]) -> List[Edit]:
    places = list(_PLACEHOLDER.finditer(template))
    words = _words(context, node, {place[2] for place in places}, keyword)
    edits: List[Edit] = []

    def word(place: Any) -> str:
        found = words.get(place[2])
        if place[2] == "only":
            return "" if found is None or ast.unparse(found) == place[3] else _fail(words)
        if place[2] == "module":
            bound = module_name(context, place[3])
            edits.extend(edit for edit in bound.edits if edit not in edits) if bound else words.clear()
            found = bound.name if bound else None
        if place[2].isdigit() and place[3] and isinstance(found, ast.expr) and place[3] != _type_of(context, found):
            return _fail(words)
        if isinstance(found, ast.AST):
            text = text_of(context.source, found)
            found = f"({text})" if place[4] in (".", "[") and not isinstance(found, _ATOMS) else text
        return f"{place[1] or ''}{found}" if found else ""

    if any(place[2] not in words and place[2] != "module" for place in places):
        return []
    text = _PLACEHOLDER.sub(word, template)
    if places and not words:  # a module that has no name here, or another value
        return []
    text = text if words.get("rest") else text.replace("(, ", "(")
    return sorted([*edits, Edit(*span(context.source, node), text)], key=lambda edit: edit.start)


def _fail(words: Dict[str, Any]) -> str:
    """Give a template up."""
    words.clear()
    return ""


def _type_of(context: Context, node: ast.expr) -> str:
    """The type of an argument, as it is written (``{...}``, ``pd.Series(...)``) or as the live object has it."""
    written = {ast.Dict: "dict", ast.List: "list", ast.ListComp: "list", ast.DictComp: "dict"}.get(type(node), "")
    if isinstance(node, ast.Call):
        name = node.func
        written = name.attr if isinstance(name, ast.Attribute) else name.id if isinstance(name, ast.Name) else ""
    look = None if written else context.namespace.look(text_of(context.source, node))
    return written or (look.type if look is not None else "")


def _words(context: Context, node: Target, wanted: Any, keyword: Optional[ast.keyword]) -> Dict[str, Any]:
    """The words that can be put in: text, or a node whose text it is."""
    source = context.source
    call = node if isinstance(node, ast.Call) else None
    access = call.func if call is not None else node
    words: Dict[str, Any] = {"": ""}
    if isinstance(access, ast.Attribute):
        words.update(object=access.value, method=access.attr)
    elif isinstance(access, ast.Name):
        words.update(method=access.id)
    if call is None:
        return words
    words["function"] = access
    if keyword is not None:
        words["value"] = words["only"] = keyword.value
        said = getattr(keyword.value, "value", None)
        words.update({"word": said} if isinstance(said, str) and said.isidentifier() else {})
    words.update({str(number): argument for number, argument in enumerate(call.args)})
    rest = [text_of(source, argument) for i, argument in enumerate(call.args) if str(i) not in wanted]
    rest += [text_of(source, other) for other in call.keywords if other is not keyword]
    if "rest" in wanted:
        words["rest"] = ", ".join(rest)
    elif rest:
        return {}
    words["none"] = ""
    return words


def _is_starred(node: Target) -> bool:
    if not isinstance(node, ast.Call):
        return False
    return any(isinstance(a, ast.Starred) for a in node.args) or any(k.arg is None for k in node.keywords)


@dataclass
class Bound:
    """The name of a module, and the edits that it needs."""

    name: str
    edits: List[Edit] = field(default_factory=list)


def module_name(context: Context, module: str) -> Optional[Bound]:
    """The name under which the cell can use a module: its own, as the notebook imported it, or after an import at the top.
    None where the customary name is something else there."""
    for name, path in _imports(context).items():
        if path == module:
            return Bound(name)
    statements = {name: words for name, words in tables.aliases().items() if words.split()[:2] == ["import", module]}
    if not statements and "." in module:
        return None
    names = sorted(statements, key=lambda name: " as " not in statements[name]) or [module]
    for name in names:
        look = context.namespace.look(name)
        if look is not None and look.type == "module" and look.name == module:
            return Bound(name)
    if names[0] in context.namespace.names():
        return None
    return Bound(names[0], [import_edit(context.source, statements.get(names[0], f"import {module}"))])


def _imports(context: Context) -> Dict[str, str]:
    """Names that the cell itself gives to modules before it fails."""
    tree = context.tree()
    found: Dict[str, str] = {}
    for statement in tree.body if tree else ():
        if isinstance(statement, ast.Import) and statement.lineno < (context.line() or statement.lineno + 1):
            found.update({alias.asname or alias.name: alias.name for alias in statement.names})
    return found
