"""Proposals per second on an estimator that costs nothing: 6 decisions with 5 options, one process.

    python benchmarks/proposals.py [--trials 20000] [--repeats 5]

Prints the median of some repeats and their range beside what the issues ask for: through `nt.search` 20,000/s without a journal and 2,000/s
with one, beside a loop that has nothing but the algorithm; of strategies with a model, which know n trials already, the TPE 1,000/s at
n = 1,000 and SMAC 40/s at n = 100, a forest for each proposal; of each, by how much the cost of a proposal and the memory of the strategy
grow from 1,000 to 10,000 trials: at most tenfold, as the trials do. What is known are random architectures, and of TPE, for which what it
asked for is no proposal any more, its own.
"""

import argparse
import random
import statistics
import tempfile
import time
import tracemalloc
from collections import deque
from collections.abc import Callable
from pathlib import Path

import nastutor as nt

SPACE = nt.spaces.ChoiceSpace.of({f"d{i}": tuple(range(5)) for i in range(6)})
TABLE = {arch: nt.Result({"error": sum((value - 2) ** 2 for _, value in arch.choices) / 24}) for arch in SPACE}
ASKED = {False: 20_000, True: 2_000}  # journal? -> proposals per second
NUMBERS = dict.fromkeys(SPACE.sites(), "linear")
MODELS = {  # name -> how it is made, trials known -> proposals per second asked for, how many proposals are timed
    "TPE": (lambda: nt.TPE(SPACE), {100: None, 300: None, 1_000: 1_000, 10_000: 100}, 300),
    "TPE, published": (lambda: nt.TPE(SPACE, distinct=False), {1_000: 1_000, 10_000: 100}, 300),
    "TPE, by decision": (lambda: nt.TPE(SPACE, whole=False), {1_000: None, 10_000: None}, 100),
    "TPE, multivariate": (lambda: nt.TPE(SPACE, multivariate=True), {1_000: None, 10_000: None}, 30),
    "TPE, the latest": (lambda: nt.TPE(SPACE, recent=25), {1_000: None, 10_000: None}, 50),
    "TPE, numbers": (lambda: nt.TPE(SPACE, numeric=NUMBERS), {1_000: None, 10_000: None}, 100),
    "evolution": (lambda: nt.RegularizedEvolution(SPACE), {1_000: 20_000, 10_000: 20_000}, 5_000),
    "evolution, crossed": (lambda: nt.RegularizedEvolution(SPACE, crossover=0.5), {1_000: None, 10_000: None}, 2_000),
    "tournaments": (lambda: nt.TournamentEvolution(SPACE), {1_000: None, 10_000: None}, 1_000),
    "NSGA-II": (lambda: nt.NSGA2(SPACE, objectives=("error",)), {1_000: None, 10_000: None}, 1_000),
    "LEMONADE": (lambda: nt.LEMONADE(SPACE, cheap), {1_000: None, 10_000: None}, 400),
    "hill climbing": (lambda: nt.HillClimbing(SPACE), {1_000: None, 10_000: None}, 1_000),
    "NASH": (lambda: nt.NASH(SPACE, steps=None), {1_000: None, 10_000: None}, 1_000),
    "perturbation": (lambda: nt.Perturbation(SPACE, 1_000, 5_000, 5_000), {1_000: None, 10_000: None}, 1_000),
    "REINFORCE": (lambda: nt.REINFORCE(SPACE), {1_000: None, 10_000: None}, 50),
    "PPO": (lambda: nt.PPO(SPACE), {1_000: None, 10_000: None}, 30),
    "MCTS": (lambda: nt.MCTS(SPACE), {1_000: None, 10_000: None}, 300),
    "MCTS, halved": (lambda: nt.MCTS(SPACE, bisection=True), {1_000: None, 10_000: None}, 300),
    "Q-learning": (lambda: nt.QLearning(SPACE, models=None), {1_000: None, 10_000: None}, 100),
    "n-grams": (lambda: nt.NGramSMBO(SPACE), {1_000: None, 10_000: None}, 30),
    "Gaussian process": (lambda: nt.GaussianProcess(SPACE), {100: None, 300: None, 1_000: None, 10_000: None}, 20),
    "SMAC": (lambda: nt.SMAC(SPACE, interleave=0), {100: 40, 1_000: 4, 10_000: None}, 20),
}


