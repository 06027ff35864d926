"""Exercises of chapter 1: a space as a program, its interpreters, the chance of a draw, a one-hot code; two more are in small_chains.py."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

from nastutor.checks import Check, same
from nastutor.exercises.small_chains import CHECKS as CHAINS
from nastutor.exercises.small_chains import count, reads
from nastutor.spaces.base import ChoiceSpace
from nastutor.spaces.chain import ChainSpace
from nastutor.spaces.metaqnn import MetaQNNSpace
from nastutor.values import Arch

__all__ = ["CHECKS", "chance", "count", "decide", "one_hot", "reads", "sample"]

Choose = Callable[[str, Sequence[Any]], Any]
Decide = Callable[[Choose], Any]


def decide(choose: Choose, image: int, depths: tuple[int, ...]) -> list[tuple[str, int]]:
    layers = []
    for i in range(1, choose("depth", depths) + 1):
        kind = choose(f"kind{i}", ("conv", "pool") if image >= 2 else ("conv",))
        if kind == "pool":
            image //= 2
            layers.append(("pool", 2))
        else:
            layers.append(("conv", choose(f"width{i}", (4, 8))))
    return layers


def sample(decide: Decide, rng: Random) -> Arch:
    choices = []

    def choose(name: str, options: Sequence[Any]) -> Any:
        value = options[int(rng.random() * len(options))]
        choices.append((name, value))
        return value

    decide(choose)
    return Arch(tuple(choices))


def chance(decide: Decide, arch: Arch) -> float:
    p = 1.0

    def choose(name: str, options: Sequence[Any]) -> Any:
        nonlocal p
        p /= len(options)
        return arch[name]

    decide(choose)
    return p


def one_hot(sites: Mapping[str, Sequence[Any]], arch: Arch) -> list[int]:
    return [int(name in arch and arch[name] == option) for name, options in sites.items() for option in options]


# --- what is checked on


class _Own(ChoiceSpace):
    """A space around a student's function; its fingerprint is not asked for."""

    def __init__(self, function: Callable[..., Any], image: int, depths: tuple[int, ...]) -> None:
        self.function, self.image, self.depths = function, image, depths

    def decide(self, choose: Choose) -> Any:
        return self.function(choose, self.image, self.depths)


LIMIT = 500  # architectures; a `decide` that has gone wrong may have far more than the right one


def _listed(function: Callable[..., Any], image: int, depths: tuple[int, ...]) -> list[str]:
    """Every architecture of a student's space with its plan."""
    space, found = _Own(function, image, depths), []
    for arch, _ in zip(space, range(LIMIT), strict=False):
        found.append(f"{arch} is {space.plan(arch)}")
    return found


def _same_lines(got: list[str], expected: list[str]) -> str | None:
    if same(got, expected) is None:
        return None
    extra, missing = [line for line in got if line not in expected], [line for line in expected if line not in got]
    if extra:
        return f"not of this space: {extra[0]}"
    return f"missing: {missing[0]}" if missing else "the decisions are right, but not in this order"


class Pyramid(ChoiceSpace):
    """A depth, and then a width for each layer."""

    def decide(self, choose: Choose) -> list[int]:
        return [choose(f"width{i}", (4, 8, 16)) for i in range(choose("depth", (1, 2, 3)))]


SPACES = (
    ChoiceSpace.of({"width": (4, 8), "kernel": (1, 3, 5)}),
    Pyramid(),
    MetaQNNSpace(2, widths=(8,), kernels=(1, 3), dense=(16,)),
    ChainSpace((1, 2), ("conv", "pool"), widths=(4, 8), kernels=(3,)),
)


def _points(st: Any) -> Any:
    """A space and one of its architectures."""
    return st.sampled_from(SPACES).flatmap(lambda space: st.tuples(st.just(space), st.sampled_from(list(space))))


# --- usual mistakes


def _decides(pools_fit: Callable[[int, int], bool], halved: Callable[[int], int], width_of_pools: bool = False, deepest: bool = False) -> Callable[..., Any]:
    """A wrong `decide`: pools_fit(image now, image at first), what a pool leaves of the image, ..."""

    def wrong(choose: Choose, image: int, depths: tuple[int, ...]) -> list[tuple[str, int]]:
        layers, now = [], image
        for i in range(1, (max(depths) if deepest else choose("depth", depths)) + 1):
            kind = choose(f"kind{i}", ("conv", "pool") if pools_fit(now, image) else ("conv",))
            width = choose(f"width{i}", (4, 8)) if kind == "conv" or width_of_pools else 0
            now = halved(now) if kind == "pool" else now
            layers.append(("pool", 2) if kind == "pool" else ("conv", width))
        return layers

    return wrong


def _fits(now: int, first: int) -> bool:
    return now >= 2


def _draws(number: Callable[[Random, int], int]) -> Callable[[Decide, Random], Arch]:
    """A wrong `sample`: the number of the option that is taken, of so many."""

    def wrong(decide: Decide, rng: Random) -> Arch:
        choices = []

        def choose(name: str, options: Sequence[Any]) -> Any:
            choices.append((name, options[number(rng, len(options))]))
            return choices[-1][1]

        decide(choose)
        return Arch(tuple(choices))

    return wrong


def _once(decide: Decide, rng: Random) -> Arch:
    """A wrong `sample`: one number for all decisions."""
    share = rng.random()
    return _draws(lambda _, options: int(share * options))(decide, rng)


def _sites_chance(decide: Any, arch: Arch) -> float:
    return 1 / math.prod(len(options) for options in decide.__self__.sites().values())


