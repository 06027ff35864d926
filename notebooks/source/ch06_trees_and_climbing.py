# %% [markdown]
# # Chapter 6 · Tree search and hill climbing
#
# *You will say a space as a sentence, search the tree of its decisions by counting visits, climb where there is no tree, and tell from the counts what is wrong.*
#
# {{badges}}
#
# {{map}}
#
# Papers: Negrinho & Gordon, [DeepArchitect](https://arxiv.org/abs/1704.08792), 2017 · Wistuba, [Finding competitive network architectures within a day using UCT](https://arxiv.org/abs/1712.07420), 2017 · Elsken, Metzen, Hutter, [Simple and efficient architecture search](https://arxiv.org/abs/1711.04528), 2017. Before them: Kocsis & Szepesvári (UCT, 2006); Auer, Cesa-Bianchi, Fischer (UCB1, 2002).
#
# {{time}}

# %% [markdown]
# ## 1 You will be able to
#
# - **say** a space of networks in a language of modules, and count it by hand;
# - **compute** the bound that sends a tree search down a branch (check `ch06.ucb1`), and **back** a reward **up** (check `ch06.back_up`);
# - **build** a tree search of 20 lines that asks what the library's asks;
# - **halve** ordered options (check `ch06.halves`), and **say** what that does to the odds (check `ch06.chances`);
# - **count** n-grams (check `ch06.ngrams`) and **climb** (check `ch06.climb`);
# - **diagnose** rewards on a wrong scale from the visits of a tree.
#
# **You need** chapters 0 and 4. Three questions to recall them:
#
# <details><summary>What does decide(choose) do?</summary>It asks for one decision after the other, by name and options. What is asked may depend on what was answered.</details>
# <details><summary>Why do we compare with random search?</summary>It measures the space. A strategy has shown something only if it is better at equal cost.</details>
# <details><summary>How many paired seeds at least, and why?</summary>Ten: the smallest p of n pairs is 1/2^n, and one run is an anecdote.</details>

# %% [markdown]
# ## 2 Set-up

# %% tags=["setup"]
# {{setup}}

# %% [markdown]
# ## 3 The question
#
# A cell with three nodes has three decisions, of five operations each. We look at one of them: what does each option cost, on average over all cells that have it?

# %%
import numpy as np

table = nt.estimators.Table("digits-tiny")  # every cell trained beforehand; it answers with the mean of five trainings
space = table.space
error = dict(zip(table.archs, table.column()))
for option in space.sites()["0->2"]:
    print(f"0->2 = {option:9s} mean error {np.mean([e for arch, e in error.items() if arch['0->2'] == option]):.3f}")

# %% [markdown]
# A few trials with `none` between input and output are enough to see that this is a bad idea. Does random search see it? We count, for each ten trials, how many cells are from the worse half of the table.

# %%
poor = np.median(list(error.values()))
SEEDS = range(nt.scale(smoke=5, cpu=50))
for Strategy in (nt.RandomSearch, nt.MCTS):
    runs = [nt.search(Strategy(space, seed=k), table, trials=30, progress=False) for k in SEEDS]
    worse = (
        np.array([[record.error > poor for record in history] for history in runs])
        .reshape(len(runs), 3, 10)
        .mean(axis=(0, 2))
    )
    best = np.mean([history.best().error for history in runs])
    print(
        f"{Strategy.__name__:13s} from the worse half: {', '.join(f'{share:.0%}' for share in worse)}; best {best:.4f}"
    )

# %% [markdown]
# Random search spends as much on poor cells in the end as at the beginning. `MCTS` spends less and less; it remembers **what earlier decisions led to**. But look at the last number: the best cell found is hardly better. To avoid what is poor is one thing, to find the very best another, and this chapter keeps the two apart.

# %% [markdown]
# ## 4 Quick facts

# %%
from nastutor.exercises.facts import quick_facts, space_facts

quick_facts(nt.MCTS, nt.NGramSMBO, nt.HillClimbing, nt.NASH)

# %%
from nastutor.spaces.modules import deep_convnet, reference_convnet, residual_network

S = nt.spaces
space_facts(*(S.ModuleSpace(sentence()) for sentence in (reference_convnet, deep_convnet, residual_network)))

# %% [markdown]
# From above: the space in which DeepArchitect's searchers were compared, one of deep chains, one of residual networks.
#
# | | reported | what is simplified here |
# |---|---|---|
# | DeepArchitect | tree search and SMBO beat random search on CIFAR-10 | its language as functions; training settings are no words |
# | Wistuba | competitive networks in one GPU day | plain UCT; his two ways of sharing between branches are not built |
# | NASH | error below 6 % on CIFAR-10 in 12 hours, near 5 % in a day, one GPU | children are trained afresh; inherited weights: chapter 12 |

