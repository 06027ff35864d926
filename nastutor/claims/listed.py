"""The claims that are tested on tables, by paper."""

from __future__ import annotations

from nastutor.claims import aging, benchmarks
from nastutor.claims.base import Claim

CLAIMS: tuple[Claim, ...] = (
    Claim(
        "ying2019-locality",
        "ying2019",
        "Architectures a few mutations apart have like errors.",
        "Autocorrelation along random walks (a walk of 100 mutations a seed), at each distance up to half the number of decisions: above what errors "
        "shuffled among the networks give (999 shuffles), Holm over the distances, 5 %.",
        "autocorrelation at one mutation",
        benchmarks.locality,
    ),
    Claim(
        "ying2019-evolution",
        "ying2019",
        "Regularised evolution has less regret than random search.",
        "Validation regret after 200 trials (a tenth of the networks if that is less, at least 30), P a tenth of the trials and S a quarter of P, on the means "
        "over runs: Wilcoxon's signed-rank test over paired seeds, one-sided, 5 %.",
        "difference in regret",
        benchmarks.evolution,
    ),
    Claim(
        "ying2019-budgets",
        "ying2019",
        "Errors after a smaller budget rank networks like those after the full one, and the more so the larger it is.",
        "Kendall's tau with the full budget is above 0 for the smallest and rises from each budget to the next: bootstrap over networks (20 samples a seed), "
        "one-sided, Holm over the steps, 5 %.",
        "rise of tau from the smallest to the largest of the smaller budgets",
        benchmarks.budgets,
    ),
    Claim(
        "ying2019-top",
        "ying2019",
        "Among the best networks, where a search must choose, a small budget ranks worse than among all.",
        "Kendall's tau of the smallest budget with the full one, among all less that among the best tenth (at least 10): bootstrap over networks "
        "(20 samples a seed), one-sided, 5 %.",
        "tau among all less that among the best",
        benchmarks.top,
    ),
    Claim(
        "real2019-aging",
        "real2019",
        "Where one evaluation is as noisy as networks differ, removing the oldest finds truly better architectures than removing the worst.",
        "True error of the member of the last population with the best measured error; P = 100, S = 10, 2,000 evaluations (fewer in proportion on tables of "
        "less than 2,000 networks), normal noise of the networks' interquartile range / 1.35: signed-rank test over paired seeds, one-sided, 5 %.",
        "difference in true error, aging less not",
        aging.aging_is_better,
    ),
    Claim(
        "real2019-aging-own-noise",
        "real2019",
        "Where noise is that of single trainings, small beside the spread, the two are equivalent.",
        "As real2019-aging, each evaluation one of the table's runs, drawn: two one-sided signed-rank tests, margin half the standard deviation between "
        "runs of one network, 5 %.",
        "difference in true error, aging less not",
        aging.no_difference,
    ),
    Claim(
        "real2019-aging-reversed",
        "real2019",
        "In a small population that searches for long, removing the oldest forgets too soon: removing the worst is better.",
        "As real2019-aging with P = 20, S = 5 and 4,000 evaluations; the other side of the test, 5 %.",
        "difference in true error, aging less not",
        aging.twin_is_better,
    ),
)


def claim(key: str) -> Claim:
    """The claim with this key."""
    for one in CLAIMS:
        if one.key == key:
            return one
    raise KeyError(f"`key` is {key!r}; known are {', '.join(one.key for one in CLAIMS)}")
