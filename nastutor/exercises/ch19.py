"""Exercises of chapter 19: regret, a bootstrap interval, a cluster with a heap, the critical difference, two graph problems, the winner's curse."""

from __future__ import annotations

import heapq
import math
import random
from collections.abc import Callable
from typing import Any

from nastutor.checks import Check
from nastutor.exercises.small_graphs import CHECKS as GRAPHS
from nastutor.exercises.small_graphs import isomorphic, prune

__all__ = ["CHECKS", "bootstrap", "cluster", "critical_difference", "isomorphic", "optimism", "prune", "regret"]

NEMENYI = {2: 1.960, 3: 2.343, 4: 2.569, 5: 2.728}  # q of 5 % by number of strategies (Demsar 2006, table 5a)
BY_HAND = 0.12  # the optimum of section 6's example


def regret(told: list[float], truth: list[float], optimum: float) -> list[float]:
    chosen, line = 0, []
    for trial, error in enumerate(told):
        if error < told[chosen]:
            chosen = trial
        line.append(truth[chosen] - optimum)
    return line


def bootstrap(values: list[float], resamples: int, rng: random.Random) -> tuple[float, float]:
    means = sorted(sum(rng.choices(values, k=len(values))) / len(values) for _ in range(resamples))
    cut = resamples // 40
    return means[cut], means[-1 - cut]


def cluster(seconds: list[float], workers: int) -> list[tuple[float, int]]:
    free = [0.0] * workers  # when each worker will be idle; a heap, all equal
    finished = []
    for trial, duration in enumerate(seconds):
        end = heapq.heappop(free) + duration
        heapq.heappush(free, end)
        finished.append((end, trial))
    return sorted(finished)


def critical_difference(errors: list[list[float]], q: float) -> tuple[list[float], float]:
    repetitions, strategies = len(errors), len(errors[0])
    ranks = [[sum(other < error for other in row) + (sum(other == error for other in row) + 1) / 2 for error in row] for row in errors]
    means = [sum(column) / repetitions for column in zip(*ranks, strict=True)]
    return means, q * math.sqrt(strategies * (strategies + 1) / (6 * repetitions))


def optimism(errors: list[list[float]]) -> tuple[float, float]:
    chosen = min(errors, key=lambda runs: runs[0])
    return chosen[0], sum(chosen[1:]) / len(chosen[1:])


# --- inputs


def _errors(st: Any) -> Any:
    return st.integers(1, 12).map(lambda n: n / 20)


def _searches(st: Any) -> Any:
    def columns(length: int) -> Any:
        return st.tuples(*[st.lists(_errors(st), min_size=length, max_size=length)] * 2, st.sampled_from((0.05, 0.02, 0.0)))  # 0.05: the least of the errors

    return st.integers(1, 6).flatmap(columns)


def _samples(st: Any) -> Any:
    return st.tuples(st.lists(st.integers(0, 40).map(lambda n: n / 10), min_size=2, max_size=9), st.sampled_from((40, 80, 200)), st.integers(0, 999))


def _durations(st: Any) -> Any:
    return st.tuples(st.lists(st.integers(1, 9).map(float), min_size=1, max_size=9), st.integers(1, 4))


def _tables(st: Any) -> Any:
    def tables(strategies: int) -> Any:
        row = st.lists(_errors(st), min_size=strategies, max_size=strategies)
        return st.tuples(st.lists(row, min_size=2, max_size=6), st.sampled_from((NEMENYI[strategies], 1.5, 3.5)))  # other levels have other q

    return st.integers(2, 5).flatmap(tables)


def _runs(st: Any) -> Any:
    def tables(runs: int) -> Any:
        return st.tuples(st.lists(st.lists(_errors(st), min_size=runs, max_size=runs), min_size=1, max_size=6))

    return st.integers(3, 5).flatmap(tables)


# --- known mistakes


def _leaking(told: list[float], truth: list[float], optimum: float) -> list[float]:
    return [min(truth[: i + 1]) - optimum for i in range(len(truth))]


def _last_of_equal(told: list[float], truth: list[float], optimum: float) -> list[float]:
    return [truth[min(range(i, -1, -1), key=lambda k: told[k])] - optimum for i in range(len(told))]


def _above(found: Callable[[list[float]], float]) -> Any:
    """A wrong regret: measured from `found(truth)` instead of the optimum."""

    def wrong(told: list[float], truth: list[float], optimum: float) -> list[float]:
        return [r + optimum - found(truth) for r in regret(told, truth, optimum)]

    return wrong


def _means(values: list[float], resamples: int, rng: random.Random) -> list[float]:
    return sorted(sum(rng.choices(values, k=len(values))) / len(values) for _ in range(resamples))


def _uncut(values: list[float], resamples: int, rng: random.Random) -> tuple[float, float]:
    means = _means(values, resamples, rng)
    return means[0], means[-1]


