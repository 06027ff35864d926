"""`HierarchicalSpace`: the paper's sizes, its mutations, canonical forms, networks, and what it refuses."""

from types import SimpleNamespace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nastutor.rng import torch_rng
from nastutor.spaces import ChoiceSpace
from nastutor.spaces.hierarchical import HierarchicalSpace
from nastutor.testing.twins import same_graph, twins_among

DIGITS = SimpleNamespace(name="digits", shape=(1, 8, 8), classes=10)
PAPER = HierarchicalSpace(motifs=(6, 1), nodes=(4, 5))


def arch_of(space, **edges):
    """Edges by names such as m21_0_1: of motif 2.1, from 0 to 1; all others are none."""
    answers = {f"motif{key[1]}.{key[2]} {key[4]}->{key[6]}": value for key, value in edges.items()}
    return space.walk(lambda name, options: answers.get(name, "none"))


def test_the_sizes_of_the_paper():
    assert PAPER.size == 7**46 and len(PAPER.sites()) == 46
    assert PAPER.flat_twin().nodes == (11,) and PAPER.flat_twin().size == 7**55
    small = HierarchicalSpace((2, 1), (2, 3), ("skip", "conv1"))
    assert small.size == 3**2 * 3**3 == len(set(small)) and small.sites() == ChoiceSpace._sites.func(small)


def test_three_levels_choose_from_the_level_below():
    space = HierarchicalSpace((2, 3, 1), (2, 3, 2), ("skip",))
    assert space.sites()["motif3.2 0->1"] == ("none", "motif2.1", "motif2.2") and space.sites()["motif4.1 0->1"] == ("none", "motif3.1", "motif3.2", "motif3.3")


def test_mutations_are_uniform_over_levels_first():
    arch = PAPER.sample(0)
    changed = [next(name for name, value in PAPER.mutate(arch, seed).choices if value != arch[name]) for seed in range(2000)]
    assert abs(sum(name.startswith("motif3") for name in changed) / 2000 - 1 / 2) < 0.05, "five standard deviations"
    edge = sum(name == "motif3.1 0->1" for name in changed) / 2000
    assert abs(edge - 1 / 2 * 1 / 4) < 0.04, "the one edge of the first of four successors"


def test_diversified_starts_at_chains_of_identities():
    assert PAPER.diversified(0, mutations=0) == PAPER.trivial
    assert {value for name, value in PAPER.trivial.choices if name.startswith("motif2")} == {"none", "skip"}
    one = [PAPER.diversified(seed, mutations=1) for seed in range(300)]
    assert all(sum(a != b for a, b in zip(arch.choices, PAPER.trivial.choices)) <= 1 for arch in one)
    same = sum(arch == PAPER.trivial for arch in one) / 300
    assert abs(same - 1 / 7) < 0.11, "an edge is drawn from all seven options, its own among them"
    assert PAPER.diversified(1) == PAPER.diversified(1) != PAPER.diversified(2)


def test_identities_compute_the_identity():
    space = HierarchicalSpace()
    graph = space.graph(space.trivial, DIGITS).simplified()
    assert not any(node.name.startswith("cell") for node in graph.nodes)


