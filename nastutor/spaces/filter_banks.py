"""`FilterBankSpace`: pipelines of filters, pools and normalisations, trained as a network."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Any

from nastutor.inputs import is_whole, positive, require, whole
from nastutor.spaces.base import ChoiceSpace, Choose, check_options
from nastutor.spaces.images import check_fits, check_images
from nastutor.spaces.vision import EXITS, exit_of

if TYPE_CHECKING:
    from nastutor.nets.graph import GraphBuilder, LayerGraph
    from nastutor.values import Arch

ORDERS = ("mean", "max")


class FilterBankSpace(ChoiceSpace):
    """Pipelines of the shape of Bergstra, Yamins & Cox 2013 (section 4) whose filters are learned, as convolutions.

    An image is resized; none, some or all layers of filters and a pool follow; then one of three exits, each with filters of its own: `grid`
    (answers of both signs, their means over a grid), `alpha` (answers of both signs, in pools), `pool` (answers above 0, in pools that may
    be normalised). A linear classifier reads them. The exit decides how deep the pipeline is. An exit has as many filters as give
    `features` numbers to the classifier, one at the least, as in the release.

    What differs from `VisionPipelineSpace`, the paper's own: filters are trained in place of drawn, so that nothing is decided about seeds
    and whitening; batch norm stands for normalised patches and normalised pools; a pool is a mean or a maximum, the first and the last of
    the paper's powers; there are no thresholds, no affine warps; convolutions and pools keep the image's border (`padding` half a filter).
    The L2 of the exit is that of the whole network: `training(arch)` tells it to estimators that train.

    layers    numbers of filters of each layer before an exit, one tuple a layer
    sizes     sides of the resized image
    kernels   odd sizes of filters
    pools     sizes of pools
    strides   of pools
    grids     rows of a grid
    features  that the classifier reads
    l2        weight decays
    """

    unmerged = "pools of different sizes, or a pool and a grid, that cover the same pixels of a map that has come down to a few"

    def __init__(
        self,
        layers: Sequence[Sequence[int]] = ((8, 16), (16, 32)),
        sizes: Sequence[int] = (8, 12),
        kernels: Sequence[int] = (3, 5),
        pools: Sequence[int] = (2, 3),
        strides: Sequence[int] = (1, 2),
        grids: Sequence[int] = (2, 3),
        *,
        features: int = 128,
        l2: Sequence[float] = (1e-5, 1e-4, 1e-3, 1e-2),
    ) -> None:
        check_options("l2", l2)
        for name, values, least in (("sizes", sizes, 1), ("kernels", kernels, 1), ("pools", pools, 2), ("strides", strides, 1), ("grids", grids, 1)):
            _check_sizes(name, values, least)
        require("kernels", kernels, lambda given: all(kernel % 2 for kernel in given), "odd sizes, which keep the size of the image")
        for options in layers:
            _check_sizes("layers", options, 1)
        for value in l2:
            positive("l2", value, zero=True)
        self.layers, self.sizes, self.kernels, self.pools = tuple(map(tuple, layers)), tuple(sizes), tuple(kernels), tuple(pools)
        self.strides, self.grids, self.features, self.l2 = tuple(strides), tuple(grids), whole("features", features), tuple(l2)

    def decide(self, choose: Choose) -> dict[str, Any]:
        """The plan: what was decided, by name without the layer: `layers` one dictionary a layer, and the exit's own."""
        plan: dict[str, Any] = {"size": choose("size", self.sizes), "exit": choose("exit", self._exits)}
        kind, depth = exit_of(plan["exit"])
        plan["layers"] = [self._asked(choose, f"layer{k + 1}_", self._layer(k)) for k in range(depth)]
        return plan | self._asked(choose, "exit_", self._exit(kind))

    @property
    def _exits(self) -> tuple[str, ...]:
        return tuple(f"{kind}{depth}" for depth in range(len(self.layers) + 1) for kind in EXITS)

    def _layer(self, number: int) -> dict[str, Sequence[Any]]:
        pool = {"pool": self.pools, "stride": self.strides, "order": ORDERS}
        return {"filters": self.layers[number], "kernel": self.kernels, "norm": (False, True), **pool}

    def _exit(self, kind: str) -> dict[str, Sequence[Any]]:
        own: dict[str, Sequence[Any]] = {"kernel": self.kernels, "norm": (False, True)}
        own |= {"grid": self.grids} if kind == "grid" else {"pool": self.pools, "stride": self.strides, "order": ORDERS}
        return own | ({"pool_norm": (False, True)} if kind == "pool" else {}) | {"l2": self.l2}

    def _asked(self, choose: Choose, prefix: str, asked: dict[str, Sequence[Any]]) -> dict[str, Any]:
        return {name: choose(prefix + name, options) for name, options in asked.items()}

    @property
    def size(self) -> int:
        total, way = 0, len(self.sizes)
        for number in range(len(self.layers) + 1):
            total += way * sum(prod(map(len, self._exit(kind).values())) for kind in EXITS)
            way *= prod(map(len, self._layer(number).values())) if number < len(self.layers) else 1
        return total

    @cached_property
    def _sites(self) -> dict[str, tuple[Any, ...]]:
        sites: dict[str, tuple[Any, ...]] = {"size": self.sizes, "exit": self._exits}
        for k in range(len(self.layers)):
            sites |= {f"layer{k + 1}_{name}": tuple(options) for name, options in self._layer(k).items()}
        own = self._exit("grid") | self._exit("pool")
        own["l2"] = own.pop("l2")  # which comes last
        return sites | {f"exit_{name}": tuple(options) for name, options in own.items()}

    @property
    def unseen(self) -> tuple[str, ...]:
        """The decisions that no graph shows."""
        return ("exit_l2",)

    def training(self, arch: Arch) -> dict[str, Any]:
        """What of the training `arch` decides."""
        return {"weight_decay": self.plan(arch)["l2"]}

    def graph(self, arch: Arch, task: Any) -> LayerGraph:
        """The network for a task's images."""
        from nastutor.nets.graph import LayerGraph

        check_images(task, self)
        builder, plan = LayerGraph.start(task.shape), self.plan(arch)
        x = builder.input
        if task.shape[1:] != (plan["size"], plan["size"]):
            x = builder.add("bilinear", x, name="resize", group="resize", size=plan["size"])
        for number, layer in enumerate(plan["layers"], start=1):
            name = f"layer {number}"
            x = builder.add("relu", _filtered(builder, x, layer, layer["filters"], name), name=f"{name} relu", group=name)
            x = _pooled(builder, x, layer, name, task)
        x = self._left(builder, x, plan, task)
        x = builder.add("flatten", x, name="exit flatten", group="exit")
        return builder.finish(builder.add("linear", x, name="head linear", group="head", units=task.classes))

    def _left(self, builder: GraphBuilder, x: str, plan: dict[str, Any], task: Any) -> str:
        """The features, (C, H, W)."""
        kind, side = exit_of(plan["exit"])[0], builder.shape(x)[1]
        side = plan["grid"] if kind == "grid" else _side(side, plan["pool"], plan["stride"])
        signs = 1 if kind == "pool" else 2
        x = _filtered(builder, x, plan, max(1, self.features // (signs * max(1, side) ** 2)), "exit")
        above = builder.add("relu", x, name="exit relu", group="exit")
        if signs == 2:
            below = builder.add("relu", builder.add("scale", x, name="exit minus", group="exit", by=-1), name="exit below", group="exit")
            above = builder.add("concat", above, below, name="exit signs", group="exit")
        if kind == "grid":
            return builder.add("resize", above, name="exit grid", group="exit", size=plan["grid"])
        x = _pooled(builder, above, plan, "exit", task)
        return builder.add("bn", x, name="exit pool bn", group="exit") if plan.get("pool_norm") else x


def _check_sizes(name: str, values: Sequence[int], least: int) -> None:
    check_options(name, values)
    require(name, values, lambda given: all(is_whole(value, least) for value in given), f"whole numbers from {least}")


def _side(side: int, pool: int, stride: int) -> int:
    """Rows behind a pool with half its size of padding."""
    return (side + 2 * ((pool - 1) // 2) - pool) // stride + 1


def _filtered(builder: GraphBuilder, x: str, plan: dict[str, Any], filters: int, name: str) -> str:
    x = builder.add("conv", x, name=f"{name} conv", group=name, channels=filters, kernel=plan["kernel"], bias=not plan["norm"])
    return builder.add("bn", x, name=f"{name} bn", group=name) if plan["norm"] else x


def _pooled(builder: GraphBuilder, x: str, plan: dict[str, Any], name: str, task: Any) -> str:
    side = builder.shape(x)[1]
    hint = "smaller `pools` and `strides`, or larger `sizes`, keep a FilterBankSpace within its task"
    check_fits(f"the pool of {name}", plan["pool"], side, task, (side, side), padded=plan["pool"] % 2 == 1, hint=hint)
    op = "max_pool" if plan["order"] == "max" else "avg_pool"
    return builder.add(op, x, name=f"{name} pool", group=name, kernel=plan["pool"], stride=plan["stride"])
