# %% [markdown]
# # Chapter 2 · Cells
#
# *You will read every published cell, write it in four codes, know when two codes are one network, and stack a cell to any size, counted to the last parameter.*
#
# {{badges}}
#
# {{map}}
#
# Papers: Zoph et al., [NASNet](https://arxiv.org/abs/1707.07012), CVPR 2018 · Real et al., [AmoebaNet](https://arxiv.org/abs/1802.01548), AAAI 2019 · Liu, Zoph et al., [PNASNet](https://arxiv.org/abs/1712.00559), ECCV 2018 · Liu et al., [DARTS](https://arxiv.org/abs/1806.09055), ICLR 2019 · Pham et al., [ENAS](https://arxiv.org/abs/1802.03268), ICML 2018 · Zhong et al., [BlockQNN](https://arxiv.org/abs/1708.05552), CVPR 2018 · Ying et al., [NAS-Bench-101](https://arxiv.org/abs/1902.09635), ICML 2019 · Dong & Yang, [NAS-Bench-201](https://arxiv.org/abs/2001.00326), ICLR 2020.
#
# {{time}}

# %% [markdown]
# ## 1 You will be able to
#
# - **count** a space of cells exactly (check `ch02.cells`), and **say** what a cell joins at its end (check `ch02.unused`);
# - **read** a published genotype (check `ch02.decode`) and **encode** a cell by its paths (check `ch02.paths`);
# - **build** the layer that halves an image inside a cell (check `ch02.factorised_reduction`);
# - **prove** that two codes are one network, by naming the order that turns one into the other (check `ch02.renaming`);
# - **recognise** two mistakes that inflate results: dead parameters, and twins on both sides of a test.
#
# **You need** chapters 0 and 4. Three questions to recall them:
#
# <details><summary>What is an Arch, and what is a LayerGraph?</summary>An Arch holds the decisions, as a plain value. A LayerGraph is the network that follows from them, layer by layer, for the shapes of one task.</details>
# <details><summary>What must a space define, at least?</summary>The function decide(choose), which asks for each decision by name. Sampling, mutation, size and encoding follow from it.</details>
# <details><summary>Why is random search the first opponent of any strategy?</summary>It says how good the space is.</details>

# %% [markdown]
# ## 2 Set-up

# %% tags=["setup"]
# {{setup}}

# %% [markdown]
# ## 3 The question
#
# You want a large network, and can pay for three trainings of its size. The direct way: train three random ones, and keep the best. Or try *small* networks first: of these you can pay for many more. For this, small and large network must be the same in something. They are if both repeat one small graph, the *cell*: search small, and train only the best cell large.

# %%
import numpy as np

TABLE = "digits-tiny"  # every cell of a small space, trained beforehand, each five times for 12 epochs
table = nt.estimators.Table(TABLE)
space, task = table.space, table.task
large = nt.spaces.CellSpace(nodes=space.nodes, channels=2 * space.channels, cells=nt.scale(smoke=1, cpu=2), stages=2)
networks = list(dict.fromkeys(map(space.canonical, space)))  # each network once, however many codes it has
cost = [sum(size.graph(arch, task).counts().mult_adds for arch in networks) for size in (space, large)]
price = cost[1] / cost[0]
print(f"one large training costs as much as {price:.1f} small ones (multiply-adds, over all {len(networks)} networks)")

# %% [markdown]
# Both ways get the price of three large trainings, with equal epochs in both sizes. By cells, two of the three are spent on small trainings. To leave less to luck, a random sample of cells is trained large (a minute); then *every* choice of three among them is compared with every series of small trainings in the table.

# %%
looks = int(2 * price)
sample = [networks[row] for row in np.random.default_rng(0).permutation(len(networks))[:looks]]
train = nt.estimators.Train(large, task, epochs=nt.scale(smoke=1, cpu=12))
in_large = np.array([train(nt.Trial(arch)).error for arch in sample])
series = [nt.estimators.Table(TABLE, seed=run) for run in range(table.runs)]
in_small = np.array([[one(nt.Trial(arch)).error for arch in sample] for one in series])  # (runs, looks)

# %%
from itertools import combinations

direct = np.array([in_large[[*three]].min() for three in combinations(range(looks), 3)])
by_cells = in_large[in_small.argmin(axis=1)]  # the cell that each series finds best, trained large
gain = (direct[:, None] - by_cells).ravel()
print(
    f"three large ones: error {direct.mean():.3f}; best of {looks} small ones, trained large: "
    f"{by_cells.mean():.3f} (means)"
)
print(
    f"by cells is better in {(gain > 0).mean():.0%}, equal in {(gain == 0).mean():.0%}, "
    f"worse in {(gain < 0).mean():.0%} of {len(gain)} pairs"
)
told = nt.comparing.rank_correlation(in_small.mean(axis=0), in_large)
axes = nt.plot.new_axes(4.6, 3.4)
axes.plot(in_small.mean(axis=0), in_large, "o", color="tab:blue")
axes.set(xlabel="error of the small network", ylabel="error of the large one")
nt.plot.say(axes, f"Each dot is one cell in both sizes. {told}.")

