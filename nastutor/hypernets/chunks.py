"""From the state of a node to its weights: a network for each kind of weight writes a chunk of fixed size, cut or repeated to what is needed."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from nastutor.hypernets.messages import fill
from nastutor.inputs import require, whole

Shape = tuple[int, ...]
# kind -> what a chunk is: "conv" (C, C, k, k), "deep" (C, 1, k, k), "point" (C, C, 1, 1), "matrix" (C, C), "scale" and "shift" (C,)
KINDS = {
    "conv.weight": "conv", "conv.bias": "shift", "dw_conv.weight": "deep", "dw_conv.bias": "shift", "sep_conv.0.weight": "deep", "sep_conv.1.weight": "point",
    "sep_conv.1.bias": "shift", "bn.weight": "scale", "bn.bias": "shift", "linear.weight": "matrix", "linear.bias": "shift",
    "squeeze_excite.squeeze.weight": "matrix", "squeeze_excite.squeeze.bias": "shift", "squeeze_excite.excite.weight": "matrix",
    "squeeze_excite.excite.bias": "shift",
}  # fmt: skip
PLACES = 8  # numbers that say which chunk of a large tensor is written


class Chunks(nn.Module):
    """Writes weights. All nodes with a weight of one kind, "conv.weight" say, are served by one MLP: state -> `units`, ReLU -> a chunk.

    channels  C of a chunk
    kernel    k: the largest filter, of which smaller ones take the middle
    tiled     False: what is larger than a chunk is put together of chunks of its own, each written by the same MLP, which is told its place.
              True: it repeats one, w[o, i] = w[o mod C, i mod C] (so does ppuda), and what is left over is cut off
    """

    def __init__(self, hidden: int = 32, channels: int = 8, kernel: int = 5, *, units: int = 64, tiled: bool = False, seed: int = 0) -> None:
        super().__init__()
        whole("hidden", hidden), whole("units", units)
        require("kernel", kernel, lambda kernel: whole("kernel", kernel) % 2 == 1, "odd whole numbers from 1")
        if type(tiled) is not bool:
            raise ValueError(f"`tiled` is {tiled!r}; allowed are True and False")
        c, k = whole("channels", channels), kernel
        self.channels, self.kernel, self.tiled = c, k, tiled
        self.forms: dict[str, Shape] = {"conv": (c, c, k, k), "deep": (c, 1, k, k), "point": (c, c, 1, 1), "matrix": (c, c), "scale": (c,), "shift": (c,)}
        self.mlps = nn.ModuleDict()
        for kind, form in KINDS.items():
            last = nn.Linear(units, math.prod(self.forms[form]), device="meta")
            self.mlps[_key(kind)] = mlp = nn.Sequential(nn.Linear(hidden, units, device="meta"), nn.ReLU(), last)
            fill(mlp, seed, kind)
            with torch.no_grad():
                last.weight.mul_(math.sqrt(6.0))  # He's variance, so that chunks are as large as states
        self.place = None if tiled else nn.Linear(PLACES, hidden, bias=False, device="meta")
        if self.place is not None:
            fill(self.place, seed, "place")

    def forward(self, kind: str, states: Tensor, shapes: Sequence[Shape]) -> list[Tensor]:
        """Weights of these shapes, one for each of the states (n, hidden)."""
        form = self.forms[KINDS[kind]]
        for shape in shapes:
            self._check(kind, shape)
        if self.place is None:
            found = self.mlps[_key(kind)](states).view(len(states), *form)
            whole_ones = [_repeated(chunk, shape) for chunk, shape in zip(found, shapes, strict=True)]
        else:
            whole_ones = self._placed(kind, states, shapes, form)
        return [_scaled(KINDS[kind], own) for own in whole_ones]

    def _placed(self, kind: str, states: Tensor, shapes: Sequence[Shape], form: Shape) -> list[Tensor]:
        """Each put together of chunks, rows of them by columns; all chunks of all nodes are written at once."""
        assert self.place is not None
        grids = [(-(-shape[0] // form[0]), -(-shape[1] // form[1]) if len(form) > 1 else 1) for shape in shapes]
        codes = torch.cat([_codes(rows, columns, states) for rows, columns in grids])  # (chunks, PLACES)
        counts = torch.tensor([math.prod(grid) for grid in grids], device=states.device)
        told = states.repeat_interleave(counts, 0) + self.place(codes)
        found = self.mlps[_key(kind)](told).view(len(told), *form).split(counts.tolist())
        return [_joined(chunks, grid, shape) for chunks, grid, shape in zip(found, grids, shapes, strict=True)]

    def _check(self, kind: str, shape: Shape) -> None:
        if len(shape) == 4 and max(shape[2:]) > self.forms[KINDS[kind]][2]:
            raise ValueError(f"`kernel` is {self.kernel}, and the network has a filter of {shape[2]}x{shape[3]}; allowed is at least {max(shape[2:])}")
        if min(shape) < 1:
            raise ValueError(f"`shapes` have {shape} for {kind!r}; allowed are sizes from 1")


def _key(kind: str) -> str:
    return kind.replace(".", " ")  # dots are not allowed in names of modules


def _middle(chunk: Tensor, shape: Shape) -> Tensor:
    """The middle of the filters, as large as `shape` has them."""
    for side in range(2, len(shape)):
        chunk = chunk.narrow(side, (chunk.shape[side] - shape[side]) // 2, shape[side])
    return chunk


def _repeated(chunk: Tensor, shape: Shape) -> Tensor:
    """Cut where the chunk is larger, repeated along outputs and inputs where it is smaller."""
    chunk = _middle(chunk, shape)
    for side in range(min(2, len(shape))):
        times = -(-shape[side] // chunk.shape[side])
        if times > 1:
            chunk = torch.cat([chunk] * times, side)
        chunk = chunk.narrow(side, 0, shape[side])
    return chunk


def _joined(chunks: Tensor, grid: tuple[int, int], shape: Shape) -> Tensor:
    """(rows * columns, *chunk) side by side, cut to `shape`."""
    rows = [torch.cat(list(row), 1) if len(shape) > 1 else row[0] for row in chunks.split(grid[1])]
    return _repeated(torch.cat(rows, 0), shape)


def _codes(rows: int, columns: int, like: Tensor) -> Tensor:
    """(rows * columns, PLACES): sines and cosines of the place, in two wave lengths; 0 at the first chunk but for the cosines."""
    row, column = torch.meshgrid(torch.arange(rows).to(like), torch.arange(columns).to(like), indexing="ij")
    waves = [wave(place.flatten() / length) for place in (row, column) for length in (1.0, 8.0) for wave in (torch.sin, torch.cos)]
    return torch.stack(waves, 1)


def _scaled(form: str, weight: Tensor) -> Tensor:
    """In the range in which weights usually start (as facebookresearch/ppuda does for GHN-2, https://arxiv.org/abs/2110.13100).

    Filters and matrices by sqrt(2 / fan-in), of a matrix or a depthwise filter sqrt(1 / fan-in); scales between 0 and 2, around 1; shifts within (-1, 1).
    """
    if form == "scale":
        return 2 * torch.sigmoid(weight / 2)
    if form == "shift":
        return torch.tanh(weight / 5)
    gain = 2.0 if form in ("conv", "point") and weight.shape[1] > 1 else 1.0
    return weight * math.sqrt(gain / math.prod(weight.shape[1:]))
