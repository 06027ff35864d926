"""`compatibility`: which strategy runs on which space, and with which estimator, found out by trying."""

from __future__ import annotations

import html
import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from nastutor.core import Strategy
from nastutor.describe import describe
from nastutor.limits import Limits, check_fit
from nastutor.loop import search
from nastutor.rng import python_rng
from nastutor.spaces import ChoiceSpace
from nastutor.testing.drive import answer
from nastutor.values import Arch, Result, Trial

TRIALS = 8  # of the search by which a strategy is tried
Makers = Mapping[str, Callable[[Any], Any]]  # name -> what makes the estimator for a space


@dataclass(frozen=True)
class Compatibility:
    """Of every pair (strategy, space), (estimator, space) and (strategy, estimator): "" where it runs, else why it does not.

    A search needs all three: where they run, the search does.
    """

    strategies: tuple[str, ...]
    spaces: tuple[str, ...]
    why_not: dict[tuple[str, str], str]
    estimators: tuple[str, ...] = ()

    def __getitem__(self, pair: tuple[str, str]) -> str:
        return self.why_not[pair]

    def grids(self) -> list[list[list[str]]]:
        """The tables as text, headings first: spaces by strategies and estimators; strategies by estimators where there are some."""
        both = (*self.strategies, *self.estimators)
        spaces = [["space", *both], *([space, *(self.why_not[name, space] or "runs" for name in both)] for space in self.spaces)]
        pairs = [["strategy", *self.estimators], *([name, *(self.why_not[name, other] or "runs" for other in self.estimators)] for name in self.strategies)]
        return [spaces, pairs] if self.estimators else [spaces]

    def __str__(self) -> str:
        return "\n\n".join(map(_text, self.grids()))

    def _repr_markdown_(self) -> str:
        """Why a pair does not run stands below the tables, once for all that say the same: such tables are wide already."""
        notes: dict[str, int] = {}
        tables = [_markdown(_noted(grid, notes)) for grid in self.grids()]
        return "\n\n".join([*tables, *(["\n".join(f"{number}. {_escaped(why)}" for why, number in notes.items())] if notes else [])])

    def _repr_html_(self) -> str:
        return "".join(map(_html, self.grids()))


def compatibility(strategies: Iterable[type[Strategy]] | None = None, spaces: Iterable[Any] | None = None, estimators: Makers | None = None) -> Compatibility:
    """Tries each strategy on each space, in a search of a few trials; and each estimator on each space: made, and asked for one answer.

    A search that ends early (`Finished`) has run. What a part raises when it is made is what it says of the space; whatever it raises later stands
    in its cell as "raised KeyError: ...", and the table goes on.

    strategies  default: all of the package
    spaces      default: one of each kind in the package
    estimators  name -> function that makes one for a space (`package_estimators()` are those of the package); default: none

    >>> from nastutor.spaces import CellSpace, FabricSpace
    >>> from nastutor.strategies import HillClimbing
    >>> print(compatibility([HillClimbing], [CellSpace(), FabricSpace()]))
    space        HillClimbing
    CellSpace    runs
    FabricSpace  runs
    """
    kinds = list(strategies) if strategies is not None else package_strategies()
    places = list(spaces) if spaces is not None else package_spaces()
    makers, names = dict(estimators or {}), _names(places)
    found = {(kind.__name__, name): _why_not(kind, space) for kind in kinds for name, space in zip(names, places, strict=True)}
    found |= {(name, place): _why_no_answer(make, space) for name, make in makers.items() for place, space in zip(names, places, strict=True)}
    found |= {(kind.__name__, name): _why_not_together(kind, make, places) for kind in kinds for name, make in makers.items()}
    return Compatibility(tuple(kind.__name__ for kind in kinds), tuple(names), found, tuple(makers))


def package_strategies() -> list[type[Strategy]]:
    """Every strategy that nastutor.strategies exports."""
    import nastutor.strategies as package

    return [getattr(package, name) for name in package.__all__ if isinstance(getattr(package, name), type)]


def package_spaces() -> list[Any]:
    """One of each kind of space that nastutor.spaces exports, with its default settings where it has some."""
    import nastutor.spaces as package

    made = {
        "ProductSpace": lambda: ChoiceSpace.of({"width": (4, 8, 16), "kernel": (3, 5)}),
        "JointSpace": lambda: package.JointSpace(package.CellSpace(nodes=3), {"lr": (0.02, 0.1)}),
    }
    kinds = {name: getattr(package, name) for name in package.__all__}
    return [made.get(name, kind)() for name, kind in kinds.items() if isinstance(kind, type) and kind is not ChoiceSpace]


def package_estimators() -> Makers:
    """A plain function, those of the package that train (one epoch on 50 digits, or a step), and an embedded table."""
    from nastutor.estimators import GHN, SMASH, Fabric, Population, SharedWeights, Table, Train
    from nastutor.tasks import digits

    def task() -> Any:
        return digits(train_size=50)

    return {
        "a function": lambda space: lambda trial: answer(trial),
        "Train": lambda space: Train(space, task(), 1, weights=False),
        "Population": lambda space: Population(space, task(), 1, weights=False),
        "SharedWeights": lambda space: SharedWeights(space, task(), batch_size=10),
        "GHN": lambda space: GHN(space, task(), 1, hidden=4, units=4, channels=4, kernel=7, batch_size=10),
        "SMASH": lambda space: SMASH(space, task(), 1, layers=(1,), batch_size=10),
        "Fabric": lambda space: Fabric(space, task(), 1, batch_size=10),
        'Table("digits-tiny")': lambda space: Table("digits-tiny"),
    }


