"""REINFORCE with an LSTM policy: the controller of the first paper on NAS by reinforcement learning (chapter 7)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from typing import Any, ClassVar

import torch

from nastutor.core import Strategy
from nastutor.inputs import is_whole, require, whole
from nastutor.rng import torch_rng
from nastutor.strategies.policy import AnchorPolicy, Fixed, Policy
from nastutor.values import Arch, Result, Trial

LARGEST = 1e6  # |R|


class REINFORCE(Strategy):
    """Raises the probability of architectures that do better than usual (Zoph & Le 2017, section 3.2; Williams 1992).

    hidden         width of the LSTM (the paper: two layers of 35)
    learning_rate  of Adam; the paper's 0.0006 is meant for 12,800 trials
    decay          of the baseline b, a moving average of the rewards so far: b <- decay b + (1 - decay) R
    entropy        weight of the bonus that keeps the policy from settling early
    power          reward R = (1 - error) ** power; the paper cubes it. A failed trial earns the smallest reward so far, and so does one
                   with |R| above 10^6: a network that came apart, whose gradient would drown every other in Adam's averages
    per_update     answers m in one step of the gradient, 1/m sum_k (R_k - b) grad log p(arch_k)
    layers         of the LSTM, one above the other
    anchors        links between layers are picked by set selection at their anchor points (section 3.3), in spaces that say by `anchors()`
                   where those are; otherwise each is a decision like others
    grow           (first, by, every): the decision "depth" is taken from the policy; it begins at `first` and rises by so much after
                   `every` architectures asked, up to the largest that the space has (paper: 6, 2, 1600)
    last           the error in R is the least of the last so many of the result's curve (paper: 5 epochs of 50); None: the one at the end
    The paper's: REINFORCE(space, hidden=35, layers=2, learning_rate=0.0006, entropy=0.0, power=3, anchors=True, grow=(6, 2, 1600), last=5).

    log p is computed when the answer comes, by the policy as it is then; answers to questions it did not ask teach it nothing.
    It runs on the CPU with tensors too small for torch to share out, so that the number of threads, which it never sets, changes nothing.
    """

    needs = ("sites", "walk")
    chapter = 7
    later: ClassVar[Mapping[str, Any]] = {"layers": 1, "anchors": False, "grow": None, "last": None}

    def __init__(
        self,
        space: Any,
        *,
        hidden: int = 32,
        learning_rate: float = 0.02,
        decay: float = 0.9,
        entropy: float = 0.01,
        power: float = 1.0,
        per_update: int = 1,
        layers: int = 1,
        anchors: bool = False,
        grow: tuple[int, int, int] | None = None,
        last: int | None = None,
        seed: int = 0,
    ) -> None:
        if type(anchors) is not bool:
            raise ValueError(f"`anchors` is {anchors!r}; allowed are True and False (chapter 7)")
        self.needs = (*type(self).needs, *(("anchors",) if anchors else ()))  # type: ignore[misc]  # of this one, not of the class
        super().__init__(space, seed=seed)
        whole("hidden", hidden)
        require("learning_rate", learning_rate, lambda v: 0 < v < math.inf, "finite numbers above 0")
        require("decay", decay, lambda v: 0 <= v < 1, "numbers from 0 to below 1")
        require("entropy", entropy, lambda v: 0 <= v < math.inf, "finite numbers from 0")
        require("power", power, lambda v: 0 < v < math.inf, "finite numbers above 0")
        whole("per_update", per_update)
        self.decay, self.entropy, self.power, self.per_update = decay, entropy, power, per_update
        self.anchors, self.grow, self.last = anchors, grow, last
        require("last", last, lambda n: n is None or is_whole(n, 1), "None and whole numbers from 1 (chapter 7)")
        self.wants = ("curve",) if last else ()  # type: ignore[misc]  # of this one, not of the class
        self.depths = self._depths()
        self.policy = self._policy(hidden, whole("layers", layers))
        self.optimizer = torch.optim.Adam(self.policy.parameters(), lr=learning_rate)
        self.baseline = self.worst = math.nan  # before the first reward
        self.flying: Counter[str] = Counter()  # keys asked and not yet told; one may be out twice
        self.answers = self.asked = 0

    def _policy(self, hidden: int, layers: int) -> Policy:
        sites, rng = dict(self.space.sites()), torch_rng(self.seed, "policy")
        if self.grow:
            del sites["depth"]
        return AnchorPolicy(sites, hidden, rng, layers, self.space.anchors()) if self.anchors else Policy(sites, hidden, rng, layers)

    def _depths(self) -> list[int]:
        """What the depth grows through; refused where the space has no such depths."""
        if self.grow is None:
            return []
        require("grow", self.grow, lambda grow: isinstance(grow, tuple) and len(grow) == 3 and all(is_whole(n, 1) for n in grow),
                "None and (first, by, every), whole numbers from 1 (chapter 7)")  # fmt: skip
        options = [depth for depth in self.space.sites().get("depth", ()) if is_whole(depth, 1)]
        depths = list(range(self.grow[0], max(options, default=0) + 1, self.grow[1]))
        if not depths or not set(depths) <= set(options):
            allowed = f"steps through its decision 'depth': {', '.join(map(str, options))}" if options else "None alone: it has no decision 'depth'"
            raise ValueError(f"`grow` is {self.grow}; allowed for this {type(self.space).__name__} are {allowed} (chapter 7)")
        return depths

    @property
    def depth(self) -> int | None:
        """Of the next architecture; None where the policy decides it."""
        return self.depths[min(self.asked // self.grow[2], len(self.depths) - 1)] if self.grow else None

    def walked(self, depth: Any) -> Any:
        """The space for the policy to walk through."""
        return Fixed(self.space, "depth", depth) if self.grow else self.space

    def ask(self) -> Trial:
        with torch.no_grad():
            arch, _, _ = self.policy.walk(self.walked(self.depth), lambda name, options, log_probs: self.rng.choices(options, log_probs.exp().tolist())[0])
        self.asked += 1
        trial = Trial(arch)
        self.flying[trial.key] += 1
        return trial

    def tell(self, trial: Trial, result: Result) -> None:
        if not self.flying[trial.key] or not isinstance(trial.arch, Arch):
            return
        self.flying -= Counter([trial.key])
        reward = self.reward(result)
        if math.isnan(reward):
            return
        if math.isnan(self.baseline):
            self.baseline = self.worst = reward
        self.learn(trial.arch, reward - self.baseline)
        self.baseline = self.decay * self.baseline + (1 - self.decay) * reward
        self.worst = min(self.worst, reward)

    def reward(self, result: Result) -> float:
        """R; the worst so far for a trial that failed or went beyond bounds, NaN where there is none yet."""
        accuracy = 1 - self.judged(result)
        try:
            size = abs(accuracy) ** self.power
        except OverflowError:
            size = math.inf
        return math.copysign(size, accuracy) if result.usable and size <= LARGEST else self.worst

    def judged(self, result: Result) -> float:
        """The error that R speaks of."""
        return min([error for error in result.curve[-self.last :] if math.isfinite(error)], default=result.error) if self.last else result.error

    def learn(self, arch: Arch, advantage: float) -> None:
        """Adds the gradient of -(R - b) log p(arch) - entropy bonus; every `per_update` answers a step of Adam."""
        _, log_p, entropy = self.policy.walk(self.walked(arch["depth"]) if self.grow else self.space, lambda name, options, log_probs: arch[name])
        (-(advantage * log_p + self.entropy * entropy) / self.per_update).backward()
        self.answers += 1
        if self.answers % self.per_update == 0:
            self.optimizer.step()
            self.optimizer.zero_grad()
