"""`MobileSpace`: stages of inverted residual blocks, whose kernels, expansions and number are decided: ProxylessNAS, MnasNet."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

from nastutor.inputs import is_whole, positive, require, whole
from nastutor.spaces.base import ChoiceSpace, Choose, check_options
from nastutor.spaces.images import check_images
from nastutor.spaces.mobile_blocks import add_block, add_conv
from nastutor.spaces.relaxed import Relaxed

if TYPE_CHECKING:
    from nastutor.nets.graph import GraphBuilder, LayerGraph
    from nastutor.nets.supernet import Supernet
    from nastutor.values import Arch


class Place(NamedTuple):
    """Where a block stands: its stage and number (from 1), channels before and after, stride; `free` where it may be left out."""

    stage: int
    block: int
    before: int
    width: int
    stride: int

    @property
    def free(self) -> bool:
        return self.stride == 1 and self.before == self.width


class Block(NamedTuple):
    """One block of the plan. `squeeze`: with squeeze and excitation."""

    place: Place
    kernel: int
    expansion: int
    squeeze: bool


class MobileSpace(Relaxed, ChoiceSpace):
    """Inverted residual blocks in stages (Cai et al. 2019, section 4.2; with `per="stage"` as in Tan et al. 2019, section 4.1).

    A block (Sandler et al. 2018): 1x1 convolution to `expansion` times the channels, depthwise convolution, 1x1 convolution back, batch norm
    behind each, `activation` behind the first two, and a sum with its input where shapes allow. Its operation is written k5e3 (kernel 5,
    expansion 3), k5e3se with squeeze and excitation behind the depthwise convolution, to a quarter of the block's input channels. Around
    the stages: a 3x3 convolution, a block of expansion 1 and kernel 3 without a sum, and at the end a 1x1 convolution, global mean, linear layer.

    per="block": each block has an operation of its own, or `none` where it may be left out (ProxylessNAS's zero operation); blocks that may
    be left out and stand side by side are the same network wherever the gap is, and canonical forms have the gaps last.
    per="stage": a stage decides on one operation and how often it is repeated.

    ProxylessNAS searches MobileSpace(widths=(24, 40, 80, 96, 192, 320),
    depths=(4, 4, 4, 4, 4, 1), strides=(2, 2, 2, 1, 2, 1), kernels=(3, 5, 7), stem=32, first=16, head=1280, stem_stride=2, activation="relu6"):
    6^6 7^15 = 2.2e17 architectures. Dropout and other settings of the training are not part of a network here.

    widths       channels of each stage
    depths       the largest number of blocks in each stage
    strides      of the first block of each stage
    kernels, expansions  to choose from
    squeeze      whether operations with squeeze and excitation are there besides those without
    per          "block" or "stage"
    stem, first, head  channels of the convolution before the stages, of the block after it, of the last convolution
    multiplier   of all channels but `head`'s, rounded to multiples of 8

    >>> space = MobileSpace(widths=(8, 16), depths=(2, 2), strides=(1, 2))
    >>> space.size, str(space.sample(0))
    (500, 'block1.1=none block1.2=k5e3 block2.1=k3e6 block2.2=k3e6')
    """

    def __init__(
        self,
        widths: Sequence[int] = (8, 16),
        depths: Sequence[int] = (2, 2),
        strides: Sequence[int] = (1, 2),
        kernels: Sequence[int] = (3, 5),
        expansions: Sequence[int] = (3, 6),
        squeeze: bool = False,
        per: str = "block",
        *,
        stem: int = 8,
        first: int = 8,
        head: int = 32,
        stem_stride: int = 1,
        activation: str = "relu",
        multiplier: float = 1.0,
    ) -> None:
        for name, values in (("widths", widths), ("depths", depths), ("strides", strides), ("kernels", kernels), ("expansions", expansions)):
            _check_numbers(name, values)
        if not len(widths) == len(depths) == len(strides):
            raise ValueError(f"`widths`, `depths` and `strides` have {len(widths)}, {len(depths)} and {len(strides)} numbers; allowed is one for each stage")
        require("kernels", tuple(kernels), lambda kernels: all(kernel % 2 for kernel in kernels), "odd sizes, which keep the size of the image")
        for name, options in (("kernels", kernels), ("expansions", expansions)):
            check_options(name, options)
        require("per", per, lambda per: per in ("block", "stage"), "'block' and 'stage'")
        require("activation", activation, lambda name: name in ("relu", "relu6"), "'relu' and 'relu6'")
        if type(squeeze) is not bool:
            raise ValueError(f"`squeeze` is {squeeze!r}; allowed are True and False")
        for name, number in (("stem", stem), ("first", first), ("head", head), ("stem_stride", stem_stride)):
            whole(name, number)
        positive("multiplier", multiplier)
        self.widths, self.depths, self.strides, self.per = tuple(widths), tuple(depths), tuple(strides), per
        self.stem, self.first, self.head, self.stem_stride, self.activation, self.multiplier = stem, first, head, stem_stride, activation, multiplier
        self.operations = {
            f"k{kernel}e{expansion}{'se' * excite}": (kernel, expansion, excite)
            for excite in (False, True)[: 1 + squeeze]
            for kernel in kernels
            for expansion in expansions
        }

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """Where blocks may stand, in order."""
        return tuple(self._places())

    def _places(self) -> Iterator[Place]:
        before = self.scaled(self.first)
        for stage, (width, depth, stride) in enumerate(zip(self.widths, self.depths, self.strides, strict=True), start=1):
            for block in range(1, depth + 1):
                yield Place(stage, block, before, self.scaled(width), stride if block == 1 else 1)
                before = self.scaled(width)

    def scaled(self, channels: int) -> int:
        """`channels` times `multiplier`: the nearest multiple of 8, and never less than nine tenths (the released code of MobileNet and both papers)."""
        if self.multiplier == 1:
            return channels
        wanted = channels * self.multiplier
        rounded = max(8, int(wanted + 4) // 8 * 8)
        return rounded + 8 * (rounded < 0.9 * wanted)

    def decide(self, choose: Choose) -> list[Block]:
        return list(self._per_block(choose) if self.per == "block" else self._per_stage(choose))

    def _per_block(self, choose: Choose) -> Iterator[Block]:
        for place in self.places:
            op = choose(f"block{place.stage}.{place.block}", self._options(place))
            if op != "none":
                yield Block(place, *self.operations[op])

    def _per_stage(self, choose: Choose) -> Iterator[Block]:
        for stage, most in enumerate(self.depths, start=1):
            op, depth = choose(f"op{stage}", tuple(self.operations)), choose(f"depth{stage}", tuple(range(1, most + 1)))
            yield from (Block(place, *self.operations[op]) for place in self.places if place.stage == stage and place.block <= depth)

    def _options(self, place: Place) -> tuple[str, ...]:
        return (*self.operations, "none") if place.free else tuple(self.operations)

    def canonical(self, arch: Arch) -> Arch:
        """The first architecture that is the same network: of blocks side by side that may be left out, those that are there come first."""
        self.validate(arch)
        if self.per == "stage":
            return arch
        answers, row = dict(arch.choices), list[str]()
        for name, place in [*((f"block{place.stage}.{place.block}", place) for place in self.places), ("", None)]:
            if place is not None and place.free:
                row.append(name)
                continue
            there = [answers[name] for name in row if answers[name] != "none"]
            answers |= dict(zip(row, there + ["none"] * (len(row) - len(there)), strict=True))
            row = []
        return self.walk(lambda name, options: answers[name])

    @property
    def size(self) -> int:
        if self.per == "stage":
            return prod(len(self.operations) * depth for depth in self.depths)
        return prod(len(self._options(place)) for place in self.places)

    @cached_property
    def _sites(self) -> dict[str, tuple[Any, ...]]:
        if self.per == "block":
            return {f"block{place.stage}.{place.block}": self._options(place) for place in self.places}
        return {
            name: options
            for stage, most in enumerate(self.depths, start=1)
            for name, options in ((f"op{stage}", tuple(self.operations)), (f"depth{stage}", tuple(range(1, most + 1))))
        }

    def graph(self, arch: Arch, task: Any) -> LayerGraph:
        """The network for a task's images; the released TensorFlow code pads strided convolutions on one side, of which the
        shapes and counts are the same."""

        def blocks(builder: GraphBuilder, x: str) -> str:
            for place, kernel, expansion, squeeze in self.plan(arch):
                name = f"stage {place.stage} block {place.block}"
                x = add_block(builder, x, name, self.activation, place.width, kernel, place.stride, expansion, squeeze, residual=place.free)
            return x

        return self._network(task, blocks)

    def supernet(self, task: Any, *, affine: bool = True) -> Supernet:
        """Every block in all its operations and, where it may be left out, its input as it is; where a stage decides on a depth, its output after each block.

        affine  whether batch norm between stem and head has scale and shift (True in the released search)
        """
        from nastutor.nets.supernet import Supernet

        mixed: dict[str, str] = {}
        return Supernet(self._network(task, lambda builder, x: self._mixed_blocks(builder, x, mixed, affine)), mixed, self.mixture_sites())

    def _mixed_blocks(self, builder: GraphBuilder, x: str, mixed: dict[str, str], affine: bool) -> str:
        depths: list[str] = []  # the outputs of a stage so far
        for place, following in zip(self.places, [*self.places[1:], None], strict=True):
            name = f"stage {place.stage} block {place.block}"
            terms = [
                add_block(builder, x, f"{name} {op}", self.activation, place.width, kernel, place.stride, expansion, squeeze, place.free, affine)
                for op, (kernel, expansion, squeeze) in self.operations.items()
            ]
            free = self.per == "block" and place.free
            x = builder.add("add", *terms, *([x] if free else []), name=name, group=name)
            mixed[x] = f"block{place.stage}.{place.block}" if self.per == "block" else f"op{place.stage}"
            depths.append(x)
            if self.per == "stage" and (following is None or following.stage != place.stage):
                x = builder.add("add", *depths, name=f"stage {place.stage} depth", group=f"stage {place.stage}")
                mixed[x], depths = f"depth{place.stage}", []
        return x

    def _network(self, task: Any, blocks: Callable[[GraphBuilder, str], str]) -> LayerGraph:
        """`blocks` between a stem and a head."""
        from nastutor.nets.graph import LayerGraph

        check_images(task, self, ("stem_stride", "strides"), least=self.stem_stride * prod(self.strides), why="each stride divides them")
        builder, act = LayerGraph.start(task.shape), self.activation
        x = add_conv(builder, builder.input, "stem", "stem", act, channels=self.scaled(self.stem), kernel=3, stride=self.stem_stride)
        x = add_block(builder, x, "first", act, width=self.scaled(self.first), kernel=3, residual=False)
        x = add_conv(builder, blocks(builder, x), "head", "head", act, channels=self.head, kernel=1)
        x = builder.add("global_avg_pool", x, name="head mean", group="head")
        return builder.finish(builder.add("linear", x, name="head linear", group="head", units=task.classes))


def _check_numbers(name: str, values: Any) -> None:
    allowed = "a tuple of whole numbers from 1, at least one"
    require(name, values, lambda values: isinstance(values, (tuple, list)) and len(values) > 0 and all(is_whole(value, 1) for value in values), allowed)
