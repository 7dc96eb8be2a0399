"""What hides an error is refused, whoever proposes it; what corrects its cause passes."""

import pytest

from nbdoctor.protocol import Action, Cell, Edit, Fix
from nbdoctor.rules import guard
from nbdoctor.rules.base import fix

from .support import report

KEY = ("KeyError", "'revenu'", 'rows["revenu"]')
SUM = 'rows = load()\ntotal = rows["revenu"].sum()\nprint(total)'
NAME = ("NameError", "name 'rate' is not defined", "rate")
TAX = "tax = price * rate\nprint(tax)"
TEXT = ("ValueError", "could not convert string to float: 'n/a'", "float(text)")
READ = "number = float(text)\nprint(number)"
NONE = ("AttributeError", "'NoneType' object has no attribute 'title'", "person.title")
TITLE = "shown = person.title()\nprint(shown)"
ZERO = ("ZeroDivisionError", "division by zero", "total / count")
MEAN = "def mean(total, count):\n    return total / count\nprint(mean(3, 0))"
CHECK = ("AssertionError", "", "assert double(2) == 5")
ASSERT = "def double(n):\n    return n + n\nassert double(2) == 5"
RAISED = ("ValueError", "below zero", 'raise ValueError("below zero")')
RAISE = 'if depth < 0:\n    raise ValueError("below zero")\nprint(depth)'
MODULE = ("ModuleNotFoundError", "No module named 'tabels'", "import tabels")
IMPORT = "import tabels\nprint(tabels.version)"
FOREVER = ("StopIteration", "", "next(lines)")

DELETES = "deletes the failing line"
CATCHES = "catches the error"
SUPPRESSES = "suppresses"
CONDITION = "behind a condition"
MAKES_UP = "makes up a value"
WITHOUT = "goes on without"
SKIPS = "skips what does not fit"
ENDS = "ends the run"
WEAKENS = "weakens the check"


def judged(before, after, error, message, at=None):
    made = report(before, error, message, at)
    return guard.refusal(after, before, made.errors[0], guard.failing_lines(made.errors[0], before, "here"))


