# %% [markdown]
# # Chapter 1 · Chains and branches
#
# *You will write a search space as a short program, count it, draw from it, and see what it has decided before any search begins.*
#
# {{badges}}
#
# {{map}}
#
# Papers: Baker, Gupta, Naik, Raskar, [Designing neural network architectures using reinforcement learning](https://arxiv.org/abs/1611.02167) (MetaQNN), ICLR 2017 · Zoph, Le, [Neural architecture search with reinforcement learning](https://arxiv.org/abs/1611.01578) (NAS-RL), ICLR 2017 · Elsken, Metzen, Hutter, [Neural architecture search: a survey](https://arxiv.org/abs/1808.05377), JMLR 2019, section 2.
#
# {{time}}

# %% [markdown]
# ## 1 You will be able to
#
# - **write** a search space as a program whose later decisions depend on earlier ones (check `ch01.decide`);
# - **interpret** such a program: draw from it, and say how likely each draw is (checks `ch01.sample`, `ch01.chance`);
# - **count** a space without listing it (check `ch01.count`);
# - **find** a known network, ResNet, as a point of a space (check `ch01.reads`);
# - **encode** architectures as vectors of equal length (check `ch01.one_hot`);
# - **recognise** a comparison of spaces that compares samplers or learning rates instead.
#
# **You need** chapter 0. Three questions to recall it:
#
# <details><summary>What is an Arch?</summary>A value: the names of the decisions with the options that were taken. It knows no framework and no weights.</details>
# <details><summary>What does a space do for a strategy?</summary>It says which architectures there are: it can draw one, change one, and build the network of one.</details>
# <details><summary>What does an estimator give back?</summary>A Result with the validation error, and what the trial has cost.</details>

# %% [markdown]
# ## 2 Set-up

# %% tags=["setup"]
# {{setup}}

# %% [markdown]
# ## 3 The question
#
# A **chain** is the simplest kind of network: each layer reads the layer before it. We look for a deep one, with 13 layers. Can a search find it among chains?
#
# The next cell draws random convolution layers and wires them in two ways: as a chain, and as a residual network, in which a layer may also read the sum of earlier outputs. Both get *the same layers*, so they have equally many parameters. Only the wiring differs.

# %%
from statistics import median

from nastutor.spaces.branch_points import chain, residual

task = nt.tasks.digits(train_size=nt.scale(smoke=100, cpu=None))
EPOCHS, NETWORKS = nt.scale(smoke=1, cpu=2), nt.scale(smoke=1, cpu=4)

def wired(like, seed):
    """The wiring of `like`, with random layers: 8 channels, 3x3 or 5x5, the second and fourth with stride 2."""
    depth = len(like.layers)
    drawn = nt.spaces.ChainSpace((depth,), kinds=("conv",), widths=(8,), kernels=(3, 5))
    kernels = [layer.kernel for layer in drawn.plan(drawn.sample(seed))]
    layers = [
        old._replace(kernel=k, stride=2 if i in (1, 3) else 1) for i, (old, k) in enumerate(zip(like.layers, kernels))
    ]
    return like._replace(order="conv-bn-relu", layers=tuple(layers))


wirings = {
    "chain, 5 layers": chain(2, (8,)),
    "chain, 13 layers": chain(6, (8,)),
    "residual, 13 layers": residual(6, (8,)),
}
plans = {name: [wired(plan, seed) for seed in range(NETWORKS)] for name, plan in wirings.items()}
both = nt.spaces.BranchSpace.holding(*(plan for row in plans.values() for plan in row))

# %%
trained = nt.estimators.Train(both, task, epochs=EPOCHS, weights=False)
answers = {name: trained.many([nt.Trial(both.arch(plan)) for plan in row]) for name, row in plans.items()}


