"""`Bundle`: many different networks as one program, each with weights, statistics and gradients of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from nastutor.nets.build import Chance, build
from nastutor.nets.graph import LayerGraph
from nastutor.nets.lanes import KERNELS
from nastutor.nets.schedule import Step, Take, schedule
from nastutor.rng import child_seed

BUFFERS = ("running_mean", "running_var")
DRAWING = ("dropout", "drop_path", "shake", "shake_drop")  # each lane by a module of its own, with its generator
RUN = 2.5  # lanes: shorter runs are faster by index


class Bundle:
    """Runs the steps of a `schedule`, forwards and backwards.

    Each step records a small autograd graph of its own; between the steps lanes are gathered and gradients added up here. All trained
    numbers lie in one vector `params`, their gradients in `grads`, and `owner` tells whose they are: what an optimiser does to all networks
    is a few operations on vectors. The initial weights are those of `graph.build(seed)`, whatever the device and the other networks.

    graphs  networks for images of one shape, with outputs (classes,)
    """

    def __init__(self, graphs: Sequence[LayerGraph], seeds: Sequence[int], device: Any = "cpu", dtype: torch.dtype = torch.float32) -> None:
        plan = schedule(graphs)
        self.members, self.device, self.dtype = len(graphs), torch.device(device), dtype
        modules = [build(graph, seed=seed) for graph, seed in zip(graphs, seeds, strict=True)]
        self.runs = [_Run(step, modules) for step in plan.steps]
        self.outputs = _Gather(plan.outputs, plan.steps, device)
        named = [(run, name, value) for run in self.runs for name, value in run.stacked(modules)]
        trained = [(run, name, value) for run, name, value in named if name.rpartition(".")[2] not in BUFFERS]
        self.params = torch.cat([value.flatten() for _, _, value in trained]).to(self.device, dtype)
        self.grads = torch.zeros_like(self.params)
        self.owner = torch.cat([run.owner(value) for run, _, value in trained]).to(self.device)
        places = zip(trained, self.params.split([value.numel() for _, _, value in trained]), self.grads.split([v.numel() for _, _, v in trained]), strict=True)
        for (run, name, value), numbers, grad in places:
            run.weights[name], run.grads[name] = numbers.view(value.shape).detach().requires_grad_(), grad.view(value.shape)
        for run, name, value in named:
            if name not in run.weights:
                run.weights[name] = value.to(self.device, dtype)
        for run, finished in zip(self.runs, plan.finished, strict=True):
            run.gathers, run.finished = [_Gather(take, plan.steps, device) for take in run.step.takes], finished

    @torch.no_grad()
    def __call__(self, x: Tensor) -> Tensor:
        """Logits (B, members, classes) in evaluation, of images (B, members, C, H, W), or (B, 1, C, H, W) shown to all."""
        values: list[Any] = []
        for run in self.runs:
            values.append(run([gather(values) for gather in run.gathers], training=False) if run.gathers else self._shown(x))
            run.let_go(values)
        return self.outputs(values)

    def learn(self, x: Tensor, y: Tensor) -> Tensor:
        """Fills `grads` with each network's own gradient and returns the losses (members,); images (B, members, C, H, W), labels (B, members)."""
        values: list[Any] = []
        for run in self.runs:
            values.append(run.record([gather(values) for gather in run.gathers]) if run.gathers else self._shown(x))
            run.let_go(values)
        logits = self.outputs(values).requires_grad_()
        losses = F.cross_entropy(logits.flatten(0, 1), y.flatten(), reduction="none").view(y.shape).mean(0)
        flow = _Flow([len(run.step.lanes) for run in self.runs])
        flow.add(self.outputs, torch.autograd.grad(losses.sum(), logits)[0])
        for number in range(len(self.runs) - 1, 0, -1):
            for gather, grad in zip(self.runs[number].gathers, self.runs[number].back(flow.take(number)), strict=True):
                if grad is not None:
                    flow.add(gather, grad)
        return losses.detach()

    def _shown(self, x: Tensor) -> Tensor:
        """(B, members or 1, C, H, W) -> (B, H, W, members, C); of a vector (B, members or 1, C) -> (B, members, C)."""
        x = x.to(self.device, self.dtype).expand(-1, self.members, *x.shape[2:])
        return x.permute(0, 3, 4, 1, 2).contiguous() if x.dim() == 5 else x

    def reseed(self, seeds: Sequence[int]) -> None:
        """Starts the generators of layers that draw anew, each network's by its own seed."""
        for run in self.runs:
            for (member, node), drop in zip(run.step.lanes, run.drops, strict=False):
                drop.reseed(child_seed(seeds[member], node, "drop"))

    def states(self, vector: Tensor | None = None) -> list[dict[str, Tensor]]:
        """For each network what its module's `state_dict` would hold; of another `vector` like `params` (momentum, say) only the trained ones."""
        found: list[dict[str, Tensor]] = [{} for _ in range(self.members)]
        start = 0
        for run in self.runs:
            for name, value in run.weights.items():
                trained = name in run.grads
                if vector is not None and not trained:
                    continue
                shown = value.detach() if vector is None else vector[start : start + value.numel()].view(value.shape)
                start += value.numel() * trained
                for (member, node), part in zip(run.step.lanes, shown.chunk(len(run.step.lanes)), strict=True):
                    found[member][f"{node}.{name}"] = part.clone()
        return found


