"""`Numbers`: a range of numbers as the options of a decision."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from nastutor.inputs import is_number, require


class Numbers(NamedTuple):
    """From `low` to `high`, both included, evenly on a linear scale or a logarithmic one ("log"); `whole`: rounded to whole numbers.

    >>> Numbers(1e-3, 1.0, "log").options(4), Numbers(8, 32, "log", whole=True).options(3)
    ((0.001, 0.01, 0.1, 1.0), (8, 16, 32))
    """

    low: float
    high: float
    scale: str = "linear"
    whole: bool = False

    def options(self, points: int) -> tuple[float, ...]:
        """So many numbers, fewer where two round to one; with six digits at most, as a decision is read by people too."""
        log = self.scale == "log"
        low, high = (math.log(self.low), math.log(self.high)) if log else (self.low, self.high)
        places = [low + (high - low) * k / (points - 1) for k in range(points)] if points > 1 else [(low + high) / 2]
        values = [math.exp(place) if log else place for place in places]
        return tuple(dict.fromkeys(round(value) if self.whole else float(f"{value:.6g}") for value in values))


def check_ranges(given: Mapping[str, Numbers] | None, known: Mapping[str, Numbers]) -> dict[str, Numbers]:
    """`known` with those `given` in their places; refused where there is no such number or no such range."""
    for name, numbers in (given or {}).items():
        if name not in known:
            raise ValueError(f"`ranges` has {name!r}; allowed are {', '.join(known)}")
        require(f"ranges[{name!r}]", numbers, _fits, "Numbers(low, high, scale, whole), low <= high, above 0 on a logarithmic scale")
    return {**known, **{name: Numbers(*numbers) for name, numbers in (given or {}).items()}}


def _fits(given: Any) -> bool:
    numbers = Numbers(*given)
    least = numbers.low > 0 if numbers.scale == "log" else True
    return is_number(numbers.low) and is_number(numbers.high) and numbers.scale in ("linear", "log") and numbers.low <= numbers.high and least