def scores(graph, weights=None, named=lambda name: name):
    """What a network says of two images, with weights drawn by their names, or with those of `weights` under the names that `named` gives."""
    net = graph.build(seed=0).double()
    for name, weight in net.named_parameters():
        drawn = torch.randn(weight.shape, dtype=torch.float64, generator=torch_rng(0, name)) if weights is None else weights[named(name)]
        weight.data.copy_(drawn)
    return net(torch.randn(2, *graph.nodes[0].shape, dtype=torch.float64, generator=torch_rng(0, "images"))), dict(net.named_parameters())


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**31))
def test_edges_replaced_by_the_motifs_that_they_stand_for_give_the_same_function(seed):
    """Cells of three nodes and motifs of three are cells of six nodes: input, inside 0->1, middle, inside 0->2, inside 1->2, output."""
    space, flat = (HierarchicalSpace(motifs, nodes, channels=2, stages=1) for motifs, nodes in (((3, 1), (3, 3)), ((1,), (6,))))
    arch = space.sample(seed)
    plan, ops, places = space.plan(arch), {}, {}
    for (i, j), inside in {(0, 1): 1, (0, 2): 3, (1, 2): 4}.items():
        node = {0: (0, 2, 5)[i], 1: inside, 2: (0, 2, 5)[j]}
        for (a, b), op in plan.get(plan["motif3.1"][i, j], {}).items():
            ops[f"motif2.1 {node[a]}->{node[b]}"] = op
            places[f"cell 1 {node[a]}->{node[b]} "] = f"cell 1 {i}->{j} {a}->{b} "
    ours, weights = scores(space.graph(arch, DIGITS))
    found = flat.graph(flat.walk(lambda name, options: ops.get(name, "none")), DIGITS)
    theirs, _ = scores(found, weights, lambda name: next((places[own] + name.removeprefix(own) for own in places if name.startswith(own)), name))
    assert torch.allclose(ours, theirs, rtol=1e-9)


@pytest.mark.parametrize(
    "space", [HierarchicalSpace(), HierarchicalSpace(merge="concat"), HierarchicalSpace((2, 2, 1), (2, 3, 2)), HierarchicalSpace().flat_twin()]
)
def test_no_network_is_blind_to_the_image(space):
    """Cells without a way from input to output pass their input on; some of a thousand mutations make such."""
    archs = [space.walk(lambda name, options: "none"), *(space.sample(seed) for seed in range(15)), space.diversified(0)]
    graphs = [space.graph(arch, DIGITS) for arch in archs]
    assert all(graph.receptive_field("head mean").size == (8, 8) for graph in graphs)
    assert graphs[0].node("after 1 conv").inputs == ("cell 1 kept",) and any(node.op == "zero" for node in graphs[0].nodes), "as it is, with its dead parts"


def test_a_cell_without_a_way_is_the_identity():
    space = HierarchicalSpace((2, 1), (3, 3))
    empty, chain = space.walk(lambda name, options: "none"), arch_of(space, m31_0_2="motif2.1", m21_0_2="skip")
    dead = arch_of(space, m31_0_1="motif2.1", m31_1_2="motif2.2", m21_0_2="conv1", m22_0_1="conv1")
    assert {space.canonical(arch) for arch in (empty, chain, space.trivial, dead)} == {empty}
    one, two, three = (scores(space.graph(arch, DIGITS).simplified())[0] for arch in (empty, chain, dead))
    assert torch.equal(one, two) and torch.equal(one, three)
    joined = HierarchicalSpace((2, 1), (3, 3), merge="concat")
    assert joined.canonical(chain) != joined.canonical(empty) == empty, "a convolution of its own follows each edge there"


def test_canonical_forgets_names_and_what_does_not_matter():
    space = HierarchicalSpace((3, 1), (3, 3), ("skip", "conv1"))
    one = arch_of(space, m31_0_2="motif2.1", m21_0_2="conv1", m21_0_1="skip", m22_0_2="skip", m31_0_1="motif2.3", m31_1_2="motif2.1")
    assert space.canonical(one) == arch_of(space, m31_0_2="motif2.3", m23_0_2="conv1"), "a dead end, an empty motif, an unused one, a motif called 1"
    two = arch_of(space, m31_0_2="motif2.1", m31_0_1="motif2.2", m31_1_2="motif2.1", m21_0_2="conv1", m22_0_2="conv1")
    assert space.canonical(two) == arch_of(space, m31_0_2="motif2.3", m31_0_1="motif2.3", m31_1_2="motif2.3", m23_0_2="conv1"), "equal motifs are one"


