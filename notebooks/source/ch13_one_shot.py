# %% [markdown]
# # Chapter 13 · One-shot models and hypernetworks
#
# *You will train all networks of a space at once, rank them without training any of them, and measure when that ranking lies.*
#
# {{badges}}
#
# {{map}}
#
# Papers: Saxena & Verbeek, [Convolutional neural fabrics](https://arxiv.org/abs/1606.02492), 2016 · Brock et al., [SMASH](https://arxiv.org/abs/1708.05344), 2017 · Pham et al., [ENAS](https://arxiv.org/abs/1802.03268), 2018 · Bender et al., [Understanding and simplifying one-shot architecture search](https://proceedings.mlr.press/v80/bender18a.html), 2018 · Zhang, Ren, Urtasun, [Graph hypernetworks](https://arxiv.org/abs/1810.05749), 2019 · Sciuto et al., [Evaluating the search phase of NAS](https://arxiv.org/abs/1902.08142), 2019 · Li & Talwalkar, [Random search and reproducibility](https://arxiv.org/abs/1902.07638), 2019.
#
# {{time}}

# %% [markdown]
# ## 1 You will be able to
#
# - **cut** one network out of a supernet (check `ch13.one_hot_path`), and **drop** paths at the right rate (check `ch13.drop_rate`);
# - **build** random search with weight sharing, strategy and estimator, that asks and answers what the library's do;
# - **measure** how well a ranking agrees with the truth (checks `ch13.tau`, `ch13.top_k`);
# - **repair** what batch norm remembers of other paths (check `ch13.recalibrate`), and **draw** paths fairly (check `ch13.fair_round`);
# - **compute** the penalty by which ENAS keeps skips in bounds (check `ch13.skip_penalty`);
# - **diagnose** a ranking that lies: by its order over time, its statistics, and its counts.
#
# **You need** chapters 0, 4 and 9. Three questions to recall them:
#
# <details><summary>What is a mixture?</summary>For each decision a weight for each option. One-hot, it is an architecture; with all weights 1 every option runs.</details>
# <details><summary>Which opponent must a search beat, and at what?</summary>Random search at equal cost, over at least ten paired seeds.</details>
# <details><summary>What does batch norm use while training, and what when evaluating?</summary>The mean and variance of the batch; then usually their moving averages.</details>

# %% [markdown]
# ## 2 Set-up

# %% tags=["setup"]
# {{setup}}

# %% [markdown]
# ## 3 The question
#
# To know what 60 cells are worth, the table of chapter 4 trained each of them alone for 12 epochs. That makes 720 epochs. Now train *one* network that contains all of them: where a cell has a decision, the supernet has every option, and each step of SGD takes one path through it, drawn at random. All cells share their weights. Afterwards each is judged by the weights that lie on its path, which costs one look at the validation images. The truth is the *test* error of training alone: of other images.

# %%
import numpy as np

from nastutor.claims import shared as record
from nastutor.claims.written import networks

TABLE = "digits-tiny"
table = nt.estimators.Table(TABLE)
space, task = table.space, table.task
archs = networks(table)  # one cell for each different network
truth = np.array([table.final(arch) for arch in archs])  # (60,) test errors of 5 trainings alone, on other images
runs = np.array([table.column(seed=run)[table.rows(archs)] for run in range(table.runs)])  # (5, 60) validation


def supernet(steps, seed=0, **how):
    """Weights that all cells share, to be trained for so many steps of 64 images."""
    rates = {"lr": 0.2, "last_lr": 0.0, "horizon": steps, "nesterov": True, "weight_decay": 5e-4}
    how = {"batch_size": 64, "gradients": False} | rates | how
    return nt.estimators.SharedWeights(space, task, seed=seed, **how)


def trained(steps, seed=0, **how):
    """The same after those steps, each along one path."""
    shared = supernet(steps, seed, **how)
    nt.search(nt.OneShot(space, steps, 1, paths="one", seed=seed), shared, trials=steps, progress=False)
    return shared


# %%
STEPS = nt.scale(smoke=4, cpu=250)
shared = trained(STEPS)
scores = np.array([shared(nt.Trial(arch, budget=0)).error for arch in archs])  # a budget of 0: judged, not trained
first = scores.argmin()
print(f"{STEPS} steps cost {STEPS * 64 / len(task.train):.0f} epochs in place of {12 * len(archs)}")
print(f"mean error of the {len(archs)} cells: by shared weights {scores.mean():.3f}, trained alone {truth.mean():.3f}")
print(f"the one that shared weights put first is number {1 + (truth < truth[first]).sum()} of {len(archs)} in truth")
print(f"Kendall's tau of the two rankings: {nt.comparing.rank_agreement(scores, truth).kendall:.2f} "
      "(1: the same order, 0: nothing in common)")

# %% [markdown]
# The errors need not be small; only their *order* matters to a search. Does shared training keep the order, when does it, and is it worth what it costs? Papers reported searches a thousand times cheaper; then others measured tau.

# %% [markdown]
# ## 4 Quick facts

# %%
from nastutor.exercises.facts import quick_facts

display(quick_facts(nt.OneShot, nt.ENAS, nt.Perturbation))

from nastutor.exercises.to_follow import lines_to_follow

lines = lines_to_follow("ENAS")  # all that runs, but for checks of arguments and what every method has in common
print(f"To follow ENAS, {sum(lines.values())} lines in {len(lines)} files: "
      f"{', '.join(f'{file} {count}' for file, count in lines.items())}")