# %% [markdown]
# When this was written, cells found error 0.050 and the direct way 0.054 on average; cells were better in 44 % of the pairs and worse in 34 %. Two things must be true for them to pay. **A cell that is good in a small network must be good in a large one**: the dots must rise. And small must be *cheap*: where six small trainings cost one large, there is little to win. What this does not show: the sample is a dozen cells, each trained large once, and another one moves the shares; the images are the same in both sizes.
#
# Zoph et al. (2018) claim that ranks carry over, and nearly all spaces after 2017 build on it. They searched with two cells in a stage and 32 filters, on CIFAR-10. Their best cell, stacked to 88.75 million parameters for ImageNet, costs a hundred times as many multiply-adds for one image.
#
# A second reason is size. How many networks of 20 cells are there, if each cell is chosen by itself? A number with hundreds of digits (section 5). With the same cells in all places, it does not grow with depth at all.

# %% [markdown]
# ## 4 Quick facts
#
# "Decisions" is how many questions the program `decide` may ask; "architectures" counts answers, exactly; "lines of its class" is the length of the class that defines the space.

# %%
from nastutor.exercises.facts import space_facts

S = nt.spaces
families = S.NASNetSpace(), S.AmoebaNetSpace(), S.PNASSpace(), S.ENASMicroSpace(), S.DARTSSpace()
space_facts(*families, S.BlockQNNSpace(longest=23), S.NASBench101(), S.CellSpace(nodes=4))

# %% [markdown]
# | | what is special | cost of the search, as reported | what is simplified here |
# |---|---|---|---|
# | NASNet | two operations to a block, added or joined | 2,000 GPU days | nothing; the controller: chapter 7 |
# | AmoebaNet | the same with fewer operations, always added | 3,150 GPU days | nothing; joined states as published |
# | PNAS | one cell; for reductions it gets stride 2 | an eighth of NASNet's | the surrogate: chapter 11 |
# | ENAS | AmoebaNet's, with five operations | 0.45 GPU days | no shared weights: chapter 13 |
# | DARTS | two edges into each node, all nodes joined | 4 GPU days | derived cells; the relaxation: chapter 9 |
# | BlockQNN | any graph of layers, row by row | 96 GPU days | layers that change places are not merged |

# %% [markdown]
# ## 5 The idea in a picture
#
# **A cell.** It has two inputs: the output of the cell before it, and of the one before that. Each *block* takes two earlier states, applies an operation to each, and adds up the two results: a new state. At the end some states are joined along the channels (*concat*): by rule those that no block reads, but DARTS joins all, and the published NASNet-A some that are read (section 10). There are two cells, a *normal* one that keeps the size of the image, and a *reduction* cell that halves it. With a running kernel, find the network with 469 million parameters in the menu.

# %%
nt.widgets.Genotypes("NASNet-A")

# %% [markdown]
# The first block of the text, `0 sep5 + 1 sep3`, makes state 2: a separable 5x5 convolution of input 0 plus one of 3x3 of input 1. Behind the arrow stand the joined states.
#
# | in the picture | what it does |
# |---|---|
# | `sep3`, `sep5`, `sep7` | separable convolution: a filter for each channel by itself, then a 1x1 convolution that mixes channels; all twice |
# | `dilsep3`, `dilsep5` | dilated: the filter has gaps, 3x3 numbers span 5x5 pixels |
# | `conv1x7-7x1` | a row of seven, then a column: 14 numbers see 7x7 pixels |
# | `avg3`, `max3` | mean or maximum of 3x3 pixels |
# | output | concat: five states of F channels make 5F; a 1x1 convolution in the next cell makes F of them |
#
# **A stack.** Three times N normal cells, with a reduction cell between. Two numbers say how large: N, and the filters F of the first cells; each reduction doubles them. Before them stands the *stem*: one convolution for CIFAR-10; for ImageNet one and two reduction cells, which shrink the image to an eighth. Bring NASNet-A mobile (5.3 million parameters) to 2.5 million, by N alone and by F alone. Which way needs fewer multiply-adds?

# %%
nt.widgets.Stacking("NASNet-A mobile")