def show_errors(errors):
    """A dot for each network, a bar at the median."""
    axes = nt.plot.new_axes(6.4, 0.9 + 0.6 * len(errors))
    for row, values in enumerate(reversed(errors.values())):
        axes.plot(values, [row] * len(values), "o", color="#0072b2", alpha=0.6)
        axes.plot([median(values)] * 2, [row - 0.25, row + 0.25], "-", color="black")
    axes.set(yticks=range(len(errors)), yticklabels=list(reversed(errors)), xlim=(0, 1), xlabel="validation error")
    return nt.plot.say(
        axes, "Errors by row: " + "; ".join(f"{name} {min(v):.2f} to {max(v):.2f}" for name, v in errors.items()) + "."
    )


show_errors({name: [result.error for result in results] for name, results in answers.items()})

# %% [markdown]
# Short chains learn the digits. Long chains hardly learn in the same time, though they contain more of the same layers (He et al. 2016 called this *degradation*). Wired with skips, the same 13 layers learn as well as five.
#
# No strategy could have found this network among the chains, however clever: it is not there. **A search finds at best what its space contains. So which architectures does a space contain, how many are they, and how does one write it down?**

# %% [markdown]
# ## 4 Quick facts
#
# A **search space** is a set of architectures. The four of this chapter, at the small sizes that suit the digits:

# %%
from nastutor.exercises.facts import space_facts

space_facts(nt.spaces.ChainSpace(), nt.spaces.MetaQNNSpace(), nt.spaces.NASRLSpace(), nt.spaces.BranchSpace())

# %% [markdown]
# "Decisions" is how many questions the program may ask, "architectures" how many different sets of answers there are, "lines of its class" the length of the class that defines the space.
#
# | space | in the paper | cost of its search | what is simplified here |
# |---|---|---|---|
# | `MetaQNNSpace` | up to 12 layers, images of 32x32 | 8-10 days on 10 GPUs | smaller sizes by default; rules as published |
# | `NASRLSpace` | 15 layers with anchors | 12,800 networks on 800 GPUs | smaller sizes by default |
# | `BranchSpace` | the definition in the survey | – | adds and joins are the only merges |

# %% [markdown]
# ## 5 The idea in a picture
#
# A space is a **program that asks questions**: how deep, which kind, how wide? An architecture is one run of the program, with all its answers. Whoever answers differently interprets the same program in another way. Dice give a random architecture. Old answers with one changed give a mutation. Answers from two parents give a child.
#
# *First preset: a mutation in MetaQNN's space.* A layer that was decided anew bears a flag in the network, and its decision a colour in the table. The grey flag `follows` means: nobody decided here, but the layer is another one because of a decision elsewhere. In this space the rates of dropout rise towards the end, so they follow from the depth. With a running kernel, press the buttons; `Neighbour` steps through everything that one change can reach.

# %%
explorer = nt.widgets.Explorer(nt.spaces.MetaQNNSpace(), task, seed=12)
explorer.mutate()
explorer

# %% [markdown]
# *Second preset: a child of two parents in NAS-RL's space.* A decision may come from A or from B. Some come from the only parent that has them: a parent of two layers says nothing about a third. `A+B` marks a layer that is made of both. The head has no decisions in this space: what it reads `follows` from the depth.

# %%
crossed = nt.widgets.Explorer(nt.spaces.NASRLSpace(depths=(2, 3)), task, seed=4)
crossed.cross()
crossed

# %% [markdown]
# The third picture says why nobody lists such spaces. The number of architectures grows exponentially with the depth, and faster where layers choose what they read: $N$ layers have $2^{N(N-1)/2}$ ways to skip.

# %%
def draw_sizes(deepest):
    makers = {
        "chains, 6 options a layer": lambda n: nt.spaces.ChainSpace((n,), ("conv",)),
        "NAS-RL, 8 options and anchors": lambda n: nt.spaces.NASRLSpace((n,)),
        "branches": lambda n: nt.spaces.BranchSpace((n,)),
    }
    axes = nt.plot.new_axes(6.4, 3.2)
    for (name, make), style in zip(makers.items(), ("-", "--", "-.")):
        axes.semilogy(range(1, deepest + 1), [float(make(n).size) for n in range(1, deepest + 1)], style, label=name)
    axes.set(xlabel="layers", ylabel="architectures", ylim=(1, None))
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.legend()
    return nt.plot.say(axes, f"Numbers of architectures on a logarithmic scale, up to {deepest} layers.")


