"""The reading list: what each paper is, where it belongs in the course, and how much of it is built (honestly). Its data lie in `nastutor/reading`."""

from __future__ import annotations

from nastutor.reading.directions import DIRECTIONS
from nastutor.reading.estimating import ESTIMATING
from nastutor.reading.paper import Paper
from nastutor.reading.searching import SEARCHING

# fmt: off
CHAPTERS = dict(enumerate((
    "welcome: a first search in five minutes",
    "chains and branches", "cells", "hierarchies, fabrics and transformations",  # I search space
    "random search and fair comparison", "Bayesian optimisation", "tree search and hill climbing",  # II search strategy
    "reinforcement learning", "evolution", "gradients",
    "lower fidelities", "learning-curve extrapolation and surrogates", "network morphisms", "one-shot models and hypernetworks",  # III performance estimation
    "dense prediction and transfer", "recurrent networks", "multi-task", "multi-objective search and compression",  # IV future directions
    "dynamic and robust networks", "benchmarks", "interpretability",
)))
# fmt: on

PAPERS: tuple[Paper, ...] = (*SEARCHING, *ESTIMATING, *DIRECTIONS)


def paper(key: str) -> Paper:
    """The paper with this key.

    >>> paper("real2019").chapters
    (2, 4, 8)
    """
    for one in PAPERS:
        if one.key == key:
            return one
    raise KeyError(f"`key` is {key!r}; known are {', '.join(one.key for one in PAPERS)}")


def table() -> str:
    """All papers and what is built of each, in markdown (the README's status table)."""
    lines = ["| paper | what must exist | chapters | built |", "|---|---|---|---|"]
    for one in PAPERS:
        name = f"{one.authors} ({one.year}). " if one.authors else ""
        title = f"[{one.title}]({one.url})" if one.url else one.title
        lines.append(f"| {name}{title}. {one.venue} | {one.must_exist} | {', '.join(map(str, one.chapters))} | {one.status} |")
    return "\n".join(lines)
