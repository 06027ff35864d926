"""Is one better than another? Tests over seeds, paired or not, corrected where there are several, and with a margin for "not worse"."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np

from nastutor.comparing.intervals import Interval, interval, probability_of_improvement
from nastutor.comparing.scores import FEW, alternative_of, as_blocks, as_pairs, as_samples
from nastutor.inputs import positive, whole
from nastutor.rng import numpy_rng


class Tested(NamedTuple):
    """What a test says of `a` and `b`.

    statistic   of the test
    p           how probable a statistic as far off would be if there were nothing to it
    difference  the mean of a - b: below 0 where `a` is the better, with its 95 % bootstrap interval
    """

    statistic: float
    p: float
    difference: Interval

    def __str__(self) -> str:
        return f"difference {self.difference}, p = {self.p:.3g}"


def wilcoxon(a: Any, b: Any, alternative: str = "two-sided") -> Tested:
    """The signed-rank test of paired seeds (Wilcoxon 1945; Demsar 2006, section 3.1.3); equal pairs are split evenly between the two sides.

    alternative  two-sided | less: `a` is the smaller, so the better | greater

    >>> wilcoxon([0.1, 0.2, 0.1, 0.3, 0.2, 0.1], [0.2, 0.4, 0.4, 0.7, 0.7, 0.7], "less").p
    0.015625
    """
    first, second = as_pairs(a, b)
    statistic, p = _signed_rank(first - second, alternative_of(alternative))
    return Tested(statistic, p, interval(first - second))


def mann_whitney(a: Any, b: Any, alternative: str = "two-sided", *, resamples: int = 2000, seed: int = 0) -> Tested:
    """The rank-sum test of independent seeds (Mann & Whitney 1947): is a seed of one more often below one of the other than the other way round?

    Neither pairs nor equally many are needed: (S,) and (S',). The statistic counts the pairs in which `a` is above `b`, draws by half. Each
    side is resampled on its own for the interval of the difference of their means.

    >>> mann_whitney([0.1, 0.2, 0.1, 0.3, 0.2], [0.2, 0.4, 0.4, 0.7, 0.7, 0.7], "less").statistic
    2.0
    """
    from scipy.stats import mannwhitneyu

    first, second = as_samples("a", a, FEW), as_samples("b", b, FEW)
    found, rng = mannwhitneyu(first, second, alternative=alternative_of(alternative)), numpy_rng(seed, "mann_whitney")
    drawn = [side[rng.integers(len(side), size=(whole("resamples", resamples), len(side)))].mean(axis=1) for side in (first, second)]
    low, high = np.quantile(drawn[0] - drawn[1], (0.025, 0.975))
    return Tested(float(found.statistic), float(found.pvalue), Interval(float(first.mean() - second.mean()), float(low), float(high)))


def permutation(a: Any, b: Any, alternative: str = "two-sided", *, resamples: int = 9999, seed: int = 0) -> Tested:
    """Were the two the same, each pair could as well be the other way round: how often is the mean difference then as far off (Fisher 1935)?

    All 2^S ways are tried where they are not more than `resamples`, else as many are drawn.
    """
    first, second = as_pairs(a, b)
    difference, side = first - second, alternative_of(alternative)
    if 2 ** len(difference) <= whole("resamples", resamples):
        signs = 1.0 - 2 * (np.arange(2 ** len(difference))[:, None] >> np.arange(len(difference)) & 1)  # (2^S, S)
    else:
        signs = numpy_rng(seed, "permutation").choice([-1.0, 1.0], size=(resamples, len(difference)))
        signs[0] = 1  # what was seen is one of the ways
    means, seen = signs @ difference / len(difference), difference.mean()
    slack = 1e-12 * np.abs(difference).max()  # sums in another order differ in the last bit
    further = {"less": means <= seen + slack, "greater": means >= seen - slack, "two-sided": np.abs(means) >= abs(seen) - slack}[side]
    return Tested(float(seen), float(further.mean()), interval(difference))


def not_worse(a: Any, b: Any, margin: float) -> Tested:
    """Non-inferiority: is `a` above `b` by less than `margin`? The signed-rank test of a - b - margin, one-sided.

    State the margin before you look. That a difference is not significant says nothing about it being small; this does.
    """
    first, second = as_pairs(a, b)
    statistic, p = _signed_rank(first - second - positive("margin", margin), "less")
    return Tested(statistic, p, interval(first - second))


def equivalent(a: Any, b: Any, margin: float) -> Tested:
    """Do the two differ by less than `margin` in either direction? Two one-sided tests (Schuirmann 1987); p is the larger of the two."""
    there, back = not_worse(a, b, margin), not_worse(b, a, margin)
    return there if there.p >= back.p else Tested(back.statistic, back.p, there.difference)


def holm(p: Any) -> Any:
    """p values corrected for being several (Holm 1979): with these, the chance of one false alarm or more stays below alpha.

    >>> [round(x, 3) for x in holm([0.01, 0.04, 0.03, 0.005])]
    [0.03, 0.06, 0.06, 0.02]
    """
    if isinstance(p, Mapping):
        return dict(zip(p, holm(list(p.values())), strict=True))
    values = np.asarray(p, dtype=np.float64)
    if values.ndim != 1 or not len(values) or not ((values >= 0) & (values <= 1)).all():
        raise ValueError(f"`p` is {p!r}; allowed is a list of probabilities, or a mapping to them")
    order = np.argsort(values, kind="stable")
    stepped = np.minimum(1, values[order] * np.arange(len(values), 0, -1))
    corrected = np.empty_like(values)
    corrected[order] = np.maximum.accumulate(stepped)  # a larger p never becomes the smaller
    return corrected.tolist()


class Pair(NamedTuple):
    """One row of a comparison.

    difference  mean of a - b over paired seeds; below 0: `a` is the better
    better      probability that a run of `a` ends below one of `b`
    p, holm     of the signed-rank test, alone and corrected for all rows
    """

    a: str
    b: str
    difference: Interval
    better: Interval
    p: float
    holm: float


class Comparison(list[Pair]):
    """The rows of a comparison, which print as a table."""

    def __str__(self) -> str:
        rows = [("", "mean difference", "P(better)", "p", "Holm")]
        rows += [(f"{r.a} - {r.b}", str(r.difference), str(r.better), f"{r.p:.3g}", f"{r.holm:.3g}") for r in self]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)


def compare(scores: Mapping[str, Any], baseline: str | None = None, alternative: str = "two-sided") -> Comparison:
    """Every pair of several, or each against one: difference, probability of being better, Wilcoxon's p, corrected by Holm.

    scores    name -> (S,), the same seeds in the same places
    baseline  a name: the others are compared with it alone, which costs less of the alpha
    """
    names, blocks = as_blocks(scores, FEW)
    if baseline is not None and baseline not in names:
        raise ValueError(f"`baseline` is {baseline!r}; allowed are None and {', '.join(names)}")
    columns = dict(zip(names, blocks.T, strict=True))
    pairs = list(combinations(names, 2)) if baseline is None else [(name, baseline) for name in names if name != baseline]
    tests = [wilcoxon(columns[a], columns[b], alternative) for a, b in pairs]
    chances = [probability_of_improvement(columns[a], columns[b]) for a, b in pairs]
    corrected = holm([test.p for test in tests])
    return Comparison(Pair(a, b, t.difference, c, t.p, h) for (a, b), t, c, h in zip(pairs, tests, chances, corrected, strict=True))


def _signed_rank(difference: np.ndarray, alternative: str) -> tuple[float, float]:
    """Statistic and p; 1 where all pairs are equal."""
    from scipy.stats import wilcoxon as signed_rank

    largest = np.abs(difference).max()
    if not largest:
        return 0.0, 1.0
    exact = np.rint(difference / largest * 1e9)  # differences that are equal but for their last bit are of equal rank
    found = signed_rank(exact, alternative=alternative, zero_method="zsplit")
    return float(found.statistic), float(found.pvalue)
