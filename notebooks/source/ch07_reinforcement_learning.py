# %% [markdown]
# # Chapter 7 · Reinforcement learning
#
# *You will let a strategy learn from its own trials what is worth asking: by a table of values, and by a policy whose probabilities move. And you will tell from curves and heat maps why one learns nothing.*
#
# {{badges}}
#
# {{map}}
#
# Papers: Zoph & Le, [Neural architecture search with reinforcement learning](https://arxiv.org/abs/1611.01578), 2017 · Baker et al., [Designing neural network architectures using reinforcement learning](https://arxiv.org/abs/1611.02167) (MetaQNN), 2017 · Zoph et al., [Learning transferable architectures](https://arxiv.org/abs/1707.07012) (NASNet), 2018 · Zhong et al., [Practical block-wise architecture generation](https://arxiv.org/abs/1708.05552) (BlockQNN), 2018 · Cai et al., [network transformation](https://arxiv.org/abs/1707.04873) (EAS), 2018, and [path-level transformation](https://arxiv.org/abs/1806.02639), 2018. Before them: Williams (REINFORCE, 1992); Watkins & Dayan (Q-learning, 1992).
#
# {{time}}

# %% [markdown]
# ## 1 You will be able to
#
# - **schedule** how much a search explores (check `ch07.epsilon`);
# - **update** a Q-table backwards along a trial (check `ch07.bellman`), and **build** a Q-learner of 25 lines that asks what the library's asks;
# - **derive** the gradient of a log-probability (check `ch07.gradient`), and **compare** rewards with a baseline (check `ch07.advantages`);
# - **bound** a step as PPO does (check `ch07.clipped`);
# - **share** a reward (check `ch07.shaped`), and **pick** sets of inputs at anchor points (check `ch07.anchors`);
# - **diagnose** a wrong scale, a missing baseline and an epsilon that never falls.
#
# **You need** chapters 0 and 4; chapter 6 helps. Three questions to recall them:
#
# <details><summary>What does the loop ask of a strategy?</summary>ask() gives a trial, tell(trial, result) brings the answer. A strategy never evaluates anything itself.</details>
# <details><summary>How does a tree search decide between what it knows and what it does not?</summary>By a bound: the mean reward plus a bonus that shrinks with visits. It keeps every beginning of an architecture apart.</details>
# <details><summary>Why is one search an anecdote?</summary>Searches of different seeds differ more than good strategies do. We compare at least ten paired seeds.</details>

# %% [markdown]
# ## 2 Set-up

# %% tags=["setup"]
# {{setup}}

# %% [markdown]
# ## 3 The question
#
# A strategy that learns has to live on what it asks. If it always asks for what looks best so far, it learns nothing new; if it always asks at random, it never uses what it knows. Three Q-learners on the table of cells differ in one number, epsilon: the chance that a decision is taken at random.

# %%
from functools import partial

import numpy as np

TABLE = "digits-tiny"
table = nt.estimators.Table(TABLE)  # every cell trained beforehand; it answers with the mean over runs
space, S = table.space, nt.spaces
SEEDS, MODELS = range(nt.scale(smoke=3, cpu=10)), nt.scale(smoke=20, cpu=120)


def searched(make, trials, answer=table, seeds=SEEDS):
    """One search a seed: their strategies and histories."""
    strategies = [make(space, seed=seed) for seed in seeds]
    return strategies, [nt.search(one, answer, trials=trials, progress=False) for one in strategies]


