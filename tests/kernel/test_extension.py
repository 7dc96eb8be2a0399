"""Loading, unloading, and what the hook leaves as it was."""

from __future__ import annotations

import gc
import logging
import subprocess
import sys
import weakref

import pytest
from IPython.core.interactiveshell import InteractiveShell

from nbdoctor.kernel import extension


def _callbacks(shell):
    return {event: list(callbacks) for event, callbacks in shell.events.callbacks.items()}


def test_loading_twice_registers_once_and_unloading_takes_everything_out(bare_shell):
    before = _callbacks(bare_shell), set(bare_shell.magics_manager.magics["line"])
    bare_shell.run_line_magic("load_ext", "nbdoctor")
    loaded = _callbacks(bare_shell)
    bare_shell.extension_manager.reload_extension("nbdoctor")
    extension.load(bare_shell)
    assert len(loaded["post_run_cell"]) == len(_callbacks(bare_shell)["post_run_cell"])
    bare_shell.run_line_magic("unload_ext", "nbdoctor")
    extension.unload(bare_shell)
    assert (_callbacks(bare_shell), set(bare_shell.magics_manager.magics["line"])) == before
    assert logging.getLogger("nbdoctor").propagate


def test_a_magic_of_the_users_with_our_name_is_left_alone(bare_shell):
    def fix(line):
        return "mine"

    bare_shell.register_magic_function(fix)
    extension.load(bare_shell)
    assert bare_shell.run_line_magic("fix", "") == "mine"
    extension.unload(bare_shell)
    assert bare_shell.run_line_magic("fix", "") == "mine"


def test_loading_imports_little_and_the_rest_comes_at_the_first_error():
    code = (
        "import sys; from IPython.core.interactiveshell import InteractiveShell as S; s = S.instance();"
        "s.run_line_magic('load_ext', 'nbdoctor');"
        "late = [m for m in sys.modules if m.startswith('nbdoctor.') and m.split('.')[1] in "
        "('rules', 'protocol', 'agents', 'llm', 'server', 'cli')];"
        "heavy = [m for m in ('httpx', 'msgspec', 'jupyter_server', 'torch', 'pandas', 'parso') if m in sys.modules];"
        "print(late, heavy)"
    )
    plain = "from IPython.core.interactiveshell import InteractiveShell as S; import sys; S.instance(); print([], ['parso'] if 'parso' in sys.modules else [])"
    outputs = [
        subprocess.run([sys.executable, "-c", c], capture_output=True, text=True, check=True).stdout
        for c in (code, plain)
    ]
    assert outputs[0] == outputs[1]


def test_the_users_namespace_and_history_stay_as_they_are(bare_shell, capsys):
    def state(shell):
        for source in ("a = 1", "a + 1", "1/0", "a"):
            shell.run_cell(source, store_history=True)
        ns = shell.user_ns
        return sorted(ns), list(ns["In"]), dict(ns["Out"]), ns["_"], ns["__"]

    other = InteractiveShell(config=bare_shell.config)
    expected = state(other)
    extension.load(bare_shell)
    modules = set(sys.modules)
    assert state(bare_shell) == expected
    extension.unload(bare_shell)
    foreign = [m for m in set(sys.modules) - modules if not m.startswith(("nbdoctor", "parso"))]
    # Modules of the standard library that our own need; nothing else came in.
    assert [m for m in foreign if m.split(".")[0] not in sys.stdlib_module_names] == []


def test_other_callbacks_and_exception_handlers_still_run(shell, capsys):
    seen = []

    def after(result):
        seen.append("after")

    def handler(shell, etype, value, tb, tb_offset=None):
        seen.append("handler")
        shell.showtraceback((etype, value, tb), tb_offset=tb_offset)

    shell.events.register("post_run_cell", after)
    shell.set_custom_exc((ZeroDivisionError,), handler)
    shell.run_cell("1/0")
    shell.run_cell("nope")
    shell.set_custom_exc((), None)
    shell.events.unregister("post_run_cell", after)
    assert seen == ["handler", "after", "after"]
    assert extension.loaded(shell).watch.latest().errors[0].name == "NameError"


