# %% [markdown]
# # Chapter 5 · Bayesian optimisation
#
# *You will let a model of what was seen decide what to try next, say how alike two networks are, and notice when the model is worse than no model.*
#
# {{badges}}
#
# {{map}}
#
# Papers: Bergstra, Bardenet, Bengio, Kégl, [Algorithms for hyper-parameter optimization](https://papers.nips.cc/paper/2011/hash/86e8f7ab32cfd12577bc2619bc635690-Abstract.html), 2011 · Hutter, Hoos, Leyton-Brown, [SMAC](https://doi.org/10.1007/978-3-642-25566-3_40), 2011 · Bergstra, Yamins, Cox, [Making a science of model search](https://arxiv.org/abs/1209.5111), 2013 · Swersky et al., [The arc kernel](https://arxiv.org/abs/1409.4011), 2013 · Mendoza et al., [Auto-Net](https://proceedings.mlr.press/v64/mendoza_towards_2016.html), 2016 · Kandasamy et al., [NASBOT](https://arxiv.org/abs/1802.07191), 2018 · Jin, Song, Hu, [Auto-Keras](https://arxiv.org/abs/1806.10282), 2018 · Zela et al., [Joint search](https://arxiv.org/abs/1807.06906), 2018.
#
# {{time}}

# %% [markdown]
# ## 1 You will be able to
#
# - **compute** what a Gaussian process believes (check `ch05.posterior`), and what it promises (checks `ch05.ei`, `ch05.ucb`);
# - **split** answers into good and bad, and **estimate** the density of each (checks `ch05.split`, `ch05.density`);
# - **build** a TPE of 25 lines that asks what the library's, set as published, asks;
# - **measure** how far apart two architectures are, with decisions that not both have (check `ch05.arc`), and two networks (check `ch05.transport`);
# - **repair** a kernel that is none (check `ch05.clip`), and **diagnose** a model that does not help.
#
# **You need** chapters 0 and 4. Three questions to recall them:
#
# <details><summary>What does a strategy see, and what does it never see?</summary>It is told the validation error of each trial. It never sees test data.</details>
# <details><summary>Why two opponents, random search with and without repeats?</summary>In a small space not to repeat oneself is an advantage of its own; a model must beat the opponent with the same privilege.</details>
# <details><summary>What does a paired test compare?</summary>Seed 0 of one strategy with seed 0 of the other, and so on; what both find easy or hard cancels.</details>

# %% [markdown]
# ## 2 Set-up

# %% tags=["setup"]
# {{setup}}

# %% [markdown]
# ## 3 The question
#
# Four small networks, each with sixteen learning rates: we train them all once, so that searches can look answers up. For one of the networks six rates have been tried. Where would you try the seventh?

# %%
import numpy as np

from nastutor.spaces import language as w

S, task = nt.spaces, nt.tasks.digits()
second = w.Optional(w.Concat(w.Conv((8,), (3,)), w.ReLU()))
networks = S.ModuleSpace(
    w.Concat(w.Conv(nt.scale(smoke=(4, 8), cpu=(4, 16)), (3,)), w.ReLU(), second, w.MaxPool((2,), (2,)))
)
RATES = tuple(float(f"{rate:.2g}") for rate in np.logspace(-2.5, 0.25, nt.scale(smoke=5, cpu=16)))
joint = S.JointSpace(networks, {"lr": RATES})  # an architecture together with how it is trained
train = nt.estimators.Train(joint, task, epochs=1)
answers = {arch: train(nt.Trial(arch)) for arch in joint}
trained = {arch: answer.error if answer.usable else 1.0 for arch, answer in answers.items()}
first = next(iter(networks))
line = S.ChoiceSpace.of({"lr": RATES})
on_line = {arch: trained[nt.Arch((*first.choices, *arch.choices))] for arch in line}
seen = [list(line)[place] for place in nt.scale(smoke=(0, 4, 2, 3), cpu=(3, 13, 0, 9, 15, 6))]
for arch in sorted(seen, key=lambda arch: arch["lr"]):
    print(f"lr {arch['lr']:<6} error {on_line[arch]:.3f}")

# %% [markdown]
# You look at the numbers, see a valley, and try a rate in it. Random search does not look. How much does it lose?

# %%
def look_up(errors):
    return lambda trial: nt.Result({"error": errors[trial.arch]})


SEEDS, FEW = range(nt.scale(smoke=3, cpu=20)), nt.scale(smoke=5, cpu=12)
poor = np.median(list(on_line.values()))
rates_alike = nt.kernels.Arc({"lr": "log"})  # near rates are alike: section 6
makers = {
    "random search": nt.RandomSearch,
    "a model": lambda space, seed: nt.GaussianProcess(space, start=4, kernel=rates_alike, seed=seed),
}
for name, make in makers.items():
    runs = [nt.search(make(line, seed=k), look_up(on_line), trials=FEW, progress=False) for k in SEEDS]
    worse = np.mean([[record.error > poor for record in history[4:]] for history in runs])
    print(
        f"{name:13s} trials 5 to {FEW} among the worse half of the rates: {worse:.0%}; "
        f"best {np.mean([h.best().error for h in runs]):.4f}"
    )

# %% [markdown]
# A model that knows one thing, *near rates have like errors*, stops asking for what is bound to be bad. This chapter is about such models: what they believe, how that becomes a proposal, and what "near" means for networks.

# %% [markdown]
# ## 4 Quick facts