# %% [markdown]
# ## 5 The idea in a picture
#
# **Five doors.** Behind door 1 lies always 0.1, behind door 2 always 0.3, then 0.5, 0.7, 0.9. You do not know that; at each trial you open one. How often do you go back to the best so far, and how often do you look again at the others? UCB1 gives each door a *bonus* that shrinks with its visits and slowly grows with the visits of the others. You open the door with the largest sum. Below, three moments of the same search: blue is what was earned, orange the bonus.

# %%
DOORS = S.ChoiceSpace.of({"door": (1, 2, 3, 4, 5)})

def open_doors(trials, exploration=0.5):
    """-> the root of the tree after so many trials."""
    strategy = nt.MCTS(DOORS, exploration=exploration, repeats=True)
    reward = lambda trial: 0.2 * trial.arch["door"] - 0.1
    nt.search(strategy, lambda trial: nt.Result({"error": 1 - reward(trial)}), trials=trials, progress=False)
    return strategy.root


def draw_doors(moments, exploration=0.5):
    axes, words = nt.plot.new_axes(7.2, 3.4), []
    for place, trials in enumerate(moments):
        root = open_doors(trials, exploration)
        visits = np.array([root.children[way].visits for way in range(5)])
        bonus, x = exploration * np.sqrt(2 * np.log(trials) / visits), 6 * place + np.arange(5)
        axes.bar(x, [0.1, 0.3, 0.5, 0.7, 0.9], color="#5aa7d8", label=None if place else "mean reward")
        axes.bar(x, bonus, bottom=[0.1, 0.3, 0.5, 0.7, 0.9], color="#f2b36b", label=None if place else "bonus")
        for at, count, top in zip(x, visits, bonus + [0.1, 0.3, 0.5, 0.7, 0.9]):
            axes.text(at, top + 0.03, f"{count}x", ha="center")
        words.append(f"after {trials} trials {', '.join(map(str, visits))}")
    axes.set_xticks([6 * p + 2 for p in range(len(moments))], [f"doors 1 to 5 after {n} trials" for n in moments])
    axes.set(ylabel="bound", ymargin=0.12)
    axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2)
    return nt.plot.say(axes, f"Visits of the doors: {'; '.join(words)}.")


# %%
draw_doors((6, 11, 40))

# %% [markdown]
# With a running kernel, move the sliders. With exploration 0 the search opens each door once, and then the best for ever; with 5 it can hardly tell them apart.

# %%
from ipywidgets import interact

interact(
    lambda trials=10, exploration=0.5: draw_doors((trials,), exploration), trials=(6, 100), exploration=(0.0, 5.0, 0.25)
);

# %% [markdown]
# **Doors behind doors.** An architecture is a row of decisions; behind each option lie the next doors. UCT uses the same rule at every node, and puts one new node into the tree at each trial. What lies deeper is decided at random, and the reward counts for all nodes on the way up. Each plate shows the visits, the number behind it the mean reward 1 - error. Move "trial" from 1 to 40 and watch where branches become thick.

# %%
nt.widgets.SearchTree(space, table, trials=40, at=12)

# %% [markdown]
# ## 6 From equations to code
#
# **A space is a sentence.** DeepArchitect's *words* are modules. Basic ones hold the values of their settings; composite ones say how others are put together: `Concat` (all in a row), `Or` (one of them), `Optional`, `Repeat`, `MaybeSwap` (both orders), `Residual`. Nothing is decided yet: a sentence is a tree of words, and to *decide* is to walk through it from left to right.
#
# **By hand 1.** Below, a convolution has $2 \cdot 2$ settings, and the order of ReLU and batch norm doubles them: 8 ways. Once or twice: $8 + 8^2 = 72$. A dropout with two rates, or none: 3. Together 216.

# %% tags=["nbval-check-output"]
from nastutor.spaces import language as w

layer = w.Concat(w.Conv((8, 16), (3, 5)), w.MaybeSwap(w.ReLU(), w.BatchNorm()))
sentence = w.Concat(w.Repeat(layer, (1, 2)), w.Optional(w.Dropout((0.25, 0.5))))
said = S.ModuleSpace(sentence)
assert said.size == len(set(said)) == 216
arch = said.sample(6)
print(f"{said.size} networks; one of them, decision by decision:")
for name, value in arch.choices:
    print(f"  {name:14s} {value}")
print("its layers:", " ".join(said.layer_kinds(arch)))

# %%
task = nt.tasks.digits()
nt.draw(said.graph(arch, task), title="what the sentence says")

