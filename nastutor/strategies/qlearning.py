"""Q-learning over decisions: MetaQNN's table with replay, and BlockQNN's rewards for it (chapter 7)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from nastutor.core import Strategy
from nastutor.inputs import is_number, is_whole, positive, require, whole
from nastutor.strategies.early_stop import EarlyStop
from nastutor.values import Arch, Result, Trial, Value

Schedule = tuple[tuple[float, int], ...]  # (epsilon, how many models)
LARGEST = 1e6  # |reward|
TRIES = 10  # draws for a network that is new
STATES = ("last", "all")

# Baker et al. 2017, Table 2, as in the authors' release (models/cifar10/state_space_parameters.py): 2,700 different models.
METAQNN: Schedule = ((1.0, 1500), (0.9, 100), (0.8, 100), (0.7, 100), (0.6, 150), (0.5, 150), (0.4, 150), (0.3, 150), (0.2, 150), (0.1, 150))
# Zhong et al. 2018, as in a public re-implementation (elenathfgs/BlockQNN_Keras): 178 iterations, of 64 blocks each.
BLOCKQNN: Schedule = tuple(
    (epsilon, 64 * iterations)
    for epsilon, iterations in ((1.0, 95), (0.9, 7), (0.8, 7), (0.7, 7), (0.6, 10), (0.5, 10), (0.4, 10), (0.3, 10), (0.2, 10), (0.1, 12))
)


def spread(schedule: Sequence[tuple[float, int]], models: int) -> Schedule:
    """The same shape for another number of models: shares rounded down, what is missing given to those with the largest remainders.

    >>> spread(METAQNN, 27)
    ((1.0, 15), (0.9, 1), (0.8, 1), (0.7, 1), (0.6, 2), (0.5, 2), (0.4, 2), (0.3, 1), (0.2, 1), (0.1, 1))
    """
    total = sum(count for _, count in schedule)
    counts, left = zip(*(divmod(count * models, total) for _, count in schedule), strict=True)
    by_remainder = sorted(range(len(schedule)), key=lambda place: -left[place])  # the earlier of equal ones
    more = set(by_remainder[: models - sum(counts)])
    return tuple((epsilon, counts[place] + (place in more)) for place, (epsilon, _) in enumerate(schedule))


class Step(NamedTuple):
    """A decision on the way: where it was taken, which options were legal there, and which was taken."""

    state: tuple[Any, ...]
    options: frozenset[Value]
    option: Value


class QLearning(Strategy):
    """Q-learning with an epsilon-greedy policy and replay (Baker et al. 2017, Algorithms 1 to 3; Zhong et al. 2018, section 3.2).

    After each answer, `replay` of the trajectories so far are drawn, with replacement, and learned from the last decision to the first:
        Q(s, u) <- (1 - learning_rate) Q(s, u) + learning_rate (r + gamma max_u' Q(s', u'))
    with r = 0 but for the last decision, which earns the reward: accuracy 1 - error.

    models         over which `schedule` is spread; the last epsilon stays. None: as many as the schedule says (published: 2,700)
    schedule       (epsilon, number of models), one after the other: METAQNN, BLOCKQNN or one's own
    learning_rate  alpha      gamma  discount      initial  Q before anything is known (0: greedy on what was seen first)
    replay         trajectories for each answer (MetaQNN 100, its release 128; BlockQNN 64)
    shaped         every decision but the last earns r / T, T the number of decisions (BlockQNN): an architecture with few is not
                   preferred because its reward travels less far. What it favours instead are long ones: the sum grows with T
    mu, rho        above 0: the reward is corrected for early stopping (`EarlyStop`) by the metric mult_adds in multiples of `reference`, and
                   by density(arch) of the space
    state          last: what the space calls state(values taken), and where it calls nothing so the decision's name and the option taken
                   last; all: everything decided so far, for spaces where the last does not say enough
    unique         a network that is known is not asked for but learned from once more, and another one drawn, up to 10 times (section 4.3)

    A failed trial earns the smallest reward so far (before the first: nothing), and so does one with |reward| above 10^6. Answers to
    questions it did not ask are learned from like others: Q-learning is off-policy. Ties are broken at random.
    """

    needs = ("walk",)
    chapter = 7

    def __init__(
        self,
        space: Any,
        *,
        models: int | None = 270,
        schedule: Sequence[tuple[float, int]] = METAQNN,
        learning_rate: float = 0.01,
        gamma: float = 1.0,
        initial: float = 0.5,
        replay: int = 100,
        shaped: bool = False,
        mu: float = 0.0,
        rho: float = 0.0,
        reference: float = 1.0,
        state: str = "last",
        unique: bool = True,
        seed: int = 0,
    ) -> None:
        super().__init__(space, seed=seed)
        require("models", models, lambda n: n is None or is_whole(n, 1), "None and whole numbers from 1 (chapter 7)")
        require("schedule", schedule, _is_schedule, "pairs (epsilon from 0 to 1, number of models from 0), one model at least (chapter 7)")
        require("learning_rate", learning_rate, lambda v: 0 < v <= 1, "numbers above 0 up to 1")
        require("gamma", gamma, lambda v: 0 <= v <= 1, "numbers from 0 to 1")
        require("initial", initial, is_number, "finite numbers")
        require("state", state, STATES.__contains__, "last, all (chapter 7)")
        for name, flag in (("shaped", shaped), ("unique", unique)):
            if type(flag) is not bool:
                raise ValueError(f"`{name}` is {flag!r}; allowed are True and False (chapter 7)")
        self.corrected = EarlyStop(positive("mu", mu, zero=True), positive("rho", rho, zero=True), positive("reference", reference))
        if rho and not hasattr(space, "density"):
            raise TypeError(f"`rho` is {rho!r} and needs a space with density(), which {type(space).__name__} does not have (chapter 7)")
        self.wants = ("mult_adds",) if mu else ()  # type: ignore[misc]  # of this one, not of the class
        self.schedule = tuple(schedule) if models is None else spread(schedule, models)
        self.learning_rate, self.gamma, self.initial, self.replay = learning_rate, gamma, initial, whole("replay", replay, 0)
        self.shaped, self.whole, self.unique = shaped, state == "all", unique
        self.table: dict[tuple[Any, ...], dict[Value, float]] = {}  # state -> option -> Q, of those that were learned
        self.memory: list[tuple[list[Step], float]] = []  # trajectories with their rewards
        self.known: dict[Arch, float | None] = {}  # what was asked or told; None: still out
        self.asked, self.worst = 0, math.nan

    @property
    def epsilon(self) -> float:
        """The chance that the next trial takes a decision at random."""
        left = self.asked
        for epsilon, models in self.schedule:
            if left < models:
                return epsilon
            left -= models
        return self.schedule[-1][0]

    def ask(self) -> Trial:
        for _ in range(TRIES):
            arch = self.space.walk(self._policy())
            if not self.unique or arch not in self.known:
                break
            if (reward := self.known[arch]) is not None:
                self._remember(arch, reward)
        self.known.setdefault(arch, None)
        self.asked += 1
        return Trial(arch)

    def _policy(self) -> Any:
        """Decides as Q says, and with probability epsilon at random (Algorithm 2)."""
        taken: list[Value] = []
        epsilon = self.epsilon

        def choose(name: str, options: Sequence[Value]) -> Value:
            if self.rng.random() < epsilon:
                option = self.rng.choice(options)
            else:
                row = self.table.get(self.state(name, taken), {})
                values = [row.get(option, self.initial) for option in options]
                largest = max(values)
                option = self.rng.choice([option for option, value in zip(options, values, strict=True) if value == largest])
            taken.append(option)
            return option

        return choose

    def state(self, name: str, taken: Sequence[Value]) -> tuple[Any, ...]:
        """Where one stands before the decision `name`, after those with the options `taken`."""
        if self.whole:
            return (name, *taken)
        if hasattr(self.space, "state"):
            return self.space.state(taken)  # type: ignore[no-any-return]
        return (name, *taken[-1:])

    def trajectory(self, arch: Arch) -> list[Step]:
        """The decisions of `arch`, the first one first."""
        steps: list[Step] = []

        def choose(name: str, options: Sequence[Value]) -> Value:
            steps.append(Step(self.state(name, [step.option for step in steps]), frozenset(options), arch[name]))
            return arch[name]

        self.space.walk(choose)
        return steps

    def tell(self, trial: Trial, result: Result) -> None:
        if (arch := self.comparable(trial)) is None:
            return
        reward = self.reward(arch, result)
        if not math.isnan(reward):
            self.known[arch] = reward
            self._remember(arch, reward)

    def reward(self, arch: Arch, result: Result) -> float:
        """What the last decision earns; NaN where there is nothing to learn."""
        if not result.usable:
            return self.worst
        density = self.space.density(arch) if self.corrected.rho else 1.0
        reward = self.corrected(1 - result.error, result.metrics["mult_adds"] if self.corrected.mu else 1.0, density)
        if not abs(reward) <= LARGEST:  # NaN, of NaN mult_adds, is none either
            return self.worst
        self.worst = min(reward, self.worst)
        return reward

    def _remember(self, arch: Arch, reward: float) -> None:
        self.memory.append((self.trajectory(arch), reward))
        for steps, earned in self.rng.choices(self.memory, k=self.replay):
            self.learn(steps, earned)

    def learn(self, steps: Sequence[Step], reward: float) -> None:
        """One trajectory, backwards, so that the reward travels all the way at once (Algorithm 3)."""
        ahead = 0.0  # max Q of the next state; nothing follows the last decision
        shared = reward / len(steps) if self.shaped and steps else 0.0
        for place, step in reversed(list(enumerate(steps, start=1))):
            row = self.table.setdefault(step.state, {})
            old, earned = row.get(step.option, self.initial), reward if place == len(steps) else shared
            row[step.option] = old + self.learning_rate * (earned + self.gamma * ahead - old)
            ahead = self.best(step)

    def best(self, step: Step) -> float:
        """max Q over the options that were legal there; `initial` is that of each that nobody has learned."""
        values = [value for option, value in self.table.get(step.state, {}).items() if option in step.options]
        return max(values, default=self.initial) if len(values) == len(step.options) else max([self.initial, *values])


def _is_schedule(schedule: Any) -> bool:
    levels = [(epsilon, models) for epsilon, models in schedule]
    return all(is_number(epsilon) and 0 <= epsilon <= 1 and is_whole(models, 0) for epsilon, models in levels) and sum(models for _, models in levels) > 0