# %%
from nastutor.exercises.facts import quick_facts, space_facts

quick_facts(nt.GaussianProcess, nt.TPE, nt.SMAC, nt.NASBOT, nt.AutoKeras)

# %%
space_facts(S.AutoNetSpace(), S.VisionPipelineSpace(), joint)

# %% [markdown]
# | | what the paper searched | what is simplified here |
# |---|---|---|
# | TPE, GP (2011) | networks and deep belief nets with their training | options in place of ranges of numbers |
# | Bergstra 2013 | image pipelines with 238 settings | 149 by default, as it is smaller; all in section 11; on digits |
# | Auto-Net | fully connected networks, 63 settings | small ranges by default |
# | NASBOT | fully connected and convolutional networks | no pool of hand-made first networks |
# | Auto-Keras | morphs of a network, weights carried over | no weights here (chapter 12) |
# | Zela 2018 | residual networks with their training, by BOHB | no BOHB here (chapter 10) |

# %% [markdown]
# ## 5 The idea in a picture
#
# **A belief over functions.** A Gaussian process begins with "any function, as long as near rates have like errors". Each answer rules out those functions that do not pass near it. What is left has a mean and a standard deviation at every rate: the band is narrow near answers and wide far from them. Below it, the *expected improvement*: how much better than the best so far one may hope to be. The next trial is where it is largest. (Its height is scaled to fit: only its place counts. How fast likeness falls is fixed here; searches fit it to the answers.)

# %%
from nastutor.strategies.acquisition import expected_improvement
from nastutor.strategies.gp import Process, Settings


def draw_belief(trials, kernel=rates_alike):
    archs, told = list(line), seen[:trials]
    errors = np.array([on_line[arch] for arch in told])
    model = Process(kernel, kernel.matrix(line, told), errors, Settings((0.0, 1.5, 0.0), (1.0,), 1e-3))
    mean, std = model.predict(kernel.matrix(line, archs, told))
    gain = expected_improvement(mean, std, model.means.min())
    axes = nt.plot.new_axes(6.8, 3.6)
    axes.fill_between(RATES, mean - 2 * std, mean + 2 * std, color="tab:blue", alpha=0.2, label="mean, two deviations")
    axes.semilogx(RATES, mean, color="tab:blue")
    axes.plot(RATES, list(on_line.values()), "k.", markersize=4, label="the truth")
    axes.plot([arch["lr"] for arch in told], [on_line[arch] for arch in told], "ko", fillstyle="none", label="told")
    axes.fill_between(
        RATES, -0.5, -0.5 + 0.4 * gain / max(gain.max(), 1e-9), color="tab:orange", label="expected improvement"
    )
    axes.axvline(RATES[gain.argmax()], color="tab:orange", linestyle=":")
    axes.set(xlabel="learning rate", ylabel="validation error", ylim=(-0.55, 1.45))
    axes.legend(loc="upper center", ncols=2, fontsize=8)
    return nt.plot.say(axes, f"Belief after {len(told)} rates; expected improvement is largest at {RATES[gain.argmax()]}.")


draw_belief(4)

# %% [markdown]
# With a running kernel, add answers one by one. The band closes where you have been.

# %%
from ipywidgets import interact

interact(lambda trials=5: draw_belief(trials), trials=(2, len(seen)));

# %% [markdown]
# **The same over architectures.** Below, the cells of the small table: a square is a cell. Blocks have one `0->2`, rows one `0->1`, columns of a block one `1->2`. Four maps: what the model believes, how unsure it is, what it promises, and the truth, which it does not know. Move "trial". Choose "lower bound" and a large beta, and the search runs after doubt; with beta 0, after the mean alone.

# %%
TABLE = "digits-tiny"
table = nt.estimators.Table(TABLE)  # each answer is the mean over several trainings
space = table.space
nt.widgets.AcquisitionMap(space, table, trials=30, at=15)

# %% [markdown]
# ## 6 From equations to code
#
# **Belief.** $k(a, b)$ says how alike two architectures are, 1 for the same. With $K$ the likenesses of all that was told, $y$ the errors (brought to mean 0 and deviation 1), $\sigma_n^2$ the noise, and $c$ the likenesses of a new architecture:
#
# $$\mu = c^T (K + \sigma_n^2 I)^{-1} y, \qquad \sigma^2 = 1 - c^T (K + \sigma_n^2 I)^{-1} c .$$
#
# **Promise.** With $y^*$ the best so far and $z = (y^* - \mu)/\sigma$: $\mathrm{EI} = (y^* - \mu)\,\Phi(z) + \sigma\,\varphi(z)$. Or the *lower bound* $\beta\sigma - \mu$ (UCB with its sign turned, as errors are minimised). Or draw one function from the belief and go to its minimum (*Thompson*).
#
# **TPE turns it round.** It models not error given architecture, but architecture given that the error is good, $l$, or not, $g$. With a share $\gamma$ of good ones (the code's `gamma` is not this share: of $n$ answers the best ⌈`gamma` $\sqrt{n}$⌉ are good), $\mathrm{EI} \propto \big(\gamma + (1 - \gamma)\, g / l\big)^{-1}$: draw from $l$, and keep the candidate with the largest $l / g$. Each decision has densities of its own, of those architectures that *had* the decision. So a space under conditions is no problem: what was not asked is not learned from.
#
# **SMAC** asks a random forest instead, whose trees disagree where little is known, finds the largest EI by local search, and every second trial is random.
#
# | symbol | meaning | in the code |
# |---|---|---|
# | $k$ | how alike | `nt.kernels.OneHot()`, `Arc`, `OTMANN`, `EditDistance` |
# | $\mu, \sigma$ | belief at an architecture | `Process.predict` |
# | $y^*$ | best so far (the smallest mean, as answers are noisy) | `model.means.min()` |
# | $\beta$ | what doubt is worth | `GaussianProcess(acquisition="ucb", beta=2)` |
# | $l, g$ | densities of the good and of the others | `TPE.densities` |
#
# **By hand.** One answer, $y = 2$, noise 0.25, and a new architecture with likeness 0.5 to it. $\mu = 0.5 \cdot 2 / 1.25 = 0.8$, and $\sigma^2 = 1 - 0.5^2 / 1.25 = 0.8$. Where the mean is just the best so far, $z = 0$ and $\mathrm{EI} = \sigma / \sqrt{2\pi}$. Two good architectures both took `conv3`, of two options: with one pseudo-count each, $l = (1 + 2)/(2 + 2) = 0.75$.

