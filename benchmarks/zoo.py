"""How fast cells are: building and counting NASNet-A large, sampling with canonical form, drawing a cell.

    python benchmarks/zoo.py [--archs 2000]

Prints times of the process's own work beside what the issue asks for: 5 s, 50 ms, 2,000 a second, 20 ms.
"""

import argparse
import random
import time
from collections.abc import Callable
from functools import partial

import nastutor as nt

CELLS = ("NASNetSpace", "AmoebaNetSpace", "PNASSpace", "ENASMicroSpace", "DARTSSpace", "CellSpace", "NASBench101", "BlockQNNSpace")


def seconds(work: Callable[[], object], repeats: int = 3) -> float:
    """The best of some times of the process."""
    times = []
    for _ in range(repeats):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return min(times)


def canonical(space: object, archs: int) -> None:
    """So many random architectures and their canonical forms."""
    rng = random.Random(0)
    for _ in range(archs):
        space.canonical(space.sample(rng))  # type: ignore[attr-defined]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--archs", type=int, default=2_000)
    arguments = parser.parse_args()
    net = nt.zoo["NASNet-A large"]
    print(f"NASNet-A large, counted from its Arch  {1e3 * seconds(net.counts):10.1f} ms   asked for 50 ms")
    print(f"NASNet-A large, built                  {seconds(net.build, 1):10.2f} s    asked for 5 s")
    for name in CELLS:
        space = getattr(nt.spaces, name)()
        canonical(space, 1)  # what a space works out once
        took = seconds(partial(canonical, space, arguments.archs))
        print(f"{name:14s} sampled and made canonical {arguments.archs / took:10,.0f} /s   asked for 2,000/s")
    cell = nt.spaces.NASNetSpace(blocks=7)
    edges = [*cell.genotype(cell.sample(0)).normal.edges(), ("h", "0", ""), ("image", "h", "")]
    drawing = nt.draw(edges)
    print(f"a cell of {len(drawing.sketch.boxes)} boxes, drawn              {1e3 * seconds(lambda: nt.draw(edges).svg, 10):10.1f} ms   asked for 20 ms")


if __name__ == "__main__":
    main()