# %% [markdown]
# A number before a decision is the place of its word in the sentence: `1.2.1 kernel` belongs to the second copy of the repeated layer. Which decisions are asked depends on those before: no second copy, no decisions about it.
#
# **The tree.** A node $v$ stands for the first decisions. $n(v)$ trials came through it and earned $w(v)$ together. From $v$ the search goes to the option $o$ with the largest
#
# $$\frac{w(v, o)}{n(v, o)} + c\, \sqrt{\frac{2 \ln n(v)}{n(v, o)}}$$
#
# and first of all to an option with $n(v, o) = 0$. **The climb** (NASH) has no tree. From a parent $N_i$ it makes children by random edits, and goes to the best of them and the parent: $N_{i+1} = \arg\min_{N \in \{N_i\} \cup \mathrm{children}} \mathrm{error}(N)$. **The model** (SMBO with n-grams) predicts the reward of a network by ridge regression on how often each short row of modules comes in it, and tries the best of many random ones.
#
# | symbol | meaning | in the code |
# |---|---|---|
# | $v$ | first decisions | `path`, a tuple of options |
# | $n(v), w(v)$ | visits, sum of rewards | `tree[path]` |
# | $c$ | exploration | `MCTS(exploration=0.5)` |
# | reward | 1 - validation error | `1 - result.error` |
#
# **By hand 2.** The five doors with $c = 0.5$. Each trial puts one node into the tree; the first puts in the root and counts there alone, the next five open each door once. Then $n = 6$, and each door has the bonus $0.5 \sqrt{2 \ln 6} = 0.95$, so door 5 is next. With $n = 7$ it has $0.9 + 0.5\sqrt{2 \ln 7 / 2} = 1.60$, and door 4, seen once, $0.7 + 0.5\sqrt{2 \ln 7} = 1.69$: door 4. By the same sums the next three are 5, 3, 5. After eleven trials the visits must be 1, 1, 2, 2, 4.

# %% tags=["nbval-check-output"]
bonus = lambda visits, trials: 0.5 * (2 * np.log(trials) / visits) ** 0.5
assert round(0.9 + bonus(2, 7), 2) == 1.6 and round(0.7 + bonus(1, 7), 2) == 1.69
for trials in range(6, 12):
    root = open_doors(trials)
    print(f"after {trials:2d} trials:", [root.children[way].visits for way in range(5)])
assert [root.children[way].visits for way in range(5)] == [1, 1, 2, 2, 4]

# %% [markdown]
# **Halves.** With 64 widths to choose from, UCB1 has to try each of them once before it may prefer any. DeepArchitect restructures the tree: a decision becomes a row of questions, "the smaller half or the larger one?". The leaves are the same, but neighbours now share rewards. With five options:

# %% tags=["nbval-check-output"]
from nastutor.exercises import ch06

print(ch06.halves(["A", "B", "C", "D", "E"]))
print("chance of each, if every turn is a fair coin:", ch06.chances(5))
assert sum(ch06.chances(5)) == 1

# %% [markdown]
# ## 7 Build it
#
# **Step 1 (5 minutes).** The bound of a branch.

# %%
def ucb1(total, visits, parent, exploration):
    """`total` of the rewards of a branch, its `visits`, those of its `parent` -> the bound; infinite for a new branch."""
    ...


step1 = nt.check("ch06.ucb1", ucb1)


# %% [markdown]
# **Step 2 (10 minutes).** Back a reward up. The tree is a dictionary from paths to (visits, sum of rewards); `()` is the root. Every node on the way gets the reward, down to the first one that is new: it is put in, and what lies deeper is not counted.

# %%
def back_up(tree, path, reward):
    """-> the tree after one more trial, whose decisions are `path`."""
    ...


step2 = nt.check("ch06.back_up", back_up)

# %% [markdown]
# **The search.** With these two functions it is short. (Where yours are stubs, the references stand in; `nt.source("ch06.ucb1")` shows one.) Where a node is new, all bounds are infinite, so the rest of the way is drawn at random by itself.

# %%
ucb1, back_up = ucb1 if step1 else ch06.ucb1, back_up if step2 else ch06.back_up


class MCTS(nt.Strategy):
    needs = ("walk",)

    def __init__(self, space, exploration=0.5, *, seed=0):
        super().__init__(space, seed=seed)
        self.exploration, self.tree, self.path = exploration, {}, ()

    def ask(self):
        self.path = ()
        return nt.Trial(self.space.walk(self.choose))

    def choose(self, name, options):
        parent, _ = self.tree.get(self.path, (0, 0))
        branches = [self.tree.get((*self.path, option), (0, 0)) for option in options]
        bounds = [ucb1(total, visits, parent, self.exploration) for visits, total in branches]
        best = [option for option, bound in zip(options, bounds) if bound == max(bounds)]
        self.path += (self.rng.choice(best),)
        return self.path[-1]

    def tell(self, trial, result):
        back_up(self.tree, tuple(value for _, value in trial.arch.choices), 1 - result.error)


