"""What the controllers of network transformations have in common: REINFORCE on batches of episodes, each a row of small decisions."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from nastutor.core import Strategy
from nastutor.inputs import require, whole
from nastutor.strategies.policy import skip, uniform
from nastutor.values import Result, Trial

Choose = Callable[[Tensor], int]  # logits of what is allowed (options,) -> the number of the option taken
NEAR_1 = 1 - 1e-6


class Episode(NamedTuple):
    """Where it began, and the numbers of the options that it took."""

    start: Any
    taken: tuple[int, ...]


def tan_reward(error: float) -> float:
    """tan(accuracy pi / 2): what is gained near 1 counts more (Cai et al. 2018a, section 4). The accuracy is cut at 1 - 10^-6, where tan is 636,620.

    >>> round(tan_reward(0.5), 6), round(tan_reward(0.1), 3), tan_reward(0.0) < 1e6
    (1.0, 6.314, True)
    """
    return math.tan(max(-NEAR_1, min(NEAR_1, 1 - error)) * math.pi / 2)


class MetaController(Strategy):
    """REINFORCE with the reward tan(accuracy pi / 2) on batches of episodes.

    batch          episodes in one step of the gradient
    learning_rate  of Adam
    decay          b <- decay b + (1 - decay) mean reward of the batch, which its rewards are then compared with: as in the releases, whose
                   0.95 is the weight of what is new
    entropy        weight of the bonus
    clip           the norm to which a gradient is cut; None: as it is
    learn          False: every option that is allowed is as likely as the others and nothing is learnt, to compare with

    Subclasses make `policy` before they call `begin`, and say in `episode` which decisions there are. A trial that fails earns the smallest
    reward so far. Log-probabilities are those of the policy as it is when a batch is full.
    """

    chapter = 7
    policy: nn.Module

    def __init__(self, space: Any, *, batch: int, learning_rate: float, decay: float, entropy: float, clip: float | None, learn: bool, seed: int) -> None:
        super().__init__(space, seed=seed)
        require("learning_rate", learning_rate, lambda v: 0 < v < math.inf, "finite numbers above 0")
        require("decay", decay, lambda v: 0 <= v < 1, "numbers from 0 to below 1")
        require("entropy", entropy, lambda v: 0 <= v < math.inf, "finite numbers from 0")
        require("clip", clip, lambda v: v is None or 0 < v < math.inf, "None and finite numbers above 0")
        if type(learn) is not bool:
            raise ValueError(f"`learn` is {learn!r}; allowed are True and False (chapter 7)")
        self.batch, self.learning_rate = whole("batch", batch), learning_rate
        self.decay, self.entropy, self.clip, self.learn = decay, entropy, clip, learn
        self.baseline = self.worst = math.nan  # before the first reward
        self.flying: dict[str, list[Episode]] = {}  # by key of what is out; one may be out twice
        self.waiting: list[tuple[Episode, float]] = []

    def begin(self, policy: nn.Module, rng: torch.Generator) -> None:
        """With first weights from U(-0.08, 0.08)."""
        uniform(policy, rng)
        self.policy = policy
        self.optimizer = torch.optim.Adam(policy.parameters(), lr=self.learning_rate)

    def episode(self, start: Any, choose: Choose) -> Any:
        """What comes of the decisions that `choose` takes, one after the other."""
        raise TypeError(f"{type(self).__name__} does not say what there is to decide: define episode(self, start, choose)")

    def played(self, start: Any, pick: Callable[[Tensor], int]) -> tuple[Any, tuple[int, ...], Tensor, Tensor]:
        """(what came of it, options taken, log-probability (), sum of entropies ()); `pick` takes one by the log-probabilities (options,)."""
        taken: list[int] = []
        log_p = entropy = torch.zeros(())

        def choose(logits: Tensor) -> int:
            nonlocal log_p, entropy
            log_probs = torch.log_softmax(logits if self.learn else torch.zeros_like(logits), dim=0)
            taken.append(pick(log_probs))
            log_p, entropy = log_p + log_probs[taken[-1]], entropy - log_probs.exp() @ log_probs
            return taken[-1]

        made = self.episode(start, choose)
        return made, tuple(taken), log_p, entropy

    def drawn(self, start: Any) -> tuple[Any, Episode]:
        """A new episode, and what came of it."""
        with torch.no_grad():
            made, taken, _, _ = self.played(start, lambda log_probs: self.rng.choices(range(len(log_probs)), log_probs.exp().tolist())[0])
        return made, Episode(start, taken)

    def out(self, trial: Trial, episode: Episode) -> Trial:
        """`trial`, which is now in flight."""
        self.flying.setdefault(trial.key, []).append(episode)
        return trial

    def tell(self, trial: Trial, result: Result) -> None:
        if trial.key not in self.flying:
            return
        episode = self.flying[trial.key].pop(0)
        if not self.flying[trial.key]:
            del self.flying[trial.key]
        reward = tan_reward(result.error) if result.usable else self.worst
        if math.isnan(reward):
            return
        self.worst = min(self.worst, reward) if self.worst == self.worst else reward
        self.waiting.append((episode, reward))
        if len(self.waiting) == self.batch:
            self.update([one for one, _ in self.waiting], [reward for _, reward in self.waiting])
            self.waiting = []

    def update(self, episodes: list[Episode], rewards: list[float]) -> None:
        """A step of the gradient; every decision of an episode gets its advantage."""
        mean = sum(rewards) / len(rewards)
        self.baseline = mean if math.isnan(self.baseline) else self.decay * self.baseline + (1 - self.decay) * mean
        if not self.learn:
            return
        self.optimizer.zero_grad()
        for episode, reward in zip(episodes, rewards, strict=True):
            self.loss(episode, (reward - self.baseline) / len(rewards), self.entropy / len(rewards))
        if self.clip is not None:
            nn.utils.clip_grad_norm_(self.policy.parameters(), self.clip)
        self.optimizer.step()

    def loss(self, episode: Episode, advantage: float, entropy: float) -> None:
        """Adds the gradient of -advantage log p - entropy bonus."""
        left = iter(episode.taken)
        _, _, log_p, spread = self.played(episode.start, lambda log_probs: next(left))
        loss = -(advantage * log_p + entropy * spread)
        if loss.requires_grad:  # an episode without a decision has none
            loss.backward()


def lstm(reads: int, hidden: int) -> nn.LSTMCell:
    """A cell whose weights are not drawn yet: torch would draw them from the global generator."""
    return skip(nn.LSTMCell, reads, hidden)  # type: ignore[no-any-return]


def linear(reads: int, gives: int, bias: bool = True) -> nn.Linear:
    """The same for a linear layer."""
    return skip(nn.Linear, reads, gives, bias=bias)  # type: ignore[no-any-return]
