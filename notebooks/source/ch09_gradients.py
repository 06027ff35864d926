# %% [markdown]
# # Chapter 9 · Gradients
#
# *You will let all options of a space compute at once, follow the gradient of their shares, and find out what is lost when the mixture is cut down to one network.*
#
# {{badges}}
#
# {{map}}
#
# Papers: Liu, Simonyan, Yang, [DARTS](https://arxiv.org/abs/1806.09055), 2019 · Xie, Zheng, Liu, Lin, [SNAS](https://arxiv.org/abs/1812.09926), 2019 · Cai, Zhu, Han, [ProxylessNAS](https://arxiv.org/abs/1812.00332), 2019 · Ahmed, Torresani, [MaskConnect](https://arxiv.org/abs/1807.11473), 2018 · Shin, Packer, Song, [DAS](https://openreview.net/forum?id=BJ-MRKkwG), 2018. After them: Dong & Yang, [GDAS](https://arxiv.org/abs/1910.04465), 2019; Zela et al., [RobustDARTS](https://arxiv.org/abs/1909.09656), 2020; Wang et al., [DARTS-PT](https://arxiv.org/abs/2108.04392), 2021.
#
# {{time}}

# %% [markdown]
# ## 1 You will be able to
#
# - **compute** the shares of options (check `ch09.softmax`) and the slope of a loss in alpha (check `ch09.slope`);
# - **build** DARTS in 20 lines that move as the library's do;
# - **draw** almost one-hot (check `ch09.almost_one_hot`) and **move** two gates (check `ch09.gate_slope`);
# - **derive** a cell from its supernet (check `ch09.derive`), and **weigh** cost (check `ch09.mean_cost`);
# - **look** a step **ahead** for the second order, with the right sign (check `ch09.look_ahead`);
# - **diagnose** two failures: options without parameters that win by being early, and a sign.
#
# **You need** chapters 0, 2 and 4. Three questions to recall them:
#
# <details><summary>What is decided in a cell of this course's small table?</summary>The operation of each of three edges: none, skip, a convolution of 1x1 or 3x3, or average pooling.</details>
# <details><summary>What is validation data for in a search?</summary>Validation error steers. Test error is computed once, for what was found.</details>
# <details><summary>How many paired seeds at least, and why?</summary>Ten: the smallest p of n pairs is 1/2^n, and one run is an anecdote.</details>

# %% [markdown]
# ## 2 Set-up

# %% tags=["setup"]
# {{setup}}

# %% [markdown]
# ## 3 The question
#
# A training of one cell says what *one* choice of operations is worth. With money for one training, random search takes one cell, and that is that. What could one training say about *all* options?

# %%
import numpy as np

table = nt.estimators.Table("digits-tiny")  # every cell trained alone beforehand: the truth of this chapter
space, task = table.space, table.task
truth = dict(zip(table.archs, table.column()))
errors = np.array(list(truth.values()))
print(f"one random cell: error {errors.mean():.3f} on average, half of them above {np.median(errors):.3f}")
print(f"the best of {len(errors)} has {errors.min():.3f}")

# %% [markdown]
# Put all options of an edge side by side and add up what they compute, each with a share: a **supernet**, one network with one set of weights. After some steps of training, a single pass backward says of *each* share whether it should grow. Minus means: more of this lowers the validation loss.

# %%
def shared_weights(seed=0, **more):
    """A supernet in training: half of the training images for its weights, half to judge shares by."""
    return nt.estimators.SharedWeights(space, task, seed=seed, device="cpu", **{"halves": True, "lr": 0.1, **more})


even = nt.Mixture({name: np.full(len(options), 1 / len(options)) for name, options in space.mixture_sites().items()})
answer = shared_weights()(nt.Trial(even, budget=nt.scale(smoke=2, cpu=60)))
for name, options in space.mixture_sites().items():
    print(f"{name}: " + ", ".join(f"{option} {slope:+.3f}" for option, slope in zip(options, answer.grad[name])))

# %% [markdown]
# Fifteen answers for one pass, to another question: not "what is a cell with this operation worth", but "what would a little more of it do to this mixture, with these weights, now". (`none` is a share of zeros: slope 0.)

# %% [markdown]
# ## 4 Quick facts

# %%
from nastutor.exercises.facts import quick_facts

by_gates = nt.ProxylessNAS, nt.ProxylessREINFORCE
quick_facts(nt.DARTS, nt.SNAS, nt.GDAS, *by_gates, nt.PerturbationDARTS, nt.MaskConnect, nt.DAS)

# %% [markdown]
# All share weights, through one estimator (`SharedWeights`), and differ in how they draw and learn. Counted below is all that runs for DARTS, but for checks and what methods have in common. (A faster twin of `nets/mixed.py` runs.)

# %%
from nastutor.exercises.to_follow import lines_to_follow

lines = lines_to_follow("DARTS")
print(f"To follow DARTS, {sum(lines.values())} lines in {len(lines)} files: "
      f"{', '.join(f'{file} {count}' for file, count in lines.items())}")

# %% [markdown]
# | | reported | what is simplified here |
# |---|---|---|
# | DARTS | 2.76 % on CIFAR-10 with 3.3 M parameters, 4 GPU days in second order | one small cell, digits, 100 steps |
# | SNAS | 2.85 %, 2.8 M parameters, 1.5 GPU days | the weights and alpha see different halves |
# | ProxylessNAS | 2.08 % with 5.7 M; 75.1 % on ImageNet at 78 ms of a phone | costs are multiply-adds; latencies can be measured alike |
# | MaskConnect | learnt connections beat random ones with the same fan-in | skips of plain layers instead of modules of ResNeXt |

