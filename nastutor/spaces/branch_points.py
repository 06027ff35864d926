"""Well-known networks as points of `BranchSpace`: a chain, a residual, a dense and an inception-like net, at paper scale and small.

Each function returns the plan; `BranchSpace.holding(plan)` is the smallest space with this point, `space.arch(plan)` the point itself.

>>> from nastutor.spaces import BranchSpace
>>> plans = [chain(1, (4, 8)), residual(1, (4, 8)), dense(2, 2, growth=4), inception((4,))]
>>> space = BranchSpace.holding(*plans)
>>> [len(plan.layers) for plan in plans], all(space.arch(plan) in space for plan in plans)
([5, 5, 11, 8], True)
"""

from __future__ import annotations

from collections.abc import Sequence

from nastutor.inputs import is_whole, require, whole
from nastutor.spaces.branches import Branch, Branches

# Szegedy et al. 2015, Table 1: channels of 1x1; 3x3 reduce, 3x3; 5x5 reduce, 5x5; projection of the pool.
GOOGLENET = (
    ((64, 96, 128, 16, 32, 32), (128, 128, 192, 32, 96, 64)),
    ((192, 96, 208, 16, 48, 64), (160, 112, 224, 24, 64, 64), (128, 128, 256, 24, 64, 64), (112, 144, 288, 32, 64, 64), (256, 160, 320, 32, 128, 128)),
    ((256, 160, 320, 32, 128, 128), (384, 192, 384, 48, 128, 128)),
)


def chain(blocks: int = 3, widths: Sequence[int] = (16, 32, 64)) -> Branches:
    """A plain network: g_i = L_{i-1}. A convolution, then for each width 2 * `blocks` of them, the first of a new width with stride 2; all 3x3.

    With 3 blocks it is the plain 20-layer network to which He et al. (2016, section 4.2) compare their residual one: 269,722 parameters.
    """
    return Branches("conv-bn-relu", tuple(_column(blocks, widths)), (2 * blocks * len(widths) + 1,))


def residual(blocks: int = 3, widths: Sequence[int] = (16, 32, 64)) -> Branches:
    """The same layers in which each block (two layers) reads the sum of the first output and those of all blocks before it.

    The shortcut of a block is an identity, so what enters block k is L_1 + L_3 + ... + L_{2k-1}: the unrolled form (Veit et al. 2016). The
    order is bn-relu-conv and what has fewer channels is filled up with zeros: the pre-activation ResNet of He et al. (2016b, "Identity mappings
    in deep residual networks") with shortcut A. A batch norm before a convolution in place of one behind it leaves the number of parameters
    as in He et al. (2016): 269,722 with 3 blocks a width (ResNet-20), 1,727,962 with 18 (ResNet-110).
    """
    layers = _column(blocks, widths)
    starts = tuple(range(1, len(layers) + 1, 2))  # L_1 and the second layers of the blocks
    for number, layer in enumerate(layers, start=1):
        if number % 2 == 0 and number > 2:
            layers[number - 1] = layer._replace(reads=tuple(start for start in starts if start < number), merge="add")
    return Branches("bn-relu-conv", tuple(layers), starts, "add")


def _column(blocks: int, widths: Sequence[int]) -> list[Branch]:
    whole("blocks", blocks)
    _check_channels("widths", widths)
    layers = [Branch("conv", widths[0], 3, 1, (0,))]
    for stage, width in enumerate(widths):
        for number in range(2 * blocks):
            layers.append(Branch("conv", width, 3, 2 if stage and number == 0 else 1, (len(layers),)))
    return layers


