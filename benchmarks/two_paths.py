"""The memory of a step of ProxylessNAS, in which a second path of each block is looked at, beside that of one path and of the whole supernet.

    python benchmarks/two_paths.py [--batch 32] [--steps 3]

The blocks of ProxylessNAS (kernels 3, 5, 7, expansions 3 and 6, none) on 32x32 images, one thread; random paths of all blocks, those of one step
the same in each way. `kept` is what autograd holds for the way back; `resident` the highest resident size of a process that runs the steps, less
that of one that has only built its network. Bar: two paths <= 1.3 times one.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

import nastutor as nt
from nastutor.nets.mixed import MixedNet

WAYS = ("one path", "two paths", "all paths")
BAR = 1.3
IMAGES = SimpleNamespace(name="images of 32x32", shape=(3, 32, 32), classes=10)


def space() -> Any:
    return nt.spaces.MobileSpace((24, 40, 80), (4, 4, 4), (1, 2, 2), (3, 5, 7), (3, 6), stem=32, first=16, head=320, activation="relu6")


class Runner:
    """A supernet and its steps: dL/d(gates) and dL/d(weights) along the paths of a way."""

    def __init__(self, way: str, batch: int) -> None:
        self.way, self.space = way, space()
        self.net = MixedNet(self.space.supernet(IMAGES, affine=True)).train()
        generator = torch.Generator().manual_seed(0)
        self.x, self.y = torch.randn(batch, 3, 32, 32, generator=generator), torch.randint(10, (batch,), generator=generator)

    def step(self, number: int) -> None:
        strategy = nt.ProxylessNAS(self.space, seed=number)
        mixture = strategy.ask().arch
        weights = {name: torch.tensor(own, requires_grad=True) for name, own in mixture.weights.items()}
        active = None if self.way == "all paths" else {name: tuple(own.nonzero()[0].tolist()) for name, own in mixture.weights.items()}
        loss = F.cross_entropy(self.net(self.x, weights, active, mixture.watched if self.way == "two paths" else {}), self.y)
        self.net.zero_grad()
        loss.backward()

    def kept(self, number: int) -> int:
        """Bytes, each storage once."""
        sizes: dict[int, int] = {}

        def noted(tensor: Tensor) -> Tensor:
            sizes[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(noted, lambda tensor: tensor):
            self.step(number)
        own = {parameter.untyped_storage().data_ptr() for parameter in self.net.parameters()}
        return sum(size for place, size in sizes.items() if place not in own)


def resident(way: str, batch: int, steps: int) -> float:
    """The highest resident size in 10^6 bytes of a process of its own."""
    command = [sys.executable, __file__, "--alone", way, "--steps", str(steps), "--batch", str(batch)]
    return float(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))


def highest() -> float:
    """The highest resident size of this process so far, in 10^6 bytes (not known on Windows)."""
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--alone", choices=WAYS, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    if asked.alone:
        runner = Runner(asked.alone, asked.batch)
        for number in range(asked.steps):
            runner.step(number)
        print(json.dumps(highest()))
        return
    sizes, kept = dict[str, float](), dict[str, int]()
    for way in WAYS:  # before this process grows: children inherit its peak
        sizes[way] = resident(way, asked.batch, asked.steps) - resident(way, asked.batch, 0)
        print(f"{way:10s}  resident {sizes[way]:7,.0f} MB ({sizes[way] / sizes['one path']:4.2f}x)", flush=True)
    for way in WAYS:
        runner = Runner(way, asked.batch)
        kept[way] = max(runner.kept(number) for number in range(asked.steps))
        ratio = kept[way] / kept["one path"]
        print(f"{way:10s}  kept     {kept[way] / 1e6:7,.0f} MB ({ratio:4.2f}x)", flush=True)
        if way == "two paths":
            print(f"two paths keep {ratio:.2f} times what one keeps: {'within' if ratio <= BAR else 'above'} the bar of {BAR}", flush=True)


if __name__ == "__main__":
    main()
