"""Checks of scores: arrays of errors or regrets with a seed in each place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from nastutor.inputs import require

FEW = 5  # with fewer pairs no signed-rank test of two sides can reach 5 %


def as_scores(name: str, values: Any, least: int = 2) -> np.ndarray:
    """float64, seeds first: (S,) or (S, ...); refused where there are fewer than `least` seeds, or one is not a finite number."""
    try:
        scores = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"`{name}` is {str(values)[:80]}; allowed are numbers, one a seed, equally many of each ({error})") from error
    if scores.ndim == 0 or len(scores) < least:
        raise ValueError(f"`{name}` has {scores.size if scores.ndim < 2 else len(scores)} seed(s); allowed are {least} or more (chapter 4)")
    if not np.isfinite(scores).all():
        place = tuple(np.argwhere(~np.isfinite(scores))[0].tolist())
        raise ValueError(f"`{name}` is {scores[place]} at {', '.join(map(str, place))}; allowed are finite numbers: what has failed cannot be compared")
    return scores


def as_samples(name: str, values: Any, least: int = FEW) -> np.ndarray:
    """(S,), one score a seed."""
    scores = as_scores(name, values, least)
    if scores.ndim != 1:
        raise ValueError(f"`{name}` is of shape {scores.shape}; allowed is one score a seed, of shape (S,)")
    return scores


def as_pairs(a: Any, b: Any, least: int = FEW, names: tuple[str, str] = ("a", "b")) -> tuple[np.ndarray, np.ndarray]:
    """Both (S,), the same seeds in the same places."""
    first, second = as_samples(names[0], a, least), as_samples(names[1], b, least)
    if len(first) != len(second):
        raise ValueError(f"`{names[0]}` has {len(first)} seeds and `{names[1]}` {len(second)}; allowed are pairs: both over the same seeds (chapter 4)")
    return first, second


def as_blocks(scores: Any, least: int = 2) -> tuple[list[str], np.ndarray]:
    """Names, and (N, k): a row for each block, a seed on a table, in which all k strategies were tried.

    scores  name -> (S,), or (S, K) over K tables, which gives S * K blocks
    """
    if not isinstance(scores, Mapping) or len(scores) < 2:
        raise ValueError(
            f"`scores` is {type(scores).__name__} of {len(scores) if hasattr(scores, '__len__') else 1}; allowed are two names or more, with scores"
        )
    arrays = {str(name): as_scores(f"scores[{name!r}]", values, least) for name, values in scores.items()}
    shapes = {name: array.shape for name, array in arrays.items()}
    if len(set(shapes.values())) > 1:
        told = ", ".join(f"{name}: {shape}" for name, shape in shapes.items())
        raise ValueError(f"`scores` have the shapes {told}; allowed is one shape: all over the same seeds and tables (chapter 4)")
    return list(arrays), np.stack([array.reshape(-1) for array in arrays.values()], axis=1)


def level_of(level: Any) -> float:
    require("level", level, lambda p: 0 < p < 1, "numbers between 0 and 1, such as 0.95")
    return float(level)


def alpha_of(alpha: Any) -> float:
    require("alpha", alpha, lambda p: 0 < p < 1, "numbers between 0 and 1, such as 0.05")
    return float(alpha)


def alternative_of(alternative: Any) -> str:
    if alternative not in ("two-sided", "less", "greater"):
        raise ValueError(f"`alternative` is {alternative!r}; allowed are 'two-sided', 'less' (`a` is the smaller, so the better) and 'greater'")
    return str(alternative)
