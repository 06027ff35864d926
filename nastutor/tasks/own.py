"""A user's own data: arrays, or a folder of images."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from nastutor.inputs import is_whole
from nastutor.rng import numpy_rng
from nastutor.tasks.augmentation import Augment
from nastutor.tasks.base import Task, normalised, stratified

Part: TypeAlias = "float | int | tuple[Any, Any]"  # a share, a number of images, or the images and labels themselves
PARTS = ("train", "valid", "test")
IMAGES = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".ppm", ".tif", ".tiff", ".webp")


def from_arrays(x: Any, y: Any, *, valid: Part = 0.2, test: Part = 0.2, seed: int = 0, name: str = "own arrays", augment: Augment | None = None) -> Task:
    """A task of own arrays; each channel is scaled to mean 0 and variance 1 over the training part.

    x      (N, C, H, W), or (N, H, W) for one channel, or (N, C) for no images at all; any numbers
    y      (N,) labels, numbers or texts; classes are numbered in their sorted order
    valid  the validation part: a share of x, a number of images, or a pair (x, y) of its own
    test   the test part, in the same way
    seed   of the split, which gives each class its share in each part

    >>> task = from_arrays(images, labels, valid=0.1, test=(test_images, test_labels))
    """
    given = {"train": (x, y), "valid": valid, "test": test}
    pairs = {part: _pair(part, *value) for part, value in given.items() if isinstance(value, tuple)}
    sizes = {part: _size(part, value, len(pairs["train"][1])) for part, value in given.items() if not isinstance(value, tuple)}
    labels = np.unique(np.concatenate([own for _, own in pairs.values()]))
    if missing := sorted(set(labels.tolist()) - set(pairs["train"][1].tolist())):
        raise ValueError(f"`y` lacks the label {missing[0]!r}, which `valid` or `test` has; allowed are labels that can be learnt from training images")
    pairs = {part: (images, np.searchsorted(labels, own)) for part, (images, own) in pairs.items()}
    parts = _split(pairs, sizes, seed)
    return Task(name, **normalised(parts), labels=tuple(map(str, labels.tolist())), augment=augment)


def from_folder(
    path: str | Path,
    *,
    size: int | tuple[int, int] = 32,
    grey: bool = False,
    valid: float | int = 0.2,
    test: float | int = 0.2,
    seed: int = 0,
    augment: Augment | None = None,
) -> Task:
    """A task of a folder of images, with a sub-folder for each class: `path/cat/1.png`, or `path/train/cat/1.png`, `path/valid/...`, `path/test/...`.

    size   to which the images are brought: one number, or (height, width)
    grey   one channel in place of three
    valid  the share or number of training images taken to validate where there is no folder `valid`; `test` likewise
    """
    path = Path(path)
    if not path.is_dir():
        raise ValueError(f"`path` is {str(path)!r}, which is no folder; allowed is a folder with a sub-folder of images for each class")
    height, width = size if isinstance(size, tuple) else (size, size)
    if not all(is_whole(side, 1) for side in (height, width)):
        raise ValueError(f"`size` is {size!r}; allowed are a whole number of pixels from 1 and (height, width)")
    folders = {part: path / part for part in PARTS if (path / part).is_dir()} if (path / "train").is_dir() else {"train": path}
    read = {part: _read(folder, (height, width), grey) for part, folder in folders.items()}
    x, y = read.pop("train")
    shares: dict[str, Any] = {"valid": valid, "test": test}
    return from_arrays(x, y, **{**shares, **read}, seed=seed, name=path.resolve().name, augment=augment)


def _pair(part: str, x: Any, y: Any) -> tuple[np.ndarray, np.ndarray]:
    where = "" if part == "train" else f" of `{part}`"
    x, y = np.asarray(x), np.asarray(y)
    if x.dtype.kind not in "buif":
        raise ValueError(f"`x`{where} holds {x.dtype}; allowed are numbers")
    if y.ndim != 1 or y.dtype.kind not in "buiUS":
        raise ValueError(f"`y`{where} has shape {y.shape} and type {y.dtype}; allowed is (N,), whole numbers or texts")
    if x.ndim == 3:
        x = x[:, None]
    if x.ndim not in (2, 4) or len(x) != len(y) or not len(y):
        raise ValueError(f"`x`{where} has shape {x.shape} and `y` {y.shape}; allowed are (N, C, H, W), (N, H, W) or (N, C), and (N,), with the same N from 1")
    if x.ndim == 4 and x.shape[3] in (1, 3) and x.shape[1] not in (1, 3):
        raise ValueError(f"`x`{where} has shape {x.shape}, channels last; allowed is (N, C, H, W): `x.transpose(0, 3, 1, 2)`")
    if not np.isfinite(x).all():
        raise ValueError(f"`x`{where} holds NaN or infinite values, first in image {int(np.argmin(np.isfinite(x.reshape(len(x), -1)).all(1)))}")
    return x, y


def _size(part: str, value: Any, total: int) -> int:
    if isinstance(value, float) and 0 < value < 1:
        value = max(1, round(value * total))
    if not is_whole(value, 1) or value >= total:
        raise ValueError(f"`{part}` is {value!r}; allowed are a share between 0 and 1, a number of images from 1 to {total - 1}, and a pair (x, y)")
    return value


def _split(pairs: Mapping[str, tuple[np.ndarray, np.ndarray]], sizes: Mapping[str, int], seed: int) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Takes what has no images of its own out of the training images."""
    if not sizes:
        return dict(pairs)
    x, y = pairs["train"]
    left = len(y) - sum(sizes.values())
    if left < 1:
        raise ValueError(f"`valid` and `test` take {sum(sizes.values())} of {len(y)} images: nothing is left to train")
    rows = stratified(y, (left, *sizes.values()), numpy_rng(seed, "split"))
    taken = {part: (x[some], y[some]) for part, some in zip(("train", *sizes), rows, strict=True)}
    if absent := set(y.tolist()) - set(taken["train"][1].tolist()):
        raise ValueError(f"`y` has so few images of class number {min(absent)} that none is left to train")
    return {part: taken.get(part) or pairs[part] for part in PARTS}


def _read(folder: Path, size: tuple[int, int], grey: bool) -> tuple[np.ndarray, np.ndarray]:
    """All images uint8 (N, C, H, W) and the names of their folders (N,), both in the order of the names."""
    classes = sorted(part for part in folder.iterdir() if part.is_dir() and not part.name.startswith("."))
    files = [file for part in classes for file in sorted(part.iterdir()) if file.suffix.lower() in IMAGES and not file.name.startswith(".")]
    empty = [part.name for part in classes if not any(file.parent == part for file in files)]
    if not classes or empty:
        found = f"no images in {empty[0]!r}" if empty else "no sub-folders"
        raise ValueError(f"`path`: {str(folder)!r} has {found}; allowed is a sub-folder for each class with images ({', '.join(IMAGES)})")
    return np.stack([_image(file, size, grey) for file in files]), np.array([file.parent.name for file in files])


def _image(file: Path, size: tuple[int, int], grey: bool) -> np.ndarray:  # uint8 (C, H, W)
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(file) as image:
            pixels = np.asarray(image.convert("L" if grey else "RGB").resize(size[::-1], Image.Resampling.BILINEAR))
    except (UnidentifiedImageError, OSError, ValueError) as error:
        raise ValueError(f"`path`: {str(file)!r} cannot be read as an image: {error}") from error
    return pixels[None] if grey else pixels.transpose(2, 0, 1)