# %% [markdown]
# What they ask is an *estimator* that judges without training each architecture. There are four in the library:
#
# | estimator | what is shared | which spaces | reported | simplified here |
# |---|---|---|---|---|
# | `SharedWeights` | the weights of a supernet | all with `supernet()` | ENAS: 1,000 times fewer GPU hours than NAS; Bender et al.: 5,000 to 10,000 steps on 16 GPUs | 726 steps, 60 cells |
# | `Fabric` | a grid in which every path is trained at once | `FabricSpace` | one training | 80 steps |
# | `SMASH` | a hypernetwork writes 1x1 convolutions from a code | `MemoryBankSpace` | one training | 20 steps |
# | `GHN` | a hypernetwork writes all weights from the graph | any known operations | one training | 726 steps |

# %% [markdown]
# ## 5 The idea in a picture
#
# Ten supernets of each of three kinds were trained beforehand, for as many images as one epoch of each of the 60 cells has, and judged at five moments. *One path*: each step trains one cell. *All paths*: all options run at every step, and are summed. *Path dropout* (Bender et al.): all run, but each is left out with a chance that grows during training. **Move the slider**: each point is a cell, to the right its error by shared weights, upwards the true one. Choose other scores and single runs; switch to ranks.

# %%
moments = record.moments()  # way of training -> steps -> (10 supernets, 60 cells)
nt.widgets.RankView(moments, truth, repeats=runs, at=363, way="path dropout", note=record.banner())

# %% [markdown]
# Shared weights spread errors wider than training alone does. On the right: when is the order more than noise, and how far from the dashed line, at which two trainings alone agree?
#
# **What path dropout does.** If all options always run together, they adapt to each other, and none of them can be left out. Below: the error with *all* options, and the mean error of single cells, cut out.

# %%
count, seen = len(task.valid), record.record()
axes = nt.plot.new_axes(6.4, 3.2)
said = []
for way, color, mark in (("all paths", "tab:green", "^"), ("path dropout", "tab:orange", "o")):
    whole = [seen[f"{way} {steps} whole"].mean() / count for steps in record.LOOKS]
    cells = [moments[way][steps].mean() for steps in record.LOOKS]
    how = {"color": color, "markerfacecolor": "white", "label": f"{way}: all options at once"}
    axes.plot(record.LOOKS, whole, f"{mark}--", **how)
    axes.plot(record.LOOKS, cells, f"{mark}-", color=color, label=f"{way}: single cells")
    said.append(f"{way}: with all options {whole[-1]:.2f}, single cells {cells[-1]:.2f}")
axes.set(xlabel="steps", ylabel="validation error", ylim=(0, 1))
axes.legend(fontsize=8, loc="upper right", bbox_to_anchor=(1, 1.25), ncols=2)
nt.plot.say(axes, f"Errors at the end, means over ten supernets: {'; '.join(said)}.")

# %% [markdown]
# At which rate? Of $k$ options each is dropped with the chance $r^{1/k}$, so that all are gone with the chance $r$, whatever $k$ is; and the chance grows linearly from 0 to that. Move the sliders: the solid line is one option, the dashed one all of them.

# %%
from ipywidgets import interact


def draw_dropout(rate=0.05, options=5):
    axes, t = nt.plot.new_axes(6.4, 2.8), np.linspace(0, 1, 50)
    one = t * rate ** (1 / options)
    axes.plot(t, one, "-", color="tab:blue", label="one option is dropped")
    axes.plot(t, one**options, "--", color="tab:orange", label=f"all {options} are")
    axes.set(xlabel="share of the training", ylabel="chance", ylim=(0, 1))
    axes.legend(loc="upper left")
    return nt.plot.say(axes, f"With rate {rate} and {options} options: "
                             f"one is dropped with {one[-1]:.2f} at the end, all with {one[-1] ** options:.2f}.")


interact(draw_dropout, rate=(0.0, 0.9, 0.05), options=(1, 8))
draw_dropout()

# %% [markdown]
# ## 6 From equations to code
#
# **A supernet** computes at each decision a weighted sum of its options, $y = \sum_o m_o\, o(x)$. With $m$ one-hot it is one architecture; what has no weight is not computed. Shared weights $w$ are trained by
#
# $$\min_w\; \mathbb{E}_{a \sim p(a)}\; L(a, w)$$
#
# with a fixed $p$: uniform (random search with weight sharing), or path dropout (Bender et al.). ENAS learns $p$ as well, by REINFORCE.
#
# | symbol | meaning | in the code |
# |---|---|---|
# | $m$ | mixture | `space.one_hot(arch)`, `strategy.mask(progress)` |
# | $w$ | shared weights | `SharedWeights(...).state()` |
# | $p(a)$ | which paths are trained | `OneShot(paths=...)`, `ENAS` |
# | $r$, $k$ | rate of path dropout, options of a decision | `OneShot(rate=0.05)` |
# | $\tau$ | agreement of two orders | `nt.comparing.rank_correlation` |
#
# **By hand 1: is a path really the network?** We copy the weights on one path into the cell built alone, and give both the same images.

# %% tags=["nbval-check-output"]
import torch

from nastutor.nets.inherited import extracted, inherited
from nastutor.nets.mixed import MixedNet