# %% tags=["nbval-check-output"]
from nastutor.exercises import ch05

mean, std = ch05.posterior([[1.0]], [0.5], [2.0], 0.25)
assert abs(mean - 0.8) < 1e-12 and abs(std**2 - 0.8) < 1e-12
drawn = np.random.default_rng(0).normal(0.8, std, 1_000_000)
print(f"mean {mean:.2f}, variance {std**2:.2f}")
print(f"EI {ch05.ei(0.8, std, 0.8):.3f}, by a million draws {np.maximum(0, 0.8 - drawn).mean():.3f}")
print("l =", ch05.density(["conv3", "conv3"], ["none", "conv3"], 1.0))
assert ch05.density(["conv3", "conv3"], ["none", "conv3"], 1.0) == [0.25, 0.75]

# %% [markdown]
# TPE's densities on the table after ten random trials, with `gamma` 1: four are good, and blue bars are long where these agree. The next trial takes the largest $l / g$; later more and more draws are known, and with "no repeats" these are passed over. Move gamma to the default, 0.25: only one is good, and the pseudo-counts keep $l$ near the flat prior.

# %%
nt.widgets.Densities(space, table, trials=40, at=10, gamma=1.0)

# %% [markdown]
# **What is near?** A kernel is an opinion on that.
#
# | kernel | two architectures are near if | sees |
# |---|---|---|
# | `OneHot` | few decisions differ | no order, no conditions |
# | `Arc` | they lack the same decisions, and numbers are near | order and conditions |
# | `OTMANN` | the work of one network's layers is moved to the other's at little cost | layers, widths, paths |
# | `EditDistance` | few layers and skips must be changed | widths and skips, not kernel sizes |
#
# **Arc.** A decision that is not asked lies at the middle of a circle, an answer on its rim. Two networks without a third layer agree in its width, whatever that might have been. **OTMANN.** Each layer has *work*, its inputs times its outputs. Moving a unit of work costs little between layers of like kind and place, and 1 to leave it behind. By hand: 3 units here, a layer of 5 units there at 0.5 each. We pay $3 \cdot 0.5$, and 2 for what stays unfilled: 3.5.

# %% tags=["nbval-check-output"]
from nastutor.kernels.transport import Problem, transported

by_solver = transported([Problem(np.array([3.0]), np.array([5.0]), np.array([[0.5]]))])[0]
assert ch05.transport(3.0, [5.0], [0.5]) == 3.5 and abs(by_solver - 3.5) < 1e-9
print(f"transport: {by_solver:.1f}")
print(
    f"arc: both lack it {ch05.arc(None, None, 1, 1)}, one has it {ch05.arc(None, 0.3, 1, 1)}, "
    f"half the range apart {ch05.arc(0.2, 0.7, 1, 1):.3f}"
)

# %%
open_ended = S.EditSpace()
otmann = nt.kernels.OTMANN((0.25,))
nt.plot.matching(otmann, open_ended, open_ended.sample(3), open_ended.sample(12))

# %% [markdown]
# Layers are as high as their work, on one scale for both; input, classifiers and output, which compute little, get a tenth of all other work each, at least 100. A band is orange where moving costs 0.5 a unit or more; what stays behind is hatched. Other pairs, with a running kernel:

# %%
interact(
    lambda one=0, other=4: nt.plot.matching(otmann, open_ended, open_ended.sample(one), open_ended.sample(other)),
    one=(0, 20),
    other=(0, 20),
);

# %% [markdown]
# ## 7 Build it
#
# **Step 1 (15 minutes).** The belief. `kernel` holds rows of likenesses, `cross` those of one new architecture; use numpy.

# %%
def posterior(kernel, cross, targets, noise):
    """-> (mean, standard deviation) at the new architecture, whose variance beforehand is 1; `noise` is a variance too."""
    ...


nt.check("ch05.posterior", posterior)


# %% [markdown]
# **Step 2 (10 minutes).** The promise, in two ways. `math.erfc` gives the distribution function.

# %%
def ei(mean, std, best):
    """-> the expected improvement on `best`; where std is 0, what is certain."""
    ...


nt.check("ch05.ei", ei)


# %%
def ucb(mean, std, beta):
    """-> the lower bound with its sign turned: the larger, the more promising."""
    ...


nt.check("ch05.ucb", ucb)


