"""Proposals per second through `nt.search` on an estimator that costs nothing: 6 decisions with 5 options, one process.

    python benchmarks/proposals.py [--trials 20000] [--repeats 3]

Prints the median of some repeats and their range beside what the issue asks for: 20,000/s without a journal, 2,000/s with one.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import nastutor as nt

SPACE = nt.spaces.ChoiceSpace.of({f"d{i}": tuple(range(5)) for i in range(6)})
TABLE = {arch: nt.Result({"error": sum((value - 2) ** 2 for _, value in arch.choices) / 24}) for arch in SPACE}
ASKED = {False: 20_000, True: 2_000}  # journal? -> proposals per second


def look_up(trial: nt.Trial) -> nt.Result:
    return TABLE[trial.arch]


def rate(make: Callable[[], nt.Strategy], trials: int, journal: Path | None) -> float:
    """Proposals per second of one search."""
    strategy = make()
    began = time.perf_counter()
    nt.search(strategy, look_up, trials=trials, journal=journal, progress=False)
    return trials / (time.perf_counter() - began)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=20_000)
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    strategies = {"random search": lambda: nt.RandomSearch(SPACE), "evolution": lambda: nt.RegularizedEvolution(SPACE)}
    for with_journal in (False, True):
        for name, make in strategies.items():
            rates = []
            for _ in range(arguments.repeats):
                with tempfile.TemporaryDirectory() as folder:
                    journal = Path(folder) / "search.sqlite" if with_journal else None
                    rates.append(rate(make, arguments.trials if not with_journal else arguments.trials // 5, journal))
            told = "with a journal" if with_journal else "without"
            median = statistics.median(rates)
            spread = f"({min(rates):,.0f} to {max(rates):,.0f})"
            print(f"{name:14s} {told:15s} {median:9,.0f}/s {spread:20s} asked for {ASKED[with_journal]:,}/s: {median / ASKED[with_journal]:.2f} x")


if __name__ == "__main__":
    main()