# %% [markdown]
# N = 1 and F = 28 come near it, with 223 and 258 million. Doubling F from 44 to 88 multiplies the parameters by 3.5, as 1x1 convolutions have F times F. Doubling N multiplies by 1.7 from 4 to 8 and by 1.4 from 1 to 2: stem, reduction cells and head stay. Nothing has been built: each layer knows its own count.
#
# **A number.** How many architectures are there? In NASNet's two cells are chosen. A sixth block multiplies the number of cells by 16,562 and that of pairs by its square. Move "cells chosen" from 2 to 20, as if every cell of a network were chosen by itself.

# %%
nt.widgets.Sizes("NASNet")

# %% [markdown]
# ## 6 From equations to code
#
# Block $b = 1 \dots B$ of a cell makes the state $h_{b+1}$ of two earlier ones, and the cell's output joins some states $J$ along the channels:
#
# $$h_{b+1} = o_1(h_i) + o_2(h_j), \quad i, j \in \{0, \dots, b\}, \qquad h_{\mathrm{out}} = \mathrm{concat}_{s \in J}\, h_s .$$
#
# With $k$ operations and $c$ ways to combine there are $\prod_{b=1}^{B} (b+1)^2 k^2 c$ cells, and the square of that many pairs.
#
# | symbol | meaning | in the code |
# |---|---|---|
# | $B$ | blocks of a cell | `NASNetSpace(blocks=5)` |
# | $h_0, h_1$ | the cell's inputs | states 0 and 1 |
# | $i, j, o_1, o_2$ | what a block reads and does | `Block(in1, in2, op1, op2)` |
# | $J$ | what the cell joins | `cell.concat` |
# | $N, F$ | cells in a stack, filters of the first | `cells=`, `channels=` |
#
# **By hand 1.** One block of PNAS, 8 operations: 2 inputs times 8 operations are 16 halves, so $16 \cdot 16 = 256$ cells. A sum has no order, so the different ones are $16 \cdot 17 / 2 = 136$. **By hand 2.** A separable 3x3 convolution on 36 channels: 36 filters of 9 numbers, $36 \cdot 36$ numbers that mix channels, 36 scales and 36 shifts of batch norm, and all of it twice: $2 \cdot (324 + 1296 + 72) = 3384$.

# %% tags=["nbval-check-output"]
from nastutor.nets.blocks import Blocks
from nastutor.nets.graph import LayerGraph

one_block = S.PNASSpace(blocks=1)
assert one_block.size == 256 and len(set(map(one_block.canonical, one_block))) == 136
builder = LayerGraph.start((36, 32, 32))
sep3 = builder.finish(Blocks(builder).separable("input", "sep3", 36, kernel=3))
assert sep3.counts().params == 3384
print(f"one block: 256 codes, 136 cells; sep3 on 36 channels: {sep3.counts().params:,} parameters")

# %% [markdown]
# **From text to network.** A genotype is a text. Each station on its way to a trained network is a value that you can print.

# %% tags=["nbval-check-output"]
darts = nt.zoo["DARTS_V2"]
genotype = darts.space.genotype(darts.arch)
print("genotype ", str(genotype.normal))
print("arch     ", str(darts.arch)[:70], "...")
graph = darts.graph()
print("graph    ", len(graph), "nodes, of which the last is", graph.nodes[-1].label)
print("counts   ", f"{graph.counts().params:,} parameters, {graph.counts().mult_adds / 1e6:.1f} M mult-adds")
module = graph.build(seed=0)
print("module   ", f"{sum(p.numel() for p in module.parameters()):,} parameters in", type(module).__name__)
assert darts.space.from_genotype(genotype) == darts.arch

# %% [markdown]
# **Two codes, one network.** Blocks can be written down in another order, and the halves of a sum can be swapped. `canonical` gives every cell one name: the first of all its codes.

# %% tags=["nbval-check-output"]
three = S.NASNetSpace(blocks=3, combine=("add",))
first = "0 sep5 + 1 sep3 | 0 avg3 + 1 identity | 3 sep3 + 2 max3 -> 4"
second = "1 identity + 0 avg3 | 1 sep3 + 0 sep5 | 2 sep3 + 3 max3 -> 4"
one, two = (three.from_genotype(f"normal: {cell}; reduce: {cell}") for cell in (first, second))
print("the same code:", one == two)
print("the same network:", three.canonical(one) == three.canonical(two))
print(three.genotype(three.canonical(one)).normal)

# %% [markdown]
# For NAS-Bench-201 this can be done for all cells. There is more to see through: what a `none` cuts off is dead, and a `skip` makes two nodes one. The authors count unique cells by a string that spells the cell as a tree, and find 6,466. The tree splits some equal cells (it keeps the order of a sum) and merges some different ones: where two ways lead through *one* convolution, it spells the same as *two* convolutions with weights of their own (chapter 19). Exactly counted there are 5,044.

# %% tags=["nbval-check-output"]
from collections import Counter

from nastutor.spaces.cell_forms import normal_form  # two cells share it exactly if they are one network

