from nbdoctor.protocol import Look
from nbdoctor.rules.ray import remote

from ..support import FakeNamespace
from .test_tasks import said


def test_the_inner_error_is_read():
    found = remote.read(said("load", "KeyError: 'a'\n\nmore", line=3))
    assert (found.task, found.name, found.message) == ("load", "KeyError", "'a'\n\nmore")
    assert (found.place().line, found.place().where) == (3, "cell")


def test_the_chain_of_tasks_is_read():
    outer = (
        "ray::use() (pid=8, ip=192.0.2.1)\n  At least one of the input arguments for this task could not be computed:\n"
    )
    found = remote.read(outer + "ray.exceptions.RayTaskError: " + said("load", "OSError: no", line=3))
    assert found.tasks == ["use", "load"]
    assert found.name == "OSError"


def test_carets_and_library_frames_are_passed_over():
    text = (
        "ray::Counter.add() (pid=7, ip=192.0.2.1, actor_id=aa, repr=<Counter>)\n           ^^^^\n"
        '  File "/tmp/ipykernel_3/9.py", line 4, in add\n'
        '  File "/venv/lib/python3.11/site-packages/pandas/core/frame.py", line 9, in __getitem__\n    raise KeyError(key)\n'
        "KeyError: 'a'"
    )
    assert remote.read(text).place().function == "add"


def test_other_messages_are_not_read():
    assert remote.read("") is None
    assert remote.read("ray::f failed") is None


def test_a_function_sees_its_own_names_and_the_notebook_s():
    outside = FakeNamespace(
        {"sales": Look("DataFrame", "pandas"), "table": Look("list", "builtins"), "rate": Look("int")}
    )
    inside = remote.Inside(outside, {"table": "sales", "prices": "{'tea': 2}"}, frozenset({"table", "prices", "rows"}))
    assert inside.look("table").type == "DataFrame"
    assert inside.look("prices").keys == ["'tea'"]
    assert inside.look("rate").type == "int"
    assert inside.look("rows") is None
    assert set(inside.names()) == {"sales", "rate", "table", "prices", "rows"}
