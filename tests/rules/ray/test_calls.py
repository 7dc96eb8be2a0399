import pytest

from nbdoctor.protocol import Look, Parameter
from nbdoctor.rules.ray import calls as ray_calls
from nbdoctor.rules.reading import functions

from ..support import FakeNamespace, first, repaired, report

RAY = Look("module", name="ray")
REFERENCE = Look("ObjectRef", "ray._raylet")
LIVE = {"ray": RAY, "ref": REFERENCE, "refs": Look("list", "builtins"), "refs[0]": REFERENCE}
DIRECT = "Remote functions cannot be called directly. Instead of running '__main__.f()', try '__main__.f.remote()'."
METHOD = "Actor methods cannot be called directly. Instead of running 'object.add()', try 'object.add.remote()'."
ACTOR = "Actors cannot be instantiated directly. Instead of 'Counter()', use 'Counter.remote()'."
MIXED = "unsupported operand type(s) for +: 'ray.ObjectRef' and 'int'"
NO_REFERENCE = "Invalid type of object refs, <class '{}'>, is given. 'object_refs' must either be an ObjectRef or a list of ObjectRefs. "


@pytest.mark.parametrize(
    ("source", "error", "message", "expected"),
    [
        ("x = f(3)", "TypeError", DIRECT, "x = ray.get(f.remote(3))"),
        ("x = f(3)\ny = ray.get(x)", "TypeError", DIRECT, "x = f.remote(3)\ny = ray.get(x)"),
        ("ray.get(f(3))", "TypeError", DIRECT, "ray.get(f.remote(3))"),
        ("c = Counter()", "TypeError", ACTOR, "c = Counter.remote()"),
        ("n = c.add(1)", "TypeError", METHOD, "n = ray.get(c.add.remote(1))"),
        ("f.remote(3) + 1", "TypeError", MIXED, "ray.get(f.remote(3)) + 1"),
        ("ref + 1", "TypeError", MIXED, "ray.get(ref) + 1"),
        ("sum(refs)", "TypeError", MIXED, "sum(ray.get(refs))"),
        ("sum([f.remote(1), f.remote(2)])", "TypeError", MIXED, "sum(ray.get([f.remote(1), f.remote(2)]))"),
        ("ref.shape", "AttributeError", "'ray._raylet.ObjectRef' object has no attribute 'shape'", "ray.get(ref).shape"),
        ("ray.get(total)", "ValueError", NO_REFERENCE.format("int"), "total"),
        ("ray.get(tuple(refs))", "ValueError", NO_REFERENCE.format("tuple"), "ray.get(list(tuple(refs)))"),
        ("ray.get(f.remote(i) for i in x)", "ValueError", NO_REFERENCE.format("generator"), "ray.get([f.remote(i) for i in x])"),
        ("ray.get((f.remote(i) for i in x))", "ValueError", NO_REFERENCE.format("generator"), "ray.get(([f.remote(i) for i in x]))"),
        ("ray.get(f)", "ValueError", NO_REFERENCE.format("ray.remote_function.RemoteFunction"), None),
        ("ray.get([1, 2])", "TypeError", "Attempting to call `get` on the value 1, which is not an ray.ObjectRef.", None),
        ("ray.wait(ref)", "TypeError", "wait() expected a list of ray.ObjectRef or ray.ObjectRefGenerator, got a single ray.ObjectRef", "ray.wait([ref])"),
        ("r = ray.put(ref)", "TypeError", "Calling 'put' on an ray.ObjectRef is not allowed.", "r = ref"),
        ("f.options(num_gpu=1).remote()", "ValueError", "Invalid option keyword num_gpu for remote functions. Valid ones are ['num_cpus', 'num_gpus'].", "f.options(num_gpus=1).remote()"),
        ("ray.init(num_cpu=2)", "RuntimeError", "Unknown keyword argument(s): num_cpu", "ray.init(num_cpus=2)"),
        ("ray.init(num_cpus=2)", "RuntimeError", "Maybe you called ray.init twice by accident?", "ray.init(num_cpus=2, ignore_reinit_error=True)"),
        ("ray.init(\n    num_cpus=2,\n)", "RuntimeError", "Maybe you called ray.init twice by accident?", "ray.init(\n    num_cpus=2,\n ignore_reinit_error=True)"),
        ("a = Counter.remote()", "TypeError", "missing a required argument: 'start'", None),
        ("a = Counter.remote()", "TypeError", "missing a required argument: 'ref'", "a = Counter.remote(ref=ref)"),
        ("a = Counter.remote(1, 2)", "TypeError", "too many positional arguments", None),
        ("c.ad.remote(1)", "AttributeError", "'ActorHandle' object has no attribute 'ad'", "c.add.remote(1)"),
        ("c.size.remote()", "AttributeError", "'ActorHandle' object has no attribute 'size'", None),
    ],
)  # fmt: skip
def test_calls(source, error, message, expected):
    live = {
        **LIVE,
        "ray.init": Look("function", parameters=[Parameter("num_cpus", "keyword_only")]),
        "c._ray_method_signatures": Look("dict", keys=["'__init__'", "'add'"]),
    }
    made = report(source, error, message, source.split("\n)")[0] if "\n)" not in source else source)
    assert first(made, FakeNamespace(live)).confidence > 0.8
    assert repaired(made, FakeNamespace(live)) == expected


def test_sentences():
    found = first(report("sum(refs)", "TypeError", MIXED, "sum(refs)"), FakeNamespace(LIVE))
    assert found.headline == "`refs` holds references to results, not the values; `ray.get` fetches them."
    found = first(report("Counter.remote()", "TypeError", "missing a required argument: 'start'", "Counter.remote()"))
    assert found.headline == "`Counter` needs `start`, which was not passed."
    assert found.kind == "missing_argument"


def test_an_argument_that_the_actor_never_uses(monkeypatch):
    ran = "@ray.remote(num_cpus=1)\nclass Counter:\n    def __init__(self, start):\n        pass"
    monkeypatch.setattr(functions, "cell_sources", lambda: iter([("<ipython-input-1>", ran)]))
    made = report("c = Counter.remote()", "TypeError", "missing a required argument: 'start'", "c = Counter.remote()")
    assert repaired(made) == "c = Counter.remote(start=None)"
    assert first(made).fixes[0].title == "Pass `None` for `start`, which `Counter` never uses"


def test_other_errors_are_left_alone():
    for rule in ray_calls.RULES:
        made = report("x + 1", "TypeError", "unsupported operand type(s) for +: 'str' and 'int'", "x + 1")
        assert rule(ray_calls.Context(made, FakeNamespace())) is None