# %% [markdown]
# ## 5 The idea in a picture
#
# **Alpha while it moves.** A row is an option, a column a moment; dark is a large share. On the right the shares at the moment in the frame, and the cell that would be derived then. Press play or move the slider.

# %%
strategy, answers = nt.DARTS(space, lr=0.05, seed=1), nt.scale(smoke=6, cpu=60)
alphas = nt.widgets.Alphas(strategy, every=nt.scale(smoke=1, cpu=2), truth=table)
nt.search(strategy, shared_weights(1), trials=answers, callbacks=[alphas.look], progress=False)
alphas

# %% [markdown]
# The shares hardly differ at first, and *who leads changes*. And the derived cell takes one option of each edge, however small its lead.
#
# **Draws that are almost one-hot.** SNAS draws instead: log shares plus noise, divided by a temperature, through a softmax. A bar is a draw.

# %%
from ipywidgets import interact

LOGITS = {"none": 0.0, "skip": 0.5, "conv1": -0.3, "conv3": 1.0, "avgpool3": 0.2}
display(nt.plot.concrete(LOGITS, (5, 1, 0.1)))  # a saved page keeps this one; the sliders below need a running kernel
draws_at = lambda heat=1.0, conv3=1.0: nt.plot.concrete(LOGITS | {"conv3": conv3}, (heat,))  # heat: the temperature
interact(draws_at, heat=(0.05, 5, 0.05), conv3=(-3, 3, 0.25));

# %% [markdown]
# Hot draws are soft and all alike; cold ones are single options. The *largest* option of a draw is the same at every temperature, and comes as often as its share says. Why not go to cold draws at once? Because a draw that is nearly one-hot hardly changes when alpha does: its slope vanishes almost everywhere.
#
# **Two gates.** ProxylessNAS draws two options, runs one and watches the other. The one whose gate has the smaller slope gains from the other; all others keep their shares.

# %%
SHARES = {"none": 0.1, "skip": 0.3, "conv1": 0.2, "conv3": 0.25, "avgpool3": 0.15}
display(nt.plot.gates(SHARES, ("skip", "conv3"), (0.4, -0.6), lr=2))
step_of = lambda runs=0.4, watched=-0.6: nt.plot.gates(SHARES, ("skip", "conv3"), (runs, watched), lr=2)
interact(step_of, runs=(-1, 1, 0.1), watched=(-1, 1, 0.1));

# %% [markdown]
# ## 6 From equations to code
#
# **The mixed operation.** An edge has options $o_1, \dots, o_n$ with shares $p = \mathrm{softmax}(\alpha)$ and computes $\bar o(x) = \sum_i p_i\, o_i(x)$. Let $L_{tr}$ be the loss on the images that weights $w$ learn from, $L_{val}$ that on others. DARTS wants
#
# $$\min_\alpha L_{val}(w^*(\alpha), \alpha) \quad \text{where} \quad w^*(\alpha) = \arg\min_w L_{tr}(w, \alpha),$$
#
# and takes steps in turn: one of $w$, one of $\alpha$. **First order** treats $w$ as a constant. **Second order** looks a step ahead, $w' = w - \xi \nabla_w L_{tr}(w, \alpha)$:
#
# $$\nabla_\alpha L_{val}(w', \alpha) - \xi\, \frac{\nabla_\alpha L_{tr}(w^+, \alpha) - \nabla_\alpha L_{tr}(w^-, \alpha)}{2 \varepsilon}, \qquad w^\pm = w \pm \varepsilon\, \nabla_{w'} L_{val}(w', \alpha).$$
#
# | symbol | meaning | in the code |
# |---|---|---|
# | $\alpha, p$ | a number for each option, its softmax | `strategy.alpha`, `strategy.probabilities` |
# | $w$ | the weights that all share | `SharedWeights(...)` |
# | $g_i = \partial L / \partial p_i$ | what the estimator answers | `result.grad` |
# | $\xi$ | step of the look ahead | `SharedWeights(order=2, xi=None)`: the learning rate |
# | $\lambda$ | temperature | `nt.SNAS(first=1.0, last=0.03)` |
#
# **What the strategies do with it.** *DARTS*: the mixture is $p$. *SNAS*: it is a draw, $\mathrm{softmax}((\log p + G)/\lambda)$ with Gumbel noise $G = -\log(-\log u)$. *GDAS*: that draw rounded to one-hot, so that one path runs; the slope is taken as if it had not been rounded. *ProxylessNAS*: one path runs, a second is watched. *ProxylessREINFORCE*: one path runs, and no gradient is asked for. *MaskConnect*: exactly K inputs of each layer are read. *DAS*: sizes are continuous numbers.
#
# **By hand 1.** Two options with shares 0.75 and 0.25, $g = (1, 3)$. The mean of $g$ is $0.75 \cdot 1 + 0.25 \cdot 3 = 1.5$. The slope is $p_i (g_i - 1.5)$: $-0.375$ and $+0.375$. Slopes add up to 0: alpha only moves shares around.
#
# **By hand 2** (the example of the DARTS paper). $L_{tr} = w^2 - 2 \alpha w + \alpha^2$, so $w^* = \alpha$; $L_{val} = \alpha w - 2 \alpha + 1$, which on $w = \alpha$ is $(\alpha - 1)^2$: the best is $\alpha = 1$. We stand at $\alpha = 2, w = -2$ and take $\xi = 0.5$. First order: $w - 2 = -4$. Ahead: $w' = -2 - 0.5 \cdot (-8) = 2$. There $\partial L_{val}/\partial \alpha = 2 - 2 = 0$ and $\partial L_{val}/\partial w = 2$; the mixed derivative of $L_{tr}$ is $-2$. So second order: $0 - 0.5 \cdot (-2) \cdot 2 = +2$. The two orders say *opposite* things, and the second is right: alpha has to come down.

