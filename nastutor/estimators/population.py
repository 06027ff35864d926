"""`Population`: trains many different architectures at the same time, in one process, each as if it were alone."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from inspect import signature
from typing import Any

from nastutor.estimators.device import kept_memory, numerics
from nastutor.estimators.fit_together import FitTogether
from nastutor.estimators.train import Train
from nastutor.inputs import whole
from nastutor.rng import child_seed
from nastutor.values import Result, Trial

KEPT = 4.0  # bytes that training holds for each byte of the networks' activations: values, their gradients, copies on the way


class Population(Train):
    """`Train`, which trains the trials that it is given together (`many`, `search(batch=K)`) as one program.

    On one thread of a CPU, 32 cells of 8 channels a second: 1.6 to 1.9 times as many with images of 8x8, 1.1 to 1.3 with 12x12, where
    arithmetic outweighs what one operation costs to start (benchmarks/population.py).

    Each network has weights, initial values, an order of images, augmentation and statistics of its own, those that `Train` gives it, so the
    answers are distributed as those of `Train`; in exact arithmetic they would be equal. In floats they differ in the last places after a
    step, which grows in training as any such difference does; the same trials in one call give the same answers again, bit for bit. Within one
    process an effective trial is trained once and its answer kept, so equal architectures get equal answers, whoever asked with them.

    A trial with a `warm_start`, and one that comes alone, is trained as `Train` does. One that diverges fails alone.

    members  how many networks at most are trained together
    memory   bytes that they may take together, estimated from their activations; a chunk has fewer members where they are large

    The other arguments are those of `Train`; mixed precision (`amp`) is not offered.

    >>> import nastutor as nt
    >>> task, space = nt.tasks.digits(), nt.spaces.CellSpace(nodes=3)
    >>> population = nt.estimators.Population(space, task, epochs=1)
    >>> [round(result.cost) for result in population.many([nt.Trial(space.sample(seed)) for seed in range(3)])]
    [1, 1, 1]
    """

    def __init__(self, space: Any, task: Any, epochs: int | None = None, *, members: int = 32, memory: int = 2 << 30, **training: Any) -> None:
        if training.get("amp"):
            raise ValueError(f"`amp` is {training['amp']!r}; a Population computes in float32, allowed is False (Train has mixed precision)")
        super().__init__(space, task, epochs, **training)
        self.members, self.memory = whole("members", members), whole("memory", memory)
        self._known: dict[str, Result] = {}

    @property
    def settings(self) -> dict[str, Any]:
        """Those of `Train` among them, whether they were given or are its defaults."""
        own = super().settings
        training = own.pop("training", {})
        defaults = {name: known.default for name, known in signature(Train.__init__).parameters.items() if known.kind is known.KEYWORD_ONLY}
        return {**own, **defaults, **training}

    def __call__(self, trial: Trial) -> Result:
        effective = self.effective(trial)
        if effective.key not in self._known:
            if effective.warm_start is not None:
                return super().__call__(trial)
            self._known[effective.key] = super().__call__(effective)
        return self._answer(trial, effective)

    def many(self, trials: Iterable[Trial]) -> list[Result]:
        """The answers to `trials`, in their order; those that are new are trained together."""
        trials = list(trials)
        effective = [self.effective(trial) for trial in trials]
        new = {trial.key: trial for trial in effective if trial.warm_start is None and trial.key not in self._known}
        for chunk in self.chunks(list(new.values())):
            self._known.update(zip((trial.key for trial in chunk), self._together(chunk), strict=True))
        return [self(trial) for trial in trials]

    def chunks(self, trials: list[Trial]) -> Iterator[list[Trial]]:
        """Those that can be trained together: of one budget and batch size, neighbours of the space side by side, no more than fit."""
        groups: dict[tuple[Any, ...], list[Trial]] = {}
        for trial in trials:
            groups.setdefault((trial.budget, self.recipe_for(trial.arch).batch_size), []).append(trial)
        for (_, batch_size), group in groups.items():
            group.sort(key=lambda trial: (trial.arch.to_json(), trial.repeat))
            size = max(self.network(trial.arch).counts().activation_mb for trial in group) * 1e6 * batch_size * KEPT
            most = max(1, min(self.members, int(self.memory / size)))
            yield from (group[start : start + most] for start in range(0, len(group), most))

    def _together(self, trials: list[Trial]) -> list[Result]:
        if len(trials) == 1:
            return [super().__call__(trials[0])]
        began = time.perf_counter()
        seeds = [child_seed(self.seed, trial.key) for trial in trials]
        with numerics(self.threads), kept_memory():
            fit = FitTogether(
                [self.network(trial.arch) for trial in trials], self._images, [self.recipe_for(trial.arch) for trial in trials], seeds, self.splits
            )
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
        return {**super().__getstate__(), "_known": {}}