HIDING = [
    # the failing statement is gone
    (SUM, "rows = load()\nprint(total)", KEY, DELETES),
    (SUM, 'rows = load()\n# total = rows["revenu"].sum()\nprint(total)', KEY, DELETES),
    (SUM, "rows = load()\npass\nprint(total)", KEY, DELETES),
    (SUM, "rows = load()\ntotal = None\nprint(total)", KEY, DELETES),
    (SUM, "rows = load()\ntotal = 0.0\nprint(total)", KEY, DELETES),
    (SUM, "rows = load()\ntotal = list()\nprint(total)", KEY, DELETES),
    (SUM, 'rows = load()\n"""\ntotal = rows["revenu"].sum()\n"""\nprint(total)', KEY, DELETES),
    (SUM, 'rows = load()\nprint("no revenue")\nprint(total)', KEY, DELETES),
    (MEAN, "def mean(total, count):\n    return 0\nprint(mean(3, 0))", ZERO, DELETES),
    (MEAN, "def mean(total, count):\n    return\nprint(mean(3, 0))", ZERO, DELETES),
    (MEAN, "def mean(total, count):\n    return 0\n    return total / count\nprint(mean(3, 0))", ZERO, DELETES),
    (SUM, 'rows = load()\nif False:\n    total = rows["revenu"].sum()\nprint(total)', KEY, DELETES),
    (SUM, 'rows = load()\nwhile 0:\n    total = rows["revenu"].sum()\nprint(total)', KEY, DELETES),
    (SUM, 'rows = load()\nfor _ in range(0):\n    total = rows["revenu"].sum()\nprint(total)', KEY, DELETES),
    (SUM, 'rows = load()\nraise RuntimeError\ntotal = rows["revenu"].sum()\nprint(total)', KEY, DELETES),
    (SUM, "rows = load()\nrows.describe()\nprint(rows)", KEY, "no longer assigns total"),
    # it may not run, or not yet
    (SUM, 'rows = load()\nif rows.ok:\n    total = rows["revenu"].sum()\nprint(total)', KEY, CONDITION),
    (SUM, 'rows = load()\ndef later():\n    total = rows["revenu"].sum()\nprint(total)', KEY, CONDITION),
    (SUM, 'rows = load()\ntotal = rows["revenu"].sum() if rows.ok else 0\nprint(total)', KEY, CONDITION),
    (SUM, 'rows = load()\ntotal = 0 if rows.bad else rows["revenu"].sum()\nprint(total)', KEY, CONDITION),
    (SUM, 'rows = load()\ntotal = lambda: rows["revenu"].sum()\nprint(total)', KEY, CONDITION),
    (READ, "number = float(text) if text.isdigit() else None\nprint(number)", TEXT, CONDITION),
    (TITLE, "if person is not None:\n    shown = person.title()\nprint(shown)", NONE, CONDITION),
    (MEAN, "def mean(total, count):\n    if count:\n        return total / count\nprint(mean(3, 0))", ZERO, CONDITION),
    (MEAN, "def mean(total, count):\n    if not count:\n        return 0\n    return total / count\nprint(mean(3, 0))", ZERO, CONDITION),
    ("for t in texts:\n    float(t)", "for t in texts:\n    if not t:\n        continue\n    float(t)", ("ValueError", "could not convert", "float(t)"), CONDITION),
    # it is caught
    (READ, "try:\n    number = float(text)\nexcept:\n    pass\nprint(number)", TEXT, CATCHES),
    (READ, "try:\n    number = float(text)\nexcept Exception:\n    print('bad')\nprint(number)", TEXT, CATCHES),
    (READ, "try:\n    number = float(text)\nexcept BaseException as e:\n    number = guess(e)\nprint(number)", TEXT, CATCHES),
    (READ, "try:\n    number = float(text)\nexcept ValueError:\n    pass\nprint(number)", TEXT, CATCHES),
    (READ, "try:\n    number = float(text)\nexcept ValueError:\n    number = 0\nprint(number)", TEXT, CATCHES),
    (READ, "try:\n    number = float(text)\nexcept ValueError as e:\n    logging.error(e)\nprint(number)", TEXT, CATCHES),
    (READ, "try:\n    number = float(text)\nexcept ValueError as e:\n    seen.append(str(e))\nprint(number)", TEXT, CATCHES),
    (READ, "try:\n    number = float(text)\nexcept (ValueError, Exception):\n    number = other()\nprint(number)", TEXT, CATCHES),
    (READ, "try:\n    number = float(text)\nexcept ValueError:\n    traceback.print_exc()\nprint(number)", TEXT, CATCHES),
    ("for t in texts:\n    float(t)", "for t in texts:\n    try:\n        float(t)\n    except ValueError:\n        continue",
     ("ValueError", "could not convert string to float: 'x'", "float(t)"), CATCHES),
    ("try:\n    run(x)\nexcept KeyError:\n    again(x)", "try:\n    run(x)\nexcept (KeyError, TypeError):\n    pass",
     ("TypeError", "unsupported", "run(x)"), CATCHES),
    (READ, "from contextlib import suppress\nwith suppress(ValueError):\n    number = float(text)\nprint(number)", TEXT, SUPPRESSES),
    (READ, "import contextlib\nwith contextlib.suppress(Exception):\n    number = float(text)\nprint(number)", TEXT, SUPPRESSES),
    (READ, "from contextlib import suppress as quiet\nwith quiet(ValueError):\n    number = float(text)\nprint(number)", TEXT, SUPPRESSES),
    (READ, "with pytest.raises(ValueError):\n    number = float(text)\nprint(number)", TEXT, SUPPRESSES),
    (READ, "import sys\nsys.excepthook = quiet\nnumber = float(text)\nprint(number)", TEXT, SUPPRESSES),
    # what does not fit is skipped
    ("n = pd.to_numeric(col)", 'n = pd.to_numeric(col, errors="coerce")', ("ValueError", "Unable to parse string"), SKIPS),
    ("n = col.astype(float)", 'n = col.astype(float, errors="ignore")', ("ValueError", "could not convert"), SKIPS),
    ("t = pd.read_csv(path)", 't = pd.read_csv(path, on_bad_lines="skip")', ("ParserError", "Expected 3 fields"), SKIPS),
    ("t = pd.read_csv(path)", 't = pd.read_csv(path, encoding_errors="ignore")', ("UnicodeDecodeError", "invalid"), SKIPS),
    ("s = data.decode('ascii')", "s = data.decode('ascii', 'ignore')", ("UnicodeDecodeError", "ordinal not in range"), SKIPS),
    ("s = open(p).read()", "s = open(p, errors='replace').read()", ("UnicodeDecodeError", "invalid byte"), SKIPS),
    ("r = get(url)", "r = get(url, verify=False)", ("SSLError", "certificate verify failed"), SKIPS),
    ("run(command, check=True)", "run(command, check=False)", ("CalledProcessError", "returned 1"), SKIPS),
    ("warn(x)", "import warnings\nwarnings.simplefilter('ignore')\nwarn(x)", ("UserWarning", "old"), SKIPS),
    ("line = next(lines)", "line = next(lines, None)", FOREVER, SKIPS),
    ("pairs = zip(a, b, strict=True)\nlist(pairs)", "pairs = zip(a, b)\nlist(pairs)", ("ValueError", "shorter", "pairs = zip"), WEAKENS),
    ("m = a.merge(b, validate='1:1')", "m = a.merge(b)", ("MergeError", "not unique"), WEAKENS),
    # the run ends before
    (READ, "import sys\nif not text:\n    sys.exit()\nnumber = float(text)\nprint(number)", TEXT, ENDS),
    (READ, "raise SystemExit\nnumber = float(text)\nprint(number)", TEXT, ENDS),
    # what is missing is made up
    *[(TAX, f"rate = {value}\n{TAX}", NAME, MAKES_UP)
      for value in ("None", "0", "[]", "{}", "''", "...", "float('nan')", "np.nan", "np.zeros(3)", "[0] * 9", "pd.Series()",
                    "Decimal('0.1')", "Mock()", "lambda x: None", "np.random.rand(9)")],
    (TAX, f"rate: float = 0.2\n{TAX}", NAME, MAKES_UP),
    (TAX, f"rate, kind = 0.2, 'full'\n{TAX}", NAME, MAKES_UP),
    (TAX, "tax = price * (rate := 1)\nprint(tax)", NAME, MAKES_UP),
    (TAX, f"globals()['rate'] = 1\n{TAX}", NAME, MAKES_UP),
    (TAX, f"globals().setdefault('rate', 1)\n{TAX}", NAME, MAKES_UP),
    (TAX, f"globals().update(rate=1)\n{TAX}", NAME, MAKES_UP),
    (TAX, f"def rate(x):\n    return 0\n{TAX}", NAME, MAKES_UP),
    (TAX, f"class rate:\n    pass\n{TAX}", NAME, MAKES_UP),
    (TAX, "tax = price * 1\nprint(tax)", NAME, MAKES_UP),
    ("def tax(price):\n    return price * rate\ntax(3)", "def tax(price, rate=0.2):\n    return price * rate\ntax(3)", NAME, MAKES_UP),
    (TAX, f"if 'rate' not in globals():\n    rate = load()\n{TAX}", NAME, WITHOUT),
    (SUM, f'rows["revenu"] = 0\n{SUM}', KEY, MAKES_UP),
    (SUM, SUM.replace("load()", "load().assign(revenu=0)"), KEY, MAKES_UP),
    (SUM, SUM.replace("load()", 'load()\nrows.setdefault("revenu", None)'), KEY, MAKES_UP),
    (SUM, SUM.replace("load()", 'load()\nrows.insert(0, "revenu", 0)'), KEY, MAKES_UP),
    (SUM, SUM.replace("load()", '{**load(), "revenu": None}'), KEY, MAKES_UP),
    (SUM, SUM.replace('["revenu"]', '.get("revenu", 0)'), KEY, WITHOUT),
    (SUM, SUM.replace('["revenu"]', '.get("revenu")'), KEY, WITHOUT),
    (SUM, SUM.replace("load()", 'load().reindex(columns=["revenu"])'), KEY, WITHOUT),
    ("cost = prices[item]", "cost = prices.get(item)", ("KeyError", "'pear'"), MAKES_UP),
    ("cost = prices[item]", "cost = prices.get(item, 0)", ("KeyError", "'pear'"), MAKES_UP),
    ("n = shop.total", 'n = getattr(shop, "total", None)', ("AttributeError", "'Shop' object has no attribute 'total'"), WITHOUT),
    ("n = shop.total", 'shop.total = 0\nn = shop.total', ("AttributeError", "'Shop' object has no attribute 'total'"), MAKES_UP),
    ("n = shop.total", 'if hasattr(shop, "total"):\n    n = shop.total', ("AttributeError", "'Shop' object has no attribute 'total'"), WITHOUT),
    (IMPORT, "try:\n    import tabels\nexcept ImportError:\n    tabels = None\nprint(tabels.version)", MODULE, CATCHES),
    (IMPORT, "class tabels:\n    version = 1\nprint(tabels.version)", MODULE, MAKES_UP),
    (IMPORT, "import sys, types\nsys.modules['tabels'] = types.ModuleType('tabels')\n" + IMPORT, MODULE, MAKES_UP),
    (IMPORT, "print(tabels.version)", MODULE, DELETES),
    # the check is gone
    (ASSERT, ASSERT.replace("assert double(2) == 5", "assert True"), CHECK, WEAKENS),
    (ASSERT, ASSERT.replace("== 5", "== 4"), CHECK, WEAKENS),
    (ASSERT, ASSERT.replace("== 5", "!= 5"), CHECK, WEAKENS),
    (ASSERT, ASSERT.replace("== 5", "== 5 or True"), CHECK, WEAKENS),
    (ASSERT, "def double(n):\n    return n + n\ndouble(2)", CHECK, WEAKENS),
    (RAISE, RAISE.replace('raise ValueError("below zero")', "pass"), RAISED, WEAKENS),
    (RAISE, RAISE.replace('raise ValueError("below zero")', "depth = 0"), RAISED, WEAKENS),
    (RAISE, "print(depth)", RAISED, WEAKENS),
    # a cell that does not parse
    ("for v in values\n    print(v)\nprint('end')", "print('end')", ("SyntaxError", "expected ':'", "for v"), DELETES),
    ("total = (1 + 2\nprint(total)", "# total = (1 + 2\nprint(total)", ("SyntaxError", "'(' was never closed", "total"), DELETES),
    ("total = (1 + 2\nprint(total)", "'''\ntotal = (1 + 2\n'''\nprint(total)", ("SyntaxError", "'(' was never closed", "total"), DELETES),
    ("x = 1 +\nprint(x)", "try:\n    x = 1 + 1\nexcept:\n    pass\nprint(x)", ("SyntaxError", "invalid syntax", "x = 1"), CATCHES),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after", "error", "says"), HIDING)
def test_what_hides_is_refused(before, after, error, says):
    assert says in judged(before, after, *error)


NO_NUMPY = ("AttributeError", "`np.NZERO` was removed in the NumPy 2.0 release. Use `-0.0` instead.")
WORDS = "counts = {}\nfor word in words:\n    counts[word] += 1"

GOOD = [
    ("def f(xs):\n    if xs is None:\n        return 0\n    return xs[0]\nf([])", "def f(xs):\n    if not xs:\n        return 0\n    return xs[0]\nf([])", ("IndexError", "list index out of range", "return xs[0]")),
    ("def f(n):\n    return n * f(n - 1)\nf(3)", "def f(n):\n    if n < 2:\n        return 1\n    return n * f(n - 1)\nf(3)", ("RecursionError", "maximum recursion depth exceeded", "n * f(n - 1)")),
    ("def f(n):\n    return g(n)\ndef g(n):\n    return 1 / n\nf(0)", "def f(n):\n    if n == 0:\n        return 1\n    return g(n)\ndef g(n):\n    return 2 / (n + 1)\nf(0)", ("ZeroDivisionError", "division by zero", "1 / n")),
    (SUM, SUM.replace("revenu", "revenue"), KEY),
    (SUM, SUM.replace('["revenu"]', "[column]"), KEY),
    (SUM, 'rows = load().rename(columns=str.strip)\ntotal = rows["revenu"].sum()\nprint(total)', KEY),
    (SUM, 'rows = load()\ntry:\n    total = rows["revenue"].sum()\nexcept KeyError:\n    total = rows["sales"].sum()\nprint(total)', KEY),
    (SUM, 'rows = load()\nif rows.net:\n    total = rows["net"].sum()\nelse:\n    total = rows["gross"].sum()\nprint(total)', KEY),
    (SUM, f"import numpy as np\n{SUM}".replace("revenu", "revenue"), KEY),
    (READ, "number = float(text.replace(',', '.'))\nprint(number)", TEXT),
    (READ, "number = parse(text)\nprint(number)", TEXT),
    (READ, "text = text.strip()\nnumber = float(text)\nprint(number)", TEXT),
    (TITLE, "person = load('person')\nshown = person.title()\nprint(shown)", NONE),
    (MEAN, MEAN.replace("mean(3, 0)", "mean(3, 1)"), ZERO),
    (MEAN, MEAN.replace("/ count", "/ max(count, 1)"), ZERO),
    (TAX, f"from shop import rate\n{TAX}", NAME),
    (TAX, f"rate = load_rate()\n{TAX}", NAME),
    (TAX, f"rate = price / total\n{TAX}", NAME),
    (TAX, f"rates = [1, 2]\nrate = rates[0]\n{TAX}", NAME),
    (TAX, TAX.replace("rate", "rates"), NAME),
    (TAX, 'tax = price * "rate"\nprint(tax)', NAME),
    (TAX, f"def rate(x):\n    return x * share\n{TAX}", NAME),
    ("for x in xs:\n    total += x", "total = 0\nfor x in xs:\n    total += x", ("NameError", "name 'total' is not defined", "total += x")),
    ("for x in xs:\n    seen.append(x)", "seen = []\nfor x in xs:\n    seen.append(x)", ("NameError", "name 'seen' is not defined", "seen.append")),
    ("def f(xs):\n    for x in xs:\n        n = n + x\n    return n\nf([1])", "def f(xs):\n    n = 0\n    for x in xs:\n        n = n + x\n    return n\nf([1])",
     ("UnboundLocalError", "cannot access local variable 'n'", "n + x")),
    (WORDS, WORDS.replace("counts[word] += 1", "counts[word] = counts.get(word, 0) + 1"), ("KeyError", "'a'", "counts[word]")),
    (WORDS, WORDS.replace("{}", "defaultdict(int)"), ("KeyError", "'a'", "counts[word]")),
    ("x = true", "x = True", ("NameError", "name 'true' is not defined")),
    ("print(hello)", "print('hello')", ("NameError", "name 'hello' is not defined")),
    ("prnt('a')", "print('a')", ("NameError", "name 'prnt' is not defined")),
    ("np.NZERO", "-0.0", NO_NUMPY),
    ("x = np.NAN", "x = np.nan", ("AttributeError", "module 'numpy' has no attribute 'NAN'")),
    ("x = np.float(3)", "x = float(3)", ("AttributeError", "module 'numpy' has no attribute 'float'")),
    ("stack.push(i)", "stack.append(i)", ("AttributeError", "'list' object has no attribute 'push'")),
    ("grid + row", "grid + row[:, np.newaxis]", ("ValueError", "operands could not be broadcast together")),
    ("names = names.sort()\nnames[0]", "names.sort()\nnames[0]", ("TypeError", "'NoneType' object is not subscriptable", "names[0]")),
    ("i = 0\nwhile xs[i] < 3:\n    i += 1", "i = 0\nwhile i < len(xs) and xs[i] < 3:\n    i += 1", ("IndexError", "list index out of range", "xs[i]")),
    ("[s.upper() for s in texts]", "[s.upper() if s is not None else None for s in texts]", ("AttributeError", "'NoneType' object has no attribute 'upper'")),
    (IMPORT, "import tables as tabels\nprint(tabels.version)", MODULE),
    (IMPORT, "import tables\nprint(tables.version)", MODULE),
    ("from collections import Mapping\nMapping", "from collections.abc import Mapping\nMapping", ("ImportError", "cannot import name 'Mapping'", "from")),
    ("try:\n    import fast as f\nfinally:\n    pass", "try:\n    import fast as f\nexcept ImportError:\n    import slow as f\nfinally:\n    pass", ("ModuleNotFoundError", "No module named 'fast'", "import fast as f")),
    (ASSERT, ASSERT.replace("return n + n", "return n + n + 1"), CHECK),
    ("assert a + b == 0.3", "assert abs(a + b - 0.3) < 1e-9", ("AssertionError", "")),
    ("assert a + b == 0.3", "assert math.isclose(a + b, 0.3)", ("AssertionError", "")),
    ("def area(r):\n    raise NotImplementedError\narea(1)", "def area(r):\n    return 3.14 * r * r\narea(1)", ("NotImplementedError", "", "raise")),
    (RAISE, f"depth = abs(depth)\n{RAISE}", RAISED),
    ("k = KMeans(3, n_jobs=2)", "k = KMeans(3)", ("TypeError", "KMeans.__init__() got an unexpected keyword argument 'n_jobs'")),
    ("zip(a, b, strict=True)", "zip(a, b)", ("TypeError", "zip() got an unexpected keyword argument 'strict'")),
    ("try:\n    go()\nexcept Exception as e:\n    prnt(e)", "try:\n    go()\nexcept Exception as e:\n    print(e)", ("NameError", "name 'prnt' is not defined", "prnt(e)")),
    ("warnings.filterwarnings('ignore')\nx = rat", "warnings.filterwarnings('ignore')\nx = rate", ("NameError", "name 'rat' is not defined")),
    ("t = to_numeric(a, errors='coerce')\nu = rat", "t = to_numeric(a, errors='coerce')\nu = rate", ("NameError", "name 'rat' is not defined")),
    ("t = pd.read_csv(p)", "t = pd.read_csv(p, encoding='latin-1')", ("UnicodeDecodeError", "invalid continuation byte")),
    ("os.mkdir(folder)", "os.makedirs(folder, exist_ok=True)", ("FileExistsError", "File exists")),
    ("%matplotlib inline\nx = rat", "%matplotlib inline\nx = rate", ("NameError", "name 'rat' is not defined")),
    ("df.ix['a', 'b'] = 5", "df.loc['a', 'b'] = 5", ("AttributeError", "'DataFrame' object has no attribute 'ix'")),
    ("def f():\n    global n\n    n: int = 1", "def f():\n    global n\n    n = 1", ("SyntaxError", "annotated name 'n' can't be global", "n: int")),
    ("points = [(1, 2)(3, 4)]", "points = [(1, 2), (3, 4)]", ("TypeError", "'tuple' object is not callable")),
    # cells that do not parse
    ("t = 'a'\\\n    'b'\n    'c'", "t = 'a'\\\n    'b'\\\n    'c'", ("IndentationError", "unexpected indent", "'c'")),
    ("for v in values\n    print(v)", "for v in values:\n    print(v)", ("SyntaxError", "expected ':'", "for v")),
    ("def f():\nreturn 1", "def f():\n    return 1", ("IndentationError", "expected an indented block", "return")),
    ("if x:\n    a()\n  else:\n    b()", "if x:\n    a()\nelse:\n    b()", ("IndentationError", "unindent does not match", "else")),
    ("print 'a'", "print('a')", ("SyntaxError", "Missing parentheses")),
    ("x = [1, 2\n]]\nprint(x)", "x = [1, 2\n]\nprint(x)", ("SyntaxError", "unmatched ']'", "]]")),
    ("try:\n    go()\nexcept KeyError, e:\n    pass", "try:\n    go()\nexcept KeyError as e:\n    pass", ("SyntaxError", "multiple exception types", "except")),
    ("x = 1\nreturn x", "def f():\n    x = 1\n    return x", ("SyntaxError", "'return' outside function", "return")),
    ("class = 3\nprint(class)", "class_ = 3\nprint(class_)", ("SyntaxError", "invalid syntax", "class")),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after", "error"), GOOD)
def test_what_corrects_passes(before, after, error):
    assert judged(before, after, *error) == ""


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("", "empty"),
        ("x = ", "not valid Python"),
        ("return 1", "not valid Python"),
        ("%%bash\nls", "not valid Python"),
        (SUM + "  # as it was", "unchanged"),
    ],
)
def test_a_fix_is_python_and_changes_something(code, says):
    assert says in judged(SUM, code, *KEY)


