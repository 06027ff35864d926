"""A module of NAS-Bench-101 as layers (Ying et al. 2019, section 2; the released model_builder.py)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from nastutor.spaces.graph_forms import Matrix, vertex_channels

if TYPE_CHECKING:
    from nastutor.nets.graph import GraphBuilder


def add_module(builder: GraphBuilder, x: str, matrix: Matrix, ops: Sequence[str], channels: int, name: str) -> str:
    """One module, with what each of its vertices adds up, does and passes on."""
    last = len(matrix) - 1
    widths = [0, *vertex_channels(matrix, channels), channels]

    def projection(to: str, width: int) -> str:
        return conv_bn_relu(builder, x, f"{name} input->{to}", name, width, kernel=1)

    outputs = [x]
    for vertex in range(1, last):
        sources = (np.flatnonzero(matrix[1:vertex, vertex]) + 1).tolist()
        terms = [_truncated(builder, outputs[source], widths[vertex], f"{name} {source}->{vertex}", name) for source in sources]
        terms += [projection(str(vertex), widths[vertex])] if matrix[0, vertex] else []
        total = terms[0] if len(terms) == 1 else builder.add("add", *terms, name=f"{name} add {vertex}", group=name)
        outputs.append(_operation(builder, total, ops[vertex], f"{name} vertex {vertex}", name))
    joined = [outputs[vertex] for vertex in range(1, last) if matrix[vertex, last]]
    if len(joined) > 1:
        joined = [builder.add("concat", *joined, name=f"{name} join", group=name)]
    if matrix[0, last]:
        joined.append(projection("output", channels))
    return joined[0] if len(joined) == 1 else builder.add("add", *joined, name=f"{name} output", group=name)


def _operation(builder: GraphBuilder, x: str, op: str, name: str, group: str) -> str:
    if op == "maxpool3":
        return builder.add("max_pool", x, name=f"{name} pool", group=group, kernel=3)
    return conv_bn_relu(builder, x, name, group, builder.shape(x)[0], kernel=3 if op == "conv3" else 1)


def conv_bn_relu(builder: GraphBuilder, x: str, name: str, group: str, channels: int, kernel: int) -> str:
    x = builder.add("conv", x, name=f"{name} conv", group=group, channels=channels, kernel=kernel)
    return builder.add("relu", builder.add("bn", x, name=f"{name} bn", group=group), name=f"{name} relu", group=group)


def _truncated(builder: GraphBuilder, x: str, channels: int, name: str, group: str) -> str:
    """The first `channels` channels; it has that many or one more."""
    return x if builder.shape(x)[0] == channels else builder.add("pad_channels", x, name=f"{name} cut", group=group, channels=channels)