nb201 = S.CellSpace(nodes=4)
codes_of = Counter(normal_form(tuple(op for _, op in arch.choices)) for arch in nb201)
strings = set(map(nb201.published_form, nb201))
assert (len(nb201), len(codes_of), len(strings)) == (15_625, 5_044, 6_466)
print(f"{len(nb201):,} codes, {len(codes_of):,} networks, {len(strings):,} strings")
chance = sum((count / len(nb201)) ** 2 for count in codes_of.values())
print(
    f"{max(codes_of.values())} codes are one network; "
    f"two random codes are the same network with chance 1 in {1 / chance:.0f}"
)

# %% [markdown]
# A search feels the last number: 15,625 codes repeat themselves like 162 equally likely networks. Section 8 measures what this costs.
#
# **Codes for machines.** A surrogate wants a vector. *One-hot*: a place for each option of each decision. *Adjacency*: a place for each edge and each operation. *Path*: a place for each sequence of operations on some way from input to output. Below, one graph of NAS-Bench-101 with its vertices numbered in two ways.

# %% tags=["nbval-check-output"]
from nastutor.spaces.encodings import adjacency_encoding, path_encoding

graphs = S.NASBench101(vertices=5)
matrix = np.triu([[0, 1, 1, 0, 0], [0, 0, 0, 1, 0], [0, 0, 0, 0, 1], [0, 0, 0, 0, 1], [0, 0, 0, 0, 0]])
ops, order = ["input", "conv3", "maxpool3", "conv1", "output"], [0, 2, 1, 3, 4]
a, b = (graphs.from_matrix(matrix[np.ix_(o, o)], [ops[i] for i in o]) for o in (range(5), order))
ways = {
    "one-hot": graphs.encode,
    "adjacency": lambda x: adjacency_encoding(graphs, x),
    "path": lambda x: path_encoding(graphs, x),
}
for name, code in ways.items():
    print(f"{name:10s} {len(code(a)):3d} numbers, the same for both: {np.array_equal(code(a), code(b))}")
networks = [graphs.arch(int(number)) for number in graphs.networks()]
print(
    f"{len(networks):,} networks have {len({path_encoding(graphs, arch).tobytes() for arch in networks}):,} different "
    "path codes"
)

# %% [markdown]
# A path code is the same for every numbering. Different networks may share one, because it does not say which paths run through the same vertex.

# %% [markdown]
# ## 7 Build it
#
# In these exercises a block is a tuple (state, operation, state, operation); block number $i$ of the list makes the state $i + 2$.
#
# **Step 1 (5 minutes).** Which states does a cell join, if it joins those that no block reads?

# %%
def unused(blocks):
    """-> the states made by blocks that no block reads, in order."""
    ...


step1 = nt.check("ch02.unused", unused)


# %% [markdown]
# **Step 2 (5 minutes).** How many cells are there?

# %%
def cells(blocks, ops, ways):
    """`blocks` blocks, `ops` operations, `ways` to combine two results -> the number of different codes of one cell."""
    ...


step2 = nt.check("ch02.cells", cells)


# %% [markdown]
# **Step 3 (10 minutes).** Read a cell: `"0 sep5 + 1 sep3 | 2 avg3 + 1 identity -> 2 3"`.

# %%
def decode(text):
    """-> (blocks, joined): a list of (state, operation, state, operation), and a list of states."""
    ...


step3 = nt.check("ch02.decode", decode)


# %% [markdown]
# **Step 4 (15 minutes).** A cell after a reduction has one input of full and one of half size. A convolution of stride 2 and kernel 1 would look at one pixel in four. *Factorised reduction* takes two of them, the second shifted by one pixel down and to the right, each with half of the channels. (It still sees only half of the pixels.) Odd sizes are rounded up, with zeros behind the last row and column.

# %%
def factorised_reduction(x, first, second):
    """x: a numpy array (C, H, W); first, second: arrays (F/2, C), the weights of two 1x1 convolutions -> an array (F, H/2, W/2), rounded up."""
    ...


step4 = nt.check("ch02.factorised_reduction", factorised_reduction)

# %% [markdown]
# The library must agree. Where one of yours is still a stub, the reference solution stands in (`nt.source("ch02.decode")` shows it).

# %% tags=["nbval-check-output"]
from nastutor.exercises import ch02
from nastutor.spaces.genotype import Cell

steps = ((unused, step1), (cells, step2), (decode, step3), (factorised_reduction, step4))
unused, cells, decode, factorised_reduction = (f if passed else getattr(ch02, f.__name__) for f, passed in steps)
assert cells(5, 13, 2) ** 2 == S.NASNetSpace().size and cells(5, 8, 1) == S.PNASSpace().size
for cell in genotype:
    blocks, joined = decode(str(cell))
    assert Cell.parse(str(cell)) == cell and tuple(joined) == cell.concat