options, arch = space.supernet(task), archs[37]
everything, alone = MixedNet(options, seed=0), space.graph(arch, task).simplified()
net = alone.build(0)
net.load_state_dict(
    dict(inherited(alone, extracted(options, space.chosen(arch)), everything.state_dict())), strict=False
)
x = torch.tensor(task.valid.x[:64])
mixture = {name: torch.tensor(own) for name, own in space.one_hot(arch).weights.items()}
assert torch.allclose(everything(x, mixture), net.train()(x), atol=1e-5)
print(f"{arch}: the same answers. Parameters: {alone.counts().params:,} alone, "
      f"{options.graph.counts().params:,} in the supernet")

# %% [markdown]
# **By hand 2: tau.** Four cells A, B, C, D; truth ranks them 1, 2, 3, 4, a supernet 2, 1, 3, 4. Of the six pairs five are in the same order, one (A, B) is not: $\tau = (5 - 1)/6 = 0.67$. Exchange best and worst, and the five pairs with either turn round: $\tau = -0.67$. **By hand 3: the rate.** $r = 0.05$ and two options: each goes with $\sqrt{0.05} = 0.224$.

# %% tags=["nbval-check-output"]
from nastutor.exercises import ch13

assert round(ch13.tau([1, 2, 3, 4], [2, 1, 3, 4]), 2) == 0.67 == -round(ch13.tau([1, 2, 3, 4], [4, 2, 3, 1]), 2)
for k in (2, 3, 5, 7):
    print(f"{k} options: each is dropped with {ch13.drop_rate(0.05, k, 1, 1):.3f} in the end, "
          f"all with {ch13.drop_rate(0.05, k, 1, 1) ** k:.2f}")

# %% [markdown]
# **ENAS' controller** is an LSTM that takes decision after decision. *Macro*: an operation, then each earlier layer is joined or not. *Micro*: two earlier nodes, then two operations. *Recurrent*: an earlier node, then a function. Its logits are bounded, $c \tanh(\cdot)$, so that it never gets certain. The largest of $n$ options has at most $e^{c} / (e^{c} + (n - 1) e^{-c})$.

# %% tags=["nbval-check-output"]
from math import exp

from nastutor.rng import torch_rng
from nastutor.strategies.controller import Controller
from nastutor.strategies.enas import SETTINGS

forms = ("macro", nt.spaces.MacroSpace(12), 6), ("micro", nt.spaces.ENASMicroSpace(5), 5)
for name, one, n in (*forms, ("recurrent", nt.spaces.RecurrentSpace(8), 4)):
    setting = SETTINGS["release"][name]
    controller = Controller(one, setting.hidden, setting.bounds, torch_rng(0, "controller"))
    c = setting.bounds.tanh / setting.bounds.op_reduce
    most = exp(c) / (exp(c) + (n - 1) * exp(-c))
    print(f"{controller.form:9s} {sum(p.numel() for p in controller.parameters()):,} parameters; c = {c:.2f}: "
          f"one operation of {n} gets at most {most:.2f}")

# %% [markdown]
# In cells, five operations and $c = 0.44$: a controller that has made up its mind still draws another operation more often than not.
#
# ## 7 Build it
#
# **Step 1 (5 minutes).** A path as weights of the options.

# %%
def one_hot_path(sites, arch):
    """`sites`: decision -> options; `arch`: decision -> the option taken. -> decision -> list of 1.0 for it and 0.0 for the others."""
    ...


step1 = nt.check("ch13.one_hot_path", one_hot_path)


# %% [markdown]
# **Step 2 (5 minutes).** With which chance is one of `options` dropped at step number `step` of `steps`?

# %%
def drop_rate(rate, options, step, steps):
    """-> a chance: 0 at step 0; at the last step, all options are gone together with the chance `rate`."""
    ...


nt.check("ch13.drop_rate", drop_rate)


# %% [markdown]
# **Step 3 (10 minutes).** Kendall's tau-b: pairs in the same order less pairs in the other, divided by $\sqrt{u_a u_b}$, where $u$ counts the pairs that are not tied.

# %%
def tau(a, b):
    """Two lists of numbers of the same things -> from -1 to 1."""
    ...


step3 = nt.check("ch13.tau", tau)

# %% [markdown]
# **Random search with weight sharing** in two classes of 25 lines together. (Where yours is a stub, the reference stands in; `nt.source("ch13.tau")` shows one.) The strategy draws paths to train, then candidates to judge; a budget of 0 means "do not train". The estimator owns the weights.

# %%
from nastutor.estimators.fit_shared import Batches

one_hot_path, tau = one_hot_path if step1 else ch13.one_hot_path, tau if step3 else ch13.tau


class OneShot(nt.Strategy):
    def __init__(self, space, steps, candidates, *, seed=0):
        super().__init__(space, seed=seed)
        self.steps, self.candidates, self.asked, self.known = steps, candidates, 0, set()

    def ask(self):
        self.asked += 1
        if self.asked <= self.steps:
            return nt.Trial(self.space.sample(self.rng), repeat=self.asked - 1)
        if len(self.known) == self.candidates:
            raise nt.Finished
        while (arch := self.space.sample(self.rng)) in self.known:
            pass
        self.known.add(arch)
        return nt.Trial(arch, budget=0)


