"""What each option of a decision costs, so that the mean cost of a distribution over architectures is a sum."""

from __future__ import annotations

from typing import Any

import numpy as np

from nastutor.estimators.cost import COUNTED, METRICS, measure_latency
from nastutor.nets.graph import LayerGraph, Node
from nastutor.nets.supernet import Supernet


def option_costs(space: Any, task: Any, metric: str = "mult_adds", *, device: str = "cpu", threads: int = 1, **macro: Any) -> dict[str, Any]:
    """decision -> cost of each of its options (options,), summed over all places of the supernet where the decision stands.

    What an option costs is what its own nodes do: what serves several options, or stands outside all decisions, is in no entry. So the mean
    over independent decisions is exact for counts: sum_i p_i cost_i (Xie et al. 2019, section 2.3). Latencies are those of each node alone,
    measured once for each operation and shape (Cai et al. 2019, section 3.3): their sum leaves out what a network does between its layers.

    metric   "params", "mult_adds", "activation_mb" or "latency_ms"
    **macro  as in `SharedWeights`

    >>> import nastutor as nt
    >>> option_costs(nt.spaces.CellSpace(nodes=2, channels=4, stages=1), nt.tasks.digits(), "params")["0->1"].tolist()
    [0.0, 0.0, 24.0, 152.0, 0.0]
    """
    if metric not in METRICS:
        raise ValueError(f"`metric` is {metric!r}; allowed are {', '.join(METRICS)}")
    if not hasattr(space, "supernet"):
        raise TypeError(f"`space` is a {type(space).__name__}, which has no supernet(task) (chapter 9)")
    supernet = (type(space)(**{**space.settings, **macro}) if macro else space).supernet(task)
    if nested := [*supernet.kernels.values(), *supernet.widths.values()]:
        raise ValueError(f"`space` decides on {nested[0]!r}, a size inside larger ones, whose cost depends on other decisions: no sum over options (chapter 9)")
    costs = {name: np.zeros(len(options)) for name, options in supernet.sites.items()}
    measured: dict[Any, float] = {}
    for name, (decision, number) in owners(supernet).items():
        node = supernet.graph.node(name)
        if node.op == "zero":
            continue
        alone = _alone(supernet.graph, node)
        if metric in COUNTED:
            costs[decision][number] += getattr(alone.counts(), metric) - (4 * np.prod(alone.nodes[0].shape) / 1e6 if metric == "activation_mb" else 0)
        else:
            key = node.op, node.attrs, tuple(supernet.graph.shapes(node))
            if key not in measured:
                measured[key] = measure_latency(alone, device=device, threads=threads)
            costs[decision][number] += measured[key]
    return costs


def owners(supernet: Supernet) -> dict[str, tuple[str, int]]:
    """The nodes that serve one option alone: name -> (decision, number of its option)."""
    found: dict[str, set[tuple[str, int] | None]] = {node.name: set() for node in supernet.graph.nodes}
    found[supernet.graph.output].add(None)
    for node in reversed(supernet.graph.nodes):
        mine = found[node.name]
        own = next(iter(mine)) if len(mine) == 1 else None
        for number, source in enumerate(node.inputs):
            found[source].add((supernet.mixed[node.name], number) if node.name in supernet.mixed and own is None else own)
    return {name: owner for name, own in found.items() if len(own) == 1 and (owner := next(iter(own))) is not None}


def _alone(graph: LayerGraph, node: Node) -> LayerGraph:
    """A network of one node, which reads the image wherever it reads anything; its inputs have one shape."""
    builder = LayerGraph.start(graph.shapes(node)[0])
    return builder.finish(builder.add(node.op, *["input"] * len(node.inputs), **dict(node.attrs)))  # type: ignore[arg-type]
