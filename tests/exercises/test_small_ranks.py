"""Kendall's tau against scipy, top lists against the ranking tool, the penalty on skips against ENAS's controller."""

import numpy as np
import pytest
import torch
from scipy.stats import kendalltau

import nastutor as nt
from nastutor.checks import find_check, judge
from nastutor.exercises.small_ranks import CHECKS, skip_penalty, tau, top_k
from nastutor.strategies.controller import Bounds, Controller


def test_tau_by_hand():
    assert tau([1, 2, 3], [1, 2, 3]) == 1 and tau([1, 2, 3], [3, 2, 1]) == -1 and tau([1, 2, 3], [1, 3, 2]) == pytest.approx(1 / 3)


def test_tau_is_that_of_scipy_with_ties():
    rng = np.random.default_rng(1)
    for _ in range(30):
        a, b = rng.integers(4, size=(2, 9)).tolist()
        assert tau(a, b) == pytest.approx(kendalltau(a, b).statistic)


def test_top_k_is_the_overlap_of_the_ranking_tool():
    rng = np.random.default_rng(2)
    for k in (1, 3, 10):
        scores, truth = rng.permutation(20).tolist(), rng.permutation(20).tolist()
        assert top_k(scores, truth, k) == pytest.approx(nt.comparing.ranking({"score": scores}, truth, top=k, resamples=2)[0].overlap)


def test_skip_penalty_is_that_of_the_controller():
    space = nt.spaces.MacroSpace(5, channels=4)
    controller = Controller(space, 8, Bounds(1.5), torch.Generator().manual_seed(0), init=0.5, target=0.3)
    layers: dict[str, list[float]] = {}

    def pick(name, options, log_probs):
        if space.roles()[name].kind == "skip":
            layers.setdefault(space.roles()[name].node, []).append(float((log_probs[1] - log_probs[0]).detach()) / 2)  # softmax([-q, q])
        return options[-1]

    penalty = float(controller.walk(space, pick).penalty.detach())
    assert penalty == pytest.approx(skip_penalty(list(layers.values()), 0.3), abs=1e-5) and len(layers) > 1
    assert skip_penalty([[np.log(2 / 3)]], 0.4) == pytest.approx(0, abs=1e-12), "sigmoid(q) = 0.4"


@pytest.mark.parametrize(
    "name, wrong, words",
    [
        ("tau", lambda a, b: float(np.corrcoef(np.argsort(np.argsort(a)), np.argsort(np.argsort(b)))[0, 1]), ""),
        ("top_k", lambda scores, truth, k: len({*sorted(scores)[-k:]} & {*sorted(truth)[-k:]}) / k, ""),
        ("top_k", lambda scores, truth, k: sum(a == b for a, b in zip(np.argsort(scores)[:k], np.argsort(truth)[:k], strict=True)) / k, "place by place"),
        ("skip_penalty", lambda layers, target: 0.0, "sigmoid(q)"),
    ],
)
def test_slips_written_by_somebody_else(name, wrong, words):
    outcome = judge(find_check(f"ch13.{name}"), wrong)
    assert not outcome.passed and words in str(outcome), str(outcome)


def test_each_has_hints():
    assert [check.id for check in CHECKS] == ["ch13.tau", "ch13.top_k", "ch13.skip_penalty"] and all(len(check.hints) == 2 for check in CHECKS)
