"""`MixedNet`: a supernet as a module. It computes the paths that a mixture gives weight, and no others."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from nastutor.nets.build import Net, initialise
from nastutor.nets.graph import Node
from nastutor.nets.nested import channel_masks, kernel_masks, masked_conv, weighed
from nastutor.nets.rnn import Rows
from nastutor.nets.supernet import Supernet
from nastutor.rng import torch_rng

PLANS = 64  # routes that are remembered

Options = Mapping[str, Sequence[int]]  # decision -> numbers of options


@dataclass(frozen=True)
class _Step:
    """One node of a plan.

    sources  the slots that it reads; None: zeros in their place
    options  of a mixed sum: the numbers of the options that its sources are; of a node with a mask on its kernel or its channels: of those that
             take part
    learnt   whether weights learn from it; else it is only looked at, and keeps nothing
    free     slots that nothing reads afterwards
    """

    name: str
    run: Callable[..., Tensor] | None
    sources: tuple[int | None, ...]
    options: tuple[int, ...]
    learnt: bool
    target: int
    free: tuple[int, ...]


class MixedNet(Net):
    """Runs a supernet. Its modules are called as in the graph; whoever runs it brings the weights of the options.

    seed    of the initial weights, node by node as in `build`
    frozen_statistics  batch norm normalises by running statistics in evaluation; False: always by those of the batch that it sees, which a
            supernet needs, for no two batches come through the same paths (Bender et al. 2018, section 3.3)
    """

    def __init__(self, supernet: Supernet, seed: int = 0, device: Any = "cpu", *, frozen_statistics: bool = False) -> None:
        object.__setattr__(self, "supernet", supernet)  # the modules are made of it
        sites = supernet.sites
        self.masks = {name: (decision, kernel_masks(sites[decision])) for name, decision in supernet.kernels.items()}  # type: ignore[arg-type]
        self.masks |= {name: (decision, channel_masks(sites[decision])) for name, decision in supernet.widths.items()}  # type: ignore[arg-type]
        super().__init__(supernet.graph)
        self.to_empty(device="cpu")
        for name, module in self._modules.items():
            generator = torch_rng(seed, name)
            for part in module.modules():  # type: ignore[union-attr]
                initialise(part, generator)
                if isinstance(part, (nn.BatchNorm1d, nn.BatchNorm2d)) and not frozen_statistics:
                    part.track_running_stats, part.running_mean, part.running_var, part.num_batches_tracked = False, None, None, None
        self.reseed(seed)
        self.to(device)
        self._plans: OrderedDict[Any, list[_Step]] = OrderedDict()

    def _runner(self, node: Node) -> Callable[..., Tensor]:
        if node.name in self.supernet.inside and node.name not in self._modules:
            self._modules[node.name] = MixedRows(self.supernet.inside[node.name], int(node["units"]))  # type: ignore[arg-type]
        return super()._runner(node)

    def forward(self, x: Tensor, weights: Mapping[str, Tensor] | None = None, active: Options | None = None, watched: Options | None = None) -> Tensor:  # type: ignore[override]
        """Logits (B, classes).

        weights  decision -> (options,); None: 1 throughout
        active   the options that take part; None: all
        watched  options that are computed as well, so that there is a gradient for their weights, though these are 0: nothing learns from
                 them, and what they compute on the way is let go at once (the second path of Cai et al. 2019, section 3.2)
        """
        slots: list[Any] = [None] * len(self.graph.nodes)
        slots[0] = x
        for step in self._planned(active, watched):
            inputs = [None if source is None else slots[source] for source in step.sources]
            with torch.set_grad_enabled(step.learnt and torch.is_grad_enabled()):
                if step.name in self.supernet.inside:
                    slots[step.target] = self[step.name](inputs[0], weights, active, watched)
                else:
                    slots[step.target] = self._value(step, inputs, x, weights)
            for slot in step.free:
                slots[slot] = None
        return slots[self._result]

    def _value(self, step: _Step, inputs: list[Tensor | None], x: Tensor, weights: Mapping[str, Tensor] | None) -> Tensor:
        if step.run is not None:
            given = [self._zeros(name, x) if y is None else y for name, y in zip(self.graph.node(step.name).inputs, inputs, strict=False)]
            return step.run(*given) if step.name not in self.masks else self._masked(step, given[0], weights)
        own = None if weights is None else weights[self.supernet.mixed[step.name]]
        return self._mix(step, [y for y in inputs if y is not None], own, x)

    def _masked(self, step: _Step, x: Tensor, weights: Mapping[str, Tensor] | None) -> Tensor:
        """A convolution with a mask on its kernel, or what a node computes with a mask on its channels."""
        decision, masks = self.masks[step.name]
        mask = weighed(masks, None if weights is None else weights[decision], step.options, x)
        return masked_conv(self[step.name], x, mask) if step.name in self.supernet.kernels else step.run(x) * mask  # type: ignore[misc]

    def _mix(self, step: _Step, inputs: list[Tensor], weights: Tensor | None, x: Tensor) -> Tensor:
        """The weighed sum (B, C, H, W) of the options that are there; without any it is zero."""
        if not inputs:
            return self._zeros(step.name, x)
        out: Tensor | None = None
        for number, y in zip(step.options, inputs, strict=True):
            if weights is None:
                out = y if out is None else out + y
            else:
                out = y * weights[number] if out is None else torch.addcmul(out, y, weights[number])
        assert out is not None
        return out

    def _zeros(self, name: str, x: Tensor) -> Tensor:
        return x.new_zeros((len(x), *self.graph.node(name).shape))

    def _planned(self, active: Options | None, watched: Options | None) -> list[_Step]:
        key = _frozen(active), _frozen(watched)
        if key not in self._plans:
            self._plans[key] = _Planner(self, active, watched or {}).steps()
            if len(self._plans) > PLANS:
                self._plans.popitem(last=False)
        self._plans.move_to_end(key)
        return self._plans[key]

    def __getstate__(self) -> dict[str, Any]:
        return super().__getstate__() | {"_plans": OrderedDict()}


class MixedRows(Rows):
    """The op `recurrent` whose step is a supernet: one mixture for all rows."""

    def __init__(self, step: Supernet, units: int) -> None:
        super().__init__(step.graph, units)
        self.step: Any = MixedNet(step)

    def forward(self, x: Tensor, weights: Any = None, active: Options | None = None, watched: Options | None = None) -> Tensor:  # type: ignore[override]
        """(B, C, H, W) -> the first `units` numbers of the last state."""
        state = x.new_zeros(len(x), self.size)
        for row in x.transpose(1, 2).flatten(2).unbind(1):
            state = self.step(torch.cat([row, state], 1), weights, active, watched)
        return state[:, : self.units]


class _Planner:
    """Finds what has to run for some options."""

    def __init__(self, net: MixedNet, active: Options | None, watched: Options) -> None:
        self.net, self.graph, self.supernet = net, net.graph, net.supernet
        sites = self.supernet.sites
        self.active = {name: set(range(len(options))) if active is None else set(active[name]) for name, options in sites.items()}
        self.watched = {name: set(watched.get(name, ())) - self.active[name] for name in sites}
        self.alive = self._alive()

    def _alive(self) -> set[str]:
        """The nodes that the image reaches, over active and watched options: what it does not reach is absent, as in `LayerGraph.simplified`."""
        alive = {self.graph.nodes[0].name}
        for node in self.graph.nodes[1:]:
            if node.name in self.supernet.mixed:
                sources: list[str] = [name for _, name in self._options(node.name, self.active) + self._options(node.name, self.watched)]
            else:
                sources = list(node.inputs) if node.op != "zero" else []
            if sources and (all if node.op == "mul" else any)(name in alive for name in sources):
                alive.add(node.name)
        return alive

    def _options(self, name: str, which: Mapping[str, set[int]]) -> list[tuple[int, str]]:
        """(number, node) of some options of a mixed sum."""
        return [(number, source) for number, source in enumerate(self.graph.node(name).inputs) if number in which[self.supernet.mixed[name]]]

    def _sources(self, name: str, learnt: bool) -> list[tuple[int, str]]:
        node = self.graph.node(name)
        if name not in self.supernet.mixed:
            whole = node.op == "concat" or name not in self.alive  # zeros stand for what is absent: in a concat, and before a last layer that nothing reaches
            return [(number, source) for number, source in enumerate(node.inputs) if whole or source in self.alive]
        options = self._options(name, self.active) + (self._options(name, self.watched) if learnt else [])
        return sorted((number, source) for number, source in options if source in self.alive)

    def _sizes(self, name: str, learnt: bool) -> tuple[int, ...]:
        """The options of a mask that take part; those that are watched too, where something learns."""
        if name not in self.net.masks:
            return ()
        decision = self.net.masks[name][0]
        return tuple(sorted(self.active[decision] | (self.watched[decision] if learnt else set())))

    def _needed(self) -> dict[str, bool]:
        """Node -> whether weights learn from it."""
        needed: dict[str, bool] = {self.graph.output: True}
        for node in reversed(self.graph.nodes):
            if node.name not in needed:
                continue
            for number, source in self._sources(node.name, needed[node.name]):
                if source not in self.alive:
                    continue
                seen = node.name in self.supernet.mixed and number in self.watched[self.supernet.mixed[node.name]]
                needed[source] = needed.get(source, False) or (needed[node.name] and not seen)
        return needed

    def steps(self) -> list[_Step]:
        needed, slots = self._needed(), {node.name: number for number, node in enumerate(self.graph.nodes)}
        order = [node for node in self.graph.nodes[1:] if node.name in needed]
        last = {source: node.name for node in order for _, source in self._sources(node.name, needed[node.name])}
        runs = {node.name: run for node, (run, *_) in zip(self.graph.nodes[1:], self.net._plan, strict=True)}
        steps = []
        for node in order:
            sources = self._sources(node.name, needed[node.name])
            mixed = node.name in self.supernet.mixed
            free = tuple({slots[source] for _, source in sources if last[source] == node.name and source != self.graph.output})
            read = tuple(slots[source] if source in needed else None for _, source in sources)
            options = tuple(number for number, _ in sources) if mixed else self._sizes(node.name, needed[node.name])
            steps.append(_Step(node.name, None if mixed else runs[node.name], read, options, needed[node.name], slots[node.name], free))
        return steps


def _frozen(options: Options | None) -> Any:
    return None if options is None else tuple((name, tuple(numbers)) for name, numbers in options.items())