# %% [markdown]
# Is it the library's? Both get the same seed, and the library's may repeat itself, as ours does.

# %% tags=["nbval-check-output"]
for seed in range(3):
    mine, library = MCTS(space, seed=seed), nt.MCTS(space, repeats=True, seed=seed)
    asked = [[record.trial for record in nt.search(one, table, trials=60, progress=False)] for one in (mine, library)]
    assert asked[0] == asked[1] and mine.tree[()] == (60, library.root.total)
    print(
        f"seed {seed}: the same 60 trials, {len({trial.key for trial in asked[0]})} different cells, "
        f"{len(mine.tree)} nodes"
    )

# %% [markdown]
# What the library adds: it closes branches of which nothing is left, so that no architecture is asked for twice; it remembers trials in flight; and it halves.

# %%
nt.source(nt.MCTS._select)

# %% [markdown]
# **Step 3 (10 minutes).** Halve the options.

# %%
def halves(options):
    """-> nested lists: the first half (the smaller one of an odd number), then the second; a single option stands for itself."""
    ...


nt.check("ch06.halves", halves)


# %% [markdown]
# **Step 4 (10 minutes).** N-grams: `conv relu conv` has `conv` twice, `relu` once, `conv relu` and `relu conv` once each.

# %%
def ngrams(words, longest):
    """-> a dictionary: each row of 1 to `longest` neighbouring words, as a tuple -> how often it comes."""
    ...


nt.check("ch06.ngrams", ngrams)

# %% [markdown]
# ## 8 Run it
#
# A sentence about real networks: one, two or three pieces, each a batch norm, a dropout, a pool, or a convolution of 1x1 or 3x3 with ReLU. First with open eyes.

# %% tags=["board"]
conv1, conv3 = (w.Concat(w.Conv((8,), (kernel,)), w.ReLU()) for kernel in (1, 3))
pieces = w.Or(w.BatchNorm(), w.Dropout((0.5,)), w.MaxPool((2,), (2,)), conv1, conv3)
spoken = S.ModuleSpace(w.Repeat(pieces, nt.scale(smoke=(1, 2), cpu=(1, 2, 3))))
train = nt.estimators.Train(spoken, task, epochs=nt.scale(smoke=1, cpu=2))
board = nt.widgets.Board(nt.MCTS(spoken, seed=1), train, trials=nt.scale(smoke=2, cpu=12))
history = board.run()

# %% tags=["after-board"]
print(f"history so far: {len(history)} trials, {history.cost:.0f} epochs of training")
print("best:", " ".join(spoken.layer_kinds(history.best().trial.arch)), f"with error {history.best().error:.3f}")

# %% [markdown]
# To compare with many seeds, we train the whole space once (some 20 seconds) and let searches look answers up.

# %%
trained = {arch: train(nt.Trial(arch)).error for arch in spoken}


def look_up(trial):
    return nt.Result({"error": trained[trial.arch]}, cost=1.0)


class NoRepeat(nt.Strategy):
    """Random search that asks for nothing twice."""

    def __init__(self, space, *, seed=0):
        super().__init__(space, seed=seed)
        self.known = set()

    def ask(self):
        while (arch := self.space.sample(self.rng)) in self.known:
            pass
        self.known.add(arch)
        return nt.Trial(arch)


# %% [markdown]
# Why two random searches? The others do not repeat themselves, and in a space of 155 networks that alone is an advantage. A tree must beat the opponent with the *same* privilege. The question is fixed before looking: *is the best after all trials better?*

# %%
from functools import partial

strategies = {"random search": nt.RandomSearch, "random, no repeats": NoRepeat, "tree": nt.MCTS}
strategies |= {
    "tree, bisected": partial(nt.MCTS, bisection=True),
    "n-grams": nt.NGramSMBO,
    "hill climbing": nt.HillClimbing,
}
MANY, TRIALS = range(nt.scale(smoke=5, cpu=30)), nt.scale(smoke=10, cpu=48)
runs = {
    name: [nt.search(make(spoken, seed=k), look_up, trials=TRIALS, progress=False) for k in MANY]
    for name, make in strategies.items()
}
axes = nt.plot.anytime(runs)
# the later part, large
axes.set(ylim=(0.95 * min(trained.values()), 1.7 * min(trained.values())), xlim=(TRIALS / 10, TRIALS))
axes

# %%
from scipy.stats import wilcoxon

