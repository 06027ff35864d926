"""How long things take to be there: `import nastutor`, the first table search, torch for comparison; each in new processes.

    python benchmarks/startup.py [--repeats 7]

Prints medians, less what an empty Python takes, beside what the issue asks for.
"""

import argparse
import statistics
import subprocess
import sys
import time

CASES = {  # what -> (code, seconds asked for)
    "import nastutor": ("import nastutor", 0.3),
    "a table search of 100 trials": (
        "import nastutor as nt; t = nt.estimators.Table('digits-tiny'); nt.search(nt.RandomSearch(t.space), t, trials=100, progress=False)",
        None,
    ),
    "import torch": ("import torch", None),
}


def seconds(code: str, repeats: int) -> float:
    """Median time of a process that runs `code`; one run before, so that files are in the system's cache."""
    times = []
    for _ in range(repeats + 1):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        times.append(time.perf_counter() - began)
    return statistics.median(times[1:])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=7)
    repeats = parser.parse_args().repeats
    empty = seconds("pass", repeats)
    for name, (code, asked) in CASES.items():
        took = seconds(code, repeats) - empty
        print(f"{name:30s} {took:7.3f} s" + (f"   asked for {asked} s: {took / asked:.2f} x" if asked else ""))


if __name__ == "__main__":
    main()