# %% tags=["nbval-check-output"]
from nastutor.exercises import ch09

train_w, train_alpha = lambda w, a: 2 * w - 2 * a, lambda w, a: -2 * w + 2 * a
val_w, val_alpha = lambda w, a: a, lambda w, a: w - 2
ahead = ch09.look_ahead(-2.0, 2.0, 0.5, 0.01, train_w, train_alpha, val_w, val_alpha)
assert np.allclose(ch09.slope([np.log(3), 0.0], [1.0, 3.0]), [-0.375, 0.375])
assert val_alpha(-2, 2) == -4 and np.isclose(ahead, 2)
print(f"slopes {np.round(ch09.slope([np.log(3), 0.0], [1.0, 3.0]), 3).tolist()}; "
      f"first order {val_alpha(-2, 2):+d}, second order {ahead:+.1f}")

# %% [markdown]
# **A supernet holds every network.** Give one option of each edge all the weight, and the supernet must compute what the stand-alone network computes with the same weights. Only the paths with weight are run.

# %% tags=["nbval-check-output"]
import torch

from nastutor.nets.build import build
from nastutor.nets.inherited import extracted, inherited
from nastutor.nets.mixed import MixedNet

whole, images = space.supernet(task), torch.tensor(task.train.x[:16])
net, worst = MixedNet(whole, seed=0).train(), 0.0
for arch in table.archs[::5]:
    graph = space.graph(arch, task).simplified()
    alone = build(graph)
    alone.load_state_dict(dict(inherited(graph, extracted(whole, space.chosen(arch)), net.state_dict())), strict=False)
    one_hot = {name: torch.tensor(own) for name, own in space.one_hot(arch).weights.items()}
    active = {name: own.nonzero().flatten().tolist() for name, own in one_hot.items()}
    with torch.no_grad():
        worst = max(worst, float((net(images, one_hot, active) - alone.train()(images)).abs().max()))
print(f"25 cells: the supernet and the network alone agree to 0.0001: {worst < 1e-4}")

# %% [markdown]
# ## 7 Build it
#
# **Step 1 (5 minutes).** The shares.

# %%
def softmax(alpha):
    """-> a list: exp of each, divided by the sum of all."""
    ...


step1 = nt.check("ch09.softmax", softmax)


# %% [markdown]
# **Step 2 (10 minutes).** The estimator tells $g_i$, the slope of the loss in each share. What is the slope in each alpha? Remember that one alpha moves all shares.

# %%
def slope(alpha, grad):
    """`grad`: dL/dp of each share -> a list: dL/d(alpha)."""
    ...


step2 = nt.check("ch09.slope", slope)

# %% [markdown]
# **DARTS.** With these two it is short. (Where yours are stubs, the references stand in; `nt.source("ch09.slope")` shows one.)

# %%
softmax, slope = softmax if step1 else ch09.softmax, slope if step2 else ch09.slope


class DARTS(nt.Strategy):
    needs, wants = ("mixture_sites", "discretize"), ("grad",)

    def __init__(self, space, lr=0.05, *, seed=0):
        super().__init__(space, seed=seed)
        self.alpha = {name: torch.zeros(len(options)) for name, options in space.mixture_sites().items()}
        self.adam = torch.optim.Adam(list(self.alpha.values()), lr=lr, betas=(0.5, 0.999), weight_decay=1e-3)

    def mixture(self):
        return nt.Mixture({name: softmax(own.tolist()) for name, own in self.alpha.items()})

    def ask(self):
        return nt.Trial(self.mixture())

    def tell(self, trial, result):
        for name, own in self.alpha.items():
            own.grad = torch.tensor(slope(own.tolist(), result.grad[name].tolist()))
        self.adam.step()

    def recommend(self, history):
        return self.space.discretize(self.mixture())


# %% [markdown]
# Does it move as the library's? Both start from alpha = 0 (`scale=0`), over equal supernets.

# %% tags=["nbval-check-output"]
mine, library = DARTS(space), nt.DARTS(space, lr=0.05, scale=0)
searches = [nt.search(one, shared_weights(3), trials=10, progress=False) for one in (mine, library)]
asked = [[record.trial.arch for record in history] for history in searches]
apart = max(np.abs(a[name] - b[name]).max() for a, b in zip(*asked) for name in space.mixture_sites())
same = mine.recommend(None) == library.recommend(None)
print(f"10 mixtures, equal to 0.001: {apart < 1e-3}; the same derived cell: {same}")

# %%
nt.source(nt.SNAS.draw)

# %% [markdown]
# That is SNAS: a DARTS whose mixture is drawn. **Step 3 (10 minutes).** Write the draw. `uniform` has a number between 0 and 1 for each option.

# %%
def almost_one_hot(alpha, uniform, temperature):
    """-> a list: softmax((log p + Gumbel noise) / temperature)."""
    ...


