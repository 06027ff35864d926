# %% [markdown]
# # Chapter 0 · Welcome: a first search in five minutes
#
# *You will let a program design neural networks for real images, watch it work, and know afterwards which three parts every method of this course is made of.*
#
# {{badges}}
#
# {{map}}
#
# Paper: Elsken, Metzen, Hutter, [Neural Architecture Search: A Survey](https://www.jmlr.org/papers/v20/18-598.html), JMLR 2019. The search space of this chapter: Dong, Yang, [NAS-Bench-201](https://arxiv.org/abs/2001.00326), ICLR 2020.
#
# {{time}}

# %% [markdown]
# ## 1 You will be able to
#
# - **count** a search space before you search it (check `ch00.count_cells`);
# - **follow** an architecture from a list of decisions to a network that trains (worked example in section 6);
# - **write** random search in five lines (check `ch00.random_search`) and **read** its progress as a best-so-far curve (check `ch00.best_so_far`);
# - **write** a mutation, the one operation that turns random search into evolution (check `ch00.mutate`).
#
# **You need** Python and PyTorch at the level of "I have trained a small convolutional network". No chapter comes before this one. Three questions to warm up; if one of them is hard, read its answer twice.
#
# <details><summary>What is a validation set for, when there is a test set as well?</summary>Decisions (when to stop, which network to take) are made by its error. Whatever has been used to decide looks better than it is, so the test set is kept for one honest measurement in the end.</details>
# <details><summary>How many parameters has a convolution with a 3×3 kernel, 8 input and 8 output channels, and no bias?</summary>3 · 3 · 8 · 8 = 576. Section 6 uses this number.</details>
# <details><summary>Why do two trainings of the same network end with different errors?</summary>The initial weights and the order of the images are random. A seed fixes both.</details>

# %% [markdown]
# ## 2 Set-up

# %% tags=["setup"]
# {{setup}}

# %% [markdown]
# ## 3 The question
#
# Here are 1,797 scanned digits of 8×8 pixels that come with scikit-learn. They are small enough to train a network in a second, and real enough that networks differ.

# %%
task = nt.tasks.digits()
nt.plot.samples(task, columns=10)

# %% [markdown]
# You are to choose a network for them. Most of it is given: a first convolution, one *cell*, a step that halves the image, the same cell again, and a linear layer. What is left to choose is the inside of the cell.
# It has three nodes, thus three connections, and each of them may be one of five operations: nothing, a copy (`skip`), a 1×1 convolution, a 3×3 convolution, or a mean over 3×3 pixels.
#
# Experience suggests a rule: *more convolution is better*. The next cell tries the rule on five cells that use the same operation everywhere, sorted by their number of parameters.

# %%
space = nt.spaces.CellSpace(nodes=3)
train = nt.estimators.Train(space, task, epochs=nt.scale(smoke=1, cpu=6))
for op in ("none", "skip", "avgpool3", "conv1", "conv3"):
    arch = nt.Arch(tuple((edge, op) for edge in space.sites()))
    result = train(nt.Trial(arch))
    print(f"{op:9s} everywhere: {result.metrics['params']:6,.0f} parameters, validation error {result.error:.3f}")

# %% [markdown]
# `none` cuts the network in two, so it can only guess. Among the others, size does not tell the whole story: `skip` and `avgpool3` add no parameters at all, and still end with different errors.
#
# These were 5 cells of many. How many are there? The next cell counts, and prints every 31st list of decisions so that you see what is being counted.

# %% tags=["nbval-check-output"]
cells = list(space)
print(len(cells), "cells;", len({space.canonical(arch) for arch in cells}), "different networks")
for arch in cells[::31]:
    print(arch)

# %% [markdown]
# So 125 lists of decisions describe only 60 networks: a convolution behind a `none` receives zeros and might as well be missing. Chapter 2 says when two cells are the same; the library takes care of it until then, and gives equal networks equal results.
#
# Is "3×3 convolution everywhere" the best of them? A script of this project has trained all 60 networks, five times each, and written the errors into a table. (Its images are made harder than those above, so that networks differ more.) Ask it:

# %% tags=["nbval-check-output"]
table = nt.estimators.Table("digits-tiny")
rule = nt.Arch(tuple((edge, "conv3") for edge in space.sites()))
better = {space.canonical(arch) for arch in cells if table(nt.Trial(arch)).error < table(nt.Trial(rule)).error}
print(f"the rule gives {table(nt.Trial(rule)).error:.4f}; {len(better)} of the 60 networks are better")
print("the best:", table.best())

