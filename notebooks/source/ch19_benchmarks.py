# %% [markdown]
# # Chapter 19 · Benchmarks
#
# *You will compare strategies over fifty seeds in seconds, know how far each is from the best there is, say how sure you are, and see through a table's own limits.*
#
# {{badges}}
#
# {{map}}
#
# Papers: Ying, Klein, Real, Christiansen, Murphy, Hutter, [NAS-Bench-101](https://arxiv.org/abs/1902.09635), ICML 2019 · Klein, Christiansen, Murphy, Hutter, [Towards reproducible neural architecture and hyperparameter search](https://openreview.net/forum?id=rJeMCSnml7), 2018 · Dong, Yang, [NAS-Bench-201](https://arxiv.org/abs/2001.00326), ICLR 2020 · Zela, Siems, Zimmer, Lukasik, Keuper, Hutter, [Surrogate NAS benchmarks](https://arxiv.org/abs/2008.09777), ICLR 2022 · Demšar, [Statistical comparisons of classifiers](https://www.jmlr.org/papers/v7/demsar06a.html), JMLR 2006 · Agarwal, Schwarzer, Castro, Courville, Bellemare, [Deep RL at the edge of the statistical precipice](https://arxiv.org/abs/2108.13264), NeurIPS 2021.
#
# {{time}}

# %% [markdown]
# ## 1 You will be able to
#
# - **measure** what a search is worth by its regret (check `ch19.regret`), and **recognise** the winner's curse in what it reports (check `ch19.optimism`);
# - **say** how sure a mean is, by a bootstrap that you write (check `ch19.bootstrap`);
# - **compare** several strategies at once by ranks and a critical difference (check `ch19.critical_difference`);
# - **simulate** a cluster of any size from recorded training times (check `ch19.cluster`);
# - **decide** whether two graphs are one architecture (checks `ch19.prune`, `ch19.isomorphic`).
#
# **You need** chapters 0 and 4. Three questions to recall them:
#
# <details><summary>Why does one run of each strategy decide nothing?</summary>Both are lucky or unlucky. Without the spread between seeds, a difference has no size.</details>
# <details><summary>What does Wilcoxon's signed-rank test look at?</summary>Paired differences: seed 0 of one strategy against seed 0 of the other, and so on; it ranks their sizes.</details>
# <details><summary>Which error steers a search, and which one is reported?</summary>Validation error steers. The test error of the one architecture that was chosen is measured once, in the end.</details>

# %% [markdown]
# ## 2 Set-up

# %% tags=["setup"]
# {{setup}}

# %% [markdown]
# ## 3 The question
#
# Is evolution better than random search? Let us simply try it, with real training: five networks each.

# %%
import numpy as np

TABLE, TRIALS = "digits-cells", 200
BUDGETS = "digits-cells"  # the table whose budgets are compared in section 5
table = nt.estimators.Table(TABLE)  # it answers with the mean over all trainings of a network
space, archs = table.space, table.archs
recipe = table.meta["settings"]["train"]  # what is not a default
train = nt.estimators.Train(space, table.task, epochs=nt.scale(smoke=1, cpu=table.trained[-1]), seed=100, **recipe)
for Strategy in (nt.RandomSearch, nt.RegularizedEvolution):
    found = nt.search(Strategy(space, seed=0), train, trials=nt.scale(smoke=2, cpu=5), progress=False)
    print(f"{Strategy.__name__:22s} {found.best()}")

# %% [markdown]
# Two numbers decide nothing: chapter 4 asks for many paired seeds. And even then, how far is the better one from the *best* network, which nobody knows? The next cell adds up recorded training times.

# %% tags=["nbval-check-output"]
firsts = np.unique(table.network, return_index=True)[1]  # one architecture of each different network
firsts = firsts[np.isfinite(table.column()[firsts])]  # without those that have diverged
seconds = table.column("seconds")  # of one training of each architecture
all_of_them = seconds[firsts].sum() * table.runs / 3600
print(f"the space: {len(archs):,} architectures, {table.networks:,} different networks")
print(f"training each of them {table.runs} times: {all_of_them:.2f} hours, once for all")
one_question = 4 * 50 * TRIALS * seconds.mean() / 3600
print(f"4 strategies, 50 seeds, {TRIALS} trials: {one_question:.1f} hours, for each new question")

# %% [markdown]
# These are tiny images. On CIFAR-10 hours become years of GPU time, so for long nobody could repeat anybody's experiment. The way out: **train everything once, and write it down.** Such a *tabular benchmark* answers a trial by a look-up, so that an experiment costs seconds, everybody sees the same numbers, and the optimum is known. What does one have to know to use it honestly?

