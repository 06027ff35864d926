"""The training of many networks at once: what `Fit` does for one, step for step, with one program for all."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from nastutor.estimators.fit import Images, Recipe, Stop, cosine
from nastutor.estimators.store import State
from nastutor.nets.bundle import Bundle
from nastutor.rng import child_seed, torch_rng

LOOK = 32  # images per forward pass when nothing is learnt: with more, many networks together fall out of the caches


@dataclass
class Member:
    """How far one network has come: the same names as in `Fit`."""

    seed: int
    curves: dict[str, list[float]]
    epoch: int = 0
    loss: float = math.nan
    train_loss: float = math.nan
    status: str = ""  # "" while it goes on

    @property
    def curve(self) -> list[float]:
        """The validation error after each epoch."""
        return self.curves["valid"]


@dataclass
class FitBundle:
    """Networks that share images, batch size and number of epochs; each has its own initial weights, order of images, augmentation, rates and statistics.

    recipes  one for each: learning rate, momentum and weight decay may differ
    seeds    as a lone `Fit` would get them
    """

    graphs: Sequence[Any]
    images: Images
    recipes: Sequence[Recipe]
    seeds: Sequence[int]
    splits: tuple[str, ...] = ("valid",)
    dtype: torch.dtype = torch.float32
    late: tuple[str, ...] = ()
    steps: int = 0
    members: list[Member] = field(default_factory=list)
    _left: dict[int, State] = field(default_factory=dict)  # those that were stopped, as they were then

    def __post_init__(self) -> None:
        self.device = self.recipes[0].device
        self.nets = Bundle(self.graphs, self.seeds, self.device, self.dtype)
        self.members = [Member(seed, {name: [] for name in (*self.splits, *self.late)}) for seed in self.seeds]
        self.momentum = torch.zeros_like(self.nets.params)
        self.lr, self.decay, self.friction = (self._each(name) for name in ("lr", "weight_decay", "momentum"))

    def run(self, epochs: int, stop: Stop | None = None) -> list[Member]:
        """Trains until each has done `epochs`, diverged or been stopped."""
        for epoch in range(epochs):
            losses = self.one_epoch(epoch, epochs)
            looked = {name: self.evaluate(name) for name in (*self.splits, *(self.late if epoch == epochs - 1 else ()))}
            for number, member in enumerate(self.members):
                if not member.status:
                    self._note(member, losses[number], {name: (errors[number], loss[number]) for name, (errors, loss) in looked.items()}, epochs, stop)
                    if member.status == "stopped":  # the others go on, and so does its lane: in vain
                        self._left[number] = self.states()[number]
            if all(member.status for member in self.members):
                break
        return self.members

    def _note(self, member: Member, train_loss: float, looked: dict[str, tuple[float, float]], epochs: int, stop: Stop | None) -> None:
        member.epoch, member.train_loss, member.loss = member.epoch + 1, train_loss, looked["valid"][1]
        for name, (error, _) in looked.items():
            member.curves[name].append(error)
        if not (math.isfinite(member.train_loss) and math.isfinite(member.loss)):
            member.status = "diverged"
        elif member.epoch == epochs:
            member.status = "ok"
        elif stop is not None and stop(tuple(member.curve)):
            member.status = "stopped"

    def one_epoch(self, epoch: int, epochs: int) -> list[float]:
        """Each training image once for each network, in its own order; returns the mean losses on the way."""
        self.nets.reseed([child_seed(seed, "layers", epoch) for seed in self.seeds])
        x, y = self.images["train"]
        orders = torch.stack([torch.randperm(len(x), generator=torch_rng(seed, "order", epoch)) for seed in self.seeds], 1).to(x.device)  # (N, members)
        augment = [torch_rng(seed, "augment", epoch) for seed in self.seeds] if self.images.task.augment else None
        batches = [rows for rows in orders.split(self.recipes[0].batch_size) if len(rows) > 1]
        total = torch.zeros(len(self.members), device=x.device)
        for step, rows in enumerate(batches):
            images = x[rows]  # (B, members, C, H, W)
            if augment is not None:
                images = torch.stack([self.images.task.augmented(own, rng) for own, rng in zip(images.unbind(1), augment, strict=True)], 1)
            total += self.nets.learn(images, y[rows]).float() * len(rows)
            self.descend(cosine(1.0, (epoch + step / len(batches)) / epochs))
        return (total / sum(map(len, batches))).tolist()  # type: ignore[no-any-return]

    @torch.no_grad()
    def descend(self, share: float) -> None:
        """A step of SGD with Nesterov's momentum, as torch.optim.SGD takes it, for all networks at once; `share` of each one's learning rate."""
        params, grads, momentum = self.nets.params, self.nets.grads, self.momentum
        if isinstance(self.lr, float) and isinstance(self.decay, float) and isinstance(self.friction, float):
            grads.add_(params, alpha=self.decay)
            momentum.mul_(self.friction).add_(grads)
            params.add_(grads.add_(momentum, alpha=self.friction), alpha=-self.lr * share)
        else:
            grads.addcmul_(params, torch.as_tensor(self.decay))
            momentum.mul_(self.friction).add_(grads)
            params.addcmul_(grads.addcmul_(momentum, torch.as_tensor(self.friction)), torch.as_tensor(self.lr) * -share)
        self.steps += 1

    def evaluate(self, name: str) -> tuple[list[float], list[float]]:
        """For each network its error (a share) and its mean cross-entropy on a split."""
        x, y = self.images[name]
        wrong, loss = [], []
        for images, labels in zip(x.split(LOOK), y.split(LOOK), strict=True):
            logits = self.nets(images[:, None])  # (B, members, classes)
            truth = labels[:, None].expand(-1, len(self.members))
            wrong.append((logits.argmax(2) != truth).sum(0))
            loss.append(F.cross_entropy(logits.flatten(0, 1), truth.flatten(), reduction="none").view(truth.shape).sum(0))
        return tuple((torch.stack(parts).cpu().double().sum(0) / len(y)).tolist() for parts in (wrong, loss))  # not every device has float64

    def states(self) -> list[State]:
        """What a lone `Fit` of each would give as its `state` (without momentum it would have no vectors for it; here they are 0)."""
        found = []
        for member, weights, momentum in zip(self.members, self.nets.states(), self.nets.states(self.momentum), strict=True):
            counts = {name.replace("running_mean", "num_batches_tracked"): torch.tensor(self.steps) for name in weights if name.endswith("running_mean")}
            tensors = {f"module/{name}": tensor for name, tensor in {**weights, **counts}.items()}
            about = {"seed": member.seed, "epoch": member.epoch, "curves": member.curves, "loss": member.loss, "train_loss": member.train_loss}
            found.append(State({**tensors, **{f"momentum/{name}": tensor for name, tensor in momentum.items()}}, {**about, "scaler": {}}))
        return [self._left.get(number, state) for number, state in enumerate(found)]

    def _each(self, name: str) -> float | Tensor:
        """A setting: one number where all networks share it, else one for each parameter."""
        values = [float(getattr(recipe, name)) for recipe in self.recipes]
        return values[0] if len(set(values)) == 1 else torch.tensor(values, device=self.nets.device, dtype=self.dtype)[self.nets.owner]