# %% [markdown]
# The rule of thumb is good, and it is not the answer. Nobody wants to try 125 cells by hand. With one more node there are 15,625, and the spaces of the papers hold more networks than there are grains of sand on Earth. **Who tries which ones, and how do they learn what each is worth?** That is neural architecture search.

# %% [markdown]
# ## 4 Quick facts
#
# The survey cuts every method into three dimensions. A *search space* says which architectures there are. A *search strategy* says which to try next. *Performance estimation* says what each one is worth.
# The library has one class for each part. The table is made from the code: it lists the strategies that you can use today, what each asks of a space (*needs*: the methods that the space must offer; any space of this chapter offers all of them), and how many lines it is long. The README writes evolution in a quarter of these lines: the class also has options (two of them switch a part of the method off, to see what it is worth), survives failed trials, and can be continued.

# %%
from nastutor.exercises.facts import quick_facts

quick_facts(nt.RandomSearch, nt.HillClimbing, nt.RegularizedEvolution, nt.REINFORCE)

# %% [markdown]
# ## 5 The idea in a picture
#
# An architecture is a value: a list of decisions. A drawing shows what the decisions mean. Below are three cells out of the 125: the numbered boxes are the nodes, and each arrow carries the operation that was chosen for it. What is grey and dashed is dead: nothing of it reaches the output.

# %%
from IPython.display import HTML, display

pictures = [nt.draw(cells[number], title=f"cell number {number}").html for number in (124, 38, 77)]
display(HTML(f'<div style="display: flex; gap: 3em">{"".join(pictures)}</div>'))

# %% [markdown]
# With a running kernel, move the slider through all 125 cells (click on it and use the arrow keys for single steps). Stop where the operation of one edge changes nothing in the network: these are the duplicates counted above. The line below the drawing names the first cell that is the same network.

# %%
from ipywidgets import IntSlider, interact


def show_cell(number=38):
    params = space.graph(cells[number], task).counts().params
    display(nt.draw(cells[number], title=f"cell number {number}: {params:,} parameters"))
    print("the same network as cell number", cells.index(space.canonical(cells[number])))


interact(show_cell, number=IntSlider(38, 0, len(cells) - 1, layout={"width": "600px"}));

# %% [markdown]
# **Be the strategy yourself.** In the designer below, click on an edge and then on the operation that it shall carry. The table says at once what the network is worth, where it stands among all networks, and which edges have no effect. Every error that you see counts as a *trial*, those of the neighbours too if you ask for them, and random search gets as many trials as you. Who leads after ten?
#
# *Finish* ends the design and measures the test error of your best cell: once, because whoever goes on designing after a look at it would design for it. The first two steps are taken for you, so that there is something to see without a running kernel.

# %%
designer = nt.widgets.Designer(table)
designer.set("0->1", "conv3")  # what a click on the edge and one on the operation do
designer.set("0->2", "avgpool3")
designer

# %% [markdown]
# ## 6 From equations to code
#
# In symbols, architecture search is two minimisations, one inside the other (survey, section 1):
#
# $$a^* = \arg\min_{a \in \mathcal{A}} \; L_{\mathrm{val}}\big(w^*(a), a\big) \qquad \text{where} \qquad w^*(a) = \arg\min_{w} \; L_{\mathrm{train}}(w, a)$$
#
# The inner one is training. It needs gradients and takes long. The outer one has no gradients, because decisions are discrete: it can only *ask* for an architecture and be *told* what it is worth.
#
# | symbol | meaning | in the code |
# |---|---|---|
# | $\mathcal{A}$ | search space | `space = nt.spaces.CellSpace(nodes=3)` |
# | $a$ | architecture | `arch`, an `nt.Arch` |
# | $w^*(a)$ | trained weights | inside `train`, an `nt.estimators.Train` |
# | $L_{\mathrm{val}}$ | validation error | `train(nt.Trial(arch)).error` |
# | $\arg\min_a$ | the search | `nt.search(strategy, train, trials=...)` |
#
# Now follow one architecture all the way. First stage: the `Arch`, which knows no image and no framework.

# %% tags=["nbval-check-output"]
arch = nt.Arch((("0->1", "conv3"), ("0->2", "skip"), ("1->2", "conv1")))
space.validate(arch)
print(arch)
print(arch.to_json())

