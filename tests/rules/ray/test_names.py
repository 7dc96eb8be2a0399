import pytest

from nbdoctor.rules.ray import names as ray_names

from ..support import first, repaired, report


@pytest.mark.parametrize(
    ("cells", "headline", "fixed"),
    [
        ({}, "No living actor of this namespace is named `stok`.", None),
        ({"a": "Stock.options(name='stock').remote()"}, "No actor is named `stok`; the closest is `stock`.", "ray.get_actor('stock')"),
    ],
)  # fmt: skip
def test_named_actors(monkeypatch, cells, headline, fixed):
    monkeypatch.setattr(ray_names, "cell_sources", lambda: iter(cells.items()))
    made = report(
        "ray.get_actor('stok')", "ValueError", "Failed to look up actor with name 'stok'. This could because 1."
    )
    assert first(made).headline == headline
    assert repaired(made) == fixed
