"""Attributes of something else than the object."""

import pytest

from nbdoctor.protocol import Look

from ..support import FakeNamespace, first, parameters, repaired, report


def missing(source, message, at=None, **details):
    return report(source, "AttributeError", message, at or source.split("\n")[-1], **details)


MODULE = Look("module", "", "datetime", attributes=["datetime", "timedelta"])
CLASS = Look("type", "builtins", "datetime.datetime", attributes=["now", "today"])


@pytest.mark.parametrize(
    ("source", "message", "namespace", "expected"),
    [
        ("datetime.now()", "module 'datetime' has no attribute 'now'",
         FakeNamespace({"datetime": MODULE, "datetime.datetime": CLASS}, MODULE), "datetime.datetime.now()"),
        ("datetime.datetime.now()", "type object 'datetime.datetime' has no attribute 'datetime'",
         FakeNamespace({"datetime": CLASS}, CLASS), "datetime.now()"),
        ("datetime.timedelta(1)", "type object 'datetime.datetime' has no attribute 'timedelta'",
         FakeNamespace({"datetime": CLASS}, CLASS, {"datetime": ["datetime", "timedelta"]}),
         "from datetime import timedelta\ntimedelta(1)"),
        ("scipy.odd.fit(x)", "module 'scipy' has no attribute 'odd'", FakeNamespace(modules={"scipy": [], "scipy.odd": []}),
         "import scipy.odd\nscipy.odd.fit(x)"),
        ("text.upper.split()", "'builtin_function_or_method' object has no attribute 'split'",
         FakeNamespace({"text.upper": Look("builtin_function_or_method", parameters=[])}), "text.upper().split()"),
        ("text.join.split()", "'builtin_function_or_method' object has no attribute 'split'",
         FakeNamespace({"text.join": Look("builtin_function_or_method", parameters=parameters("iterable"))}), None),
        ("user.name", "'dict' object has no attribute 'name'",
         FakeNamespace(subject_=Look("dict", "builtins", keys=["'name'"])), "user['name']"),
        ("print(first.second)", "'str' object has no attribute 'second'",
         FakeNamespace({"first": Look("str"), "second": Look("str")}, Look("str", "builtins")), "print(first, second)"),
        ("string.pi", "module 'string' has no attribute 'pi'",
         FakeNamespace({"string": Look("module"), "math": Look("module", attributes=["pi"])}), "math.pi"),
    ],
)  # fmt: skip
def test_the_one_plausible_edit(source, message, namespace, expected):
    assert repaired(missing(source, message), namespace) == expected


@pytest.mark.parametrize(
    ("source", "message", "namespace", "kind"),
    [
        ("names.title()", "'list' object has no attribute 'title'",
         FakeNamespace({"names[0]": Look("str", attributes=["title"])}, Look("list", "builtins")), "item_has_it"),
        ("name.title()", "'tuple' object has no attribute 'title'",
         FakeNamespace({"name[0]": Look("str", attributes=["title"])}, Look("tuple", "builtins", length=1)),
         "comma_makes_tuple"),
        ("class Box:\n    def fill(self):\n        self.size = 1\nBox().size", "'Box' object has no attribute 'size'",
         FakeNamespace(), "set_later"),
        ("Box().volume()", "'Box' object has no attribute 'volume'",
         FakeNamespace({"volume": Look("function", parameters=parameters("self"))}), "outside_class"),
        ("Box().__size", "'Box' object has no attribute '__size'", FakeNamespace(), "private_name"),
    ],
)  # fmt: skip
def test_where_the_intention_is_unknown_there_are_words_and_no_edit(source, message, namespace, kind):
    found = first(missing(source, message), namespace)
    assert (found.kind, found.fixes) == (kind, [])


def test_the_comma_of_the_cell_is_taken_out():
    namespace = FakeNamespace({"name[0]": Look("str", attributes=["title"])}, Look("tuple", "builtins", length=1))
    made = missing("name = 'ada',\nname.title()", "'tuple' object has no attribute 'title'")
    assert repaired(made, namespace) == "name = 'ada'\nname.title()"


@pytest.mark.parametrize(
    ("accessor", "expected"),
    [("str", "s.astype(str).str.upper()"), ("cat", "s.astype('category').cat.upper()")],
)
def test_accessors(accessor, expected):
    made = missing(f"s.{accessor}.upper()", f"Can only use .{accessor} accessor with string values, not integer")
    namespace = FakeNamespace({"s": Look("Series", "pandas", dtype="int64")})
    assert repaired(made, namespace) == expected
    assert "its dtype is `int64`" in first(made, namespace).headline