nt.check("ch09.almost_one_hot", almost_one_hot)


# %% [markdown]
# **Step 4 (10 minutes).** Two options ran or were watched, so two slopes are known. What is the slope in all alphas?

# %%
def gate_slope(alpha, pair, grad):
    """`pair`: numbers of two options; `grad`: dL/dg of all, of which those two are known -> a list: dL/d(alpha)."""
    ...


nt.check("ch09.gate_slope", gate_slope)


# %% [markdown]
# **Step 5 (15 minutes).** In the large cells of DARTS every node has an edge from each earlier node, and keeps two. Derive such a cell: `none` competes in the softmax and is never chosen.

# %%
def derive(edges, keep):
    """`edges`: (from, to) -> operation -> weight. -> node -> sorted list of (from, operation): its `keep` strongest edges."""
    ...


nt.check("ch09.derive", derive)

# %% [markdown]
# ## 8 Run it
#
# First with open eyes. A trial is now a *mixture*, judged with weights that are still being trained.

# %% tags=["board"]
board = nt.widgets.Board(nt.DARTS(space, lr=0.05, seed=0), shared_weights(0), trials=nt.scale(smoke=3, cpu=40))
history = board.run()

# %% tags=["after-board"]
print(f"history so far: {len(history)} trials, {history.cost:.1f} epochs of training of the shared weights")

# %% [markdown]
# Ten seeds of each method take too long for this page. They were computed once, with settings that stood before the first seed ran, and are replayed. If the settings below differed from those of the record, it would refuse to load.

# %% tags=["nbval-check-output"]
from nastutor.claims import gradients

settings = gradients.SETTINGS | {"steps": 100, "lr": 0.05, "seeds": 10}
replay = gradients.Replay(settings)
print(replay)

# %% [markdown]
# Judged is the derived cell *trained alone*, by the table. First: is it better than a random cell? (One-sided Wilcoxon over ten seeds against the mean of the table, corrected for the number of methods.)

# %% tags=["nbval-check-output"]
from scipy.stats import wilcoxon

plain = [method for method in replay.methods if "eta" not in method] + ["ProxylessNAS, eta 0"]
for method in plain:
    cells = replay.errors(method)
    p = min(1, len(plain) * wilcoxon(errors.mean() - cells, alternative="greater").pvalue)
    spread = f"{cells.mean():.3f} ({cells.min():.3f} to {cells.max():.3f})"
    often = (cells < np.median(errors)).sum()
    print(f"{method:19s} {spread}, below the median cell {often:2d} times, below the mean: p = {p:.3f}")
print(f"of {len(errors)} cells, {(errors > 0.8).sum()} learn nothing")

# %% [markdown]
# Four of eight beat the mean cell: DARTS, PerturbationDARTS, SNAS and ProxylessNAS. The mean is an *easy* opponent, because nine cells learn nothing and spoil it. And methods can fall into the same hole: one cell of the second order, one of REINFORCE and two of GDAS have `none` where it cuts the output off (0.899). (*DARTS, warm* trains the weights alone for 100 steps first; eta is a price of cost, section 9.) DARTS forbids `none` when it derives; this small space does not.
#
# **A fairer opponent** has the same time. How many trainings alone could have been had for one search?

# %% tags=["nbval-check-output"]
seconds = table.column("seconds").mean()  # CPU time of one training alone
draws = np.random.default_rng(0).choice(errors, (20_000, 12))
for method in plain:
    spent = np.mean([one["seconds"] for one in replay.seeds(method)])
    count = max(1, round(spent / seconds))
    best, own = draws[:, :count].min(1).mean(), replay.errors(method).mean()
    print(f"{method:19s} trainings for its CPU time: {count}; best of so many random cells: {best:.3f}, "
          f"the method: {own:.3f}")

# %% [markdown]
# Only ProxylessNAS, which runs one path and costs one training, beats its opponent; PerturbationDARTS comes near. (Times were taken beside other work; that of DARTS contains the measurements of section 10.) Supernets are made for spaces in which one training takes a day.
#
# PerturbationDARTS has the same alphas as DARTS and chooses otherwise: by what the supernet loses when an option is left out. Its cells are the best here. *Alpha is not what an option is worth.*

# %%
looks = np.arange(1, 11) * settings["every"]
axes = nt.plot.new_axes(6.8, 3.8)
for index, method in enumerate(["DARTS", "SNAS", "ProxylessNAS, eta 0"]):
    mean, half = nt.plot.mean_and_band(replay.error[replay.archs(method)], 0.95)
    axes.fill_between(looks, mean - half, mean + half, alpha=0.12, color=f"C{index}")
    axes.plot(looks, mean, ("o-", "s--", "^-.")[index], color=f"C{index}", label=method)
axes.axhline(errors.mean(), color="black", linestyle=":", label="a random cell")
axes.axhline(draws[:, :3].min(1).mean(), color="black", linestyle="-.", label="the best of 3 random cells")
axes.set(xlabel="answers", ylabel="error of what would be derived", ylim=(0.05, 0.45))
axes.legend(fontsize=8, ncols=2)
early, late = replay.errors("DARTS", 10).mean(), replay.errors("DARTS").mean()
nt.plot.say(axes, f"Error of what would be derived, mean over ten seeds: DARTS goes from {early:.3f} to {late:.3f}; "
                  f"a random cell has {errors.mean():.3f}.")

