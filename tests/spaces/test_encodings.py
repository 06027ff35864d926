"""What codes tell apart and what they do not: each claim of encodings.py with its counter-example."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nastutor.spaces import (
    AmoebaNetSpace,
    BlockQNNSpace,
    BranchSpace,
    CellSpace,
    ChainSpace,
    DARTSSpace,
    ENASMicroSpace,
    HierarchicalSpace,
    JointSpace,
    MacroSpace,
    MetaQNNSpace,
    NASBench101,
    NASNetSpace,
    NASRLSpace,
    PathLevelSpace,
    PNASSpace,
    RecurrentSpace,
    TrellisSpace,
)
from nastutor.spaces.branches import Branch, Branches
from nastutor.spaces.encodings import _blocks, adjacency_encoding, all_paths, path_encoding, paths
from nastutor.spaces.nasrl import Layer

GRAPHS, CELLS = NASBench101(vertices=4), CellSpace(nodes=3)
SMALL = {
    "graphs": GRAPHS,
    "cells": CELLS,
    "NASNet": NASNetSpace(1, ("sep3",), output="chosen"),
    "AmoebaNet": AmoebaNetSpace(2, ("sep3",)),
    "PNAS": PNASSpace(2, ("max3", "sep3")),
    "ENAS": ENASMicroSpace(1, ("sep3", "identity")),
    "DARTS": DARTSSpace(2, ("identity", "sep3")),
    "blocks": BlockQNNSpace(4),
    "macro": MacroSpace(3, ("conv3", "sep3")),
    "recurrent": RecurrentSpace(3),
    "recurrent, loose ends": RecurrentSpace(4, "enas", ("tanh", "relu")),
    "trellis": TrellisSpace(2, 1, 2),
    "anchors": NASRLSpace((1, 3), (1,), (1, 3), (4,)),
    "branches": BranchSpace((1, 2), ("conv", "max2"), (4,), (3,)),
    "motifs": HierarchicalSpace((2, 1), (2, 3), ("skip", "conv1")),
    "chains with skips": ChainSpace((1, 3), ("conv", "pool"), (4, 8), (3,), skips=True),
    "cells and their training": JointSpace(CellSpace(nodes=3, ops=("none", "conv1")), {"lr": (0.1, 1.0), "batch_size": (2, 3)}),
    "trellis and its training": JointSpace(TrellisSpace(2, 1, 2), {"lr": (0.1, 1.0)}),
}
FULL = {
    "NASNet": NASNetSpace(4, ("sep3", "avg3", "identity")),
    "NASNet, chosen": NASNetSpace(3, ("sep3", "avg3"), output="chosen"),
    "PNAS": PNASSpace(4),
    "ENAS": ENASMicroSpace(),
    "DARTS": DARTSSpace(),
    "blocks": BlockQNNSpace(5),
    "macro": MacroSpace(5),
    "recurrent": RecurrentSpace(6),
    "recurrent, loose ends": RecurrentSpace(6, "enas"),
    "trellis": TrellisSpace(3, 3, 2),
    "anchors": NASRLSpace((2, 3), strides=(1, 2)),
    "branches": BranchSpace((1, 2, 3), ("conv", "max3", "max2"), (4, 8), (3,)),
    "training": JointSpace(NASBench101(), {"lr": (0.1, 1.0)}),
}


def classes(space, code):
    """Code -> the canonical architectures that have it."""
    found = {}
    for arch in space:
        found.setdefault(code(space, arch).tobytes(), set()).add(space.canonical(arch))
    return found


def test_lengths_of_the_papers():
    big, cell = NASBench101(), CellSpace(4)
    assert len(path_encoding(big, big.sample(0))) == 364 and len(adjacency_encoding(big, big.sample(0))) == 21 + 15
    assert len(path_encoding(cell, cell.sample(0))) == 84 and len(adjacency_encoding(cell, cell.sample(0))) == 30
    assert [len(all_paths(big, longest)) for longest in range(6)] == [1, 4, 13, 40, 121, 364]


@pytest.mark.parametrize("space", SMALL.values(), ids=SMALL)
def test_equal_adjacency_codes_are_equal_architectures(space):
    codes = [adjacency_encoding(space, arch) for arch in space]
    assert len({code.tobytes() for code in codes}) == space.size == len(codes) and {code.shape for code in codes} == {codes[0].shape}


@pytest.mark.parametrize("space", FULL.values(), ids=FULL)
def test_equal_networks_have_equal_path_codes_and_every_way_has_its_place(space):
    named = set(all_paths(space))
    for seed in range(25):
        arch = space.sample(seed)
        code, own = path_encoding(space, arch), set(paths(space, arch))
        assert np.array_equal(code, path_encoding(space, space.canonical(arch)))
        beside = code[len(named) :]
        assert own <= named and code.sum() - beside.sum() == len(own)
        assert beside.sum() == {"training": 1, "trellis": 3}.get(next(name for name, one in FULL.items() if one is space), 0)
        assert [path for path, there in zip(all_paths(space), code) if there] == [path for path in all_paths(space) if path in own]


@pytest.mark.parametrize("space", [*FULL.values(), PathLevelSpace(3)], ids=[*FULL, "trees"])
def test_a_truncated_code_is_the_beginning_of_the_whole(space):
    for seed in range(5):
        arch = space.sample(seed)
        own = set(paths(space, arch))
        prefix = len(_blocks(space, arch, None)[0].prefix)
        for longest in (2, 3):
            short = {path for path in own if len(path) <= longest + prefix}
            assert set(paths(space, arch, longest)) == short == set(paths(space, arch, longest, once=True))
            assert {path for path, there in zip(all_paths(space, longest), path_encoding(space, arch, longest)) if there} == short


def test_long_ways_are_not_followed():
    """Every skip is taken, so that there are millions of ways, and four sequences of at most three operations."""
    space = MacroSpace(24)
    arch = space.walk(lambda name, options: options[-1])
    assert path_encoding(space, arch, longest=3).sum() == 4 == len(paths(space, arch, 3, once=True))


def test_what_two_orders_of_blocks_show():
    """Blocks in another order, halves swapped: other adjacency codes, one path code."""
    space = DARTSSpace(2)
    cell, other = "0 sep3 + 1 max3 | 0 sep5 + 1 avg3 -> 2 3", "0 sep5 + 1 avg3 | 0 sep3 + 1 max3 -> 2 3"
    one, two = (space.from_genotype(f"normal: {text}; reduce: {cell}") for text in (cell, other))
    assert space.canonical(one) == space.canonical(two) and one != two
    assert np.array_equal(path_encoding(space, one), path_encoding(space, two)) and not np.array_equal(*(adjacency_encoding(space, a) for a in (one, two)))


@pytest.mark.parametrize("name", ["NASNet", "AmoebaNet", "PNAS", "blocks", "macro", "recurrent", "trellis", "anchors", "branches"])
def test_each_kind_of_space_has_different_networks_with_one_path_code(name):
    space = SMALL[name]
    assert any(len(archs) > 1 for archs in classes(space, path_encoding).values())


def test_codes_by_hand():
    cell = "0 sep3 + 1 max3 | 2 identity + 0 sep5 -> 2 3"
    space = DARTSSpace(2)
    arch = space.from_genotype(f"normal: {cell}; reduce: {cell}")
    ways = [("0", "sep3"), ("0", "sep3", "identity"), ("0", "sep5"), ("1", "max3"), ("1", "max3", "identity")]
    assert paths(space, arch) == [(name, *way) for name in ("normal", "reduce") for way in ways]
    edges, ops = [1, 0, 0, 1, 1, 0, 0, 0, 0, 1], ["sep3", "max3", "sep5", "identity"]
    half = [*edges, *(op == own for own in ops for op in space.ops)]
    assert adjacency_encoding(space, arch).tolist() == [*half, *half] and len(path_encoding(space, arch)) == 2 * 2 * (7 + 49)
    joined = NASNetSpace(1, ("sep3",), output="chosen")
    arch = joined.from_genotype("normal: 1 sep3 & 0 sep3 -> 1 2; reduce: 0 sep3 + 0 sep3 -> 2")
    assert paths(joined, arch) == [("normal", "0", "sep3"), ("normal", "1"), ("normal", "1", "sep3"), ("reduce", "0", "sep3"), ("reduce", "0", "sep3")]
    assert adjacency_encoding(joined, arch).tolist() == [0, 1, 1, 0, 0, 1, 1, 1, 1, 1, *(1, 0, 1, 0, 0, 0, 1, 1, 1, 0)]


def test_codes_of_layers_and_nodes_by_hand():
    blocks = BlockQNNSpace(5)
    arch = blocks.from_code([(1, 1, 3, 0, 0), (2, 2, 1, 0, 0), (3, 5, 0, 0, 1), (4, 7, 0, 0, 0)])
    assert paths(blocks, arch) == [(), ("conv3",), ("max1",)]
    assert adjacency_encoding(blocks, arch)[:10].tolist() == [1, 1, 0, 1, 1, 0, 0, 0, 0, 0] and len(adjacency_encoding(blocks, arch)) == 10 + 4 * 10
    macro = MacroSpace(3, ("conv3", "avgpool3"))
    arch = macro.from_numbers("0 4 1 0 0 1")  # layer 2 also takes the stem, layer 3 layer 1
    assert paths(macro, arch) == [("conv3",), ("conv3",), ("conv3", "avgpool3", "conv3")]
    assert adjacency_encoding(macro, arch).tolist() == [1, 0, 1, *(1, 0), *(0, 1), *(1, 0)]
    tree = RecurrentSpace(3).cell(("relu", "tanh", "relu"), (0, 1, 0))
    assert paths(RecurrentSpace(3), tree) == [("relu",), ("relu",), ("relu", "tanh")]
    loose = RecurrentSpace(4, "enas")
    assert paths(loose, loose.cell(("relu", "tanh", "relu"), (0, 1, 0), "sigmoid")) == [("sigmoid", "relu"), ("sigmoid", "relu", "tanh")]
    anchors = NASRLSpace((3,), (1, 3), (1,), (4,), (1, 2))
    arch = anchors.arch([Layer((3, 1), (1, 1), 4, ()), Layer((1, 1), (2, 1), 4, (1,)), Layer((1, 1), (1, 2), 4, (1,))])
    assert paths(anchors, arch) == [("3x1 4/1x1", "1x1 4/1x2"), ("3x1 4/1x1", "1x1 4/2x1")] and len(all_paths(anchors)) == 8 + 64 + 512
    branches = BranchSpace((2,), ("conv", "max2"), (4, 8), (3,))
    plan = Branches("conv-relu", (Branch("conv", 8, 3, 2, (0,)), Branch("max2", None, None, 2, (0, 1), "concat")), (0, 1, 2), "add")
    assert paths(branches, branches.arch(plan)) == [(), ("conv3 8/2",), ("conv3 8/2", "max2/2"), ("max2/2",)] and len(all_paths(branches)) == 1 + 5 + 25
    trellis = TrellisSpace(2, 2, 2)
    arch = trellis.arch((0, 1), [(0, "sep3", 1, "none"), (2, "skip", 1, "none")])
    assert paths(trellis, arch) == [("0", "sep3"), ("0", "sep3", "skip")] and path_encoding(trellis, arch)[-4:].tolist() == [1, 0, 0, 1]


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**31))
def test_equal_graphs_have_equal_path_codes(seed):
    space = NASBench101(vertices=6)
    arch = space.sample(seed)
    assert np.array_equal(path_encoding(space, arch), path_encoding(space, space.canonical(arch)))


def test_different_graphs_may_share_a_path_code():
    shared = [archs for archs in classes(GRAPHS, path_encoding).values() if len(archs) > 1]
    assert shared, "two vertices of one operation side by side are one way"
    parallel = GRAPHS.from_matrix([[0, 1, 1, 0], [0, 0, 0, 1], [0, 0, 0, 1], [0, 0, 0, 0]], ["input", "conv3", "conv3", "output"])
    single = GRAPHS.from_matrix([[0, 1, 0], [0, 0, 1], [0, 0, 0]], ["input", "conv3", "output"])
    assert np.array_equal(path_encoding(GRAPHS, parallel), path_encoding(GRAPHS, single)) and GRAPHS.canonical(parallel) != GRAPHS.canonical(single)


def test_in_cells_neither_holds():
    first = {"0->1": "skip", "0->2": "none", "1->2": "conv1"}
    one, other = (CELLS._arch(list(ops)) for ops in (first.values(), ("conv1", "none", "skip")))
    assert CELLS.canonical(one) == CELLS.canonical(other) and not np.array_equal(path_encoding(CELLS, one), path_encoding(CELLS, other))
    assert any(len(archs) > 1 for archs in classes(CellSpace(nodes=4, ops=("none", "conv1", "conv3")), path_encoding).values())


@given(st.integers(0, 2**31), st.integers(0, 5))
@settings(max_examples=30, deadline=None)
def test_truncated_codes_begin_the_whole_ones(seed, longest):
    space = NASBench101(vertices=7)
    arch = space.sample(seed)
    short = path_encoding(space, arch, longest)
    assert np.array_equal(short, path_encoding(space, arch)[: len(short)]) and path_encoding(space, arch).sum() == len(set(paths(space, arch)))


def test_paths_of_trees():
    space = PathLevelSpace(3, base="dense", width=48, groups=2)
    assert [len(all_paths(space, longest)) for longest in (0, 1, None)] == [1, 7, 43]
    arch = space.from_text("add[conv3: none[identity: concat[sep3, max3]], conv3: add[sep3, identity], conv3]")
    assert paths(space, arch) == [(), (), ("max3",), ("sep3",), ("sep3",)] and path_encoding(space, arch).sum() == 3
    other = space.from_text("add[conv3: add[sep3, max3], conv3, conv3: concat[identity: none[sep3], identity]]")
    assert np.array_equal(path_encoding(space, arch), path_encoding(space, other)) and space.canonical(arch) != space.canonical(other)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**31))
def test_equal_trees_have_equal_path_codes(seed):
    space = PathLevelSpace(4, ops=("sep3", "identity"), width=16)
    arch = space.sample(seed)
    assert np.array_equal(path_encoding(space, arch), path_encoding(space, space.canonical(arch)))


def test_what_has_no_cell_is_refused():
    for space in (ChainSpace(), MetaQNNSpace(), HierarchicalSpace(), JointSpace(ChainSpace(), {"lr": (0.1, 1.0)})):
        with pytest.raises(TypeError, match="no graphs of operations; allowed are BlockQNNSpace, BranchSpace, CellSpace, DARTSSpace"):
            path_encoding(space, space.sample(0))
    for space in (ChainSpace(), MetaQNNSpace(), PathLevelSpace(), JointSpace(ChainSpace(), {"lr": (0.1, 1.0)})):
        with pytest.raises(TypeError, match="which decides on no edges; allowed are spaces of graphs, and `encode` is for all"):
            adjacency_encoding(space, space.sample(0))
    with pytest.raises(ValueError, match="`arch` is .*, which is none of BranchSpace"):
        adjacency_encoding(BranchSpace(), ChainSpace().sample(0))
    with pytest.raises(ValueError, match="`longest` is -1"):
        path_encoding(GRAPHS, GRAPHS.sample(0), -1)
    with pytest.raises(ValueError, match=r"`longest` is None, which makes 2,612,138,803 numbers; allowed is what makes at most 16,777,216"):
        path_encoding(MacroSpace(12), MacroSpace(12).sample(0))
