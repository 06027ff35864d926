"""What a fair comparison of searches needs (chapters 4 and 19): curves over paired seeds, their bootstrap bands, tests, ranks, what a table is like,
and how well cheap scores rank (chapter 13).

Scores are errors or regrets: smaller is better, one number a seed, and the same place is the same seed everywhere.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "agreement": ["RankCorrelation", "Spread", "between_budgets", "between_seeds", "rank_agreement", "rank_correlation", "spread", "spread_of"],
        "curves": ["Curves", "anytime", "regret", "test_regret"],
        "intervals": ["Interval", "interval", "iqm", "measure", "probability_of_improvement"],
        "landscape": ["FitnessDistance", "Locality", "autocorrelation", "correlation_length", "fitness_distance", "locality", "random_walk"],
        "pairs": ["Comparison", "Pair", "Tested", "compare", "equivalent", "holm", "mann_whitney", "not_worse", "permutation", "wilcoxon"],
        "proxies": ["Ranked", "Ranking", "partial_correlation", "ranking", "surpassing"],
        "phases": ["SearchPhase", "search_phase"],
        "ranks": ["Friedman", "Nemenyi", "critical_difference", "friedman", "groups", "mean_ranks", "nemenyi"],
    },
)