# %% [markdown]
# Second stage: the `LayerGraph`. Together with the shape of the images, decisions become layers with channels and sizes. These are its first twelve nodes (`print(graph)` shows all of them); nothing has been trained, not even built.

# %% tags=["nbval-check-output"]
graph = space.graph(arch, task)
for node in graph.nodes[:12]:
    print(f"{node.name:16s} {node.label:24s} {node.shape}")

# %% [markdown]
# In the drawing of all layers, the *stem* is the first convolution and the *head* turns the last maps into ten scores; *reduction* is the step that halves the image. A `skip` appears as identity, a node that receives nothing as zero, and what the text calls a convolution is three layers: ReLU, convolution, batch norm.

# %%
nt.draw(graph)

# %% [markdown]
# Third stage: a PyTorch module. It is an ordinary `nn.Module`; you could train it with a loop of your own.

# %%
import torch

module = graph.build(seed=0)
images = torch.tensor(task.train.x[:5])
print("images", tuple(images.shape), "-> scores", tuple(module.eval()(images).shape))

# %% [markdown]
# **By hand.** The first cell has 8 channels. Its `conv3` has 3·3·8·8 weights, its `conv1` has 8·8, and behind each stands a batch norm with 2 numbers a channel. The second cell has 16 channels. `skip` has nothing to train. The next cell adds this up, and asserts that the graph and the module agree with you.

# %% tags=["nbval-check-output"]
first = (3 * 3 * 8 * 8 + 2 * 8) + (8 * 8 + 2 * 8)
second = (3 * 3 * 16 * 16 + 2 * 16) + (16 * 16 + 2 * 16)
empty = nt.Arch(tuple((edge, "skip") for edge in space.sites()))
rest = space.graph(empty, task).counts().params
assert first + second + rest == graph.counts().params == sum(p.numel() for p in module.parameters())
print(f"cells {first} + {second}, the rest {rest:,}: together {graph.counts().params:,} parameters")

# %% [markdown]
# ## 7 Build it
#
# Two small functions are all that a search needs. Each cell below holds a stub; put your lines in place of the dots, run the cell, and read what the check says. It tries your function on many inputs. When it fails, you get the *simplest* input on which it fails, and a hint; running the check again gives the next hint.
#
# **Step 1 (5 minutes).** A search reports, after each trial, the best error found so far.

# %%
def best_so_far(errors):
    """errors: one for each trial -> a list of the same length; entry i is the smallest of errors[0] ... errors[i]."""
    ...


nt.check("ch00.best_so_far", best_so_far)


# %% [markdown]
# **Step 2 (10 minutes).** Random search. `sample(rng)` draws an architecture; `estimate(arch)` trains it and gives its error, so call it exactly once for each trial.

# %%
def random_search(sample, estimate, trials, rng):
    """-> (the best architecture, its error); of equal ones the first."""
    ...


passed = nt.check("ch00.random_search", random_search)

# %% [markdown]
# Here is the library's random search, without its comments. It is shorter than yours, because it decides only *what to try next*; the loop around it stands once, in `nt.search`, for all strategies.

# %%
nt.source(nt.RandomSearch, docstring=False)

# %% [markdown]
# As soon as your function passes, the next cell runs both on the same space with the same generator. They must find the same architecture.

# %%
from nastutor.rng import python_rng

library = nt.search(nt.RandomSearch(space, seed=3), table, trials=30).best()
if passed:
    rng = python_rng(3, "RandomSearch")
    mine = random_search(space.sample, lambda arch: table(nt.Trial(arch)).error, 30, rng)
    assert mine == (library.trial.arch, library.error)
print("the library finds", library, "" if not passed else "and so do you")

# %% [markdown]
# The table has just been used in place of training: it answers with what a training gave when the table was made. A search over a table takes milliseconds, which makes experiments with many repetitions possible. Chapter 4 lives on it.

# %% [markdown]
# ## 8 Run it
#
# Now for real: every trial below trains a network on the digits. The space is the larger one, with four nodes. The strategy is regularised evolution: it keeps a population, picks the best of a small sample as parent, changes one decision, and lets the oldest member go.
#
# | | the paper (Real et al. 2019) | this cell |
# |---|---|---|
# | population, sample | 100, 25 | 6, 3 |
# | trials | 20,000 | 24 |
# | training | 25 epochs of CIFAR-10 | 4 epochs of digits |
#
# While the board runs you can press *pause* and *stop*; the search so far is never lost.

