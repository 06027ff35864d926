"""Filters that are drawn, not learned, and what they answer to the patches of images (Bergstra, Yamins & Cox 2013, section 4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

PATCHES = 5000  # from which the whitening is estimated (paper: 50,000, of larger images)
ROOM = 1 << 24  # numbers in the patches of one batch of images


class Contrast(NamedTuple):
    """How a patch p is normalised: c / sqrt(|c|^2 + beta), or c / sqrt(max(|c|^2, beta)) where `hard`; c is p, or p less its mean where `remove_mean`."""

    remove_mean: bool
    beta: float
    hard: bool

    def normalised(self, patches: np.ndarray) -> np.ndarray:
        """Patches (..., D) -> (..., D)."""
        centred = patches - patches.mean(axis=-1, keepdims=True) if self.remove_mean else patches
        square = np.einsum("...d,...d->...", centred, centred)[..., None]
        scaled: np.ndarray = centred / np.sqrt(np.maximum(square, self.beta) if self.hard else square + self.beta)
        return scaled


class FilterBank(NamedTuple):
    """F filters of `size` x `size` pixels on C channels: what is taken off a normalised patch, (D,), and the weights of the rest, (F, D), D = C * size^2."""

    size: int
    contrast: Contrast
    shift: np.ndarray
    weights: np.ndarray

    def answers(self, images: np.ndarray) -> np.ndarray:
        """Images (N, C, H, W) -> answers (N, F, H - size + 1, W - size + 1)."""
        _, channels, height, width = images.shape
        rows, columns = height - self.size + 1, width - self.size + 1
        each = max(1, ROOM // (channels * self.size**2 * rows * columns))
        return np.concatenate([self._answers(images[start : start + each]) for start in range(0, len(images), each)])

    def _answers(self, images: np.ndarray) -> np.ndarray:
        normal = self.contrast.normalised(patches_of(images, self.size))  # (N, rows, columns, D)
        answers = (normal - self.shift) @ self.weights.T
        return np.ascontiguousarray(answers.transpose(0, 3, 1, 2))


def patches_of(images: np.ndarray, size: int) -> np.ndarray:
    """All patches of images (N, C, H, W), as vectors: (N, H - size + 1, W - size + 1, C * size^2)."""
    windows = np.lib.stride_tricks.sliding_window_view(images, (size, size), axis=(2, 3))  # (N, C, rows, columns, size, size)
    n, _, rows, columns = windows.shape[:4]
    return windows.transpose(0, 2, 3, 1, 4, 5).reshape(n, rows, columns, -1)


def random_patches(images: np.ndarray, size: int, count: int, rng: np.random.Generator) -> np.ndarray:
    """`count` patches from anywhere, (count, C * size^2)."""
    which = rng.integers(len(images), size=count)
    top, left = (rng.integers(side - size + 1, size=count) for side in images.shape[2:])
    windows = np.lib.stride_tricks.sliding_window_view(images, (size, size), axis=(2, 3))
    return windows[which, :, top, left].reshape(count, -1)


def whitening(normal: np.ndarray, gamma: float) -> tuple[np.ndarray, np.ndarray]:
    """The mean (D,) of normalised patches, and the matrix (D, D) after which they are uncorrelated: V (L + gamma)^-1/2 V^T of their covariance V L V^T."""
    mean = normal.mean(axis=0, dtype=np.float64)
    off = normal - mean
    values, vectors = np.linalg.eigh(off.T @ off / (len(normal) - 1))
    return mean, (vectors / np.sqrt(np.maximum(values, 0) + gamma)) @ vectors.T


def filter_bank(plan: Mapping[str, Any], prefix: str, images: np.ndarray, filters: int, size: int, rng: Any) -> FilterBank:
    """The bank that a pipeline's decisions `<prefix>_fbncc_...` say, for images that look like these.

    plan  the decisions by name: how patches are normalised; random filters, random ones on whitened patches, or whitened patches themselves
    rng   name, seed -> a generator
    """
    decided = {name.removeprefix(f"{prefix}_fbncc_"): value for name, value in plan.items() if name.startswith(f"{prefix}_fbncc_")}
    contrast = Contrast(bool(decided["remove_mean"]), decided["beta"], bool(decided["hard"]))
    depth = images.shape[1] * size**2
    if decided["algo"] == "random":
        weights = rng("filters", decided["r_rseed"]).uniform(size=(filters, depth))
        if decided["r_normalize"]:
            weights = _unit(weights - weights.mean(axis=1, keepdims=True))
        return _bank(size, contrast, np.zeros(depth), weights)
    normal = contrast.normalised(random_patches(images, size, PATCHES, rng("patches", decided["patch_rseed"])))
    kind = "wr" if decided["algo"] == "random_whitened" else "wp"
    mean, white = whitening(normal, decided[f"{kind}_gamma"])
    drawn = rng("filters", decided[f"{kind}_rseed"])
    rows = _unit(drawn.normal(size=(filters, depth)) if kind == "wr" else (normal[drawn.integers(len(normal), size=filters)] - mean) @ white)
    return _bank(size, contrast, mean, rows @ white)


def _bank(size: int, contrast: Contrast, shift: np.ndarray, weights: np.ndarray) -> FilterBank:
    return FilterBank(size, contrast, shift.astype(np.float32), weights.astype(np.float32))


def _unit(rows: np.ndarray) -> np.ndarray:
    """Each row with length 1; one without length stays."""
    unit: np.ndarray = rows / (np.sqrt((rows**2).sum(axis=1, keepdims=True)) + 1e-20)
    return unit
