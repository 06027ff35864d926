"""A claim, and what came out when it was tested."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from nastutor.claims.needs import Need, not_a_table
from nastutor.comparing.intervals import Interval
from nastutor.estimators.table import Table
from nastutor.inputs import whole
from nastutor.scales import scale

ALPHA = 0.05
CLEAR = (0.001, 0.2)


class Finding(NamedTuple):
    """What a test found: `effect` with its 95 % interval (what it is: Claim.effect), `p`, and more in words.

    least  the smallest p that the test can give: of n resamples none can show less than 1 / (n + 1)
    """

    effect: Interval
    p: float
    said: str = ""
    least: float = 0.0


@dataclass(frozen=True)
class Claim:
    """A claim of a paper, and how it is tested.

    statement  what should be so
    test       how it is decided, in full, before anything is run
    effect     what the number is that an outcome gives
    find       (table, seeds, first) -> Finding
    needs      what a table must have to be suited; others are refused before anything is searched
    recorded   how many seeds a record in `data/` holds, where one decides: `seeds` and `first` then draw resamples of it alone, if any
    on         where a record is of networks and images that no table has: what it is of, which outcomes name in the place of the table
    """

    key: str
    paper: str
    statement: str
    test: str
    effect: str
    find: Callable[[Any, int, int], Finding]
    needs: tuple[Need, ...] = ()
    recorded: int = 0
    on: str = ""

    @property
    def tables(self) -> str:
        """Which tables it can be tested on, in words."""
        return "; ".join(need.says for need in self.needs) or "any"

    def lacks(self, table: Any) -> str:
        """What a table does not have that the claim needs, in words; "" where it is suited."""
        return "; ".join(f"{lack}, and {self.key} needs {need.says}" for need in self.needs if (lack := need.lack(table)))

    def run(self, table: Any = "digits-cells", *, seeds: int | None = None, first: int = 0) -> Outcome:
        """Tests it on a table.

        table  a Table, or its name or path; one that is not suited (see `tables`) raises ValueError
        seeds  how many; default: 50, at smoke scale 10
        first  the first of them: other seeds tell whether the outcome was luck

        >>> import nastutor as nt
        >>> nt.claims.claim("ying2019-evolution").run("digits-tiny", seeds=10).table
        'digits-tiny'
        """
        asked = opened(table)
        if lack := self.lacks(asked):
            raise ValueError(f"`table` is {asked.path.stem}: {lack}")
        seeds = scale(smoke=10, cpu=50) if seeds is None else whole("seeds", seeds, 10)
        return Outcome(self, str(asked.path.stem), seeds, whole("first", first, 0), *self.find(asked, seeds, first))


def opened(table: Any) -> Any:
    """The table, if it is one that claims can read; TypeError or ValueError."""
    asked = Table(table) if isinstance(table, (str, Path)) else table
    if wrong := not_a_table(asked):
        raise (ValueError if isinstance(asked, Table) else TypeError)(wrong)
    return asked


@dataclass(frozen=True)
class Outcome:
    """What came out. `supported` where p is below 5 %; if not, that is an outcome too.

    `clear` where p is up to 0.001, or the least that the test can give, or above 0.2: then other seeds should say the same.
    """

    claim: Claim
    table: str
    seeds: int
    first: int
    effect: Interval
    p: float
    said: str
    least: float = 0.0

    @property
    def supported(self) -> bool:
        return self.p < ALPHA

    @property
    def clear(self) -> bool:
        return self.p <= max(CLEAR[0], self.least) or self.p > CLEAR[1]

    def __str__(self) -> str:
        verdict = "supported" if self.supported else "not supported at this scale"
        seeds = f"{self.claim.recorded} recorded seeds" if self.claim.recorded else f"{self.seeds} seeds from {self.first}"
        numbers = f"{self.claim.effect}: {self.effect}, p = {self.p:.2g}, {seeds}"
        return f"{self.claim.key} on {self.claim.on or self.table}: {verdict}. {self.claim.statement}\n    {numbers}{'; ' + self.said if self.said else ''}"
