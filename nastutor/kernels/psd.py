"""What is to be done with a symmetric matrix of likenesses that is no covariance: one with negative eigenvalues.

A Gaussian process needs a positive semidefinite matrix. Not everything that falls with a distance gives one: exp(-d) does for some
distances, exp(-d^2) for those that are distances between points of a Euclidean space and no others (Schoenberg 1938). Optimal transport
and edit distances are not of that kind, so their kernels are repaired, and it is said how:

clip   negative eigenvalues become 0: the nearest positive semidefinite matrix (Higham 1988, theorem 2.1)
shift  all eigenvalues rise by as much as the least lacks: likenesses stay as they are, and everything counts as noisier
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Back = Callable[[Floats], Floats]
REPAIRS = ("clip", "shift")


def least_eigenvalue(matrix: Floats) -> float:
    """Below 0 where a symmetric matrix is not positive semidefinite.

    >>> round(least_eigenvalue(np.array([[1.0, 2.0], [2.0, 1.0]])), 6)
    -1.0
    """
    return float(np.linalg.eigvalsh(matrix)[0])


def repaired(matrix: Floats, how: str | None) -> tuple[Floats, Back]:
    """The matrix, positive semidefinite, and how derivatives go back through the repair.

    how  None where nothing is to be repaired, "clip", "shift"

    The second of the pair takes dF/d(repaired matrix) to dF/d(matrix) (n, n), both symmetric; so hyper-parameters are found by the gradient
    of what is in use.

    >>> repaired(np.array([[1.0, 2.0], [2.0, 1.0]]), "clip")[0].round(6).tolist()
    [[1.5, 1.5], [1.5, 1.5]]
    >>> repaired(np.array([[1.0, 2.0], [2.0, 1.0]]), "shift")[0].round(6).tolist()
    [[2.0, 2.0], [2.0, 2.0]]
    """
    if how not in (None, *REPAIRS):
        raise ValueError(f"`repair` is {how!r}; allowed are None, {', '.join(map(repr, REPAIRS))} (chapter 5)")
    if how is None:
        return matrix, lambda weights: weights
    values, vectors = np.linalg.eigh(matrix)
    if values[0] >= 0:
        return matrix, lambda weights: weights
    return _clipped(values, vectors) if how == "clip" else _shifted(matrix, values[0], vectors[:, 0])


def _clipped(values: Floats, vectors: Floats) -> tuple[Floats, Back]:
    kept = np.maximum(values, 0)
    gaps = values[:, None] - values
    same = np.abs(gaps) < 1e-12
    slopes = np.where(same, (values > 0)[:, None], (kept[:, None] - kept) / np.where(same, 1, gaps))  # divided differences (Daleckii & Krein 1965)

    def back(weights: Floats) -> Floats:
        return vectors @ (slopes * (vectors.T @ weights @ vectors)) @ vectors.T

    return (vectors * kept) @ vectors.T, back


def _shifted(matrix: Floats, least: float, vector: Floats) -> tuple[Floats, Back]:
    return matrix - least * np.eye(len(matrix)), lambda weights: weights - np.trace(weights) * np.outer(vector, vector)
