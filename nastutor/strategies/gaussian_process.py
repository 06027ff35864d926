"""`GaussianProcess`: Bayesian optimisation with a Gaussian process over encoded architectures (chapter 5)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from nastutor.core import Strategy
from nastutor.inputs import is_number, require, whole
from nastutor.strategies.acquisition import Floats, expected_improvement
from nastutor.strategies.gp import Process, Settings
from nastutor.strategies.local_search import climb
from nastutor.values import Arch, Result, Trial

TRIES = 20  # random architectures that are looked at for a new network
ACQUISITIONS = ("ei", "ucb", "thompson")


class GaussianProcess(Strategy):
    """Asks for what a Gaussian process promises most of (Bergstra et al. 2011, section 3; Rasmussen & Williams 2006).

    Architectures are compared by how many decisions they answer differently; a decision that one of them does not have counts half.

    start        so many architectures are random before the first model
    acquisition  "ei": expected improvement on the best mean; "ucb": mean - beta standard deviations; "thompson": one function drawn from the
                 model, whose values are drawn at `samples` architectures
    beta         of "ucb"
    climbs       how many architectures that were seen, the best of them, local searches start from ("ei" and "ucb")
    samples      how many random architectures compete with what the searches have looked at
    refit        answers between two searches for the kernel's settings by maximum likelihood

    Those in flight are believed to come out as the model says (kriging believer). A failed trial counts as the worst so far. No network is asked
    for again unless 20 random ones hold nothing new. Of several answers for one architecture their mean counts; answers to trials that name a
    budget are of another kind than its own and teach it nothing.
    """

    needs = ("sample", "neighbours", "encode")

    def __init__(
        self, space: Any, start: int = 10, *, acquisition: str = "ei", beta: float = 2.0, climbs: int = 5, samples: int = 100, refit: int = 5, seed: int = 0
    ) -> None:
        super().__init__(space, seed=seed)
        require("acquisition", acquisition, lambda name: name in ACQUISITIONS, ", ".join(map(repr, ACQUISITIONS)))
        require("beta", beta, lambda beta: is_number(beta) and beta >= 0, "finite numbers from 0")
        self.start, self.acquisition, self.beta = whole("start", start), acquisition, float(beta)
        self.climbs, self.samples, self.refit = whole("climbs", climbs, 0), whole("samples", samples), whole("refit", refit)
        self.codes: dict[Arch, Floats] = {}
        self.runs: dict[Arch, list[float]] = {}  # errors, infinite where a trial failed
        self.flying: dict[str, Arch] = {}  # asked and not yet told, by key
        self.known: set[Arch] = set()  # networks asked for or told
        self.fitted, self.answers = Settings(), 0

    def ask(self) -> Trial:
        arch = self._next()
        self.known.add(self._network(arch))
        trial = Trial(arch)
        self.flying[trial.key] = arch
        return trial

    def tell(self, trial: Trial, result: Result) -> None:
        self.flying.pop(trial.key, None)
        if not isinstance(trial.arch, Arch) or trial.budget is not None:
            return
        self.known.add(self._network(trial.arch))
        self.runs.setdefault(trial.arch, []).append(result.error if result.usable else math.inf)
        self.answers += 1

    def _network(self, arch: Arch) -> Arch:
        """What two architectures share that are one network."""
        return self.space.canonical(arch) if hasattr(self.space, "canonical") else arch

    def _next(self) -> Arch:
        """The best by the model that is new, else a random one that is, else a random one."""
        if len(self.known) >= self.start and any(math.isfinite(error) for runs in self.runs.values() for error in runs):
            scores = self._scores()
            for arch in sorted(scores, key=scores.__getitem__, reverse=True):
                if self._network(arch) not in self.known:
                    return arch
        for _ in range(TRIES):
            if self._network(arch := self.space.sample(self.rng)) not in self.known:
                break
        return arch

    def _scores(self) -> dict[Arch, float]:
        """What was looked at, with what the model promises of it, the larger the better."""
        model, told = self._model()

        def believed(archs: Sequence[Arch]) -> tuple[Floats, Floats]:
            return model.predict(self._squared(archs, told))

        best = float(believed(told)[0].min())

        def score(archs: Sequence[Arch]) -> Floats:
            mean, std = believed(archs)
            return expected_improvement(mean, std, best) if self.acquisition == "ei" else self.beta * std - mean

        pool = list(dict.fromkeys(self.space.sample(self.rng) for _ in range(self.samples)))
        if self.acquisition == "thompson":
            return dict(zip(pool, self._drawn(model, told, pool).tolist(), strict=True))
        scores = dict(zip(pool, score(pool).tolist(), strict=True))
        seen = sorted(told, key=lambda arch: float(np.mean(self.runs.get(arch, [math.inf]))))[: self.climbs]
        climb(self.space, dict(zip(seen, score(seen).tolist(), strict=True)) if seen else {}, score, scores)
        return scores

    def _model(self) -> tuple[Process, list[Arch]]:
        """The process on all answers and on what is in flight, and their architectures."""
        told = list(self.runs)
        targets = np.array([np.mean(self.runs[arch]) for arch in told])
        targets[~np.isfinite(targets)] = targets[np.isfinite(targets)].max()
        model = Process(self._squared(told, told), targets, self.fitted)
        if self.answers % self.refit == 0 or self.fitted == Settings():
            self.fitted = model.fit(seed=self.rng.getrandbits(31)).settings
        if waiting := [arch for arch in dict.fromkeys(self.flying.values()) if arch not in self.runs]:
            believed = model.predict(self._squared(waiting, told))[0]
            told = told + waiting
            model = model.with_targets(self._squared(told, told), np.concatenate([targets, believed]))
        return model, told

    def _drawn(self, model: Process, told: Sequence[Arch], pool: Sequence[Arch]) -> Floats:
        """Minus one function drawn from the model, at the pool: (m,)."""
        from scipy.linalg import solve_triangular

        from nastutor.strategies.gp import matern

        cross, inner = self._squared(pool, told), self._squared(pool, pool)
        length = model.unit * model.settings.length**2
        half = solve_triangular(model.factor, model.settings.signal * matern(cross / length).T, lower=True)
        covariance = model.settings.signal * matern(inner / length) - half.T @ half
        values, vectors = np.linalg.eigh(covariance)
        noise = np.array([self.rng.gauss(0, 1) for _ in pool])
        return -(model.predict(cross)[0] + model.scale * (vectors * np.sqrt(np.maximum(values, 0))) @ noise)

    def _squared(self, one: Sequence[Arch], other: Sequence[Arch]) -> Floats:
        """Squared distances (a, b): half the number of places in which the one-hot codes differ."""
        a, b = self._coded(one), self._coded(other)
        return np.maximum((a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T, 0) / 2

    def _coded(self, archs: Sequence[Arch]) -> Floats:
        for arch in archs:
            if arch not in self.codes:
                self.codes[arch] = np.asarray(self.space.encode(arch), dtype=float)
        return np.stack([self.codes[arch] for arch in archs])
