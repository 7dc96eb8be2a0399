import pytest

from nbdoctor.protocol import Look
from nbdoctor.rules.infra import machine, memory

from ..support import FakeNamespace, first, report

ASKED = "Unable to allocate 7.28 TiB for an array with shape (1000000, 1000000) and data type float64"


@pytest.fixture(autouse=True)
def small_machine(monkeypatch):
    monkeypatch.setattr(machine, "memory_limit", lambda root="/": (4 * 1024**3, "its container"))
    monkeypatch.setattr(machine, "memory_left", lambda root="/": 1024**3)


def test_what_was_asked_for_what_there_is_and_what_holds_it():
    live = FakeNamespace(
        {
            "big": Look("ndarray", "numpy", shape=[10_000, 10_000], dtype="float32"),
            "table": Look("DataFrame", "pandas", shape=[10_000_000, 12]),
            "small": Look("ndarray", "numpy", shape=[10], dtype="float64"),
        }
    )
    found = first(report("np.outer(a, a)", "_ArrayMemoryError", ASKED, "np.outer(a, a)"), live)
    assert found.headline == (
        "An array of shape `(1000000, 1000000)` and type `float64` needs 7.28 TiB, more memory than the kernel can get."
    )
    assert found.facts == [
        "1,000,000 × 1,000,000 items of 8 bytes are 7.28 TiB.",
        "Its container allows 4 GiB of memory, and 1 GiB are free.",
        "Largest variables, at least: `table, 916 MiB` and `big, 381 MiB`.",
    ]
    assert "every pair" in found.explanation


@pytest.mark.parametrize(
    ("error", "message", "amount"),
    [
        ("ArrowMemoryError", "malloc of size 137438953472 failed", "128 GiB"),
        ("RuntimeError", "DefaultCPUAllocator: can't allocate memory: you tried to allocate 4000000000000 bytes. Error code 12", "3.64 TiB"),
        ("OutOfMemoryException", "Out of Memory Error: failed to allocate data of size 2.0 GiB (14.1 GiB/14.2 GiB used)", "2 GiB"),
        ("MemoryError", "Unable to allocate 800. MiB", "800 MiB"),
    ],
)  # fmt: skip
def test_other_allocators(error, message, amount):
    found = first(report("load()", error, message, "load()"))
    assert (found.kind, found.headline) == (
        "memory",
        f"`load()` asked for {amount}, more memory than the kernel can get.",
    )


def test_without_an_amount():
    assert first(report("x = a * 2", "MemoryError", "", "a * 2")).headline == (
        "The kernel could not get the memory that `a * 2` needs."
    )


@pytest.mark.parametrize(
    ("dtype", "width"), [("float64", 8), ("<U10", 40), ("|S3", 3), ("bool", 1), ("torch.float16", 2), ("?", 0)]
)
def test_the_width_of_an_item(dtype, width):
    assert memory._width(dtype) == width
