"""Files of cases: read, chosen from, compared with what came."""

from __future__ import annotations

import json

import pytest

from nbdoctor.evals.cases import CaseError, chosen, fingerprint, load, normalised

from .helpers import OWN, case

LINE = {"id": "one", "bad_cell": "a", "error_type": "NameError", "error_message": "no", "unknown_key": 1}


def _file(tmp_path, *lines, name="some.jsonl"):
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))
    return path


def test_a_line_is_a_case_and_unknown_keys_are_left_alone(tmp_path):
    (found,) = load([_file(tmp_path, LINE, "")])
    assert (found.id, found.file, found.folder, found.timeout) == ("one", "some", str(tmp_path), 120.0)
    assert not found.fix_known


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["{"], r"some\.jsonl, line 1, is no case"),
        ([LINE, {"id": "two"}], r"some\.jsonl, line 2, is no case: .*bad_cell"),
        ([LINE, LINE], "The case one stands twice in some"),
    ],
)
def test_what_is_no_case_is_refused_by_its_line(tmp_path, lines, said):
    with pytest.raises(CaseError, match=said):
        load([_file(tmp_path, *lines)])


def test_a_file_that_is_missing_is_refused(tmp_path):
    with pytest.raises(CaseError, match="cannot be read"):
        load([tmp_path / "gone.jsonl"])


def test_files_of_the_same_name_are_told_apart(tmp_path):
    paths = [_file(tmp_path, LINE, name=f"{folder}/some.jsonl") for folder in "ab"]
    assert len({found.file for found in load(paths)}) == 2


def test_the_sample_is_every_nth_case_of_a_file_whose_fix_is_known():
    cases = [case(id=f"c{n}", fixed_cell="b" if n % 2 else None) for n in range(10)]
    cases += [case(id="other", file="second")]
    assert [c.id for c in chosen(cases, every=2)] == ["c1", "c5", "c9", "other"]
    assert [c.id for c in chosen(cases, limit=3)] == ["c0", "c1", "c2"]
    assert [c.id for c in chosen(cases, only=["c3"])] == ["c3"]
    with pytest.raises(CaseError, match="There is no case c77"):
        chosen(cases, only=["c77"])


def test_the_notebook_holds_the_cells_that_were_not_run():
    cells, failing, before = case(notebook=["x", "y", "a"], not_run=[1], bad_cell="a").layout()
    assert (cells, failing, before) == (["x", "y", "a"], 2, [0])
    assert case(cells=["x"]).layout() == (["x", "a"], 1, [0])


def test_what_differs_from_run_to_run_does_not_count():
    one = "\x1b[36mray::f()\x1b[39m (pid=10884, ip=192.0.2.2) at 0x7f12 in /tmp/a/b.py after 1.25 s"
    two = "ray::f() (pid=5, ip=198.51.100.7) at 0xabc in /home/x/y/b.py after 0.5 s"
    assert normalised(one) == normalised(two)
    assert normalised("cells: 3") != normalised("cells: 4")
    places = ("<ipython-input-6-fb34fa30ac09>", "Cell In[2]", "3311942670.py", "/tmp/ipykernel_12/3311942670.py")
    assert len({normalised(f"invalid syntax ({place}, line 1)") for place in places}) == 1
    assert len({normalised(f'File "{place}", line 1') for place in places}) == 1


def test_the_recorded_error_is_told_by_type_and_message():
    known = case(error_type="a.b.NameError", error_message="no")
    assert known.reproduced("NameError", "no")
    assert not known.reproduced("NameError", "other")
    assert not known.reproduced("KeyError", "no")
    assert case(match="type").reproduced("NameError", "other")


def test_the_fingerprint_changes_with_the_cases_and_not_with_their_place():
    assert fingerprint([case(folder="/a")]) == fingerprint([case(folder="/b")])
    assert fingerprint([case()]) != fingerprint([case(bad_cell="c")])


def test_the_label_of_an_import_may_say_that_nothing_is_to_be_installed():
    none, some = case(fix={"install": None}), case(fix={"install": "PyYAML"})
    assert (none.wants_install, none.distribution, some.distribution) == (True, None, "PyYAML")
    assert not case(fix="use numpy.inf").wants_install


def test_ray_runs_alone():
    assert case(env="ray").alone
    assert case(tags=["ray"]).alone
    assert not case().alone


def test_our_own_cases_are_read():
    assert len(load([OWN])) == 17
