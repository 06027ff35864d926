"""`FusedNet`: the same supernet, faster and with less memory. Read `mixed.py` first; this file computes nothing else.

Where batch norm has neither scale nor shift and normalises by its batch, a pointwise convolution, the batch norm behind it and the weight of
a mixture are one linear map of what the convolution reads: the variance of W d is W Cov(d) W', so neither W d nor its normalised form need
be there. A node that adds up many weighed terms is then a sum of matrix products of what depthwise convolutions, pools and states have left,
and those are all that is kept for the way back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from nastutor.nets.attrs import pair
from nastutor.nets.depthwise import depthwise
from nastutor.nets.graph import Node
from nastutor.nets.mixed import MixedNet, Options

EPS = 1e-5  # of batch norm

POINT, NORM, PLAIN = "point", "norm", "plain"


@dataclass(frozen=True)
class Term:
    """One option of a weighed sum.

    decision, number  what weighs it; "" where it counts 1
    kind     POINT: batch norm of a pointwise convolution of `source`; NORM: batch norm of `source`; PLAIN: `source` itself
    module   with the pointwise convolution's weight
    """

    decision: str
    number: int
    kind: str
    source: str
    module: str = ""


@dataclass(frozen=True)
class Step:
    """What is computed under a name: the terms of a sum, or what `run` makes of `sources`."""

    name: str
    sources: tuple[str, ...]
    run: Callable[..., Tensor] | None = None
    terms: tuple[Term, ...] = ()


class FusedNet(MixedNet):
    """Fuses where all options run and statistics are those of the batch; elsewhere it is a `MixedNet`. Its gradients cannot be differentiated again."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._fused: list[tuple[Step, tuple[str, ...]]] | None = None

    def forward(self, x: Tensor, weights: Mapping[str, Tensor] | None = None, active: Options | None = None, watched: Options | None = None) -> Tensor:  # type: ignore[override]
        whole = active is None or all(len(active[name]) == len(options) for name, options in self.supernet.sites.items())
        if (
            weights is None
            or not whole
            or self.supernet.inside
            or self.masks
            or any(isinstance(part, nn.BatchNorm2d) and part.track_running_stats for part in self.modules())
        ):
            return super().forward(x, weights, active, watched)
        if self._fused is None:
            self._fused = _Fuser(self).steps()
        values = {self.graph.nodes[0].name: x}
        for step, free in self._fused:
            values[step.name] = self._value_of(step, values, weights)
            for name in free:
                del values[name]
        return values[self.graph.output]

    def _value_of(self, step: Step, values: Mapping[str, Tensor], weights: Mapping[str, Tensor]) -> Tensor:
        if step.run is not None:
            return step.run(*(values[name] for name in step.sources))
        shares = torch.stack([weights[term.decision][term.number] if term.decision else values[term.source].new_ones(()) for term in step.terms])
        kinds = tuple(term.kind for term in step.terms)
        matrices = [self._matrix(term) for term in step.terms if term.kind == POINT]
        return WeighedSum.apply(kinds, shares, *(values[term.source] for term in step.terms), *matrices)

    def _matrix(self, term: Term) -> Tensor:
        """(out, in)"""
        module: Any = self._modules[term.module]
        return (module[1] if isinstance(module, nn.Sequential) else module).weight.flatten(1)

    def __getstate__(self) -> dict[str, Any]:
        return super().__getstate__() | {"_fused": None}


class WeighedSum(torch.autograd.Function):
    """sum_k share_k f_k(d_k): f_k is batch norm, with or without a pointwise convolution before it, or nothing.

    kinds, shares (K,), the K images d_k (B, C_k, H, W), the matrices (out, C) of those of kind POINT, which have one shape; in channels-last order.
    """

    @staticmethod
    def forward(ctx: Any, kinds: Sequence[str], shares: Tensor, *tensors: Tensor) -> Tensor:
        images, matrices = tensors[: len(kinds)], tensors[len(kinds) :]
        rows = [_rows(image) for image in images]
        ctx.kinds, ctx.maps = kinds, _Maps(kinds, shares, rows, matrices)
        (count, channels, height, width), shift = images[0].shape, ctx.maps.shift
        size = count, len(matrices[0]) if matrices else channels, height, width
        out = torch.empty(size, dtype=images[0].dtype, device=images[0].device, memory_format=torch.channels_last)
        total = _rows(out).zero_() if shift is None else _rows(out).copy_(shift.detach().expand(len(rows[0]), -1))
        for kind, own, linear in zip(kinds, rows, ctx.maps.detached(), strict=True):
            if kind == POINT:
                total.addmm_(own, linear.T)
            else:
                total.addcmul_(own, linear)
        ctx.save_for_backward(*images)
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> Any:
        g, images = _rows(grad), ctx.saved_tensors
        rows = [_rows(image) for image in images]
        slopes = [g.T @ own if kind == POINT else (g * own).sum(0) for kind, own in zip(ctx.kinds, rows, strict=True)]
        shares, means, squares, matrices = ctx.maps.back(slopes, g.sum(0))
        found: list[Tensor | None] = []
        for number, (kind, own, linear) in enumerate(zip(ctx.kinds, rows, ctx.maps.detached(), strict=True)):
            if not ctx.needs_input_grad[2 + number]:
                found.append(None)
                continue
            way = g * linear if kind == PLAIN else means[number].expand(len(g), -1).clone()
            if kind == POINT:
                way.addmm_(g, linear).addmm_(own, squares[number])
            elif kind == NORM:
                way.addcmul_(g, linear).addcmul_(own, squares[number])
            found.append(way.view(_last(images[number])).permute(0, 3, 1, 2))
        return None, shares, *found, *matrices