# %% [markdown]
# **Step 3 (10 minutes).** TPE's two halves: the best `gamma` times the root of $n$, rounded up, are good, $n$ counting failed trials too; a failed trial has the error `math.inf` and never is.

# %%
def split(errors, gamma):
    """-> (places of the good ones, places of the others); of equal errors the one told first is better."""
    ...


step3 = nt.check("ch05.split", split)


# %% [markdown]
# **Step 4 (5 minutes).** The density over the options of a decision.

# %%
def density(taken, options, prior):
    """What the architectures of one half have `taken` -> a list of densities, in the order of `options`; each was seen `prior` times beforehand."""
    ...


step4 = nt.check("ch05.density", density)

# %% [markdown]
# **The search.** With these two functions TPE is short. (Where yours are stubs, the references stand in; `nt.source("ch05.split")` shows one.)

# %%
import math
from functools import partial

split, density = split if step3 else ch05.split, density if step4 else ch05.density


class TPE(nt.Strategy):
    needs = ("sample", "walk")

    def __init__(self, space, start=20, *, seed=0):
        super().__init__(space, seed=seed)
        self.start, self.told = start, []

    def ask(self):
        if len(self.told) < self.start:
            return nt.Trial(self.space.sample(self.rng))
        halves = split([error for error, _ in self.told], 0.25)
        self.good, self.bad = ([dict(self.told[place][1].choices) for place in half] for half in halves)
        return nt.Trial(max((self.draw() for _ in range(24)), key=lambda drawn: drawn[0])[1])

    def draw(self):
        ratios = []
        arch = self.space.walk(lambda name, options: self.choose(name, options, ratios))
        return sum(ratios), arch


# %%
def choose(self, name, options, ratios):
    """One decision, drawn from l; `ratios` gains the logarithm of its l / g."""
    l, g = (density([taken[name] for taken in half if name in taken], options, 1.0) for half in (self.good, self.bad))
    place = self.rng.choices(range(len(options)), weights=l)[0]
    ratios.append(math.log(l[place] / g[place]))
    return options[place]


TPE.choose = choose
TPE.tell = lambda self, trial, result: self.told.append((result.error if result.usable else math.inf, trial.arch))

# %% [markdown]
# Is it the library's? Set as published, it is (`distinct=False`). On the cells, and in a space under conditions:

# %% tags=["nbval-check-output"]
conditional = S.AutoNetSpace(layers=(1, 2), activations=("relu", "leaky"), points=2)
made_up = lambda trial: nt.Result({"error": sum(map(ord, str(trial.arch))) % 97 / 97})
for name, where, answer in (("cells", space, table), ("under conditions", conditional, made_up)):
    for seed in range(2):
        asked = [
            [r.trial for r in nt.search(one(where, seed=seed), answer, trials=60, progress=False)]
            for one in (TPE, partial(nt.TPE, distinct=False))
        ]
        assert asked[0] == asked[1]
    print(f"{name}: the same 60 trials, seeds 0 and 1")

# %% [markdown]
# What the library adds: trials in flight count as bad; numbers with an order (`numeric`); one density for whole architectures (`multivariate`); and of 24 candidates it keeps the best *new* one.

# %%
nt.source(nt.TPE._draw)

# %% [markdown]
# ## 8 Run it
#
# First with open eyes: a Gaussian process over cells, with real training.

# %% tags=["board"]
cells = nt.estimators.Train(space, task, epochs=nt.scale(smoke=1, cpu=2))
board = nt.widgets.Board(nt.GaussianProcess(space, start=4, seed=0), cells, trials=nt.scale(smoke=2, cpu=10))
history = board.run()

# %% tags=["after-board"]
print(f"history so far: {len(history)} trials, {history.cost:.0f} epochs of training")
print("best:", history.best())

# %% [markdown]
# Now many seeds, on the table, and then on a larger one. The question is fixed before looking: *is the best after all trials better than that of random search, and than that of random search without repeats?*


# %%
class NoRepeat(nt.Strategy):
    """Random search that asks for no network twice, as long as it finds new ones."""

    known = frozenset()
    def ask(self):
        archs = [self.space.sample(self.rng) for _ in range(100)]
        arch = next((arch for arch in archs if self.space.canonical(arch) not in self.known), archs[0])
        self.known |= {self.space.canonical(arch)}
        return nt.Trial(arch)
strategies = {
    "random search": nt.RandomSearch,
    "random, no repeats": NoRepeat,
    "TPE, published": partial(nt.TPE, distinct=False),
    "TPE": nt.TPE,
}
strategies |= {"Gaussian process": nt.GaussianProcess, "SMAC": nt.SMAC}
TRIALS = 30
runs = {
    name: [nt.search(make(space, seed=k), table, trials=TRIALS, progress=False) for k in SEEDS]
    for name, make in strategies.items()
}
axes = nt.plot.anytime({name: histories for name, histories in runs.items() if name != "random search"})
# the later part, large
axes.set(ylim=(0.95 * table.best().error, 1.7 * table.best().error), xlim=(TRIALS / 10, TRIALS))
axes

# %%
from scipy.stats import wilcoxon

