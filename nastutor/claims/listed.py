"""The claims that are tested on tables, by paper."""

from __future__ import annotations

from nastutor.claims import aging, alike, bayes, benchmarks, climbing, early, evolving, gradients, joint, reinforcing, searching, shared, written
from nastutor.claims.against_random import SEARCHED
from nastutor.claims.base import Claim
from nastutor.claims.needs import ARCHITECTURES, RUNS, budgets, networks
from nastutor.claims.recorded import RECORDED

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
    *aging.CLAIMS,
    Claim(
        "bergstra2011-tpe",
        "bergstra2011",
        "TPE finds better architectures than random search in equally many trials.",
        "Validation regret of the best after 200 trials (a tenth of the networks if that is less, at least 30), each answer the mean over the table's runs, "
        "TPE as published (`distinct=False`): Wilcoxon's signed-rank test over paired seeds, one-sided, 5 %. Test regret is told beside it and "
        "decides nothing.",
        "difference in validation regret",
        bayes.tpe,
        (ARCHITECTURES, SEARCHED),
    ),
    Claim(
        "hutter2011-smac",
        "hutter2011",
        "SMAC finds better architectures than random search in equally many trials.",
        "As bergstra2011-tpe, SMAC with its defaults, 100 trials (a tenth of the networks if that is less, at least 30), 5 %.",
        "difference in validation regret",
        bayes.smac,
        (ARCHITECTURES, SEARCHED),
    ),
    Claim(
        "hutter2011-intensification",
        "hutter2011",
        "Where one evaluation is as noisy as networks differ, racing over repeats picks truly better incumbents than single runs do, in equally many runs.",
        "True error of what SMAC recommends after 200 runs (a fifth of the networks if that is less, at least 60), with up to 8 runs of an architecture and "
        "with 1; normal noise of the networks' interquartile range / 1.35: signed-rank test over paired seeds, one-sided, 5 %.",
        "difference in true error, raced less not",
        bayes.intensification,
        (ARCHITECTURES, SEARCHED),
    ),
    Claim(
        "kandasamy2018-distance",
        "kandasamy2018",
        "Networks at a small OTMANN distance differ little in error.",
        "100 networks (all, where there are fewer). Spearman's rank correlation, over their pairs, of the normalised distance (weight of structure 0.25) "
        "with the "
        "difference of mean errors, above what errors shuffled among the networks give (999 shuffles), 5 %; its interval by a bootstrap over networks, 20 "
        "samples a seed.",
        "rank correlation over pairs",
        alike.distance,
        (ARCHITECTURES, alike.GRAPHS),
    ),
    Claim(
        "kandasamy2018-ranking",
        "kandasamy2018",
        "A Gaussian process with the OTMANN kernel ranks unseen networks better than one with one-hot codes.",
        "Networks as in kandasamy2018-distance, settings by maximum likelihood. Each network's error as foreseen from all others: Kendall's tau with the mean "
        "error, of one kernel less that of the other, is above 0 by a bootstrap over networks, 20 samples a seed, one-sided, 5 %.",
        "difference in Kendall's tau",
        alike.ranking,
        (ARCHITECTURES, alike.GRAPHS),
    ),
    Claim(
        "jin2018-kernel",
        "jin2018",
        "A Gaussian process with the edit-distance kernel predicts the errors of unseen networks.",
        "As kandasamy2018-ranking, nt.kernels.EditDistance() with its points: tau is above what errors shuffled among the networks give (199 shuffles, fitted "
        "anew), 5 %. That of the number of parameters alone, and of one-hot codes, is told beside it.",
        "Kendall's tau",
        alike.edits,
        (ARCHITECTURES, alike.GRAPHS),
    ),
    Claim(
        "jin2018-search",
        "jin2018",
        "Bayesian optimisation with the edit distance and a tree search of changes finds better architectures than random search.",
        "Validation regret of the best after 100 trials (a tenth of the networks if that is less, at least 30), each answer the mean over the table's runs, "
        "AutoKeras with its defaults: Wilcoxon's signed-rank test over paired seeds, one-sided, 5 %. Test regret is told beside it and decides nothing.",
        "difference in validation regret",
        alike.morphs,
        (ARCHITECTURES, SEARCHED, alike.GRAPHS),
    ),
    *joint.CLAIMS,
    Claim(
        "negrinho2017-bisection",
        "negrinho2017",
        "Tree search with bisection finds better architectures than random search in equally many trials.",
        "Validation regret of the best after 64 trials (a tenth of the networks if that is less, at least 30), each answer the mean over the table's runs, "
        "exploration 0.5 as in the release: Wilcoxon's signed-rank test over paired seeds, one-sided, 5 %. Test regret and "
        "the tree without bisection are told beside it.",
        "difference in validation regret",
        searching.bisection,
        (ARCHITECTURES, SEARCHED),
    ),
    Claim(
        "negrinho2017-ngrams",
        "negrinho2017",
        "Optimisation with a model of n-grams finds better architectures than random search in equally many trials.",
        "As negrinho2017-bisection, one-sided, 5 %, with the release's settings: 50 candidates, epsilon 0.25, n up to 4, n-grams from 3 occurrences, "
        "ridge 1,000.",
        "difference in validation regret",
        searching.ngrams,
        (ARCHITECTURES, SEARCHED),
    ),
    Claim(
        "wistuba2017-uct",
        "wistuba2017",
        "UCT finds better architectures than random search in equally many trials.",
        "As negrinho2017-bisection, one-sided, 5 %, without bisection, 200 trials (a tenth of the networks if that is less, at least 30). The tree with "
        "rewards scaled to "
        "their range is told beside it.",
        "difference in validation regret",
        searching.uct,
        (ARCHITECTURES, SEARCHED),
    ),
    *reinforcing.CLAIMS,
    Claim(
        "elsken2017-selection",
        "elsken2017",
        "Selection among children does better than a chain of random edits of equally many networks.",
        "200 trials (a tenth of the networks if that is less, at least 30), trained afresh, as a table holds no weights: in steps of 8, of which the parent is "
        "one, with one edit a child, against a chain whose every child is the next parent. The error, the mean over runs, of the parent at the end: Wilcoxon's "
        "signed-rank test over paired seeds, one-sided, 5 %. Its test error, the best that either has seen and that of random search are told beside "
        "it.",
        "difference in the error at the end",
        climbing.selection,
        (ARCHITECTURES, SEARCHED),
    ),
    Claim(
        "liu2018b-evolution",
        "liu2018b",
        "Tournaments among a growing population, from which nobody is removed, find better architectures than random search in equally many trials.",
        "Validation regret of the best after 200 trials (a tenth of the networks if that is less, at least 30), of which a tenth are random; each answer the "
        "mean over the table's runs; 5 % of the population compete, as in the paper: Wilcoxon's signed-rank test over paired seeds, one-sided, 5 %. "
        "Test regret and tournaments of half the population are told beside it.",
        "difference in validation regret",
        evolving.tournaments,
        (ARCHITECTURES, SEARCHED),
    ),
    Claim(
        "elsken2019-density",
        "elsken2019",
        "Drawing parents and children where the front is thin covers more than drawing them uniformly.",
        "LEMONADE with its defaults (5 to begin with, 20 children of which 4 are evaluated), error and the logarithm of parameters, trained afresh; 200 "
        "trials (a tenth of the networks if that is less, at least 30), each answer the mean over the table's runs. Hypervolume of the front in the table's "
        "box, by density and uniformly: Wilcoxon's signed-rank test over paired seeds, one-sided, 5 %. How many decades of parameters the front spans "
        "is told beside it.",
        "difference in hypervolume",
        evolving.density,
        (ARCHITECTURES, SEARCHED, evolving.SIZES),
    ),
    Claim(
        "baker2017a-epsilon",
        "baker2017a",
        "As epsilon falls, the networks that Q-learning samples get better.",
        "270 models by a tenth of the paper's schedule, else as published, repeated ones included: the mean error of those sampled at each epsilon falls from "
        "level to level (Page's trend test over seeds) and is lower at the last than at the first (Wilcoxon's signed-rank test, one-sided); both below 5 %.",
        "difference in mean error, at epsilon 0.1 less at 1",
        searching.epsilons,
        (ARCHITECTURES, SEARCHED),
    ),
    Claim(
        "zhong2018b-early",
        "zhong2018b",
        "Corrected for multiply-adds and density, the accuracy of a training that was stopped early ranks networks better.",
        "Early is the smallest budget. mu and rho by least squares on one half of the networks; on the other half Spearman's correlation with the last "
        "accuracy, of the corrected accuracy less of the plain one: 20 halvings a seed, networks of each half drawn with replacement, one-sided, 5 %.",
        "difference in Spearman's correlation",
        early.corrected,
        (ARCHITECTURES, early.CELLS, budgets(1), networks(20, "ten to fit by, ten to judge by")),
    ),
    Claim(
        "liu2019b-mean",
        "liu2019b",
        "The cell that DARTS derives is better than the mean random cell.",
        "100 answers of a supernet, first order, rates 0.05 of alpha and 0.1 of the weights; errors of the ten derived cells in the table against the mean of "
        "all architectures: Wilcoxon's signed-rank test over ten recorded seeds, one-sided, 5 %. Other methods are told beside it and decide nothing.",
        "difference in error, derived less mean",
        gradients.against_the_mean,
        (ARCHITECTURES, gradients.RECORDED),
        recorded=10,
    ),
    Claim(
        "liu2019b-skips",
        "liu2019b",
        "The longer DARTS searches, the more skips has the cell that it derives.",
        "Skips of the cell that would be derived after 10, 20 ... 100 answers: Page's trend test over ten recorded seeds, one-sided, 5 %. How the dominant "
        "eigenvalue of the Hessian in alpha goes is told beside it.",
        "difference in the number of skips, the last look less the first",
        gradients.growing_skips,
        (ARCHITECTURES, gradients.RECORDED),
        recorded=10,
    ),
    Claim(
        "xie2019-gap",
        "xie2019",
        "SNAS loses less than DARTS where its mixture is cut to one architecture, before that is trained again.",
        "Validation error with the shared weights after 100 answers: of the derived cell less that of mixtures as the search draws them (mean of 8), SNAS less "
        "DARTS: Wilcoxon's signed-rank test over ten recorded pairs, one-sided, 5 %.",
        "difference in what the cut adds to the error",
        gradients.smaller_gap,
        (ARCHITECTURES, gradients.RECORDED),
        recorded=10,
    ),
    Claim(
        "cai2019-cost",
        "cai2019",
        "The dearer multiply-adds are, the fewer has the architecture that ProxylessNAS derives.",
        "Prices eta of 0, 0.3, 1 and 3 for the share of the costliest architecture, 100 answers each: Page's trend test of the multiply-adds over eta, ten "
        "recorded seeds, one-sided, 5 %. That the error rises is tested beside it and decides nothing.",
        "difference in multiply-adds, the dearest price less none",
        gradients.falling_cost,
        (ARCHITECTURES, gradients.RECORDED),
        recorded=10,
    ),
    *shared.CLAIMS,
    *RECORDED,
    Claim(
        "zhang2019-epoch",
        "zhang2019",
        "Errors with generated weights rank networks better than one step of training each does at equal time.",
        "A graph hypernetwork (one round forward and backward, 726 steps of 64 images) learns from as many images as one epoch of each network has. Kendall's "
        "tau with the mean test error, over all networks: mean of ten hypernetworks less that of the table's runs after their first epoch; a bootstrap "
        "over networks and over runs, 20 resamples a seed, one-sided, 5 %. Tau of untrained hypernetworks and of the number of parameters are told beside it.",
        "difference in Kendall's tau",
        written.against_an_epoch,
        (ARCHITECTURES, written.RECORDED),
        recorded=10,
    ),
    Claim(
        "zhang2019-graph",
        "zhang2019",
        "Weights that know of the graph rank networks better than weights written for each node alone.",
        "As zhang2019-epoch, one-sided, 5 %, against ten hypernetworks whose nodes send no messages, of the same seeds and steps.",
        "difference in Kendall's tau",
        written.against_nodes,
        (ARCHITECTURES, written.RECORDED),
        recorded=10,
    ),
)


def claim(key: str) -> Claim:
    """The claim with this key."""
    for one in CLAIMS:
        if one.key == key:
            return one
    raise KeyError(f"`key` is {key!r}; known are {', '.join(one.key for one in CLAIMS)}")
