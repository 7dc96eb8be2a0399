import pytest

from nbdoctor.rules.imports.versions import Requirement, differ, normal, release, requirement, satisfies, violated


@pytest.mark.parametrize(
    ("version", "specifier", "allowed"),
    [
        ("1.26.4", "<2", True),
        ("2.0.0", "<2", False),
        ("2.0", "==2.0.0", True),
        ("2.10", ">=2.9", True),
        ("1.4.2", "~=1.4", True),
        ("1.5", "~=1.4.2", False),
        ("1.4.9", "==1.4.*", True),
        ("1.5.0", "==1.4.*", False),
        ("1.5.0", "!=1.5", False),
        ("0.15.0", ">=0.11.1,!=0.11.3,<0.14", False),
        ("0.13.2", ">=0.11.1,!=0.11.3,<0.14", True),
        ("3.0", "", True),
    ],
)
def test_a_specifier_allows_what_it_says(version, specifier, allowed):
    assert satisfies(version, specifier) is allowed


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("numpy>=1.23.5", Requirement("numpy", ">=1.23.5")),
        ("openpyxl >=3.1.2 ; extra == 'excel'", Requirement("openpyxl", ">=3.1.2", "excel", always=False)),
        ("tzdata>=2022.7; sys_platform == 'win32'", Requirement("tzdata", ">=2022.7", "", always=False)),
        ("uvicorn[standard] (>=0.12,<1)", Requirement("uvicorn", ">=0.12,<1")),
        ("Jinja2", Requirement("jinja2")),
        ("ruamel.yaml~=0.17", Requirement("ruamel-yaml", "~=0.17")),
    ],
)
def test_a_line_of_metadata_is_read(text, read):
    assert requirement(text) == read


def test_an_address_is_no_requirement_that_is_understood():
    assert requirement("helper @ file:///srv/helper") is None


def test_trailing_zeros_and_signs_do_not_count():
    assert release("2.0.0rc1") == (2,)
    assert release("v1.10") == (1, 10)
    assert release("2.3.1+cu121") == (2, 3, 1)
    assert not differ("2.0", "2.0.0")
    assert not differ("unknown", "2.0.0")
    assert differ("2.1", "2.0.0")


def test_names_are_compared_as_the_index_does():
    assert normal("Ruamel.YAML_clib") == "ruamel-yaml-clib"


def test_the_clause_that_is_not_met_is_named():
    assert violated("0.15.0", ">=0.11.1,<0.14") == "<0.14"
    assert violated("0.13.0", ">=0.11.1,<0.14") == ""