draw_sizes(12)

# %%
from ipywidgets import interact

interact(draw_sizes, deepest=(4, 20));  # a slider, which needs a running kernel: on a saved page there is none

# %% [markdown]
# ## 6 From equations to code
#
# The survey writes every feed-forward network in one line. Layer $i$ applies an operation to a function of earlier outputs:
#
# $$L_i = o_i\big(g_i(L_{i-1}, \dots, L_0)\big), \qquad L_0 = \text{the image}.$$
#
# | network | $g_i$ | in the code |
# |---|---|---|
# | chain | $L_{i-1}$ | `reads=(i - 1,)` |
# | residual (ResNet) | $L_{i-1} + L_j$, one $j < i - 1$ | `merge="add"` |
# | dense (DenseNet) | $\mathrm{concat}(L_{i-1}, \dots, L_0)$ | `merge="concat"` |
# | several branches (Inception) | some layers read the same $L_j$; a later one joins them | `reads=(j,)` |
# | operation $o_i$ | convolution, pooling ... | `kind`, `width`, `kernel`, `stride` |
#
# A chain space decides the $o_i$ alone. A **multi-branch** space decides the $g_i$ as well, and the chains are points of it.
#
# **By hand.** A chain of one or two layers; each layer is a 3x3 convolution of 4 or 8 channels, or a pool; at most one pool. One layer: $2 + 1 = 3$ chains. Two layers: without a pool $2 \cdot 2 = 4$, with one pool in one of two places $2 \cdot 2 = 4$. In all 11. The parameters of a chain of one convolution with 8 channels: $8 \cdot 9$ weights, $2 \cdot 8$ of the batch norm, $8 \cdot 10 + 10$ of the classifier.

# %% tags=["nbval-check-output"]
tiny = nt.spaces.ChainSpace((1, 2), ("conv", "pool"), widths=(4, 8), kernels=(3,), max_pools=1)
one = nt.Arch((("depth", 1), ("kind1", "conv"), ("width1", 8), ("kernel1", 3)))
params = tiny.graph(one, task).counts().params
assert len(tiny) == 3 + 4 + 4 and params == 8 * 9 + 2 * 8 + 8 * 10 + 10
print(f"{len(tiny)} chains; {params} parameters: {one}")

# %% [markdown]
# Now four well-known kinds of network, each as a point of *one* space. `holding` makes the smallest space in which all of them are. Each is built, run on two images, and counted.

# %% tags=["nbval-check-output"]
import torch

from nastutor.spaces.branch_points import dense, inception

kinds = {
    "chain": chain(1, (4, 8)),
    "residual": residual(1, (4, 8)),
    "dense": dense(1, 3, growth=4),
    "inception": inception((4,)),
}
space = nt.spaces.BranchSpace.holding(*kinds.values())
print(f"one space of {space.size:.1e} architectures holds them all")
for name, plan in kinds.items():
    graph = space.graph(space.arch(plan), task)
    out = graph.build()(torch.zeros(2, 1, 8, 8))
    print(f"{name:10s} {len(plan.layers):2d} layers, {graph.counts().params:5,} parameters, output {tuple(out.shape)}")

# %%
from IPython.display import HTML

drawn = [nt.draw(space.graph(space.arch(kinds[name]), task), title=name) for name in ("residual", "inception")]
boxes = [f'<div style="flex:0 0 {width}px">{picture.html}</div>' for width, picture in zip((270, 400), drawn)]
HTML(f'<div style="display:flex;gap:12px;align-items:flex-start">{"".join(boxes)}</div>')

# %% [markdown]
# A layer has a frame with its name, or, where a frame would hold foreign boxes, its name in each of its boxes. The long ways around are *shortcuts*. Layer 4 has halved the image and doubled the channels, so what goes around it must be made to fit before the sum: `max pool 1×1 /2` keeps every second pixel, and `pad channels` adds channels of zeros. Neither has parameters.
#
# And this is the residual one as a value. Read the names: `1->4` is the question whether layer 4 reads the output of layer 1. (The sum that enters layer 4 is the output of no layer, so its terms are listed.)

