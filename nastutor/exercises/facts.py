"""The quick-facts box of a chapter: what the code says about a method or a space, as a table."""

from __future__ import annotations

import inspect
from collections import Counter
from dataclasses import dataclass
from typing import Any

from nastutor.papers import paper
from nastutor.sources import Source

PAPER_OF = {  # "": its paper is not on the reading list
    **{"RandomSearch": "sciuto2019", "HillClimbing": "elsken2017", "NASH": "elsken2017", "RegularizedEvolution": "real2019", "REINFORCE": "zoph2017"},
    **{"TPE": "bergstra2011", "SMAC": "hutter2011", "GaussianProcess": "bergstra2011", "NASBOT": "kandasamy2018", "AutoKeras": "jin2018"},
    **{"MCTS": "wistuba2017", "QLearning": "baker2017a", "NGramSMBO": "negrinho2017", "ModuleSpace": "negrinho2017"},
    **{"EAS": "cai2018a", "PathLevelEAS": "cai2018b"},
    **{"PPO": "zoph2018", "DARTS": "liu2019b", "SNAS": "xie2019", "ProxylessNAS": "cai2019", "OneShot": "bender2018", "Perturbation": "brock2017", "GDAS": ""},
    **{"ENAS": "pham2018", "ProxylessREINFORCE": "cai2019", "MaskConnect": "ahmed2018", "DAS": "shin2018", "SizeSpace": "shin2018", "PerturbationDARTS": ""},
    **{"TournamentEvolution": "liu2018b", "NSGA2": "", "LEMONADE": "elsken2019"},
    **{"ChoiceSpace": "", "ProductSpace": "", "ChainSpace": "", "MetaQNNSpace": "baker2017a", "NASRLSpace": "zoph2017", "MacroSpace": "pham2018"},
    **{"NASNetSpace": "zoph2018", "AmoebaNetSpace": "real2019", "PNASSpace": "liu2018a", "ENASMicroSpace": "pham2018", "DARTSSpace": "liu2019b"},
    **{"BlockQNNSpace": "zhong2018a", "NASBench101": "ying2019", "CellSpace": "", "HierarchicalSpace": "liu2018b", "MobileSpace": "cai2019"},
    **{"FabricSpace": "saxena2016", "TrellisSpace": "liu2019a", "RecurrentSpace": "liu2019b", "RecurrentTreeSpace": "zoph2017", "JointSpace": "zela2018"},
    **{"EditSpace": "elsken2017", "PathLevelSpace": "cai2018b", "MemoryBankSpace": "brock2017", "BranchSpace": ""},
    **{"AutoNetSpace": "mendoza2016", "VisionPipelineSpace": "bergstra2013", "FilterBankSpace": "bergstra2013"},
    **{"ResidualSpace": "zela2018"},
}

BESIDE = {  # papers of those that are not on the list
    "GDAS": ("Dong & Yang 2019", "https://arxiv.org/abs/1910.04465"),
    "PerturbationDARTS": ("Wang et al. 2021", "https://arxiv.org/abs/2108.04392"),
}


@dataclass(frozen=True)
class Facts:
    """A table that a notebook shows as Markdown and a terminal as text."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def _repr_markdown_(self) -> str:
        lines = [self.head, tuple("---" for _ in self.head), *self.rows]
        return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)

    def __repr__(self) -> str:
        widths = [max(len(line[i]) for line in (self.head, *self.rows)) for i in range(len(self.head))]
        return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in (self.head, *self.rows))


def quick_facts(*strategies: Any) -> Facts:
    """One row a strategy: its idea, its paper in the reading list, what it asks of the space and the estimator, its settings, its length."""
    head = ("strategy", "the idea", "paper", "needs of the space", "wants of the estimator", "settings", "lines of its class")
    return Facts(head, tuple(_row(strategy) for strategy in strategies))


def space_facts(*spaces: Any) -> Facts:
    """One row a space (an object, as its size depends on its settings): its idea, its paper, how much there is to decide, its length."""
    return Facts(("space", "the idea", "paper", "decisions", "architectures", "lines of its class"), tuple(map(_space_row, spaces)))


def lines_to_read(*parts: Any) -> dict[str, int]:
    """File -> lines of code, docstrings apart, of these classes, functions and modules: what one reads to follow a method.

    >>> from nastutor.strategies import random
    >>> list(lines_to_read(random.RandomSearch))
    ['strategies/random.py']
    """
    found = Counter[str]()
    for part in parts:
        module = part.__name__ if inspect.ismodule(part) else part.__module__
        found[f"{module.removeprefix('nastutor.').replace('.', '/')}.py"] += Source.of(part, docstring=False).lines
    return dict(found)


def _space_row(space: Any) -> tuple[str, ...]:
    kind = type(space)
    return kind.__name__, _idea(kind), _paper(kind), str(len(space.sites())), short_count(space.size), str(Source.of(kind, docstring=False).lines)


def short_count(count: int) -> str:
    """A number of architectures, in powers of ten where it is long; some are larger than a float can be.

    >>> short_count(15_625), short_count(1_026 * 10**7), short_count(999_999 * 10**400)
    ('15,625', '1.03e10', '1.00e406')
    """
    if count < 10**9:
        return f"{count:,}"
    from decimal import Decimal

    return f"{Decimal(count):.2e}".replace("e+", "e")


def _idea(thing: Any) -> str:
    """The first sentence of its docstring, without the paper."""
    return (inspect.getdoc(thing) or "").strip().splitlines()[0].split(" (")[0].split(":")[0].rstrip(".") + "."


def _row(strategy: Any) -> tuple[str, ...]:
    settings = [f"`{name}={p.default!r}`" for name, p in inspect.signature(strategy).parameters.items() if p.default is not p.empty and name != "seed"]
    names = [", ".join(f"`{name}`" for name in parts) or "nothing" for parts in (strategy.needs, strategy.wants or ("error",))]
    lines = str(Source.of(strategy, docstring=False).lines)
    return strategy.__name__, _idea(strategy), _paper(strategy), *names, ", ".join(settings) or "none", lines


def _paper(strategy: type) -> str:
    """The paper of a strategy or space; one of somebody's own has none, and some of the package's are not on the list."""
    name = strategy.__name__
    if name not in PAPER_OF:
        if strategy.__module__.startswith("nastutor."):
            raise KeyError(f"`{name}` has no paper in PAPER_OF of {__name__}: enter its key in the reading list")
        return ""
    if not PAPER_OF[name]:
        return f"[{BESIDE[name][0]}]({BESIDE[name][1]}), not on the reading list" if name in BESIDE else "not on the reading list"
    entry = paper(PAPER_OF[name])
    text = f"{short_authors(entry.authors)} {entry.year}, chapter{'s' * (len(entry.chapters) > 1)} {', '.join(map(str, entry.chapters))}"
    return f"[{text}]({entry.url})" if entry.url else text


def short_authors(authors: str) -> str:
    """As a text cites them.

    >>> short_authors("Zoph, Le"), short_authors("Real, Aggarwal, Huang, Le"), short_authors("Wistuba")
    ('Zoph & Le', 'Real et al.', 'Wistuba')
    """
    names = authors.split(", ")
    return f"{names[0]} et al." if len(names) > 2 else " & ".join(names)
