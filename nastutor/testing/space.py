"""`check_space`: what every strategy relies on in a space."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from math import prod
from random import Random
from typing import Any

from nastutor.rng import python_rng
from nastutor.testing.drive import name_of
from nastutor.testing.networks import IMAGES, check_canonical, check_graphs, check_same_network
from nastutor.testing.rules import broken, generators_untouched, kept
from nastutor.testing.supernets import check_supernet
from nastutor.testing.twins import around, check_decisions, check_merged
from nastutor.testing.variation import check_variation, inside
from nastutor.values import Arch

CLOSED = "closed under its own methods"


def check_space(space: Any, task: Any = None, *, samples: int = 50, enumerate_up_to: int = 2_000) -> None:
    """Raises AssertionError where `space` breaks a rule, and says which and what to do. What a space does not offer is not asked for.

    task             with the shapes that its graphs are built for; default: ten classes of images 1x8x8
    samples          random architectures to try things on
    enumerate_up_to  larger spaces are not enumerated to the end; their `size` has to be larger too

    Equal networks have one canonical form and every decision shows in some graph, as far as samples and their neighbours tell. A space that
    leaves equal networks apart says which in the text `unmerged`; decisions that are not to show in graphs are named in `unseen`.

    >>> import nastutor as nt
    >>> check_space(nt.spaces.ChoiceSpace.of({"width": (4, 8), "depth": (1, 2, 3)}))
    """
    with generators_untouched(name_of(space)):
        archs = _check_sampling(space, samples)
        for arch in archs:
            if repr(Arch.from_json(arch.to_json())) != repr(arch):
                broken("JSON keeps architectures", name_of(space), f"{arch!r} came back as {Arch.from_json(arch.to_json())!r}")
        check_variation(space, archs)
        _check_strangers(space)
        if hasattr(space, "__iter__"):
            _check_enumeration(space, archs, enumerate_up_to)
        if hasattr(space, "encode"):
            _check_codes(space, archs)
        if hasattr(space, "canonical"):
            check_canonical(space, archs, enumerate_up_to)
        if hasattr(space, "graph"):
            check_graphs(space, archs, task or IMAGES)
            check_decisions(space, list(dict.fromkeys(archs)), task or IMAGES)
            if hasattr(space, "supernet"):
                check_supernet(space, archs, task or IMAGES)
            if hasattr(space, "canonical"):
                check_same_network(space, archs, task or IMAGES)
                check_merged(space, around(space, archs, 3 * samples), task or IMAGES)


def _check_sampling(space: Any, samples: int) -> list[Arch]:
    with kept(CLOSED, name_of(space), "sample(rng)"):
        one, other = ([space.sample(rng) for _ in range(samples)] for rng in (python_rng(0), python_rng(0)))
        seeds = [space.sample(seed) for seed in range(samples)]
    if one != other or seeds != [space.sample(seed) for seed in range(samples)]:
        different = next(f"{a}\n{b}" for a, b in zip(one + seeds, other + [space.sample(seed) for seed in range(samples)], strict=True) if a != b)
        broken("same seed, same architectures", name_of(space), different)
    return [inside(space, arch, f"sample gave {arch}") for arch in one]


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
    listed = [inside(space, arch, f"iterating gave {arch}") for arch in islice(iter(space), most + 1)]
    if len(set(listed)) < len(listed):
        broken(rule, who, f"twice: {next(arch for arch in listed if listed.count(arch) > 1)}")
    if len(listed) > most:
        _check_size(space, len(listed))
        return
    if hasattr(space, "__len__") and len(space) != len(listed):
        broken(rule, who, f"len(space) is {len(space)}, iterating gives {len(listed)}")
    if missing := set(archs) - set(listed):
        broken(rule, who, f"sampled, but not enumerated: {min(missing, key=str)}")


def _check_size(space: Any, least: int, walks: int = 50) -> None:
    """Of a space with too many architectures to list. Where each walk asks for all decisions with all their options, they are the product."""
    who, rule = name_of(space), "enumeration gives each architecture once"
    try:
        size = space.size
    except (AttributeError, ValueError):  # no `size`, or too many to count
        return
    if size < least:
        broken(rule, who, f"size is {size:,}, iterating gives {least:,} and more")
    if hasattr(space, "decide") and hasattr(space, "sites"):
        sites = {name: tuple(options) for name, options in space.sites().items()}
        product, rng = prod(map(len, sites.values())), python_rng(0, "walks")
        asked = [_asked(space, rng) for _ in range(walks)]
        # A way that asks for less, so rare that no walk met it, takes away little.
        if all(each == sites for each in asked) and not 0.8 * product <= size <= product:
            broken(rule, who, f"size is {size:,}, and {len(sites)} decisions with all their options are {product:,}")


def _asked(space: Any, rng: Random) -> dict[str, tuple[Any, ...]]:
    """The decisions on a random way, with their options."""
    asked: dict[str, tuple[Any, ...]] = {}

    def choose(name: str, options: Sequence[Any]) -> Any:
        asked[name] = tuple(options)
        return rng.choice(options)

    space.decide(choose)
    return asked


def _check_codes(space: Any, archs: list[Arch]) -> None:
    import numpy as np

    codes: dict[bytes, Arch] = {}
    shapes = set()
    for arch in archs:
        with kept("encode tells architectures apart", name_of(space), f"encode({arch})"):
            code = space.encode(arch)
            finite = bool(np.isfinite(code).all())
        if not finite:
            broken("encode gives finite numbers", name_of(space), f"{arch}\n{code}")
        shapes.add(code.shape)
        if (other := codes.setdefault(code.tobytes(), arch)) != arch or len(shapes) > 1:
            broken("encode tells architectures apart", name_of(space), f"{arch}\n{other}\nshapes {sorted(shapes)}")
