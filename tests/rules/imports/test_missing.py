import pytest

from ..support import FakeNamespace, first, installs, repaired, report, result


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


def test_a_distribution_whose_module_was_renamed_is_installed_with_the_edit():
    made = missing("import fbprophet\nm = fbprophet.Prophet()", "fbprophet")
    found = first(made)
    assert installs(found.fixes[0]) == ["prophet"]
    assert result(made, found.fixes[0]) == "import prophet as fbprophet\nm = fbprophet.Prophet()"
    there = first(made, FakeNamespace(versions={"prophet": "1.1"}))
    assert there.headline == "`prophet` 1.1 is installed, and has no module `fbprophet`."
    assert installs(there.fixes[0]) == []


def test_of_what_is_installed_without_the_module_a_newer_version_may_have_it():
    found = first(missing("import yaml", "yaml"), FakeNamespace(versions={"PyYAML": "6.0"}))
    assert installs(found.fixes[0]) == ["PyYAML>6.0"]
    assert "--force-reinstall" in found.explanation


@pytest.mark.parametrize(
    ("source", "name", "distribution"),
    [
        ("from google.cloud import storage", "google", "google-cloud-storage"),
        ("from google import genai", "google", "google-genai"),
        ("from azure.storage.blob import BlobServiceClient", "azure", "azure-storage-blob"),
        ("from llama_index.llms.openai import OpenAI", "llama_index.llms", "llama-index-llms-openai"),
        ("import google.cloud.bigquery as bq", "google.cloud", "google-cloud-bigquery"),
    ],
)
def test_a_shared_namespace_is_told_apart_by_what_is_imported(source, name, distribution):
    assert installs(first(missing(source, name)).fixes[0]) == [distribution]


def test_a_namespace_alone_names_no_distribution():
    found = first(missing("import google", "google"))
    assert found.kind == "unknown_module"
    assert found.fixes == []


@pytest.mark.parametrize(
    ("source", "name", "expected", "distribution"),
    [
        ("import pillow", "pillow", "import PIL", "pillow"),
        ("import opencv_python as cv2", "opencv_python", "import cv2 as cv2", "opencv-python"),
        ("from scikit_learn.svm import SVC", "scikit_learn", "from sklearn.svm import SVC", "scikit-learn"),
        ("import pyyaml", "pyyaml", "import yaml", "PyYAML"),
    ],
)
def test_the_name_of_a_distribution_is_not_that_of_its_module(source, name, expected, distribution):
    made = missing(source, name)
    found = first(made)
    assert found.kind == "distribution_name"
    assert result(made, found.fixes[0]) == expected
    assert installs(found.fixes[0]) == [distribution]


def test_nothing_is_installed_for_a_distribution_that_is_there():
    made = missing("import pillow", "pillow")
    assert installs(first(made, FakeNamespace(modules={"PIL": []})).fixes[0]) == []


@pytest.mark.parametrize(("name", "word"), [("_tkinter", "python3-tk"), ("fcntl", "Windows"), ("winreg", "Windows")])
def test_a_part_of_python_that_is_not_here(name, word):
    found = first(missing(f"import {name}", name))
    assert found.kind == "missing_stdlib"
    assert word in found.headline + found.explanation
    assert found.fixes == []


@pytest.mark.parametrize("name", ["detectron2", "kaggle_secrets", "dolfinx", "utils"])
def test_what_pip_cannot_bring_is_explained(name):
    found = first(missing(f"import {name}", name))
    assert found.kind == "unknown_module"
    assert found.explanation
    assert found.fixes == []


def test_a_file_of_the_users_comes_before_what_is_known_of_its_name():
    found = first(missing("import utils", "utils"), FakeNamespace(paths={"..": ["shared/", "shared/utils.py"]}))
    assert found.kind == "module_elsewhere"
    assert "'../shared'" in found.explanation


def test_a_file_below_is_meant_rather_than_a_library_that_few_know():
    namespace = FakeNamespace(paths={".": ["src/", "src/names.py", "src/pandas.py"]})
    assert first(missing("import names", "names"), namespace).kind == "module_elsewhere"
    assert first(missing("import pandas", "pandas"), namespace).kind == "missing_module"


def test_a_folder_of_data_is_no_package():
    namespace = FakeNamespace(paths={".": ["in/", "in/names/", "in/names/list.csv"]})
    assert first(missing("import names", "names"), namespace).kind == "missing_module"


def test_a_misspelled_file_of_the_users_is_a_fact():
    found = first(missing("import helpers", "helpers"), FakeNamespace(paths={".": ["helper.py"]}))
    assert found.facts == ["The closest file beside the notebook is `helper.py`."]


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


def test_a_file_that_only_has_a_known_name_hides_nothing():
    namespace = FakeNamespace(modules={"names": ["first_names"]})
    found = first(cannot("from names import last", "last", "names", "/home/me/names.py"), namespace)
    assert found.kind == "missing_member"


def test_python_3_13_says_itself_which_file_is_in_the_way():
    made = cannot("from sched import scheduler", "scheduler", "sched")
    made.errors[0].message = (
        "cannot import name 'scheduler' from 'sched' (consider renaming '/home/me/sched.py' since it has the same name "
        "as the standard library module named 'sched' and prevents importing that standard library module)"
    )
    assert first(made).headline == "Your own file `sched.py` hides the module `sched`."


def test_a_circular_import():
    made = cannot("from one import a", "a", "one")
    made.errors[
        0
    ].message = "cannot import name 'a' from partially initialized module 'one' (most likely due to a circular import)"
    assert first(made).kind == "circular_import"
