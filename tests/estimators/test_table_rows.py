import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nastutor as nt
from nastutor.estimators.table_file import ABSENT
from nastutor.estimators.table_rows import Rows


class Layers(nt.spaces.ChoiceSpace):
    """As many decisions as there are layers; the options of a number, a truth and a name can be taken for each other."""

    def decide(self, choose):
        return [choose(f"option{number}", (1, "1", None)) for number in range(choose("depth", (1, 2)))] + [choose("last", (False, True))]


def rows_of(space):
    sites, archs = space.sites(), list(space)
    codes = [[options.index(arch[name]) if name in arch else ABSENT for name, options in sites.items()] for arch in archs]
    return Rows(space, np.array(codes, dtype=np.uint8), "small"), archs


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