# %% [markdown]
# ## 4 Quick facts
#
# | | architectures | trained | what is stored |
# |---|---|---|---|
# | FCNet (Klein 2018) | 62,208 settings of a two-layer network, 4 data sets | 4 times, 100 epochs | curves, times |
# | NAS-Bench-101 (Ying 2019) | 423,624 graphs of ≤ 7 vertices, CIFAR-10 | 3 times, for 4, 12, 36 and 108 epochs each | errors half-way and at the end, times |
# | NAS-Bench-201 (Dong 2020) | 15,625 cells, 3 data sets | up to 3 times, 200 epochs | curves, times |
# | NAS-Bench-301 (Zela 2022) | the space of DARTS, about $10^{18}$ | some 60,000 of them | a *model* of the error: a surrogate |
#
# Ours are smaller cousins. Those that come with the package, read from their files:

# %%
from nastutor.data import folder
from nastutor.exercises.facts import Facts


def facts(t):
    counts = [f"{n:,}" for n in (len(t.archs), t.networks, t.runs)]
    return t.path.stem, type(t.space).__name__, *counts, ", ".join(map(str, t.trained)), t.task.fingerprint


head = ("table", "space", "architectures", "networks", "trainings of each", "epochs", "images")
Facts(head, tuple(facts(nt.estimators.Table(path.stem)) for path in sorted(folder().glob("digits-*.npz"))))

# %% [markdown]
# **How they were made.** On plain digits all networks are nearly equally good: differences would drown in the noise between two trainings. So the images are made harder (fewer, shifted, noisy) until the spread between architectures is several times that noise; `data/README.md` lists what was tried. Every network is trained with one recipe from several seeds. Architectures that are the *same network* share a row. For large tables many networks are trained at once, by batching them (`nt.estimators.Population`): the same results in distribution, in less time. `python -m nastutor tables make` repeats all of it, `tables check` trains random rows again and compares.

# %% [markdown]
# ## 5 The idea in a picture
#
# A table can be asked what no search can ask: how far do its own numbers agree? Each dot is a network. Left: one training of it against another. Right: its rank after few epochs against its rank after all. Follow the triangles, the ten best.

# %%
from IPython.display import HTML, display


def small(picture, *arguments):
    return nt.plot.figure_html(picture(*arguments, ax=nt.plot.new_axes(4.6, 4.2)))


by_budget = nt.estimators.Table(BUDGETS)
HTML(f'<div style="display: flex">{small(nt.plot.seeds, table)}{small(nt.plot.budgets, by_budget)}</div>')

# %% [markdown]
# With a running kernel, choose another budget: from which one on would you trust the ranking? Below, the same in numbers, over all networks and over the best tenth, where a search lives.

# %%
from ipywidgets import interact

everywhere, at_the_top = nt.comparing.between_budgets(by_budget), nt.comparing.between_budgets(by_budget, top=0.1)
interact(lambda epochs: display(HTML(small(nt.plot.budgets, by_budget, epochs))), epochs=list(everywhere));

# %% tags=["nbval-check-output"]
for epochs, agreement in everywhere.items():
    line = f"Kendall's tau {agreement.kendall:5.2f} over {agreement.n:,} networks"
    print(f"{epochs:2d} epochs: {line}, {at_the_top[epochs].kendall:5.2f} over the best {at_the_top[epochs].n:,}")

# %% [markdown]
# Here are two limits of every table. **Noise**: who ranks by one training ranks no better than the left cloud; the ten best of one run are not the ten best of another. **Budget**: a short training is a cheap opinion. If it is read off a long one's curve half-way, it is also a *different* training: its learning rate has not come down yet. NAS-Bench-101 therefore trains each budget separately, and so will our table of graphs, which is still in training.
#
# A table also answers *you*. In the designer below, click on an edge, choose an operation, and see error and rank; evolution has as many trials as you take.

# %%
nt.widgets.Designer(table, rival="evolution")

# %% [markdown]
# ## 6 From equations to code
#
# | symbol | meaning | in the code |
# |---|---|---|
# | $\hat e_i$ | what the search was told about trial $i$: one noisy training | `noisy[run](trial).error` |
# | $e(a)$ | the truth, as far as the table knows it: the mean over all trainings | `table(trial).error` |
# | $e^* = \min_a e(a)$ | the optimum | `table.best().error` |
# | $r_t = e(a_{i^*}) - e^*,\ i^* = \arg\min_{i \le t} \hat e_i$ | regret after trial $t$ | `nt.comparing.regret` |
# | $\bar x^{(1)} \dots \bar x^{(B)}$ | means of $B$ resamples | `nt.comparing.interval` |
# | $R_k,\ \mathrm{CD} = q \sqrt{k(k+1) / 6N}$ | mean ranks of $k$ strategies over $N$ seeds; how far apart they must be | `nt.comparing.nemenyi` |
#
# Two columns have two tasks: $\hat e$ *chooses*, $e$ *judges*. So the regret is never negative, and it may rise: a lucky training can displace a better network.
#
# **By hand.** A search is told 0.30, 0.20, 0.25, 0.10; the truth is 0.28, 0.21, 0.15, 0.24, the optimum 0.12. It holds trials 1, 2, 2, 4, with regrets 0.16, 0.09, 0.09, 0.12. The third network was the best of the four, and it never noticed. **Ranks**: four strategies over fourteen seeds have CD = 2.569 √(20/84) = 1.25; $q$ is a constant (2.569 for four strategies at a level of 5 %). **Holm**: of the p-values 0.005, 0.01, 0.03, 0.04 the smallest is multiplied by 4, the next by 3, then 2, then 1, and none may become smaller than the one before: 0.02, 0.03, 0.06, 0.06.

