import pytest

from nbdoctor.protocol import Look

from ..support import FakeNamespace, first, repaired, report


def array(*shape, kind="ndarray"):
    return Look(kind, module="numpy", shape=list(shape), length=shape[0])


def broadcast(source, **shapes):
    looks = {name: array(*shape) for name, shape in shapes.items()}
    texts = " ".join(
        "(" + ",".join(map(str, look.shape)) + ("," if len(look.shape) == 1 else "") + ")" for look in looks.values()
    )
    looks["np"] = Look("module", name="numpy")
    message = f"operands could not be broadcast together with shapes {texts} "
    return report(source, "ValueError", message, source), FakeNamespace(looks)


@pytest.mark.parametrize(
    ("source", "shapes", "fixed"),
    [
        ("M + a", {"M": (3, 2), "a": (3,)}, "M + a[:, np.newaxis]"),
        ("a * M", {"a": (3,), "M": (3, 2)}, "a[:, np.newaxis] * M"),
        ("np.add(M, a)", {"M": (3, 2), "a": (3,)}, "np.add(M, a[:, np.newaxis])"),
        ("a + b", {"a": (3,), "b": (4,)}, None),
        ("M + N", {"M": (3, 2), "N": (2, 3)}, None),  # either of them may be turned
        ("M + a", {"M": (3, 2), "a": (4,)}, None),
    ],
)
def test_the_one_reading_that_fits(source, shapes, fixed):
    made, namespace = broadcast(source, **shapes)
    assert repaired(made, namespace) == fixed


def test_both_shapes_are_named():
    made, namespace = broadcast("M + a", M=(3, 2), a=(4,))
    assert first(made, namespace).headline == "`M` has the shape `(3, 2)` and `a` `(4,)`, which do not fit together."


@pytest.mark.parametrize(
    ("a", "b", "fixed"),
    [
        ((3, 2), (3, 4), "A.T @ B"),
        ((3, 2), (4, 2), "A @ B.T"),
        ((3, 2), (3, 2), None),  # both could be turned
        ((3, 2), (5, 3), None),  # the order is wrong, perhaps
        ((3, 2), (5, 4), None),
    ],
)
def test_products(a, b, fixed):
    message = (
        f"matmul: Input operand 1 has a mismatch in its core dimension 0, with gufunc signature (n?,k),(k,m?)->(n?,m?) "
        f"(size {b[0]} is different from {a[1]})"
    )
    made = report("A @ B", "ValueError", message, "A @ B")
    assert repaired(made, FakeNamespace({"A": array(*a), "B": array(*b)})) == fixed


def test_layers():
    message = "mat1 and mat2 shapes cannot be multiplied (32x10 and 20x5)"
    found = first(report("model(x)", "RuntimeError", message, "model(x)"))
    assert found.headline == "Matrices of the shapes `(32, 10)` and `(20, 5)` cannot be multiplied."


def test_reshaping():
    made = report("x.reshape(2, 2)", "ValueError", "cannot reshape array of size 3 into shape (2,2)", "x.reshape(2, 2)")
    assert first(made).headline == "`x` has 3 values; the shape `(2, 2)` holds 4."


@pytest.mark.parametrize(
    ("source", "fixed"),
    [
        ("m.fit(df['a'], y)", "m.fit(df[['a']], y)"),
        ("m.fit(x, y)", "m.fit(x.reshape(-1, 1), y)"),
        ("m.fit(s, y)", "m.fit(s.to_frame(), y)"),
        ("m.predict([1, 2])", "m.predict([[1, 2]])"),
        ("m.fit(load(), y)", None),
    ],
)
def test_a_model_needs_a_table(source, fixed):
    namespace = FakeNamespace({"x": array(5), "s": Look("Series", shape=[5], length=5)})
    made = report(source, "ValueError", "Expected 2D array, got 1D array instead:\narray=[1 2].", source)
    assert repaired(made, namespace) == fixed
