"""The claims that are tested on tables, by paper."""

from __future__ import annotations

from nastutor.claims import aging, benchmarks
from nastutor.claims.base import Claim
from nastutor.claims.needs import ARCHITECTURES, RUNS, budgets, networks

SEARCHED = networks(2 * benchmarks.FEWEST, f"a search has {benchmarks.FEWEST} trials at least, which must not be most of them")

CLAIMS: tuple[Claim, ...] = (
    Claim(
        "ying2019-locality",
        "ying2019",
        "Architectures a few mutations apart have like errors.",
        "Autocorrelation along random walks (a walk of 100 mutations a seed), at each distance up to half the number of decisions: above what errors "
        "shuffled among the networks give (999 shuffles), Holm over the distances, 5 %.",
        "autocorrelation at one mutation",
        benchmarks.locality,
        (ARCHITECTURES,),
    ),
    Claim(
        "ying2019-evolution",
        "ying2019",
        "Regularised evolution has less regret than random search.",
        "Test regret after 200 trials (a tenth of the networks if that is less, at least 30), P a tenth of the trials and S a quarter of P. Each answer is the "
        "validation error of one run, drawn anew; what it chose is judged by its mean test error over all runs: Wilcoxon's signed-rank test over paired seeds, "
        "one-sided, 5 %. Validation regret, of the mean over runs, is told beside it and decides nothing.",
        "difference in test regret",
        benchmarks.evolution,
        (ARCHITECTURES, RUNS, SEARCHED),
    ),
    Claim(
        "ying2019-budgets",
        "ying2019",
        "Errors after a smaller budget rank networks like those after the full one, and the more so the larger it is.",
        "Kendall's tau with the full budget is above 0 for the smallest and rises from each budget to the next: bootstrap over networks (20 samples a seed), "
        "one-sided, Holm over the steps, 5 %.",
        "rise of tau from the smallest to the largest of the smaller budgets",
        benchmarks.budgets,
        (ARCHITECTURES, budgets(2)),
    ),
    Claim(
        "ying2019-top",
        "ying2019",
        "Among the best networks, where a search must choose, a small budget ranks worse than among all.",
        "Kendall's tau of the smallest budget with the full one, among all less that among the best tenth (at least 10): bootstrap over networks "
        "(20 samples a seed), one-sided, 5 %.",
        "tau among all less that among the best",
        benchmarks.top,
        (ARCHITECTURES, budgets(1), networks(20, "the best ten must not be most of them")),
    ),
    Claim(
        "real2019-aging",
        "real2019",
        "Where one evaluation is as noisy as networks differ, removing the oldest finds truly better architectures than removing the worst.",
        "True error of the member of the last population with the best measured error; P = 100, S = 10, 2,000 evaluations (fewer in proportion on tables of "
        "less than 2,000 networks), normal noise of the networks' interquartile range / 1.35: signed-rank test over paired seeds, one-sided, 5 %.",
        "difference in true error, aging less not",
        aging.aging_is_better,
        (ARCHITECTURES, SEARCHED),
    ),
    Claim(
        "real2019-aging-own-noise",
        "real2019",
        "Where noise is that of single trainings, small beside the spread, the two are equivalent.",
        "As real2019-aging, each evaluation one of the table's runs, drawn: two one-sided signed-rank tests, margin half the standard deviation between "
        "runs of one network, 5 %.",
        "difference in true error, aging less not",
        aging.no_difference,
        (ARCHITECTURES, RUNS, SEARCHED),
    ),
    Claim(
        "real2019-aging-reversed",
        "real2019",
        "In a small population that searches for long, removing the oldest forgets too soon: removing the worst is better.",
        "As real2019-aging with P = 20, S = 5 and 4,000 evaluations; the other side of the test, 5 %.",
        "difference in true error, aging less not",
        aging.twin_is_better,
        (ARCHITECTURES, SEARCHED),
    ),
)


def claim(key: str) -> Claim:
    """The claim with this key."""
    for one in CLAIMS:
        if one.key == key:
            return one
    raise KeyError(f"`key` is {key!r}; known are {', '.join(one.key for one in CLAIMS)}")
