"""What a network costs to use: counted on its graph, or measured by the clock."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

COUNTED = ("params", "mult_adds", "activation_mb")  # from the graph alone, as published: dead parts included
MEASURED = ("latency_ms",)  # on this machine, of the network that is trained: without dead parts
METRICS = (*COUNTED, *MEASURED)


def check_metrics(metrics: Sequence[str]) -> tuple[str, ...]:
    """`metrics` as a tuple; a name that is not one of METRICS raises."""
    names = (metrics,) if isinstance(metrics, str) else tuple(metrics)
    for name in names:
        if name not in METRICS:
            hint = "; test error steers no search, ask `final(arch)` after it (chapter 4)" if "test" in str(name) else ""
            raise ValueError(f"`metrics` names {name!r}; allowed are {', '.join(METRICS)}{hint}")
    return names


def count(graph: Any, metrics: Sequence[str] = COUNTED) -> dict[str, float]:
    """The counted ones of `metrics`, without building anything."""
    counts = graph.counts()
    return {name: float(getattr(counts, name)) for name in metrics if name in COUNTED}


def measure_latency(
    graph: Any, *, batch: int = 1, device: str = "cpu", threads: int = 1, warm_up: int = 5, repeats: int = 21, clock: Callable[[], float] | None = None
) -> float:
    """Milliseconds of one forward pass of the built graph on a batch of zeros: the median of `repeats`, after `warm_up` unmeasured ones.

    clock  in seconds, default time.perf_counter; time.process_time counts the work of this process alone, which is less disturbed by others
    """
    import torch

    from nastutor.estimators.device import numerics

    clock = clock or time.perf_counter
    module = graph.build(seed=0, device=device).eval()
    x = torch.zeros(batch, *graph.nodes[0].shape, device=device)  # (B, C, H, W)
    seconds = []
    with numerics(threads), torch.inference_mode():
        for run in range(warm_up + repeats):
            began = clock()
            module(x)
            wait(device)
            if run >= warm_up:
                seconds.append(clock() - began)
    return 1e3 * statistics.median(seconds)


def wait(device: str) -> None:
    """Until the device has done what it was told; the CPU has already."""
    import torch

    kind = torch.device(device).type
    if kind == "cuda":
        torch.cuda.synchronize(device)
    elif kind == "mps":
        torch.mps.synchronize()
