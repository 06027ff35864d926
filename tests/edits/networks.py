"""Networks and edits for tests: spaces of different kinds, what is drawn from them, and other numbers for the same."""

from dataclasses import fields, replace

from hypothesis import strategies as st

from nastutor.edits.network import IMAGE, OUTPUT, Network
from nastutor.edits.operators import OPERATORS
from nastutor.edits.relabelling import renumbered
from nastutor.edits.several import Several
from nastutor.rng import python_rng
from nastutor.spaces import EditSpace

CHAIN = [("conv", 4, 3), ("max",), ("sep", 6, 5), ("dense", 8)]
SPACES = {
    "images": EditSpace(walk=6),
    "of all kinds": EditSpace(CHAIN, kernels=(1, 3, 5), grow=(1.125, 2), shrink=(0.5, 0.25), kinds=("conv", "sep", "dense"), pools=("max", "avg"), walk=6),
    "flattened": EditSpace([("conv", 4, 3), ("avg",), ("flatten",), ("dense", 6)], kinds=("conv", "dense"), walk=6, max_layers=12),
}
NUMBERS = ("layer", "source", "target", "first", "last", "reader")  # fields of edits that name layers


@st.composite
def networks(draw):
    """(space, Arch of it)"""
    space = draw(st.sampled_from(list(SPACES.values())))
    return space, space.sample(draw(st.integers(0, 10**6)))


@st.composite
def edited(draw, operators=tuple(OPERATORS)):
    """(space, Arch, an edit of it): every operator comes as often, where it has an edit."""
    space, arch = draw(networks())
    first = draw(st.integers(0, len(operators) - 1))
    for name in (*operators[first:], *operators[:first]):
        network = space.plan(arch)
        edits = list(OPERATORS[name](network, space.reach, python_rng(draw(st.integers(0, 100)))))
        place = draw(st.integers(0, max(0, len(edits) - 1)))
        for edit, _ in space._within(network, iter(edits[place:] + edits[:place])):
            return space, arch, edit
    return draw(edited(operators))


def other_numbers(network, seed):
    """Old -> new number of every layer: drawn from more than there are."""
    rng = python_rng(seed, "numbers")
    return dict(zip(network.layers, rng.sample(range(1, 2 * len(network.layers) + 1), len(network.layers)), strict=True))


def with_numbers(arch, numbers):
    return renumbered(Network.of(arch), numbers).arch()


def edit_with_numbers(edit, numbers):
    """The same edit of a network with other numbers."""
    if isinstance(edit, Several):
        return Several(tuple(edit_with_numbers(each, numbers) for each in edit.edits))
    new = {**numbers, IMAGE: IMAGE, OUTPUT: OUTPUT, None: None}
    return replace(edit, **{field.name: new[getattr(edit, field.name)] for field in fields(edit) if field.name in NUMBERS})
