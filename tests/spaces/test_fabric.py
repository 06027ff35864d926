"""Golden numbers for Saxena & Verbeek 2016 (paths, convolutions, weights of the whole fabric)."""

import json
import math
import random
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nastutor.spaces.fabric import FabricSpace
from nastutor.testing import check_space

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "spaces.json").read_text("utf-8"))["convolutional neural fabrics"]
DIGITS = SimpleNamespace(name="digits", shape=(1, 8, 8), classes=10)
CIFAR = SimpleNamespace(name="cifar10", shape=(3, 32, 32), classes=10)


def paths(space):
    """Every path from (1, 1) to the end, by brute force over the edges."""
    after = {}
    for source, target in space.edges():
        after.setdefault(source, []).append(target)
    todo, found = [((1, 1),)], []
    while todo:
        path = todo.pop()
        found += [path] if path[-1] == space.end else []
        todo += [(*path, place) for place in after.get(path[-1], ())]
    return found


@pytest.mark.parametrize("scales, layers, count", GOLDEN["paths: scales, layers, count"])
def test_numbers_of_paths(scales, layers, count):
    space = FabricSpace(layers, scales)
    t = math.pi / (scales + 1)
    sines = [sum(math.sin(j * k * t) for j in range(1, scales + 1)) for k in range(1, scales + 1)]
    closed = sum((1 + 2 * math.cos(k * t)) ** (layers - 1) * sines[k - 1] ** 2 * 2 / (scales + 1) for k in range(1, scales + 1))
    assert space.size == count == round(closed)


@settings(max_examples=20, deadline=None)
@given(scales=st.integers(1, 4), layers=st.integers(2, 4), head=st.sampled_from(["classes", "pixels"]))
def test_architectures_are_the_paths_of_the_fabric(scales, layers, head):
    space = FabricSpace(layers, scales, head=head)
    own = [tuple(source for source, _ in space.edges(arch)) + (space.end,) for arch in space]
    assert sorted(own) == sorted(paths(space)) and len(own) == space.size
    assert len(space.edges()) == (layers - 1) * (3 * scales - 2) + 2 * (scales - 1)


@pytest.mark.parametrize("layers, channels, edges, weights", GOLDEN["dense on 32x32: layers, channels, convolutions, weights between places"])
def test_the_whole_dense_fabric(layers, channels, edges, weights):
    space = FabricSpace(layers, 6, channels)
    graph = space.fabric(CIFAR)
    between = [node for node in graph.nodes if node.op == "conv" and node.name != "image"]
    assert len(space.edges()) == len(between) == edges and sum(graph.cost(node)[0] for node in between) == weights
    assert weights // edges * 3 * 6 * layers == GOLDEN["as the paper counts"][f"dense, L={layers}, C={channels}"], "three at each place, borders or not"
    around = 27 * channels + 10 * (channels + 1) + 2 * channels * 6 * layers
    assert graph.counts().params == weights + around, "image, head, batch norms"


def test_the_whole_sparse_fabric():
    space = FabricSpace(16, 6, 32, sparse=True)
    graph = space.fabric(CIFAR)
    assert sum(graph.cost(node)[0] for node in graph.nodes if node.op == "dw_conv") == len(space.edges()) * 9 * (3 * 32 - 2)


def test_a_path_alone_is_the_fabric_without_the_other_weights():
    torch = pytest.importorskip("torch")
    space = FabricSpace(3, 3, 4)
    task = SimpleNamespace(name="small", shape=(2, 8, 8), classes=3)
    x, whole = torch.randn(2, 2, 8, 8), space.fabric(task)
    for seed in range(4):
        arch = space.sample(seed)
        chain, net = space.graph(arch, task).build().eval(), whole.build().eval()
        kept = {f"{s},{k} to {t},{m} conv.weight" for (s, k), (t, m) in space.edges(arch)}
        for name, weight in net.named_parameters():
            if " to " in name and name not in kept:
                weight.data.zero_()
        assert torch.allclose(chain(x), net(x), atol=1e-6) and {name for name, _ in chain.named_parameters() if " to " in name} == kept


def test_a_sparse_channel_sees_itself_and_those_beside_it():
    torch = pytest.importorskip("torch")
    space = FabricSpace(2, 1, 5, sparse=True)
    net = space.fabric(SimpleNamespace(name="one", shape=(1, 4, 4), classes=2)).build().double().eval()
    x = torch.randn(1, 1, 4, 4, dtype=torch.float64)
    values = {node.name: out for node, out in net.trace(x)}
    before, after = values["1,1 relu"], values["1,1 to 1,2 conv"]
    for channel in range(5):
        (grad,) = torch.autograd.grad(after[0, channel].sum(), before, retain_graph=True)
        assert torch.nonzero(grad[0].abs().sum((1, 2))).flatten().tolist() == [c for c in range(5) if abs(c - channel) <= 1]


@pytest.mark.parametrize("head, networks", [("classes", 52), ("pixels", 50)])
def test_canonical_is_the_first_path_of_each_chain(head, networks):
    space, first = FabricSpace(channels=2, head=head), {}
    for arch in space:
        convs = tuple(node.label for node in space.graph(arch, DIGITS).nodes)
        assert first.setdefault(convs, arch) == space.canonical(arch)
    assert len(first) == networks == len(set(map(space.canonical, space)))


