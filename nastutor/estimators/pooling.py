"""What a vision pipeline does with an image before its filters and with their answers after them (Bergstra, Yamins & Cox 2013, section 4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

EPSILON = 1e-4  # in the norm of a neighbourhood, as in the release


def warped(images: np.ndarray, side: int, plan: Mapping[str, Any]) -> np.ndarray:
    """Images (N, C, H, W) as `side` x `side`, by bilinear interpolation; turned, sheared, scaled and moved about their middle where `plan` says so.

    What comes from outside of the image is 0. (The release turns about the first pixel and moves by as much in pixels of the new image.)
    """
    from scipy.ndimage import map_coordinates

    n, channels, height, width = images.shape
    matrix, move = affine(plan)
    grid = np.stack(np.meshgrid(*[(np.arange(side) + 0.5) / side - 0.5] * 2, indexing="ij")).reshape(2, -1)  # new pixels, -0.5 to 0.5
    rows, columns = np.linalg.solve(matrix, grid - move[:, None])
    at = np.stack([(rows + 0.5) * height - 0.5, (columns + 0.5) * width - 0.5]).round(9)  # a border pixel is not outside by rounding
    if "warp_rot" not in plan:
        at = np.clip(at, 0, [[height - 1], [width - 1]])  # a plain resize reads nothing from outside
    flat = [map_coordinates(image, at, order=1, cval=0.0) for image in images.reshape(-1, height, width)]
    return np.stack(flat).reshape(n, channels, side, side).astype(np.float32)


def affine(plan: Mapping[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """Where a point (row, column) of the image goes, by a matrix and a move; without decisions it stays."""
    turn, shear = plan.get("warp_rot", 0.0), plan.get("warp_shear", 0.0)
    scale = np.diag([plan.get("warp_scale_v", 1.0), plan.get("warp_scale_h", 1.0)])
    turned = np.array([[np.cos(turn + shear), np.sin(turn)], [-np.sin(turn + shear), np.cos(turn)]])
    return turned @ scale, np.array([plan.get("warp_trans_v", 0.0), plan.get("warp_trans_h", 0.0)])


def pool(x: np.ndarray, size: int, stride: int, order: float) -> np.ndarray:
    """(N, C, H, W) -> (N, C, R, R): over each window the sum (order 1) or the p-norm (order p) of what is in it."""
    if order == 1:
        return box(x, size)[:, :, ::stride, ::stride]
    return _root(box(np.abs(x) ** order, size)[:, :, ::stride, ::stride], order)


def two_sided(x: np.ndarray, alpha: float) -> np.ndarray:
    """What lies above alpha and what lies below -alpha, as twice as many channels, (N, 2C, H, W)."""
    return np.concatenate([np.maximum(x - alpha, 0), np.maximum(-x - alpha, 0)], axis=1)


def grid_pool(x: np.ndarray, rows: int, order: float) -> np.ndarray:
    """(N, C, H, W) -> (N, C, rows, rows): the p-norm (order 1: the sum) over each field of a grid; the last fields take what is left.

    Values are not negative. A field has round(H / rows) pixels a side, so that in a small image the last ones may be empty: they are 0.
    """
    high, wide = (int(np.round(side / rows)) for side in x.shape[2:])
    power, found = x**order, np.zeros((*x.shape[:2], rows, rows), dtype=x.dtype)
    for row in range(rows):
        for column in range(rows):
            down, right = (slice(k * step, None if k == rows - 1 else (k + 1) * step) for k, step in ((row, high), (column, wide)))
            found[:, :, row, column] = power[:, :, down, right].sum(axis=(2, 3))
    return _root(found, order)


def local_norm(x: np.ndarray, size: int, remove_mean: bool, threshold: float) -> np.ndarray:
    """Each pixel over the norm of its neighbourhood of `size` x `size` in all channels, (N, C, H - size + 1, W - size + 1); below `threshold` it stays.

    The middle of an even neighbourhood is the pixel before it. (In the release a neighbourhood of one pixel leaves nothing over; here it is one.)
    """
    first, high, wide = (size - 1) // 2, x.shape[2] - size + 1, x.shape[3] - size + 1
    middle = x[:, :, first : first + high, first : first + wide]
    total, square, count = (box(part.sum(axis=1, keepdims=True), size) for part in (x, x**2, np.ones_like(x)))
    if remove_mean:
        middle, square = middle - total / count, square - total**2 / count
    norm = EPSILON + np.sqrt(np.maximum(square, 0))
    over: np.ndarray = middle / np.where(norm < threshold + EPSILON, 1.0, norm)
    return over


def box(x: np.ndarray, size: int) -> np.ndarray:
    """Sums over all windows of `size` x `size`, (N, C, H, W) -> (N, C, H - size + 1, W - size + 1)."""
    return np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(2, 3)).sum(axis=(4, 5))


def _root(x: np.ndarray, order: float) -> np.ndarray:
    root: np.ndarray = x if order == 1 else np.maximum(x, 0) ** (1 / order)
    return root
