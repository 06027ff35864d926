"""Simplifying takes away what is dead, and nothing that can matter."""

import pytest
from hypothesis import given, settings

from nastutor.nets.bundle import DRAWING
from nastutor.nets.graph import LayerGraph
from nastutor.nets.ops import OPS
from tests.nets.graphs import graphs

QUIET = tuple(op for op in OPS if op not in ("input", *DRAWING, "linear", "bn"))


def names(graph):
    return [node.name for node in graph.nodes]


def start():
    b = LayerGraph.start((1, 4, 4))
    return b, b.add("conv", "input", name="stem", channels=2, kernel=3)


def test_what_does_not_reach_the_output_goes():
    b, x = start()
    b.add("conv", x, channels=5, kernel=3)
    assert names(b.finish(b.add("relu", x)).simplified()) == ["input", "stem", "relu0"]


def test_what_the_input_does_not_reach_goes_also_through_batch_norm():
    b, x = start()
    dead = b.add("bn", b.add("conv", b.add("relu", b.add("zero", x)), channels=2, kernel=3, bias=True))
    y = b.add("add", x, dead, b.add("identity", x))
    graph = b.finish(y).simplified()
    assert names(graph) == ["input", "stem", "add0"] and graph.node("add0").inputs == ("stem", "stem"), "x + x stays x + x"


def test_identities_and_sums_of_one_collapse():
    b, x = start()
    y = b.add("add", b.add("identity", b.add("add", b.add("zero", "input", shape=(2, 4, 4)), x)))
    graph = b.finish(b.add("concat", b.add("identity", y))).simplified()
    assert names(graph) == ["input", "stem"] and graph.output == "stem"


def test_a_dead_part_of_a_concat_becomes_zeros():
    b, x = start()
    dead = b.add("relu", b.add("zero", x, stride=1), name="dead", group="g")
    graph = b.finish(b.add("concat", dead, x, dead)).simplified()
    assert names(graph) == ["input", "stem", "dead", "concat0"] and graph.node("concat0").inputs == ("dead", "stem", "dead")
    assert graph.node("dead").op == "zero" and graph.node("dead").shape == (2, 4, 4) and graph.node("dead").group == "g"
    assert graph.simplified() == graph


def test_a_network_without_a_living_path_keeps_its_last_layer():
    b, x = start()
    b.add("linear", b.add("global_avg_pool", b.add("bn", b.add("zero", x))), units=3, name="head")
    graph = b.finish("head").simplified()
    assert names(graph) == ["input", "global_avg_pool0", "head"] and graph.node("global_avg_pool0").op == "zero"
    assert graph.counts().params == 9 and graph.simplified() == graph


def test_the_same_network_in_other_words_is_one():
    def network(words):
        b, x = start()
        terms = [b.add("relu", x, name="a")]
        if words:
            terms = [b.add("identity", terms[0]), b.add("bn", b.add("zero", x))]
        y = b.add("add", *terms, name="sum") if words else terms[0]
        return b.finish(b.add("flatten", y, name="end"))

    assert network(True) != network(False) and network(True).simplified() == network(False).simplified()


def test_without_a_layer_at_the_end_only_zeros_are_left():
    b, x = start()
    graph = b.finish(b.add("identity", b.add("relu", b.add("zero", x)), name="end")).simplified()
    assert names(graph) == ["input", "end"] and graph.node("end").op == "zero" and graph.node("end").shape == (2, 4, 4)


@settings(max_examples=60, deadline=None)
@given(graph=graphs(max_nodes=10))
def test_simplifying_twice_is_simplifying_once(graph):
    once = graph.simplified()
    assert once.simplified() == once and once.node(once.output).shape == graph.node(graph.output).shape
    assert not {"identity"} & {node.op for node in once.nodes} and once.counts().params <= graph.counts().params
    read = {source for source, _ in once.edges()} | {once.output, "input"}
    assert set(names(once)) == read


@settings(max_examples=60, deadline=None)
@given(graph=graphs(max_nodes=10, ops=(*(op for op in QUIET if op != "sigmoid"), "zero", "zero", "add", "concat"), units=3))  # a sigmoid of zeros is 1/2
def test_before_training_both_compute_the_same(graph):
    torch = pytest.importorskip("torch")
    x = torch.randn(3, *graph.nodes[0].shape, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(graph.build(seed=1)(x), graph.simplified().build(seed=1)(x), atol=1e-5)