# %% tags=["nbval-check-output"]
arch = space.arch(kinds["residual"])
print({name: value for name, value in arch.choices if "->" not in name and not name.startswith("merge")})
print("reads:", [name for name, value in arch.choices if "->" in name and value])

# %% [markdown]
# **Conditional decisions.** The width of layer 2 is asked only if there is a layer 2. So architectures of one space have different numbers of decisions. A model that predicts errors (chapter 5) needs vectors of equal length. The usual **one-hot code** has a place for each option of *every* decision, and zeros where a decision was not asked for.

# %% tags=["nbval-check-output"]
code = tiny.encode(one)
print(len(tiny.sites()), "decisions in the space,", len(one.choices), "taken by this one")
for name, options in tiny.sites().items():
    places, code = code[: len(options)], code[len(options) :]
    print(f"{name:8s} {options!s:18s} {[int(place) for place in places]}")

# %% [markdown]
# ## 7 Build it
#
# **Step 1 (15 minutes).** Write a space. Ask with `choose(name, options)`; it returns the answer. The rules:
#
# - first `"depth"`, with the options `depths`;
# - for each layer i from 1 on, `"kind1"`, `"kind2"`, ... of `("conv", "pool")`;
# - a pool halves the image (an odd pixel is left out: 3 becomes 1). Where the image has one pixel left, no pool fits, and the options are `("conv",)` alone;
# - a conv, and only a conv, has a width: `"width1"`, ... of `(4, 8)`.
#
# Return the plan, such as `[("conv", 8), ("pool", 2)]`.

# %%
def decide(choose, image, depths):
    """The layers of a chain for images of `image` x `image` pixels."""
    ...


passed_decide = nt.check("ch01.decide", decide)

# %% [markdown]
# **Step 2 (10 minutes).** The first interpreter: draw. Write a `choose` that takes option number `int(rng.random() * len(options))`, remembers it, and returns it.

# %%
def sample(decide, rng):
    """-> a random nt.Arch, with the decisions in the order in which `decide(choose)` asks."""
    ...


passed_sample = nt.check("ch01.sample", sample)

# %% [markdown]
# The library's version is the same. Its first line makes a generator of a seed, and it refuses an empty list of options.

# %%
nt.source(nt.spaces.ChoiceSpace.sample, docstring=False)

# %% [markdown]
# From here on the reference stands in for what you have not written yet (`nt.source("ch01.decide")` shows it; look only after you have tried). A space that can be searched needs one thing more: `graph`, which builds the network of a plan for the images of a task.

# %%
from random import Random

from nastutor.exercises import ch01
from nastutor.nets.graph import LayerGraph

my_decide, my_sample = decide if passed_decide else ch01.decide, sample if passed_sample else ch01.sample


class Own(nt.spaces.ChoiceSpace):
    def decide(self, choose):
        return my_decide(choose, 8, (1, 2, 3))

    def graph(self, arch, task):
        b, x = LayerGraph.start(task.shape), "input"
        for kind, size in self.plan(arch):
            if kind == "pool":
                x = b.add("max_pool", x, kernel=size, stride=size, padding=0)
            else:
                x = b.add("relu", b.add("bn", b.add("conv", x, channels=size, kernel=3)))
        return b.finish(b.add("linear", b.add("global_avg_pool", x), units=task.classes))


own = Own()
assert all(my_sample(own.decide, Random(seed)) == own.sample(Random(seed)) for seed in range(100))
print(own)

# %% [markdown]
# Everything else came with `decide`: mutation, crossover, neighbours, enumeration, the code. `nastutor.testing.check_space(own)` would say which rule of a space it breaks.
#
# **Step 3 (10 minutes).** How likely is a draw? Let `decide` ask once more, answer with what `arch` has decided, and multiply.

# %%
def chance(decide, arch):
    """-> the probability that `sample` draws `arch`."""
    ...


