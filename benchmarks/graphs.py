"""NAS-Bench-101's graphs: how long it takes to find all of them, and how many canonical forms a second.

    python benchmarks/graphs.py [--graphs 200000] [--repeats 5]

Prints the median of some repeats, in the time of the process, beside what the issue asks for: all 423,624 graphs in 1 s; one canonical
architecture in 50 microseconds, 200,000 a second in arrays.
"""

import argparse
import statistics
import time
from collections.abc import Callable

import nastutor as nt
from nastutor.spaces.graph_enumeration import graphs


def seconds(work: Callable[[], object], repeats: int) -> float:
    """The median time of a process's own work."""
    times = []
    for _ in range(repeats):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return statistics.median(times)


def enumerate_all(vertices: int) -> int:
    """How many different graphs there are, counted from nothing."""
    graphs.cache_clear()
    return len(nt.spaces.NASBench101(vertices).networks())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--graphs", type=int, default=200_000)
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    for vertices in (5, 6, 7):
        took = seconds(lambda vertices=vertices: enumerate_all(vertices), arguments.repeats)
        asked = f"   asked for 1 s: {1 / took:.0f} x" if vertices == 7 else ""
        print(f"all {enumerate_all(vertices):7,} graphs of up to {vertices} vertices    {took:12.4f} s{asked}")
    space = nt.spaces.NASBench101()
    archs = [space.sample(seed) for seed in range(2_000)]
    took = seconds(lambda: [space.canonical(arch) for arch in archs], arguments.repeats) / len(archs)
    print(f"canonical architecture of one                 {1e6 * took:12.1f} us  asked for 50 us: {50e-6 / took:.1f} x")
    many = [space.number(arch) for arch in archs] * (arguments.graphs // len(archs))
    took = seconds(lambda: space.canonical_numbers(many), arguments.repeats) / len(many)
    print(f"canonical numbers, from a list                {1 / took:12,.0f} /s  asked for 200,000/s: {1 / took / 2e5:.1f} x")


if __name__ == "__main__":
    main()
