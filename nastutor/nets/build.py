"""From a `LayerGraph` to a `torch.nn.Module`: one builder for every network."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nastutor.nets.graph import LayerGraph, Node
from nastutor.nets.ops import OPS
from nastutor.rng import child_seed, torch_rng


class Net(nn.Module):
    """Runs the nodes of a graph in order; `net[name]` is the module of a node, and its parameters are called `name.weight` ...

    What a node computed is let go as soon as no later node reads it.
    """

    def __init__(self, graph: LayerGraph) -> None:
        super().__init__()
        self.graph = graph
        self._plan: list[tuple[Callable[..., Tensor], tuple[int, ...], int, tuple[int, ...]]] = []
        self._compile()

    def _compile(self) -> None:
        """The plan: for each node what to call, which slots it reads, which it fills, which are free afterwards."""
        slots = {node.name: number for number, node in enumerate(self.graph.nodes)}
        last = dict(self.graph.edges())  # of several edges the last counts
        self._plan, self._result = [], slots[self.graph.output]
        for node in self.graph.nodes[1:]:
            free = tuple(slots[name] for name in dict.fromkeys(node.inputs) if last[name] == node.name and name != self.graph.output)
            self._plan.append((self._runner(node), tuple(slots[name] for name in node.inputs), slots[node.name], free))

    def _runner(self, node: Node) -> Callable[..., Tensor]:
        if node.name in self._modules:
            return self[node.name]
        runner = OPS[node.op].build(dict(node.attrs), *self.graph.shapes(node))
        if isinstance(runner, nn.Module):
            self._modules[node.name] = runner  # not `add_module`, which refuses names such as "train"
        return runner

    def __getitem__(self, name: str) -> nn.Module:
        module = self._modules.get(name)
        if module is None:
            raise KeyError(f"no module of a node {name!r}; there are {', '.join(self._modules)}")
        return module

    def forward(self, x: Tensor) -> Tensor:  # (B, *input shape) -> (B, *output shape)
        slots: list[Any] = [None] * len(self.graph.nodes)
        slots[0] = x
        del x
        for run, sources, target, free in self._plan:
            slots[target] = run(slots[sources[0]]) if len(sources) == 1 else run(*[slots[source] for source in sources])
            for slot in free:
                slots[slot] = None
        return slots[self._result]

    def trace(self, x: Tensor) -> Iterator[tuple[Node, Tensor]]:
        """Each node with its output, in order: to look inside."""
        slots = [x]
        yield self.graph.nodes[0], x
        for node, (run, sources, _, _) in zip(self.graph.nodes[1:], self._plan, strict=True):
            slots.append(run(*[slots[source] for source in sources]))
            yield node, slots[-1]

    def reseed(self, seed: int) -> None:
        """Starts the generators of layers that draw anew: dropout, drop-path, shaking."""
        for name, module in self._modules.items():
            if isinstance(module, Chance):
                module.reseed(child_seed(seed, name, "drop"))

    def extra_repr(self) -> str:
        return f"{len(self.graph)} nodes, {self.graph.counts().params:,} parameters, {self.graph.nodes[0].shape} -> {self.graph.node(self.graph.output).shape}"

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_plan"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self._compile()


class Chance(nn.Module):
    """A layer that draws in training, from a generator of its own on whatever device its input lies."""

    def __init__(self) -> None:
        super().__init__()
        self.reseed(0)

    def reseed(self, seed: int) -> None:
        self.seed = seed
        self.generator: torch.Generator | None = None

    def generator_on(self, device: torch.device) -> torch.Generator:
        if self.generator is None or self.generator.device.type != device.type:
            self.generator = torch.Generator(device).manual_seed(self.seed)
        return self.generator


class Drop(Chance):
    """Dropout.

    p      the probability of dropping
    whole  0: each value by itself; n: the n dimensions after the batch together
    """

    def __init__(self, p: float, whole: int = 0) -> None:
        super().__init__()
        self.p, self.whole = p, whole

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.p == 0:
            return x
        shape = x.shape[:1] + (1,) * self.whole if self.whole else x.shape
        keep = torch.empty(shape, dtype=x.dtype, device=x.device).bernoulli_(1 - self.p, generator=self.generator_on(x.device))
        return x * keep / (1 - self.p)

    def extra_repr(self) -> str:
        return f"p={self.p}" + (", whole paths" if self.whole else "")


class Scaled(nn.Module):
    """Squeeze and excitation of `channels` channels through `units` numbers."""

    def __init__(self, channels: int, units: int) -> None:
        super().__init__()
        self.squeeze = nn.Linear(channels, units, device="meta")
        self.excite = nn.Linear(units, channels, device="meta")

    def forward(self, x: Tensor) -> Tensor:
        scale = self.excite(torch.relu(self.squeeze(x.mean((2, 3))))).sigmoid()  # (B, C)
        return x * scale[:, :, None, None]


class Pointwise(nn.Conv2d):
    """A 1x1 convolution with a stride, on the pixels that it reads.

    The library that torch uses on CPUs writes past its workspace in the backward pass of such a convolution, where stride and few channels
    meet in channels-last order (oneDNN 3.12, issue 6035 of uxlfoundation/oneDNN): processes die, or results are wrong in silence.
    """

    def forward(self, x: Tensor) -> Tensor:
        rows, columns = self.stride
        return F.conv2d(x[..., ::rows, ::columns], self.weight, self.bias, groups=self.groups)


def build(graph: LayerGraph, seed: int = 0, device: Any = "cpu") -> Net:
    """The module of a graph. Each node draws its weights from a generator seeded by `seed` and its name, on the CPU: the same on any device.

    Convolutions: N(0, 2 / fan-in) (He et al. 2015, equation 10). Linear layers: U(-b, b), b = 1 / sqrt(fan-in), bias too. Batch norm: 1 and 0.
    """
    try:
        device = torch.device(device)
    except RuntimeError as error:
        raise ValueError(f"`device` is {device!r}; allowed are the devices of torch, such as 'cpu' and 'cuda' ({error})") from None
    net = Net(graph).to_empty(device="cpu")
    for name, module in net._modules.items():
        generator = torch_rng(seed, name)
        for part in module.modules():  # type: ignore[union-attr]
            initialise(part, generator)
    net.reseed(seed)
    return net.to(device)


@torch.no_grad()
def initialise(module: nn.Module, generator: torch.Generator) -> None:
    """Fills the weights of one convolution, linear layer or batch norm."""
    if isinstance(module, nn.Conv2d):
        module.weight.normal_(0, math.sqrt(2 / module.weight[0].numel()), generator=generator)
        if module.bias is not None:
            module.bias.zero_()
    elif isinstance(module, nn.Linear):
        bound = 1 / math.sqrt(module.in_features)
        for tensor in module.parameters():
            tensor.uniform_(-bound, bound, generator=generator)
    elif isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
        for tensor, value in ((module.weight, 1), (module.bias, 0), (module.running_mean, 0), (module.running_var, 1), (module.num_batches_tracked, 0)):
            if tensor is not None:
                tensor.fill_(value)
