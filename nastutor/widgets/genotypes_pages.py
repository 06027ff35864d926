"""The pages of the genotype viewer: published cells with their text, and the networks that are made of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from nastutor.drawing import draw
from nastutor.papers import paper
from nastutor.published import CIFAR10, Published, zoo
from nastutor.spaces import CellSpace, NASBench101
from nastutor.spaces.cell_forms import PUBLISHED
from nastutor.values import Arch
from nastutor.widgets.snapshot import short

SIZES = (" CIFAR", " mobile", " large", " 448", " ImageNet")  # what the names of networks of one cell differ in
HEAD = ("network", "images", "N", "F", "parameters", "paper", "mult-adds", "paper", "error")

# google-research/nasbench, README.md: an Inception-like module, its 5x5 convolution as two 3x3; vertices 0 (input) to 6 (output).
INCEPTION_EDGES = ((0, 1), (0, 2), (0, 3), (0, 5), (1, 6), (2, 6), (3, 4), (4, 6), (5, 6))
INCEPTION_OPS = ("input", "conv1", "conv3", "conv3", "conv3", "maxpool3", "output")
# D-X-Y/AutoDL-Projects, models/cell_searchs/genotypes.py: ResNet_CODE.
RESNET = {"0->1": "conv3", "1->2": "conv3", "0->3": "skip", "2->3": "skip"}


@dataclass(frozen=True)
class Page:
    """cells: label -> what `nt.draw` takes; text: the genotype, a line each; lines: of the table, as HEAD has its columns."""

    source: str
    cells: tuple[tuple[str, Any], ...]
    text: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]

    @property
    def alt(self) -> str:
        """The cells in words."""
        return " ".join(f"{label.capitalize()}: {draw(thing).alt}" for label, thing in self.cells)


@lru_cache(maxsize=1)
def names() -> tuple[str, ...]:
    """Of the pages."""
    return (*_groups(), *BENCHMARKS)


@lru_cache(maxsize=32)
def page(name: str) -> Page:
    return BENCHMARKS[name]() if name in BENCHMARKS else _of_networks(_groups()[name])


@lru_cache(maxsize=1)
def _groups() -> dict[str, tuple[Published, ...]]:
    """The published stacks of cells, those of one genotype together."""
    found: dict[str, tuple[Published, ...]] = {}
    for name, net in zoo.items():
        if hasattr(net.space, "genotype"):
            short_name = next((name.removesuffix(size) for size in SIZES if name.endswith(size)), name)
            found[short_name] = (*found.get(short_name, ()), net)
    return found


def _of_networks(nets: tuple[Published, ...]) -> Page:
    first = nets[0]
    genotype = first.space.genotype(first.arch)
    inputs = ("0: previous cell", "1: the one before") if first.space.layers.older else ("0: the one before", "1: previous cell")
    labels = ("normal cell", "reduction cell")
    cells = tuple((label, cell.edges(inputs)) for label, cell in zip(labels, genotype, strict=True))
    if genotype.normal == genotype.reduce:
        cells = (("normal and, with stride 2, reduction cell", cells[0][1]),)
    text = tuple(f"{name}: {cell}" for name, cell in zip(genotype._fields, genotype, strict=True))
    return Page(_source(first.paper), cells, text, tuple(map(_line, nets)))


def _source(key: str) -> str:
    entry = paper(key)
    return f"{entry.authors.split(', ')[0]} et al. {entry.year}"


def _line(net: Published) -> tuple[str, ...]:
    counts, figures = net.counts(), net.figures
    said = {name: short(figures[name] * 1e6) if name in figures else "–" for name in ("params", "mult_adds")}
    said["error"] = f"{figures['error']:g} %" if "error" in figures else "–"
    sizes = str(net.space.cells), str(net.space.channels)
    return net.name, net.task.name, *sizes, f"{counts.params:,}", said["params"], short(counts.mult_adds), said["mult_adds"], said["error"]


# cells of benchmarks: their networks have one size


def _inception() -> Page:
    space = NASBench101(channels=128, modules=3, stacks=3)
    matrix = [[int((i, j) in INCEPTION_EDGES) for j in range(7)] for i in range(7)]
    arch = space.from_matrix(matrix, INCEPTION_OPS)
    named = [op if op in ("input", "output") else f"{i} {op}" for i, op in enumerate(INCEPTION_OPS)]
    edges = [(named[i], named[j], "") for i, j in INCEPTION_EDGES]
    text = (f"edges: {' '.join(f'{i}->{j}' for i, j in INCEPTION_EDGES)}", f"hash: {space.published_hash(arch)}")
    return Page("Ying et al. 2019", (("module", edges),), text, (_benchmark_line("NAS-Bench-101", space, arch, "3", "128"),))


def _resnet() -> Page:
    space = CellSpace(nodes=4, channels=16, cells=5, stages=3)
    arch = Arch(tuple((edge, RESNET.get(edge, "none")) for edge in space.sites()))
    return Page("Dong & Yang 2020", (("cell", arch),), (_benchmark_string(space, arch),), (_benchmark_line("NAS-Bench-201", space, arch, "5", "16"),))


def _benchmark_string(space: CellSpace, arch: Arch) -> str:
    """As the benchmark writes it: a node after the other, `operation~from` for each edge into it."""
    nodes = ["".join(f"|{PUBLISHED[str(arch[f'{i}->{j}'])]}~{i}" for i in range(j)) + "|" for j in range(1, space.nodes)]
    return "+".join(nodes)


def _benchmark_line(name: str, space: Any, arch: Arch, cells: str, channels: str) -> tuple[str, ...]:
    counts = space.graph(arch, CIFAR10).counts()
    return name, CIFAR10.name, cells, channels, f"{counts.params:,}", "–", short(counts.mult_adds), "–", "–"


BENCHMARKS: dict[str, Callable[[], Page]] = {"Inception in NAS-Bench-101": _inception, "ResNet in NAS-Bench-201": _resnet}
