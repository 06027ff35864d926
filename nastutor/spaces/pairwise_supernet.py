"""Supernets of pairwise cells: each half of a block weighs all earlier states, and on each of them all operations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from nastutor.spaces.cell_layers import POOLS, ENASCells, NASNetCells
from nastutor.spaces.genotype import INPUTS, Cell, Genotype

if TYPE_CHECKING:
    from nastutor.nets.supernet import Supernet


class SearchedCells(ENASCells):
    """The cells of ENAS while it searches (released code, `_enas_layer`): before a reduction cell the images are halved, and all of it has stride 1;
    what no block reads passes ReLU, convolution 1x1 and batch norm back to the channels of the cell.

    States that are read come to that convolution as zeros, so that each state has the same part of its weights in every cell.
    """

    def inputs(self, older: str | None, newer: str, name: str, channels: int) -> list[str]:
        fitted = newer if self.channels(newer) == channels else self.conv_bn(newer, f"{name} newer", channels)
        return [self.older_input(older or newer, newer, f"{name} older", channels), fitted]

    def begun(self, older: str | None, newer: str, name: str, channels: int, stride: int) -> list[str]:
        """The two inputs, of the size of the cell."""
        self.group = name
        if stride > 1:
            older, newer = newer, self.factorised_reduction(newer, f"{name} halved", channels, relu=False)
        return self.inputs(older, newer, name, channels)

    def cell(self, cell: Cell, order: Any, older: str | None, newer: str, name: str, channels: int, stride: int) -> str:
        states = self.begun(older, newer, name, channels, stride)
        for own, block in enumerate(cell.blocks, INPUTS):
            states.append(self.block(block, states, f"{name} block {own}", channels, 1))
        read = [state if number in cell.concat else self.add("zero", state, name=f"{name} read {number}") for number, state in enumerate(states)]
        return self.joined(read, name, channels)

    def joined(self, states: list[str], name: str, channels: int) -> str:
        return self.relu_conv_bn(self.add("concat", *states, name=f"{name} output"), f"{name} join", channels)


def supernet(space: Any, task: Any, affine: bool) -> Supernet:
    """Of a space of pairwise cells that add; `space.layers` are the cells around which it is built."""
    from nastutor.nets.graph import LayerGraph
    from nastutor.nets.supernet import Supernet

    space._check_shape(task)
    layers = space.search_layers(LayerGraph.start(task.shape), narrow_convs=space.narrow_convs, odd_halves=space.odd_halves)
    mixed: dict[str, str] = {}
    outs: list[Any] = space._stem(layers)
    layers.affine = affine
    for number, (kind, channels) in enumerate(space._kinds(), 1):
        name, stride = f"{'cell' if kind == 'normal' else 'reduction'} {number}", 1 if kind == "normal" else 2
        decisions = "normal" if space.tied else kind
        outs.append(_cell(space, layers, decisions, outs[-2], outs[-1], name, channels, stride, mixed))
    layers.group = "head"
    output = layers.classifier(outs[-1], task.classes, relu=layers.last_relu, bias=layers.bias)
    return Supernet(layers.builder.finish(output), mixed, space.mixture_sites())


def _cell(space: Any, layers: Any, kind: str, older: Any, newer: str, name: str, channels: int, stride: int, mixed: dict[str, str]) -> str:
    searched = isinstance(layers, SearchedCells)
    if searched:
        states, stride = layers.begun(older, newer, name, channels, stride), 1
    else:
        layers.group = name
        states = layers.inputs(older, newer, name, channels)[:: -1 if layers.older else 1]
    for own in range(INPUTS, space.blocks + INPUTS):
        halves = [_half(space, layers, f"{kind}{own}", half, states, f"{name} block {own}", channels, stride, mixed) for half in (1, 2)]
        states.append(layers.add("add", *halves, name=f"{name} block {own}"))
    if not searched:  # all blocks are joined
        return layers.add("concat", *states[INPUTS:], name=f"{name} output")  # type: ignore[no-any-return]
    joined = []
    for number, state in enumerate(states[:-1]):
        joined.append(layers.add("add", layers.add("zero", state, name=f"{name} read {number}"), state, name=f"{name} joined {number}"))
        mixed[joined[-1]] = f"{kind}_out{number}"
    return layers.joined([*joined, states[-1]], name, channels)  # type: ignore[no-any-return]


def _half(space: Any, layers: NASNetCells, block: str, half: int, states: list[str], name: str, channels: int, stride: int, mixed: dict[str, str]) -> str:
    """Half of a block: a sum over states of sums over operations."""
    sources = []
    for number, state in enumerate(states):
        step = stride if number < INPUTS else 1
        terms = [_option(layers, state, op, f"{name} {half} {number} {op}", channels, step) for op in space.ops]
        sources.append(layers.add("add", *terms, name=f"{name} {half} {number}"))
        mixed[sources[-1]] = f"{block}_op{half}"
    found = layers.add("add", *sources, name=f"{name} {half}")
    mixed[found] = f"{block}_in{half}"
    return found


def _option(layers: NASNetCells, state: str, op: str, name: str, channels: int, stride: int) -> str:
    """An operation beside others on the same state, whose pools are computed once."""
    pool = f"{state} {op} {stride}"
    if op not in POOLS or layers.channels(state) != channels:
        return layers.operation(state, op, name, channels, stride)
    return pool if pool in layers.builder.nodes else layers.operation(state, op, pool, channels, stride)


def loose(cells: Genotype, blocks: int) -> Mapping[str, bool]:
    """kind_outS -> whether state S is joined; the last block always is."""
    return {f"{kind}_out{state}": state in cell.concat for kind, cell in zip(Genotype._fields, cells, strict=True) for state in range(blocks + INPUTS - 1)}
