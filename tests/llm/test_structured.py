from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest

from nbdoctor.errors import ModelFailed, OutputInvalid, OutputTruncated
from nbdoctor.llm.structured import ask, choose, decode, fenced, first_object, schema_of

from .helpers import CHAT, client_of, fake


@dataclass
class Edited:
    title: str
    code: str


GOOD = '{"title": "t", "code": "x = 1"}'


def asked(model, **options):
    return asyncio.run(ask(client_of(model), CHAT, Edited, **options))


def test_the_schema_is_closed():
    schema = schema_of(Edited)
    assert schema["required"] == ["title", "code"]
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize(
    "text",
    [GOOD, f"  {GOOD}\n", f"Sure! Here it is:\n```json\n{GOOD}\n```\nHave fun", f"The answer is {GOOD}, I think."],
)
def test_json_is_picked_out_of_chatter(text):
    assert decode(text, Edited) == Edited("t", "x = 1")


def test_braces_in_strings_do_not_end_an_object():
    text = 'x {"title": "a } \\" {", "code": "{}"} y'
    assert decode(text, Edited) == Edited('a } " {', "{}")
    assert first_object("none") == "none"
    assert fenced("a\n```python\nb\n```") == "b"


def test_a_good_answer_needs_one_request():
    model = fake()
    model.enqueue(GOOD)
    assert asked(model) == [Edited("t", "x = 1")]
    form = model.requests[0]["response_format"]
    assert form["type"] == "json_schema"
    assert form["json_schema"]["strict"] is True


def test_the_good_ones_of_several_are_kept():
    model = fake()
    model.enqueue("no", GOOD, '{"title": 3}')
    assert asked(model, n=3) == [Edited("t", "x = 1")]
    assert len(model.requests) == 1


def test_one_repair_says_what_was_wrong():
    model = fake()
    model.enqueue('{"title": 3, "code": ""}')
    model.enqueue(GOOD)
    assert asked(model) == [Edited("t", "x = 1")]
    repair = model.requests[1]["messages"]
    assert repair[-2]["role"] == "assistant"
    assert "title" in repair[-1]["content"]


def test_two_bad_answers_are_a_typed_failure():
    model = fake()
    model.enqueue("no")
    model.enqueue("not either")
    with pytest.raises(OutputInvalid) as caught:
        asked(model)
    assert caught.value.last_text == "not either"
    assert len(model.requests) == 2


def test_a_check_of_the_caller_counts():
    def check(answer):
        if answer.code == "x = 1":
            raise ValueError("x is not one")

    model = fake()
    model.enqueue(GOOD)
    model.enqueue('{"title": "t", "code": "x = 2"}')
    assert asked(model, check=check)[0].code == "x = 2"
    assert "x is not one" in model.requests[1]["messages"][-1]["content"]


def test_a_cut_answer_is_not_repaired():
    model = fake()
    model.enqueue('{"title": "t", "co', finish_reason="length")
    with pytest.raises(OutputTruncated):
        asked(model)
    assert len(model.requests) == 1


def test_a_server_that_knows_no_schema_is_asked_in_words():
    model = fake()
    model.enqueue("unknown field response_format", status=400)
    model.enqueue(GOOD, job="summarize")
    assert asked(model) == [Edited("t", "x = 1")]
    assert '"required"' in model.requests[1]["messages"][-1]["content"]


def test_a_failing_server_is_not_asked_again():
    model = fake()
    model.enqueue("boom", status=500)
    with pytest.raises(ModelFailed):
        asked(model)
    assert len(model.requests) == 1


def chosen(model, labels=("python", "notebook")):
    return asyncio.run(choose(client_of(model), CHAT, labels))


def test_a_choice_with_probabilities():
    model = fake()
    model.enqueue("python", probabilities={"py": 0.6, "note": 0.2, "The": 0.1})
    answer = chosen(model)
    assert answer.label == "python"
    assert answer.probabilities == pytest.approx({"python": 0.75, "notebook": 0.25})


def test_no_probabilities_where_beginnings_are_alike():
    model = fake()
    model.enqueue("c1", probabilities={"c1": 1.0})
    assert chosen(model, ("c1", "c2")).probabilities == {}


@pytest.mark.parametrize("text", ["python", '"python"', " python.\n", "I think it is `python`."])
def test_an_ignored_constraint_is_read_with_lenience(text):
    model = fake()
    model.enqueue(text)
    assert chosen(model).label == "python"
    assert len(model.requests) == 1


@pytest.mark.parametrize("text", ["either python or notebook", "", "no idea"])
def test_an_answer_that_is_no_label_is_asked_for_as_json(text):
    model = fake(category="notebook")
    model.enqueue(text)
    assert chosen(model).label == "notebook"
    assert model.requests[1]["response_format"]["json_schema"]["schema"]["properties"]["label"] == {
        "enum": ["python", "notebook"]
    }


def test_a_server_that_refuses_the_choice_gets_a_schema():
    model = fake(category="notebook")
    model.enqueue("structured_outputs is not known", status=422)
    assert chosen(model).label == "notebook"


def test_a_model_that_never_names_a_label():
    model = fake(category="weather")
    model.enqueue("rain")
    with pytest.raises(OutputInvalid, match="none of python, notebook"):
        chosen(model)
    assert len(model.requests) == 3