def test_a_cell_of_another_language_is_not_judged():
    assert guard.refusal("%%bash\nls -l", "%%bash\nls -k") == ""
    assert guard.refusal("%%bash\nls", "%%bash\nls") == guard.UNCHANGED


def test_white_space_is_a_change_where_it_was_the_mistake():
    assert not guard.is_unchanged("def f():\n    return 1", "def f():\nreturn 1")
    assert guard.is_unchanged("x = 1  # one", "x  =  1")
    assert guard.is_unchanged("x = (", "x  = (")


def test_where_the_line_is_not_known_nothing_may_go():
    assert "deletes" in guard.refusal("a = load()\nshow(a)", "a = load()\nb = a.mean()\nshow(a)")
    assert guard.refusal("a = load()\nb = a.median()\nshow(a)", "a = load()\nb = a.mean()\nshow(a)") == ""


def test_every_line_that_the_error_came_through_has_to_stay():
    made = report(MEAN, *ZERO)
    made.errors[0].frames.insert(0, report(MEAN, "", "", "print(mean(3, 0))").errors[0].frames[0])
    lines = guard.failing_lines(made.errors[0], MEAN, "here")
    assert lines == [3, 2]
    assert "deletes" in guard.refusal("def mean(total, count):\n    return total / count", MEAN, made.errors[0], lines)


