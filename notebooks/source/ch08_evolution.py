# %% [markdown]
# # Chapter 8 · Evolution
#
# *You will let populations of networks live, die and have children, say who must die and why that depends on the noise, and search for many networks at once: a front from small to good.*
#
# {{badges}}
#
# {{map}}
#
# Papers: Real, Aggarwal, Huang, Le, [Regularized evolution](https://arxiv.org/abs/1802.01548), AAAI 2019 · Liu et al., [Hierarchical representations](https://arxiv.org/abs/1711.00436), ICLR 2018 · Elsken, Metzen, Hutter, [LEMONADE](https://arxiv.org/abs/1804.09081), ICLR 2019. Before them: Goldberg & Deb (tournaments, 1991); Deb et al. (NSGA-II, 2002); Zitzler & Thiele (hypervolume, 1998).
#
# {{time}}

# %% [markdown]
# ## 1 You will be able to
#
# - **let a population age** (check `ch08.ageing`), and **compute** who wins a tournament (check `ch08.tournament`);
# - **build** regularised evolution in 20 lines that asks what the library's asks;
# - **cross** two parents (check `ch08.crossing`), and **test** whether that helps;
# - **find** a Pareto front (checks `ch08.dominates`, `ch08.front`) and **measure** what it covers (check `ch08.hypervolume`);
# - **draw** parents where a front is thin (check `ch08.rarity`) or **keep** those who stand apart (check `ch08.crowding`);
# - **diagnose** a search that believes its own luck, and a population that has become one family.
#
# **You need** chapters 0 and 4. Three questions to recall them:
#
# <details><summary>What does mutate(arch, rng) do in a space of decisions?</summary>It takes one decision at random and draws another option for it; what depends on it is decided anew.</details>
# <details><summary>Why is the smallest of many noisy errors too small?</summary>Among many measurements the smallest had good luck as well. Measured again, the same network is worse on average.</details>
# <details><summary>What does a paired test compare?</summary>Seed by seed the results of two strategies, so that what both owe to the seed drops out.</details>

# %% [markdown]
# ## 2 Set-up

# %% tags=["setup"]
# {{setup}}

# %% [markdown]
# ## 3 The question
#
# Evolution needs one thing of a space: that *children are like their parents*. Is it so for the networks of our table? We change one decision of good cells, and look what becomes of them.

# %%
import random
import warnings

import numpy as np

from nastutor import pareto

TABLE = "digits-tiny"
table = nt.estimators.Table(TABLE)
S, space = nt.spaces, table.space
error = dict(zip(table.archs, table.column()))
pairs = np.array([(error[arch], error[child]) for arch in table.archs for child in space.neighbours(arch)])
good = pairs[pairs[:, 0] <= np.quantile(pairs[:, 0], 0.1)]
print(
    f"{table.networks} different networks; {len(pairs)} pairs of parent and child; "
    f"correlation of their errors {np.corrcoef(pairs.T)[0, 1]:.2f}"
)
print(
    f"mean error of all {pairs[:, 0].mean():.3f}, of the best tenth {good[:, 0].mean():.3f}, "
    f"of their children {good[:, 1].mean():.3f}"
)

# %% [markdown]
# Children of the best are worse than their parents, and better than the rest. A part of what is good is handed on, so it pays to start from there. Two searches make the same kind of children in a population of 8; they differ in who becomes a parent: anybody, or the best of 4 that are drawn. For each ten trials, the median error:

# %%
SEEDS = range(nt.scale(smoke=5, cpu=50))
for name, sample in (("anybody", 1), ("the best of 4", 4)):
    with warnings.catch_warnings():
        # the library warns that a tournament of one is no selection; here that is the point
        warnings.simplefilter("ignore")
        strategies = [nt.RegularizedEvolution(space, population=8, sample=sample, seed=k) for k in SEEDS]
    errors = np.array(
        [[record.error for record in nt.search(one, table, trials=40, progress=False)] for one in strategies]
    )
    print(f"{name:14s}", *(f"{median:.3f}" for median in np.median(errors.reshape(len(SEEDS), 4, 10), axis=(0, 2))))

# %% [markdown]
# Change alone leads nowhere: without a choice of parents the fourth ten are like the first. With it, half of all networks are good from the second ten on. **Mutation proposes, selection decides.** What remains to be said is who has to leave, since a population has room for 8 only. That is the question of this chapter, and the answer is less obvious than it sounds.

# %% [markdown]
# ## 4 Quick facts

# %%
from nastutor.exercises.facts import quick_facts

quick_facts(nt.RegularizedEvolution, nt.TournamentEvolution, nt.NSGA2, nt.LEMONADE)

# %% [markdown]
# | | reported | what is simplified here |
# |---|---|---|
# | regularised evolution | AmoebaNet-A, 3.34 % error on CIFAR-10 with 3.2 M parameters; 450 GPUs for 7 days | nothing; crossing and other rules of removal are added |
# | Liu et al. 2018b | 3.6 % on CIFAR-10; 200 GPUs for 1.5 days | nothing |
# | NSGA-II | a method of 2002, for any objectives | nothing |
# | LEMONADE | a front of networks in a week on 8 GPUs | **half of it**: children are trained afresh. That they start from their parents' weights, the Lamarckian half, comes with the morphisms of chapter 12 |