# %%
class Shared:
    gives, least_budget = ("error", "budget"), 0  # it answers a budget of 0

    def __init__(self, space, task, lr=0.1, seed=0):
        self.space, self.net, self.steps = space, MixedNet(space.supernet(task, affine=False), seed), 0
        self.sgd = torch.optim.SGD(self.net.parameters(), lr=lr, momentum=0.9)
        tensors = [(torch.tensor(split.x), torch.tensor(split.y)) for split in (task.train, task.valid)]
        self.train, self.valid = (Batches(own, 64, seed, name) for own, name in zip(tensors, ("learnt", "judged")))

    def run(self, images, arch):
        """Loss and error of one path."""
        path = {name: torch.tensor(own) for name, own in one_hot_path(self.space.sites(), dict(arch.choices)).items()}
        active = {name: [int(own.argmax())] for name, own in path.items()}  # what has weight runs
        logits = self.net(images[0], path, active)
        wrong = (logits.argmax(1) != images[1]).float().mean()
        return torch.nn.functional.cross_entropy(logits, images[1]), float(wrong)

    def __call__(self, trial):
        if trial.budget == 0:
            return nt.Result({"error": self.run((self.valid.x, self.valid.y), trial.arch)[1]})
        self.sgd.zero_grad(set_to_none=True)  # None: other paths do not move, nor do their momenta
        self.run(self.train[self.steps], trial.arch)[0].backward()
        self.sgd.step()
        self.steps += 1
        return nt.Result({"error": self.run(self.valid[self.steps - 1], trial.arch)[1]})


# %% [markdown]
# Is it the library's? Same seed: the same trials, and the same answers.

# %% tags=["nbval-check-output"]
same = {"lr": 0.1, "weight_decay": 0.0, "clip": None, "gradients": False}
for seed in range(2):
    mine = nt.search(OneShot(space, 12, 6, seed=seed), Shared(space, task, seed=seed), trials=99, progress=False)
    theirs = nt.estimators.SharedWeights(space, task, seed=seed, **same)
    library = nt.search(nt.OneShot(space, 12, 6, paths="one", seed=seed), theirs, trials=99, progress=False)
    assert [r.trial for r in mine] == [r.trial for r in library]
    assert all(abs(a.error - b.error) < 0.02 for a, b in zip(mine, library))
    print(f"seed {seed}: {len(mine)} trials, the same in both; errors agree")

# %% [markdown]
# How the library's estimator answers:

# %%
from nastutor.estimators.fit_shared import FitShared

nt.source(FitShared.answer)


# %% [markdown]
# **Step 4 (10 minutes).** Statistics of one path. A supernet's batch norm has seen all paths; before one is judged with stored statistics, these are taken anew, from batches along this path alone: the mean of the means, and of the variances.

# %%
def recalibrate(batches):
    """`batches`: lists of numbers, what one channel gives for each batch. -> mean, variance (each batch's over n - 1)."""
    ...


nt.check("ch13.recalibrate", recalibrate)

# %% [markdown]
# ## 8 Run it
#
# First with open eyes: paths are trained, then candidates are judged, live.

# %% tags=["board"]
steps, some = nt.scale(smoke=3, cpu=60), nt.scale(smoke=2, cpu=20)
live = nt.estimators.SharedWeights(space, task, batch_size=64, lr=0.2, last_lr=0.0, horizon=steps, gradients=False)
board = nt.widgets.Board(nt.OneShot(space, steps, some, paths="one"), live, trials=steps + some)
history = board.run()

# %% tags=["after-board"]
print(f"history so far: {len(history)} trials, {history.cost:.0f} epochs of training in all")
judged = nt.History(record for record in history if record.trial.budget == 0)
print("best of those judged at the end:", judged.best() if judged else "none")

# %% [markdown]
# **Now the measurement**, on the ten supernets of each kind. Beside them: *one epoch each*, which trains every cell alone and costs the same; the *number of parameters*, which costs nothing; an *untrained* supernet.

# %%
epoch = np.array([table.curves(seed=run)[table.rows(archs), 0] for run in range(table.runs)])
ways = {way: own[record.STEPS] for way, own in moments.items()} | {"one epoch each": epoch}
sizes = -table.column("params")[table.rows(archs)]
untrained = [own for own in moments["one path"][0] if np.ptp(own)]  # some say the same of all
ways |= {"parameters": sizes, "untrained": untrained}
print(record.banner())
resamples = nt.scale(smoke=5, cpu=1000)
ranked = nt.comparing.ranking(ways, truth, given={"parameters": sizes}, repeats=runs, resamples=resamples)
print(ranked)

# %%
nt.plot.rankings(ranked)

# %% [markdown]
# `rho` is Spearman's; `top`: the share of its best ten that truly are; `regret`: that of its first; `beaten`: the share of cells that its first beats. *Path dropout* ranks far better than *one path*, and running *all paths* without dropout hardly ranks at all, though with all options on its network is as good as the other: its parts cannot be had alone. Look at `stable`: supernets of one kind agree **with each other** much better than with the truth. So their mistakes are not noise, and more seeds do not cure them. And the *number of parameters* beats them all. `partial` says what a score knows beyond that number: path dropout a good deal, one path next to nothing.
#
# `among` is tau inside the truly best ten. It is below 0 for path dropout, one path and the number of parameters: they tell good cells from bad ones, and inside the best ten they order them rather the wrong way round.
#
# **What the papers claim**, each with the test that was written down before the record was made:

# %%
for key in ("bender2018-ranks", "bender2018-dropout", "bender2018-change", "sciuto2019-sharing", "sciuto2019-early"):
    outcome = nt.claims.claim(key).run(table, seeds=nt.scale(smoke=10, cpu=20))
    print(f"{outcome.claim.statement}\n   {'supported' if outcome.supported else 'NOT supported here'}, "
          f"p = {outcome.p:.2g}: {outcome.said}\n")

