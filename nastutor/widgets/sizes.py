"""The size calculator: how the number of architectures explodes with blocks, operations and cells that are chosen by themselves."""

from __future__ import annotations

import math
import re
from typing import Any

from nastutor.inputs import require, whole
from nastutor.pictures.style import COLOURS, RULE
from nastutor.widgets.log_chart import Axis, Dot, Line, chart
from nastutor.widgets.panel import card
from nastutor.widgets.parts import FONT
from nastutor.widgets.shown import Shown, heading, svg_figure
from nastutor.widgets.sizes_families import FAMILIES, cells, said, size

WIDE, HIGH = 900, 330
SEARCH = 20_000  # networks that the search of AmoebaNet trained (Real et al. 2019)
LONG = 20  # cells of the evaluation network of DARTS


class Sizes(Shown):
    """How many architectures each family of cells has, exactly, on a scale of powers of ten.

    >>> nt.widgets.Sizes("NASNet")                 # in a notebook: with sliders
    >>> nt.widgets.Sizes("DARTS", steps=4).size    # the same without

    family  NASNet, AmoebaNet, PNAS, ENAS micro, DARTS, NAS-Bench-201, NAS-Bench-101 or BlockQNN
    steps   blocks, nodes, vertices or layers of a cell; default: as published
    ops     how many operations there are to choose from; default: as published
    alone   how many cells of a network are chosen, each by itself: 2 where a normal and a reduction cell are published, 20 if each cell of a
            network of 20 had a choice of its own; default: as published
    """

    def __init__(self, family: str = "NASNet", steps: int | None = None, ops: int | None = None, alone: int | None = None) -> None:
        self.set(family, steps, ops, alone)

    def set(self, family: str, steps: int | None = None, ops: int | None = None, alone: int | None = None) -> None:
        """Other settings."""
        require("family", family, FAMILIES.__contains__, ", ".join(FAMILIES))
        kind = FAMILIES[family]
        steps, ops = kind.published[0] if steps is None else steps, kind.published[1] if ops is None else ops
        alone = kind.cells if alone is None else alone
        least = kind.ops if kind.fixed_ops else 1
        for name, value, low, high in (("steps", steps, kind.least, kind.most), ("ops", ops, least, kind.ops), ("alone", alone, 1, LONG)):
            if not low <= whole(name, value) <= high:
                raise ValueError(f"`{name}` is {value}; allowed for {family} are whole numbers from {low} to {high}")
        self.family, self.steps, self.ops, self.alone = family, steps, ops, alone

    @property
    def size(self) -> int:
        return cells(self.family, self.steps, self.ops) ** self.alone

    @property
    def as_published(self) -> bool:
        """Whether as many cells are chosen as in the paper."""
        return self.alone == FAMILIES[self.family].cells

    @property
    def alt(self) -> str:
        kind = FAMILIES[self.family]
        return f"{self.family} with {self.steps} {kind.step} and {self.ops} operations, {_chosen(self.alone)}: {said(self.size)} architectures"

    # how it is shown

    def page(self) -> str:
        kind = FAMILIES[self.family]
        seen = "all of them" if self.size <= SEARCH else f"one in {_raised(said(self.size // SEARCH))}"
        lines = [
            f"<b>{_raised(said(self.size))}</b> architectures with n = {self.steps} {kind.step}, k = {self.ops} operations",
            f"one cell: {_raised(kind.formula)}" + (f", that is {_raised(said(cells(self.family, self.steps, self.ops)))}"),
            f"{_chosen(self.alone)}: all of it to the power {self.alone}" + (", as published" if self.as_published else f"; published: {_chosen(kind.cells)}"),
            f"dashed: the other families, {'each as published' if self.as_published else f'with {self.alone} cells chosen as well'}",
            f"a search that trains {SEARCH:,} networks, as that for AmoebaNet, sees {seen}",
        ]
        if (self.steps, self.ops) == kind.published and self.as_published and kind.different:
            lines.insert(1, f"as networks that really differ: <b>{kind.different:,}</b>")
        text = "".join(f'<div style="font-size:13.5px;margin:3px 0">{line}</div>' for line in lines)
        return f'<div style="{FONT}">{heading("How many architectures?", self.family)}{text}</div>{svg_figure(self.svg(), self._told(), WIDE)}'

    def svg(self) -> str:
        """All families with all their operations, the chosen one with its own; published settings of a cell are dots."""
        others = [name for name in FAMILIES if name not in ("BlockQNN", self.family)]  # 23 layers would press the others to the left
        many = {name: FAMILIES[name].cells if self.as_published else self.alone for name in others}
        mine = self._curve(self.family, self.ops, self.alone)
        lines = [Line(self._curve(name, FAMILIES[name].published[1], many[name]), RULE, "3 3") for name in others]
        top = max(point[1] for points in (mine, *(line.points for line in lines)) for point in points)
        here = Dot(*_point(self.family, self.steps, self.ops, self.alone), f"{self.family} {said(self.size)}", COLOURS[0], self.alt, large=True)
        dots = [Dot(*_point(name, *FAMILIES[name].published, many[name]), name, RULE, _published(name)) for name in others]
        x, y = Axis("blocks, nodes, vertices or layers of a cell", 1, max(8, mine[-1][0]), powers=False), Axis("architectures", 0, top * 1.06)
        return chart([*lines, Line(mine, COLOURS[0], "", 2.4)], [here, *dots], x, y, self._told(), WIDE, HIGH)

    def _curve(self, family: str, ops: int, alone: int) -> list[tuple[float, float]]:
        kind = FAMILIES[family]
        return [_point(family, steps, ops, alone) for steps in range(kind.least, kind.most + 1)]

    def _told(self) -> str:
        return f"{self.alt}. Published sizes: {'; '.join(map(_published, FAMILIES))}."

    def controls(self) -> Any:
        return SizesPanel(self).box


