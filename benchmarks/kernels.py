"""Kernels of networks: what one comparison costs, and what a proposal costs that is made of them.

    python benchmarks/kernels.py [--pairs 64] [--repeats 5]

Prints medians in the time of the process. The issue asks for 3 ms for one OTMANN distance of two 15-layer networks with POT; scipy, which
needs nothing installed, solves many problems as one. Without POT its lines are left out.
"""

import argparse
import importlib.util
import statistics
import time
from collections.abc import Callable

import nastutor as nt
from nastutor.kernels import OTMANN, EditDistance, Kernel

SPACE = nt.spaces.EditSpace(walk=14, max_layers=20)
SOLVERS = ("pot", "scipy") if importlib.util.find_spec("ot") else ("scipy",)
ASKED = 3.0  # milliseconds


def seconds(work: Callable[[], object], repeats: int) -> float:
    """The median time of a process's own work."""
    times = []
    for _ in range(repeats):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return statistics.median(times)


def of_about_15_layers(count: int) -> list[nt.Arch]:
    """Random networks of 14 to 16 layers, input and output among them."""
    kernel, found, seed = OTMANN(), [], 0
    while len(found) < count:
        arch = SPACE.sample(seed)
        if 14 <= len(kernel.layers(SPACE, arch)) <= 16:
            found.append(arch)
        seed += 1
    return found


def milliseconds_a_pair(kernel: Kernel, archs: list[nt.Arch], pairs: int, repeats: int) -> float:
    kernel.bind(SPACE)
    described = [kernel.describe(SPACE, arch) for arch in archs]
    one, other = described[: len(archs) // 2], described[len(archs) // 2 :]
    kernel.compare(one[:1], other[:1])  # libraries load on first use
    return 1e3 * seconds(lambda: [kernel.compare(one, other) for _ in range(-(-pairs // (len(one) * len(other))))], repeats) / pairs


def proposal(make: Callable[[], nt.Strategy], known: int) -> float:
    """Milliseconds of one that knows so many random architectures; the first one, which compares these with each other, is not counted."""
    strategy = make()
    for seed in range(known):
        arch = SPACE.sample(seed)
        strategy.tell(nt.Trial(arch), nt.Result({"error": len(str(arch)) % 97 / 97}))
    trial = strategy.ask()
    strategy.tell(trial, nt.Result({"error": 0.5}))
    return 1e3 * seconds(strategy.ask, 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=64)
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    archs = of_about_15_layers(16)
    for solver in SOLVERS:
        for structure in ((0.25,), (0.1, 0.25, 0.61, 1.5)):
            took = milliseconds_a_pair(OTMANN(structure, solver=solver), archs, arguments.pairs, arguments.repeats)
            bar = f"  asked for {ASKED:g} ms: {ASKED / took:.2f} x" if solver == "pot" and len(structure) == 1 else ""
            print(f"OTMANN, {solver}, {len(structure)} weights of structure: {took:7.3f} ms a pair{bar}", flush=True)
    print(f"edit distance: {milliseconds_a_pair(EditDistance('laplace'), archs, arguments.pairs, arguments.repeats):7.3f} ms a pair", flush=True)
    makers = {f"NASBOT, {solver}": (lambda solver=solver: nt.NASBOT(SPACE, kernel=OTMANN(solver=solver))) for solver in SOLVERS}
    for name, make in (makers | {"AutoKeras": lambda: nt.AutoKeras(SPACE)}).items():
        for known in (20, 40):
            print(f"{name} at {known} trials: {proposal(make, known):9,.0f} ms a proposal", flush=True)


if __name__ == "__main__":
    main()
