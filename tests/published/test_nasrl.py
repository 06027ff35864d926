"""NASCell is the cell of the release, node by node; its equations are tried in tests/spaces/test_recurrent_trees.py."""

from nastutor.published import zoo


def test_the_labels_are_those_of_the_release():
    net = zoo["NASCell"]
    cell = net.space.plan(net.arch)
    assert [" ".join(label) for label in cell.nodes[8:]] == ["mul tanh", "add tanh", "mul tanh", "add sigmoid", "mul identity", "add tanh", "mul tanh"]
    assert (cell.gives, cell.takes, tuple(cell.inject)) == (12, 8, ("add", "tanh")) and net.whole(net.counts()) == 6_760_000 + 10_000 * 651