learner = partial(nt.QLearning, models=None, unique=False)
for name, schedule in (("0", [(0.0, 1)]), ("1", [(1.0, 1)]), ("1, later 0.1", [(1.0, MODELS // 2), (0.1, 1)])):
    _, histories = searched(partial(learner, schedule=schedule), MODELS)
    late = np.array([[record.error for record in history[-MODELS // 5 :]] for history in histories])
    cells = np.mean([len({record.trial.arch for record in history}) for history in histories])
    print(f"epsilon {name:12s} {cells:5.1f} different cells, mean error of the last {late.shape[1]}: {late.mean():.3f}")

# %% [markdown]
# With epsilon 0 the learner asks for the first cell again and again: a value that has risen is larger than those that nobody has tried. With epsilon 1 it is a random search. First explore, then use, in two forms: *Q-learning* keeps values and needs an epsilon; a *policy* keeps probabilities, which explore by themselves.

# %% [markdown]
# ## 4 Quick facts

# %%
from IPython.display import display

from nastutor.exercises.facts import quick_facts, space_facts

display(quick_facts(nt.QLearning, nt.REINFORCE, nt.PPO, nt.EAS, nt.PathLevelEAS))
space_facts(
    S.MetaQNNSpace(), S.NASRLSpace(), S.BlockQNNSpace(), S.NASNetSpace(), S.RecurrentTreeSpace(8), S.PathLevelSpace()
)

# %% [markdown]
# | | what it searches | what learns | what is simplified here |
# |---|---|---|---|
# | MetaQNN | chains, layer by layer | Q-table with replay | 3 layers instead of 12 or 18 |
# | NAS-RL | layers with skips; recurrent cells | LSTM policy, REINFORCE | one process instead of 800 GPUs; small tables |
# | NASNet | two cells of blocks | LSTM policy, PPO | as above |
# | BlockQNN | one block as code | Q-table, rewards corrected for early stops | short blocks |
# | EAS, path-level EAS | edits of a network; a tree of paths | LSTM or tree-LSTM policy, REINFORCE | networks are trained afresh; inherited weights: chapter 12 |

# %% [markdown]
# ## 5 The idea in a picture
#
# **A table that fills.** A row is a *state*: which decision is next, and what was taken last. A cell holds Q, the reward that one expects from taking this option there and the best ones afterwards. Everything begins with 0.5. Framed is the way that the table now thinks best. Move "trial": while epsilon is 1 the table fills everywhere; later the framed way is asked for more and more. With "policy" you see the probabilities of REINFORCE along its likeliest way.

# %%
views = {
    "Q-learning, epsilon falls": nt.QLearning(space, models=MODELS, unique=False, seed=1),
    "policy (REINFORCE)": nt.REINFORCE(space, seed=1),
}
view = nt.widgets.Learning(views, table, trials=MODELS, at=MODELS)
view

# %% [markdown]
# The values of the first row are nearly equal: what you take first hardly matters *if you take the best afterwards*, and that is what Q means. In the rows of the last decision they lie far apart. Both, over all trials: each line is an option on the way that is thought best at that time; where the colours jump, that way has changed.

# %%
view.choose("policy (REINFORCE)")
for moments in view.moments.values():
    nt.plot.show(nt.plot.heat_over_trials(moments))

# %% [markdown]
# A value moves towards what was earned, up or down from 0.5, and only its order among the others decides. Probabilities sum to one: what one option gains the others lose, and of an option that is hardly drawn hardly anything is learned.

# %% [markdown]
# ## 6 From equations to code
#
# **Q-learning.** $s$ is a state, $u$ an option, $s'$ the state behind it. After a trial with reward $r$ we walk *backwards*, and move each value a little towards what lies behind it:
#
# $$Q(s, u) \leftarrow Q(s, u) + \alpha\, \bigl(r_s + \gamma \max_{u'} Q(s', u') - Q(s, u)\bigr)$$
#
# $r_s$ is 0 but for the last decision, behind which there is no $s'$. *Replay*: after each answer, 100 of the trials so far are learned from again.
#
# **By hand 1.** Two decisions, $\alpha = 0.5$, all values 0.5, reward 0.9. Backwards: the last value becomes $0.5 + 0.5\,(0.9 - 0.5) = 0.7$, and the first $0.5 + 0.5\,(0.7 - 0.5) = 0.6$. Forwards, the first decision would have looked at 0.5 and learned nothing.

# %% tags=["nbval-check-output"]
from nastutor.exercises import ch07

two = S.ChoiceSpace.of({"first": ("a", "b"), "second": ("a", "b")})
one = nt.QLearning(two, learning_rate=0.5, replay=0)
way = one.trajectory(two.sample(0))
one.learn(way, 0.9)
worth = [one.table[step.state][step.option] for step in way]
print("first, second:", *(f"{value:.2f}" for value in worth))
assert np.allclose(worth, [0.6, 0.7])

# %% [markdown]
# **The policy gradient.** A policy gives each architecture a probability $p_\theta(a)$, the product over its decisions. We want the mean reward $J = \sum_a p_\theta(a) R(a)$ to rise. Since $\nabla p = p\, \nabla \log p$,
#
# $$\nabla J = \mathbb{E}\bigl[R\; \nabla \log p_\theta(a)\bigr] = \mathbb{E}\bigl[(R - b)\; \nabla \log p_\theta(a)\bigr] \quad\text{for every } b,$$
#
# because the probabilities always sum to one. So a step is: draw, see the reward, push the probability of what was drawn up if it was *better than usual* ($b$, the baseline), else down. For a softmax over logits $z$ the gradient is short: $\partial \log p(u) / \partial z_i = [i = u] - p_i$.
#
# **By hand 2.** Two options, $p = (1/2, 1/2)$, rewards 1 and 0. The gradient in the first logit is $(R - b)(1 - 1/2)$ if the first was drawn, else $(R - b)(0 - 1/2)$. With $b = 0$: 1/2 or 0, mean 1/4. With $b = 1/2$: 1/4 or 1/4, mean 1/4 again, and *no variance at all*.

# %% tags=["nbval-check-output"]
for b in (0, 0.5, 100):
    drawn = [(1 - b) * ch07.gradient([0.0, 0.0], 0)[0], 0.0 - b * ch07.gradient([0.0, 0.0], 1)[0]]
    print(
        f"b = {b:5}: gradients {drawn[0]:7.2f} and {drawn[1]:6.2f}, mean {np.mean(drawn):.2f}, "
        f"variance {np.var(drawn):.4f}"
    )

# %% [markdown]
# **PPO** takes several steps on one batch. $\rho = p_\theta(a) / p_{\mathrm{old}}(a)$ says how far the policy has moved since; what counts is $\min(\rho A, \mathrm{clip}(\rho, 1 - c, 1 + c) A)$ with $A = R - b$. **By hand 3**, $c = 0.2$: a good one ($A = 1$) that has become twice as likely counts 1.2, and pushing further gains nothing. A bad one ($A = -1$) that has become twice as likely counts $-2$: the way back stays open.

# %% tags=["nbval-check-output"]
for ratio, advantage in ((0.5, 1), (2, 1), (0.5, -1), (2, -1)):
    print(f"ratio {ratio}, A = {advantage:2d}: {ch07.clipped(ratio, advantage, 0.2):5.2f}")
assert [ch07.clipped(2, 1, 0.2), ch07.clipped(2, -1, 0.2)] == [1.2, -2]

# %% [markdown]
# | symbol | meaning | in the code |
# |---|---|---|
# | $\epsilon$ | chance of a random decision | `strategy.epsilon`, from `schedule` |
# | $\alpha, \gamma$ | how far a value moves; discount | `learning_rate=0.01`, `gamma=1.0` |
# | $R$ | reward, 1 - validation error, to a `power` (NAS-RL: 3) | `strategy.reward(result)` |
# | $b$ | moving average of rewards | `strategy.baseline`, `decay=0.9` |
# | $\theta$ | weights of the LSTM | `strategy.policy.parameters()` |
# | $c$ | how far PPO may go on one batch | `PPO(clip=0.2)` |
#
# ## 7 Build it
#
# **Step 1 (5 minutes).** A schedule is a list of (epsilon, number of models).


# %%
def epsilon(schedule, asked):
    """Epsilon of the next trial after so many were `asked`; the last level stays."""
    ...


step1 = nt.check("ch07.epsilon", epsilon)


# %% [markdown]
# **Step 2 (10 minutes).** Learn from one trial. `table[state][option]` holds Q, `steps` the (state, option) of each decision, the first one first; $\gamma = 1$.


# %%
def bellman(table, steps, reward, rate):
    """-> the table after one walk from the last step to the first."""
    ...


step2 = nt.check("ch07.bellman", bellman)
epsilon, bellman = epsilon if step1 else ch07.epsilon, bellman if step2 else ch07.bellman

# %% [markdown]
# **The Q-learner.** (Where your functions are stubs, the references stand in; `nt.source("ch07.bellman")` shows one.)


# %%
class QLearning(nt.Strategy):
    needs = ("walk",)

    def __init__(self, space, schedule, *, seed=0):
        super().__init__(space, seed=seed)
        self.schedule, self.table, self.memory, self.asked = schedule, {}, [], 0

    def ask(self):
        self.steps, self.epsilon = [], epsilon(self.schedule, self.asked)
        self.asked += 1
        return nt.Trial(self.space.walk(self.choose))

    def choose(self, name, options):
        state = f"{name} after {self.steps[-1][1]}" if self.steps else name
        row = self.table.setdefault(state, dict.fromkeys(options, 0.5))
        best = [option for option in options if row[option] == max(row.values())]
        option = self.rng.choice(options if self.rng.random() < self.epsilon else best)
        self.steps.append((state, option))
        return option

    def tell(self, trial, result):
        self.memory.append((self.steps, 1 - result.error))
        for steps, reward in self.rng.choices(self.memory, k=100):  # replay
            bellman(self.table, steps, reward, 0.01)


# %% tags=["nbval-check-output"]
for seed in range(3):
    library = nt.QLearning(space, models=60, unique=False, seed=seed)
    mine = QLearning(space, library.schedule, seed=seed)
    asked = [[record.trial for record in nt.search(one, table, trials=60, progress=False)] for one in (mine, library)]
    assert asked[0] == asked[1] and len(mine.table) == len(library.table)
    print(f"seed {seed}: the same 60 trials, {len(mine.table)} states")

# %% [markdown]
# What the library adds: states of the space's own, shaped and corrected rewards, failed trials, answers to questions it did not ask, and `unique`, which learns from a known network instead of asking again.

# %%
nt.source(nt.QLearning.learn)

# %% [markdown]
# **Step 3 (10 minutes).** The gradient of the log-probability of the option that was taken.


# %%
def gradient(logits, taken):
    """-> d log p(taken) / d logit, one number an option; `taken` is a place in the list."""
    ...


step3 = nt.check("ch07.gradient", gradient)


# %% [markdown]
# **Step 4 (10 minutes).** How much better than usual each reward was. The baseline is the first reward at first; after each comparison it moves.


# %%
def advantages(rewards, decay):
    """-> reward - baseline, one number a reward; then baseline <- decay * baseline + (1 - decay) * reward."""
    ...


step4 = nt.check("ch07.advantages", advantages)

# %% [markdown]
# **A policy without a network.** One row of logits for each decision; the decisions know nothing of each other.

# %%
gradient, advantages = gradient if step3 else ch07.gradient, advantages if step4 else ch07.advantages


class Rows(nt.Strategy):
    needs = ("walk", "sites")

    def __init__(self, space, rate=1.0, decay=0.9, *, seed=0):
        super().__init__(space, seed=seed)
        self.logits = {name: [0.0] * len(options) for name, options in space.sites().items()}
        self.rate, self.decay, self.rewards = rate, decay, []

    def ask(self):
        return nt.Trial(self.space.walk(lambda name, options: self.rng.choices(options, np.exp(self.logits[name]))[0]))

    def tell(self, trial, result):
        self.rewards.append(1 - result.error)
        advantage = advantages(self.rewards, self.decay)[-1]
        for name, value in trial.arch.choices:
            slope = gradient(self.logits[name], self.space.sites()[name].index(value))
            self.logits[name] = [z + self.rate * advantage * d for z, d in zip(self.logits[name], slope)]


# %% [markdown]
# The library's policy is an LSTM: it reads what was taken so far, so that a later decision can depend on earlier ones; torch computes the gradient. At the last layer it must be yours, since logits are linear there:

# %% tags=["nbval-check-output"]
policy, seen = nt.REINFORCE(space, seed=0).policy, []
arch, log_p, _ = policy.walk(space, lambda name, options, log_probs: seen.append(log_probs.tolist()) or options[2])
log_p.backward()
slopes = policy.heads.bias.grad.tolist()  # of all decisions, one after the other
mine = [number for logits in seen for number in ch07.gradient(logits, 2)]
assert np.allclose(slopes, mine, atol=1e-6)
print(f"{arch}: {len(slopes)} slopes agree; they sum to {abs(sum(slopes)):.4f}")

# %% [markdown]
# ## 8 Run it
#
# First with open eyes: MetaQNN's space. The chain decides itself when it ends (`SM`), and which layers may follow depends on the size of the image.

# %% tags=["board"]
chains, task = S.MetaQNNSpace(layers=3), nt.tasks.digits()
train = nt.estimators.Train(chains, task, epochs=nt.scale(smoke=1, cpu=2))
board = nt.widgets.Board(
    nt.QLearning(chains, models=nt.scale(smoke=2, cpu=8), seed=1), train, trials=nt.scale(smoke=2, cpu=8)
)
history = board.run()

# %% tags=["after-board"]
print(f"history so far: {len(history)} trials, {history.cost:.0f} epochs of training")
print(
    "best:",
    " ".join(str(value) for _, value in history.best().trial.arch.choices),
    f"with error {history.best().error:.3f}",
)

# %% [markdown]
# Eight trials teach nothing about learning; on the table searches can be repeated. Two questions, fixed before looking: *is the best after all trials better than that of random search? Are the last trials better on average?*

# %%
strategies = {
    "random search": nt.RandomSearch,
    "Q-learning": partial(nt.QLearning, models=nt.scale(smoke=15, cpu=100)),
    "REINFORCE": nt.REINFORCE,
}
strategies |= {"PPO": nt.PPO, "rows of logits": Rows}
TRIALS = nt.scale(smoke=15, cpu=100)
found = {name: searched(make, TRIALS) for name, make in strategies.items()}
runs = {name: histories for name, (_, histories) in found.items()}
axes = nt.plot.anytime(runs)
axes.set(ylim=(0.9 * min(table.column()), 2.5 * min(table.column())))  # the later part, large
axes


# %%
def sampled(histories, width=10):
    """The mean error of `width` trials in a row, (seeds, places)."""
    errors = np.array([[record.error for record in history] for history in histories])
    return np.lib.stride_tricks.sliding_window_view(errors, width, axis=1).mean(axis=2)


def draw_sampled(runs):
    axes, words = nt.plot.new_axes(6.4, 3.2), []
    for number, (name, histories) in enumerate(runs.items()):
        mean, half = nt.plot.mean_and_band(sampled(histories), 0.95)
        style, x = ("-", "--", "-.", ":", (0, (1, 3)))[number], np.arange(10, 10 + len(mean))
        axes.plot(x, mean, linestyle=style, label=name)
        axes.fill_between(x, mean - half, mean + half, alpha=0.15)
        words.append(f"{name} from {mean[0]:.3f} to {mean[-1]:.3f}")
    axes.set(xlabel="trials", ylabel="mean error of the last 10")
    axes.legend(loc="upper right", bbox_to_anchor=(1, 1.25), ncols=3)
    return nt.plot.say(axes, f"What is sampled: {'; '.join(words)}.")


draw_sampled(runs)

# %%
from scipy.stats import wilcoxon

last, large = TRIALS // 3, nt.estimators.Table("digits-cells")
BIG = range(nt.scale(smoke=2, cpu=20))
wide = {
    name: [nt.search(make(large.space, seed=k), large, trials=TRIALS, progress=False) for k in BIG]
    for name, make in strategies.items()
}
for where, those in ((table, runs), (large, wide)):
    different = [
        len({where.space.canonical(record.trial.arch) for record in history}) for history in those["random search"]
    ]
    print(
        f"{where.path.stem}: random search has asked for {np.mean(different):.0f} of {where.networks:,} different "
        "networks")
    for name in list(strategies)[1:]:
        said = []
        for what, of in (
            ("last", lambda h: np.mean([record.error for record in h[-last:]])),
            ("best", lambda h: h.best().error),
        ):
            mine, chance = (np.array([of(history) for history in those[one]]) for one in (name, "random search"))
            p = wilcoxon(chance - mine, alternative="greater").pvalue if (chance != mine).any() else 1.0
            said.append(f"{what} {mine.mean():.4f} against {chance.mean():.4f}, p = {min(1, 8 * p):.2g}")
        print(f"   {name:15s} {'; '.join(said)} (corrected for 8)")

# %% [markdown]
# On the small table every learner *samples* better than chance in the end, the few lines of logits among them; Q-learning the least, as its epsilon still falls from 0.7 to 0.1 in the last third. And none *finds* a better cell than random search, which has seen a large part of the table, while a policy that has settled asks for the same few again and again.
#
# On the large table, where nobody sees a large part, policies still sample better than chance, all three. One now also *finds* better cells, REINFORCE (corrected p = 0.02). PPO and the rows of logits do not, and Q-learning has not even learned to sample.
#
# **What the papers claim**, each with the test that was written down before it ran:

# %%
for key in ("zoph2017-baseline", "baker2017a-epsilon", "zhong2018b-early")[: nt.scale(smoke=1, cpu=3)]:
    outcome = nt.claims.claim(key).run(table, seeds=10)
    print(
        f"{outcome.claim.statement}\n   {'supported' if outcome.supported else 'NOT supported here'}, "
        f"p = {outcome.p:.2g}: {outcome.said}\n"
    )
print("NAS-RL:", nt.papers.paper("zoph2017").built.split("its claim: ")[1])

# %% [markdown]
# Three are supported, the last one from a record of 50 seeds: it is about *samples*, not about the best. BlockQNN's is **not supported here**. It says that of two blocks with equal early accuracy the one with more operations ends worse, so that `mu` and `rho` charge for them. On this table the weights that fit best are *negative*: networks of more operations are the ones that still gain.

# %% [markdown]
# ## 9 Swap a dimension
#
# **Another space: layers that pick their inputs.** In NAS-RL's space a layer reads any set of earlier ones. A decision for each pair would need weights for each pair; instead the LSTM stops at an *anchor point* of each layer, and one small network compares two of them: $P(j \text{ is read by } i) = \sigma(v^\top \tanh(W_{prev} h_j + W_{curr} h_i))$. The sets are picked one by one, so their probabilities multiply (check `ch07.anchors`, section 13). With `grow` the depth begins small and rises.

# %% tags=["nbval-check-output"]
layers = S.NASRLSpace(depths=(2, 3), heights=(1, 3), widths=(3,), filters=(8, 16))
anchored = nt.REINFORCE(layers, anchors=True, grow=(2, 1, 4), seed=0)
depths = [anchored.ask().arch["depth"] for _ in range(10)]
print("depths of ten trials:", *depths)
plain = nt.REINFORCE(layers, seed=0)
print(
    "weights:",
    *(
        f"{name} {sum(part.numel() for part in one.policy.parameters()):,}"
        for name, one in (("plain", plain), ("with anchors", anchored))
    ),
)

# %%
anchored.asked = 4  # as if it had asked for 4: the depth is now 3
nt.plot.heat_map(anchored)

# %% [markdown]
# Nothing is learned yet. Whether `1->3` is taken is decided by the same $v$ and $W$ as `1->2` and `2->3`: what is learned about one pair serves all.
#
# **Another reward: shared.** A chain that decides when it ends has a trap. The reward arrives at the end, and a short chain is told sooner. BlockQNN gives every earlier decision a share $r / T$. But look at what that does to two blocks *of the same accuracy 0.8*, one of two decisions, one of six:

# %% tags=["nbval-check-output"]
blocks = S.BlockQNNSpace(longest=6)
convs = lambda count: blocks.from_code([(i, 1, 3, i - 1, 0) for i in range(1, count)] + [(count, 7, 0, 0, 0)])
for shared in (False, True):
    values = []
    for arch in (convs(2), convs(6)):
        one = nt.QLearning(blocks, shaped=shared, learning_rate=1.0, initial=0.0, replay=0)
        one.learn(steps := one.trajectory(arch), 0.8)
        values.append(one.table[steps[0].state][steps[0].option])
    print(f"shaped={shared!s:5}: two decisions {values[0]:.2f}, six decisions {values[1]:.2f}")

# %% [markdown]
# Without shaping both are worth 0.80. With it the long one is worth more, though it is no better: the sum of the shares grows with $T$. The remedy for one preference has made the opposite one.
#
# **Another kind of decision: edits.** EAS does not write a network down; it begins with one and makes it wider and deeper. A bidirectional LSTM reads the layers, one sigmoid for all layers says which to widen, a decoder says where a new layer goes.

# %%
small = S.EditSpace(
    [("conv", 4, 3), ("max",), ("conv", 4, 3), ("dense", 8)],
    ("widen", "deepen"),
    kernels=(1, 3),
    kinds=("conv", "dense"),
    max_width=64,
)
eas = nt.EAS(small, wider=1, deeper=2, inherit=False, seed=2)
edits, _ = eas.drawn(eas.start)
print("\n".join(str(edit).split(", seed")[0] + ")" for edit in edits))
nt.draw(small.graph(nt.edits.Several(tuple(edits))(eas.start.arch), task), title="after these edits")

# %% [markdown]
# Can it learn? Hundreds of trainings are too long for a chapter, so errors are *made up*: the last layer's width pays, the others' cost. Beside it the same controller with `learn=False`; two seeds show, and prove nothing.

# %%
three = S.EditSpace([("conv", 4, 3)] * 3, ("widen",), max_width=64)
doublings = lambda arch, numbers: sum(np.log2(three.plan(arch).layers[number].width / 4) for number in numbers)
made_up = lambda trial: nt.Result(
    {"error": 0.8 - 0.15 * doublings(trial.arch, (3,)) + 0.05 * doublings(trial.arch, (1, 2))}
)
episodes, few = nt.scale(smoke=10, cpu=80), range(nt.scale(smoke=1, cpu=2))
for learn in (True, False):
    make = partial(
        nt.EAS,
        three,
        wider=2,
        deeper=0,
        learning_rate=0.03,
        batch=5,
        hidden=16,
        embedding=8,
        inherit=False,
        learn=learn,
    )
    ends = [
        np.mean([r.error for r in nt.search(make(seed=k), made_up, trials=episodes, progress=False)[-episodes // 5 :]])
        for k in few
    ]
    print(f"learn={learn!s:5}: mean error of the last {episodes // 5} of {episodes}:", *(f"{end:.3f}" for end in ends))

# %% [markdown]
# **Paths.** Path-level EAS grows a tree inside one layer: at a node it splits into branches, which are added or joined, and each branch gets an operation. A tree-LSTM reads what has grown.

# %%
trees = S.PathLevelSpace()
grower = nt.PathLevelEAS(trees, hidden=16, width=32, seed=3)
for _ in range(3):
    print(trees.text(grower.ask().arch))

# %% [markdown]
# **Recurrent cells.** NAS-RL labels a binary tree: each node adds or multiplies its two inputs and applies an activation. The same REINFORCE walks it.

# %%
cells = S.RecurrentTreeSpace(2)
draft = nt.REINFORCE(cells, seed=0).ask().arch
print(f"{cells.size:,} cells with two leaves; one of them:", draft)
nt.draw(cells.step(draft, features=8), title="one step of this cell: the next state h and memory c")

# %% [markdown]
# ## 10 What goes wrong
#
# Four colleagues search the same table. **A** divided all errors by 100. **B** left out the baseline. **C** runs Q-learning whose epsilon never falls. **D** did nothing wrong. But the legend was lost: which curve is whose? Below it, how many *different* cells there are among 20 trials in a row. Decide before you read on.


# %%
class NoBaseline(nt.REINFORCE):
    def learn(self, arch, advantage):
        super().learn(arch, advantage + self.baseline)  # R instead of R - b


hundredth = lambda trial: nt.Result({"error": table(trial).error / 100})
FEW = SEEDS[: nt.scale(smoke=2, cpu=6)]
failures = {
    "curve 1": searched(NoBaseline, TRIALS, seeds=FEW),
    "curve 2": [part[: len(FEW)] for part in found["REINFORCE"]],
    "curve 3": searched(nt.REINFORCE, TRIALS, hundredth, FEW),
    "curve 4": searched(partial(learner, schedule=[(1.0, 1)]), TRIALS, seeds=FEW),
}
truth = dict(zip(table.archs, table.column()))
cells_of = {
    name: [[record.trial.arch for record in history] for history in histories]
    for name, (_, histories) in failures.items()
}

# %%
axes, words = nt.plot.new_axes(6.4, 3.2), []
for number, (name, asked) in enumerate(cells_of.items()):
    mean = np.mean([np.convolve([truth[arch] for arch in one], np.ones(10) / 10, "valid") for one in asked], axis=0)
    axes.plot(np.arange(10, 10 + len(mean)), mean, linestyle=("-", "--", "-.", ":")[number], label=name)
    words.append(f"{name} ends at {mean[-1]:.3f}")
axes.set(xlabel="trials", ylabel="mean true error of the last 10")
axes.legend(loc="upper right", bbox_to_anchor=(1, 1.2), ncols=4)
nt.plot.say(axes, f"Four learners: {', '.join(words)}.")

# %%
for name, asked in cells_of.items():
    counts = [np.mean([len(set(one[start : start + 20])) for one in asked]) for start in range(0, TRIALS, 20)]
    print(name, "different cells among 20:", *(f"{count:5.1f}" for count in counts))

# %% [markdown]
# <details><summary>My answer is ready</summary><b>Curve 2</b> is healthy (D): errors fall, and variety falls with them. <b>Curve 1</b> loses its variety too, but later, and it ends worse: B. All rewards are positive, so whatever is drawn becomes more likely, good or not; soon the same few cells confirm themselves.</details>
#
# Where does each seed of these two end?

# %%
for name in ("curve 1", "curve 2"):
    ends = []
    for strategy in failures[name][0]:
        best = {row.decision: row.options[row.taken] for row in nt.plot.learned(strategy)}
        ends.append(truth[nt.Arch(tuple(best.items()))])
    print(f"{name}: error of the likeliest cell, seed by seed:", *(f"{error:.2f}" for error in ends))

# %% [markdown]
# **Curves 3 and 4** are flat, and keep their variety. From the curves alone they cannot be told apart. Ask what was *learned*, and decide again:

# %%
for name in ("curve 3", "curve 4"):
    nt.plot.show(nt.plot.heat_map(failures[name][0][0]))

# %% [markdown]
# <details><summary>My answer is ready</summary><b>Curve 3</b> has learned next to nothing: every option has nearly the same probability. That is A. Errors divided by 100 make all rewards nearly equal to 1, advantages become a hundred times smaller, and the bonus for entropy, which is not divided, keeps the policy uniform. <b>Curve 4</b> has a table full of differences, and does not use them: that is C. Q-learning is off-policy: what was asked at random still teaches, and the framed way may be good although no curve shows it.</details>
#
# The remedies: compare with a baseline; look at the spread of rewards before you choose weights and rates; plot epsilon. And the check that finds all three: **is what the strategy thinks best different from what it thought at first, and does it ask for it?**
#
# A scale can be wrong the other way: with errors in percent the bonus for entropy counts for nothing, and the policy settles on one or two cells (an exercise below).

# %% [markdown]
# ## 11 At paper scale
#
# The published networks are points of their spaces, and are counted here.

# %% tags=["nbval-check-output"]
for name in ("MetaQNN", "NAS-RL", "NASNet-A CIFAR", "NASNet-A mobile", "NASNet-A large", "NASCell"):
    entry = nt.zoo[name]
    print(f"{name:16s} {entry.counts().params:>11,} parameters; published: {entry.figures.get('params', 'none known')}")

# %% tags=["nbval-check-output"]
from nastutor.strategies.qlearning import BLOCKQNN, METAQNN, spread

paper = S.NASRLSpace((15,), (1, 3, 5, 7), (1, 3, 5, 7), (24, 36, 48, 64), pools=())
controller = nt.REINFORCE(paper, hidden=35, layers=2, learning_rate=0.0006, entropy=0.0, power=3, anchors=True, last=5)
weights = sum(part.numel() for part in controller.policy.parameters())
print(
    f"NAS-RL: {paper.size:.1e} networks of 15 layers, a controller of {weights:,} weights; cells: "
    f"{S.RecurrentTreeSpace(8).size:,}"
)
print(f"MetaQNN: {sum(n for _, n in METAQNN):,} models; BlockQNN: {sum(n for _, n in BLOCKQNN):,} blocks")
print("a hundredth of MetaQNN's schedule:", *(f"{e:g}:{n}" for e, n in spread(METAQNN, 27)))

# %% [markdown]
# The paper speaks of some $6 \cdot 10^{16}$ cells.
#
# | | the paper | ours |
# |---|---|---|
# | NAS-RL: architectures, workers | 12,800 on 800 GPUs | 100 from a table |
# | NAS-RL: reward | cubed best accuracy of the last 5 epochs of 50 | 1 - error |
# | MetaQNN: models, replay | 2,700, 100 after each | 100 to 270, 100 after each |
# | NASNet: children in a batch | 20 | 5 |
# | error on CIFAR-10 | NAS-RL 3.65 %, NASNet-A 2.65 % | on digits; not comparable |
#
# On a GPU, NAS-RL's search with the published settings:
#
# ```python
# space = nt.spaces.NASRLSpace(tuple(range(6, 16)), (1, 3, 5, 7), (1, 3, 5, 7), (24, 36, 48, 64), pools=())
# search = nt.REINFORCE(space, hidden=35, layers=2, learning_rate=0.0006, entropy=0.0, power=3, anchors=True, grow=(6, 2, 1600), last=5)
# train = nt.estimators.Train(space, nt.tasks.cifar10(), epochs=50, amp=True)
# nt.search(search, train, trials=12800, journal="nas-rl.sqlite")
# ```

# %% [markdown]
# ## 12 Check yourself
#
# Click on an answer to see whether it is right, and why.
#
# #### 1. Why does Q-learning walk backwards along a trial?
# <details><summary>because the last decision matters most</summary>It may matter least. The order is about how the reward travels.</details>
# <details><summary>because each value moves towards the one behind it, which has then just been updated</summary>Right. Forwards, the reward would need as many visits as there are decisions to reach the first one.</details>
#
# #### 2. In the first row of a Q-table all values are nearly equal, and the errors of architectures differ much. Is that a fault?
# <details><summary>no: Q assumes that the best options are taken afterwards</summary>Right. The mean over random continuations would differ; the best one may be open from everywhere.</details>
# <details><summary>yes: it has not learned yet</summary>It may be so, but an equal row alone does not show it. Look at the rows of the last decision.</details>
#
# #### 3. What does a baseline change?
# <details><summary>the direction in which the policy moves on average</summary>The mean of the gradient is the same for every constant.</details>
# <details><summary>how much single steps differ from that direction</summary>Right. In the example by hand it took all the variance away.</details>
#
# #### 4. A policy's likeliest cell has probability 0.999 after 40 of 1,000 trials. What do you do?
# <details><summary>enjoy: it has converged</summary>It will hardly ask for anything else in 960 trials. If the cell is not the best, nobody will find out.</details>
# <details><summary>a stronger entropy bonus, a lower learning rate, and a look at the baseline</summary>Right. Something rewarded the first good draw too much.</details>
#
# #### 5. PPO: a bad architecture (A below 0) has become twice as likely. What does the clip do to it?
# <details><summary>nothing: the full gradient pushes it back</summary>Right. The minimum is there for this case; the clip only stops what moves further in the direction that pays.</details>
# <details><summary>it stops the step, since the ratio is outside</summary>That would be so without the minimum.</details>
#
# #### 6. A paper's policy samples better than random search. Did it find a better network?
# <details><summary>yes</summary>See section 8: the mean of the samples was much better, the best one was not.</details>
# <details><summary>that was not shown</summary>Right. Mean of the samples and best of the samples are two questions, with two tests.</details>
#
# #### 7. Epsilon has never fallen in a run of Q-learning. Is it lost?
# <details><summary>yes, the curve is flat</summary>The curve shows what was asked, not what was learned.</details>
# <details><summary>no: read the greedy way from the table</summary>Right. Q-learning is off-policy; random trials teach as well.</details>

# %% [markdown]
# ## 13 Exercises
#
# **Core (5 minutes).** The rewards of a trial as BlockQNN shares them. Success: the check passes.


# %%
def shaped(reward, decisions):
    """-> one reward for each decision, the first one first."""
    ...


nt.check("ch07.shaped", shaped)


# %% [markdown]
# **Core (10 minutes).** PPO's clipped gain. Success: the check passes.


# %%
def clipped(ratio, advantage, clip):
    """-> what is gained by an architecture whose probability is now `ratio` times the old one."""
    ...


nt.check("ch07.clipped", clipped)


# %% [markdown]
# **Core (10 minutes).** The probability of a set of inputs at an anchor point. Success: the check passes.


# %%
def anchors(scores, picked):
    """-> the probability that exactly the layers with `picked` True are read; `scores` go through a sigmoid each."""
    ...


nt.check("ch07.anchors", anchors)

# %% [markdown]
# **Explore (20 minutes).** Errors in percent: repeat section 10 with errors times 100 and seeds 100 to 109. Success: a figure of mean error and variety, and a sentence on whether a policy that settles on two cells is a failure in a search of 100 trials, and in one of 10,000.
#
# **Explore (30 minutes).** BlockQNN's claim: a shared reward speeds up learning. On the table all trials have three decisions, so that `shaped=True` cannot prefer long ones. State what you expect of the last third of 100 trials, then test it on seeds 100 to 129. Success: an outcome with p, and a sentence on why `state="all"` might change it.
#
# **Explore (30 minutes).** Give `REINFORCE` the `power` 3 of NAS-RL. Success: a statement, with p, on whether it samples better in the last third of 100 trials, stated before you look.
#
# **Research (a day).** "Learned samples are better" and "the best found is not" (section 8) may both follow from the size of this table. Choose a larger space with a table, state which of the two changes there and by how much, and test it on new seeds. Success: an outcome with p, whichever way.

# %% [markdown]
# ## 14 Summary
#
# - A learner lives on what it asks. Epsilon, or the spread of a policy, decides between looking and using.
# - Q is what an option is worth if the best follows. It is updated backwards, and from replayed trials; it is off-policy.
# - The policy gradient pushes up what was better than usual. The baseline leaves its mean alone and takes variance away.
# - PPO takes several steps on a batch, and stops each probability where it has moved far enough in the direction that pays.
# - Anchor points share weights between all pairs of layers; EAS and path-level EAS decide on edits instead of descriptions.
# - On the small table all learners sampled better than chance, and none found a better cell; on the large one REINFORCE did.
#
# **Further reading.** [Zoph & Le 2017](https://arxiv.org/abs/1611.01578), section 3: the controller in full. [Baker et al. 2017](https://arxiv.org/abs/1611.02167): states and schedule. [Zoph et al. 2018](https://arxiv.org/abs/1707.07012), appendix: PPO, and a comparison with random search in which the gap is small. [Schulman et al. 2017](https://arxiv.org/abs/1707.06347): the clip. [Pham et al. 2018](https://arxiv.org/abs/1802.03268): the same controller with shared weights, chapter 13.
#
# **Known deviations.** What the LSTM reads behind an anchor point the paper leaves open; here it is as in the release of ENAS. Path-level EAS begins with the first batch as its baseline. Defaults of `REINFORCE` and `PPO` suit hundreds of trials, the published settings thousands. Networks of EAS are trained afresh until edits carry weights (chapter 12).
#
# Next: chapter 8 keeps a population instead of a policy.{{unwritten 8}}
