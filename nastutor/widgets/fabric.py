"""The fabric view: a convolutional neural fabric as a grid, and each of its paths as the chain of convolutions that it is."""

from __future__ import annotations

from base64 import b64encode
from contextlib import suppress
from html import escape
from random import Random
from typing import Any

from nastutor.inputs import require, whole
from nastutor.pictures.style import PAPER, QUIET, RULE
from nastutor.published import Images
from nastutor.rng import python_rng
from nastutor.spaces.fabric import FabricSpace
from nastutor.values import Arch
from nastutor.widgets.fabric_picture import FILL, HIGH, ON, Grid, chain, fabric_svg, labels, told, visited
from nastutor.widgets.panel import card, view
from nastutor.widgets.parts import CARD, FONT
from nastutor.widgets.snapshot import short


class FabricView:
    """All paths of a `FabricSpace`, one of them highlighted; without ipywidgets, and in a saved notebook, its picture.

    >>> view = nt.widgets.FabricView(nt.spaces.FabricSpace(layers=6, scales=4))
    >>> view                                         # in a notebook: the grid, with a button on each place
    >>> view.through(layer=3, scale=2); view.go(17)  # the same without clicking

    space  the fabric
    task   whose images it reads; default: images whose coarsest map is 1x1, as in the paper
    start  the first path; default: the first of all, at full size up to the last layer
    seed   of `random`
    """

    def __init__(self, space: FabricSpace, task: Any = None, start: Arch | None = None, *, seed: int = 0) -> None:
        if not isinstance(space, FabricSpace):
            raise TypeError(f"`space` must be a FabricSpace, got {type(space).__name__}")
        side = 2 ** (space.scales - 1)
        self.space = space
        self.task = Images(f"images of {side}x{side}", (1, side, side), 10) if task is None else task
        self.arch = path_of(space, 1) if start is None else start
        space.graph(self.arch, self.task)  # refuses a stranger, and images that do not fit
        self.rng: Random = python_rng(seed, "FabricView")
        self._panel: FabricPanel | None = None

    # where one goes

    @property
    def number(self) -> int:
        """Which path it is, from 1, in the order of enumeration."""
        return number_of(self.space, self.arch)

    def go(self, number: int) -> None:
        """To path `number`, from 1; `space.size` is the last one."""
        self._show(path_of(self.space, number))

    def step(self, by: int) -> None:
        """So many paths on, or back; behind the last one comes the first."""
        self.go((self.number - 1 + by) % self.space.size + 1)

    def random(self) -> None:
        """To a path drawn from all with equal probability."""
        self.go(self.rng.randint(1, self.space.size))

    def through(self, layer: int, scale: int) -> None:
        """To the path nearest to this one that passes the place: the other layers move as little as they must."""
        for name, value, most in (("layer", layer, self.space.layers), ("scale", scale, self.space.scales)):
            require(name, value, range(1, most + 1).__contains__, f"whole numbers from 1 to {most}")
        path = [
            max(scale - abs(number - layer), min(scale + abs(number - layer), old))  # a step changes the scale by one at most
            for number, old in enumerate(self.space.plan(self.arch), start=1)
        ]
        self._show(Arch(tuple((f"scale{number}", at) for number, at in enumerate(path, start=1))))

    def set_sparse(self, sparse: bool) -> None:
        """The same grid with channels that read their neighbours alone, or with all channels."""
        self.space = FabricSpace(**{**self.space.settings, "sparse": sparse})
        self._show(self.arch)

    # what is known

    def counts(self, whole: bool = False) -> Any:
        """`Counts` of the chain along the path, or of the whole fabric."""
        return (self.space.fabric(self.task) if whole else self.space.graph(self.arch, self.task)).counts()

    @property
    def alt(self) -> str:
        """The picture in words."""
        return told(self.space, self.arch, self.task)

    def __repr__(self) -> str:
        return f"<FabricView: path {self.number:,} of {self.space.size:,}: {self.arch}>"

    # how it is shown

    def picture(self, write: bool = True) -> str:
        """The grid as an image with its text."""
        source = b64encode(fabric_svg(self.space, self.arch, self.task, write).encode()).decode()
        width = Grid(self.space.layers, self.space.scales).width
        return f'<img alt="{escape(self.alt)}" src="data:image/svg+xml;base64,{source}" style="display:block;max-width:none;width:{width}px">'

    def facts(self) -> str:
        """The numbers of the path and of the whole as tiles, and the path as a chain."""
        own, every = self.counts(), self.counts(whole=True)
        kind = "sparse" if self.space.sparse else "dense"
        tiles = [
            ("path", f"{self.number:,}", f"of {self.space.size:,} paths"),
            ("this chain", f"{own.params:,}", f"parameters, {own.depth} layers"),
            (f"the whole fabric, {kind}", f"{every.params:,}", f"parameters, {len(self.space.edges())} edges"),
            ("one image costs", short(own.mult_adds), f"mult-adds; the whole {short(every.mult_adds)}"),
        ]
        row = f'<div style="display:flex;flex-wrap:wrap;gap:8px;margin-top:8px">{"".join(map(_tile, tiles))}</div>'
        words = " → ".join(chain(self.space, self.arch, self.task))
        return f'<div style="{FONT}">{row}<div style="font-size:12.5px;line-height:1.5;margin-top:8px"><b>The chain:</b> image → {escape(words)}</div></div>'

    def static(self) -> str:
        """What a saved notebook keeps."""
        return f'<div style="{CARD}">{_head(self)}<div style="overflow-x:auto">{self.picture()}</div>{self.facts()}</div>'

    def widget(self) -> Any:
        """The view with its buttons: one, wherever it is shown."""
        if self._panel is None:
            self._panel = FabricPanel(self)
        return self._panel.box

    def _ipython_display_(self) -> None:
        from IPython.display import display

        shown: dict[str, Any] = {"text/html": self.static(), "text/plain": repr(self)}
        with suppress(ImportError):  # without ipywidgets it is the picture alone
            shown |= view(self.widget(), repr(self))
        display(shown, raw=True)

    def _show(self, arch: Arch) -> None:
        self.arch = arch
        if self._panel is not None:
            self._panel.update()