def test_lines_are_found_after_blank_lines_and_without_the_cells_id():
    source = "\n\nx = 1\ny = rat"
    error = report(source, "NameError", "name 'rat' is not defined", "y = rat").errors[0]
    error.frames[0].line = 2  # IPython counts from the first line that is not blank
    assert guard.failing_lines(error, source, "here") == [4]
    assert guard.failing_lines(error, source) == [4]
    assert guard.failing_lines(error, source, "elsewhere") == []
    assert guard.failing_lines(None, source) == []


# ------------------------------------------------------------------ whole fixes and exceptions


NOTEBOOK = [
    Cell("import numpy as np", "first"),
    Cell("from tabels import read\nx = 1", "here"),
    Cell("print(x)", "last"),
]
UNUSED = ("ModuleNotFoundError", "No module named 'tabels'", "from tabels import read")


def of_cell(text, title="Change it", cell=None, **more):
    return fix(title, Action("replace_cell", cell, new_source=text, **more))


def objection(proposed, notebook=NOTEBOOK, source=NOTEBOOK[1].source, error=UNUSED):
    return guard.objection(proposed, report(source, *error), notebook)


def test_a_name_that_nothing_uses_may_be_removed_by_a_rule_that_says_so():
    assert objection(of_cell("x = 1", "Remove the import of `read`")) == ""
    assert DELETES in objection(of_cell("x = 1", "Import it from elsewhere"))


