import pytest
from hypothesis import given

import nastutor as nt
from nastutor.edits.network import IMAGE, OUTPUT, Layer, Network
from tests.edits.networks import networks

CHAIN = Network.chain([("conv", 8, 3), ("max",), ("conv", 16, 5)])
#  0 - 1 conv - 2 max - 3 conv - 5 add - 4 flatten - 6 dense - output
#        \_______________________/
SKIP = Network(
    {
        1: Layer("conv", 8, 3, (0,)),
        2: Layer("max", None, None, (1,)),
        3: Layer("conv", 4, 3, (2,)),
        5: Layer("add", None, None, (3, 1)),
        4: Layer("flatten", None, None, (5,)),
        6: Layer("dense", 10, None, (4,)),
    },
    6,
)


def test_a_chain_is_spelt_layer_by_layer():
    choices = (("layer 1", ("conv", 8, 3, (0,))), ("layer 2", ("max", None, None, (1,))), ("layer 3", ("conv", 16, 5, (2,))), ("output", 3))
    assert CHAIN.arch() == nt.Arch(choices) and Network.of(CHAIN.arch()) == CHAIN
    assert nt.Arch.from_json(CHAIN.arch().to_json()) == CHAIN.arch()


def test_layers_stand_behind_what_they_read():
    assert SKIP.order == (1, 2, 3, 5, 4, 6)
    assert [name for name, _ in SKIP.arch().choices] == ["layer 1", "layer 2", "layer 3", "layer 5", "layer 4", "layer 6", "output"]
    assert Network(dict(reversed(SKIP.layers.items())), 6).arch() == SKIP.arch(), "the order in which they are listed means nothing"


def test_what_follows_from_the_layers():
    assert SKIP.readers == {0: (1,), 1: (2, 5), 2: (3,), 3: (5,), 5: (4,), 4: (6,), 6: (OUTPUT,)}
    assert [SKIP.channels(number) for number in (0, 1, 2, 3, 5, 4, 6)] == [None, 8, 8, 4, 4, None, 10]
    assert [SKIP.halved(number) for number in (0, 1, 2, 3, 5)] == [0, 0, 1, 1, 1]
    assert [number for number in SKIP.order if SKIP.flat(number)] == [4, 6] and SKIP.above(3) == {1, 2} and SKIP.above(OUTPUT) == set(SKIP.layers)
    assert not SKIP.positive(IMAGE) and all(map(SKIP.positive, SKIP.layers))
    joined = CHAIN.put(4, Layer("concat", None, None, (3, 0))).reading(OUTPUT, (4,))
    assert joined.channels(4) is None and not joined.positive(4), "the image has come through"
    assert CHAIN.put(4, Layer("concat", None, None, (3, 2))).channels(4) == 24


def test_tidied_networks_have_nothing_too_much():
    twice = SKIP.reading(5, (3, 3))
    assert str(twice.tidied()) == "1: conv 8 3 <- 0\n2: max <- 1\n3: conv 4 3 <- 2\n4: flatten <- 3\n6: dense 10 <- 4\noutput <- 6"
    dead = CHAIN.reading(OUTPUT, (1,)).tidied()
    assert list(dead.layers) == [1]
    rows = Network({**SKIP.layers, 7: Layer("concat", None, None, (5, 3)), 5: Layer("add", None, None, (3, 3))}, 6).reading(4, (7,)).tidied()
    assert rows.layers.keys() == {1, 2, 3, 4, 6} and rows.reads(4) == (3,), "what is left of one merge may leave one link of the next"
    assert CHAIN.tidied() == CHAIN


@given(networks())
def test_spelling_and_reading_are_inverse(drawn):
    _, arch = drawn
    network = Network.of(arch)
    assert network.arch() == arch and network.tidied() == network and network.order == tuple(Network.of(arch).layers)