class FabricPanel:
    """The grid with a button on each place, and what steps through the paths."""

    def __init__(self, owner: FabricView) -> None:
        import ipywidgets as w

        self.w, self.owner, self.updating = w, owner, False
        self.head, self.facts = w.HTML(layout=w.Layout(flex="1 1 auto", margin="0")), w.HTML(layout=w.Layout(margin="0"))
        self.picture = w.HTML(layout=w.Layout(grid_area="1 / 1", margin="0"))
        grid = Grid(owner.space.layers, owner.space.scales)
        self.places = {place: self._place(grid, place) for place in _places(owner.space)}
        columns = w.Layout(grid_template_columns=f"{grid.width}px", width=f"{grid.width}px", overflow="visible", margin="0")
        stage = w.GridBox([self.picture, *self.places.values()], layout=columns)
        self.slider = w.IntSlider(value=1, min=1, max=owner.space.size, description="path", layout=w.Layout(flex="1 1 auto"))
        self.slider.observe(self._slid, names="value")
        self.back = self._button("Back", lambda: owner.step(-1), "The path before")
        self.next = self._button("Next", lambda: owner.step(1), "The next path")
        self.random = self._button("Random", owner.random, "A random path")
        self.sparse = self._button("", lambda: owner.set_sparse(not owner.space.sparse), "Which channels a channel reads", "128px")
        self.sparse.disabled = owner.space.channels < 3
        top = w.HBox([self.head, self.sparse], layout=w.Layout(width="100%", align_items="center"))
        row = w.HBox([self.slider, self.back, self.next, self.random], layout=w.Layout(width="100%", align_items="center"))
        scrolled = w.Box([stage], layout=w.Layout(overflow="auto", width="100%", margin="0"))
        self.box = card([top, scrolled, row, self.facts])
        self.update()

    def update(self) -> None:
        """A frame."""
        owner, on = self.owner, set(visited(self.owner.space, self.owner.arch))
        self.updating = True  # the slider that is set here must not answer
        self.head.value, self.picture.value, self.facts.value = _head(owner), owner.picture(write=False), owner.facts()
        self.slider.value = owner.number
        self.sparse.description = "Make it dense" if owner.space.sparse else "Make it sparse"
        for place, button in self.places.items():
            button.style.button_color, button.style.font_weight = (FILL, "bold") if place in on else (PAPER, "")
            button.layout.border = f"2px solid {ON}" if place in on else f"1px solid {RULE}"
        self.updating = False

    def _slid(self, change: Any) -> None:
        if not self.updating:
            self.owner.go(change["new"])

    def _place(self, grid: Grid, place: tuple[int, int]) -> Any:
        scale, layer = place
        left, top = grid.corner(place)
        button = self._button(labels(grid, self.owner.space, self.owner.task)[scale - 1], lambda: self.owner.through(layer, scale), "", f"{grid.wide}px")
        button.tooltip = f"Go through scale {scale} in layer {layer}"
        layout = button.layout
        layout.height, layout.padding, layout.margin, layout.grid_area = f"{HIGH}px", "0", f"{top}px 0 0 {left}px", "1 / 1"
        button.add_class("nastutor-place")
        return button

    def _button(self, text: str, act: Any, tip: str, width: str = "84px") -> Any:
        button = self.w.Button(description=text, tooltip=tip, layout=self.w.Layout(width=width, flex="0 0 auto"))
        button.on_click(lambda _: act())
        return button


