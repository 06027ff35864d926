"""`SharedWeights`: one supernet whose weights all architectures share; it answers to mixtures with gradients, and to architectures with an error."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from nastutor.estimators.base import Estimator
from nastutor.estimators.cost import check_metrics, count
from nastutor.estimators.device import numerics, resolve_device, resolve_precision
from nastutor.estimators.inputs import check_task
from nastutor.estimators.store import GIB, WeightStore
from nastutor.inputs import is_number, positive, require, share, whole
from nastutor.values import Arch, Mixture, Result, Trial

BROKEN = "broken"  # the chain of answers of which the last broke on the way

if TYPE_CHECKING:
    from nastutor.estimators.fit_shared import Answer, FitShared, Route, SharedRecipe


class SharedWeights(Estimator):
    """Every answer first trains the shared weights for some steps, along the paths that the trial gives weight, then judges them.

    To a `Mixture` it answers with the validation loss and its gradient dL/d(mixture), to an `Arch` with the error of its path: what a search
    is told depends on all that was asked before. The error is that of shared weights on one batch; `final` trains the network alone.

    Several searches with one object go on with its weights: make a new one for a new search. Its trials run in this process, one at a time.

    steps          of the weights before each answer: the budget of a trial that names none; 0 judges without training
    batch_size     images a step, and images an answer looks at
    lr, last_lr, horizon   the rate falls from one to the other under a cosine over `horizon` steps; None: it stays `lr`
    momentum, nesterov, weight_decay, clip   of SGD; `clip` is the largest norm of a gradient, None: any. Weights that are on no path of a
                   step do not move in it
    order          of the gradient: 1, 2 (finite differences) or "exact" (differentiated through the step: memory and time for small nets only)
    xi             length of the step that orders 2 and "exact" look ahead; None: the learning rate
    halves         weights learn from half of the training images and mixtures are judged by the other half (Liu et al. 2019, section 3.1);
                   False: from all of them, and by the validation images
    whole_split    architectures are judged by all images and not by a batch of them; where nothing is trained for an answer (a budget of 0)
                   they always are, so that all are judged by the same, and so are mixtures, which get no gradient then
    glances        batches, always the same first ones, by which architectures are judged where nothing is trained for an answer; a trial that goes
                   on from such an answer (`warm_start`) is judged by all images (Li & Talwalkar 2019: 10); None: all of them at once
    gradients      False: mixtures are trained and judged like architectures, without a gradient, in half of the time
    ghosts         parts of a batch of training images that are normalised apart (ghost batch norm: Bender et al. 2018, section 3.3)
    accumulate     batches whose mean gradient makes one step of SGD, each along the paths of its own trial: the ghost batches of a worker, each
                   with a mask of its own, as Bender et al. have them. Their `batch_size` is that of one; `steps` and `horizon` count batches
    affine         whether batch norm of the searched parts has scale and shift
    statistics     of batch norm where an architecture is judged: "batch" (of the images that it sees), "running" (averages over all that was
                   trained) or "recalibrated" (of this path alone, over `recalibration` batches)
    metrics        of an architecture: "params", "mult_adds", "activation_mb", of its network alone in `space`
    seed           of weights, orders and augmentation
    device, amp    as in `Train`; amp: False or "bfloat16"
    checkpoint     answers between two copies of the state on disk, where a journal or `weights` says where; a resumed search repeats the
                   steps since the last one
    weights        folder for those copies; None: beside the journal of a search
    **macro        settings of the space that the supernet takes otherwise: fewer `channels` or `cells`, say
    """

    needs: ClassVar[dict[str, int]] = {"supernet": 9, "mixture_sites": 9}
    later: ClassVar[Mapping[str, Any]] = {"accumulate": 1, "glances": None}
    unit = "steps"
    least_budget = 0

    def __init__(
        self,
        space: Any,
        task: Any,
        steps: int = 1,
        *,
        batch_size: int = 64,
        lr: float = 0.025,
        last_lr: float = 0.001,
        horizon: int | None = None,
        momentum: float = 0.9,
        nesterov: bool = False,
        weight_decay: float = 3e-4,
        clip: float | None = 5.0,
        order: int | str = 1,
        xi: float | None = None,
        halves: bool = False,
        whole_split: bool = False,
        glances: int | None = None,
        gradients: bool = True,
        ghosts: int = 1,
        accumulate: int = 1,
        affine: bool = False,
        statistics: str = "batch",
        recalibration: int = 8,
        metrics: Sequence[str] = (),
        seed: int = 0,
        device: str = "auto",
        amp: bool | str = False,
        checkpoint: int = 100,
        weights: str | Path | None = None,
        threads: int = 1,
        **macro: Any,
    ) -> None:
        super().__init__(space)
        check_task(task)
        self.task, self.default_budget = task, whole("steps", steps, least=0)
        self.seed, self.threads, self.checkpoint = whole("seed", seed, least=0), whole("threads", threads), whole("checkpoint", checkpoint)
        for name, value in (("nesterov", nesterov), ("halves", halves), ("whole_split", whole_split), ("affine", affine), ("gradients", gradients)):
            if type(value) is not bool:
                raise ValueError(f"`{name}` is {value!r}; allowed are True and False")
        self.halves, self.whole_split, self.gradients, self.metrics = halves, whole_split, gradients, check_metrics(metrics)
        if "latency_ms" in self.metrics:
            raise ValueError("`metrics` has 'latency_ms'; allowed are params, mult_adds and activation_mb (nt.estimators.measure_latency measures a network)")
        judged = len(task.train) // 2 if halves else len(task.valid)
        self.glances = None if glances is None else whole("glances", glances)
        if glances is not None and glances * batch_size > judged:
            raise ValueError(f"`glances` is {glances}, of {batch_size} images each; allowed are at most {judged // batch_size}: {judged} judge (chapter 13)")
        self.supernet = _space_of(space, macro).supernet(task, affine=affine)
        self.recipe = _recipe(self.settings)
        self.store = WeightStore(weights, self.fingerprint, GIB)
        self.keeps = weights is not None
        self.gives = ("error", "loss", "mixture", *(("grad",) if gradients else ()), "budget", *(("warm_start",) if glances else ()), *self.metrics)
        self._past: list[Trial] = []  # what a journal tells of before
        self._done: list[Trial] = []  # what was answered, in order
        self._answered, self._chain = 0, ""
        self._alone = threading.Lock()

    @cached_property
    def fingerprint(self) -> str:  # type: ignore[override]
        return self._line(self.settings | {"device": self.recipe.device.split(":")[0]}, without=("weights", "checkpoint"))

    def __call__(self, trial: Trial) -> Result:
        began = time.perf_counter()
        route, steps = self.route(trial.arch), self.budget_of(trial) or 0
        if trial.warm_start is not None and (self.glances is None or steps):
            raise ValueError(f"`warm_start` is {trial.warm_start!r}; allowed is None, or with `glances` the key of an answer to go on judging (chapter 13)")
        with self._alone, numerics(self.threads):
            self._catch_up()
            try:
                answer = self._answer(trial, route, steps)
            except BaseException:  # it may have moved the weights: the next answer begins where the last whole one ended
                vars(self).pop("fit", None)
                self._chain = BROKEN
                raise
            self._done.append(trial)
        info = {"budget": steps, "steps": self.fit.steps, "train_loss": answer.train_loss}
        cost = steps * self.fit.batches.size / len(self.task.train)
        own = {} if isinstance(trial.arch, Mixture) else count(self.space.graph(trial.arch, self.task), self.metrics)
        metrics = {"error": answer.error, "loss": answer.loss} | own
        return Result(metrics, cost=cost, grad=answer.grad, info=info, seconds=time.perf_counter() - began)

    def _answer(self, trial: Trial, route: Route, steps: int) -> Answer:
        mixed = isinstance(trial.arch, Mixture)
        first = None if mixed or steps or trial.warm_start is not None else self.glances
        answer = self.fit.answer(route, steps, graded=mixed and self.gradients and steps > 0, whole=self.whole_split or not steps, first=first)
        self._chain = _longer(self._chain, trial)
        self._answered += 1
        if self.keeps and self._answered % self.checkpoint == 0:
            self.store.save(self._chain, self.fit.state())
        return answer

    def final(self, arch: Arch) -> float:
        """The test error of the network of `arch`, as `space` has it, trained alone by `Train` with its defaults: nothing shared is in it."""
        from nastutor.estimators.train import Train

        return Train(self.space, self.task, seed=self.seed, device=self.recipe.device, weights=False, threads=self.threads).final(arch)

    def state(self) -> dict[str, Any]:
        """A copy of the shared weights and statistics by name, on the device."""
        return {name: tensor.clone() for name, tensor in self.fit.net.state_dict().items()}

    @contextmanager
    def looking(self) -> Iterator[None]:
        """Inside, the supernet may be run, in training mode, by who has a use for it; weights and statistics are afterwards what they were."""
        with self._alone, numerics(self.threads), self.fit._untouched():
            self._catch_up()
            self.fit.net.train()
            yield

    @cached_property
    def fit(self) -> FitShared:
        """The supernet in training."""
        return self._begin()

    def _begin(self) -> FitShared:
        import torch

        from nastutor.estimators.fit_shared import FitShared
        from nastutor.nets.fused import FusedNet
        from nastutor.nets.mixed import MixedNet

        device, twice = self.recipe.device, self.recipe.order == "exact"  # what is fused can be differentiated once
        net = (MixedNet if twice else FusedNet)(self.supernet, self.seed, device, frozen_statistics=self.recipe.statistics != "batch")
        x, y = (torch.tensor(own, device=device) for own in (self.task.train.x, self.task.train.y))
        learnt, judged = (x, y), (torch.tensor(self.task.valid.x, device=device), torch.tensor(self.task.valid.y, device=device))
        if self.halves:
            learnt, judged = (x[0::2], y[0::2]), (x[1::2], y[1::2])
        return FitShared(net, self.task, learnt, judged, self.recipe, self.seed)

    def route(self, asked: Arch | Mixture) -> Route:
        """The paths that an architecture or a mixture gives weight."""
        from nastutor.estimators.fit_shared import Route

        return Route.of(asked, self.space, self.supernet.sites, self.recipe.device)

    # one process, one order of trials

    def recall(self, trial: Trial, result: Result) -> None:
        """Its weights come from the answers of before: they are taken up again before the next one."""
        if result.status != "failed" or str(result.info.get("reason")).startswith("diverged"):  # what broke on the way is undone
            self._past.append(trial)

    def _catch_up(self) -> None:
        """Stands where the search stood that goes on now: from the last copy on disk, and what was answered since then once more."""
        past, self._past = self._past or (self._done if self._chain == BROKEN else []), []
        if past:
            self._done = list(past)
        chains = [""]
        for trial in past:
            chains.append(_longer(chains[-1], trial))
        if chains[-1] == self._chain or not (past or self._chain == BROKEN):
            return
        vars(self).pop("fit", None)
        start, state = next(((n, state) for n in range(len(past), 0, -1) if (state := self.store.load(chains[n])) is not None), (0, None))
        self._answered, self._chain = start, chains[start]
        if state is not None:
            self.fit.restore(state)
        for trial in past[start:]:
            self._answer(trial, self.route(trial.arch), self.budget_of(trial) or 0)

    def store_beside(self, journal: Path) -> None:
        """Keeps copies of its state in `<journal>.weights` from now on, unless a folder was given."""
        self.keeps = True
        self.store.beside(Path(journal))

    @property
    def weights(self) -> Path | None:
        return self.store.root if self.keeps else None

    def __getstate__(self) -> dict[str, Any]:
        raise TypeError("SharedWeights learns from one trial to the next and cannot be copied to other processes: search without `executor` (chapter 13)")


def _recipe(given: Mapping[str, Any]) -> SharedRecipe:
    """How the weights learn, checked."""
    from nastutor.estimators.fit_shared import SharedRecipe

    require("order", given["order"], lambda order: order in (1, 2, "exact"), "1, 2 and 'exact'")
    require("statistics", given["statistics"], lambda kind: kind in ("batch", "running", "recalibrated"), "'batch', 'running' and 'recalibrated'")
    require("xi", given["xi"], lambda xi: xi is None or (is_number(xi) and xi >= 0), "None and numbers from 0")
    device = resolve_device(given["device"])
    precision = resolve_precision(given["amp"], device)
    if precision == "float16":
        raise ValueError(f"`amp` is {given['amp']!r}; allowed are False and 'bfloat16': gradients of mixtures are not scaled")
    recipe = SharedRecipe(
        batch_size=whole("batch_size", given["batch_size"], least=2),
        lr=positive("lr", given["lr"]),
        last_lr=positive("last_lr", given["last_lr"], zero=True),
        horizon=None if given["horizon"] is None else whole("horizon", given["horizon"]),
        momentum=share("momentum", given["momentum"]),
        nesterov=given["nesterov"],
        weight_decay=positive("weight_decay", given["weight_decay"], zero=True),
        clip=None if given["clip"] is None else positive("clip", given["clip"]),
        order=given["order"],
        xi=given["xi"],
        statistics=given["statistics"],
        recalibration=whole("recalibration", given["recalibration"]),
        device=device,
        precision=precision,
        ghosts=whole("ghosts", given["ghosts"]),
        accumulate=whole("accumulate", given["accumulate"]),
    )
    if recipe.batch_size % recipe.ghosts or recipe.batch_size == recipe.ghosts:
        raise ValueError(f"`ghosts` is {recipe.ghosts} and `batch_size` {recipe.batch_size}; allowed are parts of equal size, of 2 images and more")
    if recipe.nesterov and not recipe.momentum:
        raise ValueError("`nesterov` is True and `momentum` 0; allowed is a momentum above 0")
    return recipe


def _space_of(space: Any, macro: dict[str, Any]) -> Any:
    """The space with other settings of its network, and the same decisions."""
    if unknown := [name for name in macro if name not in space.settings]:
        raise TypeError(
            f"`{unknown[0]}` is neither an argument of SharedWeights nor a setting of {type(space).__name__}; those are {', '.join(space.settings)}"
        )
    other = type(space)(**{**space.settings, **macro})
    if other.mixture_sites() != space.mixture_sites():
        raise ValueError(f"`{', '.join(macro)}` of {other!r} gives it other decisions than {space!r}; allowed are settings of the network around them")
    return other


def _longer(chain: str, trial: Trial) -> str:
    """A name for all trials so far, in their order."""
    return blake2b(f"{chain} {trial.key}".encode(), digest_size=16).hexdigest()