# %% tags=["board"]
space4 = nt.spaces.CellSpace(nodes=4)
train4 = nt.estimators.Train(space4, task, epochs=nt.scale(smoke=1, cpu=4))
evolution = nt.RegularizedEvolution(space4, population=6, sample=3, seed=0)
board = nt.widgets.Board(evolution, train4, trials=nt.scale(smoke=8, cpu=24))
history = board.run()

# %% tags=["after-board"]
print(f"history so far: {len(history)} trials, {history.cost:.0f} epochs of training")
print("best:", history.best())

# %% [markdown]
# A history is a list of records, and a table for pandas. These are its five best trials.

# %%
columns = ["error", "params", "cost"] + [f"arch.{edge}" for edge in space4.sites()]
frame = history.to_frame().round(4)
frame.index = range(1, len(frame) + 1)  # the board counts from 1, too
frame.rename_axis("trial").sort_values("error")[columns].head()

# %%
nt.draw(history.best().trial.arch, title="the best cell of this search")

# %% [markdown]
# Is this better than drawing at random? One search cannot say: both have luck. On the table we can afford ten searches for each strategy. The lines are means over the ten, the bands say where the mean lies with 95 % confidence, and the dotted line is the best error in the whole table, which no search can beat.

# %%
def ten(make):
    return [nt.search(make(seed), table, trials=40) for seed in range(10)]


runs = {
    "random search": ten(lambda seed: nt.RandomSearch(space, seed=seed)),
    "evolution": ten(lambda seed: nt.RegularizedEvolution(space, population=10, sample=5, seed=seed)),
}
axes = nt.plot.anytime(runs, optimum=table.best().error)
axes.set_ylim(0.9 * table.best().error, 1.8 * table.best().error)  # the later part, large
axes

# %% [markdown]
# For the first ten trials both do the same, each with its own luck: evolution has to fill its population with random architectures first. Then comes a surprise: evolution does not win. Its population is still nearly random, a child differs from its parent in one decision of three, and 40 random draws see much of a space of 60 networks anyway. Evolution needs many more trials than its population is large, and a space in which good networks have good neighbours. The next cell says how far apart the means are; chapter 4 teaches when such a difference may be believed.

# %%
for trial in (10, 20, 30, 40):
    means = {
        name: sum(history.incumbent()[trial - 1] for history in histories) / 10 for name, histories in runs.items()
    }
    print(f"after {trial} trials: " + ", ".join(f"{name} {mean:.4f}" for name, mean in means.items()))

# %% [markdown]
# ## 9 Swap a dimension
#
# The three dimensions are independent, and so are the three arguments. **Another strategy**, everything else the same:

# %%
for Strategy in (nt.RandomSearch, nt.RegularizedEvolution, nt.HillClimbing, nt.REINFORCE):
    found = nt.search(Strategy(space, seed=0), table, trials=40)
    print(f"{Strategy.__name__:22s} {found.best()}")

# %% [markdown]
# **Another space**, and nothing else changes: `ChainSpace` chooses the depth of a plain chain of layers, their widths and kernel sizes. Its decisions depend on each other (a layer that does not exist has no width), and no strategy has to know.

# %%
chains = nt.spaces.ChainSpace()
train_chains = nt.estimators.Train(chains, task, epochs=nt.scale(smoke=1, cpu=3))
strategy = nt.RegularizedEvolution(chains, population=4, sample=2, seed=0)
found = nt.search(strategy, train_chains, trials=nt.scale(smoke=3, cpu=8))
print(found.best())

# %% [markdown]
# **Another estimator**, and nothing else changes. Any function from a trial to a result will do. This one is free of charge and looks at nothing but the size: the search then finds the smallest network, because that is what it was asked for.

# %% tags=["nbval-check-output"]
def smallest(trial):
    return nt.Result({"error": space.graph(trial.arch, task).counts().params / 10_000})


found = nt.search(nt.HillClimbing(space, seed=0), smallest, trials=60, progress=False)
print(f"smallest error {found.best().error:.4f}, the network with no trained operation has {rest:,} parameters")

# %% [markdown]
# ## 10 What goes wrong
#
# A search believes its estimator. Here is a planted failure: to save time, somebody estimates every cell after **one** epoch instead of the table's twelve. The search costs a twelfth. Ten searches each show what it does to the networks that are chosen.

