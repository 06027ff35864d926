"""`Pipeline`: what a pipeline of filters that nobody trains is worth, judged by a linear classifier on what it makes of images."""

from __future__ import annotations

import time
import warnings
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np

from nastutor.estimators.base import Estimator
from nastutor.estimators.filter_bank import filter_bank
from nastutor.estimators.inputs import check_task
from nastutor.estimators.pooling import grid_pool, local_norm, pool, two_sided, warped
from nastutor.inputs import whole
from nastutor.rng import numpy_rng
from nastutor.spaces.vision import VisionPipelineSpace, exit_of
from nastutor.values import Arch, Result, Trial

STEPS = 50  # of Newton's method: where the penalty is tiny, weights grow long after the errors stand
Images = dict[str, np.ndarray]  # (N, C, H, W) by name of the split


class Pipeline(Estimator):
    """A linear support vector machine on the features of a `VisionPipelineSpace` (Bergstra, Yamins & Cox 2013, section 4).

    Filters are drawn from the training images by the seeds that the architecture decides; nothing but the classifier is fitted. A pipeline in
    which an image comes down to nothing, or whose features are not finite, is refused with the decision that asks for too much: in a search
    the trial fails, as in the paper, where about as many as one in two may.

    task      whose images, of one size
    features  how many numbers the classifier reads at the most; an exit has as many filters as fit (paper: 16,000)
    seed      of the filters, beside the seeds that are decided; repeats of a trial have other filters

    The formulas are those of the paper's release but for three slips: it takes the mean off patches where `remove_mean` is 0; a normalisation of
    neighbourhoods of one pixel leaves it no features; one that is not used counts when it says how many filters there may be.

    >>> import nastutor as nt
    >>> space, task = nt.spaces.VisionPipelineSpace(), nt.tasks.digits(train_size=200)
    >>> result = Pipeline(space, task, features=100)(nt.Trial(space.sample(0)))
    >>> sorted(result.metrics)
    ['error', 'features', 'train_error']
    """

    gives = ("error", "train_error", "features")
    unit = paid_in = "pipelines"

    def __init__(self, space: Any, task: Any, *, features: int = 512, seed: int = 0) -> None:
        super().__init__(space)
        if not isinstance(space, VisionPipelineSpace):
            raise TypeError(f"`Pipeline` computes what a VisionPipelineSpace decides; {type(space).__name__} has networks to train (chapter 5)")
        check_task(task)
        if len(task.shape) != 3:
            raise ValueError(f"`task` has images of shape {task.shape}; allowed are (channels, rows, columns)")
        self.task, self.features, self.seed = task, whole("features", features), whole("seed", seed, 0)

    def __call__(self, trial: Trial) -> Result:
        began = time.perf_counter()
        if trial.budget is not None:
            raise ValueError(f"`budget` is {trial.budget}; a Pipeline has none: allowed is None")
        fitted = self._fitted(self.effective(trial), ("train", "valid"))
        errors = {name: fitted.error(name) for name in ("train", "valid")}
        metrics = {"error": errors["valid"], "train_error": errors["train"], "features": float(fitted.size)}
        return Result(metrics, cost=1.0, seconds=time.perf_counter() - began, info={"converged": fitted.converged})

    def final(self, arch: Arch) -> float:
        """The test error of the pipeline, with a classifier fitted to the training images alone."""
        return self._fitted(self.effective(Trial(arch)), ("train", "test")).error("test")

    def _fitted(self, trial: Trial, splits: tuple[str, ...]) -> Classifier:
        plan, rng = self.space.plan(trial.arch), _Generators(self.seed, trial.repeat)
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            made = _standard(plan, self._features(plan, {name: self._raw[name] for name in splits}, rng))
        if not all(np.isfinite(x).all() for x in made.values()):
            raise ValueError(f"the exit {plan['exit']!r} gives features that are not finite: orders of pools far from 1 overflow")
        return Classifier(made, {name: getattr(self.task, name).y for name in splits}, _end(plan, "l2_reg"))

    @cached_property
    def _raw(self) -> Images:
        """The images as they were, scaled so that the training images lie between 0 and 1."""
        mean, std = (np.asarray(given, dtype=np.float32).reshape(-1, 1, 1) for given in (self.task.mean, self.task.std))
        raw = {name: split.x * std + mean for name, split in self.task.splits.items()}
        low, high = raw["train"].min(), raw["train"].max()
        return {name: (x - low) / (high - low or 1.0) for name, x in raw.items()}

    def _features(self, plan: Mapping[str, Any], images: Images, rng: Any) -> Images:
        """(N, features) of each split."""
        x = {name: warped(some, plan["warp_osize"], plan) for name, some in images.items()}
        kind, depth = exit_of(plan["exit"])
        for number in range(depth):
            p = f"l{number}"
            x = self._filtered(plan, p, x, plan[f"{p}fb_nfilters"], f"{p}fb_size", rng)
            x = _pooled(plan, x, f"{p}p_size", f"{p}p_stride", _order(plan, f"{p}p_order", f"{p}p_order_real"))
        leave = {"grid": self._grid, "alpha": self._alpha, "pool": self._pool}[kind]
        return {name: some.reshape(len(some), -1) for name, some in leave(plan, depth, x, rng).items()}

    def _filtered(self, plan: Mapping[str, Any], prefix: str, x: Images, filters: int, size: str, rng: Any) -> Images:
        _check_fits(plan, size, x["train"].shape[-1])
        bank = filter_bank(plan, prefix, x["train"], filters, plan[size], lambda *name: rng(prefix, *name))
        return {name: bank.answers(some) for name, some in x.items()}

    def _grid(self, plan: Mapping[str, Any], depth: int, x: Images, rng: Any) -> Images:
        p = f"l{depth}eg"
        x = self._filtered(plan, p, x, self._filters(plan, 2 * plan[f"{p}_res"] ** 2), f"{p}_fsize", rng)
        order = _order(plan, f"{p}_order", f"{p}_order_real")
        return {name: grid_pool(two_sided(some, plan[f"{p}_alpha"]), plan[f"{p}_res"], order) for name, some in x.items()}

    def _alpha(self, plan: Mapping[str, Any], depth: int, x: Images, rng: Any) -> Images:
        p = f"l{depth}elpa"
        side = _side(x["train"].shape[-1] - plan[f"{p}_fsize"] + 1, plan[f"{p}_lpsize"], plan[f"{p}_stride"])
        x = self._filtered(plan, f"l{depth}el", x, self._filters(plan, 2 * side**2), f"{p}_fsize", rng)
        x = {name: two_sided(some, plan[f"{p}_alpha"]) for name, some in x.items()}
        return _pooled(plan, x, f"{p}_lpsize", f"{p}_stride", _order(plan, f"{p}_order_choice", f"{p}_order_real"))

    def _pool(self, plan: Mapping[str, Any], depth: int, x: Images, rng: Any) -> Images:
        p = f"l{depth}_out_lp"
        side = _side(x["train"].shape[-1] - plan[f"{p}_fsize"] + 1, plan[f"{p}_psize"], plan[f"{p}_stride"])
        left = side - plan[f"{p}_nsize"] + 1 if plan[f"{p}_use_norm"] else side
        x = self._filtered(plan, f"l{depth}elp", x, self._filters(plan, max(left, 0) ** 2), f"{p}_fsize", rng)
        x = _pooled(plan, x, f"{p}_psize", f"{p}_stride", _order(plan, f"{p}_order_choice", f"{p}_order_real"))
        if not plan[f"{p}_use_norm"]:
            return x
        _check_fits(plan, f"{p}_nsize", x["train"].shape[-1])
        how = plan[f"{p}_nsize"], bool(plan[f"{p}_norm_rmean"]), plan[f"{p}_norm_thresh"]
        return {name: local_norm(some, *how) for name, some in x.items()}

    def _filters(self, plan: Mapping[str, Any], numbers: int) -> int:
        """As many filters as give `features` numbers, of so many from each."""
        if not 0 < numbers <= self.features:
            left = f"leaves {numbers} numbers of each filter" if numbers else "leaves nothing of the image"
            raise ValueError(f"decision 'exit' {plan['exit']!r} {left}; allowed are 1 to {self.features}, `features`")
        return self.features // numbers


