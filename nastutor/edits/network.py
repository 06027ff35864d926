"""`Network`: layers and the links between them, each layer under a number that edits do not change; what edits work on and an Arch spells out."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from nastutor.inputs import is_whole
from nastutor.values import Arch

IMAGE, OUTPUT = 0, -1  # the numbers of what is read first and of what reads last; layers are numbered from 1
CONVS = ("conv", "sep")
POOLS = ("max", "avg")
MERGES = ("add", "concat")
WIDE = (*CONVS, "dense")
KINDS = (*WIDE, *POOLS, "flatten", *MERGES)
STRANGE = "no network of layers"


class Layer(NamedTuple):
    """One layer: what it does, how wide its output is, the side of its window, and which layers it reads.

    kind    conv, sep (convolution, batch norm, ReLU), dense (linear, ReLU), max, avg (pools that halve the image), flatten, add, concat
    width   channels of conv and sep, units of dense; None for the others
    kernel  odd side of conv and sep; None for the others
    reads   one number; of add and concat two or more, the first of which gives the size
    """

    kind: str
    width: int | None
    kernel: int | None
    reads: tuple[int, ...]

    def __str__(self) -> str:
        settings = [self.kind, *(str(value) for value in (self.width, self.kernel) if value is not None)]
        return f"{' '.join(settings)} <- {', '.join(map(str, self.reads))}"


@dataclass(frozen=True)
class Network:
    """A network of layers.

    layers  number -> layer; the order in which they are listed means nothing
    output  the layer that the classifier reads

    >>> network = Network.chain([("conv", 8, 3), ("max",), ("conv", 16, 3)])
    >>> print(network)
    1: conv 8 3 <- 0
    2: max <- 1
    3: conv 16 3 <- 2
    output <- 3
    >>> network.arch()["layer 3"], network.channels(2)
    (('conv', 16, 3, (2,)), 8)
    """

    layers: Mapping[int, Layer]
    output: int

    @classmethod
    def chain(cls, layers: Iterable[tuple[Any, ...]]) -> Network:
        """One layer after the other, each as (kind, width, kernel), as far as it has them."""
        rows = [(*layer, None, None)[:3] for layer in layers]
        return cls({number: Layer(row[0], row[1], row[2], (number - 1,)) for number, row in enumerate(rows, start=1)}, len(rows))

    @classmethod
    def of(cls, arch: Arch, what: str = STRANGE) -> Network:
        """The network that `arch` spells out; ValueError where it is none.

        what  is said to be missing, in the words of whoever asks
        """
        if not isinstance(arch, Arch):
            raise TypeError(f"`arch` must be an Arch, got {type(arch).__name__}: {arch!r}")
        try:
            network = cls(*_spelt(arch))
            network.check()
            if network.arch() != arch:
                raise ValueError(f"the layers stand in another order than {', '.join(name for name, _ in network.arch().choices)}")
        except ValueError as error:
            raise ValueError(f"`arch` is {arch}, which is {what}: {error}") from None
        return network

    def arch(self) -> Arch:
        """Each layer as (kind, width, kernel, reads) behind those that it reads, otherwise by number; then the layer that the classifier reads."""
        return Arch((*((f"layer {number}", tuple(self.layers[number])) for number in self.order), ("output", self.output)))

    def check(self) -> None:
        """ValueError where a layer is not as its kind is, or what is read is not there."""
        for number, layer in self.layers.items():
            _check_layer(f"layer {number}", layer)
            if unknown := [read for read in layer.reads if read not in self.layers and read != IMAGE]:
                raise ValueError(f"layer {number} reads {unknown[0]}, and the layers are {self._listed()}")
        if self.output not in self.layers:
            raise ValueError(f"the output reads {self.output}, and the layers are {self._listed()}")
        if dead := set(self.layers) - self.above(OUTPUT):
            raise ValueError(f"layer {min(dead)} does not reach the output")
        for number in self.order:
            kind, _, _, (first, *others) = self.layers[number]
            if kind != "dense" and any(map(self.flat, others if kind in MERGES else [first])) and not (kind in MERGES and self.flat(first)):
                raise ValueError(f"layer {number} is {kind}, and what it reads is no image any more")

    def _listed(self) -> str:
        return ", ".join(map(str, sorted(self.layers)))

    def __str__(self) -> str:
        return "\n".join([*(f"{number}: {self.layers[number]}" for number in self.order), f"output <- {self.output}"])

    # what follows from the layers

    @cached_property
    def order(self) -> tuple[int, ...]:
        """The numbers, each behind those that it reads, the smallest first; ValueError where they go round in a circle."""
        waiting = {number: len({*layer.reads} - {IMAGE}) for number, layer in self.layers.items()}
        ready, order = [number for number, count in waiting.items() if not count], list[int]()
        heapq.heapify(ready)
        while ready:
            order.append(heapq.heappop(ready))
            for reader in self.readers.get(order[-1], ()):
                if reader != OUTPUT:
                    waiting[reader] -= 1
                    if not waiting[reader]:
                        heapq.heappush(ready, reader)
        if len(order) < len(self.layers):
            raise ValueError(f"layers {', '.join(map(str, sorted(set(self.layers) - set(order))))} read each other in a circle, or behind one")
        return tuple(order)

    @cached_property
    def readers(self) -> dict[int, tuple[int, ...]]:
        """Number -> the layers that read it, in rising order, the output (-1) last."""
        found: dict[int, list[int]] = {}
        for number in sorted(self.layers):
            for read in dict.fromkeys(self.layers[number].reads):
                found.setdefault(read, []).append(number)
        found.setdefault(self.output, []).append(OUTPUT)
        return {number: tuple(readers) for number, readers in found.items()}

    @cached_property
    def _facts(self) -> dict[int, tuple[bool, int | None, int]]:
        """Number -> (whether its output is flat, its channels, how often the image was halved)."""
        facts: dict[int, tuple[bool, int | None, int]] = {IMAGE: (False, None, 0)}
        for number in self.order:
            kind, width, _, reads = self.layers[number]
            flat, channels, halved = facts[reads[0]]
            if kind == "concat":
                parts = [facts[read][1] for read in reads]
                channels = None if None in parts else sum(parts)  # type: ignore[arg-type]
            elif kind == "flatten":
                channels = None
            facts[number] = flat or kind in ("dense", "flatten"), width if width is not None else channels, halved + (kind in POOLS)
        return facts

    def flat(self, number: int) -> bool:
        """Whether the output of a layer is no image any more."""
        return self._facts[number][0]

    def channels(self, number: int) -> int | None:
        """The channels of a layer's output; None where they depend on the task: of the image, behind `flatten`, of what is joined to them."""
        return self._facts[number][1]

    def halved(self, number: int) -> int:
        """How many pools lie before a layer's output, its own included, on the way that gives it its size."""
        return self._facts[number][2]

    def above(self, number: int) -> set[int]:
        """The layers that a layer, or the output, depends on."""
        found, todo = set[int](), [*self.reads(number)]
        while todo:
            if (read := todo.pop()) != IMAGE and read not in found:
                found.add(read)
                todo.extend(self.layers[read].reads)
        return found

    def reads(self, number: int) -> tuple[int, ...]:
        """What a layer, or the output (-1), reads; the image nothing."""
        return (self.output,) if number == OUTPUT else () if number == IMAGE else self.layers[number].reads

    def positive(self, number: int) -> bool:
        """Whether nothing negative comes out of it: all layers end with ReLU or keep what they read, so nothing of the image may have come through."""
        if number == IMAGE:
            return False
        kind, _, _, reads = self.layers[number]
        return kind in (*WIDE, "add") or all(map(self.positive, reads))

    # what edits are made of

    @property
    def fresh(self) -> int:
        """A number that no layer has."""
        return max(self.layers, default=0) + 1

    def put(self, number: int, layer: Layer) -> Network:
        """With a layer in the place of `number`, or new."""
        return Network({**self.layers, number: layer}, self.output)

    def reading(self, reader: int, reads: tuple[int, ...]) -> Network:
        """With another link: `reader`, which may be the output, reads these."""
        if reader == OUTPUT:
            return Network(self.layers, reads[0])
        return self.put(reader, self.layers[reader]._replace(reads=reads))

    def redirected(self, old: int, new: int, only: Iterable[int] | None = None) -> Network:
        """What reads `old` reads `new` instead: all readers but `new` itself, or `only` these."""
        network = self
        for reader in self.readers.get(old, ()) if only is None else only:
            if reader != new:
                network = network.reading(reader, tuple(new if read == old else read for read in network.reads(reader)))
        return network

    def tidied(self) -> Network:
        """Without layers that do not reach the output, links that a merge has twice, and merges that are left with one."""
        network = self
        for number in self.order:
            layer = network.layers[number]
            if layer.kind in MERGES:
                reads = tuple(dict.fromkeys(layer.reads))
                network = network.reading(number, reads) if len(reads) > 1 else network.redirected(number, reads[0])
        alive = network.above(OUTPUT)
        return Network({number: layer for number, layer in network.layers.items() if number in alive}, network.output)


