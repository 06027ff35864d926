"""Exercises of chapter 7 on the policy gradient: its direction, what is better than usual, how far PPO goes, and sets picked at anchor points."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from nastutor.checks import Check


def gradient(logits: list[float], taken: int) -> list[float]:
    sizes = [math.exp(logit) for logit in logits]
    return [(number == taken) - size / sum(sizes) for number, size in enumerate(sizes)]


def advantages(rewards: list[float], decay: float) -> list[float]:
    baseline, found = rewards[0], []
    for reward in rewards:
        found.append(reward - baseline)
        baseline = decay * baseline + (1 - decay) * reward
    return found


def clipped(ratio: float, advantage: float, clip: float) -> float:
    inside = min(max(ratio, 1 - clip), 1 + clip)
    return min(ratio * advantage, inside * advantage)


def anchors(scores: list[float], picked: list[bool]) -> float:
    p = 1.0
    for score, own in zip(scores, picked, strict=True):
        chance = 1 / (1 + math.exp(-score))
        p *= chance if own else 1 - chance
    return p


# --- inputs


def _logits(st: Any) -> Any:
    logits = st.lists(st.integers(-4, 4).map(lambda halves: halves / 2), min_size=2, max_size=4)
    return logits.flatmap(lambda own: st.tuples(st.just(own), st.integers(0, len(own) - 1)))


def _told(st: Any) -> Any:
    return st.tuples(st.lists(st.integers(0, 8).map(lambda eighths: eighths / 8), min_size=1, max_size=5), st.sampled_from((0.75, 0.875, 0.0)))


def _ratios(st: Any) -> Any:
    quarters = st.integers(1, 8).map(lambda own: own / 4)
    return st.tuples(quarters, st.integers(-3, 3).map(float), st.sampled_from((0.125, 0.25, 0.5)))


def _picks(st: Any) -> Any:
    return st.lists(st.tuples(st.integers(-3, 3).map(float), st.booleans()), min_size=1, max_size=4).map(
        lambda pairs: ([score for score, _ in pairs], [own for _, own in pairs])
    )


# --- known mistakes


def _softmax(logits: list[float]) -> list[float]:
    sizes = [math.exp(logit) for logit in logits]
    return [size / sum(sizes) for size in sizes]


def _with(after: bool = False, first: float | None = None, swapped: bool = False) -> Callable[..., list[float]]:
    """A wrong advantages: compared after the baseline has moved, from another first one, or with decay in the wrong place."""

    def wrong(rewards: list[float], decay: float) -> list[float]:
        baseline, found = rewards[0] if first is None else first, []
        for reward in rewards:
            old, kept = baseline, 1 - decay if swapped else decay
            baseline = kept * baseline + (1 - kept) * reward
            found.append(reward - (baseline if after else old))
        return found

    return wrong


def _mean_so_far(rewards: list[float], decay: float) -> list[float]:
    return [reward - (sum(rewards[:place]) / place if place else reward) for place, reward in enumerate(rewards)]


def _inside(ratio: float, clip: float) -> float:
    return min(max(ratio, 1 - clip), 1 + clip)


def _product(chance: Callable[[float, bool], float]) -> Callable[..., float]:
    """A wrong anchors: what each score contributes."""
    return lambda scores, picked: math.prod(chance(score, own) for score, own in zip(scores, picked, strict=True))


def _sigmoid(score: float) -> float:
    return 1 / (1 + math.exp(-score))


CHECKS = [
    Check(
        "ch07.gradient",
        inputs=_logits,
        reference=gradient,
        mistakes=(
            (
                lambda logits, taken: [p - (number == taken) for number, p in enumerate(_softmax(logits))],
                "The signs are turned round: log p of what was taken must *rise* with its own logit. (Yours is the gradient of -log p.)",
            ),
            (
                lambda logits, taken: [_softmax(logits)[taken] * ((number == taken) - p) for number, p in enumerate(_softmax(logits))],
                "That is the gradient of p. Wanted is that of log p, which lacks the factor p(taken).",
            ),
            (lambda logits, taken: [(number == taken) - logit for number, logit in enumerate(logits)], "Subtract probabilities, not logits: softmax first."),
            (
                lambda logits, taken: [1 - p if number == taken else 0.0 for number, p in enumerate(_softmax(logits))],
                "The other options move too: what one gains the others lose, -p each.",
            ),
            (
                lambda logits, taken: [(number == taken) - 1 / len(logits) for number in range(len(logits))],
                "You subtract 1/n from each; right only while all logits are equal. Subtract the probability of each.",
            ),
            (
                lambda logits, taken: [(number == taken) - _sigmoid(logit) for number, logit in enumerate(logits)],
                "One option is taken: probabilities come of a softmax over all logits, not of a sigmoid for each.",
            ),
        ),
        why="With p = softmax(logits): 1 - p at the option that was taken, and -p at every other; the sum is 0.",
        hints=(
            "log p(taken) = logits[taken] - log(sum of exp(logits)): take the derivative of both terms.",
            "(number == taken) - exp(logits[number]) / sum of exp(logits), for each number.",
        ),
    ),
    Check(
        "ch07.advantages",
        inputs=_told,
        reference=advantages,
        mistakes=(
            (_with(after=True), "Compare first, then move the baseline: otherwise a reward is compared with a baseline that knows it."),
            (_with(first=0.0), "Your baseline begins with 0, so that the first rewards look like a gift. It begins with the first reward."),
            (_with(swapped=True), "decay is the weight of the *old* baseline: decay * baseline + (1 - decay) * reward."),
            (_mean_so_far, "That is the mean of all rewards before. Wanted is a moving average, which forgets."),
            (lambda rewards, decay: [reward - sum(rewards) / len(rewards) for reward in rewards], "You compare with rewards that come later."),
            (lambda rewards, decay: list(rewards), "That is without a baseline."),
        ),
        why="Reward less the baseline, which is the first reward at first; after each comparison baseline = decay * baseline + (1 - decay) * reward.",
        hints=("baseline = rewards[0], then a loop: append, then move.", "found.append(reward - baseline); baseline = decay * baseline + (1 - decay) * reward"),
    ),
    Check(
        "ch07.clipped",
        inputs=_ratios,
        reference=clipped,
        mistakes=(
            (
                lambda ratio, advantage, clip: _inside(ratio, clip) * advantage,
                "Without the minimum a policy that has gone the *wrong* way too far is never called back: min(r A, clip(r) A).",
            ),
            (
                lambda ratio, advantage, clip: max(ratio * advantage, _inside(ratio, clip) * advantage),
                "The *smaller* of the two: what is gained must be certain.",
            ),
            (
                lambda ratio, advantage, clip: min(ratio, _inside(ratio, clip)) * advantage,
                "The minimum is over the products. With a negative advantage the smaller ratio gives the larger product.",
            ),
            (
                lambda ratio, advantage, clip: min(ratio * advantage, min(max(ratio, -clip), clip) * advantage),
                "The ratio stays near 1: from 1 - clip to 1 + clip.",
            ),
            (lambda ratio, advantage, clip: ratio * advantage, "That is not clipped at all."),
            (
                lambda ratio, advantage, clip: min(ratio * advantage, min(ratio, 1 + clip) * advantage),
                "It is clipped from below too: with a negative advantage a ratio below 1 - clip gains nothing more.",
            ),
        ),
        why="min(ratio * advantage, inside * advantage) with inside = the ratio brought between 1 - clip and 1 + clip.",
        hints=("inside = min(max(ratio, 1 - clip), 1 + clip)", "return min(ratio * advantage, inside * advantage)"),
    ),
    Check(
        "ch07.anchors",
        inputs=_picks,
        reference=anchors,
        mistakes=(
            (_product(lambda score, own: _sigmoid(score) if own else 1.0), "What is *not* picked counts too: 1 - sigmoid(score)."),
            (
                lambda scores, picked: math.prod([p for p, own in zip(_softmax(scores), picked, strict=True) if own]),
                "A softmax picks one of them. Here each is picked or not for itself: a sigmoid for each score.",
            ),
            (
                lambda scores, picked: sum(_sigmoid(score) if own else 1 - _sigmoid(score) for score, own in zip(scores, picked, strict=True)),
                "Picks are independent: their probabilities are multiplied. (Sums are for logarithms.)",
            ),
            (_product(lambda score, own: 1 - _sigmoid(score) if own else _sigmoid(score)), "Picked and not picked have changed places."),
            (_product(lambda score, own: _sigmoid(score)), "That is the probability that *all* are picked."),
        ),
        why="The product over all earlier layers: sigmoid(score) where it is picked, 1 - sigmoid(score) where it is not.",
        hints=("sigmoid(s) = 1 / (1 + math.exp(-s)), one for each score.", "Start with p = 1.0 and multiply by the chance, or by 1 - chance."),
    ),
]