large = nt.estimators.Table("digits-cells")
BIG, LONG = range(nt.scale(smoke=5, cpu=20)), nt.scale(smoke=25, cpu=100)
far = {
    name: [nt.search(make(large.space, seed=k), large, trials=LONG, progress=False) for k in BIG]
    for name, make in strategies.items()
}
for where, found in (
    (f"the small table, {TRIALS} trials", runs),
    (f"digits-cells, {large.networks:,} networks, {LONG} trials", far),
):
    print(where)
    ends = {name: np.array([history.best().error for history in histories]) for name, histories in found.items()}
    for name in list(strategies)[2:]:
        said = []
        for opponent in ("random search", "random, no repeats"):
            d = ends[opponent] - ends[name]
            p = wilcoxon(d, alternative="greater").pvalue if d.any() else 1.0
            said.append(f"better in {(d > 0).sum():2d}, worse in {(d < 0).sum():2d}, corrected p = {min(1, 8 * p):.2g}")
        print(f"   {name:16s} {ends[name].mean():.4f}  random: {said[0]:46s}  no repeats: {said[1]}")

# %% [markdown]
# Read it slowly (p is corrected for eight questions). On the small table **SMAC** is better than random search; against the one without repeats it stands at the edge of 5 %. **TPE** as published is *worse* on most seeds; section 10 finds out why, and the library's is worse no more. But neither that nor the **Gaussian process** can be told from a random search that does not repeat itself. With codes that know nothing but "the same or not", in a space of 60 different networks, there is little to learn that trying does not tell as well.
#
# On the large table 100 trials see one network in fifty, and a model pays. The Gaussian process is far ahead; the library's TPE is clearly better than both random searches, SMAC than one of them at this correction, TPE as published than neither.
#
# **What the papers claim**, each with the test that was written down before it ran:

# %%
keys = "bergstra2011-tpe", "hutter2011-smac", "kandasamy2018-distance"
for key in keys[: nt.scale(smoke=1, cpu=3)]:
    print(nt.claims.claim(key).statement)
    for name, where in (("small table", table), ("large table", large)):
        outcome = nt.claims.claim(key).run(where, seeds=10)
        print(f"   {name}: {'supported' if outcome.p < 0.05 else 'NOT supported'}, p = {outcome.p:.2g}: {outcome.said}")

# %% [markdown]
# Networks at a small OTMANN distance do have like errors. Is the kernel therefore a better model? Two more claims take longer to test; what came of them stands in the reading list:

# %% tags=["nbval-check-output"]
for key in ("kandasamy2018", "jin2018"):
    built = nt.papers.paper(key).built
    print(f"{key}: ...{built[built.index('On digits-tiny'):]}\n")

# %% [markdown]
# So: OTMANN ranks networks better than codes if it may learn from nearly all of them, and no better if it learns from half. And the edit distance is a *poor* model of cells, because it does not see what cells differ in. A kernel helps as far as its opinion is right.

# %% [markdown]
# ## 9 Swap a dimension
#
# **Another kernel: decisions under conditions.** Fully connected networks of one to three layers, each with a width, a dropout and an activation that may have numbers of its own: most decisions exist only under conditions. We train sixty at random, let a model learn from two thirds, and let it foresee the rest, ten times. `Arc` knows that a missing layer has no width; `OneHot` does not know that 16 units lie between 8 and 32.

# %%
auto = S.AutoNetSpace(layers=(1, 2, 3), activations=("relu", "tanh", "leaky", "scaled_tanh"), points=3)
some = [auto.sample(100 + number) for number in range(nt.scale(smoke=15, cpu=60))]
brief = nt.estimators.Train(auto, task, epochs=3)
told = [brief(nt.Trial(arch)) for arch in some]
kernels = {"one-hot": nt.kernels.OneHot(), "arc": nt.kernels.Arc(auto.numeric)}
compared = {name: kernel.matrix(auto, some) for name, kernel in kernels.items()}

