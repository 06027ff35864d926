"""What is drawn of a network, a cell, an Arch: boxes, links, dead parts, words."""

import pytest

import nastutor as nt
from nastutor.nets.graph import LayerGraph
from nastutor.pictures.sketch import of_arch, of_edges, of_graph, sketch


def residual():
    b = LayerGraph.start((1, 8, 8))
    x = b.add("bn", b.add("conv", "input", name="stem", channels=4, kernel=3), name="norm")
    y = x
    for k in range(2):
        y = b.add("relu", y, name=f"relu {k}", group="block")
        y = b.add("conv", y, name=f"conv {k}", group="block", channels=4, kernel=3)
        y = b.add("bn", y, name=f"bn {k}", group="block")
    z = b.add("relu", b.add("zero", x, name="nothing"), name="after nothing")
    total = b.add("add", x, y, z, name="sum")
    return b.finish(b.add("linear", b.add("global_avg_pool", total), name="out", units=10))


def cell(**ops):
    names = ("0->1", "0->2", "1->2", "0->3", "1->3", "2->3")
    return nt.Arch(tuple((name, ops.get("e" + name.replace("->", ""), "conv3")) for name in names))


def test_every_node_and_edge_is_in_the_full_sketch():
    graph = residual()
    found = of_graph(graph, detail="full")
    assert [box.name for box in found.boxes] == [node.name for node in graph.nodes]
    assert [(k.source, k.target) for k in found.links] == list(graph.edges())


def test_relu_conv_bn_is_one_box_each():
    merged = of_graph(residual(), detail="merged")
    first = [box.lines[0] for box in merged.boxes]
    assert first[:4] == ["input", "conv 3×3–bn", "relu–conv 3×3–bn", "relu–conv 3×3–bn"]
    assert "relu 0: relu" in merged.boxes[2].note and "conv 0: conv" in merged.boxes[2].note
    assert merged.boxes[2].lines[1] == "4×8×8" and merged.boxes[-1].lines[-1] == "10 output"


def test_cells_are_one_box_a_group():
    boxes = of_graph(residual(), detail="cells").boxes
    assert [b.lines[:2] for b in boxes if b.family == "group"] == [("block", "6 operations")]


def test_large_networks_are_drawn_by_cells_unless_asked():
    task = nt.tasks.digits()
    space = nt.spaces.CellSpace(nodes=4, cells=8, stages=2)
    graph = space.graph(space.sample(0), task)
    assert len(of_graph(graph).boxes) < 30 < len(of_graph(graph, detail="merged").boxes)


def test_dead_parts_are_those_on_no_open_way():
    found = of_graph(residual(), detail="full")
    assert {box.name for box in found.boxes if not box.live} == {"nothing", "after nothing"}
    assert {(k.source, k.target) for k in found.links if not k.live} == {("norm", "nothing"), ("nothing", "after nothing"), ("after nothing", "sum")}


def test_the_words_of_a_network_come_from_its_counts():
    graph = residual()
    text = sketch(graph).alt
    counts = graph.counts()
    assert f"{counts.params:,} parameters" in text and f"{counts.mult_adds:,} multiply-adds" in text and f"{counts.depth} weight layers deep" in text
    assert "13 operations" in text and "3 conv" in text and "from 1×8×8 to 10" in text and "block" in text and "2 operations on no open way" in text


def test_a_cell_has_labelled_edges_and_its_dead_ones_are_marked():
    found = of_arch(cell(e01="none", e13="none"))
    assert [box.name for box in found.boxes] == ["0", "1", "2", "3"]
    assert {k.label for k in found.links} == {"none", "conv3"}
    assert {(k.source, k.target) for k in found.links if not k.live} == {("0", "1"), ("1", "2"), ("1", "3")}
    assert "3 of them dead" in found.alt and "0 to 1 none (dead)" in found.alt
    assert found.boxes[0].lines == ("0", "input") and found.boxes[3].lines == ("3", "output")


def test_other_archs_are_tables_of_their_decisions():
    found = of_arch(nt.Arch((("depth", 2), ("width0", 16))))
    assert found.boxes[0].lines == ("depth = 2", "width0 = 16") and not found.links and "2 decisions" in found.alt
    assert of_arch(nt.Arch(())).boxes[0].lines == ("no decisions",)


def test_records_and_trials_are_drawn_as_their_arch():
    trial = nt.Trial(cell())
    assert sketch(nt.Record(trial, nt.Result({"error": 0.5}))) == sketch(trial) == sketch(cell())


@pytest.mark.parametrize(
    ("thing", "error", "words"),
    [
        (3, TypeError, "`graph` is a int"),
        ("conv", TypeError, "`graph` is a str"),
        ([], ValueError, "no edges"),
        (["ab"], ValueError, "has the edge 'ab'"),
        ([(1, 2, 3, 4)], ValueError, r"\(1, 2, 3, 4\)"),
    ],
)
def test_what_cannot_be_drawn_is_refused(thing, error, words):
    with pytest.raises(error, match=words):
        sketch(thing)


def test_an_unknown_detail_is_refused():
    with pytest.raises(ValueError, match="`detail` is 'fine'; allowed are auto"):
        sketch(cell(), detail="fine")


def test_edges_without_labels_are_taken():
    assert [k.label for k in of_edges([("a", "b"), ("b", "c", "skip")]).links] == ["", "skip"]


def test_filters_that_are_not_square_and_rates_of_dropout_are_written():
    builder = LayerGraph.start((1, 8, 8))
    x = builder.add("conv", builder.input, channels=4, kernel=(3, 1), stride=(2, 1))
    x = builder.add("conv", x, channels=4, kernel=(3, 3), stride=(1, 1))
    x = builder.add("dropout", x, p=0.125)
    graph = builder.finish(builder.add("linear", builder.add("global_avg_pool", x), units=10))
    assert [box.lines[0] for box in sketch(graph).boxes] == ["input", "conv 3×1 /2×1", "conv 3×3–dropout 0.12", "global avg pool", "linear"]


def test_a_node_that_is_called_after_its_role_says_it_once():
    assert [box.lines for box in sketch([("input", "b", "conv3"), ("b", "out", "skip")]).boxes] == [("input",), ("b",), ("out", "output")]
