"""The state of a notebook, in a real shell: what ran, in which order, and what the rules make of it."""

from __future__ import annotations

import pytest

from nbdoctor.kernel import extension
from nbdoctor.protocol import Cell
from nbdoctor.rules.engine import diagnose_notebook, merge
from nbdoctor.text import apply_edits

TABLE = "import pandas as pd\ndf = pd.DataFrame({'a': [1, 2], 'b': [3.0, 4.0], 'when': ['2024-01-01', '2024-02-01']})"


@pytest.fixture()
def shell(lasting_shell):
    return lasting_shell


@pytest.fixture()
def book(shell, capsys, request):
    """A notebook: cells by name, run in any order; the last run is to fail."""
    shell.reset(new_session=False)
    shell.execution_count = 1
    watch = extension.loaded(shell).watch
    watch.history.clear()
    watch.failures.clear()

    class Book:
        def __init__(self, **cells):
            self.cells = cells

        def run(self, *names):
            for name in names:
                self.last, self.success = (
                    name,
                    shell.run_cell(self.cells[name], store_history=True, cell_id=name).success,
                )
            capsys.readouterr()
            return self

        def edit(self, **cells):
            self.cells.update(cells)
            return self

        def delete(self, name):
            del self.cells[name]
            return self

        def found(self):
            """The surest finding."""
            assert not self.success, "the last cell did not fail"
            report = watch.latest()
            notebook = [Cell(source, name) for name, source in self.cells.items()]
            findings = merge(report.findings, diagnose_notebook(report, notebook))
            assert report.trouble == []
            self.fixes = [fix for finding in findings for fix in finding.fixes]
            assert findings, report.errors
            return findings[0]

        def repair(self):
            """Carry out the first fix; returns whether the failing cell runs through."""
            for action in self.fixes[0].actions:
                if action.kind == "replace_cell":
                    self.cells[self.last] = apply_edits(self.cells[self.last], action.edits)
                for name in (action.cell_ids or [self.last]) if action.kind == "run_cells" else []:
                    self.success = shell.run_cell(self.cells[name], store_history=True, cell_id=name).success
            capsys.readouterr()
            return self.success

    return Book


def test_the_first_cause_of_a_chain_of_failures(book):
    found = (
        book(load="rows = [1] / 2", clean="tidy = rows + [1]", show="print(tidy)").run("load", "clean", "show").found()
    )
    assert found.kind == "cell_failed"
    assert found.headline == "`tidy` is missing because of cell [1], which failed with TypeError at `rows = [1] / 2`."
    assert "Cell [2] failed for lack of `rows`." in found.facts
    assert found.fixes == []


def test_a_cell_that_failed_for_lack_of_another_is_run_after_it(book):
    made = book(load="rows = [1]", clean="tidy = rows + [1]", show="print(tidy)").run("clean", "show")
    assert made.found().kind == "cell_not_run"
    assert [a.cell_ids for a in made.fixes[0].actions] == [["load", "clean"], []]
    assert made.repair()


def test_a_cell_that_failed_for_lack_of_what_is_there_now_is_run_again(book):
    made = book(load="rows = [1]", clean="tidy = rows + [1]", show="print(tidy)").run("clean", "load", "show")
    found = made.found()
    assert found.kind == "cell_failed"
    assert "run it again" in found.explanation
    assert [a.cell_ids for a in made.fixes[0].actions] == [["clean"], []]
    assert made.repair()


def test_who_deleted_a_name(book):
    made = book(load="rows = [1]", tidy="del rows", show="print(rows)").run("load", "tidy", "show")
    assert made.found().headline == "`rows` was deleted by cell [2]: `del rows`."
    assert made.repair()


def test_a_deletion_that_ran_twice(book):
    made = book(load="rows = [1]", tidy="print(len(rows))\ndel rows").run("load", "tidy", "tidy")
    assert made.found().kind == "ran_twice"
    assert made.repair()