# %% [markdown]
# The three claims of Bender et al. are supported, though what their record shows is less than "ranks as training alone does": the number of parameters has a larger tau. The claim of Sciuto et al. is **not supported at this scale**: for equal cost, one path has the larger tau. Two runs of one epoch each agree with only 0.14, so there is little to lose. Where an epoch is hundreds of steps and not 24, it may be otherwise.
#
# **Is it worth its cost?** A supernet of 726 steps costs 60 epochs. For that, random search trains five cells to the end. The question is fixed before looking: *at a cost of 60 epochs, is the true error of what is chosen smaller than with random search?* Ten paired seeds (five of one epoch each); a choice is judged by the mean test error of five trainings.

# %%
true = {arch: table.final(arch) for arch in table.archs}
singles = [nt.estimators.Table(TABLE, seed=run) for run in range(table.runs)]


def after_each(seed, trials=5):
    """The true error of what random search would choose after each training."""
    found = nt.search(nt.RandomSearch(space, seed=seed), singles[seed % table.runs], trials=trials, progress=False)
    return [true[min(found[:n], key=lambda r: r.error).trial.arch] for n in range(1, trials + 1)]


drawn = np.array([after_each(seed) for seed in range(10)])  # (10, 5)
# (looks, 10)
picks = {way: np.array([truth[own[s].argmin(axis=1)] for s in record.LOOKS]) for way, own in moments.items()}
axes = nt.plot.new_axes(6.4, 3.4)
bars = drawn.std(0, ddof=1) / 10**0.5
axes.errorbar(12 * np.arange(1, 6), drawn.mean(0), bars, color="black", capsize=3, label="random search")
for (way, own), style in zip(picks.items(), ("o--", "s-.", "^:")):
    cost = np.array(record.LOOKS) * 64 / len(task.train) + 0.4 * len(axes.lines)
    axes.errorbar(cost[1:], own[1:].mean(1), own[1:].std(1, ddof=1) / 10**0.5, fmt=style, capsize=3, label=way)
axes.set(xlabel="cost (epochs of one network)", ylabel="true error of the choice", ylim=(0.06, None))
axes.legend(fontsize=8)
nt.plot.say(axes, f"True error of the choice at 60 epochs: random search {drawn[:, -1].mean():.3f}, "
                  f"{', '.join(f'{w} {o[-1].mean():.3f}' for w, o in picks.items())}.")

# %%
from scipy.stats import wilcoxon

ends = {way: own[-1] for way, own in picks.items()}
ends["one epoch each"] = truth[epoch.argmin(axis=1)]  # of five runs
for way, own in ends.items():
    other = drawn[: len(own), -1]
    p, better = wilcoxon(other - own, alternative="greater").pvalue, (own < other).sum()
    print(f"{way:15s} {own.mean():.3f} against {other.mean():.3f}: better in {better} of {len(own)}, ", end="")
    print(f"p = {p:.2g}, corrected for four questions {min(1, 4 * p):.2g}")

# %% [markdown]
# At 60 epochs no way is distinguishable from random search: five draws are good already. The left of the picture suggests another question: at some ten epochs path dropout, and all paths too, choose far better than one random cell. New seeds must answer: an exercise. Where a training costs a second, sharing saves little.
#
# ## 9 Swap a dimension
#
# **Another strategy, the same estimator.** ENAS asks for an architecture of its controller where `OneShot` draws; everything else stays. Equal numbers of training steps:

# %%
rounds = nt.scale(smoke=1, cpu=12)
contenders = {
    "one path": nt.OneShot(space, 10 * rounds, 20, paths="one", seed=2),
    "path dropout": nt.OneShot(space, 10 * rounds, 20, seed=2),
    "ENAS": nt.ENAS(space, rounds, child_steps=10, updates=3, samples=3, seed=2),
}
for name, strategy in contenders.items():
    how = {"batch_size": 64, "lr": 0.2, "last_lr": 0.0, "horizon": 10 * rounds, "gradients": False}
    weights = nt.estimators.SharedWeights(space, task, **how, seed=2)
    found = nt.search(strategy, weights, trials=1_000, progress=False)
    print(f"{name:13s} {len(found):4d} trials, {found.cost:.0f} epochs; "
          f"true error of what it recommends {true[strategy.recommend(found)]:.3f}")

# %% [markdown]
# One run each shows that they are exchangeable, not which is better.
#
# **Another estimator, another strategy.** A hypernetwork does not share weights; it *writes* them, for any graph. `GHN` sends messages along the graph, forward and backward, and reads a weight tensor from the state of each node. `Perturbation` is how SMASH searches: random architectures, then small changes of the best.

# %%
ghn = nt.estimators.GHN(space, task, nt.scale(smoke=2, cpu=40), kernel=3, lr=3e-3)
found = nt.search(nt.Perturbation(space, nt.scale(smoke=3, cpu=20), 5, 5, seed=1), ghn, trials=30, progress=False)
best = found.best()
written = ghn.written(best.trial.arch)
print(f"{len(found)} networks judged, none of them trained; best by written weights: {best.trial.arch}")
print(f"its {sum(own.numel() for own in written.values()):,} weights were written; "
      f"error with them {best.error:.3f}, trained alone {true[best.trial.arch]:.3f}")

# %% [markdown]
# Ten hypernetworks with 726 steps each were recorded. The two claims of the paper, replayed:

# %%
for key in ("zhang2019-epoch", "zhang2019-graph"):
    outcome = nt.claims.claim(key).run(table, seeds=nt.scale(smoke=10, cpu=20))
    print(f"{outcome.claim.statement}\n   {'supported' if outcome.supported else 'NOT supported here'}, "
          f"p = {outcome.p:.2g}: {outcome.said}\n")

