# %% [markdown]
# # Chapter 4 · Random search and fair comparison
#
# *You will find out whether a search was better than luck: with the right opponent, enough seeds, equal budgets and an honest test set.*
#
# {{badges}}
#
# {{map}}
#
# Papers: Real, Aggarwal, Huang, Le, [Aging evolution](https://arxiv.org/abs/1802.01548), AAAI 2019 · Klein, Christiansen, Murphy, Hutter, [Towards reproducible neural architecture and hyperparameter search](https://openreview.net/forum?id=rJeMCSnml7), 2018 · Sciuto, Yu, Jaggi, Musat, Salzmann, [Evaluating the search phase of NAS](https://arxiv.org/abs/1902.08142), 2019 · Liu, Simonyan, Vinyals, Fernando, Kavukcuoglu, [Hierarchical representations](https://arxiv.org/abs/1711.00436), ICLR 2018 (random search in a good space).
#
# {{time}}

# %% [markdown]
# ## 1 You will be able to
#
# - **write** random search as a strategy that any search can use (check `ch04.random_search`);
# - **summarise** searches with several seeds by a mean and a 95 % band (check `ch04.mean_band`);
# - **compare** two strategies in pairs, with a rank test that you build yourself (checks `ch04.rank_sum`, `ch04.p_value`);
# - **say** how far luck alone gets: the probability that random draws surpass a given rank (check `ch04.surpass`);
# - **recognise** two unfair comparisons by their curves: leaked test data, and unequal budgets.
#
# **You need** chapter 0. Three questions to recall it:
#
# <details><summary>What does an estimator give back, and what does a strategy do with it?</summary>A Result with the validation error, the learning curve and the cost; the strategy is told, and may use it for its next proposal.</details>
# <details><summary>What is a best-so-far curve?</summary>After each trial, the smallest error found until then. It never goes up.</details>
# <details><summary>Why can an experiment on a table afford what training cannot?</summary>All networks of the table were trained beforehand, several times; a trial is a look-up.</details>

# %% [markdown]
# ## 2 Set-up

# %% tags=["setup"]
# {{setup}}

# %% [markdown]
# ## 3 The question
#
# Four strategies search a space of cells for the best one on digits (made harder by noise, so that cells differ). Which is the best? We do what many papers did: run each once, and compare.
#
# Trials are answered by a table: every network was trained several times, and search number $k$ is told what training number $k$ gave (counted modulo their number). So it sees one noisy training of each network, as in real life.

