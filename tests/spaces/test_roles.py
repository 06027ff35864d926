"""What decisions are about, told by the spaces of nodes."""

import pytest

import nastutor as nt
from nastutor.spaces.roles import Role

TOLD = [nt.spaces.MacroSpace(4), nt.spaces.ENASMicroSpace(3), nt.spaces.PNASSpace(3), nt.spaces.RecurrentSpace(3), nt.spaces.RecurrentSpace(4, "enas")]


@pytest.mark.parametrize("space", TOLD, ids=repr)
def test_every_decision_has_one_and_options_are_of_its_kind(space):
    roles, sites = space.roles(), space.sites()
    assert roles.keys() == sites.keys()
    for name, role in roles.items():
        if role.kind == "read":
            assert sites[name] == tuple(range(role.node))
        elif role.kind == "skip":
            assert sites[name] == (False, True) and 0 <= role.source < role.node
        else:
            assert role.kind == "op" and all(isinstance(option, str) for option in sites[name])


def test_nodes_follow_each_other():
    for space in TOLD:
        order = [(role.cell, role.node) for role in space.roles().values()]
        assert order == sorted(order, key=lambda own: (["", "normal", "reduce"].index(own[0]), own[1]))


def test_by_hand():
    assert nt.spaces.MacroSpace(3).roles()["skip1->3"] == Role("skip", 2, 1)
    assert nt.spaces.ENASMicroSpace(2).roles()["reduce3_in2"] == Role("read", 3, cell="reduce")
    assert nt.spaces.RecurrentSpace(2).roles()["read2"] == Role("read", 2)