def test_a_name_of_a_cell_that_was_deleted(book):
    made = book(rate="rate = 0.2\nprint(rate)", drop="del rate", show="print(rate * 3)").run("rate", "drop", "show")
    found = made.delete("rate").delete("drop").found()
    assert found.kind == "cell_deleted"
    assert found.headline == "`rate` was defined by cell [1], and that cell has been deleted: `rate = 0.2`."
    assert made.repair()
    assert made.cells["show"] == "rate = 0.2\nprint(rate * 3)"


def test_a_branch_that_was_not_taken(book):
    found = book(maybe="if 1 > 2:\n    rate = 3", show="print(rate)").run("maybe", "show").found()
    assert found.kind == "branch_not_taken"
    assert found.headline == "Cell [1] gives `rate` a value only in a branch that was not taken: `if 1 > 2:`."


@pytest.mark.parametrize(
    ("change", "use", "said", "repaired"),
    [
        ("df.rename(columns={'b': 'c'}, inplace=True)", "df.groupby('a')['b'].sum()", "renamed to `c`", "['c'].sum()"),
        ("df = df.set_index('when')", "n = df['when'].nunique()", "made the index", "df.reset_index()['when']"),
        ("df = df.groupby('when').sum()", "df['when'].tolist()", "made the index", "df.reset_index()['when']"),
        ("df = df[['a', 'when']]", "df['b'].mean()", "left out", None),
        ("df.columns = ['x', 'y', 'z']", "df['b'].mean()", "renamed", None),
    ],
)
@pytest.mark.filterwarnings("ignore:The inplace keyword")
def test_a_column_that_another_cell_above_took_away(book, change, use, said, repaired):
    made = book(load=TABLE, work=change, use=use).run("load", "work", "use")
    found = made.found()
    assert found.kind == "changed_elsewhere"
    assert f"was {said} by cell [2]" in found.headline
    assert bool(made.fixes) == bool(repaired)
    assert repaired is None or (made.repair() and repaired in made.cells["use"])


@pytest.mark.parametrize("change", ["df = df[['a', 'when']]", "df.columns = ['x', 'y', 'z']"])
def test_a_column_that_never_was_there_was_not_taken_away(book, change):
    found = book(load=TABLE, work=change, use="df['profit']").run("load", "work", "use").found()
    assert found.kind == "missing_column"


def test_a_column_that_has_another_case_now_is_named(book):
    made = book(load=TABLE, work="df.columns = ['A', 'B', 'When']", use="df[['when']]").run("load", "work", "use")
    assert made.found().kind == "missing_column"
    assert made.repair()