# %% [markdown]
# After 30 and 40 answers the *mean* of DARTS lies above that of a random cell. One search of ten makes it: it would derive a cell that `none` cuts off (0.899). *Look at the seeds behind a mean.*
#
# **SNAS's claim** is about the cut: its supernet should lose less when it is reduced to one cell, *before any re-training*, because its draws are nearly cells already. We compare errors with the shared weights: of the mixtures that the search draws, and of the derived cell.

# %% tags=["nbval-check-output"]
gap = {m: np.array([one["derived"] - one["mixture"] for one in replay.seeds(m)]) for m in ("DARTS", "SNAS")}
for method, own in gap.items():
    mixture, derived = (np.mean([one[what] for one in replay.seeds(method)]) for what in ("mixture", "derived"))
    print(f"{method:6s} mixture {mixture:.3f}, derived {derived:.3f}: it loses {own.mean():+.3f}")
print(f"SNAS loses less: p = {wilcoxon(gap['DARTS'] - gap['SNAS'], alternative='greater').pvalue:.4f}")

# %% [markdown]
# Supported. But read the levels too: SNAS's own mixtures, single noisy draws, err in three of four images, so there is little to lose. DARTS falls from a good mixture as from a cliff; trained alone, its cells are no worse than those of SNAS. A small gap is not a good cell.

# %% [markdown]
# ## 9 Swap a dimension
#
# **Another objective.** The loss gets a second term: $\eta$ times the mean cost of the networks that alpha stands for. As costs of options add up, the mean is a sum of shares times costs, and has a slope. Here costs are multiply-adds, as shares of the costliest cell; with `"latency_ms"` each operation is measured at each of its shapes instead.

# %% tags=["nbval-check-output"]
costs = nt.estimators.option_costs(space, task, "mult_adds")
print({option: int(cost) for option, cost in zip(space.ops, costs["0->1"])}, "multiply-adds of an edge")
print("mean cost of an even mixture, of its three edges: "
      f"{ch09.mean_cost([[0.0] * 5] * 3, [own.tolist() for own in costs.values()]):,.0f}")

# %%
from ipywidgets import SelectionSlider

from nastutor.claims import prices  # replayed: searches by ProxylessNAS, ten seeds

mult_adds, derived = table.column("mult_adds"), prices.RECORD["archs"][:, :, -1]  # numbers of cells, (seeds, etas)
found = {f"eta {eta:g}": (mult_adds[own], errors[own]) for eta, own in zip(prices.SETTINGS["etas"], derived.T)}
display(nt.plot.tradeoff(found, (mult_adds, errors), cost="multiply-adds"))
stand_out = lambda price: nt.plot.tradeoff(found, (mult_adds, errors), highlight=price, cost="multiply-adds")
interact(stand_out, price=SelectionSlider(options=list(found)));

# %% [markdown]
# Does the cost fall as $\eta$ rises? Page's test asks for a trend over the settings, seed by seed.

# %% tags=["nbval-check-output"]
from scipy.stats import page_trend_test

paid, wrong = (np.stack([own[k] for own in found.values()], axis=1) for k in (0, 1))  # (seeds, etas)
for name, own in (("cost falls", -paid), ("error rises", wrong)):
    print(f"{name}: p = {page_trend_test(own).pvalue:.4f}; means {np.round(np.abs(own).mean(0), 3).tolist()}")

# %% [markdown]
# The cost falls, and the error rises, not steadily; at $\eta = 0.1$ every seed ends at the cheapest cell, without a convolution. These prices are a second try, on new seeds: the first ones, 0.3, 1 and 3, all ended there and left nothing to trade. Each four were fixed before their runs.
#
# **Another space.** MaskConnect chooses *inputs* of layers in a row. Each layer has a mask over the earlier ones; K of them are drawn in proportion to it and read; the gradient goes straight through to all.

# %%
macro = nt.spaces.MacroSpace(5, ("conv3", "maxpool3"), channels=4)
masks = nt.MaskConnect(macro, fan_in=1, lr=0.3, seed=0)
estimator = nt.estimators.SharedWeights(macro, task, lr=0.1, device="cpu")
nt.search(masks, estimator, trials=nt.scale(smoke=2, cpu=30), progress=False)
for layer, mask in masks.masks.items():
    print(f"layer {layer + 1}: masks of "
          f"{', '.join(f'layer {i} {m:.2f}' if i else f'stem {m:.2f}' for i, m in enumerate(mask))}")
nt.draw(macro.graph(masks.recommend(nt.History()), task), title="one learnt skip for each layer", detail="cells")

# %% [markdown]
# **And sizes.** Kernels, widths and depths are numbers. DAS lets each move continuously: between 3x3 and 5x5 the rim of the filter is masked by a share, which has a slope.

# %%
sizes = nt.spaces.SizeSpace(stages=1)
das = nt.DAS(sizes, lr=0.1)
estimator = nt.estimators.SharedWeights(sizes, task, lr=0.1, device="cpu")
nt.search(das, estimator, trials=nt.scale(smoke=2, cpu=30), progress=False)
print(", ".join(f"{name} {size:.1f} of {sizes.sizes()[name]}" for name, size in das.sizes.items()))

# %% [markdown]
# **And recurrent cells.** Each node reads an earlier node and applies a function. Texts of made-up XML, in which the characters of closing names are asked for; one search by DARTS (`"enas"` searches the cells of ENAS) and one random cell, a demonstration and no test:

# %%
from nastutor.methods.recurrent import search_cell