# --- paths by number


def number_of(space: FabricSpace, arch: Arch) -> int:
    """Which path `arch` is, from 1, in the order of enumeration: how many come before it, counted and not listed.

    >>> space = FabricSpace(layers=9, scales=6)
    >>> number_of(space, path_of(space, 20_000))
    20000
    """
    ahead, ways, before = 1, _ways(space), 0
    for layer, scale in enumerate(space.plan(arch)):
        ahead += sum(ways[layer][other] for other in _options(space, before) if other < scale)
        before = scale
    return ahead


def path_of(space: FabricSpace, number: int) -> Arch:
    """Path `number`, from 1, in the order of enumeration.

    >>> print(path_of(FabricSpace(layers=3, scales=3), 2))
    scale1=1 scale2=1 scale3=2
    """
    if whole("number", number) > space.size:
        raise ValueError(f"`number` is {number:,}; allowed are whole numbers from 1 to {space.size:,}, the number of paths")
    left, ways, path = number - 1, _ways(space), [0]
    for layer in range(space.layers):
        for scale in _options(space, path[-1]):
            if left < ways[layer][scale]:
                path.append(scale)
                break
            left -= ways[layer][scale]
    return Arch(tuple((f"scale{layer}", scale) for layer, scale in enumerate(path[1:], start=1)))


def _ways(space: FabricSpace) -> list[dict[int, int]]:
    """For each layer, scale -> in how many ways a path goes on from there, counted from the last layer to the first."""
    ways = [dict.fromkeys(range(1, space.scales + 1), 1)]
    for _ in range(space.layers - 1):
        ways.insert(0, {scale: sum(ways[0][near] for near in _options(space, scale)) for scale in ways[0]})
    return ways


def _options(space: FabricSpace, before: int) -> list[int]:
    """The scales that may follow `before`; 0 stands for the start, after which all may."""
    return [scale for scale in range(1, space.scales + 1) if before == 0 or abs(scale - before) <= 1]


def _places(space: FabricSpace) -> list[tuple[int, int]]:
    return [(scale, layer) for scale in range(1, space.scales + 1) for layer in range(1, space.layers + 1)]


def _head(owner: FabricView) -> str:
    space = owner.space
    small = f"{space.layers} layers, {space.scales} scales, {space.channels} channels; choose a place to send the path through it"
    return f'<div style="{FONT};font-size:15.5px;font-weight:650">A fabric <span style="font-size:12.5px;font-weight:400;color:{QUIET}">{small}</span></div>'


def _tile(tile: tuple[str, str, str]) -> str:
    name, value, small = map(escape, tile)
    box, quiet = "flex:1 1 120px;background:#f5f7f9;border-radius:6px;padding:7px 9px;white-space:nowrap", f"font-size:11.5px;color:{QUIET}"
    lines = f'<div style="{quiet}">{name}</div><div style="font-size:18px;font-weight:650">{value}</div><div style="{quiet}">{small}</div>'
    return f'<div style="{box}">{lines}</div>'
