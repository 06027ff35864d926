"""Does removing the oldest help (Real et al. 2019)? It depends on the noise and on the population: three regimes."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from nastutor import comparing
from nastutor.claims.against_random import SEARCHED
from nastutor.claims.base import Claim, Finding
from nastutor.claims.needs import ARCHITECTURES, RUNS
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
    found = comparing.mann_whitney(aging, twin, "less")
    return Finding(found.difference, found.p, _ended(NOISY.of(table), aging, twin))


def twin_is_better(table: Any, seeds: int, first: int) -> Finding:
    aging, twin = ends(table, LONG, seeds, first)
    found = comparing.mann_whitney(aging, twin, "greater")
    return Finding(found.difference, found.p, _ended(LONG.of(table), aging, twin))


def no_difference(table: Any, seeds: int, first: int) -> Finding:
    aging, twin = ends(table, OWN, seeds, first)
    margin = comparing.spread(table).within / 2
    found = comparing.equivalent(aging, twin, margin)
    return Finding(found.difference, found.p, f"{_ended(OWN.of(table), aging, twin)}; margin {margin:.4f}")


def _ended(regime: Regime, aging: np.ndarray, twin: np.ndarray) -> str:
    told = f"P = {regime.population}, S = {regime.sample}, {regime.evaluations} evaluations, noise of the {regime.noise}"
    return f"{told}: true error {aging.mean():.4f} with aging, {twin.mean():.4f} without"


CLAIMS = (
    Claim(
        "real2019-aging",
        "real2019",
        "Where one evaluation is as noisy as networks differ, removing the oldest finds truly better architectures than removing the worst.",
        "True error of the member of the last population with the best measured error; P = 100, S = 10, 2,000 evaluations (fewer in proportion on tables of "
        "less than 2,000 networks), normal noise of the networks' interquartile range / 1.35: Mann-Whitney's test over the seeds of both, one-sided, 5 %.",
        "difference in true error, aging less not",
        aging_is_better,
        (ARCHITECTURES, SEARCHED),
    ),
    Claim(
        "real2019-aging-own-noise",
        "real2019",
        "Where noise is that of single trainings, small beside the spread, the two are equivalent.",
        "As real2019-aging, each evaluation one of the table's runs, drawn: two one-sided signed-rank tests over paired seeds, margin half the standard "
        "deviation between runs of one network, 5 %.",
        "difference in true error, aging less not",
        no_difference,
        (ARCHITECTURES, RUNS, SEARCHED),
    ),
    Claim(
        "real2019-aging-reversed",
        "real2019",
        "In a small population that searches for long, removing the oldest forgets too soon: removing the worst is better.",
        "As real2019-aging with P = 20, S = 5 and 4,000 evaluations; the other side of the test, 5 %.",
        "difference in true error, aging less not",
        twin_is_better,
        (ARCHITECTURES, SEARCHED),
    ),
)