def test_canonical_is_the_first_of_its_class():
    space = HierarchicalSpace((2, 1), (2, 3), ("skip", "conv1"))
    first = {}
    for arch in space:
        canonical = space.canonical(arch)
        assert first.setdefault(canonical, arch) == canonical == space.canonical(canonical)


@pytest.mark.parametrize(
    "space, networks",
    [
        (HierarchicalSpace((2, 1), (2, 3), ("skip", "conv1"), channels=2, stages=1), 8),
        (HierarchicalSpace((1,), (3,), ("conv1", "skip", "maxpool3"), channels=2, stages=1), 25),
        (HierarchicalSpace((1,), (4,), ("skip", "conv1"), channels=2, stages=1), 127),
        (HierarchicalSpace((1,), (3,), ("skip", "conv1"), channels=2, stages=1, merge="concat"), 15),
    ],
)
def test_canonical_forms_are_the_classes_of_equal_networks(space, networks):
    """By brute force: all that have one simplified graph but for names have one canonical form, the first of them."""
    classes = {}
    for arch in space:
        graph = space.graph(arch, DIGITS).simplified()
        first = next((first for other, first in classes.setdefault(graph.counts(), []) if same_graph(graph, other)), None)
        if first is None:
            classes[graph.counts()].append((graph, arch))
        assert space.canonical(arch) == (first or arch)
    assert sum(map(len, classes.values())) == networks


def test_canonical_forms_are_their_own():
    for space in (HierarchicalSpace((3, 2, 1), (2, 3, 3)), HierarchicalSpace((2, 1), (3, 3), ("conv1", "skip")), PAPER):
        for seed in range(100):
            canonical = space.canonical(space.diversified(seed, mutations=30))
            assert space.canonical(canonical) == canonical


def test_what_stays_apart_is_as_said():
    """Two convolutions in one motif, or in two motifs in a row."""
    space = HierarchicalSpace((2, 1), (3, 3), ("skip", "conv1"), channels=2, stages=1)
    one = arch_of(space, m31_0_2="motif2.2", m22_0_1="conv1", m22_1_2="conv1")
    two = arch_of(space, m31_0_1="motif2.2", m31_1_2="motif2.2", m22_0_2="conv1")
    assert twins_among(space, [one, two], DIGITS) and "two ways" in space.unmerged


@pytest.mark.parametrize("merge, own", [("sum", 0), ("concat", 64)])
def test_a_network_by_hand(merge, own):
    space = HierarchicalSpace((1, 1), (2, 2), merge=merge, stages=1)
    graph = space.graph(arch_of(space, m31_0_1="motif2.1", m21_0_1="conv1"), DIGITS)
    assert graph.counts().params == (72 + 16) + (64 + 16) + 2 * own + (72 + 64 + 16) + 90


def test_stages_halve_and_double():
    space = HierarchicalSpace(stages=3, cells=2)
    graph = space.graph(space.trivial, DIGITS)
    assert [graph.node(f"after {cell} relu").shape for cell in range(1, 7)] == [(8, 8, 8), (16, 4, 4), (16, 4, 4), (32, 2, 2), (32, 2, 2), (32, 2, 2)]


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"motifs": (3, 2)}, "`motifs`"),
        ({"motifs": (), "nodes": ()}, r"`motifs` is \(\); allowed are whole numbers from 1, the last of them 1"),
        ({"nodes": (3,)}, "one for each level"),
        ({"nodes": (1, 3)}, "`nodes`"),
        ({"ops": ("conv9",)}, "`ops` is 'conv9'"),
        ({"merge": "max"}, "`merge` is 'max'"),
    ],
)
def test_refuses(arguments, message):
    with pytest.raises(ValueError, match=message):
        HierarchicalSpace(**arguments)


def test_refuses_to_start_without_identities():
    with pytest.raises(ValueError, match="needs 'skip' among them"):
        HierarchicalSpace(ops=("conv1",)).diversified(0)
