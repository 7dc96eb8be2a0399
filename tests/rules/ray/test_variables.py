import pytest

from nbdoctor.protocol import Look
from nbdoctor.rules.ray import variables as ray_globals

from ..support import FakeNamespace, first, repaired, report

ACTOR = "rate = 3\n\n@ray.remote\nclass Shop:\n    def price(self):\n        return rate + 3\n\nshop = Shop.remote()\nray.get(shop.price.remote())"
TASK = "@ray.remote\ndef price(x):\n    return rate * x"
CHECK = "assert ray.get(shop.price.remote()) == 7"


@pytest.fixture()
def diagnosed(monkeypatch):
    def diagnose(cells, failing):
        sources = {f"<ipython-input-{number}-aa>": cell for number, cell in enumerate([*cells, failing])}
        monkeypatch.setattr(ray_globals, "cell_sources", lambda: reversed(list(sources.items())))
        made = report(failing, "AssertionError", "")
        live = FakeNamespace({"rate": Look("int", "builtins")})
        return first(made, live), repaired(made, live)

    return diagnose


def test_an_actor_is_made_again(diagnosed):
    found, fixed = diagnosed([ACTOR, "rate = 4"], CHECK)
    assert found.kind == "ray_old_global"
    assert found.headline == (
        "`shop.price` uses `rate` as it was when Ray first needed it; it was assigned again since, and Ray has the old one."
    )
    made_again = "@ray.remote\nclass Shop:\n    def price(self):\n        return rate + 3\n\nshop = Shop.remote()\n"
    assert fixed == made_again + CHECK


def test_a_task_is_defined_again(diagnosed):
    check = "assert ray.get(price.remote(1)) == 4"
    found, fixed = diagnosed(["rate = 3", TASK, "ray.get(price.remote(1))", "rate = 4"], check)
    assert found.kind == "ray_old_global"
    assert fixed == f"{TASK}\n\n{check}"


@pytest.mark.parametrize(
    "cells",
    [
        [ACTOR],  # nothing was assigned since
        [ACTOR, "other = 4"],
        ["shop = find()", "rate = 4"],
        ["rate = 3", "shop = Shop.remote()", "rate = 4"],  # the class was imported
    ],
)
def test_other_checks_are_left_alone(diagnosed, cells):
    found, fixed = diagnosed(cells, CHECK)
    assert found.kind == "assertion"
    assert fixed is None
