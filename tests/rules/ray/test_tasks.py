import pytest

from nbdoctor.protocol import Cell, Look
from nbdoctor.rules import diagnose, diagnose_notebook
from nbdoctor.rules.engine import merge
from nbdoctor.rules.ray import tasks as ray

from ..support import FakeNamespace, first, report, result

TASK = '@ray.remote\ndef total(table):\n    return table["revenu"].sum()\n'
SALES = Look("DataFrame", "pandas.core.frame", shape=[3, 1], keys=["'revenue'"], index=["0", "1", "2"])


def said(task, error, *, line, function=None, file="<ipython-input-2-aa>"):
    """The message of a RayTaskError."""
    function = function or task.rpartition(".")[2]
    return f'ray::{task}() (pid=7, ip=192.0.2.1)\n  File "{file}", line {line}, in {function}\n{error}'


@pytest.fixture()
def ran(monkeypatch):
    """Give the kernel cells that it has run, by their files."""
    monkeypatch.setattr(ray, "cell_sources", lambda: iter(ran.items()))
    ran = {}
    return ran


def test_an_error_of_a_task_in_this_cell_is_diagnosed_and_edited():
    source = f"{TASK}\nray.get(total.remote(sales))"
    made = report(source, "RayTaskError(KeyError)", said("total", "KeyError: 'revenu'", line=3))
    found = first(made, FakeNamespace({"sales": SALES}))
    assert (found.kind, found.category) == ("missing_column", "python")
    assert (
        found.headline == "Inside of the task `total`: `revenu` is not a column of `table`; the closest is `revenue`."
    )
    assert result(made, found.fixes[0]) == source.replace("revenu", "revenue")


def test_a_parameter_of_the_task_is_no_variable_of_the_notebook():
    made = report(
        f"{TASK}\nray.get(total.remote(load()))", "RayTaskError(KeyError)", said("total", "KeyError: 'revenu'", line=3)
    )
    found = first(made, FakeNamespace({"table": SALES}))
    assert found.kind != "missing_column"
    assert found.fixes == []


def test_a_reference_leads_to_what_was_put():
    source = f"{TASK}\nref = ray.put(sales)\nray.get(total.remote(ref))"
    made = report(source, "RayTaskError(KeyError)", said("total", "KeyError: 'revenu'", line=3))
    assert "closest is `revenue`" in first(made, FakeNamespace({"sales": SALES})).headline


def test_a_task_of_another_cell_is_edited_there(ran):
    ran["<ipython-input-2-aa>"] = TASK
    made = report("ray.get(total.remote(sales))", "RayTaskError(KeyError)", said("total", "KeyError: 'revenu'", line=3))
    made.findings = diagnose(made, FakeNamespace({"sales": SALES}))
    assert made.findings[0].fixes == []
    assert made.findings[0].facts[-1] == 'Line 3 of the cell that defines it should read: return table["revenue"].sum()'
    for blank in ("", "\n\n"):
        notebook = [Cell(blank + TASK, "task"), Cell(made.cell.source, "here")]
        found = merge(made.findings, diagnose_notebook(made, notebook))[0]
        assert found.headline == made.findings[0].headline
        edit, run, rerun = found.fixes[0].actions
        assert (edit.cell_id, edit.new_source) == ("task", blank + TASK.replace("revenu", "revenue"))
        assert (run.cell_ids, rerun.kind, rerun.cell_ids) == (["task"], "run_cells", [])


def test_a_cell_that_does_more_than_define_is_not_run_again(ran):
    ran["<ipython-input-2-aa>"] = source = TASK + "\nray.init()\n"
    made = report("ray.get(total.remote(sales))", "RayTaskError(KeyError)", said("total", "KeyError: 'revenu'", line=3))
    made.findings = diagnose(made, FakeNamespace({"sales": SALES}))
    assert diagnose_notebook(made, [Cell(source, "task"), Cell(made.cell.source, "here")]) == []


READ_ONLY = "@ray.remote\ndef clear(values, count):\n    '''Clear.'''\n    values[:count] = 0\n"


