import pytest

from .broken import check


@pytest.mark.parametrize(
    ("source", "kind", "expected"),
    [
        ("3 = count", "assign_to_literal", "count = 3"),
        ("job.class = 2\nprint(job.class)", "keyword_as_name", "job.class_ = 2\nprint(job.class_)"),
        ("print(job.class)", "keyword_as_name", None),
        ("3 = 4", "assign_to_literal", "3 == 4"),
        ("net-income = 3\nprint(net-income)", "hyphen_in_name", "net_income = 3\nprint(net_income)"),
        ("net income = 3\nprint(net income)", "space_in_name", "net_income = 3\nprint(net_income)"),
        ("a = b = 1\na b = 1, 2", "missing_comma", "a = b = 1\na, b = 1, 2"),
        ("lambda = 0.5\nprint(lambda)", "keyword_as_name", "lambda_ = 0.5\nprint(lambda_)"),
        ("class = df.class", "keyword_as_name", None),
        ("f(lambda=3)", "keyword_as_name", 'f(**{"lambda": 3})'),
        ("for 'n' in xs:\n    pass", "name_as_text", "for n in xs:\n    pass"),
        ("from __future__ import divison", "future_import", "from __future__ import division"),
        ("from __future__ import *", "future_import", None),
        ("n = 3\nfrom __future__ import division", "future_import", "from __future__ import division\nn = 3"),
        ("if (var n := 3):\n    pass", "declaration", "if (n := 3):\n    pass"),
    ],
)
def test_the_kind_and_the_edit(source, kind, expected):
    check(source, kind, expected)
