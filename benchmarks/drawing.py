"""How long a picture takes: milliseconds from a graph to its SVG (a network of some 12 boxes is to take <= 20 ms), and the size in kB.

python benchmarks/drawing.py
"""

from __future__ import annotations

import statistics
import time

import nastutor as nt
from nastutor.drawing import Drawing
from nastutor.nets.graph import LayerGraph


def milliseconds(graph: object, detail: str, repeats: int = 20) -> tuple[float, Drawing]:
    """The median over `repeats` drawings of a graph."""
    taken = []
    for _ in range(repeats):
        began = time.perf_counter()
        drawing = nt.draw(graph, detail=detail)
        size = len(drawing.svg)
        taken.append(1e3 * (time.perf_counter() - began))
        assert size > 500
    return statistics.median(taken), drawing


def main() -> None:
    task = nt.tasks.digits()
    cell, deep = nt.spaces.CellSpace(nodes=4), nt.spaces.CellSpace(nodes=4, cells=3)
    one = nt.spaces.CellSpace(nodes=4, stages=1)
    cases: list[tuple[str, object, str]] = [
        ("a cell", cell.sample(0), "auto"),
        ("a network of one cell", one.graph(one.sample(0), task), "auto"),
        ("the default network", cell.graph(cell.sample(0), task), "auto"),
        ("the default network, every node", cell.graph(cell.sample(0), task), "full"),
        ("a deep network, every node", deep.graph(deep.sample(0), task), "full"),
    ]
    for name, graph, detail in cases:
        took, drawing = milliseconds(graph, detail)
        nodes = len(graph) if isinstance(graph, LayerGraph) else len(drawing.sketch.boxes)
        print(f"{name:34s} {nodes:4d} nodes  {len(drawing.sketch.boxes):4d} boxes  {took:7.1f} ms  {len(drawing.svg) / 1000:6.1f} kB")


if __name__ == "__main__":
    main()