passed_chance = nt.check("ch01.chance", chance)

# %% [markdown]
# **Step 4 (15 minutes).** Count without listing: chains of 1 to `depth` layers, each one of `convs` kinds of convolution or the pool, and at most `max_pools` pools.

# %%
def count(depth, convs, max_pools):
    """-> the number of chains."""
    ...


passed_count = nt.check("ch01.count", count)

# %% tags=["nbval-check-output"]
my_count, my_chance = count if passed_count else ch01.count, chance if passed_chance else ch01.chance
assert my_count(3, 2, 3) == len(own) and abs(sum(my_chance(own.decide, arch) for arch in own) - 1) < 1e-12
shallow, deep = min(own, key=lambda arch: len(arch.choices)), max(own, key=lambda arch: len(arch.choices))
print(f"{len(own)} architectures; listed and counted alike; chances add up to 1")
print(f"{my_chance(own.decide, shallow):.4f} for {shallow}")
print(f"{my_chance(own.decide, deep):.4f} for {deep}")

# %% [markdown]
# The chances differ by far: keep this in mind for section 10.

# %% [markdown]
# ## 8 Run it
#
# Any strategy runs on your space. Here is evolution on it, live, with real training.

# %% tags=["board"]
train = nt.estimators.Train(own, task, epochs=EPOCHS)
evolution = nt.RegularizedEvolution(own, population=4, sample=2, seed=0)
board = nt.widgets.Board(evolution, train, trials=nt.scale(smoke=3, cpu=8))
history = board.run()

# %% tags=["after-board"]
print(f"history so far: {len(history)} trials, {history.cost:.0f} epochs of training")
print("best:", history.best().trial.arch)

# %% [markdown]
# Your space is small enough to train *all* of it. `Population` trains many networks together, each as if it were alone. The answers are a table, and on a table a search takes milliseconds, so that 20 seeds are cheap.

# %%
together = nt.estimators.Population(own, task, epochs=EPOCHS, weights=False)
table = dict(zip(own, together.many([nt.Trial(arch) for arch in own])))


def looked_up(trial):
    return table[trial.arch]


makers = {
    "random search": lambda seed: nt.RandomSearch(own, seed=seed),
    "hill climbing": lambda seed: nt.HillClimbing(own, seed=seed),
    "evolution": lambda seed: nt.RegularizedEvolution(own, population=6, sample=3, seed=seed),
}
runs = {
    name: [nt.search(make(seed), looked_up, trials=30, progress=False) for seed in range(20)]
    for name, make in makers.items()
}
nt.plot.anytime(runs)

# %% [markdown]
# Mean and 95 % band over 20 seeds. Random search needs no knowledge of the space. The other two use neighbours, that is, the *decisions as you wrote them*: had you written the same set of networks with other decisions, they would see other neighbours. How a space is written is part of the method.

# %% [markdown]
# ## 9 Swap a dimension
#
# Same strategy (random search), same estimator, same budget. We change one argument, the space, and look at the errors of what is drawn. Such a picture shows the **prior** of a space: what it believes in before anything was evaluated.

# %%
DRAWS = nt.scale(smoke=2, cpu=8)
spaces = {
    "ChainSpace": nt.spaces.ChainSpace(),
    "BranchSpace": nt.spaces.BranchSpace((3, 4, 5), ("conv", "max3", "max2"), kernels=(3, 5)),
    "MetaQNNSpace": nt.spaces.MetaQNNSpace(layers=4),
}


def errors_of(space, archs, **training):
    train = nt.estimators.Train(space, task, epochs=EPOCHS, weights=False, **training)
    return [result.error if result.usable else 1.0 for result in train.many([nt.Trial(arch) for arch in archs])]


prior = {name: errors_of(space, [space.sample(seed) for seed in range(DRAWS)]) for name, space in spaces.items()}
show_errors(prior)

