"""PPO: the policy gradient with a bound on how far a batch of answers may move the policy, NASNet's controller (chapter 7)."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import torch
from torch import Tensor

from nastutor.inputs import require, whole
from nastutor.strategies.reinforce import REINFORCE
from nastutor.values import Arch, Result, Trial


class Taken(NamedTuple):
    """An answer that waits for its batch.

    log_p      log-probability of the architecture by the policy that drew it
    advantage  R - b
    """

    arch: Arch
    log_p: float
    advantage: float


def clipped(log_ratio: Tensor, advantage: float, clip: float) -> Tensor:
    """min(r A, clip(r, 1 - c, 1 + c) A), r = exp(log_ratio): what is gained while the policy stays near (Schulman et al. 2017, equation 7).

    Its gradient is 0 where r is outside and A pushes it further.

    >>> clipped(torch.tensor(0.5), 1.0, 0.2).item(), round(clipped(torch.tensor(0.5), -1.0, 0.2).item(), 3)
    (1.2000000476837158, -1.649)
    """
    ratio = log_ratio.exp()
    return torch.minimum(ratio * advantage, ratio.clamp(1 - clip, 1 + clip) * advantage)


class PPO(REINFORCE):
    """Learns from a batch of answers several times, each time no further than a clipped ratio of probabilities allows (Zoph et al. 2018, appendix A.2).

    clip      how far the ratio p / p_old of an architecture may move from 1 (Schulman et al. 2017: 0.2)
    epochs    steps of the gradient on each batch; in one of them alone all ratios are 1, and it is REINFORCE's step
    batch     children whose answers make a batch (the paper trains on 20 at a time)

    hidden (paper: 100), learning_rate (paper: 0.00035), decay, entropy (paper: 0.00001) and power are those of REINFORCE, and so are the initial
    weights; the paper's are from U(-0.1, 0.1). p_old is that of the policy which drew the architecture, however often it moved since.
    """

    def __init__(
        self,
        space: Any,
        *,
        hidden: int = 100,
        learning_rate: float = 0.005,
        clip: float = 0.2,
        epochs: int = 4,
        batch: int = 5,
        decay: float = 0.95,
        entropy: float = 0.01,
        power: float = 1.0,
        seed: int = 0,
    ) -> None:
        super().__init__(space, hidden=hidden, learning_rate=learning_rate, decay=decay, entropy=entropy, power=power, seed=seed)
        require("clip", clip, lambda v: 0 < v < math.inf, "finite numbers above 0")
        self.clip, self.epochs, self.batch = float(clip), whole("epochs", epochs), whole("batch", batch)
        self.waiting: list[Taken] = []
        self.drawn: dict[str, list[float]] = {}  # log p_old of what is out, by key
        self.old = math.nan  # of the answer that is being learnt from

    def ask(self) -> Trial:
        trial = super().ask()
        self.drawn.setdefault(trial.key, []).append(self.log_p(trial.arch))
        return trial

    def tell(self, trial: Trial, result: Result) -> None:
        if self.flying[trial.key]:
            self.old = self.drawn[trial.key].pop(0)
            if not self.drawn[trial.key]:
                del self.drawn[trial.key]
        super().tell(trial, result)

    def log_p(self, arch: Any) -> float:
        """By the policy as it is now."""
        with torch.no_grad():
            return float(self.policy.walk(self.space, lambda name, options, log_probs: arch[name])[1])

    def learn(self, arch: Arch, advantage: float) -> None:
        """Puts the answer with the others, and learns from all of them once there are `batch`."""
        self.waiting.append(Taken(arch, self.old, advantage))
        self.answers += 1
        if len(self.waiting) < self.batch:
            return
        for _ in range(self.epochs):
            self.optimizer.zero_grad()
            self.loss(self.waiting).backward()
            self.optimizer.step()
        self.waiting = []

    def loss(self, batch: list[Taken]) -> Tensor:
        """-(mean clipped gain + entropy bonus) of the policy as it is now, ()."""
        gains = []
        for taken in batch:
            _, log_p, entropy = self.policy.walk(self.space, lambda name, options, log_probs, taken=taken: taken.arch[name])  # type: ignore[misc]
            gains.append(clipped(log_p - taken.log_p, taken.advantage, self.clip) + self.entropy * entropy)
        return -torch.stack(gains).mean()
