"""Messages along edges: who comes to know of whom, in which order, and that numbers of nodes mean nothing."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nastutor.hypernets import Messages, Wiring
from nastutor.nets.graph import LayerGraph
from tests.nets.graphs import graphs


def chain(count):
    b = LayerGraph.start((2, 4, 4))
    x = "input"
    for _ in range(count - 1):
        x = b.add("relu", x)
    return b.finish(x)


def knows(graph, order, rounds=1, stacked=False):
    """known[v, u]: whether the state of v depends on what u was."""
    messages = Messages(8, rounds, order).double()
    wiring = Wiring(graph, stacked).to(torch.zeros(1, dtype=torch.float64))
    start = torch.randn(len(graph), 8, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    slope = torch.autograd.functional.jacobian(lambda states: messages(states, wiring).sum(1), start)  # (v, u, 8)
    return slope.abs().sum(2) > 0


@pytest.mark.parametrize("count", [3, 6, 11])
def test_forward_and_backward_reach_both_ends_of_a_chain_in_one_round_and_all_at_once_do_not(count):
    """After one step dh_1 / dh_N(0) and dh_N / dh_1(0) are not 0; of a synchronous one both are, for N > 2."""
    known = knows(chain(count), "both")
    assert known.all(), "every node hears of every other: those before it and those behind it"
    known = knows(chain(count), "synchronous")
    assert not known[0, -1] and not known[-1, 0]
    far = torch.arange(count)
    assert torch.equal(known, (far[:, None] - far).abs() <= 1)
    assert torch.equal(knows(chain(count), "synchronous", rounds=2), (far[:, None] - far).abs() <= 2)


def test_the_first_half_alone_hears_of_what_lies_before_and_none_of_nothing():
    far = torch.arange(5)
    assert torch.equal(knows(chain(5), "forward"), far[:, None] >= far)
    assert torch.equal(knows(chain(5), "none"), far[:, None] == far)


@settings(deadline=None, max_examples=25)
@given(graphs(max_nodes=7))
def test_one_round_brings_word_of_all_that_lie_before_and_behind(graph):
    count = len(graph)
    number = {node.name: place for place, node in enumerate(graph.nodes)}
    before = torch.eye(count, dtype=torch.bool)
    for source, target in graph.edges():
        before[number[target]] |= before[number[source]]
    assert (knows(graph, "both") | ~(before | before.T)).all()
    assert torch.equal(knows(graph, "forward"), before)


def reordered(graph, seed):
    """The same graph with its nodes in another topological order."""
    generator, left, done = torch.Generator().manual_seed(seed), list(graph.nodes[1:]), [graph.nodes[0]]
    while left:
        ready = [node for node in left if {other.name for other in done} >= set(node.inputs)]
        node = ready[int(torch.randint(len(ready), (1,), generator=generator))]
        done.append(node)
        left.remove(node)
    return LayerGraph(tuple(done), graph.output)


@settings(deadline=None, max_examples=40)
@given(graphs(max_nodes=8), st.integers(0, 9), st.sampled_from(["both", "forward", "synchronous"]), st.integers(1, 2))
def test_another_topological_order_of_the_same_network_changes_nothing(graph, seed, order, rounds):
    messages, other = Messages(8, rounds, order).double(), reordered(graph, seed)
    start = {node.name: torch.randn(8, dtype=torch.float64, generator=torch.Generator().manual_seed(n)) for n, node in enumerate(graph.nodes)}

    def states(own):
        found = messages(torch.stack([start[node.name] for node in own.nodes]), Wiring(own).to(start["input"]))
        return {node.name: state for node, state in zip(own.nodes, found, strict=True)}

    mine, theirs = states(graph), states(other)
    assert all(torch.allclose(mine[name], theirs[name], rtol=0, atol=1e-12) for name in mine)


def test_by_hand_forward_then_backward():
    """Input -> a -> sum <- input: each node hears new states, and twice what it reads twice."""
    b = LayerGraph.start((2, 4, 4))
    graph = b.finish(b.add("add", b.add("relu", "input", name="a"), "input", "input", name="sum"))
    messages, start = Messages(4).double(), torch.randn(3, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    say, cell, nothing = messages.message, messages.cell, torch.zeros(1, 4, dtype=torch.float64)
    source, a, total = (own[None] for own in start)
    source = cell(nothing, source)
    a = cell(say(source), a)
    total = cell(say(a) + 2 * say(source), total)
    total = cell(nothing, total)
    a = cell(say(total), a)
    source = cell(say(a) + 2 * say(total), source)
    found = messages(start, Wiring(graph).to(start))
    assert torch.allclose(found, torch.cat([source, a, total]), rtol=0, atol=1e-14)


def stack():
    """Two cells of two nodes behind a stem."""
    b = LayerGraph.start((2, 4, 4))
    x = b.add("relu", "input", name="stem")
    for cell in ("cell 1", "cell 2"):
        x = b.add("sigmoid", b.add("tanh", x, group=cell), group=cell)
    return b.finish(x)


def test_stacked_cells_hear_the_cells_before_and_not_those_behind():
    known = knows(stack(), "both", stacked=True)  # input, stem | 2, 3 | 4, 5
    assert known[4:, :].all() and known[2:4, :4].all() and not known[2:4, 4:].any() and not known[:2, 2:].any()
    assert known[2, 3] and known[0, 1], "inside a cell in both directions"
    assert knows(stack(), "both").all()


def test_seeds_and_refusals():
    weights = [Messages(4, seed=seed).cell.weight_ih for seed in (0, 0, 1)]
    assert torch.equal(weights[0], weights[1]) and not torch.equal(weights[0], weights[2])
    for arguments, words in (({"order": "up"}, "`order` is 'up'; allowed are both, forward"), ({"rounds": 0}, "`rounds` is 0"), ({"hidden": 0}, "`hidden`")):
        with pytest.raises(ValueError, match=words):
            Messages(**arguments)
