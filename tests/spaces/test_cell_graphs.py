"""Cells in one form: what reads what, which ways there are, and how long the shortest and the longest are."""

import pytest

from nastutor.spaces import (
    BlockQNNSpace,
    BranchSpace,
    CellSpace,
    DARTSSpace,
    ENASMicroSpace,
    MacroSpace,
    NASBench101,
    NASNetSpace,
    NASRLSpace,
    PNASSpace,
    RecurrentSpace,
    TrellisSpace,
)  # fmt: skip
from nastutor.spaces.cell_graphs import NOTHING, CellGraph, Use, cell_graphs, ways

SPACES = {
    "graphs": (NASBench101(vertices=4), (0, 2)),
    "cells": (CellSpace(nodes=4), (1, 3)),
    "NASNet": (NASNetSpace(2), (1, 2)),
    "NASNet, chosen": (NASNetSpace(2, output="chosen"), (0, 2)),
    "PNAS": (PNASSpace(2), (1, 2)),
    "ENAS": (ENASMicroSpace(2), (0, 2)),
    "DARTS": (DARTSSpace(2), (1, 2)),
    "blocks": (BlockQNNSpace(4), (0, 3)),
    "macro": (MacroSpace(3), (0, 3)),
    "recurrent": (RecurrentSpace(3), (1, 3)),
    "recurrent, loose ends": (RecurrentSpace(3, "enas"), (2, 3)),
    "trellis": (TrellisSpace(2, 2, 2), (1, 2)),
    "anchors": (NASRLSpace((1, 3)), (1, 3)),
    "branches": (BranchSpace((1, 2)), (0, 2)),
}


@pytest.mark.parametrize("name", SPACES)
def test_states_are_read_by_later_ones_and_decisions_are_within_their_options(name):
    space, _ = SPACES[name]
    shapes = set()
    for seed in range(50):
        for cell in cell_graphs(space, space.sample(seed)):
            made = set(range(cell.inputs))
            for use in cell.uses:
                assert all(state < use.state and state in made for state in use.reads) and use.op in (None, *cell.ops, *use.ops)
                assert (not use.may or set(use.reads) <= set(use.may)) and (not use.ops or use.op is None or use.op in use.ops)
                made.add(use.state)
            assert cell.outputs and set(cell.outputs) <= made and (not cell.may or set(cell.outputs) <= set(cell.may))
            shapes.add(
                (
                    cell.name,
                    tuple((use.state, tuple(use.may), tuple(use.ops)) for use in cell.uses if use.may or use.ops),
                    cell.ops,
                    cell.lengths,
                    tuple(cell.may),
                )
            )
    assert len(shapes) == (2 if isinstance(space, NASNetSpace | DARTSSpace) and not getattr(space, "tied", False) else 1), "a code has one layout"


@pytest.mark.parametrize("name", SPACES)
def test_the_shortest_and_the_longest_way_occur(name):
    space, lengths = SPACES[name]
    several, found = 1 if name in ("NASNet", "NASNet, chosen", "PNAS", "ENAS", "DARTS", "trellis") else 0, set()
    for seed in range(300):
        for cell in cell_graphs(space, space.sample(seed)):
            assert cell.lengths == lengths
            found |= {len(way) - several for way in ways(cell)}
    assert (min(found), max(found)) == lengths


def test_ways_by_hand():
    uses = (Use((0,), "a", 2), Use((1,), "b", 2), Use((2,), "c", 3), Use((0,), NOTHING, 3), Use((1, 2), None, 4))
    assert list(ways(CellGraph("", 2, uses, (3, 4), ("a", "b", "c"), (0, 2)))) == [("0", "a", "c"), ("1", "b", "c"), ("1",), ("0", "a"), ("1", "b")]
    assert list(ways(CellGraph("", 1, (), (0,), (), (0, 0)))) == [()]
