"""The training itself: SGD with Nesterov momentum under a cosine, one epoch after the other (Loshchilov & Hutter 2017, eq. 5, no restart)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
import torch.nn.functional as F
from numpy.random import Generator
from torch import Tensor

from nastutor.estimators.device import PRECISIONS
from nastutor.estimators.solvers import Named, share_of, solver_of
from nastutor.estimators.store import State
from nastutor.nets.blocks import auxiliary_loss, schedule_drop_path
from nastutor.rng import child_seed, numpy_rng, torch_rng

CHUNK = 512  # images per forward pass when nothing is learnt
KEPT_AS = {"momentum_buffer": "momentum"}  # how a kept state calls what an optimiser knows of a weight, where it is not by the same name

Stop = Callable[[Sequence[float]], bool]


@dataclass(frozen=True)
class Recipe:
    """How to train a network: what its graph does not say.

    auxiliary            weight of the auxiliary head's loss; 0 where the network has no head
    scheduled_drop_path  whether paths are dropped more and more often
    nesterov             whether momentum, where there is some, is Nesterov's
    clip                 the largest norm of a gradient; None: any
    mixup                both parameters of the beta distribution of the shares; 0: no image is mixed with another
    cutout               the side of the square that is erased; None: as the task says
    solver, policy       (name, its numbers) of solvers.py; None: SGD, and a cosine
    """

    batch_size: int
    lr: float
    momentum: float
    weight_decay: float
    device: str
    precision: str | None
    auxiliary: float = 0.0
    scheduled_drop_path: bool = False
    nesterov: bool = True
    clip: float | None = None
    mixup: float = 0.0
    cutout: int | None = None
    solver: Named | None = None
    policy: Named | None = None

    def rate(self, epoch: int, share: float, epochs: int) -> float:
        """The learning rate when `epoch` epochs are done, and this share of the next, out of `epochs`."""
        return cosine(self.lr, (epoch + share) / epochs) if self.policy is None else self.lr * share_of(self.policy, epoch)


class Images:
    """A task's splits as tensors on one device: moved there once, each when first needed."""

    def __init__(self, task: Any, device: str) -> None:
        self.task, self.device = task, device
        self._splits: dict[str, tuple[Tensor, Tensor]] = {}

    def __getitem__(self, name: str) -> tuple[Tensor, Tensor]:
        """x (N, C, H, W) float32 and y (N,) int64 of `train`, `valid` or `test`."""
        if name not in self._splits:
            split = getattr(self.task, name)
            self._splits[name] = (torch.tensor(split.x, device=self.device), torch.tensor(split.y, device=self.device))
        return self._splits[name]


