# %% [markdown]
# # Chapter 3 · Hierarchies, fabrics and transformations
#
# *You will describe large networks with few decisions, hold thousands of networks in one, and change a trained network without losing what it knows.*
#
# {{badges}}
#
# {{map}}
#
# Papers: Liu, Simonyan, Vinyals, Fernando, Kavukcuoglu, [Hierarchical representations](https://arxiv.org/abs/1711.00436), ICLR 2018 · Saxena, Verbeek, [Convolutional neural fabrics](https://arxiv.org/abs/1606.02492), NeurIPS 2016 · Pham, Guan, Zoph, Le, Dean, [ENAS](https://arxiv.org/abs/1802.03268), ICML 2018 · Brock, Lim, Ritchie, Weston, [SMASH](https://arxiv.org/abs/1708.05344), 2017 · Cai, Yang, Zhang, Han, Yu, [Path-level network transformation](https://arxiv.org/abs/1806.02639), ICML 2018 · Cai, Zhu, Han, [ProxylessNAS](https://arxiv.org/abs/1812.00332), ICLR 2019 · Tan et al., [MnasNet](https://arxiv.org/abs/1807.11626), CVPR 2019 · Liu et al., [Auto-DeepLab](https://arxiv.org/abs/1901.02985), CVPR 2019.
#
# {{time}}

# %% [markdown]
# ## 1 You will be able to
#
# - **count** the paths that a fabric holds, without listing them (check `ch03.count_paths`);
# - **flatten** a motif of motifs into the graph that it stands for (check `ch03.flatten`);
# - **widen** a layer so that the network computes what it did before (check `ch03.wider`);
# - **read** the code of a mobile network (check `ch03.mobile_blocks`);
# - **recognise** two mistakes that are easily made with such spaces: a start that is not random, and inherited weights that look like a gain.
#
# **You need** chapter 0, and what chapter 4 says about seeds and bands. Three questions to recall them:
#
# <details><summary>What is a search space, in this course?</summary>A program with named decisions. Whoever answers them all has an architecture, and the space turns it into a network.</details>
# <details><summary>What does a mutation do?</summary>It changes one decision, and keeps the others as far as they are still allowed.</details>
# <details><summary>What is the receptive field of a layer?</summary>The part of the image that one of its outputs depends on. Each further 3×3 convolution adds two pixels to its side.</details>

# %% [markdown]
# ## 2 Set-up

# %% tags=["setup"]
# {{setup}}

# %% [markdown]
# ## 3 The question
#
# Here is a plain wish: a cell whose output sees a strip of 33 pixels from end to end. Before the cell stands a stem, one 3×3 convolution, so three pixels are seen from the start. Each further 3×3 convolution or pool in a row adds two: fifteen would do. We begin with a cell that does nothing (a chain of identities), change one decision at a time, and keep each change that does not see less. No training: `sees` computes the receptive field exactly.

# %%
from random import Random
from types import SimpleNamespace

import numpy as np

from nastutor.nets.receptive import receptive_fields

strip = SimpleNamespace(name="strip", shape=(1, 33, 1), classes=10)  # 33 pixels, one below the other


def sees(space, arch):
    """How many pixels the output of the cell depends on; 0 where nothing reaches it."""
    return receptive_fields(space.graph(arch, strip))[f"cell 1 node {space.nodes[-1] - 1}"].size[0]


def climb(space, seed, steps):
    """-> the pixels seen after each step."""
    rng, arch, line = Random(seed), space.trivial, [sees(space, space.trivial)]
    for _ in range(steps):
        child = space.mutate(arch, rng)
        seen = sees(space, child)
        arch = child if seen >= line[-1] else arch
        line.append(max(seen, line[-1]))
    return line


# %% [markdown]
# Three spaces. Two are *flat*: one graph, whose every edge carries an operation. The third is a *hierarchy*: a graph whose edges are graphs whose edges are graphs ..., four levels of three nodes each.

# %%
Motifs = nt.spaces.HierarchicalSpace
four_levels = Motifs(motifs=(1, 1, 1, 1), nodes=(3, 3, 3, 3), channels=1, stages=1)
large = Motifs(motifs=(1,), nodes=(17,), channels=1, stages=1)
spaces = {"four levels": four_levels, "flat, 6 nodes": four_levels.flat_twin(), "flat, 17 nodes": large}
STEPS, SEEDS = nt.scale(smoke=4, cpu=30), range(nt.scale(smoke=2, cpu=10))
climbs = {name: np.array([climb(space, seed, STEPS) for seed in SEEDS]) for name, space in spaces.items()}

axes = nt.plot.new_axes(6.4, 3.4)
for (name, lines), style in zip(climbs.items(), ("-", "--", ":")):
    mean, half = nt.plot.mean_and_band(lines, 0.95)
    axes.plot(mean, style, color="black", label=f"{name}: {len(spaces[name].sites())} decisions")
    axes.fill_between(range(STEPS + 1), mean - half, mean + half, alpha=0.2)
axes.axhline(33, color="gray", linewidth=0.8)
axes.set(xlabel="mutations", ylabel="pixels seen", ylim=(0, 35))
axes.legend(loc="upper left")
ends = "; ".join(f"{name} end at {lines[:, -1].mean():.0f}" for name, lines in climbs.items())
nt.plot.say(axes, f"Pixels seen after each mutation: {ends}.")

