"""REINFORCE with an LSTM policy: the controller of the first paper on NAS by reinforcement learning (chapter 7)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from nastutor.core import Strategy
from nastutor.inputs import require, whole
from nastutor.rng import torch_rng
from nastutor.values import Arch, Result, Trial

Pick = Callable[[str, Sequence[Any], Tensor], Any]  # name, options, their log-probabilities -> the option taken
LARGEST = 1e6  # |R|


class Policy(nn.Module):
    """p(architecture), one decision after another: an LSTM reads the last choice and each decision has its own softmax over its options.

    sites   decision -> its options, as `space.sites()` gives them
    hidden  width of the state and of the embedding of a choice
    rng     draws the initial weights from U(-0.08, 0.08) (Zoph & Le 2017, section 4)
    """

    def __init__(self, sites: Mapping[str, Sequence[Any]], hidden: int, rng: torch.Generator) -> None:
        super().__init__()
        pairs = [(name, option) for name, options in sites.items() for option in options]
        self.rows = {pair: row for row, pair in enumerate(pairs)}  # one row of `heads` and of `choices` for each option of each decision
        skip = nn.utils.skip_init  # torch's own initialisation would draw from the global generator
        self.cell = skip(nn.LSTMCell, hidden, hidden)
        self.choices = skip(nn.Embedding, 1 + len(pairs), hidden)  # the last row stands for "nothing chosen yet"
        self.heads = skip(nn.Linear, hidden, len(pairs))
        with torch.no_grad():
            for weights in self.parameters():
                weights.uniform_(-0.08, 0.08, generator=rng)

    def rows_of(self, name: str, options: Sequence[Any]) -> list[int]:
        """The rows of the options of a decision."""
        try:
            return [self.rows[name, option] for option in options]
        except KeyError as error:
            raise ValueError(f"`sites` of the space lack {error.args[0]}: its sites() must name every decision and option (chapter 7)") from None

    def walk(self, space: Any, pick: Pick) -> tuple[Arch, Tensor, Tensor]:
        """An architecture by `pick`, its log-probability () and the sum of the entropies of its decisions ()."""
        log_p = entropy = torch.zeros(())
        last, state = len(self.rows), None

        def choose(name: str, options: Sequence[Any]) -> Any:
            nonlocal log_p, entropy, last, state
            state = self.cell(self.choices.weight[last], state)  # h, c: (hidden,)
            rows = self.rows_of(name, options)
            log_probs = torch.log_softmax(self.heads.weight[rows] @ state[0] + self.heads.bias[rows], dim=0)  # (options,)
            option = pick(name, options, log_probs)
            taken = options.index(option)
            log_p, entropy, last = log_p + log_probs[taken], entropy - log_probs.exp() @ log_probs, rows[taken]
            return option

        return space.walk(choose), log_p, entropy


class REINFORCE(Strategy):
    """Raises the probability of architectures that do better than usual (Zoph & Le 2017, section 3.2; Williams 1992).

    hidden         width of the LSTM (the paper: two layers of 35)
    learning_rate  of Adam; the paper's 0.0006 is meant for 12,800 trials
    decay          of the baseline b, a moving average of the rewards so far: b <- decay b + (1 - decay) R
    entropy        weight of the bonus that keeps the policy from settling early
    power          reward R = (1 - error) ** power; the paper cubes it. A failed trial earns the smallest reward so far, and so does one
                   with |R| above 10^6: a network that came apart, whose gradient would drown every other in Adam's averages
    per_update     answers m in one step of the gradient, 1/m sum_k (R_k - b) grad log p(arch_k)

    log p is computed when the answer comes, by the policy as it is then; answers to questions it did not ask teach it nothing.
    It runs on the CPU with tensors too small for torch to share out, so that the number of threads, which it never sets, changes nothing.
    """

    needs = ("sites", "walk")

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
        seed: int = 0,
    ) -> None:
        super().__init__(space, seed=seed)
        whole("hidden", hidden)
        require("learning_rate", learning_rate, lambda v: 0 < v < math.inf, "finite numbers above 0")
        require("decay", decay, lambda v: 0 <= v < 1, "numbers from 0 to below 1")
        require("entropy", entropy, lambda v: 0 <= v < math.inf, "finite numbers from 0")
        require("power", power, lambda v: 0 < v < math.inf, "finite numbers above 0")
        whole("per_update", per_update)
        self.decay, self.entropy, self.power, self.per_update = decay, entropy, power, per_update
        self.policy = Policy(space.sites(), hidden, torch_rng(seed, "policy"))
        self.optimizer = torch.optim.Adam(self.policy.parameters(), lr=learning_rate)
        self.baseline = self.worst = math.nan  # before the first reward
        self.flying: Counter[str] = Counter()  # keys asked and not yet told; one may be out twice
        self.answers = 0

    def ask(self) -> Trial:
        with torch.no_grad():
            arch, _, _ = self.policy.walk(self.space, lambda name, options, log_probs: self.rng.choices(options, log_probs.exp().tolist())[0])
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
        accuracy = 1 - result.error
        try:
            size = abs(accuracy) ** self.power
        except OverflowError:
            size = math.inf
        return math.copysign(size, accuracy) if result.usable and size <= LARGEST else self.worst

    def learn(self, arch: Arch, advantage: float) -> None:
        """Adds the gradient of -(R - b) log p(arch) - entropy bonus; every `per_update` answers a step of Adam."""
        _, log_p, entropy = self.policy.walk(self.space, lambda name, options, log_probs: arch[name])
        (-(advantage * log_p + self.entropy * entropy) / self.per_update).backward()
        self.answers += 1
        if self.answers % self.per_update == 0:
            self.optimizer.step()
            self.optimizer.zero_grad()