print(f"pairs of NASNet cells: {cells(5, 13, 2) ** 2:.2e}; DARTS_V2 joins {joined}, unread are {unused(blocks)}")

# %% tags=["nbval-check-output"]
import torch

builder = LayerGraph.start((3, 5, 4))  # an odd height
halving = builder.finish(Blocks(builder).factorised_reduction("input", "r", 6, relu=False)).build(seed=1).eval()
x = np.random.default_rng(0).normal(size=(3, 5, 4))
weights = [halving[f"r half {n}"].weight.detach().numpy()[:, :, 0, 0] for n in (1, 2)]
theirs = halving(torch.tensor(x, dtype=torch.float32)[None])[0].detach().numpy()
mine = factorised_reduction(x, *weights)
assert np.allclose(mine, theirs, atol=1e-4)  # batch norm divides by the root of 1 + 1e-5
print("from", x.shape, "to", mine.shape, "as in the library")

# %% [markdown]
# The library's cell: inputs brought to one size, block after block, then the join.

# %%
from nastutor.spaces.cell_layers import NASNetCells

nt.source(NASNetCells.cell, docstring=False)

# %% [markdown]
# ## 8 Run it
#
# First with open eyes: random cells, really trained, live.

# %% tags=["board"]
epochs = nt.scale(smoke=1, cpu=3)
board = nt.widgets.Board(
    nt.RandomSearch(space, seed=3), nt.estimators.Train(space, task, epochs=epochs), trials=nt.scale(smoke=3, cpu=6)
)
history = board.run()

# %% tags=["after-board"]
print(f"history so far: {len(history)} trials, {history.cost:.0f} epochs of training")
print(f"different networks among them: {len({space.canonical(record.trial.arch) for record in history})}")

# %% [markdown]
# Now on the table. Random search draws codes, so it pays again and again for networks that it knows under another code. Does it help to skip them? Three searches draw from one stream: one takes everything, one no *code* twice, one no *network* twice. Who skips comes further in the stream, so for the same seed it sees all that the first one sees, and more. What it is *told* can only be better. The question is fixed before looking: *is what it chooses in the end better in truth*, by the mean over all trainings of that network?

# %%
class Draws(nt.Strategy):
    """Random search that asks for nothing twice; `name` says what counts as the same (None: nothing does)."""

    needs = ("sample",)

    def __init__(self, space, name=None, *, seed=0):
        super().__init__(space, seed=seed)
        self.name, self.seen = name or (lambda arch: object()), set()

    def ask(self):
        arch = self.space.sample(self.rng)
        while (name := self.name(arch)) in self.seen:
            arch = self.space.sample(self.rng)
        self.seen.add(name)
        return nt.Trial(arch)