def _cut_twice(values: list[float], resamples: int, rng: random.Random) -> tuple[float, float]:
    means, cut = _means(values, resamples, rng), resamples // 20
    return means[cut], means[-1 - cut]


def _cut_one_more(values: list[float], resamples: int, rng: random.Random) -> tuple[float, float]:
    means, cut = _means(values, resamples, rng), resamples // 40
    return means[cut], means[-cut]


def _without_replacement(values: list[float], resamples: int, rng: random.Random) -> tuple[float, float]:
    mean = sum(values) / len(values)
    return mean, mean


def _in_rounds(seconds: list[float], workers: int) -> list[tuple[float, int]]:
    now, finished = 0.0, []
    for first in range(0, len(seconds), workers):
        batch = seconds[first : first + workers]
        finished += [(now + duration, first + i) for i, duration in enumerate(batch)]
        now += max(batch)
    return sorted(finished)


def _dealt_out(seconds: list[float], workers: int) -> list[tuple[float, int]]:
    return sorted((sum(seconds[trial % workers : trial + 1 : workers]), trial) for trial in range(len(seconds)))


def _ranks_by(rank: Callable[[list[float], float], float]) -> Any:
    """A wrong critical_difference: `rank(row, error)` ranks."""

    def wrong(errors: list[list[float]], q: float) -> tuple[list[float], float]:
        means = [sum(column) / len(errors) for column in zip(*[[rank(row, error) for error in row] for row in errors], strict=True)]
        return means, critical_difference(errors, q)[1]

    return wrong


def _difference_by(formula: Callable[[float, int, int], float]) -> Any:
    """A wrong critical_difference: `formula(q, strategies, repetitions)` is its second part."""

    def wrong(errors: list[list[float]], q: float) -> tuple[list[float], float]:
        return critical_difference(errors, q)[0], formula(q, len(errors[0]), len(errors))

    return wrong


def _chosen(errors: list[list[float]]) -> list[float]:
    return min(errors, key=lambda runs: runs[0])


def _by_all_runs(errors: list[list[float]]) -> tuple[float, float]:
    chosen: list[float] = min(errors, key=sum)
    return chosen[0], sum(chosen[1:]) / len(chosen[1:])


