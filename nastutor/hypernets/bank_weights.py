"""`BankWeights`: the hypernetwork of SMASH, which reads the code of memory banks and writes their 1x1 convolutions (Brock et al. 2018)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nastutor.inputs import require, whole
from nastutor.rng import torch_rng
from nastutor.spaces.memory_bank_rules import Block
from nastutor.spaces.memory_banks import MemoryBankSpace
from nastutor.values import Arch

LEAK = 0.02  # of the leaky ReLUs
FIRST = 7  # channels of the first layer
PIECE = re.compile(r"block (\d+) op \d+ (conv\d|1x1 bn|bn|1x1)\.(weight|bias)")


class BankWeights(nn.Module):
    """The 1x1 convolutions of `MemoryBankSpace` from a densely connected network of 3x3 convolutions over the code, all others as free weights.

    A code is an image of k x slices pixels; noise z ~ N(0, 1) is one more channel. Each layer sees all before it in its stage, divides its own
    weights by their norm (of the whole tensor), and has neither bias nor batch norm; a layer of half the channels ends every stage but the
    last. There a 1x1 convolution gives for each pixel a block of `compression` N inputs by `cap` N outputs. Side by side these blocks are one
    matrix: an op takes the rows of its own slices and its first columns, and what it takes is divided by its norm.

    Free weights are those of stem, transitions and head, and in each block one convolution for each place in an op, and scales and shifts.
    All ops of a block share them; an op takes the first filters and channels, and of filters the middle (SMASHC2D and SMASHBN2D of the release).

    layers, growth  of the three stages, and channels that a layer adds (release: 8, 10, 4 and 10)
    blind           the code is replaced by zeros: what a hypernetwork can do that sees no architecture (a control)

    In the release `cap` is missing in the number of columns: the few convolutions that are wider than N_max are cut there in silence, and
    wider in the network that is trained in the end. There is batch norm around the 1x1 convolution here as in that network ("sandwich").
    """

    def __init__(
        self, space: MemoryBankSpace, shape: tuple[int, int, int], classes: int, *, layers: Sequence[int] = (8, 10, 4), growth: int = 10,
        blind: bool = False, seed: int = 0,
    ) -> None:  # fmt: skip
        super().__init__()
        require("layers", layers, lambda layers: len(layers) > 0 and all(whole("layers", number) for number in layers), "whole numbers from 1, one for a stage")
        if type(blind) is not bool:
            raise ValueError(f"`blind` is {blind!r}; allowed are True and False")
        self.space, self.layers, self.growth, self.blind = space, tuple(layers), whole("growth", growth), blind
        n, cap = space.channels, space.cap
        outputs = cap * n * space.compression * n
        self.shape: tuple[int, int, int] = space.code(space.sample(0)).shape  # (channels, k, slices)
        self.hyper = nn.ParameterDict({name: _orthogonal(size, seed, name) for name, size in _hyper_sizes(self.shape[0], self.layers, growth, outputs)})
        self.free = nn.ParameterDict()
        for name, size in _free_sizes(space, shape, classes):
            self.free[name] = _orthogonal(size, seed, name) if len(size) > 1 else torch.full(size, 1.0 if name.endswith("bn weight") else 0.0)

    def forward(self, arch: Arch, places: Mapping[str, tuple[int, ...]], z: Tensor) -> dict[str, Tensor]:
        """The weights of the network of `arch`: `places` are their names and shapes, z (k, slices) the noise."""
        blocks, matrix = self.space.plan(arch), self.matrix(self.space.code(arch), z)
        rows = dict(self._rows(blocks))
        weights = {}
        for name, size in places.items():
            if name.endswith(" 1x1.weight"):
                own = matrix[rows[name.removesuffix(" 1x1.weight")], : size[0]].T  # (outputs, inputs)
                weights[name] = (own / own.norm())[:, :, None, None]
            else:
                weights[name] = _cut(self.free[_home(name)], size)
        return weights

    def matrix(self, code: Any, z: Tensor) -> Tensor:
        """From a code (channels, k, slices) to all 1x1 convolutions as (slices * compression N, k * cap N): inputs by outputs."""
        if np.shape(code) != self.shape:
            raise ValueError(f"`code` has the shape {np.shape(code)}; allowed is {self.shape}, that of {self.space!r}")
        seen = torch.as_tensor(np.asarray(code)).to(z)
        x = torch.cat([z[None], torch.zeros_like(seen) if self.blind else seen])[None]  # (1, 1 + channels, k, slices)
        x = torch.cat([x, _layer(x, self.hyper["first"])], 1)
        for stage, count in enumerate(self.layers):
            for number in range(count):
                x = torch.cat([x, _layer(F.leaky_relu(x, LEAK), self.hyper[f"{stage} {number}"])], 1)
            x = _layer(F.leaky_relu(x, LEAK), self.hyper[f"{stage} end"])
        outputs, inputs = self.space.cap * self.space.channels, self.space.compression * self.space.channels
        bricks = x[0].view(outputs, inputs, *self.shape[1:])  # one for each pixel
        return bricks.permute(3, 1, 2, 0).flatten(2).flatten(0, 1)  # slices beside slices, rows of k beside rows: nothing rolls over

    def _rows(self, blocks: Sequence[Block]) -> Iterator[tuple[str, slice]]:
        """Name of an op, as in the graph -> the rows of the matrix that are its inputs."""
        start = 0
        for number, block in enumerate(blocks, start=1):
            for place, op in enumerate(block.ops, start=1):
                end = start + len(op.reads) * block.bank * self.space.channels
                yield f"block {number} op {place}", slice(start, end)
                start = end


def _layer(x: Tensor, weight: Tensor) -> Tensor:
    return F.conv2d(x, weight / weight.norm(), padding=weight.shape[-1] // 2)


def _hyper_sizes(channels: int, layers: Sequence[int], growth: int, outputs: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Name and size of each layer of the hypernetwork."""
    yield "first", (FIRST, channels + 1, 3, 3)
    width = channels + 1 + FIRST
    for stage, count in enumerate(layers):
        for number in range(count):
            yield f"{stage} {number}", (growth, width, 3, 3)
            width += growth
        last = stage == len(layers) - 1
        yield f"{stage} end", (outputs, width, 1, 1) if last else (width // 2, width, 3, 3)
        width //= 2


def _free_sizes(space: MemoryBankSpace, shape: tuple[int, int, int], classes: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Name and size of each free weight: the largest that an architecture may ask for. Names have blanks for dots."""
    widest, most = space.cap * space.largest, max(space.kernels)
    yield "stem conv weight", (space.rooms[0].enters, shape[0], 7, 7)
    for number, room in enumerate(space.rooms, start=1):
        for place in range(1, space.places + 1):
            reads = widest if place % 2 else space.largest
            yield f"block {number} conv{place} weight", (space.largest, reads, most, most)
        after = f"transition {number}" if number < space.blocks else "head"
        for norm, width in ((f"block {number} bn", room.most), (f"block {number} 1x1 bn", widest), (f"{after} bn", room.most)):
            yield f"{norm} weight", (width,)
            yield f"{norm} bias", (width,)
        if number < space.blocks:
            yield f"{after} conv weight", (space.rooms[number].enters, room.most, 1, 1)
        else:
            yield f"{after} linear weight", (classes, room.most)
            yield f"{after} linear bias", (classes,)


def _home(name: str) -> str:
    """From the name of a weight in a network to that of the free weight of which it is a part."""
    found = PIECE.fullmatch(name)
    return f"block {found[1]} {found[2]} {found[3]}" if found else name.replace(".", " ")


def _cut(weight: Tensor, size: tuple[int, ...]) -> Tensor:
    """The first filters and channels, and the middle of filters."""
    for side, length in enumerate(size):
        weight = weight.narrow(side, (weight.shape[side] - length) // 2 if side > 1 else 0, length)
    return weight


def _orthogonal(size: tuple[int, ...], seed: int, name: str) -> nn.Parameter:
    return nn.Parameter(nn.init.orthogonal_(torch.empty(size), generator=torch_rng(seed, name)))
