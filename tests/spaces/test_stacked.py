"""The network around the cells: stages, stems, older inputs, drop-path by depth, the auxiliary head."""

import random
from types import SimpleNamespace

import pytest
import torch

from nastutor.nets.blocks import auxiliary_loss
from nastutor.spaces import AmoebaNetSpace, DARTSSpace, ENASMicroSpace, NASNetSpace, PNASSpace
from nastutor.spaces.stacked import Stacked

DIGITS = SimpleNamespace(name="digits", shape=(1, 8, 8), classes=10)
IMAGES = SimpleNamespace(name="images", shape=(3, 33, 32), classes=5)
ONE = "normal: 0 sep3 + 1 avg3 -> 2; reduce: 0 sep3 + 1 avg3 -> 2"
FAMILIES = {"NASNet": NASNetSpace, "AmoebaNet": AmoebaNetSpace, "PNAS": PNASSpace, "ENAS": ENASMicroSpace, "DARTS": DARTSSpace}


def graph_of(kind, task=IMAGES, genotype=ONE, auxiliary=False, **settings):
    space = kind(1, **{"channels": 4, **settings})
    return space.graph(space.from_genotype(genotype), task, auxiliary=auxiliary)


def shapes(graph):
    return [graph.node(name).shape for name in (n.name for n in graph.nodes) if name.endswith(" output")]


def test_cells_stand_in_stages():
    graph = graph_of(NASNetSpace, cells=2, stages=3)
    assert [node.name for node in graph.nodes if node.name.endswith(" output")] == [
        f"{kind} {number} output" for number, kind in enumerate(["cell", "cell", "reduction", "cell", "cell", "reduction", "cell", "cell"], 1)
    ]
    assert shapes(graph) == [(4, 33, 32)] * 2 + [(8, 17, 16)] * 3 + [(16, 9, 8)] * 3


def test_a_reduction_of_pnas_stands_for_a_cell():
    assert shapes(graph_of(PNASSpace, cells=2, stages=2)) == [(4, 33, 32)] * 2 + [(8, 17, 16)] * 2


def test_the_imagenet_stems():
    graph = graph_of(NASNetSpace, stem="imagenet", stages=1, channels=8)
    assert graph.node("stem bn").shape == (24, 16, 15) and shapes(graph) == [(2, 8, 8), (4, 4, 4), (8, 4, 4)]
    assert graph_of(NASNetSpace, stem="imagenet", stages=1, channels=8, stem_channels=5).node("stem bn").shape == (5, 16, 15)
    darts = graph_of(DARTSSpace, stem="imagenet", stages=1, channels=8)
    assert [darts.node(f"stem {number} bn").shape for number in (1, 2, 3)] == [(4, 17, 16), (8, 9, 8), (8, 5, 4)] and shapes(darts) == [(8, 5, 4)]


@pytest.mark.parametrize("skip, source", [(False, "cell 2 output"), (True, "cell 1 output")])
def test_what_the_cell_after_a_reduction_reads(skip, source):
    graph = graph_of(NASNetSpace, cells=2, skip_reduction_input=skip)
    assert graph.node("cell 4 older half 1").inputs == (f"{source} relu",)


@pytest.mark.parametrize("kind, growing", [(NASNetSpace, True), (ENASMicroSpace, True), (AmoebaNetSpace, False), (DARTSSpace, False)])
def test_later_cells_drop_more(kind, growing):
    graph = graph_of(kind, cells=2, drop_path=0.5)
    found = {node.group: dict(node.attrs)["p"] for node in graph.nodes if node.op == "drop_path"}
    assert list(found.values()) == pytest.approx([0.5 * number / 5 if growing else 0.5 for number in range(1, 6)])


