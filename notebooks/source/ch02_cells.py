# %% [markdown]
# # Chapter 2 · Cells
#
# *You will read every published cell, write it in four different codes, know when two codes are one network, and stack a cell to any size with its parameters counted to the last one.*
#
# {{badges}}
#
# {{map}}
#
# Papers: Zoph, Vasudevan, Shlens, Le, [NASNet](https://arxiv.org/abs/1707.07012), CVPR 2018 · Real, Aggarwal, Huang, Le, [AmoebaNet](https://arxiv.org/abs/1802.01548), AAAI 2019 · Liu, Zoph, Neumann, Shlens, Hua, Li, Fei-Fei, Yuille, Huang, Murphy, [PNASNet](https://arxiv.org/abs/1712.00559), ECCV 2018 · Liu, Simonyan, Yang, [DARTS](https://arxiv.org/abs/1806.09055), ICLR 2019 · Pham, Guan, Zoph, Le, Dean, [ENAS](https://arxiv.org/abs/1802.03268), ICML 2018 · Zhong, Yan, Wu, Shao, Liu, [BlockQNN](https://arxiv.org/abs/1708.05552), CVPR 2018 · Ying, Klein, Real, Christiansen, Murphy, Hutter, [NAS-Bench-101](https://arxiv.org/abs/1902.09635), ICML 2019 · Dong, Yang, [NAS-Bench-201](https://arxiv.org/abs/2001.00326), ICLR 2020.
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
# <details><summary>Why is random search the first opponent of any strategy?</summary>It says how good the space is. What a strategy adds is the difference to it.</details>

# %% [markdown]
# ## 2 Set-up

# %% tags=["setup"]
# {{setup}}

# %% [markdown]
# ## 3 The question
#
# You want a large network, and can pay for three trainings of its size. Which three do you try? A cell gives a second answer to this question. The large network repeats one small graph, the *cell*; so try cells in a small network, where a training is cheap, and build only the best one large.

# %%
TABLE = "digits-tiny"  # every cell of a small space, trained beforehand
table = nt.estimators.Table(TABLE)
space, task = table.space, table.task
large = nt.spaces.CellSpace(nodes=space.nodes, channels=2 * space.channels, cells=nt.scale(smoke=1, cpu=2), stages=2)
any_cell = space.sample(0)
price = large.graph(any_cell, task).counts().mult_adds / space.graph(any_cell, task).counts().mult_adds
print(f"one large network costs as much as {price:.1f} small ones (multiply-adds of one cell, {any_cell})")

# %% [markdown]
# Both ways get the price of three large trainings. Directly: three random cells, each trained at full size. By cells: one training at full size, and what the other two cost in small ones, which the table answers.

# %%
train = nt.estimators.Train(large, task, epochs=nt.scale(smoke=1, cpu=3))
direct = nt.search(nt.RandomSearch(large, seed=1), train, trials=3, progress=False)
looks = int(2 * price)
small = nt.search(nt.RandomSearch(space, seed=1), table, trials=looks)
stacked = train(nt.Trial(small.best().trial.arch))
print("large, three random cells:", *(f"{record.error:.3f}" for record in direct))
print(f"large, the best of {looks} small ones: {stacked.error:.3f}")

# %% [markdown]
# This is one run, and chapter 4 says what one run is worth. But it shows what has to be true for the second way to work: **a cell that is good in a small network must be good in a large one**. This is the claim of Zoph et al. (2018), and the reason why nearly all spaces after 2017 are spaces of cells. Their search trained small networks on CIFAR-10; the cell it found was then stacked to 88.75 million parameters, for images with a hundred times as many pixels.
#
# A second reason is size. How many networks of 20 cells are there, if each cell is chosen by itself? Section 5 counts: a number with hundreds of digits. With one cell in all places, the number does not grow with depth at all.

# %% [markdown]
# ## 4 Quick facts
#
# What the code and the reading list say. "Decisions" is how many questions the program `decide` may ask; "architectures" counts answers, exactly.

# %%
from nastutor.exercises.facts import space_facts

S = nt.spaces
families = S.NASNetSpace(), S.AmoebaNetSpace(), S.PNASSpace(), S.ENASMicroSpace(), S.DARTSSpace()
space_facts(*families, S.BlockQNNSpace(longest=23), S.NASBench101(), S.CellSpace(nodes=4))

