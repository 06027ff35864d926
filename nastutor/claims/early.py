"""What the early-stop reward is said to do: rank networks better than their early accuracy (Zhong et al. 2018, BlockQNN)."""

from __future__ import annotations

from typing import Any

import numpy as np

from nastutor.claims.base import Finding
from nastutor.claims.needs import Need
from nastutor.comparing.agreement import network_values, smaller_budgets
from nastutor.comparing.intervals import Interval
from nastutor.rng import numpy_rng
from nastutor.spaces.cell_graphs import NOTHING, CellGraph, cell_graphs
from nastutor.strategies.early_stop import EarlyStop


def _no_cells(table: Any) -> str:
    try:
        cell_graphs(table.space, table.space.sample(0))
    except TypeError:
        return f"the architectures of {type(table.space).__name__} are none"
    return ""


CELLS = Need("a space of graphs of operations, whose density can be counted", _no_cells)


def density(cell: CellGraph) -> float:
    """Edges over nodes of a cell: inputs, states that are made and the output are nodes; operations that give zeros are no edges."""
    alive = [use for use in cell.uses if use.reads and use.op != NOTHING]
    return (sum(len(use.reads) for use in alive) + len(cell.outputs)) / (cell.inputs + len({use.state for use in alive}) + 1)


def corrected(table: Any, seeds: int, first: int) -> Finding:
    """mu and rho are fitted on one half of the networks, and rank the other: 20 halvings a seed, each half drawn with replacement."""
    early, final, flops, dense = _columns(table)
    rng, budget = numpy_rng(first, "halves"), smaller_budgets(table)[0]
    found = np.array([_halved(early, final, flops, dense, rng) for _ in range(20 * seeds)])  # (R, 4): corrected, early, mu, rho
    gain, (better, plain, mu, rho) = found[:, 0] - found[:, 1], found.mean(axis=0)
    said = (
        f"Spearman's correlation of the accuracy after {budget} of {table.trained[-1]} epochs with the last one: {plain:.3f}, corrected {better:.3f}, "
        f"by mu = {mu:.2f} and rho = {rho:.2f} percent on average ({len(early):,} networks)"
    )
    low, high = np.quantile(gain, (0.025, 0.975))
    p = (1 + (gain <= 0).sum()) / (1 + len(gain))
    return Finding(Interval(float(gain.mean()), float(low), float(high)), float(p), said, 1 / (1 + len(gain)))


def _columns(table: Any) -> np.ndarray:
    """(4, N): early and final accuracy, multiply-adds over their median, density; of the networks none of whose trainings diverged."""
    accuracies = [1 - network_values(table, budget=budget, seed="mean") for budget in (smaller_budgets(table)[0], table.trained[-1])]
    firsts = np.unique(table.network, return_index=True)[1]
    flops = network_values(table, "mult_adds")
    dense = [float(np.mean([density(cell) for cell in cell_graphs(table.space, table.archs[row])])) for row in firsts]
    every = np.stack([*accuracies, flops / np.median(flops), dense])
    return every[:, np.isfinite(every).all(axis=0)]


def _halved(early: np.ndarray, final: np.ndarray, flops: np.ndarray, dense: np.ndarray, rng: np.random.Generator) -> tuple[float, float, float, float]:
    from scipy.stats import spearmanr

    mixed = rng.permutation(len(early))
    fitted, judged = (rng.choice(half, len(half)) for half in np.array_split(mixed, 2))
    reward = EarlyStop.fitted(early[fitted], final[fitted], flops[fitted], dense[fitted])
    rewards = early[judged] - (reward.mu * np.log(flops[judged]) + reward.rho * np.log(dense[judged])) / 100
    better, plain = (spearmanr(values, final[judged]).statistic for values in (rewards, early[judged]))
    return float(better), float(plain), reward.mu, reward.rho