ends = {name: np.array([history.best().error for history in histories]) for name, histories in runs.items()}
for name in list(strategies)[2:]:
    said = []
    for opponent in ("random search", "random, no repeats"):
        d = ends[opponent] - ends[name]
        p = wilcoxon(d, alternative="greater").pvalue if d.any() else 1.0
        said.append(f"better in {(d > 0).sum():2d}, worse in {(d < 0).sum():2d}, corrected p = {min(1, 4 * p):.2g}")
    print(f"{name:14s} {ends[name].mean():.4f}  random: {said[0]:46s}  no repeats: {said[1]}")

# %% [markdown]
# When this was written, all four beat the random search that repeats itself. Against the one that does not, n-grams and hill climbing did so clearly (corrected p = 0.003 and 0.004), the tree barely (0.02), and the bisected tree not (0.06). With another stream of random draws for the opponent the tree came out at 0.09: so near to the line, 30 seeds do not decide. A part of what papers call "better than random search" may be the merit of not repeating oneself.
#
# **What the papers claim**, each with the test that was written down before it ran, on the small table of cells (60 networks, 30 trials) and on `digits-cells` (5,044, up to 200 trials):

# %%
keys = "elsken2017-selection", "wistuba2017-uct", "negrinho2017-bisection", "negrinho2017-ngrams"
large = nt.estimators.Table("digits-cells")
for key in keys[: nt.scale(smoke=1, cpu=4)]:
    print(nt.claims.claim(key).statement)
    for name, where in (("small table", table), ("large table", large)):
        outcome = nt.claims.claim(key).run(where, seeds=nt.scale(smoke=10, cpu=30))
        print(f"   {name}: {'supported' if outcome.p < 0.05 else 'NOT supported'}, p = {outcome.p:.2g}: {outcome.said}")

# %% [markdown]
# On the small table three of four are **not supported**, and we do not tune until they are. *Tree*: with three decisions of five options, 30 trials visit each branch of the second level about once; a tree has hardly begun, and random search sees a third of all 60 networks. (By *test* regret the tree is better, p = 0.009; the test named beforehand was another.) *Bisection* does worse than random search: `none, skip | conv1, conv3, avgpool3` is an order without meaning. A coin gives `none` and `skip` 1/4 each, and `conv3`, the best, 1/8, where random search gives it 1/5. *N-grams*: only those seen three times count, and 30 short sequences leave few of them.
#
# *Climbing*: the claim is about **selection**, and it is supported: where the climb stands, the error is a third of that of the chain. But read to the end of the line. The best of a plain random search is better still. A climb looks at neighbours, and in a space of 60 networks a jump costs no more than a step.
#
# On the **large table** n-grams *are* better than random search: longer sequences and more of them, so that something is seen three times. UCT still is not, nor bisection: its order of operations means as little in the larger space. The climb beats the chain, and the best of random search is still better than where it stands.

# %% [markdown]
# ## 9 Swap a dimension
#
# **Another space: one decision, 64 options, in order.** The learning rate of one network, from 0.00001 to 10. Each is trained once; a search then has 24 trials. The same errors are then dealt out to the rates *at random*: the space and its best are the same, but the order means nothing.

# %%
RATES = tuple(float(f"{rate:.3g}") for rate in np.logspace(-5, 1, nt.scale(smoke=8, cpu=64)))
line = S.ChoiceSpace.of({"rate": RATES})
one = S.ModuleSpace(w.Concat(w.Conv((8,), (3,)), w.ReLU(), w.MaxPool((2,), (2,))))
answers = [nt.estimators.Train(one, task, epochs=1, lr=rate)(nt.Trial(one.sample(0))) for rate in RATES]
# where training breaks down: the worst error
ordered = np.array([answer.error if answer.usable else 1.0 for answer in answers])
dealt = np.random.default_rng(0).permutation(ordered)
axes = nt.plot.new_axes(6.4, 3.0)
axes.semilogx(RATES, dealt, ".", color="tab:orange", label="dealt out at random")
axes.semilogx(RATES, ordered, "o-", color="tab:blue", markersize=3, label="in order")
axes.set(xlabel="learning rate", ylabel="validation error")
axes.legend(loc="upper right", bbox_to_anchor=(1, 1.25), ncols=2)
nt.plot.say(
    axes,
    f"A valley: errors below 0.2 from {RATES[np.flatnonzero(ordered < 0.2)[0]]} to "
    f"{RATES[np.flatnonzero(ordered < 0.2)[-1]]}.",
)

# %%
FEW = len(RATES) * 3 // 8
for text, errors in (("in order", ordered), ("dealt out", dealt)):
    told = {arch: nt.Result({"error": value}) for arch, value in zip(line, errors)}
    for name in ("random, no repeats", "tree", "tree, bisected"):
        found = [
            nt.search(strategies[name](line, seed=k), lambda t, told=told: told[t.arch], trials=FEW, progress=False)
            for k in MANY
        ]
        good = np.mean([[record.error < 0.2 for record in history] for history in found])
        print(
            f"{text:10s} {name:18s} trials in the valley {good:3.0%}, "
            f"best {np.mean([h.best().error for h in found]):.4f}"
        )