# %% tags=["nbval-check-output"]
from nastutor.exercises import ch19

by_hand = ch19.regret([0.30, 0.20, 0.25, 0.10], [0.28, 0.21, 0.15, 0.24], 0.12)
assert np.allclose(by_hand, [0.16, 0.09, 0.09, 0.12])
print("regret", [round(r, 2) for r in by_hand])
print("critical difference", round(nt.comparing.critical_difference(strategies=4, blocks=14), 2))
print("Holm", [round(p, 3) for p in nt.comparing.holm([0.005, 0.01, 0.03, 0.04])])

# %% [markdown]
# ## 7 Build it
#
# **Step 1 (5 minutes).** Regret. `told[i]` is what the search was told about trial $i$, `truth[i]` what that architecture is worth.

# %%
def regret(told, truth, optimum):
    """-> after each trial: the truth about the one with the smallest `told` so far (of equal ones the first), minus `optimum`."""
    ...


step1 = nt.check("ch19.regret", regret)


# %% [markdown]
# **Step 2 (10 minutes).** How sure is a mean over seeds? Chapter 4 used Student's t. The bootstrap needs no formula: draw as many seeds as there are, *with replacement*, take their mean, repeat; the middle 95 % of these means make the interval.

# %%
def bootstrap(values, resamples, rng):
    """Draw with rng.choices(values, k=len(values)), `resamples` times, and sort the means.

    -> (low, high): the smallest and the largest mean that are left when resamples // 40 of them are cut off at each end.
    """
    ...


step2 = nt.check("ch19.bootstrap", bootstrap)


# %% [markdown]
# **Step 3 (15 minutes).** A cluster. Trials wait in a queue; a worker that is idle takes the next one. A heap of the times at which workers become idle is all you need (`heapq`).

# %%
def cluster(seconds, workers):
    """seconds[i]: how long trial i takes -> [(when it finishes, i), ...], sorted by when, then by i."""
    ...


step3 = nt.check("ch19.cluster", cluster)


# %% [markdown]
# **Step 4 (15 minutes).** Several strategies at once. Rank them within each seed (1 is the smallest error, equal ones share the mean of their ranks), and average over the seeds.

# %%
def critical_difference(errors, q):
    """errors[n][k]: of strategy k with seed n -> (mean rank of each strategy, q * sqrt(k (k + 1) / (6 n)))."""
    ...


step4 = nt.check("ch19.critical_difference", critical_difference)

# %% [markdown]
# The library must agree, on the same seeds. Where one of yours is still a stub, the reference solution stands in for it (`nt.source("ch19.cluster")` shows it; look only after you have tried).

# %% tags=["nbval-check-output"]
steps = ((regret, step1), (bootstrap, step2), (cluster, step3), (critical_difference, step4))
regret, bootstrap, cluster, critical_difference = (f if passed else getattr(ch19, f.__name__) for f, passed in steps)
noisy = [nt.estimators.Table(TABLE, seed=run) for run in range(table.runs)]  # each answers with one training
alone = nt.search(nt.RandomSearch(space, seed=0), noisy[0], trials=30)
told, truth = [record.error for record in alone], table.column()[table.rows(record.trial.arch for record in alone)]
assert np.allclose(regret(told, truth, table.best().error), nt.comparing.regret(alone, table)[0])

on_four = nt.search(nt.RandomSearch(space, seed=0), noisy[0], trials=30, executor=nt.simulate(workers=4))
finished = cluster([record.result.seconds for record in alone], 4)
assert np.allclose([time for time, _ in finished], [record.finished for record in on_four])
print("regret and cluster agree with the library")

# %% tags=["nbval-check-output"]
from random import Random

library = nt.comparing.interval(told)  # other draws, so the same only nearly
assert np.allclose(
    bootstrap(told, 2000, Random(0)), (library.low, library.high), atol=0.1 * (library.high - library.low)
)
made_up = np.random.default_rng(0).integers(0, 9, (20, 4)) / 10  # 20 seeds, 4 strategies
ranks, difference = critical_difference(made_up.tolist(), 2.569)
library = nt.comparing.nemenyi(dict(zip("abcd", made_up.T)))
assert np.allclose(ranks, list(library.ranks.values())) and abs(difference - library.critical) < 1e-3
print("bootstrap and critical difference agree with the library")