# %% [markdown]
# | | cost of the search, as reported | what is simplified here |
# |---|---|---|
# | NASNet | 2,000 GPU days | nothing in the space; the controller comes in chapter 7 |
# | AmoebaNet | 3,150 GPU days | the list of joined states is kept as published (section 10) |
# | PNAS | an eighth of NASNet's computation | the surrogate comes in chapter 11 |
# | ENAS | 0.45 GPU days | weights are not shared here; that is chapter 13 |
# | DARTS | 4 GPU days | cells as derived; the relaxation comes in chapter 9 |
# | BlockQNN | 96 GPU days | layers that only change places are not merged |

# %% [markdown]
# ## 5 The idea in a picture
#
# **A cell.** It has two inputs: the output of the cell before it, and of the one before that. Each *block* takes two earlier states, applies an operation to each, and adds up the two results: a new state. States that nobody needs any more are joined and leave the cell. There are two cells, a *normal* one that keeps the size of the image, and a *reduction* cell that halves it. With a running kernel, choose another one from the menu, and find the network with 469 million parameters.

# %%
nt.widgets.Genotypes("NASNet-A")

# %% [markdown]
# Read the first block of the text: `0 sep5 + 1 sep3` is state 2. A separable 5x5 convolution looks at input 0, one of 3x3 at input 1, and the results are added. Behind the arrow stand the states that are joined.
#
# **A stack.** N normal cells, a reduction cell, N normal cells, a reduction cell, N normal cells. Two numbers say how large: N, and the filters F of the first cells; each reduction doubles them. Move both sliders, and hit one of the published points.

# %%
nt.widgets.Stacking("NASNet-A mobile")

# %% [markdown]
# Doubling F multiplies parameters and multiply-adds by nearly four; doubling N by nearly two. Nothing has been built here: each layer knows its own count.
#
# **A number.** How many cells are there? One block more multiplies the number by thousands. Move "cells alone" from 1 to 20, and see why one cell serves in all places.

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
# For NAS-Bench-201 this can be done for all cells at once. Its operations include `none` and `skip`, so there is more to see through: what a `none` cuts off is dead, and a `skip` makes two nodes one. The authors count unique cells by a string that spells the cell as a tree, and find 6,466. The tree splits some equal cells, and merges a convolution used twice with two convolutions (chapter 19). Exactly counted there are 5,044.

# %% tags=["nbval-check-output"]
from collections import Counter

from nastutor.spaces.cell_forms import normal_form  # two cells share it exactly if they are one network

nb201 = S.CellSpace(nodes=4)
codes_of = Counter(normal_form(tuple(op for _, op in arch.choices)) for arch in nb201)
strings = set(map(nb201.published_form, nb201))
assert (len(nb201), len(codes_of), len(strings)) == (15_625, 5_044, 6_466)
print(f"{len(nb201):,} codes, {len(codes_of):,} networks, {len(strings):,} strings")
chance = sum((count / len(nb201)) ** 2 for count in codes_of.values())
print(f"{max(codes_of.values())} codes are one network; two random codes are the same network with chance 1 in {1 / chance:.0f}")

# %% [markdown]
# The last number is what a search feels. A space of 15,625 codes repeats itself like one of 162 equally likely networks. Section 8 measures what this costs.
#
# **Codes for machines.** A surrogate wants a vector. *One-hot*: a place for each option of each decision. *Adjacency*: a place for each edge and each operation. *Path*: a place for each sequence of operations on some way from input to output. Below, one graph of NAS-Bench-101 with its vertices numbered in two ways.

# %% tags=["nbval-check-output"]
import numpy as np

from nastutor.spaces.encodings import adjacency_encoding, path_encoding

graphs = S.NASBench101(vertices=5)
matrix = np.triu([[0, 1, 1, 0, 0], [0, 0, 0, 1, 0], [0, 0, 0, 0, 1], [0, 0, 0, 0, 1], [0, 0, 0, 0, 0]])
ops, order = ["input", "conv3", "maxpool3", "conv1", "output"], [0, 2, 1, 3, 4]
a, b = (graphs.from_matrix(matrix[np.ix_(o, o)], [ops[i] for i in o]) for o in (range(5), order))
ways = {"one-hot": graphs.encode, "adjacency": lambda x: adjacency_encoding(graphs, x), "path": lambda x: path_encoding(graphs, x)}
for name, code in ways.items():
    print(f"{name:10s} {len(code(a)):3d} numbers, the same for both: {np.array_equal(code(a), code(b))}")
networks = [graphs.arch(int(number)) for number in graphs.networks()]
print(f"{len(networks):,} networks have {len({path_encoding(graphs, arch).tobytes() for arch in networks}):,} different path codes")

