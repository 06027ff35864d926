"""`VisionPipelineSpace`: pipelines of filter banks, pools and normalisations, all of whose settings are decided."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from math import exp, log
from statistics import NormalDist
from typing import Any

from nastutor.inputs import is_whole, require, whole
from nastutor.spaces.base import ChoiceSpace, Choose, check_options
from nastutor.spaces.numbers import Numbers

BOTH = (0, 1)
FILTERS = tuple(range(3, 9))  # rows of a filter
EXITS = ("grid", "alpha", "pool")
Ask = Callable[[str, Sequence[Any]], Any]  # a decision whose name begins in one way


class VisionPipelineSpace(ChoiceSpace):
    """Bergstra, Yamins & Cox 2013: which pipeline makes of an image the features of a linear classifier (section 4; names and priors as in the release).

    An image is resized, perhaps turned, sheared and moved. Then come none, some or all layers of filters and a pool. The pipeline leaves by
    one of three exits behind any of them: filters whose answers are pooled over a grid of the image (`grid`), two-sided answers above a
    threshold in pools (`alpha`), pools that may be normalised (`pool`). Each filter bank is random, random on whitened patches, or made of
    whitened patches, and what it answers is normalised. Which exit is taken decides how deep the pipeline is and which settings there are:
    of the paper's 238 hyperparameters an architecture has 17 to 55. A number with a prior is one of its quantiles, so that a uniform draw among the
    options has the prior's shape; `numeric` says its scale.

    The features are not learned, and no graph of layers says them: `nt.estimators.Pipeline` computes them and judges by a linear classifier.
    Pipelines of the same shape whose filters are trained are the `FilterBankSpace`.

    layers  the largest number of filters in each layer before an exit, in steps of 16 (paper: 64 and 128)
    sizes   sides of the resized image (paper: 32, 64, 128, 200)
    affine  whether the image may be turned, sheared and moved
    seeds   how many seeds a random filter bank is chosen from (paper 10)
    points  how many quantiles of a prior are options

    >>> space = VisionPipelineSpace()
    >>> len(space.sites()), space.plan(space.sample(0))["exit"]
    (149, 'alpha1')
    """

    def __init__(self, layers: Sequence[int] = (32,), sizes: Sequence[int] = (8, 12), *, affine: bool = False, seeds: int = 2, points: int = 4) -> None:
        require("layers", layers, lambda given: all(is_whole(most, 16) for most in given), "sequences of whole numbers from 16")
        check_options("sizes", sizes)
        for size in sizes:
            whole("sizes", size)
        if type(affine) is not bool:
            raise ValueError(f"`affine` is {affine!r}; allowed are True and False")
        self.layers, self.sizes, self.affine, self.seeds, self.points = tuple(layers), tuple(sizes), affine, whole("seeds", seeds), whole("points", points)

    @cached_property
    def _priors(self) -> dict[str, tuple[float, ...]]:
        """The options of the numbers, by what they are: quantiles of log-normal and normal priors, or evenly spaced."""

        def log_normal(median: float, factor: float) -> tuple[float, ...]:
            return tuple(float(f"{exp(log(median) + log(factor) * z):.6g}") for z in normal)

        normal = tuple(round(NormalDist().inv_cdf((k + 0.5) / self.points), 6) for k in range(self.points))
        spread = {"beta": (100, 100), "gamma": (1e-2, 100), "order": (1, 3), "varthresh": (1e-4, 1000), "l2_reg": (1e-5, 1e3), "thresh": (1, 3)}
        ranges = {"order_real": (0.1, 10, "log"), "turn": (-0.3, 0.3), "scale": (0.8, 1.2), "move": (-0.2, 0.2)}
        made = {name: log_normal(*prior) for name, prior in spread.items()} | {"alpha": normal}
        return made | {name: Numbers(*given).options(self.points) for name, given in ranges.items()}  # type: ignore[arg-type]

    def decide(self, choose: Choose) -> dict[str, Any]:
        plan: dict[str, Any] = {}

        def ask(name: str, options: Sequence[Any]) -> Any:
            plan[name] = choose(name, options)
            return plan[name]

        self._warp(ask)
        kind, depth = exit_of(ask("exit", self._exits))
        for number in range(depth):
            self._layer(ask, number)
        {"grid": self._grid, "alpha": self._alpha, "pool": self._pool}[kind](ask, depth)
        return plan

    @property
    def _exits(self) -> tuple[str, ...]:
        return tuple(f"{kind}{depth}" for depth in range(len(self.layers) + 1) for kind in EXITS)

    def _warp(self, ask: Ask) -> None:
        ask("warp_osize", self.sizes)
        if self.affine and ask("warp", ("plain", "affine")) == "affine":
            kinds = {"rot": "turn", "shear": "turn", "scale_h": "scale", "scale_v": "scale", "trans_h": "move", "trans_v": "move"}
            for name, kind in kinds.items():
                ask(f"warp_{name}", self._priors[kind])

    def _bank(self, ask: Ask, prefix: str) -> None:
        """A filter bank: its normalisation, how its filters come about, and the seeds and numbers of that."""
        seeds, p = range(self.seeds), f"{prefix}_fbncc_"
        for name, options in (("remove_mean", BOTH), ("beta", self._priors["beta"]), ("hard", BOTH)):
            ask(p + name, options)
        way = ask(p + "algo", ("random", "random_whitened", "whitened_patches"))
        if way == "random":
            ask(p + "r_rseed", seeds)
            ask(p + "r_normalize", BOTH)
            return
        short = "wr" if way == "random_whitened" else "wp"
        ask(p + "patch_rseed", seeds)
        ask(f"{p}{short}_gamma", self._priors["gamma"])
        ask(f"{p}{short}_rseed", seeds)

    def _layer(self, ask: Ask, number: int) -> None:
        """Filters and a pool that the pipeline goes on from."""
        p = f"l{number}"
        ask(f"{p}fb_nfilters", range(16, self.layers[number] + 1, 16))
        ask(f"{p}fb_size", FILTERS)
        self._bank(ask, p)
        ask(f"{p}p_stride", (1, 2))
        self._order(ask, f"{p}p_order", f"{p}p_order_real", self._priors["order"])
        ask(f"{p}p_size", range(2, 9))

    def _grid(self, ask: Ask, depth: int) -> None:
        p = f"l{depth}eg"
        ask(f"{p}_fsize", FILTERS)
        ask(f"{p}_res", (2, 3))
        self._bank(ask, p)
        ask(f"{p}_alpha", self._priors["alpha"])
        self._order(ask, f"{p}_order", f"{p}_order_real", self._priors["order_real"])
        self._end(ask, p)

    def _alpha(self, ask: Ask, depth: int) -> None:
        p = f"l{depth}elpa"
        for name, options in (("fsize", FILTERS), ("lpsize", range(1, 6)), ("stride", (1, 2, 3))):
            ask(f"{p}_{name}", options)
        self._bank(ask, f"l{depth}el")
        ask(f"{p}_alpha", self._priors["alpha"])
        self._order(ask, f"{p}_order_choice", f"{p}_order_real", self._priors["order_real"])
        self._end(ask, p)

    def _pool(self, ask: Ask, depth: int) -> None:
        p = f"l{depth}_out_lp"
        for name, options in (("fsize", FILTERS), ("psize", range(1, 6)), ("stride", (1, 2, 3)), ("nsize", range(1, 6))):
            ask(f"{p}_{name}", options)
        self._bank(ask, f"l{depth}elp")
        self._order(ask, f"{p}_order_choice", f"{p}_order_real", self._priors["order_real"])
        if ask(f"{p}_use_norm", BOTH):
            ask(f"{p}_norm_rmean", BOTH)
            ask(f"{p}_norm_thresh", self._priors["thresh"])
        self._end(ask, p)

    def _order(self, ask: Ask, name: str, real: str, options: Sequence[float]) -> None:
        """The power of a pool: the mean, the root of squares, or any number."""
        if ask(name, (1, 2, "real")) == "real":
            ask(real, options)

    def _end(self, ask: Ask, p: str) -> None:
        """What comes between the features and the classifier, and the strength of its L2."""
        for name, options in (("remove_std0", BOTH), ("varthresh", self._priors["varthresh"]), ("l2_reg", self._priors["l2_reg"]), ("divrowl2", BOTH)):
            ask(f"{p}_{name}", options)

    @property
    def size(self) -> int:
        """By exit: every part is decided on its own, given what it is."""
        n, seeds, filters = self.points, self.seeds, len(FILTERS)
        bank = 4 * n * (2 * seeds + 2 * n * seeds**2)
        order, end = 2 + n, 4 * n * n
        exits = filters * 2 * bank * n * order * end + filters * 15 * bank * n * order * end + filters * 75 * bank * order * (1 + 2 * n) * end
        total, way = 0, len(self.sizes) * (1 + n**6 if self.affine else 1)
        for most in (*self.layers, None):
            total += way * exits
            way *= len(range(16, most + 1, 16)) * filters * bank * 2 * order * 7 if most else 1
        return total

    @cached_property
    def numeric(self) -> dict[str, str]:
        """The decisions that are numbers with an order worth modelling, and their scales."""
        linear, logs = ("_rot", "_shear", "_scale_h", "_scale_v", "_trans_h", "_trans_v", "_alpha", "size"), ("_beta", "_gamma", "_order_real", "_thresh")
        ends = dict.fromkeys(linear, "linear") | dict.fromkeys((*logs, "varthresh", "_l2_reg", "nfilters"), "log")
        return {name: scale for name in self.sites() for end, scale in ends.items() if name.endswith(end)}


def exit_of(name: str) -> tuple[str, int]:
    """The kind of an exit, and how many layers lie before it."""
    kind = name.rstrip("0123456789")
    return kind, int(name[len(kind) :])