# %% [markdown]
# In the library's cluster your heap holds answers. A trial is looked up at once; its answer waits there for the moment at which a real cluster would have it. `nt.search` stays as it is and reads this clock.

# %%
from nastutor.simulation import Simulation

nt.source(Simulation.submit, docstring=False)

# %% [markdown]
# ## 8 Run it
#
# First, how a table comes to be: random networks of the space, trained live by its recipe, with a new seed. Each finished trial could be one more entry.

# %% tags=["board"]
board = nt.widgets.Board(nt.RandomSearch(space, seed=7), train, trials=nt.scale(smoke=2, cpu=8))
history = board.run()

# %% tags=["after-board"]
print(f"history so far: {len(history)} trials, {history.cost:.0f} epochs of training")
chance = 2 / (table.runs + 1)
for record in history:
    lows = [answers(nt.Trial(record.trial.arch)).error for answers in noisy]
    inside = "inside" if min(lows) <= record.error <= max(lows) else "outside"
    print(f"live {record.error:.3f}, in the table from {min(lows):.3f} to {max(lows):.3f}: {inside}")
print(f"if live training is one more run like the others, it falls outside in {chance:.0%} of the cases")

# %% [markdown]
# The last line is a small theorem: of $R + 1$ equally likely numbers, a given one is the smallest or the largest with probability $2 / (R + 1)$. Anybody can test anybody's table so. (At smoke scale the live networks train for one epoch only, and are outside.)
#
# Now the protocol of NAS-Bench-101 and of Klein et al.: many seeds, one noisy training for each answer, the regret of the mean.

# %%
SEEDS = range(nt.scale(smoke=10, cpu=50))
strategies = {
    "random search": lambda seed: nt.RandomSearch(space, seed=seed),
    "hill climbing": lambda seed: nt.HillClimbing(space, seed=seed),
    "evolution": lambda seed: nt.RegularizedEvolution(space, population=20, sample=10, seed=seed),
    "REINFORCE": lambda seed: nt.REINFORCE(space, seed=seed),
}


def fifty(make, seeds=SEEDS):
    return [nt.search(make(seed), noisy[seed % table.runs], trials=TRIALS) for seed in seeds]


searches = {name: fifty(make) for name, make in strategies.items()}
nt.plot.regret(searches, table)

# %% [markdown]
# Regret is drawn on a logarithmic scale, and its floor is not 0 but what one noisy training allows. The bands are bootstrap intervals over seeds, as in step 2.
#
# The *interquartile mean* (IQM) drops the best and the worst quarter of the seeds: unmoved where one seed went astray. *P(better)* is the probability that a run of one ends below one of the other. Friedman's test asks whether there is any difference at all; only then come pairs, corrected by Holm.

# %%
scores = {name: nt.comparing.regret(histories, table)[:, -1] for name, histories in searches.items()}
for name, final in scores.items():
    print(f"{name:14s} regret: mean {nt.comparing.interval(final)}, IQM {nt.comparing.interval(final, 'iqm')}")
print(f"all the same? Friedman's p = {nt.comparing.friedman(scores).p:.2g}")
print(nt.comparing.compare(scores, baseline="random search", alternative="less"))

# %% [markdown]
# The same as a *critical-difference picture*: strategies by mean rank over seeds, best on one side; a bar joins those that these seeds cannot tell apart.

# %%
nt.plot.critical_difference(scores)

# %% [markdown]
# The two steps disagree here. Friedman's test sees only who came before whom within a seed, and finds nothing; the signed-rank tests see by *how much*, and find hill climbing and REINFORCE below random search. Said beforehand was: pairs only after Friedman. The report is "not told apart", and small p-values are a question for new seeds (section 10 has some).
#
# A table is **one task with one recipe**; its fifty seeds are fifty searches of one landscape, not fifty landscapes.
#
# Best of all is to say what one expects *before* looking. The claims of Ying et al. stand in the library with their tests, written down before the larger tables existed.

# %%
claims = [claim for claim in nt.claims.CLAIMS if claim.paper == "ying2019"]
for claim in claims[: nt.scale(smoke=1, cpu=4)]:
    print(claim.run(TABLE))

# %% [markdown]
# ## 9 Swap a dimension
#
# **Another executor.** The table knows how long each training took. `nt.simulate` gives you a cluster that exists on a clock only, exact to the order of events: a worker asks as soon as it is idle.