def dense(blocks: int = 3, layers: int = 16, *, growth: int = 12, compression: float = 0.5) -> Branches:
    """DenseNet-BC (Huang et al. 2017, section 3): g_i = concat of all outputs so far in the block.

    A convolution to 2 * `growth` channels; blocks of `layers` pairs: 1x1 to 4 * `growth` channels, 3x3 to `growth`; between two blocks a 1x1
    convolution to `compression` times the channels and a mean of 2x2. The defaults are the network of depth 100 with growth 12: 769,162 parameters.
    """
    for name, number in (("blocks", blocks), ("layers", layers), ("growth", growth)):
        whole(name, number)
    require("compression", compression, lambda share: 0 < share <= 1, "numbers above 0 to 1")
    found = [Branch("conv", 2 * growth, 3, 1, (0,))]
    channels, reads = 2 * growth, tuple[int, ...]([1])
    for block in range(blocks):
        if block:
            channels = int(channels * compression)
            found += [Branch("conv", channels, 1, 1, reads, _joined(reads)), Branch("avg2", None, None, 2, (len(found) + 1,))]
            reads = (len(found),)
        for _ in range(layers):
            found.append(Branch("conv", 4 * growth, 1, 1, reads, _joined(reads)))
            found.append(Branch("conv", growth, 3, 1, (len(found),)))
            channels, reads = channels + growth, (*reads, len(found))
    return Branches("bn-relu-conv", tuple(found), reads, _joined(reads))


def inception(*modules: Sequence[int], stem: int = 8, order: str = "conv-bn-relu") -> Branches:
    """A 3x3 convolution to `stem` channels and modules one behind the other: each joins four branches.

    modules  of each the channels of its branches: 1x1; 1x1 and 3x3; 1x1 and 5x5; 1x1 behind a maximum over 3x3. One number stands for six
    """
    whole("stem", stem)
    layers = [Branch("conv", stem, 3, 1, (0,))]
    reads, merge = _modules(layers, modules, (1,))
    return Branches(order, tuple(layers), reads, merge)


def googlenet() -> Branches:
    """GoogLeNet (Szegedy et al. 2015, Table 1) for images of 224x224, without its auxiliary classifiers, local normalisation and dropout.

    6,998,552 parameters for 1000 classes; the module 3a has 163,696 of them.
    """
    layers = [
        Branch("conv", 64, 7, 2, (0,)), Branch("max3", None, None, 2, (1,)),
        Branch("conv", 64, 1, 1, (2,)), Branch("conv", 192, 3, 1, (3,)), Branch("max3", None, None, 2, (4,)),
    ]  # fmt: skip
    reads, merge = tuple[int, ...]([5]), None
    for stage, modules in enumerate(GOOGLENET):
        if stage:
            layers.append(Branch("max3", None, None, 2, reads, merge))
            reads = (len(layers),)
        reads, merge = _modules(layers, modules, reads)
    return Branches("conv-relu", tuple(layers), reads, merge)


def _modules(layers: list[Branch], modules: Sequence[Sequence[int]], reads: tuple[int, ...]) -> tuple[tuple[int, ...], str | None]:
    """Adds the modules to `layers`; what a layer behind them reads, and how it merges it."""
    for module in modules:
        require("modules", tuple(module), lambda sizes: len(sizes) in (1, 6), "sequences of six numbers of channels, or of one that stands for six")
        _check_channels("modules", module)
        one, three_in, three, five_in, five, pooled = tuple(module) * (6 // len(module))
        merge, first = _joined(reads), len(layers) + 1
        layers += [
            Branch("conv", one, 1, 1, reads, merge),
            Branch("conv", three_in, 1, 1, reads, merge), Branch("conv", three, 3, 1, (first + 1,)),
            Branch("conv", five_in, 1, 1, reads, merge), Branch("conv", five, 5, 1, (first + 3,)),
            Branch("max3", None, None, 1, reads, merge), Branch("conv", pooled, 1, 1, (first + 5,)),
        ]  # fmt: skip
        reads = (first, first + 2, first + 4, first + 6)
    return reads, _joined(reads)


def _joined(reads: Sequence[int]) -> str | None:
    return "concat" if len(reads) > 1 else None


def _check_channels(name: str, values: Sequence[int]) -> None:
    require(name, tuple(values), lambda values: values and all(is_whole(value, 1) for value in values), "at least one number of channels, whole from 1")