@pytest.mark.parametrize(
    "notebook",
    [
        [*NOTEBOOK, Cell("table = read('a')", "more")],
        [*NOTEBOOK, Cell("%time read('a')", None)],
        [],  # what is not known may use it
    ],
)
def test_a_name_that_something_may_use_stays(notebook):
    assert DELETES in objection(of_cell("x = 1", "Remove the import of `read`"), notebook)


def test_a_call_binds_no_name_and_stays():
    proposed = of_cell("x = 1", "Remove the call")
    error = ("AttributeError", "module 'plt' has no attribute 'hold'", "plt.hold")
    assert DELETES in objection(proposed, [Cell("plt.hold(True)\nx = 1", "here")], "plt.hold(True)\nx = 1", error)
    assert objection(guard.granted(proposed, "removes"), [], "plt.hold(True)\nx = 1", error) == ""


def test_a_row_allows_what_it_names_and_nothing_else():
    source, error = "n = to_numeric(col)", ("ValueError", "Unable to parse string")
    skipping = of_cell("n = to_numeric(col, errors='coerce')")
    assert SKIPS in objection(skipping, [], source, error)
    assert SKIPS in objection(guard.granted(skipping, "removes", "makes_up"), [], source, error)
    assert objection(guard.granted(skipping, "silences"), [], source, error) == ""