# %% [markdown]
# ## 5 The idea in a picture
#
# **A population.** Each line is a life, from birth to death, at the error that was measured; a dotted line leads from a parent to its child. Ten live at once. For each birth four are drawn, the best of them has a child, and one must leave. The family of the best is orange; the bars show how old those are who live.
#
# Move "birth". Then let the *worst of all* leave instead of the oldest, and watch the bars: somebody becomes very old. Who, and is that good?

# %%
nt.widgets.Lives(space, table, trials=60, population=10, sample=4, at=38)

# %% [markdown]
# Without a running kernel, this is the other picture:

# %%
without = nt.RegularizedEvolution(space, population=10, sample=4, remove="worst", seed=0)
nt.search(without, table, trials=60, progress=False)
nt.plot.lives(without.lives)

# %% [markdown]
# **A front.** Often there is no best network: a phone wants a small one, a server a good one. One network *dominates* another if it is no worse in any objective and better in one. What nobody dominates is the **Pareto front**. LEMONADE breeds where it is thin. The space below is made up: six widths of a network, 0 to 8, size the sum of $4^{w}$; its error falls with the size and depends on the shape.

# %%
WIDTHS = S.ChoiceSpace.of({f"w{layer}": tuple(range(9)) for layer in range(6)})
SHAPE = np.array([0.6, -1.1, 0.3, 1.4, -0.7, -0.5])


def size(arch):
    return float(sum(4**width for _, width in arch.choices))


def made_up(trial):
    """Error and size of six widths; a formula in place of a training."""
    widths = np.array([width for _, width in trial.arch.choices])
    shape = 1 + 0.5 * np.tanh((widths - widths.mean()) @ SHAPE / 3)
    return nt.Result({"error": 0.5 * size(trial.arch) ** -0.217 * shape, "params": size(trial.arch)}, cost=1.0)


made_up.gives = ("error", "params")
nt.widgets.ParetoFront(WIDTHS, made_up, trials=65, cheap=size, at=37)

# %% [markdown]
# Move "trial" and watch the blue hill, the density of sizes in the archive: orange rings, the newcomers, appear more often where it is low. Then choose "uniformly". Sizes where many are already get still more.

# %% [markdown]
# ## 6 From equations to code
#
# **A tournament** of $S$ out of $P$, drawn with replacement, is won by the member at place $k$ (1 is the best) if all draws are from $k$ on downwards, but not all from below $k$:
#
# $$p_k = \left(\frac{P - k + 1}{P}\right)^S - \left(\frac{P - k}{P}\right)^S$$
#
# **By hand 1.** $P = 4$, $S = 2$: $p_1 = 1 - (3/4)^2 = 7/16$, then $5/16$, $3/16$, $1/16$. A larger $S$ is more pressure. The library must draw with these chances.

# %% tags=["nbval-check-output"]
from nastutor.exercises import ch08

four = nt.RegularizedEvolution(space, population=4, sample=2, seed=0)
for place, arch in enumerate(table.archs[:4], 1):
    four.tell(nt.Trial(arch), nt.Result({"error": place / 10}))
for _ in range(4000):
    four.ask()  # asked only: nobody is told, so the population stays as it is
parents = [births for asked in four.parents.values() for births in asked]
for place in range(1, 5):
    print(
        f"place {place}: by the formula {ch08.tournament(place, 4, 2):.3f}, "
        f"in 4,000 tournaments {parents.count(place - 1) / 4000:.3f}"
    )
assert [16 * ch08.tournament(place, 4, 2) for place in range(1, 5)] == [7, 5, 3, 1]

# %% [markdown]
# **Who leaves.** Let $b$ be the births so far. Regularised evolution removes the oldest: member $i$, born as number $b_i$, dies at birth $b_i + P$, whatever its error. It is a queue. The usual rule removes the worst of those who lived before the birth; the child always comes in.
#
# **By hand 2.** $P = 3$; measured are 0.3, 0.1, 0.2, then children with 0.4, 0.2, 0.3. By age, 0.3 leaves for the first child, 0.1 for the second, 0.2 for the third. By error, 0.3 leaves for 0.4, then 0.4 for 0.2, then one 0.2 for the 0.3; the 0.1 is there for ever.

# %% tags=["nbval-check-output"]
for rule in ("oldest", "worst"):
    three = nt.RegularizedEvolution(space, population=3, sample=2, remove=rule)
    for value, arch in zip((0.3, 0.1, 0.2, 0.4, 0.2, 0.3), table.archs):
        three.tell(nt.Trial(arch), nt.Result({"error": value}))
    left = [member.error for member in sorted((m for m in three.lives if m.death is not None), key=lambda m: m.death)]
    print(
        f"remove the {rule}: in this order left {left}, "
        f"in the end {sorted(member.error for member in three.population)}"
    )

