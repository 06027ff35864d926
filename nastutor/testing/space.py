"""`check_space`: what every strategy relies on in a space."""

from __future__ import annotations

from itertools import islice
from typing import Any

from nastutor.rng import python_rng
from nastutor.testing.drive import name_of
from nastutor.testing.networks import IMAGES, check_canonical, check_graphs, check_same_network
from nastutor.testing.rules import broken, generators_untouched, kept
from nastutor.testing.variation import check_variation, inside
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
            if hasattr(space, "canonical"):
                check_same_network(space, archs, task or IMAGES)


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
        return
    if hasattr(space, "__len__") and len(space) != len(listed):
        broken(rule, who, f"len(space) is {len(space)}, iterating gives {len(listed)}")
    if missing := set(archs) - set(listed):
        broken(rule, who, f"sampled, but not enumerated: {min(missing, key=str)}")


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
