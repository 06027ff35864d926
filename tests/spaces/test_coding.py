"""Architectures as numbers and back, in every space, strict about types; many at once are as one by one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nastutor as nt
from nastutor.spaces.coding import Coding
from nastutor.testing.strategy import Pyramid
from tests.contracts.parts import SPACES


@pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)
def test_codes_name_architectures(space):
    archs = [space.sample(seed) for seed in range(30)]
    codes, sites = space.codes(archs), space.sites()
    assert codes.shape == (30, len(sites)) and codes.dtype == np.uint8 and space.from_codes(codes) == archs
    assert [list(map(repr, arch.choices)) for arch in space.from_codes(codes)] == [list(map(repr, arch.choices)) for arch in archs], "types included"
    for arch, row in zip(archs, codes.tolist(), strict=True):
        assert row == [
            [type(o) is type(arch[name]) and o == arch[name] for o in options].index(True) if name in arch else 255 for name, options in sites.items()
        ]
        hot = np.concatenate([np.arange(len(options)) == taken for options, taken in zip(sites.values(), row, strict=True)])
        assert (space.encode(arch) == hot).all()
    assert space.codes([]).shape == (0, len(sites)) and space.from_codes([]) == space.from_codes(space.codes([])) == []


@st.composite
def codings(draw):
    """Decisions whose options may be taken for each other: 1, True, 1.0, "1"; and architectures spelt in them, or nearly."""
    values = st.sampled_from([0, 1, False, True, 1.0, "1", "a", None, (1, 2)])
    sites = draw(st.dictionaries(st.sampled_from("abcd"), st.lists(values, min_size=1, max_size=4, unique=True), min_size=1))
    choices = st.lists(st.tuples(st.sampled_from("abcd"), values), max_size=4, unique_by=lambda choice: choice[0])
    good = st.sets(st.sampled_from(sorted(sites))).flatmap(
        lambda names: st.tuples(*(st.tuples(st.just(name), st.sampled_from(options)) for name, options in sites.items() if name in names))
    )
    return Coding(sites), [nt.Arch(tuple(arch)) for arch in draw(st.lists(good | choices, max_size=4))]


@given(codings())
def test_many_at_once_are_as_one_by_one(drawn):
    coding, archs = drawn
    rows = [coding.one(arch) for arch in archs]
    if None in rows:
        with pytest.raises(ValueError, match=f"`archs` hold .* at {rows.index(None)}, which is not spelt"):
            coding.of(archs)
    else:
        assert coding.of(archs).tolist() == rows and repr(coding.archs(coding.of(archs))) == repr(archs)


@pytest.mark.parametrize(
    ("choices", "spelt"),
    [
        ((("a", 1), ("b", True)), True),
        ((("a", True), ("b", True)), False),  # True is not 1
        ((("a", 1.0), ("b", True)), False),
        ((("a", 1), ("b", 1)), False),
        ((("b", True),), True),
        ((("b", True), ("a", 1)), False),  # another order
        ((("a", 3), ("b", True)), False),
        ((("a", 1), ("c", True)), False),
        ((), True),
    ],
)
def test_types_and_order_count(choices, spelt):
    coding = Coding({"a": (0, 1), "b": (False, True)})
    assert (coding.one(nt.Arch(choices)) is not None) == spelt
    if spelt:
        assert coding.of([nt.Arch(choices)]).tolist() == [coding.one(nt.Arch(choices))]
    else:
        with pytest.raises(ValueError, match="not spelt"):
            coding.of([nt.Arch(choices)])
    with pytest.raises(ValueError, match="not spelt"):
        coding.of([choices])


def test_one_kind_of_number_is_told_from_others():
    coding = Coding({"a": ("x", "y"), "b": (False, True)})
    with pytest.raises(ValueError, match="not spelt"):
        coding.of([nt.Arch((("a", "x"), ("b", 1)))])


def test_more_than_255_options():
    space = nt.spaces.ChoiceSpace.of({"few": (1, 2), "many": tuple(range(256))})
    archs = [nt.Arch((("few", 2), ("many", 255))), nt.Arch((("few", 1), ("many", 0)))]
    assert space.codes(archs).dtype == np.uint16 and space.codes(archs).tolist() == [[1, 255], [0, 0]] and space.from_codes(space.codes(archs)) == archs
    assert Coding({"most": range(255)}).dtype == np.uint8 and Coding({"most": range(255)}).absent == 255


@pytest.mark.parametrize(
    ("codes", "words"),
    [
        ([[3, 0, 0, 0]], r"`codes` hold 3 at \(0, 0\), for 'depth'; allowed are 0 to 2, and 255"),
        ([[0, 0, 255, -1]], r"`codes` hold -1 at \(0, 3\)"),
        ([[0, 0, 0]], r"`codes` are int64 of shape \(1, 3\); allowed are whole numbers of shape \(n, 4\)"),
        ([0, 0, 0, 0], "of shape"),
        ([[0.0, 0, 0, 0]], "`codes` are float64"),
        ([[0, 0, 0, 255]], "none of Pyramid"),  # numbers of options, but of depth 1 with a second layer
        ([[255, 0, 255, 255]], "none of Pyramid"),
    ],
)
def test_codes_of_nothing_are_refused(codes, words):
    space = Pyramid()
    assert next(iter(space.sites())) == "depth"
    with pytest.raises(ValueError, match=words):
        space.from_codes(codes)


def test_strangers_have_no_codes():
    with pytest.raises(ValueError, match="none of CellSpace"):
        nt.spaces.CellSpace(3).codes([nt.spaces.CellSpace(4).sample(0)])
    with pytest.raises(TypeError, match="must be an Arch"):
        nt.spaces.CellSpace(3).codes(["0->1=skip"])