# %%
quick = nt.estimators.Table("digits-tiny", budget=1)
for name, estimator in (("1 epoch", quick), ("12 epochs", table)):
    chosen = [nt.search(nt.RandomSearch(space, seed=k), estimator, trials=30).best().trial.arch for k in range(10)]
    full = [table(nt.Trial(arch)).error for arch in chosen]
    print(f"chosen by {name:9s}: error after full training {sum(full) / 10:.3f} on average, {max(full):.3f} at worst")

# %% [markdown]
# Diagnose it from the curves. Each line is one network; the one that is ahead after a single epoch is drawn thick.

# %%
from scipy.stats import spearmanr

networks = sorted({space.canonical(arch) for arch in cells}, key=str)
everything = nt.search(nt.RandomSearch(space), table, first=networks, trials=len(networks))
early, late = [[record.result.curve[i] for record in everything] for i in (0, -1)]
print(f"rank correlation between the first and the last epoch: {spearmanr(early, late).statistic:.2f}")
nt.plot.learning_curves(everything, highlight=early.index(min(early)))

# %% [markdown]
# The lines cross. A short training ranks networks by how fast they start, and the fastest starter need not be the best in the end: the correlation of ranks is below 1. Whether such a cheap estimate is a bargain or a trap depends on that number, and part III of the course is about nothing else.

# %% [markdown]
# ## 11 At paper scale
#
# The cell with four nodes is that of NAS-Bench-201. The paper stacks five cells in each of three stages, 16 channels wide, for CIFAR-10. The network is built here, not trained, and its numbers are compared with the published ones: the largest network of the benchmark has 1.531546 million parameters, the smallest 0.073306 million.

# %% tags=["nbval-check-output"]
from types import SimpleNamespace

paper_space = nt.spaces.CellSpace(nodes=4, channels=16, cells=5, stages=3)
cifar = SimpleNamespace(name="cifar10", shape=(3, 32, 32), classes=10)  # the shapes alone: nothing is downloaded
for op, published in (("conv3", 1_531_546), ("skip", 73_306)):
    arch = nt.Arch(tuple((edge, op) for edge in paper_space.sites()))
    counts = paper_space.graph(arch, cifar).counts()
    assert counts.params == published
    print(f"{op:5s} everywhere: {counts.params:9,} parameters, {counts.mult_adds / 1e6:6.2f} million mult-adds")

# %% tags=["nbval-check-output"]
networks = set(map(paper_space.canonical, paper_space))
strings = set(map(paper_space.published_form, paper_space))
print(f"{len(paper_space):,} cells, {len(networks):,} different networks, {len(strings):,} strings of the benchmark")

# %% [markdown]
# The benchmark's string form and the count of networks differ, in both directions: the strings merge some cells that are different networks and split some that are the same. Chapter 2 shows one example of each.
#
# | | NAS-Bench-201 | this chapter, cpu scale |
# |---|---|---|
# | images | CIFAR-10, 32×32 | digits, 8×8 |
# | network | 16 channels, 3 stages of 5 cells | 8 channels, 2 stages of 1 cell |
# | training | 200 epochs | 4 to 6 epochs |
#
# To run a search on the paper's network you change the arguments, not the program (a GPU, and an evening or more):
#
# ```python
# task = nt.tasks.cifar10()
# space = nt.spaces.CellSpace(nodes=4, channels=16, cells=5, stages=3)
# train = nt.estimators.Train(space, task, epochs=200, batch_size=256, amp=True)
# history = nt.search(nt.RegularizedEvolution(space, seed=0), train, trials=100, journal="search.sqlite")
# ```
#
# With a `journal`, a search that is cut off goes on where it stood when you run the same lines again.