class SizesPanel:
    """The sliders."""

    def __init__(self, owner: Sizes) -> None:
        import ipywidgets as w

        self.owner, self.updating = owner, False
        wide = w.Layout(flex="1 1 240px")
        self.family = w.Dropdown(options=list(FAMILIES), value=owner.family, description="space", layout=w.Layout(width="240px"))
        self.steps = w.IntSlider(min=1, max=23, description="steps n", layout=wide)
        self.ops = w.IntSlider(min=1, max=13, description="ops k", layout=wide)
        self.alone = w.IntSlider(min=1, max=LONG, description="cells chosen", layout=wide)
        self.page = w.HTML(layout=w.Layout(margin="0"))
        for control in (self.family, self.steps, self.ops, self.alone):
            control.observe(self._changed, names="value")
        self.box = card([w.HBox([self.family, self.steps, self.ops, self.alone], layout=w.Layout(flex_flow="row wrap", width="100%")), self.page])
        self.update()

    def _changed(self, change: Any) -> None:
        if self.updating:
            return
        if change["owner"] is self.family:
            self.owner.set(self.family.value)
        else:
            self.owner.set(self.family.value, self.steps.value, self.ops.value, self.alone.value)
        self.update()

    def update(self) -> None:
        owner, kind = self.owner, FAMILIES[self.owner.family]
        self.updating = True  # sliders that are set here must not answer
        for slider, low, high, value in ((self.steps, kind.least, kind.most, owner.steps), (self.ops, 1, kind.ops, owner.ops)):
            slider.min, slider.max = 1, 23  # never a smallest that is larger than the largest
            slider.value = value
            slider.min, slider.max = low, high
        self.ops.disabled = kind.fixed_ops
        self.alone.value = owner.alone
        self.updating = False
        self.page.value = owner.page()


def _point(family: str, steps: int, ops: int, alone: int) -> tuple[float, float]:
    return steps, alone * math.log10(cells(family, steps, ops))


def _chosen(alone: int) -> str:
    return f"{alone} cells chosen" if alone > 1 else "1 cell chosen"


def _published(family: str) -> str:
    kind = FAMILIES[family]
    return f"{family} ({kind.published[0]} {kind.step}, {kind.published[1]} operations) {said(size(family, *kind.published))}"


def _raised(text: str) -> str:
    """10^18 with its exponent above, in HTML."""
    return re.sub(r"\^(-?[\d.]+|\(.*?\))", lambda found: f"<sup>{found[1].strip('()')}</sup>", text)