# %% [markdown]
# All three spaces hold good networks and useless ones, after two epochs. The spread *within* a space is wide, and that is what a strategy lives on: where all draws are alike, there is nothing to find.
#
# A larger space is not better by itself. It may contain a better optimum, and it is harder to search. What you fix beforehand (batch norm always, a mean at the end, no more than two pools) is knowledge that no trial has to pay for, and a wrong belief that no trial can correct.

# %% [markdown]
# ## 10 What goes wrong
#
# **Planted failure 1: the sampler.** Somebody reports from section 9: "the networks of MetaQNN's space are like those dots". But which networks were drawn? In this space the chain itself decides when it ends: `SM`, the end, is one of the options at each step. We count the layers, by enumeration and by drawing.

# %% tags=["nbval-check-output"]
from collections import Counter

metaqnn = spaces["MetaQNNSpace"]
everything = list(metaqnn)
there = Counter(len(arch.choices) - 1 for arch in everything)
chances = Counter()
for arch in everything:
    chances[len(arch.choices) - 1] += ch01.chance(metaqnn.decide, arch)
print("layers   of the space   of the draws")
for layers in range(5):
    print(f"{layers:6d} {there[layers] / len(everything):14.1%} {chances[layers]:14.1%}")

# %% [markdown]
# Nine of ten architectures have four layers, and more than half of the draws are shorter. One draw in eleven has no layer at all. "Each decision uniform" is not "each architecture uniform". Both are honest samplers; a paper must say which one it used. The remedy, where you want the other one: enumerate and draw, or draw each option with the number of architectures behind it as its weight.
#
# **Planted failure 2: the recipe.** So we draw uniformly from all architectures and train those. Then we train *the same architectures* again and change one number that has nothing to do with the space: the learning rate.

# %%
rng = Random(0)
uniform = [rng.choice(everything) for _ in range(nt.scale(smoke=2, cpu=12))]
rates = {f"uniform, learning rate {lr}": errors_of(metaqnn, uniform, lr=lr) for lr in (0.1, 0.03)}
rows = {"by decisions, learning rate 0.1": prior["MetaQNNSpace"], **rates}
for name, errors in rows.items():
    print(
        f"{name:32s} {sum(error > 0.8 for error in errors):2d} of {len(errors):2d} above 0.8, "
        f"median {median(errors):.2f}"
    )
show_errors(rows)

# %% [markdown]
# The last two rows are the same architectures. MetaQNN's layers have no batch norm, and many of its deeper chains do not stand a learning rate that suits the other two spaces. The picture of section 9 compared *space, sampler and recipe together*, and whoever had read a ranking of spaces from it would have been wrong.
#
# How do you see it in somebody else's results? Errors that pile up near 0.9 (guessing among ten digits) are failed trainings, not weak architectures. Tune the recipe for each space with equal effort, or say that you did not.
#
# **Planted failure 3: a rule for another image.** MetaQNN's rules offer a pool only where it fits. They look at the size of image that the space was made for. Make it for 32x32, use it on digits of 8x8, and some architectures cannot be built:

# %%
misfit = nt.spaces.MetaQNNSpace(layers=5, image=32, pools=((5, 3), (3, 2), (2, 2)))


def built(trial):
    counts = misfit.graph(trial.arch, task).counts()
    return nt.Result({"error": 1 / counts.depth}, cost=1.0)


searched = nt.search(nt.RandomSearch(misfit, seed=0), built, trials=300, progress=False)

# %% tags=["nbval-check-output"]
from textwrap import wrap

failed = [record.result for record in searched if record.result.status == "failed"]
print(f"{len(failed)} of {len(searched)} trials failed; the first because:")
for line in wrap(failed[0].info["reason"].split(":", 1)[1].strip(), 100):
    print("   ", line)

# %% [markdown]
# The search went on, as it should, and its best-so-far curve shows nothing. Count the failed trials of every search: the budget that they cost is gone, and they thin out just those regions where the rule is wrong.

# %% [markdown]
# ## 11 At paper scale
#
# **MetaQNN** (Baker et al. 2017): convolutions of 64 to 512 channels, three pools, up to two fully connected layers. Table A2 of the paper lists its five best networks for CIFAR-10. We read their text, build the graphs, and compare the parameters with those printed (they are those of images of 28x28).

