"""`Published` and `PublishedCell`: what they build, what they say, and what they refuse."""

import pytest

from nastutor.published import CIFAR10, Published, PublishedCell, Text, zoo
from nastutor.spaces import ChainSpace, RecurrentSpace


def test_options_of_a_graph_are_those_of_its_space():
    assert zoo["DARTS_V2"].options == ("auxiliary",) and zoo["MnasNet-A1"].options == zoo["ENAS RNN"].options == ()
    with_head, without = (zoo["DARTS_V2"].graph(auxiliary=auxiliary).counts().params for auxiliary in (True, False))
    assert with_head > without
    for name, option, allowed in (("MnasNet-A1", "auxiliary", "none"), ("ENAS RNN", "auxiliary", "none"), ("DARTS_V2", "head", "`auxiliary`")):
        with pytest.raises(ValueError, match=f"`{option}` is no option of {name}, a network of .*; allowed are {allowed}$"):
            zoo[name].graph(**{option: True})


def test_what_it_says():
    space = ChainSpace()
    net = Published("mine", space, space.sample(0), CIFAR10, "", {"params": 1.5, "error": 3}, {"params": "counted otherwise"})
    counts = net.counts()
    assert str(net).startswith(f"mine: {counts.params:,} parameters, ") and str(net).endswith("(published: params 1.5, error 3; counted otherwise)")
    assert net.row().startswith(f"| mine | CIFAR-10 | {counts.params:,} | 1.5 M | ") and net.row().endswith(" M | none known | counted otherwise |")
    assert str(Published("bare", space, net.arch, CIFAR10, "")).endswith("(published: none known)")


def test_a_cell_is_one_step_and_the_model_around_it_is_counted():
    space = RecurrentSpace(2)
    net = PublishedCell("cell", space, space.sample(0), Text("words", 100, 8), "", {"params": 1}, {"params": "far off"})
    counts = net.counts()
    assert counts.params == 2 * 8 * (16 + 8 + 8) and net.whole(counts) == counts.params + 100 * 8 + 100
    assert net.note(counts) == f"one step of the cell; with 100 words {counts.params + 900:,} parameters; far off"
    built = net.build(seed=1)
    assert sum(p.numel() for p in built.parameters()) == counts.params


def test_latency_is_that_of_its_graph():
    net, ticks = zoo["MetaQNN"], iter(range(100))
    assert net.latency(warm_up=0, repeats=1, clock=lambda: next(ticks)) == 1e3
    with pytest.raises(TypeError, match="rounds"):
        net.latency(rounds=3)