text, epochs = nt.tasks.xml(10, 3, 3, closing=True, train_size=600, valid=300, test=100), nt.scale(smoke=1, cpu=8)
written = search_cell(text, "darts", nodes=3, units=12, steps=nt.scale(smoke=4, cpu=60), epochs=epochs, device="cpu")
cells = nt.spaces.RecurrentSpace(3, units=12)
other = nt.estimators.Train(cells, text, epochs, lr=0.5, clip=1.0, device="cpu")(nt.Trial(cells.sample(0)))
print(f"derived, trained alone: {1 - written.error:.0%} foretold, perplexity {written.perplexity:.2f}; ", end="")
print(f"random: {1 - other.error:.0%}, {np.exp(other.metrics['loss']):.2f}; always the most frequent character: "
      f"{1 - text.chance:.0%}")
plan = cells.plan(written.arch)
edges = [(str(read), str(node), plan.activations[node]) for node, read in enumerate(plan.reads, start=1)]
nt.draw(edges, title="nodes of the derived cell")

# %% [markdown]
# ## 10 What goes wrong
#
# **Planted failure 1: haste.** A colleague finds alpha too slow, raises its rate from 0.05 to 0.3, and stops after 40 answers, as the shares are clear-cut. Three seeds; what would be derived, and its error alone:

# %%
answers, every = nt.scale(smoke=4, cpu=40), nt.scale(smoke=2, cpu=10)


def hasty(seed):
    """What would be derived at each look, and the curvature there (below)."""
    strategy, shared = nt.DARTS(space, lr=0.3, seed=seed), shared_weights(seed)
    watch = nt.estimators.Curvature(strategy, shared, every=every, window=answers)  # too long a window to stop
    nt.search(strategy, shared, trials=answers, callbacks=[watch.stop], progress=False)
    return watch.archs, watch.values


quick = [hasty(seed) for seed in range(nt.scale(smoke=1, cpu=3))]
for archs, _ in quick:
    print(f"{', '.join(value for _, value in archs[-1].choices):32s} error {truth[archs[-1]]:.3f}")

# %% [markdown]
# Every cell is worse than the median one. The diagnosis is a count: how many of the three operations have **no parameters** (none, skip, avgpool3)? Of a random cell, 1.8. Here is that count for both searches, by the moment of stopping, and the **dominant eigenvalue** of the Hessian of the validation loss in alpha (Zela et al. 2020): how sharply the loss bends.

# %%
FREE = {"none", "skip", "avgpool3"}
without = lambda arch: sum(value in FREE for _, value in arch.choices)
free = np.array([without(arch) for arch in table.archs])[replay.archs("DARTS")]  # (seeds, looks)
sharp = np.abs([one["curvature"] for one in replay.seeds("DARTS")])
counts = [np.mean(own) for own in zip(*([without(arch) for arch in archs] for archs, _ in quick))]
bends = np.mean([values for _, values in quick], axis=0)
pictures = []
for label, values, fast in (("without parameters, of 3", free, counts), ("dominant eigenvalue", sharp, bends)):
    axes = nt.plot.new_axes(5.6, 2.8)
    mean, half = nt.plot.mean_and_band(values, 0.95)
    axes.fill_between(looks, mean - half, mean + half, alpha=0.2)
    axes.plot(looks, mean, "o-", label="patient, ten seeds")
    axes.plot(every * np.arange(1, len(fast) + 1), fast, "s--", label=f"hasty, seeds: {len(quick)}")
    axes.set(xlabel="answers", ylabel=label)
    axes.legend(fontsize=8)
    told = [", ".join(f"{one:.2f}" for one in own) for own in (mean, fast)]
    pictures.append(nt.plot.say(axes, f"{label}, patient: {told[0]} after 10 to 100 answers; hasty: {told[1]}."))
pictures[0].axhline(1.8, color="black", linestyle=":")
display(*pictures)

# %% [markdown]
# **The count** of the patient search climbs to 2.6 of 3 after 40 answers, *collapse to operations without parameters*, and comes back to what a random cell has. (In the paper skips win; here pooling does.) Pooling needs no training and helps at once; convolutions are random filters at first, and overtake when they have learnt something. Clear-cut shares do not make weights learn faster: who stops in between gets a collapsed cell at either rate. The remedy is patience.
#
# **The eigenvalue** grows nearly thirty-fold, most of it after the hasty search has ended. Does it say how hard the cut will be? A rank correlation over the ten seeds of section 8, asked afterwards, comes first below. Zela et al. stop when its mean over a window has risen by a third (theirs: 5 values, 5 back; ours 3 and 3), and take the architecture of before. Would that have helped?

# %% tags=["nbval-check-output"]
from scipy.stats import spearmanr

rank = spearmanr(sharp[:, -1], gap["DARTS"])
print(f"last eigenvalue and what the cut costs: rank correlation {rank.statistic:.2f}, p = {rank.pvalue:.3f}")

window, back = 3, 3
means = np.stack([sharp[:, t - window : t].mean(1) for t in range(window, 11)], axis=1)  # (seeds, looks from 3)
risen = means[:, :-back] / means[:, back:] < 0.75
stop = np.where(risen.any(1), risen.argmax(1) + window - 1, 9)  # the look `back` values before the rise was seen
early = replay.error[replay.archs("DARTS")[np.arange(10), stop]]
print(f"stopped in {risen.any(1).sum()} of 10 searches; ", end="")
print(f"the cell of before the rise has error {early.mean():.3f}, that of the end {replay.errors('DARTS').mean():.3f}")

