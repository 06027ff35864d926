import pytest
from hypothesis import given

from nastutor.edits import ChangeKernel, Network, SwapLayer
from tests.edits.networks import edited

ARCH = Network.chain([("conv", 8, 3), ("max",), ("sep", 6, 5), ("dense", 4)]).arch()


def test_the_kind_changes_and_nothing_else():
    for layer, old, new in ((1, "conv", "sep"), (3, "sep", "conv"), (2, "max", "avg")):
        child = SwapLayer(layer, new)(ARCH)
        assert child[f"layer {layer}"][0] == new and SwapLayer(layer, old)(child) == ARCH
        assert [name for name, value in ARCH.choices if child[name] != value] == [f"layer {layer}"]


def test_the_kernel_changes_and_nothing_else():
    assert ChangeKernel(3, 7)(ARCH)["layer 3"] == ("sep", 6, 7, (2,)) and ChangeKernel(3, 5)(ChangeKernel(3, 1)(ARCH)) == ARCH


@given(edited(("swap", "kernel")))
def test_the_way_back_is_an_edit(drawn):
    _, arch, edit = drawn
    old = Network.of(arch).layers[edit.layer]
    back = SwapLayer(edit.layer, old.kind) if isinstance(edit, SwapLayer) else ChangeKernel(edit.layer, old.kernel)
    assert back(edit(arch)) == arch


@pytest.mark.parametrize(
    "edit, why",
    [
        (SwapLayer(1, "conv"), "`kind` is 'conv'; allowed are sep in place of conv"),
        (SwapLayer(2, "conv"), "`kind` is 'conv'; allowed are avg in place of max"),
        (SwapLayer(4, "conv"), r"`layer` is 4; allowed are 1, 2, 3 \(conv, sep, max, avg\)"),
        (ChangeKernel(2, 3), r"`layer` is 2; allowed are 1, 3 \(conv, sep\)"),
        (ChangeKernel(1, 3), "`kernel` is 3; allowed are 1, 3, 5 and so on, but 3"),
        (ChangeKernel(1, 2), "`kernel` is 2"),
        (ChangeKernel(1, -1), "`kernel` is -1"),
    ],
)
def test_refusals(edit, why):
    with pytest.raises(ValueError, match=why):
        edit(ARCH)
