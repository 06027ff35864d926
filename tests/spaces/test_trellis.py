"""Golden numbers: Liu et al. 2019 (5.6e14 cells, 2.9e4 paths); the exact ones are computed, and Fibonacci numbers."""

from types import SimpleNamespace

import pytest

from nastutor.published import zoo
from nastutor.spaces.trellis import OPS, TrellisSpace
from nastutor.testing import check_space
from nastutor.testing.networks import check_same_network

DIGITS = SimpleNamespace(name="digits", shape=(1, 8, 8), classes=10)
CITY = SimpleNamespace(name="city", shape=(3, 64, 128), classes=19)


def test_sizes_of_the_paper():
    space = TrellisSpace(12, 5, 4, stem=4)
    assert (space.paths, TrellisSpace(12, 5, 4, fixed=True).paths, space.cells) == (75_025, 28_657, 556_627_761_561_600)
    assert space.size == space.paths * space.cells and [TrellisSpace(layers, levels=4).paths for layers in range(1, 5)] == [2, 5, 13, 34]


@pytest.mark.parametrize("fixed", [False, True])
def test_paths_by_brute_force(fixed):
    space = TrellisSpace(3, 1, 2, fixed=fixed)
    levels = {space.plan(arch).levels for arch in space}
    assert len(levels) == space.paths and sum(1 for _ in space) == space.size
    assert all(path[0] == 0 for path in levels) == fixed


def test_every_operation_keeps_and_halves():
    space = TrellisSpace(3, 1, 2)
    for op in OPS:
        graph = space.graph(space.arch((0, 1, 0), [(0, op, 1, op)]), DIGITS)
        assert [graph.node(f"cell {number}").shape for number in (1, 2, 3)] == [(4, 8, 8), (8, 4, 4), (4, 8, 8)]


def test_keeps_the_rules():
    check_space(TrellisSpace(2, 1, 2))


def test_canonical_cells_of_one_block():
    """Two terms of 7 operations on 2 inputs or nothing, in any order: 15 * 16 / 2."""
    space = TrellisSpace(1, 1, 1)
    assert len({space.canonical(arch) for arch in space}) == 120 and space.size == 256


def test_canonical_is_the_same_network():
    space = TrellisSpace(2, 3, 2)
    archs = [space.sample(seed) for seed in range(40)]
    check_same_network(space, archs, DIGITS)
    assert sum(space.canonical(arch) != arch for arch in archs) > 20
    arch = space.arch((0, 0), [(1, "sep3", 0, "skip"), (0, "none", 1, "none"), (3, "sep5", 2, "skip")])
    assert space.plan(space.canonical(arch)).blocks == ((0, "none", 0, "none"), (0, "skip", 1, "sep3"), (0, "none", 3, "skip"))


@pytest.mark.parametrize("head, rates", [("aspp1", [12]), ("aspp3", [12, 24, 36])])
def test_aspp_heads(head, rates):
    """The network that was found ends at stride 8, with 200 channels; the paper's small model has 10.2 M parameters with its decoder."""
    space = TrellisSpace(12, 5, 4, 20, stem=4, width=64, head=head)
    arch = zoo["Auto-DeepLab-S"].arch
    graph = space.graph(arch, CITY)
    assert [node["dilation"] for node in graph.nodes if node.group == "aspp" and node.op == "conv" and node["kernel"] == 3] == rates
    plain = TrellisSpace(12, 5, 4, 20, stem=4, width=64, head="pixels").graph(arch, CITY).counts().params
    weights = 200 * 256 * (2 + 9 * len(rates)) + (2 + len(rates)) * 256 * 256 + (3 + len(rates)) * 2 * 256
    assert graph.counts().params - plain == weights + (256 - 200) * 19 and graph.node(graph.output).shape == (19, 64, 128)


def test_bad_settings():
    for do, text in [
        (lambda: TrellisSpace(blocks=8), "`blocks` is 8; allowed are at most 7: beyond, it takes too long"),
        (lambda: TrellisSpace(stem=3), "`stem` is 3; allowed are 1, 2 and 4"),
        (lambda: TrellisSpace(head="boxes"), "`head` is 'boxes'"),
        (lambda: TrellisSpace(fixed=1), "`fixed` is 1"),
        (lambda: TrellisSpace(layers=0), "`layers` is 0"),
        (lambda: TrellisSpace(2, 1, 3).arch((0, 2), [(0, "skip", 1, "skip")]), "'level2' is 2; allowed are 0, 1"),
        (lambda: TrellisSpace(2, 1, 3).arch(None, []), "`levels` is None; allowed are 2 whole numbers"),
        (lambda: TrellisSpace(2, 1, 3).arch("01", []), "`levels` is '01'"),
        (lambda: TrellisSpace(2, 1, 3).arch((0, 1), [(0, "skip")]), "`blocks` is .*; allowed are 1 blocks"),
        (lambda: TrellisSpace(2, 1, 2).graph(TrellisSpace(2, 1, 2).sample(0), SimpleNamespace(name="odd", shape=(1, 7, 8), classes=2)), "divisible by 2"),
    ]:
        with pytest.raises(ValueError, match=text):
            do()
