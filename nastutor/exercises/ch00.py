"""Exercises of chapter 0: best so far, counting cells, random search in a few lines, a mutation."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from nastutor.checks import Check, same
from nastutor.values import Arch

OPTIONS: dict[str, tuple[Any, ...]] = dict.fromkeys(("0->1", "0->2", "1->2"), ("none", "skip", "conv1", "conv3", "avgpool3"))


def best_so_far(errors: list[float]) -> list[float]:
    best, line = float("inf"), []
    for error in errors:
        best = min(best, error)
        line.append(best)
    return line


def count_cells(nodes: int, ops: int) -> int:
    edges = nodes * (nodes - 1) // 2
    return int(ops**edges)


def random_search(sample: Callable[[random.Random], Arch], estimate: Callable[[Arch], float], trials: int, rng: random.Random) -> tuple[Arch, float]:
    seen = []
    for _ in range(trials):
        arch = sample(rng)
        seen.append((estimate(arch), arch))
    error, best = min(seen, key=lambda pair: pair[0])
    return best, error


def mutate(arch: Arch, options: Mapping[str, tuple[Any, ...]], rng: random.Random) -> Arch:
    name = rng.choice([name for name, _ in arch.choices])
    value = rng.choice([option for option in options[name] if option != arch[name]])
    return Arch(tuple((own, value if own == name else old) for own, old in arch.choices))


def _first_and_last(errors: list[float]) -> list[float]:
    return [min(errors)] * len(errors)


def _previous_pair(errors: list[float]) -> list[float]:
    return [min(errors[max(0, i - 1) : i + 1]) for i in range(len(errors))]


def _loops_kept(nodes: int, ops: int) -> int:
    return int(ops ** (nodes * nodes))


def _both_directions(nodes: int, ops: int) -> int:
    return int(ops ** (nodes * (nodes - 1)))


@dataclass(frozen=True)
class Searched:
    """What a random search answered, and the architectures that it had evaluated, in order."""

    answer: Any
    asked: tuple[Arch, ...]

    def __repr__(self) -> str:
        arch, error = self.answer if isinstance(self.answer, tuple) and len(self.answer) == 2 else (self.answer, None)
        return f"({arch}, {error}) after {len(self.asked)} evaluations"


def _run(function: Callable[..., Any], trials: int, seed: int) -> Searched:
    """Calls a random search on a small space whose errors are known, and keeps what it asked for."""
    asked: list[Arch] = []

    def sample(rng: random.Random) -> Arch:
        return Arch(tuple((name, rng.choice(options)) for name, options in OPTIONS.items()))

    def estimate(arch: Arch) -> float:
        asked.append(arch)
        return toy_error(arch)

    return Searched(function(sample, estimate, trials, random.Random(seed)), tuple(asked))


def toy_error(arch: Arch) -> float:
    """An error that differs from cell to cell, made up for checks: 1 / 125 to 1."""
    place = sum(5**i * OPTIONS[name].index(value) for i, (name, value) in enumerate(arch.choices))
    return (1 + (place * 53) % 125) / 125


def _judge_search(got: Searched, expected: Searched, trials: int, seed: int) -> str | None:
    if len(got.asked) != trials:
        return f"it evaluates {len(got.asked)} architectures instead of {trials}"
    if got.asked != expected.asked:
        return "it does not draw its architectures with `sample(rng)`, one for each trial"
    return same(got.answer, expected.answer)


def _maximise(sample: Callable[[random.Random], Arch], estimate: Callable[[Arch], float], trials: int, rng: random.Random) -> tuple[Arch, float]:
    seen = [(estimate(arch), arch) for arch in [sample(rng) for _ in range(trials)]]
    error, best = max(seen, key=lambda pair: pair[0])
    return best, error


def _last(sample: Callable[[random.Random], Arch], estimate: Callable[[Arch], float], trials: int, rng: random.Random) -> tuple[Arch, float]:
    for _ in range(trials):
        arch = sample(rng)
        error = estimate(arch)
    return arch, error


def _judge_mutation(got: Any, expected: Arch, arch: Arch, seed: int) -> str | None:
    if not isinstance(got, Arch):
        return f"it is a {type(got).__name__}; a mutation gives back an nt.Arch"
    if [name for name, _ in got.choices] != [name for name, _ in arch.choices]:
        return "the decisions are no longer the same ones in the same order"
    strange = [value for name, value in got.choices if value not in OPTIONS[name]]
    if strange:
        return f"{strange[0]!r} is not among the options"
    changed = sum(got[name] != arch[name] for name, _ in arch.choices)
    return None if changed == 1 else f"{changed} decisions differ; a mutation changes exactly one"


def _cell_graph(got: Any, arch: Arch, seed: int) -> Any:
    from types import SimpleNamespace

    from nastutor.spaces import CellSpace

    return CellSpace(nodes=3).graph(got, SimpleNamespace(name="digits", shape=(1, 8, 8), classes=10))


def _errors(st: Any) -> Any:
    return st.tuples(st.lists(st.integers(0, 100).map(lambda n: n / 100), min_size=1, max_size=8))


def _cell(st: Any) -> Any:
    return st.tuples(*(st.sampled_from(options) for options in OPTIONS.values())).map(lambda values: Arch(tuple(zip(OPTIONS, values, strict=True))))


CHECKS = [
    Check(
        "ch00.best_so_far",
        inputs=_errors,
        reference=best_so_far,
        mistakes=(
            (_first_and_last, "You take the minimum of the whole list: after trial i a search knows only the errors up to i, it cannot see ahead."),
            (_previous_pair, "You compare each error with the one before it; it must be compared with the best of all before it."),
        ),
        why="The usual slip: the list starts or ends one entry off. Entry i answers: how good was the best of the trials 0 to i?",
        hints=(
            "Keep one number, the best so far, and write it down after each error, whether it improved or not.",
            "Start with best = infinity; for each error: best = min(best, error), then append best.",
        ),
    ),
    Check(
        "ch00.count_cells",
        inputs=lambda st: st.tuples(st.integers(2, 7), st.integers(1, 8)),
        reference=count_cells,
        mistakes=(
            (_both_directions, "You count each pair of nodes twice. Data flows forwards only: there is an edge from i to j for i < j, and none back."),
            (_loops_kept, "You count an edge for every pair, loops included. There is an edge from i to j only for i < j."),
            (
                lambda nodes, ops: ops * (nodes * (nodes - 1) // 2),
                "You multiply edges by options. The choices are free, so the options multiply with each other: ops * ops * ..., once for each edge.",
            ),
            (
                lambda nodes, ops: (nodes * (nodes - 1) // 2) ** ops,
                "Base and exponent have changed places: each edge (the exponent) has `ops` options (the base).",
            ),
        ),
        why="Count the edges first: how many pairs i < j are there among `nodes` nodes?",
        hints=(
            "With 3 nodes there are 3 edges: 0->1, 0->2, 1->2. With 4 nodes there are 6.",
            "edges = nodes * (nodes - 1) // 2, and each edge has `ops` options: ops ** edges.",
        ),
    ),
    Check(
        "ch00.random_search",
        inputs=lambda st: st.tuples(st.integers(1, 12), st.integers(0, 999)),
        call=_run,
        compare=_judge_search,
        reference=random_search,
        names=("trials", "seed of rng"),
        mistakes=(
            (_maximise, "You return the worst: an error is better when it is smaller. Everything in this course is minimised."),
            (_last, "You return the last architecture drawn, not the best one."),
        ),
        why="The usual slips: evaluating once more to report the best (that costs a training!), or forgetting that ties go to the first.",
        hints=(
            "Draw with sample(rng), evaluate with estimate(arch) exactly once, remember the pair, and compare at the end.",
            "Collect (error, arch) pairs in a list; min(pairs, key=lambda pair: pair[0]) is the first best one. Return the architecture first, then its error.",
        ),
        examples=40,
    ),
    Check(
        "ch00.mutate",
        inputs=lambda st: st.tuples(_cell(st), st.integers(0, 999)),
        call=lambda function, arch, seed: function(arch, OPTIONS, random.Random(seed)),
        compare=_judge_mutation,
        reference=mutate,
        names=("arch", "seed of rng"),
        mistakes=((lambda arch, options, rng: arch, "You give the same architecture back: an Arch cannot be changed in place, a mutation builds a new one."),),
        why="Most often the new option was drawn among all options, the old one included: then one mutation in five changes nothing.",
        hints=(
            "Two draws: which decision changes, and which *other* option it takes.",
            "name = rng.choice(list(options)); others = [o for o in options[name] if o != arch[name]]; then build nt.Arch(tuple of (name, value) pairs).",
        ),
        draw=_cell_graph,
    ),
]
