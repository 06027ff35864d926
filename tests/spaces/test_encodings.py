"""What codes tell apart and what they do not: each claim of encodings.py with its counter-example."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nastutor.spaces import CellSpace, ChainSpace, NASBench101, PathLevelSpace
from nastutor.spaces.encodings import adjacency_encoding, all_paths, path_encoding, paths

GRAPHS, CELLS = NASBench101(vertices=4), CellSpace(nodes=3)


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


@pytest.mark.parametrize("space", [GRAPHS, CELLS])
def test_equal_adjacency_codes_are_equal_architectures(space):
    assert len({adjacency_encoding(space, arch).tobytes() for arch in space}) == space.size


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
    space = ChainSpace()
    for encode in (adjacency_encoding, path_encoding):
        with pytest.raises(TypeError, match="allowed are a CellSpace and a NASBench101"):
            encode(space, space.sample(0))
    with pytest.raises(ValueError, match="`longest` is -1"):
        path_encoding(GRAPHS, GRAPHS.sample(0), -1)
    with pytest.raises(TypeError, match="allowed are a CellSpace and a NASBench101, whose"):
        adjacency_encoding(PathLevelSpace(), PathLevelSpace().sample(0))