# %% [markdown]
# The small flat space has more decisions than the hierarchy, and *cannot* do it: behind the stem its five layers in a row see 3 + 5 · 2 = 13 pixels. The large one can, and needs a mutation for each layer. In the hierarchy one mutation changes a motif, and with it **all places where the motif stands**.
#
# This is what the spaces of this chapter have in common. They are large, and they have *structure*: few decisions reach far, many networks share their parts, or a step from one network to the next keeps something. What can be decided in such a space, how is it counted, and what is given up?

# %% [markdown]
# ## 4 Quick facts
#
# The spaces of this chapter, with the settings of their papers.

# %%
from nastutor.exercises.facts import space_facts

S = nt.spaces
liu, saxena, enas = S.HierarchicalSpace((6, 1), (4, 5)), S.FabricSpace(layers=8, scales=6), S.MacroSpace(layers=12)
cai = S.MobileSpace((24, 40, 80, 96, 192, 320), (4, 4, 4, 4, 4, 1), (2, 2, 2, 1, 2, 1), kernels=(3, 5, 7))
trellis = S.TrellisSpace(layers=12, blocks=5, levels=4, fixed=True)
space_facts(liu, saxena, enas, cai, S.PathLevelSpace(depth=3), trellis, S.RecurrentSpace(8))

# %% [markdown]
# | | what a search cost in the paper | what is simplified here |
# |---|---|---|
# | hierarchies | 7,000 cells on 200 GPUs, 1.5 days; random search in one hour came within 0.3 % | small cells, seconds |
# | fabrics | one training: nothing is selected | we train single paths |
# | ENAS | 0.45 GPU-days: all networks share their weights | trained one by one; chapter 13 shares |
# | ProxylessNAS, path-level | 200 GPU-hours | the spaces alone; the methods follow in chapters 7, 9 and 12 |
# | Auto-DeepLab | 3 GPU-days | the space alone |
#
# "Decisions" is how many questions the program may ask, "architectures" how many different sets of answers there are, "lines of its class" the length of the class that defines the space. A motif is a small graph; "motifs of motifs" are graphs whose edges are graphs. The "two levels" of the trellis are the path through the resolutions, and the cell at each of its places.
#
# SMASH's memory banks follow in section 9: their number has too many digits for a table.

# %% [markdown]
# ## 5 The idea in a picture
#
# **A fabric** is a grid. Columns are layers, rows are scales: each row halves the image. Every arrow is a 3×3 convolution; downwards it has stride 2, upwards zeros are put between the pixels first. A network is a *path* from the image to the classes. A path runs within the first layer down to where it begins, and within the last layer down to the classes. Click on a place to send the path through it; move the slider to walk through all paths; make the fabric sparse.

# %%
task = nt.tasks.digits(train_size=nt.scale(smoke=200, cpu=1000))
view = nt.widgets.FabricView(nt.spaces.FabricSpace(layers=6, scales=4), task)
view.through(layer=4, scale=3)
view

# %% [markdown]
# Three paths to look at with the slider: path 1 stays at full size and comes down at the end; the last path, 466, comes down at once; path 76 comes down, goes up and comes down again, as networks for segmentation do. All places have 8 channels, so paths 1 and 466, with ten convolutions each, have equally many parameters. But its many pixels make path 1 ten times as expensive.
#
# Each arrow belongs to many paths. Whoever trains the whole fabric trains all 466 at once, for about seven times the parameters of the largest. They are 352 different networks: a step down is the same convolution within a layer and between two, so the scales 1, 2, 3, 3 ... and 2, 3, 3 ... can be the same chain.
#
# **A hierarchy** is a drawing whose arrows are drawings. Left, motif A; in the middle, a cell that uses it twice, and motif B once; right, what the cell stands for.

# %%
from IPython.display import HTML

from nastutor.exercises import ch03

A, B = {(0, 1): "conv3", (1, 2): "conv3", (0, 2): "skip"}, {(0, 1): "maxpool3", (1, 2): "conv1"}
cell = {(0, 1): "A", (1, 2): "A", (0, 2): "B"}


def called(node):
    """Node 1 of the cell is "1", the inner node 1 of the motif on its edge 0 -> 2 "0-2 : 1"."""
    return str(node[0]) if len(node) == 1 else f"{node[0]}-{node[1]} : {node[2]}"


flat = [(called(a), called(b), op) for (a, b), op in ch03.flatten(cell, {"A": A, "B": B}, 3).items()]
motif, whole = ([(*edge, op) for edge, op in graph.items()] for graph in (A, cell))
graphs = {"motif A": motif, "the cell": whole, "the same, flat": flat}
drawn = "".join(nt.draw(edges, title=title).html for title, edges in graphs.items())
HTML(f'<div style="display: flex; gap: 30px">{drawn}</div>')