# %% [markdown]
# **Several objectives**, all to be minimised. The **hypervolume** is the area that a front dominates, up to a reference point; more is better. **By hand 3.** The front $(1, 3), (2, 2), (3, 1)$ with the reference $(4, 4)$: steps of width 1 with the heights 1, 2, 3, together 6. The points $(2, 3)$ and $(3, 3)$ change nothing.
#
# **Density.** LEMONADE draws a parent with the chance $p_i \propto 1 / \hat p(x_i)$, where $x_i$ is its cheap objective (the logarithm of its size) and $\hat p(x) \propto \sum_j \exp(-((x - x_j)/h)^2 / 2)$. **By hand 4.** Sizes 0, 0, 100 with $h = 1$: densities 2, 2, 1, so chances 1/4, 1/4, 1/2. The one that stands alone breeds as often as the two others together.

# %% tags=["nbval-check-output"]
points = [(1, 3), (2, 2), (3, 1), (2, 3), (3, 3)]
print(
    "front:",
    [points[number] for number in pareto.front(points)],
    "covers",
    pareto.hypervolume(points, reference=(4, 4)),
)
print("ranks:", pareto.ranks(points).tolist(), "(0: the front; 1: the front of the rest; ...)")
print("crowding on the front:", pareto.crowding(points[:3]).tolist())
print("chances to breed:", [round(chance, 3) for chance in ch08.rarity([0.0, 0.0, 100.0], 1.0)])
assert pareto.hypervolume(points, reference=(4, 4)) == 6

# %% [markdown]
# | symbol | meaning | in the code |
# |---|---|---|
# | $P$, $S$ | how many live, how many compete | `RegularizedEvolution(space, P, S)` |
# | who leaves | oldest, worst of the tournament, worst of all, random | `remove=` |
# | two parents | chance, and how | `crossover=`, `way="uniform"` or `"one-point"` |
# | $n_{pc}$, $n_{ac}$ | children made, children trained | `LEMONADE(children=, accepted=)` |
# | $\hat p$ | density of the cheap objectives | `LEMONADE(density=)` |
#
# LEMONADE has **two stages**: sizes cost nothing, errors cost a training. So it makes many children, looks at their sizes, and trains the few at rare sizes. NSGA-II has no cheap objectives. It ranks by fronts, and within a front keeps those with the largest **crowding distance**: how far the neighbours on both sides are apart.

# %% [markdown]
# ## 7 Build it
#
# **Step 1 (5 minutes).** Ageing. A population is a list of (error, architecture), the oldest first.


# %%
def ageing(population, child, size):
    """-> the population after the birth of `child`: at most `size` live, and the oldest leaves if there is no room."""
    ...


step1 = nt.check("ch08.ageing", ageing)

# %% [markdown]
# **The search.** With this it is short. (Where yours is a stub, the reference stands in; `nt.source("ch08.ageing")` shows it.)

# %%
ageing = ageing if step1 else ch08.ageing


class RegularizedEvolution(nt.Strategy):
    needs = ("sample", "mutate")

    def __init__(self, space, population=8, sample=4, *, seed=0):
        super().__init__(space, seed=seed)
        self.size, self.sample, self.population = population, sample, []

    def ask(self):
        if len(self.population) < self.size:
            return nt.Trial(self.space.sample(self.rng))
        drawn = self.rng.choices(self.population, k=self.sample)
        _, parent = min(drawn, key=lambda member: member[0])
        return nt.Trial(self.space.mutate(parent, self.rng))

    def tell(self, trial, result):
        if result.usable:
            self.population = ageing(self.population, (result.error, trial.arch), self.size)


# %% [markdown]
# Is it the library's? Both get the same seed.

# %% tags=["nbval-check-output"]
for seed in range(3):
    mine, library = (
        RegularizedEvolution(space, seed=seed),
        nt.RegularizedEvolution(space, population=8, sample=4, seed=seed),
    )
    asked = [[record.trial for record in nt.search(one, table, trials=60, progress=False)] for one in (mine, library)]
    assert asked[0] == asked[1] and [arch for _, arch in mine.population] == [
        member.arch for member in library.population
    ]
    print(
        f"seed {seed}: the same 60 trials, {len({trial.arch for trial in asked[0]})} different ones, "
        "and the same 8 live in the end"
    )

# %% [markdown]
# What the library adds: it knows births and parents, so that lives can be drawn; it takes answers in any order, and several at once; it can remove others, cross parents, and measure a parent again (`identity`, 0.05 in the paper), which a noisy search needs.

# %%
nt.source(nt.RegularizedEvolution._leaving)


# %% [markdown]
# **Step 2 (10 minutes).** The chance to win a tournament.


# %%
def tournament(place, population, sample):
    """-> the chance that the member at `place` (1: the best) of `population` is the best of `sample` draws with replacement."""
    ...


nt.check("ch08.tournament", tournament)


# %% [markdown]
# **Step 3 (5 minutes).** Dominance, of points with any number of objectives.


# %%
def dominates(one, other):
    """-> whether `one` is no worse than `other` in each objective and better in one; smaller is better."""
    ...


nt.check("ch08.dominates", dominates)


# %% [markdown]
# **Step 4 (5 minutes).** The front.


# %%
def front(points):
    """-> the points that no other dominates, each once."""
    ...


nt.check("ch08.front", front)


# %% [markdown]
# **Step 5 (15 minutes).** What points of two objectives cover.