# %% [markdown]
# In order, bisection spends twice as many trials in the valley. Dealt out, the gain is gone. And the plain tree is a random search both times: in 24 trials it never gets through its 64 new branches. *Bisection pays if neighbours are alike and the options are many.* On five unordered operations neither holds.
#
# **A space without an end.** `EditSpace` has no list of decisions: networks come of each other by edits, such as one layer more, a wider one, a skip. There is no tree to search, and the library says so; one can climb.

# %% tags=["nbval-check-output"]
edits = S.EditSpace((("conv", 4, 3), ("max",), ("conv", 8, 3)), max_layers=10, max_width=32)
try:
    nt.MCTS(edits)
except TypeError as problem:
    print(problem)
child, edit = edits.mutate(edits.start(), 5)
print("one edit: ", edit)
print(f"neighbours of the start: {len(edits.neighbours(edits.start()))}, of the child: {len(edits.neighbours(child))}")

# %%
steps, rivals, edited = nt.scale(smoke=1, cpu=4), nt.scale(smoke=3, cpu=5), 2
answer = nt.estimators.Train(edits, task, epochs=nt.scale(smoke=1, cpu=2))
children = steps * (rivals - 1)
climb = nt.NASH(edits, steps, rivals, edited, inherit=False, seed=3)
# a step is one child, the next parent whatever its error
chain = nt.NASH(edits, children, rivals, edited, select=False, inherit=False, seed=3)
climbed, chained = (nt.search(one, answer, trials=1 + children, progress=False) for one in (climb, chain))
print(f"trainings of equally many epochs: climb {len(climbed)}, chain {len(chained)}")

