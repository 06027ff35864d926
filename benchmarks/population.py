"""How many architectures a second `Population` trains, beside `Train` one after the other: a ratio, to be >= 1.4 (goal 2).

    python benchmarks/population.py [--members 32] [--epochs 2] [--pairs 5] [--profile]

The same architectures, the same settings, both warm, in turn, one thread each; process time, evaluation of the validation images included.
The ratio is the median over the pairs. Architectures of NAS-Bench-201's cell: drawn at random; neighbours in the order of enumeration (how
tables are made); neighbours, each three times. `--profile` prints where the time of a step together goes.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Callable, Sequence

import nastutor as nt


def seconds(call: Callable[[], object]) -> float:
    began = time.process_time()
    call()
    return time.process_time() - began


def groups(space: nt.spaces.CellSpace, members: int) -> dict[str, list[nt.Trial]]:
    """What is trained together, by name."""
    networks = list(dict.fromkeys(map(space.canonical, space)))
    start = len(networks) // 3
    return {
        "drawn at random": [nt.Trial(arch) for arch in random.Random(0).sample(networks, members)],
        "neighbours": [nt.Trial(arch) for arch in networks[start : start + members]],
        "neighbours, 3 runs each": [nt.Trial(arch, repeat=run) for arch in networks[start : start + members // 3] for run in range(3)],
    }


def pair(space: nt.spaces.CellSpace, task: nt.tasks.Task, trials: Sequence[nt.Trial], epochs: int) -> tuple[float, float]:
    """(together, one by one): seconds of each, estimators made anew so that nothing is remembered."""
    how = {"epochs": epochs, "device": "cpu", "weights": False, "metrics": ()}
    population = nt.estimators.Population(space, task, members=len(trials), **how)  # type: ignore[arg-type]
    train = nt.estimators.Train(space, task, **how)  # type: ignore[arg-type]
    return seconds(lambda: population.many(trials)), seconds(lambda: [train(trial) for trial in trials])


def profile(space: nt.spaces.CellSpace, task: nt.tasks.Task, trials: Sequence[nt.Trial]) -> None:
    from torch.profiler import ProfilerActivity
    from torch.profiler import profile as profiled

    population = nt.estimators.Population(space, task, epochs=1, members=len(trials), device="cpu", weights=False)
    with profiled(activities=[ProfilerActivity.CPU]) as found:
        population.many(trials)
    print(found.key_averages().table(sort_by="self_cpu_time_total", row_limit=15, max_name_column_width=40))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--members", type=int, default=32)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--profile", action="store_true")
    asked = parser.parse_args()
    space = nt.spaces.CellSpace(nodes=4)
    for name, task in (("8x8", nt.tasks.digits()), ("12x12", nt.tasks.digits(0.3))):
        for kind, trials in groups(space, asked.members).items():
            pair(space, task, trials[:4], 1)
            pairs = [pair(space, task, trials, asked.epochs) for _ in range(asked.pairs)]
            together, alone = (statistics.median(side) / len(trials) / asked.epochs for side in zip(*pairs, strict=True))
            ratio = statistics.median(one / many for many, one in pairs)
            print(f"{name:6s} {kind:24s} {len(trials)} networks: an epoch of one {1e3 * alone:6.1f} ms alone, {1e3 * together:6.1f} ms together: {ratio:.2f}x")
        if asked.profile:
            profile(space, task, groups(space, asked.members)["drawn at random"])


if __name__ == "__main__":
    main()
