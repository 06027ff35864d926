"""`nt.zoo`: the networks that the papers of the reading list published, by name, each as a point of its search space.

>>> from nastutor.published import zoo
>>> net = zoo["DARTS_V2"]
>>> net.counts().params, net.space.validate(net.arch)
(3349342, None)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from nastutor import spaces
from nastutor.spaces import metaqnn, nasrl
from nastutor.spaces.macro import ENAS_MACRO
from nastutor.spaces.mobile_published import MNASNET, PROXYLESS, PublishedMobile
from nastutor.spaces.paths import TREE_CELL_A

if TYPE_CHECKING:
    from nastutor.nets.graph import Counts, LayerGraph
    from nastutor.values import Arch


class Images(NamedTuple):
    """What a network is built for, as far as its shape asks: a task without data."""

    name: str
    shape: tuple[int, int, int]
    classes: int


CIFAR10 = Images("CIFAR-10", (3, 32, 32), 10)
CROPPED = Images("CIFAR-10, 28 px", (3, 28, 28), 10)  # the images for which MetaQNN's paper counts
MOBILE = Images("ImageNet, 224 px", (3, 224, 224), 1000)
LARGE = Images("ImageNet, 331 px", (3, 331, 331), 1000)


@dataclass(frozen=True)
class Published:
    """A published network.

    space   in which it lies, with the settings of the network around the cells (`space.settings`)
    arch    it itself
    task    name, shape and classes of its images
    paper   key in `nt.papers`; "" where it is not of the reading list
    figures what the paper or its release says: params and mult_adds in millions, error in percent (of the test or validation set there)
    """

    name: str
    space: Any
    arch: Arch
    task: Images
    paper: str
    figures: Mapping[str, float] = field(default_factory=dict)

    def graph(self, **options: Any) -> LayerGraph:
        """The whole network; `auxiliary=True` with its auxiliary head, where the space has one."""
        return self.space.graph(self.arch, self.task, **options)  # type: ignore[no-any-return]

    def counts(self) -> Counts:
        return self.graph().counts()

    def build(self, seed: int = 0, device: Any = "cpu") -> Any:
        """The network as a `torch.nn.Module` with random weights."""
        return self.graph().build(seed, device)

    def __str__(self) -> str:
        counts = self.counts()
        said = ", ".join(f"{name} {value:g}" for name, value in self.figures.items())
        return f"{self.name}: {counts.params:,} parameters, {counts.mult_adds / 1e6:,.1f} M mult-adds for {self.task.name} (published: {said or 'no figures'})"


class Zoo(Mapping[str, Published]):
    """name -> `Published`; each is made when it is asked for."""

    def __init__(self, makers: Mapping[str, Callable[[str], Published]]) -> None:
        self._makers = dict(makers)

    def __getitem__(self, name: str) -> Published:
        if name not in self._makers:
            near = get_close_matches(str(name), self._makers, 3, 0.3) or list(self._makers)
            raise KeyError(f"`name` is {name!r}; near it are {', '.join(near)} (all: list(nt.zoo))")
        return self._made(name)

    def _made(self, name: str) -> Published:
        if name not in self._kept:
            self._kept[name] = self._makers[name](name)
        return self._kept[name]

    @cached_property
    def _kept(self) -> dict[str, Published]:
        return {}

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)

    def __repr__(self) -> str:
        return f"{len(self)} published networks: {', '.join(self)}"

    def table(self) -> str:
        """All of them in markdown: what is counted here beside what was published."""
        lines = ["| network | images | parameters | published | mult-adds | published |", "|---|---|---|---|---|---|"]
        for net in self.values():
            counts = net.counts()
            params, mult_adds = (f"{net.figures[name]:g} M" if name in net.figures else "" for name in ("params", "mult_adds"))
            lines.append(f"| {net.name} | {net.task.name} | {counts.params:,} | {params} | {counts.mult_adds / 1e6:,.1f} M | {mult_adds} |")
        return "\n".join(lines)


# Input 0 is the previous cell. NASNet-A, PNASNet-5: tensorflow/models, research/slim/nets/nasnet;
# AmoebaNet: tensorflow/tpu, models/experimental/amoeba_net/model_specs.py.
NASNET_A = """
normal: 0 sep5 + 1 sep3 | 1 sep5 + 1 sep3 | 0 avg3 + 1 identity | 1 avg3 + 1 avg3 | 0 sep3 + 0 identity -> 1 2 3 4 5 6;
reduce: 0 sep5 + 1 sep7 | 0 max3 + 1 sep7 | 0 avg3 + 1 sep5 | 3 identity + 2 avg3 | 2 sep3 + 0 max3 -> 3 4 5 6"""
AMOEBANET_A = """
normal: 0 avg3 + 0 max3 | 1 sep3 + 1 identity | 0 identity + 1 avg3 | 0 sep3 + 2 sep5 | 5 avg3 + 0 sep3 -> 1 3 4 6;
reduce: 1 sep3 + 0 avg3 | 0 max3 + 2 sep7 | 1 max3 + 0 max3 | 4 sep3 + 0 conv1x7-7x1 | 1 avg3 + 0 sep7 -> 2 3 4 5 6"""
AMOEBANET_C = """
normal: 0 avg3 + 0 sep3 | 0 identity + 0 sep3 | 2 avg3 + 1 sep3 | 0 identity + 1 sep3 | 3 avg3 + 0 sep3 -> 1 2 4 5 6;
reduce: 0 max3 + 0 max3 | 2 sep7 + 0 sep3 | 0 sep7 + 1 max3 | 4 sep5 + 4 sep5 | 1 max3 + 1 sep3 -> 0 2 3 4 5 6"""
_PNAS = "1 sep5 + 1 max3 | 0 sep7 + 0 max3 | 0 sep5 + 0 sep3 | 4 sep3 + 0 max3 | 1 sep3 + 0 identity -> 2 3 4 5 6"
PNASNET_5 = f"normal: {_PNAS}; reduce: {_PNAS}"
# Input 1 is the previous cell. ENAS: melodyguan/enas, scripts/cifar10_micro_final.sh; DARTS: quark0/darts, cnn/genotypes.py.
ENAS_MICRO = """
normal: 0 avg3 + 0 sep3 | 0 identity + 0 sep5 | 0 identity + 1 sep5 | 1 sep3 + 0 sep5 | 0 avg3 + 1 sep5 -> 2 3 4 5 6;
reduce: 1 sep3 + 1 sep3 | 0 max3 + 0 avg3 | 1 sep5 + 3 sep5 | 1 sep3 + 0 identity | 0 max3 + 1 sep5 -> 2 4 5 6"""
DARTS_V1 = """
normal: 1 sep3 + 0 sep3 | 0 identity + 1 sep3 | 0 identity + 1 sep3 | 0 sep3 + 2 identity -> 2 3 4 5;
reduce: 0 max3 + 1 max3 | 2 identity + 0 max3 | 0 max3 + 2 identity | 2 identity + 0 avg3 -> 2 3 4 5"""
DARTS_V2 = """
normal: 0 sep3 + 1 sep3 | 0 sep3 + 1 sep3 | 1 sep3 + 0 identity | 0 identity + 2 dilsep3 -> 2 3 4 5;
reduce: 0 max3 + 1 max3 | 2 identity + 1 max3 | 0 max3 + 2 identity | 2 identity + 1 max3 -> 2 3 4 5"""


def _cells(kind: Callable[..., Any], genotype: str, task: Images, paper: str, figures: Mapping[str, float], **stack: Any) -> Callable[[str], Published]:
    """The recipe of a network of three stages of cells."""

    def make(name: str) -> Published:
        space = kind(stages=3, **stack)
        return Published(name, space, space.from_genotype(genotype), task, paper, dict(figures))

    return make


def _nasnet(task: Images, figures: Mapping[str, float], **stack: Any) -> Callable[[str], Published]:
    return _cells(spaces.NASNetSpace, NASNET_A, task, "zoph2018", figures, output="chosen", **stack)


def _amoeba(genotype: str, task: Images, figures: Mapping[str, float], **stack: Any) -> Callable[[str], Published]:
    return _cells(spaces.AmoebaNetSpace, genotype, task, "real2019", figures, output="chosen", stem_channels=32, **stack)


def _pnas(task: Images, figures: Mapping[str, float], **stack: Any) -> Callable[[str], Published]:
    return _cells(spaces.PNASSpace, PNASNET_5, task, "liu2018a", figures, **stack)


def _darts(genotype: str, task: Images, figures: Mapping[str, float], **stack: Any) -> Callable[[str], Published]:
    return _cells(spaces.DARTSSpace, genotype, task, "liu2019b", figures, **stack)


IMAGENET: dict[str, Any] = {"stem": "imagenet"}
ODD: dict[str, Any] = {"stem": "imagenet", "odd_halves": True}


def _enas_macro(name: str) -> Published:
    """As the release builds it: its separable convolutions become plain ones in the final network."""
    space = spaces.MacroSpace(24, channels=96, plain=True)
    return Published(name, space, space.from_numbers(" ".join(ENAS_MACRO)), CIFAR10, "pham2018", {})


def _mobile(network: PublishedMobile, paper: str) -> Callable[[str], Published]:
    def make(name: str) -> Published:
        space = network.space()
        return Published(name, space, network.arch(space), MOBILE, paper)

    return make


def _tree(figures: Mapping[str, float], **network: Any) -> Callable[[str], Published]:
    """TreeCell-A; figures of han-cai/PathLevel-EAS, whose last network was trained with dropped paths and cutout."""

    def make(name: str) -> Published:
        space = spaces.PathLevelSpace(3, stages=3, groups=2, **network)
        return Published(name, space, space.from_text(TREE_CELL_A), CIFAR10, "cai2018b", figures)

    return make


def _metaqnn(name: str) -> Published:
    """The best for CIFAR-10 of Table A2."""
    text, error, params = metaqnn.CIFAR10[0]
    space = spaces.MetaQNNSpace(12, 32, **metaqnn.PAPER)
    return Published(name, space, space.from_text(text), CROPPED, "baker2017a", {"params": params, "error": error})


def _nasrl(name: str) -> Published:
    """The network without strides and pools (v1 of Table 1)."""
    space, arch = nasrl.figure_7()
    return Published(name, space, arch, CIFAR10, "zoph2017", {"params": 4.2, "error": 5.5})


zoo = Zoo(
    {
        "NASNet-A CIFAR": _nasnet(CIFAR10, {"params": 3.3}, channels=32, cells=6, drop_path=0.4),
        "NASNet-A mobile": _nasnet(MOBILE, {"params": 5.3, "mult_adds": 564, "error": 26.0}, channels=44, cells=4, stem_channels=32, **IMAGENET),
        "NASNet-A large": _nasnet(
            LARGE,
            {"params": 88.9, "mult_adds": 23_800, "error": 17.3},
            **{"channels": 168, "cells": 6, "stem_channels": 96, "skip_reduction_input": True, "drop_path": 0.3, **IMAGENET},
        ),
        "AmoebaNet-A CIFAR": _amoeba(AMOEBANET_A, CIFAR10, {"params": 3.2, "error": 3.34}, channels=36, cells=6),
        "AmoebaNet-A mobile": _amoeba(AMOEBANET_A, MOBILE, {"params": 5.1, "mult_adds": 555}, channels=50, cells=4, **ODD),
        "AmoebaNet-A large": _amoeba(AMOEBANET_A, LARGE, {"params": 86.7, "mult_adds": 23_100}, channels=190, cells=6, **ODD),
        "AmoebaNet-A 448": _amoeba(AMOEBANET_A, LARGE, {"params": 469, "error": 16.1}, channels=448, cells=6, **IMAGENET),
        "AmoebaNet-C mobile": _amoeba(AMOEBANET_C, MOBILE, {}, channels=50, cells=4, **ODD),
        "PNASNet-5 CIFAR": _pnas(CIFAR10, {"params": 3.2}, channels=48, cells=3),
        "PNASNet-5 mobile": _pnas(MOBILE, {"params": 5.1, "mult_adds": 588}, channels=54, cells=3, stem_channels=32, **ODD),
        "PNASNet-5 large": _pnas(LARGE, {"params": 86.1, "mult_adds": 25_000}, channels=216, cells=4, stem_channels=96, drop_path=0.4, **IMAGENET),
        "ENAS micro": _cells(spaces.ENASMicroSpace, ENAS_MICRO, CIFAR10, "pham2018", {"error": 2.89}, channels=36, cells=5, drop_path=0.4),
        "DARTS_V1": _darts(DARTS_V1, CIFAR10, {}, channels=36, cells=6, drop_path=0.2),
        "DARTS_V2": _darts(DARTS_V2, CIFAR10, {"params": 3.3, "error": 2.76}, channels=36, cells=6, drop_path=0.2),
        "DARTS_V2 ImageNet": _darts(DARTS_V2, MOBILE, {"params": 4.7, "mult_adds": 574, "error": 26.7}, channels=48, cells=4, **IMAGENET),
        "ENAS macro": _enas_macro,
        "TreeCell-A DenseNet": _tree({"params": 13.1, "error": 3.35}, base="dense", width=48, blocks=16),
        "TreeCell-A PyramidNet 84": _tree({"params": 5.7, "error": 3.14}, base="pyramid", width=84, blocks=18),
        "TreeCell-A PyramidNet 150": _tree({"params": 14.3, "error": 2.3}, base="pyramid", width=150, blocks=18),
        "MetaQNN": _metaqnn,
        "NAS-RL": _nasrl,
        **{name: _mobile(network, "cai2019") for name, network in PROXYLESS.items()},
        **{name: _mobile(network, "") for name, network in MNASNET.items()},
    }
)
