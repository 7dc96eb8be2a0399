import pytest

from ..support import FakeNamespace, first, installs, report


def test_a_mere_folder_of_a_librarys_name_is_no_library():
    message = "cannot import name 'layers' from 'keras' (unknown location)"
    found = first(report("from keras import layers", "ImportError", message))
    assert found.kind == "missing_module"
    assert installs(found.fixes[0]) == ["keras"]
    assert any("mere folder" in fact for fact in found.facts)


def test_a_library_that_is_installed_is_not_taken_for_a_folder():
    message = "cannot import name 'layers' from 'keras' (unknown location)"
    found = first(report("from keras import layers", "ImportError", message), FakeNamespace(versions={"keras": "3.0"}))
    assert found.kind == "missing_member"


def not_a_package(name, parent):
    return report(f"import {name}", "ModuleNotFoundError", f"No module named '{name}'; '{parent}' is not a package")


def test_a_file_that_hides_a_whole_library():
    made = not_a_package("matplotlib.pyplot", "matplotlib")
    found = first(made, FakeNamespace(modules={"matplotlib": []}, paths={".": ["matplotlib.py"]}))
    assert found.kind == "shadowed_module"
    assert found.headline == "Your own file `matplotlib.py` hides the library `matplotlib`."


@pytest.mark.parametrize(("contents", "kind"), [(["sqrt"], "misspelled_module"), (["sin"], "missing_submodule")])
def test_what_is_inside_of_a_module_is_no_module(contents, kind):
    assert first(not_a_package("math.sqrt", "math"), FakeNamespace(modules={"math": contents})).kind == kind
