"""`LayerGraph` is a value; its builder checks each node at once."""

import pickle
import subprocess
import sys

import pytest
from hypothesis import given, settings

from nastutor.nets.graph import LayerGraph
from tests.nets.graphs import graphs


def small():
    b = LayerGraph.start((1, 8, 8))
    x = b.add("conv", b.input, name="stem", channels=4, kernel=3)
    return b.finish(b.add("linear", b.add("global_avg_pool", x), units=10, group="head"))


@settings(max_examples=60, deadline=None)
@given(graph=graphs())
def test_it_is_a_value(graph):
    again = LayerGraph.from_json(graph.to_json())
    assert again == graph == pickle.loads(pickle.dumps(graph)) and hash(again) == hash(graph)
    assert [node.group for node in again.nodes] == [node.group for node in graph.nodes]
    names = [node.name for node in graph.nodes]
    assert all(names.index(source) < names.index(target) for source, target in graph.edges()), "topological"


def test_what_it_tells():
    graph = small()
    assert list(graph.edges()) == [("input", "stem"), ("stem", "global_avg_pool0"), ("global_avg_pool0", "linear0")]
    assert graph.node("stem")["kernel"] == 3 and graph.node("stem").shape == (4, 8, 8) and graph.nodes[-1].group == "head" and len(graph) == 4
    assert graph.counts().params == 36 + 50 and graph.counts().depth == graph.depth() == 2
    with pytest.raises(KeyError, match="'conv9'.*stem"):
        graph.node("conv9")


def test_graphs_differ_by_anything_but_groups():
    def net(**changed):
        b = LayerGraph.start(changed.pop("shape", (2, 8, 8)))
        b.add("conv", "input", **{"name": "a", "channels": 2, "kernel": 3, **changed})
        return b.finish(b.add("relu", "a"))

    assert net() == net(group="g")
    assert len({net(), net(channels=4), net(kernel=1), net(shape=(2, 9, 8)), net(dilation=2), LayerGraph(net().nodes, "a")}) == 6


def test_names_are_given_out_without_clashes():
    b = LayerGraph.start((1, 4, 4))
    b.add("relu", "input", name="relu1")
    assert [b.add("relu", "input"), b.add("relu", "input")] == ["relu2", "relu3"]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda b: b.add("conv33", "input"), ("`op` is 'conv33'", "conv, dw_conv")),
        (lambda b: b.add("input"), ("`op` is 'input'",)),
        (lambda b: b.add("relu", "inptu"), ("'relu0'", "'inptu' is not there", "input")),
        (lambda b: b.add("relu", "input", "input"), ("'relu0'", "got 2 inputs; allowed is 1")),
        (lambda b: b.add("add"), ("got 0 inputs; allowed is 1 or more",)),
        (lambda b: b.add("relu", "input", name="a.b"), ("'a.b'", "without dots")),
        (lambda b: b.add("relu", "input", name="input"), ("`name` is 'input'",)),
        (
            lambda b: b.add("conv", "input", name="stem", channels=4, kernel=7, padding=0),
            ("node 'stem' (conv channels=4 kernel=7 padding=0)", "'input'", "(3, 6, 6) is too small"),
        ),
        (lambda b: b.add("linear", "input", units=3), ("node 'linear0'", "(3, 6, 6)", "flatten")),
        (lambda b: b.add("add", "input", b.add("max_pool", "input", kernel=2, stride=2)), ("node 'add0'", "one shape, not (3, 6, 6), (3, 3, 3)")),
        (lambda b: b.add("concat", "input", b.add("max_pool", "input", kernel=2, stride=2)), ("one height and width",)),
        (lambda b: b.add("conv", b.add("flatten", "input"), channels=1, kernel=1), ("takes an image (C, H, W), not (108,)",)),
        (lambda b: b.add("zero", b.add("flatten", "input"), stride=2), ("takes an image",)),
        (lambda b: b.add("max_pool", "input", kernel=2, padding=2), ("a pool allows half its kernel",)),
        (lambda b: b.add("pad", "input", top=-6), ("too small",)),
        (lambda b: b.finish("relu7"), ("`output` is 'relu7'",)),
        (lambda b: LayerGraph.start((3, 6)), ("`shape` is (3, 6)", "(C, H, W) and (C,)")),
        (lambda b: LayerGraph.start((3, 0, 6)), ("`shape` is (3, 0, 6)",)),
    ],
)
def test_what_does_not_fit_is_refused_at_once(call, words):
    with pytest.raises(ValueError) as caught:
        call(LayerGraph.start((3, 6, 6)))
    assert not [word for word in words if word not in str(caught.value)], caught.value


def test_thinking_needs_no_tensors():
    code = """
import sys; sys.modules["torch"] = None
from nastutor.nets.graph import LayerGraph
b = LayerGraph.start((1, 8, 8))
g = b.finish(b.add("add", b.add("conv", "input", channels=1, kernel=3), b.add("zero", "input")))
print(g.simplified(), g.counts(), g.to_dot(), LayerGraph.from_json(g.to_json()) == g)
"""
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.strip().endswith("True")
