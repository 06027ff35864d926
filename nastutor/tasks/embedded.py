"""`digits`: the images that every chapter can use, without a download."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from nastutor.inputs import is_whole, require
from nastutor.rng import numpy_rng
from nastutor.tasks.base import Task, normalised, stratified

SIZES = (1_000, 397, 400)


def digits(difficulty: float = 0.0, *, train_size: int | None = None, size: int | None = None, copies: int = 1) -> Task:
    """scikit-learn's 1,797 handwritten digits of 8x8 pixels, always split alike: 1,000 to train, 397 to validate, 400 to test.

    The split is random, with each digit's share in each part; images have mean 0 and variance 1 over the training part.

    difficulty  from 0, the plain digits, to 1. Above 0 they lie somewhere on a black canvas (12x12 pixels, above 0.5 16x16), every
                pixel has noise of a standard deviation of 8 * difficulty of the 16 grey levels (cut off at 0 and 16), and only
                1000 * (1 - 0.75 * difficulty) of them are there to train; the changes are the same each time
    train_size  how many training images: the first so many of a fixed order that keeps the classes balanced
    size        of the canvas in pixels, 8 to 32, where `difficulty` is above 0
    copies      how often each validation and test image is there, changed in another way each time, where `difficulty` is above 0: more
                images to judge by, so that less of the difference between two trainings is chance
    """
    require("difficulty", difficulty, lambda share: 0 <= share <= 1, "numbers from 0 to 1")
    count = round(SIZES[0] * (1 - 0.75 * difficulty)) if train_size is None else train_size
    require("train_size", count, lambda n: is_whole(n, 10) and n <= SIZES[0], f"None and whole numbers from 10 to {SIZES[0]}")
    require("size", size, lambda n: n is None or (is_whole(n, 8) and n <= 32 and difficulty > 0), "None, and from a `difficulty` above 0 on 8 to 32")
    require("copies", copies, lambda n: is_whole(n, 1) and (n == 1 or difficulty > 0), "1, and from a `difficulty` above 0 on any whole number above")
    images, labels = _raw()
    rows = dict(zip(("train", "valid", "test"), stratified(labels, SIZES, numpy_rng(0, "digits")), strict=True))
    rows["train"] = rows["train"][stratified(labels[rows["train"]], (count,), numpy_rng(0, "digits", "train_size"))[0]]
    made = {"difficulty": float(difficulty), "train_size": count}
    changed = [images]
    if difficulty:
        canvas = size or (12 if difficulty <= 0.5 else 16)
        changed = [_harder(images, difficulty, canvas, copy) for copy in range(copies)]
        made |= ({"size": size} if size else {}) | ({"copies": copies} if copies > 1 else {})
    parts = {part: (_several(changed[: 1 if part == "train" else copies], chosen), np.tile(labels[chosen], 1 if part == "train" else copies))
             for part, chosen in rows.items()}  # fmt: skip
    name = "digits" if not difficulty else f"digits(difficulty={difficulty:g})"
    return Task(name, **normalised(parts), labels=tuple("0123456789"), recipe=(digits, made))


def _several(changed: list[np.ndarray], chosen: np.ndarray) -> np.ndarray:
    """(copies * rows, 1, H, W)"""
    return np.concatenate([images[chosen][:, None] for images in changed])


@lru_cache(maxsize=1)
def _raw() -> tuple[np.ndarray, np.ndarray]:
    """Images (1797, 8, 8) of whole numbers from 0 to 16, and labels (1797,)."""
    from sklearn.datasets import load_digits

    data = load_digits()
    return data.images, data.target


def _harder(images: np.ndarray, difficulty: float, size: int, copy: int) -> np.ndarray:
    """Whole grey levels again, so that sums over them are exact on any machine."""
    rng = numpy_rng(0, "digits", "difficulty", *([copy] if copy else []))
    tops, lefts = rng.integers(0, size - 8, (2, len(images)), endpoint=True)
    canvas = np.zeros((len(images), size, size))
    for image, top, left, place in zip(images, tops, lefts, canvas, strict=True):
        place[top : top + 8, left : left + 8] = image
    return np.clip(np.rint(canvas + rng.normal(0, 8 * difficulty, canvas.shape)), 0, 16)
