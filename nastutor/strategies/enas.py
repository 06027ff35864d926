"""`ENAS`: shared weights and a controller learn in turn, each while the other stands still (chapter 13)."""

from __future__ import annotations

import logging
import math
from collections.abc import Generator, Iterator
from typing import Any, ClassVar, NamedTuple

import torch

from nastutor.core import Staged
from nastutor.inputs import is_number, positive, require, share, whole
from nastutor.rng import torch_rng
from nastutor.strategies.controller import Bounds, Controller
from nastutor.values import Arch, Result, Trial

log = logging.getLogger("nastutor")

TRIES = 20  # draws for an architecture that is not among the candidates yet
PERPLEXITY = 80.0  # of the reward c / perplexity (Pham et al. 2018, section 2.2; released code)


class Setting(NamedTuple):
    """What a controller learns with: width, Adam, first weights, bounds of the logits, weight of the entropy in the reward, decay of the baseline."""

    hidden: int
    learning_rate: float
    betas: tuple[float, float]
    eps: float
    init: float
    bounds: Bounds
    entropy: float
    decay: float


ADAM = (0.9, 0.999), 1e-8
_QUICK = Setting(64, 1e-2, *ADAM, 0.1, Bounds(1.5), 1e-4, 0.95)
_PAPER = Setting(100, 3.5e-4, *ADAM, 0.1, Bounds(2.5, 1.0, 5.0), 1e-4, 0.99)
_LANGUAGE = Setting(64, 5e-5, *ADAM, 0.01, Bounds(2.25, 1.0, 5.0), 1e-5, 0.999)
_WHOLE = Setting(64, 1e-3, (0.0, 0.999), 1e-3, 0.1, Bounds(1.5), 1e-4, 0.99)
SETTINGS = {  # form of the controller -> setting
    "quick": {"macro": _QUICK, "micro": _QUICK._replace(bounds=Bounds(1.5, 1.5)), "recurrent": _QUICK, "plain": _QUICK},
    "paper": {"macro": _PAPER, "micro": _PAPER._replace(bounds=Bounds(2.5, 2.5 / 1.1, 5.0)), "recurrent": _PAPER, "plain": _PAPER},
    "release": {"macro": _WHOLE, "plain": _WHOLE, "recurrent": _LANGUAGE, "micro": _WHOLE._replace(learning_rate=3.5e-3, bounds=Bounds(1.1, 2.5))},
}


