"""What lies near an architecture: mutants and neighbours are one decision away, children are of both parents, chance is the rng's."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import partial
from random import Random
from typing import Any

from nastutor.rng import python_rng
from nastutor.testing.drive import name_of
from nastutor.testing.rules import broken, kept
from nastutor.values import Arch, Edit, Value

SEEDS = 20  # a fair coin falls on one side so often once in half a million


def inside(space: Any, arch: Any, doing: str) -> Arch:
    with kept("closed under its own methods", name_of(space), f"{doing}, accepted by validate:"):
        space.validate(arch)
    return arch


def check_variation(space: Any, archs: list[Arch]) -> None:
    """`archs` is a sample of the space; what it does not offer is not asked for."""
    alone = len(set(archs)) == 1
    steps = _check_neighbours(space, archs, alone) if hasattr(space, "neighbours") else {}
    if hasattr(space, "mutate") and not alone:
        _check_mutants(space, archs, steps)
    if hasattr(space, "edits"):
        check_edits(space, archs)
    if hasattr(space, "crossover"):
        _check_children(space, list(zip(archs, archs[::-1], strict=True)))


def options_of(space: Any, arch: Arch) -> dict[str, Sequence[Any]]:
    """The decisions that `decide` asks for on the way to `arch`, each with its options there."""
    options: dict[str, Sequence[Any]] = {}

    def choose(name: str, given: Sequence[Any]) -> Value:
        options[name] = given
        return arch[name]

    space.decide(choose)
    return options


def changed_in(space: Any, arch: Arch, other: Arch) -> list[str]:
    """The decisions that `other` takes differently, though those of `arch` were legal there."""
    before = dict(arch.choices)
    return [name for name, options in options_of(space, other).items() if name in before and before[name] != other[name] and before[name] in options]


def _check_step(space: Any, arch: Arch, other: Arch, rule: str) -> tuple[str, Value] | None:
    """The one decision that lies between them; None where the space has no `decide` to tell."""
    if not hasattr(space, "decide"):
        return None
    changes = changed_in(space, arch, other)
    if len(changes) != 1:
        broken(rule, name_of(space), f"{arch}\n-> {other}\nchanges {', '.join(changes) or 'nothing that it could have kept'}")
    return changes[0], other[changes[0]]


def _check_neighbours(space: Any, archs: list[Arch], alone: bool) -> dict[Arch, set[Any]]:
    """Architecture -> the steps that its neighbours take."""
    who, rule, steps = name_of(space), "neighbours are one step away", dict[Arch, set[Any]]()
    for arch in dict.fromkeys(archs):
        others = [inside(space, other, f"a neighbour of {arch}: {other}") for other in space.neighbours(arch)]
        if arch in others or len(set(others)) < len(others):
            broken("neighbours are others, each once", who, f"of {arch}: {'; '.join(map(str, others))}")
        steps[arch] = {_check_step(space, arch, other, rule) or other for other in others}
    if not alone and not any(steps.values()):
        broken(rule, who, f"none of {len(steps)} different architectures has a neighbour")
    return steps


def _check_mutants(space: Any, archs: list[Arch], steps: dict[Arch, set[Any]]) -> None:
    who, rng = name_of(space), python_rng(1)
    for arch in archs:
        mutant = inside(space, _mutant(space, arch, rng), f"mutate({arch})")
        if mutant == arch:
            broken("mutate changes something", who, f"{arch} came back unchanged")
        step = _check_step(space, arch, mutant, "mutate changes one decision")
        if step and steps and step not in steps[arch] and not _same_network(space, arch, mutant):
            broken("neighbours are one step away", who, f"mutate takes {arch}\nto {mutant}, and no neighbour has {step[0]}={step[1]}")
    for arch in list(dict.fromkeys(archs))[:3]:
        mutants = _drawn_twice(space, partial(_mutant, space, arch), f"mutate({arch})")
        if len(set(mutants)) == 1 and _ways(space, arch, steps) > 1:
            broken("mutate draws from its rng", who, f"{arch}\n-> {mutants[0]} with each of {SEEDS} seeds")


def _mutant(space: Any, arch: Arch, rng: Random) -> Arch:
    """What `mutate` gives; an open-ended space says by which edit as well."""
    made = space.mutate(arch, rng)
    if not hasattr(space, "edits"):
        return made  # type: ignore[no-any-return]
    rule, who = "mutate tells its edit", name_of(space)
    if not (isinstance(made, tuple) and len(made) == 2):
        broken(rule, who, f"mutate({arch}) gave {made!r}")
    mutant, edit = made
    with kept(rule, who, f"{edit!r} of {arch}"):
        if edit(arch) != mutant or Edit.from_json(json.loads(json.dumps(edit.to_json()))) != edit:
            broken(rule, who, f"mutate({arch})\ngave {mutant}\nand {edit!r}, which leads to {edit(arch)} or does not survive JSON")
    return mutant  # type: ignore[no-any-return]


def check_edits(space: Any, archs: list[Arch]) -> None:
    """Of an open-ended space: it says where it begins, and all edits that it lists lead to other architectures of its own."""
    rule, who = "edits lead to other architectures", name_of(space)
    with kept(rule, who, "start()"):
        inside(space, space.start(), "start()")
    for arch in [space.start(), *dict.fromkeys(archs)][:10]:
        with kept(rule, who, f"edits({arch}, rng)"):
            one, other = (list(space.edits(arch, python_rng(3))) for _ in range(2))
        if one != other:
            broken("same seed, same architectures", who, f"edits({arch}, rng) gave\n{one}\n{other}")
        for edit in one:
            with kept(rule, who, f"{edit!r} of {arch}"):
                child = edit(arch)
            if inside(space, child, f"{edit!r} of {arch}") == arch:
                broken(rule, who, f"{edit!r} leaves {arch} as it is")


def _same_network(space: Any, arch: Arch, other: Arch) -> bool:
    return hasattr(space, "canonical") and space.canonical(arch) == space.canonical(other)


def _ways(space: Any, arch: Arch, steps: dict[Arch, set[Any]]) -> int:
    """How many mutants there are at least, as far as the space can tell."""
    if hasattr(space, "decide"):
        return sum(len(options) - 1 for options in options_of(space, arch).values())
    return len(steps.get(arch, ()))


def _drawn_twice(space: Any, draw: Callable[[Random], Arch], doing: str) -> list[Arch]:
    """What comes of `SEEDS` seeds; twice the same."""
    one, other = ([draw(python_rng(seed)) for seed in range(SEEDS)] for _ in range(2))
    for a, b in zip(one, other, strict=True):
        if a != b:
            broken("same seed, same architectures", name_of(space), f"{doing} gave\n{a}\n{b}")
    return one


def _check_children(space: Any, pairs: list[tuple[Arch, Arch]]) -> None:
    who, rule, rng = name_of(space), "crossover takes from both parents", python_rng(1)
    for a, b in pairs:
        child = inside(space, space.crossover(a, b, rng), f"crossover({a}, {b})")
        for name, options in options_of(space, child).items() if hasattr(space, "decide") else ():
            offers = [parent[name] for parent in (a, b) if name in parent and parent[name] in options]
            if offers and child[name] not in offers:
                broken(rule, who, f"{a}\n{b}\n-> {child}, whose {name} neither has")
    different = [pair for pair in pairs if pair[0] != pair[1]][:3]
    children = [(pair, child) for pair in different for child in _drawn_twice(space, partial(space.crossover, *pair), f"crossover of {pair}")]
    for number, which in enumerate(("first", "second")):
        if children and all(child == pair[number] for pair, child in children):
            broken(rule, who, f"always the {which} parent, for {len(different)} pairs and {SEEDS} seeds")