# %%
def hours(workers):
    """Simulated hours for 5,000 trials."""
    many = {"trials": 5_000, "executor": nt.simulate(workers), "progress": False}
    return nt.search(nt.RandomSearch(space, seed=0), table, **many)[-1].finished / 3600


took = {workers: hours(workers) for workers in (1, 10, 1000)}
for workers, time in took.items():
    gain = took[1] / time
    print(
        f"{workers:5,} workers: {time:8.4f} hours, {gain:6.1f} times as fast, {gain / workers:4.0%} of their time used"
    )

# %% [markdown]
# Random search loses nothing but the end, when workers wait for the last ones. A strategy that *learns* may pay in another way: with 50 workers, 50 questions are asked before the first answer is in. Compare where the curves *end*: all have the same number of trials, of which the first 20 are random in any case.

# %%
def evolution_on(workers, seeds):
    make = strategies["evolution"]
    return [nt.search(make(s), noisy[s % table.runs], trials=TRIALS, executor=nt.simulate(workers)) for s in seeds]


clusters = {f"evolution, workers: {workers}": evolution_on(workers, SEEDS) for workers in (1, 10, 50)}
axes = nt.plot.regret(clusters, table, x="seconds")
axes.set_xscale("log")
axes

# %% [markdown]
# The bands overlap in the end: thirty uninformed trials of 200 hardly show.
#
# **Another estimator.** A space of $10^{18}$ has no table. NAS-Bench-301 trains a sample and fits a *surrogate*, a regression from architectures to errors. How many networks must be trained? Here we can check, because we know the rest: fit a random forest on $n$ networks (one training each, decisions one-hot encoded), and rank all others.

# %%
from sklearn.ensemble import RandomForestRegressor

one = table.column(seed=0)[firsts]  # one training of each network
features = np.array([space.encode(archs[row]) for row in firsts])  # (networks, decisions x options)
others = np.mean([table.column(seed=run)[firsts] for run in range(1, table.runs)], axis=0)  # the truth without run 0
sizes = [n for n in (10, 20, 40, 80, 160, 320, 640, 1280) if n < 0.7 * len(firsts)]


def surrogate(n, seed):
    """Fitted on run 0 of n random networks -> what it predicts for all networks, and which ones it has not seen."""
    order = np.random.default_rng(seed).permutation(len(firsts))
    forest = RandomForestRegressor(100, max_features=0.5, random_state=seed).fit(features[order[:n]], one[order[:n]])
    return forest.predict(features), order[n:]


def quality(n, seed):
    predicted, unseen = surrogate(n, seed)
    return nt.comparing.rank_correlation(predicted[unseen], others[unseen]).spearman


found = np.array([[quality(n, seed) for n in sizes] for seed in range(nt.scale(smoke=2, cpu=8))])

# %%
single = nt.comparing.rank_correlation(one, others).spearman
axes = nt.plot.new_axes(6.4, 3.4)
mean, spread = found.mean(axis=0), found.std(axis=0)
axes.errorbar(sizes, mean, spread, fmt="-o", color="black", capsize=3, label="surrogate, on networks it has not seen")
axes.axhline(single, linestyle="--", color="tab:orange", label="one real training")
axes.set(xlabel="networks trained for the surrogate", ylabel="rank correlation with other runs", xscale="log")
axes.set_xticks(sizes, sizes)
axes.minorticks_off()
axes.legend(loc="lower right")
text = f"from {mean[0]:.2f} with {sizes[0]} networks to {mean[-1]:.2f} with {sizes[-1]}"
nt.plot.say(axes, f"The surrogate's rank correlation goes {text}; one real training has {single:.2f}.")

# %% [markdown]
# The dashed line is what a single training knows about the mean of the other runs. A surrogate has no fear of noise: it averages over similar networks. Where its curve crosses the line, after some 160 of 5,044 networks, a *prediction* is worth more than a *training*; this is the argument of NAS-Bench-301. Its weak spot is elsewhere: a search goes where the predictions are best, and there they are flattered most.

# %% [markdown]
# ## 10 What goes wrong
#
# **Planted failure 1: the best of a table.** "The best architecture of the benchmark has error $x$." Choose by run 0, and look at what the other runs say of the chosen one. The next cell lets random search do it, with more and more trials.

# %%
every = np.stack([table.column(seed=run) for run in range(table.runs)], axis=1)  # (architectures, runs)
every = every[np.isfinite(every).all(axis=1)]


def chosen(trials, seed):
    return ch19.optimism(np.random.default_rng(seed).choice(every, trials).tolist())