# %% [markdown]
# A path code is the same for every numbering; this is its strength. Different networks may share one, because it does not say which paths run through the same vertex; this is its price.

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
# **Step 4 (15 minutes).** A cell after a reduction has one input of full and one of half size. A convolution of stride 2 and kernel 1 would look at one pixel in four. *Factorised reduction* takes two of them, the second shifted by one pixel down and to the right, each with half of the channels. (It still sees only half of the pixels; the name promises more than it keeps.) Odd sizes are rounded up, with zeros behind the last row and column.

# %%
def factorised_reduction(x, first, second):
    """x: (C, H, W); first, second: (F/2, C), the weights of two 1x1 convolutions -> (F, H/2, W/2), rounded up."""
    ...


step4 = nt.check("ch02.factorised_reduction", factorised_reduction)

# %% [markdown]
# The library must agree. Where one of yours is still a stub, the reference solution stands in for it (`nt.source("ch02.decode")` shows it; look only after you have tried).

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
# And the library's cell, the whole of it: inputs brought to one size, block after block, then the join. Every family of this chapter is built by these lines.

# %%
from nastutor.spaces.cell_layers import NASNetCells

nt.source(NASNetCells.cell, docstring=False)

# %% [markdown]
# ## 8 Run it
#
# First with open eyes: random cells, really trained, live.

# %% tags=["board"]
epochs = nt.scale(smoke=1, cpu=3)
board = nt.widgets.Board(nt.RandomSearch(space, seed=3), nt.estimators.Train(space, task, epochs=epochs), trials=nt.scale(smoke=3, cpu=6))
history = board.run()

# %% tags=["after-board"]
print(f"history so far: {len(history)} trials, {history.cost:.0f} epochs of training")
print(f"different networks among them: {len({space.canonical(record.trial.arch) for record in history})}")

# %% [markdown]
# Now on the table. Random search draws codes, so it pays again and again for networks that it knows under another code. Does it help to skip them? Three searches that draw from one stream: one takes everything, one takes no *code* twice, one takes no *network* twice. Who skips comes further in the stream, so for the same seed it sees all that the first one sees, and more. What it is *told* can only be better. The question is fixed before looking: *is what it chooses in the end better in truth*, by the mean over all trainings of that network?

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