# %%
def hypervolume(points, reference):
    """-> the area of what the points dominate, up to `reference`; dominated points and those beyond it add nothing."""
    ...


nt.check("ch08.hypervolume", hypervolume)


# %% [markdown]
# **Step 6 (10 minutes).** Who breeds.


# %%
def rarity(values, width):
    """-> for each value its chance to be drawn, in inverse proportion to the Gaussian density of all values."""
    ...


nt.check("ch08.rarity", rarity)

# %% [markdown]
# ## 8 Run it
#
# First with open eyes, and with two objectives: LEMONADE on networks that come of each other by edits (a layer more or less, wider, narrower, a skip), with real training.

# %% tags=["board"]
task = nt.tasks.digits()
edits = S.EditSpace((("conv", 4, 3), ("max",), ("conv", 8, 3)), max_layers=10, max_width=32)
train = nt.estimators.Train(edits, task, epochs=nt.scale(smoke=1, cpu=2))
lemonade = nt.LEMONADE(edits, start=3, children=12, accepted=3, seed=1)
board = nt.widgets.Board(lemonade, train, trials=nt.scale(smoke=2, cpu=18))
history = board.run()

# %% tags=["after-board"]
print(f"history so far: {len(history)} trials, {history.cost:.0f} epochs of training")
print(f"{lemonade.made} children were made and counted, {lemonade.asked} of them chosen for training")
nt.plot.archive(lemonade) if lemonade.archive else None

# %% [markdown]
# A front of whole networks, from a handful of trainings. Most children cost a count and no training: that is the second stage.
#
# **Many seeds, on the table.** The question is fixed before looking: *is the best after all trials better than that of random search?* Evolution begins with 8 random networks; in a tournament of Liu et al. nobody ever leaves.

# %%
from functools import partial

evolution = partial(nt.RegularizedEvolution, population=8, sample=4)
strategies = {"random search": nt.RandomSearch, "ageing": evolution, "worst leaves": partial(evolution, remove="worst")}
strategies |= {
    "crossed": partial(evolution, crossover=0.5),
    "nobody leaves": partial(nt.TournamentEvolution, start=8, share=0.25),
}
runs = {
    name: [nt.search(make(space, seed=k), table, trials=40, progress=False) for k in SEEDS]
    for name, make in strategies.items()
}
axes = nt.plot.anytime(runs)
axes.set(ylim=(0.95 * table.best().error, 2 * table.best().error), xlim=(4, 40))
axes

# %%
from scipy.stats import mannwhitneyu, wilcoxon

ends = {name: np.array([history.best().error for history in histories]) for name, histories in runs.items()}
for name, histories in runs.items():
    seen = np.mean([len({space.canonical(record.trial.arch) for record in history}) for history in histories])
    median = np.median([record.error for history in histories for record in history[20:]])
    d = ends["random search"] - ends[name]
    p = f"p = {min(1, 4 * wilcoxon(d, alternative='greater').pvalue):.2f}" if d.any() else ""
    print(
        f"{name:14s} best {ends[name].mean():.4f} {p:9s} different networks {seen:.1f}; second half: "
        f"median error {median:.3f}"
    )

# %% [markdown]
# No strategy beats random search here (p corrected for four questions), and yet look at the last column: all of them spend their second half on much better networks. It does not help them, because there are only 60 different ones and random search sees more than a third. *A search that learns needs a space that it cannot see at once.* So here is one: `digits-cells`, 5,044 networks, 100 trials each.

# %%
large = nt.estimators.Table("digits-cells")
BIG = SEEDS[: nt.scale(smoke=5, cpu=20)]
wide = {
    name: [nt.search(make(large.space, seed=k), large, trials=100, progress=False).best().error for k in BIG]
    for name, make in strategies.items()
}
for name, errors in wide.items():
    p = (
        min(1, 4 * wilcoxon(np.subtract(wide["random search"], errors), alternative="greater").pvalue)
        if name != "random search"
        else 1.0
    )
    print(f"{name:14s} best {np.mean(errors):.4f}", f"p = {p:.3f}" if name != "random search" else "")

# %% [markdown]
# Now all four means lie below that of random search. Who keeps everybody, or the good ones, is clearly better (corrected p 0.02 or less); ageing is at the edge (0.04), crossing is not told apart (0.09).
#
# **What the papers claim**, each with the test that was written down before it ran, on both tables:

# %%
keys = (
    "real2019-aging",
    "real2019-aging-own-noise",
    "real2019-aging-reversed",
    "ying2019-evolution",
    "liu2018b-evolution",
    "elsken2019-density",
)
for key in keys[: nt.scale(smoke=1, cpu=6)]:
    print(nt.claims.claim(key).statement)
    for name, where in (("small table", table), ("large table", large)):
        outcome = nt.claims.claim(key).run(where, seeds=nt.scale(smoke=10, cpu=30))
        print(f"   {name}: {'supported' if outcome.p < 0.05 else 'NOT supported'}, p = {outcome.p:.2g}: {outcome.said}")

