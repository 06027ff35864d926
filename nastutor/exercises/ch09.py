"""Exercises of chapter 9: a mixed operation and its slope, almost one-hot draws, two gates, what is kept of a supernet, a look ahead."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from nastutor.checks import Check, same
from nastutor.exercises.small_bilevel import CHECKS as BILEVEL
from nastutor.exercises.small_bilevel import look_ahead

__all__ = ["CHECKS", "almost_one_hot", "derive", "gate_slope", "look_ahead", "mean_cost", "slope", "softmax"]

Edges = dict[tuple[int, int], dict[str, float]]  # (from node, to node) -> operation -> weight


def softmax(alpha: list[float]) -> list[float]:
    powers = [math.exp(a - max(alpha)) for a in alpha]
    return [power / sum(powers) for power in powers]


def slope(alpha: list[float], grad: list[float]) -> list[float]:
    p = softmax(alpha)
    mean = sum(share * g for share, g in zip(p, grad, strict=True))
    return [share * (g - mean) for share, g in zip(p, grad, strict=True)]


def almost_one_hot(alpha: list[float], uniform: list[float], temperature: float) -> list[float]:
    log_p = [math.log(share) for share in softmax(alpha)]
    noise = [-math.log(-math.log(u)) for u in uniform]
    return softmax([(a + g) / temperature for a, g in zip(log_p, noise, strict=True)])


def gate_slope(alpha: list[float], pair: tuple[int, int], grad: list[float]) -> list[float]:
    two = slope([alpha[i] for i in pair], [grad[i] for i in pair])
    found = [0.0] * len(alpha)
    for i, own in zip(pair, two, strict=True):
        found[i] = own
    return found


def derive(edges: Edges, keep: int) -> dict[int, list[tuple[int, str]]]:
    best = {edge: max(((w, op) for op, w in weights.items() if op != "none"), key=lambda pair: pair[0]) for edge, weights in edges.items()}
    cell = {}
    for node in sorted({target for _, target in edges}):
        into = sorted((edge for edge in edges if edge[1] == node), key=lambda edge: -best[edge][0])[:keep]
        cell[node] = sorted((source, best[source, target][1]) for source, target in into)
    return cell


def mean_cost(alphas: list[list[float]], costs: list[list[float]]) -> float:
    return sum(p * cost for alpha, own in zip(alphas, costs, strict=True) for p, cost in zip(softmax(alpha), own, strict=True))


# --- inputs


def _numbers(st: Any, size: int) -> Any:
    return st.lists(st.integers(-8, 8).map(lambda n: n / 4), min_size=size, max_size=size)


def _alpha(st: Any) -> Any:
    return st.integers(1, 5).flatmap(lambda size: st.tuples(_numbers(st, size).filter(sum)))


def _alpha_and_grad(st: Any) -> Any:
    return st.integers(1, 5).flatmap(lambda size: st.tuples(_numbers(st, size), _numbers(st, size)))


def _draws(st: Any) -> Any:
    uniform = st.integers(1, 19).map(lambda n: n / 20)
    return st.integers(1, 5).flatmap(
        lambda size: st.tuples(_numbers(st, size), st.lists(uniform, min_size=size, max_size=size), st.sampled_from((0.25, 0.5, 1.0, 2.0, 5.0)))
    )


def _gates(st: Any) -> Any:
    def with_pair(size: int) -> Any:
        pair = st.permutations(range(size)).map(lambda order: tuple(order[:2]))
        return st.tuples(_numbers(st, size), pair, _numbers(st, size))

    return st.integers(2, 5).flatmap(with_pair)


def _supernets(st: Any) -> Any:
    """Nodes 0 and 1 are inputs; each later one has an edge from all before it. No two operations, but "none", weigh the same."""

    def weighed(drawn: tuple[int, list[int], int]) -> tuple[Edges, int]:
        nodes, order, keep = drawn
        names = [(source, target) for target in range(2, 2 + nodes) for source in range(target)]
        ops = ("none", "skip", "conv3")
        left = iter(order)
        return {edge: {op: next(left) / 100 for op in ops} for edge in names}, keep

    return st.integers(1, 3).flatmap(lambda n: st.tuples(st.just(n), st.permutations(range(1, 28)), st.integers(1, 2))).map(weighed)


def _costs(st: Any) -> Any:
    whole = st.integers(0, 9).map(float)
    decision = st.integers(1, 4).flatmap(lambda size: st.tuples(_numbers(st, size), st.lists(whole, min_size=size, max_size=size)))
    return st.lists(decision, min_size=1, max_size=3).map(lambda rows: ([alpha for alpha, _ in rows], [cost for _, cost in rows]))


# --- known mistakes


def _normalised(alpha: list[float]) -> list[float]:
    return [a / sum(alpha) for a in alpha]


def _half(alpha: list[float], grad: list[float]) -> list[float]:
    return [p * g for p, g in zip(softmax(alpha), grad, strict=True)]


def _own(alpha: list[float], grad: list[float]) -> list[float]:
    return [p * (1 - p) * g for p, g in zip(softmax(alpha), grad, strict=True)]


def _around_the_plain_mean(alpha: list[float], grad: list[float]) -> list[float]:
    return [p * (g - sum(grad) / len(grad)) for p, g in zip(softmax(alpha), grad, strict=True)]


def _noisy(noise: Callable[[float], float], after: bool = False, times: bool = False) -> Callable[..., list[float]]:
    """A wrong almost_one_hot: how noise is made of u, whether it is added after the division, whether temperature multiplies."""

    def wrong(alpha: list[float], uniform: list[float], temperature: float) -> list[float]:
        log_p = [math.log(share) for share in softmax(alpha)]
        if after:
            return softmax([a / temperature + noise(u) for a, u in zip(log_p, uniform, strict=True)])
        scale = temperature if times else 1 / temperature
        return softmax([(a + noise(u)) * scale for a, u in zip(log_p, uniform, strict=True)])

    return wrong


def _gumbel(u: float) -> float:
    return -math.log(-math.log(u))


def _all_gates(alpha: list[float], pair: tuple[int, int], grad: list[float]) -> list[float]:
    return slope(alpha, grad)


def _cut_out(alpha: list[float], pair: tuple[int, int], grad: list[float]) -> list[float]:
    """With the shares of all options instead of those of the two."""
    p = softmax(alpha)
    mean = sum(p[i] * grad[i] for i in pair)
    return [p[i] * (grad[i] - mean) if i in pair else 0.0 for i in range(len(alpha))]


def _none_competes(edges: Edges, keep: int) -> dict[int, list[tuple[int, str]]]:
    """Edges are ranked by their largest weight, that of "none" too; the operation is a real one."""
    cell = {}
    for node in sorted({target for _, target in edges}):
        into = sorted((edge for edge in edges if edge[1] == node), key=lambda edge: -max(edges[edge].values()))[:keep]
        cell[node] = sorted((edge[0], max((op for op in edges[edge] if op != "none"), key=lambda op: edges[edge][op])) for edge in into)
    return cell


def _none_wins(edges: Edges, keep: int) -> dict[int, list[tuple[int, str]]]:
    """ "none" may be chosen."""
    cell = {}
    for node in sorted({target for _, target in edges}):
        into = sorted((edge for edge in edges if edge[1] == node), key=lambda edge: -max(edges[edge].values()))[:keep]
        cell[node] = sorted((edge[0], max(edges[edge], key=lambda op: edges[edge][op])) for edge in into)
    return cell


def _nearest(edges: Edges, keep: int) -> dict[int, list[tuple[int, str]]]:
    """The latest sources instead of the strongest edges."""
    cell = {}
    for node in sorted({target for _, target in edges}):
        into = sorted((edge for edge in edges if edge[1] == node), reverse=True)[:keep]
        cell[node] = sorted((edge[0], max((op for op in edges[edge] if op != "none"), key=lambda op: edges[edge][op])) for edge in into)
    return cell


# --- how answers are compared

SINGLE = 1e-5  # what is left of a number that was computed with float32, as torch does where nothing is said


def _to_single(got: Any, expected: Any, *values: Any) -> str | None:
    """As `same`, to single precision: what comes of a softmax in torch will do."""
    got = got.tolist() if hasattr(got, "tolist") else got
    if isinstance(got, list) and isinstance(expected, list) and len(got) == len(expected):
        return same([_near(*pair) for pair in zip(got, expected, strict=True)], expected)
    return same(_near(got, expected), expected)


def _near(got: Any, expected: Any) -> Any:
    """`expected` where a number is near it."""
    got = got.item() if getattr(got, "ndim", None) == 0 else got
    return expected if isinstance(got, float) and isinstance(expected, float) and abs(got - expected) <= SINGLE * max(1.0, abs(expected)) else got


CHECKS = [
    Check(
        "ch09.softmax",
        inputs=_alpha,
        reference=softmax,
        compare=_to_single,
        mistakes=(
            (_normalised, "You divide alpha itself by its sum. Shares are made of exp(alpha): alpha may be negative."),
            (lambda alpha: [math.exp(a) for a in alpha], "The shares do not add up to 1: divide by their sum."),
            (lambda alpha: [float(a == max(alpha)) for a in alpha], "That is the architecture in the end. During the search every option has its share."),
        ),
        why="exp of each, divided by the sum of all of them.",
        hints=("powers = [math.exp(a) for a in alpha]", "[power / sum(powers) for power in powers]"),
    ),
    Check(
        "ch09.slope",
        inputs=_alpha_and_grad,
        reference=slope,
        compare=_to_single,
        mistakes=(
            (lambda alpha, grad: list(grad), "That is dL/dp as the estimator told it. Alpha moves all shares at once: p_i (g_i - mean of g)."),
            (_half, "The second part is missing: where p_i rises, all the others fall. Take the mean of g, weighed by p, from each g_i."),
            (_own, "You have dp_i/dalpha_i alone. Alpha_i moves the other shares too, by -p_i p_j."),
            (_around_the_plain_mean, "The mean that is taken off is weighed by the shares: sum of p_j g_j."),
            (lambda alpha, grad: [-s for s in slope(alpha, grad)], "The sign is the other way: this is the slope, and the step goes against it later."),
        ),
        why="dL/dalpha_i = sum over j of g_j p_j (1 where i = j, less p_i) = p_i (g_i - sum over j of p_j g_j).",
        hints=("mean = sum of p_j * g_j over all options.", "[p_i * (g_i - mean) ...] with p = softmax(alpha)."),
    ),
    Check(
        "ch09.almost_one_hot",
        inputs=_draws,
        reference=almost_one_hot,
        compare=_to_single,
        mistakes=(
            (lambda alpha, uniform, temperature: softmax([a / temperature for a in alpha]), "The noise is missing: without it there is nothing random."),
            (_noisy(lambda u: -math.log(u)), "One logarithm is missing: Gumbel noise is -log(-log(u))."),
            (_noisy(lambda u: math.log(-math.log(u))), "The sign of the noise: -log(-log(u))."),
            (_noisy(_gumbel, after=True), "The temperature divides the noise too: (log p + noise) / temperature."),
            (_noisy(_gumbel, times=True), "Divide by the temperature: the colder, the nearer to one-hot."),
        ),
        why="Add -log(-log(u)) to log p, divide by the temperature, and take the softmax.",
        hints=(
            "noise = [-math.log(-math.log(u)) for u in uniform]",
            "softmax([(a + g) / temperature for a, g in zip(alpha, noise)]): log p is alpha less a constant.",
        ),
    ),
    Check(
        "ch09.gate_slope",
        inputs=_gates,
        reference=gate_slope,
        compare=_to_single,
        mistakes=(
            (_all_gates, "You use the gradient of all gates, which nobody computed: two options ran. The others stay where they are, with a slope of 0."),
            (_cut_out, "The shares of the two must add up to 1: softmax over the pair alone."),
            (lambda alpha, pair, grad: slope([alpha[i] for i in pair], [grad[i] for i in pair]), "Wanted is a list with an entry for each option."),
        ),
        why="The slope of a softmax over the two options of `pair` alone, put at their places, and 0 at all others.",
        hints=("Your slope does the work: slope([alpha[i] for i in pair], [grad[i] for i in pair]).", "found = [0.0] * len(alpha), then found[i] for the two."),
    ),
    Check(
        "ch09.derive",
        inputs=_supernets,
        reference=derive,
        examples=60,
        mistakes=(
            (_none_competes, 'The strength of an edge is the largest weight of its *real* operations. "none" is in the softmax, and not in this comparison.'),
            (_none_wins, '"none" cannot be chosen: a derived cell has real operations alone.'),
            (_nearest, "You keep the edges from the latest nodes. Kept are the strongest ones."),
            (lambda edges, keep: derive(edges, len(edges)), "Each node keeps `keep` edges, not all of them."),
        ),
        why='For each node: of each edge the best operation but "none"; of the edges the `keep` strongest; as a sorted list of (source, operation).',
        hints=(
            'First best[edge] = (weight, operation) over the operations that are not "none".',
            "Then for each node: sorted(edges into it, key=minus that weight)[:keep], and of those sorted (source, operation).",
        ),
    ),
    Check(
        "ch09.mean_cost",
        inputs=_costs,
        reference=mean_cost,
        compare=_to_single,
        mistakes=(
            (
                lambda alphas, costs: sum(own[alpha.index(max(alpha))] for alpha, own in zip(alphas, costs, strict=True)),
                "That is the cost of the most likely architecture, and alpha has no slope in it. Wanted is the mean over all draws.",
            ),
            (
                lambda alphas, costs: sum(sum(own) / len(own) for own in costs),
                "You take the plain mean. An option counts as often as it is drawn: weigh by softmax(alpha).",
            ),
            (
                lambda alphas, costs: mean_cost(alphas, costs) / len(alphas),
                "Costs of decisions add up: the mean is over the options of one decision, the sum over decisions.",
            ),
        ),
        why="For each decision the sum of softmax(alpha) times cost; then the sum over decisions.",
        hints=("One decision: sum(p * c for p, c in zip(softmax(alpha), cost)).", "Add that up over zip(alphas, costs)."),
    ),
    *BILEVEL,
]
