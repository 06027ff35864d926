"""Gradient methods: alpha stands for a distribution over architectures, and the loss of mixtures drawn from it says where alpha is to go (chapter 9).

All minimise the mean over mixtures a ~ p(alpha) of L(w, a). The estimator owns w and answers to a mixture with dL/da; a strategy owns alpha,
decides how a is drawn from it, and takes the gradient through that draw. That is all in which they differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from nastutor.core import Strategy
from nastutor.history import History
from nastutor.inputs import is_number, positive, require, whole
from nastutor.rng import torch_rng
from nastutor.values import Arch, Mixture, Result, Trial

Weights = dict[str, Tensor]  # decision -> (options,)


class Relaxed(Strategy):
    """Keeps alpha, sends it out as mixtures, and moves it by Adam. Subclasses say how: `draw`, and where that is not differentiable `slope`.

    lr, betas, weight_decay   of Adam (Liu et al. 2019, section 3.1.1: 3e-4, (0.5, 0.999), 1e-3; a short search on small images needs more)
    scale                     standard deviation of the first alpha
    resource, eta             decision -> a cost for each option (`nt.estimators.option_costs`): eta times the mean cost of an architecture
                              drawn from softmax(alpha) is added to the loss (Xie et al. 2019, equation 11; Cai et al. 2019, equation 7)
    """

    needs: ClassVar[tuple[str, ...]] = ("mixture_sites", "discretize")
    wants: ClassVar[tuple[str, ...]] = ("grad",)
    chapter: ClassVar[int | None] = 9

    def __init__(
        self,
        space: Any,
        *,
        lr: float = 3e-4,
        betas: tuple[float, float] = (0.5, 0.999),
        weight_decay: float = 1e-3,
        scale: float = 1e-3,
        resource: Mapping[str, Any] | None = None,
        eta: float = 0.0,
        seed: int = 0,
    ) -> None:
        super().__init__(space, seed=seed)
        self.eta, self.resource = positive("eta", eta, zero=True), None if resource is None else costs_of(space, resource)
        if (eta > 0) != (resource is not None):
            raise ValueError(f"`eta` is {eta} and `resource` {resource!r}; allowed are both or neither (chapter 9)")
        positive("scale", scale, zero=True)
        if not (isinstance(betas, (tuple, list)) and len(betas) == 2 and all(0 <= beta < 1 for beta in betas)):
            raise ValueError(f"`betas` is {betas!r}; allowed are two numbers from 0 to below 1 (chapter 9)")
        self.generator = torch_rng(seed, type(self).__name__)
        self.alpha: Weights = {name: self.first_alpha(len(options), scale).requires_grad_() for name, options in space.mixture_sites().items()}
        decay = positive("weight_decay", weight_decay, zero=True)
        self.optimizer = torch.optim.Adam(list(self.alpha.values()), lr=positive("lr", lr), betas=tuple(betas), weight_decay=decay)  # type: ignore[arg-type]
        self.steps = 0  # answers that alpha has learnt from
        self._sent: dict[str, list[Any]] = {}  # equal mixtures may be in flight together

    def first_alpha(self, options: int, scale: float) -> Tensor:
        """Of a decision: (options,)."""
        return scale * torch.randn(options, generator=self.generator)

    def shares(self, name: str) -> Tensor:
        """What alpha gives each option of a decision: (options,), differentiable."""
        return torch.softmax(self.alpha[name], 0)

    def draw(self) -> tuple[Mixture, Any]:
        """A mixture, and whatever `slope` needs to remember of it."""
        raise TypeError(f"{type(self).__name__} does not say how a mixture is drawn: define draw")

    def slope(self, drawn: Any, grad: Weights) -> Weights:
        """dL/d(alpha), (options,) for each decision: here through `drawn`, the tensors that the mixture was made of."""
        names = list(drawn)
        found = dict(
            zip(names, torch.autograd.grad([drawn[name] for name in names], [self.alpha[name] for name in names], [grad[name] for name in names]), strict=True)
        )
        return found if self.resource is None else {name: own + self._dear()[name] for name, own in found.items()}

    def ask(self) -> Trial:
        mixture, drawn = self.draw()
        trial = Trial(mixture)
        self._sent.setdefault(trial.key, []).append(drawn)
        return trial

    def tell(self, trial: Trial, result: Result) -> None:
        if trial.key not in self._sent:
            return  # not drawn from alpha: it says nothing of where alpha is to go
        drawn = self._sent[trial.key].pop(0)
        if not self._sent[trial.key]:
            del self._sent[trial.key]
        self.learn(drawn, result)

    def learn(self, drawn: Any, result: Result) -> None:
        """What the answer to a mixture says of where alpha is to go."""
        if result.status == "failed" or result.grad is None:
            return
        grad = {name: torch.tensor(own) for name, own in result.grad.weights.items()}
        if all(bool(own.isfinite().all()) for own in grad.values()):
            self.follow(self.slope(drawn, grad))

    def _dear(self) -> Weights:
        """The slope of eta times the mean cost."""
        assert self.resource is not None
        mean = sum((self.shares(name) @ self.resource[name] for name in self.alpha), torch.zeros(()))
        return dict(zip(self.alpha, torch.autograd.grad(self.eta * mean, list(self.alpha.values())), strict=True))

    def follow(self, slope: Weights) -> None:
        """One step of alpha against its gradient."""
        for name, own in self.alpha.items():
            own.grad = slope[name]
        self.optimizer.step()
        self.steps += 1

    @property
    def probabilities(self) -> dict[str, Any]:
        """What alpha gives each option: decision -> array (options,)."""
        return {name: self.shares(name).detach().numpy() for name in self.alpha}

    def recommend(self, history: History) -> Arch:
        """The architecture that alpha stands for now."""
        return self.space.discretize(Mixture(self.probabilities))  # type: ignore[no-any-return]


class DARTS(Relaxed):
    """The mixture is softmax(alpha) itself: every option runs, and has its share (Liu et al. 2019, equation 2).

    Whether the gradient is of first or second order is the estimator's matter: `SharedWeights(order=2)`.
    """

    def draw(self) -> tuple[Mixture, Weights]:
        drawn = {name: self.shares(name) for name in self.alpha}
        return mixture_of(drawn), drawn


class SNAS(Relaxed):
    """The mixture is a draw that is almost one-hot: softmax((log p + Gumbel noise) / temperature) (Xie et al. 2019, equations 4 and 5).

    The temperature falls exponentially from `first` to `last` over `horizon` answers, and stays there.
    """

    def __init__(self, space: Any, *, first: float = 1.0, last: float = 0.03, horizon: int = 1_000, lr: float = 3e-4, seed: int = 0, **adam: Any) -> None:
        super().__init__(space, lr=lr, seed=seed, **adam)
        for name, value in (("first", first), ("last", last)):
            require(name, value, lambda value: is_number(value) and value > 0, "temperatures above 0 (chapter 9)")
        if last > first:
            raise ValueError(f"`last` is {last} and `first` {first}; allowed is a temperature that does not rise (chapter 9)")
        self.first, self.last, self.horizon = first, last, whole("horizon", horizon)

    @property
    def temperature(self) -> float:
        return float(self.first * (self.last / self.first) ** min(1.0, self.steps / self.horizon))

    def draw(self) -> tuple[Mixture, Weights]:
        drawn = {name: torch.softmax((torch.log_softmax(own, 0) + self.gumbel(own)) / self.temperature, 0) for name, own in self.alpha.items()}
        return mixture_of(drawn), drawn

    def gumbel(self, like: Tensor) -> Tensor:
        """Noise whose largest value, added to log p, falls on option i with probability p_i."""
        return -torch.log(-torch.log(torch.rand(like.shape, generator=self.generator).clamp(1e-20, 1 - 1e-7)))


class GDAS(SNAS):
    """SNAS's draw, rounded to its largest option on the way there and not on the way back, so that one path runs (Dong & Yang 2019, equations 4 to 6)."""

    def __init__(self, space: Any, *, first: float = 10.0, last: float = 0.1, horizon: int = 1_000, lr: float = 3e-4, seed: int = 0, **adam: Any) -> None:
        super().__init__(space, first=first, last=last, horizon=horizon, lr=lr, seed=seed, **adam)

    def draw(self) -> tuple[Mixture, Weights]:
        soft = super().draw()[1]
        hard = {name: torch.zeros_like(own).index_fill_(0, own.argmax(), 1.0) for name, own in soft.items()}
        return mixture_of(hard), soft


def costs_of(space: Any, resource: Mapping[str, Any]) -> Weights:
    """Costs as tensors, checked."""
    sites = space.mixture_sites()
    costs = {name: torch.tensor(np.asarray(own, dtype=np.float32)) for name, own in resource.items()}
    for name in sites.keys() | costs.keys():
        if name not in costs or costs[name].shape != (len(sites.get(name, ())),) or not bool((costs[name].isfinite() & (costs[name] >= 0)).all()):
            raise ValueError(
                f"`resource` says {resource.get(name)!r} of {name!r}; allowed is a finite cost from 0 for each option of {', '.join(sites)} (chapter 9)"
            )
    return costs


def mixture_of(drawn: Mapping[str, Tensor]) -> Mixture:
    return Mixture({name: own.detach().numpy().astype(np.float32) for name, own in drawn.items()})