# %% [markdown]
# On the small table one of six is supported, the one *against* ageing, and barely: p = 0.04, with fifty other seeds 0.11. There the population of the test shrinks to 5, as said beforehand, and a queue of five forgets what it knew five births ago. 5 % of 30 is a tournament of one or two.
#
# On the large table three are: with the noise of single trainings ageing does no harm; where few live for long under much noise it does; tournaments among everybody are far better than random search. Regularised evolution is nearly better by validation errors, and not by test errors, which were fixed as the judge. That ageing *helps* is not seen here. We do not tune until it fits; section 10 shows where ageing does what the paper says.

# %% [markdown]
# ## 9 Swap a dimension
#
# **Another space, and two parents.** 24 decisions of two options make 16.8 million architectures. In the first problem each decision counts for itself; in the second, decisions count in threes: a part is worth something if all three are right. The strategies differ in one argument.

# %%
YES_NO = S.ChoiceSpace.of({f"d{number}": (0, 1) for number in range(24)})

def alone(trial):
    return nt.Result({"error": 1 - sum(value for _, value in trial.arch.choices) / 24})

def in_threes(trial):
    values = [value for _, value in trial.arch.choices]
    return nt.Result({"error": 1 - sum(all(values[at : at + 3]) for at in range(0, 24, 3)) / 8})
TWENTY = range(nt.scale(smoke=3, cpu=20))
ways = {"one parent": {}, "two, uniform": {"crossover": 0.9}, "two, one-point": {"crossover": 0.9, "way": "one-point"}}
for problem in (alone, in_threes):
    drawn = [
        nt.search(nt.RandomSearch(YES_NO, seed=k), problem, trials=300, progress=False).best().error for k in TWENTY
    ]
    print(f"{problem.__name__}, {YES_NO.size:,} architectures: random search {np.mean(drawn):.3f}")
    found = {}
    for name, more in ways.items():
        make = partial(nt.RegularizedEvolution, YES_NO, population=30, sample=5, **more)
        found[name] = np.array(
            [nt.search(make(seed=k), problem, trials=300, progress=False).best().error for k in TWENTY]
        )
        d = found["one parent"] - found[name]
        p = min(1, 4 * wilcoxon(d, alternative="greater").pvalue) if d.any() else None
        p = "" if p is None else f"better than one parent: p = {p:.3f}"
        print(f"   {name:15s} {found[name].mean():.3f} {p}")

# %% [markdown]
# Here evolution is far ahead of random search. All four crossed means are better than those of one parent, as two good halves may come together in one child; but corrected for four questions only uniform crossing of decisions that count for themselves is clear (p = 0.005). The other three lie between 0.05 and 0.22. Real et al. mutate only.
#
# **More objectives.** The same search problems, judged by the hypervolume of error and the logarithm of size, after 45 trials: on the table, and on the six widths.


# %%
def covered(history):
    """Hypervolume of error and log10 of the parameters."""
    metrics = [record.result.metrics for record in history]
    return pareto.hypervolume([(one["error"], np.log10(one["params"])) for one in metrics], reference=(0.6, 6))

whole = pareto.front(zip(table.column(), table.column("params")))
print(f"front of the whole table: {len(whole)} networks; sizes of the six widths: from {6 * 4**0} to {6 * 4**8:,}")
for name, where, answers, cheap in (("table", space, table, None), ("six widths", WIDTHS, made_up, size)):
    rivals = {
        "random": nt.RandomSearch,
        "NSGA-II": partial(nt.NSGA2, population=10),
        "LEMONADE": partial(nt.LEMONADE, cheap=cheap),
    }
    rivals["uniform LEMONADE"] = partial(nt.LEMONADE, cheap=cheap, density=None)
    got = {
        rival: np.array([covered(nt.search(make(where, seed=k), answers, trials=45, progress=False)) for k in TWENTY])
        for rival, make in rivals.items()
    }
    for rival, values in got.items():
        p = (
            ""
            if rival == "random"
            else f"more than random: p = {wilcoxon(values - got['random'], alternative='greater').pvalue:.2g}"
        )
        print(f"{name:10s} {rival:17s} {values.mean():.3f}  {p}")

# %% [markdown]
# On the table random search is enough. On the six widths random architectures are nearly all large, since one wide layer makes a network large. Who draws where the front is thin walks down to the small ones.
#
# **A space of motifs.** Liu et al. mutate a hierarchy: first a *level* is drawn, then a motif, then an edge. So the cell on top, 10 of 46 edges, changes as often as all six motifs below it together. And as nobody leaves, the tournament grows with the population.

# %% tags=["nbval-check-output"]
motifs, rng = S.HierarchicalSpace(motifs=(6, 1), nodes=(4, 5)), random.Random(0)
changed = [
    next(name for name, value in motifs.mutate(motifs.trivial, rng).choices if value != motifs.trivial[name])
    for _ in range(400)
]
top = sum(name.startswith("motif3") for name in changed)
print(f"of 400 mutations {top / 400:.0%} change the cell, which has 10 of {len(motifs.sites())} edges, {10 / 46:.0%}")
print("5 % that compete, of 200, 1,000 and 7,000:", *(max(1, round(0.05 * alive)) for alive in (200, 1000, 7000)))