class _Maps:
    """The linear map of each term, a matrix (out, C) or factors (C,), and `shift` (out,), what they add: of small tensors, through which autograd leads."""

    def __init__(self, kinds: Sequence[str], shares: Tensor, rows: Sequence[Tensor], matrices: Sequence[Tensor]) -> None:
        self.kinds, self.rows = kinds, len(rows[0])
        self.which = {kind: [k for k, own in enumerate(kinds) if own == kind] for kind in (POINT, NORM, PLAIN)}
        self.shares = shares.detach().requires_grad_()
        self.means = {kind: _leaf([rows[k].mean(0) for k in self.which[kind]]) for kind in (POINT, NORM)}  # (terms, C)
        self.squares = {
            POINT: _leaf([rows[k].T @ rows[k] / self.rows for k in self.which[POINT]]),
            NORM: _leaf([rows[k].square().mean(0) for k in self.which[NORM]]),
        }
        self.matrices = _leaf([matrix.detach() for matrix in matrices])  # (terms, out, C)
        self.made: dict[str, Tensor] = {}
        self.shift: Tensor | None = None
        with torch.enable_grad():
            self._make()

    def _make(self) -> None:
        shifts = []
        if self.matrices is not None:
            mean, square = self.means[POINT], self.squares[POINT]
            middle = (self.matrices @ mean[:, :, None])[:, :, 0]  # (terms, out)
            variance = ((self.matrices @ square) * self.matrices).sum(2) - middle.square()
            factor = self.shares[self.which[POINT], None] * (variance.clamp(min=0) + EPS).rsqrt()
            self.made[POINT] = factor[:, :, None] * self.matrices
            shifts.append(-(middle * factor).sum(0))
        if self.which[NORM]:
            mean = self.means[NORM]
            factor = self.shares[self.which[NORM], None] * ((self.squares[NORM] - mean.square()).clamp(min=0) + EPS).rsqrt()
            self.made[NORM] = factor
            shifts.append(-(mean * factor).sum(0))
        if self.which[PLAIN]:
            self.made[PLAIN] = self.shares[self.which[PLAIN], None]
        self.shift = sum(shifts[1:], shifts[0]) if shifts else None

    def detached(self) -> list[Tensor]:
        """In the order of the terms."""
        found = {k: own for kind, made in self.made.items() for k, own in zip(self.which[kind], made.detach().unbind(), strict=True)}
        return [found[k] for k in range(len(self.kinds))]

    def back(self, slopes: Sequence[Tensor], slope: Tensor) -> tuple[Tensor | None, dict[int, Tensor], dict[int, Tensor], list[Tensor]]:
        """From the gradients of maps and shift to those of the shares (K,), of the rows by their mean and by their square, and of the matrices."""
        ends = [(made, torch.stack([slopes[k] if kind != PLAIN else slopes[k].sum()[None] for k in self.which[kind]])) for kind, made in self.made.items()]
        if self.shift is not None:
            ends.append((self.shift, slope))
        leaves = [self.shares, *(own for own in (*self.means.values(), *self.squares.values(), self.matrices) if own is not None)]
        found = dict(zip(map(id, leaves), torch.autograd.grad([end for end, _ in ends], leaves, [own for _, own in ends], retain_graph=True), strict=True))
        means, squares, matrices = dict[int, Tensor](), dict[int, Tensor](), list[Tensor]()
        if self.matrices is not None:
            both = found[id(self.squares[POINT])]
            squares |= zip(self.which[POINT], ((both + both.transpose(1, 2)) / self.rows).unbind(), strict=True)
            means |= zip(self.which[POINT], (found[id(self.means[POINT])] / self.rows).unbind(), strict=True)
            matrices += found[id(self.matrices)].unbind()
        if self.which[NORM]:
            squares |= zip(self.which[NORM], (found[id(self.squares[NORM])] * (2 / self.rows)).unbind(), strict=True)
            means |= zip(self.which[NORM], (found[id(self.means[NORM])] / self.rows).unbind(), strict=True)
        return found[id(self.shares)], means, squares, matrices


