"""The training of shared weights, step by step, and what a step tells of the mixture that it ran with."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nastutor.estimators.device import PRECISIONS
from nastutor.estimators.fit import CHUNK, cosine
from nastutor.estimators.store import State
from nastutor.nets.mixed import MixedNet
from nastutor.rng import child_seed, torch_rng
from nastutor.spaces.relaxed import check_mixture
from nastutor.values import Arch, Mixture

Images = tuple[Tensor, Tensor]  # x (N, C, H, W) float32, y (N,) int64
RADIUS = 0.01  # of the finite differences, divided by the norm of the gradient (Liu et al. 2019, section 2.3)


@dataclass(frozen=True)
class SharedRecipe:
    """How shared weights learn; `SharedWeights` says what each is."""

    batch_size: int
    lr: float
    last_lr: float
    horizon: int | None
    momentum: float
    nesterov: bool
    weight_decay: float
    clip: float | None
    order: int | str
    xi: float | None
    statistics: str
    recalibration: int
    device: str
    precision: str | None
    ghosts: int = 1
    accumulate: int = 1


class Route(NamedTuple):
    """Which paths of a supernet run, and how they are weighed.

    weights  decision -> float32 (options,); None: those that run count 1
    active, watched  decision -> numbers of options, as `MixedNet` takes them
    """

    weights: Mapping[str, Tensor] | None
    active: Mapping[str, Sequence[int]]
    watched: Mapping[str, Sequence[int]]

    @classmethod
    def of(cls, asked: Arch | Mixture, space: Any, sites: Mapping[str, tuple[Any, ...]], device: str = "cpu") -> Route:
        """The paths that an architecture of `space` or a mixture gives weight; `sites` are those of the supernet."""
        if isinstance(asked, Arch):
            chosen = space.chosen(asked)
            return cls(None, {name: (options.index(chosen[name]),) for name, options in sites.items()}, {})
        check_mixture(sites, asked)
        active = {name: tuple(map(int, own.nonzero()[0])) for name, own in asked.weights.items()}
        return cls({name: torch.tensor(own, device=device) for name, own in asked.weights.items()}, active, asked.watched)


class Answer(NamedTuple):
    """What shared weights say of a route: error and loss, the gradient dL/d(weights) if asked for, and the mean loss of the training before."""

    error: float
    loss: float
    grad: Mixture | None
    train_loss: float | None


class Batches:
    """Batches of a split in ever new orders: number t is the same in every process. The last images of an order that fill no batch wait for the next."""

    def __init__(self, images: Images, size: int, seed: int, name: str) -> None:
        self.x, self.y = images
        self.size, self.seed, self.name = min(size, len(self.x)), seed, name
        self._order: tuple[int, Tensor] = (-1, torch.zeros(0))

    def __getitem__(self, number: int) -> Images:
        epoch, place = divmod(number, len(self.x) // self.size)
        if self._order[0] != epoch:
            order = torch.randperm(len(self.x), generator=torch_rng(self.seed, "order", self.name, epoch))
            self._order = epoch, order.to(self.x.device)
        rows = self._order[1][place * self.size : (place + 1) * self.size]
        return self.x[rows], self.y[rows]


class FitShared:
    """A supernet in training: its weights, its optimiser, and how far it has come.

    learnt  the images that weights learn from
    judged  those that mixtures and architectures are judged by: no image of the others
    steps   of the weights so far
    looks   at batches of `judged` so far
    """

    def __init__(self, net: MixedNet, task: Any, learnt: Images, judged: Images, recipe: SharedRecipe, seed: int) -> None:
        self.net, self.task, self.recipe, self.seed = net.to(memory_format=torch.channels_last), task, recipe, seed
        self.batches = Batches(learnt, recipe.batch_size, seed, "learnt")
        self.glances = Batches(judged, recipe.batch_size, seed, "judged")
        self.params = list(net.parameters())
        # not the fused kind, which wants a momentum of all weights or of none: here those on no path so far have none
        self.optimizer = torch.optim.SGD(self.params, lr=recipe.lr, momentum=recipe.momentum, weight_decay=recipe.weight_decay, nesterov=recipe.nesterov)
        self.steps = self.looks = 0

    # the weights

    @property
    def lr(self) -> float:
        """Of the next step."""
        recipe = self.recipe
        if recipe.horizon is None:
            return recipe.lr
        return recipe.last_lr + cosine(recipe.lr - recipe.last_lr, min(1.0, self.steps / recipe.horizon))

    def learn(self, route: Route) -> float:
        """One step of SGD on the next batch, of the paths of `route`; the others do not move, nor do their momenta. Returns the loss.

        Where gradients accumulate, the step comes with the last of the batches that share it.
        """
        self.net.train()
        self.net.reseed(child_seed(self.seed, "layers", self.steps))  # dropout, drop-path
        first, last = self.steps % self.recipe.accumulate == 0, (self.steps + 1) % self.recipe.accumulate == 0
        if first:
            self.optimizer.zero_grad(set_to_none=True)
        x, y = self.batches[self.steps]
        x = self.task.augmented(x, torch_rng(self.seed, "augment", self.steps))
        loss = F.cross_entropy(torch.cat([self.forward(part, route, fixed=True) for part in x.chunk(self.recipe.ghosts)]), y)
        (loss / self.recipe.accumulate).backward()
        if last:
            if self.recipe.clip is not None:
                nn.utils.clip_grad_norm_(self.params, self.recipe.clip)
            self.optimizer.param_groups[0]["lr"] = self.lr
            self.optimizer.step()
        self.steps += 1
        return float(loss.detach())

    def forward(self, x: Tensor, route: Route, *, fixed: bool = False) -> Tensor:
        """Logits (B, classes) in float32; `fixed`: nothing of what is watched is computed, for only weights learn."""
        watched = {} if fixed else route.watched
        if self.recipe.precision is None:
            return self.net(x, route.weights, route.active, watched)  # type: ignore[no-any-return]
        with torch.autocast(torch.device(self.recipe.device).type, PRECISIONS[self.recipe.precision]):
            return self.net(x, route.weights, route.active, watched).float()  # type: ignore[no-any-return]

    # the answers

    def answer(self, route: Route, steps: int, *, graded: bool = False, whole: bool = False, first: int | None = None) -> Answer:
        """So many steps along a route, then what it is worth; `graded`: with the gradient of its mixture, else judged as `judge` has it."""
        trained = [self.learn(route) for _ in range(steps)]
        mean = sum(trained) / steps if steps else None
        if not graded:
            return Answer(*self.judge(route, whole, first), None, mean)
        error, loss, found = self.gradient(route)
        return Answer(error, loss, Mixture({name: own.cpu().numpy() for name, own in found.items()}), mean)

    def judge(self, route: Route, whole: bool = False, first: int | None = None) -> tuple[float, float]:
        """(error, loss) of an architecture on the next batch of `judged`, or on all of it, or of that on the first so many batches."""
        if self.recipe.statistics == "recalibrated":
            self.recalibrate(route)
        self.net.eval()
        x, y = (self.glances.x, self.glances.y) if whole else self._glance()
        if first is not None:
            x, y = x[: first * self.glances.size], y[: first * self.glances.size]
        with torch.no_grad():
            logits = torch.cat([self.forward(part, route, fixed=True) for part in x.split(CHUNK)])
            return _share_wrong(logits, y), float(F.cross_entropy(logits, y))

    def gradient(self, route: Route) -> tuple[float, float, dict[str, Tensor]]:
        """(error, loss, decision -> dL/d(weights) (options,)) of a mixture on the next batch of `judged`; shared weights stay as they are.

        order 1: at the weights as they are; 2: at those that one step on the next batch would lead to, with the second term by finite
        differences (Liu et al. 2019, equations 7 and 8); "exact": the same by differentiating through that step.
        """
        assert route.weights is not None
        leaves = {name: own.detach().requires_grad_() for name, own in route.weights.items()}
        open_route = route._replace(weights=leaves)
        with self._untouched():
            self.net.train()
            batch = self._glance()
            if self.recipe.order == 1:
                error, loss, found = self._ahead(open_route, batch, list(leaves.values()))
            else:
                error, loss, found = (self._unrolled if self.recipe.order == "exact" else self._differences)(open_route, leaves, batch)
        return error, loss, {name: torch.zeros_like(leaf) if own is None else own for (name, leaf), own in zip(leaves.items(), found, strict=True)}

    def _ahead(self, route: Route, batch: Images, wanted: Sequence[Tensor]) -> tuple[float, float, Sequence[Tensor | None]]:
        """(error, loss, gradients) at the weights as they stand."""
        x, y = batch
        logits = self.forward(x, route)
        loss = F.cross_entropy(logits, y)
        found = torch.autograd.grad(loss, wanted, allow_unused=True) if loss.requires_grad else [None] * len(wanted)
        return _share_wrong(logits, y), float(loss.detach()), found

    def _differences(self, route: Route, leaves: Mapping[str, Tensor], batch: Images) -> tuple[float, float, list[Tensor | None]]:
        """Second order: the gradient after a step, and how the gradient before it changes along the way that this one points."""
        mixture, following, xi = list(leaves.values()), self.batches[self.steps], self.lr if self.recipe.xi is None else self.recipe.xi
        _, _, slope = self._ahead(route, following, self.params)
        with self._moved(slope, lambda weight, own: self._direction(weight, own).mul_(-xi)):
            error, loss, found = self._ahead(route, batch, [*mixture, *self.params])
        first, point = found[: len(mixture)], found[len(mixture) :]
        radius = RADIUS / max(math.sqrt(sum(float(own.square().sum()) for own in point if own is not None)), 1e-12)
        sides = []
        for sign in (radius, -radius):
            with self._moved(point, lambda weight, own, sign=sign: own * sign):  # type: ignore[misc]
                sides.append(self._ahead(route, following, mixture)[2])
        terms = zip(first, *sides, mixture, strict=True)
        return error, loss, [_or_zero(one, leaf) - xi * (_or_zero(up, leaf) - _or_zero(down, leaf)) / (2 * radius) for one, up, down, leaf in terms]

    def _unrolled(self, route: Route, leaves: Mapping[str, Tensor], batch: Images) -> tuple[float, float, Sequence[Tensor | None]]:
        xi, named = self.lr if self.recipe.xi is None else self.recipe.xi, dict(self.net.named_parameters())
        x, y = self.batches[self.steps]
        slope = torch.autograd.grad(F.cross_entropy(self.forward(x, route), y), list(named.values()), create_graph=True, allow_unused=True)
        after = {name: w if own is None else w - xi * self._direction(w, own) for (name, w), own in zip(named.items(), slope, strict=True)}
        x, y = batch
        logits = torch.func.functional_call(self.net, after, (x, route.weights, route.active, route.watched))
        loss = F.cross_entropy(logits, y)
        return _share_wrong(logits, y), float(loss.detach()), torch.autograd.grad(loss, list(leaves.values()), allow_unused=True)

    def _direction(self, weight: Tensor, grad: Tensor) -> Tensor:
        """What a step of SGD follows: gradient, decay and momentum (as the released code of DARTS unrolls it: without Nesterov and without clipping)."""
        way = grad + self.recipe.weight_decay * weight.detach()
        buffer = self.optimizer.state[weight].get("momentum_buffer") if weight in self.optimizer.state else None
        return way if buffer is None else way + self.recipe.momentum * buffer

    @contextmanager
    def _moved(self, along: Sequence[Tensor | None], by: Any) -> Iterator[None]:
        """Inside, each weight that has an entry in `along` is moved by `by(weight, entry)`."""
        kept = [weight.detach().clone() for weight in self.params]
        with torch.no_grad():
            for weight, own in zip(self.params, along, strict=True):
                if own is not None:
                    weight.add_(by(weight, own))
        try:
            yield
        finally:
            with torch.no_grad():
                for weight, before in zip(self.params, kept, strict=True):
                    weight.copy_(before)

    @contextmanager
    def _untouched(self) -> Iterator[None]:
        """Inside, running statistics may change; afterwards they are what they were."""
        kept = [buffer.clone() for buffer in self.net.buffers()]
        try:
            yield
        finally:
            for buffer, before in zip(self.net.buffers(), kept, strict=True):
                buffer.copy_(before)

    @torch.no_grad()
    def recalibrate(self, route: Route) -> None:
        """Statistics of this architecture alone: means over some batches of the images that weights learn from."""
        self.net.train()
        norms = [part for part in self.net.modules() if isinstance(part, (nn.BatchNorm1d, nn.BatchNorm2d))]
        momenta = [norm.momentum for norm in norms]
        for norm in norms:
            norm.reset_running_stats()
            norm.momentum = None  # every batch counts alike
        for number in range(self.recipe.recalibration):
            self.forward(self.batches[number][0], route, fixed=True)
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum

    def _glance(self) -> Images:
        self.looks += 1
        return self.glances[self.looks - 1]

    # going on later

    def state(self) -> State:
        """Weights, statistics, momenta and position."""
        tensors = {f"module/{name}": tensor for name, tensor in self.net.state_dict().items()}
        for name, parameter in self.net.named_parameters():
            if parameter in self.optimizer.state and (momentum := self.optimizer.state[parameter].get("momentum_buffer")) is not None:
                tensors[f"momentum/{name}"] = momentum
            if self.steps % self.recipe.accumulate and parameter.grad is not None:
                tensors[f"grad/{name}"] = parameter.grad
        return State(tensors, {"steps": self.steps, "looks": self.looks})

    def restore(self, state: State) -> None:
        """Stands where the training stood when it gave its `state`."""
        self.net.load_state_dict({name.removeprefix("module/"): tensor for name, tensor in state.tensors.items() if name.startswith("module/")})
        self.optimizer.state.clear()
        for name, parameter in self.net.named_parameters():
            if (momentum := state.tensors.get(f"momentum/{name}")) is not None:
                self.optimizer.state[parameter]["momentum_buffer"] = torch.empty_like(parameter).copy_(momentum)
            grad = state.tensors.get(f"grad/{name}")
            parameter.grad = None if grad is None else torch.empty_like(parameter).copy_(grad)
        self.steps, self.looks = state.about["steps"], state.about["looks"]


def _or_zero(own: Tensor | None, leaf: Tensor) -> Tensor:
    return torch.zeros_like(leaf) if own is None else own


def _share_wrong(logits: Tensor, y: Tensor) -> float:
    return float((logits.argmax(1) != y).float().mean())
