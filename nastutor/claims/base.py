"""A claim, and what came out when it was tested."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from nastutor.comparing.intervals import Interval
from nastutor.estimators.table import Table
from nastutor.inputs import whole
from nastutor.scales import scale

ALPHA = 0.05


class Finding(NamedTuple):
    """What a test found: `effect` with its 95 % interval (what it is: Claim.effect), `p`, and more in words."""

    effect: Interval
    p: float
    said: str = ""


@dataclass(frozen=True)
class Claim:
    """A claim of a paper, and how it is tested.

    statement  what should be so
    test       how it is decided, in full, before anything is run
    effect     what the number is that an outcome gives
    find       (table, seeds, first) -> Finding
    """

    key: str
    paper: str
    statement: str
    test: str
    effect: str
    find: Callable[[Any, int, int], Finding]

    def run(self, table: Any = "digits-cells", *, seeds: int | None = None, first: int = 0) -> Outcome:
        """Tests it on a table.

        table  a Table, or its name or path
        seeds  how many; default: 50, at smoke scale 10
        first  the first of them: other seeds tell whether the outcome was luck

        >>> import nastutor as nt
        >>> nt.claims.claim("ying2019-evolution").run("digits-tiny", seeds=10).table
        'digits-tiny'
        """
        asked = Table(table) if isinstance(table, (str, Path)) else table
        seeds = scale(smoke=10, cpu=50) if seeds is None else whole("seeds", seeds, 10)
        return Outcome(self, str(asked.path.stem), seeds, whole("first", first, 0), *self.find(asked, seeds, first))


@dataclass(frozen=True)
class Outcome:
    """What came out. `supported` where p is below 5 %; if not, that is an outcome too."""

    claim: Claim
    table: str
    seeds: int
    first: int
    effect: Interval
    p: float
    said: str

    @property
    def supported(self) -> bool:
        return self.p < ALPHA

    def __str__(self) -> str:
        verdict = "supported" if self.supported else "not supported at this scale"
        numbers = f"{self.claim.effect}: {self.effect}, p = {self.p:.2g}, {self.seeds} seeds from {self.first}"
        return f"{self.claim.key} on {self.table}: {verdict}. {self.claim.statement}\n    {numbers}{'; ' + self.said if self.said else ''}"
