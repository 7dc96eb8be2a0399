from nbdoctor.rules.reading import functions


def test_definitions_are_found():
    source = "class A:\n    def f(self, x, *, y=1):\n        z = x\n        return z\n"
    method = functions.definition(source, "A.f")
    assert functions.function_at(source, 3) is not None
    assert functions.parameter_names(method) == ["x"]
    assert functions.bound_inside(method) == {"self", "x", "y", "z"}
    assert functions.definition(source, "A.g") is None


def test_the_cells_that_ran_are_read(monkeypatch):
    cache = {
        "/tmp/ipykernel_3/9.py": (1, None, ["a = 1\n"], "/tmp/ipykernel_3/9.py"),
        "<ipython-input-2>": (1, None, ["b = 1\n", "c = 2\n"], "<ipython-input-2>"),
        "/lib/os.py": (1, None, ["x\n"], "/lib/os.py"),
        "<ipython-input-3>": (lambda: "lazy",),
    }
    monkeypatch.setattr(functions.linecache, "cache", cache)
    assert [text for _, text in functions.cell_sources()] == ["b = 1\nc = 2\n", "a = 1\n"]
