"""`GaussianProcess`: Bayesian optimisation with a Gaussian process over architectures (chapter 5)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from nastutor.core import Strategy
from nastutor.inputs import is_number, require, whole
from nastutor.kernels import Kernel, OneHot
from nastutor.strategies.acquisition import Floats, expected_improvement
from nastutor.strategies.compared import Compared
from nastutor.strategies.gp import Process, Settings
from nastutor.strategies.local_search import climb
from nastutor.values import Arch, Result, Trial

TRIES = 20  # random architectures that are looked at for a new network
ACQUISITIONS = ("ei", "ucb", "thompson")
OFTEN = 5  # a search for settings waits at least until a fifth more has been told


class GaussianProcess(Strategy):
    """Asks for what a Gaussian process promises most of (Bergstra et al. 2011, section 3; Rasmussen & Williams 2006).

    start        so many architectures are random before the first model
    kernel       how architectures are compared, one of `nt.kernels`; None: OneHot(), by how many decisions they answer differently
    acquisition  "ei": expected improvement on the best mean; "ucb": mean - beta standard deviations; "thompson": one function drawn from the
                 model, whose values are drawn at `samples` architectures
    beta         of "ucb"
    climbs       how many architectures that were seen, the best of them, local searches start from ("ei" and "ucb")
    samples      how many random architectures compete with what the searches have looked at
    refit        answers between two searches for the kernel's settings by maximum likelihood; a fifth of all answers, where that is more
    most         how many architectures the model holds. Of more it keeps the better half, and of the others the latest: what a proposal
                 costs grows no more from there on, and neither does memory

    Those in flight are believed to come out as the model says (kriging believer). A failed trial counts as the worst so far. No network is asked
    for again unless 20 random ones hold nothing new. Of several answers for one architecture their mean counts.
    """

    needs = ("sample", "neighbours", "encode")
    chapter = 5

    def __init__(
        self,
        space: Any,
        start: int = 10,
        *,
        kernel: Kernel | None = None,
        acquisition: str = "ei",
        beta: float = 2.0,
        climbs: int = 5,
        samples: int = 100,
        refit: int = 5,
        most: int = 300,
        seed: int = 0,
    ) -> None:
        require("kernel", kernel, lambda one: one is None or isinstance(one, Kernel), "None and kernels such as nt.kernels.OneHot() (chapter 5)")
        kernel = OneHot() if kernel is None else kernel
        self.needs = tuple(dict.fromkeys([*(need for need in type(self).needs if need != "encode"), *kernel.needs]))  # type: ignore[misc]  # of this one
        super().__init__(space, seed=seed)
        require("acquisition", acquisition, lambda name: name in ACQUISITIONS, ", ".join(map(repr, ACQUISITIONS)))
        require("beta", beta, lambda beta: is_number(beta) and beta >= 0, "finite numbers from 0")
        self.start, self.acquisition, self.beta = whole("start", start), acquisition, float(beta)
        self.climbs, self.samples, self.refit = whole("climbs", climbs, 0), whole("samples", samples), whole("refit", refit)
        self.most = whole("most", most, 2)
        self.runs: dict[Arch, list[float]] = {}  # errors, infinite where a trial failed
        self.flying: dict[str, Arch] = {}  # asked and not yet told, by key
        self.known: set[Arch] = set()  # networks asked for or told
        self.held = Compared(space, kernel)
        self.waiting: list[Arch] = []  # told, and not yet held
        self.fitted: Settings | None = None
        self.factor: Floats | None = None  # of those held, under the settings that were fitted
        self.answers, self.due = 0, 0

    def ask(self) -> Trial:
        arch = self._next()
        self.known.add(self._network(arch))
        trial = self._trial(arch)
        self.flying[trial.key] = arch
        return trial

    def tell(self, trial: Trial, result: Result) -> None:
        self.flying.pop(trial.key, None)
        if (arch := self.comparable(trial)) is None:
            return
        self.known.add(self._network(arch))
        if arch not in self.runs:
            self.waiting.append(arch)
        self.runs.setdefault(arch, []).append(result.error if result.usable else math.inf)
        self.answers += 1

    def _trial(self, arch: Arch) -> Trial:
        return Trial(arch)

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
        model, flying = self._model()

        def rows(archs: Sequence[Arch]) -> Floats:
            held = self.held.rows_of(archs)
            return np.concatenate([held, self.held.between(archs, flying)], 2) if flying else held

        best = float(model.means.min())

        def score(archs: Sequence[Arch]) -> Floats:
            mean, std = model.predict(rows(archs))
            return expected_improvement(mean, std, best) if self.acquisition == "ei" else self.beta * std - mean

        pool = list(dict.fromkeys(self.space.sample(self.rng) for _ in range(self.samples)))
        if self.acquisition == "thompson":
            return dict(zip(pool, self._drawn(model, rows(pool), self.held.between(pool, pool)).tolist(), strict=True))
        scores = dict(zip(pool, score(pool).tolist(), strict=True))
        self._search(score, scores, [*self.held.archs, *flying])
        return scores

    def _search(self, score: Any, scores: dict[Arch, float], told: Sequence[Arch]) -> None:
        """Looks at more architectures, which `scores` gains."""
        seen = sorted(told, key=lambda arch: float(np.mean(self.runs.get(arch, [math.inf]))))[: self.climbs]
        climb(self.space, dict(zip(seen, score(seen).tolist(), strict=True)) if seen else {}, score, scores)

    # what it learns from

    def _model(self) -> tuple[Process, list[Arch]]:
        """The process on what is held and on what is in flight, and the latter."""
        self._hold()
        targets = self._targets()
        model = Process(self.held.kernel, self.held.matrix, targets, self.fitted, self.factor)
        if self.fitted is None or self.answers >= self.due:
            self.fitted = model.fit(seed=self.rng.getrandbits(31)).settings
            self.due = self.answers + max(self.refit, self.answers // OFTEN)
        self.factor = model.factor
        flying = [arch for arch in dict.fromkeys(self.flying.values()) if arch not in self.runs]
        if flying:
            believed = model.predict(self.held.rows_of(flying))[0]
            model = Process(self.held.kernel, self.held.with_others(flying), np.concatenate([targets, believed]), self.fitted, self.factor)
        return model, flying

    def _hold(self) -> None:
        """Holds what was told since; where it is full, in the place of what is least worth it. What leaves again at once is compared with nothing."""
        room = max(0, self.most - len(self.held.archs))
        self.held.add(self.waiting[:room])
        errors, since = np.array([np.mean(self.runs[arch]) for arch in self.held.archs]), np.array(self.held.since)
        placed: dict[int, Arch] = {}  # in the order of being written
        for arch in self.waiting[room:]:
            worse = np.argsort(errors, kind="stable")[self.most // 2 :]
            place = int(worse[np.argmin(since[worse])])
            placed.pop(place, None)
            placed[place], errors[place], since[place] = arch, np.mean(self.runs[arch]), since.max() + 1
        for place, arch in placed.items():
            self.held.replace(place, arch)
            self.factor = None
        self.waiting.clear()

    def _targets(self) -> Floats:
        """Mean errors of those held; where one has failed, the worst of them: (n,)."""
        targets = np.array([np.mean(self.runs[arch]) for arch in self.held.archs])
        known = np.isfinite(targets)
        targets[~known] = targets[known].max() if known.any() else 0.0
        return targets

    def _drawn(self, model: Process, across: Floats, among: Floats) -> Floats:
        """Minus one function drawn from the model, at the pool: (m,)."""
        from scipy.linalg import solve_triangular

        half = solve_triangular(model.factor, model.covariance(across).T, lower=True)
        values, vectors = np.linalg.eigh(model.covariance(among) - half.T @ half)
        noise = np.array([self.rng.gauss(0, 1) for _ in range(len(values))])
        return -(model.predict(across)[0] + model.scale * (vectors * np.sqrt(np.maximum(values, 0))) @ noise)
