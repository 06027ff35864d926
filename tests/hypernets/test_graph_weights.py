"""Weights from a graph: for every network of known operations, the same for the same graph, and with gradients into all that wrote them."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

import nastutor as nt
from nastutor.hypernets import GraphWeights
from nastutor.nets.generated import places, run, shell
from nastutor.nets.graph import LayerGraph
from nastutor.nets.ops import OPS
from tests.hypernets.test_messages import reordered
from tests.nets.graphs import graphs

KNOWN = tuple(op for op in OPS if op not in ("input", "recurrent"))
TASK = nt.tasks.digits(train_size=100)


def made(**more):
    return GraphWeights(**{"hidden": 8, "channels": 3, "kernel": 5, "units": 16, **more}).double()


def written(hyper, graph):
    return hyper(graph, places(shell(graph)))


@settings(deadline=None, max_examples=40)
@given(graphs(ops=KNOWN, units=3), st.booleans(), st.booleans(), st.booleans())
def test_every_network_of_known_operations_runs_with_its_weights(graph, tiled, shapes, stacked):
    hyper, net = made(tiled=tiled, shapes=shapes, stacked=stacked), shell(graph)
    weights = hyper(graph, places(net))
    assert {name: tuple(own.shape) for name, own in weights.items()} == places(net)
    out = run(net, weights, torch.randn(3, *graph.nodes[0].shape, dtype=torch.float64, generator=torch.Generator().manual_seed(0)))
    assert out.shape == (3, 3)


@settings(deadline=None, max_examples=30)
@given(graphs(ops=KNOWN, units=3), st.integers(0, 5), st.sampled_from(["both", "synchronous"]))
def test_the_order_of_nodes_means_nothing(graph, seed, order):
    hyper = made(order=order)
    mine, theirs = written(hyper, graph), written(hyper, reordered(graph, seed))
    assert mine.keys() == theirs.keys() and all(torch.allclose(mine[name], theirs[name], rtol=0, atol=1e-12) for name in mine)


@settings(deadline=None, max_examples=20)
@given(graphs(ops=KNOWN, units=3))
def test_nor_do_the_names_of_nodes(graph):
    renamed = LayerGraph.start(graph.nodes[0].shape)
    names = {"input": "input"}
    for number, node in enumerate(graph.nodes[1:]):
        names[node.name] = renamed.add(node.op, *(names[source] for source in node.inputs), name=f"n{number}", **dict(node.attrs))
    hyper = made()
    mine, theirs = written(hyper, graph), written(hyper, renamed.finish(names[graph.output]))
    assert all(torch.equal(own, theirs[f"{names[name.partition('.')[0]]}.{name.partition('.')[2]}"]) for name, own in mine.items())


SPACES = {
    "cells": nt.spaces.CellSpace(nodes=4), "chains": nt.spaces.ChainSpace((1, 2), widths=(4, 8)), "NASNet's": nt.spaces.NASNetSpace(2, channels=4),
    "mobile": nt.spaces.MobileSpace(expansions=(2,), stem=4, first=4, widths=(4, 8), head=8, squeeze=True, per="stage"),
    "memory banks": nt.spaces.MemoryBankSpace(2, 4, blocks=2, kernels=(1, 3), groups=(1, 2), compression=1),
    "fabrics": nt.spaces.FabricSpace(3, 3, channels=4, sparse=True), "graphs": nt.spaces.NASBench101(vertices=5),
}  # fmt: skip


@pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)
def test_the_loss_reaches_all_that_wrote_a_weight(space):
    """Every weight that is written has a gradient, and so have messages, gates, embeddings of all that lie around it and the MLPs that were asked."""
    hyper = GraphWeights(8, channels=4, kernel=7, units=16)
    graph = space.graph(space.sample(3), TASK).simplified()
    net = shell(graph)
    weights = hyper(graph, places(net))
    for own in weights.values():
        own.retain_grad()
    x, y = torch.tensor(TASK.train.x[:40]), torch.tensor(TASK.train.y[:40])
    F.cross_entropy(run(net, weights, x), y).backward()
    assert all(own.grad is not None and own.grad.isfinite().all() for own in weights.values())
    assert all((own.grad != 0).any() for own in weights.values() if own.numel() > 20)
    kinds = {f"{graph.node(name.partition('.')[0]).op} {name.partition('.')[2].replace('.', ' ')}" for name in weights}
    for name, own in hyper.named_parameters():
        part, _, rest = name.partition(".")
        asked = {"messages": True, "code": True, "ops": any(node.op == rest for node in graph.nodes),
                 "chunks": rest == "place.weight" or any(rest.startswith(f"mlps.{kind}.") for kind in kinds)}[part]  # fmt: skip
        assert (own.grad is not None and bool((own.grad != 0).any())) == asked, name


def two_convs(second=3, group=None):
    b = LayerGraph.start((2, 6, 6))
    x = b.add("conv", "input", name="a", channels=4, kernel=3, group="cell 1")
    x = b.add("conv", x, name="b", channels=4, kernel=second, group="cell 2")
    return b.finish(b.add("linear", b.add("global_avg_pool", x), name="head", units=3))


def test_what_a_node_gets_depends_on_what_lies_around_it():
    a = {order: [written(made(order=order), two_convs(kernel))["a.weight"] for kernel in (3, 5)] for order in ("both", "forward", "synchronous", "none")}
    assert not torch.equal(*a["both"]) and not torch.equal(*a["synchronous"])
    assert torch.equal(*a["forward"]) and torch.equal(*a["none"]), "what lies behind it comes with the way back"
    heads = [written(made(order="none"), two_convs(kernel))["head.weight"] for kernel in (3, 5)]
    assert torch.equal(*heads)


def test_all_first_weights_come_from_the_seed():
    one, same, other = (dict(made(seed=seed).named_parameters()) for seed in (0, 0, 1))
    for name, own in one.items():
        assert torch.equal(own, same[name]) and (not torch.equal(own, other[name]) or not own.any()), name


def test_options_change_what_is_written():
    usual = written(made(), two_convs())
    for more in ({"hidden": 9}, {"rounds": 2}, {"shapes": False}, {"stacked": True}, {"tiled": True}, {"units": 17}, {"channels": 2}, {"seed": 1}):
        assert not torch.equal(written(made(**more), two_convs())["b.weight"], usual["b.weight"]), more
    assert all(torch.equal(own, usual[name]) for name, own in written(made(), two_convs()).items())


def test_the_same_cell_at_another_depth_gets_other_weights():
    def cells(count):
        b = LayerGraph.start((4, 6, 6))
        x = "input"
        for number in range(count):
            x = b.add("relu", b.add("conv", x, name=f"c{number}", channels=4, kernel=3, group=f"cell {number}"), group=f"cell {number}")
        return b.finish(b.add("linear", b.add("global_avg_pool", x, group="head"), name="head", units=3, group="head"))

    stacked, whole = made(stacked=True), made()
    two, three = written(stacked, cells(2)), written(stacked, cells(3))
    assert torch.equal(two["c0.weight"], three["c0.weight"]) and torch.equal(two["c1.weight"], three["c1.weight"]), "a cell does not hear those behind it"
    assert not torch.allclose(two["c0.weight"], two["c1.weight"])
    assert not torch.equal(written(whole, cells(2))["c0.weight"], written(whole, cells(3))["c0.weight"])


def test_by_batch_norm_the_size_of_filters_means_nothing():
    b = LayerGraph.start((2, 6, 6))
    x = b.add("bn", b.add("conv", "input", name="a", channels=4, kernel=3), name="n")
    graph = b.finish(b.add("linear", b.add("global_avg_pool", b.add("relu", x)), name="head", units=3))
    weights, x = written(made(), graph), torch.randn(8, 2, 6, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    scaled = weights | {"a.weight": weights["a.weight"] * 3}
    assert torch.allclose(run(shell(graph), weights, x), run(shell(graph), scaled, x), atol=1e-4)  # but for the epsilon of batch norm


def test_refusals():
    space = nt.spaces.RecurrentSpace(3, units=4)
    with pytest.raises(ValueError, match=r"is a 'recurrent', for which no weights are written; allowed are, of those that have some, conv, dw_conv"):
        written(GraphWeights(), space.graph(space.sample(0), TASK))
    for arguments, words in (({"shapes": 1}, "`shapes` is 1"), ({"stacked": None}, "`stacked` is None"), ({"order": ""}, "`order`")):
        with pytest.raises(ValueError, match=words):
            GraphWeights(**arguments)