# %% tags=["nbval-check-output"]
from nastutor.published import CROPPED
from nastutor.published.chains import METAQNN, METAQNN_CIFAR10

full = nt.spaces.MetaQNNSpace(12, 32, **METAQNN)
print(f"{full.size:.2e} architectures of up to 12 layers")
for text, error, millions in METAQNN_CIFAR10:
    params = full.graph(full.from_text(text), CROPPED).counts().params
    print(f"{params:10,} parameters, printed {millions:5g} M, test error {error} %: {text[:42]} ...")

# %% [markdown]
# Four of the five agree with the table to two decimals. The second has 2.22 M parameters as its layers are listed, and 2.2 M in the table.
#
# **NAS-RL** (Zoph & Le 2017): 15 layers, filters of 1, 3, 5, 7 in both directions, 24 to 64 channels, and an anchor at each layer that says which earlier ones it reads. The four networks below it are points of `BranchSpace`; `branch_points.py` writes them down.

# %% tags=["nbval-check-output"]
from nastutor.published import MOBILE, Images
from nastutor.spaces.branch_points import googlenet

found = nt.zoo["NAS-RL"]
print(
    f"NAS-RL: {found.space.size:.2e} architectures; its network has {found.counts().params:,} parameters (paper: 4.2 M)"
)
cifar = Images("CIFAR-10", (3, 32, 32), 10)
nets = {
    "plain-20": (chain(), cifar),
    "ResNet-20": (residual(), cifar),
    "DenseNet-BC-100": (dense(), cifar),
    "GoogLeNet": (googlenet(), MOBILE),
}
for name, (plan, images) in nets.items():
    point = nt.spaces.BranchSpace.holding(plan)
    counts = point.graph(point.arch(plan), images).counts()
    print(
        f"{name:16s} {len(plan.layers):3d} layers {counts.params:10,} parameters {counts.mult_adds / 1e6:8,.1f} M "
        "mult-adds"
    )

# %% [markdown]
# ResNet-20 and the plain network have the same number of parameters: section 3 at full size. (The published figures: 0.27 M for ResNet-20, 0.8 M for DenseNet-BC of depth 100 with growth 12.)
#
# | | the paper | ours, cpu scale |
# |---|---|---|
# | MetaQNN: largest depth | 12 (18 in the release) | 4 and 5 |
# | MetaQNN: networks trained | 2,700 | 32 |
# | NAS-RL: layers | 15 | 2 to 4 |
# | ResNet: layers | 20 to 110 | 13 |
#
# Random networks of the paper's space on a GPU, cut off and resumed as you like:
#
# ```python
# space = nt.spaces.MetaQNNSpace(12, 32, **METAQNN)
# train = nt.estimators.Train(space, nt.tasks.cifar10(), epochs=20, amp=True)
# nt.search(nt.RandomSearch(space), train, trials=100, journal="metaqnn.sqlite")
# ```

# %% [markdown]
# ## 12 Check yourself
#
# Click on an answer to see whether it is right, and why.
#
# #### 1. A strategy finds no network better than 20 % error in a space. What follows?
# <details><summary>the strategy is weak</summary>Perhaps. But section 3 showed a space in which nothing good is to be found.</details>
# <details><summary>nothing yet: it may be the space, the strategy or the recipe</summary>Right. Draw at random from the space, and change the recipe, before you blame the strategy.</details>
#
# #### 2. Why must the chain and the residual network of section 3 have the same layers?
# <details><summary>so that the number of parameters cannot explain the difference</summary>Right. Wiring alone differs, so wiring alone can be the reason.</details>
# <details><summary>because the space allows no other layers</summary>It allows many. Drawing both independently would mix wiring with size.</details>
#
# #### 3. A space has independent decisions with 3, 4 and 5 options. How many architectures?
# <details><summary>12</summary>That adds. Each option of one decision goes with every option of the others.</details>
# <details><summary>60</summary>Right, the product. With conditional decisions it would be a sum over cases.</details>
#
# #### 4. Does the sampler of section 7 draw all architectures with equal chance?
# <details><summary>yes, each decision is uniform</summary>Uniform decisions make short architectures likely: fewer questions, larger chances.</details>
# <details><summary>only if every architecture is asked equally large questions</summary>Right: then all products of 1/options are equal.</details>
#
# #### 5. What distinguishes ResNet from DenseNet in the equation of section 6?
# <details><summary>the operation</summary>Both use convolutions.</details>
# <details><summary>how earlier outputs become one input: a sum, or a concatenation</summary>Right, that is g.</details>
#
# #### 6. You add an option to a space. The best error that a search of 100 trials finds ...
# <details><summary>... can only get better, for the old architectures are still there</summary>The optimum can only get better. What 100 trials find may get worse, since they are spread over more.</details>
# <details><summary>... may get better or worse</summary>Right. More to find, and more to search.</details>

