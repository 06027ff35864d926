import pytest
from hypothesis import given

import nastutor as nt
from nastutor.edits import AddPool, AddSkip, Deepen, Network, RemoveLayer
from nastutor.testing.networks import IMAGES
from tests.edits.networks import edited

ARCH = Network.chain([("conv", 8, 3), ("max",), ("sep", 6, 5), ("dense", 4)]).arch()
SKIP = AddSkip(1, target=-1)(Network.chain([("conv", 8, 3), ("max",), ("conv", 4, 3)]).arch())  # 4: add <- 3, 1


def test_a_new_layer_stands_behind_with_its_width():
    child = Network.of(Deepen(2, kernel=5)(ARCH))
    assert str(child) == "1: conv 8 3 <- 0\n2: max <- 1\n5: conv 8 5 <- 2\n3: sep 6 5 <- 5\n4: dense 4 <- 3\noutput <- 4"
    assert Network.of(Deepen(3, kind="sep")(ARCH)).layers[5] == ("sep", 6, 3, (3,))
    assert Network.of(Deepen(4, kind="dense")(ARCH)).layers[5] == ("dense", 4, None, (4,)) and Deepen(4, kind="dense")(ARCH)["output"] == 5
    assert Network.of(Deepen(3, kind="dense")(ARCH)).layers[5] == ("dense", 6, None, (3,)), "behind the last image it takes the mean"


def test_all_readers_read_it_or_one_alone():
    assert str(Network.of(Deepen(1)(SKIP))) == "1: conv 8 3 <- 0\n5: conv 8 3 <- 1\n2: max <- 5\n3: conv 4 3 <- 2\n4: add <- 3, 5\noutput <- 4"
    assert Network.of(Deepen(1, reader=4)(SKIP)).layers[4].reads == (3, 5) and Network.of(Deepen(1, reader=4)(SKIP)).layers[2].reads == (1,)
    assert Network.of(Deepen(1, reader=2)(SKIP)).layers[2].reads == (5,) and Network.of(Deepen(1, reader=2)(SKIP)).layers[4].reads == (3, 1)
    assert Deepen(4, reader=-1)(SKIP) == Deepen(4)(SKIP)


def test_a_pool_halves_the_image():
    assert Network.of(AddPool(3, "avg")(ARCH)).layers[5] == ("avg", None, None, (3,))
    assert Network.of(AddPool(0)(ARCH)).layers[1].reads == (5,), "of the image too"
    assert Network.of(AddPool(1, reader=4)(SKIP)).layers[4].reads == (3, 5)


def test_a_layer_less():
    assert str(Network.of(RemoveLayer(2)(ARCH))) == "1: conv 8 3 <- 0\n3: sep 6 5 <- 1\n4: dense 4 <- 3\noutput <- 4"
    assert str(Network.of(RemoveLayer(1)(ARCH))) == "2: max <- 0\n3: sep 6 5 <- 2\n4: dense 4 <- 3\noutput <- 4"
    assert RemoveLayer(4)(ARCH)["output"] == 3
    assert str(Network.of(RemoveLayer(3)(RemoveLayer(2)(SKIP)))) == "1: conv 8 3 <- 0\noutput <- 1", "a skip around nothing is none"


@given(edited(("deepen", "pool")))
def test_removing_the_new_layer_gives_the_parent(drawn):
    _, arch, edit = drawn
    assert RemoveLayer(Network.of(arch).fresh)(edit(arch)) == arch


@given(edited(("deepen",)))
def test_deeper_networks_have_more_parameters_and_are_not_shallower(drawn):
    space, arch, edit = drawn
    before, after = (space.graph(each, IMAGES).counts() for each in (arch, edit(arch)))
    assert after.params > before.params and before.depth <= after.depth <= before.depth + 2, "a separable convolution is two layers"


FLAT = Network.chain([("conv", 8, 3), ("flatten",), ("dense", 4)]).arch()
JOINED = AddSkip(0, -1, "concat")(Network.chain([("conv", 8, 3)]).arch())  # 2: concat <- 1, 0


@pytest.mark.parametrize(
    "edit, arch, why",
    [
        (Deepen(0), ARCH, "`layer` is 0; allowed are layers that give nothing negative"),
        (Deepen(2), JOINED, "`layer` is 2; allowed are layers that give nothing negative"),
        (Deepen(2, kind="dense"), FLAT, "`layer` is 2; .* as many channels for every task"),
        (Deepen(1, kind="max"), ARCH, "`kind` is 'max'; allowed are conv, sep, dense"),
        (Deepen(1, kernel=4), ARCH, "`kernel` is 4; allowed are None, 1, 3, 5"),
        (Deepen(4, kernel=3, kind="dense"), ARCH, "`kernel` is 3; allowed are None alone, for a layer of kind dense"),
        (Deepen(4), ARCH, "leaves no network of layers: layer 5 is conv, and what it reads is no image"),
        (Deepen(1, kind="dense"), ARCH, "leaves no network of layers: layer 2 is max"),
        (Deepen(1, reader=3), ARCH, "`reader` is 3; allowed are None and the readers of 1: 2"),
        (Deepen(9), ARCH, "`layer` is 9; allowed are 1, 2, 3, 4"),
        (AddPool(1, "min"), ARCH, "`kind` is 'min'; allowed are max, avg"),
        (AddPool(4), ARCH, "layer 5 is max, and what it reads is no image"),
        (RemoveLayer(4), SKIP, r"`layer` is 4; allowed are 1, 2, 3 \(conv, sep, dense, max, avg, flatten\)"),
        (RemoveLayer(1), JOINED, "`layer` is 1; allowed are all but the last one with weights"),
        (RemoveLayer(0), ARCH, "`layer` is 0"),
    ],
)
def test_refusals(edit, arch, why):
    with pytest.raises(ValueError, match=why):
        edit(arch)


def test_there_is_always_a_layer_with_weights():
    space, arch = nt.spaces.EditSpace(operators=("remove",)), nt.spaces.EditSpace().start()
    while space.edits(arch, 0):
        arch, _ = space.mutate(arch, 1)
    assert len(space.plan(arch).layers) == 1
    with pytest.raises(ValueError, match="no operator of EditSpace.* has an edit of .* that stays within the limits"):
        space.mutate(arch, 0)