counts = [n for n in (1, 3, 10, 30, 100, 300, 1000, 3000) if n <= len(every)]
promised, kept = np.array([[chosen(n, seed) for seed in range(200)] for n in counts]).mean(axis=1).T
axes = nt.plot.new_axes(6.4, 3.4)
axes.plot(counts, promised, "-", color="black", label="run 0, which has chosen")
axes.plot(counts, kept, "--", color="tab:orange", label="the other runs of the same network")
axes.set(
    xlabel="trials", ylabel="error of the chosen network", xscale="log", ylim=(0.8 * promised[-1], 2 * promised[-1])
)
axes.legend()
nt.plot.say(axes, f"With {counts[-1]} trials run 0 promises {promised[-1]:.3f}, the other runs keep {kept[-1]:.3f}.")

# %% tags=["nbval-check-output"]
tests = [table.final(archs[row]) for row in firsts]  # never to be used by a search
promise, keeps = ch19.optimism(every.tolist())
best = table.best()
print(f"the best by run 0: promised {promise:.4f}, the other runs say {keeps:.4f}")
final = table.final(best.trial.arch)
print(f"the best by the mean of {table.runs} runs: {best.error:.4f} on validation, {final:.4f} on test images")
print(f"the smallest test error of any network: {min(tests):.4f}, of one that test images have chosen")

# %% [markdown]
# The solid line falls for ever, because luck is unlimited; the dashed one falls as far as networks differ in truth. The gap between them is the **winner's curse**. The mean of several runs has less of it, and some: `best()` of a table is optimistic as well. Hence three numbers, each chosen by another column, in the cell above.
#
# **Planted failure 2.** A colleague sends a figure, "Focused evolution" against random search, equal numbers of trials. What is wrong? Look before you read on.

# %%
START, few = 20, len(SEEDS) // 5
focused = sorted(searches["evolution"], key=lambda history: history.incumbent()[START - 1])[:few]
axes = nt.plot.anytime({"Focused evolution": focused, "random search": searches["random search"]})
lowest = min(history.best().error for history in focused)
axes.set_ylim(0.95 * lowest, 1.6 * lowest)  # the part that matters, large
axes

# %% [markdown]
# Look at the *beginning*. Evolution with a population of 20 draws its first 20 architectures at random: until then it **is** random search, and nothing in it can be better on average. A curve that leads before its method has begun was selected. Here the colleague "stopped unlucky runs early, to save time": of five searches one went on. The figure counts neither the four others nor what they cost. And part of the luck was lucky *training*: compare the regrets, on new seeds:

# %%
fresh = {name: fifty(strategies[name], range(100, 100 + len(SEEDS))) for name in ("evolution", "random search")}
for name, histories in {"Focused evolution": focused, **fresh}.items():
    curve = nt.comparing.regret(histories, table)
    early, late = nt.comparing.interval(curve[:, START - 1]), nt.comparing.interval(curve[:, -1])
    print(f"{name:17s} regret after trial {START}: {early}, in the end: {late}")
print(f"Focused evolution shows {TRIALS} trials a search and has used {TRIALS + 4 * START}")

# %% [markdown]
# A third trap hides in the word *trial*: a search that comes back to a network it knows. Some programs remember the answer and do not count it. This is fair if everybody does so, and unfair if one does: how many of the trials were new networks?

# %%
for name, histories in searches.items():
    new = np.mean([len({space.canonical(record.trial.arch) for record in history}) for history in histories])
    print(f"{name:14s} {new:5.1f} different networks in {TRIALS} trials")

# %% [markdown]
# ## 11 At paper scale
#
# **NAS-Bench-101.** Every graph with at most 7 vertices and 9 edges, one of three operations in each inner vertex. Many graphs differ only in how their vertices are numbered, or in dead parts. The paper tells them apart by a hash: each vertex starts with its degrees and operation, then is hashed together with its neighbours', as often as there are vertices. Equal graphs have equal hashes; that different graphs have different ones was checked. The library does it exactly: of all numberings of a graph the smallest is its name.

# %% tags=["nbval-check-output"]
for vertices in (3, 4, 5, 6, 7):
    graphs = nt.spaces.NASBench101(vertices=vertices)
    print(f"at most {vertices} vertices: {len(graphs.networks()):7,} different graphs")
assert len(graphs.networks()) == 423_624

# %% tags=["nbval-check-output"]
bench = nt.spaces.NASBench101(channels=128, modules=3, stacks=3)
matrix = np.triu([[0, 1, 1, 0, 0], [0, 0, 0, 1, 0], [0, 0, 0, 1, 0], [0, 0, 0, 0, 1], [0, 0, 0, 0, 0]])
ops = ["input", "conv3x3-bn-relu", "maxpool3x3", "conv1x1-bn-relu", "output"]
order = [0, 2, 1, 3, 4]  # the same graph, two vertices numbered the other way round
again = bench.from_matrix(matrix[np.ix_(order, order)], [ops[i] for i in order])
arch = bench.from_matrix(matrix, ops)
assert arch != again and bench.canonical(arch) == bench.canonical(again)
assert bench.published_hash(arch) == bench.published_hash(again)
print("one graph, one name:", bench.published_hash(arch))

