"""`SizeSpace`: chains of one form in which everything that is decided is a size, and smaller ones lie inside larger ones."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

from nastutor.inputs import is_whole, require, whole
from nastutor.spaces.base import ChoiceSpace, Choose, check_options
from nastutor.spaces.images import check_images
from nastutor.spaces.relaxed import Relaxed

if TYPE_CHECKING:
    from nastutor.nets.blocks import Blocks
    from nastutor.nets.graph import LayerGraph
    from nastutor.nets.supernet import Supernet
    from nastutor.values import Arch, Value


class Layer(NamedTuple):
    """A convolution: its kernel and its channels."""

    kernel: int
    width: int


class Stage(NamedTuple):
    """Layers one after the other, and the window of the pool that halves the image behind them (None behind the last stage)."""

    layers: tuple[Layer, ...]
    pool: int | None


class SizeSpace(Relaxed, ChoiceSpace):
    """Stages of convolutions (3x3, batch norm, ReLU ...) and pools: kernels, channels, depths and windows are what there is to decide.

    The form of Shin, Packer & Song (2018): layers whose hyper-parameters are sizes. In the supernet a smaller kernel is the middle of the largest,
    fewer channels are the first ones of the most, a shallower stage ends at an earlier layer: each layer has one set of weights, and a
    mixture of sizes is a mask on them (`nt.DAS`). As the weights of a layer are one tensor, weight decay reaches those outside the mask too.

    kernels  odd sizes, ascending, as all options here are
    widths   channels of a layer
    depths   layers of a stage
    pools    odd windows, of stride 2; 1 takes every second pixel
    stages   how many; a pool stands between two

    >>> space = SizeSpace()
    >>> space.size, str(space.sample(1))
    (16200, 'depth1=1 kernel1.1=5 width1.1=16 pool1=1 depth2=1 kernel2.1=3 width2.1=8')
    """

    unmerged = "pools of different windows on a map of two pixels a side"

    def __init__(
        self,
        kernels: Sequence[int] = (1, 3, 5),
        widths: Sequence[int] = (4, 8, 16),
        depths: Sequence[int] = (1, 2),
        pools: Sequence[int] = (1, 3),
        *,
        stages: int = 2,
    ) -> None:
        for name, sizes, odd in (("kernels", kernels, True), ("widths", widths, False), ("depths", depths, False), ("pools", pools, True)):
            _check(name, sizes, odd)
        self.kernels, self.widths, self.depths, self.pools = tuple(kernels), tuple(widths), tuple(depths), tuple(pools)
        self.stages = whole("stages", stages)

    def decide(self, choose: Choose) -> tuple[Stage, ...]:
        plan = []
        for stage in range(1, self.stages + 1):
            depth = choose(f"depth{stage}", self.depths)
            layers = [Layer(choose(f"kernel{stage}.{layer}", self.kernels), choose(f"width{stage}.{layer}", self.widths)) for layer in range(1, depth + 1)]
            plan.append(Stage(tuple(layers), choose(f"pool{stage}", self.pools) if stage < self.stages else None))
        return tuple(plan)

    @cached_property
    def _sites(self) -> dict[str, tuple[Any, ...]]:
        sites: dict[str, tuple[Any, ...]] = {}
        for stage in range(1, self.stages + 1):
            sites[f"depth{stage}"] = self.depths
            for layer in range(1, self.depths[-1] + 1):
                sites |= {f"kernel{stage}.{layer}": self.kernels, f"width{stage}.{layer}": self.widths}
            if stage < self.stages:
                sites[f"pool{stage}"] = self.pools
        return sites

    @property
    def size(self) -> int:
        one = len(self.kernels) * len(self.widths)
        return int(prod([sum(one**depth for depth in self.depths)] * self.stages) * len(self.pools) ** (self.stages - 1))

    def sizes(self) -> dict[str, tuple[int, ...]]:
        """The decisions whose options are sizes, in ascending order: here all of them."""
        return dict(self._sites)

    def chosen(self, arch: Arch) -> dict[str, Value]:
        """Layers that are not there have the first options, which nothing reads."""
        self.validate(arch)
        return {name: options[0] for name, options in self._sites.items()} | dict(arch.choices)

    def graph(self, arch: Arch, task: Any) -> LayerGraph:
        """The network for a task's images."""
        net, plan = self._begun(task), self.plan(arch)
        x = net.builder.input
        for number, stage in enumerate(plan, start=1):
            for place, layer in enumerate(stage.layers, start=1):
                x = self._layer(net, x, number, place, layer)
            if stage.pool is not None:
                x = net.add("max_pool", x, name=f"pool {number}", kernel=stage.pool, stride=2)
        return self._ended(net, x, task)

    def supernet(self, task: Any, *, affine: bool = True) -> Supernet:
        """The largest network; each convolution has a mask on its kernel, each ReLU one on its channels, stages and pools are weighed sums."""
        from nastutor.nets.supernet import Supernet

        net, mixed, kernels, widths = self._begun(task, affine), dict[str, str](), dict[str, str](), dict[str, str]()
        x = net.builder.input
        for stage in range(1, self.stages + 1):
            ends = []
            for layer in range(1, self.depths[-1] + 1):
                x = self._layer(net, x, stage, layer, Layer(self.kernels[-1], self.widths[-1]))
                kernels[f"stage {stage} layer {layer} conv"], widths[x] = f"kernel{stage}.{layer}", f"width{stage}.{layer}"
                ends += [x] * (layer in self.depths)
            x = net.add("add", *ends, name=f"stage {stage} end")
            mixed[x] = f"depth{stage}"
            if stage < self.stages:
                net.group = f"pool {stage}"
                x = net.add("add", *(net.add("max_pool", x, name=f"pool {stage} of {k}", kernel=k, stride=2) for k in self.pools), name=f"pool {stage}")
                mixed[x] = f"pool{stage}"
        return Supernet(self._ended(net, x, task), mixed, self.mixture_sites(), kernels=kernels, widths=widths)

    def _begun(self, task: Any, affine: bool = True) -> Blocks:
        from nastutor.nets.blocks import Blocks
        from nastutor.nets.graph import LayerGraph

        check_images(task, self, ("stages",), least=2 ** (self.stages - 1), why="each stage after the first halves them")
        return Blocks(LayerGraph.start(task.shape), affine=affine)

    def _layer(self, net: Blocks, x: str, stage: int, layer: int, sizes: Layer) -> str:
        net.group = f"stage {stage}"
        return net.conv_bn_relu(x, f"stage {stage} layer {layer}", channels=sizes.width, kernel=sizes.kernel)

    def _ended(self, net: Blocks, x: str, task: Any) -> LayerGraph:
        net.group = "head"
        return net.builder.finish(net.classifier(x, task.classes, relu=False))


def _check(name: str, sizes: Any, odd: bool) -> None:
    check_options(name, sizes)
    require(name, sizes, lambda given: all(is_whole(size, 1) for size in given) and list(given) == sorted(set(given)), "whole numbers from 1, ascending")
    if odd:
        require(name, sizes, lambda given: all(size % 2 for size in given), "odd sizes, of which a smaller one is the middle of a larger one")
