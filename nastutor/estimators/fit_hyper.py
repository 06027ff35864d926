"""The training of a hypernetwork, step by step: each with an architecture drawn at random and a batch of images."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nastutor.estimators.fit import CHUNK, cosine
from nastutor.estimators.fit_shared import Batches
from nastutor.estimators.store import State
from nastutor.nets.generated import places, run, shell
from nastutor.nets.graph import LayerGraph
from nastutor.rng import child_seed, python_rng, torch_rng
from nastutor.values import Arch

Images = tuple[Tensor, Tensor]  # x (N, C, H, W) float32, y (N,) int64
# (architecture, its graph, names and shapes, number of the step; None where it is judged) -> weights by name
Write = Callable[[Arch, LayerGraph, Mapping[str, tuple[int, ...]], int | None], dict[str, Tensor]]
MOMENTS = ("exp_avg", "exp_avg_sq", "step", "momentum_buffer")  # of Adam, and of SGD


@dataclass(frozen=True)
class HyperRecipe:
    """How it learns: by Adam, or by SGD where there is a `momentum`, under a cosine over `steps`; `weight_decay` of free weights alone."""

    steps: int
    batch_size: int
    lr: float
    betas: tuple[float, float]
    epsilon: float
    weight_decay: float
    clip: float | None
    device: str
    momentum: float | None = None


class FitHyper:
    """A hypernetwork in training, and how far it has come.

    All that is random at step t comes from generators seeded by (seed, what, t), so `steps` is all there is to know of their positions.
    """

    def __init__(self, net: nn.Module, write: Write, graph: Callable[[Any, Arch], LayerGraph], drawn: Any, task: Any, recipe: HyperRecipe, seed: int) -> None:
        self.net, self.write, self.graph, self.drawn, self.task, self.recipe, self.seed = net.to(recipe.device), write, graph, drawn, task, recipe, seed
        self.batches, self.judged = Batches(self._split("train"), recipe.batch_size, seed, "learnt"), self._split("valid")
        free = [own for name, own in net.named_parameters() if name.startswith("free.")]
        hyper = [own for name, own in net.named_parameters() if not name.startswith("free.")]
        groups = [group for group in ({"params": hyper, "weight_decay": 0.0}, {"params": free, "weight_decay": recipe.weight_decay}) if group["params"]]
        self.optimizer: torch.optim.Optimizer
        if recipe.momentum is None:
            self.optimizer = torch.optim.Adam(groups, lr=recipe.lr, betas=recipe.betas, eps=recipe.epsilon)
        else:
            self.optimizer = torch.optim.SGD(groups, lr=recipe.lr, momentum=recipe.momentum)
        self.steps, self.skipped, self.loss = 0, 0, math.nan

    def learn(self) -> float:
        """One step of Adam; returns the loss. One that is no finite number moves nothing: some architecture without batch norm, say."""
        recipe, step = self.recipe, self.steps
        arch = self.drawn.sample(python_rng(self.seed, "architecture", step))
        x, y = self.batches[step]
        x = self.task.augmented(x, torch_rng(self.seed, "augment", step))
        self.optimizer.zero_grad(set_to_none=True)
        loss = F.cross_entropy(self.forward(x, arch, self.drawn, step), y)
        self.loss = float(loss.detach())
        self.steps += 1
        if not math.isfinite(self.loss):
            self.skipped += 1
            return self.loss
        if loss.requires_grad:  # not where an architecture is without weights
            loss.backward()
            if recipe.clip is not None:
                nn.utils.clip_grad_norm_(self.net.parameters(), recipe.clip)
            for group in self.optimizer.param_groups:
                group["lr"] = cosine(recipe.lr, step / recipe.steps)
            self.optimizer.step()
        return self.loss

    def forward(self, x: Tensor, arch: Arch, space: Any, step: int | None = None) -> Tensor:
        """Logits (B, classes) with the weights that are written for `arch`; in training with dropout where the network has some."""
        graph = self.graph(space, arch)
        net = shell(graph).train(step is not None)
        if step is not None:
            net.reseed(child_seed(self.seed, "layers", step))
        weights = self.write(arch, graph, places(net), step)
        return torch.cat([run(net, weights, part) for part in x.split(CHUNK)])

    @torch.no_grad()
    def judge(self, arch: Arch, space: Any, split: str = "valid") -> tuple[float, float]:
        """(error, loss) on all validation images, or those of another split, always the same ones in the same parts."""
        x, y = self.judged if split == "valid" else self._split(split)
        logits = self.forward(x, arch, space)
        return float((logits.argmax(1) != y).float().mean()), float(F.cross_entropy(logits, y))

    def _split(self, name: str) -> Images:
        own = getattr(self.task, name)
        return torch.tensor(own.x, device=self.recipe.device), torch.tensor(own.y, device=self.recipe.device)

    # going on later

    def state(self) -> State:
        """A copy of weights, moments and position."""
        tensors = {f"net/{name}": own.detach().clone() for name, own in self.net.named_parameters()}
        for name, own in self.net.named_parameters():
            kept = self.optimizer.state.get(own, {})
            tensors |= {f"{moment}/{name}": kept[moment].clone() for moment in MOMENTS if kept.get(moment) is not None}
        return State(tensors, {"steps": self.steps, "skipped": self.skipped, "loss": self.loss})

    @torch.no_grad()
    def restore(self, state: State) -> FitHyper:
        """Stands where the training stood when it gave its `state`."""
        self.optimizer.state.clear()
        for name, own in self.net.named_parameters():
            own.copy_(state.tensors[f"net/{name}"])
            found = {moment: state.tensors[f"{moment}/{name}"].clone() for moment in MOMENTS if f"{moment}/{name}" in state.tensors}
            if found:
                self.optimizer.state[own] = {moment: kept if moment == "step" else kept.to(own.device) for moment, kept in found.items()}
        self.steps, self.skipped, self.loss = (state.about[name] for name in ("steps", "skipped", "loss"))
        return self
