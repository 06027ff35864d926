"""One set of settings for all networks of stacked cells; each space takes those that its paper has."""

import pickle
from dataclasses import fields

import pytest

from nastutor.spaces import AmoebaNetSpace, DARTSSpace, ENASMicroSpace, NASNetSpace, PNASSpace
from nastutor.spaces.stack import STACKING, Stack

ALL = {"channels": 12, "cells": 2, "stages": 3, "stem": "imagenet", "stem_channels": 20, "drop_path": 0.2}
ALL |= {"narrow_convs": False, "skip_reduction_input": True, "odd_halves": True}
TAKEN = {
    NASNetSpace: set(ALL),
    AmoebaNetSpace: set(ALL) - {"skip_reduction_input"},
    PNASSpace: set(ALL) - {"skip_reduction_input"},
    ENASMicroSpace: {"channels", "cells", "stages", "drop_path"},
    DARTSSpace: {"channels", "cells", "stages", "stem", "drop_path"},
}
kinds = pytest.mark.parametrize("kind", TAKEN, ids=lambda kind: kind.__name__)


@kinds
def test_each_space_takes_what_its_paper_has(kind):
    """At the values of ALL none is as it is by default, so an argument that gets lost is seen."""
    assert set(STACKING) == set(ALL) and all(ALL[field.name] != field.default for field in fields(Stack))
    given = {name: value for name, value in ALL.items() if name in TAKEN[kind]}
    space = kind(2, **given)
    assert {name: getattr(space, name) for name in ALL} == {**vars(Stack()), "stem_channels": 3 * 12, **given}
    for name in set(ALL) - TAKEN[kind]:
        with pytest.raises(TypeError, match=rf"`{name}` is no argument of {kind.__name__}; allowed are (blocks|nodes), ops, .*channels, cells, stages"):
            kind(2, **{name: ALL[name]})


@kinds
def test_every_setting_is_named_and_told_apart(kind):
    """By fingerprints: those of before, in which all settings of the stack stand behind those of the cells, in one order."""
    plain = kind(2)
    assert [name for name in plain.settings if name in ALL] == [name for name in STACKING if name in TAKEN[kind]]
    assert list(plain.settings)[-len(TAKEN[kind]) :] == [name for name in STACKING if name in TAKEN[kind]]
    others = [kind(2, **{name: ALL[name]}) for name in TAKEN[kind]]
    assert len({space.fingerprint for space in (plain, *others)}) == 1 + len(others)
    assert kind(2, channels=8) == plain and pickle.loads(pickle.dumps(others[0])) == others[0] != plain


def test_the_fingerprint_of_a_space_of_cells():
    assert ENASMicroSpace(1, channels=16).fingerprint.startswith(
        "ENASMicroSpace(blocks=1, ops=('sep3', 'sep5', 'avg3', 'max3', 'identity'), channels=16, cells=1, stages=2, drop_path=0.0) #"
    )
    assert "output='unused', channels=8, cells=1, stages=2, stem='cifar', stem_channels=None, drop_path=0.0, narrow_convs=True, odd_halves=False) #" in (
        AmoebaNetSpace().fingerprint
    )


def test_a_subclass_may_fix_its_stack():
    class Small(DARTSSpace):
        def __init__(self, nodes=1):
            super().__init__(nodes, channels=4)

    assert Small().settings == {"nodes": 1, "channels": 4, "cells": 1, "stages": 2, "stem": "cifar", "drop_path": 0.0}


@pytest.mark.parametrize(
    "given, words",
    [
        ({"channels": 0}, "`channels` is 0; allowed are whole numbers from 1"),
        ({"cells": 1.5}, "`cells` is 1.5"),
        ({"stages": True}, "`stages` is True"),
        ({"stem": "mnist"}, "`stem` is 'mnist'; allowed are 'cifar', 'imagenet'"),
        ({"stem": ["cifar"]}, r"`stem` is \['cifar'\]"),
        ({"stem_channels": 0}, "`stem_channels` is 0"),
        ({"drop_path": 1}, "`drop_path` is 1; allowed are numbers from 0 to below 1"),
        ({"narrow_convs": 1}, "`narrow_convs` is 1; allowed are True and False"),
        ({"odd_halves": None}, "`odd_halves` is None"),
        ({"skip_reduction_input": "no"}, "`skip_reduction_input` is 'no'"),
        ({"stem": "imagenet", "channels": 10}, "`channels` is 10; allowed with `stem`='imagenet' are multiples of 4"),
        ({"stem": "imagenet", "channels": 3, "odd_halves": True}, "`channels` is 3"),
    ],
)
def test_bad_settings_are_refused(given, words):
    with pytest.raises(ValueError, match=words):
        Stack(**given)
