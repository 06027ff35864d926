"""What all edits promise: children are networks of the space, layers keep their numbers, numbers say nothing, and the networks run."""

from dataclasses import FrozenInstanceError, dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nastutor as nt
from nastutor.edits import Network, NetworkEdit, Several, Widen
from nastutor.edits.base import layer_of, readers_of
from nastutor.edits.relabelling import relabelled
from tests.contracts.test_networks import agrees_with_its_counts
from tests.edits.networks import edit_with_numbers, edited, other_numbers, with_numbers

CHAIN = Network.chain([("conv", 8, 3), ("max",), ("conv", 16, 5)])


@given(edited())
def test_children_are_networks_of_the_space_and_the_parent_is_untouched(drawn):
    space, arch, edit = drawn
    before = arch.to_json()
    child = edit(arch)
    assert child in space and child != arch and child == edit(arch) and arch.to_json() == before


@given(edited())
def test_layers_that_stay_keep_their_numbers_and_what_they_are(drawn):
    _, arch, edit = drawn
    parent, child = Network.of(arch).layers, Network.of(edit(arch)).layers
    touched = {each.layer for each in (edit.edits if isinstance(edit, Several) else [edit]) if hasattr(each, "layer")}
    assert all(child[number][:3] == parent[number][:3] for number in parent.keys() & child.keys() - touched)
    assert all(number > max(parent) for number in child.keys() - parent.keys())


@given(edited(), st.integers(0, 10**6))
def test_with_other_numbers_the_child_is_the_same(drawn, seed):
    _, arch, edit = drawn
    numbers = other_numbers(Network.of(arch), seed)
    child = edit_with_numbers(edit, numbers)(with_numbers(arch, numbers))
    assert relabelled(Network.of(child)) == relabelled(Network.of(edit(arch)))


@given(edited())
def test_edits_go_through_json(drawn):
    _, arch, edit = drawn
    assert nt.Edit.from_json(edit.to_json()) == edit
    trial = nt.Trial(edit(arch), warm_start="parent", edit=edit)
    assert nt.Trial.from_json(trial.to_json()) == trial and nt.Trial.from_json(trial.to_json()).key == trial.key


@settings(max_examples=25, deadline=None)
@given(edited())
def test_children_run_forward_and_backward_and_agree_with_their_counts(drawn):
    space, arch, edit = drawn
    agrees_with_its_counts(space.graph(edit(arch), nt.testing.networks.IMAGES))


@given(edited())
def test_children_that_were_not_touched_at_a_layer_name_its_weights_alike(drawn):
    """So that weights can be carried over by name: what belongs to a layer is called by its number."""
    space, arch, edit = drawn
    names = [{node.name for node in space.graph(each, nt.testing.networks.IMAGES).nodes} for each in (arch, edit(arch))]
    stay = set(Network.of(arch).layers) & set(Network.of(edit(arch)).layers)
    kept = {name for name in names[0] if any(name.startswith(f"layer {number} ") for number in stay)}
    gone = kept - names[1]
    assert all("part" in name or "mean" in name for name in gone), gone


@dataclass(frozen=True)
class Loop(NetworkEdit):
    def edited(self, network):
        return network.reading(1, (3,))


def test_an_edit_that_leaves_no_network_says_so():
    with pytest.raises(ValueError, match=r"Loop\(\) leaves no network of layers: layers 1, 2, 3 read each other in a circle"):
        Loop()(CHAIN.arch())
    with pytest.raises(TypeError, match="NetworkEdit does not say what it does to a network"):
        NetworkEdit()(CHAIN.arch())
    with pytest.raises(ValueError, match="which is no network of layers"):
        Widen(1, 4)(nt.spaces.ChainSpace().sample(0))
    with pytest.raises(FrozenInstanceError):
        Widen(1, 4).layer = 2


def test_layers_and_readers_are_named_where_they_are_refused():
    with pytest.raises(ValueError, match=r"`layer` is 2; allowed are 1, 3 \(conv\)"):
        layer_of(CHAIN, 2, ("conv",))
    with pytest.raises(ValueError, match=r"`first` is True; allowed are none here \(add\)"):
        layer_of(CHAIN, True, ("add",), "first")
    assert readers_of(CHAIN, 0, None) == (1,) and readers_of(CHAIN, 3, -1) == (-1,)
    for number in (4, True, "1"):
        with pytest.raises(ValueError, match=r"`layer` is .*; allowed are 1, 2, 3"):
            readers_of(CHAIN, number, None)
    with pytest.raises(ValueError, match=r"`reader` is 3; allowed are None and the readers of 1: 2 \(-1 is the output\)"):
        readers_of(CHAIN, 1, 3)
