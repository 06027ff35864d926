"""Estimators made of another one: `Cached` answers the same question once, `Averaged` answers it several times and takes the mean."""

from __future__ import annotations

import statistics
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path
from typing import Any

from nastutor.estimators.base import Estimator, to_remember
from nastutor.files import replace_file
from nastutor.inputs import whole
from nastutor.values import Arch, Result, Trial


class _Wrapped(Estimator):
    """What a wrapper passes on unchanged."""

    def __init__(self, estimator: Estimator) -> None:
        if not isinstance(estimator, Estimator):
            raise TypeError(f"`estimator` is {estimator!r}; {type(self).__name__} wraps an nt.estimators.Estimator (a plain function has no effective trial)")
        super().__init__(estimator.space)
        self.estimator = estimator
        self.unit, self.paid_in, self.gives = estimator.unit, estimator.paid_in, estimator.gives
        self.default_budget, self.budgets = estimator.default_budget, estimator.budgets

    @property
    def weights(self) -> Path | None:
        return self.estimator.weights

    def effective(self, trial: Trial) -> Trial:
        return self.estimator.effective(trial)

    def own_metrics(self, arch: Arch) -> dict[str, float]:
        return self.estimator.own_metrics(arch)

    def note(self, trial: Trial) -> None:
        self.estimator.note(trial)

    def store_beside(self, journal: Path) -> None:
        """Puts the weights of the wrapped estimator beside the journal, where it keeps any."""
        self.estimator.store_beside(journal)

    def final(self, arch: Arch) -> float:
        return self.estimator.final(arch)


class Cached(_Wrapped):
    """Evaluates each different network once, and remembers the answer.

    Two architectures that are the same network share `error`, `loss` and `curve`, and each has its own `params` and `mult_adds`. A
    repeated answer says the cost and the seconds of the first: so a search that is resumed, or spread over workers that do not share
    this memory, has the same history; what is saved is time. Answers of status `failed` are remembered too, exceptions are not.

    folder  where answers are kept as JSON for other processes and later sessions; without one they live and die with this object
    """

    def __init__(self, estimator: Estimator, folder: str | Path | None = None) -> None:
        super().__init__(estimator)
        self.memory: dict[str, Result] = {}
        self.folder = None if folder is None else Path(folder) / blake2b(estimator.fingerprint.encode(), digest_size=8).hexdigest()
        if self.folder is not None:
            self.folder.mkdir(parents=True, exist_ok=True)

    @property
    def fingerprint(self) -> str:
        return self.estimator.fingerprint  # a memory changes no result

    def __call__(self, trial: Trial) -> Result:
        key = self.effective(trial).key
        result = self._held(key)
        if result is None:
            result = self.estimator(trial)
            self._remember(key, result)
            return result
        self.estimator.note(trial)
        return replace(result, metrics={**result.metrics, **self.own_metrics(trial.arch)}) if isinstance(trial.arch, Arch) and result.metrics else result

    def many(self, trials: Iterable[Trial]) -> list[Result]:
        """Those that are not known go to `estimator.many` together, each different network once."""
        trials = list(trials)
        new = {key: trial for trial in trials if self._held(key := self.effective(trial).key) is None}
        if new:
            for key, result in zip(new, self.estimator.many(list(new.values())), strict=True):
                self._remember(key, result)
        return [self(trial) for trial in trials]

    def recall(self, trial: Trial, result: Result) -> None:
        self.estimator.recall(trial, result)
        answer = to_remember(trial, result)
        if answer is not None and self._held(key := self.effective(trial).key) is None:
            self._remember(key, answer)

    def _held(self, key: str) -> Result | None:
        if key not in self.memory and self.folder is not None and (path := self.folder / f"{key}.json").exists():
            try:
                self.memory[key] = Result.from_json(path.read_text(encoding="utf-8"))
            except (ValueError, TypeError) as error:
                warnings.warn(f"{path} is damaged ({error}); the architecture is evaluated again", RuntimeWarning, stacklevel=3)
        return self.memory.get(key)

    def _remember(self, key: str, result: Result) -> None:
        self.memory[key] = result
        if self.folder is not None:
            replace_file(self.folder / f"{key}.json", lambda draft: draft.write_text(result.to_json(), encoding="utf-8"), same=True)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "memory": {}}


class Averaged(_Wrapped):
    """The mean over several independent evaluations of the same architecture; `error_std` is their sample standard deviation.

    Trial number `repeat` takes the runs `repeat * repeats` up to `repeats` more, so that no run is used twice. Costs add up. One failed
    run fails the trial: a mean over those that survived would flatter architectures that often diverge. Where runs were stopped early
    the curve is as long as the shortest. Weights are not handed on (`warm_start`): there is no such thing as mean weights.
    """

    def __init__(self, estimator: Estimator, repeats: int = 3) -> None:
        super().__init__(estimator)
        self.repeats = whole("repeats", repeats, least=2)
        self.gives = (*(name for name in estimator.gives if name != "warm_start"), "error_std")

    @property
    def weights(self) -> Path | None:
        return None

    def __call__(self, trial: Trial) -> Result:
        if trial.warm_start is not None:
            raise ValueError(f"`warm_start` is {trial.warm_start!r}; Averaged has no weights to start from, wrap it the other way round or use Train")
        first = trial.repeat * self.repeats
        return mean_result(self.estimator.many([replace(trial, repeat=first + k) for k in range(self.repeats)]))


def mean_result(results: Sequence[Result]) -> Result:
    """One answer for several runs of the same trial: metrics and curve are means, cost and seconds sums."""
    cost, seconds = sum(r.cost for r in results), sum(r.seconds for r in results)
    failed = [r for r in results if r.status == "failed"]
    if failed:
        reason = f"{len(failed)} of {len(results)} runs failed, the first: {failed[0].info.get('reason')}"
        return Result(status="failed", cost=cost, seconds=seconds, info={**failed[0].info, "reason": reason})
    names = [name for name in results[0].metrics if all(name in r.metrics for r in results)]
    metrics = {name: statistics.fmean(r.metrics[name] for r in results) for name in names}
    metrics["error_std"] = statistics.stdev(r.error for r in results)
    curve = tuple(map(statistics.fmean, zip(*(r.curve for r in results), strict=False)))
    stopped = any(r.status == "stopped" for r in results)
    return Result(metrics, curve, cost, seconds=seconds, status="stopped" if stopped else "ok", info={**results[0].info, "runs": len(results)})