def test_a_shared_array_is_copied():
    made = report(
        f"{READ_ONLY}\nray.get(clear.remote(data, 2))",
        "RayTaskError(ValueError)",
        said("clear", "ValueError: assignment destination is read-only", line=4),
    )
    found = first(made)
    assert found.kind == "ray_read_only"
    assert "    '''Clear.'''\n    values = values.copy()\n    values[:count] = 0\n" in result(made, found.fixes[0])


def test_a_shared_array_is_copied_in_another_cell(ran):
    ran["<ipython-input-2-aa>"] = READ_ONLY
    message = said("clear", "ValueError: assignment destination is read-only", line=4)
    made = report("ray.get(clear.remote(data, 2))", "RayTaskError(ValueError)", message)
    made.findings = diagnose(made, FakeNamespace())
    (found,) = merge(made.findings, diagnose_notebook(made, [Cell(READ_ONLY, "task"), Cell(made.cell.source, "here")]))
    assert "values = values.copy()" in found.fixes[0].actions[0].new_source


def test_a_refusal_names_its_condition():
    source = "@ray.remote\ndef check(share):\n    if share > 1:\n        raise ValueError('too much')\n\nray.get(check.remote(7))"
    found = first(report(source, "RayTaskError(ValueError)", said("check", "ValueError: too much", line=4)))
    assert found.headline == (
        "The task `check` refused what it was given, `7`: it raises `ValueError` where `share > 1`."
    )
    assert (found.kind, found.fixes) == ("ray_task_code", [])


@pytest.mark.parametrize(
    ("error", "kind", "category"),
    [
        ("Exception: no", "ray_task_raised", "infra"),
        ("shop.NoStock: none left", "ray_task_raised", "infra"),
        ("RuntimeError: no", "ray_task_code", "python"),
    ],
)
def test_what_no_rule_knows_is_placed(error, kind, category):
    found = first(report("ray.get(load.remote())", "RayTaskError", said("load", error, line=3)))
    assert (found.kind, found.category) == (kind, category)
    assert found.headline.startswith("The task `load` itself failed in line 3 with ")


def test_a_task_that_did_not_start_is_told():
    outer = (
        "ray::use() (pid=8, ip=192.0.2.1)\n  At least one of the input arguments for this task could not be computed:\n"
    )
    message = outer + "ray.exceptions.RayTaskError: " + said("load", "Exception: no", line=3)
    found = first(report("ray.get(use.remote(load.remote()))", "RayTaskError", message))
    assert "`load`" in found.headline
    assert found.facts[0] == "`use` did not start: it was to be given the result of `load`."


def test_an_actor_that_could_not_be_made():
    message = "The actor died because of an error raised in its creation task, " + said(
        "Model.__init__", "RuntimeError: no weights", line=9
    )
    found = first(report("ray.get(model.predict.remote(1))", "ActorDiedError", message))
    assert found.headline == "The task `Model.__init__` itself failed in line 9 with `RuntimeError`: no weights."


@pytest.mark.parametrize(
    ("reason", "part"),
    [
        ("The actor is dead because its owner has died.", "the actor or task that made it"),
        ("The actor is dead because it was killed by `ray.kill`.", "`ray.kill`"),
        ("The actor is dead because its worker process has died.", "in the middle of"),
        ("The actor is dead because all references to the actor were removed.", "no variable"),
    ],
)
def test_why_an_actor_is_dead(reason, part):
    message = f"The actor died unexpectedly before finishing this task.\n\tclass_name: Stock\n\tpid: 7\n{reason}"
    found = first(report("ray.get(stock.count.remote())", "ActorDiedError", message, "ray.get(stock.count.remote())"))
    assert "`Stock`" in found.headline
    assert part in found.headline


def test_a_task_that_was_ended_for_its_memory():
    message = (
        "1 worker(s) were killed due to the node running low on memory. Memory on the node (IP: 192.0.2.1, ID: aa) was "
        "10.31GB used / 23.54GB limit (0.43)\nSelected to kill: (Task: job ID=01, lease ID=02, task name=join, pid=7)"
    )
    found = first(report("ray.get(join.remote())", "OutOfMemoryError", message))
    assert found.headline == "Ray ended the task `join` because its machine had 10.31GB of 23.54GB memory in use."
