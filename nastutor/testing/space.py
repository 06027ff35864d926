"""`check_space`: what every strategy relies on in a space."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from types import SimpleNamespace
from typing import Any

from nastutor.rng import python_rng
from nastutor.testing.drive import name_of
from nastutor.testing.rules import broken, generators_untouched, kept
from nastutor.values import Arch

CLOSED = "closed under its own methods"


def check_space(space: Any, task: Any = None, *, samples: int = 50, enumerate_up_to: int = 2_000) -> None:
    """Raises AssertionError where `space` breaks a rule, and says which and what to do. What a space does not offer is not asked for.

    task             with the shapes that its graphs are built for; default: ten classes of images 1x8x8
    samples          random architectures to try things on
    enumerate_up_to  larger spaces are not enumerated to the end

    >>> import nastutor as nt
    >>> check_space(nt.spaces.ChoiceSpace.of({"width": (4, 8), "depth": (1, 2, 3)}))
    """
    with generators_untouched(name_of(space)):
        archs = _check_sampling(space, samples)
        for arch in archs:
            if repr(Arch.from_json(arch.to_json())) != repr(arch):
                broken("JSON keeps architectures", name_of(space), f"{arch!r} came back as {Arch.from_json(arch.to_json())!r}")
        _check_neighbourhood(space, archs)
        _check_strangers(space)
        if hasattr(space, "__iter__"):
            _check_enumeration(space, archs, enumerate_up_to)
        if hasattr(space, "encode"):
            _check_codes(space, archs)
        if hasattr(space, "canonical"):
            _check_canonical(space, archs, enumerate_up_to)
        if hasattr(space, "graph"):
            _check_graphs(space, archs[:3], task or SimpleNamespace(name="images 1x8x8", shape=(1, 8, 8), classes=10))


def _inside(space: Any, arch: Any, doing: str) -> Arch:
    with kept(CLOSED, name_of(space), f"{doing}, accepted by validate:"):
        space.validate(arch)
    return arch


def _check_sampling(space: Any, samples: int) -> list[Arch]:
    with kept(CLOSED, name_of(space), "sample(rng)"):
        one, other = ([space.sample(rng) for _ in range(samples)] for rng in (python_rng(0), python_rng(0)))
        seeds = [space.sample(seed) for seed in range(samples)]
    if one != other or seeds != [space.sample(seed) for seed in range(samples)]:
        different = next(f"{a}\n{b}" for a, b in zip(one + seeds, other + [space.sample(seed) for seed in range(samples)], strict=True) if a != b)
        broken("same seed, same architectures", name_of(space), different)
    return [_inside(space, arch, f"sample gave {arch}") for arch in one]


def _check_neighbourhood(space: Any, archs: list[Arch]) -> None:
    who, rng = name_of(space), python_rng(1)
    alone = len(set(archs)) == 1
    for arch, partner in zip(archs, archs[::-1], strict=True):
        if hasattr(space, "mutate") and not alone:
            mutant = _inside(space, space.mutate(arch, rng), f"mutate({arch})")
            if mutant == arch:
                broken("mutate changes something", who, f"{arch} came back unchanged")
        if hasattr(space, "crossover"):
            _inside(space, space.crossover(arch, partner, rng), f"crossover({arch}, {partner})")
        if hasattr(space, "neighbours"):
            others = [_inside(space, other, f"a neighbour of {arch}: {other}") for other in space.neighbours(arch)]
            if arch in others or len(set(others)) < len(others):
                broken("neighbours are others, each once", who, f"of {arch}: {'; '.join(map(str, others))}")


def _check_strangers(space: Any) -> None:
    stranger = Arch((("a decision that no space has", 1),))
    try:
        space.validate(stranger)
    except ValueError:
        return
    except Exception as error:
        broken("architectures of other spaces are refused", name_of(space), f"{stranger} raised {type(error).__name__}: {error}", error)
    broken("architectures of other spaces are refused", name_of(space), f"validate took {stranger}")


def _check_enumeration(space: Any, archs: list[Arch], most: int) -> None:
    who, rule = name_of(space), "enumeration gives each architecture once"
    listed = [_inside(space, arch, f"iterating gave {arch}") for arch in islice(iter(space), most + 1)]
    if len(set(listed)) < len(listed):
        broken(rule, who, f"twice: {next(arch for arch in listed if listed.count(arch) > 1)}")
    if len(listed) > most:
        return
    if hasattr(space, "__len__") and len(space) != len(listed):
        broken(rule, who, f"len(space) is {len(space)}, iterating gives {len(listed)}")
    if missing := set(archs) - set(listed):
        broken(rule, who, f"sampled, but not enumerated: {min(missing, key=str)}")


def _check_codes(space: Any, archs: list[Arch]) -> None:
    codes: dict[bytes, Arch] = {}
    shapes = set()
    for arch in archs:
        with kept("encode tells architectures apart", name_of(space), f"encode({arch})"):
            code = space.encode(arch)
        shapes.add(code.shape)
        if (other := codes.setdefault(code.tobytes(), arch)) != arch or len(shapes) > 1:
            broken("encode tells architectures apart", name_of(space), f"{arch}\n{other}\nshapes {sorted(shapes)}")


def _check_canonical(space: Any, archs: list[Arch], most: int) -> None:
    who, rule = name_of(space), "canonical gives the first of the same"
    listed = list(islice(iter(space), most + 1)) if hasattr(space, "__iter__") else []
    place = {arch: number for number, arch in enumerate(listed)} if len(listed) <= most else {}
    for arch in archs:
        with kept(rule, who, f"canonical({arch})"):
            canonical = space.canonical(arch)
            space.validate(canonical)
        if space.canonical(canonical) != canonical:
            broken(rule, who, f"{arch}\n-> {canonical}\n-> {space.canonical(canonical)}")
        if place and place[canonical] > place[arch]:
            broken(rule, who, f"{arch} is number {place[arch]}, its canonical form number {place[canonical]}: {canonical}")


def _check_graphs(space: Any, archs: list[Arch], task: Any) -> None:
    import torch

    for arch in archs:
        with kept("graphs can be built", name_of(space), f"graph({arch}).build()"), torch.no_grad():
            module: Callable[..., Any] = space.graph(arch, task).build(seed=0)
            scores = module(torch.zeros(2, *task.shape))
        if tuple(scores.shape) != (2, task.classes):
            broken("graphs can be built", name_of(space), f"{arch}: scores of shape {tuple(scores.shape)}, expected (2, {task.classes})")
