import pytest

from nbdoctor.rules.reading.effects import rerun

EXISTING = ["df", "xs", "n", "m", "it", "table", "cursor", "seen", "np", "pd", "mask"]
FAIL = "\nboom()"


@pytest.mark.parametrize(
    "source",
    [
        "df['price'] *= 2",
        "n += 1",
        "n = n + 1",
        "n, m = m, n",
        "df = df.drop(columns='a')",
        "twice = df * 2\ndf = twice",
        "df['share'] = df['share'] / 100",
        "df['all'] = df.sum(axis=1)",
        "df.loc[mask, 'a'] = df['a'] + 1",
        "xs.append(1)",
        "alias = xs\nalias.append(1)",
        "for row in xs:\n    row.append(1)",
        "df.drop(columns='a', inplace=True)",
        "df.sort_values('a', inplace=True)",
        "first = xs.pop()",
        "value = next(it)",
        "del n",
        "del df['a']",
        "df.to_csv('out.csv')",
        "with open('out.txt', 'w') as f:\n    f.write('x')",
        "import pathlib\npathlib.Path('a').write_text('x')",
        "import numpy\nnumpy.save('a.npy', [1])",
        "import requests\nrequests.post('http://localhost')",
        "cursor.execute('insert')",
        "import os\nos.remove('a')",
        "import random\nrandom.shuffle(xs)",
        "!rm -r data",
        "!echo hello > file",
        "out = !make",
        "%pip install pandas",
        "%cd data",
        "def grow(a):\n    a.append(1)\ngrow(xs)",
        "def grow():\n    global n\n    n += 1\ngrow()",
        "if True:\n    xs.extend([1])",
        "for i in range(3):\n    n += i",
    ],
)
def test_what_changes_what_was_there_is_not_run_twice(source):
    found = rerun(source + FAIL, source.count("\n") + 2, EXISTING)
    assert not found.safe
    assert len(found.reasons) >= 1
    assert all(reason.startswith("Line ") and reason.endswith(".") for reason in found.reasons)
    assert found.resume_line == source.count("\n") + 2


@pytest.mark.parametrize(
    "source",
    [
        "a = 1",
        "n = 5",
        "new = []\nnew.append(1)",
        "new = [1]\nnew.sort()\nnew += [2]",
        "count = 0\ncount += 1\ncount = count * 2",
        "df['total'] = df['a'] * df['b']",
        "df.loc[mask, 'a'] = 0",
        "df['a'] = 0",
        "copy = df.copy()\ncopy['a'] += 1\ncopy.drop(columns='b', inplace=True)",
        "print(xs)\nlen(df)",
        "df.head()\ndf.sort_values('a')",
        "np.append(xs, 1)",
        "import numpy as np\nnp.sort(xs)",
        "with open('in.txt') as f:\n    text = f.read()",
        "!ls -l",
        "files = !ls",
        "%pip list",
        "%matplotlib inline",
        "def f(a):\n    a.append(1)",
        "names = [x for x in xs]\nnames.reverse()",
        "import os\nos.makedirs('a', exist_ok=True)",
        "text = 'a'.replace('a', 'b')",
    ],
)
def test_what_can_be_repeated_is_safe(source):
    found = rerun(source + FAIL, source.count("\n") + 2, EXISTING)
    assert found.safe, found.reasons
    assert found.reasons == []


def test_the_sentence_names_the_line_and_the_thing():
    found = rerun("a = 1\ndf['price'] *= 2\nboom()", 3, ["df"])
    assert found.reasons == ["Line 2 multiplies `df['price']` in place; running the cell again would do it twice."]
    assert found.changed == ["df"]
    assert found.resume_line == 3


def test_nothing_ran_where_no_line_failed():
    assert rerun("xs.append(1)", None, ["xs"]).safe
    assert rerun("xs.append(1\n", 1, ["xs"]).safe


def test_statements_after_the_failing_one_do_not_count():
    assert rerun("boom()\nxs.append(1)", 1, ["xs"]).safe


def test_in_a_loop_earlier_rounds_have_run_the_whole_body():
    found = rerun("for x in xs:\n    boom(x)\n    n += 1", 2, ["xs", "n"])
    assert not found.safe
    assert found.resume_line is None


def test_in_a_condition_only_what_stands_before_has_run():
    found = rerun("if n:\n    boom()\n    n += 1", 2, ["n"])
    assert found.safe
    assert not rerun("if n:\n    n += 1\n    boom()", 3, ["n"]).safe


def test_the_failing_statement_itself_may_have_half_run():
    found = rerun("print(xs.pop(), boom())", 1, ["xs"])
    assert not found.safe
    assert found.resume_line is None
    assert rerun("xs.append(boom())", 1, ["xs"]).safe


def test_an_exception_handler_runs_after_its_block():
    assert not rerun("try:\n    xs.append(1)\nexcept E:\n    boom()", 4, ["xs"]).safe


def test_of_a_timed_cell_everything_may_have_run():
    found = rerun("%%time\nxs.append(1)\nboom()", 1, ["xs"])
    assert not found.safe
    assert found.resume_line is None


def test_a_cell_of_another_language_is_not_run_twice():
    assert not rerun("%%bash\nmake", 1, []).safe


def test_two_statements_on_one_line_cannot_be_resumed():
    assert rerun("xs.append(1); boom()", 1, ["xs"]).resume_line is None
