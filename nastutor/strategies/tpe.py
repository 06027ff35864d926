"""TPE, the tree-structured Parzen estimator (chapter 5)."""

from __future__ import annotations

import math
from bisect import bisect
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, chain
from typing import Any

import numpy as np

from nastutor.core import Strategy
from nastutor.inputs import positive, require, whole
from nastutor.spaces.coding import Coding
from nastutor.strategies.kde import KernelDensity
from nastutor.strategies.parzen import SCALES, categorical, numeric, on_scale, recency
from nastutor.strategies.split import Side, Split
from nastutor.values import Arch, Result, Trial

RULES = ("root", "share")
TRIES = 20  # random architectures that are looked at for a new network


class TPE(Strategy):
    """Prefers what is frequent among the good and rare among the others (Bergstra et al. 2011, section 4).

    l is the density of the good, g that of the others; drawing from l and keeping the largest l / g maximises expected improvement, which
    is proportional to (gamma + (1 - gamma) g / l)^-1. Each decision has its own l and g, of the observations in which it was active;
    they are drawn from top to bottom, so that what an architecture does not have is neither drawn nor learned from.

    start         so many answers are waited for with random architectures
    candidates    how many draws from l compete
    gamma, rule   how many of n are good: "root" gamma sqrt(n) (hyperopt's), "share" gamma n (the paper's, with 0.15), rounded up ...
    most          ... and not more than this
    prior         weight of the prior: how often each option was seen before anything was told
    recent        so many of the latest count fully, the older less and less (hyperopt: 25); None: all alike
    whole         True: the candidates are whole architectures, as in the paper; False: they compete decision by decision, as in hyperopt,
                  which is quicker and greedier
    numeric       decision -> "linear" or "log": its options are numbers, and near ones are alike
    multivariate  one density over whole architectures, as in BOHB, in place of one for each decision; at least one more than there are
                  decisions are good then, or half of what there is (a kernel's width follows from them)
    distinct      True keeps the best candidate that is a new network (`whole=False`: after each that is known the next has one draw less); where
                  all are known, the first new one of 20 random ones; and where these are known too, the best candidate once more. False is the
                  paper's TPE, which repeats itself, as Optuna's by hyperopt's rules does: without noise a repeated question teaches nothing, and
                  in small spaces TPE is then no better than random search (digits-tiny: 50 different ones in 100 trials). With `multivariate`
                  True is needed: those kernels settle on what is asked for again and again

    Trials in flight count as bad until they are told, failed ones for ever.
    """

    needs = ("sample", "walk", "sites")
    chapter = 5

    def __init__(
        self,
        space: Any,
        start: int = 20,
        candidates: int = 24,
        *,
        gamma: float = 0.25,
        rule: str = "root",
        most: int = 25,
        prior: float = 1.0,
        recent: int | None = None,
        whole: bool = True,
        numeric: Mapping[str, str] | None = None,
        multivariate: bool = False,
        distinct: bool = True,
        seed: int = 0,
    ) -> None:
        super().__init__(space, seed=seed)
        check(start=start, candidates=candidates, gamma=gamma, rule=rule, most=most, prior=prior, recent=recent)
        check_flags(whole, multivariate, distinct)
        self.start, self.candidates, self.gamma, self.rule, self.most, self.prior, self.recent = start, candidates, gamma, rule, most, prior, recent
        self.whole, self.multivariate, self.distinct = whole, multivariate, distinct
        self.coding = Coding(space.sites())
        self.scales = check_scales(numeric or {}, self.coding.sites)
        self.split = Split(self.good_of, recent)
        self.seen: set[Arch] = set()  # asked for or told, and their networks
        self._densities: dict[tuple[Any, ...], tuple[list[float], ...]] = {}  # name and options -> what `_of` gives
        self._joints: tuple[KernelDensity, KernelDensity] | None = None

    def good_of(self, count: int) -> int:
        """How many of `count` observations are good."""
        good = min(self.most, math.ceil(self.gamma * (math.sqrt(count) if self.rule == "root" else count)))
        return max(good, min(len(self.coding.sites) + 1, count // 2)) if self.multivariate else good

    def ask(self) -> Trial:
        trial = Trial(arch := self.propose())
        if self.distinct:
            self.seen.update((arch, self._network(arch)))
        self._forget()
        self.split.ask(trial.key, arch)
        return trial

    def tell(self, trial: Trial, result: Result) -> None:
        self._forget()
        self.split.answered(trial.key)
        if (arch := self.comparable(trial)) is None:
            return
        self.split.add(arch, result.error if result.usable else math.inf)
        if self.distinct:
            self.seen.update((arch, self._network(arch)))

    def _forget(self) -> None:
        """Densities hold until something is asked or told."""
        self._densities.clear()
        self._joints = None

    def _known(self, arch: Arch) -> bool:
        """Whether its network was asked for or told."""
        return arch in self.seen or self._network(arch) in self.seen

    def _network(self, arch: Arch) -> Arch:
        """What two architectures share that are one network."""
        return self.space.canonical(arch) if hasattr(self.space, "canonical") else arch

    def propose(self) -> Arch:
        """An architecture, by all that is known now."""
        first = None
        for arch in chain(self._candidates(), (self.space.sample(self.rng) for _ in range(TRIES))):
            if not self.distinct or not self._known(arch):
                return arch
            first = first or arch
        return first  # type: ignore[return-value]

    def _candidates(self) -> Iterator[Arch]:
        """By what was told, the best first; none as long as nothing is to be learned from it."""
        if len(self.split.errors) < self.start or self.split.level:
            return
        if self.multivariate:
            if self._joints is None:
                self._joints = self._joint(self.split.good), self._joint(self.split.bad)
            good, bad = self._joints
            archs = [good.draw(self.space, self.rng) for _ in range(self.candidates)]
            yield from (archs[place] for place in np.argsort(bad.log(archs) - good.log(archs), kind="stable"))
        elif self.whole:
            drawn = [self._draw(1) for _ in range(self.candidates)]
            yield from (arch for _, arch in sorted(drawn, key=lambda one: -one[0]))  # ties: the first drawn
        else:
            yield from (self._draw(draws)[1] for draws in range(self.candidates, 0, -1))

    def _draw(self, draws: int) -> tuple[float, Arch]:
        """An architecture, each decision the best of some draws from l; and the logarithm of its l / g."""
        log_ratio = 0.0

        def choose(name: str, options: Sequence[Any]) -> Any:
            nonlocal log_ratio
            _, _, up_to, ratios = self._of(name, options)
            places = [bisect(up_to, self.rng.random() * up_to[-1], 0, len(options) - 1) for _ in range(draws)]
            best = max(places, key=ratios.__getitem__) if draws > 1 else places[0]  # ties: the first drawn
            log_ratio += ratios[best]
            return options[best]

        arch = self.space.walk(choose)
        return log_ratio, arch

    def densities(self, name: str, options: Sequence[Any]) -> tuple[list[float], list[float]]:
        """l and g over the options of a decision, (K,) each."""
        good, bad, *_ = self._of(name, options)
        return good, bad

    def _of(self, name: str, options: Sequence[Any]) -> tuple[list[float], ...]:
        """l, g, the running sum of l and log(l / g), (K,) each; worked out once for what is known now."""
        key = (name, *options)
        if key not in self._densities:
            good, bad = self._density(self.split.good, name, options), self._density(self.split.bad, name, options)
            self._densities[key] = good, bad, list(accumulate(good)), [math.log(l / g) for l, g in zip(good, bad, strict=True)]
        return self._densities[key]

    def _density(self, side: Side, name: str, options: Sequence[Any]) -> list[float]:
        weights = side.weights(name, options)
        if name not in self.scales:
            return categorical(weights, self.prior)
        return numeric(on_scale(name, options, self.scales[name]), [side.counts[name][option] for option in options], self.prior, weights)

    def _joint(self, side: Side) -> KernelDensity:
        """The density over whole architectures of one side."""
        archs, sites = side.in_order(), self.coding.sites
        places = {name: on_scale(name, sites[name], scale) for name, scale in self.scales.items()}
        return KernelDensity(self.coding, archs, recency(len(archs), self.recent), self.prior, places)


def check(**settings: Any) -> None:
    """Refuses settings of TPE that cannot be."""
    whole("start", settings["start"])
    whole("candidates", settings["candidates"])
    positive("gamma", settings["gamma"])
    if settings["rule"] not in RULES:
        raise ValueError(f"`rule` is {settings['rule']!r}; allowed are {' and '.join(map(repr, RULES))} (chapter 5)")
    require("gamma", settings["gamma"], lambda gamma: settings["rule"] == "root" or gamma < 1, 'numbers below 1 with `rule="share"`')
    whole("most", settings["most"])
    positive("prior", settings["prior"])
    if settings["recent"] is not None:
        whole("recent", settings["recent"])


def check_flags(whole: bool, multivariate: bool, distinct: bool) -> None:
    """Refuses what is neither True nor False, and the two that do not go together."""
    for name, value in (("whole", whole), ("multivariate", multivariate), ("distinct", distinct)):
        if type(value) is not bool:
            raise ValueError(f"`{name}` is {value!r}; allowed are True and False (chapter 5)")
    if multivariate and not whole:
        raise ValueError("`whole` is False; with `multivariate=True` whole architectures compete: leave it out (chapter 5)")


def check_scales(scales: Mapping[str, str], sites: Mapping[str, Sequence[Any]]) -> dict[str, str]:
    """Decision -> scale, if there are such decisions and their options are numbers that suit it."""
    for name, scale in scales.items():
        if name not in sites:
            raise ValueError(f"`numeric` names {name!r}; the decisions of this space are {', '.join(sites)}")
        if scale not in SCALES:
            raise ValueError(f"`numeric` makes {name!r} {scale!r}; allowed are {' and '.join(map(repr, SCALES))}")
        on_scale(name, sites[name], scale)
    return dict(scales)