# %% [markdown]
# No: it would have stopped every search after some 30 answers. The cells are worse on average there, and one dead cell makes most of that. What warned of collapse in the paper's long searches grows in healthy ones here. **Not supported at this scale.** (`nt.estimators.Curvature` is this stop as a callback.)
#
# **Planted failure 2: a sign.** Three colleagues run the example of section 6 (best: $\alpha = 1$, loss 0). One uses the first order, one the second, and one has the second with $+\xi$ where $-\xi$ belongs. Whose curve is whose?

# %%
def run(rule, steps=40):
    """-> the validation loss after each step of alpha and of w, from alpha = 2, w = -2."""
    w, a, curve = -2.0, 2.0, []
    for _ in range(steps):
        a -= 0.1 * rule(w, a)
        w -= 0.5 * train_w(w, a)
        curve.append(a * w - 2 * a + 1)
    return curve


second = lambda w, a: ch09.look_ahead(w, a, 0.5, 0.01, train_w, train_alpha, val_w, val_alpha)
ahead_alone = lambda w, a: val_alpha(w - 0.5 * train_w(w, a), a)
rules = {"A": val_alpha, "B": lambda w, a: 2 * ahead_alone(w, a) - second(w, a), "C": second}
axes = nt.plot.new_axes(6.4, 3.2)
for style, (name, rule) in zip(("-", "--", "-."), rules.items()):
    axes.plot(range(1, 41), run(rule), style, label=name)
axes.set(xlabel="steps", ylabel="validation loss", ylim=(-0.5, 6))
axes.legend()
nt.plot.say(axes, f"Last losses: {', '.join(f'{name} {run(rule)[-1]:.2f}' for name, rule in rules.items())}.")

# %% [markdown]
# **C** is right: it ends at the best. **A**, the first order, settles at $\alpha = 2$ with loss 1: a place where the loss cannot be lowered *with w held still*. **B** has the wrong sign: its loss rises for ever. In a real search the second part is small, and hides. Compare with what must come out. Move alpha a little, take the step, and see by how much the loss changed:

# %% tags=["nbval-check-output"]
stepped = lambda w, a: a * (w - 0.5 * train_w(w, a)) - 2 * a + 1  # the validation loss after a step of w
for w, a in ((-2.0, 2.0), (1.5, 1.5), (0.0, -1.0)):
    exact = (stepped(w, a + 1e-4) - stepped(w, a - 1e-4)) / 2e-4
    told = ", ".join(f"{name} {rule(w, a):+.2f}" for name, rule in rules.items())
    print(f"w = {w:+.1f}, alpha = {a:+.1f}: exact {exact:+.2f}; {told}")

# %% [markdown]
# On a supernet, `SharedWeights(order="exact")` differentiates through the step, which costs memory and is for small nets. Does what finite differences *add* to the first order point the same way?

# %%
small, names = nt.tasks.digits(train_size=200), list(space.mixture_sites())
for seed in range(nt.scale(smoke=1, cpu=3)):
    told = {}
    for order in (1, 2, "exact"):
        how = {"channels": 4, "batch_size": 20, "lr": 0.1, "order": order, "xi": 0.1, "clip": None}
        net = nt.estimators.SharedWeights(space, small, **how, seed=seed, device="cpu")
        last = [net(nt.Trial(even, repeat=step)).grad for step in range(4)][-1]  # the same four steps for all orders
        told[order] = np.concatenate([last[name] for name in names])
    added = [told[order] - told[1] for order in (2, "exact")]
    print(f"seed {seed}: cosine {added[0] @ added[1] / np.linalg.norm(added[0]) / np.linalg.norm(added[1]):+.2f}")

# %% [markdown]
# The sign is right, and the direction only roughly: a shaken weight crosses the kinks of many ReLUs, and differences see jumps that no derivative has. So the second order is a noisy correction here, with four passes back where the first has one, and ten seeds of it were not better on average.

# %% [markdown]
# ## 11 At paper scale
#
# The supernet of DARTS for CIFAR-10 (8 cells, 16 channels), its space, and the two published cells as 20-cell networks, all built and counted.

# %% tags=["nbval-check-output"]
from types import SimpleNamespace

cifar = SimpleNamespace(name="cifar10", shape=(3, 32, 32), classes=10)  # the shapes alone: nothing is downloaded
paper = nt.spaces.DARTSSpace(channels=16, cells=2, stages=3)
weights = paper.supernet(cifar, affine=False).graph.counts().params
assert weights == 1_930_618 and nt.spaces.DARTSSpace().size == (180 * 49**4) ** 2
print(f"supernet: {weights:,} weights; space: {nt.spaces.DARTSSpace().size:.2e} pairs of cells; alphas: "
      f"{sum(map(len, paper.mixture_sites().values()))}")
for name in ("DARTS_V1", "DARTS_V2", "ProxylessNAS mobile"):
    print(f"{name}: {nt.zoo[name].graph().counts().params:,} parameters")

