"""What architectures stand for: graphs that can be built and show their decisions, and canonical forms that are the same network."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import islice
from math import prod
from types import SimpleNamespace
from typing import Any

from nastutor.rng import torch_rng
from nastutor.testing.drive import name_of
from nastutor.testing.rules import broken, kept
from nastutor.values import Arch

IMAGES = SimpleNamespace(name="images 1x8x8", shape=(1, 8, 8), classes=10)
SAME = "canonical is the same network"
MIXING = ("conv", "sep_conv", "linear")  # a weight for each input channel: those of a conv of one group
CHANNELWISE = (
    *("identity", "bn", "relu", "relu6", "sigmoid", "tanh", "elu", "scale", "dropout", "drop_path", "shake_drop", "dw_conv", "squeeze_excite", "concat"),
    *("max_pool", "avg_pool", "global_avg_pool", "flatten", "pad", "resize", "bilinear", "unpool"),
)


def check_graphs(space: Any, archs: list[Arch], task: Any) -> None:
    """`archs` is a sample of the space; some are built."""
    import torch

    who, different, built = name_of(space), list(dict.fromkeys(archs)), "graphs can be built"
    for arch in different[:3]:
        with kept(built, who, f"graph({arch}).build()"), torch.no_grad():
            scores = space.graph(arch, task).build(seed=0)(torch.zeros(2, *task.shape))
        if tuple(scores.shape) != (2, task.classes):
            broken(built, who, f"{arch}: scores of shape {tuple(scores.shape)}, expected (2, {task.classes})")
    with kept(built, who, "graph(arch, task)"):
        graphs = [space.graph(arch, task) for arch in different[:8]]
    if len(graphs) > 1 and all(graph == graphs[0] for graph in graphs):
        broken("graphs show the architecture", who, f"{len(graphs)} different architectures, such as\n{different[0]}\n{different[1]}\nhave one graph")


def check_canonical(space: Any, archs: list[Arch], most: int) -> None:
    """Canonical forms are in the space, their own, and no later in its enumeration (where that has no more than `most`)."""
    who, rule = name_of(space), "canonical gives the first of the same"
    listed = list(islice(iter(space), most + 1)) if hasattr(space, "__iter__") else []
    place = {arch: number for number, arch in enumerate(listed)} if len(listed) <= most else {}
    for arch in archs:
        with kept(rule, who, f"canonical({arch})"):
            canonical = space.canonical(arch)
            space.validate(canonical)
        if space.canonical(canonical) != canonical:
            broken(rule, who, f"{arch}\n-> {canonical}\n-> {space.canonical(canonical)}")
        if place and place.get(canonical, most) > place[arch]:
            broken(rule, who, f"{arch} is number {place[arch]}, its canonical form number {place.get(canonical)}: {canonical}")


def check_same_network(space: Any, archs: list[Arch], task: Any, pairs: int = 10) -> None:
    """Architectures and their canonical forms: the same layers with weights, and with equal weights the same function.

    Weights may be renamed: a concat may join its parts in another order where all that read them have weights for each channel of their own.
    """
    for arch in [arch for arch in dict.fromkeys(archs) if space.canonical(arch) != arch][:pairs]:
        canonical = space.canonical(arch)
        with kept("graphs can be built", name_of(space), f"graph({arch}) and graph({canonical})"):
            one, other = (space.graph(each, task).simplified() for each in (arch, canonical))
            layers, others = _layers(one), _layers(other)
        if layers != others:
            told = "; ".join(f"{label}: {layers[label]} and {others[label]}" for label in sorted(layers | others) if layers[label] != others[label])
            broken(SAME, name_of(space), f"{arch}\n-> {canonical}\nhave different layers with weights: {told}")
        if not (_agree(one, other, task.shape) or _agree(one, other, task.shape, sort=True)):
            broken(SAME, name_of(space), f"{arch}\n-> {canonical}\nhave the same layers with weights, and give different scores")


def _layers(graph: Any) -> Counter[str]:
    """How often each layer with weights occurs; what has none may be arranged in another way."""
    return Counter(f"{node.label} ({graph.cost(node)[0]} numbers)" for node in graph.nodes if graph.cost(node)[0])


def _agree(one: Any, other: Any, shape: tuple[int, ...], sort: bool = False) -> bool:
    """Whether both compute the same where all weights of one shape are equal, so that it does not matter which layer has which.

    sort  what concats join in any order is put into that of its values first
    """
    import torch

    images = torch.randn(2, *shape, generator=torch_rng(0, "images"), dtype=torch.float64)
    scores = [_scores(graph, images) if sort else _filled(graph)(images) for graph in (one, other)]
    return torch.allclose(*scores, rtol=1e-6, atol=1e-6 * float(scores[0].abs().max()), equal_nan=True)


def _filled(graph: Any) -> Any:
    import torch

    module = graph.build(seed=0).double().eval()
    with torch.no_grad():
        for weight in module.parameters():
            draws = torch.randn(weight.shape, generator=torch_rng(0, "weights", *weight.shape), dtype=torch.float64)
            weight.copy_(draws / prod(weight.shape[1:]) ** 0.5)
    return module.requires_grad_(False)


def _scores(graph: Any, images: Any) -> Any:
    """What the filled network computes, the parts of its free concats in the order of their values."""
    for name in _free_concats(graph):
        values = {node.name: value for node, value in _filled(graph).trace(images)}
        parts = sorted(graph.node(name).inputs, key=lambda part: (len(values[part][0]), float(values[part].square().sum())))
        graph = replace(graph, nodes=tuple(replace(node, inputs=tuple(parts)) if node.name == name else node for node in graph.nodes))
    return _filled(graph)(images)


def _free_concats(graph: Any) -> list[str]:
    """Concats whose channels nothing tells apart but weights that can be renamed with them; first come first."""
    readers: dict[str, list[Any]] = {node.name: [] for node in graph.nodes}
    for node in graph.nodes:
        for source in set(node.inputs):
            readers[source].append(node)

    def free(name: str) -> bool:
        return name != graph.output and all(
            (node.op in MIXING and dict(node.attrs).get("groups", 1) == 1) or (node.op in CHANNELWISE and free(node.name)) for node in readers[name]
        )

    return [node.name for node in graph.nodes if node.op == "concat" and free(node.name)]
