import pytest

from nbdoctor.rules.reading.words import a_kind, in_words, sentence


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("str", "text"),
        ("int", "an int"),
        ("NoneType", "None"),
        ("datetime.datetime", "a datetime"),
        ("numpy.int64", "a NumPy int64"),
    ],
)
def test_types(kind, words):
    assert a_kind(kind) == words


def test_sentences():
    assert in_words("A str and a int meet a DataFrame.") == "Text and an int meet a DataFrame."
    assert in_words("It is a type.") == "It is a type."
    assert sentence("`a` is") == "`a` is"
