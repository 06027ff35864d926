"""Random search: the baseline that every other strategy has to beat (chapter 4)."""

from __future__ import annotations

from nastutor.core import Strategy
from nastutor.values import Trial


class RandomSearch(Strategy):
    """Independent draws from the space, with replacement; it never finishes and learns nothing (Sciuto et al. 2019, section 3).

    >>> from nastutor.spaces import ChoiceSpace
    >>> strategy = RandomSearch(ChoiceSpace.of({"width": (4, 8), "depth": (1, 2, 3)}), seed=0)
    >>> strategy.ask().arch in strategy.space
    True
    """

    needs = ("sample",)
    chapter = 4

    def ask(self) -> Trial:
        return Trial(self.space.sample(self.rng))
