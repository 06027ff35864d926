"""`Train`: the honest estimator. It builds the network, trains it and looks at the validation images."""

from __future__ import annotations

import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from nastutor.edits import carries_weights
from nastutor.estimators.base import Estimator
from nastutor.estimators.cost import MEASURED, check_metrics, count, measure_latency
from nastutor.estimators.device import numerics, resolve_device, resolve_precision
from nastutor.estimators.fit import Fit, Images, Recipe, Stop, weights_of
from nastutor.estimators.inputs import check_auxiliary, check_cutout, check_scheduled_drop_path, check_task
from nastutor.estimators.store import GIB, State, WeightStore
from nastutor.inputs import positive, share, whole
from nastutor.nets.first_weights import start
from nastutor.rng import child_seed
from nastutor.scales import scale
from nastutor.values import Arch, Result, Trial


class Train(Estimator):
    """Trains the network of a trial by SGD under a cosine and answers with its validation error after the last epoch.

    epochs        budget of a trial that names none; default by scale: 1 (smoke), 12 (cpu), 50 (gpu), 200 (paper)
    batch_size    images a step; a last batch of one image is left out
    lr, momentum, weight_decay   of SGD (Nesterov's where momentum > 0, unless `nesterov` is False); the learning rate falls to 0 over the trial's own budget
    seed          of initialisation, order and augmentation, together with the effective trial
    device        "auto", "cpu", "cuda", "cuda:1", "mps"
    amp           mixed precision on CUDA: False, "float16" (True) or "bfloat16"
    stop          `stop(curve) -> bool`, asked after each epoch but the last: True ends the training (status "stopped")
    weights       folder to keep trained weights in; None: beside the journal of a search, else a temporary one; False: keep none
    keep          bytes of weights to keep there; what was not used for longest goes first and is trained again when needed; None: all
    metrics       besides error, loss (validation) and train_loss (mean over the last epoch): params, mult_adds, activation_mb, latency_ms
    threads       of the CPU, around each training and measurement only
    auxiliary     weight of the loss of an auxiliary head, which is trained beside the network of a space that has one and is ignored
                  when the network is judged or counted; 0: none (0.4: Zoph et al. 2018, Liu et al. 2019)
    scheduled_drop_path   in epoch t of T, from 0, a path is dropped with t / T of the probability that the space gives it, which for
                  NASNet's cells grows with their number (Zoph et al. 2018, appendix A.7) and for DARTS' is the same in all (Liu et al.
                  2019); False: with that probability from the beginning
    nesterov      False: plain momentum, as in the recipe of DARTS
    clip          the largest norm of a gradient, of all weights together; None: any (5: Liu et al. 2019)
    mixup         each batch is mixed with itself in another order, images and losses, with shares w and 1 - w, where w is drawn from
                  Beta(mixup, mixup) for the batch (Zhang et al. 2018); 0: not at all
    cutout        erases a square of so many pixels a side from each training image, anywhere (DeVries & Taylor 2017); None: as the task says

    What a space decides about training (`JointSpace`, `AutoNetSpace`) takes the place of these settings.

    A trial costs the epochs it adds. `warm_start` with the same architecture and no edit goes on where that training ended: weights,
    momentum, generators and curve; its epochs count from there up to `budget`, under the cosine of the new budget (from epoch 3 to 9 the
    rate starts at that of 3/9). With an edit the child starts from transferred weights, with new momentum, and counts from 0.

    >>> import nastutor as nt
    >>> task, space = nt.tasks.digits(), nt.spaces.CellSpace(nodes=3)
    >>> result = Train(space, task, epochs=2)(nt.Trial(space.sample(0)))
    >>> len(result.curve), result.cost, result.error == result.curve[-1]
    (2, 2.0, True)
    """

    later: ClassVar[Mapping[str, Any]] = {"auxiliary": 0.0, "scheduled_drop_path": False, "nesterov": True, "clip": None, "mixup": 0.0, "cutout": None}
    needs: ClassVar[Mapping[str, int]] = {"graph": 1}
    splits: tuple[str, ...] = ("valid",)  # what is looked at after each epoch; the maker of tables adds the test images,
    late: tuple[str, ...] = ()  # or looks at them after the last epoch

    def __init__(
        self,
        space: Any,
        task: Any,
        epochs: int | None = None,
        *,
        batch_size: int = 32,
        lr: float = 0.1,
        momentum: float = 0.9,
        weight_decay: float = 5e-4,
        seed: int = 0,
        device: str = "auto",
        amp: bool | str = False,
        stop: Stop | None = None,
        weights: str | Path | bool | None = None,
        keep: int | None = GIB,
        metrics: Sequence[str] = ("params", "mult_adds"),
        threads: int = 1,
        auxiliary: float = 0.0,
        scheduled_drop_path: bool = False,
        nesterov: bool = True,
        clip: float | None = None,
        mixup: float = 0.0,
        cutout: int | None = None,
    ) -> None:
        super().__init__(space)
        check_task(task)
        if stop is not None and not callable(stop):
            raise TypeError(f"`stop` is {stop!r}; it must be a function of the curve so far, or None")
        if weights is True:
            raise ValueError("`weights` is True; allowed are a folder, None (the estimator chooses one) and False (keep none)")
        self.task, self.stop, self.threads = task, stop, whole("threads", threads)
        self.default_budget = whole("epochs", scale(smoke=1, cpu=12, gpu=50, paper=200) if epochs is None else epochs)
        self.seed = whole("seed", seed, least=0)
        self.metrics = check_metrics(metrics)
        device = resolve_device(device)
        rate, decay = positive("lr", lr), positive("weight_decay", weight_decay, zero=True)
        precision, head = resolve_precision(amp, device), check_auxiliary(space, task, auxiliary)
        scheduled, largest = check_scheduled_drop_path(space, scheduled_drop_path), None if clip is None else positive("clip", clip)
        if type(nesterov) is not bool:
            raise ValueError(f"`nesterov` is {nesterov!r}; allowed are True and False")
        size, inertia = whole("batch_size", batch_size, least=2), share("momentum", momentum)
        mixed, erased = positive("mixup", mixup, zero=True), check_cutout(space, task, cutout)
        self.recipe = Recipe(size, rate, inertia, decay, device, precision, head, scheduled, nesterov, largest, mixed, erased)
        limit = None if keep is None else whole("keep", keep)
        self.store = None if weights is False else WeightStore(weights, self.fingerprint, limit)  # type: ignore[arg-type]
        self.gives = ("error", "loss", "train_loss", *self.metrics, "curve", "budget", *(() if self.store is None else ("warm_start",)))
        self._latency: dict[str, float] = {}

    @cached_property
    def fingerprint(self) -> str:  # type: ignore[override]
        settings = self.settings | {"epochs": self.default_budget, "device": self.recipe.device.split(":")[0], "auxiliary": self.recipe.auxiliary}
        return self._line(settings, without=("weights", "keep"))  # those two change no result

    def __call__(self, trial: Trial) -> Result:
        began = time.perf_counter()
        effective = self.effective(trial)
        fit, start, status = self._train(effective)
        if self.store is not None:
            self.store.note(trial, effective)
        return self._result(trial, effective, fit, status, cost=float(fit.epoch - start), seconds=time.perf_counter() - began)

    def _result(self, trial: Trial, effective: Trial, fit: Any, status: str, cost: float, seconds: float) -> Result:
        """What a training gave, as the answer to `trial`."""
        info = self._info(fit, effective)
        if status == "diverged":
            reason = f"diverged: the loss is {fit.train_loss} in training and {fit.loss} in validation after epoch {fit.epoch}"
            return Result(curve=tuple(fit.curve), cost=cost, seconds=seconds, status="failed", info={**info, "reason": reason})
        trained = {"error": fit.curve[-1], "loss": fit.loss, "train_loss": fit.train_loss}
        metrics = trained | self.own_metrics(self.checked(trial.arch)) | self._measured(self.checked(effective.arch))
        return Result(metrics, tuple(fit.curve), cost, seconds=seconds, status=status, info=info)

    def final(self, arch: Arch) -> float:
        """Test error of `arch` trained in full: `epochs` of them, on the training images alone, with the weights of the search where it did the same."""
        effective = self.effective(Trial(arch))
        state = None if self.store is None else self.store.load(effective.key)
        if state is None or state.about["epoch"] < effective.budget:
            fit, _, status = self._train(effective, stop=None)
            if status == "diverged":
                raise ValueError(f"`arch` is {arch}, and its training diverged after epoch {fit.epoch}: it has no test error")
        else:
            fit = self._fit(effective).restore(state)
        with numerics(self.threads):
            return fit.evaluate("test")[0]

    def effective(self, trial: Trial) -> Trial:
        """What is really trained; a `warm_start` becomes the key of the parent's effective trial."""
        if trial.warm_start is None:
            if trial.edit is not None:
                raise ValueError(f"`edit` is {trial.edit!r} and `warm_start` None; an edit needs the key of the trial whose weights it carries over")
            return super().effective(trial)
        if self.store is None:
            raise ValueError(f"`warm_start` is {trial.warm_start!r}, and this Train was made with weights=False: it keeps none")
        parent = self.store.lineage(trial.warm_start)
        if trial.edit is not None:
            if not carries_weights(trial.edit):
                raise ValueError(f"`edit` is {trial.edit!r}, which changes architectures and carries no weights over (chapter 12)")
            return replace(trial, arch=self.checked(trial.arch), budget=self.budget_of(trial), warm_start=parent.key)
        mine = super().effective(trial)
        if mine.arch != super().effective(parent).arch or mine.repeat != parent.repeat:
            raise ValueError(f"`warm_start` is the key of {parent.arch} (repeat {parent.repeat}), and `arch` is {trial.arch} (repeat {trial.repeat}); "
                             "without an `edit` training goes on with the same network")  # fmt: skip
        return replace(mine, arch=parent.arch, warm_start=parent.key)

    def own_metrics(self, arch: Arch) -> dict[str, float]:
        return count(self.space.graph(arch, self.task), self.metrics)

    def note(self, trial: Trial) -> None:
        if self.store is not None:
            self.store.note(trial, self.effective(trial))

    @property
    def weights(self) -> Path | None:
        return None if self.store is None else self.store.root

    def store_beside(self, journal: Path) -> None:
        """Keeps weights in `<journal>.weights` from now on, unless a folder was given."""
        if self.store is not None:
            self.store.beside(Path(journal))

    def _info(self, fit: Any, effective: Trial) -> dict[str, Any]:
        return {"budget": effective.budget, "epochs": fit.epoch, "device": self.recipe.device}

    def _train(self, effective: Trial, stop: Any = ...) -> tuple[Fit, int, str]:
        """The finished training, the epochs it started from, and its status; its weights are kept."""
        with numerics(self.threads):
            fit = self._fit(effective)
            if effective.warm_start is not None:
                self._inherit(fit, effective)
            start = fit.epoch
            status = fit.run(effective.budget or 1, self.stop if stop is ... else stop)
        if self.store is not None and status != "diverged" and stop is ...:
            self._save(effective, fit.state())
        return fit, start, status

    def _save(self, effective: Trial, state: State) -> None:
        assert self.store is not None
        try:
            self.store.save(effective.key, state)
        except OSError as error:  # a full disk costs the weights, which can be trained again, and not the answer
            warnings.warn(f"the weights of {effective.key} were not kept: {error}", RuntimeWarning, stacklevel=2)

    def _fit(self, effective: Trial) -> Fit:
        seed = child_seed(self.seed, effective.key)
        module = self.network(effective.arch, self.recipe.auxiliary > 0).build(seed=seed, device=self.recipe.device)
        if (decided := getattr(self.space, "first_weights", None)) is not None:
            start(module, decided(effective.arch), seed)
        return Fit(module, self._images, self.recipe_for(effective.arch), seed, self.splits, self.late)

    def recipe_for(self, arch: Any) -> Recipe:
        """How `arch` is trained: as this estimator was told, apart from what its space decides about (`JointSpace`)."""
        decided = getattr(self.space, "training", None)
        return self.recipe if decided is None else replace(self.recipe, **decided(arch))

    def network(self, arch: Any, auxiliary: bool = False) -> Any:
        """The graph without the parts that cannot reach the output; as it is trained, with its auxiliary head, or as it is used, without."""
        graph = self.space.graph(arch, self.task, **({"auxiliary": True} if auxiliary else {})).simplified()
        output, wanted = graph.node(graph.output).shape, (self.task.classes * (1 + auxiliary),)
        if output != wanted:
            raise ValueError(f"`space` gives a network with output {output}, and `task` has {self.task.classes} classes: {wanted} is needed")
        return graph

    def _inherit(self, fit: Fit, effective: Trial) -> None:
        """Puts the parent's weights into `fit`: all that it had for going on, transferred ones for an edit."""
        parent, state = self._state(effective.warm_start or "")
        if effective.edit is None:
            fit.restore(state)
            if fit.epoch >= (effective.budget or 1):
                raise ValueError(f"`budget` is {effective.budget}; allowed is more than the {fit.epoch} epochs that `warm_start` was trained for")
            return
        module = self.network(parent.arch, self.recipe.auxiliary > 0).build(device=self.recipe.device)
        module.load_state_dict(weights_of(state))
        child = effective.edit.transfer(module, self._images["train"][0][: self.recipe.batch_size])  # type: ignore[attr-defined]
        try:
            fit.module.load_state_dict(child.state_dict())
        except RuntimeError as error:
            raise ValueError(f"`edit` {effective.edit!r} gives another network than `arch` {effective.arch}: {error}") from error

    def _state(self, key: str) -> tuple[Trial, State]:
        """The state in which a training ended: read, or, if it was evicted or damaged, made again from its lineage."""
        assert self.store is not None
        trial = self.store.lineage(key)
        state = self.store.load(trial.key)
        if state is None:
            fit, _, status = self._train(trial)
            if status == "diverged":
                raise ValueError(f"`warm_start` is {key!r}, whose training diverged: it left no weights")
            state = fit.state()
        return trial, state

    def _measured(self, arch: Arch) -> dict[str, float]:
        """Measured once for each network of this process: the clock is never twice the same."""
        if not set(self.metrics) & set(MEASURED):
            return {}
        key = arch.to_json()
        if key not in self._latency:
            self._latency[key] = measure_latency(self.network(arch), device=self.recipe.device, threads=self.threads)
        return {"latency_ms": self._latency[key]}

    @cached_property
    def _images(self) -> Images:
        return Images(self.task, self.recipe.device)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name not in ("_images", "_latency")} | {"_latency": {}}