@dataclass
class Fit:
    """One training: a network, its optimiser, and how far it has come.

    Every random thing of epoch e comes from a generator seeded by (seed, what, e): so `epoch` is all there is to know of their positions.
    """

    module: Any
    images: Images
    recipe: Recipe
    seed: int
    splits: tuple[str, ...] = ("valid",)
    late: tuple[str, ...] = ()
    epoch: int = 0
    curves: dict[str, list[float]] = field(default_factory=dict)
    loss: float = math.nan
    train_loss: float = math.nan

    def __post_init__(self) -> None:
        recipe, device = self.recipe, torch.device(self.recipe.device).type
        self.module.to(memory_format=torch.channels_last)  # small convolutions take 10 to 25 % less time so
        how: dict[str, Any] = {"lr": recipe.lr, "weight_decay": recipe.weight_decay}
        self.optimizer: torch.optim.Optimizer
        if recipe.solver is not None:
            self.optimizer = solver_of(recipe.solver, self.module.parameters(), **how)
        else:
            how |= {"momentum": recipe.momentum, "nesterov": recipe.nesterov and recipe.momentum > 0}
            self.optimizer = torch.optim.SGD(self.module.parameters(), fused=device != "mps", **how)
        self.scaler = torch.amp.GradScaler(device, enabled=recipe.precision == "float16")
        self.device, self.curves = device, {name: [] for name in (*self.splits, *self.late)}

    @property
    def curve(self) -> list[float]:
        """The validation error after each epoch."""
        return self.curves["valid"]

    @property
    def finite(self) -> bool:
        return math.isfinite(self.loss) and math.isfinite(self.train_loss)

    def run(self, epochs: int, stop: Stop | None = None) -> str:
        """Trains until `epochs` are done, under one cosine that ends there; returns "ok", "stopped" or "diverged"."""
        while self.epoch < epochs:
            self.train_loss = self.one_epoch(self.epoch, epochs)
            self.epoch += 1
            for name in (*self.splits, *(self.late if self.epoch == epochs else ())):
                error, loss = self.evaluate(name)
                self.curves[name].append(error)
                self.loss = loss if name == "valid" else self.loss
            if not self.finite:
                return "diverged"
            if stop is not None and self.epoch < epochs and stop(tuple(self.curve)):
                return "stopped"
        return "ok"

    def one_epoch(self, epoch: int, epochs: int) -> float:
        """Each training image once; returns the mean loss on the way."""
        self.module.train()
        self.module.reseed(child_seed(self.seed, "layers", epoch))  # dropout, drop-path
        if self.recipe.scheduled_drop_path:
            schedule_drop_path(self.module, epoch / epochs)
        (x, y), augment, mixed = self.images["train"], torch_rng(self.seed, "augment", epoch), numpy_rng(self.seed, "mixup", epoch)
        order = torch.randperm(len(x), generator=torch_rng(self.seed, "order", epoch)).to(x.device)  # (N,)
        batches = [rows for rows in order.split(self.recipe.batch_size) if len(rows) > 1]  # batch norm has no statistics of one image
        total = torch.zeros((), device=x.device)
        for step, rows in enumerate(batches):
            self.optimizer.param_groups[0]["lr"] = self.recipe.rate(epoch, step / len(batches), epochs)
            images = self.images.task.augmented(x[rows], augment, self.recipe.cutout)
            partners = (self._partners(len(rows), mixed),) if self.recipe.mixup else ()
            total += self.step(images, y[rows], *partners) * len(rows)
        return total.item() / sum(map(len, batches))  # the one time an epoch waits for the device, evaluation apart

    def _partners(self, count: int, rng: Generator) -> tuple[float, Tensor]:
        """For mix-up the share of each image's own (Zhang et al. 2018, equation 2), and which other image (B,) it is mixed with."""
        return rng.beta(self.recipe.mixup, self.recipe.mixup), torch.from_numpy(rng.permutation(count))

    def step(self, x: Tensor, y: Tensor, partners: tuple[float, Tensor] | None = None) -> Tensor:
        """One step of SGD on a batch x (B, C, H, W), y (B,), mixed with itself where there are `partners`."""
        self.optimizer.zero_grad()
        if partners is None:
            loss = self.loss_of(self.forward(x), y)
        else:
            own, other = partners[0], partners[1].to(x.device)
            scores = self.forward(own * x + (1 - own) * x[other])
            loss = own * self.loss_of(scores, y) + (1 - own) * self.loss_of(scores, y[other])
        self.scaler.scale(loss).backward()
        if self.recipe.clip is not None:
            self.scaler.unscale_(self.optimizer)
            torch.nn.utils.clip_grad_norm_(self.module.parameters(), self.recipe.clip)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        return loss.detach()

    def loss_of(self, scores: Tensor, y: Tensor) -> Tensor:
        """The mean cross-entropy, with that of the auxiliary head where there is one."""
        return auxiliary_loss(scores, y, self.recipe.auxiliary) if self.recipe.auxiliary else F.cross_entropy(scores, y)

    def forward(self, x: Tensor) -> Tensor:
        """Logits (B, classes), behind them those of the auxiliary head where there is one, in float32 also where the layers compute in less."""
        if self.recipe.precision is None:
            return self.module(x)
        with torch.autocast(self.device, PRECISIONS[self.recipe.precision]):
            return self.module(x).float()

    def evaluate(self, name: str) -> tuple[float, float]:
        """Error (a share) and mean cross-entropy on a split."""
        self.module.eval()
        x, y = self.images[name]
        with torch.no_grad():
            logits = torch.cat([self.forward(part) for part in x.split(CHUNK)])  # (N, classes)
            logits = logits.chunk(2, 1)[0] if self.recipe.auxiliary else logits  # the head has done its work
            wrong, loss = torch.stack([(logits.argmax(1) != y).sum(), F.cross_entropy(logits, y)]).tolist()  # one wait for both
        return wrong / len(y), loss

    def state(self) -> State:
        """Weights, statistics, momentum and position."""
        tensors = {f"module/{name}": tensor for name, tensor in self.module.state_dict().items()}
        for name, parameter in self.module.named_parameters():
            kept = {KEPT_AS.get(key, key): value for key, value in self.optimizer.state[parameter].items()}
            tensors |= {f"{key}/{name}": value for key, value in kept.items() if value is not None}
        about = {"seed": self.seed, "epoch": self.epoch, "curves": self.curves, "loss": self.loss, "train_loss": self.train_loss}
        return State(tensors, {**about, "scaler": self.scaler.state_dict()})

    def restore(self, state: State) -> Fit:
        """Stands where the training stood when it gave its `state`."""
        self.module.load_state_dict(weights_of(state))
        known = known_of(state)
        for name, parameter in self.module.named_parameters():
            for key, value in known.get(name, {}).items():
                alike = value.shape == parameter.shape  # all but the number of the step, which stays on the CPU
                self.optimizer.state[parameter][key] = torch.empty_like(parameter).copy_(value) if alike else value.clone()
        about = state.about
        self.seed, self.epoch, self.loss, self.train_loss = about["seed"], about["epoch"], about["loss"], about["train_loss"]
        self.curves = {name: list(about["curves"][name]) for name in self.splits}
        if self.scaler.is_enabled():
            self.scaler.load_state_dict(about["scaler"])
        return self


def weights_of(state: State) -> dict[str, Tensor]:
    """The module's own part of a state."""
    return {name.removeprefix("module/"): tensor for name, tensor in state.tensors.items() if name.startswith("module/")}


def known_of(state: State) -> dict[str, dict[str, Tensor]]:
    """What the optimiser knew of each parameter."""
    names, known = {kept: own for own, kept in KEPT_AS.items()}, dict[str, dict[str, Tensor]]()
    for place, tensor in state.tensors.items():
        key, _, name = place.partition("/")
        if key != "module":
            known.setdefault(name, {})[names.get(key, key)] = tensor
    return known


def cosine(lr: float, progress: float) -> float:
    """The learning rate after this share of the training: from `lr` down to 0."""
    return 0.5 * lr * (1 + math.cos(math.pi * progress))