# %% [markdown]
# Its network at full size, 128 channels and three stacks of three modules, built and counted, not trained. Inside a module the channels of the output are shared by the vertices that feed it, so the same operation costs more in a chain than in a fan:

# %% tags=["nbval-check-output"]
from types import SimpleNamespace

cifar = SimpleNamespace(name="cifar10", shape=(3, 32, 32), classes=10)  # the shapes alone: nothing is downloaded
chain, fan = np.eye(5, k=1, dtype=int), np.zeros((5, 5), dtype=int)
fan[0, 1:4] = fan[1:4, 4] = 1
for name, edges in (("chain", chain), ("fan", fan)):
    arch = bench.from_matrix(edges, ["input", *["conv3x3-bn-relu"] * 3, "output"])
    counts = bench.graph(arch, cifar).counts()
    print(f"three conv3 as a {name:5s}: {counts.params:10,} parameters, {counts.mult_adds / 1e9:.2f} billion mult-adds")

# %% [markdown]
# **NAS-Bench-201.** 15,625 cells. The benchmark counts unique ones by a string, which spells the cell as a tree of operation names. But a tree forgets *sharing*: a convolution used twice and two convolutions look alike. So some cells are answered by the row of another network. The next cell counts them, and shows two that share a string.

# %% tags=["nbval-check-output"]
cells = nt.spaces.CellSpace(nodes=4, channels=16, cells=5, stages=3)
network = {arch: cells.canonical(arch) for arch in cells}
row = {}
for arch in cells:
    row.setdefault(cells.published_form(arch), network[arch])  # the first cell with a string gives the row
wrong = [arch for arch in cells if row[cells.published_form(arch)] != network[arch]]
networks = set(network.values())
print(f"{len(network):,} cells, {len(networks):,} networks, {len(row):,} strings")
print(f"{len(wrong)} cells get the row of another network; {len(networks - set(row.values()))} networks have no row")
for ops in (("none", "conv1", "none", "conv1", "none", "skip"), ("conv1", "none", "skip", "none", "skip", "skip")):
    arch = nt.Arch(tuple(zip(cells.sites(), ops)))
    print(f"{cells.published_form(arch)}: {cells.graph(arch, cifar).counts().params:,} parameters, {arch}")

# %% [markdown]
# The first adds two different convolutions, the second adds one convolution to itself. Our tables give every cell the row of its own network (`canonical`), its own parameter count, and keep the benchmark's string beside it (`published_form`).
#
# | | the papers | ours, cpu scale |
# |---|---|---|
# | NAS-Bench-101: graphs, trainings | 423,624, more than 5 million | 2,532 (≤ 5 vertices), 3 seeds, 1/3/9/27 epochs: still in training |
# | NAS-Bench-201: cells, epochs | 15,625, 200 | all 15,625 as 5,044 networks, 12 |
# | repetitions of a search | 500 | 50 |
#
# If you have the original files, the readers make estimators of them; everything in this chapter runs on those:
#
# ```python
# paper = nt.estimators.NASBench101File("nasbench_only108.tfrecord")
# strategy = nt.RegularizedEvolution(paper.space, population=100, sample=10, seed=0)
# history = nt.search(strategy, paper, trials=1000, executor=nt.simulate(workers=100))
# print(history.best(), paper.best(), paper.final(history.best().trial.arch))
# ```

# %% [markdown]
# ## 12 Check yourself
#
# Click on an answer to see whether it is right, and why.
#
# #### 1. A regret curve goes up between two trials. Is there a bug?
# <details><summary>yes, the best so far never gets worse</summary>What the search was <em>told</em> never gets worse. The truth about its choice can.</details>
# <details><summary>no, a lucky training has displaced a better network</summary>Right. It happens more often the noisier one training is.</details>
#
# #### 2. Two strategies are compared with 5,000 seeds on one table; p is tiny. What follows?
# <details><summary>the first is better on this table, at this budget</summary>Right. More seeds make you surer about this landscape, and say nothing about another one.</details>
# <details><summary>the first is better</summary>On one task with one recipe. For "better", take several tables, and rank over tables.</details>
#
# #### 3. You report the validation error of `table.best()` as the quality of the best network. It is ...
# <details><summary>... too small</summary>Right: the smallest of many noisy means, even if each is a mean of several runs.</details>
# <details><summary>... exact, the table is exhaustive</summary>It is exhaustive in architectures, not in trainings: a few runs of each.</details>
#
# #### 4. A surrogate has rank correlation 0.95 with the truth. May a search trust its best prediction?
# <details><summary>yes, 0.95 is nearly 1</summary>That is a number over <em>all</em> networks. Among the best ones ranks are much less certain, and a search lives there.</details>
# <details><summary>no, train the predicted best and look</summary>Right: search by prediction, judge by training.</details>
#
# #### 5. With ten times the workers, random search takes a tenth of the time. Evolution as well?
# <details><summary>the time, nearly; but each question knows less</summary>Right. Instead of none, up to nine answers are under way when it asks.</details>
# <details><summary>yes, and nothing else changes</summary>The number of trials per hour does grow so. What is asked is another thing.</details>
#
# #### 6. In a critical-difference picture a bar joins A and B, another B and C. Is A equal to C?
# <details><summary>yes, through B</summary>Not to be told apart is not the same as equal, and it does not carry over.</details>
# <details><summary>no; A and C differ</summary>Right: they are further apart than the critical difference, or one bar would join all three.</details>
#
# #### 7. Two graphs have the same hash. Are they the same architecture?
# <details><summary>surely</summary>Equal graphs have equal hashes. The converse needs a proof, or a check of all pairs, as the authors made for their space.</details>
# <details><summary>only where collisions have been excluded</summary>Right; an exact canonical form needs no such clause.</details>

