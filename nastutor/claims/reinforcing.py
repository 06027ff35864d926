"""What the policy gradient is said to do: sample better than chance, and need a baseline (Zoph & Le 2017; Zoph et al. 2018)."""

from __future__ import annotations

from typing import Any

import numpy as np

from nastutor import comparing
from nastutor.claims.base import Claim, Finding
from nastutor.claims.needs import ARCHITECTURES
from nastutor.strategies import PPO, REINFORCE, RandomSearch

TRIALS, LAST = 150, 50
DRAWS = 40  # architectures from which a gradient is estimated


def samples(table: Any, seeds: int, first: int) -> Finding:
    return _sampled(table, REINFORCE, seeds, first)


def clipped_samples(table: Any, seeds: int, first: int) -> Finding:
    return _sampled(table, PPO, seeds, first)


def _sampled(table: Any, learner: Any, seeds: int, first: int) -> Finding:
    """The last architectures that the policy samples against random ones; what a user would take of each is told and decides nothing."""
    kinds = (learner, RandomSearch)
    errors = [np.array([_errors(table, kind(table.space, seed=seed)) for seed in range(first, first + seeds)]) for kind in kinds]  # 2 x (S, TRIALS)
    learnt, drawn = (own[:, -LAST:].mean(axis=1) for own in errors)
    found, best = comparing.mann_whitney(learnt, drawn, "less"), [own.min(axis=1).mean() for own in errors]
    said = f"mean error of the last {LAST} of {TRIALS}: {learnt.mean():.4f}, at random {drawn.mean():.4f}; of the best of all {best[0]:.4f} and {best[1]:.4f}"
    return Finding(found.difference, found.p, said)


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


CLAIMS = (
    Claim(
        "zoph2017-samples",
        "zoph2017",
        "At equal samples the policy's architectures are better than random ones.",
        "nt.REINFORCE with its defaults: mean error of the last 50 of 150 architectures, each answer the mean over runs, against that of the last 50 of 150 "
        "random ones: Mann-Whitney's test over the seeds of both, one-sided, 5 %. The best that each has seen is told beside it.",
        "difference in mean error",
        samples,
        (ARCHITECTURES,),
    ),
    Claim(
        "zoph2017-baseline",
        "zoph2017",
        "A baseline reduces the variance of the gradient.",
        "Variance of (R - b) grad log p, summed over all weights, over 40 architectures of the policy of a seed before it has learnt, with b their mean reward "
        "and with b = 0: Wilcoxon's signed-rank test on the logarithms over paired seeds, one-sided, 5 %.",
        "difference in log variance",
        baseline,
        (ARCHITECTURES,),
    ),
    Claim(
        "zoph2018-samples",
        "zoph2018",
        "At equal samples the architectures of a policy that learns by PPO are better than random ones.",
        "As zoph2017-samples, nt.PPO with its defaults, one-sided, 5 %.",
        "difference in mean error",
        clipped_samples,
        (ARCHITECTURES,),
    ),
)
