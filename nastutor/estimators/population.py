"""`Population`: trains many different architectures at the same time, in one process, each as if it were alone."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from inspect import signature
from typing import Any

from nastutor.estimators.base import to_remember
from nastutor.estimators.device import kept_memory, numerics
from nastutor.estimators.fit_bundle import FitBundle
from nastutor.estimators.train import Train
from nastutor.inputs import whole
from nastutor.rng import child_seed
from nastutor.values import Result, Trial

KEPT = 4.0  # bytes allowed for each byte of activations: values, their gradients, copies on the way. Measured on six spaces: 1.3 to 2.1 at the peak


class Population(Train):
    """`Train`, which trains the trials that it is given together (`many`, `search(batch=K)`) as one program.

    On one thread of a CPU, 32 cells of 8 channels a second: 1.6 to 1.9 times as many with images of 8x8, 1.1 to 1.3 with 12x12, where
    arithmetic outweighs what one operation costs to start (benchmarks/population.py).

    Each network has weights, initial values, an order of images, augmentation and statistics of its own, those that `Train` gives it, so the
    answers are distributed as those of `Train`; in exact arithmetic they would be equal. In floats they differ in the last places after a
    step, which grows in training as any such difference does, and how depends on the whole chunk that is trained as one program: the same
    trials in one call, in whatever order, give the same answers again, bit for bit; beside other members, or alone, a trial gets an answer
    that is equal only to float tolerance at first.

    Within one process an effective trial is trained once and its answer kept, so equal architectures get equal answers, whoever asked with
    them. A search with one batch in flight that goes on from its journal takes up the answers of before and ends with the history that it
    would have had. Batches in flight beside each other in one process share the memory: which of them needs a network first is chance there.
    Copies in other processes (`nt.Workers`) keep nothing from batch to batch: each answer depends on its batch alone.

    A trial with a `warm_start`, and one that comes alone, is trained as `Train` does. One that diverges fails alone.

    members  how many networks at most are trained together
    memory   bytes that they may take together; a chunk has fewer members where they are large. The estimate is on the safe side: of what it
             allows for, members alike take a third to a half, and a chunk whose largest member is much larger than the rest a seventh

    The other arguments are those of `Train`; mixed precision (`amp`), auxiliary heads, scheduled drop-path, plain
    momentum, clipping, mix-up and a cutout that is not the task's are `Train`'s alone.

    >>> import nastutor as nt
    >>> task, space = nt.tasks.digits(), nt.spaces.CellSpace(nodes=3)
    >>> population = nt.estimators.Population(space, task, epochs=1)
    >>> [round(result.cost) for result in population.many([nt.Trial(space.sample(seed)) for seed in range(3)])]
    [1, 1, 1]
    """

    def __init__(self, space: Any, task: Any, epochs: int | None = None, *, members: int = 32, memory: int = 2 << 30, **training: Any) -> None:
        if training.get("amp"):
            raise ValueError(f"`amp` is {training['amp']!r}; a Population computes in float32, allowed is False (Train has mixed precision)")
        for name in ("auxiliary", "scheduled_drop_path", "nesterov", "clip", "mixup", "cutout"):
            usual = Train.later[name]
            if training.get(name, usual) != usual:
                raise ValueError(f"`{name}` is {training[name]!r}; a Population trains without, allowed is {usual} (Train has it)")
        if decided := getattr(space, "beyond", ()):
            raise ValueError(f"`space` decides about {decided[0]!r}, and a Population trains without (Train has it)")
        super().__init__(space, task, epochs, **training)
        self.members, self.memory = whole("members", members), whole("memory", memory)
        self._known: dict[str, Result] = {}
        self._remembers = True

    @property
    def settings(self) -> dict[str, Any]:
        """Those of `Train` among them, whether they were given or are its defaults."""
        own = super().settings
        training = own.pop("training", {})
        defaults = {name: known.default for name, known in signature(Train.__init__).parameters.items() if known.kind is known.KEYWORD_ONLY}
        return {**own, **defaults, **training}

    def __call__(self, trial: Trial) -> Result:
        return self._answers([trial])[0]

    def many(self, trials: Iterable[Trial]) -> list[Result]:
        """The answers to `trials`, in their order; those that are new are trained together."""
        return self._answers(list(trials))

    def _answers(self, trials: list[Trial]) -> list[Result]:
        if not self._remembers:
            self._known = {}
        effective = [self.effective(trial) for trial in trials]
        new = {trial.key: trial for trial in effective if trial.warm_start is None and trial.key not in self._known}
        for chunk in self.chunks(list(new.values())):
            self._known.update(zip((trial.key for trial in chunk), self._train_chunk(chunk), strict=True))
        return [
            self._answer(trial, own) if own.warm_start is None else super(Population, self).__call__(trial)
            for trial, own in zip(trials, effective, strict=True)
        ]

    def recall(self, trial: Trial, result: Result) -> None:
        answer = to_remember(trial, result)
        if answer is not None:
            self._known.setdefault(self.effective(trial).key, answer)

    def chunks(self, trials: list[Trial]) -> Iterator[list[Trial]]:
        """Those that can be trained together: of one budget and batch size, neighbours of the space side by side, no more than fit."""
        groups: dict[tuple[Any, ...], list[Trial]] = {}
        for trial in trials:
            groups.setdefault((trial.budget, self.recipe_for(trial.arch).batch_size), []).append(trial)
        for group in groups.values():
            group.sort(key=lambda trial: (trial.arch.to_json(), trial.repeat))
            most = max(1, min(self.members, int(self.memory / max(map(self.bytes_of, group)))))
            yield from (group[start : start + most] for start in range(0, len(group), most))

    def bytes_of(self, trial: Trial) -> float:
        """What training takes for this member, by estimate: from its activations, so not for networks that are nearly all weights."""
        return self.network(trial.arch).counts().activation_mb * 1e6 * self.recipe_for(trial.arch).batch_size * KEPT

    def _train_chunk(self, trials: list[Trial]) -> list[Result]:
        if len(trials) == 1:
            return [super().__call__(trials[0])]
        began = time.perf_counter()
        seeds = [child_seed(self.seed, trial.key) for trial in trials]
        with numerics(self.threads), kept_memory():
            graphs, recipes = [self.network(trial.arch) for trial in trials], [self.recipe_for(trial.arch) for trial in trials]
            fit = FitBundle(graphs, self._images, recipes, seeds, self.splits, late=self.late)
            members = fit.run(trials[0].budget or 1, self.stop)
        for trial, member, state in zip(trials, members, fit.states() if self.store is not None else [], strict=False):
            if member.status != "diverged":
                self._save(trial, state)
        seconds = (time.perf_counter() - began) / len(trials)
        return [self._result(trial, trial, member, member.status, float(member.epoch), seconds) for trial, member in zip(trials, members, strict=True)]

    def _answer(self, trial: Trial, effective: Trial) -> Result:
        """What is known of the effective trial, with the counts of the architecture that was asked for."""
        if self.store is not None:
            self.store.note(trial, effective)
        known = self._known[effective.key]
        return replace(known, metrics={**known.metrics, **self.own_metrics(trial.arch)}) if known.metrics else known  # type: ignore[arg-type]

    def __getstate__(self) -> dict[str, Any]:
        """A copy in another process has no memory, so that an answer does not depend on which batches that process has had before."""
        return {**super().__getstate__(), "_known": {}, "_remembers": False}
