"""How large and how quick tables are: files of invented numbers in the form of each recipe, and the files that ship.

    python benchmarks/tables.py [--repeats 5]

Prints figures beside what the issue asks for. Times are CPU time of one thread; loading is the first `Table(...)` of a new process that
has imported numpy and nastutor.
"""

import argparse
import gc
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import nastutor as nt
from nastutor.data import folder
from nastutor.estimators.table import Table
from nastutor.tables.invented import invented
from nastutor.tables.recipes import RECIPES

LOAD = """
import sys, time, numpy, nastutor as nt
began = time.process_time()
table = nt.estimators.Table(sys.argv[1])
print(time.process_time() - began, "torch" in sys.modules, len(sys.modules))
"""


def load_seconds(path: Path, repeats: int) -> float:
    """Median of new processes; a first one fills the system's file cache."""
    runs = [subprocess.run([sys.executable, "-c", LOAD, str(path)], check=True, capture_output=True, text=True).stdout.split() for _ in range(repeats + 1)]
    assert not any(torch == "True" for _, torch, _ in runs), "a table needs no torch"
    return statistics.median(float(seconds) for seconds, _, _ in runs[1:])


def micro(table: Table, repeats: int, count: int = 5_000) -> tuple[float, float, float]:
    """Microseconds of a question about an architecture never asked for before, of the same one again, and of finding a row."""
    found = []
    for repeat in range(repeats):
        trials = [nt.Trial(table.space.sample(repeat * count + number)) for number in range(count)]
        fresh = Table(table.path)
        fresh(nt.Trial(fresh.archs[0]))  # what the first question prepares, the others find
        times = [timed(lambda fresh=fresh, trials=trials: [fresh(trial) for trial in trials]) for _ in range(2)]
        found.append((*times, timed(lambda fresh=fresh, trials=trials: fresh.rows([trial.arch for trial in trials]))))
    first, again, row = (1e6 * statistics.median(column) / count for column in zip(*found, strict=True))
    return first, again, row


def vectorised(table: Table, repeats: int, count: int = 1_000_000) -> dict[str, float]:
    """Errors a second, of many architectures at once: by their rows, by their codes, and by a list of a tenth as many Archs."""
    codes = table.space.codes(table.archs)[np.random.default_rng(0).integers(0, len(table.network), count)]
    archs, rows = table.space.from_codes(codes[: count // 10]), table.rows(codes)
    assert np.array_equal(table.rows(archs), rows[: count // 10])
    found = {}
    for name, asked in (("rows", rows), ("codes", codes), ("Archs", archs)):
        times = [timed(lambda asked=asked: table.column("error")[asked if asked is rows else table.rows(asked)]) for _ in range(repeats)]
        found[name] = len(asked) / statistics.median(times)
    return found


def timed(call) -> float:
    """CPU seconds of a call, without the garbage collection that may fall into it, as timeit has it."""
    gc.collect()
    gc.disable()
    began = time.process_time()
    call()
    took = time.process_time() - began
    gc.enable()
    return took


def first_question_seconds(table: Table) -> float:
    """What the first question of all waits for, once the file is loaded."""
    fresh = Table(table.path)
    return timed(lambda: fresh(nt.Trial(fresh.space.sample(0))))


def show(name: str, table: Table, repeats: int) -> int:
    """Prints one table's figures; returns the size of its file."""
    size, (fresh, again, row) = table.path.stat().st_size, micro(table, repeats)
    print(f"{name:26s} {len(table.network):7,} architectures {table.networks:6,} networks {size / 1e6:6.2f} MB")
    loading, first = load_seconds(table.path, repeats), first_question_seconds(table)
    print(f"    loading {1e3 * loading:6.1f} ms (asked for: 100); then the first question {1e3 * first:.1f} ms")
    print(f"    a question {fresh:5.1f} us (asked for: 20), again {again:5.1f} us; finding a row {row:5.2f} us")
    rates = ", ".join(f"{rate:,.0f} by {name}" for name, rate in vectorised(table, repeats).items())
    print(f"    vectorised, a second: {rates} (asked for: 1,000,000)")
    return size


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    with tempfile.TemporaryDirectory() as place:
        sizes = [show(f"{name}, invented", invented(recipe, Path(place) / f"{name}.npz"), repeats) for name, recipe in RECIPES.items()]
    print(f"invented together {sum(sizes) / 1e6:.2f} MB (asked for: 8)")
    shipped = [show(path.stem, Table(path), repeats) for path in sorted(folder().glob("*.npz"))]
    print(f"those that ship together {sum(shipped) / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