def _names(spaces: list[Any]) -> list[str]:
    names = [type(space).__name__ for space in spaces]
    return [name if names.count(name) == 1 else f"{name} {names[:number].count(name) + 1}" for number, name in enumerate(names)]


def _why_not(kind: type[Strategy], space: Any) -> str:
    """What keeps a strategy from a short search of this space, in which all it wants is answered."""
    try:
        strategy = kind(space)
    except Exception as error:
        return _refused(error)
    try:
        history = search(strategy, Anything(strategy.wants), trials=TRIALS, progress=False)
        for record in history:
            if isinstance(record.trial.arch, Arch):
                space.validate(record.trial.arch)
    except Exception as error:
        return _raised(error)
    return "" if len(history) else "ends before its first trial"


class Anything:
    """Gives all that a strategy may want, made up, and without training as well."""

    least_budget = 0

    def __init__(self, wants: tuple[str, ...]) -> None:
        self.gives = ("error", *wants)

    def __call__(self, trial: Trial) -> Result:
        return answer(trial, self.gives)


def _why_no_answer(make: Callable[[Any], Any], space: Any) -> str:
    """Whether an estimator for this space answers; one that has a space of its own answers for that alone."""
    try:
        estimator = make(space)
    except Exception as error:
        return _refused(error)
    try:
        own = getattr(estimator, "space", space)
        if own is not space and own.fingerprint != getattr(space, "fingerprint", None):
            return f"answers for its own {_with_settings(own)} alone"
        result = estimator(Trial(space.sample(python_rng(0, "compatibility"))))
    except Exception as error:
        return _raised(error)
    if not isinstance(result, Result):
        return f"answers with {result!r}, which is no Result"
    return "" if result.status == "ok" else str(result.info["reason"])


def _why_not_together(kind: type[Strategy], make: Callable[[Any], Any], spaces: list[Any]) -> str:
    """What `search` says of the two before the first trial, on the estimator's own space or the first that the strategy takes."""
    for space in spaces:
        try:
            estimator = make(space)
            strategy = kind(getattr(estimator, "space", space))
        except Exception:  # the tables of the spaces say what
            continue
        try:
            check_fit(strategy, estimator, Limits(1, None, None), ())
        except Exception as error:
            return _refused(error)
        return ""
    return "no space among these takes both"


def _refused(error: Exception) -> str:
    """Of what is raised before anything runs: a part refuses what it cannot take in words of its own, all else is a mistake in it."""
    return str(error) if isinstance(error, (TypeError, ValueError)) else _raised(error)


def _raised(error: Exception) -> str:
    return f"raised {type(error).__name__}: {error}"


def _with_settings(space: Any) -> str:
    """Its class, and those of its settings that are not the defaults."""
    defaults = {name: parameter.default for name, parameter in inspect.signature(type(space).__init__).parameters.items()}
    told = [f"{name}={describe(value)}" for name, value in space.settings.items() if describe(value) != describe(defaults[name])]
    return f"{type(space).__name__}({', '.join(told)})"


def _text(rows: list[list[str]]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)


def _noted(rows: list[list[str]], notes: dict[str, int]) -> list[list[str]]:
    """The grid with the number of a note in place of each reason; new ones are added to `notes`."""
    head, *body = rows
    found = [head]
    for name, *cells in body:
        whys = [_of_any(cell, name, column) for cell, column in zip(cells, head[1:], strict=True)]
        found.append([name, *(why if why == "runs" else f"no ({notes.setdefault(why, len(notes) + 1)})" for why in whys)])
    return found


def _of_any(why: str, row: str, column: str) -> str:
    """A reason without the names of its row and column, and without the chapter of a strategy."""
    for name, other in (
        (f"`{column}`", "it"),
        (f"`{row}`", "it"),
        (f"which {row} does not have", "which this one does not have"),
        (f"; {row} has", "; this one has"),
    ):
        why = why.replace(name, other)
    return re.sub(r" \(chapter \d+\)", "", why)  # another for each strategy, which would make as many notes of one reason


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def _markdown(rows: list[list[str]]) -> str:
    head, *body = ["| " + " | ".join(map(_escaped, row)) + " |" for row in rows]
    return "\n".join([head, "|---" * len(rows[0]) + "|", *body])


def _html(rows: list[list[str]]) -> str:
    head, *body = rows
    heading = "".join(f'<th scope="col">{html.escape(cell)}</th>' for cell in head)
    lines = [f'<tr><th scope="row">{html.escape(name)}</th>' + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells) + "</tr>" for name, *cells in body]
    return f"<table><thead><tr>{heading}</tr></thead><tbody>{''.join(lines)}</tbody></table>"
