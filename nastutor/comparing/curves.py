"""Searches as curves: the best so far of each seed, and its distance to the best there is."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from nastutor.history import History
from nastutor.values import Arch, Record


class Curves(NamedTuple):
    """S searches at P common places: `x` (P,), `values` (S, P)."""

    x: np.ndarray
    values: np.ndarray


def _running(values: Sequence[float], accumulate: np.ufunc) -> np.ndarray:
    return accumulate.accumulate(np.array(values, dtype=np.float64))  # type: ignore[no-any-return]


XS: dict[str, tuple[str, Callable[[History], np.ndarray]]] = {
    "trials": ("trials", lambda history: np.arange(1.0, len(history) + 1)),
    "cost": ("cost in epochs of the full task", lambda history: _running([r.result.cost for r in history], np.add)),
    "seconds": ("seconds", lambda history: _running([r.finished for r in history], np.maximum)),
}


def anytime(histories: Any, metric: str = "error", *, x: str = "trials", table: Any = None, points: int | None = None) -> Curves:
    """The best so far of each search, where all of them have found something and none has ended.

    histories  a History, or several that differ in the seed
    x          trials | cost | seconds
    table      says what each best is worth; default: what the search was told. With noise in the answers a table of means gives the truth
    points     how many places at most; default: each at which one of them changes

    >>> import nastutor as nt
    >>> table = nt.estimators.Table("digits-tiny")
    >>> histories = [nt.search(nt.RandomSearch(table.space, seed=seed), table, trials=20) for seed in range(10)]
    >>> anytime(histories).values.shape
    (10, 20)
    """
    if x not in XS:
        raise ValueError(f"`x` is {x!r}; allowed are {', '.join(XS)}")
    runs = as_histories(histories, metric)
    curves = [(XS[x][1](run), worth(run, metric, table)) for run in runs]
    curves = [(xs[~np.isnan(ys)], ys[~np.isnan(ys)]) for xs, ys in curves]
    starts, ends = [_end(xs, 0) for xs, _ in curves], [_end(xs, -1) for xs, _ in curves]
    start, end = max(starts), min(ends)
    if not start <= end:
        raise ValueError(f"`histories` do not overlap: one ends at {end:g}, another finds its first at {start:g} (number {starts.index(start)})")
    grid = np.unique(np.concatenate([xs for xs, _ in curves]))
    grid = grid[(grid >= start) & (grid <= end)]
    if points is not None and len(grid) > points:
        grid = grid[np.unique(np.linspace(0, len(grid) - 1, points).round().astype(int))]
    return Curves(grid, np.stack([ys[np.searchsorted(xs, grid, side="right") - 1] for xs, ys in curves]))


def regret(histories: Any, table: Any, metric: str = "error") -> np.ndarray:
    """After each trial, how far what the search would recommend is from the best of the table: (S, T) for S searches of T trials.

    `table` says what a recommendation is worth: searches with `Table(name, seed="repeat")`, or with any other noise, are judged by
    `Table(name)`, the mean over its runs. NaN stands before the first trial that has finished.
    """
    runs = as_histories(histories, metric)
    lengths = sorted({len(run) for run in runs})
    if len(lengths) > 1:
        raise ValueError(f"`histories` have {', '.join(map(str, lengths))} trials; allowed are equal budgets: the same number each (chapter 4)")
    best = _asked(table).best(metric).result.metrics[metric]
    return np.stack([worth(run, metric, table) for run in runs]) - best


def test_regret(histories: Any, table: Any, metric: str = "error") -> np.ndarray:
    """How much the test error of each search's best is above the smallest test error of the table: (S,). For the end, once.

    Validation error chose, so this is above 0 even for the best by validation: the price of choosing by noisy validation.
    """
    runs = as_histories(histories, metric)
    firsts = np.unique(_asked(table).network, return_index=True)[1]  # one architecture of each network
    archs = table.archs
    least = min(_final(table, archs[row]) for row in firsts)
    return np.array([table.final(run.best(metric).trial.arch) for run in runs]) - least


test_regret.__test__ = False  # type: ignore[attr-defined]  # pytest: it is none of yours


def as_histories(histories: Any, metric: str) -> list[History]:
    """One or several searches as a list; each must have found something."""
    runs = [histories] if isinstance(histories, History) else histories
    if not isinstance(runs, (list, tuple)) or not runs or not all(isinstance(run, History) for run in runs):
        kinds = ", ".join(sorted({type(run).__name__ for run in runs})) if isinstance(runs, (list, tuple)) else type(histories).__name__
        raise ValueError(f"`histories` is a list of {kinds or 'nothing'}; allowed are a History or a list of them, one a seed")
    for run in runs:
        run.best(metric)  # raises where nothing has finished, or the metric is unknown
    return list(runs)


def incumbents(history: History, metric: str = "error") -> list[Record | None]:
    """After each record, the one that `history.best` would have named then; None before the first finished one."""
    best: Record | None = None
    standing: tuple[bool, int, float] = (False, -1, math.inf)  # came to its end, budget, metric
    line = []
    for record in history:
        value = record.result.metrics.get(metric, math.nan)
        if record.result.status != "failed" and isinstance(record.trial.arch, Arch) and not math.isnan(value):
            own = (record.result.status == "ok", -1 if record.budget is None else record.budget)
            if best is None or own > standing[:2] or (own == standing[:2] and value < standing[2]):
                best, standing = record, (*own, value)
        line.append(best)
    return line


def worth(history: History, metric: str, table: Any = None) -> np.ndarray:
    """What the best so far is worth after each record, as it was told or as `table` has it: (T,), NaN before the first."""
    if table is None:
        return np.array(history.incumbent(metric), dtype=np.float64)
    line = incumbents(history, metric)
    chosen = list(dict.fromkeys(record.trial.arch for record in line if record is not None))
    values = _asked(table).column(metric)[table.rows(chosen)]
    by_arch = dict(zip(chosen, values.tolist(), strict=True))
    return np.array([math.nan if record is None else by_arch[record.trial.arch] for record in line])


def _asked(table: Any) -> Any:
    if not all(hasattr(table, name) for name in ("best", "final", "column", "rows", "archs")):
        raise ValueError(f"`table` is {type(table).__name__}; allowed is a Table: regret needs the best there is, which only a table knows (chapter 19)")
    return table


def _final(table: Any, arch: Arch) -> float:
    try:
        return float(table.final(arch))
    except ValueError:  # all of its runs diverged
        return math.inf


def _end(xs: np.ndarray, place: int) -> float:
    return float(xs[place]) if len(xs) else math.nan
