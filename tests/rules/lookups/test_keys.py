import pytest

from nbdoctor.protocol import Look

from ..support import FakeNamespace, first, repaired, report

SALES = Look(
    "DataFrame", "pandas", shape=[2, 3], keys=["'revenue'", "'Unit Price'", "2024"], index=["'north'", "'south'"]
)
PRICES = Look("dict", "builtins", length=2, keys=["'apple'", "'pear'"])


def missing(source, key, at):
    return report(source, "KeyError", repr(key), at, key=repr(key))


@pytest.mark.parametrize(
    ("source", "key", "expected"),
    [
        ("sales['revenu']", "revenu", "sales['revenue']"),
        ('sales["unit_price"]', "unit_price", 'sales["Unit Price"]'),
        ("sales[['revenu']]", "revenu", "sales[['revenue']]"),
        ("sales['2024']", "2024", "sales[2024]"),
    ],
)
def test_a_column_that_is_nearly_there(source, key, expected):
    assert repaired(missing(source, key, source), FakeNamespace({"sales": SALES})) == expected


def test_the_sentence_and_the_columns():
    found = first(missing("sales['revenu']", "revenu", "sales['revenu']"), FakeNamespace({"sales": SALES}))
    assert found.headline == "`revenu` is not a column of `sales`; the closest is `revenue`."
    assert found.facts == ["Its columns: `revenue`, `Unit Price` and `2024`."]


def test_a_space_that_cannot_be_seen_is_shown():
    look = Look("DataFrame", "pandas", shape=[1, 1], keys=["' price'"])
    found = first(missing("t['price']", "price", "t['price']"), FakeNamespace({"t": look}))
    assert "the closest is `' price'`" in found.headline


def test_a_row_taken_for_a_column():
    found = first(missing("sales['north']", "north", "sales['north']"), FakeNamespace({"sales": SALES}))
    assert found.kind == "row_not_column"
    assert "`sales.loc['north']`" in found.headline


def test_a_dictionary():
    made = missing("prices['aple']", "aple", "prices['aple']")
    assert repaired(made, FakeNamespace({"prices": PRICES})) == "prices['apple']"


def test_a_key_that_nothing_is_like():
    found = first(missing("prices['melon']", "melon", "prices['melon']"), FakeNamespace({"prices": PRICES}))
    assert found.headline == "`melon` is not a key of `prices`."
    assert found.fixes == []


def test_without_a_look_only_the_key_is_known():
    found = first(missing("prices['melon']", "melon", "prices['melon']"))
    assert found.confidence < 0.6


def test_columns_that_are_not_in_the_index():
    made = report("sales[['revenu']]", "KeyError", "", "sales[['revenu']]")
    made.errors[0].details["key"] = repr("None of [Index(['revenu'], dtype='str')] are in the [columns]")
    assert repaired(made, FakeNamespace({"sales": SALES})) == "sales[['revenue']]"


REPLY = FakeNamespace(
    {
        "reply": Look("dict", "builtins", length=2, keys=["'user'", "'items'"]),
        "reply['user']": Look("dict", "builtins", keys=["'name'"]),
        "reply['items'][0]": Look("dict", "builtins", keys=["'id'"]),
        "counts": Look("dict", "builtins", length=0),
    }
)


@pytest.mark.parametrize(
    ("source", "key", "kind", "expected"),
    [
        ("reply['name']", "name", "nested_key", "reply['user']['name']"),
        ("reply['id']", "id", "nested_key", None),
        ("counts[word] += 1", "a", "key_not_yet", "counts[word] = counts.get(word, 0) + 1"),
        ("counts[word].append(1)", "a", "key_not_yet", "counts.setdefault(word, []).append(1)"),
        ("counts[word] += more", "a", "missing_key", None),
        ("'{name}'.format(nam=1)", "name", "format_field", None),
    ],
)
def test_dicts(source, key, kind, expected):
    made = missing(source, key, source)
    made.errors[0].frames[0].column = made.errors[0].frames[0].end_column = None
    assert first(made, REPLY).kind == kind
    assert repaired(made, REPLY) == expected


