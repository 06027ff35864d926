"""Each word by hand: what it decides, in which order and by which names, how many ways there are, and what it refuses."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nastutor as nt
from nastutor.spaces.language import (
    Affine,
    AvgPool,
    BatchNorm,
    Concat,
    Conv,
    Dropout,
    Empty,
    MaxPool,
    MaybeSwap,
    Optional,
    Or,
    Permutation,
    ReLU,
    Repeat,
    RepeatTied,
    Residual,
)

CONV, POOL = Conv((8, 16), (3,)), MaxPool((2, 3), (2,))


def listed(word):
    """Every way to say it: (the decisions, the kinds and settings of the layers)."""
    space = nt.spaces.ModuleSpace(word)
    return [(str(arch), " ".join(map(shown, space.plan(arch)))) for arch in space]


def shown(layer):
    values = ",".join(str(value) for _, value in layer.settings)
    return f"{layer.kind}({values})" if values else layer.kind + (f"[{' '.join(map(shown, layer.inside))}]" if layer.inside else "")


@pytest.mark.parametrize(
    "word, ways",
    [
        (ReLU(), [("", "relu")]),
        (BatchNorm(), [("", "bn")]),
        (Empty(), [("", "")]),
        (Conv((8,), (3, 5)), [("kernel=3", "conv(8,3,1)"), ("kernel=5", "conv(8,5,1)")]),
        (Affine((4, 8)), [("units=4", "linear(4)"), ("units=8", "linear(8)")]),
        (AvgPool((2,), (1, 2)), [("stride=1", "avg_pool(2,1)"), ("stride=2", "avg_pool(2,2)")]),
        (Dropout((0.1, 0.5)), [("p=0.1", "dropout(0.1)"), ("p=0.5", "dropout(0.5)")]),
        (Concat(CONV, ReLU()), [("1 channels=8", "conv(8,3,1) relu"), ("1 channels=16", "conv(16,3,1) relu")]),
        (Or(ReLU(), POOL), [("which=1", "relu"), ("which=2 2 kernel=2", "max_pool(2,2)"), ("which=2 2 kernel=3", "max_pool(3,2)")]),
        (Optional(CONV), [("there=False", ""), ("there=True 1 channels=8", "conv(8,3,1)"), ("there=True 1 channels=16", "conv(16,3,1)")]),
        (RepeatTied(ReLU(), (1, 3)), [("times=1", "relu"), ("times=3", "relu relu relu")]),
        (MaybeSwap(ReLU(), BatchNorm()), [("order=(1, 2)", "relu bn"), ("order=(2, 1)", "bn relu")]),
        (Residual(CONV), [("1 channels=8", "residual[conv(8,3,1)]"), ("1 channels=16", "residual[conv(16,3,1)]")]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_each_word_by_hand(word, ways):
    assert listed(word) == ways and word.size == len(ways)


def test_copies_are_decided_each_or_together():
    free, tied = listed(Repeat(CONV, (1, 2))), listed(RepeatTied(CONV, (1, 2)))
    assert len(free) == 2 + 4 and len(tied) == 2 * 2
    assert ("times=2 1 channels=8 2 channels=16", "conv(8,3,1) conv(16,3,1)") in free and ("times=2 1 channels=16", "conv(16,3,1) conv(16,3,1)") in tied


def test_permutations_are_all_orders_and_decide_as_written():
    ways = listed(Permutation(ReLU(), CONV, BatchNorm()))
    assert len(ways) == 6 * 2 and len(set(ways)) == 12
    assert ("order=(3, 2, 1) 2 channels=16", "bn conv(16,3,1) relu") in ways
    swapped = listed(MaybeSwap(POOL, CONV))
    assert ("order=(2, 1) 1 kernel=3 2 channels=8", "conv(8,3,1) max_pool(3,2)") in swapped, "the pool's decision comes first, wherever the pool is"


WORDS = st.recursive(
    st.sampled_from([CONV, POOL, ReLU(), Empty(), Dropout((0.1, 0.2))]),
    lambda word: st.one_of(
        st.builds(Concat, word, word), st.builds(Or, word, word), st.builds(MaybeSwap, word, word), st.builds(Permutation, word, word, word),
        st.builds(Optional, word), st.builds(Residual, word), st.builds(lambda w: Repeat(w, (1, 2)), word), st.builds(lambda w: RepeatTied(w, (1, 3)), word),
    ),
    max_leaves=4,
)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(WORDS)
def test_sizes_and_sites_are_what_enumeration_finds(word):
    space = nt.spaces.ModuleSpace(word)
    if space.size > 3000:
        return
    archs, found = list(space), {}
    assert len(set(archs)) == len(archs) == space.size
    for arch in archs:
        for name, value in arch.choices:
            found.setdefault(name, set()).add(value)
    assert {name: set(options) for name, options in space.sites().items()} == found
    assert all(len(options) > 1 for options in space.sites().values()), "what has one option is not asked"
    order = list(space.sites())
    assert all([order.index(name) for name, _ in arch.choices] == sorted(order.index(name) for name, _ in arch.choices) for arch in archs)


def test_words_are_values():
    assert Concat(CONV, ReLU()) == Concat(CONV, ReLU()) != Or(CONV, ReLU()) and hash(Conv([8], [3])) == hash(Conv((8,), (3,)))
    assert Repeat(CONV, (1, 2)) != RepeatTied(CONV, (1, 2)) and MaybeSwap(CONV, POOL) != Permutation(CONV, POOL)
    prints = {nt.spaces.ModuleSpace(word).fingerprint for word in (Repeat(CONV, (2,)), RepeatTied(CONV, (2,)), Concat(CONV, CONV), Residual(CONV), CONV)}
    assert len(prints) == 5


@pytest.mark.parametrize(
    "make, error, words",
    [
        (lambda: Conv((), (3,)), ValueError, ("`options` of 'channels'", "at least one")),
        (lambda: Conv((8, 0), (3,)), ValueError, ("`channels` of Conv has 0", "whole numbers from 1")),
        (lambda: MaxPool((2,), (1.5,)), ValueError, ("`strides` of MaxPool has 1.5",)),
        (lambda: Conv((8, 8), (3,)), ValueError, ("two are equal",)),
        (lambda: Dropout((1.0,)), ValueError, ("`rates` of Dropout has 1.0", "from 0 to below 1")),
        (lambda: Dropout((math.nan,)), ValueError, ("`rates`", "nan")),
        (lambda: Concat(), ValueError, ("`words` of Concat are none",)),
        (lambda: Or(ReLU(), "relu"), TypeError, ("Or got 'relu'", "ReLU()")),
        (lambda: Optional(ReLU), TypeError, ("Optional got", "ReLU()")),
        (lambda: Residual(None), TypeError, ("Residual got None",)),
        (lambda: Repeat(ReLU(), (0, 1)), ValueError, ("`times` of Repeat has 0",)),
        (lambda: RepeatTied(ReLU(), (True,)), ValueError, ("`times` of RepeatTied has True",)),
        (lambda: Permutation(*6 * [ReLU()]), ValueError, ("`words` of Permutation are 6", "up to 5")),
    ],
)
def test_bad_words_are_refused_in_words(make, error, words):
    with pytest.raises(error) as refused:
        make()
    assert all(word in str(refused.value) for word in words), refused.value
