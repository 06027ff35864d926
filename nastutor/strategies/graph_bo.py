"""`NASBOT` and `AutoKeras`: a Gaussian process whose kernel compares networks, and whose searches change them (chapter 5)."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

from nastutor.edits import Several, carries_weights
from nastutor.inputs import require, whole
from nastutor.kernels import OTMANN, EditDistance, Kernel
from nastutor.strategies.acquisition_search import anneal, changed, evolve, lineage, with_modifiers
from nastutor.strategies.gaussian_process import GaussianProcess
from nastutor.values import Arch, Edit, Result, Trial


class NASBOT(GaussianProcess):
    """Bayesian optimisation with optimal transport between networks (Kandasamy et al. 2018).

    start    so many architectures are random before the first model (release: a pool of hand-made networks)
    kernel   None: nt.kernels.OTMANN(), with scipy as its solver; OTMANN(solver="pot") thinks several times as fast
    looks    children that the evolutionary search of the acquisition looks at in a proposal (release: 25 sqrt(trials), from 50 to 500)
    samples  random architectures that compete with them
    modifiers  whether an open-ended space is changed by NASBOT's operators with their weights; False: by its own

    A child is one to five changes away from its parent, which is drawn by what is promised of it. In spaces of decisions a change is a
    mutation. Acquisition, noise, failures and what is in flight are those of nt.GaussianProcess.
    """

    needs = ("sample", "mutate", "graph")

    def __init__(
        self,
        space: Any,
        start: int = 10,
        *,
        kernel: Kernel | None = None,
        acquisition: str = "ei",
        beta: float = 2.0,
        looks: int = 50,
        samples: int = 10,
        modifiers: bool = True,
        refit: int = 5,
        most: int = 300,
        seed: int = 0,
    ) -> None:
        kernel = OTMANN() if kernel is None else kernel
        super().__init__(space, start, kernel=kernel, acquisition=acquisition, beta=beta, samples=samples, refit=refit, most=most, seed=seed)
        if type(modifiers) is not bool:
            raise ValueError(f"`modifiers` is {modifiers!r}; allowed are True and False (chapter 5)")
        self.looks, self.changes = whole("looks", looks, 0), with_modifiers(space) if modifiers else space

    def _search(self, score: Any, scores: dict[Arch, float], told: Sequence[Arch]) -> None:
        evolve(self.changes, dict(zip(told, score(told).tolist(), strict=True)), score, scores, self.rng, self.looks)


class AutoKeras(GaussianProcess):
    """Bayesian optimisation with an edit distance, and a tree search of the acquisition by morphs (Jin et al. 2019).

    start    so many architectures are random before the first model
    kernel   None: nt.kernels.EditDistance(), whose points make it positive semidefinite
    beta     of the lower confidence bound mean - beta standard deviations (release)
    width    children of a node of the tree that are looked at (release)
    cooling, coldest  of the temperature: at 0.9 and 1e-4 up to 87 nodes have children (release)
    inherit  True: a trial starts from the weights of the trained architecture from which the tree search came to it, carried over by all edits
             on the way. None: where the edits of the space carry weights over. `edits` tells this way, by trial, in either case

    What changes an architecture is `mutate` of the space: deeper, wider and skips in nt.spaces.EditSpace(operators=("deepen", "widen", "skip")).
    """

    needs = ("sample", "mutate", "graph")

    def __init__(
        self,
        space: Any,
        start: int = 5,
        *,
        kernel: Kernel | None = None,
        beta: float = 2.576,
        width: int = 8,
        cooling: float = 0.9,
        coldest: float = 1e-4,
        samples: int = 10,
        inherit: bool | None = None,
        refit: int = 5,
        most: int = 300,
        seed: int = 0,
    ) -> None:
        kernel = EditDistance() if kernel is None else kernel
        super().__init__(space, start, kernel=kernel, acquisition="ucb", beta=beta, samples=samples, refit=refit, most=most, seed=seed)
        require("cooling", cooling, lambda factor: 0 < factor < 1, "numbers between 0 and 1")
        require("coldest", coldest, lambda low: 0 < low < 1, "numbers between 0 and 1")
        self.width, self.cooling, self.coldest = whole("width", width), float(cooling), float(coldest)
        self.inherit = self._may_inherit(inherit)
        self.wants = ("warm_start",) * self.inherit  # type: ignore[misc]  # of this one, not of the class
        self.parents: dict[Arch, tuple[Arch, Edit | None]] = {}  # of what the last tree search has looked at
        self.trained: dict[Arch, str] = {}  # architecture -> key of its last trial that has not failed
        self.edits: dict[str, tuple[Arch, Edit | None]] = {}  # key of a trial -> the trained architecture, and what leads from there

    def _may_inherit(self, inherit: bool | None) -> bool:
        if inherit not in (None, True, False) or type(inherit) is int:
            raise ValueError(f"`inherit` is {inherit!r}; allowed are None, True and False (chapter 12)")
        if inherit is False or not hasattr(self.space, "edits"):
            carried = False
        else:
            begin = self.space.start()
            carried = all(map(carries_weights, [changed(self.space, begin, Random(0))[1], *self.space.edits(begin, Random(0))]))
        if inherit and not carried:
            raise ValueError(f"`inherit` is True, and the edits of `space` {self.space!r} carry no weights over; allowed are None and False (chapter 12)")
        return carried

    def tell(self, trial: Trial, result: Result) -> None:
        super().tell(trial, result)
        if result.usable and (arch := self.comparable(trial)) is not None:
            self.trained[arch] = trial.key

    def _trial(self, arch: Arch) -> Trial:
        root, edits = lineage(arch, self.parents)
        whole_way = edits[0] if len(edits) == 1 else Several(tuple(edits)) if edits and None not in edits else None  # type: ignore[arg-type]
        ancestor = self.trained.get(root)
        trial = Trial(arch, warm_start=ancestor, edit=whole_way) if self.inherit and ancestor and whole_way else Trial(arch)
        if edits:
            self.edits[trial.key] = root, whole_way
        return trial

    def _search(self, score: Any, scores: dict[Arch, float], told: Sequence[Arch]) -> None:
        roots = dict(zip(told, score(told).tolist(), strict=True))
        self.parents = anneal(self.space, roots, score, scores, self.rng, cooling=self.cooling, coldest=self.coldest, width=self.width)