# %% [markdown]
# Neither is supported at this scale: tau is 0.24, one epoch each gives 0.18, no messages at all 0.27, and the *number of parameters* 0.63.
#
# **Another space.** In a *fabric* every path is a network, and all are trained at once as one; nothing is drawn. It can be pruned by the size of its weights. `SMASH` works on memory banks: an architecture is a code, from which 1x1 convolutions are written.

# %%
digits = nt.tasks.digits()
fabric = nt.estimators.Fabric(nt.spaces.FabricSpace(layers=4, scales=3, channels=4), digits, nt.scale(smoke=2, cpu=80))
strong, chance = fabric.pruned(1 / 3), fabric.pruned(1 / 3, seed=0)
print(f"fabric of {fabric.space.size} paths: error {fabric.error():.3f}, "
      f"without the weakest third {fabric.error(strong):.3f}, without a random third {fabric.error(chance):.3f}")
banks = nt.spaces.MemoryBankSpace()
smash = nt.estimators.SMASH(banks, digits, nt.scale(smoke=1, cpu=20))
print(f"SMASH: error with written weights {smash(nt.Trial(banks.sample(0))).error:.3f} after "
      f"{smash.default_budget} steps (one of ten by chance: 0.9)")

# %% [markdown]
# ## 10 What goes wrong
#
# **Planted failure 1: what batch norm remembers.** Two colleagues judge the *same* weights. One reports nearly twice the mean error of the other. She called `net.eval()`, as one does. Which ranking is to be trusted, and what happened? Below, the ten recorded supernets of one path, judged in three ways.

# %%
kinds = {"batch": f"one path {record.STEPS}", "recalibrated": "one path recalibrated", "running": "one path running"}
for kind, key in kinds.items():
    taus = [nt.comparing.rank_agreement(own, truth).kendall for own in seen[key]]
    print(f"{kind:13s} mean error {seen[key].mean() / count:.3f}, "
          f"tau {np.mean(taus):5.2f} (from {min(taus):5.2f} to {max(taus):.2f})")

# %% [markdown]
# The weights are the same. With stored statistics the mean error nearly doubles, and a third of tau is left; taken anew along each path, they give back what the batch gives. Why? Each step normalised by its own batch while the averages were fed by *all* paths in turn. Look at the last batch norm:

# %%
mixed, came = trained(nt.scale(smoke=4, cpu=80), statistics="running"), []
norm = [part for part in mixed.fit.net.modules() if isinstance(part, torch.nn.BatchNorm2d)][-1]
norm.register_forward_hook(lambda module, inputs, output: came.append(inputs[0]))
print(f"variance that the last batch norm has stored, mean over channels: {norm.running_var.mean():.2f}")
for number in (1, 30, 50):
    nt.estimators.predictions(mixed, archs[number])  # of the validation images
    variance = came[-1].transpose(0, 1).flatten(1).var(1).mean()
    print(f"variance of what comes along {archs[number]!s:38s} {variance:.2f}")

# %% [markdown]
# Different cells send different numbers through the same layer; their average belongs to hardly any. The remedies: statistics of the batch that is judged (`statistics="batch"`, the default, which wants a large batch), or your `recalibrate` (`"recalibrated"`). *How it is seen: the training loss is fine, and the error with stored statistics is not.*
#
# **Planted failure 2: an order that is not there.** A colleague stops when the mean error of the single cells is low, and reports the best ten. How many of them are among the ten truly best, and would another seed name the same? Lines that cross say it (coloured: the truly best ten):

# %%
order = {"supernet 0": moments["one path"][726][0], "supernet 1": moments["one path"][726][1], "truth": truth}
nt.plot.rank_changes(order)

# %%
pairs = [(a, b) for a in range(10) for b in range(a)]
for steps in record.LOOKS[1:]:
    own = moments["one path"][steps]
    between = np.mean([nt.comparing.rank_agreement(own[a], own[b]).kendall for a, b in pairs])
    overlap = np.mean([ch13.top_k(list(scores), list(truth), 10) for scores in own])
    tau = lambda other, own=own: np.mean([nt.comparing.rank_agreement(scores, other).kendall for scores in own])
    print(f"{steps:3d} steps: mean error {own.mean():.2f}, tau with the truth {tau(truth):5.2f}, "
          f"with size {tau(sizes):5.2f}, ", end="")
    print(f"between supernets {between:4.2f}; best ten shared {overlap:.2f}")

# %% [markdown]
# The mean error falls from the first look on. The order appears only in the second half, and for a while it is *worse* than none: the best ten of the supernet hold hardly any of the truly best. Meanwhile supernets agree with each other better and better. What they agree on at first is which cells learn fast from few steps: each option gets some 145 of the 726, and early on *small* cells are ahead (tau with size below 0), large ones only in the end. *How it is seen: measure tau against a few networks trained alone, and do not take agreement between seeds for truth.*
#
# **Planted failure 3: unfair paths.** One decision is drawn with a preference, "since pooling costs nothing". Two supernets, equally many steps, one fair. What would you look at?

