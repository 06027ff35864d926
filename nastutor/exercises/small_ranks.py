"""Exercises of chapter 13 on pencil and paper: Kendall's tau, the overlap of two top lists, and ENAS's penalty on skips."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import combinations
from typing import Any

from nastutor.checks import Check


def tau(a: list[float], b: list[float]) -> float:
    pairs = list(combinations(range(len(a)), 2))
    left, right = [_sign(a[i] - a[j]) for i, j in pairs], [_sign(b[i] - b[j]) for i, j in pairs]
    agree = sum(one * other for one, other in zip(left, right, strict=True))
    return agree / math.sqrt(sum(map(abs, left)) * sum(map(abs, right)))


def top_k(scores: list[float], truth: list[float], k: int) -> float:
    return len(_best(scores, k) & _best(truth, k)) / k


def skip_penalty(layers: list[list[float]], target: float) -> float:
    return sum(sum(_kl(q, target) for q in layer) for layer in layers) / len(layers)


def _sign(difference: float) -> int:
    return (difference > 0) - (difference < 0)


def _best(values: list[float], k: int) -> set[int]:
    return set(sorted(range(len(values)), key=lambda place: values[place])[:k])


def _kl(q: float, target: float, factor: float = 1.0) -> float:
    """KL of [1 - p, p] and [1 - target, target], p = sigmoid(factor q)."""
    p = 1 / (1 + math.exp(-factor * q))
    return p * math.log(p / target) + (1 - p) * math.log((1 - p) / (1 - target))


# --- inputs


def _orders(st: Any) -> Any:
    """Two lists of equal length, neither of them all equal."""
    varied = st.integers(2, 6).flatmap(lambda n: st.tuples(*[st.lists(st.integers(0, 5).map(float), min_size=n, max_size=n)] * 2))
    return varied.filter(lambda pair: min(len(set(own)) for own in pair) > 1)


def _lists(st: Any) -> Any:
    def drawn(n: int) -> Any:
        return st.tuples(st.permutations(range(n)), st.permutations(range(n)), st.integers(1, n))

    return st.integers(2, 7).flatmap(drawn).map(lambda own: ([float(v) for v in own[0]], [float(v) for v in own[1]], own[2]))


def _layers(st: Any) -> Any:
    q = st.integers(-4, 4).map(lambda quarters: quarters / 4)
    return st.tuples(st.lists(st.lists(q, min_size=1, max_size=4), min_size=1, max_size=4), st.sampled_from((0.2, 0.4, 0.5)))


# --- known mistakes


def _tau(count: Callable[[list[int], list[int]], float]) -> Callable[..., float]:
    """A wrong tau: of the signs of all pairs in a and in b."""

    def wrong(a: list[float], b: list[float]) -> float:
        pairs = list(combinations(range(len(a)), 2))
        return count([_sign(a[i] - a[j]) for i, j in pairs], [_sign(b[i] - b[j]) for i, j in pairs])

    return wrong


def _agree(left: list[int], right: list[int]) -> int:
    return sum(one * other for one, other in zip(left, right, strict=True))


def _spearman(a: list[float], b: list[float]) -> float:
    def ranks(values: list[float]) -> list[float]:
        return [sum(v < own for v in values) + (sum(v == own for v in values) + 1) / 2 for own in values]

    left, right = ranks(a), ranks(b)
    middle = (len(a) + 1) / 2
    cross = sum((x - middle) * (y - middle) for x, y in zip(left, right, strict=True))
    return cross / math.sqrt(sum((x - middle) ** 2 for x in left) * sum((y - middle) ** 2 for y in right))


def _places(scores: list[float], truth: list[float], k: int) -> float:
    """Place by place."""
    first, second = (sorted(range(len(values)), key=values.__getitem__)[:k] for values in (scores, truth))
    return sum(a == b for a, b in zip(first, second, strict=True)) / k


def _layer_mean(found: list[list[float]]) -> float:
    return sum(map(sum, found)) / len(found)


def _penalty(kl: Callable[[float, float], float], mean: Callable[[list[list[float]]], float] = _layer_mean) -> Callable[..., float]:
    """A wrong skip_penalty: what a skip costs, and how layers are put together."""
    return lambda layers, target: mean([[kl(q, target) for q in layer] for layer in layers])


def _backwards(q: float, target: float) -> float:
    p = 1 / (1 + math.exp(-q))
    return target * math.log(target / p) + (1 - target) * math.log((1 - target) / (1 - p))


def _half(q: float, target: float) -> float:
    p = 1 / (1 + math.exp(-q))
    return p * math.log(p / target)


CHECKS = [
    Check(
        "ch13.tau",
        inputs=_orders,
        reference=tau,
        mistakes=(
            (
                _tau(lambda left, right: _agree(left, right) / len(left)),
                "You divide by the number of all pairs. Tau-b divides by the root of (untied pairs of a) * (untied pairs of b).",
            ),
            (
                _tau(lambda left, right: sum(one == other for one, other in zip(left, right, strict=True)) / len(left)),
                "That is the share of pairs in the same order, from 0 to 1. Pairs in the other order count -1.",
            ),
            (
                _tau(lambda left, right: float(_agree(left, right))),
                "That is the difference of the counts; divide it by the root of (untied pairs of a) * (untied pairs of b).",
            ),
            (_spearman, "That is Spearman's rho, the correlation of the ranks. Kendall's tau counts pairs."),
            (lambda a, b: -tau(a, b), "The sign is the other way: the same order gives 1."),
        ),
        why="Over all pairs: +1 in the same order, -1 in the other, 0 tied in either; divided by the root of (untied pairs of a) * (untied pairs of b).",
        hints=(
            "For each pair i < j the sign of a[i] - a[j] times the sign of b[i] - b[j]; add these up.",
            "Divide by math.sqrt(u * v), with u the number of pairs with a[i] != a[j], and v the same of b.",
        ),
    ),
    Check(
        "ch13.top_k",
        inputs=_lists,
        reference=top_k,
        mistakes=(
            (_places, "You compare place by place. Wanted is how many are in both lists, wherever they stand."),
            (
                lambda scores, truth, k: top_k([-s for s in scores], [-t for t in truth], k),
                "Those are the k largest. Scores are errors: the best are the smallest.",
            ),
            (lambda scores, truth, k: top_k(scores, truth, k) * k, "That is how many; wanted is their share of k."),
            (
                lambda scores, truth, k: len(set(sorted(scores)[:k]) & set(sorted(truth)[:k])) / k,
                "You compare the values. In the lists are architectures: their places.",
            ),
            (
                lambda scores, truth, k: len(_best(scores, k) & _best(truth, k)) / len(scores),
                "You divide by the number of all architectures; wanted is the share of the k.",
            ),
        ),
        why="The places of the k smallest scores, those of the k smallest errors, and how many are in both, divided by k.",
        hints=("best = set(sorted(range(len(values)), key=lambda i: values[i])[:k])", "len(best of scores & best of truth) / k"),
    ),
    Check(
        "ch13.skip_penalty",
        inputs=_layers,
        reference=skip_penalty,
        mistakes=(
            (
                _penalty(lambda q, target: _kl(q, target, 2.0)),
                "You took sigmoid(2q), with which skips are drawn. The released penalty has sigmoid(q); section 11 says what comes of that.",
            ),
            (_penalty(_backwards), "The other way round: KL(p || target) weighs the logarithms by p."),
            (_penalty(_half), "The second part is missing: no skip, with 1 - p and 1 - target, has its term too."),
            (_penalty(_kl, lambda found: sum(map(sum, found))), "That is the sum over layers; wanted is the mean."),
            (
                _penalty(_kl, lambda found: sum(map(sum, found)) / sum(map(len, found))),
                "That is the mean over skips. Summed up inside a layer, the mean is over layers.",
            ),
        ),
        why="p = sigmoid(q) for each skip; p ln(p / target) + (1 - p) ln((1 - p) / (1 - target)), summed up in a layer, then the mean over layers.",
        hints=(
            "p = 1 / (1 + math.exp(-q))",
            "sum over q of p * math.log(p / target) + (1 - p) * math.log((1 - p) / (1 - target)), then sum over layers / len(layers).",
        ),
    ),
]
