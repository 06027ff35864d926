import pytest
from hypothesis import given

import nastutor as nt
from nastutor.edits import AddSkip, Narrow, Network, Several, Widen
from nastutor.testing.networks import IMAGES
from tests.edits.networks import SPACES, edited

ARCH = Network.chain([("conv", 8, 3), ("max",), ("sep", 6, 5), ("dense", 4)]).arch()


def test_a_width_changes_and_nothing_else():
    for layer, width in ((1, 8), (3, 6), (4, 4)):
        wide, thin = Widen(layer, 3)(ARCH), Narrow(layer, 3)(ARCH)
        assert wide[f"layer {layer}"][1] == width + 3 and thin[f"layer {layer}"][1] == width - 3
        assert Narrow(layer, 3)(wide) == ARCH == Widen(layer, 3)(thin)
        assert [name for name, value in ARCH.choices if wide[name] != value] == [f"layer {layer}"]


def test_what_is_added_to_a_wider_layer_is_projected_to_its_width():
    arch = Widen(4, 6)(AddSkip(1, -1)(ARCH))
    nodes = {node.name: node.shape for node in SPACES["of all kinds"].graph(arch, IMAGES).nodes}
    assert nodes["layer 5 part 1 bn"] == nodes["layer 4 relu"] == (10,) == nodes["layer 5 relu"]


def test_by_hand_a_wider_layer_costs_its_own_weights_and_those_of_its_readers():
    space = nt.spaces.EditSpace([("conv", 8, 3), ("conv", 16, 3)])
    before, after = (space.graph(arch, IMAGES).counts().params for arch in (space.start(), Widen(1, 4)(space.start())))
    assert after - before == 4 * 9 + 2 * 4 + 4 * 9 * 16, "own kernels, own batch norm, and the kernels of the next layer"


@given(edited(("widen", "widen many")))
def test_wider_networks_have_more_parameters(drawn):
    space, arch, edit = drawn
    before, after = (space.graph(each, IMAGES).counts() for each in (arch, edit(arch)))
    assert after.params > before.params and after.mult_adds > before.mult_adds and after.depth == before.depth


@given(edited(("narrow", "narrow many")))
def test_narrower_networks_have_fewer(drawn):
    space, arch, edit = drawn
    assert space.graph(edit(arch), IMAGES).counts().params < space.graph(arch, IMAGES).counts().params


@pytest.mark.parametrize(
    "edit, why",
    [
        (Widen(2, 4), r"`layer` is 2; allowed are 1, 3, 4 \(conv, sep, dense\)"),
        (Widen(9, 4), "`layer` is 9; allowed are 1, 3, 4"),
        (Widen(0, 4), "`layer` is 0; allowed are 1, 3, 4"),
        (Widen(1, 0), "`extra` is 0; allowed are whole numbers from 1"),
        (Widen(1, 1.5), "`extra` is 1.5"),
        (Narrow(3, 6), "`fewer` is 6; allowed are whole numbers from 1 to 5, as layer 3 has a width of 6"),
        (Narrow(3, -1), "`fewer` is -1"),
        (Several((Widen(1, 4), Narrow(1, 12))), "`fewer` is 12; allowed are whole numbers from 1 to 11"),
    ],
    ids=str,
)
def test_refusals(edit, why):
    with pytest.raises(ValueError, match=why):
        edit(ARCH)