def _leaf(parts: Sequence[Tensor]) -> Any:
    """Stacked, and where gradients end; None of nothing."""
    return torch.stack(list(parts)).requires_grad_() if parts else None


def _rows(image: Tensor) -> Tensor:
    """(B, C, H, W) -> (B H W, C): a view where the order is channels-last."""
    return image.permute(0, 2, 3, 1).reshape(-1, image.shape[1])


def _last(image: Tensor) -> tuple[int, ...]:
    return image.shape[0], image.shape[2], image.shape[3], image.shape[1]


class _Fuser:
    """Finds what can be one step."""

    def __init__(self, net: FusedNet) -> None:
        self.net, self.graph, self.mixed = net, net.graph, net.supernet.mixed
        self.readers = Counter(source for node in self.graph.nodes for source in node.inputs)
        self.readers[self.graph.output] += 1
        self.runs = {node.name: run for node, (run, *_) in zip(self.graph.nodes[1:], net._plan, strict=True)}
        self.last = {source: node.name for node in self.graph.nodes for source in node.inputs}

    def steps(self) -> list[tuple[Step, tuple[str, ...]]]:
        """The steps, each with the names that nothing reads afterwards."""
        found: dict[str, list[Step]] = {}
        todo = [self.graph.output]
        while todo:
            name = todo.pop()
            if name in found or name == self.graph.nodes[0].name:
                continue
            found[name] = self._steps_of(self.graph.node(name))
            inside = {step.name for step in found[name]}
            todo += [source for step in found[name] for source in step.sources if source not in inside]
        order = [step for node in self.graph.nodes for step in found.get(node.name, ())]
        last = {source: number for number, step in enumerate(order) for source in step.sources}
        return [(step, tuple(source for source in dict.fromkeys(step.sources) if last[source] == number)) for number, step in enumerate(order)]

    def _steps_of(self, node: Node) -> list[Step]:
        if node.op == "add" and len(node.inputs) == 1 and node.name not in self.mixed and node.inputs[0] in self.mixed:
            return self._sum(node, node.inputs)
        if node.op == "add" and node.name not in self.mixed and all(self._weighed(name) for name in node.inputs):
            return self._sum(node, node.inputs)
        if node.name in self.mixed:
            return self._sum(node, (node.name,))
        if node.op == "sep_conv" and not node["bias"]:
            module: Any = self.net._modules[node.name]
            run = depthwise(module[0])
            return [Step(node.name, node.inputs, lambda x: module[1](run(x)))]
        return [Step(node.name, node.inputs, self.runs[node.name])]

    def _weighed(self, name: str) -> bool:
        return name in self.mixed and self.readers[name] == 1

    def _sum(self, node: Node, mixed: Sequence[str]) -> list[Step]:
        """One step for all options of all these mixed sums."""
        before: list[Step] = []
        terms: list[Term] = []
        for name in mixed:
            for number, source in enumerate(self.graph.node(name).inputs):
                if self.graph.node(source).op != "zero":
                    steps, term = self._term(source, self.mixed[name], number, f"{name} {number} depthwise")
                    before += steps
                    terms.append(term)
        if not terms:
            shape = node.shape
            return [Step(node.name, (self.graph.nodes[0].name,), lambda x: x.new_zeros((len(x), *shape)))]
        return [*before, Step(node.name, tuple(term.source for term in terms), terms=tuple(terms))]

    def _term(self, source: str, decision: str, number: int, inner: str) -> tuple[list[Step], Term]:
        """The term that a node is, and what must have run before it under a name of its own (`inner`)."""
        node = self.graph.node(source)
        if not (self._normed(source) and self.readers[source] == 1):
            return [], Term(decision, number, PLAIN, source)
        before = self.graph.node(node.inputs[0])
        square = not decision or self.graph.node(before.inputs[0]).shape[0] == before.shape[0]  # all matrices of a sum have one shape
        if not (square and self._pointed(before.name) and self.readers[before.name] == 1):
            return [], Term(decision, number, NORM, before.name)
        if before.op == "conv":
            return [], Term(decision, number, POINT, before.inputs[0], before.name)
        module: Any = self.net._modules[before.name]
        return [Step(inner, before.inputs, depthwise(module[0]))], Term(decision, number, POINT, inner, before.name)

    def _normed(self, name: str) -> bool:
        node = self.graph.node(name)
        return node.op == "bn" and not node["affine"] and len(node.shape) == 3

    def _pointed(self, name: str) -> bool:
        """Whether a node ends in a pointwise convolution without bias."""
        node = self.graph.node(name)
        if node.op == "sep_conv":
            return not node["bias"]
        return (
            node.op == "conv"
            and pair(node["kernel"]) == (1, 1)
            and pair(node["stride"]) == (1, 1)
            and node["groups"] == 1
            and not node["bias"]
            and node["padding"] in ("same", 0)
        )  # type: ignore[arg-type]