HOLDS = """
import weakref
class Thing: pass
def f(thing):
    local = Thing()
    refs.append(weakref.ref(thing)); refs.append(weakref.ref(local))
    return {}['missing'], local.no_such
"""


def test_no_frame_and_no_object_of_the_cell_is_held(bare_shell, capsys):
    def alive(shell):
        refs = []
        shell.user_ns["refs"] = refs
        shell.run_cell(HOLDS)
        shell.run_cell("f(Thing())")
        shell.run_cell("Thing().no_such_attribute")
        shell.run_cell("None")
        return [ref() is not None for ref in refs]

    gc.collect()
    gc.disable()
    try:
        expected = alive(InteractiveShell(config=bare_shell.config))
        extension.load(bare_shell)
        assert alive(bare_shell) == expected
    finally:
        gc.enable()
        extension.unload(bare_shell)


def test_nothing_of_ours_refers_to_the_exception_afterwards(shell, capsys):
    shell.run_cell("import weakref\nclass Mine(Exception): pass\nerror = Mine('x')\nraise error")
    error = weakref.ref(shell.user_ns["error"])
    ours = [r for r in gc.get_referrers(error()) if getattr(type(r), "__module__", "").startswith("nbdoctor")]
    frames = [
        r for r in gc.get_referrers(error()) if type(r).__name__ == "frame" and "nbdoctor" in r.f_code.co_filename
    ]
    assert (ours, [f for f in frames if "/tests/" not in f.f_code.co_filename]) == ([], [])


def test_a_bug_of_ours_prints_nothing_and_is_remembered(shell, capsys, monkeypatch):
    from nbdoctor.kernel import capture

    monkeypatch.setattr(capture, "build_report", lambda *a: 1 / 0)
    shell.run_cell("nope")
    shown = capsys.readouterr()
    assert "ZeroDivisionError" not in shown.out + shown.err
    assert "nbdoctor" not in shown.out + shown.err
    assert "nbdoctor itself failed" in extension.loaded(shell).watch.trouble


def test_a_bug_in_the_rules_leaves_the_report(shell, capsys, monkeypatch):
    from nbdoctor import rules

    monkeypatch.setattr(rules, "diagnose", lambda *a: 1 / 0)
    shell.run_cell("nope")
    assert extension.loaded(shell).watch.latest().trouble == ["the rules"]
    assert "nbdoctor failed" not in capsys.readouterr().err


def test_nothing_is_printed_where_it_is_not_known_who_reads(shell, capsys):
    shell.run_cell("nope")
    shown = capsys.readouterr()
    assert "nbdoctor" not in shown.out + shown.err


def test_cells_run_by_cells_are_reported_too(shell, capsys):
    shell.run_cell("get_ipython().run_cell('inner_name')\nouter_name", store_history=True)
    names = [report.errors[0].message for report in extension.loaded(shell).watch.reports]
    assert [n.split("'")[1] for n in names] == ["inner_name", "outer_name"]


@pytest.mark.parametrize("setting", ["off", "text"])
def test_display_is_the_users_to_set(shell, capsys, setting):
    extension.loaded(shell).watch.settings.display = setting
    shell.run_cell("total = 1")
    shell.run_cell("totl")
    assert ("`totl`" in capsys.readouterr().out) is (setting == "text")


def test_settings_are_set_by_config_magic(shell, capsys):
    shell.run_line_magic("config", "NBDoctor.display = 'text'")
    shell.run_cell("total = 1")
    shell.run_cell("totl")
    assert "`totl`" in capsys.readouterr().out
    extension.unload(shell)
    assert not [c for c in shell.configurables if type(c).__name__ == "NBDoctor"]
