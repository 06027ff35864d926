"""Independent decisions: which options are taken, and the size in closed form; their interpreters are tested in test_base.py."""

import pytest

from nastutor.spaces import ChoiceSpace


@pytest.mark.parametrize(
    "options, words",
    [
        ({}, "`options` is {}"),
        ([("a", (1,))], "mapping"),
        ({"a": ()}, "'a'.*at least one"),
        ({"a": "abc"}, "'a'.*tuple"),
        ({"a": (1, 2, 1)}, "'a'.*two are equal"),
        ({"a": (1, True)}, "True equals 1"),
    ],
)
def test_bad_options_are_refused(options, words):
    with pytest.raises(ValueError, match=words):
        ChoiceSpace.of(options)


def test_options_that_an_arch_cannot_hold_are_refused():
    with pytest.raises(TypeError, match="'a'"):
        ChoiceSpace.of({"a": (1, frozenset())})
    with pytest.raises(TypeError, match="names are strings"):
        ChoiceSpace.of({1: (1, 2)})


def test_huge_spaces_are_counted_in_closed_form():
    huge = ChoiceSpace.of({f"d{i}": tuple(range(10)) for i in range(30)})
    assert huge.size == 10**30 and huge and len(huge.sites()) == 30
    with pytest.raises(OverflowError, match=r"space\.size"):
        len(huge)
    assert huge.sample(0) in huge