# %% [markdown]
# | | the papers | ours |
# |---|---|---|
# | edges, options (DARTS) | 2 x 14, 8 | 3, 5 |
# | search | 50 epochs of CIFAR-10, batch 64 | 100 steps of digits, batch 64 |
# | rate of alpha, of weights | 0.0003, 0.025 falling | 0.05, 0.1 |
# | final training | 600 epochs, 20 cells, cutout, auxiliary head, drop-path | 12 epochs, in the table |
# | temperature of SNAS | 1, falling to 0.03 | the same |
#
# On a GPU, the search in second order (half of the training images for the weights, half for alpha, 50 epochs of 390 steps):
#
# ```python
# space = nt.spaces.DARTSSpace(channels=16, cells=2, stages=3)
# shared = nt.estimators.SharedWeights(space, nt.tasks.cifar10(), batch_size=64, lr=0.025, horizon=19_500, order=2, halves=True)
# strategy = nt.DARTS(space, seed=0)
# history = nt.search(strategy, shared, trials=19_500, journal="darts-0.sqlite")
# strategy.recommend(history)
# ```

# %% [markdown]
# ## 12 Check yourself
#
# Click on an answer to see whether it is right, and why.
#
# #### 1. All fifteen numbers in result.grad of a mixture are negative. What does DARTS do?
# <details><summary>it raises all alphas</summary>Only differences count: the slope in alpha is p times (g less the mean of g).</details>
# <details><summary>it moves shares towards the most negative ones</summary>Right. Slopes in alpha add up to 0 on every edge.</details>
#
# #### 2. Why are weights and alpha trained on different images?
# <details><summary>because alpha would else favour what overfits</summary>Right. On the same images, more capacity always looks better.</details>
# <details><summary>because a batch must not be used twice</summary>Weights see each image many times; that is not the reason.</details>
#
# #### 3. A colleague runs SNAS at temperature 0.01 from the first step. What goes wrong?
# <details><summary>draws do not follow the shares any more</summary>They do, at every temperature: the largest option comes as often as its share says.</details>
# <details><summary>slopes are 0 nearly always</summary>Right. A softmax that is saturated does not feel alpha.</details>
#
# #### 4. Why can a step of ProxylessNAS do with the memory of one path?
# <details><summary>of the watched path nothing is kept for the weights</summary>Right. It is computed for the slope of its gate alone, and let go.</details>
# <details><summary>because only one option has weights</summary>All options have weights; those of one move in a step.</details>
#
# #### 5. A mixture has error 0.37, the cell derived from it 0.74 with the same weights. Is the cell bad?
# <details><summary>yes</summary>Its weights were trained for the mixture. What it is worth shows when it is trained alone.</details>
# <details><summary>that cannot be said yet</summary>Right. Section 8 has derived cells with such a gap that are better than a random one.</details>
#
# #### 6. With xi = 0, what does the second order come to?
# <details><summary>to the first order</summary>Right. The step has no length, and the second term is multiplied by 0.</details>
# <details><summary>to nothing: alpha does not move</summary>The first term is still there.</details>

# %% [markdown]
# ## 13 Exercises
#
# **Core (10 minutes).** The mean cost of what alphas stand for. Success: the check passes.

# %%
def mean_cost(alphas, costs):
    """`alphas`, `costs`: of each decision a list -> the mean cost of an architecture drawn from softmax(alpha)."""
    ...


nt.check("ch09.mean_cost", mean_cost)


# %% [markdown]
# **Core (15 minutes).** The second order of DARTS for one weight and one alpha. `train_w(w, alpha)` is $\partial L_{tr} / \partial w$, and so on; `small` is $\varepsilon$. Success: the check passes, and by hand 2 comes out.

# %%
def look_ahead(w, alpha, xi, small, train_w, train_alpha, val_w, val_alpha):
    """-> the slope of the validation loss in alpha, a step of length xi ahead."""
    ...


nt.check("ch09.look_ahead", look_ahead)

# %% [markdown]
# **Explore (20 minutes).** Run `nt.PerturbationDARTS(space, steps=40, lr=0.05)` and `nt.DARTS` on the supernet of section 5 with seeds 100 to 109. Success: a table of errors alone, and a test stated beforehand.
#
# **Explore (30 minutes).** GDAS may choose `none`, which kills a cell. Take it out of `ops` of `CellSpace` and run the comparison of section 8 for GDAS alone. Success: you say how much of its mean error came from `none`.
#
# **Research (a day).** The weights of convolutions need time that pooling does not. Train the weights alone first, for 0, 50, 100, 200 steps, state the claim and the test before, and use new seeds. Success: an outcome with p, whichever way, and its cost in trainings alone.

# %% [markdown]
# ## 14 Summary
#
# - A supernet holds all networks of a space; one pass backward says of every option whether more of it would help *this mixture, now*.
# - DARTS, SNAS, GDAS and ProxylessNAS differ in the draw, and in how the slope comes back through it.
# - The second order looks a step ahead. Check its sign against what is exact.
# - Options without parameters need no training, so they lead early. Count them in what you derive.
# - On this small table DARTS was better than a random cell, and *not* than the best of as many random cells as it costs. State the opponent and the cost.
#
# **Further reading.** [Liu et al. 2019](https://arxiv.org/abs/1806.09055), section 2.3 and figure 2: the example of by hand 2. [Zela et al. 2020](https://arxiv.org/abs/1909.09656): when the collapse comes, and the eigenvalue. [Wang et al. 2021](https://arxiv.org/abs/2108.04392): why alpha is no measure of what an option is worth. [Sciuto et al. 2019](https://arxiv.org/abs/1902.08142): searches against random ones.
#
# **Known deviations.** SNAS trains weights and alpha on the same loss; here all methods use two halves. Batch norm takes the statistics of the batch. In the small cell every edge stays, and `none` may be chosen.
#
# Next: chapter 10 makes single trainings cheaper.{{unwritten 10}}