def _spelt(arch: Arch) -> tuple[dict[int, Layer], int]:
    """The layers and the output that the decisions of `arch` name."""
    layers: dict[int, Layer] = {}
    for name, value in arch.choices[:-1]:
        word, _, number = name.partition(" ")
        if word != "layer" or not number.isdecimal() or str(int(number)) != number or int(number) < 1:
            raise ValueError(f"decision {name!r} is not 'layer' with a number from 1")
        if type(value) is not tuple or len(value) != 4:
            raise ValueError(f"{name} is {value!r}; allowed are (kind, width, kernel, reads)")
        layers[int(number)] = Layer(*value)  # type: ignore[arg-type]
    name, output = arch.choices[-1] if arch.choices else ("nothing", None)
    if name != "output" or not is_whole(output, 1):
        raise ValueError(f"the last decision is {name!r} with {output!r}; allowed is 'output' with the number of a layer")
    return layers, output  # type: ignore[return-value]


def _check_layer(name: str, layer: Layer) -> None:
    kind, width, kernel, reads = layer
    if kind not in KINDS:
        raise ValueError(f"{name} is of kind {kind!r}; allowed are {', '.join(KINDS)}")
    if not (is_whole(width, 1) if kind in WIDE else width is None):
        raise ValueError(f"{name} ({kind}) has a width of {width!r}; allowed are {'whole numbers from 1' if kind in WIDE else 'None alone'}")
    if not (is_whole(kernel, 1) and kernel % 2 if kind in CONVS else kernel is None):  # type: ignore[operator]
        raise ValueError(f"{name} ({kind}) has a kernel of {kernel!r}; allowed are {'odd numbers' if kind in CONVS else 'None alone'}")
    if type(reads) is not tuple or not all(is_whole(read, IMAGE) for read in reads) or len(set(reads)) < len(reads):
        raise ValueError(f"{name} reads {reads!r}; allowed are different numbers of layers, and 0, the image")
    if (len(reads) < 2) if kind in MERGES else (len(reads) != 1):
        raise ValueError(f"{name} ({kind}) reads {len(reads)} layers; allowed are {'two or more' if kind in MERGES else 'one alone'}")
