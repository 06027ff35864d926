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


def _number_only(errors: list[float]) -> float:
    return min(errors)


def _largest_so_far(errors: list[float]) -> list[float]:
    return [max(errors[: i + 1]) for i in range(len(errors))]


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
    """An error made up for checks, 0.1 to 0.9: many cells share one, so that it matters which of equal ones is returned."""
    place = sum(5**i * OPTIONS[name].index(value) for i, (name, value) in enumerate(arch.choices))
    return (1 + (place * 53) % 125 // 14) / 10


def _judge_search(got: Searched, expected: Searched, trials: int, seed: int) -> str | None:
    if len(got.asked) != trials:
        return f"it evaluates {len(got.asked)} architectures instead of {trials}"
    if got.asked != expected.asked:
        return "it does not draw its architectures with `sample(rng)`, one for each trial"
    wrong = same(got.answer, expected.answer)
    tie = isinstance(got.answer, tuple) and len(got.answer) == 2 and got.answer[1] == expected.answer[1]
    return "its error is the smallest, but it is not the first architecture that has it" if wrong and tie else wrong


def _maximise(sample: Callable[[random.Random], Arch], estimate: Callable[[Arch], float], trials: int, rng: random.Random) -> tuple[Arch, float]:
    seen = [(estimate(arch), arch) for arch in [sample(rng) for _ in range(trials)]]
    error, best = max(seen, key=lambda pair: pair[0])
    return best, error


def _last(sample: Callable[[random.Random], Arch], estimate: Callable[[Arch], float], trials: int, rng: random.Random) -> tuple[Arch, float]:
    for _ in range(trials):
        arch = sample(rng)
        error = estimate(arch)
    return arch, error


def _last_of_equal(sample: Callable[[random.Random], Arch], estimate: Callable[[Arch], float], trials: int, rng: random.Random) -> tuple[Arch, float]:
    seen = [(estimate(arch), arch) for arch in [sample(rng) for _ in range(trials)]]
    error, best = min(reversed(seen), key=lambda pair: pair[0])
    return best, error


def _swapped(sample: Callable[[random.Random], Arch], estimate: Callable[[Arch], float], trials: int, rng: random.Random) -> Any:
    return random_search(sample, estimate, trials, rng)[::-1]


@dataclass(frozen=True)
class Mutated:
    """What a mutation answered, what it answered to the same generator once more, and all that it answered to SEEDS other ones."""

    answer: Any
    again: Any
    others: tuple[Any, ...]

    def __repr__(self) -> str:
        return str(self.answer) + ("" if same(self.again, self.answer) is None else f", and {self.again} the second time")


SEEDS = 250  # so many that a mutation which may reach each of 12 neighbours misses one in 4 of 10**9 cases


def _mutations(function: Callable[..., Any], arch: Arch, seed: int) -> Mutated:
    answer, again = (function(arch, OPTIONS, random.Random(seed)) for _ in range(2))
    return Mutated(answer, again, tuple(function(arch, OPTIONS, random.Random(seed + k)) for k in range(1, SEEDS + 1)))


def _judge_mutation(got: Mutated, expected: Mutated, arch: Arch, seed: int) -> str | None:
    if wrong := _judge_one(got.answer, arch):
        return wrong
    if same(got.again, got.answer) is not None:
        return "an equal `rng` gives another mutation the second time: draw from `rng` only, never from `random` itself"
    changed = {(name, other[name]) for other in got.others if _judge_one(other, arch) is None for name in OPTIONS if other[name] != arch[name]}
    missing = [(name, option) for name, options in OPTIONS.items() for option in options if option != arch[name] and (name, option) not in changed]
    if not missing:
        return None
    return f"of {SEEDS} mutations with other seeds none changes {missing[0][0]} to {missing[0][1]}: every decision and every other option must be possible"


def _judge_one(got: Any, arch: Arch) -> str | None:
    """None where `got` is a mutation of `arch`."""
    if not isinstance(got, Arch):
        return f"it is a {type(got).__name__}; a mutation gives back an nt.Arch"
    if [name for name, _ in got.choices] != [name for name, _ in arch.choices]:
        return "the decisions are no longer the same ones in the same order"
    strange = [value for name, value in got.choices if value not in OPTIONS[name]]
    if strange:
        return f"{strange[0]!r} is not among the options"
    changed = sum(got[name] != arch[name] for name, _ in arch.choices)
    return None if changed == 1 else f"{changed} decisions differ; a mutation changes exactly one"


def _any_option(arch: Arch, options: Mapping[str, tuple[Any, ...]], rng: random.Random) -> Arch:
    name = rng.choice([name for name, _ in arch.choices])
    value = rng.choice(options[name])
    return Arch(tuple((own, value if own == name else old) for own, old in arch.choices))


def _all_decisions(arch: Arch, options: Mapping[str, tuple[Any, ...]], rng: random.Random) -> Arch:
    return Arch(tuple((name, rng.choice([option for option in options[name] if option != old])) for name, old in arch.choices))


def _cell_graph(got: Any, arch: Arch, seed: int) -> Any:
    from types import SimpleNamespace

    from nastutor.spaces import CellSpace

    return CellSpace(nodes=3).graph(got.answer, SimpleNamespace(name="digits", shape=(1, 8, 8), classes=10))


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
            (_number_only, "You give the best of all; wanted is a list with an entry for each trial: the best of the trials until then."),
            (_largest_so_far, "You keep the largest (`max`). An error is better when it is smaller: `min`."),
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
            (lambda nodes, ops: ops**nodes, "You let each *node* choose. It is the edges that choose, and there are nodes * (nodes - 1) / 2 of them."),
            (
                lambda nodes, ops: ops ** (nodes * (nodes - 1) / 2),
                "The number is right, but `/` makes a float of it, which is not exact where numbers become large. Use `//`: a count is an int.",
            ),
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
            (_swapped, "Both parts are right, in the wrong order: the architecture first, then its error."),
            (_last_of_equal, "Of several with the same error you return the last. Keep the one that you have unless the new one is *smaller* (`<`, not `<=`)."),
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
        call=_mutations,
        compare=_judge_mutation,
        reference=mutate,
        names=("arch", "seed of rng"),
        mistakes=(
            (lambda arch, options, rng: arch, "You give the same architecture back: an Arch cannot be changed in place, a mutation builds a new one."),
            (_any_option, "The new option is drawn among *all* options, the old one included: then one mutation in five changes nothing."),
            (_all_decisions, "You change every decision. Draw one decision first, and leave the others as they are."),
        ),
        why="Exactly one decision takes another of its own options; `rng` alone draws which decision, and which of the other options.",
        hints=(
            "Two draws: which decision changes, and which *other* option it takes.",
            "name = rng.choice(list(options)); others = [o for o in options[name] if o != arch[name]]; then build nt.Arch(tuple of (name, value) pairs).",
        ),
        draw=_cell_graph,
        examples=40,
    ),
]
