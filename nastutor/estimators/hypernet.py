"""`Hypernet`: what estimators have in common that judge an architecture with weights written for it by a trained network (`SMASH`, `GHN`)."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from nastutor.estimators.base import Estimator
from nastutor.estimators.cost import check_metrics, count
from nastutor.estimators.device import numerics, resolve_device
from nastutor.estimators.inputs import check_task
from nastutor.estimators.store import GIB, State, WeightStore
from nastutor.inputs import positive, require, share, whole
from nastutor.values import Arch, Result, Trial

if TYPE_CHECKING:
    from nastutor.estimators.fit_hyper import FitHyper, HyperRecipe


class Hypernet(Estimator):
    """What `SMASH` and `GHN` have in common. The hypernetwork learns before the first answer, each step from a batch of training images and an
    architecture drawn by `sample` for it, whatever the search asks for. An answer is then the error of the network with the weights written
    for it, by the statistics of the validation images that it sees. It depends on nothing that was asked before.

    Training is charged to the first trial that needs it, and further trials are free. There is one hypernetwork: a `repeat` changes nothing.

    steps        of the hypernetwork, under one cosine; a trial's `budget` asks for it as it was after fewer of them: 0 is untrained
    batch_size, lr, betas, epsilon, clip   of Adam; `clip` is the largest norm of a gradient, None: any
    metrics      of an architecture: "params", "mult_adds", "activation_mb"
    seed         of first weights, architectures, orders and augmentation
    device       as in `Train`
    checkpoint   steps between two copies on disk, where a journal or `weights` says where; a training that was cut goes on from the last
    weights      folder for those copies; None: beside the journal of a search
    """

    needs: ClassVar[Mapping[str, int]] = {"graph": 1, "sample": 2}
    unit = "steps"
    least_budget = 0

    def _prepare(self, task: Any, recipe: HyperRecipe, metrics: Sequence[str], seed: int, checkpoint: int, weights: Any, threads: int) -> None:
        """What all of them set up; after `super().__init__(space)`."""
        check_task(task)
        if hasattr(self.space, "training"):
            raise ValueError(
                f"`space` is a {type(self.space).__name__}, which decides how networks are trained; `{type(self).__name__}` trains none: pass what is inside"
            )
        self.task, self.recipe, self.default_budget = task, recipe, recipe.steps
        self.seed, self.checkpoint, self.threads = whole("seed", seed, least=0), whole("checkpoint", checkpoint), whole("threads", threads)
        self.metrics = check_metrics(metrics)
        if "latency_ms" in self.metrics:
            raise ValueError("`metrics` has 'latency_ms'; allowed are params, mult_adds and activation_mb (nt.estimators.measure_latency measures a network)")
        self.store, self.keeps = WeightStore(weights, self.fingerprint, GIB), weights is not None
        self.gives = ("error", "loss", "budget", *self.metrics)
        self._copies: dict[int, State] = {}  # of the hypernetwork at the budgets that were asked for
        self._charged, self._alone = 0, threading.Lock()

    @cached_property
    def fingerprint(self) -> str:  # type: ignore[override]
        return self._line(self.settings | {"device": self.recipe.device.split(":")[0]}, without=("weights", "checkpoint"))

    def budget_of(self, trial: Trial) -> int | None:
        budget = super().budget_of(trial)
        require("budget", budget, lambda budget: budget <= self.recipe.steps, f"whole numbers from 0 to the {self.recipe.steps} `steps`")
        return budget

    def __call__(self, trial: Trial) -> Result:
        began, effective = time.perf_counter(), self.effective(trial)
        budget = effective.budget or 0
        with self._alone, numerics(self.threads):
            fit = self._after(budget)
            error, loss = fit.judge(effective.arch, self.space)  # type: ignore[arg-type]
        charged, self._charged = self._charged, max(self._charged, budget)
        cost = (self._charged - charged) * fit.batches.size / len(self.task.train)
        info = {"budget": budget, "steps": budget, "train_loss": fit.loss if budget else None, "skipped": fit.skipped}
        if not math.isfinite(loss):
            reason = f"diverged: the loss with the weights written for it is {loss}"
            return Result(status="failed", cost=cost, seconds=time.perf_counter() - began, info={**info, "reason": reason})
        own = count(self.space.graph(self.checked(trial.arch), self.task), self.metrics)
        return Result({"error": error, "loss": loss} | own, cost=cost, info=info, seconds=time.perf_counter() - began)

    def final(self, arch: Arch) -> float:
        """The test error of the network of `arch` trained alone by `Train` with its defaults, from weights of its own."""
        from nastutor.estimators.train import Train

        return Train(self.space, self.task, seed=self.seed, device=self.recipe.device, weights=False, threads=self.threads).final(arch)

    def network(self, arch: Arch, budget: int | None = None) -> Any:
        """The network of `arch` as a module of its own, which starts from the weights that are written for it."""
        from nastutor.nets.generated import filled

        effective = self.effective(Trial(arch, budget=budget))
        graph = self._graph(self.space, effective.arch)  # type: ignore[arg-type]
        return filled(graph, self.written(arch, budget))

    def written(self, arch: Arch, budget: int | None = None) -> dict[str, Any]:
        """The weights that are written for `arch`: name of a weight of its simplified graph -> tensor."""
        import torch

        from nastutor.nets.generated import places, shell

        effective = self.effective(Trial(arch, budget=budget))
        graph = self._graph(self.space, effective.arch)  # type: ignore[arg-type]
        with self._alone, numerics(self.threads):
            net = self._after(effective.budget or 0).net  # it may have to learn first
            with torch.no_grad():
                found = self._write(net, effective.arch, graph, places(shell(graph)), None)  # type: ignore[arg-type]
        return {name: own.clone() for name, own in found.items()}

    @cached_property
    def fit(self) -> FitHyper:
        """The hypernetwork in training."""
        from nastutor.estimators.fit_hyper import FitHyper

        net = self._made()

        def write(arch: Arch, graph: Any, places: Any, step: int | None) -> dict[str, Any]:
            return self._write(net, arch, graph, places, step)

        return FitHyper(net, write, self._graph, self._drawn, self.task, self.recipe, self.seed)

    @property
    def _drawn(self) -> Any:
        """The space that architectures to learn from are drawn from."""
        return self.space

    def _made(self) -> Any:
        """The hypernetwork with its first weights."""
        raise TypeError(f"{type(self).__name__} does not say what writes weights: define _made")

    def _write(self, net: Any, arch: Arch, graph: Any, places: Mapping[str, tuple[int, ...]], step: int | None) -> dict[str, Any]:
        """The weights of a network; `step` is None where it is judged."""
        raise TypeError(f"{type(self).__name__} does not say how weights are written: define _write")

    def _graph(self, space: Any, arch: Arch) -> Any:
        return space.graph(arch, self.task).simplified()

    # how far it has come

    def _after(self, steps: int) -> FitHyper:
        """The hypernetwork after so many steps: trained on from where it stands, or from the nearest copy."""
        if self.fit.steps != steps:
            if (start := self._nearest(steps)) is not None:
                self.fit.restore(start)
            elif self.fit.steps > steps:
                del self.fit
            while self.fit.steps < steps:
                self.fit.learn()
                if self.keeps and (self.fit.steps % self.checkpoint == 0 or self.fit.steps == steps):
                    self.store.save(_name(self.fit.steps), self.fit.state())
        if steps not in self._copies:
            self._copies[steps] = self.fit.state()
        return self.fit

    def _nearest(self, steps: int) -> State | None:
        """The copy with most steps among those with no more than `steps`, if it is further than what is there."""
        least = self.fit.steps if self.fit.steps <= steps else -1
        here = max((own for own in self._copies if least < own <= steps), default=None)
        if here == steps or not self.keeps:
            return None if here is None else self._copies[here]
        marks = {steps, *range(self.checkpoint, steps, self.checkpoint)}
        for mark in sorted((mark for mark in marks if mark > max(least, here or 0)), reverse=True):
            if (state := self.store.load(_name(mark))) is not None:
                return state
        return None if here is None else self._copies[here]

    def recall(self, trial: Trial, result: Result) -> None:
        """What was charged before is not charged again."""
        if result.status != "failed" or str(result.info.get("reason")).startswith("diverged"):
            self._charged = max(self._charged, self.budget_of(trial) or 0)

    def store_beside(self, journal: Path) -> None:
        """Keeps copies in `<journal>.weights` from now on, unless a folder was given."""
        self.keeps = True
        self.store.beside(Path(journal))

    @property
    def weights(self) -> Path | None:
        return self.store.root if self.keeps else None

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name not in ("fit", "_alone")} | {"_copies": {}}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._alone = threading.Lock()


def hyper_recipe(given: Mapping[str, Any], momentum: float | None = None) -> HyperRecipe:
    """How a hypernetwork learns, checked."""
    from nastutor.estimators.fit_hyper import HyperRecipe

    require("betas", given["betas"], lambda betas: len(betas) == 2 and all(share("betas", beta) >= 0 for beta in betas), "two numbers from 0 to below 1")
    return HyperRecipe(
        steps=whole("steps", given["steps"]),
        batch_size=whole("batch_size", given["batch_size"], least=2),
        lr=positive("lr", given["lr"]),
        betas=tuple(given["betas"]),
        epsilon=positive("epsilon", given["epsilon"]),
        weight_decay=positive("weight_decay", given["weight_decay"], zero=True),
        clip=None if given["clip"] is None else positive("clip", given["clip"]),
        device=resolve_device(given["device"]),
        momentum=momentum,
    )


def _name(steps: int) -> str:
    return f"steps {steps}"
