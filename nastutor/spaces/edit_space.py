"""`EditSpace`: an open-ended space, of networks that come of each other by edits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import TYPE_CHECKING, Any

from nastutor.edits.base import NetworkEdit
from nastutor.edits.network import CONVS, KINDS, MERGES, POOLS, WIDE, Network
from nastutor.edits.operators import OPERATORS, Reach
from nastutor.edits.relabelling import relabelled
from nastutor.inputs import is_number, is_whole, require, whole
from nastutor.rng import as_rng
from nastutor.spaces.edit_network import EditNetwork
from nastutor.spaces.images import check_images
from nastutor.spaces.space import Space
from nastutor.values import Arch, Edit

if TYPE_CHECKING:
    from nastutor.nets.graph import LayerGraph

CHAIN = (("conv", 8, 3), ("max",), ("conv", 16, 3), ("max",), ("conv", 32, 3))


class EditSpace(Space):
    """Networks of layers with numbers that stay, changed by edits (Elsken et al. 2017, section 3; 2019, section 3).

    An Arch lists the layers, each as (kind, width, kernel, what it reads), then the layer that the classifier reads. There is no end to
    such networks but the limits, so that they cannot be counted, listed or encoded by the option; who needs that refuses the space in words.
    What can be changed is told by operators, each a list of edits of `nt.edits`: "widen", "narrow", "deepen" (a layer more), "pool" (a pool
    more), "skip", "unskip", "branch", "remove", "swap" (another kind), "kernel", "widen many", "narrow many" (all layers, or half of them).

    layers      where it begins: a chain of (kind, width, kernel) as far as a kind has them, or an Arch
    operators   which there are, or name -> weight by which `mutate` draws them
    kernels     of new and changed convolutions        kinds   of new and swapped layers: conv, sep, dense
    grow        factors by which a layer widens        shrink  shares of its channels that it loses
    pools       kinds of new and swapped pools         merges  of skips and branches: add, concat
    longest     path that is copied                    walk    most steps from the start to a random architecture
    max_layers, max_width, max_pools   limits: of layers, merges included; of a layer's own width; of halvings one after the other

    >>> space = EditSpace()
    >>> arch, edit = space.mutate(space.start(), 3)
    >>> edit(space.start()) == arch, space.plan(arch).channels(5)
    (True, 64)
    """

    unmerged = "a concat of the same parts in another order, a merge of merges, two layers without weights that compute the same"

    def __init__(
        self,
        layers: Sequence[tuple[Any, ...]] | Arch = CHAIN,
        operators: Sequence[str] | Mapping[str, float] = tuple(OPERATORS),
        *,
        kernels: Sequence[int] = (3, 5),
        grow: Sequence[float] = (2.0,),
        shrink: Sequence[float] = (0.5,),
        kinds: Sequence[str] = CONVS,
        pools: Sequence[str] = ("max",),
        merges: Sequence[str] = MERGES,
        longest: int = 2,
        walk: int = 8,
        max_layers: int = 24,
        max_width: int = 128,
        max_pools: int = 2,
    ) -> None:
        self.operators = _checked_operators(operators)
        self.reach = Reach(
            _each("kernels", kernels, lambda k: is_whole(k, 1) and k % 2 == 1, "odd numbers"),
            _each("grow", grow, lambda f: is_number(f) and f > 1, "factors above 1"),
            _each("shrink", shrink, lambda s: is_number(s) and 0 < s < 1, "shares above 0 and below 1"),
            _each("kinds", kinds, WIDE.__contains__, ", ".join(WIDE)),
            _each("pools", pools, POOLS.__contains__, ", ".join(POOLS)),
            _each("merges", merges, MERGES.__contains__, ", ".join(MERGES)),
            whole("longest", longest),
        )
        self.walk_length = whole("walk", walk, least=0)
        self.max_layers, self.max_width, self.max_pools = whole("max_layers", max_layers), whole("max_width", max_width), whole("max_pools", max_pools, least=0)
        network = Network.of(layers) if isinstance(layers, Arch) else _chain(layers)
        self.kinds = {*self.reach.kinds, *self.reach.pools, *self.reach.merges, *(layer.kind for layer in network.layers.values())}
        self.kernels = {*self.reach.kernels, *(layer.kernel for layer in network.layers.values() if layer.kernel)}
        if why := self._beyond(network):
            raise ValueError(f"`layers` are beyond the limits: {why}")
        self._start = network.arch()

    def start(self) -> Arch:
        """The architecture at which the walks begin."""
        return self._start

    def plan(self, arch: Arch) -> Network:
        """The layers and links that `arch` spells out; refuses what is not of this space."""
        what = f"none of {type(self).__name__}"
        network = Network.of(arch, what)
        if why := self._beyond(network):
            raise ValueError(f"`arch` is {arch}, which is {what}: {why}")
        return network

    def _beyond(self, network: Network) -> str:
        """Which limit a network breaks; nothing where it is one of this space."""
        if len(network.layers) > self.max_layers:
            return f"it has {len(network.layers)} layers; allowed are `max_layers`={self.max_layers}"
        for number in network.order:
            kind, width, kernel, _ = network.layers[number]
            if kind not in self.kinds:
                return f"layer {number} is {kind}; allowed are {', '.join(kind for kind in KINDS if kind in self.kinds)}"
            if kernel and kernel not in self.kernels:
                return f"layer {number} has a kernel of {kernel}; allowed are {', '.join(map(str, sorted(self.kernels)))}"
            if width and width > self.max_width:
                return f"layer {number} has a width of {width}; allowed is up to `max_width`={self.max_width}"
            if network.halved(number) > self.max_pools:
                return f"layer {number} is pool {network.halved(number)} in a row; allowed are `max_pools`={self.max_pools}"
        return ""

    # from one to the next

    def sample(self, rng: Random | int) -> Arch:
        """A random walk from the start, of 0 to `walk` steps; it ends early where nothing can be done."""
        rng, arch = as_rng(rng), self._start
        for _ in range(rng.randint(0, self.walk_length)):
            step = self._step(self.plan(arch), rng)
            if step is None:
                break
            arch = step[0]
        return arch

    def edits(self, arch: Arch, rng: Random | int, only: Sequence[str] | None = None) -> list[Edit]:
        """All edits that lead to another architecture of this space, by operator; their seeds, and which layers are changed en masse, come of `rng`.

        only  names of operators: those by others are left out
        """
        network, rng = self.plan(arch), as_rng(rng)
        return [edit for name in self.operators if only is None or name in only for edit, _ in self._moves(network, name, rng)]

    def mutate(self, arch: Arch, rng: Random | int) -> tuple[Arch, Edit]:
        """(child, edit) by an operator drawn by weight, and an edit uniform over those that it has here; ValueError where none has any."""
        step = self._step(self.plan(arch), as_rng(rng))
        if step is None:
            raise ValueError(f"no operator of {self!r} has an edit of {arch} that stays within the limits")
        return step

    def neighbours(self, arch: Arch) -> list[Arch]:
        """All architectures that are one edit away, in the order of `edits`; none comes twice."""
        network, rng = self.plan(arch), as_rng(0)
        return list(dict.fromkeys(child for name in self.operators for _, child in self._moves(network, name, rng)))

    def canonical(self, arch: Arch) -> Arch:
        """The same network with its layers numbered from 1 by what they are: equal for all that differ by numbers, or by the order of what is added."""
        return relabelled(self.plan(arch)).arch()

    def _step(self, network: Network, rng: Random) -> tuple[Arch, Edit] | None:
        names = dict(self.operators)
        while names:
            (name,) = rng.choices(list(names), list(names.values()))
            edits = list(OPERATORS[name](network, self.reach, rng))
            rng.shuffle(edits)
            for edit, child in self._within(network, iter(edits)):
                return child, edit
            del names[name]
        return None

    def _moves(self, network: Network, name: str, rng: Random) -> Iterator[tuple[Edit, Arch]]:
        """The edits of an operator that lead to another architecture of this space, with their children."""
        return self._within(network, OPERATORS[name](network, self.reach, rng))

    def _within(self, network: Network, edits: Iterator[Edit]) -> Iterator[tuple[Edit, Arch]]:
        arch = network.arch()
        for edit in edits:
            child = edit.child(network) if isinstance(edit, NetworkEdit) else Network.of(edit(arch))
            if not self._beyond(child) and (spelt := child.arch()) != arch:
                yield edit, spelt

    def graph(self, arch: Arch, task: Any) -> LayerGraph:
        """The network for a task's images; an image that a pool or a kernel does not fit in is refused by the name of the layer."""
        check_images(task, self)
        return EditNetwork(self.plan(arch), task).graph()

    def __str__(self) -> str:
        start = "\n".join(f"  {line}" for line in str(self.plan(self._start)).splitlines())
        return f"{self!r}: open-ended, by {', '.join(self.operators)}, from\n{start}"


def _chain(layers: Any) -> Network:
    require("layers", layers, lambda rows: len(rows) and all(isinstance(row, (tuple, list)) and 1 <= len(row) <= 3 for row in rows),
            "an Arch, and chains of (kind, width, kernel), such as [('conv', 8, 3), ('max',)]")  # fmt: skip
    network = Network.chain(layers)
    try:
        network.check()
    except ValueError as error:
        raise ValueError(f"`layers` are {layers!r}: {error}") from None
    return network


def _each(name: str, values: Any, good: Any, allowed: str) -> tuple[Any, ...]:
    require(name, values, lambda values: not isinstance(values, str) and len({*values}) == len(values) and all(map(good, values)), f"{allowed}, each once")
    return tuple(values)


def _checked_operators(operators: Any) -> dict[str, float]:
    """Name -> weight."""
    weights = dict(operators) if isinstance(operators, Mapping) else {name: 1.0 for name in operators if not isinstance(operators, str)}
    if not weights or set(weights) - set(OPERATORS) or not all(is_number(weight) and weight > 0 for weight in weights.values()):
        raise ValueError(f"`operators` are {operators!r}; allowed are {', '.join(OPERATORS)}, and mappings from these to weights above 0")
    return weights