# %% [markdown]
# ## 6 From equations to code
#
# **Hierarchies.** A motif $m$ of level $\ell$ is a graph $G^{(\ell)}_m$ whose edge $j \to i$ carries the option $k_{ij}$: nothing, or one of the operations $\mathcal O^{(\ell-1)}$ of the level below. Its nodes compute $x_i = \sum_{j<i} o_{k_{ij}}(x_j)$, and the motif as a whole is an operation of the next level, $o^{(\ell)}_m = \mathrm{assemble}(G^{(\ell)}_m, \mathcal O^{(\ell-1)})$. Level 1 are the usual operations.
#
# **Fabrics.** Let $p_\ell(s)$ be the number of ways to scale $s$ of layer $\ell$. Then $p_1(s) = 1$ and $p_\ell(s) = p_{\ell-1}(s-1) + p_{\ell-1}(s) + p_{\ell-1}(s+1)$, without what lies outside.
#
# **Transformations.** An *edit* changes an architecture; a *morphism* is an edit with a rule for the weights, such that $f'(x) = f(x)$ for all $x$. To widen a layer $y = V\,\mathrm{relu}(Wx + b)$, copy some of its units: rows of $W$, entries of $b$. If unit $u$ is there $n_u$ times now, each of its columns of $V$ becomes $V_{\cdot u} / n_u$ (Net2Net, [Chen et al. 2016](https://arxiv.org/abs/1511.05641)).
#
# | symbol | meaning | in the code |
# |---|---|---|
# | $G^{(\ell)}_m$ | a motif | `space.plan(arch)["motif2.1"]`: edge → option |
# | $k_{ij}$ | what an edge carries | `arch["motif2.1 0->1"]` |
# | $p_L$ | paths, all scales together | `FabricSpace(layers=L, scales=S).size` |
# | $C$ | channels everywhere in a fabric | `FabricSpace(channels=C)` |
# | $W, b, V$ | incoming weights, bias, outgoing weights | `weights, bias, outgoing` |
#
# **By hand.** *Paths*, 3 scales, 4 layers: (1, 1, 1), (2, 3, 2), (5, 7, 5), (12, 17, 12), in all 41. *Sizes* of Liu et al.: six motifs of four nodes have 6 edges each, the cell of five nodes has 10, in all 46 edges of 7 options; the flat twin of 11 nodes has 55.

