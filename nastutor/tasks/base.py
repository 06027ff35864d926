"""`Task`: images and labels in three parts, as plain arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from nastutor.describe import Described, describe
from nastutor.tasks.augmentation import Augment, augmented

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, eq=False)
class Split:
    """One part of a task; its arrays cannot be written to.

    x  float32 (N, C, H, W) or (N, C)
    y  int64 (N,), from 0
    """

    x: np.ndarray
    y: np.ndarray

    def __post_init__(self) -> None:
        for name, dtype in (("x", np.float32), ("y", np.int64)):
            given = np.asarray(getattr(self, name))
            array = given if given.dtype == dtype and not given.flags.writeable else np.array(given, dtype=dtype, order="C")
            array.flags.writeable = False
            object.__setattr__(self, name, array)

    def __reduce__(self) -> Any:
        return Split, (self.x, self.y)

    def __len__(self) -> int:
        return len(self.y)


class Task(Described):
    """What a network has to learn: `train` to learn from, `valid` to choose by, `test` to look at once, in the end.

    labels   names of the classes, in the order of the numbers in y
    mean     of the raw images by channel, which were subtracted ...
    std      ... and divided by, so that x * std + mean are the raw images
    augment  random changes to each training batch; None: none
    recipe   (function, its arguments) that makes this task again: its fingerprint, and what is pickled in place of the arrays

    >>> task = digits()
    >>> task.shape, task.classes, len(task.train)
    ((1, 8, 8), 10, 1000)
    """

    def __init__(
        self,
        name: str,
        train: Split,
        valid: Split,
        test: Split,
        *,
        labels: tuple[str, ...],
        mean: tuple[float, ...] = (0.0,),
        std: tuple[float, ...] = (1.0,),
        augment: Augment | None = None,
        recipe: tuple[Callable[..., Task], Mapping[str, Any]] | None = None,
    ) -> None:
        self.name, self.train, self.valid, self.test = name, train, valid, test
        self.labels, self.mean, self.std, self.augment, self.recipe = tuple(labels), tuple(mean), tuple(std), augment, recipe
        self.shape: tuple[int, ...] = train.x.shape[1:]
        self.classes = len(self.labels)
        for part, split in self.splits.items():
            _check(part, split, self.shape, self.classes)
        if augment is not None:
            augment.check(self.shape)

    @property
    def splits(self) -> dict[str, Split]:
        return {"train": self.train, "valid": self.valid, "test": self.test}

    @cached_property
    def fingerprint(self) -> str:  # type: ignore[override]
        """How it was made, if that says everything, else a hash of all its images and labels."""
        if self.recipe is None:
            return super().fingerprint
        function, arguments = self.recipe
        return f"{function.__name__}({', '.join(f'{name}={describe(value)}' for name, value in arguments.items())})"

    @property
    def chance(self) -> float:
        """The validation error of always answering with the class that is most frequent in training."""
        frequent = np.bincount(self.train.y, minlength=self.classes).argmax()
        return float((self.valid.y != frequent).mean())

    def augmented(self, x: torch.Tensor, generator: torch.Generator, cutout: int | None = None) -> torch.Tensor:
        """A training batch (B, C, H, W), changed at random as `augment` says; `cutout` takes the place of its own."""
        how = self.augment if cutout is None else replace(self.augment or Augment(), cutout=cutout)
        if how is None:
            return x
        black = [-mean / std for mean, std in zip(self.mean, self.std, strict=True)]
        return augmented(x, generator, how, black)

    def describe(self) -> str:
        """What is in it, in a few lines."""
        lines = [repr(self), f"classes: {', '.join(self.labels)}", f"always answering the most frequent class: {self.chance:.1%} error"]
        for part, split in self.splits.items():
            counts = np.bincount(split.y, minlength=self.classes)
            lines.append(f"{part}: {len(split):,} images, {counts.min():,} to {counts.max():,} of each class")
        return "\n".join([*lines, f"augmentation: {self.augment or 'none'}"])

    def __repr__(self) -> str:
        sizes = " + ".join(f"{len(split):,}" for split in self.splits.values())
        return f"Task({self.name!r}: {sizes} images of {'x'.join(map(str, self.shape))}, {self.classes} classes)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Task) and self.fingerprint == other.fingerprint

    def __hash__(self) -> int:
        return hash(self.fingerprint)

    def __reduce__(self) -> Any:
        if self.recipe is None:
            return super().__reduce__()
        return _again, self.recipe


def _again(function: Callable[..., Task], arguments: Mapping[str, Any]) -> Task:
    return function(**arguments)


def stratified(y: np.ndarray, sizes: tuple[int, ...], rng: np.random.Generator) -> list[np.ndarray]:
    """Rows of y for parts of these sizes, disjoint, at random; each class has its share of each part, to within one image."""
    order = rng.permutation(len(y))
    place = np.empty(len(y))
    for label in np.unique(y):
        rows = order[y[order] == label]
        place[rows] = (np.arange(len(rows)) + rng.random()) / len(rows)  # evenly over [0, 1): any interval holds its share
    order = np.argsort(place, kind="stable")
    return np.split(order, np.cumsum(sizes))[: len(sizes)]


def normalised(parts: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> dict[str, Any]:
    """Splits of raw images, each channel with mean 0 and variance 1 over the training part, and the `mean` and `std` of that."""
    x = parts["train"][0]
    axes = (0, *range(2, x.ndim))
    mean = x.mean(axes, dtype=np.float64, keepdims=True)
    std = np.sqrt(sum(((some - mean) ** 2).sum(axes, keepdims=True) for some in np.array_split(x, -(-len(x) // 1000))) / (x.size / mean.size))
    std[std == 0] = 1  # a channel that is always the same
    splits = {part: Split(_scaled(x, mean, std), y) for part, (x, y) in parts.items()}
    return {**splits, "mean": tuple(mean.ravel().tolist()), "std": tuple(std.ravel().tolist())}


def _scaled(x: np.ndarray, mean: np.ndarray, std: np.ndarray) -> np.ndarray:
    scaled = np.subtract(x, mean, dtype=np.float32)
    scaled /= std.astype(np.float32)
    scaled.flags.writeable = False
    return scaled


def _check(part: str, split: Split, shape: tuple[int, ...], classes: int) -> None:
    x, y = split.x, split.y
    if x.ndim not in (2, 4) or y.shape != x.shape[:1] or not len(y):
        raise ValueError(f"`{part}` has images of shape {x.shape} and labels of {y.shape}; allowed are (N, C, H, W) or (N, C), and (N,), with N from 1")
    if x.shape[1:] != shape:
        raise ValueError(f"`{part}` has images of shape {x.shape[1:]}, those of `train` have {shape}: they must be equal")
    if not np.isfinite(x).all():
        raise ValueError(f"`{part}` holds NaN or infinite values, first in image {int(np.argmin(np.isfinite(x.reshape(len(x), -1)).all(1)))}")
    if y.min() < 0 or y.max() >= classes:
        raise ValueError(f"`{part}` has labels from {y.min()} to {y.max()}; allowed are 0 to {classes - 1}, one for each of the {classes} `labels`")