# %% [markdown]
# ## 12 Check yourself
#
# Choose an answer by clicking on it; it tells you at once whether it is right, and why.
#
# #### 1. Which of the three dimensions does `nt.RandomSearch` belong to?
# <details><summary>the search space</summary>No. The space says what can be drawn; random search says that it is drawn, and that nothing is learned from the answers.</details>
# <details><summary>the search strategy</summary>Right. It decides what to try next, by not looking at what came before.</details>
# <details><summary>performance estimation</summary>No. What a trial is worth is said by <code>Train</code>, a <code>Table</code>, or any function you pass.</details>
#
# #### 2. A space has 6 decisions with 5 options each. One more decision with 5 options makes it how much larger?
# <details><summary>by 5 architectures</summary>No: each of the old architectures can be continued in 5 ways.</details>
# <details><summary>5 times as large</summary>Right: 15,625 become 78,125. Spaces grow exponentially with the number of decisions.</details>
#
# #### 3. May a best-so-far curve go up?
# <details><summary>yes, when a trial is bad</summary>No. A bad trial leaves the best as it was.</details>
# <details><summary>never</summary>Right, and this is why it says nothing about how good the <em>later</em> proposals are: it would fall for random search, too.</details>
#
# #### 4. Why does the outer minimisation not use gradients?
# <details><summary>because validation error is noisy</summary>Training loss is noisy as well, and gradients work there.</details>
# <details><summary>because decisions are discrete</summary>Right: there is nothing between <code>skip</code> and <code>conv3</code> to take a derivative along. Chapter 9 invents something between them.</details>
#
# #### 5. Two cells of a history have exactly the same error. Are they the same network?
# <details><summary>yes, equal networks get equal results</summary>They do, and the converse does not hold. An error is a number of wrong answers out of 397 validation images, so different networks often tie.</details>
# <details><summary>not necessarily; compare <code>space.canonical</code> of both</summary>Right. Even a whole learning curve in common would only be a strong hint; the canonical form is the answer.</details>
#
# #### 6. Which error do you report in the end?
# <details><summary>the best validation error of the history</summary>No: it was used to choose, so it is too good. The smallest of many noisy numbers is smaller than what it measures.</details>
# <details><summary>the test error of the chosen architecture, measured once</summary>Right: <code>train.final(arch)</code>. Chapter 4 shows how large the difference is.</details>

# %% [markdown]
# ## 13 Exercises
#
# **Core (5 minutes).** How many cells are there with a given number of nodes and operations? Success: the check passes.

# %%
def count_cells(nodes, ops):
    """There is an edge from node i to node j whenever i < j, and each edge holds one of `ops` operations."""
    ...


nt.check("ch00.count_cells", count_cells)


# %% [markdown]
# **Core (10 minutes).** Write a mutation: one decision, chosen by `rng`, takes another of its options. `options` maps each decision to what is allowed there. If your answer is an architecture but not the right one, the check draws it. Success: the check passes.

# %%
def mutate(arch, options, rng):
    """-> a new nt.Arch that differs from `arch` in exactly one decision."""
    ...


nt.check("ch00.mutate", mutate)

# %% [markdown]
# **Explore (20 minutes).** Give `nt.search` 40 trials on the table with `RegularizedEvolution` and populations of 2, 5, 10, 20 and 40, ten seeds each, and draw them with `nt.plot.anytime`. Success: you can say, without running it, why the largest population can do no better than random search here.
#
# **Explore (15 minutes).** Make a new designer and beat random search in ten trials without a look at the neighbours; then make another, and look at them from the start. Success: you can say which of the two spent its trials better, and why one race alone decides nothing.
#
# **Explore (20 minutes).** Make a task of your own images with `nt.tasks.from_folder(...)` (one folder a class) and run section 8 on it. Success: the best cell beats the all-`skip` cell on the validation set.
#
# **Research (an afternoon).** The table holds a curve for every network. Find the smallest number of epochs at which a search that believes the early error still chooses one of the five best networks in nine of ten runs. Success: a figure with epochs on one axis and this probability on the other, and one sentence on what it would save.

# %% [markdown]
# ## 14 Summary
#
# - An architecture is a list of decisions (`Arch`). With a task's shapes it becomes a graph of layers (`LayerGraph`), and then a module. You can stop and print at each stage.
# - A method of architecture search is a **space**, a **strategy** and an **estimator**. Each can be exchanged by changing one argument.
# - `nt.search` asks the strategy, calls the estimator, tells the answer, and returns a `History`.
# - Validation error steers; test error is measured once, in the end.
# - A cheap estimate may rank networks differently from a full training. Look at the curves before you believe it.
#
# **Further reading.** [The survey](https://www.jmlr.org/papers/v20/18-598.html), pages 1 to 4: the three dimensions in the words of those who named them. [NAS-Bench-201](https://arxiv.org/abs/2001.00326), section 2: the space that you have just searched. [Real et al. 2019](https://arxiv.org/abs/1802.01548), Algorithm 1: evolution in half a page.
#
# **Known deviations.** Our networks are smaller and train for fewer epochs than those of any paper; the table holds small, noisy digits, not CIFAR-10. Numbers of parameters and sizes of spaces are the published ones and are asserted above; errors are ours.
#
# Next: chapter 1 opens the search space, or go straight to chapter 4, which asks whether a search was better than luck.{{unwritten 1 4}}
