"""Tables over 4^5 architectures with errors of one's own, where it is known what a claim must say."""

from pathlib import Path

import numpy as np

import nastutor as nt
from nastutor.rng import numpy_rng

SPACE = nt.spaces.ChoiceSpace.of({f"d{i}": (0, 1, 2, 3) for i in range(5)})
ARCHS = list(SPACE)
SMOOTH = np.array([sum((value - 1) ** 2 for _, value in arch.choices) / 30 + 0.1 for arch in ARCHS])  # the best is 1 1 1 1 1
ROUGH = numpy_rng(0, "rough").permutation(SMOOTH)


class MadeUp(nt.estimators.Estimator):
    """As a Table: the budgets 1, 3 and 9, three runs; `noise` is that of a run after 9, and three times as much for each smaller budget."""

    gives, runs, trained, path, networks = ("error",), 3, (1, 3, 9), Path("made-up.npz"), len(ARCHS)
    seed, default_budget = "mean", 9  # as a Table has them by default

    def __init__(self, errors, noise=0.002, factor=3.0):
        super().__init__(SPACE)
        self.archs, self.network = ARCHS, np.arange(len(ARCHS))
        rng = numpy_rng(1, "noise of made-up tables")
        draw = {budget: rng.normal(size=(len(ARCHS), 3)) for budget in self.trained}
        self.errors = {budget: errors[:, None] + noise * factor**place * draw[budget] for place, budget in enumerate(reversed(self.trained))}
        self.places = {arch: row for row, arch in enumerate(ARCHS)}

    @property
    def fingerprint(self):
        return "MadeUp"

    def column(self, metric="error", budget=None, seed=None):
        runs = self.errors[budget or 9]
        return runs.mean(axis=1) if seed in (None, "mean") else runs[:, seed].copy()

    def rows(self, archs):
        return np.array([self.places[arch] for arch in archs])

    def __call__(self, trial):
        return nt.Result({"error": float(self.errors[9][self.places[trial.arch]].mean())})

    def best(self, metric="error"):
        trial = nt.Trial(ARCHS[int(self.column().argmin())])
        return nt.Record(trial, self(trial))

    def final(self, arch):
        return self(nt.Trial(arch)).error
