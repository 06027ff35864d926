"""How long things take to be there, in CPU seconds of new processes: the package, its names, a table search, a first training.

    python benchmarks/startup.py [--repeats 5]

Prints medians beside what the issue asks for.
"""

import argparse
import statistics
import subprocess
import sys

TABLE = "import nastutor as nt; t = nt.estimators.Table('digits-tiny'); nt.search(nt.RandomSearch(t.space), t, trials=100, progress=False)"
TRAIN = "import nastutor as nt; s = nt.spaces.CellSpace(nodes=3); nt.estimators.Train(s, nt.tasks.digits(), epochs=1)(nt.Trial(s.sample(0)))"
CASES = {  # what -> (code, seconds asked for)
    "import nastutor": ("import nastutor", 0.3),
    "all names of nt": ("import nastutor as nt; [getattr(nt, name) for name in nt.__all__]", None),
    "a table search of 100 trials": (TABLE, None),
    "import torch": ("import torch", None),
    "a first training of one epoch": (TRAIN, None),
}
TIMED = "import time; began = time.process_time(); {code}\nprint(time.process_time() - began)"


def seconds(code: str, repeats: int) -> float:
    """Median CPU time of `code` in a new process; one run before, so that files are in the system's cache."""
    command = [sys.executable, "-c", TIMED.format(code=code)]
    times = [float(subprocess.run(command, check=True, capture_output=True, text=True).stdout) for _ in range(repeats + 1)]
    return statistics.median(times[1:])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    for name, (code, asked) in CASES.items():
        took = seconds(code, repeats)
        print(f"{name:30s} {took:7.3f} s" + (f"   asked for {asked} s: {took / asked:.2f} x" if asked else ""))


if __name__ == "__main__":
    main()
