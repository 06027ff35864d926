"""Forms of motifs: what lies on no way, and identities that can be done without."""

import pytest

from nastutor.spaces.cell_forms import edges
from nastutor.spaces.motif_forms import earliest, is_identity, live

OPTIONS = ("none", "skip", "conv1", "maxpool3")


def form(nodes, **ops):
    """Edges by names such as _0_1; all others are none."""
    return {(i, j): ops.get(f"_{i}_{j}", "none") for i, j in edges(nodes)}


def test_what_lies_on_no_way_is_none():
    dead = form(4, _0_1="skip", _0_3="conv1", _2_3="skip")
    assert live(dead) == form(4, _0_3="conv1") and live(form(3, _0_1="skip")) == form(3)


@pytest.mark.parametrize(
    "long, short",
    [
        (form(3, _0_1="skip", _1_2="conv1"), form(3, _0_2="conv1")),
        (form(3, _0_1="conv1", _1_2="skip"), form(3, _0_2="conv1")),
        (form(4, _0_1="skip", _1_2="skip", _2_3="skip"), form(4, _0_3="skip")),
        (form(4, _0_1="conv1", _0_2="skip", _1_2="conv1", _2_3="skip"), form(4, _0_2="conv1", _0_3="skip", _2_3="conv1")),
        (form(3, _0_1="conv1", _1_2="skip", _0_2="skip"), form(3, _0_1="skip", _0_2="skip", _1_2="conv1")),
        (form(3, _0_1="maxpool3", _1_2="skip", _0_2="conv1"), form(3, _0_1="skip", _0_2="conv1", _1_2="maxpool3")),
        (form(4, _0_1="conv1", _1_3="maxpool3"), form(4, _0_2="conv1", _2_3="maxpool3")),
    ],
)
def test_identities_disappear_or_come_first(long, short):
    assert earliest(long, "skip", OPTIONS) == short == earliest(short, "skip", OPTIONS)


def test_where_nothing_is_an_identity_nothing_moves():
    long = form(3, _0_1="skip", _1_2="conv1")
    assert earliest(long, None, OPTIONS) == long


def test_an_identity_is_one_edge():
    assert is_identity(form(3, _0_2="skip"), "skip") and not is_identity(form(3, _0_2="skip"), None)
    assert not is_identity(form(3, _0_1="skip", _0_2="skip", _1_2="skip"), "skip") and not is_identity(form(3, _0_2="conv1"), "skip")
