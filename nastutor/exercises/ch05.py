"""Exercises of chapter 5: what a model promises, TPE's two halves and densities; those on distances and matrices lie in small_bayes.py."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from nastutor.checks import Check
from nastutor.exercises.small_bayes import CHECKS as SMALL
from nastutor.exercises.small_bayes import arc, clip, posterior, transport

__all__ = ["CHECKS", "arc", "clip", "density", "ei", "posterior", "split", "transport", "ucb"]


def ei(mean: float, std: float, best: float) -> float:
    gain = best - mean
    if std == 0:
        return max(0.0, gain)
    z = gain / std
    return gain * _cdf(z) + std * _pdf(z)


def ucb(mean: float, std: float, beta: float) -> float:
    return beta * std - mean


def split(errors: list[float], gamma: float) -> tuple[list[int], list[int]]:
    count = math.ceil(gamma * math.sqrt(len(errors)))
    order = sorted(range(len(errors)), key=lambda place: errors[place])  # of equal errors the one told first
    good = [place for place in order[:count] if errors[place] < math.inf]
    return sorted(good), [place for place in range(len(errors)) if place not in good]


def density(taken: list[str], options: list[str], prior: float) -> list[float]:
    total = prior * len(options) + len(taken)
    return [(prior + taken.count(option)) / total for option in options]


def _cdf(z: float) -> float:
    return 0.5 * math.erfc(-z / math.sqrt(2))


def _pdf(z: float) -> float:
    return math.exp(-z * z / 2) / math.sqrt(2 * math.pi)


# --- inputs


def _beliefs(st: Any) -> Any:
    """(mean, std, best or beta): tenths, the standard deviation often 0."""
    return st.tuples(st.integers(0, 10), st.integers(0, 5), st.integers(0, 10)).map(lambda drawn: tuple(number / 10 for number in drawn))


def _told(st: Any) -> Any:
    """Errors, some of them equal, some of trials that failed; and gamma."""
    error = st.one_of(st.integers(0, 9).map(lambda tenths: tenths / 10), st.just(math.inf))
    return st.tuples(st.lists(error, min_size=1, max_size=12), st.sampled_from((0.25, 0.5, 1.0)))


def _takings(st: Any) -> Any:
    """What the good ones took of the options, some of which nobody took."""
    options = ["none", "skip", "conv1", "conv3"]
    some = st.integers(1, 4).map(lambda count: options[:count])
    return some.flatmap(lambda known: st.tuples(st.lists(st.sampled_from(known), max_size=8), st.just(known), st.sampled_from((0.5, 1.0, 2.0))))


# --- how answers are compared


def _as_halves(got: Any, expected: tuple[list[int], list[int]], *_: Any) -> str | None:
    """Each half in any order."""
    if not isinstance(got, (tuple, list)) or len(got) != 2:
        return f"it is {type(got).__name__}; wanted are two lists of places: good, bad"
    for name, ours, theirs in zip(("good", "bad"), got, expected, strict=True):
        if sorted(ours) != theirs:
            return f"the {name} ones are {sorted(ours)}; wanted are {theirs}"
    return None


# --- known mistakes


def _improved(gain: Callable[[float, float], float], certain: float | None = None) -> Callable[..., float]:
    """A wrong ei: what is gained over the best, or what it is where nothing is uncertain."""

    def wrong(mean: float, std: float, best: float) -> float:
        if std == 0:
            return max(0.0, gain(mean, best)) if certain is None else certain
        z = gain(mean, best) / std
        return gain(mean, best) * _cdf(z) + std * _pdf(z)

    return wrong


def _probability(mean: float, std: float, best: float) -> float:
    return float(mean < best) if std == 0 else _cdf((best - mean) / std)


def _swapped(mean: float, std: float, best: float) -> float:
    gain = best - mean
    return max(0.0, gain) if std == 0 else gain * _pdf(gain / std) + std * _cdf(gain / std)


def _gain_alone(mean: float, std: float, best: float) -> float:
    return max(0.0, best - mean)


def _halved(count: Callable[[int, float], int], ok: Callable[[float], bool] = lambda error: error < math.inf, sign: int = 1) -> Callable[..., Any]:
    """A wrong split: how many of n are good, which of them may be, and whether small errors are better (sign 1)."""

    def wrong(errors: list[float], gamma: float) -> tuple[list[int], list[int]]:
        order = sorted(range(len(errors)), key=lambda place: sign * errors[place])
        good = [place for place in order[: count(len(errors), gamma)] if ok(errors[place])]
        return sorted(good), [place for place in range(len(errors)) if place not in good]

    return wrong


def _by_error(errors: list[float], gamma: float) -> tuple[list[int], list[int]]:
    last = sorted(errors)[math.ceil(gamma * math.sqrt(len(errors))) - 1]
    good = [place for place, error in enumerate(errors) if error <= last and error < math.inf]
    return good, [place for place in range(len(errors)) if place not in good]


def _root(count: int, gamma: float) -> int:
    return math.ceil(gamma * math.sqrt(count))


CHECKS = [
    Check(
        "ch05.ei",
        inputs=_beliefs,
        reference=ei,
        mistakes=(
            (_improved(lambda mean, best: mean - best), "The sign: errors are to become *smaller*, so the gain is best - mean."),
            (_improved(lambda mean, best: best - mean, certain=0.0), "Where std is 0 the gain is certain: max(0, best - mean), which need not be 0."),
            (_probability, "This is the *probability* of an improvement. The expected one also asks how large it is."),
            (_swapped, "Phi and phi have changed places: the gain is multiplied by the distribution function Phi, std by the density phi."),
            (_gain_alone, "This leaves out the uncertainty: even where the mean is worse than the best, there is something to be hoped for."),
        ),
        why="(best - mean) Phi(z) + std phi(z) with z = (best - mean) / std; max(0, best - mean) where std is 0.",
        hints=(
            "Begin with std == 0. Phi(z) is 0.5 * math.erfc(-z / math.sqrt(2)), and phi(z) is math.exp(-z * z / 2) / math.sqrt(2 * math.pi).",
            "gain = best - mean; z = gain / std; return gain * Phi(z) + std * phi(z).",
        ),
    ),
    Check(
        "ch05.ucb",
        inputs=_beliefs,
        reference=ucb,
        names=("mean", "std", "beta"),
        mistakes=(
            (lambda mean, std, beta: mean + beta * std, "That is the bound of what is to be *maximised*. An error is minimised: a small mean is good."),
            (lambda mean, std, beta: mean - beta * std, "Right as a lower bound, but here the largest value must be the best: turn the sign."),
            (lambda mean, std, beta: -mean - beta * std, "Uncertainty is to be a reason *for* a trial: add beta * std."),
            (lambda mean, std, beta: beta * std * std - mean, "The standard deviation enters as it is, not its square."),
        ),
        why="The promise of an architecture is how small its error may be, with the sign turned: beta * std - mean.",
        hints=("The smallest error that one may hope for is mean - beta * std.", "return beta * std - mean"),
    ),
    Check(
        "ch05.split",
        inputs=_told,
        reference=split,
        compare=_as_halves,
        mistakes=(
            (_halved(lambda n, gamma: math.ceil(gamma * n)), "You take gamma n; wanted is gamma times the *root* of n, rounded up."),
            (_halved(lambda n, gamma: int(gamma * math.sqrt(n))), "Round up (math.ceil), so that one at least is good."),
            (_halved(lambda n, gamma: round(gamma * math.sqrt(n))), "Round up (math.ceil), so that one at least is good."),
            (_halved(_root, lambda error: True), "A trial that failed (error math.inf) is never good, however few there are."),
            (_halved(_root, sign=-1), "Good are the *smallest* errors."),
            (_by_error, "Of equal errors the one told first comes first, so that the number of the good ones is exact."),
        ),
        why="Sort the places by their errors, take the first ceil(gamma * sqrt(n)), and leave out those with the error math.inf.",
        hints=(
            "order = sorted(range(len(errors)), key=lambda place: errors[place]); sorted() keeps the order of equal ones.",
            "good = [place for place in order[: math.ceil(gamma * math.sqrt(len(errors)))] if errors[place] < math.inf]; bad are all other places.",
        ),
    ),
    Check(
        "ch05.density",
        inputs=_takings,
        reference=density,
        mistakes=(
            (
                lambda taken, options, prior: [(prior + taken.count(option)) / (prior + len(taken)) for option in options],
                "They do not add up to 1: *every* option has the prior, so the sum is prior * len(options) + len(taken).",
            ),
            (
                lambda taken, options, prior: [taken.count(option) / len(taken) if taken else 1 / len(options) for option in options],
                "Without the prior an option that nobody took has the density 0 for ever, and l / g divides by it.",
            ),
            (
                lambda taken, options, prior: [prior / len(options) + taken.count(option) / max(1, len(taken)) for option in options],
                "Add the prior to the *counts* first, and divide then.",
            ),
            (
                lambda taken, options, prior: [(1 + taken.count(option)) / (len(options) + len(taken)) for option in options],
                "The prior is an argument; in yours it is always 1.",
            ),
        ),
        why="(prior + count of the option) / (prior * number of options + number of observations).",
        hints=(
            "Each option was seen `prior` times before anything was told. Divide by the sum over all options.",
            "total = prior * len(options) + len(taken); return [(prior + taken.count(option)) / total for option in options].",
        ),
    ),
    *SMALL,
]