class Classifier:
    """A linear support vector machine with squared hinge loss, one class against the rest, fitted to the training images.

    features  (N, D) by split      labels  (N,) by split
    l2        weight of the squared length of its weights beside the mean loss
    """

    def __init__(self, features: Images, labels: Mapping[str, np.ndarray], l2: float) -> None:
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.svm import LinearSVC

        self.features, self.labels, self.size = features, labels, features["train"].shape[1]
        self.model = LinearSVC(C=1 / (l2 * len(labels["train"])), dual=False, tol=1e-3, max_iter=STEPS, random_state=0)
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always", ConvergenceWarning)
            self.model.fit(features["train"], labels["train"])
        self.converged = not any(issubclass(one.category, ConvergenceWarning) for one in said)

    def error(self, split: str) -> float:
        """The share of a split's images that it takes for another class."""
        return float((self.model.predict(self.features[split]) != self.labels[split]).mean())


class _Generators:
    """name -> a generator, the same for the same name."""

    def __init__(self, seed: int, repeat: int) -> None:
        self.seed, self.repeat = seed, repeat

    def __call__(self, *name: Any) -> np.random.Generator:
        return numpy_rng(self.seed, "pipeline", self.repeat, *name)


def _standard(plan: Mapping[str, Any], x: Images) -> Images:
    """Each feature with mean 0 and about variance 1 over the training images; rows of about length 1 where that is decided."""
    mean, std = x["train"].mean(axis=0, dtype=np.float64), x["train"].std(axis=0, dtype=np.float64)
    if _end(plan, "remove_std0"):
        std[std == 0] = 1
    scale = np.sqrt(std**2 + _end(plan, "varthresh"))
    made = {name: (some - mean) / scale for name, some in x.items()}
    length = 1e-7 + np.sqrt((made["train"] ** 2).sum(axis=1)).mean() if _end(plan, "divrowl2") else 1.0
    return {name: some / length for name, some in made.items()}


def _end(plan: Mapping[str, Any], name: str) -> Any:
    """A decision between the features and the classifier."""
    return next(value for key, value in plan.items() if key.endswith(f"_{name}"))


def _order(plan: Mapping[str, Any], name: str, real: str) -> float:
    return float(plan[real] if plan[name] == "real" else plan[name])


def _pooled(plan: Mapping[str, Any], x: Images, size: str, stride: str, order: float) -> Images:
    _check_fits(plan, size, x["train"].shape[-1])
    return {name: pool(some, plan[size], plan[stride], order) for name, some in x.items()}


def _check_fits(plan: Mapping[str, Any], name: str, side: int) -> None:
    if plan[name] > side:
        raise ValueError(f"decision {name!r} is {plan[name]}, but the image has come down to {side}x{side}: allowed are 1 to {side}")


def _side(side: int, size: int, stride: int) -> int:
    """Rows that windows of `size` leave of `side`, every `stride`th; 0 where none fits."""
    return -(-max(side - size + 1, 0) // stride)
