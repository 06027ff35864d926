"""Which observations are good: a quantile of ranks, ties, failures, what is in flight."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nastutor as nt
from nastutor.strategies.parzen import recency
from nastutor.strategies.split import Side, Split
from nastutor.testing.strategy import Pyramid

SPACE = Pyramid()
ERRORS = st.lists(st.sampled_from([0.1, 0.2, 0.3, 0.4, math.inf]), min_size=1, max_size=25)


def third(count):
    return math.ceil(count / 3)


def told(errors, good_of=third):
    split = Split(good_of)
    for number, error in enumerate(errors):
        split.add(SPACE.sample(number), error)
    return split


def good_errors(errors):
    """The errors on the good side; the numbers of observations count from 1."""
    return sorted(errors[number - 1] for number in told(errors).good.archs)


@settings(max_examples=100, deadline=None)
@given(errors=ERRORS)
def test_good_are_the_first_of_all(errors):
    """By sorting all of them anew."""
    order = sorted(range(len(errors)), key=errors.__getitem__)[: third(len(errors))]
    assert sorted(told(errors).good.archs) == sorted(number + 1 for number in order if errors[number] < math.inf)


@settings(max_examples=50, deadline=None)
@given(errors=ERRORS)
def test_counts_are_those_of_each_side(errors):
    split = told(errors)
    assert not split.good.archs.keys() & split.bad.archs.keys() and len(split.good.archs) + len(split.bad.archs) == len(errors)
    for side in (split.good, split.bad):
        for name, options in SPACE.sites().items():
            counts = [sum(name in arch and arch[name] == option for arch in side.archs.values()) for option in options]
            assert side.weights(name, options) == counts


@settings(max_examples=50, deadline=None)
@given(errors=ERRORS, data=st.data())
def test_only_ranks_count_and_no_order(errors, data):
    stretched = [math.exp(error) + 5 for error in errors]
    assert told(errors).good.archs == told(stretched).good.archs
    order = data.draw(st.permutations(range(len(errors))))
    assert good_errors([errors[k] for k in order]) == good_errors(errors)


def test_of_equal_errors_the_first_told_is_better():
    assert told([0.3, 0.2, 0.2, 0.2]).good.archs.keys() == {2, 3} and told([0.2] * 6).good.archs.keys() == {1, 2}


def test_level_is_where_nothing_is_better():
    assert told([]).level and told([0.3]).level and told([0.3, 0.3]).level
    assert not told([0.3, 0.2]).level and not told([math.inf]).level and not told([0.3, math.inf]).level


def test_failed_ones_are_bad_and_a_good_one_is_left():
    assert good_errors([math.inf] * 4) == [] and good_errors([math.inf, 0.3, math.inf]) == [0.3]


def test_what_is_in_flight_is_bad_until_it_is_told():
    split, arch = told([0.1, 0.2, 0.3]), SPACE.sample(0)
    before = dict(split.bad.archs)
    split.ask("key", arch)
    split.ask("key", arch)
    assert list(split.bad.archs.values()) == [*before.values(), arch, arch] and len(split.errors) == 3
    split.answered("key")
    assert len(split.bad.archs) == len(before) + 1
    split.answered("key")
    split.answered("key")
    split.answered("another")
    assert split.bad.archs == before and not split.pending


def test_older_observations_count_less():
    side = Side(recent=2)
    archs = [SPACE.sample(seed) for seed in range(12)]
    for number in (3, 0, 7, 1, 2, 5, 4, 6, 8, 9, 10, 11):  # as they change sides
        side.add(number, archs[number])
    side.remove(7)
    for name, options in SPACE.sites().items():
        active = [arch[name] for number, arch in enumerate(archs) if number != 7 and name in arch]
        weights = recency(len(active), 2)
        assert side.weights(name, options) == pytest.approx([sum(w for w, value in zip(weights, active) if value == option) for option in options])
    assert side.weights("depth", (1, 2, 3)) != [side.counts["depth"][option] for option in (1, 2, 3)]


def test_options_that_are_not_on_offer_are_left_out():
    for side in (Side(), Side(recent=1)):
        side.add(1, nt.Arch((("depth", 2),)))
        assert side.weights("depth", (1, 3)) == [0, 0] and side.weights("depth", (3, 2)) == [0, 1]