@pytest.mark.parametrize(
    ("source", "key"),
    [
        ("sales.sort_values('revenu')", "revenu"),
        ("sales.set_index('revenu')", "None of ['revenu'] are in the columns"),
        ("sales.groupby('Unit Price')['revenu']", "Column not found: revenu"),
        ("sales.groupby('Unit Price').agg({'revenu': 'sum'})", "Label(s) ['revenu'] do not exist"),
        ("sales.melt(id_vars=['revenu'])",
         "The following id_vars or value_vars are not present in the DataFrame: ['revenu']"),
        ("sales.drop(columns=['revenu'])", "['revenu'] not found in axis"),
        ("sales.loc[:, 'revenu']", "revenu"),
        ("sales.loc['north', 'revenu']", "revenu"),
        ("sales.dropna(subset=['revenu'])", ["revenu"]),
    ],
)  # fmt: skip
def test_the_column_is_found_however_it_is_asked_for(source, key):
    expected = source.replace("revenu", "revenue")
    assert repaired(missing(source, key, source), FakeNamespace({"sales": SALES})) == expected


@pytest.mark.parametrize(
    ("source", "error", "message", "expected"),
    [
        ("sns.lineplot(data=sales, x='revenu')", "ValueError", "Could not interpret value `revenu` for `x`.",
         "sns.lineplot(data=sales, x='revenue')"),
        ("px.line(sales, x='revenu')", "ValueError", "Value of 'x' is not the name of a column in 'data_frame'. "
         "Expected one of ['revenue'] but received: revenu", "px.line(sales, x='revenue')"),
        ("sales.query('revenu > 3')", "UndefinedVariableError", "name 'revenu' is not defined",
         "sales.query('revenue > 3')"),
    ],
)  # fmt: skip
def test_other_errors_about_columns(source, error, message, expected):
    assert repaired(report(source, error, message, source), FakeNamespace({"sales": SALES})) == expected


def test_several_columns_are_all_named():
    made = missing("sales[['revenu', 'zone']]", "['revenu', 'zone'] not in index", "sales[['revenu', 'zone']]")
    found = first(made, FakeNamespace({"sales": SALES}))
    assert found.headline == "`revenu` and `zone` are not columns of `sales`; the closest is `revenue`."
    assert found.fixes == []


@pytest.mark.parametrize(
    ("asked", "has"),
    [("year", "yield"), ("income", "outcome"), ("x1", "x2"), ("max_temp", "min_temp"), ("start", "state"),
     ("male", "female"), ("id", "idx"), ("count", "country"), ("lat", "lon"), ("2023", "2024")],
)  # fmt: skip
def test_what_is_merely_similar_gets_no_edit(asked, has):
    look = Look("DataFrame", "pandas", shape=[1, 1], keys=[repr(has)])
    assert repaired(missing(f"t['{asked}']", asked, f"t['{asked}']"), FakeNamespace({"t": look})) is None


def beyond(source, at, look, message="list index out of range"):
    return first(report(source, "IndexError", message, at), FakeNamespace(look))


def test_a_position_beyond_the_end():
    found = beyond("odds[3]", "odds[3]", {"odds": Look("list", length=3)})
    assert found.headline == "`odds` has 3 items, numbered 0 to 2; there is none at `3`."


def test_an_empty_list_that_is_assigned_to():
    found = beyond("new[0] = 1", "new[0]", {"new": Look("list", length=0)}, "list assignment index out of range")
    assert found.headline == "`new` has no items; there is none at `0`."
    assert "`append`" in found.explanation


def test_an_axis():
    found = beyond("a[5]", "a[5]", {}, "index 5 is out of bounds for axis 0 with size 3")
    assert found.headline == "Index 5 is beyond axis 0, which has 3 places, numbered 0 to 2."