TRIALS, SEEDS = min(table.networks // 2, 200), range(nt.scale(smoke=12, cpu=100))
noisy = [nt.estimators.Table(TABLE, seed=run) for run in range(table.runs)]  # each answers with one training

# %%
skips = {"take everything": None, "no code twice": lambda arch: arch, "no network twice": space.canonical}


def search(name, seed):
    return nt.search(Draws(space, skips[name], seed=seed), noisy[seed % table.runs], trials=TRIALS)


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
        print(f"{name:17s} {what:8s} better in {better:2d}, worse in {worse:2d} of {len(d)}, by {d.mean():.4f} (p = {p:.2g})")

# %% [markdown]
# Skipping codes alone does little: most repetitions hide behind *different* codes. Skipping networks finds many more of them, and every strategy can have this for nothing; it costs a call of `canonical` and no training.
#
# Compare the lines "told" with those "in truth". More networks mean more lucky trainings, so a part of what was told is luck (the winner's curse of chapter 4). The last line answers the question. A p above 0.05 there means **not supported at this scale**. Even a small one speaks for this table and this many trials: the gain depends on how much a space repeats itself, and among NASNet cells, where hardly two draws meet, there is nothing to skip.

# %% [markdown]
# ## 9 Swap a dimension
#
# The same strategy, the same estimator, another **space**, by one argument. Two random cells of each family, trained on digits for two epochs: enough to see that all of them are networks that learn, and what they cost; too little to say which family is better.

# %%
spaces = S.NASNetSpace(blocks=3, channels=4), S.DARTSSpace(nodes=3, channels=4), S.BlockQNNSpace(), S.NASBench101(channels=16)
for other in spaces[nt.scale(smoke=2, cpu=0) :]:
    train = nt.estimators.Train(other, task, epochs=nt.scale(smoke=1, cpu=2))
    found = nt.search(nt.RandomSearch(other, seed=0), train, trials=nt.scale(smoke=1, cpu=2), progress=False)
    best, counts = found.best(), other.graph(found.best().trial.arch, task).counts()
    print(f"{type(other).__name__:14s} error {best.error:.3f}, {counts.params:6,} parameters, {counts.depth:2d} layers deep")

# %% [markdown]
# ## 10 What goes wrong
#
# **Planted failure 1: dead parts are counted.** A colleague draws error against parameters of random cells, and concludes that many cells waste parameters: "at exactly the same error, others need little more than half of them". Look for what is odd before you read on.

# %%
rng = np.random.default_rng(0)
rows = rng.permutation(len(table.archs))[:400]
error, built = table.column()[rows], table.column("params")[rows]
pruned = [space.graph(table.archs[row], task).simplified().counts() for row in rows]  # without dead parts
axes, limits = nt.plot.new_axes(6.4, 3.6), (0.8 * error.min(), 4 * error.min())
axes.plot(built, error, "o", color="tab:orange", fillstyle="none")
axes.set(xlabel="parameters", ylabel="validation error", ylim=limits)
said = f"{len(np.unique(error))} different errors among {len(rows)} cells, in rows: the same error at several sizes."
nt.plot.say(axes, f"Error against parameters as built. {said}")

# %% [markdown]
# Some dots lie in *horizontal rows*: the same error, to the last digit, at several sizes. No two trainings do that. Each row is one network: branches that never reach the output, or that a `none` has cut off, were built and counted, though nothing flows through them. Prune first, then count. In the next figure each dot moves to where it belongs, and each row shrinks to a point.

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
# Benchmarks count as built (so does our table, to be compared with them). A Pareto front of error against size drawn from such numbers has false steps.
#
# **Planted failure 2: twins on both sides.** A tree is to predict the error of a cell from four numbers of its pruned network: parameters, multiply-adds, depth, memory. It is tested on cells that it has not seen. "Unseen" may mean two things: an unseen code, or an unseen network.

# %%
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.tree import DecisionTreeRegressor

features = np.array([[c.params, c.mult_adds, c.depth, c.activation_mb] for c in pruned])
for name, group in (("code", rows), ("network", table.network[rows])):
    guess = cross_val_predict(DecisionTreeRegressor(random_state=0), features, error, groups=group, cv=GroupKFold(5))
    print(f"unseen {name:7s}: rank correlation {nt.comparing.rank_correlation(guess, error).spearman:.2f}")

# %% [markdown]
# The first number is flattered: for many test cells the answer stood in the training set, under another code. A cache that is keyed by codes makes the opposite mistake: it trains what it knows. Whatever you split, cache or count, do it by `canonical`.
#
# **Planted failure 3: the list of joined states.** Many re-implementations join the states that no block reads, as your `unused` does. The search did it this way. But the published networks also join some states that *are* read. The next cell counts three of them both ways.

# %% tags=["nbval-check-output"]
for name in ("NASNet-A CIFAR", "NASNet-A mobile", "AmoebaNet-A large"):
    net = nt.zoo[name]
    lazy = type(net.space)(**{**net.space.settings, "output": "unused"})
    arch = nt.Arch(tuple(choice for choice in net.arch.choices if "_out" not in choice[0]))
    wrong, right = lazy.graph(arch, net.task).counts().params, net.counts().params
    print(f"{name:18s} {wrong / 1e6:5.2f} M with unused states alone, {right / 1e6:5.2f} M as published")

# %% [markdown]
# Nothing crashes, and the network learns; only the count gives it away. This is why every network of this course is tested against its published number of parameters. Other mistakes do crash, and say why:

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
# All published networks of the zoo, counted from their architectures just now. Where the paper gives a number, it stands beside ours.

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
print(f"NASNet-A large, counted: {big.params:,} parameters, {big.mult_adds / 1e9:.2f} billion mult-adds, {big.depth} layers deep")

# %% [markdown]
# **The evaluation network of DARTS** has 20 cells: six normal ones in each of three stages, two reductions. In training it carries an auxiliary head, and its paths are dropped.

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
# | NAS-Bench-201: cells, unique | 15,625, 6,466 strings | 15,625, 5,044 networks |
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
# <details><summary>nothing</summary>Right. N and F belong to the stack around it, which is why one search serves networks of many sizes.</details>
# <details><summary>the operations get more channels, so they are other operations</summary>The genotype names operations and states, no channels. Those follow from the place in the stack.</details>
#
# #### 2. In NASNet-A, state 0 is the previous cell. In the genotype of DARTS, state 0 is ...
# <details><summary>... the previous cell as well</summary>No: DARTS and ENAS number the other way round. Reading a genotype by the other rule gives a network that runs, and is another one.</details>
# <details><summary>... the cell before the previous one</summary>Right. The viewer of section 5 writes it at the inputs.</details>
#
# #### 3. Why does a reduction cell have stride 2 only in operations on the states 0 and 1?
# <details><summary>because the states made by blocks are already halved</summary>Right. A second stride would make the summands of a block differ in size.</details>
# <details><summary>because pooling cannot have a stride</summary>It can. The question is which inputs are still large.</details>
#
# #### 4. Two cells have the same number of parameters, depth and multiply-adds. Are they one network?
# <details><summary>yes</summary>These are necessary and not enough: swap the order of two different operations, and all three stay.</details>
# <details><summary>not necessarily</summary>Right. A proof names the order of blocks that turns one into the other, or compares canonical forms.</details>
#
# #### 5. A search caches results by code. What goes wrong if it should cache by network?
# <details><summary>it returns wrong errors</summary>No: equal codes are equal networks.</details>
# <details><summary>it trains the same network several times</summary>Right. In the cell space of NAS-Bench-201 one network has 460 codes.</details>
#
# #### 6. Two networks of NAS-Bench-101 have the same path code. What do you know?
# <details><summary>they are one network</summary>No. The 2,532 networks with at most five vertices have only 1,317 path codes.</details>
# <details><summary>the same sequences of operations lead from input to output</summary>Right, and nothing about which of them share a vertex.</details>
#
# #### 7. Which of these shrinks when dead parts are removed before counting?
# <details><summary>the number of parameters</summary>Right. The function that the network computes stays what it was.</details>
# <details><summary>the validation error</summary>Nothing flows through a dead part, so no prediction changes.</details>

# %% [markdown]
# ## 13 Exercises
#
# **Core (20 minutes).** Prove that two cells are one: find the order of the first cell's blocks that makes it the second. A proof can be checked by anybody, so any order that works is right. Success: the check passes.

# %%
def renaming(first, second):
    """Cells as lists of blocks -> the states of `first` in their new order, such as [3, 2, 4]; [] where there is none."""
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
# **Explore (20 minutes).** Give `nt.HillClimbing` or `nt.RegularizedEvolution` the rule of section 8: a child that is a known network is mutated once more. Success: a figure with bands of both versions over at least ten seeds, and one sentence on which of them needs the rule more.
#
# **Explore (40 minutes).** Test the claim of section 3. Draw 8 cells, train each small (N = 1) and large (N = 2, twice the filters) with different seeds, and compute the rank correlation with its p-value by permuting one of the columns. Success: the number, how sure you are of it, and what the error bar would need to shrink to a half.
#
# **Research (a day).** Design a cell space of your own with `ChoiceSpace`, with a `canonical` that merges what you can prove equal. Success: `nastutor.testing.check_space` passes, the share of duplicates is measured, and you know whether your canonical form misses some (compare the outputs of networks with equal weights).

# %% [markdown]
# ## 14 Summary
#
# - A cell is a small graph that is repeated. It is searched once, small, and stacked to any size by N and F.
# - NASNet, AmoebaNet, PNAS and ENAS decide blocks of two; DARTS keeps two edges for each node; the benchmarks enumerate all small graphs; BlockQNN writes rows of numbers.
# - One network has many codes. Canonical forms name it once; searching, caching, splitting and counting should go by that name.
# - What a cell joins, what counts as input 0, how an image is halved: each detail changes the network silently. The published number of parameters is the test.
# - Count what lives. Dead branches cost nothing and mean nothing.
#
# **Further reading.** [Zoph et al. 2018](https://arxiv.org/abs/1707.07012), appendix A: the cell in all details. [Ying et al. 2019](https://arxiv.org/abs/1902.09635): how graphs are pruned and hashed. [White et al. 2020](https://arxiv.org/abs/2007.04965): which encoding helps which kind of search. [Dong & Yang 2020](https://arxiv.org/abs/2001.00326): the cell space of our tables. [Yang et al. 2020](https://arxiv.org/abs/1912.12522): how much of a published error is the cell, and how much the training recipe.
#
# **Known deviations.** Canonical forms of pairwise cells merge orders and swapped halves; cells that are equal for other reasons (two blocks that average the same pixels) still count as different. The padding of strided convolutions is symmetric, where TensorFlow pads below and at the right: the same shapes and counts, slightly other numbers. ENAS's own figure of 1.3e11 counts one input and one operation to a block.
#
# Next: chapter 3 puts cells into hierarchies, and lets the stack itself be searched.{{unwritten 3}}
