"""Graphs as text."""

from nastutor.nets.graph import LayerGraph


def graph():
    b = LayerGraph.start((1, 8, 8))
    x = b.add("conv", "input", name='a "quoted" \\ name', channels=4, kernel=(1, 3), group='cell "1"')
    return b.finish(b.add("add", x, b.add("relu", x)))


def test_the_table_has_a_line_for_each_node_and_the_sums():
    lines = str(graph()).splitlines()
    assert len(lines) == 1 + 4 + 1 and lines[0].split() == ["node", "op", "reads", "output", "params", "mult-adds"]
    assert "conv channels=4 kernel=1x3" in lines[2] and "4x8x8" in lines[2] and lines[2].endswith("12        768")
    assert lines[-1].startswith("output: add0") and "depth 1" in lines[-1] and lines[-1].endswith("12        768")


def test_dot_escapes_names_and_clusters_groups():
    text = graph().to_dot()
    assert text.startswith("digraph") and text.count("->") == 4 and text.count("{") == text.count("}") == 2
    assert '"a \\"quoted\\" \\\\ name" -> "relu0";' in text and 'label="cell \\"1\\""' in text
