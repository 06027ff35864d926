"""Networks whose weights come from elsewhere: built without any, run with those that are handed over, differentiable in them."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.func import functional_call

from nastutor.nets.build import Net
from nastutor.nets.graph import LayerGraph


def shell(graph: LayerGraph) -> Net:
    """The network of `graph` without weights (they lie on the device `meta`), normalising by the statistics of the batch that it sees.

    Generated weights have no running statistics: no two batches were seen by the same network.
    """
    net = Net(graph)
    for part in net.modules():
        if isinstance(part, (nn.BatchNorm1d, nn.BatchNorm2d)):
            part.track_running_stats, part.running_mean, part.running_var, part.num_batches_tracked = False, None, None, None
    return net


def places(net: Net) -> dict[str, tuple[int, ...]]:
    """What a network needs: name of a weight -> its shape."""
    return {name: tuple(weight.shape) for name, weight in net.named_parameters()}


def run(net: Net, weights: Mapping[str, Tensor], x: Tensor) -> Tensor:
    """Logits (B, classes) of the network with these weights; gradients go on into what made them."""
    return functional_call(net, dict(weights), (x,), strict=True)  # type: ignore[no-any-return]


@torch.no_grad()
def filled(graph: LayerGraph, weights: Mapping[str, Tensor]) -> Net:
    """The network as a module of its own, which starts from these weights; running statistics as in `build`."""
    device = next(iter(weights.values())).device if weights else "cpu"
    net = graph.build(device=device)
    for name, parameter in net.named_parameters():
        parameter.copy_(weights[name])
    return net  # type: ignore[no-any-return]