# %% tags=["nbval-check-output"]
by_hand = sum((12, 17, 12))
assert nt.spaces.FabricSpace(layers=4, scales=3).size == by_hand
assert liu.size == 7 ** (6 * 6 + 10) and liu.flat_twin().size == 7 ** (11 * 10 // 2)
six = nt.spaces.FabricSpace(layers=6, scales=4)
assert (six.size, len({six.canonical(path) for path in six})) == (466, 352)
print(f"paths: {by_hand} by hand, {saxena.size:,} with 8 layers and 6 scales")
print(f"hierarchy {liu.size:.1e}, flat twin {liu.flat_twin().size:.1e} architectures")

# %% [markdown]
# So the hierarchy is the *smaller* space, by $7^9$, that is 40 million times. It is a bet: good networks repeat themselves.
#
# *Wider*: $W = \begin{pmatrix}1 & -1\\ 2 & 0\end{pmatrix}$, $b = (0, 1)$, $V = (3\;\,1)$, and $x = (2, 1)$ give $h = (1, 5)$ and $y = 3 \cdot 1 + 1 \cdot 5 = 8$. Copy unit 0. Then $h = (1, 5, 1)$, and $V = (1.5\;\,1\;\,1.5)$ gives 8 again. For all other $x$ as well:

# %% tags=["nbval-check-output"]
W, b, V = np.array([[1, -1], [2, 0]]), np.array([0, 1]), np.array([[3, 1]])
W2, b2, V2 = np.array([[1, -1], [2, 0], [1, -1]]), np.array([0, 1, 0]), np.array([[1.5, 1, 1.5]])


def layer(x, W, b, V):
    return np.maximum(x @ W.T + b, 0) @ V.T


x = np.random.default_rng(0).normal(size=(1000, 2))
assert np.allclose(layer(x, W, b, V), layer(x, W2, b2, V2))
print("y =", layer(np.array([2, 1]), W, b, V), "before,", layer(np.array([2, 1]), W2, b2, V2), "after")

# %% [markdown]
# ## 7 Build it
#
# **Step 1 (5 minutes).** Count the paths of a fabric. With 16 layers and 6 scales there are 28 million, so do not list them.

# %%
def count_paths(layers, scales):
    """A path has one scale in each layer, from layer to layer the same or a neighbouring one -> how many paths."""
    ...


step1 = nt.check("ch03.count_paths", count_paths)


# %% [markdown]
# **Step 2 (15 minutes).** Make a hierarchy flat. `cell[i, j]` is the name of the motif on edge i → j, `motifs[name][a, b]` an operation; an edge that carries nothing is not there. The motif's first node *is* node i of the cell, its last one *is* node j; its inner nodes are new, each time.

# %%
def flatten(cell, motifs, nodes):
    """nodes: of each motif, numbered from 0.

    -> {(from, to): operation}; node i of the cell is called (i,), the inner node k of the motif on edge i -> j (i, j, k).
    """
    ...


step2 = nt.check("ch03.flatten", flatten)


# %% [markdown]
# **Step 3 (10 minutes).** Widen a layer without a change of its function. Lists of lists: `weights[u]` are the incoming weights of unit u, `outgoing[o][u]` is what output o takes of it.

# %%
def wider(weights, bias, outgoing, copies):
    """The new units stand behind the old ones; new unit k is a copy of unit copies[k] -> (weights, bias, outgoing)."""
    ...


step3 = nt.check("ch03.wider", wider)

# %% [markdown]
# The library must agree. Where one of yours is still a stub, the reference solution stands in for it (`nt.source("ch03.flatten")` shows it; look only after you have tried).

# %% tags=["nbval-check-output"]
steps = ((count_paths, step1), (flatten, step2), (wider, step3))
count_paths, flatten, wider = (f if passed else getattr(ch03, f.__name__) for f, passed in steps)
for layers, scales in ((4, 4), (8, 6), (16, 6)):
    assert count_paths(layers, scales) == nt.spaces.FabricSpace(layers, scales).size
    print(f"{layers:2d} layers, {scales} scales: {count_paths(layers, scales):10,} paths")

# %% tags=["nbval-check-output"]
small = nt.spaces.HierarchicalSpace(motifs=(3, 1), nodes=(3, 4), stages=1)
arch = small.sample(11)
plan = {name: {edge: op for edge, op in form.items() if op != "none"} for name, form in small.plan(arch).items()}
flat = list(flatten(plan["motif3.1"], plan, 3).values())
built = [node.op for node in small.graph(arch, task).nodes if node.group == "cell 1"]
node_of = {"sep3": "sep_conv", "conv1": "conv", "maxpool3": "max_pool", "avgpool3": "avg_pool", "skip": "identity"}
for op, node in node_of.items():
    assert flat.count(op) == built.count(node)
    print(f"{op:9s} {flat.count(op)} in the flat graph, {built.count(node)} in the network")

# %% [markdown]
# The library does it while it builds: for each edge that leads to a node it adds an operation, or a whole motif, whose edges come here again.

# %%
nt.source(nt.spaces.HierarchicalSpace._terms, docstring=False)

# %% [markdown]
# ## 8 Run it
#
# Evolution walks through the paths of a fabric on the digits, live. Each trial trains one chain of convolutions.

# %% tags=["board"]
EPOCHS, DEEP = nt.scale(smoke=1, cpu=3), nt.scale(smoke=3, cpu=4)
fabric = nt.spaces.FabricSpace(layers=DEEP, scales=DEEP, channels=4)
train = nt.estimators.Train(fabric, task, epochs=EPOCHS)
strategy = nt.RegularizedEvolution(fabric, population=4, sample=2, seed=0)
board = nt.widgets.Board(strategy, train, trials=nt.scale(smoke=1, cpu=6))
history = board.run()

# %% tags=["after-board"]
print(f"history so far: {len(history)} trials, {history.cost:.0f} epochs of training")
print("best:", history.best())

# %% [markdown]
# A fabric of 4 layers and 4 scales has 68 paths. Some are the same chain of convolutions, because a step down within the first or the last layer is a convolution like all others: the scales 1, 2, 3, 2 and 2, 3, 2, 3 and 3, 2, 3, 4 are one network, and `canonical` gives the first of them. The 52 networks that are left are so few that we can train *every* one, here and now, many at a time in one process.

# %%
together = nt.estimators.Population(fabric, task, epochs=EPOCHS)
networks = [path for path in fabric if fabric.canonical(path) == path]
trained = dict(zip(networks, together.many([nt.Trial(path) for path in networks])))
error = {path: trained[fabric.canonical(path)].error for path in fabric}
ranked = sorted(networks, key=error.get)
print("the paper trains all paths at once, as one fabric,")
print(
    f"this run trained the {len(networks)} networks that {len(error)} paths are, each with weights of its own, "
    f"for {EPOCHS} epochs"
)
for path in (*ranked[:3], *ranked[-2:]):
    print(f"error {error[path]:.3f}, {fabric.graph(path, task).counts().params:5,} parameters: {path}")

# %% [markdown]
# Now a search costs nothing, and thirty seeds are no problem. (Each network was trained once, so the best of them is also a lucky one: chapter 19.)

# %%
def known(trial):
    return nt.Result({"error": error[trial.arch]}, cost=1.0)


strategies = {
    "random search": lambda seed: nt.RandomSearch(fabric, seed=seed),
    "hill climbing": lambda seed: nt.HillClimbing(fabric, seed=seed),
    "evolution": lambda seed: nt.RegularizedEvolution(fabric, population=6, sample=3, seed=seed),
}
TRIALS, MANY = nt.scale(smoke=10, cpu=30), range(nt.scale(smoke=10, cpu=30))
searches = {}
for name, make in strategies.items():
    searches[name] = [nt.search(make(seed), known, trials=TRIALS, progress=False) for seed in MANY]
axes = nt.plot.anytime(searches)
axes.set_ylim(0.8 * error[ranked[0]], 3 * error[ranked[0]])  # the later part, large
axes

# %%
ends = {name: [history.best().error for history in histories] for name, histories in searches.items()}
for name, last in ends.items():
    found = sum(end == error[ranked[0]] for end in last)
    print(f"{name:14s} {nt.comparing.interval(last)}; the best network in {found} of {len(last)} searches")
print(nt.comparing.compare(ends, baseline="random search", alternative="less"))

# %% [markdown]
# Thirty draws of a path see two fifths of the 52 networks, so random search is a strong opponent. What can be gained comes from the structure: a path and its neighbour share most of their places. When this page was made that did not help: evolution was no better than random search, and hill climbing *worse*. Its interval leaves out 0 on the wrong side, and it never met the best network. (The p is one-sided: near 1 it says no more than "not better".)
#
# The *space* itself has more to tell. In the next picture each dot is a path, sorted once by where it begins and once by where it ends; the bars are means.

# %%
axes = nt.plot.new_axes(6.4, 3.4)
columns = [(layer, scale) for layer in (1, DEEP) for scale in range(1, DEEP + 1)]
means = {}
for place, (layer, scale) in enumerate(columns):
    at = [e for path, e in error.items() if path[f"scale{layer}"] == scale]
    axes.plot([place] * len(at), at, "o", color="#0072b2" if layer == 1 else "#d55e00", alpha=0.4)
    means[layer, scale] = np.mean(at)
    axes.plot([place - 0.3, place + 0.3], [means[layer, scale]] * 2, "-", color="black")
axes.set(ylabel="error of the path", xticks=range(len(columns)), xticklabels=[scale for _, scale in columns])
axes.set_xlabel(f"scale in layer 1 (left half), in layer {DEEP} (right half); 1 is full size")
told = "; ".join(f"scale {scale} in layer {layer} {mean:.2f}" for (layer, scale), mean in means.items())
best, worst = (fabric.plan(ranked[place]) for place in (0, -1))
nt.plot.say(axes, f"Errors of all paths. Means: {told}. The best path has the scales {best}, the worst {worst}.")

# %% [markdown]
# *On average* paths that begin coarser are worse, although they have the same operations, and on average more layers and parameters: pixels that are thrown away in layer 1 do not come back. Where a path *ends* matters less, because the last layer runs down to 1×1 anyway. But look at the dots: the columns overlap. When this page was made, the best path of all began at half size (scales 2, 2, 2, 2): it halves the image once, keeps that size through four layers, and comes down at the very end. It was trained once; repeat it with other seeds before you call it better than the next ones. A mean over paths speaks of the *space*; it does not say which path to take.

# %% [markdown]
# ## 9 Swap a dimension
#
# The same strategy, the same task, the same estimator; only the space is another one. Nothing else changes, because a space is no more than its decisions.

# %%
others = {
    "hierarchy": S.HierarchicalSpace(channels=4, stages=1),
    "whole network": S.MacroSpace(layers=3),
    "mobile": S.MobileSpace(widths=(8,), depths=(2,), strides=(2,), stem=4, first=4, head=16),
    "trees": S.PathLevelSpace(stages=1, width=4),
    "trellis": S.TrellisSpace(layers=2, blocks=1, levels=2),
    "recurrent": S.RecurrentSpace(nodes=2, units=8),
}
for kind, space in others.items():
    strategy = nt.RegularizedEvolution(space, population=2, sample=2, seed=0)
    train = nt.estimators.Train(space, task, epochs=1)
    found = nt.search(strategy, train, trials=nt.scale(smoke=1, cpu=3), progress=False)
    what = f"{space.size:15,} architectures, {len(space.sites()):2d} decisions"
    print(f"{kind:13s} {what}, best error {found.best().error:.2f}")

# %% [markdown]
# Three trials of one epoch say nothing about which space is better. They say that all of them are *searchable*. A short tour:
#
# **ENAS's whole networks.** Layer $\ell$ takes an operation and $\ell - 1$ bits: which earlier outputs join it. The numbers below are read line by line, as the authors' code writes them.

# %%
macro = nt.spaces.MacroSpace(layers=5, channels=4)
whole_network = macro.from_numbers("0  1 1  2 0 1  4 1 0 0  0 1 1 0 1")
edges = []
for number, (op, skips) in enumerate(macro.plan(whole_network), start=1):
    edges += [(str(number - 1), str(number), op), *((str(source), str(number), "skip") for source in skips)]
nt.draw(edges, title="Five layers behind a stem (0)")

# %% [markdown]
# **SMASH's memory banks.** Here a network is a program on a memory that is cut into banks. An operation *reads* some banks (r), joins them, convolves, and *adds* its output to some banks (w; b: both). A ResNet reads and writes the same banks all the time; a DenseNet reads all and writes a new one. One block, drawn at random, an operation a line:

# %% tags=["nbval-check-output"]
from nastutor.published.smash import SMASH

memory = nt.spaces.MemoryBankSpace(channels=4, largest=16, depth=4, width=2, blocks=1)
(block,) = memory.plan(memory.sample(5))
signs = {(False, False): ".", (True, False): "r", (False, True): "w", (True, True): "b"}
for number, op in enumerate(block.ops, start=1):
    print(f"operation {number}:", " ".join(signs[bank in op.reads, bank in op.writes] for bank in range(1, 9)))
digits = int(nt.spaces.MemoryBankSpace(**SMASH).size.bit_length() * np.log10(2))
print(f"the space of the paper: a number of architectures with about {digits:,} digits")

# %% [markdown]
# **Mobile networks.** A block widens its channels (expansion), filters each channel by itself (kernel), and narrows them again. ProxylessNAS decides on each block or leaves it out; MnasNet decides stage by stage. Both want a small *latency*: the time of one image on the device. Mult-adds are only a stand-in for it, as the last columns show. Latency is measured three times here, on one thread; where two ranges overlap, they give no order.

# %%
from time import process_time

from nastutor.published import CIFAR10

mobile = nt.spaces.MobileSpace(kernels=(3, 7))
graphs = {op: mobile.graph(mobile.walk(lambda name, options, op=op: op), CIFAR10) for op in mobile.operations}
latency = {op: [] for op in graphs}
for op in 3 * list(graphs):  # in turn, because other programs disturb
    latency[op].append(nt.estimators.measure_latency(graphs[op], clock=process_time, repeats=nt.scale(smoke=3, cpu=11)))
for op, graph in graphs.items():
    more = graph.counts().mult_adds / graphs["k3e3"].counts().mult_adds
    slower = sorted(own / base for own, base in zip(latency[op], latency["k3e3"]))
    print(
        f"{op}: {graph.counts().params:6,} parameters, mult-adds times {more:.2f}, "
        f"latency times {slower[0]:.2f} to {slower[-1]:.2f}"
    )

# %% [markdown]
# **Trees of paths.** Layer-wise edits make a network deeper or wider. Path-level edits change its *topology*: a convolution is replaced by two copies whose mean is the same ("add"), or by two halves ("concat"); each branch may then grow. The space of what can be reached is a tree. This is TreeCell-A of the paper. Node 1.2 is what the second branch of the first branch gives; "add 1" brings together what was split at node 1.

# %%
from nastutor.published.tree_cells import TREE_CELL_A

trees = nt.spaces.PathLevelSpace(depth=3)


def drawn_tree(node, split="input", number=""):
    """The edges of a tree: what leaves `split` in branches comes together at the node that is called after its merge."""
    merged = f"{node.merge} {number}".strip()
    for place, branch in enumerate(node.branches, start=1):
        child = f"{number}.{place}".strip(".")
        yield (split, child if branch.node else merged, branch.op)
        if branch.node:
            yield from drawn_tree(branch.node, child, child)
            yield (f"{branch.node.merge} {child}", merged, "")


nt.draw(list(drawn_tree(trees.plan(trees.from_text(TREE_CELL_A)))), title="TreeCell-A")

# %% [markdown]
# **Trellis and recurrent cells.** Auto-DeepLab joins two ideas: a path through resolutions, as in a fabric, and one cell that stands at each of its places. DARTS and ENAS decide on recurrent cells too: for each node, which earlier node it reads and through which activation.

# %% tags=["nbval-check-output"]
print(f"trellis: {trellis.paths:,} paths, {trellis.cells:.1e} cells")
for kind, nodes in (("darts", 8), ("enas", 12)):
    print(f"recurrent cells of {kind.upper():5s}: {nt.spaces.RecurrentSpace(nodes, kind).size:,}")

# %% [markdown]
# ## 10 What goes wrong
#
# **Planted failure 1: a start that is not random.** Liu et al. begin with chains of identities and apply 1,000 random mutations to each. A colleague finds that wasteful, applies 50, and reports: "random search in the hierarchy finds nothing; evolution is needed." Look at what his population is made of.

# %%
counts = (0, 25, 50, 100, 200, 400, 1000)
members = {n: [liu.diversified(seed, mutations=n) for seed in range(40)] for n in counts}


def share(archs, options):
    """Of the edges of level 2 that carry one of `options`."""
    values = [value for arch in archs for name, value in arch.choices if name.startswith("motif2")]
    return np.mean([value in options for value in values])


axes = nt.plot.new_axes(6.4, 3.2)
kinds = {"none or identity": ("none", "skip"), "convolutions": ("conv1", "dw3", "sep3")}
kinds["pools"] = ("maxpool3", "avgpool3")
for (label, options), style in zip(kinds.items(), ("-", "--", ":")):
    axes.plot([share(members[n], options) for n in counts], style, marker="o", color="black", label=label)
    axes.axhline(len(options) / 7, color="gray", linewidth=0.6)
axes.set(xlabel="mutations", ylabel="share of the edges", xticks=range(len(counts)), xticklabels=counts)
axes.legend()
idle = {n: share(members[n], kinds["none or identity"]) for n in (50, 1000)}
nt.plot.say(
    axes, f"Nothing or identity: {idle[50]:.2f} after 50 mutations, {idle[1000]:.2f} after 1,000; evenly 2/7 = 0.29."
)

# %% [markdown]
# After 50 mutations most edges still are what they were in the beginning: nothing, or an identity. The opponent was not random search but a search among empty networks. How many mutations are enough? A mutation draws the level (1/2), the motif (1/6), where the edge ends (1/3), then where it begins: for an edge to the last node 1/3.

# %% tags=["nbval-check-output"]
rarest = 1 / 2 * 1 / 6 * 1 / 3 * 1 / 3
for mutations in (50, 200, 1000):
    print(f"{mutations:5,} mutations leave such an edge untouched with probability {(1 - rarest) ** mutations:.4f}")

# %% [markdown]
# **Planted failure 2: inherited weights that look like a gain.** "We train 8 units, widen them to 16 by Net2Net, and are far better than 16 units from scratch." This is the code, plain gradient descent with everything in sight, and the figure, with ten seeds.

# %%
import torch

images, valid = (torch.tensor(part.x).flatten(1) for part in (task.train, task.valid))
labels, truth = torch.tensor(task.train.y), torch.tensor(task.valid.y)

def fresh(units, seed):
    g = torch.Generator().manual_seed(seed)
    return [
        torch.randn(units, 64, generator=g) / 8,
        torch.zeros(units),
        torch.randn(10, units, generator=g) / units**0.5,
    ]

def fit(net, epochs, seed):
    """-> the trained (weights, bias, outgoing), and the validation error before and after each epoch."""
    net = [torch.tensor(part) if isinstance(part, list) else part for part in net]
    g, curve = torch.Generator().manual_seed(seed), []
    for epoch in range(epochs + 1):
        W, b, V = net
        curve.append(((torch.relu(valid @ W.T + b) @ V.T).argmax(1) != truth).float().mean().item())
        for batch in torch.randperm(len(images), generator=g).split(50) if epoch < epochs else ():
            W, b, V = net = [part.detach().requires_grad_() for part in net]
            loss = torch.nn.functional.cross_entropy(torch.relu(images[batch] @ W.T + b) @ V.T, labels[batch])
            net = [part - 0.05 * slope for part, slope in zip(net, torch.autograd.grad(loss, net))]
    return [part.detach() for part in net], curve


# %%
curves, apart = {"widened by copies": [], "widened by silent new units": [], "16 units from scratch": []}, []
for seed in range(nt.scale(smoke=2, cpu=10)):
    (W, b, V), before = fit(fresh(8, seed), 4, seed)
    new = fresh(8, 1000 + seed)
    silent = [torch.cat([W, new[0]]), torch.cat([b, new[1]]), torch.cat([V, 0 * new[2]], 1)]  # outgoing weights of 0
    copied = wider(W.tolist(), b.tolist(), V.tolist(), list(range(8)))
    for label, start in (("widened by copies", copied), ("widened by silent new units", silent)):
        end, after = fit(start, 4, 100 + seed)
        curves[label].append(before + after[1:])
        apart += [float((end[0][:8] - end[0][8:]).abs().max())] if start is copied else []
    curves["16 units from scratch"].append(fit(fresh(16, 2000 + seed), 8, 100 + seed)[1])


# %%
def draw(part, shift, **labels):
    """Mean and band of some epochs: `part` of the widened ones, `shift` epochs earlier of the network from scratch."""
    axes = nt.plot.new_axes(6.4, 3.2)
    for (label, lines), style in list(zip(curves.items(), ("-", "--", ":")))[:: 2 if shift else 1]:
        start = part.start - shift if "scratch" in label else part.start
        mean, half = nt.plot.mean_and_band(np.array(lines)[:, start : start + part.stop - part.start], 0.95)
        axes.plot(mean, style, color="black", label=label)
        axes.fill_between(range(len(mean)), mean - half, mean + half, alpha=0.2)
    axes.set(ylabel="validation error", xticks=range(len(mean)), **labels)
    axes.legend()
    last = "; ".join(f"{line.get_label()} {line.get_ydata()[-1]:.2f}" for line in axes.lines)
    return nt.plot.say(axes, f"Validation error in the end: {last}.")


draw(slice(4, 6), 4, title="as published", xlabel="epochs after the change")

# %% [markdown]
# What is wrong? Look before you read on. The repaired figure counts *all* epochs, and goes on:

# %%
draw(slice(0, 9), 0, title="repaired", xlabel="epochs in all; the layer was widened after 4")

# %% [markdown]
# Two diagnoses. **The axis**: the parent's four epochs were not counted. By total cost the widened networks never lead. **The end**: the figure stopped after one epoch, when a head start is all there is to see. And there is a third thing, which no curve tells: how far are the copies from each other after training?

# %% tags=["nbval-check-output"]
print(f"largest difference between a unit and its copy, all seeds: {max(apart):.6f}")

# %% [markdown]
# They get the same images and the same gradients, so they remain copies for ever: the network is 16 units wide and can do no more than 8. Net2Net adds noise to the copies (or has dropout, which treats them differently). The dashed line is another rule, from network morphism: new units with *random* incoming and *zero* outgoing weights. The function is kept as well, and the new units can learn. Chapter 12 does this in earnest.{{unwritten 12}}

# %% [markdown]
# ## 11 At paper scale
#
# **Fabrics.** The paper counts three convolutions at each of its $S \cdot L$ places. At the borders there are fewer, so the exact numbers are a little smaller. Sparse, a channel reads three channels of each scale, and weights grow with $C$ instead of $C^2$.

# %% tags=["nbval-check-output"]
for layers, channels in ((8, 64), (8, 128)):
    whole = nt.spaces.FabricSpace(layers, 6, channels)
    between = sum(9 * channels**2 for _ in whole.edges())
    paper, everything = 27 * 6 * layers * channels**2, whole.fabric(CIFAR10).counts().params
    print(
        f"L = {layers}, C = {channels:3d}: "
        f"{paper / 1e6:.1f} M as the paper counts, {between:,} exactly, {everything:,} in all"
    )
thin = nt.spaces.FabricSpace(16, 6, 32, sparse=True)
exactly = len(thin.edges()) * 9 * (3 * 32 - 2)
print(f"sparse, L = 16, C = 32: {81 * 6 * 16 * 32:,} as the paper counts, {exactly:,} exactly")

# %% [markdown]
# **Published networks** of the other spaces, built from their architectures and counted. The figures in parentheses are those of the papers and their releases, as `nt.zoo` has them.

# %% tags=["nbval-check-output"]
proxyless, pyramid = ("mobile", "CPU", "GPU"), ("DenseNet", "PyramidNet 84", "PyramidNet 150")
names = [*(f"ProxylessNAS {device}" for device in proxyless), "MnasNet-A1", *(f"TreeCell-A {base}" for base in pyramid)]
for name in names:
    counts, said = nt.zoo[name].counts(), nt.zoo[name].figures
    assert abs(counts.params / 1e6 - said["params"]) <= 0.06
    line = f"{name:26s}{counts.params:11,} parameters ({said['params']:g} M)"
    if "mult_adds" in said:
        assert abs(counts.mult_adds / 1e6 - said["mult_adds"]) < 0.5
        line += f", {counts.mult_adds / 1e6:.1f} M mult-adds ({said['mult_adds']:g} M)"
    print(line)

# %% tags=["nbval-check-output"]
cell = nt.zoo["DARTS_V2 RNN"].counts().params
print(f"DARTS's language model: cell {cell:,}, with 10,000 words {cell + 10_000 * 851:,} parameters (23 M)")
found = nt.zoo["Auto-DeepLab-S"]
print("Auto-DeepLab's path through the resolutions:", [4 * 2**level for level in found.space.plan(found.arch).levels])
print(f"ENAS's whole network: {nt.zoo['ENAS macro'].counts().params:,} parameters, as its release builds it")

# %% [markdown]
# | | the papers | ours, cpu scale |
# |---|---|---|
# | hierarchy | 7,000 cells, 200 GPUs | 30 mutations, 10 seeds, no training |
# | fabric | 8 layers, 6 scales, 64 channels, all paths at once | 4 layers, 4 scales, 4 channels, each path alone |
# | widening | ImageNet, Inception | 8 to 16 units, 1,000 digits |
#
# On a GPU, evolution in the hierarchical space of the paper, cut off and resumed as you like:
#
# ```python
# space = nt.spaces.HierarchicalSpace(motifs=(6, 1), nodes=(4, 5), channels=16, stages=3)
# train = nt.estimators.Train(space, nt.tasks.cifar10(), epochs=13, amp=True)
# start = [space.diversified(seed) for seed in range(200)]
# nt.search(nt.RegularizedEvolution(space, population=200, sample=10), train, trials=7000, first=start, journal="motifs.sqlite")
# ```

# %% [markdown]
# ## 12 Check yourself
#
# Click on an answer to see whether it is right, and why.
#
# #### 1. A motif of level 2 is used four times in a cell. How many sets of weights has it?
# <details><summary>one, it is one motif</summary>The <em>structure</em> is one. The places have different inputs, and learn for themselves.</details>
# <details><summary>four</summary>Right: structure is shared, weights are not. Sharing weights is another idea (chapter 13).</details>
#
# #### 2. The hierarchical space is smaller than its flat twin. Can it hold better networks?
# <details><summary>no, fewer networks are fewer chances</summary>It is no part of its twin: four levels of three nodes reach 16 layers, the twin five. Size says little about what is in a space.</details>
# <details><summary>yes</summary>Right. It holds other networks, and if the bet is right, better ones per draw.</details>
#
# #### 3. A layer more, with many scales: by which factor does the number of paths grow?
# <details><summary>by nearly 3</summary>Right: three steps are open everywhere but at the borders.</details>
# <details><summary>by 2, as a path goes down or not</summary>It may also come up: three steps.</details>
#
# #### 4. A fabric is trained as a whole, then the best single path is cut out. Is its error that of the fabric?
# <details><summary>yes, the weights are the same</summary>They were trained as parts of a sum. Alone, each place gets another input than it learned to expect.</details>
# <details><summary>no, it has to be trained again</summary>Right. The paper prunes weak edges and keeps a sub-fabric, for that reason.</details>
#
# #### 5. Two mobile networks have 300 million mult-adds each. Are they equally fast?
# <details><summary>yes</summary>Mult-adds do not count memory, and a depthwise convolution uses a device badly. Measure.</details>
# <details><summary>not necessarily</summary>Right; ProxylessNAS finds different networks for a phone, a CPU and a GPU.</details>
#
# #### 6. After widening, the error on the validation images is the same to the last digit. What has been gained?
# <details><summary>nothing yet: room to learn</summary>Right, and only if something makes the new units different from the old ones.</details>
# <details><summary>a better network</summary>It is the same function. Better it can only become.</details>

# %% [markdown]
# ## 13 Exercises
#
# **Core (15 minutes).** Read a mobile code. `code` has one entry for each place, stage by stage: "k5e3" is a kernel of 5 and an expansion of 3, "none" leaves the place empty. The first place of a stage has the stage's stride and is never empty, all others have stride 1. Success: the check passes.

# %%
def mobile_blocks(code, depths, widths, strides, first):
    """depths[s] places in stage s, of widths[s] channels; `first` channels come in.

    -> [(kernel, expansion, channels before, channels after, stride, adds), ...]; `adds`: whether the block adds its input.
    """
    ...


nt.check("ch03.mobile_blocks", mobile_blocks)

# %% [markdown]
# **Explore (20 minutes).** Repeat section 3 with another wish: a cell with *many different* operations on its longest way. Success: you have found a wish at which the flat space wins, and can say why.
#
# **Explore (30 minutes).** Train a whole fabric: `nt.spaces.FabricSpace(4, 4, 4).fabric(task)` is a graph that you can build. Measure `strengths(net)`, remove the weakest third of its edges (`network`), and as many random ones. Success: two errors after pruning, ten seeds, a band.
#
# **Explore (20 minutes).** Break the symmetry of section 10 in a third way: uneven shares, such as 1.5 and -0.5. Success: you know whether the copies part, and whether they help as much as silent units.
#
# **Research (a day).** Liu et al. claim that hierarchical cells are better than flat ones at equal numbers of evaluations. State a test for digits *before* you look: space, twin, epochs, seeds, margin, and what you do about the different sizes of their networks. Success: somebody else can run it, whatever comes out.

# %% [markdown]
# ## 14 Summary
#
# - A space is a bet on structure. Hierarchies bet that good networks repeat themselves; fabrics, that scale should be decided, not designed; mobile spaces, that one kind of block is enough.
# - In a hierarchy one mutation changes all places of a motif: it reaches far in few steps, and cannot change one place alone.
# - A fabric holds exponentially many paths in a grid that is linear in layers and scales; they are counted by a recurrence. Some of them are the same network.
# - A morphism changes the architecture and keeps the function. Copies need something that parts them.
# - Start populations that are random, count all epochs, and look at the whole curve.
#
# **Further reading.** [Liu et al. 2018](https://arxiv.org/abs/1711.00436): six pages, and an honest word on random search. [Saxena & Verbeek 2016](https://arxiv.org/abs/1606.02492): a supernet, years before the word. [Chen et al. 2016](https://arxiv.org/abs/1511.05641): Net2Net, where widening and deepening come from. [Cai et al. 2019](https://arxiv.org/abs/1812.00332): look at its figure of three networks for three devices.
#
# **Known deviations.** Hierarchical motifs add up what reaches a node; the paper joins channels (`merge="concat"` does that, with a 1×1 convolution). Section 3 searches for a receptive field, which is no error. The networks of the fabric were trained once each. Edits are shown by hand; the package's own come with chapter 12.
#
# Next: chapter 4 asks whether a search was better than luck.
