"""A random forest that knows how sure it is, and architectures as the numbers that it splits (chapter 5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nastutor.rng import numpy_rng
from nastutor.spaces.coding import Coding
from nastutor.values import Arch

Floats = NDArray[Any]
INACTIVE = -1.0  # below every number that an option has


class Columns:
    """Architectures as rows of numbers: a decision between numbers is one column, their ranks; of any other each option is one, 0 or 1.

    A decision that is not there is -1 in all its columns, so that one split tells it from every option (Hutter et al. 2011 impute a
    default; a reserved value is what SMAC does since).

    sites  decision -> its options
    """

    def __init__(self, sites: Mapping[str, Sequence[Any]]) -> None:
        self.coding = Coding(sites)
        self.blocks = [self._block(options) for options in self.coding.sites.values()]

    @staticmethod
    def _block(options: Sequence[Any]) -> Floats:
        """What stands for each option, (K + 1, columns); the last row is for none."""
        numbers = all(type(option) in (int, float) for option in options)
        block = np.argsort(np.argsort(options))[:, None] if numbers else np.eye(len(options))
        return np.concatenate([block, np.full((1, block.shape[1]), INACTIVE)]).astype(np.float32)

    def of(self, archs: Iterable[Arch]) -> Floats:
        """(n, columns), float32."""
        codes = np.minimum(self.coding.of(archs), self.coding.options)  # the largest number stands for none
        parts = [block[codes[:, place]] for place, block in enumerate(self.blocks)]
        return np.concatenate(parts, axis=1) if parts else np.zeros((len(codes), 1), dtype=np.float32)


class Forest:
    """Regression trees, each on a bootstrap sample; each leaf has a mean and a variance.

    trees     how many (SMAC: 10)
    features  which share of the columns each split looks at (5/6)
    least     how many observations are split at the least
    """

    def __init__(self, trees: int, features: float, least: int, seed: int) -> None:
        self.trees, self.features, self.least, self.seed = trees, features, least, seed
        self.leaves: list[tuple[Any, Floats, Floats]] = []  # of each tree: itself, and of each of its nodes the mean and the variance

    def fit(self, rows: Floats, targets: Floats) -> Forest:
        """On n observations, (n, columns) and (n,)."""
        from sklearn import config_context
        from sklearn.tree import DecisionTreeRegressor

        rng, self.leaves, count = numpy_rng(self.seed, "forest"), [], len(targets)
        with config_context(assume_finite=True, skip_parameter_validation=True):  # half of the time; RandomForestRegressor takes twice as long
            for _ in range(self.trees):
                often = np.bincount(rng.integers(count, size=count), minlength=count).astype(float)  # a bootstrap sample
                tree = DecisionTreeRegressor(max_features=self.features, min_samples_split=self.least, random_state=int(rng.integers(2**31)))
                nodes = tree.fit(rows, targets, sample_weight=often, check_input=False).tree_
                self.leaves.append((nodes, nodes.value[:, 0, 0], np.maximum(0, nodes.impurity)))  # rounding may leave -1e-17
        return self

    def predict(self, rows: Floats) -> tuple[Floats, Floats]:
        """Mean and variance, (m,) each: of the mixture of the leaves, the mean of their variances and the variance of their means.

        The second alone is what Hutter et al. 2011 (section 4.1) take; the first came with Hutter et al. 2014 (section 4.3.2).
        """
        parts = [(means[leaf], variances[leaf]) for tree, means, variances in self.leaves for leaf in (tree.apply(rows),)]
        means, variances = (np.stack(part) for part in zip(*parts, strict=True))  # (trees, m)
        return means.mean(axis=0), variances.mean(axis=0) + means.var(axis=0)