# `series` of section 3: each of these tables answers with one training of a network, not with the mean
TRIALS, SEEDS = min(table.networks // 2, 200), range(nt.scale(smoke=6, cpu=100))

# %%
skips = {"take everything": None, "no code twice": lambda arch: arch, "no network twice": space.canonical}


def search(name, seed):
    return nt.search(Draws(space, skips[name], seed=seed), series[seed % table.runs], trials=TRIALS)


runs = {name: [search(name, seed) for seed in SEEDS] for name in skips}
for name, histories in runs.items():
    seen = [len({space.canonical(record.trial.arch) for record in history}) for history in histories]
    print(f"{name:17s} {np.mean(seen):5.1f} different networks in {TRIALS} trials")

# %%
axes = nt.plot.anytime(runs)
lowest = min(history.best().error for histories in runs.values() for history in histories)
axes.set_ylim(0.9 * lowest, 2 * lowest)  # the later part, large
axes

# %%
from scipy.stats import wilcoxon

told = {name: np.array([history.best().error for history in histories]) for name, histories in runs.items()}
true = {name: nt.comparing.regret(histories, table)[:, -1] for name, histories in runs.items()}
for name in ("no code twice", "no network twice"):
    for what, errors in (("told", told), ("in truth", true)):
        d = errors["take everything"] - errors[name]
        better, worse = (d > 0).sum(), (d < 0).sum()
        p = wilcoxon(d, alternative="greater").pvalue if d.any() else 1.0
        print(
            f"{name:17s} {what:8s} better in {better:2d}, worse in {worse:2d} of {len(d)}, "
            f"by {d.mean():.4f} (p = {p:.2g})"
        )

# %% [markdown]
# Skipping codes does little: most repetitions hide behind *different* codes. Every strategy can skip networks; it costs a call of `canonical` and no training.
#
# Compare the lines "told" with those "in truth". More networks mean more lucky trainings, so a part of what was told is luck (the winner's curse of chapter 4). The last line answers the question. A p above 0.05 there means **not supported at this scale**. Even a small one speaks for this table alone: among NASNet cells, where hardly two draws meet, there is nothing to skip.

# %% [markdown]
# ## 9 Swap a dimension
#
# The same strategy and estimator, another **space**, by one argument. Two random cells of each family, two epochs on digits: enough to see that all of them learn, and what they cost; too little to say which family is better.

# %%
spaces = (
    S.NASNetSpace(blocks=3, channels=4),
    S.DARTSSpace(nodes=3, channels=4),
    S.BlockQNNSpace(),
    S.NASBench101(channels=16),
)
for other in spaces[nt.scale(smoke=2, cpu=0) :]:
    train = nt.estimators.Train(other, task, epochs=nt.scale(smoke=1, cpu=2))
    found = nt.search(nt.RandomSearch(other, seed=0), train, trials=nt.scale(smoke=1, cpu=2), progress=False)
    best, counts = found.best(), other.graph(found.best().trial.arch, task).counts()
    print(
        f"{type(other).__name__:14s} error {best.error:.3f}, {counts.params:6,} parameters, "
        f"{counts.depth:2d} layers deep"
    )

# %% [markdown]
# ## 10 What goes wrong
#
# **Planted failure 1: dead parts are counted.** A colleague draws error against parameters of random cells: "many waste parameters; at exactly the same error, others need little more than half". Look for what is odd before you read on.

# %%
rng = np.random.default_rng(0)
rows = rng.permutation(len(table.archs))[:400]
error, built = table.column()[rows], table.column("params")[rows]
pruned = [space.graph(table.archs[row], task).simplified().counts() for row in rows]  # without dead parts
axes, limits = nt.plot.new_axes(6.4, 3.6), (0.8 * error.min(), 4 * error.min())
axes.plot(built, error, "o", color="tab:orange", fillstyle="none")
trainings = np.array([one.column()[rows] for one in series])  # (runs, cells): means alone could be equal by chance
groups = np.unique(trainings, axis=1, return_inverse=True)[1].ravel()
same = (
    [built[groups == group] for group in range(groups.max() + 1)],
    [error[groups == group][0] for group in range(groups.max() + 1)],
)
lines = [(sizes, value) for sizes, value in zip(*same, strict=True) if sizes.min() < sizes.max() and value < limits[1]]
for sizes, value in lines:
    axes.plot([sizes.min(), sizes.max()], [value, value], "-", color="tab:red", linewidth=1)
axes.set(xlabel="parameters", ylabel="validation error", ylim=limits)
nt.plot.say(
    axes,
    f"Error against parameters as built. Red lines join dots with equal errors in all {table.runs} trainings: "
    f"{len(lines)} are to be seen.",
)

# %% [markdown]
# The *columns* are harmless: sizes come in few values, because a `conv3` costs the same on whichever edge it stands. The *rows* are not: the red lines join dots of several sizes whose five trainings all gave the same errors, to the last digit. That is no chance. Each row is one network: branches that never reach the output were built and counted, though nothing flows through them. Prune first, then count: each dot moves to where it belongs, and each row shrinks to a point.

# %%
alive = np.array([counts.params for counts in pruned])
axes = nt.plot.new_axes(6.4, 3.6)
axes.plot(np.array([built, alive]), np.array([error, error]), "-", color="tab:orange", linewidth=0.8)
axes.plot(built, error, "o", color="tab:orange", fillstyle="none", label="as built")
axes.plot(alive, error, ".", color="tab:blue", label="parameters that matter")
axes.set(xlabel="parameters", ylabel="validation error", ylim=limits)
axes.legend()
dead = built > alive
text = f"{dead.mean():.0%} of the cells carry dead parameters"
print(f"{text}; half of these have {np.median((built / alive)[dead]):.1f} times too many, or more")
nt.plot.say(axes, f"Error against parameters as built and as they matter: {text}.")

# %% [markdown]
# Benchmarks count as built (so does our table). A Pareto front of such numbers has false steps.
#
# **Planted failure 2: twins on both sides.** A tree is to predict the error of a cell from four numbers of its pruned network: parameters, multiply-adds, depth, memory. It is tested on unseen cells: unseen codes, or unseen networks?

# %%
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.tree import DecisionTreeRegressor

features = np.array([[c.params, c.mult_adds, c.depth, c.activation_mb] for c in pruned])
for name, group in (("code", rows), ("network", table.network[rows])):
    guess = cross_val_predict(DecisionTreeRegressor(random_state=0), features, error, groups=group, cv=GroupKFold(5))
    print(f"unseen {name:7s}: rank correlation {nt.comparing.rank_correlation(guess, error).spearman:.2f}")

# %% [markdown]
# The first number is flattered: for many test cells the answer stood in the training set, under another code. Whatever you split, cache or count, do it by `canonical`.
#
# **Planted failure 3: the list of joined states.** Many re-implementations join the states that no block reads, as your `unused` does. The search did so too, but published networks also join some that *are* read. Three of them, counted both ways:

# %% tags=["nbval-check-output"]
for name in ("NASNet-A CIFAR", "NASNet-A mobile", "AmoebaNet-A large"):
    net = nt.zoo[name]
    lazy = type(net.space)(**{**net.space.settings, "output": "unused"})
    arch = nt.Arch(tuple(choice for choice in net.arch.choices if "_out" not in choice[0]))
    wrong, right = lazy.graph(arch, net.task).counts().params, net.counts().params
    print(f"{name:18s} {wrong / 1e6:5.2f} M with unused states alone, {right / 1e6:5.2f} M as published")

# %% [markdown]
# Nothing crashes, and the network learns; only the count gives it away. So every network of this course is tested against its published number. Other mistakes crash, and say why:

# %% tags=["nbval-check-output"]
try:
    Blocks(LayerGraph.start((3, 8, 8))).factorised_reduction("input", "reduction", 7)
except ValueError as problem:
    print(problem)

# %% [markdown]
# AmoebaNet-A with F = 190 needs such odd halves (a quarter of 190 is 47): its published code lets one path take one channel more, and so does `odd_halves=True`.

# %% [markdown]
# ## 11 At paper scale
#
# All published networks of the zoo, counted from their architectures just now. Beside each count stands the figure that the paper or its release prints, or that none is known to us. Where ours does not round to it, the note says why.

# %%
from IPython.display import Markdown

Markdown(nt.zoo.table())

# %% tags=["nbval-check-output"]
mobile = nt.zoo["NASNet-A mobile"]
network = mobile.build(seed=0)
assert sum(p.numel() for p in network.parameters()) == mobile.counts().params == 5_289_978
big = nt.zoo["NASNet-A large"].counts()
assert big.params == 88_753_150
print(f"NASNet-A mobile, built: {mobile.counts().params:,} parameters")
print(
    "NASNet-A large, counted: "
    f"{big.params:,} parameters, {big.mult_adds / 1e9:.2f} billion mult-adds, {big.depth} layers deep"
)

# %% [markdown]
# **The evaluation network of DARTS** has 20 cells: six normal ones in each of three stages, two reductions. Two devices serve its training alone. The *auxiliary head* is a second, small classifier two thirds up the stack. Its loss is added with weight 0.4, so that early cells get a gradient from near by. *Drop-path* sets an operation's result to zero for some images at random and scales up the rest, so that no block relies on one path. Identities are never dropped, and the probability rises with the epochs.

# %% tags=["nbval-check-output"]
groups = dict.fromkeys(node.group for node in darts.graph().nodes if node.group)
normal, reduction = (sum(name.startswith(kind) for name in groups) for kind in ("cell", "reduction"))
for name in ("DARTS_V1", "DARTS_V2"):
    with_head = nt.zoo[name].graph(auxiliary=True).counts().params
    print(f"{name}: {nt.zoo[name].counts().params:,} parameters, {with_head:,} with the auxiliary head")
print(f"{normal} normal and {reduction} reduction cells, paths dropped up to {darts.space.drop_path:.0%} of the time")

# %% [markdown]
# **BlockQNN** writes a block as rows of five numbers: index, type, kernel, two predecessors. Types are 1 convolution, 2 and 3 pooling, 4 identity, 5 sum, 6 join, 7 end. A bottleneck with a shortcut, read and written back:

# %% tags=["nbval-check-output"]
from nastutor.spaces.block_code import SHORTCUT, TYPES

block_space = S.BlockQNNSpace(longest=23, channels=32, blocks=4, stages=3)
arch = block_space.from_code(SHORTCUT)
assert block_space.code(arch) == SHORTCUT
for row in SHORTCUT:
    print(row, TYPES[row[1]])
print(f"{block_space.size:.2e} blocks of up to 22 layers")

# %% [markdown]
# | | the paper | here |
# |---|---|---|
# | NASNet-A large: parameters, mult-adds | 88.9 M, 23.8 G | 88,753,150, 23.78 G |
# | DARTS_V2: parameters, test error | 3.3 M, 2.76 % | 3,349,342, not trained here |
# | search of cells | 20,000 trainings (NASNet, AmoebaNet) | section 8, on a table |
#
# Training DARTS_V2 as its authors did, on a GPU (600 epochs; a day or two):
#
# ```python
# net = nt.zoo["DARTS_V2"]
# train = nt.estimators.Train(net.space, nt.tasks.cifar10(), epochs=600, batch_size=96, lr=0.025, weight_decay=3e-4, amp=True)
# print(train(nt.Trial(net.arch)))
# ```

# %% [markdown]
# ## 12 Check yourself
#
# Click on an answer to see whether it is right, and why.
#
# #### 1. A cell is searched with N = 2, F = 32 and used with N = 6, F = 168. What changes in its genotype?
# <details><summary>nothing</summary>Right. N and F belong to the stack: one search serves networks of many sizes.</details>
# <details><summary>the operations get more channels, so they are other operations</summary>It names operations and states. Channels follow from the place in the stack.</details>
#
# #### 2. In NASNet-A, state 0 is the previous cell. In the genotype of DARTS, state 0 is ...
# <details><summary>... the previous cell as well</summary>No: DARTS and ENAS number the other way round. Read by the wrong rule, a genotype gives another network, which runs.</details>
# <details><summary>... the cell before the previous one</summary>Right. The viewer of section 5 writes number and meaning at the inputs of each cell.</details>
#
# #### 3. Why does a reduction cell have stride 2 only in operations on the states 0 and 1?
# <details><summary>because the states made by blocks are already halved</summary>Right. A second stride would make the summands of a block differ in size.</details>
# <details><summary>because pooling cannot have a stride</summary>It can. The question is which inputs are still large.</details>
#
# #### 4. Two cells have the same number of parameters, depth and multiply-adds. Are they one network?
# <details><summary>yes</summary>Swap the order of two different operations, and all three stay.</details>
# <details><summary>not necessarily</summary>Right. A proof names the order of blocks that turns one into the other, or compares canonical forms.</details>
#
# #### 5. Two networks of NAS-Bench-101 have the same path code. What do you know?
# <details><summary>they are one network</summary>No. The 2,532 networks with at most five vertices have only 1,317 path codes.</details>
# <details><summary>the same sequences of operations lead from input to output</summary>Right, and nothing about which of them share a vertex.</details>

# %% [markdown]
# ## 13 Exercises
#
# **Core (20 minutes).** Prove that two cells are one: find the order of the first cell's blocks that makes it the second. A proof can be checked by anybody, so any order that works is right. Success: the check passes.

# %%
def renaming(first, second):
    """Cells as lists of blocks -> the states of `first` in their new order; [] where none works.

    [3, 4, 2] says: the old state 3 comes first and is called 2 from now on, the old 4 becomes 3, the old 2 becomes 4.
    """
    ...


nt.check("ch02.renaming", renaming)


# %% [markdown]
# **Core (15 minutes).** Encode a graph by its paths. Success: the check passes.

# %%
def paths(matrix, ops):
    """matrix[i][j] is 1 for an edge i -> j; ops[0] is "input", ops[-1] "output".

    -> each sequence of operations on a way from input to output once, as tuples, sorted.
    """
    ...


nt.check("ch02.paths", paths)

# %% [markdown]
# **Explore (20 minutes).** Give `nt.HillClimbing` or `nt.RegularizedEvolution` the rule of section 8: a child that is a known network is mutated once more. Success: a figure with bands of both versions over at least ten seeds, and a sentence on who needs the rule more.
#
# **Explore (40 minutes).** Section 3 trains each large network once. Train eight of its cells large with three seeds each, and compute the rank correlation with its p-value by permuting one of the columns, for one seed and for the mean of three. Success: both numbers, and how sure you are of them.
#
# **Research (a day).** Design a cell space of your own with `ChoiceSpace`, with a `canonical` that merges what you can prove equal. Success: `nastutor.testing.check_space` passes, and you know how many duplicates your canonical form misses (compare the outputs of networks with equal weights).

# %% [markdown]
# ## 14 Summary
#
# - A cell is a small graph that is repeated. It is searched once, small, and stacked to any size by N and F.
# - One network has many codes. Canonical forms name it once; searching, caching, splitting and counting should go by that name.
# - What a cell joins, what is input 0, how an image is halved: each changes the network silently. The published number of parameters is the test.
#
# **Further reading.** [Zoph et al. 2018](https://arxiv.org/abs/1707.07012), appendix A: all details of cells. [Ying et al. 2019](https://arxiv.org/abs/1902.09635): how graphs are pruned and hashed. [White et al. 2020](https://arxiv.org/abs/2007.04965): which encoding helps which kind of search. [Yang et al. 2020](https://arxiv.org/abs/1912.12522): how much of a published error is the training recipe.
#
# **Known deviations.** Canonical forms of pairwise cells merge orders and swapped halves, nothing else. Strided convolutions are padded on all sides, where TensorFlow pads below and at the right: the same counts, slightly other numbers. ENAS's own figure of 1.3e11 counts one input and one operation to a block.
#
# Next: chapter 3 puts cells into hierarchies, and lets the stack itself be searched.{{unwritten 3}}
