import pytest

from nbdoctor.rules.notebook.items import added, made_fresh, taken


@pytest.mark.parametrize(
    ("source", "verb"),
    [
        ("df = df.drop(columns=['a'])", "dropped"),
        ("df.drop('a', axis=1, inplace=True)", "dropped"),
        ("del df['a']", "deleted"),
        ("x = df.pop('a')", "taken out"),
        ("df = df.rename(columns={'a': 'c'})", "renamed"),
        ("df.columns = ['b', 'c']", "renamed"),
        ("df = df[['b', 'c']].copy()", "left out"),
        ("df = df.dropna().set_index('a')", "made the index"),
        ("df = pd.get_dummies(df, columns=['a'])", "replaced by indicator columns"),
        ("if True:\n    df = df.drop(columns='a')", "dropped"),
    ],
)
def test_what_takes_a_column_away(source, verb):
    assert taken(source, "df", "a").verb == verb


@pytest.mark.parametrize(
    "source",
    [
        "other = df.drop(columns=['a'])",
        "df.drop(columns='a')",
        "df = df.drop(columns=['b'])",
        "df = df.rename(columns={'b': 'a'})",
        "other.pop('a')",
        "df = df.drop(columns='a')\ndf['a'] = 1",
        "def clean(df):\n    df = df.drop(columns='a')",
    ],
)
def test_what_does_not(source):
    assert taken(source, "df", "a") is None


@pytest.mark.parametrize(
    "source",
    ["df['a'] = 1", "df.a = 1", "df.loc[:, 'a'] = 1", "df = df.assign(a=1)", "df.insert(0, 'a', 1)",
     "df = df.rename(columns={'b': 'a'})", "df.columns = ['a', 'b']", "df.update({'a': 1})", "df[['a', 'b']] = 0"],
)  # fmt: skip
def test_what_adds_one(source):
    assert added(source, "df", "a") == source


def test_what_reads_one_does_not_add_it():
    assert added("print(df['a'])", "df", "a") == ""


@pytest.mark.parametrize(
    ("source", "fresh"),
    [("df = load()", True), ("df = df.dropna()", False), ("for df in frames: pass", True), ("df['a'] = 1", False)],
)
def test_what_is_made_without_what_it_was(source, fresh):
    assert made_fresh(source, "df") is fresh
