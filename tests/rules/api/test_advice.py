"""What libraries say of what they removed."""

import pytest

from nbdoctor.protocol import Look
from nbdoctor.rules import diagnose
from nbdoctor.rules.api.advice import successors

from ..support import FakeNamespace, first, repaired, report


@pytest.mark.parametrize(
    ("message", "names"),
    [
        ("Use `np.prod` instead.", ["np.prod"]),
        ("It's still available as `np.lib.add_docstring`.", ["np.lib.add_docstring"]),
        ("Now it's available under `np.lib.array_utils.byte_bounds`", ["np.lib.array_utils.byte_bounds"]),
        ("has been removed in favor of statsmodels.tsa.arima.model.ARIMA", ["statsmodels.tsa.arima.model.ARIMA"]),
        ("x was renamed to fancy_x in 2.0", ["fancy_x"]),
        ("`load_boston` has been removed from scikit-learn since version 1.2.", []),
        ("Please use a list instead", []),
        ("The file was not found.", []),
    ],
)
def test_successors(message, names):
    assert successors(message) == names


def gone(source, message):
    return report(source, "AttributeError", message, source, name=source.split(".")[1])


def test_a_successor_that_is_there_is_written():
    library = Look("module", "", "shop", attributes=["total"])
    made = gone("sh.sum_up", "`shop.sum_up` was removed in 2.0. Use `shop.total` instead.")
    made.errors[0].message += " module 'shop' has no attribute 'sum_up'"
    assert repaired(made, FakeNamespace({"sh": library}, library)) == "sh.total"


def test_a_successor_that_is_not_there_is_only_said():
    library = Look("module", "", "shop", attributes=["other"])
    made = gone(
        "sh.sum_up",
        "`shop.sum_up` was removed in 2.0. Use `shop.total` instead. module 'shop' has no attribute 'sum_up'",
    )
    found = first(made, FakeNamespace({"sh": library}, library))
    assert (found.kind, found.fixes) == ("renamed_attribute", [])
    assert "Use `shop.total` instead." in found.explanation


def test_other_errors_by_which_a_library_says_it():
    found = first(
        report("shop.buy()", "NotImplementedError", "buy has been removed in favor of shop.order", "shop.buy()")
    )
    assert (found.kind, found.confidence < 0.8) == ("library_says", True)
    assert "`shop.order`" in found.headline


def test_the_users_own_words_are_no_advice():
    source = "raise ValueError('This option was removed. Use `other` instead.')"
    made = report(source, "ValueError", "This option was removed. Use `other` instead.", source)
    assert "library_says" not in [found.kind for found in diagnose(made, FakeNamespace())]