class _Run:
    """A step with its weights. `record` keeps what `back` needs."""

    def __init__(self, step: Step, modules: Sequence[Any]) -> None:
        self.step, self.kernel, self.attrs = step, KERNELS.get(step.signature.op), dict(step.signature.attrs)
        self.weights: dict[str, Tensor] = {}
        self.grads: dict[str, Tensor] = {}
        self.gathers: list[_Gather] = []
        self.finished: list[int] = []  # steps that nothing reads after this one
        self.drops = [modules[member][node] for member, node in step.lanes] if step.signature.op in DRAWING else []
        self._kept: tuple[list[Tensor], Tensor] | None = None
        if self.kernel is None and not self.drops and step.takes:
            raise ValueError(
                f"`graphs` hold the operation {step.signature.op!r}, which nets/lanes.py cannot run for many networks at once: train them with `Train`"
            )

    def stacked(self, modules: Sequence[Any]) -> Iterator[tuple[str, Tensor]]:
        """Weights and running statistics of all lanes, those of one behind those of the other, by name."""
        own = [modules[member]._modules.get(node) for member, node in self.step.lanes]
        if own[0] is not None and not self.drops:
            states = [{**dict(module.named_parameters()), **{n: b for n, b in module.named_buffers() if n.rpartition(".")[2] in BUFFERS}} for module in own]
            for name in states[0]:
                yield name, torch.cat([state[name].detach() for state in states])

    def owner(self, value: Tensor) -> Tensor:
        """For each number of a stacked weight the network it belongs to."""
        lanes = self.step.lanes
        return torch.tensor([member for member, _ in lanes]).repeat_interleave(value.numel() // len(lanes))

    def __call__(self, xs: list[Tensor], training: bool) -> Tensor:
        if self.kernel is not None:
            return self.kernel(xs, self.attrs, self.weights, training)
        lanes = zip(*(x.unbind(-2) for x in xs), strict=True)
        return torch.stack([_alone(drop.train(training), own) for drop, own in zip(self.drops, lanes, strict=True)], -2)

    def let_go(self, values: list[Any]) -> None:
        """Frees what no later step reads."""
        for step in self.finished:
            values[step] = None

    def record(self, xs: list[Tensor]) -> Tensor:
        """The output (detached) in training."""
        leaves = [x.detach().requires_grad_() for x in xs]
        with torch.enable_grad():
            out = self(leaves, training=True)
        self._kept = leaves, out
        return out.detach()

    def back(self, grad: Tensor | None) -> list[Tensor | None]:
        """The gradients of the inputs; those of the weights go to where `grads` are."""
        assert self._kept is not None
        leaves, out = self._kept
        self._kept = None
        if grad is None or not out.requires_grad:
            return [None] * len(leaves)
        trained = [self.weights[name] for name in self.grads]
        found = torch.autograd.grad(out, [*leaves, *trained], grad)
        for place, own in zip(self.grads.values(), found[len(leaves) :], strict=True):
            place.copy_(own)
        return list(found[: len(leaves)])


def _alone(drop: Chance, xs: Sequence[Tensor]) -> Tensor:
    """One lane through a module: (B, H, W, C) or (B, C)."""
    return drop(*(x.permute(0, 3, 1, 2).contiguous() for x in xs)).permute(0, 2, 3, 1) if xs[0].dim() == 4 else drop(*xs)


class _Gather:
    """A `Take` made ready for a device. Lanes that lie in long runs are copied run by run, the others by index."""

    def __init__(self, take: Take, steps: Sequence[Step], device: Any) -> None:
        self.pieces = [(step, _rows(lanes, device)) for step, lanes in take.pieces]
        self.counts = [len(lanes) for _, lanes in take.pieces]
        self.whole = [lanes == tuple(range(len(steps[step].lanes))) for step, lanes in take.pieces]
        self.order = None if take.order is None else torch.tensor(take.order, device=device)
        self.back = None if self.order is None else self.order.argsort()

    def __call__(self, values: Sequence[Tensor]) -> Tensor:
        parts: list[Tensor] = []
        for (step, rows), whole in zip(self.pieces, self.whole, strict=True):
            parts += [values[step]] if whole else _select(values[step], rows)
        x = torch.cat(parts, -2) if len(parts) > 1 else parts[0].contiguous()
        return x if self.order is None else x.index_select(-2, self.order)


class _Flow:
    """The gradients on their way back: what has reached each step's output so far."""

    def __init__(self, lanes: list[int]) -> None:
        self.lanes = lanes
        self.grads: dict[int, Tensor] = {}
        self.ours: set[int] = set()  # those that may be written to

    def take(self, step: int) -> Tensor | None:
        self.ours.discard(step)
        return self.grads.pop(step, None)

    def add(self, gather: _Gather, grad: Tensor) -> None:
        """Adds the gradient of what was gathered to the gradients of where it came from."""
        grad = grad if gather.back is None else grad.index_select(-2, gather.back)
        parts = grad.split(gather.counts, -2) if len(gather.counts) > 1 else [grad]
        for (step, rows), whole, part in zip(gather.pieces, gather.whole, parts, strict=True):
            if step:  # the images need none
                self._add(step, rows, whole, part)

    def _add(self, step: int, rows: list[slice] | Tensor, whole: bool, grad: Tensor) -> None:
        if step not in self.grads and whole:
            self.grads[step] = grad
            return
        if step not in self.grads:
            self.grads[step] = grad.new_zeros(*grad.shape[:-2], self.lanes[step], grad.shape[-1])
        elif step not in self.ours:
            self.grads[step] = self.grads[step].clone(memory_format=torch.contiguous_format)
        self.ours.add(step)
        if isinstance(rows, Tensor):
            self.grads[step].index_add_(-2, rows, grad)
            return
        for run, part in zip(rows, grad.split([run.stop - run.start for run in rows], -2), strict=True):
            self.grads[step][..., run, :].add_(part)


def _rows(lanes: tuple[int, ...], device: Any) -> list[slice] | Tensor:
    """Slices where the runs are long enough, else an index."""
    starts = [k for k, lane in enumerate(lanes) if k == 0 or lane != lanes[k - 1] + 1]
    if RUN * len(starts) > len(lanes):
        return torch.tensor(lanes, device=device)
    return [slice(lanes[k], lanes[k] + stop - k) for k, stop in zip(starts, [*starts[1:], len(lanes)], strict=True)]


def _select(x: Tensor, rows: list[slice] | Tensor) -> list[Tensor]:
    return [x.index_select(-2, rows)] if isinstance(rows, Tensor) else [x[..., run, :] for run in rows]
