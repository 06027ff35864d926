"""Architectures together with their training (Zela et al. 2018): how budgets rank them, and whether it pays to search for both at once (chapters 5 and 10)."""

from __future__ import annotations

from typing import Any

import numpy as np

from nastutor import comparing
from nastutor.claims.against_random import SEARCHED, searches, trials_of
from nastutor.claims.base import Claim, Finding
from nastutor.claims.benchmarks import rising
from nastutor.claims.needs import Need, budgets
from nastutor.history import History, Record
from nastutor.loop import search
from nastutor.spaces.base import ChoiceSpace
from nastutor.spaces.joint import JointSpace
from nastutor.strategies import TPE, RandomSearch
from nastutor.values import Arch, Trial

JOINT = Need(
    "a space of architectures with settings of their training (nt.spaces.JointSpace)",
    lambda table: "" if isinstance(table.space, JointSpace) else f"its space is {type(table.space).__name__}",
)


def correlations(table: Any, seeds: int, first: int) -> Finding:
    return rising(table, seeds, first, _spearman, "Spearman's correlation")


def _spearman(columns: np.ndarray) -> np.ndarray:
    """Of each row but the last with the last."""
    from scipy.stats import spearmanr

    return np.array([spearmanr(column, columns[-1]).statistic for column in columns[:-1]])


def at_once(table: Any, seeds: int, first: int) -> Finding:
    """TPE over everything against TPE over architectures, then over the settings of the best: all answers cost alike."""
    trials = trials_of(table, 200)
    both = searches(table, TPE, trials, seeds, first)
    parts = [in_turn(table, trials, seed) for seed in range(first, first + seeds)]
    drawn = searches(table, RandomSearch, trials, seeds, first)
    regrets = [np.array([history.best().error for history in some]) - table.best().error for some in (both, parts, drawn)]
    found, tested = comparing.wilcoxon(regrets[0], regrets[1], "less"), [comparing.test_regret(some, table) for some in (both, parts)]
    said = (
        f"after {trials} trials: validation regret {regrets[0].mean():.4f} at once, {regrets[1].mean():.4f} in turn, by random search {regrets[2].mean():.4f}"
    )
    said += f"; test regret {tested[0].mean():.4f} and {tested[1].mean():.4f}, p = {comparing.wilcoxon(*tested, 'less').p:.2g}"
    return Finding(found.difference, found.p, said)


def in_turn(table: Any, trials: int, seed: int) -> History:
    """Half of the trials for the architecture under the middle options of the settings, the rest for the settings of the best one."""
    space = table.space
    middle = tuple((name, options[(len(options) - 1) // 2]) for name, options in space.choices.items())
    asked = History()

    def answer(choices: tuple[tuple[str, Any], ...]) -> Any:
        trial = Trial(Arch(choices))
        result = table(trial)
        asked.append(Record(trial, result))
        return result

    search(TPE(space.space, seed=seed), lambda trial: answer((*trial.arch.choices, *middle)), trials=trials // 2, progress=False)
    inner = space.inner(asked.best().trial.arch)
    settings = ChoiceSpace.of(space.choices)
    search(TPE(settings, seed=seed), lambda trial: answer((*inner.choices, *trial.arch.choices)), trials=trials - trials // 2, progress=False)
    return asked


CLAIMS = (
    Claim(
        "zela2018-budgets",
        "zela2018",
        "Smaller budgets rank architectures with their training like the full one, and the more so the larger they are.",
        "Spearman's correlation with the full budget is above 0 for the smallest and rises from each budget to the next: bootstrap over networks (20 samples a "
        "seed), one-sided, Holm over the steps, 5 %.",
        "rise of the correlation from the smallest to the largest of the smaller budgets",
        correlations,
        (JOINT, budgets(2)),
    ),
    Claim(
        "zela2018-joint",
        "zela2018",
        "To search for an architecture and its training at once finds better than the architecture first and its training after, at equal cost.",
        "TPE with its defaults, 200 trials of the full budget (a tenth of the networks if that is less, at least 30), each answer the mean over the table's "
        "runs; against half of them over architectures, trained by the middle option of each setting (of two, the first), and the rest over the settings of "
        "the best one. Validation regret: Wilcoxon's signed-rank test over paired seeds, one-sided, 5 %. Test regret, and random search, are told beside it.",
        "difference in validation regret",
        at_once,
        (JOINT, SEARCHED),
    ),
)
