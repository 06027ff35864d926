"""The macro-stacking view: one published cell, stacked N times at F filters; parameters and multiply-adds counted while the sliders move."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nastutor.inputs import require, whole
from nastutor.published import Published, zoo
from nastutor.widgets.panel import card
from nastutor.widgets.parts import CARD, FONT
from nastutor.widgets.shown import Shown, heading, rows, svg_figure
from nastutor.widgets.snapshot import short
from nastutor.widgets.stacking_parts import CHART, SHARES, STACK, chart_svg, counted, filter_step, names, same_cell, stack_svg

if TYPE_CHECKING:
    from nastutor.nets.graph import Counts

MOST_CELLS, MOST_FILTERS, LEAST_FILTERS = 10, 480, 8


class Stacking(Shown):
    """A published cell as a network of any size: N cells in a stack, F filters in the first one.

    >>> nt.widgets.Stacking("NASNet-A mobile")                       # in a notebook: with sliders
    >>> nt.widgets.Stacking("NASNet-A mobile", cells=6).counts()     # the same without

    name      a network of `nt.zoo` made of cells: its cells, its images, and all that stands around the cells
    cells     N; default: as published
    channels  F; default: as published
    """

    def __init__(self, name: str = "NASNet-A mobile", cells: int | None = None, channels: int | None = None) -> None:
        self.trail: list[Counts] = []
        self.set(name, cells, channels)

    def set(self, name: str, cells: int | None = None, channels: int | None = None) -> None:
        """Another network, or other settings of it."""
        require("name", name, names().__contains__, ", ".join(names()))
        net = zoo[name]
        cells = net.space.cells if cells is None else whole("cells", cells)
        channels = net.space.channels if channels is None else whole("channels", channels)
        step = filter_step(net)
        require("channels", channels, lambda f: f % step == 0, f"multiples of {step} for {name}, whose reductions halve them")
        require("cells", cells, lambda n: n <= MOST_CELLS, f"whole numbers from 1 to {MOST_CELLS}")
        before = getattr(self, "name", name)
        self.name, self.cells, self.channels = name, cells, channels
        self.trail = [*self.trail, self.counts()][-40:] if before == name else [self.counts()]

    @property
    def net(self) -> Published:
        """The published network that it starts from."""
        return zoo[self.name]

    @property
    def published(self) -> bool:
        """Whether N and F are those of the paper."""
        return (self.cells, self.channels) == (self.net.space.cells, self.net.space.channels)

    def counts(self) -> Counts:
        return counted(self.name, self.cells, self.channels)[0]

    @property
    def alt(self) -> str:
        counts = self.counts()
        return (
            f"The cells of {self.name} with N = {self.cells}, F = {self.channels}, for {self.net.task.name}: "
            f"{counts.params:,} parameters, {counts.mult_adds:,} multiply-adds, {counts.depth} weight layers deep"
        )

    # how it is shown

    def page(self) -> str:
        return self._page(self.trail)

    def static(self) -> str:
        """With a line of other F in place of where one has been."""
        step = filter_step(self.net)
        filters = sorted({max(LEAST_FILTERS, round(share * self.channels / step) * step) for share in (*SHARES, 1.0)})
        trail = [counted(self.name, self.cells, channels)[0] for channels in filters]
        return f'<div style="{CARD}">{self._page(trail)}</div>'

    def _page(self, trail: list[Counts]) -> str:
        counts, parts = counted(self.name, self.cells, self.channels)
        small = f"N = {self.cells}, F = {self.channels}, {self.net.task.name}" + (", as published" if self.published else "")
        stack = svg_figure(stack_svg(parts, self.alt), self._stack_told(), STACK[0])
        told = svg_figure(chart_svg(self.name, counts, trail, self.alt), self._chart_told(), CHART[0])
        side = f'<div style="flex:1 1 260px">{self._facts(counts)}</div>'
        return f'<div style="{FONT}">{heading(self.name, small)}{stack}<div style="display:flex;flex-wrap:wrap;gap:14px"><div>{told}</div>{side}</div></div>'

    def _facts(self, counts: Counts) -> str:
        figures = self.net.figures
        paper = {name: short(figures[name] * 1e6) if name in figures else "–" for name in ("params", "mult_adds")}
        lines: list[tuple[str, ...]] = [
            ("parameters", f"{counts.params:,}", paper["params"]),
            ("mult-adds", short(counts.mult_adds), paper["mult_adds"]),
            ("activations", f"{counts.activation_mb:,.0f} MB", ""),
            ("weight layers", str(counts.depth), ""),
        ]
        return rows(lines, ("", "here", f"{self.name}, paper"), bold=0)

    def _stack_told(self) -> str:
        parts = counted(self.name, self.cells, self.channels)[1]
        kinds = [part.kind for part in parts]
        return f"Stack of {kinds.count('normal')} normal and {kinds.count('reduction')} reduction cells; {self.alt}."

    def _chart_told(self) -> str:
        others = [f"{other} {short(counted(other, zoo[other].space.cells, zoo[other].space.channels)[0].params)}" for other in same_cell(self.name)]
        return f"Parameters against multiply-adds, on scales of powers of ten. {self.alt}. Published with this cell: {', '.join(others)}."

    def controls(self) -> Any:
        return StackingPanel(self).box


class StackingPanel:
    """The sliders."""

    def __init__(self, owner: Stacking) -> None:
        import ipywidgets as w

        self.owner, self.updating = owner, False
        self.name = w.Dropdown(options=list(names()), value=owner.name, description="cell", layout=w.Layout(width="270px"))
        self.cells = w.IntSlider(min=1, max=MOST_CELLS, description="cells N", layout=w.Layout(flex="1 1 240px"))
        self.channels = w.IntSlider(min=LEAST_FILTERS, max=MOST_FILTERS, description="filters F", layout=w.Layout(flex="1 1 240px"))
        self.page = w.HTML(layout=w.Layout(margin="0"))
        for control in (self.name, self.cells, self.channels):
            control.observe(self._changed, names="value")
        self.box = card([w.HBox([self.name, self.cells, self.channels], layout=w.Layout(flex_flow="row wrap", width="100%")), self.page])
        self.update()

    def _changed(self, change: Any) -> None:
        if self.updating:
            return
        if change["owner"] is self.name:
            self.owner.set(self.name.value)
        else:
            self.owner.set(self.name.value, self.cells.value, self.channels.value)
        self.update()

    def update(self) -> None:
        """A frame."""
        owner, step = self.owner, filter_step(self.owner.net)
        self.updating = True  # sliders that are set here must not answer
        self.channels.min, self.channels.step = LEAST_FILTERS - LEAST_FILTERS % step, step
        self.cells.value, self.channels.value = owner.cells, owner.channels
        self.updating = False
        self.page.value = owner.page()
