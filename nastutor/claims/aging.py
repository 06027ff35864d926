"""Does removing the oldest help (Real et al. 2019)? It depends on the noise and on the population: three regimes."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from nastutor import comparing
from nastutor.claims.base import Finding
from nastutor.claims.noise import noisy, truth
from nastutor.loop import search
from nastutor.rng import python_rng
from nastutor.strategies import RegularizedEvolution


class Regime(NamedTuple):
    """In what the two are compared: P, S, how many evaluations, and the noise: "spread" or "runs" (see `noisy`)."""

    population: int
    sample: int
    evaluations: int
    noise: str

    def of(self, table: Any) -> Regime:
        """As stated, for a table of 2,000 networks or more; smaller tables take proportionally fewer of everything."""
        share = min(1.0, table.networks / 2000)
        return Regime(max(5, round(share * self.population)), max(2, round(share * self.sample)), max(100, round(share * self.evaluations)), self.noise)


NOISY, OWN, LONG = Regime(100, 10, 2000, "spread"), Regime(100, 10, 2000, "runs"), Regime(20, 5, 4000, "spread")


def ends(table: Any, regime: Regime, seeds: int, first: int) -> tuple[np.ndarray, np.ndarray]:
    """For each seed the true error of what stands best in the last population, with aging and without."""
    regime = regime.of(table)
    true = truth(table)
    errors = np.empty((2, seeds))
    for row, aging in enumerate((True, False)):
        for place in range(seeds):
            strategy = RegularizedEvolution(table.space, regime.population, regime.sample, aging=aging, seed=first + place)
            search(strategy, noisy(table, regime.noise, python_rng(first + place, "noise")), trials=regime.evaluations, progress=False)
            errors[row, place] = true[min(strategy.population, key=lambda member: member.error).arch]
    return errors[0], errors[1]


def aging_is_better(table: Any, seeds: int, first: int) -> Finding:
    aging, twin = ends(table, NOISY, seeds, first)
    found = comparing.wilcoxon(aging, twin, "less")
    return Finding(found.difference, found.p, _ended(NOISY.of(table), aging, twin))


def twin_is_better(table: Any, seeds: int, first: int) -> Finding:
    aging, twin = ends(table, LONG, seeds, first)
    found = comparing.wilcoxon(aging, twin, "greater")
    return Finding(found.difference, found.p, _ended(LONG.of(table), aging, twin))


def no_difference(table: Any, seeds: int, first: int) -> Finding:
    aging, twin = ends(table, OWN, seeds, first)
    margin = comparing.spread(table).within / 2
    found = comparing.equivalent(aging, twin, margin)
    return Finding(found.difference, found.p, f"{_ended(OWN.of(table), aging, twin)}; margin {margin:.4f}")


def _ended(regime: Regime, aging: np.ndarray, twin: np.ndarray) -> str:
    told = f"P = {regime.population}, S = {regime.sample}, {regime.evaluations} evaluations, noise of the {regime.noise}"
    return f"{told}: true error {aging.mean():.4f} with aging, {twin.mean():.4f} without"
