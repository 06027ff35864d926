"""What a table is like: how far its networks are apart, how much of that is noise, how well runs and budgets agree, which is best."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np

from nastutor.comparing.agreement import rank_agreement, spread_of
from nastutor.estimators.table import Table

GOOD = 0.05  # the share of networks that are called good


def report(table: Table) -> dict[str, Any]:
    """Figures of a table, each network counted once, whichever architectures it is: plain data.

    budgets  for each trained budget, as `spread_and_noise` says
    ranks    between a budget and the largest: {budget: {"spearman": ..., "kendall": ...}}, of means over runs
    best     the best network by validation error at the largest budget, and its test error
    test     how validation and test error agree, and the lowest test error there is: what is known in hindsight alone
    """
    first = np.unique(table.network, return_index=True)[1]  # an architecture for each network
    errors = {budget: errors_of(table, budget)[first] for budget in table.trained}
    largest = errors[table.trained[-1]].mean(axis=1)
    return {
        "name": table.meta["settings"]["name"],
        "architectures": len(table.network),
        "networks": len(first),
        "runs": table.runs,
        "budgets": {budget: spread_and_noise(found) for budget, found in errors.items()},
        "ranks": {budget: agreement(found.mean(axis=1), largest) for budget, found in errors.items() if budget != table.trained[-1]},
        "best": _best(table),
        "test": _test(table, first, largest),
        "hours": {budget: float(table.column("seconds", budget, "mean")[first].sum() * table.runs / 3600) for budget in table.trained},
    }


def spread_and_noise(errors: np.ndarray) -> dict[str, float]:
    """Of validation errors (N networks, R runs); NaN where one diverged: its network counts in `diverged` and nowhere else.

    spread        standard deviation between networks without the part that is noise (comparing/agreement.py); `spread_half`: of the better half alone
    good          by how much the best 5 % are better than the median: median minus 5 % quantile
    noise         standard deviation between runs of one network; NaN for one run; `noise_half` likewise
    ratio         spread / noise; `good_ratio`: good / noise
    spearman, kendall   rank correlation of two runs, the mean over all pairs; `_half`: among the better half
    """
    diverged = np.isnan(errors).any(axis=1)
    kept = errors[~diverged]
    means = kept.mean(axis=1)
    half = kept[np.argsort(means, kind="stable")[: max(1, len(kept) // 2)]]
    best, good, median, worst = np.quantile(means, [0, GOOD, 0.5, 1])
    whole, better = spread_of(kept), spread_of(half)
    found = {"best": best, "median": median, "worst": worst, "spread": whole.between, "spread_half": better.between, "good": median - good}
    found |= {"noise": whole.within, "noise_half": better.within, "ratio": whole.ratio, "good_ratio": found["good"] / (whole.within or np.nan)}
    found |= _between_runs(kept) | {f"{name}_half": value for name, value in _between_runs(half).items()}
    return {**{name: float(value) for name, value in found.items()}, "diverged": int(diverged.sum()), "diverged_runs": int(np.isnan(errors).sum())}


def agreement(a: np.ndarray, b: np.ndarray) -> dict[str, float]:
    """Rank correlations of two columns, as `rank_agreement` has them."""
    found = rank_agreement(a, b)
    return {"spearman": found.spearman, "kendall": found.kendall}


def _between_runs(errors: np.ndarray) -> dict[str, float]:
    pairs = [agreement(errors[:, i], errors[:, j]) for i, j in combinations(range(errors.shape[1]), 2)]
    return {name: float(np.mean([pair[name] for pair in pairs])) if pairs else float("nan") for name in ("spearman", "kendall")}


def errors_of(table: Table, budget: int) -> np.ndarray:
    """Validation errors (A, R)."""
    return np.stack([table.column("error", budget, run) for run in range(table.runs)], axis=1)


def _best(table: Table) -> dict[str, Any]:
    column = table.column("error", table.trained[-1], "mean")
    arch = table.archs[int(np.nanargmin(column))]
    return {"arch": str(arch), "error": float(np.nanmin(column)), "test error": table.final(arch)}


def _test(table: Table, first: np.ndarray, errors: np.ndarray) -> dict[str, float]:
    """Of networks whose runs all came to an end."""
    ended, archs = np.isfinite(errors), table.archs
    tested = np.array([table.final(archs[row]) if ok else np.nan for row, ok in zip(first, ended, strict=True)])
    return {**agreement(errors, tested), "lowest": float(np.nanmin(tested)), "better than the best": int((tested < tested[np.nanargmin(errors)]).sum())}


def told(found: dict[str, Any]) -> str:
    """A report as text."""
    head = f"{found['name']}: {found['architectures']:,} architectures, {found['networks']:,} networks, {found['runs']} runs"
    names = list(next(iter(found["budgets"].values())))
    rows = [f"{'validation error':16s}" + "".join(f"{f'{budget} epochs':>12s}" for budget in found["budgets"])]
    rows += [f"{name:16s}" + "".join(_cell(figures[name]) for figures in found["budgets"].values()) for name in names]
    rows += [f"{'hours alone':16s}" + "".join(_cell(hours) for hours in found["hours"].values())]
    last = max(found["budgets"])
    ranks = [f"ranks at {budget} and at {last} epochs: Spearman {of['spearman']:.3f}, Kendall {of['kendall']:.3f}" for budget, of in found["ranks"].items()]
    best, test = found["best"], found["test"]
    end = [
        f"best by validation: {best['arch']}: {best['error']:.4f}, test error {best['test error']:.4f}",
        f"of all networks {test['better than the best']} have a lower test error, the lowest is {test['lowest']:.4f}",
        f"ranks of validation and test error: Spearman {test['spearman']:.3f}, Kendall {test['kendall']:.3f}",
    ]
    return "\n".join([head, *rows, *ranks, *end])


def _cell(value: float) -> str:
    return f"{value:12d}" if isinstance(value, int) else f"{value:12.4f}"
