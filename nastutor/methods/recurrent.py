"""Searches for recurrent cells on texts: shared weights, then the cell trained alone, its accuracy and its perplexity (Pham et al. 2018; Liu et al. 2019)."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from nastutor.core import Strategy
from nastutor.loop import search
from nastutor.spaces.recurrent import RecurrentSpace
from nastutor.values import Arch, Trial

METHODS = ("darts", "enas", "random")


class FoundCell(NamedTuple):
    """A cell that was searched with shared weights and trained alone.

    error, perplexity  on the validation characters: the share not foretold, and exp(loss)
    test_error         the share not foretold of the test characters, which nothing was chosen by
    shared_perplexity  the last one that the search saw, with shared weights
    """

    arch: Arch
    error: float
    perplexity: float
    test_error: float
    shared_perplexity: float

    def __str__(self) -> str:
        told = f"{1 - self.error:.1%} foretold ({1 - self.test_error:.1%} in the test), perplexity {self.perplexity:.2f}"
        return f"{self.arch}: {told}; with shared weights {self.shared_perplexity:.2f}"


def search_cell(
    task: Any, method: str = "darts", *, nodes: int = 4, units: int = 16, steps: int = 400, epochs: int = 8, seed: int = 0, device: str = "auto"
) -> FoundCell:
    """Searches a cell of `RecurrentSpace` for a task of characters, such as `nt.tasks.xml()`, and trains it alone.

    method  "darts": its cells, alpha by first-order gradients on the other half of the training characters
            "enas": its cells, a controller with the reward 80 / perplexity
            "random": its cells, random search with shared weights, whose best are judged once more
    steps   of the shared weights; with "enas" in rounds of 20, each followed by 4 steps of the controller
    epochs  of the training alone
    """
    if method not in METHODS:
        raise ValueError(f"`method` is {method!r}; allowed are {', '.join(map(repr, METHODS))} (chapter 13)")
    from nastutor.estimators import SharedWeights, Train

    space = RecurrentSpace(nodes, "enas" if method == "enas" else "darts", units=units)
    shared = SharedWeights(
        space, task, batch_size=32, lr=0.5, last_lr=0.05, horizon=steps, clip=1.0, halves=method == "darts",
        glances=None if method == "darts" else 4, seed=seed, device=device,
    )  # fmt: skip
    strategy = _strategy(method, space, steps, seed)
    history = search(strategy, shared, trials=steps if method == "darts" else 10 * steps + 1_000, progress=False)  # the others end by themselves
    arch = strategy.recommend(history)
    losses = [record.result.metrics["loss"] for record in history if record.result.usable]
    trainer = Train(space, task, epochs, lr=0.5, clip=1.0, seed=seed, device=device)
    alone = trainer(Trial(arch))
    if not alone.usable:
        raise ValueError(f"the cell {arch} cannot be judged: {alone.info.get('reason')} (chapter 13)")
    return FoundCell(arch, alone.error, math.exp(alone.metrics["loss"]), trainer.final(arch), math.exp(losses[-1]))


def _strategy(method: str, space: Any, steps: int, seed: int) -> Strategy:
    from nastutor.strategies import DARTS, ENAS, OneShot

    if method == "darts":
        return DARTS(space, lr=0.03, seed=seed)
    if method == "enas":
        return ENAS(space, max(1, steps // 20), child_steps=min(20, steps), updates=4, samples=4, reward="perplexity", seed=seed)
    return OneShot(space, steps, 60, paths="one", again=6, seed=seed)