class ENAS(Staged):
    """Each round trains the shared weights, every step along an architecture that the controller draws, then the controller by what its draws are worth.

    In the end `final` architectures are drawn and judged, and the best is what it recommends, to be trained alone (Pham et al. 2018, section 2.2;
    `estimator.final`). The controller learns by REINFORCE: R = accuracy + entropy weight * entropy, b <- b - (1 - decay) (b - R) before R is
    compared with it, and in spaces of skips the mean over layers of KL(sigmoid(+-q) || target) is added to the loss.

    rounds, child_steps   how often, and trials that train the weights in each (paper 150 or 310, an epoch)
    updates, samples      steps of the controller in each round, and architectures that one learns from (paper 2,000 of 10 images' batches; release 30 of 10)
    final                 architectures at the end (release 10, its language model 1,000)
    preset                "quick" (for searches of minutes), "paper" or "release": the constants in `SETTINGS`, by the form of the controller
    hidden, learning_rate, tanh, temperature, entropy, decay   in place of the preset's; tanh: None for no bound at all
    skip_weight, skip_target   of the penalty (0.8 and 0.4)
    exact                 the penalty takes the probability that a skip is drawn with, sigmoid(2q); published is sigmoid(q), whose minimum at a target
                          of 0.4 draws skips with 0.308
    reward                "accuracy", or "perplexity": 80 / exp(loss), for language models
    learn                 False: architectures are drawn by `space.sample`, and no controller learns: the ablation of Sciuto et al. (2019)
    """

    needs: ClassVar[tuple[str, ...]] = ("sites", "walk", "sample")
    wants: ClassVar[tuple[str, ...]] = ("budget",)
    chapter: ClassVar[int | None] = 13

    def __init__(
        self,
        space: Any,
        rounds: int = 60,
        *,
        child_steps: int = 10,
        updates: int = 8,
        samples: int = 5,
        final: int = 10,
        preset: str = "quick",
        hidden: int | None = None,
        learning_rate: float | None = None,
        tanh: float | str | None = "preset",
        temperature: float | None = None,
        entropy: float | None = None,
        decay: float | None = None,
        skip_weight: float = 0.8,
        skip_target: float = 0.4,
        exact: bool = False,
        reward: str = "accuracy",
        learn: bool = True,
        seed: int = 0,
    ) -> None:
        super().__init__(space, seed=seed)
        self.rounds, self.child_steps, self.updates = whole("rounds", rounds), whole("child_steps", child_steps), whole("updates", updates, least=0)
        self.samples, self.final = whole("samples", samples), whole("final", final)
        _check(preset=preset, reward=reward, tanh=tanh, skip_target=skip_target, exact=exact, learn=learn)
        self.reward_kind, self.learns, self.skip_weight = reward, learn, positive("skip_weight", skip_weight, zero=True)
        self.budgets = (0,)
        form = Controller(space, 1, Bounds(), torch_rng(0, "form")).form
        self.setting = _chosen(SETTINGS[preset][form], hidden, learning_rate, tanh, temperature, entropy, decay)
        one = self.setting
        self.controller = Controller(space, one.hidden, one.bounds, torch_rng(seed, "controller"), init=one.init, target=float(skip_target), exact=exact)
        self.optimizer = torch.optim.Adam(self.controller.parameters(), lr=one.learning_rate, betas=one.betas, eps=one.eps)
        self.baseline, self.number = 0.0, 0
        self.finalists: set[str] = set()  # keys

    def plan(self) -> Iterator[Trial | None]:
        for _ in range(self.rounds):
            yield from self._settled([self._trial(self.draw()) for _ in range(self.child_steps)])
            for _ in range(self.updates if self.learns else 0):
                trials = [self._trial(self.draw(), budget=0) for _ in range(self.samples)]
                results = yield from self._settled(trials)
                self.follow([trial.arch for trial in trials], results)  # type: ignore[misc]
        chosen = dict[Arch, None]()
        for _ in range(TRIES * self.final):
            chosen[self.draw()] = None
            if len(chosen) == self.final:
                break
        trials = [self._trial(arch, budget=0) for arch in chosen]
        self.finalists = {trial.key for trial in trials}
        yield from self._settled(trials)

    def draw(self) -> Arch:
        """An architecture by the controller as it is, or by `space.sample`."""
        if not self.learns:
            return self.space.sample(self.rng)  # type: ignore[no-any-return]
        with torch.no_grad():
            return self.controller.walk(self.space, lambda name, options, log_probs: self.rng.choices(options, log_probs.exp().tolist())[0]).arch

    def follow(self, archs: list[Arch], results: list[Result]) -> None:
        """One step of the controller, by the mean over these architectures."""
        self.optimizer.zero_grad()
        for arch, result in zip(archs, results, strict=True):
            drawn = self.controller.walk(self.space, lambda name, options, log_probs, arch=arch: arch[name])  # type: ignore[misc]
            reward = self.reward(result) + self.setting.entropy * float(drawn.entropy)
            self.baseline -= (1 - self.setting.decay) * (self.baseline - reward)
            loss = -drawn.log_p * (reward - self.baseline) + self.skip_weight * drawn.penalty
            (loss / len(archs)).backward()
        self.optimizer.step()

    def reward(self, result: Result) -> float:
        """Of an answer; one that failed is worth nothing."""
        value = result.error if self.reward_kind == "accuracy" else result.metrics.get("loss", math.nan)
        if not result.usable or not math.isfinite(value):
            log.warning("an architecture without a number to judge it by is worth nothing to the controller: %s", result.info.get("reason", value))
            return 0.0
        return 1 - value if self.reward_kind == "accuracy" else PERPLEXITY / math.exp(min(value, 700.0))

    def eligible(self, history: Any) -> Any:
        """Those judged at the end; before that those judged without training."""
        for rule in (lambda record: record.trial.key in self.finalists, lambda record: record.trial.budget == 0):
            judged = type(history)(record for record in history if rule(record) and record.result.usable)
            if judged:
                return judged
        return history

    def _trial(self, arch: Arch, budget: int | None = None) -> Trial:
        self.number += 1
        return Trial(arch, budget=budget, repeat=self.number)  # each is one of its own, for the weights are others

    def _settled(self, trials: list[Trial]) -> Generator[Trial | None, None, list[Result]]:
        results = yield from self.stage(trials)
        for trial in trials:
            del self.told[trial.key]
        return results


def _check(**given: Any) -> None:
    """Refuses what is not allowed."""
    require("preset", given["preset"], lambda preset: preset in SETTINGS, ", ".join(map(repr, SETTINGS)))
    require("reward", given["reward"], lambda reward: reward in ("accuracy", "perplexity"), "'accuracy' and 'perplexity'")
    require("tanh", given["tanh"], lambda tanh: tanh in (None, "preset") or (is_number(tanh) and tanh > 0), "numbers above 0, and None for no bound")
    require("skip_target", given["skip_target"], lambda target: is_number(target) and 0 < target < 1, "numbers between 0 and 1")
    for name in ("exact", "learn"):
        if type(given[name]) is not bool:
            raise ValueError(f"`{name}` is {given[name]!r}; allowed are True and False")


def _chosen(one: Setting, hidden: Any, learning_rate: Any, tanh: Any, temperature: Any, entropy: Any, decay: Any) -> Setting:
    """The setting with what is given in its place."""
    reduce = one.bounds.op_reduce
    if tanh != "preset":
        one = one._replace(bounds=Bounds(tanh, reduce, one.bounds.temperature))
    if temperature is not None:
        require("temperature", temperature, lambda value: is_number(value) and value > 0, "temperatures above 0 (chapter 13)")
        one = one._replace(bounds=one.bounds._replace(temperature=float(temperature)))
    if hidden is not None:
        one = one._replace(hidden=whole("hidden", hidden))
    if learning_rate is not None:
        one = one._replace(learning_rate=positive("learning_rate", learning_rate))
    if entropy is not None:
        one = one._replace(entropy=positive("entropy", entropy, zero=True))
    return one if decay is None else one._replace(decay=share("decay", decay))
