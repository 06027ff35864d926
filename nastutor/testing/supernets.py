"""What gradient methods rely on in a space: that its supernet holds every architecture, under the names that mixtures use."""

from __future__ import annotations

from typing import Any

from nastutor.nets.inherited import counterparts, extracted
from nastutor.testing.drive import name_of
from nastutor.testing.rules import broken, kept
from nastutor.values import Arch

HOLDS = "a supernet holds every architecture"
BACK = "discretize undoes one_hot"


def check_supernet(space: Any, archs: list[Arch], task: Any, most: int = 10) -> None:
    """Of a space with `supernet(task)`, for some of these architectures in canonical form."""
    who, sites = name_of(space), space.mixture_sites()
    with kept(HOLDS, who, "supernet(task)"):
        supernet = space.supernet(task)
    if supernet.sites != sites:
        differ = [name for name in {**sites, **supernet.sites} if supernet.sites.get(name) != sites.get(name)]
        told = "; ".join(f"{name!r}: {supernet.sites.get(name)} and {sites.get(name)}" for name in differ)
        broken(HOLDS, who, f"decisions and options of the supernet and of mixture_sites(): {told}")
    searched = space.searched() if hasattr(space, "searched") else space
    canonical = getattr(space, "canonical", lambda arch: arch)
    for arch in list(dict.fromkeys(map(canonical, archs)))[:most]:
        with kept(BACK, who, f"discretize(one_hot({arch}))"):
            back = canonical(space.discretize(space.one_hot(arch)))
        if back != arch:
            broken(BACK, who, f"{arch}\n-> {back}")
        with kept(HOLDS, who, f"the path of {arch}"):
            counterparts(searched.graph(arch, task).simplified(), extracted(supernet, space.chosen(arch)))
