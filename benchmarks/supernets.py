"""One step of a search over shared weights, weights and alpha, beside a supernet written plainly: ratios of time and of memory.

    python benchmarks/supernets.py [--channels 16] [--cells 8] [--batch 16] [--pairs 5] [--order 1 2]

DARTS's space with 8 cells on 32x32 images, one thread; the gradient of alpha in first and in second order. Plain is every operation of every edge as
a module call of its own, weighed and summed, in rows of channels (NCHW) and in channels-last order; time is process time, variants in turn, medians
of ratios; memory is the highest resident size of a process that runs two steps, less that of one that has only built its network.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from types import SimpleNamespace
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

import nastutor as nt
from nastutor.nets.fused import FusedNet
from nastutor.nets.mixed import MixedNet

LR = 0.025
VARIANTS = ("plain", "plain, channels-last", "nastutor, as read", "nastutor")
BARS = {"plain": (1.8, 0.5), "plain, channels-last": (1.15, 0.5)}  # at least so many times as fast, with at most this share of its memory


class PlainSeparable(nn.Sequential):
    """ReLU, depthwise, pointwise, batch norm; `times` of it."""

    def __init__(self, channels: int, kernel: int, stride: int, dilation: int, times: int) -> None:
        parts: list[nn.Module] = []
        for number in range(times):
            pad = dilation * (kernel - 1) // 2
            deep = nn.Conv2d(channels, channels, kernel, stride if number == 0 else 1, pad, dilation, channels, bias=False)
            parts += [nn.ReLU(), deep, nn.Conv2d(channels, channels, 1, bias=False), nn.BatchNorm2d(channels, affine=False)]
        super().__init__(*parts)


class PlainReduction(nn.Module):
    """ReLU, two 1x1 convolutions of stride 2, one a pixel further, joined; batch norm."""

    def __init__(self, before: int, channels: int) -> None:
        super().__init__()
        self.one, self.two = (nn.Conv2d(before, channels // 2, 1, 2, bias=False) for _ in range(2))
        self.bn = nn.BatchNorm2d(channels, affine=False)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.relu(x)
        return self.bn(torch.cat([self.one(x), self.two(x[:, :, 1:, 1:])], 1))


class PlainPoint(nn.Sequential):
    def __init__(self, before: int, channels: int) -> None:
        super().__init__(nn.ReLU(), nn.Conv2d(before, channels, 1, bias=False), nn.BatchNorm2d(channels, affine=False))


def plain_edge(channels: int, stride: int) -> nn.ModuleList:
    """The seven operations that are not none."""
    pools = [nn.Sequential(nn.MaxPool2d(3, stride, 1), nn.BatchNorm2d(channels, affine=False)),
             nn.Sequential(nn.AvgPool2d(3, stride, 1, count_include_pad=False), nn.BatchNorm2d(channels, affine=False))]  # fmt: skip
    skip = nn.Identity() if stride == 1 else PlainReduction(channels, channels)
    convs = [PlainSeparable(channels, kernel, stride, dilation, times) for kernel, dilation, times in ((3, 1, 2), (5, 1, 2), (3, 2, 1), (5, 2, 1))]
    return nn.ModuleList([*pools, skip, *convs])


class Plain(nn.Module):
    """DARTS's supernet as one writes it down first."""

    def __init__(self, channels: int, cells: int, classes: int = 10) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 3 * channels, 3, padding=1, bias=False), nn.BatchNorm2d(3 * channels))
        self.cells, older, newer, halved = nn.ModuleList(), 3 * channels, 3 * channels, False
        for number in range(cells):
            reduces = number in (cells // 3, 2 * cells // 3)
            channels *= 1 + reduces
            first = PlainReduction(older, channels) if halved else PlainPoint(older, channels)
            edges = [plain_edge(channels, 2 if reduces and source < 2 else 1) for node in range(2, 6) for source in range(node)]
            self.cells.append(nn.ModuleList([first, PlainPoint(newer, channels), nn.ModuleList(edges)]))
            older, newer, halved = newer, 4 * channels, reduces
        self.reduces = [number in (cells // 3, 2 * cells // 3) for number in range(cells)]
        self.head = nn.Linear(newer, classes)

    def forward(self, x: Tensor, normal: Tensor, reduce: Tensor) -> Tensor:
        older = newer = self.stem(x)
        for (first, second, edges), reduces in zip(self.cells, self.reduces, strict=True):
            states, weights, number = [first(older), second(newer)], reduce if reduces else normal, 0
            for _ in range(4):
                total: Any = 0
                for state in states:
                    total = total + sum(w * op(state) for w, op in zip(weights[number][1:], edges[number], strict=True))
                    number += 1
                states.append(total)
            older, newer = newer, torch.cat(states[2:], 1)
        return self.head(newer.mean((2, 3)))


class Runner:
    """One variant with its optimisers: `step` is a step of the weights and the gradient of the mixture."""

    def __init__(self, variant: str, channels: int, cells: int, batch: int, order: int = 1) -> None:
        self.last, self.ours = variant != "plain", variant.startswith("nastutor")
        generator = torch.Generator().manual_seed(0)
        self.x, self.y = torch.randn(batch, 3, 32, 32, generator=generator), torch.randint(10, (batch,), generator=generator)
        if self.ours:
            space = nt.spaces.DARTSSpace(channels=channels, cells=(cells - 2) // 3, stages=3)
            supernet = space.supernet(SimpleNamespace(shape=(3, 32, 32), classes=10), affine=False, pool_bn=True)
            self.net: Any = (FusedNet if variant == "nastutor" else MixedNet)(supernet)
            self.mixture = {name: torch.full((8,), 1 / 8, requires_grad=True) for name in supernet.sites}
        else:
            self.net = Plain(channels, cells)
            self.mixture = {name: torch.full((14, 8), 1 / 8, requires_grad=True) for name in ("normal", "reduce")}
        if self.last:
            self.net, self.x = self.net.to(memory_format=torch.channels_last), self.x.contiguous(memory_format=torch.channels_last)
        self.params, self.order = list(self.net.parameters()), order
        self.optimizer = torch.optim.SGD(self.params, lr=LR, momentum=0.9, weight_decay=3e-4)

    def loss(self, mixture: dict[str, Tensor]) -> Tensor:
        return F.cross_entropy(self.net(self.x, mixture) if self.ours else self.net(self.x, **mixture), self.y)

    def step(self) -> None:
        self.net.train()
        (self.first if self.order == 1 else self.second)()
        self.optimizer.zero_grad()
        self.loss({name: own.detach() for name, own in self.mixture.items()}).backward()
        nn.utils.clip_grad_norm_(self.net.parameters(), 5.0)
        self.optimizer.step()

    def first(self) -> Any:
        return torch.autograd.grad(self.loss(self.mixture), list(self.mixture.values()))

    def second(self) -> Any:
        """The gradient one step ahead, and the second term by finite differences (Liu et al. 2019, equations 7 and 8); momentum apart."""
        mixture, fixed = list(self.mixture.values()), {name: own.detach() for name, own in self.mixture.items()}
        kept = [own.detach().clone() for own in self.params]
        self.move(torch.autograd.grad(self.loss(fixed), self.params), -LR)
        found = torch.autograd.grad(self.loss(self.mixture), [*mixture, *self.params])
        self.put_back(kept)
        ahead, point = found[: len(mixture)], found[len(mixture) :]
        radius = 0.01 / float(torch.stack([own.norm() for own in point]).norm())
        self.move(point, radius)
        up = self.first()
        self.move(point, -2 * radius)
        down = self.first()
        self.put_back(kept)
        return [one - LR * (a - b) / (2 * radius) for one, a, b in zip(ahead, up, down, strict=True)]

    @torch.no_grad()
    def put_back(self, kept: Any) -> None:
        torch._foreach_copy_(self.params, kept)

    @torch.no_grad()
    def move(self, along: Any, by: float) -> None:
        torch._foreach_add_(self.params, along, alpha=by)


def seconds(runner: Runner) -> float:
    began = time.process_time()
    runner.step()
    return time.process_time() - began


def memory(variant: str, asked: argparse.Namespace, order: int) -> float:
    """What two steps add to the highest resident size of a process of its own, in 10^6 bytes."""
    command = [sys.executable, __file__, "--alone", variant, "--order", str(order), *(f"--{n}={getattr(asked, n)}" for n in ("channels", "cells", "batch"))]
    after, before = (
        float(json.loads(subprocess.run([*command, "--steps", str(steps)], check=True, capture_output=True, text=True).stdout)) for steps in (2, 0)
    )
    return after - before


def highest() -> float:
    """The highest resident size of this process so far, in 10^6 bytes (not known on Windows)."""
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


def times(runners: dict[str, Runner], pairs: int) -> dict[str, list[float]]:
    """Seconds of a step, variants in turn; the first step of each is not counted."""
    found: dict[str, list[float]] = {variant: [] for variant in runners}
    for runner in runners.values():
        runner.step()
    for _ in range(pairs):
        for variant, runner in runners.items():
            found[variant].append(seconds(runner))
    return found


def show(variant: str, took: dict[str, list[float]], sizes: dict[str, float]) -> None:
    faster = statistics.median(one / own for one, own in zip(took[variant], took["nastutor"], strict=True))
    share = sizes["nastutor"] / sizes[variant]
    said = f"nastutor is {faster:.2f}x as fast, with {share:.2f}x its memory"
    if variant in BARS:
        said += " (asked for {:g}x and {:g}x)".format(*BARS[variant])
    print(f"{variant:22s} {statistics.median(took[variant]):6.2f} s  {sizes[variant]:7,.0f} MB   {said}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, value in (("channels", 16), ("cells", 8), ("batch", 16), ("pairs", 5), ("steps", 0)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--order", type=int, nargs="+", choices=(1, 2), default=[1, 2])
    parser.add_argument("--alone", choices=VARIANTS, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    if asked.alone:
        runner = Runner(asked.alone, asked.channels, asked.cells, asked.batch, *asked.order)
        for _ in range(asked.steps):
            runner.step()
        print(json.dumps(highest()))
        return
    # before this process grows: children inherit its peak
    sizes = {order: {variant: memory(variant, asked, order) for variant in VARIANTS} for order in asked.order}
    for order in asked.order:
        runners = {variant: Runner(variant, asked.channels, asked.cells, asked.batch, order) for variant in VARIANTS}
        counts = {variant: sum(p.numel() for p in runner.net.parameters()) for variant, runner in runners.items()}
        assert len(set(counts.values())) == 1, counts
        print(f"{counts['plain']:,} weights; a step of {asked.batch} images of 32x32, order {order}")
        took = times(runners, asked.pairs)
        for variant in VARIANTS:
            show(variant, took, sizes[order])


if __name__ == "__main__":
    main()