@pytest.mark.parametrize(
    "cell",
    [
        "df = df.drop(columns=['a'])",
        "df = df.drop('a', axis=1)",
        "df.drop(columns='a', inplace=True)",
        "del df['a']",
        "x = df.pop('a')",
        "df = df.set_index('a')",
        "df = df.rename(columns={'a': 'c'})\ndf['c'] = df['c'] * 2\nprint(df['b'])\ndf['a']",
        "df = pd.get_dummies(df, columns=['a'])",
        "mean = df['a'].mean()\ndf = df.drop(columns=['a'])",
        "df['total'] = df['a'] + df['b']\ndf = df[['total', 'b']]",
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_a_cell_that_takes_a_column_away_ran_twice(book, cell):
    made = book(load=TABLE, work=cell).run("load", "work", "work")
    found = made.found()
    assert found.kind == "ran_twice", found.headline
    assert "cell [2]" in found.headline
    assert "`a`" in found.headline
    assert made.repair() or "df['a']" in cell[-8:]


@pytest.mark.parametrize(
    ("first", "cell"),
    [
        ("text = 'a b'", "text = text.split()"),
        ("text = '[1]'", "import json\ntext = json.loads(text)"),
        ("when = '2024-01-01'", "from datetime import datetime\nwhen = datetime.strptime(when, '%Y-%m-%d')"),
        ("xs = [1, 2, 3]", "xs.remove(2)\nprint(xs)"),
        ("d = {'k': 1}", "d.pop('k')"),
        ("pair = (1, 2)", "pair, rest = pair\nprint(rest)"),
        ("price = '3 EUR'", "price = float(price.replace(' EUR', ''))"),
    ],
)
def test_a_cell_that_makes_a_value_from_itself_ran_twice(book, first, cell):
    made = book(load=first, work=cell).run("load", "work", "work")
    found = made.found()
    assert found.kind == "ran_twice", found.headline
    assert "cell [2]" in found.headline
    assert made.repair()


def test_a_column_that_a_cell_further_down_renamed(book):
    made = book(load=TABLE, use="print(df['a'].sum())", rename="df = df.rename(columns={'a': 'amount'})", end="1").run(
        "load", "rename", "use"
    )
    found = made.found()
    assert found.kind == "changed_elsewhere"
    assert found.headline == (
        "`a` of `df` was renamed to `amount` by cell [2]: `df = df.rename(columns={'a': 'amount'})`."
    )
    assert [a.cell_ids for a in made.fixes[0].actions] == [["load"], []]
    assert made.repair()


def test_a_column_that_a_cell_above_renamed_has_the_new_name(book):
    made = book(load=TABLE, rename="df = df.rename(columns={'a': 'amount'})", use="print(df['a'].sum())")
    assert made.run("load", "rename", "use").found().kind == "changed_elsewhere"
    assert made.repair()
    assert made.cells["use"] == "print(df['amount'].sum())"


def test_a_column_that_no_cell_has_added_yet(book):
    made = book(load=TABLE, add="df['c'] = df['a'] * 2", use="print(df['c'].sum())").run("load", "use")
    found = made.found()
    assert found.kind == "cell_not_run"
    assert found.headline == "`c` of `df` is added by a cell above that was not run: `df['c'] = df['a'] * 2`."
    assert made.repair()


def test_a_table_that_was_made_anew_after_a_column_was_added(book):
    made = book(load=TABLE, add="df['c'] = df['a'] * 2", use="print(df.c.sum())").run("load", "add", "load", "use")
    found = made.found()
    assert found.kind == "made_anew"
    assert found.headline == "Cell [3] made `df` anew after cell [2] had added `c`: `df['c'] = df['a'] * 2`."
    assert [a.cell_ids for a in made.fixes[0].actions] == [["add"], []]
    assert made.repair()


def test_a_variable_that_another_cell_gave_another_value(book):
    made = book(load="data = {'k': 1}", use="print(data['k'])", later="data = list(data)")
    found = made.run("load", "use", "later", "use").found()
    assert found.kind == "changed_elsewhere"
    assert found.headline == (
        "`data` is a `list` since cell [3]: `data = list(data)`; this cell ran before that, as cell [2]."
    )
    assert [a.cell_ids for a in made.fixes[0].actions] == [["load"], []]
    assert made.repair()


def test_a_variable_that_comes_from_further_down(book):
    made = book(load="data = {'k': 1}", use="print(data['k'])", later="data = ['k']").run("load", "later", "use")
    found = made.found()
    assert found.kind == "changed_elsewhere"
    assert "further down" in found.headline
    assert made.repair()


def test_a_typo_is_not_blamed_on_a_cell_further_down(book):
    made = book(load="data = [1, 2]", use="data.apend(3)", later="data = data[:1]").run("load", "later", "use")
    assert made.found().kind == "misspelled_attribute"


def test_a_plain_mistake_is_not_blamed_on_the_state(book):
    found = book(load=TABLE, use="df['aa']").run("load", "use").found()
    assert found.kind == "missing_column"
    assert book(x="n = 1", y="n + 'a'").run("x", "y").found().kind not in ("ran_twice", "changed_elsewhere")


def test_running_a_cell_again_that_counts_is_not_offered_silently(book):
    made = book(base="n = 1", count="n += 1\nrate = n\n", drop="del rate", show="print(rate)")
    found = made.run("base", "count", "drop", "show").found()
    assert "repeats a change" in made.fixes[0].title
    assert any("adds to `n`" in fact for fact in found.facts)