def foreseen(name, errors, seed):
    """The root of the mean squared error on the third that was left out."""
    order = np.random.default_rng(seed).permutation(len(some))
    known, new = np.split(order, [2 * len(some) // 3])
    model = Process(kernels[name], compared[name][:, known][:, :, known], errors[known]).fit(starts=1)
    return np.sqrt(np.mean((model.predict(compared[name][:, new][:, :, known])[0] - errors[new]) ** 2))

for epochs in (1, 3):
    errors = np.array([answer.curve[epochs - 1] if answer.usable else 1.0 for answer in told])
    wrong = {
        name: np.array([foreseen(name, errors, seed) for seed in range(nt.scale(smoke=2, cpu=10))]) for name in kernels
    }
    print(
        f"errors after {epochs} epoch{'s' * (epochs > 1)}, spread {errors.std():.3f}:",
        ", ".join(f"{name} {found.mean():.3f}" for name, found in wrong.items()),
        end="",
    )
    print(f"; arc nearer in {(wrong['arc'] < wrong['one-hot']).sum()} of {len(wrong['arc'])}")

# %% [markdown]
# After three epochs `Arc` is nearer in nearly every split; after one, luck decides more of the errors, and it is nearer less often. (Splits share networks, so a p-value would promise too much.) Both models are far from perfect: forty networks known, twenty-five decisions.
#
# **Another space: architecture and training together.** Section 3 has trained four networks at all rates. Is the best rate the same for all? And what does it cost to choose the network first, at a usual rate, and then the rate?

# %%
for network in networks:
    by_rate = {arch["lr"]: trained[arch] for arch in joint if joint.inner(arch) == network}
    best = min(by_rate, key=by_rate.get)
    print(f"{' '.join(f'{value}' for _, value in network.choices):14s} best rate {best:<6} error {by_rate[best]:.3f}")
usual = RATES[len(RATES) // 4]
chosen = min(networks, key=lambda network: trained[nt.Arch((*network.choices, ("lr", usual)))])
one_by_one = min(trained[arch] for arch in joint if joint.inner(arch) == chosen)
print(f"one after the other, from lr {usual}: {one_by_one:.3f}; together: {min(trained.values()):.3f}")

hpo = nt.estimators.Table("digits-hpo")
print(f"digits-hpo: {hpo.networks:,} networks with their training, the best {hpo.best().error:.4f}")
for key in ("zela2018-budgets", "zela2018-joint")[: nt.scale(smoke=0, cpu=2)]:
    outcome = nt.claims.claim(key).run(hpo, seeds=10)
    print(outcome.claim.statement)
    print(f"   {'supported' if outcome.p < 0.05 else 'NOT supported'}, p = {outcome.p:.2g}: {outcome.said}")

# %% [markdown]
# The best rates differ, and who chooses the network first ends at a worse pair; on a table of 1,800 pairs too, by validation error. Its *test* regrets say otherwise: trained once each, the winner is partly lucky.
#
# **A space without an end.** An `EditSpace` has no list of decisions, so there are no codes and no densities, and the library says so. A kernel of *networks* needs none: NASBOT and Auto-Keras compare what is built, and look for what their model promises by edits of what was tried.

# %% tags=["nbval-check-output"]
edits = S.EditSpace((("conv", 4, 3), ("max",), ("conv", 8, 3)), max_layers=8, max_width=16)
for Strategy in (nt.TPE, nt.GaussianProcess):
    try:
        Strategy(edits)
    except TypeError as problem:
        print(problem)

# %%
answer, (start, count) = nt.estimators.Train(edits, task, epochs=1), nt.scale(smoke=(2, 3), cpu=(4, 7))
nasbot = nt.NASBOT(edits, start, looks=20, kernel=otmann, seed=0)
# a short tree search: a minute otherwise
keras = nt.AutoKeras(edits, start, width=3, coldest=0.2, samples=5, inherit=False, seed=0)
for strategy in (nasbot, keras):
    tried = nt.search(strategy, answer, trials=count, progress=False)
    print(f"{type(strategy).__name__:9s} errors {' '.join(f'{record.error:.2f}' for record in tried)}")
way = list(keras.edits.values())[-1][1]
print(
    "Auto-Keras came to its last network from a trained one by",
    ", ".join(type(edit).__name__ for edit in getattr(way, "edits", [way])),
)

# %% [markdown]
# One run each shows that it works, and proves nothing. Note what each proposal costs: comparing networks pair by pair takes time, so a model of many networks thinks longer than small ones train.

# %% [markdown]
# ## 10 What goes wrong
#
# **Planted failure 1: a kernel that is none.** Auto-Keras' paper takes an edit distance $d$ and makes $e^{-d^2}$ of it. For distances between *points* that is a kernel. An edit distance need not be one between points, and a matrix of likenesses with a negative eigenvalue is no covariance: some weighted sum of errors would have a variance below 0. Look at the spectra.

# %%
from nastutor.kernels.psd import least_eigenvalue

few = list(dict.fromkeys(open_ended.sample(seed) for seed in range(nt.scale(smoke=20, cpu=36))))
forms = {"exp(-d²)": nt.kernels.EditDistance("gauss", repair=None), "points, as the library": nt.kernels.EditDistance()}
axes, lowest = nt.plot.new_axes(6.4, 3.2), {}
for (name, kernel), marker in zip(forms.items(), "os"):
    apart = kernel.matrix(open_ended, few)
    likeness = kernel.covariance([0.0] * len(kernel.bounds), apart, kernel.units(apart))
    axes.plot(np.linalg.eigvalsh(likeness), marker, markersize=4, clip_on=False, label=name)
    lowest[name] = least_eigenvalue(likeness)
axes.axhline(0, color="black", linewidth=0.8)
axes.set_yscale("symlog", linthresh=0.3)
axes.set(xlabel="number, from the least", ylabel="eigenvalue")
axes.legend()
nt.plot.say(axes, f"Least eigenvalues: {', '.join(f'{name} {value:.3f}' for name, value in lowest.items())}.")

# %% tags=["nbval-check-output"]
gauss = forms["exp(-d²)"]
try:
    Process(gauss, gauss.matrix(open_ended, few[:20]), np.arange(20.0))
except ValueError as problem:
    print(str(problem).split(":")[0])
bad = np.array([[1.0, 0.9, 0.1], [0.9, 1.0, 0.9], [0.1, 0.9, 1.0]])
print(
    f"a like b, b like c, a unlike c: least eigenvalue {least_eigenvalue(bad):.3f}, variance of a - 1.4 b + c: "
    f"{np.array([1, -1.4, 1]) @ bad @ [1, -1.4, 1]:.3f}"
)

# %% [markdown]
# The second example is the whole trouble in three networks: *a* is like *b*, *b* like *c*, and *a* hardly like *c*. The paper's remedy, which the library takes, maps networks to points first (distances to random sets of others), and then $e^{-|r - r'|^2}$ is a kernel. OTMANN's is not one either; it is *repaired*: negative eigenvalues become 0. You write that repair in section 13.
#
# **Planted failure 2: three colleagues.** All run the same Gaussian process with the lower bound. One does it right, one set `beta` to 1000, and one reports accuracies in place of errors. Below, the error of what each asked for after the random start, mean over five trials and over seeds. Whose is whose? Decide before you read on.

# %%
axes, said = nt.plot.new_axes(6.4, 3.2), []
accuracy = lambda trial: nt.Result({"error": 1 - table(trial).error})
truth = dict(zip(table.archs, table.column()))
for name, beta, answer, style in (("A", 1000.0, table, "-"), ("B", 2.0, accuracy, "--"), ("C", 2.0, table, ":")):
    make = partial(nt.GaussianProcess, space, acquisition="ucb", beta=beta)
    own = [nt.search(make(seed=k), answer, trials=TRIALS, progress=False) for k in SEEDS[: nt.scale(smoke=1, cpu=10)]]
    asked = (
        np.array([[truth[record.trial.arch] for record in history] for history in own])[:, 10:]
        .mean(0)
        .reshape(-1, 5)
        .mean(1)
    )
    axes.plot(range(13, TRIALS + 1, 5), asked, f"o{style}", color="black", label=name)
    said.append(f"{name} {', '.join(f'{error:.2f}' for error in asked)}")
axes.axhline(
    np.mean([truth[arch] for arch in set(map(space.canonical, truth))]),
    color="gray",
    linewidth=0.8,
    label="all networks",
)
axes.set(xlabel="trial", ylabel="error of what was asked", ylim=(0, None))
axes.legend()
nt.plot.say(axes, f"Error of what was asked, by five trials from 11 to {TRIALS}: {'; '.join(said)}.")

# %% [markdown]
# <details><summary>My answer is ready</summary><b>B</b> asks for what is worse than the mean of all networks, and comes down only as the worst are used up: accuracies were minimised. <b>A</b> stays about the mean, as a draw without repeats does: it is curious and nothing else. <b>C</b> is below it all the time.</details>
#
# No error was raised, and each best-so-far curve goes down. *Draw what is asked, not only the best so far.*
#
# **Planted failure 3: a model that repeats itself.** The published TPE draws from $l$. What it has seen to be good is the likeliest draw, and on a table without noise its answer is known. How many different networks did each strategy of section 8 try?

# %%
for name, histories in runs.items():
    different = np.mean([len({space.canonical(record.trial.arch) for record in history}) for history in histories])
    late = np.mean([len({space.canonical(record.trial.arch) for record in history[20:]}) for history in histories])
    print(f"{name:18s} {different:4.1f} different networks in {TRIALS} trials; {late:4.1f} in the last {TRIALS - 20}")

# %% [markdown]
# A repeated question to a table teaches nothing. In the spaces TPE was made for, with hundreds of settings and numbers among them, no draw comes twice. *The curve does not say what is wrong; a count of different networks does.*

# %% [markdown]
# ## 11 At paper scale
#
# Two published spaces, at their size; and OTMANN on two networks that the authors' release makes, against what the release says of them: 539.049 apart, and 0.190676 normalised.

# %% tags=["nbval-check-output"]
from nastutor.kernels.layers import Layer
from nastutor.kernels.otmann import described
from nastutor.published.vectors import AUTONET
from nastutor.published.vision import VISION_PIPELINES

pipelines, autonet = S.VisionPipelineSpace(**VISION_PIPELINES), S.AutoNetSpace(**AUTONET)
print(
    f"Bergstra 2013: {len(pipelines.sites())} hyperparameters, of which an architecture has, for example, "
    f"{len(pipelines.sample(0).choices)}"
)
print(f"Auto-Net: {len(autonet.sites())} and the number of epochs: {len(autonet.sites()) + 1}")
assert len(pipelines.sites()) == 238 and len(autonet.sites()) + 1 == 63
one = [("in", None, 1, ()), ("conv", 3, 16, (0,)), ("conv", 3, 8, (1,)), ("conv", 3, 8, (1,)), ("conv", 3, 32, (2, 3))]
one += [("max", None, 32, (4,))]
one += [("fc", "relu", 16, (5,)), ("decision", None, 10, (6,)), ("out", None, 10, (7,))]
two = [("in", None, 1, ()), ("conv", 3, 16, (0,)), ("conv", 3, 16, (1,)), ("conv", 5, 16, (1,)), ("conv", 3, 32, (1,))]
two += [("max", None, 32, (2, 3))]
two += [("fc", "relu", 32, (4, 5)), ("decision", None, 10, (6,)), ("out", None, 10, (7,))]
layers = [
    [Layer(kind, detail, units, sum(net[r][2] for r in reads), reads) for kind, detail, units, reads in net]
    for net in (one, two)]
a, b = map(described, layers)
plain, squared = nt.kernels.OTMANN((0.1,)).compare([a], [b])[:, 0, 0]
assert abs(plain - 539.048889) < 0.01 and abs(squared**0.5 - 0.190676) < 1e-5
print(f"distance {plain:.3f}, normalised {squared**0.5:.6f}")

# %% [markdown]
# | | the paper | ours |
# |---|---|---|
# | Bergstra 2013: settings; data | 238; three sets of images | the space whole, on digits |
# | Auto-Net: settings; search | 63; SMAC | the space whole; its sgd part, on digits |
# | NASBOT: networks | without a limit of decisions | up to 8 layers here; any in the library |
# | Zela 2018: budgets | up to 3 hours a trial | one epoch |
#
# On a GPU:
#
# ```python
# space = nt.spaces.EditSpace(operators=("deepen", "widen", "skip"))
# train = nt.estimators.Train(space, nt.tasks.cifar10(), epochs=20, amp=True)
# for seed in range(10):
#     nt.search(nt.NASBOT(space, kernel=nt.kernels.OTMANN(solver="pot"), seed=seed), train, trials=100, journal=f"nasbot-{seed}.sqlite")
# ```

# %% [markdown]
# ## 12 Check yourself
#
# Click on an answer to see whether it is right, and why.
#
# #### 1. Two architectures have the same mean, one the larger deviation. Which has the larger expected improvement?
# <details><summary>the surer one: one knows what one gets</summary>Only what lies below the best counts, and the wider belief has more of it.</details>
# <details><summary>the one with the larger deviation</summary>Right. The upside grows with the deviation, and the downside is not counted.</details>
#
# #### 2. You multiply all errors by 100. What does TPE ask now?
# <details><summary>the same</summary>Right. It uses ranks alone.</details>
# <details><summary>other things, as with the tree search of chapter 6</summary>That one compares means with a bonus on a fixed scale; TPE sorts.</details>
#
# #### 3. A decision exists only in deep networks. What does TPE learn about it from shallow ones?
# <details><summary>that it should be left at its default</summary>There is no default: it was not asked.</details>
# <details><summary>nothing</summary>Right. Its densities are made of those architectures that had it.</details>
#
# #### 4. A matrix of likenesses has the eigenvalue -0.3. You add 0.3 to its diagonal. What have you changed?
# <details><summary>nothing that matters, the likenesses are the same</summary>Everything counts as noisier: the model trusts each answer less.</details>
# <details><summary>how much it trusts what it is told</summary>Right. That is the repair called shift; clipping changes the likenesses instead, as little as possible.</details>
#
# #### 5. Your model-based search beats random search in a space of 60 networks. What do you check first?
# <details><summary>whether random search repeated itself</summary>Right. Section 8 has an opponent with the same privilege.</details>
# <details><summary>whether the kernel was the right one</summary>First it must be the model, and not the privilege, that won.</details>
#
# #### 6. When is a Gaussian process the wrong tool?
# <details><summary>when trials are cheap and many</summary>Right. A proposal costs more with each answer held, and after thousands thinking takes longer than trying.</details>
# <details><summary>when answers are noisy</summary>Noise is a part of the model, and fitted with it.</details>

# %% [markdown]
# ## 13 Exercises
#
# **Core (10 minutes).** Repair a matrix: its negative eigenvalues become 0. Success: the check passes.

# %%
def clip(matrix):
    """Rows of a symmetric matrix -> those of the nearest one without negative eigenvalues."""
    ...


nt.check("ch05.clip", clip)


# %% [markdown]
# **Core (10 minutes).** The distance of the arc kernel in one decision; `x` and `y` are shares of its range, or None where it was not asked. Success: the check passes.

# %%
def arc(x, y, omega, rho):
    """Answers lie on a circle of radius omega, x at the angle pi rho x; what is not asked at its middle."""
    ...


nt.check("ch05.arc", arc)


# %% [markdown]
# **Core (15 minutes).** Transport of one layer: `mass` units here, layers with room for `places` units there. Success: the check passes, and you can say why no unit goes at a cost of 2.

# %%
def transport(mass, places, costs):
    """-> the least that must be paid; a unit that stays here costs 1, and one that stays unfilled there too."""
    ...


nt.check("ch05.transport", transport)

# %% [markdown]
# **Explore (20 minutes).** Repeat section 8 with `acquisition="ucb"` and `"thompson"`, on seeds 100 to 129. Success: a figure with bands, and a sentence on which differences survive a correction for their number.
#
# **Explore (30 minutes).** Section 3 with `nt.kernels.OneHot()` in place of `Arc`, and with errors dealt out to the rates at random. Success: you can say which of the two the model needs, and what it does where "near" means nothing.
#
# **Research (a day).** A kernel is an opinion. Write one for cells (`nt.kernels.Kernel`: `describe` and `compare`) that sees what the edit distance does not, such as kernel sizes on the longest path. State the claim before you test it, in the way of `kandasamy2018-ranking`. Success: an outcome with its interval, whichever way.

# %% [markdown]
# ## 14 Summary
#
# - A model says what it believes and how sure it is; an acquisition makes a proposal of both.
# - TPE compares two densities, decision by decision, so that conditions cost it nothing. As published it repeats itself; the library's default does not.
# - A kernel is an opinion on what is near. Where it is right (rates in order, layers that are not there), it pays; where it is blind, no data help.
# - Not every distance makes a kernel. Look at the least eigenvalue, and say how you repair it.
# - On this chapter's small table SMAC was better than random search; the Gaussian process was not better than one that does not repeat itself, and TPE as published was worse. Printed, not tuned away.
#
# **Further reading.** [Bergstra et al. 2011](https://papers.nips.cc/paper/2011/hash/86e8f7ab32cfd12577bc2619bc635690-Abstract.html): section 4, the densities in full. [Kandasamy et al. 2018](https://arxiv.org/abs/1802.07191): why OTMANN is nearly a metric. [Rasmussen & Williams 2006](https://gaussianprocess.org/gpml/): chapter 2 for the equations. [Domhan et al. 2015](https://www.ijcai.org/Proceedings/15/Papers/487.pdf): models of learning *curves*, chapter 11.
#
# **Known deviations.** Numbers are options of a range. NASBOT starts from random networks. Auto-Keras trains children afresh until edits carry weights (chapter 12). BOHB, which Zela et al. search with, belongs to chapter 10.
#
# Next: chapter 6 searches the tree of decisions without a model.{{unwritten 6}}