CHECKS = [
    *GRAPHS,
    Check(
        "ch19.regret",
        inputs=_searches,
        reference=regret,
        mistakes=(
            (_leaking, "You choose by `truth`, which no search sees. Choose by what it was told; then read the truth about the one that was chosen."),
            (
                lambda told, truth, optimum: [min(told[: i + 1]) - optimum for i in range(len(told))],
                "You subtract from what the search was told. That number has chosen, so it is flattered; regret is told by the *truth* about the choice.",
            ),
            (
                lambda told, truth, optimum: [error - optimum for error in truth],
                "This is the regret of each trial's own architecture; wanted is that of the best so far by `told`.",
            ),
            (_last_of_equal, "Of equal errors the first one stays chosen: replace it only by a smaller one (`<`, not `<=`)."),
            (_above(lambda truth: 0.0), "You forgot to subtract the optimum."),
            (_above(min), "You subtract the best that this search has met. The optimum is the best of the *whole* table, met or not: the argument `optimum`."),
            (_above(lambda truth: BY_HAND), f"You subtract {BY_HAND}, the optimum of the example by hand. Every table has its own: the argument `optimum`."),
        ),
        why="Two columns have two tasks: `told` chooses, `truth` is read for the one that is chosen, less the argument `optimum`. The curve may go up.",
        hints=(
            "Keep the number of the trial that is chosen now; it changes where told[trial] is smaller than told[chosen].",
            "After each trial append truth[chosen] - optimum.",
        ),
    ),
    Check(
        "ch19.bootstrap",
        inputs=_samples,
        call=lambda function, values, resamples, seed: function(values, resamples, random.Random(seed)),
        reference=bootstrap,
        names=("values", "resamples", "seed"),
        mistakes=(
            (
                _without_replacement,
                "Your resamples are the values in another order, which all have the same mean. Draw *with* replacement: rng.choices(values, k=len(values)).",
            ),
            (_uncut, "These are the smallest and the largest of all means, an interval of 100 %. Leave out resamples // 40 at each end first."),
            (_cut_twice, "You leave out 5 % at each end, which makes an interval of 90 %. 95 % leaves out 2.5 %, resamples // 40, at each end."),
            (_cut_one_more, "The upper end is one too high: means[-1] is the largest, so leaving out `cut` of them leaves means[-1 - cut]."),
        ),
        why="Draw with rng.choices(values, k=len(values)), once for each resample and nothing else, and keep the mean of each draw.",
        hints=("means = sorted(mean of rng.choices(values, k=len(values)) for each resample)", "cut = resamples // 40; return means[cut], means[-1 - cut]"),
        examples=60,
    ),
    Check(
        "ch19.cluster",
        inputs=_durations,
        reference=cluster,
        mistakes=(
            (_in_rounds, "Your workers wait until the slowest has finished. Here a worker takes the next trial as soon as it is idle."),
            (_dealt_out, "You deal the trials out in turn (trial i to worker i % workers). The next trial goes to the worker that is idle first."),
            (
                lambda seconds, workers: sorted(cluster(seconds, workers), key=lambda pair: pair[1]),
                "The times are right; the list is to be in the order of *finishing*, not of asking.",
            ),
            (lambda seconds, workers: cluster(seconds, 1), "This is one worker that does everything, one trial after another."),
            (
                lambda seconds, workers: sorted((duration, trial) for trial, duration in enumerate(seconds)),
                "This is how long each trial takes; it begins only when a worker is idle.",
            ),
        ),
        why="Keep one number for each worker: when it will be idle. The next trial always goes to the smallest of them.",
        hints=(
            "free = [0.0] * workers is a heap; heapq.heappop(free) takes out the time at which the first worker is idle.",
            "For each trial: end = heappop(free) + duration; heappush(free, end); note (end, trial). Sort at the end.",
        ),
    ),
    Check(
        "ch19.critical_difference",
        inputs=_tables,
        reference=critical_difference,
        mistakes=(
            (
                _ranks_by(lambda row, error: 1.0 + sum(other < error for other in row)),
                "Equal errors have to share: each gets the mean of the ranks that they take up together.",
            ),
            (
                _ranks_by(lambda row, error: sum(other > error for other in row) + (sum(other == error for other in row) + 1) / 2),
                "Rank 1 belongs to the *smallest* error; you rank the other way round.",
            ),
            (_difference_by(lambda q, k, n: q * k * (k + 1) / (6 * n)), "The square root is missing in the critical difference."),
            (
                _difference_by(lambda q, k, n: q * math.sqrt(n * (n + 1) / (6 * k))),
                "Strategies and repetitions are mixed up: a row of `errors` is one repetition, with an entry for each strategy.",
            ),
            (_difference_by(lambda q, k, n: q * math.sqrt(k * (k - 1) / (6 * n))), "It is k (k + 1), not k (k - 1), below the root."),
            (
                _difference_by(lambda q, k, n: NEMENYI[k] * math.sqrt(k * (k + 1) / (6 * n))),
                "You look q up for a level of 5 %. Another level has another q: use the argument `q`.",
            ),
            (_difference_by(lambda q, k, n: NEMENYI[4] * math.sqrt(k * (k + 1) / (6 * n))), "2.569 is the q of four strategies: use the argument `q`."),
        ),
        why="Rank within each row, with shared ranks for equal errors; then average each column. CD = q sqrt(k (k + 1) / (6 n)).",
        hints=(
            "scipy.stats.rankdata(row) ranks one row, ties shared. The mean ranks are the means of the columns.",
            "return mean ranks (a list), q * sqrt(k * (k + 1) / (6 * n)), with k = len(errors[0]) and n = len(errors)",
        ),
    ),
    Check(
        "ch19.optimism",
        inputs=_runs,
        reference=optimism,
        mistakes=(
            (
                lambda errors: (min(r[0] for r in errors), min(sum(r[1:]) / len(r[1:]) for r in errors)),
                "You choose again by the other runs. The choice is made once, by run 0; the others only say what it is worth.",
            ),
            (
                lambda errors: (optimism(errors)[0], sum(_chosen(errors)) / len(errors[0])),
                "Run 0 stands in the mean as well, and it was chosen for being small. Use the other runs alone.",
            ),
            (
                lambda errors: (_chosen(errors)[0], _chosen(errors)[1]),
                "You read run 1 alone. All runs but run 0 tell what the choice is worth: take their mean.",
            ),
            (
                lambda errors: (_chosen(errors)[0], sum(_chosen(errors)[1:3]) / 2),
                "You read runs 1 and 2 alone, as if there were always three runs. Take the mean of *all* runs but run 0: chosen[1:].",
            ),
            (
                lambda errors: (_chosen(errors)[0], sum(_chosen(errors)[1:]) / 2),
                "You divide by 2, as if there were always three runs. Divide by the number of the other runs.",
            ),
            (_by_all_runs, "You choose by all runs. A search sees one of them: run 0."),
            (lambda errors: optimism(errors)[::-1], "First what run 0 promised, then what the other runs keep."),
        ),
        why="Choose by run 0 alone (of equal ones the first); then read the other runs of the one that was chosen.",
        hints=("chosen = min(errors, key=lambda runs: runs[0])", "return chosen[0], the mean of chosen[1:]"),
    ),
]