@settings(max_examples=20, deadline=None)
@given(scales=st.integers(1, 4), layers=st.integers(2, 5), sparse=st.booleans(), head=st.sampled_from(["classes", "pixels"]))
def test_canonical_forms_are_the_chains(scales, layers, sparse, head):
    space, first = FabricSpace(layers, scales, 3, sparse=sparse, head=head), {}
    for arch in list(space)[:: 1 + space.size // 60]:
        first.setdefault(space.canonical(arch), set()).add(tuple(node.label for node in space.graph(arch, DIGITS).nodes))
    assert all(len(chains) == 1 for chains in first.values()) and len(set.union(*first.values())) == len(first)


def test_chains_are_paths():
    space = FabricSpace(3, 3)
    for strides in [(1, 1, 2, 2), (2, 2, 1, 1), (2, 1, 1, 2), (1, 2, 2), (2, 2)]:
        ops = [node for node in space.graph(space.embed(strides), DIGITS).nodes if node.op == "conv"][1:]
        assert tuple(node["stride"] for node in ops) == strides
    for strides in [(1, 1, 1, 2, 2), (2,), (2, 3), (1, 2, 2, 2), (1, 1), (), None, "12", 2]:
        with pytest.raises(ValueError, match="`strides` (are|is)"):
            space.embed(strides)


def test_part_of_a_fabric_and_its_strengths():
    pytest.importorskip("torch")
    for sparse in (False, True):
        space = FabricSpace(3, 2, 4, sparse=sparse)
        net = space.fabric(DIGITS).build()
        strengths = space.strengths(net)
        assert list(strengths) == space.edges() and all(0 < strength < 1 for strength in strengths.values())
        strongest = sorted(strengths, key=strengths.get)[len(strengths) // 3 :]
        try:
            part = space.network(strongest, DIGITS)
        except ValueError as error:
            assert "no path" in str(error)
        else:
            assert part.counts().params < net.graph.counts().params


@settings(max_examples=40, deadline=None)
@given(scales=st.integers(1, 4), layers=st.integers(2, 4), head=st.sampled_from(["classes", "pixels"]), seed=st.integers(0, 999), share=st.floats(0, 1))
def test_pruning_leaves_the_strongest_and_always_a_path(scales, layers, head, seed, share):
    space, rng = FabricSpace(layers, scales, head=head), random.Random(seed)
    strengths = {edge: rng.random() for edge in space.edges()}
    left = space.pruned(strengths, share)
    gone = [edge for edge in strengths if edge not in left]
    assert left == [edge for edge in space.edges() if edge in left] and len(gone) <= share * len(strengths) + 1e-9
    network = space.network(left, SimpleNamespace(name="small", shape=(1, 8, 8), classes=2))
    assert network.output.startswith("head")
    if len(gone) < int(share * len(strengths)):
        assert left == space.edges(space.path(left)), "no further one could go"
    for edge in left:
        if gone and strengths[edge] < max(strengths[other] for other in gone):
            with pytest.raises(ValueError, match="no path"):
                weaker = [other for other in strengths if other != edge and (other in left or strengths[other] > strengths[edge])]
                space.network(weaker, DIGITS)


def test_of_all_that_can_go_a_path_is_left_and_it_is_an_architecture():
    for head in ("classes", "pixels"):
        space = FabricSpace(3, 3, head=head)
        for arch in space:
            assert space.path(space.edges(arch)) == arch
            strengths = {edge: float(edge in space.edges(arch)) for edge in space.edges()}
            assert space.path(space.pruned(strengths, 1)) == arch
        assert space.pruned(strengths, 0) == space.edges()
    for edges in (space.edges(), [], space.edges(arch)[1:], space.edges(arch)[:-1]):
        with pytest.raises(ValueError, match=r"allowed are those of one path from \(1, 1\)"):
            space.path(edges)
    with pytest.raises(ValueError, match="`share` is 1.5; allowed are numbers from 0 to 1"):
        space.pruned(strengths, 1.5)


def test_scores_for_each_pixel():
    space = FabricSpace(3, 3, head="pixels")
    assert space.end == (1, 3) and all(space.graph(arch, DIGITS).node("head conv").shape == (10, 8, 8) for arch in space)
    assert space.fabric(DIGITS).node("head conv").shape == (10, 8, 8) and space.size == FabricSpace(3, 3).size


def test_keeps_the_rules():
    check_space(FabricSpace(3, 2, 4, sparse=True))


def test_bad_settings():
    for arguments, text in [
        ({"layers": 1}, "`layers` is 1; allowed are whole numbers from 2"),
        ({"channels": 2, "sparse": True}, "`channels` is 2; allowed are whole numbers from 3"),
        ({"head": "boxes"}, "`head` is 'boxes'"),
        ({"sparse": 1}, "`sparse` is 1"),
    ]:
        with pytest.raises(ValueError, match=text):
            FabricSpace(**arguments)
    with pytest.raises(ValueError, match="divisible by 16"):
        FabricSpace(scales=5).fabric(DIGITS)
    with pytest.raises(ValueError, match="allowed are those of `edges"):
        FabricSpace().network([((1, 1), (3, 2))], DIGITS)
    with pytest.raises(ValueError, match="no path"):
        FabricSpace().network([((1, 1), (2, 1))], DIGITS)
