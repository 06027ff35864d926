import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nastutor as nt
from nastutor.estimators.table_rows import Rows


class Layers(nt.spaces.ChoiceSpace):
    """As many decisions as there are layers; the options of a number, a truth and a name can be taken for each other."""

    def decide(self, choose):
        return [choose(f"option{number}", (1, "1", None)) for number in range(choose("depth", (1, 2)))] + [choose("last", (False, True))]


def rows_of(space):
    archs = list(space)
    return Rows(space, space.codes(archs), "small"), archs


@pytest.mark.parametrize("space", [Layers(), nt.spaces.CellSpace(nodes=3), nt.spaces.ChainSpace((1, 2), widths=(4, 8))], ids=repr)
def test_each_architecture_has_its_row(space):
    rows, archs = rows_of(space)
    assert rows.archs == archs and rows.of(archs).tolist() == list(range(len(archs))) and rows.of([]).shape == (0,)
    assert all(repr(made) == repr(arch) for made, arch in zip(rows.archs, archs, strict=True)), "types included"


@pytest.mark.parametrize(
    "choices",
    [
        (("depth", 1), ("option0", True), ("last", False)),  # True is not 1
        (("depth", 1), ("option0", 1), ("last", 0)),
        (("depth", 1), ("last", False), ("option0", 1)),  # another order
        (("depth", 1), ("option0", 1), ("option1", 1), ("last", False)),  # one too many
        (("depth", 2), ("option0", 1), ("last", False)),  # one missing
        (("depth", 1), ("option0", 1), ("end", False)),
        (),
    ],
)
def test_strangers_are_refused(choices):
    rows, _ = rows_of(Layers())
    with pytest.raises(ValueError, match="none of Layers"):
        rows.one(nt.Arch(choices))
    with pytest.raises(TypeError, match="must be an Arch"):
        rows.one(choices)
    for strangers in ([nt.Arch(choices)], [rows.archs[0], nt.Arch(choices)]):
        with pytest.raises(ValueError, match="none of Layers"):
            rows.of(strangers)
    with pytest.raises(TypeError, match="must be an Arch"):
        rows.of([rows.archs[0], choices])


@given(st.lists(st.integers(0, 124)))
def test_codes_find_what_architectures_find(numbers):
    rows, archs = rows_of(nt.spaces.CellSpace(nodes=3))
    codes = rows.space.codes([archs[number] for number in numbers])
    assert rows.of(codes).tolist() == rows.of([archs[number] for number in numbers]).tolist() == numbers and rows.of(codes).dtype == np.int64
    assert rows.of(codes.astype(np.int32)).tolist() == numbers


def test_keys_too_large_for_a_machine_word_are_exact():
    """40 decisions of 4 options: keys up to 5^40, of which 64 bits hold some."""
    space = nt.spaces.ChoiceSpace.of({f"d{i}": (0, 1, 2, 3) for i in range(40)})
    archs = [space.sample(seed) for seed in range(200)]
    rows = Rows(space, space.codes(archs), "wide")
    assert rows.of(archs).tolist() == [rows.one(arch) for arch in archs] == list(range(200))
    with pytest.raises(ValueError, match="does not hold"):
        rows.of([space.sample(200)])


def test_codes_that_a_table_lacks_are_told():
    whole = rows_of(Layers())[0]
    rows = Rows(whole.space, whole.choices[:3], "part")
    with pytest.raises(ValueError, match=r"`codes` hold \[.*\] at 1, which the table part does not hold"):
        rows.of(whole.choices[2:5])
    with pytest.raises(ValueError, match=r"`codes` hold 7 at \(0, 1\)"):
        rows.of(np.array([[0, 7, 255, 0]]))


@given(st.sets(st.integers(0, 124), min_size=1))
def test_what_a_table_lacks_is_told(kept):
    whole, archs = rows_of(nt.spaces.CellSpace(nodes=3))
    rows = Rows(whole.space, whole.choices[sorted(kept)], "part")
    for number in (*sorted(kept)[:5], 0, 124):
        if number in kept:
            assert rows.archs[rows.one(archs[number])] == archs[number]
        else:
            with pytest.raises(ValueError, match="which the table part does not hold"):
                rows.one(archs[number])