@pytest.mark.parametrize("name", FAMILIES)
def test_equal_cells_are_one_network(name):
    """Blocks in another order, built with equal weights: the states are joined in the order of the canonical cell."""
    text = "0 sep3 + 1 max3 | 1 avg3 + 0 identity | 0 max3 + 0 sep3 -> 2 3 4"
    other = "0 sep3 + 0 max3 | 0 identity + 1 avg3 | 1 max3 + 0 sep3 -> 2 3 4"
    if name == "DARTS":
        text, other = (t.replace("0 max3 + 0 sep3", "0 max3 + 1 sep3").replace("0 sep3 + 0 max3", "1 sep3 + 0 max3") for t in (text, other))
    space = FAMILIES[name](3, channels=4)
    one, two = (space.from_genotype(f"normal: {t}; reduce: {t}") for t in (text, other))
    assert one != two and space.canonical(one) == space.canonical(two)
    images, scores = torch.randn(2, 1, 8, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(0)), []
    for arch in (one, two):
        net = space.graph(arch, DIGITS).build().double().eval()
        with torch.no_grad():
            for weight in net.parameters():
                weight.copy_(torch.randn(weight.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(weight.numel())) / weight[0].numel() ** 0.5)
            scores.append(net(images))
    torch.testing.assert_close(*scores)


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("samples", [10, pytest.param(100, marks=pytest.mark.slow)])
def test_random_networks_run_and_agree_with_their_counts(name, samples):
    space, rng = FAMILIES[name](2, channels=4), random.Random(0)
    for _ in range(samples):
        whole = space.graph(space.sample(rng), DIGITS)
        for graph in (whole, whole.simplified()):  # dead is what no later cell reads, and the projection of an input that no block reads
            net = graph.build().train()
            net(torch.randn(2, 1, 8, 8)).sum().backward()
            assert sum(p.numel() for p in net.parameters()) == graph.counts().params
        assert all(p.grad is not None for p in net.parameters())


@pytest.mark.parametrize("kind, where", [(NASNetSpace, "cell 1"), (ENASMicroSpace, "cell 3"), (DARTSSpace, "reduction 2")])
def test_the_auxiliary_head(kind, where):
    plain, both = (graph_of(kind, auxiliary=value) for value in (False, True))
    assert both.nodes[-1].shape == (10,) and both.node("auxiliary pool").inputs == (f"{where} output relu",)
    assert both.counts().params > plain.counts().params == sum(both.cost(node)[0] for node in both.nodes if node.group != "auxiliary head")
    net, images = both.build(), torch.randn(3, *IMAGES.shape)
    alone = plain.build()
    torch.testing.assert_close(net.eval()(images)[:, :5], alone.eval()(images))  # the own scores come first; equal names have equal weights
    auxiliary_loss(net.train()(images), torch.tensor([0, 1, 4])).backward()
    assert net["auxiliary linear"].weight.grad.abs().sum() > 0


def test_an_auxiliary_head_needs_a_reduction_and_a_large_enough_map():
    with pytest.raises(ValueError, match="`auxiliary` is True, and `stages` is 1"):
        graph_of(NASNetSpace, stages=1, auxiliary=True)
    with pytest.raises(ValueError, match=r"`auxiliary` is True.*\(4, 4\); allowed are maps from \(5, 5\)"):
        graph_of(DARTSSpace, DIGITS, auxiliary=True)


def test_what_a_space_of_cells_must_say():
    with pytest.raises(TypeError, match="define answers"):
        Stacked().answers(None)


def test_odd_halves_reach_the_network():
    graph = graph_of(AmoebaNetSpace, stem="imagenet", channels=6, odd_halves=True)
    assert [graph.node(f"reduction 2 older half {number}").shape[0] for number in (1, 2)] == [1, 2]


@pytest.mark.parametrize("kind", [NASNetSpace, AmoebaNetSpace, ENASMicroSpace, DARTSSpace])
def test_a_reduction_that_is_not_built_makes_no_difference(kind):
    """With one stage all decisions on it are the first in canonical form, and are said not to show in graphs."""
    flat, deep = (kind(2, channels=4, stages=stages) for stages in (1, 2))
    arch = flat.sample(1)
    canonical, reduced = flat.canonical(arch), {name for name, _ in arch.choices if name.startswith("reduce")}
    first = flat.walk(lambda name, options: options[0])
    assert {name for name, value in canonical.choices if value == first[name]} >= reduced == set(flat.unseen) and deep.unseen == ()
    changed = flat.walk(lambda name, options: options[-1] if name.startswith("reduce") else arch[name])
    assert flat.canonical(changed) == canonical and flat.graph(changed, IMAGES) == flat.graph(arch, IMAGES)
    assert deep.canonical(changed) != deep.canonical(arch)
    assert NASNetSpace(2, channels=4, stages=1, stem="imagenet").unseen == (), "its stem has reduction cells"
