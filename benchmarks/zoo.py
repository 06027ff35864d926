"""How fast cells are: building and counting NASNet-A large, sampling with canonical form, drawing a cell.

    python benchmarks/zoo.py [--archs 2000] [--repeats 3]

Prints times of the process's own work beside what the issue asks for: 5 s, 50 ms, 2,000 a second at the sizes that are the spaces' own,
20 ms. Architectures are drawn anew for each repeat and nothing is remembered from the last: an architecture seen twice costs nothing.
"""

import argparse
import random
import time
from collections.abc import Callable
from typing import Any

import nastutor as nt
from nastutor.spaces import cell_forms

NAMES = ("NASNetSpace", "AmoebaNetSpace", "PNASSpace", "ENASMicroSpace", "DARTSSpace", "CellSpace", "NASBench101", "BlockQNNSpace")


def times(work: Callable[[int], object], repeats: int) -> list[float]:
    """The process's own time for `work` with the numbers 0, 1, ... of the repeats."""
    found = []
    for number in range(repeats):
        began = time.process_time()
        work(number)
        found.append(time.process_time() - began)
    return found


def canonical(space: Any, archs: int, seed: int) -> None:
    """So many random architectures and their canonical forms."""
    cell_forms.normal_form.cache_clear()
    cell_forms._first.cache_clear()
    rng = random.Random(seed)
    for _ in range(archs):
        space.canonical(space.sample(rng))


def build(repeats: int) -> str:
    """The first build and the best of the later ones; to import torch is not to build."""
    import torch  # noqa: F401

    net = nt.zoo["NASNet-A large"]
    first, *later = times(lambda _: net.build(), repeats + 1)
    return (
        f"NASNet-A large, built the first time   {first:10.2f} s    asked for 5 s\nNASNet-A large, built again            {min(later):10.2f} s    asked for 5 s"
    )


def rate(space: Any, archs: int, repeats: int) -> float:
    """Architectures a second, the best repeat."""
    canonical(space, 1, seed=repeats)  # what a space works out once
    return archs / min(times(lambda number: canonical(space, archs, number), repeats))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--archs", type=int, default=2_000)
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    net = nt.zoo["NASNet-A large"]
    print(f"NASNet-A large, counted from its Arch  {1e3 * min(times(lambda _: net.counts(), arguments.repeats)):10.1f} ms   asked for 50 ms")
    print(build(arguments.repeats))
    for space in (getattr(nt.spaces, name)() for name in NAMES):
        found = rate(space, arguments.archs, arguments.repeats)
        print(f"{type(space).__name__:14s} sampled and made canonical {found:10,.0f} /s   asked for 2,000/s")
    found = rate(nt.spaces.CellSpace(5), max(1, arguments.archs // 4), arguments.repeats)
    print(f"CellSpace(5)   sampled and made canonical {found:10,.0f} /s")
    cell = nt.spaces.NASNetSpace(blocks=7)
    edges = [*cell.genotype(cell.sample(0)).normal.edges(), ("h", "0", ""), ("image", "h", "")]
    drawing = nt.draw(edges)
    drawn = min(times(lambda _: nt.draw(edges).svg, 10))
    print(f"a cell of {len(drawing.sketch.boxes)} boxes, drawn              {1e3 * drawn:10.1f} ms   asked for 20 ms")


if __name__ == "__main__":
    main()
