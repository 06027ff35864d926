"""`MetaQNNSpace`: plain chains, decided layer by layer, with rules that say what may follow what."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache, cached_property, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from nastutor.inputs import is_whole, whole
from nastutor.spaces.base import ChoiceSpace, Choose, check_options
from nastutor.spaces.images import check_images

if TYPE_CHECKING:
    from nastutor.nets.graph import GraphBuilder, LayerGraph
    from nastutor.values import Arch


class Layer(NamedTuple):
    """One layer: C(width, kernel, stride), P(kernel, stride), FC(width), GAP or SM; what a kind does not have is 0."""

    kind: str
    width: int = 0
    kernel: int = 0
    stride: int = 0

    def __str__(self) -> str:
        numbers = [number for number in self[1:] if number]
        return f"{self.kind}({','.join(map(str, numbers))})" if numbers else self.kind


class State(NamedTuple):
    """What decides which layers may come next: how many there are, the kind of the last, the size of its image, how many FC, and the width of the last FC."""

    depth: int
    kind: str
    size: int
    dense: int
    width: int


class MetaQNNSpace(ChoiceSpace):
    """The state-action space of MetaQNN (Baker et al. 2017, section 4 and Table 1; rules as in the authors' release).

    One decision for each layer, in the authors' notation: `C(d,f,1)` convolution f x f to d channels and ReLU, `P(f,l)` maximum over f x f
    with stride l, `FC(d)` linear layer and ReLU, `GAP` global average pooling (a 1x1 convolution to the classes, ReLU, mean), `SM` the end
    (a linear layer to the classes). The rules: SM may come at any time, and must at the largest depth; no P first or after P; after GAP
    only SM; FC only on images of less than 8 pixels, after one another with no more neurons than before; C and P only if the lower end
    of the image's size bin (8 or more, 4 to 7, 1 to 3 pixels) is larger than their filter. The plan is the tuple of `Layer`s.

    In `ChainSpace` the depth is decided first and a layer is several decisions, with batch norm and always one mean at the end; here
    the chain decides when it ends, as a Q-learning agent needs it, and what may follow depends on the size of the image.

    layers    largest depth, SM apart (paper 12, for CIFAR-10 18)
    image     height or width, whichever is smaller, of the images that decisions are made for (paper 32)
    widths    d of C          kernels  f of C
    pools     (f, l) of P     dense    d of FC, at most `most_dense` in a row (paper 2)
    dropout   after every second layer and each FC: with probability i / 2n for the i-th of n (section 5)
    round_up  P counts a window that hangs over the edge, as Caffe does, with which the authors trained; else not, as their rules do
    The paper's options: `METAQNN` in published/chains.py.

    >>> space = MetaQNNSpace(layers=2)
    >>> space.size, str(space.sample(1))
    (119, 'layer1=C(8,3,1) layer2=GAP layer3=SM')
    """

    def __init__(
        self,
        layers: int = 5,
        image: int = 8,
        widths: Sequence[int] = (8, 16, 32),
        kernels: Sequence[int] = (1, 3, 5),
        pools: Sequence[tuple[int, int]] = ((3, 2), (2, 2)),
        dense: Sequence[int] = (32, 16),
        *,
        most_dense: int = 2,
        dropout: bool = True,
        round_up: bool = False,
    ) -> None:
        for name, value, least in (("layers", layers, 0), ("image", image, 1), ("most_dense", most_dense, 0)):
            whole(name, value, least)
        for name, values in (("widths", widths), ("kernels", kernels), ("dense", dense)):
            _check(name, values, lambda value: is_whole(value, 1), "whole numbers from 1")
        _check("kernels", kernels, lambda value: value % 2 == 1, "odd sizes, which keep the size of the image")
        _check("pools", pools, _is_pool, "pairs (size, stride) of whole numbers, 1 <= stride <= size, size from 2")
        for name, flag in (("dropout", dropout), ("round_up", round_up)):
            if type(flag) is not bool:
                raise ValueError(f"`{name}` is {flag!r}; allowed are True and False")
        self.layers, self.image, self.widths, self.kernels, self.pools = layers, image, tuple(widths), tuple(kernels), tuple(pools)
        self.dense, self.most_dense, self.dropout, self.round_up = tuple(dense), most_dense, dropout, round_up

    def decide(self, choose: Choose) -> tuple[Layer, ...]:
        layers, state = [], self._start
        while state.kind != "SM":
            allowed = self._allowed[state]
            layers.append(allowed[choose(f"layer{state.depth + 1}", tuple(allowed))])
            state = _after(state, layers[-1])
        return tuple(layers)

    @cached_property
    def _start(self) -> State:
        return State(0, "start", self.image, 0, 0)

    @cached_property
    def _allowed(self) -> dict[State, dict[str, Layer]]:
        """For each state that can be reached, the layers that may come next, by their names; states of lesser depth first."""
        found: dict[State, dict[str, Layer]] = {}
        ahead = {self._start: None}
        while ahead:
            found |= {state: {str(layer): layer for layer in self._next(state)} for state in ahead}
            ahead = {_after(state, layer): None for state in ahead for layer in found[state].values() if layer.kind != "SM"}
        return found

    def _next(self, state: State) -> Iterator[Layer]:
        kind, images, room = state.kind, state.kind in ("start", "C", "P"), state.depth < self.layers
        lower_end = _bin(state.size)
        if room and images:
            yield from (Layer("C", width, kernel, 1) for width in self.widths for kernel in self.kernels if kernel < lower_end)
        if room and kind == "C":
            yield from (Layer("P", 0, *pool) for pool in self.pools if pool[0] < lower_end)
        if room and (lower_end < 8 if images else kind == "FC") and state.dense < self.most_dense:
            yield from (Layer("FC", width) for width in self.dense if width <= (state.width or width))
        if room and images:
            yield Layer("GAP")
        yield Layer("SM")

    def state(self, taken: Sequence[str]) -> tuple[Any, ...]:
        """A beginning of a chain in a Q-table (section 4.1): kind, number, kernel, stride and width of the last layer, the image's bin, FC in a row."""
        layer, state = Layer("start"), self._start
        for name in taken:
            layer = self._allowed[state][name]
            state = _after(state, layer)
        return (layer.kind, state.depth, layer.kernel, layer.stride, layer.width, _bin(state.size), state.dense)

    @cached_property
    def size(self) -> int:  # type: ignore[override]
        """Chains from each state to the end, counted from the last layers backwards."""
        ways: dict[State, int] = {}
        for state, allowed in reversed(self._allowed.items()):
            ways[state] = sum(1 if layer.kind == "SM" else ways[_after(state, layer)] for layer in allowed.values())
        return ways[self._start]

    @cached_property
    def _sites(self) -> dict[str, tuple[Any, ...]]:
        sites: dict[str, dict[str, None]] = {}
        for state, allowed in self._allowed.items():
            sites.setdefault(f"layer{state.depth + 1}", {}).update(dict.fromkeys(allowed))
        return {name: tuple(options) for name, options in sites.items()}

    def from_text(self, text: str) -> Arch:
        """The architecture that the authors write as "[C(64,3,1), P(2,2), SM(10)]"; the numbers of GAP and SM, and the brackets, may be left out."""
        if not isinstance(text, str):
            raise TypeError(f"`text` must be a text such as '[C(64,3,1), P(2,2), SM(10)]', got {type(text).__name__}: {text!r}")
        written = [re.sub(r"^(GAP|SM)\(\d+\)$", r"\1", layer) for layer in re.findall(r"[^,()]+(?:\([^()]*\))?", re.sub(r"[\s\[\]]", "", text))]
        ahead = iter(written)

        def choose(name: str, options: Sequence[str]) -> str:
            layer = next(ahead, "nothing")
            if layer not in options:
                raise ValueError(f"`text` has {layer} as {name}; allowed there are {', '.join(options)}")
            return layer

        arch = self.walk(choose)
        if left := list(ahead):
            raise ValueError(f"`text` has {left[0]} behind the end; SM is the last layer")
        return arch

    def text(self, arch: Arch, classes: int = 10) -> str:
        """As the authors write it: "[C(64,3,1), P(2,2), SM(10)]"."""
        layers = [f"{layer}({classes})" if layer.kind in ("GAP", "SM") else str(layer) for layer in self.plan(arch)]
        return f"[{', '.join(layers)}]"

    def graph(self, arch: Arch, task: Any) -> LayerGraph:
        """The network for a task's images, of any size that its pools fit in."""
        from nastutor.nets.graph import LayerGraph

        check_images(task, self)
        builder = LayerGraph.start(task.shape)
        layers, x = self.plan(arch), builder.input
        drops = drop_rates(layers) if self.dropout else {}
        for number, layer in enumerate(layers, start=1):
            if layer.kind == "P":
                _check_fits(builder.shape(x), layer, number, task)
            x = _add(builder, x, layer, f"layer {number}", task.classes, self.round_up)
            if number in drops:
                x = builder.add("dropout", x, name=f"layer {number} dropout", group=f"layer {number}", p=drops[number])
        return builder.finish(x)


@cache
def _bin(size: int) -> int:
    """The lower end of the bin that a size lies in (appendix B; image_size_bucket in the release)."""
    return 8 if size >= 8 else 4 if size >= 4 else 1


@lru_cache(maxsize=65_536)
def _after(state: State, layer: Layer) -> State:
    size = (state.size - layer.kernel) // layer.stride + 1 if layer.kind == "P" else state.size if layer.kind == "C" else 1
    dense, width = (state.dense + 1, layer.width) if layer.kind == "FC" else (0, 0)
    return State(state.depth + 1, layer.kind, size, dense, width)


def drop_rates(layers: Sequence[Layer]) -> dict[int, float]:
    """Number of a layer -> the probability of the dropout behind it (section 5; add_drop_out_states in the release)."""
    kinds = [layer.kind for layer in layers]
    count = (len(kinds) - kinds.count("GAP") - kinds.count("FC")) // 2 + kinds.count("FC")
    places = [number for number, kind in enumerate(kinds, start=1) if kind == "FC" or (number % 2 == 0 and kind not in ("GAP", "SM"))]
    return {number: place / (2 * count) for place, number in enumerate(places[:count], start=1)}


def _add(builder: GraphBuilder, x: str, layer: Layer, name: str, classes: int, round_up: bool) -> str:
    if layer.kind == "P":
        return _pool(builder, x, layer, name, round_up)
    if layer.kind in ("C", "GAP"):
        channels, kernel = (layer.width, layer.kernel) if layer.kind == "C" else (classes, 1)
        x = builder.add("conv", x, name=f"{name} conv", group=name, channels=channels, kernel=kernel, bias=True)
        x = builder.add("relu", x, name=f"{name} relu", group=name)
        return builder.add("global_avg_pool", x, name=f"{name} mean", group=name) if layer.kind == "GAP" else x
    if len(builder.shape(x)) == 3:
        x = builder.add("flatten", x, name=f"{name} flatten", group=name)
    x = builder.add("linear", x, name=f"{name} linear", group=name, units=layer.width or classes)
    return builder.add("relu", x, name=f"{name} relu", group=name) if layer.kind == "FC" else x


def _pool(builder: GraphBuilder, x: str, layer: Layer, name: str, round_up: bool) -> str:
    """What hangs over the edge is filled with zeros, which change no maximum: a pool follows a ReLU, so that there is nothing below zero."""
    missing = [-(size - layer.kernel) % layer.stride if round_up else 0 for size in builder.shape(x)[1:]]
    if any(missing):
        x = builder.add("pad", x, name=f"{name} pad", group=name, bottom=missing[0], right=missing[1])
    return builder.add("max_pool", x, name=f"{name} pool", group=name, kernel=layer.kernel, stride=layer.stride, padding=0)


def _check_fits(shape: Sequence[int], layer: Layer, number: int, task: Any) -> None:
    if layer.kernel > min(shape[1:]):
        raise ValueError(
            f"decision 'layer{number}' is {layer}, but the image of `task` {task.name!r} {task.shape} has come down to {shape[1]}x{shape[2]}; "
            f"allowed are pools of at most {min(shape[1:])}: MetaQNNSpace(image={min(task.shape[1:])}) decides for such images"
        )


def _is_pool(value: Any) -> bool:
    return isinstance(value, tuple) and len(value) == 2 and is_whole(value[0], 2) and is_whole(value[1], 1) and value[1] <= value[0]


def _check(name: str, values: Any, fits: Any, allowed: str) -> None:
    check_options(name, values)
    for value in values:
        if not fits(value):
            raise ValueError(f"`{name}` has {value!r}; allowed are {allowed}")
