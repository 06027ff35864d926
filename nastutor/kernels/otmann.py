"""`OTMANN`: the distance of NASBOT, optimal transport of layers between networks, and its kernel (Kandasamy et al. 2018, sections 3 and 4)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from nastutor.inputs import is_number, require
from nastutor.kernels.base import Floats, Group, laplace, laplace_slope
from nastutor.kernels.layers import CONVS, GraphKernel, Layer
from nastutor.kernels.psd import REPAIRS
from nastutor.kernels.transport import SOLVERS, Problem, flow, transported
from nastutor.values import Arch

RECTIFIERS, SIGMOIDS = ("relu", "relu6"), ("sigmoid", "tanh")
DENSE, REST, LEAST = 0.1, 0.1, 100.0  # what a mass of a dense layer counts; the share of input, output and decisions, and its least (release)
KINDS = {"conv": tuple(CONVS.values()), "pool": ("max", "avg"), "fc": ("fc",)}
STRUCTURE = (0.1, 0.25, 0.61, 1.5)


class Described(NamedTuple):
    """Of n layers.

    labels   what each is
    masses   (n,)
    lengths  (n, 2, K): of K kinds of paths to the input and to the output
    """

    labels: tuple[tuple[str, Any], ...]
    masses: Floats
    lengths: Floats


class Plan(NamedTuple):
    """How the work of one network is moved to another's at the least cost.

    layers, others  of the two networks: m and n
    masses, wanted  the work of each, (m,) and (n,); what is not moved stays behind on either side, at a cost of 1 a unit
    flow            how much goes from each to each, (m, n)
    cost            of a unit that goes there, (m, n)
    """

    layers: tuple[Layer, ...]
    others: tuple[Layer, ...]
    masses: Floats
    wanted: Floats
    flow: Floats
    cost: Floats

    @property
    def distance(self) -> float:
        """What is paid for all that goes, and 1 for each unit that stays behind."""
        moved = float((self.flow * np.where(self.flow > 0, self.cost, 0)).sum())
        return moved + float(self.masses.sum() + self.wanted.sum() - 2 * self.flow.sum())


class OTMANN(GraphKernel):
    """a exp(-sum_i b_i d_i) + a' exp(-sum_i b'_i d'_i^2), with d_i the OTMANN distance under the i-th weight of structure and d' its normalised twin.

    structure  weights nu of structure beside that of labels, 1; several make one exponent together, as in the release (0.1, 0.25, 0.61, 1.5)
    solver     "scipy"; "pot" (pip install 'nastutor[transport]') is quicker by far
    repair     what is done with a matrix that is not positive semidefinite, which this kernel can give: "clip" (release), "shift" or None
    task       what networks are built for; None: images of 1x8x8, 10 classes

    The distance moves the work (mass) of one network's layers to the other's. It costs little between layers of like kind at like distances
    from input and output, and 1 to leave a unit behind. Large networks have much mass, so they are far from everything: the normalised twin
    d / (both masses) compares shapes instead. Networks that compute alike may be at distance 0: a layer, and its two halves side by side.

    Lengths of paths count all layers, convolutions, pools and dense layers; where inputs are vectors, all layers, rectifiers and sigmoids.
    Separable and depthwise convolutions differ from others as a residual block does in the release; blocks that add are seen by their links.
    Strides enter nothing.
    """

    def __init__(self, structure: Sequence[float] = STRUCTURE, *, solver: str = "scipy", repair: str | None = "clip", task: Any = None) -> None:
        super().__init__(task)
        require("structure", structure, lambda weights: len(weights) and all(is_number(nu) and nu >= 0 for nu in weights), "at least one number from 0")
        require("solver", solver, lambda name: name in SOLVERS, ", ".join(map(repr, SOLVERS)))
        require("repair", repair, lambda how: how in (None, *REPAIRS), "None, " + ", ".join(map(repr, REPAIRS)))
        self.structure, self.solver, self.repair = tuple(map(float, structure)), solver, repair
        count = len(self.structure)
        plain, twins = tuple(range(count)), tuple(range(count, 2 * count))
        self.groups = (Group(plain, laplace, laplace_slope, 1), Group(twins, laplace, laplace_slope, 2))

    def describe(self, space: Any, arch: Arch) -> Described:
        return described(self.layers(space, arch), vectors=len(self.task.shape) == 1)

    def compare(self, one: Sequence[Described], other: Sequence[Described]) -> Floats:
        """d under each weight of structure, then the squares of their normalised twins: (2 weights, a, b)."""
        same = one is other or (all(a is b for a, b in zip(one, other, strict=False)) and len(one) == len(other))
        pairs = [(i, j) for i in range(len(one)) for j in range(i + 1 if same else 0, len(other))]
        parts = [(mismatch(one[i], other[j]), lengths_apart(one[i], other[j])) for i, j in pairs]
        problems = [
            Problem(one[i].masses, other[j].masses, labels + nu * apart) for (i, j), (labels, apart) in zip(pairs, parts, strict=True) for nu in self.structure
        ]
        found = transported(problems, self.solver).reshape(len(pairs), len(self.structure))
        distances = np.zeros((2 * len(self.structure), len(one), len(other)))
        for (i, j), values in zip(pairs, found, strict=True):
            distances[:, i, j] = [*values, *(values / (one[i].masses.sum() + other[j].masses.sum())) ** 2]
        return distances + distances.transpose(0, 2, 1) if same else distances

    def distance(self, space: Any, one: Arch, other: Arch, normalised: bool = False) -> tuple[float, ...]:
        """Between two architectures, under each weight of structure."""
        found = self.matrix(space, [one], [other])[:, 0, 0]
        count = len(self.structure)
        return tuple((np.sqrt(found[count:]) if normalised else found[:count]).tolist())

    def plan(self, space: Any, one: Arch, other: Arch) -> Plan:
        """A cheapest way between two architectures under the first weight of structure."""
        layers, others = self.layers(space, one), self.layers(space, other)
        a, b = (described(found, vectors=len(self.task.shape) == 1) for found in (layers, others))
        cost = mismatch(a, b) + self.structure[0] * lengths_apart(a, b)
        return Plan(layers, others, a.masses, b.masses, flow(Problem(a.masses, b.masses, cost)), cost)


def described(layers: Sequence[Layer], vectors: bool = False) -> Described:
    """What the distance sees of a network; `vectors` where what it takes is no image."""
    masses = np.array([_mass(layer) for layer in layers])
    rest = max(REST * masses.sum(), LEAST)
    decisions = sum(layer.kind == "decision" for layer in layers)
    masses += [rest / decisions if layer.kind == "decision" else rest * (layer.kind in ("in", "out")) for layer in layers]
    groups = np.array([_groups(layer, vectors) for layer in layers], dtype=float)
    readers: list[list[int]] = [[] for _ in layers]
    for number, layer in enumerate(layers):
        for read in layer.reads:
            readers[read].append(number)
    to_input = _lengths([layer.reads for layer in layers], range(len(layers)), groups)
    to_output = _lengths(readers, range(len(layers) - 1, -1, -1), groups)
    return Described(tuple((layer.kind, layer.detail) for layer in layers), masses, np.stack([to_input, to_output], 1))


def _mass(layer: Layer) -> float:
    if layer.kind in ("in", "out", "decision"):
        return 0.0
    if layer.kind in KINDS["pool"]:
        return layer.taken
    return layer.taken * layer.units * (DENSE if layer.kind == "fc" else 1.0)


def _groups(layer: Layer, vectors: bool) -> list[bool]:
    """Whether it belongs to each group of layers: all, conv, pool, fc; all, rectifiers, sigmoids of networks of vectors."""
    if vectors:
        return [True, layer.detail in RECTIFIERS, layer.detail in SIGMOIDS]
    return [True, *(layer.kind in kinds for kinds in KINDS.values())]


def _lengths(ways: Sequence[Sequence[int]], order: Sequence[int], groups: Floats) -> Floats:
    """Shortest, longest and random-walk lengths to where ways end, in which only layers of a group count, each when it is left: (n, 3 groups)."""
    found = np.zeros((len(groups), 3, groups.shape[1]))
    for number in order:
        if ways[number]:
            on = found[list(ways[number])]
            found[number] = groups[number] + np.stack([on[:, 0].min(0), on[:, 1].max(0), on[:, 2].mean(0)])
    return found.reshape(len(groups), -1)


def mismatch(one: Described, other: Described) -> Floats:
    """What labels cost, in units of leaving mass behind (release): (m, n)."""
    return np.array([[label_cost(a, b) for b in other.labels] for a in one.labels])


@cache
def label_cost(a: tuple[str, Any], b: tuple[str, Any]) -> float:
    """
    >>> [round(label_cost(("conv", 3), other), 3) for other in (("conv", 3), ("conv", 5), ("conv", 7), ("sep", 3), ("max", None))]
    [0.0, 0.2, 0.283, 0.1, inf]
    """
    if a == b:
        return 0.0
    (kind, detail), (other_kind, other_detail) = a, b
    if kind in KINDS["conv"] and other_kind in KINDS["conv"]:
        sides = math.sqrt(2) / 10 * math.sqrt(abs(detail - other_detail))
        return sides if kind == other_kind else 0.9 * sides + 0.1
    if kind in KINDS["pool"] and other_kind in KINDS["pool"]:
        return 0.5
    if kind == other_kind == "fc":
        return 0.1 if any(detail in family and other_detail in family for family in (RECTIFIERS, SIGMOIDS)) else 0.25
    return math.inf


def lengths_apart(one: Described, other: Described) -> Floats:
    """How unlike layers are by their paths: the mean difference over kinds of paths and both ends (release): (m, n)."""
    return np.abs(one.lengths[:, None] - other.lengths[None]).mean((2, 3))
