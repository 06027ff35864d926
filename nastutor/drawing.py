"""`nt.draw`: networks and cells as SVG, without any binary; the same input gives the same bytes on every machine."""

from __future__ import annotations

import re
from base64 import b64encode
from functools import cached_property
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from nastutor.nets.text import quoted
from nastutor.pictures.picture import render
from nastutor.pictures.sketch import Sketch, sketch
from nastutor.pictures.style import FAMILIES, INK, QUIET, RULE, family, figure

ENGINES = ("own", "dot")
DEAD = f'style=dashed color="{RULE}" fontcolor="{QUIET}"'


def draw(graph: Any, *, title: str | None = None, detail: str = "auto", engine: str = "own") -> Drawing:
    """The picture of a network, a cell or an architecture; shown by a notebook, saved by `.save(path)`.

    graph   a LayerGraph; an Arch (a cell if its decisions are called "0->1" ..., else a table), Trial or Record; or edges (source, target, label)
    detail  full: a box a node; merged: a ReLU-Conv-BN in one box; cells: a box a group; auto: merged, or cells in large networks
    engine  own: this package's layout; dot: Graphviz's, where it is installed

    >>> nt.draw(space.graph(arch, task)).save("network.svg")
    >>> nt.draw([("in", "a", "conv3"), ("a", "out", "skip"), ("in", "out", "none")])
    """
    if engine not in ENGINES:
        raise ValueError(f"`engine` is {engine!r}; allowed are {', '.join(ENGINES)}")
    drawing = Drawing(sketch(graph, title, detail), engine)
    if engine == "dot":
        drawing.graphviz().pipe("svg")  # says at once where there is no Graphviz
    return drawing


class Drawing:
    """A picture with a text that says the same: `.svg`, `.alt`, `.to_dot()`, `.save(path)`."""

    def __init__(self, sketch: Sketch, engine: str = "own") -> None:
        self.sketch, self.engine = sketch, engine

    @property
    def title(self) -> str:
        return self.sketch.title

    @property
    def alt(self) -> str:
        """The picture in words."""
        return self.sketch.alt

    @cached_property
    def svg(self) -> str:
        return render(self.sketch) if self.engine == "own" else self._svg_by_dot()

    @property
    def html(self) -> str:
        """`<figure><img alt=...>`: shown also by notebooks that are not trusted yet."""
        return figure(f"data:image/svg+xml;base64,{b64encode(self.svg.encode()).decode()}", self.alt)

    def _repr_svg_(self) -> str:
        return self.svg

    def _ipython_display_(self) -> None:
        from IPython.display import display

        display({"text/html": self.html, "text/plain": repr(self)}, raw=True)  # one form only: notebooks must stay small

    def __repr__(self) -> str:
        return f"<{self.title}: {self.alt}>"

    def to_dot(self) -> str:
        """The graph in Graphviz's language; needs no Graphviz."""
        lines = [f"digraph {quoted(self.title)} {{", '  node [fontname="Helvetica" fontsize=11];', '  edge [fontname="Helvetica" fontsize=10];']
        for box in self.sketch.boxes:
            look = FAMILIES[box.family]
            style = f'style=filled fillcolor="{look.fill}" color="{look.border}"' if box.live else DEAD
            lines.append(f"  {quoted(box.name)} [label={quoted(chr(10).join(box.lines))} shape={'box' if box.table else look.dot} {style}];")
        for link in self.sketch.links:
            label = f"label={quoted(link.label)} " if link.label else ""
            colour = f'color="{FAMILIES[family(link.label)].border if link.label else INK}"'
            lines.append(f"  {quoted(link.source)} -> {quoted(link.target)} [{label}{colour if link.live else DEAD}];")
        return "\n".join([*lines, "}"]) + "\n"

    def graphviz(self) -> Any:
        """A `graphviz.Source`, laid out by Graphviz when it is shown; raises RuntimeError where `dot` is not installed."""
        try:
            import graphviz
        except ImportError:
            raise RuntimeError('`engine="dot"` needs the package `graphviz`; the own layout, `nt.draw(graph)`, needs nothing') from None
        source = graphviz.Source(self.to_dot())
        try:
            graphviz.version()
        except graphviz.ExecutableNotFound:
            raise RuntimeError('`engine="dot"` needs the program `dot` of Graphviz on the PATH; the own layout, `nt.draw(graph)`, needs nothing') from None
        return source

    def save(self, path: str | Path) -> Path:
        """Writes the picture: .svg and .dot always, .png and .pdf through Graphviz where `dot` is installed. Returns the path."""
        path = Path(path)
        if path.suffix not in (".svg", ".dot", ".png", ".pdf"):
            raise ValueError(f"`path` ends in {path.suffix!r}; allowed are .svg, .dot, and with Graphviz .png and .pdf")
        if path.suffix in (".svg", ".dot"):
            path.write_text(self.svg if path.suffix == ".svg" else self.to_dot(), encoding="utf-8")
        else:
            path.write_bytes(self.graphviz().pipe(path.suffix[1:]))
        return path

    def _svg_by_dot(self) -> str:
        svg = self.graphviz().pipe("svg", encoding="utf-8")
        svg = re.sub(r' id="[^"]*"', "", svg[svg.index("<svg") :])  # ids would clash with those of the next drawing
        said = f"<title>{escape(self.title)}</title><desc>{escape(self.alt)}</desc>"
        return re.sub(r"<svg([^>]*)>", lambda found: f'<svg role="img"{found[1]}>{said}', svg, count=1)