# %% [markdown]
# ## 10 What goes wrong
#
# **Planted failure 1: selection that believes its luck.** The toy of Real et al.: an architecture is 100 bits, its true error the share of zeros, and each measurement has noise of standard deviation 0.05 (theirs: 0.01). The space is our own, in four lines: evolution asks no more of it. Two colleagues run 2,000 births with $P = 100$, $S = 10$. Drawn is the smallest *measured* error in the population, and the *true* error of that same member. Which of them removes the oldest? Decide before you read on.


# %%
class Bits:
    def __init__(self, count):
        self.count = count

    def named(self, number):
        return nt.Arch((("bits", f"{number:0{self.count}b}"),))

    def sample(self, rng):
        return self.named(rng.getrandbits(self.count))

    def mutate(self, arch, rng):
        return self.named(int(arch["bits"], 2) ^ 1 << rng.randrange(self.count))


def true_error(arch):
    return arch["bits"].count("0") / len(arch["bits"])


# %%
def live(births, bits, noise, seed, **settings):
    """For each birth: the smallest measured error in the population, that member's true error, and its age."""
    strategy, rng, told = nt.RegularizedEvolution(Bits(bits), seed=seed, **settings), random.Random(seed + 1000), []
    for birth in range(births):
        trial = strategy.ask()
        measured = min(1.0, max(0.0, true_error(trial.arch) + rng.gauss(0, noise)))
        strategy.tell(trial, nt.Result({"error": measured}))
        if birth % 20 == 19:
            best = min(strategy.population, key=lambda member: member.error)
            told.append((best.error, true_error(best.arch), birth - best.birth))
    return np.array(told)

BIRTHS = nt.scale(smoke=200, cpu=2000)
rules = dict(zip("AB", random.Random(5).sample(("oldest", "loser"), 2)))  # who is who is not said before the picture
how = {"seed": 0, "population": 100, "sample": 10}
colleagues = {name: live(BIRTHS, 100, 0.05, remove=rule, **how) for name, rule in rules.items()}
axes = nt.plot.new_axes(6.4, 3.2)
for colour, marker, (name, told) in zip(("tab:orange", "tab:blue"), "os", colleagues.items()):
    for column, dash, what in ((0, "-", "measured"), (1, ":", "true")):
        looks = {"color": colour, "marker": marker, "markevery": 10, "label": f"{name}: {what}"}
        axes.plot(range(20, BIRTHS + 1, 20), told[:, column], dash, **looks)
axes.set(xlabel="births", ylabel="error of the best measured")
axes.legend(ncols=2, fontsize=8)
gaps = ", ".join(f"{name} {told[-1, 0]:.3f} measured and {told[-1, 1]:.3f} true" for name, told in colleagues.items())
nt.plot.say(axes, f"In the end: {gaps}.")

# %% [markdown]
# <details><summary>My answer is ready</summary><b>B</b> does. A's measured curve can only fall, as the best never leaves. It looks calm, and below it nothing happens: members with one lucky measurement sit in the population, win tournaments, and their children, measured honestly, lose against them. B's curve is restless. Each luck ends after 100 births; what lasts is only what is measured as good again and again, along a family.</details>
#
# The remedy of the paper is ageing; what also tells you is the **age of the best**, and what helps in any search is to *measure the best again*.
#
# Is removing the oldest always better, then? Three regimes, twenty seeds each, compared as independent ones (Mann and Whitney). The numbers are the true errors of what looks best in the end.

# %%
FRESH = range(100, nt.scale(smoke=105, cpu=120))
regimes = {
    "noise 0.05": (2000, 100, 0.05, 100, 10),
    "noise 0.01": (1000, 100, 0.01, 100, 10),
    "noise 0.1, few bits, P = 20": (2000, 32, 0.1, 20, 5),
}
for name, (births, bits, noise, alive, sample) in regimes.items():
    births = nt.scale(smoke=200, cpu=births)
    by_rule = {
        rule: [live(births, bits, noise, k, population=alive, sample=sample, remove=rule)[-1] for k in FRESH]
        for rule in ("oldest", "loser")
    }
    aging, without = (np.array(by_rule[rule]) for rule in ("oldest", "loser"))
    p = [mannwhitneyu(aging[:, 1], without[:, 1], alternative=side).pvalue for side in ("less", "greater")]
    print(
        f"{name}: with ageing {aging[:, 1].mean():.3f}, without {without[:, 1].mean():.3f}; "
        f"p ageing better {p[0]:.2g}, worse {p[1]:.2g}"
    )
    print(
        f"   measured {aging[:, 0].mean():.3f} and {without[:, 0].mean():.3f}; "
        f"age of the best {aging[:, 2].mean():.0f} and {without[:, 2].mean():.0f}"
    )

# %% [markdown]
# **It depends.** Where one measurement is more uncertain than a mutation matters (one bit in 100 is 0.01) and the population is large enough to remember, ageing is better by far. Where the noise is small, as in the toy of the paper, there is no difference to be seen. Where the population is small, ageing forgets faster than it learns, and is worse, although without it the best measured is 700 births old and looks perfect. All three are claims of the library (`nastutor/claims/aging.py`); section 8 has shown what tables say.
#
# **Planted failure 2: sizes as they are.** LEMONADE's density is of the *logarithm* of the size. A colleague takes sizes as they are, "to be exact". What happens on the six widths?

