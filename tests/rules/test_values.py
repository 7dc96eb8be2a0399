from nbdoctor.rules import values


def test_every_rule_is_in_the_list_once():
    assert len(values.RULES) == len(set(values.RULES)) >= 30
