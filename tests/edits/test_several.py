import json
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

import nastutor as nt
from nastutor.edits import Deepen, Network, RemoveLayer, Several, Unchanged, Widen, carries_weights
from tests.edits.networks import networks

ARCH = Network.chain([("conv", 4, 3), ("conv", 8, 3)]).arch()


@given(networks(), st.integers(1, 4), st.integers(0, 1000))
def test_edits_one_after_the_other(drawn, count, seed):
    space, arch = drawn
    last, edits = arch, []
    for step in range(count):
        last, edit = space.mutate(last, seed + step)
        edits.append(edit)
    assert Several(tuple(edits))(arch) == last


def test_each_sees_what_the_one_before_it_left():
    assert Several((Widen(1, 4), Deepen(1), RemoveLayer(1)))(ARCH) == RemoveLayer(1)(Deepen(1)(Widen(1, 4)(ARCH)))
    with pytest.raises(ValueError, match="`layer` is 1; allowed are 2"):
        Several((RemoveLayer(1), Widen(1, 4)))(ARCH)


def test_they_go_through_json_however_deep():
    edit = Several((Widen(1, 4, seed=9), Several((Deepen(2, reader=-1), Widen(3, 1)))))
    form = json.loads(json.dumps(edit.to_json()))
    assert nt.Edit.from_json(form) == edit and hash(nt.Edit.from_json(form)) == hash(edit)
    assert nt.Trial.from_json(nt.Trial(edit(ARCH), warm_start="parent", edit=edit).to_json()).edit == edit


@dataclass(frozen=True)
class Noted(nt.Edit):
    """Carries weights: what it was, in order."""

    name: str
    seed: int = 0

    def __call__(self, arch):
        return arch

    def transfer(self, parent, batch=None):
        return [*parent, self.name, batch]


def test_weights_go_through_all_of_them_where_each_carries_them():
    edit = Several((Noted("a"), Several((Noted("b"), Unchanged())), Noted("c")))
    assert edit.transfer([], "images") == ["a", "images", "b", "images", "c", "images"] and carries_weights(edit)
    assert not carries_weights(Widen(1, 4)) and not carries_weights(None) and not carries_weights(Several((Noted("a"), Widen(1, 4))))
    assert Unchanged(3)(ARCH) == ARCH and Unchanged(3).transfer("module") == "module" and Unchanged(3) != Unchanged(4)


@pytest.mark.parametrize("edits", [(), (1,), (Widen(1, 4), "Deepen")])
def test_refusals(edits):
    with pytest.raises(ValueError, match="`edits` are .*; allowed is a tuple of at least one Edit"):
        Several(edits)
