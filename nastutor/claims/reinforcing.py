"""What the policy gradient is said to do: sample better than chance, and need a baseline (Zoph & Le 2017)."""

from __future__ import annotations

from typing import Any

import numpy as np

from nastutor import comparing
from nastutor.claims.base import Finding
from nastutor.strategies import REINFORCE, RandomSearch

TRIALS, LAST = 150, 50
DRAWS = 40  # architectures from which a gradient is estimated


def samples(table: Any, seeds: int, first: int) -> Finding:
    """The last architectures that the policy samples against random ones."""
    learnt, drawn = (np.array([_errors(table, kind(table.space, seed=seed))[-LAST:].mean() for seed in range(first, first + seeds)])
                     for kind in (REINFORCE, RandomSearch))  # fmt: skip
    found = comparing.wilcoxon(learnt, drawn, "less")
    return Finding(found.difference, found.p, f"mean error of the last {LAST} of {TRIALS}: {learnt.mean():.4f}, at random {drawn.mean():.4f}")


def baseline(table: Any, seeds: int, first: int) -> Finding:
    """Variance of the estimated gradient, with the mean reward as baseline and without one."""
    pairs = np.array([_variances(table, REINFORCE(table.space, entropy=0.0, seed=seed)) for seed in range(first, first + seeds)])
    found = comparing.wilcoxon(np.log(pairs[:, 0]), np.log(pairs[:, 1]), "less")
    ratio = np.exp(np.log(pairs[:, 1] / pairs[:, 0]).mean())
    return Finding(found.difference, found.p, f"without a baseline the variance is {ratio:.1f} times as large, over {DRAWS} architectures of the first policy")


def _errors(table: Any, strategy: Any) -> np.ndarray:
    """Of what is asked one after the other, (TRIALS,)."""
    errors = []
    for _ in range(TRIALS):
        trial = strategy.ask()
        result = table(trial)
        strategy.tell(trial, result)
        errors.append(result.error)
    return np.array(errors)


def _variances(table: Any, strategy: Any) -> tuple[float, float]:
    """Of (R - b) grad log p, summed over all weights, with b the mean reward and with b = 0."""
    import torch

    gradients, rewards = [], []
    weights = list(strategy.policy.parameters())
    for _ in range(DRAWS):
        trial = strategy.ask()
        _, log_p, _ = strategy.policy.walk(strategy.space, lambda name, options, log_probs, arch=trial.arch: arch[name])
        gradients.append(torch.cat([part.flatten() for part in torch.autograd.grad(log_p, weights)]).numpy())
        rewards.append(strategy.reward(table(trial)))
    reward, each = np.array(rewards), np.array(gradients)
    with_one, without = (float(((reward - b)[:, None] * each).var(0, ddof=1).sum()) for b in (reward.mean(), 0.0))
    return with_one, without