# %%
def by_option(prefer, steps, seed, decision="0->1"):
    """Mean error by shared weights of the cells with each option, when the decision was drawn with these chances."""
    weights, strategy = supernet(steps, seed=seed), nt.RandomSearch(space, seed=seed)
    options, counts = space.sites()[decision], dict.fromkeys(space.sites()[decision], 0)
    for step in range(steps):
        option = strategy.rng.choices(options, prefer)[0]
        counts[option] += 1
        drawn = space.sample(strategy.rng).choices
        arch = nt.Arch(tuple((name, option if name == decision else value) for name, value in drawn))
        weights(nt.Trial(arch, repeat=step))
    errors = {arch: weights(nt.Trial(arch, budget=0)).error for arch in archs}
    return counts, {o: np.mean([e for a, e in errors.items() if a[decision] == o]) for o in options}


alone = {o: np.mean([t for a, t in zip(archs, truth) if a["0->1"] == o]) for o in space.sites()["0->1"]}
for name, prefer in (("fair", (1, 1, 1, 1, 1)), ("unfair", (1, 1, 1, 1, 16))):
    told = [by_option(prefer, nt.scale(smoke=4, cpu=150), seed) for seed in range(5, nt.scale(smoke=6, cpu=8))]
    counts, errors = ({o: round(float(np.mean([one[k][o] for one in told])), 2) for o in alone} for k in (0, 1))
    print(name, "steps:", counts, " mean error:", errors)
    print(f"   {list(alone)[-1]} comes first in {sum(min(e, key=e.get) == list(alone)[-1] for _, e in told)} of "
          f"{len(told)} seeds")
print("alone", {o: round(float(e), 2) for o, e in alone.items()})

# %% [markdown]
# The counts say it: the preferred option got most of the steps. The errors, still high after so few steps, show no more than how often it comes first. ENAS does so by design once its controller prefers something. *Print how often each option was trained.* FairNAS trains all options equally often in each round; that is the exercise `fair_round`.
#
# ## 11 At paper scale
#
# **ENAS** in full: the spaces counted, the supernet of its macro search built, its published networks counted.

# %% tags=["nbval-check-output"]
from types import SimpleNamespace

cifar = SimpleNamespace(name="cifar10", shape=(3, 32, 32), classes=10)  # the shapes alone: nothing is downloaded
macro = nt.spaces.MacroSpace(12, channels=36, search=True)
micro, recurrent = nt.spaces.ENASMicroSpace(5), nt.spaces.RecurrentSpace(12, "enas")
assert macro.size == 6**12 * 2**66 and recurrent.size == 4**12 * 39_916_800
print(f"macro {macro.size:.3e} networks, supernet with {macro.supernet(cifar).graph.counts().params:,} weights")
print(f"micro {micro.size:.3e} pairs of cells; recurrent {recurrent.size:.2e} cells")
for name in ("ENAS micro", "ENAS macro"):
    one = nt.zoo[name]
    print(f"{name}: {one.space.graph(one.arch, one.task).counts().params:,} parameters")

# %% [markdown]
# **A trap in its penalty on skips.** The penalty compares $\sigma(q)$ with a target of 0.4, but skips are drawn with $\mathrm{softmax}(-q, q)$, which is $\sigma(2q)$. Where the penalty is smallest, how often is a skip drawn?

# %% tags=["nbval-check-output"]
q = np.log(0.4 / 0.6)
assert abs(ch13.skip_penalty([[q]], 0.4)) < 1e-12
print(f"penalty 0 at q = {q:.3f}, where skips are drawn with {1 / (1 + np.exp(-2 * q)):.3f} instead of 0.4")

# %% [markdown]
# **Random search with weight sharing**: so many rounds of 1,000 candidates as there are 10,000 steps. **Sciuto et al.**: the chance that ten random draws are all worse than what a policy found.

# %% tags=["nbval-check-output"]
for epochs in (100, 150):
    updates = epochs * 25_000 // 64
    print(
        f"CIFAR-10, {epochs} epochs of 25,000 images, batch 64: {updates:,} steps, {max(1, updates // 10_000)} rounds"
    )
for rank in (1, 10):
    print(f"rank {rank} of 100 is better than the best of ten random draws with probability "
          f"{nt.comparing.surpassing(rank, 100, 10):.3f}")

# %% [markdown]
# | | the paper | ours, cpu scale |
# |---|---|---|
# | ENAS: data, epochs, test error | CIFAR-10, 310 (macro) or 150 (micro), 2.89 % (micro) | 120 steps on digits |
# | ENAS: test perplexity on the Penn Treebank | 55.8; corrected code of its authors' group 57.47 | not run |
# | Bender et al.: steps, candidates | 5,000 to 10,000 on 16 GPUs, 20,000 | 726 recorded, 60 |
# | Li & Talwalkar: steps, candidates in a round | 39,062 and more, 1,000 | 726 recorded, 60 |
# | Sciuto et al.: mean validation perplexity | ENAS 61.91, random draw 62.50, DARTS 63.29 | chapter 4 |
#
# On a GPU:
#
# ```python
# space = nt.spaces.DARTSSpace(channels=36, cells=6, stages=3)  # 20 cells
# small = {"channels": 16, "cells": 2}  # 8 cells
# shared = nt.estimators.SharedWeights(space, nt.tasks.cifar10(), batch_size=64, horizon=39_062, gradients=False, **small)
# strategy = nt.OneShot(space, 39_062, 1_000, paths="one", rounds=3)
# history = nt.search(strategy, shared, trials=42_062, journal="shared.sqlite")
# ```

