import pytest

from .support import FakeNamespace, first, installs, repaired, report, result


def missing(source, name, at=None):
    return report(source, "ModuleNotFoundError", f"No module named '{name}'", at or source.split("\n")[0], name=name)


@pytest.mark.parametrize(
    ("source", "name", "distribution"),
    [
        ("import cv2", "cv2", "opencv-python"),
        ("from sklearn.cluster import KMeans", "sklearn", "scikit-learn"),
        ("import yaml", "yaml", "PyYAML"),
        ("import polars as pl", "polars", "polars"),
        ("from google.cloud import storage", "google.cloud", "google-cloud-storage"),
    ],
)
def test_a_missing_distribution_is_installed_by_its_own_name(source, name, distribution):
    found = first(missing(source, name))
    assert found.kind == "missing_module"
    assert found.category == "dependency"
    assert installs(found.fixes[0]) == [distribution]
    assert found.fixes[0].actions[-1].kind == "run_cells"


@pytest.mark.parametrize("name", ["clip", "preprocessing", "utils", "qwxyzzy_tools"])
def test_nothing_is_installed_on_a_guess(name):
    found = first(missing(f"import {name}", name))
    assert found.kind == "unknown_module"
    assert found.fixes == []


def test_a_misspelled_module_is_an_edit_and_not_an_install():
    made = missing("import seabron as sns\nsns.set_theme()", "seabron")
    found = first(made)
    assert found.kind == "misspelled_module"
    assert installs(found.fixes[0]) == []
    assert result(made, found.fixes[0]) == "import seaborn as sns\nsns.set_theme()"


@pytest.mark.parametrize(
    ("source", "name", "expected"),
    [
        (
            "from sklearn.cross_validation import train_test_split",
            "sklearn.cross_validation",
            "from sklearn.model_selection import train_test_split",
        ),
        ("import cPickle\nx = cPickle.dumps(1)", "cPickle", "import pickle as cPickle\nx = cPickle.dumps(1)"),
        ("import ConfigParser as cp", "ConfigParser", "import configparser as cp"),
        ("import html.praser", "html.praser", "import html.parser"),
    ],
)
def test_a_module_that_moved_is_an_edit(source, name, expected):
    namespace = FakeNamespace(
        modules={
            "sklearn": [],
            "sklearn.model_selection": [],
            "pickle": [],
            "configparser": [],
            "html": ["parser"],
            "html.parser": [],
        }
    )
    assert repaired(missing(source, name), namespace) == expected


def test_the_headline_says_where_it_is_now():
    found = first(
        missing("import sklearn.grid_search", "sklearn.grid_search"), FakeNamespace(versions={"scikit-learn": "1.8.0"})
    )
    assert found.headline == "`sklearn.grid_search` is `sklearn.model_selection` since scikit-learn 0.20."
    assert found.category == "python"
    assert found.facts == ["scikit-learn 1.8.0 is installed."]


def test_what_is_in_a_distribution_of_its_own_now_is_installed_with_the_edit():
    made = missing("from sklearn.externals import joblib", "sklearn.externals.joblib")
    made.errors[0].message = "cannot import name 'joblib' from 'sklearn.externals' (sklearn/externals/__init__.py)"
    made.errors[0].name = "ImportError"
    found = first(made)
    assert installs(found.fixes[0]) == ["joblib"]
    assert result(made, found.fixes[0]) == "import joblib"


def test_a_module_that_was_removed_has_an_explanation_and_no_edit():
    found = first(missing("import asyncore", "asyncore"))
    assert found.kind == "moved_module"
    assert found.headline == "`asyncore` was removed in Python 3.12."
    assert found.fixes == []


def test_a_dotted_use_follows_the_import():
    made = missing(
        "import sklearn.grid_search\ng = sklearn.grid_search.GridSearchCV",
        "sklearn.grid_search",
        "import sklearn.grid_search",
    )
    expected = "import sklearn.model_selection\ng = sklearn.model_selection.GridSearchCV"
    assert repaired(made, FakeNamespace(modules={"sklearn": []})) == expected


def test_a_file_in_a_folder_below_is_found():
    found = first(
        missing("import plots_of_mine", "plots_of_mine"), FakeNamespace(paths={".": ["src/", "src/plots_of_mine.py"]})
    )
    assert found.kind == "module_elsewhere"
    assert "`src/plots_of_mine.py`" in found.headline


def cannot(source, name, module, path="/env/lib/python3.12/site-packages/x.py"):
    return report(
        source,
        "ImportError",
        f"cannot import name '{name}' from '{module}' ({path})",
        source.split("\n")[0],
        name=module,
    )


def test_a_misspelled_name_of_a_module():
    made = cannot("from math import sqr\nsqr(2)", "sqr", "math")
    assert repaired(made, FakeNamespace(modules={"math": ["sqrt", "sin"]})) == "from math import sqrt\nsqrt(2)"


def test_a_name_that_moved_keeps_its_other_imports():
    made = cannot("from collections import OrderedDict, Mapping", "Mapping", "collections")
    expected = "from collections import OrderedDict\nfrom collections.abc import Mapping"
    assert repaired(made, FakeNamespace(modules={"collections": []})) == expected


def test_names_that_moved_together_move_together():
    made = cannot("from collections import Mapping, Sequence", "Mapping", "collections")
    assert repaired(made, FakeNamespace(modules={"collections": []})) == "from collections.abc import Mapping, Sequence"


def test_a_name_that_no_module_has():
    found = first(cannot("from math import tangle", "tangle", "math"), FakeNamespace(modules={"math": ["sqrt"]}))
    assert found.kind == "missing_member"
    assert found.fixes == []


def test_a_file_that_hides_a_module():
    found = first(
        cannot("from random import choice", "choice", "random", "/home/me/random.py"),
        FakeNamespace(modules={"random": []}),
    )
    assert found.kind == "shadowed_module"


def test_a_circular_import():
    made = cannot("from one import a", "a", "one")
    made.errors[
        0
    ].message = "cannot import name 'a' from partially initialized module 'one' (most likely due to a circular import)"
    assert first(made).kind == "circular_import"
