"""A simulated cluster: how long this machine takes for 10,000 trials of random search on a table, by number of simulated machines.

    python benchmarks/cluster.py [--table digits-tiny] [--trials 10000] [--workers 1 1000 ...] [--repeats 5]

Prints seconds and events per second (median of some repeats), the ratio to the same search without a cluster, the simulated time, and the share of
it in which the simulated machines worked. Asked for: 1,000 machines and 10,000 trials in less than 10 s.
"""

import argparse
import statistics
import time

import nastutor as nt


def searched(table: nt.estimators.Table, trials: int, workers: int | None, order: str) -> tuple[float, str]:
    """Seconds of one search, and what went on in the cluster. Its history goes: Python's collector would count through all that is kept."""
    executor = None if workers is None else nt.simulate(workers)
    began = time.perf_counter()
    history = nt.search(nt.RandomSearch(table.space, seed=0), table, trials=trials, executor=executor, order=order, progress=False)
    seconds = time.perf_counter() - began
    end = max(record.finished for record in history)
    busy = sum(record.result.seconds for record in history) / ((workers or 1) * end)
    return seconds, f"simulated {end / 60:9.1f} min, busy {busy:5.1%}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--table", default="digits-tiny")
    parser.add_argument("--trials", type=int, default=10_000)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 10, 100, 1_000, 10_000])
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    table = nt.estimators.Table(arguments.table)
    searched(table, arguments.trials, None, "completed")  # the table remembers its answers from now on
    cases = [(None, "completed"), *((workers, order) for order in ("completed", "asked") for workers in arguments.workers)]
    runs = [[searched(table, arguments.trials, *case) for case in cases] for _ in range(arguments.repeats)]  # in turn: what else runs disturbs all alike
    plain, *seconds = [statistics.median(run[k][0] for run in runs) for k in range(len(cases))]
    print(f"{arguments.table}, {arguments.trials:,} trials; without a cluster {plain:.2f} s, {arguments.trials / plain:,.0f} trials/s")
    for (workers, order), took, (_, told) in zip(cases[1:], seconds, runs[0][1:], strict=True):
        print(f"{workers:6,} machines, as {order:9s} {took:6.2f} s {arguments.trials / took:9,.0f} trials/s {took / plain:6.2f} x plain   {told}")


if __name__ == "__main__":
    main()
