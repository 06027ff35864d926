"""The supernets of pairwise cells, and the network of ENAS's search. That one path is the stand-alone network is in tests/nets/test_supernet.py."""

from types import SimpleNamespace

import pytest

import nastutor as nt
from nastutor.spaces.genotype import Genotype

TASK = nt.tasks.digits(train_size=50)
CELLS = "normal: 0 sep3 + 1 max3 | 1 identity + 2 avg3 -> 3; reduce: 0 sep5 + 0 identity | 1 avg3 + 1 sep3 -> 2 3"
SPACE = nt.spaces.ENASMicroSpace(2, channels=4, search=True)


def arch():
    return SPACE.from_genotype(CELLS.replace("reduce: 0 sep5 + 0 identity | 1 avg3 + 1 sep3 -> 2 3", "reduce: 0 sep5 + 1 identity | 1 avg3 + 1 sep3 -> 2 3"))


def test_what_is_joined_follows_from_what_is_read():
    found = SPACE.chosen(arch())
    assert [found[f"normal_out{state}"] for state in range(3)] == [False, False, False]
    assert [found[f"reduce_out{state}"] for state in range(3)] == [False, False, True]
    assert SPACE.genotype(arch()).reduce.concat == (2, 3)


def test_a_state_that_is_read_is_joined_as_zeros():
    graph = SPACE.graph(arch(), TASK)
    joined = graph.node("cell 1 output")
    assert [graph.node(name).op == "zero" for name in joined.inputs] == [True, True, True, False] and joined.shape[0] == 4 * 4
    assert graph.node("cell 1 join conv").shape[0] == 4, "back to the channels of the cell"


def test_in_the_search_images_are_halved_before_the_reduction_cell_and_its_operations_have_stride_1():
    graph = SPACE.graph(arch(), TASK)
    inside = [node for node in graph.nodes if node.name.startswith("reduction 2 block") and node.op in ("sep_conv", "avg_pool", "max_pool")]
    assert inside and all(dict(node.attrs)["stride"] == 1 for node in inside)
    assert graph.node("reduction 2 halved bn").shape == (8, 4, 4)
    final = nt.spaces.ENASMicroSpace(2, channels=4)
    strides = {dict(node.attrs)["stride"] for node in final.graph(arch(), TASK).nodes if node.name.startswith("reduction 2 block") and node.op == "sep_conv"}
    assert strides == {1, 2}


def test_settings_and_decisions_are_those_of_the_final_network():
    final = nt.spaces.ENASMicroSpace(2, channels=4)
    assert final.sites() == SPACE.sites() and final.size == SPACE.size
    assert "search" not in final.fingerprint and "search=True" in SPACE.fingerprint, "files that were written before stay valid"
    with pytest.raises(ValueError, match="`search` is 1"):
        nt.spaces.ENASMicroSpace(search=1)


def test_every_operation_has_weights_of_its_own_for_each_half_and_each_state():
    """Blocks 2 and 3 read 2 and 3 states by each half: 10 ways in a cell, each with a separable convolution of 3x3 (two layers) in either kind of cell."""
    supernet = SPACE.supernet(TASK)
    ways = [node for node in supernet.graph.nodes if node.op == "sep_conv" and node.name.startswith("cell 1 block") and dict(node.attrs)["kernel"] == 3]
    assert len(ways) == 2 * 10 and len({node.name for node in ways}) == 20
    assert len({decision for name, decision in supernet.mixed.items() if name.startswith("cell 1")}) == 2 * 4 + 3


def test_both_cells_of_pnas_have_one_set_of_decisions():
    space = nt.spaces.PNASSpace(2, ("sep3", "max3"), channels=4)
    supernet = space.supernet(TASK)
    assert set(supernet.mixed.values()) == set(space.sites()) and supernet.sites == space.mixture_sites()


@pytest.mark.parametrize("space", [nt.spaces.ENASMicroSpace(5, channels=20, cells=2, stages=3), nt.spaces.PNASSpace(5, channels=8)], ids=repr)
def test_at_the_size_of_the_papers_they_are_built(space):
    graph = space.supernet(SimpleNamespace(shape=(3, 32, 32), classes=10)).graph
    assert graph.node(graph.output).shape == (10,) and graph.counts().params > 100_000


def test_the_genotype_says_both_cells():
    assert isinstance(SPACE.genotype(arch()), Genotype)
