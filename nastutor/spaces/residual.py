"""`ResidualSpace`: residual networks whose groups differ in depth, branches and width."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from nastutor.inputs import is_whole, positive, require, share, whole
from nastutor.spaces.base import ChoiceSpace, Choose, check_options
from nastutor.spaces.images import check_images

if TYPE_CHECKING:
    from nastutor.nets.graph import GraphBuilder, LayerGraph


class Group(NamedTuple):
    """Blocks one after the other, of so many branches and channels each."""

    blocks: int
    branches: int
    width: int


class ResidualSpace(ChoiceSpace):
    """The residual networks of Zela et al. 2018 (section 3; decisions and ranges as in the release, `ZELA` in published/residual.py).

    A 3x3 convolution to `filters` channels; then groups of blocks. A block adds to its input the mean of its branches, each ReLU, 3x3
    convolution and batch norm, twice. A group multiplies the width before it by its factor; from the second on, its first block halves the
    image. Where the shape changes, the input passes a 1x1 convolution and batch norm (in the release two convolutions to half the channels each,
    the second a pixel further on). The plan is (filters, groups, death rate or None).

    The paper searches them together with how they are trained: `JointSpace(ResidualSpace(), {"lr": ..., "mixup": ..., "cutout": ..., ...})`.
    It also shakes them in training (`shake` and `shake_drop` of nets/shake_ops.py), which `death_rates` turns on: branches by Shake-Shake
    where there are several, a lone one by ShakeDrop, at a rate that is decided where some group has such blocks.

    filters      of the first convolution
    blocks       in each group
    branches     in each block of a group
    factors      by which a group widens
    groups       how many there are (paper 3)
    death_rates  of lone branches, from 0 to below 1; (): nothing is shaken, and the mean of the branches is plain

    >>> ResidualSpace().size
    1458
    """

    later: ClassVar[Mapping[str, Any]] = {"death_rates": ()}
    unmerged = "factors under which a group has as many channels, once they are rounded"

    def __init__(
        self,
        filters: Sequence[int] = (4, 8),
        blocks: Sequence[int] = (1, 2, 3),
        branches: Sequence[int] = (1, 2, 3),
        factors: Sequence[float] = (0.5, 1.0, 2.0),
        *,
        groups: int = 2,
        death_rates: Sequence[float] = (),
    ) -> None:
        for name, values in (("filters", filters), ("blocks", blocks), ("branches", branches)):
            check_options(name, values)
            require(name, values, lambda given: all(is_whole(value, 1) for value in given), "whole numbers from 1")
        check_options("factors", factors)
        for factor in factors:
            positive("factors", factor)
        self.filters, self.blocks, self.branches, self.factors = tuple(filters), tuple(blocks), tuple(branches), tuple(factors)
        self.groups = whole("groups", groups)
        if tuple(death_rates):
            check_options("death_rates", death_rates)
        for rate in death_rates:
            share("death_rates", rate)
        self.death_rates = tuple(death_rates)

    def decide(self, choose: Choose) -> tuple[int, tuple[Group, ...], float | None]:
        filters = width = choose("filters", self.filters)
        groups = []
        for number in range(1, self.groups + 1):
            blocks, branches = choose(f"blocks{number}", self.blocks), choose(f"branches{number}", self.branches)
            width = max(1, round(width * choose(f"factor{number}", self.factors)))
            groups.append(Group(blocks, branches, width))
        alone = any(group.branches == 1 for group in groups)
        return filters, tuple(groups), choose("death_rate", self.death_rates) if self.death_rates and alone else None

    @property
    def size(self) -> int:
        """Of those that have a lone branch, as many times as there are rates."""
        group = len(self.blocks) * len(self.branches) * len(self.factors)
        several = group - group // len(self.branches) * (1 in self.branches)
        return len(self.filters) * (several**self.groups + (group**self.groups - several**self.groups) * max(1, len(self.death_rates)))

    @cached_property
    def _sites(self) -> dict[str, tuple[Any, ...]]:
        sites: dict[str, tuple[Any, ...]] = {"filters": self.filters}
        for number in range(1, self.groups + 1):
            sites |= {f"blocks{number}": self.blocks, f"branches{number}": self.branches, f"factor{number}": self.factors}
        return sites | ({"death_rate": self.death_rates} if self.death_rates and 1 in self.branches else {})

    def graph(self, arch: Any, task: Any) -> LayerGraph:
        """The network for a task's images, of at least 2^(groups - 1) pixels a side."""
        from nastutor.nets.graph import LayerGraph

        check_images(task, self, ("groups",), least=2 ** (self.groups - 1), why="each group but the first halves the image")
        builder = LayerGraph.start(task.shape)
        filters, groups, rate = self.plan(arch)
        x = builder.add("conv", builder.input, name="stem conv", group="stem", channels=filters, kernel=3)
        x = builder.add("bn", x, name="stem bn", group="stem")
        for number, group in enumerate(groups, start=1):
            for block in range(1, group.blocks + 1):
                x = self._block(builder, x, group, f"group {number} block {block}", 2 if number > 1 and block == 1 else 1, rate)
        x = builder.add("global_avg_pool", builder.add("relu", x, name="head relu", group="head"), name="head mean", group="head")
        return builder.finish(builder.add("linear", x, name="head linear", group="head", units=task.classes))

    def _block(self, builder: GraphBuilder, x: str, group: Group, name: str, stride: int, rate: float | None) -> str:
        def add(op: str, *inputs: str, what: str, **settings: Any) -> str:
            return builder.add(op, *inputs, name=f"{name} {what}", group=name, **settings)

        above = add("relu", x, what="relu")
        ends = []
        for number in range(1, group.branches + 1):
            y, own = above, f"branch {number}"
            for place, step in (("first", stride), ("second", 1)):
                y = add("relu", y, what=f"{own} relu") if place == "second" else y
                y = add("conv", y, what=f"{own} {place} conv", channels=group.width, kernel=3, stride=step)
                y = add("bn", y, what=f"{own} {place} bn")
            ends.append(y)
        if len(ends) == 1:
            mean = add("shake_drop", ends[0], what="drop", p=rate) if self.death_rates else ends[0]
        elif self.death_rates:
            mean = add("shake", *ends, what="mean", draw="softmax")
        else:
            mean = add("scale", add("add", *ends, what="branches"), what="mean", by=1 / len(ends))
        if stride > 1 or builder.shape(x)[0] != group.width:
            x = add("bn", add("conv", above, what="shortcut conv", channels=group.width, kernel=1, stride=stride), what="shortcut bn")
        return add("add", x, mean, what="sum")
