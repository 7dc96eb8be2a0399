import pytest

from nbdoctor.protocol import Look
from nbdoctor.rules.infra import pickling

from ..support import FakeNamespace, first, report

LOCK = {"guard": Look("lock", "_thread"), "data": Look("list", "builtins")}
RAY = (
    "Could not serialize the function __main__.load:\nVariable: \n\n"
    "\tFailTuple(guard [path=guard, obj=<lock>, parent=<function load>])\n\n!!! FAIL serialization: cannot pickle '_thread.lock' object"
)


@pytest.mark.parametrize(
    ("source", "error", "message", "headline"),
    [
        ("pickle.dumps([guard, data])", "TypeError", "cannot pickle '_thread.lock' object", "`guard`, a lock, cannot be sent to another process or written to a file."),
        ("def work(x):\n    with guard:\n        return x\n\npool.map(work, data)", "TypeError", "cannot pickle '_thread.lock' object", "`guard`, a lock, cannot be sent to another process or written to a file."),
        ("pickle.dumps(data)", "TypeError", "cannot pickle '_io.TextIOWrapper' object", "Something here holds an open file, which cannot be sent to another process or written to a file."),
        ("load.remote()", "TypeError", RAY, "`load` uses `guard`, a lock, which cannot be sent to another process."),
        ("pool.map(lambda x: x, data)", "PicklingError", "Can't pickle <function <lambda> at 0x7f>: attribute lookup <lambda> on __main__ failed", "A `lambda` cannot be sent to another process, because it has no name to be found by there."),
        ("pool.map(make(), data)", "AttributeError", "Can't get local object 'make.<locals>.inner'", "`inner` is defined inside of another function, so another process cannot find it."),
        ("pool.map(work, data)", "AttributeError", "Can't get attribute 'work' on <module '__main__' (built-in)>", "The other process knows no `work`: it was defined in the notebook, not in a module."),
    ],
)  # fmt: skip
def test_what_cannot_be_sent(source, error, message, headline):
    found = first(report(source, error, message), FakeNamespace(LOCK))
    assert found.headline == headline
    assert found.fixes == []


def test_other_errors_are_left_alone():
    made = report("x.pickle", "AttributeError", "'Series' object has no attribute 'pickle'", "x.pickle")
    assert pickling.cannot_pickle(pickling.Context(made, FakeNamespace())) is None
