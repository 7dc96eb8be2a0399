"""The look at live objects: what it sees, and that it runs nothing of the user's."""

from __future__ import annotations

import sys
import time

import numpy
import pandas
import pytest

from nbdoctor.kernel.looks import describe
from nbdoctor.kernel.namespace import LiveNamespace


@pytest.fixture()
def look(bare_shell):
    def look(expression, **names):
        bare_shell.user_ns.update(names)
        return LiveNamespace(bare_shell).look(expression)

    return look


def test_a_table_shows_its_columns_shape_and_labels(look):
    table = pandas.DataFrame({"a": [1, 2], "b c": [3.0, 4.0]}, index=["x", "y"])
    seen = look("table", table=table)
    assert (seen.type, seen.shape, seen.keys, seen.index) == ("DataFrame", [2, 2], ["'a'", "'b c'"], ["'x'", "'y'"])
    assert "groupby" in seen.attributes


def test_arrays_series_and_dictionaries(look):
    assert look("a", a=numpy.zeros((2, 3), "f4")).shape == [2, 3]
    assert look("a").dtype == "float32"
    assert look("s", s=pandas.Series([1, 2], name="n")).dtype == "int64"
    assert look("d", d={"k": 1, ("t", 2): 2, 3: 4}).keys == ["'k'", "('t', 2)", "3"]


def test_callables_show_their_parameters(look):
    def f(a, b=1, *rest, c, **more): ...

    kinds = {p.name: p.kind for p in look("f", f=f).parameters}
    assert kinds == {
        "a": "positional_or_keyword",
        "b": "positional_or_keyword",
        "rest": "var_positional",
        "c": "keyword_only",
        "more": "var_keyword",
    }
    assert [p.name for p in look("'x'.join").parameters] == ["iterable"]


def test_expressions_are_followed_through_modules_attributes_and_constant_keys(look):
    assert look("pd.DataFrame", pd=pandas).name == "pandas.DataFrame"
    assert look("d['k'][0]", d={"k": [pandas]}).name == "pandas"
    assert look("f['a']", f=pandas.DataFrame({"a": [1]})).type == "Series"
    assert look("f.a").type == "Series"
    assert look("d.k") is None  # the keys of a dictionary are no attributes
    assert look("nothing") is None
    assert look("f()") is None
    assert look("d[f]") is None
    assert look("] not python [") is None


def test_nothing_of_the_users_is_called(look):
    called = []

    class Sly:
        @property
        def attribute(self):
            called.append("property")

        def __getattr__(self, name):
            called.append("getattr")

        def __repr__(self):
            called.append("repr")
            return ""

        def __dir__(self):
            called.append("dir")
            return []

        def __len__(self):
            called.append("len")
            return 0

        def __getitem__(self, key):
            called.append("getitem")

    sly = Sly()
    seen = look("sly", sly=sly, holder={"k": sly})
    for expression in ("sly.attribute", "sly.other", "sly['k']", "holder['k']", "holder"):
        look(expression)
    assert called == []
    assert "attribute" in seen.attributes


def test_a_repr_that_takes_a_minute_is_not_waited_for(look):
    class Slow:
        def __repr__(self):
            time.sleep(60)
            return ""

        __str__ = __repr__

    started = time.monotonic()
    assert look("d", d={Slow(): 1}).keys == ["<Slow>"]
    assert look("slow", slow=Slow()).type == "Slow"
    assert time.monotonic() - started < 5


def test_a_million_keys_are_not_listed(look):
    assert len(look("d", d=dict.fromkeys(range(1_000_000))).keys) == 500


def test_names_are_the_users_alone(bare_shell):
    bare_shell.run_cell("first = 1\n_hidden = 2\nimport json", store_history=True)
    assert LiveNamespace(bare_shell).names() == ["first", "json"]


def test_modules_are_found_without_importing_them(bare_shell):
    namespace = LiveNamespace(bare_shell)
    sys.modules.pop("wsgiref.simple_server", None)
    assert namespace.module_exists("wsgiref.simple_server")
    assert not namespace.module_exists("wsgiref.no_such_part")
    assert not namespace.module_exists("no_such_module.part")
    assert "wsgiref.simple_server" not in sys.modules
    assert "loads" in namespace.module_contents("json")
    assert namespace.module_contents("no_such_module") is None


def test_versions_and_files(bare_shell, tmp_path):
    namespace = LiveNamespace(bare_shell)
    assert namespace.version("pandas") == pandas.__version__
    assert namespace.version("no-such-distribution") is None
    (tmp_path / "data" / "deep").mkdir(parents=True)
    (tmp_path / "data" / "deep" / "x.csv").touch()
    (tmp_path / ".hidden").touch()
    assert namespace.files(str(tmp_path)) == ["data/", "data/deep/", "data/deep/x.csv"]
    assert namespace.files(str(tmp_path / "none")) == []


def test_the_subject_of_an_attribute_error_is_its_object(bare_shell):
    try:
        pandas.DataFrame({"a": [1]}).no_such_method()
    except AttributeError as error:
        assert LiveNamespace(bare_shell, error).subject().type == "DataFrame"


def test_the_subject_of_a_key_error_is_what_was_subscripted(bare_shell):
    bare_shell.user_ns["d"] = {"k": 1}
    assert LiveNamespace(bare_shell, KeyError("x"), None, 'd["x"]').subject().keys == ["'k'"]


def test_a_description_of_anything_does_not_raise():
    for thing in (
        None,
        1,
        "x",
        b"",
        object(),
        type,
        print,
        sys,
        pandas,
        numpy.float64(1),
        iter(()),
        ...,
        open,
        lambda: 0,
    ):
        assert describe(thing).type


def test_modules_among_the_users_variables(bare_shell):
    bare_shell.user_ns.update(np=numpy, n=1)
    assert LiveNamespace(bare_shell).imported() == {"np": "numpy"}


def test_the_text_of_a_module_of_the_users_own(bare_shell, tmp_path, monkeypatch):
    (tmp_path / "tariffs_of_mine.py").write_text("base = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    __import__("tariffs_of_mine")
    (tmp_path / "tariffs_of_mine.py").write_text("base = 2\n")
    namespace = LiveNamespace(bare_shell)
    assert namespace.module_source("tariffs_of_mine") == "base = 2\n"
    assert namespace.module_source("numpy") is None
    assert namespace.module_source("json") is None
    sys.modules.pop("tariffs_of_mine")
