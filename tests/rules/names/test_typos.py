from ..support import repaired, report


def test_a_loop_does_not_go_through_its_own_variable():
    source = "def walk(edges, node):\n    for node in edges[nodes]:\n        print(node)\nwalk({}, 1)"
    made = report(source, "NameError", "name 'nodes' is not defined", "nodes", name="nodes", function="walk")
    assert repaired(made) is None
    assert repaired(
        report("node = 1\nprint(nodee)", "NameError", "name 'nodee' is not defined", "nodee", name="nodee")
    ) == ("node = 1\nprint(node)")