# %%
for name, log in (("logarithms", True), ("as they are", False)):
    found = [nt.search(nt.LEMONADE(WIDTHS, size, log=log, seed=k), made_up, trials=65, progress=False) for k in TWENTY]
    fronts = [[size(record.trial.arch) for record in history.pareto("error", "params")] for history in found]
    spans = np.mean([np.log10(max(own) / min(own)) for own in fronts])
    print(
        f"{name:12s} hypervolume {np.mean([covered(history) for history in found]):.3f}, "
        f"the front spans {spans:.2f} decades of size"
    )

# %% [markdown]
# The width of the kernels follows the spread of the sizes, and that is made by the few largest. Seen with such a width, 100 and 1,000 are one place: dense, and hardly ever drawn. No error was raised. *Look at the front: does it reach to both ends?*
#
# **Planted failure 3: one family.** Evolution with all of 20 competing and the worst removed, on the 24 decisions. How different are two members, on average?


# %%
def apart(population):
    """Mean number of decisions in which two members differ."""
    values = np.array([[value for _, value in member.arch.choices] for member in population])
    return (values[:, None] != values).sum(axis=2).sum() / (len(values) * (len(values) - 1))
axes = nt.plot.new_axes(6.4, 3.0)
for index, (name, settings) in enumerate(
    {"3 compete, oldest leaves": {"sample": 3}, "20 compete, worst leaves": {"sample": 20, "remove": "worst"}}.items()
):
    curves = []
    for seed in range(5):
        strategy, curve = nt.RegularizedEvolution(YES_NO, population=20, seed=seed, **settings), []
        for birth in range(nt.scale(smoke=60, cpu=200)):
            trial = strategy.ask()
            strategy.tell(trial, in_threes(trial))
            curve += [apart(strategy.population)] if birth >= 19 else []
        curves.append(curve)
    axes.plot(
        range(20, 20 + len(curve)),
        np.mean(curves, axis=0),
        ("-", "--")[index],
        label=f"{name}: {np.mean(curves, axis=0)[-1]:.1f} in the end",
    )
axes.set(xlabel="births", ylabel="decisions that differ", ylim=(0, None))
axes.legend()
nt.plot.say(axes, f"Mean difference of two members; {'; '.join(line.get_label() for line in axes.lines)}.")

# %% [markdown]
# Both begin with 12 of 24, as random ones do. Under the greater pressure all are soon near relatives: crossing them gives nothing new, and what the first good family lacked must come by single mutations. Whether that harms depends on the landscape. *Draw the diversity beside the error.*

# %% [markdown]
# ## 11 At paper scale
#
# AmoebaNet-A, the cell that regularised evolution found, built at the published sizes and counted.

# %% tags=["nbval-check-output"]
for name in ("AmoebaNet-A CIFAR", "AmoebaNet-A mobile", "AmoebaNet-A large", "AmoebaNet-A 448"):
    found = nt.zoo.get(name)
    counts = found.counts()
    print(
        f"{name:19s} {counts.params:11,} parameters (published {found.figures['params']} M), "
        f"{counts.mult_adds / 1e6:9,.1f} M multiply-adds"
    )
    assert round(counts.params / 1e6) == round(found.figures["params"]) or found.notes

# %% tags=["nbval-check-output"]
amoeba = S.AmoebaNetSpace()
print(f"the space: {amoeba.size:.2e} pairs of cells, {amoeba.size**0.5:.2e} single ones")
assert amoeba.size == (720**2 * 8**10) ** 2
print(f"20,000 trainings of 25 epochs: {20_000 * 25:,} epochs; {20_000 // 100} populations of 100, one after the other")
print(f"450 GPUs for 7 days: {450 * 7:,} GPU days")
chances = [ch08.tournament(place, 100, 25) for place in range(1, 11)]
print(f"tournament of 25 among 100: the best wins {chances[0]:.0%}, one of the best ten {sum(chances):.0%}")

# %% [markdown]
# | | the paper | ours |
# |---|---|---|
# | regularised evolution: $P$, $S$, trainings | 100, 25, 20,000 | 8, 4, 40 on a table |
# | Liu et al.: beginners, trainings, share | 200, 7,000, 5 % | 8, 40, 25 % |
# | LEMONADE: children, accepted, generations | some 200, 64, 100 | 12, 3, 5 |
# | errors | 3.34 % (AmoebaNet-A, 3.2 M) on CIFAR-10 | on digits; not comparable |
#
# On a GPU, in the space of the paper:
#
# ```python
# space = nt.spaces.AmoebaNetSpace(channels=24, cells=3)
# train = nt.estimators.Train(space, nt.tasks.cifar10(), epochs=25, amp=True)
# strategy = nt.RegularizedEvolution(space, population=100, sample=25, identity=0.05, seed=0)
# nt.search(strategy, train, trials=20_000, journal="amoeba.sqlite")  # goes on where it stood, on any day
# ```

