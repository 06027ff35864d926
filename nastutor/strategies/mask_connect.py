"""`MaskConnect`: which earlier outputs a module reads, a fixed number of them, learnt with the weights (chapter 9)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from nastutor.core import Strategy
from nastutor.history import History
from nastutor.inputs import positive, whole
from nastutor.rng import numpy_rng
from nastutor.values import Arch, Mixture, Result, Trial, Value


class MaskConnect(Strategy):
    """Each module has a mask in [0, 1] over the earlier outputs that it may read (Ahmed & Torresani 2018, section 3.2).

    Forward exactly `fan_in` of them are drawn without replacement, in proportion to the mask, and read; backward the gradient goes straight through to
    the mask, of those that were not read too; then it is cut to [0, 1]. In the end the largest are kept. For spaces whose `roles()` tell of skips
    (`nt.spaces.MacroSpace`): beside its predecessor a layer reads `fan_in` skips, or all where there are no more.

    fan_in  K
    lr      of the masks
    first   their first value
    base    an architecture from which all other decisions are taken; None: the first option of each
    """

    needs: ClassVar[tuple[str, ...]] = ("mixture_sites", "roles", "walk")
    wants: ClassVar[tuple[str, ...]] = ("grad",)
    chapter: ClassVar[int | None] = 9

    def __init__(self, space: Any, fan_in: int = 1, *, lr: float = 0.1, first: float = 0.5, base: Arch | None = None, seed: int = 0) -> None:
        super().__init__(space, seed=seed)
        self.fan_in, self.lr, self.groups = whole("fan_in", fan_in), positive("lr", lr), _groups(space)
        if not self.groups:
            raise ValueError(
                f"`space` is {space!r}, whose decisions are no skips; allowed are spaces such as MacroSpace, whose roles() tell of some (chapter 9)"
            )
        most = max(map(len, self.groups.values()))
        if fan_in > most:
            raise ValueError(f"`fan_in` is {fan_in}; allowed are 1 to {most}, as many as the last module can read (chapter 9)")
        if not 0 < positive("first", first) <= 1:
            raise ValueError(f"`first` is {first!r}; allowed are numbers above 0, up to 1")
        self.others: dict[str, Value] = {name: options[0] if base is None else base[name] for name, options in self._rest(space).items()}
        self.masks = {node: np.full(len(names), float(first)) for node, names in self.groups.items()}
        self.draws = numpy_rng(seed, "MaskConnect")
        self.flying: Counter[str] = Counter()
        self.number = 0

    def _rest(self, space: Any) -> dict[str, tuple[Value, ...]]:
        skips = {name for names in self.groups.values() for name in names}
        return {name: options for name, options in space.mixture_sites().items() if name not in skips}

    def ask(self) -> Trial:
        weights, watched = {}, {}
        for name, options in self.space.mixture_sites().items():
            if name in self.others:
                weights[name] = np.array([option == self.others[name] for option in options], dtype=np.float32)
        for node, names in self.groups.items():
            read = self.read(node)
            for number, name in enumerate(names):
                weights[name] = np.array([number not in read, number in read], dtype=np.float32)
                if number not in read:
                    watched[name] = (1,)
        self.number += 1
        trial = Trial(Mixture(weights, watched), repeat=self.number)
        self.flying[trial.key] += 1
        return trial

    def read(self, node: int) -> set[int]:
        """`fan_in` numbers of inputs, drawn in proportion to the mask; those without any weight come last."""
        mask = self.masks[node]
        if len(mask) <= self.fan_in:
            return set(range(len(mask)))
        keys = self.draws.exponential(size=len(mask)) / np.maximum(mask, 1e-12)  # the smallest of such times come in proportion to the mask
        return set(np.argsort(keys)[: self.fan_in].tolist())

    def tell(self, trial: Trial, result: Result) -> None:
        if not self.flying[trial.key]:
            return
        self.flying -= Counter([trial.key])
        if result.status == "failed" or result.grad is None:
            return
        for node, names in self.groups.items():
            slope = np.array([float(result.grad[name][1] - result.grad[name][0]) for name in names])
            if np.isfinite(slope).all():
                self.masks[node] = np.clip(self.masks[node] - self.lr * slope, 0.0, 1.0)

    def recommend(self, history: History) -> Arch:
        """The inputs with the largest masks; of equal ones the first."""
        kept = {name for node, names in self.groups.items() for name in np.array(names)[np.argsort(-self.masks[node], kind="stable")[: self.fan_in]]}
        return self.space.walk(lambda name, options: self.others.get(name, name in kept))  # type: ignore[no-any-return]


def _groups(space: Any) -> Mapping[int, list[str]]:
    """node -> its skips, by their source."""
    found: dict[int, list[str]] = {}
    for name, role in space.roles().items():
        if role.kind == "skip":
            found.setdefault(role.node, []).append(name)
    return found
