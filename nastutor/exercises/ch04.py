"""Exercises of chapter 4: random search as a strategy, bands over seeds, a paired test, the odds of a random draw."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

from nastutor.checks import Check
from nastutor.core import Strategy
from nastutor.spaces import ChoiceSpace
from nastutor.values import Result, Trial


class RandomSearch(Strategy):
    needs = ("sample",)

    def ask(self) -> Trial:
        return Trial(self.space.sample(self.rng))


def mean_band(curves: list[list[float]]) -> tuple[list[float], list[float], list[float]]:
    n = len(curves)
    means, lows, highs = [], [], []
    for values in zip(*curves, strict=True):  # the same trial of every seed
        mean = sum(values) / n
        deviation = math.sqrt(sum((value - mean) ** 2 for value in values) / (n - 1))
        half = 1.96 * deviation / math.sqrt(n)
        means.append(mean)
        lows.append(mean - half)
        highs.append(mean + half)
    return means, lows, highs


def rank_sum(differences: list[float]) -> float:
    signed = [d for d in differences if d != 0]
    sizes = sorted(abs(d) for d in signed)
    rank = {size: sum(i + 1 for i, other in enumerate(sizes) if other == size) / sizes.count(size) for size in sizes}
    return float(sum(rank[abs(d)] for d in signed if d > 0))


def p_value(differences: list[float]) -> float:
    sizes = [abs(d) for d in differences if d != 0]
    observed = rank_sum(differences)
    worlds = [rank_sum([sign * size for sign, size in zip(signs, sizes, strict=True)]) for signs in itertools.product((-1, 1), repeat=len(sizes))]
    return sum(world >= observed for world in worlds) / len(worlds)


def surpass(rank: int, size: int, draws: int) -> float:
    return float(1 - (1 - rank / size) ** draws)


def draws_needed(top: float, confidence: float) -> int:
    draws = 1
    while 1 - (1 - top) ** draws < confidence:
        draws += 1
    return draws


class _Repeats(RandomSearch):
    """A wrong one: draws once and keeps asking the same."""

    def ask(self) -> Trial:
        if not hasattr(self, "first"):
            self.first = super().ask()
        return self.first


class _Unseeded(RandomSearch):
    """A wrong one: starts a new generator at each ask."""

    def ask(self) -> Trial:
        return Trial(self.space.sample(self.seed))


def _asks(kind: Any, asks: int, seed: int) -> list[str]:
    space = ChoiceSpace.of({"depth": (1, 2, 3), "width": (4, 8, 16), "kernel": (1, 3, 5)})
    strategy = kind(space, seed=seed)
    asked = []
    for _ in range(asks):
        trial = strategy.ask()
        if not isinstance(trial, Trial):
            raise TypeError(f"`ask` gives a {type(trial).__name__} back; a strategy answers with an nt.Trial(arch)")
        strategy.tell(trial, Result({"error": 0.5}, cost=1.0))
        asked.append(str(trial.arch))
    return asked


def _bands(scale: Callable[[int], float]) -> Any:
    """A wrong mean_band: the half width multiplied by `scale(n)`."""

    def wrong(curves: list[list[float]]) -> tuple[list[float], list[float], list[float]]:
        factor = scale(len(curves))
        means, lows, _ = mean_band(curves)
        return means, [m - factor * (m - low) for m, low in zip(means, lows, strict=True)], [m + factor * (m - low) for m, low in zip(means, lows, strict=True)]

    return wrong


def _curves(st: Any) -> Any:
    number = st.integers(0, 20).map(lambda n: n / 20)
    return st.integers(1, 4).flatmap(lambda length: st.tuples(st.lists(st.lists(number, min_size=length, max_size=length), min_size=2, max_size=5)))


def _differences(st: Any) -> Any:
    return st.tuples(st.lists(st.integers(-9, 9).map(lambda n: n / 10), min_size=1, max_size=7))


def _places(st: Any) -> Any:
    return st.integers(1, 200).flatmap(lambda size: st.tuples(st.integers(1, size), st.just(size), st.integers(1, 50)))


def _zeros_ranked(differences: list[float]) -> float:
    """A wrong rank_sum: differences of 0 take the lowest ranks."""
    zeros = sum(d == 0 for d in differences)
    return rank_sum(differences) + zeros * sum(d > 0 for d in differences)


def _ties_unshared(rank: Callable[[list[float], float], int]) -> Callable[[list[float]], float]:
    """A wrong rank_sum: equal sizes get the rank that `rank(sorted sizes, size)` says."""

    def wrong(differences: list[float]) -> float:
        sizes = sorted(abs(d) for d in differences if d != 0)
        return float(sum(rank(sizes, d) for d in differences if d > 0))

    return wrong


def _ties_in_order(differences: list[float]) -> float:
    ordered = sorted((d for d in differences if d != 0), key=abs)
    return float(sum(i + 1 for i, d in enumerate(ordered) if d > 0))


def _p_strict(differences: list[float]) -> float:
    """A wrong p_value: only worlds with a larger rank sum count."""
    sizes = [abs(d) for d in differences if d != 0]
    observed = rank_sum(differences)
    worlds = [rank_sum([sign * size for sign, size in zip(signs, sizes, strict=True)]) for signs in itertools.product((-1, 1), repeat=len(sizes))]
    return sum(world > observed for world in worlds) / len(worlds)


ZEROS = "Differences of exactly 0 are ranked as well. They speak for neither side: leave them out before you number the sizes."
TIES = "Equal sizes get different ranks. They have to share: each gets the mean of the ranks that they take up together."


def _rank_by_order(differences: list[float]) -> float:
    return float(sum(i + 1 for i, d in enumerate(differences) if d > 0))


CHECKS = [
    Check(
        "ch04.random_search",
        inputs=lambda st: st.tuples(st.integers(1, 12), st.integers(0, 999)),
        call=_asks,
        reference=RandomSearch,
        names=("asks", "seed"),
        mistakes=(
            (_Repeats, "Your strategy asks for the same architecture again and again: draw a new one at each ask."),
            (_Unseeded, "A new generator is made at each ask, so that each ask gives the same. Draw from self.rng, which `Strategy.__init__` has made."),
        ),
        why="The draw must come from self.rng (an unseeded generator gives another search each time) and from self.space, once for each ask.",
        hints=(
            "`self.space.sample(self.rng)` draws an architecture; wrap it in nt.Trial(...).",
            "The whole class is one method of one line: def ask(self): return nt.Trial(self.space.sample(self.rng))",
        ),
        examples=40,
    ),
    Check(
        "ch04.mean_band",
        inputs=_curves,
        reference=mean_band,
        mistakes=(
            (
                _bands(lambda n: math.sqrt((n - 1) / n)),
                "You divide the squared deviations by n. The mean comes from the same numbers, so the sample's deviation divides by n - 1 (numpy: ddof=1).",
            ),
            (_bands(math.sqrt), "The division by the square root of n is missing: this band says where single runs lie; the band of the mean is narrower."),
            (_bands(lambda n: 1 / 1.96), "This is one standard error; 95 % of the normal distribution lie within 1.96 of them."),
        ),
        why="Check the direction first: curves[k][i] is seed k at trial i, and the answer has one entry for each trial.",
        hints=(
            "For each trial i, collect the values of all seeds; zip(*curves) does that.",
            "half = 1.96 * s / sqrt(n), with s the standard deviation with n - 1 below; return means, [mean - half], [mean + half].",
        ),
    ),
    Check(
        "ch04.rank_sum",
        inputs=_differences,
        reference=rank_sum,
        mistakes=(
            (_zeros_ranked, ZEROS),
            (_ties_in_order, TIES),
            (_ties_unshared(lambda sizes, d: sizes.index(d) + 1), TIES),
            (_ties_unshared(lambda sizes, d: sizes.index(d) + sizes.count(d)), TIES),
            (_rank_by_order, "You rank the differences by where they stand in the list. The rank counts sizes: the smallest |d| has rank 1."),
            (lambda ds: rank_sum([-d for d in ds]), "You add the ranks of the negative differences; wanted is the sum over the positive ones."),
            (lambda ds: float(sum(d > 0 for d in ds)), "You count the positive differences (that is the sign test). Here each counts with its rank."),
        ),
        why="Two details are easily missed: differences of exactly 0 are left out before ranking, and equal sizes share the mean of their ranks.",
        hints=(
            "Leave out the zeros, sort the absolute values, and number them from 1.",
            "Equal sizes share: sizes 0.1, 0.1, 0.3 have ranks 1.5, 1.5, 3. `scipy.stats.rankdata(sizes)` does exactly this.",
        ),
    ),
    Check(
        "ch04.p_value",
        inputs=_differences,
        reference=p_value,
        mistakes=(
            (lambda ds: 1 - p_value(ds), "This is the opposite side: count the worlds whose rank sum is at least as large as the observed one."),
            (_p_strict, "You count only worlds with a *larger* rank sum (`>`). Those that equal the observed one count as well, itself among them (`>=`)."),
            (lambda ds: min(1.0, 2 * p_value(ds)), "You doubled it: that is the two-sided test. The question has one side: is the second strategy better?"),
        ),
        why="The observed world counts as well: a p-value is never 0. With n differences that are not 0 there are 2 ** n worlds.",
        hints=(
            "itertools.product((-1, 1), repeat=n) lists every way to put signs on n sizes.",
            "For each way compute rank_sum of the signed sizes; the answer is the share of ways with rank_sum >= rank_sum(differences).",
        ),
        examples=60,
    ),
    Check(
        "ch04.surpass",
        inputs=_places,
        reference=surpass,
        mistakes=(
            (lambda r, size, n: (1 - r / size) ** n, "This is the chance that none of the draws is good enough; wanted is the chance that at least one is."),
            (
                lambda r, size, n: min(1.0, n * r / size),
                "Adding chances counts a search twice that is lucky twice. Compute the chance of no luck at all, and take it from 1.",
            ),
            (lambda rank, size, draws: rank / size, "This is the chance of a single draw; there are several."),
        ),
        why="Ask for the opposite: what is the chance that one draw misses the best `rank` of `size`? And that all of them miss?",
        hints=("One draw misses with chance 1 - rank / size; the draws are independent.", "1 - (1 - rank / size) ** draws"),
    ),
    Check(
        "ch04.draws_needed",
        inputs=lambda st: st.tuples(st.integers(1, 50).map(lambda n: n / 100), st.integers(1, 99).map(lambda n: n / 100)),
        reference=draws_needed,
        mistakes=(
            (lambda top, confidence: math.ceil(confidence / top), "Chances do not add up: see ch04.surpass."),
            (lambda top, confidence: draws_needed(top, confidence) - 1, "One too few: with that many draws the chance is still below `confidence`."),
            (lambda top, confidence: draws_needed(top, confidence) + 1, "One too many: the chance is high enough before."),
        ),
        why="Solving 1 - (1 - top) ** n >= confidence for n gives a fraction; a number of draws is whole, and rounded up.",
        hints=("Count n up from 1 until 1 - (1 - top) ** n is at least `confidence`.", "n = 1; while 1 - (1 - top) ** n < confidence: n += 1"),
    ),
]