# %% [markdown]
# ## 12 Check yourself
#
# Click on an answer to see whether it is right, and why.
#
# #### 1. In regularised evolution the best network so far is removed when it is the oldest. What is lost?
# <details><summary>nothing of the result: the best of the history is reported</summary>Right. The population is where the search looks for parents, not its memory. Its children may carry on what it had.</details>
# <details><summary>the result gets worse</summary>What is reported is the best of all trials. Only parents are taken from the population.</details>
#
# #### 2. The best measured error falls and falls, the best is 1,500 births old, P = 100. What do you do first?
# <details><summary>train it longer</summary>First find out whether it is good at all.</details>
# <details><summary>measure it again, several times</summary>Right. One that lives so long may owe it to one lucky measurement; a second one tells.</details>
#
# #### 3. What does a larger tournament do?
# <details><summary>it looks at more networks, so diversity grows</summary>It lets the best win more often, so more children are of one family.</details>
# <details><summary>it raises the pressure: faster where the way is clear, stuck where it is not</summary>Right. With S = P and replacement the best is drawn in nearly two thirds of all tournaments, and wins each of them.</details>
#
# #### 4. Two networks: error 0.10 with 5,000 parameters, error 0.12 with 4,000. Which dominates?
# <details><summary>the first: the error matters more</summary>Dominance knows no weights. A weight would be a third decision, and yours.</details>
# <details><summary>neither</summary>Right. Each is better in one objective, so both belong on the front.</details>
#
# #### 5. A paper reports a larger hypervolume. What must you know?
# <details><summary>reference point, units, and the number of trainings of both</summary>Right. With another reference, or without the logarithm of sizes, the order of two fronts can turn round.</details>
# <details><summary>nothing: it is a number</summary>It depends on the reference point and on the units of each objective.</details>
#
# #### 6. Why may LEMONADE make 20 children and train 4?
# <details><summary>because 16 are bad</summary>Nobody knows that: their errors were never measured.</details>
# <details><summary>because their sizes cost nothing, and say where the front is thin</summary>Right. The cheap objectives choose where to spend the expensive one.</details>
#
# #### 7. On the small table of this chapter evolution did not beat random search. What follows?
# <details><summary>evolution does not work for networks</summary>On 16.8 million architectures of section 9 it is far ahead. A space of 60 networks leaves nothing to learn.</details>
# <details><summary>in a space of 60 networks and 40 trials there is little to gain</summary>Right. Name the space and the budget with every such result.</details>

# %% [markdown]
# ## 13 Exercises
#
# **Core (10 minutes).** The crowding distance of NSGA-II, on a front of two objectives that is sorted by the first. Success: the check passes.


# %%
def crowding(line):
    """-> for each point how far its neighbours lie apart, summed over both objectives in units of their ranges; infinite at both ends."""
    ...


nt.check("ch08.crowding", crowding)


# %% [markdown]
# **Core (5 minutes).** One-point crossing of two dictionaries with the same decisions. Success: the check passes.


# %%
def crossing(one, other, cut):
    """-> the child: the first `cut` decisions of `one`, the others of `other`."""
    ...


nt.check("ch08.crossing", crossing)

# %% [markdown]
# **Explore (20 minutes).** `RegularizedEvolution(identity=0.05)` measures a parent again now and then. Give the runs of failure 1 `identity=0.2`, with and without ageing, on seeds 100 to 111. Success: a table of true errors, and a sentence on which of the two rules can use a second measurement.
#
# **Explore (30 minutes).** Find the noise at which ageing begins to pay: 100 bits, $P = 100$, $S = 10$, noise 0.01, 0.02, 0.03, 0.05. Success: a figure with both curves and bands over twelve seeds, and what changes if $P$ is 20.
#
# **Research (a day).** "Hierarchical genotypes beat flat ones" (Liu et al. 2018b) is not tested here, because it takes trainings. State the claim for `HierarchicalSpace()` and `flat_twin()` on the digits with a budget that you can afford, write the test down, then run it. Success: an outcome with p, whichever way, and the power that your seeds had.

# %% [markdown]
# ## 14 Summary
#
# - Mutation proposes, selection decides. A tournament of $S$ sets the pressure; who leaves sets the memory.
# - Removing the oldest forgets luck. It is better where measurements are noisy and the population large, without effect that twenty seeds would show where they are not, worse where the population is small.
# - A second parent was better in one of four comparisons on a made-up space; which way of crossing to take was not told apart.
# - Several objectives have a front, and the hypervolume with a reference says what it covers. NSGA-II keeps who stands apart, LEMONADE breeds where it is thin and trains only what cheap objectives recommend.
# - On the small table *no* strategy was better than random search, and one claim in six was supported; on the large one three of four strategies were, and three claims.
#
# **Further reading.** [Real et al. 2019](https://arxiv.org/abs/1802.01548), appendix A: the toy of section 10. [Liu et al. 2018b](https://arxiv.org/abs/1711.00436), section 3: 1,000 mutations to begin with. [Elsken et al. 2019](https://arxiv.org/abs/1804.09081), section 4: the whole algorithm. [Deb et al. 2002](https://doi.org/10.1109/4235.996017): NSGA-II.
#
# **Known deviations.** LEMONADE's children are trained afresh until edits carry weights (chapter 12). `identity`, a second measurement of a parent, is 0 unless you ask for it; the paper has 0.05. The six widths and the 24 decisions are made up, and say so.
#
# Next: chapter 9 makes choices soft, and follows their gradients.{{unwritten 9}}