def test_a_model_is_allowed_nothing():
    removing = of_cell("x = 1", "Remove the import of `read`")
    removing.origin = "model"
    assert DELETES in objection(removing)
    assert DELETES in objection(guard.granted(removing, "removes"))


def test_a_fix_changes_the_cell_that_it_names_and_no_other():
    other = of_cell("import numpy", cell="first")
    assert objection(other) == ""
    assert "another cell" in objection(other, [])
    assert "another cell" in objection(of_cell("x = 2", cell="nowhere"))
    assert objection(of_cell("import numpy as np", cell="first")) == guard.UNCHANGED
    other.origin = "model"
    assert "another cell" in objection(other)
    assert objection(of_cell("from tables import read\nx = 1", cell="here")) == ""


def test_a_cell_that_is_put_before_may_not_hide_either():
    source, error = TAX, NAME
    assert (
        objection(fix("Import it", Action("insert_cell", new_source="from shop import rate")), [], source, error) == ""
    )
    assert MAKES_UP in objection(fix("Set it", Action("insert_cell", new_source="rate = 0")), [], source, error)
    assert "valid" in objection(fix("Set it", Action("insert_cell", new_source="rate =")), [], source, error)


def test_the_whole_fix_counts():
    good, bad = Action("replace_cell", edits=[Edit(5, 11, "tables")]), Action("replace_cell", edits=[Edit(5, 99, "")])
    assert objection(Fix("", "", [Action("install", requirement="tables"), good])) == ""
    assert "do not fit" in objection(Fix("", "", [good, bad]))
    assert objection(Fix("", "", [])) == "it does nothing"
    assert objection(Fix("", "", [Action("restart_kernel")])) == ""


def test_a_long_cell_is_judged_fast():
    lines = [f"value_{i} = frame['column_{i}'].rolling({i}).mean()" for i in range(3000)]
    before = "\n".join([*lines, "total = rat * 2"])
    assert judged(before, before.replace("rat *", "rate *"), "NameError", "name 'rat' is not defined") == ""
