"""Monte Carlo tree search: UCB1 on the way down, random choices below, rewards on the way up (chapter 6)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from nastutor.core import Finished, Strategy
from nastutor.inputs import positive
from nastutor.values import Arch, Result, Trial

LARGEST = 1e6  # |reward|
PENDING = ("visit", "loss")
Part = tuple[int, int]  # the options from the first number to before the second
Pick = Callable[["Node", list[Part]], int]


class Node:
    """What the decisions so far have in common.

    visits    answers that came back through here, `total` the sum of their rewards
    pending   trials that went through here and are not answered yet
    ways      how many branches leave it, 0 at the end and where nobody has been
    children  the number of a branch -> the node behind it
    shut      how many of them are closed: every architecture behind them has been asked for
    """

    __slots__ = ("children", "closed", "pending", "shut", "total", "visits", "ways")

    def __init__(self) -> None:
        self.visits = self.pending = self.ways = self.shut = 0
        self.total = 0.0
        self.closed = False
        self.children: dict[int, Node] = {}

    @property
    def seen(self) -> int:
        return self.visits + self.pending

    def entered(self, way: int) -> Node:
        if way not in self.children:
            self.children[way] = Node()
        return self.children[way]

    def open(self) -> list[int]:
        """The branches with something left to ask for."""
        return [way for way in range(self.ways) if way not in self.children or not self.children[way].closed]


class MCTS(Strategy):
    """Upper confidence bounds on the tree of decisions (Wistuba 2017; Negrinho & Gordon 2017, section 5.2; Kocsis & Szepesvari 2006).

    Each trial goes from the root to a node that none has been at, always to the branch with the largest
        mean reward + exploration * sqrt(2 ln(visits of the node) / visits of the branch)      (UCB1, Auer et al. 2002)
    infinite where a branch is new, and decides at random from there on. Its reward counts for the nodes on the way there, not for those below,
    so that architectures with the same first decisions share what they have earned. Decisions with one option are no nodes.

    exploration  DeepArchitect's release searches with 0.5; UCB1 has 1, meant for rewards all over [0, 1]
    bisection    halves the options of a decision, again and again, instead of branching to all of them at once: neighbours in the order
                 of options share rewards (section 5.2, tree restructuring); the leaves are the same
    scaled       rewards from 0 to 1 by the range seen so far, so that `exploration` means the same on every scale (ours; the papers take
                 the accuracy 1 - error as it is, of which good networks use a small part)
    pending      visit: a trial in flight counts as a visit, not in the mean; loss: it also counts with the smallest reward so far
                 (virtual loss), which spreads trials in flight further apart
    repeats      True may ask for an architecture again; False never does, and raises Finished when all have been asked for

    A failed trial earns the smallest reward so far, and so does one with |1 - error| above 10^6; before the first reward it counts nowhere.
    Answers to questions it did not ask count like others. Ties are broken at random.
    """

    needs = ("walk",)
    chapter = 6

    def __init__(
        self,
        space: Any,
        *,
        exploration: float = 0.5,
        bisection: bool = False,
        scaled: bool = False,
        pending: str = "visit",
        repeats: bool = False,
        seed: int = 0,
    ) -> None:
        super().__init__(space, seed=seed)
        for name, flag in (("bisection", bisection), ("scaled", scaled), ("repeats", repeats)):
            if type(flag) is not bool:
                raise ValueError(f"`{name}` is {flag!r}; allowed are True and False (chapter 6)")
        if pending not in PENDING:
            raise ValueError(f"`pending` is {pending!r}; allowed are {', '.join(PENDING)} (chapter 6)")
        self.exploration = positive("exploration", exploration, zero=True)
        self.bisection, self.scaled, self.loss, self.repeats = bisection, scaled, pending == "loss", repeats
        self.root = Node()
        self.worst = self.best = math.nan  # rewards; before the first there are none
        self.flying: dict[str, list[list[Node]]] = {}  # key -> the nodes that wait for its reward, once for each time it is out

    def ask(self) -> Trial:
        if self.root.closed:
            raise Finished
        trail = [self.root]
        trial = Trial(self.space.walk(lambda name, options: options[self._down(trail, len(options), self._select)]))
        self.flying.setdefault(trial.key, []).append(self._enter(trail))
        return trial

    def tell(self, trial: Trial, result: Result) -> None:
        if (arch := self.comparable(trial)) is None:
            return
        waiting = self.flying.get(trial.key, [])
        nodes = waiting.pop(0) if waiting else self._enter(self.trail(arch))
        if not waiting:
            self.flying.pop(trial.key, None)
        reward = self._reward(result)
        for node in nodes:
            node.pending -= 1
            if not math.isnan(reward):
                node.visits += 1
                node.total += reward

    def trail(self, arch: Arch) -> list[Node]:
        """The nodes from the root to this architecture, which is put into the tree where it is not there."""
        trail = [self.root]

        def choose(name: str, options: Sequence[Any]) -> Any:
            number = list(options).index(arch[name])
            return options[self._down(trail, len(options), lambda _, parts: next(way for way, (low, high) in enumerate(parts) if low <= number < high))]

        self.space.walk(choose)
        return trail

    def bound(self, parent: Node, child: Node | None) -> float:
        """UCB1 of a branch of `parent`; infinite where it is new."""
        if child is None or not child.seen:
            return math.inf
        return self._mean(parent, child) + self.exploration * math.sqrt(2 * math.log(parent.seen) / child.seen)

    def _mean(self, parent: Node, child: Node) -> float:
        """Of the rewards; that of the parent while none is in, and 0 where the parent has none either."""
        if math.isnan(self.worst):
            return 0.0
        if self.loss:
            mean = (child.total + child.pending * self.worst) / child.seen
        else:
            source = child if child.visits else parent
            mean = source.total / source.visits if source.visits else 0.0
        return (mean - self.worst) / ((self.best - self.worst) or 1.0) if self.scaled else mean

    def _select(self, node: Node, parts: list[Part]) -> int:
        ways = node.open()
        if not node.seen:
            return self.rng.choice(ways)
        bounds = [self.bound(node, node.children.get(way)) for way in ways]
        largest = max(bounds)
        return self.rng.choice([way for way, bound in zip(ways, bounds, strict=True) if bound == largest])

    def _down(self, trail: list[Node], count: int, pick: Pick) -> int:
        """Lengthens the trail by one decision among `count` options; the number of the option."""
        low, high = 0, count
        while high - low > 1:
            parts, node = self.parts(low, high), trail[-1]
            node.ways = len(parts)
            way = pick(node, parts)
            trail.append(node.entered(way))
            low, high = parts[way]
        return low

    def parts(self, low: int, high: int) -> list[Part]:
        """Into what the options from `low` to before `high` are split: single ones, or two halves, the first the smaller where they differ."""
        if self.bisection:
            return [(low, (low + high) // 2), ((low + high) // 2, high)]
        return [(number, number + 1) for number in range(low, high)]

    def _enter(self, trail: list[Node]) -> list[Node]:
        """Notes a trial on its way down, and closes what it leaves nothing of; gives the nodes that its reward will count for."""
        new = next((place for place, node in enumerate(trail) if not node.seen), len(trail) - 1)
        for node in trail[: new + 1]:
            node.pending += 1
        if not self.repeats:
            self._close(trail)
        return trail[: new + 1]

    def _close(self, trail: list[Node]) -> None:
        if trail[-1].closed:
            return
        trail[-1].closed = True
        for parent in reversed(trail[:-1]):
            parent.shut += 1
            if parent.shut < parent.ways:
                return
            parent.closed = True

    def _reward(self, result: Result) -> float:
        reward = 1 - result.error
        if not result.usable or abs(reward) > LARGEST:
            return self.worst
        self.worst, self.best = min(reward, self.worst), max(reward, self.best)  # the first takes the place of NaN, which nothing is compared with
        return reward