def _absent_is_first(sites: Mapping[str, Sequence[Any]], arch: Arch) -> list[int]:
    return [int((arch[name] if name in arch else options[0]) == option) for name, options in sites.items() for option in options]


def _only_asked(sites: Mapping[str, Sequence[Any]], arch: Arch) -> list[int]:
    return [int(arch[name] == option) for name, options in sites.items() if name in arch for option in options]


def _as_numbers(sites: Mapping[str, Sequence[Any]], arch: Arch) -> list[int]:
    return [list(options).index(arch[name]) if name in arch else 0 for name, options in sites.items()]


CHECKS = [
    Check(
        "ch01.decide",
        inputs=lambda st: st.tuples(st.integers(1, 9), st.sampled_from([(1,), (2,), (1, 2), (1, 2, 3)])),
        call=_listed,
        compare=lambda got, expected, *values: _same_lines(got, expected),
        reference=decide,
        names=("image", "depths"),
        mistakes=(
            (_decides(lambda now, first: True, lambda now: now // 2), "A pool is offered even where it does not fit: look at the image before you ask."),
            (
                _decides(lambda now, first: first >= 2, lambda now: now // 2),
                "You look at the image as it came in; what counts is what earlier pools have left: each halves it.",
            ),
            (_decides(_fits, lambda now: now - now // 2), "A 2x2 pool leaves out the odd pixel: 3 pixels become 1, not 2."),
            (_decides(lambda now, first: now > 2, lambda now: now // 2), "A pool of 2x2 fits on an image of exactly 2 pixels."),
            (_decides(_fits, lambda now: now // 2, width_of_pools=True), "A pool has no width: ask for `width` only where the kind is conv."),
            (_decides(_fits, lambda now: now // 2, deepest=True), "The depth is a decision as well: the first one, with the options `depths`."),
        ),
        why="Three things are easily missed: pools change the image, a pool has no width, and where nothing fits `kind` is still asked, with one option.",
        hints=(
            'Begin with `for i in range(1, choose("depth", depths) + 1):` and ask for f"kind{i}"; its options depend on `image`.',
            'kind = choose(f"kind{i}", ("conv", "pool") if image >= 2 else ("conv",)); after a pool: image //= 2.',
            'Where kind is "conv": layers.append(("conv", choose(f"width{i}", (4, 8)))), else layers.append(("pool", 2)); return layers.',
        ),
        examples=36,
    ),
    Check(
        "ch01.sample",
        inputs=lambda st: st.tuples(st.sampled_from(SPACES), st.integers(0, 999)),
        call=lambda function, space, seed: function(space.decide, Random(seed)),
        reference=sample,
        names=("space", "seed"),
        mistakes=(
            (
                _draws(lambda rng, options: rng.choice(range(options))),
                "rng.choice draws rightly, but other numbers than the library: options[int(rng.random() * len(options))] agrees with it on a seed.",
            ),
            (_draws(lambda rng, options: 0), "You always take the first option: draw one."),
            (
                _draws(lambda rng, options: int(Random(0).random() * options)),
                "A new generator is made for each decision, so nothing is random: draw from `rng`.",
            ),
            (_once, "You draw one number and use it for all decisions: call rng.random() inside `choose`."),
        ),
        why="`choose` has two duties: it remembers (name, value), and it returns the value, on which later decisions may depend.",
        hints=(
            "Write a function choose(name, options) inside `sample`, hand it to `decide`, and build the Arch from what it has seen.",
            "value = options[int(rng.random() * len(options))]; choices.append((name, value)); return value. In the end nt.Arch(tuple(choices)).",
        ),
        examples=60,
    ),
    Check(
        "ch01.chance",
        inputs=_points,
        call=lambda function, space, arch: function(space.decide, arch),
        reference=chance,
        names=("space", "arch"),
        mistakes=(
            (
                lambda decide, arch: 1 / decide.__self__.size,
                "1 / size is right only where every architecture is equally likely. Multiply 1 / options, decision by decision.",
            ),
            (_sites_chance, "You multiply over decisions that were not asked for. Let `decide` ask, and count what it asks."),
            (lambda decide, arch: 1 / len(arch.choices), "The number of decisions does not matter, but how many options each of them has."),
        ),
        why="Each decision is drawn by itself: the chance of all answers is the product of 1 / (number of options) over the decisions that `decide` asks for.",
        hints=(
            "Call decide(choose) with a `choose` that answers what `arch` has decided, arch[name], and looks at len(options).",
            "p starts at 1.0; in choose: nonlocal p; p /= len(options); return arch[name].",
        ),
        examples=80,
    ),
    Check(
        "ch01.one_hot",
        inputs=_points,
        call=lambda function, space, arch: function(space.sites(), arch),
        reference=one_hot,
        names=("space", "arch"),
        mistakes=(
            (_absent_is_first, "A decision that was not asked for gets a 1 for its first option; then absent and first look alike. It gets zeros only."),
            (_only_asked, "The code gets shorter where decisions are absent, and its places lose their meaning: each decision of `sites` keeps its places."),
            (_as_numbers, "You give each option its number. Numbers are ordered, options are not: each option has a place of its own, with 0 or 1."),
        ),
        why="The code has one place for each option of each decision in `sites`, in this order, and a 1 where the architecture has taken this option.",
        hints=(
            "Two loops: over sites.items(), and inside over the options. `name in arch` says whether a decision was asked for.",
            "[int(name in arch and arch[name] == option) for name, options in sites.items() for option in options]",
        ),
    ),
    *CHAINS,
]
