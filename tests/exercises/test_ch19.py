"""The reference solutions of chapter 19 by hand, against numpy and scipy, and against a cluster simulated second by second."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import rankdata

from nastutor.checks import all_checks, find_check, judge
from nastutor.exercises import ch19
from nastutor.exercises.ch19 import NEMENYI, bootstrap, cluster, critical_difference, optimism, regret

IDS = [exercise.id.removeprefix("ch19.") for exercise in all_checks() if exercise.id.startswith("ch19.")]


def test_regret_is_the_truth_about_what_was_chosen_by_what_was_told():
    assert regret([0.3, 0.2, 0.25, 0.2], [0.30, 0.35, 0.10, 0.20], 0.1) == pytest.approx([0.2, 0.25, 0.25, 0.25])


def test_bootstrap_by_hand():
    assert bootstrap([2.0, 2.0, 2.0], 40, random.Random(0)) == (2.0, 2.0)
    rng = random.Random(3)
    means = sorted(np.mean(rng.choices([0.0, 1.0, 5.0], k=3)) for _ in range(200))
    assert bootstrap([0.0, 1.0, 5.0], 200, random.Random(3)) == (means[5], means[194])


def test_bootstrap_is_close_to_the_normal_interval_of_many_values():
    values = np.random.default_rng(0).normal(size=400).tolist()
    low, high = bootstrap(values, 2000, random.Random(0))
    half = 1.96 * np.std(values, ddof=1) / 20
    assert low == pytest.approx(np.mean(values) - half, abs=0.1 * half) and high == pytest.approx(np.mean(values) + half, abs=0.1 * half)


def test_cluster_by_hand():
    assert cluster([4.0, 1.0, 2.0, 5.0], 2) == [(1.0, 1), (3.0, 2), (4.0, 0), (8.0, 3)]  # the fourth starts when the third ends, at 3
    assert cluster([2.0, 3.0], 1) == [(2.0, 0), (5.0, 1)] and cluster([2.0, 3.0], 5) == [(2.0, 0), (3.0, 1)]


@given(st.lists(st.integers(1, 9), min_size=1, max_size=12), st.integers(1, 4))
def test_cluster_is_what_happens_second_by_second(seconds, workers):
    waiting, busy, done, now = list(enumerate(seconds)), {}, [], 0
    while waiting or busy:
        done += [(float(now), trial) for trial in sorted(busy) if busy[trial] == now]
        busy = {trial: end for trial, end in busy.items() if end > now}
        while waiting and len(busy) < workers:
            trial, duration = waiting.pop(0)
            busy[trial] = now + duration
        now += 1
    assert cluster([float(s) for s in seconds], workers) == done


def test_mean_ranks_are_scipys_and_the_difference_is_demsars():
    errors = np.random.default_rng(1).integers(0, 5, (14, 4)) / 10
    means, difference = critical_difference(errors.tolist(), NEMENYI[4])
    assert means == pytest.approx(rankdata(errors, axis=1).mean(axis=0))
    assert difference == pytest.approx(1.25, abs=0.005)  # Demsar 2006, section 3.2.2: 4 algorithms, 14 data sets


def test_nemenyis_q_is_the_studentised_range():
    from scipy.stats import studentized_range

    for strategies, q in NEMENYI.items():
        assert q == pytest.approx(studentized_range.ppf(0.95, strategies, np.inf) / np.sqrt(2), abs=0.001)


def test_optimism_reads_the_other_runs_of_what_run_0_chose():
    assert optimism([[0.3, 0.1, 0.1], [0.2, 0.4, 0.5], [0.2, 0.0, 0.0]]) == pytest.approx((0.2, 0.45))


@pytest.mark.parametrize("name", IDS)
def test_the_solution_passes_and_a_stub_is_told_so(name):
    def stub(*values): ...

    exercise = find_check(f"ch19.{name}")
    assert judge(exercise, getattr(ch19, name)).passed
    outcome = judge(exercise, stub)
    assert not outcome.passed and "not written yet" in str(outcome) and "`stub`" in str(outcome)


def best_in_truth(told, truth, optimum):
    return (np.minimum.accumulate(truth) - optimum).tolist()


def shuffled(values, resamples, rng):
    means = sorted(np.mean(rng.sample(values, len(values))) for _ in range(resamples))
    return float(means[resamples // 40]), float(means[-1 - resamples // 40])


def in_rounds(seconds, workers):
    start, ends = 0.0, []
    for trial, duration in enumerate(seconds):
        if trial and trial % workers == 0:
            start = max(end for end, _ in ends)
        ends.append((start + duration, trial))
    return sorted(ends)


def no_ties(errors, q):
    _, difference = critical_difference(errors, q)
    return rankdata(errors, axis=1, method="min").mean(axis=0).tolist(), difference


def with_run_0(errors):
    chosen = min(errors, key=lambda runs: runs[0])
    return chosen[0], float(np.mean(chosen))


def from_the_best_met(told, truth, optimum):
    return (np.array(regret(told, truth, 0.0)) - np.min(truth)).tolist()


def from_a_number(number):
    return lambda told, truth, optimum: [error - number for error in regret(told, truth, 0.0)]


def own_q(errors, q):
    return critical_difference(errors, NEMENYI[len(errors[0])])


def q_of_four(errors, q):
    return critical_difference(errors, 2.569)


def three_runs(errors):
    chosen = min(errors, key=lambda runs: runs[0])
    return chosen[0], (chosen[1] + chosen[2]) / 2


def by_two(errors):
    chosen = min(errors, key=lambda runs: runs[0])
    return chosen[0], float(np.sum(chosen[1:])) / 2


def run_1(errors):
    chosen = min(errors, key=lambda runs: runs[0])
    return chosen[0], chosen[1]


@pytest.mark.parametrize("name, wrong", [("regret", from_a_number(0.05)), ("regret", from_a_number(0.3)), ("critical_difference", q_of_four)])
def test_numbers_that_are_arguments_vary(name, wrong):
    assert not judge(find_check(f"ch19.{name}"), wrong).passed


@pytest.mark.parametrize(
    "name, wrong, words",
    [
        ("regret", from_the_best_met, "best of the *whole* table"),
        ("regret", from_a_number(0.12), "the optimum of the example by hand"),
        ("critical_difference", own_q, "use the argument `q`"),
        ("critical_difference", q_of_four, "the q of four strategies"),
        ("optimism", three_runs, "as if there were always three runs. Take the mean"),
        ("optimism", by_two, "You divide by 2"),
        ("optimism", run_1, "You read run 1 alone"),
        ("regret", best_in_truth, "You choose by `truth`"),
        ("bootstrap", shuffled, "*with* replacement"),
        ("cluster", in_rounds, "until the slowest has finished"),
        ("critical_difference", no_ties, "have to share"),
        ("optimism", with_run_0, "Use the other runs alone"),
    ],
)
def test_usual_slips_written_by_somebody_else_are_named(name, wrong, words):
    outcome = judge(find_check(f"ch19.{name}"), wrong)
    assert words in dict(outcome.lines)["likely"], str(outcome)
