"""`BranchSpace`: networks in which the input of each layer is a function of any earlier outputs: chains, residual, dense and inception-like nets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from math import comb
from typing import TYPE_CHECKING, Any, NamedTuple

from nastutor.inputs import is_whole, require, whole
from nastutor.spaces.base import ChoiceSpace, Choose, check_options
from nastutor.spaces.branch_forms import Layers, wirings
from nastutor.spaces.images import check_images
from nastutor.values import Arch

if TYPE_CHECKING:
    from nastutor.nets.graph import LayerGraph

CONVS = ("conv", "sep", "dil")
POOLS = ("max3", "avg3", "max2", "avg2")
KINDS = (*CONVS, *POOLS)
HALVES = ("max2", "avg2")  # 2x2 pools always halve the image
ORDERS = ("conv-bn-relu", "bn-relu-conv", "conv-relu")
NORMED = ("conv-bn-relu", "bn-relu-conv")
MERGES = ("add", "concat")


class Branch(NamedTuple):
    """One layer of the plan.

    kind    of KINDS
    width   its channels, and
    kernel  the size of its window: None for a pool
    stride  1 or 2
    reads   the numbers of the outputs that it reads, in rising order; 0 is the image
    merge   how they become one input: "add" or "concat"; None where it reads one
    """

    kind: str
    width: int | None
    kernel: int | None
    stride: int
    reads: tuple[int, ...]
    merge: str | None = None


class Branches(NamedTuple):
    """A whole network: the order within its layers, the layers, and what the classifier reads and how."""

    order: str
    layers: tuple[Branch, ...]
    reads: tuple[int, ...]
    merge: str | None = None


class BranchSpace(ChoiceSpace):
    """Multi-branch networks (Elsken et al. 2019, section 2): layer i computes o_i(g_i(L_{i-1}, ..., L_0)) of earlier outputs, L_0 the image.

    For the whole network: the order of convolution, batch norm and ReLU. For each layer: the operation o_i, and g_i: the set of outputs that it
    reads, and whether they are added or joined channel by channel. The classifier (global mean, linear layer) reads a set as well. What
    nothing else reads goes there, so no layer is dead. The survey's special cases are points; branch_points.py writes them down:

        chain      each layer reads its predecessor: g_i = L_{i-1}                                            `chain`
        residual   g_i is the sum of the outputs of all blocks so far, layers in the order bn-relu-conv       `residual`
        dense      g_i = concat of all outputs so far                                                         `dense`
        inception  several layers read the same outputs, later ones join theirs                               `inception`

    Outputs of different size are brought to that of the smallest by taking every second (fourth, ...) pixel; channels that are missing in a
    sum are zeros: together the parameter-free shortcut A of He et al. (2016). In the order bn-relu-conv a layer that reads the image alone has
    neither batch norm nor ReLU, and both stand before the classifier; conv-relu has biases instead of batch norm.

    depths      numbers of layers
    kinds       of conv, sep (depthwise separable), dil (dilated by 2), max3, avg3 (pools of 3x3), max2, avg2 (of 2x2, which halve the image)
    widths      channels of convolutions            kernels     their sizes, odd
    merges      of add, concat                      orders      of conv-bn-relu, bn-relu-conv, conv-relu
    reductions  how many layers may halve the image (stride 2); two suit images of 8x8

    >>> from nastutor.spaces.branch_points import residual
    >>> plan = residual(blocks=1, widths=(4, 8))
    >>> space = BranchSpace.holding(plan)
    >>> arch = space.arch(plan)
    >>> space.size, [layer.reads for layer in space.plan(arch).layers], space.plan(arch).reads
    (37647744, [(0,), (1,), (2,), (1, 3), (4,)], (1, 3, 5))
    """

    def __init__(
        self,
        depths: Sequence[int] = (2, 3, 4, 5),
        kinds: Sequence[str] = KINDS,
        widths: Sequence[int] = (4, 8, 16),
        kernels: Sequence[int] = (1, 3, 5),
        *,
        merges: Sequence[str] = MERGES,
        orders: Sequence[str] = ORDERS,
        reductions: int = 2,
    ) -> None:
        for name, values, allowed in (("kinds", kinds, KINDS), ("merges", merges, MERGES), ("orders", orders, ORDERS)):
            check_options(name, values)
            if unknown := [value for value in values if value not in allowed]:
                raise ValueError(f"`{name}` has {unknown[0]!r}; allowed are {', '.join(allowed)}")
        for name, sizes in (("depths", depths), ("widths", widths), ("kernels", kernels)):
            check_options(name, sizes)
            for size in sizes:
                require(name, size, lambda size: is_whole(size, 1), "whole numbers from 1")
        require("kernels", tuple(kernels), lambda sizes: all(size % 2 for size in sizes), "odd sizes, which keep the size of the image")
        whole("reductions", reductions, least=0)
        self.depths, self.kinds, self.widths, self.kernels = tuple(depths), tuple(kinds), tuple(widths), tuple(kernels)
        self.merges, self.orders, self.reductions = tuple(merges), tuple(orders), reductions
        self.steady = tuple(kind for kind in self.kinds if kind not in HALVES)
        if not self.steady and max(self.depths) > reductions:
            raise ValueError(f"`kinds` are {self.kinds}, which all halve the image, and `depths` ask for more layers than `reductions`={reductions} may")

    @classmethod
    def holding(cls, *plans: Branches) -> BranchSpace:
        """The smallest space in which these networks are points."""
        layers = [layer for plan in plans for layer in plan.layers]
        merges = {layer.merge for layer in layers} | {plan.merge for plan in plans}
        return cls(
            sorted({len(plan.layers) for plan in plans}),
            [kind for kind in KINDS if kind in {layer.kind for layer in layers}],
            sorted({layer.width for layer in layers if layer.width}) or (1,),
            sorted({layer.kernel for layer in layers if layer.kernel}) or (1,),
            merges=[merge for merge in MERGES if merge in merges] or MERGES,
            orders=[order for order in ORDERS if order in {plan.order for plan in plans}],
            reductions=max(sum(layer.stride == 2 for layer in plan.layers) for plan in plans),
        )

    def decide(self, choose: Choose) -> Branches:
        order, layers, halvings = choose("order", self.orders), list[Branch](), 0
        for number in range(1, choose("depth", self.depths) + 1):
            left = halvings < self.reductions
            kind = choose(f"kind{number}", self.kinds if left else self.steady)
            width, kernel = (choose(f"width{number}", self.widths), choose(f"kernel{number}", self.kernels)) if kind in CONVS else (None, None)
            stride = choose(f"stride{number}", (2,) if kind in HALVES else (1, 2) if left else (1,))
            halvings += stride == 2
            layers.append(Branch(kind, width, kernel, stride, *self._inputs(choose, number, str(number))))
        unread = set(range(1, len(layers) + 1)).difference(*(layer.reads for layer in layers))
        return Branches(order, tuple(layers), *self._inputs(choose, len(layers) + 1, "head", unread))

    def _inputs(self, choose: Choose, outputs: int, reader: str, unread: set[int] = frozenset()) -> tuple[tuple[int, ...], str | None]:  # type: ignore[assignment]
        """Which of the outputs 0 ... `outputs` - 1 a reader takes, at least one and all that are `unread`; and how it merges them."""
        reads: list[int] = []
        for output in range(outputs):
            needed = output in unread or (output == outputs - 1 and not reads)
            if choose(f"{output}->{reader}", (True,) if needed else (False, True)):
                reads.append(output)
        return tuple(reads), choose(f"merge_{reader}", self.merges) if len(reads) > 1 else None

    def arch(self, plan: Branches) -> Arch:
        """The architecture whose plan is `plan`; refused by the name of the first decision that does not fit."""
        if not isinstance(plan, Branches):
            raise TypeError(f"`plan` is {plan!r}; allowed are Branches, such as nastutor.spaces.branch_points has")
        answers: dict[str, Any] = {"order": plan.order, "depth": len(plan.layers)}
        for number, layer in enumerate(plan.layers, start=1):
            answers |= {f"kind{number}": layer.kind, f"width{number}": layer.width, f"kernel{number}": layer.kernel, f"stride{number}": layer.stride}
        for reader, reads, merge in (*((str(number), layer.reads, layer.merge) for number, layer in enumerate(plan.layers, start=1)), ("head", *plan[2:])):
            answers |= {f"{read}->{reader}": True for read in reads} | {f"merge_{reader}": merge}

        def choose(name: str, options: Sequence[Any]) -> Any:
            answer = answers.get(name, False)
            if answer not in options:
                raise ValueError(f"`plan` has {name!r} as {answer!r}; allowed in this space are {', '.join(map(repr, options))}")
            return answer

        arch = self.walk(choose)
        asked = {name for name, _ in arch.choices}
        if unknown := [name for name in answers if "->" in name and name not in asked]:
            raise ValueError(f"`plan` has {unknown[0]!r} as True; allowed are reads of earlier outputs: there is no such decision")
        return arch

    def canonical(self, arch: Arch) -> Arch:
        """The first architecture, in the order of enumeration, with the same layers in another order (branch_forms.py).

        Networks without any convolution do not differ by conv-bn-relu and conv-relu, chains of convolutions not by conv-bn-relu and
        bn-relu-conv: a batch norm and a ReLU follow each convolution there either way. That two equal pools of the same outputs, or a pool of a
        sum and the sum of pools, compute the same is not looked for.
        """
        plan: Branches = self.plan(arch)
        order = plan.order
        if not any(layer.kind in CONVS for layer in plan.layers) and order != "bn-relu-conv":
            order = next(order for order in self.orders if order != "bn-relu-conv")
        elif order in NORMED and _is_chain(plan):
            order = next(order for order in self.orders if order in NORMED)
        return self.arch(self._sorted(plan)._replace(order=order))

    def _sorted(self, plan: Branches) -> Branches:
        new = self._order(plan)
        layers = [plan.layers[old - 1]._replace(reads=_renamed(plan.layers[old - 1].reads, new)) for old in new if old]
        return plan._replace(layers=tuple(layers), reads=_renamed(plan.reads, new))

    def _order(self, plan: Branches) -> dict[int, int]:
        """Number of each output -> its number in the canonical architecture."""
        return Layers([layer.reads for layer in plan.layers], [self._key(layer) for layer in plan.layers], plan.reads).first_order()

    def _key(self, layer: Branch) -> tuple[tuple[int, ...], int]:
        """The numbers of the options that a layer takes: those decided before what it reads, and the merge decided after it."""
        own = (self.kinds.index(layer.kind), *((self.widths.index(layer.width), self.kernels.index(layer.kernel)) if layer.width else ()), layer.stride)  # type: ignore[arg-type]
        return own, self.merges.index(layer.merge) if layer.merge else 0

    @property
    def size(self) -> int:
        """Orders times, for each depth, operations (by how many layers halve) times ways to read (`wirings`)."""
        convs, pools = len(self.widths) * len(self.kernels), 1
        still = sum(convs if kind in CONVS else pools for kind in self.steady)
        halving = sum(convs if kind in CONVS else pools for kind in self.kinds)
        total = 0
        for depth in self.depths:
            layers = sum(comb(depth, n) * halving**n * still ** (depth - n) for n in range(min(depth, self.reductions) + 1))
            total += layers * wirings(depth, len(self.merges))
        return len(self.orders) * total

    @cached_property
    def _sites(self) -> dict[str, tuple[Any, ...]]:
        kinds = self.kinds if self.reductions else self.steady
        sites: dict[str, tuple[Any, ...]] = {"order": self.orders, "depth": self.depths}
        readers = [(str(number), number) for number in range(1, max(self.depths) + 1)]
        for reader, outputs in (*readers, ("head", max(self.depths) + 1)):
            if reader != "head":
                sites[f"kind{reader}"] = kinds
                if any(kind in CONVS for kind in kinds):
                    sites |= {f"width{reader}": self.widths, f"kernel{reader}": self.kernels}
                sites[f"stride{reader}"] = tuple(stride for stride in (1, 2) if (stride == 1 and self.steady) or (stride == 2 and self.reductions))
            sites |= {f"{output}->{reader}": self._reading(output, outputs, reader) for output in range(outputs)}
            if outputs > 1:
                sites[f"merge_{reader}"] = self.merges
        return sites

    def _reading(self, output: int, outputs: int, reader: str) -> tuple[bool, ...]:
        """What can be answered to whether a reader of so many outputs takes this one: the last, where there are no others, is taken."""
        if output == outputs - 1 and (reader == "head" or outputs == 1):
            return (True,)
        return (False, True)

    def graph(self, arch: Arch, task: Any) -> LayerGraph:
        """The network for a task's images. What is joined is joined in the order of the canonical architecture."""
        from nastutor.spaces.branch_network import network

        plan: Branches = self.plan(arch)
        check_images(task, self)
        return network(plan, self._order(plan), task)


def _is_chain(plan: Branches) -> bool:
    """Whether every layer is a convolution and reads the one before alone."""
    reads = [*(layer.reads for layer in plan.layers), plan.reads]
    return all(layer.kind in CONVS for layer in plan.layers) and all(read == (number,) for number, read in enumerate(reads))


def _renamed(reads: Sequence[int], new: Mapping[int, int]) -> tuple[int, ...]:
    return tuple(sorted(new[read] for read in reads))
