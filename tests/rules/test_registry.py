"""The list of rules."""

from pathlib import Path

from nbdoctor import rules
from nbdoctor.rules.registry import NOTEBOOK_RULES, RULES

#: They are run from within others, or hold no rule.
WITHOUT = ()


def test_every_rule_is_listed_once():
    assert len(set(RULES)) == len(RULES)
    assert len(set(NOTEBOOK_RULES)) == len(NOTEBOOK_RULES)


def test_every_module_with_rules_is_asked():
    asked = {rule.__module__ for rule in (*RULES, *NOTEBOOK_RULES)}
    folder = Path(rules.__file__).parent
    for path in folder.rglob("*.py"):
        if path.name != "registry.py" and "\nRULES" in path.read_text("utf-8"):
            module = "nbdoctor.rules." + ".".join(path.relative_to(folder).with_suffix("").parts)
            assert module in asked or module in WITHOUT, module
