"""Exercises of chapter 13: one path of a supernet, how often paths drop out, statistics of one path, fair rounds, and ranks (small_ranks.py)."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nastutor.checks import Check
from nastutor.exercises.small_ranks import CHECKS as SMALL
from nastutor.exercises.small_ranks import skip_penalty, tau, top_k

__all__ = ["CHECKS", "drop_rate", "fair_round", "one_hot_path", "recalibrate", "skip_penalty", "tau", "top_k"]

Sites = Mapping[str, Sequence[str]]  # decision -> its options


def one_hot_path(sites: Sites, arch: Mapping[str, str]) -> dict[str, list[float]]:
    return {name: [1.0 if option == arch[name] else 0.0 for option in options] for name, options in sites.items()}


def drop_rate(rate: float, options: int, step: int, steps: int) -> float:
    return step / steps * rate ** (1 / options) if rate else 0.0


def recalibrate(batches: list[list[float]]) -> tuple[float, float]:
    def mean(values: list[float]) -> float:
        return sum(values) / len(values)

    def variance(batch: list[float]) -> float:
        return sum((value - mean(batch)) ** 2 for value in batch) / (len(batch) - 1)

    return mean([mean(batch) for batch in batches]), mean([variance(batch) for batch in batches])


def fair_round(sites: Sites, rng: random.Random) -> list[dict[str, str]]:
    orders = {name: rng.sample(list(options), len(options)) for name, options in sites.items()}
    return [dict(zip(orders, path, strict=True)) for path in zip(*orders.values(), strict=True)]


# --- inputs

OPS = ("skip", "conv1", "conv3", "pool")


def _architectures(st: Any) -> Any:
    options = st.lists(st.sampled_from(OPS), min_size=1, max_size=4, unique=True)
    names = st.lists(st.sampled_from(("0->1", "0->2", "1->2")), min_size=1, max_size=3, unique=True)
    sites = names.flatmap(lambda chosen: st.fixed_dictionaries(dict.fromkeys(chosen, options)))
    return sites.flatmap(lambda own: st.tuples(st.just(own), st.fixed_dictionaries({name: st.sampled_from(some) for name, some in own.items()})))


def _schedules(st: Any) -> Any:
    rate = st.integers(0, 9).map(lambda tenths: tenths / 10)
    return st.tuples(rate, st.integers(1, 7), st.integers(1, 20)).flatmap(
        lambda drawn: st.tuples(st.just(drawn[0]), st.just(drawn[1]), st.integers(0, drawn[2]), st.just(drawn[2]))
    )


def _batches(st: Any) -> Any:
    value = st.integers(-8, 8).map(float)
    return st.tuples(st.integers(2, 4).flatmap(lambda size: st.lists(st.lists(value, min_size=size, max_size=size), min_size=1, max_size=4)))


def _wide(st: Any) -> Any:
    options = st.permutations(OPS).flatmap(lambda mixed: st.integers(2, 4).map(lambda count: tuple(mixed[:count])))
    names = st.lists(st.sampled_from(("0->1", "0->2", "1->2")), min_size=1, max_size=3, unique=True)
    return st.tuples(st.tuples(names, options).map(lambda drawn: dict.fromkeys(*drawn)))


@dataclass(frozen=True)
class Rounds:
    """Rounds that were drawn, each with a generator of its own. They print as one of them: the first that is unfair, else the first of all.

    again  the same, drawn once more with equal generators
    """

    drawn: list[Any]
    again: list[Any]
    sites: Sites

    def __repr__(self) -> str:
        return repr(next((paths for paths in self.drawn if _unfair(paths, self.sites)), self.drawn[0]))


def _rounds(function: Callable[..., Any], sites: Sites) -> Rounds | None:
    """Of a function that gives nothing back, that."""
    rounds, again = ([function(sites, random.Random(seed)) for seed in range(12)] for _ in range(2))
    return Rounds(rounds, again, sites) if any(paths is not None for paths in rounds) else None


# --- how answers are compared


def _as_rounds(got: Any, expected: Any, sites: Sites) -> str | None:
    """Any draw will do that is fair."""
    if got is None:
        return "it gives nothing back"
    for paths in got.drawn:
        if wrong := _unfair(paths, sites):
            return wrong
    if got.drawn != got.again:
        return "with a generator of the same seed it gives another round: draw from `rng` alone"
    names = list(sites)
    together = {tuple(sorted((path[names[0]], path[names[-1]]) for path in paths)) for paths in got.drawn}
    if len(names) > 1 and len(together) == 1:
        return "the same options always meet: shuffle each decision by itself"
    if len({str(paths) for paths in got.drawn}) == 1:
        return "every round is the same, whatever `rng` says"
    return None


def _unfair(paths: Any, sites: Sites) -> str | None:
    count = len(next(iter(sites.values())))
    if not isinstance(paths, list) or len(paths) != count or not all(isinstance(path, dict) and path.keys() == sites.keys() for path in paths):
        return f"wanted is a list of {count} paths, each a dictionary from all decisions to an option"
    for name, options in sites.items():
        for option in options:
            if (runs := sum(path[name] == option for path in paths)) != 1:
                return f"in a round {option!r} of {name!r} runs {runs} times; fair is once"
    return None


# --- known mistakes


def _at_random(sites: Sites, rng: random.Random) -> list[dict[str, str]]:
    return [{name: rng.choice(list(options)) for name, options in sites.items()} for _ in next(iter(sites.values()))]


def _in_step(sites: Sites, rng: random.Random) -> list[dict[str, str]]:
    return [dict(zip(sites, path, strict=True)) for path in zip(*sites.values(), strict=True)]


def _statistics(divisor: int = 1, pooled: bool = False) -> Callable[..., tuple[float, float]]:
    """A wrong recalibrate: what the sum of squares is divided by (n - divisor), and over what."""

    def wrong(batches: list[list[float]]) -> tuple[float, float]:
        parts = [[value for batch in batches for value in batch]] if pooled else batches
        means = [sum(part) / len(part) for part in parts]
        variances = [sum((value - mean) ** 2 for value in part) / (len(part) - divisor) for part, mean in zip(parts, means, strict=True)]
        return sum(means) / len(means), sum(variances) / len(variances)

    return wrong


def _moving(batches: list[list[float]]) -> tuple[float, float]:
    mean, variance = 0.0, 1.0
    for batch in batches:
        own = recalibrate([batch])
        mean, variance = 0.9 * mean + 0.1 * own[0], 0.9 * variance + 0.1 * own[1]
    return mean, variance


CHECKS = [
    Check(
        "ch13.one_hot_path",
        inputs=_architectures,
        reference=one_hot_path,
        mistakes=(
            (
                lambda sites, arch: {name: list(options).index(arch[name]) for name, options in sites.items()},
                "That is the number of the option. Wanted is a weight for each: 1 for it, 0 for the others.",
            ),
            (
                lambda sites, arch: {name: [1 / len(options)] * len(options) for name, options in sites.items()},
                "All options have the same weight in yours: that is no path, but all of them at once.",
            ),
            (
                lambda sites, arch: {name: [1.0 - (option == arch[name]) for option in options] for name, options in sites.items()},
                "The other way round: the option of the architecture runs, with weight 1, and the others have 0.",
            ),
        ),
        why="For each decision a list with one entry an option, in the order of the options: 1.0 where it is the one of `arch`.",
        hints=("For one decision: [1.0 if option == arch[name] else 0.0 for option in options].", "{name: ... for name, options in sites.items()}"),
    ),
    Check(
        "ch13.drop_rate",
        inputs=_schedules,
        reference=drop_rate,
        mistakes=(
            (
                lambda rate, options, step, steps: step / steps * rate,
                "You drop with `rate` itself, the chance that *all* options of a decision are gone. One alone goes with its k-th root.",
            ),
            (lambda rate, options, step, steps: rate ** (1 / options), "The ramp is missing: 0 at the first step, the full rate at the last."),
            (
                lambda rate, options, step, steps: (1 - step / steps) * rate ** (1 / options),
                "The ramp goes the other way: first all options are trained together.",
            ),
            (
                lambda rate, options, step, steps: (step / steps * rate) ** (1 / options),
                "The ramp is linear in the chance of one option: take the root of `rate` alone, then multiply.",
            ),
            (
                lambda rate, options, step, steps: step / steps * rate**options,
                "rate ** options: so all are gone if each goes with `rate`. It is the other way: rate ** (1 / options).",
            ),
            (
                lambda rate, options, step, steps: step / steps * rate / options,
                "The chances of k options that go independently multiply, they do not add up: take the k-th root.",
            ),
            (lambda rate, options, step, steps: 1 - step / steps * rate ** (1 / options), "That is the chance to be kept."),
        ),
        why="(step / steps) times the k-th root of `rate`, where k is the number of options.",
        hints=("If each of k options goes with chance q, all are gone with chance q ** k. Which q makes that `rate`?", "step / steps * rate ** (1 / options)"),
    ),
    Check(
        "ch13.recalibrate",
        inputs=_batches,
        reference=recalibrate,
        mistakes=(
            (_statistics(divisor=0), "You divide by n. A running variance is made of unbiased ones: n - 1."),
            (_statistics(pooled=True), "You pool all values. Each batch has a mean and a variance of its own, and their means are taken."),
            (_statistics(divisor=0, pooled=True), "You pool all values. Each batch has a mean and a variance (by n - 1) of its own; take their means."),
            (_moving, "That is a moving average which begins at 0 and 1, and after few batches still is near them. Every batch counts alike."),
            (lambda batches: (recalibrate(batches)[0], recalibrate(batches)[1] ** 0.5), "That is the standard deviation; wanted is the variance."),
            (lambda batches: recalibrate(batches[-1:]), "Only the last batch counts in yours."),
        ),
        why="Of each batch its mean and its variance (divided by n - 1); then the mean over batches of both.",
        hints=(
            "Write mean(values) first; the variance of a batch is sum((v - mean(batch)) ** 2) / (len(batch) - 1).",
            "return mean of the means, mean of the variances",
        ),
    ),
    Check(
        "ch13.fair_round",
        inputs=_wide,
        reference=fair_round,
        compare=_as_rounds,
        call=_rounds,
        names=("sites",),
        examples=40,
        mistakes=(
            (_at_random, "You draw with replacement: some options run twice and others not at all. Shuffle the options of each decision."),
            (_in_step, "The same options always meet: shuffle each decision by itself."),
        ),
        why="Shuffle the options of each decision with `rng`; path number i takes the i-th option of each.",
        hints=(
            "orders = {name: rng.sample(list(options), len(options)) for name, options in sites.items()}",
            "Path i is {name: order[i] for name, order in orders.items()}; there are as many as options.",
        ),
    ),
    *SMALL,
]