# %%
TABLE, FEW, TRIALS, POPULATION = "digits-cells", 30, 200, 20
calm = nt.estimators.Table(TABLE)  # answers with the mean over all trainings of a network
tables = [nt.estimators.Table(TABLE, seed=run) for run in range(calm.runs)]  # each answers with one of them
space = calm.space
strategies = {
    "random search": lambda seed: nt.RandomSearch(space, seed=seed),
    "hill climbing": lambda seed: nt.HillClimbing(space, seed=seed),
    "evolution": lambda seed: nt.RegularizedEvolution(space, population=POPULATION, sample=POPULATION // 2, seed=seed),
    "REINFORCE": lambda seed: nt.REINFORCE(space, seed=seed),
}


def run(name, seed, trials):
    return nt.search(strategies[name](seed), tables[seed % calm.runs], trials=trials)


print(
    f"{FEW} trials each, of {len(calm.archs):,} cells ({calm.networks:,} different networks, "
    f"each trained {calm.runs} times)"
)
for name in strategies:
    print(f"{name:14s} {run(name, 0, FEW).best().error:.4f}")

# %% [markdown]
# There is a winner, worth a paper. The next cell repeats it with nine other seeds, and counts first places (shared ones count for each).

# %%
SEEDS = range(10)
best = {name: [run(name, seed, FEW).best().error for seed in SEEDS] for name in strategies}
smallest = [min(errors) for errors in zip(*best.values())]
for name, errors in best.items():
    first = ["x" if error == least else "." for error, least in zip(errors, smallest)]
    print(f"{name:14s} {' '.join(first)}   first in {first.count('x')} of {len(SEEDS)}")

# %% [markdown]
# The first place moves from seed to seed. A single run has told us which strategy was lucky, not which one is good. **How many runs does it take, and how are they to be compared?** And before that: is any of the four better than no strategy at all, that is, than drawing at random?

# %% [markdown]
# ## 4 Quick facts
#
# Random search has no memory, so it is the opponent that every strategy must beat: it says how good the *space* is. In a good space a random draw is often good already; Liu et al. (2018) found that random search in their hierarchical space came close to evolution, and Sciuto et al. (2019) that the policies of several well-known methods were not better than a single random draw from their own space.

# %%
from nastutor.exercises.facts import quick_facts

quick_facts(*(type(make(0)) for make in strategies.values()))

# %% [markdown]
# | | cost reported by the paper | what is simplified here |
# |---|---|---|
# | evolution (Real et al. 2019) | 20,000 networks, 25 epochs each, on 450 GPUs for 7 days | small cells; the answers come from a table |
# | REINFORCE (Zoph & Le 2017) | 12,800 networks on 800 GPUs | one policy step a trial, no parameter server |
# | random search | whatever its opponent cost: that is the point | nothing |

# %% [markdown]
# ## 5 The idea in a picture
#
# Search with your eyes closed. If $r$ of the $r_{\max}$ networks of a space are good enough for you, one draw hits one of them with probability $r / r_{\max}$, and at least one of $n$ independent draws with probability
#
# $$p = 1 - \Big(1 - \frac{r}{r_{\max}}\Big)^n .$$
#
# Three presets: the best network alone out of 100, the best 5 %, the best 20 %.

# %%
def draw_luck(*shares):
    axes = nt.plot.new_axes(6.4, 3.4)
    for share, style in zip(shares, ("-", "--", ":")):
        chance = [1 - (1 - share) ** n for n in range(101)]
        axes.plot(chance, style, color="black", label=f"best {share:.0%}")
    axes.set(xlabel="random draws n", ylabel="probability p of at least one hit", ylim=(0, 1.02), xlim=(0, 100))
    axes.legend(loc="lower right")
    return nt.plot.say(axes, f"Chance of a hit against draws, for the best {', '.join(f'{s:.0%}' for s in shares)}.")


draw_luck(0.01, 0.05, 0.20)

# %% [markdown]
# With a running kernel, move the slider: how many draws reach the best 2 % with a probability of one half?

# %%
from ipywidgets import interact

interact(lambda percent=2: draw_luck(percent / 100), percent=(1, 50));

# %% [markdown]
# Sixty draws reach the best 5 % with a probability of more than 95 %, *whatever the size of the space*. Who evaluates 60 networks and reports one from the best 5 % has shown nothing yet.

# %% [markdown]
# ## 6 From equations to code
#
# A comparison has four ingredients. Each is one line of mathematics.
#
# **Best so far.** $y_i = \min(e_1, \dots, e_i)$, with $e_i$ the validation error of trial $i$. **Band over seeds.** With $n$ seeds, mean $\bar y$ and standard deviation $s$ of the $y_i$ at one trial, the mean of all possible runs lies in $\bar y \pm 1.96\, s / \sqrt n$ in about 95 of 100 such experiments (for small $n$, 1.96 is to be replaced by a quantile of Student's t, as `nt.plot.anytime` does). **Paired differences.** Seed $k$ of one strategy against seed $k$ of the other: $d_k = a_k - b_k$. **Rank sum.** $W = \sum_{d_k > 0} \mathrm{rank}(|d_k|)$.
#
# | symbol | meaning | in the code |
# |---|---|---|
# | $y_i$ | best so far after trial $i$ | `history.incumbent()[i]` |
# | $n$ | number of seeds | `len(curves)` |
# | $s / \sqrt n$ | standard error of the mean | `std(ddof=1) / sqrt(n)` |
# | $d_k$ | paired difference | `a[k] - b[k]` |
# | $W$ | rank sum of the positive differences | `rank_sum(differences)` |
# | $p$ | how often chance alone gives such a $W$ | `p_value(differences)` |
#
# **By hand.** Four paired differences: +0.03, +0.01, -0.02, +0.04. Sorted by size, 0.01 has rank 1, 0.02 rank 2, 0.03 rank 3, 0.04 rank 4. The positive ones have ranks 3, 1 and 4, so $W = 8$. If signs were thrown by coins there would be $2^4 = 16$ equally likely worlds; $W$ is 8 or more in the worlds where the negative ranks add up to 2 or less: none negative, {1}, or {2}. So $p = 3/16$. The next cell asserts it with scipy.

# %% tags=["nbval-check-output"]
from scipy.stats import wilcoxon

by_hand = wilcoxon([0.03, 0.01, -0.02, 0.04], alternative="greater", method="exact")
assert by_hand.statistic == 8 and by_hand.pvalue == 3 / 16
print(f"W = {by_hand.statistic:.0f}, p = {by_hand.pvalue:.4f} = 3/16")

# %% [markdown]
# Three of four in favour, and chance alone does as well in three of sixteen worlds. How small can $p$ get with so few seeds? If *all* $n$ differences have the same sign, $p = 1/2^n$:

# %% tags=["nbval-check-output"]
for n in (3, 4, 5, 10):
    print(f"{n:2d} seeds: the smallest p is {1 / 2**n:.4f}{', never below 0.05' if 1 / 2**n > 0.05 else ''}")

# %% [markdown]
# This is why three seeds prove nothing, and why this course uses at least ten.

# %% [markdown]
# ## 7 Build it
#
# **Step 1 (5 minutes).** Random search as a strategy: a class with a method `ask` that gives an `nt.Trial`. `self.space` and `self.rng` are there already, made by `nt.Strategy`. It draws *with replacement*: an architecture may come twice, because it does not remember.

# %%
class RandomSearch(nt.Strategy):
    """Draws every architecture at random, whatever it was told."""

    def ask(self):
        ...


passed = nt.check("ch04.random_search", RandomSearch)

# %% [markdown]
# The library's version, and the test that both agree on the same seed (it waits until yours passes). The generator is derived from the seed *and the name of the class*, which is why your class has to have this name.

# %%
nt.source(nt.RandomSearch, docstring=False)

# %%
library = nt.search(nt.RandomSearch(space, seed=5), tables[0], trials=20)
if passed:
    mine = nt.search(RandomSearch(space, seed=5), tables[0], trials=20)
    assert [r.trial for r in mine] == [r.trial for r in library]
    print("your random search and the library's ask for the same 20 architectures")

# %% [markdown]
# **Step 2 (10 minutes).** Mean and band. `curves[k][i]` is the best-so-far of seed $k$ after trial $i$.

# %%
def mean_band(curves):
    """-> three lists with an entry for each trial: means, means - 1.96 s / sqrt(n), means + 1.96 s / sqrt(n)."""
    ...


nt.check("ch04.mean_band", mean_band)


# %% [markdown]
# **Step 3 (10 minutes).** The rank sum. Differences of exactly 0 say nothing and are left out; differences of equal size share the mean of their ranks.

# %%
def rank_sum(differences):
    """-> the sum of the ranks of the positive differences, ranked by size from 1."""
    ...


nt.check("ch04.rank_sum", rank_sum)


# %% [markdown]
# **Step 4 (15 minutes).** The p-value: the share of all ways to put signs on these sizes whose rank sum is at least the observed one. Use your `rank_sum`.

# %%
def p_value(differences):
    """-> the one-sided p-value of Wilcoxon's signed-rank test, by counting all 2 ** n worlds."""
    ...


passed = nt.check("ch04.p_value", p_value)

# %% [markdown]
# On differences without ties, your test must agree with scipy's. As long as yours is a stub, the reference solution stands in for it (`nt.source("ch04.p_value")` shows it; look only after you have tried).

# %% tags=["nbval-check-output"]
from nastutor.exercises import ch04

test = p_value if passed else ch04.p_value
for differences in ([3, 1, -2, 4], [5, 4, 3, 2, 1], [-1, 2, -3, 4, -5, 6, 8, -7, 9, 10]):
    theirs = wilcoxon(differences, alternative="greater", method="exact").pvalue
    assert abs(test(differences) - theirs) < 1e-12
    print(f"{len(differences):2d} differences, p = {test(differences):.4f}")

# %% [markdown]
# ## 8 Run it
#
# First with open eyes: random search with real training on the digits, live.

# %% tags=["board"]
task = nt.tasks.digits()
train = nt.estimators.Train(space, task, epochs=nt.scale(smoke=1, cpu=4))
board = nt.widgets.Board(nt.RandomSearch(space, seed=0), train, trials=nt.scale(smoke=3, cpu=16))
history = board.run()

# %% tags=["after-board"]
print(f"history so far: {len(history)} trials, {history.cost:.0f} epochs of training")
print("best:", history.best())

# %% [markdown]
# Real training for all four, one seed each, equal budgets. That says nothing about the strategies, but that the machinery works, and what it costs.

# %%
for name, make in strategies.items():
    found = nt.search(make(1), train, trials=nt.scale(smoke=2, cpu=12), progress=False)
    print(f"{name:14s} {found.best().error:.3f} after {found.cost:.0f} epochs of training")

# %% [markdown]
# Now the comparison itself, on the table, with fifty paired seeds. This is the protocol of Klein et al. (2018): a table answers, so that all strategies see the same numbers; time is simulated by adding up what each training cost; every strategy is repeated many times (500 in their paper); what is drawn is the mean over repetitions against the cost.

# %%
MANY = range(nt.scale(smoke=3, cpu=50))
runs = {name: [run(name, seed, TRIALS) for seed in MANY] for name in strategies}
axes = nt.plot.anytime(runs, x="cost")
smallest = min(history.best().error for history in runs["random search"])
axes.set_ylim(0.8 * smallest, 2.2 * smallest)  # the later part, large
axes

# %% [markdown]
# *Left:* all begin alike, at random. *Middle:* where bands overlap, the mean could lie either way. *Right:* the curves become flat, and need not end at the same height: a strategy that learns may be faster, and may get stuck, because it comes back to what it knows. The next cell counts how many searches have found the best error that their table holds.

# %%
optima = [table.best().error for table in tables]
for name, histories in runs.items():
    got = sum(history.best().error == optima[seed % calm.runs] for seed, history in zip(MANY, histories))
    mean = sum(history.best().error for history in histories) / len(histories)
    print(f"{name:14s} mean of the best {mean:.4f}; the best of its table in {got:2d} of {len(histories)} searches")

# %% [markdown]
# A question that the picture suggested is no longer fair to ask of the same picture: among several curves one always looks best. Test it on new seeds.
#
# The band says something about one strategy. To compare two, use the pairs: seed 0 against seed 0, seed 1 against seed 1. The question is fixed before looking: *after a third of the trials, is the best-so-far of the strategy smaller than that of random search?*

# %%
early = {name: [history.incumbent()[TRIALS // 3 - 1] for history in histories] for name, histories in runs.items()}
for name in list(strategies)[1:]:
    differences = [a - b for a, b in zip(early["random search"], early[name])]
    wins, losses = sum(d > 0 for d in differences), sum(d < 0 for d in differences)
    p = wilcoxon(differences, alternative="greater").pvalue
    print(f"{name:14s} better in {wins:2d}, worse in {losses:2d}: p = {p:.2g}, corrected {min(1, 3 * p):.2g}")

# %% [markdown]
# The seeds that are missing ended in a tie. Three questions were asked of the same data, so a p-value of 0.04 is not what it seems: among three strategies that are *not* better, one of them reaches it with a chance of more than one in ten. The corrected value multiplies by the number of questions (Bonferroni; Holm's rule is a little kinder).
#
# A large p does not mean "equally good". It means that these seeds, at this budget, in this space, do not tell them apart.

# %% [markdown]
# **All of them.** All strategies that run on this table meet by this protocol (chapters 5 to 8 explain them), populations and waits set to the same number. TPE comes as it is, asking for no network twice, and as published.
#
# Fixed before looking: the score is the regret *in truth* (mean over all trainings), after half of the trials and after all; Friedman's test, Nemenyi's critical difference between mean ranks, then each against random search, corrected by Holm.

# %%
from functools import partial

LONG, BEGIN = nt.scale(smoke=8, cpu=60), nt.scale(smoke=6, cpu=10)
begin = {"start": BEGIN}
chance = {
    "random search": nt.RandomSearch,
    "perturbation": partial(nt.Perturbation, random=LONG // 2, around=LONG // 4, climb=LONG // 4),
}
climbing = {"hill climbing": nt.HillClimbing, "NASH": partial(nt.NASH, steps=None)}
climbing |= {"MCTS": nt.MCTS, "n-grams": nt.NGramSMBO}
models = {"TPE": partial(nt.TPE, **begin), "TPE, published": partial(nt.TPE, distinct=False, **begin)}
models |= {"SMAC": partial(nt.SMAC, **begin), "Gaussian process": partial(nt.GaussianProcess, **begin)}
evolution = {
    "evolution": partial(nt.RegularizedEvolution, population=BEGIN, sample=BEGIN // 2),
    "tournaments": partial(nt.TournamentEvolution, share=0.5, **begin),
    "NSGA-II": partial(nt.NSGA2, population=BEGIN, objectives=("error",)),
    "LEMONADE": partial(nt.LEMONADE, children=BEGIN, accepted=BEGIN // 2, **begin),
}
policies = {"REINFORCE": nt.REINFORCE, "PPO": nt.PPO, "Q-learning": partial(nt.QLearning, models=LONG)}
families = {"chance": chance, "climbing and trees": climbing, "models": models}
families |= {"evolution": evolution, "reinforcement": policies}

# %%
PAIRED = range(nt.scale(smoke=5, cpu=20))
met = {
    name: [nt.search(make(space, seed=seed), tables[seed % calm.runs], trials=LONG) for seed in PAIRED]
    for members in families.values()
    for name, make in members.items()
}
true_regret = {name: nt.comparing.regret(histories, calm) for name, histories in met.items()}  # (seeds, trials) each
print(f"{len(met)} strategies, {len(PAIRED)} seeds, {LONG} trials: {len(met) * len(PAIRED) * LONG:,} answers")


# %%
def draw(name, **look):
    costs = [sum(record.result.cost for record in met[name][0][: k + 1]) for k in range(LONG)]
    axes.plot(costs, 100 * true_regret[name].mean(axis=0), **look)
axes = nt.plot.new_axes(7.0, 4.0)
colours = {
    "chance": "black",
    "climbing and trees": "tab:green",
    "models": "tab:blue",
    "evolution": "tab:orange",
    "reinforcement": "tab:purple",
}
for (family, members), dash in zip(families.items(), (":", "-.", "-", "--", (0, (1, 1)))):
    for name in members:
        draw(
            name,
            color=colours[family],
            linestyle=dash,
            linewidth=1.2,
            label=family if name == list(members)[-1] else None,
        )
draw("random search", color="black", linewidth=3, label="random search")
axes.legend(fontsize=9)
axes.set(xlabel="cost in epochs of the full task", ylabel="mean true regret in points")
axes.set_ylim(0, 300 * true_regret["random search"][:, -1].mean())  # the later part, large
nt.plot.say(axes, f"Mean true regret of {len(met)} strategies in {len(families)} families against cost.")

# %% [markdown]
# Their mean ranks after all trials. A bar joins names closer than the critical difference.

# %%
ends = {name: curves[:, -1] for name, curves in true_regret.items()}
halves = {name: curves[:, LONG // 2 - 1] for name, curves in true_regret.items()}
nt.plot.critical_difference(ends)

# %%
for when, scores in ((LONG // 2, halves), (LONG, ends)):
    asked = nt.comparing.friedman(scores)
    print(f"after {when} trials: all alike? Friedman's chi2 = {asked.chi2:.1f}, p = {asked.p:.1e}")
    pairs = nt.comparing.compare(scores, "random search", "less")
    better = [f"{pair.a} ({100 * pair.difference.value:+.2f} points)" for pair in pairs if pair.holm < 0.05]
    print("  better than random search, corrected:", ", ".join(better) or "none")
    worse = [pair.a for pair in nt.comparing.compare(scores, "random search", "greater") if pair.holm < 0.05]
    print("  worse than random search, corrected: ", ", ".join(worse) or "none")

# %% [markdown]
# The budget is short for policies and populations, answers are noisy, and many names make a large critical difference. If all stand in one bar, that is the result: these seeds do not tell them apart. Four names, fifty seeds and 200 trials told some from random search: one sees what one pays for. Chapters 5 to 8 give each family longer. (NASBOT and Auto-Keras are missing: ten seconds of thinking a search.)

# %% [markdown]
# ## 9 Swap a dimension
#
# The comparison took a space, an estimator and strategies. **Another estimator**, one argument changed: the mean over all trainings of each network instead of one noisy training. The noise of training is gone, so what remains between seeds is the luck of the search alone. Note that the *noisy* minimum is the smaller one: it is flattered by lucky trainings, and section 10 comes back to this.

# %%
for name, answers in (("one noisy training", tables), (f"mean of {calm.runs}", [calm] * calm.runs)):
    ends = [nt.search(nt.RandomSearch(space, seed=k), answers[k % calm.runs], trials=20).best().error for k in MANY]
    print(f"{name:18s} best of 20 draws: mean {sum(ends) / len(ends):.4f}, from {min(ends):.4f} to {max(ends):.4f}")

# %% [markdown]
# **Another space**: a made-up one with 6 decisions of 5 options, where each decision counts for itself and 60 trials see one in 260 of the candidates. Here it pays to keep what was good and change one thing, and the strategies separate.

# %%
grid = nt.spaces.ChoiceSpace.of({f"d{i}": tuple(range(5)) for i in range(6)})


def hills(trial):
    return nt.Result({"error": sum((value - 2) ** 2 for _, value in trial.arch.choices) / 24}, cost=1.0)


on_grid = {
    "random search": lambda seed: nt.RandomSearch(grid, seed=seed),
    "hill climbing": lambda seed: nt.HillClimbing(grid, seed=seed),
    "evolution": lambda seed: nt.RegularizedEvolution(grid, population=8, sample=4, seed=seed),
    "REINFORCE": lambda seed: nt.REINFORCE(grid, seed=seed),
}
nt.plot.anytime(
    {
        name: [nt.search(make(k), hills, trials=60) for k in SEEDS[: nt.scale(smoke=3, cpu=10)]]
        for name, make in on_grid.items()
    }
)

# %% [markdown]
# A strategy is neither good nor bad: it fits a space or it does not. Hence the rule that both have to be named when a result is reported.

# %% [markdown]
# ## 10 What goes wrong
#
# **Planted failure 1: the test set leaks.** A program has a bug that is easily made: where the validation error belongs, it reads the test error (the NAS-Bench-201 files hold both, and several users have confused them). Its search is then steered by the test set, and the number it reports is the smallest of many noisy test errors. We let both programs draw the same random architectures.

# %%
def leaking(trial):
    return nt.Result({"error": calm.final(trial.arch)}, cost=1.0)


leaked = [nt.search(nt.RandomSearch(space, seed=k), leaking, trials=TRIALS).best().error for k in MANY]
proper = [calm.final(history.best().trial.arch) for history in runs["random search"]]
print(f"mean test error reported: leaking {sum(leaked) / len(MANY):.4f}, honest {sum(proper) / len(MANY):.4f}")
print("on the same draws the leaking program is never worse:", all(a <= b for a, b in zip(leaked, proper)))

# %% [markdown]
# The leaking program merely picked by the answer. How do you see it in somebody else's results? Look at two curves: the error that steers the search, and the test error of what it would choose then. An honest search shows a *gap* between them that grows while it goes on, because the minimum of noisy numbers runs away from what it measures (the winner's curse). A leaking one has no gap at all.

# %%
def chosen_test(history):
    """The test error of the incumbent after each trial."""
    line, best = [], history[0]
    for record in history:
        best = record if record.error < best.error else best
        line.append(calm.final(best.trial.arch))
    return line


def mean(curves):
    return [sum(column) / len(column) for column in zip(*curves)]


honest = runs["random search"]
steers, truth = mean(h.incumbent() for h in honest), mean(map(chosen_test, honest))
axes = nt.plot.new_axes(6.4, 3.4)
trials = range(1, TRIALS + 1)
axes.plot(trials, steers, "-", color="black", label="validation error, which steers")
axes.plot(trials, truth, "--", color="tab:orange", label="test error of the incumbent")
axes.set(xlabel="trial", ylabel=f"mean over {len(honest)} searches")
axes.legend()
nt.plot.say(axes, f"The gap grows from {truth[0] - steers[0]:.3f} to {truth[-1] - steers[-1]:.3f}.")

# %% [markdown]
# The two sets of images differ, so the curves need not start alike; what gives the search away is their *shape*. The solid line falls with each lucky training. The dashed one falls only as far as the choice has become better in truth.
#
# **Planted failure 2: unequal budgets.** A new strategy, "Thorough", is compared with random search after 12 trials each, ten seeds, with bands. It wins clearly. Its trick: it trains every network to the end, while random search was given an estimator that stops after 8 of the 12 epochs, since "random search does not need precise answers".

# %%
def draws(epochs, shift):
    answers = [nt.estimators.Table(TABLE, budget=epochs, seed=k) for k in range(calm.runs)]
    return [nt.search(nt.RandomSearch(space, seed=k + shift), answers[k % calm.runs], trials=12) for k in SEEDS]


published = nt.plot.anytime({"Thorough": draws(12, shift=0), "random search": draws(8, shift=100)})
published.set_title("as published: by trials")
repaired = nt.plot.anytime({"Thorough": draws(12, shift=0), "random search": draws(12, shift=100)}, x="cost")
repaired.set_title("repaired: same training, by cost")
display(published, repaired)

# %% [markdown]
# "Thorough" *is* random search, with other seeds. In the first figure the axis counts trials, and trials are not worth the same for both. In the second both are charged by the epochs they use and are judged by the same training; the difference is gone. Three habits protect you: put the **cost** on the axis, count the search's own overhead, and train what you compare at the end with **one** recipe.

# %% [markdown]
# ## 11 At paper scale
#
# **Sciuto et al. (2019)** ask whether a search is better than *one* architecture drawn at random from the same space, trained with the same recipe. The next cell follows their protocol on the table: for each seed, the architecture that the strategy recommends against one uniform draw, compared by test error after full training, in pairs.

# %%
from statistics import median

drawn = [calm.final(space.sample(1_000 + seed)) for seed in MANY]
print(f"{'one draw':14s} test error: mean {sum(drawn) / len(drawn):.4f}, median {median(drawn):.4f}")
for name in strategies:
    found = [calm.final(history.best().trial.arch) for history in runs[name]]
    p = wilcoxon([b - a for a, b in zip(found, drawn)], alternative="greater").pvalue
    print(f"{name:14s} test error: mean {sum(found) / len(found):.4f}, median {median(found):.4f}, p = {p:.0e}")

# %% [markdown]
# Random search is in the list on purpose: it may look at many networks, the single draw at one, and in this space, whose cells differ a lot, looking is worth much. In the spaces of the paper nearly every cell is good, and the policies had little to gain: on the Penn Treebank, the paper's Table 1 has a mean validation perplexity of 61.91 for ENAS, 62.50 for the random draw, 63.22 for NAO and 63.29 for DARTS. The lesson is about the space as much as about the search.
#
# **How good is a rank?** The probability that 10 random draws surpass a policy that found the best 1 %, or 10 %, of the space:

# %% tags=["nbval-check-output"]
for share in (0.01, 0.10):
    missed = (1 - share) ** 10
    print(f"best {share:.0%}: all ten miss with probability {missed:.3f}, one or more hit with {1 - missed:.3f}")

# %% [markdown]
# **Real et al. (2019)** compare evolution, reinforcement learning and random search with equal numbers of networks, five repeats each, in several small spaces: both beat random search, and evolution is faster early on. Their search evaluates 20,000 networks from the space of NASNet cells. The table of this chapter belongs to the space of **NAS-Bench-201**, whose network at full size is built here and compared with the published figures.

# %% tags=["nbval-check-output"]
from types import SimpleNamespace

paper = nt.spaces.CellSpace(nodes=4, channels=16, cells=5, stages=3)
cifar = SimpleNamespace(name="cifar10", shape=(3, 32, 32), classes=10)  # the shapes alone: nothing is downloaded
largest = paper.graph(nt.Arch(tuple((edge, "conv3") for edge in paper.sites())), cifar).counts()
assert largest.params == 1_531_546  # NAS-Bench-201: 1.531546 MB for this cell
networks, strings = set(map(paper.canonical, paper)), set(map(paper.published_form, paper))
print(f"largest network: {largest.params:,} parameters")
print(f"{len(paper):,} cells, {len(networks):,} networks, {len(strings):,} strings in the benchmark")

# %% tags=["nbval-check-output"]
from collections import Counter

cells_of = Counter(map(space.canonical, space))
largest_class, count = cells_of.most_common(1)[0]
print(f"this chapter's space: {len(space)} cells, {len(cells_of)} networks")
print(f"{count} of the cells are one and the same network: {largest_class}")

# %% [markdown]
# A uniform draw over cells is therefore not a uniform draw over networks: the network that has the most cells comes up most often. Say which of the two you draw.
#
# | | the paper | ours, cpu scale |
# |---|---|---|
# | Real 2019: networks, repeats | 20,000, 5 | those of section 8, 50 on a table |
# | Klein 2018: table, repeats | 62,208 configurations, 500 | the cells of section 3, 50 |
# | Sciuto 2019: seeds | 10 | 50 |
#
# The same comparison with real training on a GPU, cut off and resumed as you like:
#
# ```python
# space = nt.spaces.CellSpace(nodes=4, channels=16, cells=5, stages=3)
# train = nt.estimators.Train(space, nt.tasks.cifar10(), epochs=25, amp=True)
# for seed in range(5):
#     for Strategy in (nt.RandomSearch, nt.RegularizedEvolution, nt.REINFORCE):
#         nt.search(Strategy(space, seed=seed), train, trials=500, journal=f"{Strategy.__name__}-{seed}.sqlite")
# ```

# %% [markdown]
# ## 12 Check yourself
#
# Click on an answer to see whether it is right, and why.
#
# #### 1. A paper shows one run of its method and one of random search; its method is better by 0.3 %. What do you know?
# <details><summary>the method is better by about 0.3 %</summary>No. Section 3 ran exactly this experiment ten times, and the winner changed.</details>
# <details><summary>next to nothing</summary>Right. Without the spread between seeds, a difference has no size.</details>
#
# #### 2. The 95 % bands of two strategies overlap a little. May one be significantly better?
# <details><summary>no, overlap means no difference</summary>No: each band is about one mean. If the runs are paired, the differences may be small and all of one sign.</details>
# <details><summary>yes, look at the paired differences</summary>Right. Seeds that make the problem easy or hard for both cancel in the pairs.</details>
#
# #### 3. Wilcoxon's test with 4 pairs gives p = 0.0625, all four in favour. What next?
# <details><summary>report it as a trend</summary>It is the smallest value that four pairs can give; the test could not have said anything else in your favour.</details>
# <details><summary>plan for more seeds, and begin again</summary>Right. Adding seeds until p is small enough is not a test any more, so fix the number first.</details>
#
# #### 4. Why draw the cost, not the number of trials, on the horizontal axis?
# <details><summary>because trials may differ in price</summary>Right: other epochs, other sizes, weights that are carried over, and the search's own overhead.</details>
# <details><summary>because it looks smoother</summary>It usually looks rougher.</details>
#
# #### 5. You pick the best of 100 networks by validation error, and report that error. The bias is ...
# <details><summary>... none, validation data were not trained on</summary>They were chosen on. The minimum of 100 noisy numbers lies below the true value of what it belongs to.</details>
# <details><summary>... towards too small an error</summary>Right, and it grows with the number of networks and with the noise.</details>
#
# #### 6. Random search and your strategy are equally good in your space. Which conclusion is *not* supported?
# <details><summary>the strategy is useless</summary>Right, this one is not supported: in a space where nearly everything is good no strategy can show what it can do. Compare in a second space.</details>
# <details><summary>the space leaves little to gain at this budget</summary>This one is supported, at least as a suspicion: look at the distance between a random draw and the optimum.</details>

# %% [markdown]
# ## 13 Exercises
#
# **Core (5 minutes).** The probability that at least one of `draws` random architectures is among the `rank` best of `size`. Success: the check passes.

# %%
def surpass(rank, size, draws):
    """Draws are independent and uniform, with replacement."""
    ...


nt.check("ch04.surpass", surpass)


# %% [markdown]
# **Core (10 minutes).** The other way round: how many draws reach the best share `top` of a space (0.05: the best 5 %) with at least the probability `confidence`? Success: the check passes.

# %%
def draws_needed(top, confidence):
    """-> the smallest whole number of draws."""
    ...


nt.check("ch04.draws_needed", draws_needed)

# %% [markdown]
# **Explore (20 minutes).** Repeat the paired test of section 8 with the question asked after 10, 20, 50, 100 and 200 trials. Success: one sentence on when evolution may be told from random search here, and one on why it cannot be earlier than its population is large.
#
# **Explore (30 minutes).** Formula against experiment: estimate from 1,000 random searches of 20 trials how often the best found is among the 250 best *networks*, and compare with `surpass`. Success: you find out why the two disagree when you count networks, agree when you count cells, and which of the two the formula is about.
#
# **Research (a day).** Write your own strategy, state a claim about it *before* looking ("after 50 trials its mean best-so-far on this table is smaller than random search's"), fix the number of seeds, run the test once, and write down the outcome, whatever it is. Success: somebody else can repeat it from your half page. `nastutor.testing.check_strategy` tells you beforehand whether your strategy keeps the rules.

# %% [markdown]
# ## 14 Summary
#
# - Random search measures the space; a strategy has shown something only if it beats random search at equal cost.
# - One run is an anecdote. Use at least ten paired seeds, draw mean and band, and test the paired differences.
# - The smallest p-value of $n$ pairs is $1/2^n$; with several questions, correct for their number.
# - Choose by validation error, report the test error of the one architecture that was chosen, once.
# - Equal budgets means equal *cost*, equal training recipe in the end, and the search's overhead included.
# - "Not distinguishable at this scale" is a result. Print it.
#
# **Further reading.** [Li & Talwalkar 2019](https://arxiv.org/abs/1902.07638): random search as a serious opponent, and how few papers can be reproduced. [Lindauer & Hutter 2020](https://arxiv.org/abs/1909.02453): a checklist for experiments, two pages that are worth keeping on the wall.
#
# **Known deviations.** Our table holds a small space and a few trainings of each network; the papers' spaces are larger by many orders of magnitude, and small spaces flatter random search. Costs are counted in epochs, without the strategies' own overhead, which is far below a training here. Band and test assume independent seeds, while searches over one table share its noise.
#
# Next: chapter 5 replaces the blind draw by a model of what was seen.{{unwritten 5}}