# %%
axes, trainings = nt.plot.new_axes(6.4, 3.2), range(1, 2 + children)
stands = [min(record.error for record in climbed[: 1 + (rivals - 1) * ((n - 1) // (rivals - 1))]) for n in trainings]
axes.plot(
    trainings,
    [record.error for record in climbed],
    "o",
    color="tab:blue",
    fillstyle="none",
    label="children of the climb",
)
axes.plot(trainings, stands, "-", color="tab:blue", drawstyle="steps-post", label="where the climb stands")
axes.plot(trainings, [record.error for record in chained], "s--", color="tab:orange", markersize=4, label="the chain")
axes.set(xlabel="trainings", ylabel="validation error", ylim=(0, 1))
axes.legend(loc="upper right", bbox_to_anchor=(1, 1.25), ncols=3, fontsize=8)
nt.plot.say(
    axes, f"The climb goes from error {stands[0]:.3f} to {stands[-1]:.3f}; the chain ends at {chained[-1].error:.3f}."
)

# %%
nt.draw(edits.graph(climb.path[-1].arch, task), title="where the climb ended")

# %% [markdown]
# Four children at a time, of two edits each; then one step. The line of the climb never rises, because the parent competes. The chain takes whatever comes: it may go further away from the start, and may lose what it had. One pair of runs shows how it works and proves nothing; the test with many seeds stands in section 8.

# %% [markdown]
# ## 10 What goes wrong
#
# **Planted failure 1: a scale.** Three colleagues run the same tree search with $c = 0.5$ on the table of cells, and count how often each option of the first decision was visited. One reports errors as shares (0.12), one in percent (12), and one divided them by 100 "to be safe" (0.0012). Which is whose? Decide before you read on.

# %% tags=["nbval-check-output"]
def visits(factor, **settings):
    """How often each option of the first decision was visited in 60 trials, and how many different cells were tried."""
    strategy = nt.MCTS(space, repeats=True, seed=0, **settings)
    found = nt.search(
        strategy, lambda trial: nt.Result({"error": factor * table(trial).error}), trials=60, progress=False
    )
    return [strategy.root.children[way].visits for way in range(5)], len({record.trial.arch for record in found})


print("options:", ", ".join(space.sites()["0->1"]))
for name, factor in (("A", 0.01), ("B", 100), ("C", 1)):
    counts, cells = visits(factor)
    print(f"{name}: visits {counts}, {cells} different cells")

# %% [markdown]
# <details><summary>My answer is ready</summary><b>B</b> counts in percent. Two branches now differ by 10, and a bonus below 1.5 changes nothing: the search went to the first branch that looked well and stayed there, on 19 different cells. <b>A</b> divides by 100: branches differ by 0.001, the bonus decides alone, and all get the same visits, as if nothing had been learnt. <b>C</b> prefers the better ones and keeps looking.</details>
#
# No error was raised, and each of the three curves goes down. *The counts say it: one branch with nearly all visits, or all branches with equally many.*
#
# The remedy is to choose $c$ for the range of rewards, or to bring rewards into one range: `scaled=True` does so by the smallest and the largest seen.

# %% tags=["nbval-check-output"]
counts = [visits(factor, scaled=True) for factor in (1, 100, 0.01)]
assert counts[0] == counts[1] == counts[2]
print("with scaled=True the three are alike:", *counts[0])

# %% [markdown]
# **Planted failure 2: what the model cannot see.** N-grams are made of *kinds* of layers. In the sentence of section 8, `conv1` and `conv3` are one word. Which networks look alike to the model, and how different are they?

# %% tags=["nbval-check-output"]
pairs = S.ModuleSpace(w.Repeat(pieces, (1, 2)))
model = nt.NGramSMBO(pairs, longest=2)
alike = {}
for arch in pairs:
    alike.setdefault(model.sequence(arch), []).append(arch)
print(f"{pairs.size} networks of one or two pieces, {len(alike)} sequences")
for sequence in list(alike)[3:4] + list(alike)[-1:]:
    print(f"  {len(alike[sequence])} networks are", " ".join(sequence))

# %%
first = [next(arch for arch in spoken if arch.choices == (("times", 1), ("1 which", which))) for which in (4, 5)]
for name, arch in zip(("1x1", "3x3"), first):
    print(f"{name}: {' '.join(spoken.layer_kinds(arch))}, error {trained[arch]:.3f}")

# %% [markdown]
# No amount of data mends this. A model ranks what its features tell apart; print the features of two networks that differ, and look whether they do.
#
# **Planted failure 3: a climb that is stuck.** A climber stops where no neighbour is better, and that may be a small hollow. Your `climb` below says where it ends; `nt.HillClimbing` starts again at a random place, and NASH draws other children.

# %% [markdown]
# ## 11 At paper scale
#
# The space in which DeepArchitect's searchers were compared, and two larger ones from its release. They are counted from the sentence, however large; the smallest and the largest network of the first are built for CIFAR-10 and counted.

# %% tags=["nbval-check-output"]
from types import SimpleNamespace

cifar = SimpleNamespace(name="cifar10", shape=(3, 32, 32), classes=10)  # the shapes alone: nothing is downloaded
compared = S.ModuleSpace(reference_convnet())
assert compared.size == (5 * 3) ** 2 * 3 * 3
print(
    f"compared in: {compared.size:,} networks; deep: {S.ModuleSpace(deep_convnet()).size:,}; residual: "
    f"{S.ModuleSpace(residual_network()).size:.1e}"
)
for pick in (min, max):
    arch = compared.walk(lambda name, options, pick=pick: pick(options))
    counts = compared.graph(arch, cifar).counts()
    print(
        f"{pick.__name__} of every decision: {counts.params:,} parameters, {counts.mult_adds / 1e6:.1f} M multiply-adds"
    )

# %% [markdown]
# **What a climb costs.** NASH trains in each of 5 steps 8 competitors for 17 epochs, and the best for 100 in the end. Epochs and trials as the library plans them:

# %% tags=["nbval-check-output"]
plan = nt.NASH(S.EditSpace(), 5, 8, 5, inherit=False, start=20, epochs=17, final=100)
free = lambda trial: nt.Result({"error": 0.5}, cost=trial.budget)  # trains nothing, and says what training would cost
free.gives = ("error", "budget")
spent = nt.search(plan, free, trials=1000, progress=False)
print(
    f"here, afresh: {len(spent)} trainings, {spent.cost:.0f} epochs; in the paper after the start: "
    f"{5 * 8 * 17 + 100} epochs"
)
assert spent.cost == 20 + 5 * 7 * 17 + 100

# %% [markdown]
# Seven competitors a step, not eight: a parent that was trained afresh would be told what it has already. With inherited weights it is trained on, and then it costs as much as a child.
#
# | | the paper | ours |
# |---|---|---|
# | DeepArchitect: evaluations, data | 64, CIFAR-10 | 30 to 48, digits |
# | Wistuba: time | one GPU day, five for the best | one minute |
# | NASH: steps, competitors, edits to a child, epochs | 5 or 8, 8, 5, 17 | 4, 5, 2, 2 |
# | NASH: error | below 6 % on CIFAR-10 in 12 hours | on digits; not comparable |
#
# On a GPU, in the space of the comparison:
#
# ```python
# space = nt.spaces.ModuleSpace(reference_convnet())
# train = nt.estimators.Train(space, nt.tasks.cifar10(), epochs=20, amp=True)
# for seed in range(10):
#     nt.search(nt.MCTS(space, bisection=True, seed=seed), train, trials=64, journal=f"tree-{seed}.sqlite")
# ```

# %% [markdown]
# ## 12 Check yourself
#
# Click on an answer to see whether it is right, and why.
#
# #### 1. A branch was visited once, its sister 50 times, and both have mean 0.8. Where does UCB1 go?
# <details><summary>to the one with 50 visits: it is more certain</summary>A bound from above rewards doubt: the branch seen once may be much better.</details>
# <details><summary>to the one visited once</summary>Right. With equal means the smaller number of visits has the larger bonus.</details>
#
# #### 2. After 100 trials one branch of the root has 93 visits, four have 1 or 2. What do you check first?
# <details><summary>whether that branch is the best</summary>It may be, but four single looks cannot show it.</details>
# <details><summary>the range of the rewards against c</summary>Right. Where rewards differ by more than the bonus can make up, the first lucky branch takes all.</details>
#
# #### 3. When does bisection help?
# <details><summary>with many options whose order means something</summary>Right. Then a half says something about each option in it.</details>
# <details><summary>always: a binary tree is easier to search</summary>Section 8 has a space where it is worse than random search.</details>
#
# #### 4. With three options A, B, C, a bisected tree without any reward draws A with probability ...
# <details><summary>... 1/3</summary>The first turn is between A and the pair of B and C.</details>
# <details><summary>... 1/2</summary>Right: halving changes what is drawn before anything is known.</details>
#
# #### 5. A paper's tree search beats random search; it never repeats an architecture, random search may. What is shown?
# <details><summary>the tree is better</summary>In a small space the privilege of not repeating may be all of it: see section 8.</details>
# <details><summary>the two together are better</summary>Right. To know which of the two does it, give both opponents the same privilege.</details>
#
# #### 6. In NASH, why does the parent compete with its children?
# <details><summary>so that the climb never gets worse by bad luck with children</summary>Right. Without it every round must move, even where all children are worse.</details>
# <details><summary>to save a training</summary>With inherited weights the parent is trained like a child, so nothing is saved.</details>

# %% [markdown]
# ## 13 Exercises
#
# **Core (10 minutes).** The odds of each option in a bisected tree in which every turn is a fair coin. Success: the check passes.

# %%
def chances(count):
    """-> a list: the chance of each of `count` options, halved as in step 3."""
    ...


nt.check("ch06.chances", chances)


# %% [markdown]
# **Core (10 minutes).** Climb along a line: always to the better one of two neighbours, until neither is better than where you stand. Success: the check passes.

# %%
def climb(errors, start):
    """-> the places on the way, the start first; of two equal neighbours the left one."""
    ...


nt.check("ch06.climb", climb)

# %% [markdown]
# **Explore (20 minutes).** `NGramSMBO` has `ridge=1000`, as the release. Run the comparison of section 8 with 1, 10, 100, 1000 on seeds 100 to 129. Success: a figure with bands, and a sentence on why a strong ridge does not stop the model from *ranking*.
#
# **Explore (30 minutes).** Put the pieces of section 8 into another order (`Or` with `conv3` first) and repeat bisected tree and hill climbing. Success: you find out which of the two changes, and where the library uses the first option. (Look at `neighbours` of a `ChoiceSpace`.)
#
# **Research (a day).** Wistuba shares information between branches; ours does not. Write a tree search whose mean of a branch also counts trials elsewhere that took the same option, state the claim before you test it, and test it on new seeds. Success: an outcome with p, whichever way.

# %% [markdown]
# ## 14 Summary
#
# - A space said in modules is a tree of decisions; counting, sampling and searching follow from the sentence.
# - UCT goes where mean plus bonus is largest, adds one node a trial, and backs rewards up. Exploration has the unit of the reward.
# - Bisection shares what neighbours earn: it needs many options, in an order that means something.
# - A model of n-grams sees only what its words say. A climb needs no tree, but keeps to its neighbourhood.
# - On the small table, tree search, bisection and n-grams were *not* better than random search; on the large one n-grams were. Selection among children beat a random chain on both. Give every opponent the same privileges.
#
# **Further reading.** [Negrinho & Gordon 2017](https://arxiv.org/abs/1704.08792), section 4: the language in full. [Wistuba 2017](https://arxiv.org/abs/1712.07420): sharing between branches. [Elsken et al. 2017](https://arxiv.org/abs/1711.04528): the climb with inherited weights. [Li & Talwalkar 2019](https://arxiv.org/abs/1902.07638): random search as a serious opponent.
#
# **Known deviations.** Rewards are 1 - validation error. The sentences of the release hold training settings as well; ours hold networks. Children of a climb are trained afresh until edits carry weights (chapter 12).
#
# Next: chapter 7 replaces visit counts by a policy that is trained.{{unwritten 7}}
