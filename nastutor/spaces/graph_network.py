"""A module of NAS-Bench-101 as layers (Ying et al. 2019, section 2; the released model_builder.py)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from nastutor.spaces.graph_forms import Matrix, vertex_channels

if TYPE_CHECKING:
    from nastutor.nets.blocks import Blocks


def add_module(net: Blocks, x: str, matrix: Matrix, ops: Sequence[str], channels: int, name: str) -> str:
    """One module, with what each of its vertices adds up, does and passes on."""
    last, net.group = len(matrix) - 1, name
    widths = [0, *vertex_channels(matrix, channels), channels]

    def projection(to: str, width: int) -> str:
        return net.conv_bn_relu(x, f"{name} input->{to}", channels=width, kernel=1)

    outputs = [x]
    for vertex in range(1, last):
        sources = (np.flatnonzero(matrix[1:vertex, vertex]) + 1).tolist()
        terms = [_truncated(net, outputs[source], widths[vertex], f"{name} {source}->{vertex}") for source in sources]
        terms += [projection(str(vertex), widths[vertex])] if matrix[0, vertex] else []
        total = terms[0] if len(terms) == 1 else net.add("add", *terms, name=f"{name} add {vertex}")
        outputs.append(_operation(net, total, ops[vertex], f"{name} vertex {vertex}"))
    joined = [outputs[vertex] for vertex in range(1, last) if matrix[vertex, last]]
    if len(joined) > 1:
        joined = [net.add("concat", *joined, name=f"{name} join")]
    if matrix[0, last]:
        joined.append(projection("output", channels))
    return joined[0] if len(joined) == 1 else net.add("add", *joined, name=f"{name} output")


def _operation(net: Blocks, x: str, op: str, name: str) -> str:
    if op == "maxpool3":
        return net.add("max_pool", x, name=f"{name} pool", kernel=3)
    return net.conv_bn_relu(x, name, channels=net.channels(x), kernel=3 if op == "conv3" else 1)


def _truncated(net: Blocks, x: str, channels: int, name: str) -> str:
    """The first `channels` channels; it has that many or one more."""
    return x if net.channels(x) == channels else net.add("pad_channels", x, name=f"{name} cut", channels=channels)