BAD = {
    "an empty list": ((), "the last decision is 'nothing'"),
    "no output": ((("layer 1", ("conv", 8, 3, (0,))),), "the last decision is 'layer 1'"),
    "an output of another type": ((("layer 1", ("conv", 8, 3, (0,))), ("output", True)), "the last decision is 'output' with True"),
    "a decision of another space": ((("width", 3), ("output", 1)), "'width' is not 'layer' with a number from 1"),
    "a number with zeros": ((("layer 01", ("conv", 8, 3, (0,))), ("output", 1)), "'layer 01' is not"),
    "three parts": ((("layer 1", ("conv", 8, 3)), ("output", 1)), "allowed are .kind, width, kernel, reads."),
    "another kind": ((("layer 1", ("deconv", 8, 3, (0,))), ("output", 1)), "of kind 'deconv'; allowed are conv, sep"),
    "a pool with a width": ((("layer 1", ("max", 8, None, (0,))), ("output", 1)), "layer 1 .max. has a width of 8; allowed are None alone"),
    "no width": ((("layer 1", ("conv", None, 3, (0,))), ("output", 1)), "a width of None; allowed are whole numbers from 1"),
    "a width of True": ((("layer 1", ("conv", True, 3, (0,))), ("output", 1)), "a width of True"),
    "an even kernel": ((("layer 1", ("conv", 8, 4, (0,))), ("output", 1)), "a kernel of 4; allowed are odd numbers"),
    "a dense kernel": ((("layer 1", ("dense", 8, 3, (0,))), ("output", 1)), "a kernel of 3; allowed are None alone"),
    "reads that are none": ((("layer 1", ("conv", 8, 3, 0)), ("output", 1)), "layer 1 reads 0; allowed are different numbers"),
    "a conv of two": (
        (("layer 1", ("conv", 8, 3, (0,))), ("layer 2", ("conv", 8, 3, (0, 1))), ("output", 2)),
        "layer 2 .conv. reads 2 layers; allowed are one",
    ),
    "a merge of one": ((("layer 1", ("conv", 8, 3, (0,))), ("layer 2", ("add", None, None, (1,))), ("output", 2)), "reads 1 layers; allowed are two or more"),
    "a link twice": ((("layer 1", ("conv", 8, 3, (0,))), ("layer 2", ("add", None, None, (1, 1))), ("output", 2)), "layer 2 reads .1, 1."),
    "a stranger read": ((("layer 1", ("conv", 8, 3, (7,))), ("output", 1)), "layer 1 reads 7, and the layers are 1"),
    "a stranger's output": ((("layer 1", ("conv", 8, 3, (0,))), ("output", 2)), "the output reads 2, and the layers are 1"),
    "a dead layer": ((("layer 1", ("conv", 8, 3, (0,))), ("layer 2", ("conv", 8, 3, (0,))), ("output", 1)), "layer 2 does not reach the output"),
    "a circle": ((("layer 1", ("conv", 8, 3, (2,))), ("layer 2", ("conv", 8, 3, (1,))), ("output", 1)), "layers 1, 2 read each other in a circle"),
    "a conv behind dense": (
        (("layer 1", ("dense", 8, None, (0,))), ("layer 2", ("conv", 8, 3, (1,))), ("output", 2)),
        "layer 2 is conv, and what it reads is no",
    ),
    "an image with dense": (
        (("layer 1", ("conv", 8, 3, (0,))), ("layer 2", ("dense", 8, None, (1,))), ("layer 3", ("add", None, None, (1, 2))), ("output", 3)),
        "layer 3 is add, and what it reads is no image",
    ),
    "another order": (
        (("layer 2", ("conv", 8, 3, (0,))), ("layer 1", ("conv", 8, 3, (0,))), ("layer 3", ("add", None, None, (1, 2))), ("output", 3)),
        "another order than",
    ),
}


@pytest.mark.parametrize("choices, why", BAD.values(), ids=BAD)
def test_what_is_no_network_is_refused_with_the_reason(choices, why):
    with pytest.raises(ValueError, match=f"`arch` is .*, which is no network of layers: .*{why}"):
        Network.of(nt.Arch(choices))


def test_only_an_arch_is_read():
    with pytest.raises(TypeError, match="`arch` must be an Arch, got str"):
        Network.of("conv 3")