# %% [markdown]
# ## 12 Check yourself
#
# Click on an answer to see whether it is right, and why.
#
# #### 1. A supernet's mean error over single cells falls from 0.8 to 0.3. What do you know about its ranking?
# <details><summary>it has become better</summary>Section 10 measures both. Low errors of all cells say nothing about their order.</details>
# <details><summary>nothing yet</summary>Right. Measure tau against some networks trained alone.</details>
#
# #### 2. Why must path dropout take the k-th root of the rate?
# <details><summary>so that all options of a decision are gone equally often, however many it has</summary>Right. With the root, all options of a decision are gone with the same chance, whatever k is.</details>
# <details><summary>to drop less in the beginning</summary>That is the ramp.</details>
#
# #### 3. Two colleagues get tau 0.5 and 0.1 from the same weights. What do you ask first?
# <details><summary>for how long was it trained</summary>They are the same weights.</details>
# <details><summary>which statistics batch norm used</summary>Right. Stored ones belong to the average of all paths.</details>
#
# #### 4. A one-shot score has tau 0.5 with the truth, the number of parameters 0.6. What is shown?
# <details><summary>sharing works: 0.5 is far from 0</summary>It may only have found out which cells are large. Without the plain opponent nobody can tell.</details>
# <details><summary>not that sharing is needed</summary>Right. Report what counting gives, and what is left of tau among networks of one size.</details>
#
# #### 5. ENAS reports a better network than random search with weight sharing, one run each. What is missing?
# <details><summary>seeds, and equal training of what was found</summary>Right: ten searches each, the same recipe at the end, the mean and not the best.</details>
# <details><summary>a larger controller</summary>Its bound already keeps it from being certain.</details>
#
# #### 6. When does sharing pay?
# <details><summary>when one training alone costs much and many candidates must be judged</summary>Right. On our digits a training costs a second, and there is little to save.</details>
# <details><summary>always: it is a thousand times cheaper</summary>Than training all to the end; compare with a few trainings.</details>

# %% [markdown]
# ## 13 Exercises
#
# **Core (5 minutes).** Which share of the `k` best by score are among the truly best `k`? Success: the check passes.

# %%
def top_k(scores, truth, k):
    """Smaller is better in both lists. -> a share from 0 to 1."""
    ...


nt.check("ch13.top_k", top_k)


# %% [markdown]
# **Core (10 minutes).** Fair paths: as many paths as a decision has options, so that in each round each option of each decision runs exactly once, and any may meet any. Success: the check passes.

# %%
def fair_round(sites, rng):
    """`sites`: decision -> options, equally many each; `rng`: a random.Random. -> a list of paths, each a dictionary decision -> option."""
    ...


nt.check("ch13.fair_round", fair_round)


# %% [markdown]
# **Core (10 minutes).** ENAS' penalty on skips, as released: with $p = \sigma(q)$ for each skip the divergence of $(1-p, p)$ from $(1-t, t)$, summed up in a layer; then the mean over layers. Success: the check passes.

# %%
def skip_penalty(layers, target):
    """`layers`: for each layer the list of its q; `target`: t, above 0 and below 1."""
    ...


nt.check("ch13.skip_penalty", skip_penalty)

# %% [markdown]
# **Explore (40 minutes).** Is path dropout better than random search at a cost of 12 epochs? `next(record.supernet("path dropout", seed, (91,)))` trains one for so long (some seconds) and gives its steps and its weights. Take seeds 10 to 19 and the test of section 8. Success: one p, whichever way.
#
# **Explore (20 minutes).** Take the cell without any path out of the 60 (the last one of the truth) and compute tau again, for all ways of section 8. Success: a sentence on how much of each tau a single hopeless cell makes.
#
# **Explore (40 minutes).** Train with your `fair_round`: five paths, one step (`SharedWeights(accumulate=5)`). Compare tau with that of one path at equal cost on three seeds. Success: a table, and a sentence on whether three seeds can decide it.
#
# **Research (a day).** Take the ops `none` and `skip` out of the space, train all that is left alone, and repeat section 8. State beforehand what you expect of tau and of the gap to random search. Success: an outcome with p, whichever way.

# %% [markdown]
# ## 14 Summary
#
# - A supernet holds all options; a path through it is one network, and judging it costs one look.
# - What is trained when decides what is learnt: one path, path dropout with its ramp, or a policy. Running all options all the time teaches none of them to stand alone.
# - Measure the ranking (tau, best ten, regret) against networks trained alone, beside an untrained supernet and the number of parameters.
# - Agreement between supernets is no evidence: they err alike. Nor is a low mean error.
# - Batch norm remembers the average of all paths. Use the batch, or take statistics anew for each path.
# - Hypernetworks write weights for any graph; on this table neither they nor one-shot models ranked better than counting parameters.
# - On this table, at the cost of five trainings, no way was distinguishable from random search.
#
# **Further reading.** [Bender et al. 2018](https://proceedings.mlr.press/v80/bender18a.html), section 3: why each part of the recipe is there. [Sciuto et al. 2019](https://arxiv.org/abs/1902.08142): the protocol, and ranking disorder. [Li & Talwalkar 2019](https://arxiv.org/abs/1902.07638): the baseline, and a list of what papers must report. [Yu et al. 2020](https://arxiv.org/abs/2003.04276): which habits of training a supernet matter.
#
# **Known deviations.** Cells of 125 architectures on 12x12 pixels; Bender's own space and language models are not run. The supernets of the record were stopped after as many images as one epoch each, and judged in the middle of their schedule at the earlier moments. Batch norm of the supernet has no scale and shift.
#
# Next: chapter 14 leaves classification.{{unwritten 14}}
