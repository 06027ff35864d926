"""`compatibility`: which strategy runs on which space, found out by trying."""

from __future__ import annotations

import html
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from nastutor.core import Strategy
from nastutor.testing.drive import answer
from nastutor.testing.strategy import small_spaces


@dataclass(frozen=True)
class Compatibility:
    """Strategy by space: "" where it runs, else why it does not."""

    strategies: tuple[str, ...]
    spaces: tuple[str, ...]
    why_not: dict[tuple[str, str], str]

    def __getitem__(self, pair: tuple[str, str]) -> str:
        return self.why_not[pair]

    def rows(self) -> list[list[str]]:
        """The table as text, heading first."""
        cells = [[self.why_not[strategy, space] or "yes" for space in self.spaces] for strategy in self.strategies]
        return [["strategy", *self.spaces], *([strategy, *row] for strategy, row in zip(self.strategies, cells, strict=True))]

    def __str__(self) -> str:
        rows = self.rows()
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)

    def _repr_markdown_(self) -> str:
        head, *body = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in self.rows()]
        return "\n".join([head, "|---" * (1 + len(self.spaces)) + "|", *body])

    def _repr_html_(self) -> str:
        head, *body = self.rows()
        heading = "".join(f'<th scope="col">{html.escape(cell)}</th>' for cell in head)
        lines = [
            f'<tr><th scope="row">{html.escape(name)}</th>' + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells) + "</tr>" for name, *cells in body
        ]
        return f"<table><thead><tr>{heading}</tr></thead><tbody>{''.join(lines)}</tbody></table>"


def compatibility(strategies: Iterable[type[Strategy]] | None = None, spaces: Iterable[Any] | None = None) -> Compatibility:
    """Tries each strategy on each space: made, asked, told, asked again. Default: all strategies of the package, some small spaces.

    >>> from nastutor.strategies import HillClimbing
    >>> print(compatibility([HillClimbing]))
    strategy      ProductSpace  Pyramid  CellSpace
    HillClimbing  yes           yes      yes
    """
    kinds = list(strategies) if strategies is not None else package_strategies()
    places = list(spaces) if spaces is not None else small_spaces()
    names = _names(places)
    found = {(kind.__name__, name): _why_not(kind, space) for kind in kinds for name, space in zip(names, places, strict=True)}
    return Compatibility(tuple(kind.__name__ for kind in kinds), tuple(names), found)


def package_strategies() -> list[type[Strategy]]:
    """Every strategy that nastutor.strategies exports."""
    import nastutor.strategies as package

    return [getattr(package, name) for name in package.__all__ if isinstance(getattr(package, name), type)]


def _names(spaces: list[Any]) -> list[str]:
    names = [type(space).__name__ for space in spaces]
    return [name if names.count(name) == 1 else f"{name} {names[:number].count(name) + 1}" for number, name in enumerate(names)]


def _why_not(kind: type[Strategy], space: Any) -> str:
    try:
        strategy = kind(space)
        for _ in range(3):
            trial = strategy.ask()
            if trial is not None:
                space.validate(trial.arch)
                strategy.tell(trial, answer(trial, strategy.wants))
    except (TypeError, ValueError) as error:
        return str(error)
    return ""