def look_up(trial: nt.Trial) -> nt.Result:
    return TABLE[trial.arch]


def cheap(arch: nt.Arch) -> int:
    """An objective that costs nothing."""
    return sum(value for _, value in arch.choices)


def rate(make: Callable[[], nt.Strategy], trials: int, journal: Path | None) -> float:
    """Proposals per second of one search."""
    strategy = make()
    began = time.perf_counter()
    nt.search(strategy, look_up, trials=trials, journal=journal, progress=False)
    return trials / (time.perf_counter() - began)


def plain_rate(trials: int) -> float:
    """Evaluations per second of regularised evolution in ten lines, by the space's own draws and mutations, without trials, history or clock."""
    rng, population, seen = random.Random(0), deque[tuple[float, nt.Arch]](), list[tuple[float, nt.Arch]]()
    began = time.perf_counter()
    while len(seen) < trials:
        if len(population) < 100:
            arch = SPACE.sample(rng)
        else:
            arch = SPACE.mutate(min((rng.choice(population) for _ in range(25)), key=lambda member: member[0])[1], rng)
            population.popleft()
        population.append((TABLE[arch].error, arch))
        seen.append(population[-1])
    return trials / (time.perf_counter() - began)


def knowing(make: Callable[[], nt.Strategy], known: int) -> nt.Strategy:
    """A strategy that was told of so many architectures."""
    strategy = make()
    for seed in range(known):
        trial = strategy.ask() if isinstance(strategy, nt.TPE) else nt.Trial(SPACE.sample(seed))
        strategy.tell(trial, look_up(trial))
    return strategy


def rate_at(make: Callable[[], nt.Strategy], known: int, proposals: int) -> float:
    """Proposals per second of a strategy that knows so many architectures, each answered before the next."""
    strategy = knowing(make, known)
    strategy.tell(trial := strategy.ask(), look_up(trial))  # libraries load on first use
    began = time.perf_counter()
    for _ in range(proposals):
        trial = strategy.ask()
        strategy.tell(trial, look_up(trial))
    return proposals / (time.perf_counter() - began)


def kept(make: Callable[[], nt.Strategy], known: int) -> int:
    """Bytes that a strategy holds which knows so many architectures."""
    knowing(make, 30).ask()  # what is loaded on first use is not its own
    tracemalloc.start()
    strategy = knowing(make, known)
    trial = strategy.ask()
    strategy.tell(trial, look_up(trial))
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return held


def show(name: str, told: str, rates: list[float], asked: int | None) -> None:
    median = statistics.median(rates)
    spread = f"({min(rates):,.0f} to {max(rates):,.0f})"
    bar = f"asked for {asked:,}/s: {median / asked:.2f} x" if asked else ""
    print(f"{name:18s} {told:15s} {median:11,.1f}/s {spread:20s} {bar}".rstrip(), flush=True)


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
            show(name, "with a journal" if with_journal else "without", rates, ASKED[with_journal])
    show("evolution", "a plain loop", [plain_rate(arguments.trials) for _ in range(arguments.repeats)], None)
    few, many = 1_000, 10_000
    for name, (make, bars, proposals) in MODELS.items():
        medians = {}
        for known, asked in bars.items():
            rates = [rate_at(make, known, proposals) for _ in range(arguments.repeats)]
            medians[known] = statistics.median(rates)
            show(name, f"at {known:,} trials", rates, asked)
        slower, larger = medians[few] / medians[many], kept(make, many) / kept(make, few)
        print(f"{name:18s} {few:,} to {many:,}: a proposal costs {slower:.1f} x, memory {larger:.1f} x (asked for: at most {many // few} x)", flush=True)


if __name__ == "__main__":
    main()