# %% [markdown]
# ## 13 Exercises
#
# **Core (10 minutes).** What is dead in a graph of NAS-Bench-101? Keep the vertices that lie on a path from input to output. Success: the check passes.

# %%
def prune(matrix, ops):
    """matrix[i][j] is 1 for an edge i -> j, i < j; ops[0] is "input", ops[-1] "output".

    -> (matrix, ops) of what lives, or ([], []) where the output cannot be reached.
    """
    ...


nt.check("ch19.prune", prune)


# %% [markdown]
# **Core (15 minutes).** Are two pruned graphs one? A graph is a pair (matrix, ops), as above; input and output keep their places. Success: the check passes; then count the graphs with at most 4 vertices and three operations to choose from, with your two functions, and find 91.

# %%
def isomorphic(first, second):
    """-> True where some order of the inner vertices turns `first` into `second`, edges and operations at once."""
    ...


nt.check("ch19.isomorphic", isomorphic)


# %% [markdown]
# **Core (5 minutes).** The winner's curse in one function: `errors[a]` holds the error of architecture `a` in run 0, run 1, ... Success: the check passes.

# %%
def optimism(errors):
    """Choose by run 0, of equal ones the first -> (what run 0 says of the chosen one, the mean of its other runs)."""
    ...


nt.check("ch19.optimism", optimism)

# %% [markdown]
# **Explore (20 minutes).** Repeat the searches of section 8 with `noisy[seed % table.runs]` replaced by `table`: a search that sees the mean of all runs. Success: you can say which part of the regret was noise, and why the papers keep it.
#
# **Explore (30 minutes).** Encode cells by their *paths* (which sequences of operations lead from input to output) instead of one-hot decisions, and draw the surrogate's curve again. Success: you know which encoding needs fewer trainings, and how many seeds you needed to be sure.
#
# **Research (a day).** Make a table of your own: a small space, your images, three runs (`python -m nastutor tables make` shows how). Success: spread between networks and noise between runs are in its README, somebody else's live training passes the test of section 8, and one sentence of this chapter turns out to be false on it.

# %% [markdown]
# ## 14 Summary
#
# - A table makes an experiment cheap, repeatable, and measurable against the optimum: report **regret**, over many paired seeds, with a band.
# - What chooses must not judge: told errors choose, the mean of the runs judges, test error is read once.
# - The best of many noisy numbers is flattered, in a search, in a table and in a surrogate.
# - Mean or IQM with a bootstrap interval; Friedman, then pairs with Holm. A critical-difference picture shows who can be told apart, not by how much.
# - Recorded times make clusters of any size: waiting costs time, and asking before one knows may cost quality.
# - Count networks, not strings and not numberings, and say which you count.
# - One table is one landscape.
#
# **Further reading.** [Ying et al. 2019](https://arxiv.org/abs/1902.09635): the protocol, and a tour of the landscape. [Zela et al. 2022](https://arxiv.org/abs/2008.09777): when a surrogate is better than a table. [Demšar 2006](https://www.jmlr.org/papers/v7/demsar06a.html): tests over several data sets, the classic. [Agarwal et al. 2021](https://arxiv.org/abs/2108.13264): what few runs can carry. [Lindauer & Hutter 2020](https://arxiv.org/abs/1909.02453): a checklist for your own paper.
#
# **Known deviations.** The truth of this chapter is a mean over few runs, and the run that a search was told is one of them, which flatters its choice a little; section 10 keeps them apart. A search of section 8 sees one run throughout and is judged by validation error; in the paper, and in its claim, each answer draws a run, and test error judges. A simulated cluster does nothing else and loses no time between trials. Recorded times are those of one machine.
#
# Next: chapter 20 asks a table why good architectures are good.{{unwritten 20}}