# %% [markdown]
# ## 13 Exercises
#
# **Core (20 minutes).** Find the point that is ResNet. Layer 1 reads the image. Then come `blocks` blocks of two layers; the second reads the first. The input of a block is the *input of the block before plus its output*. A space knows outputs of layers only, so write every sum out. Success: the check passes.

# %%
def reads(blocks):
    """-> for each of the 1 + 2 * blocks layers, and then for the classifier, the numbers of the layers that are added up; (0,) is the image."""
    ...


nt.check("ch01.reads", reads)

# %% [markdown]
# **Core (10 minutes).** The one-hot code of section 6, as a list of 0 and 1. Success: the check passes.

# %%
def one_hot(sites, arch):
    """sites: decision -> its options, in order. Use `name in arch` and `arch[name]`."""
    ...


nt.check("ch01.one_hot", one_hot)

# %% [markdown]
# **Explore (20 minutes).** Repeat section 3 with 25 layers (`chain(12, (8,))`, `residual(12, (8,))`), and then with the order `"bn-relu-conv"` in place of `"conv-bn-relu"`. Success: one sentence on which of the two residual networks still learns, and why a ReLU *behind* every sum is in the way.
#
# **Explore (30 minutes).** Write a sampler for `MetaQNNSpace` that is uniform over architectures without listing them: at each step weigh an option by the number of architectures behind it. Success: over 10,000 draws with `layers=4` the shares of depths agree with the table of section 10 to one percent.
#
# **Research (a day).** Take a question that the prior of a space may answer: does batch norm belong in the space or in the recipe? State beforehand what you will compare, how you tune the learning rate for each side, and with how many paired seeds. Success: half a page from which somebody else can repeat it.

# %% [markdown]
# ## 14 Summary
#
# - A search finds at best what its space contains: depth needs skips, and no strategy can add them to a space of chains.
# - A space is a program that asks; drawing, changing, crossing, listing and encoding are ways to answer.
# - Chains decide operations; branches decide also what each layer reads, and how. Chains, ResNet, DenseNet and Inception are points of one space.
# - Count by cases. Sizes grow exponentially with the depth, and with skips faster.
# - Uniform over decisions is not uniform over architectures.
# - Who compares spaces compares samplers and recipes too: name them.
#
# **Further reading.** [Elsken et al. 2019](https://arxiv.org/abs/1808.05377), section 2: the definition that this chapter follows. [He et al. 2016](https://arxiv.org/abs/1512.03385): degradation and residual networks. [Huang et al. 2017](https://arxiv.org/abs/1608.06993): why reading everything saves parameters. [Szegedy et al. 2015](https://arxiv.org/abs/1409.4842): branches of different filter sizes. [Radosavovic et al. 2020](https://arxiv.org/abs/2003.13678): comparing whole spaces by the distribution of their errors.
#
# **Known deviations.** The residual networks use the parameter-free shortcut and are written as unrolled sums, which is the same function. The digits are small and the trainings short, so that depth hurts earlier than it does in the papers. The few networks of a row show what can happen; they are no estimate of how often.
#
# Next: chapter 2 fixes the large structure and searches a cell that is repeated.{{unwritten 2}}
