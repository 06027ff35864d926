"""Searches by gradients on the smallest table, from a record: what their alphas said on the way, and what was derived from them (chapter 9).

`python -m nastutor.claims.gradients SEED ... >> data/gradients-tiny.jsonl` adds a line for each method and seed.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np

from nastutor.claims.base import Finding
from nastutor.claims.needs import Need
from nastutor.claims.records import bootstrapped, fingerprint, lines_of, machine
from nastutor.estimators.curvature import dominant_eigenvalue
from nastutor.estimators.option_costs import option_costs
from nastutor.estimators.shared import SharedWeights
from nastutor.estimators.table import Table
from nastutor.loop import search
from nastutor.values import Mixture, Trial

RECORD = "gradients-tiny.jsonl"
SETTINGS: dict[str, Any] = {  # written down before any of the seeds was run
    "table": "digits-tiny",
    "seeds": 10,  # 0 to 9, of alpha and of the shared weights alike
    "steps": 100,  # answers of a search
    "every": 10,  # answers between two looks at alpha
    "curvature": {"images": 128, "iterations": 10},
    "lr": 0.05,  # of alpha, whatever the method
    "warm": 100,  # steps of the weights alone, before "DARTS, warm"
    "etas": [0.0, 0.3, 1.0, 3.0],  # of ProxylessNAS, whose costs are shares of the multiply-adds of the costliest architecture
    "shared": {"halves": True, "lr": 0.1, "batch_size": 64},
}


def methods(settings: Mapping[str, Any] = SETTINGS) -> dict[str, tuple[Callable[..., Any], dict[str, Any]]]:
    """Name -> (strategy, what its shared weights take otherwise)."""
    from nastutor.strategies.perturbation_darts import PerturbationDARTS
    from nastutor.strategies.proxyless import ProxylessNAS, ProxylessREINFORCE
    from nastutor.strategies.relaxed import DARTS, GDAS, SNAS

    steps, lr = settings["steps"], settings["lr"]
    found: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
        "DARTS": (partial(DARTS, lr=lr), {}),
        "DARTS, order 2": (partial(DARTS, lr=lr), {"order": 2}),
        "DARTS, warm": (partial(DARTS, lr=lr), {}),
        "PerturbationDARTS": (partial(PerturbationDARTS, steps=steps, lr=lr), {}),
        "SNAS": (partial(SNAS, lr=lr, horizon=steps), {}),
        "GDAS": (partial(GDAS, lr=lr, horizon=steps), {}),
        "ProxylessREINFORCE": (partial(ProxylessREINFORCE, lr=lr), {"gradients": False}),
    }
    for eta in settings["etas"]:
        costs = {"resource": shares(Table(settings["table"])), "eta": eta} if eta else {}
        found[f"ProxylessNAS, eta {eta:g}"] = partial(ProxylessNAS, lr=lr, **costs), {}
    return found


def shares(table: Any) -> dict[str, np.ndarray]:
    """decision -> multiply-adds of each option (options,), the costliest architecture being 1."""
    costs = option_costs(table.space, table.task, "mult_adds")
    most = sum(own.max() for own in costs.values())
    return {name: own / most for name, own in costs.items()}


def line(method: str, seed: int, settings: Mapping[str, Any] = SETTINGS) -> dict[str, Any]:
    """A search, and what stood at every look: per mille of each option, the number of the derived architecture in the table."""
    table, began = Table(settings["table"]), time.process_time()
    make, more = methods(settings)[method]
    strategy = make(table.space, seed=seed)
    shared = SharedWeights(table.space, table.task, seed=seed, device="cpu", **settings["shared"], **more)
    if method == "DARTS, warm":
        even = {name: np.full(len(options), 1 / len(options)) for name, options in table.space.mixture_sites().items()}
        shared(Trial(Mixture(even), budget=settings["warm"]))
    found: dict[str, Any] = {"method": method, "seed": seed, "settings": fingerprint(settings), "archs": [], "p": [], "curvature": []}
    numbers = {arch: number for number, arch in enumerate(table.archs)}

    def look(history: Any) -> bool:
        answers = len(history)
        if answers % settings["every"] == 0:
            found["archs"].append(numbers[strategy.recommend(history)])
            found["p"].append([round(1000 * float(p)) for own in strategy.probabilities.values() for p in own])
            if method == "DARTS":
                alpha = {name: own.detach() for name, own in strategy.alpha.items()}
                found["curvature"].append(float(f"{dominant_eigenvalue(shared, alpha, **settings['curvature']):.4g}"))
        if answers == settings["steps"]:
            found.update(judged(shared, strategy, table.archs[found["archs"][-1]]))
        return False

    trials = settings["steps"] if method != "PerturbationDARTS" else 10 * settings["steps"]  # which ends by itself
    history = search(strategy, shared, trials=trials, callbacks=[look], progress=False)
    if method == "PerturbationDARTS":
        found["archs"].append(numbers[strategy.recommend(history)])
    return found | {"answers": len(history), "cost": round(history.cost, 2), "seconds": round(time.process_time() - began, 1), **machine()}


def judged(shared: Any, strategy: Any, arch: Any, draws: int = 8) -> dict[str, float]:
    """Validation errors with the shared weights, on all images: of mixtures as the search draws them, and of what would be derived from them."""
    mixtures = [strategy.draw()[0] for _ in range(draws if type(strategy).__name__ != "DARTS" else 1)]
    errors = [shared(Trial(mixture, budget=0, repeat=1)).error for mixture in mixtures]
    return {"mixture": round(float(np.mean(errors)), 4), "derived": round(shared(Trial(arch, budget=0)).error, 4)}


class Replay:
    """The record, if it was made with these settings; what it prints says REPLAYED.

    >>> replay = Replay()
    >>> replay.errors("SNAS").shape                  # in the table, of what each seed derived in the end
    (10,)

    settings   those that the reader's cell would run with
    """

    def __init__(self, settings: Mapping[str, Any] = SETTINGS) -> None:
        made = {one["settings"] for one in lines_of(RECORD)}
        if made != {fingerprint(settings)}:
            differ = [name for name in SETTINGS if settings.get(name) != SETTINGS[name]]
            raise ValueError(f"`settings` differ from those of {RECORD} in {', '.join(differ) or 'what it does not name'}: run the searches anew (chapter 9)")
        self.settings, self.table = dict(settings), Table(settings["table"])
        self.lines = {(one["method"], one["seed"]): one for one in lines_of(RECORD)}
        self.error = self.table.column()  # (A,)

    @property
    def methods(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(method for method, _ in self.lines))

    def seeds(self, method: str) -> list[dict[str, Any]]:
        """The lines of a method, by seed."""
        found = [self.lines[key] for key in sorted(key for key in self.lines if key[0] == method)]
        if not found:
            raise ValueError(f"`method` is {method!r}; allowed are {', '.join(self.methods)}")
        return found

    def archs(self, method: str) -> np.ndarray:
        """Numbers of what would be derived at each look, (seeds, looks)."""
        return np.array([one["archs"] for one in self.seeds(method)])

    def errors(self, method: str, answers: int | None = None) -> np.ndarray:
        """Table errors of what is derived after so many answers, (seeds,); default: in the end."""
        return self.error[self.archs(method)[:, -1 if answers is None else answers // self.settings["every"] - 1]]

    def __repr__(self) -> str:
        one, seconds = next(iter(self.lines.values())), sum(one["seconds"] for one in self.lines.values())
        made = f"made by python -m nastutor.claims.gradients in {seconds / 60:.0f} CPU minutes ({one['machine']}, torch {one['torch']})"
        return f"REPLAYED, not run now: {len(self.lines)} searches, settings {one['settings']}, {made}"


RECORDED = Need(
    f"a record of searches by gradients ({SETTINGS['table']}, {SETTINGS['seeds']} seeds)",
    lambda table: "" if table.path.stem == SETTINGS["table"] else "there is none",
)


def against_the_mean(table: Any, seeds: int, first: int) -> Finding:
    """What DARTS derives, and the mean of all architectures."""
    from nastutor.comparing import wilcoxon

    replay, truth = Replay(), table.column()
    mean, own = float(np.nanmean(truth)), replay.errors("DARTS")
    said = [f"{method} {replay.errors(method).mean():.3f}" for method in replay.methods if "eta" not in method]
    told = f"mean {mean:.3f} and median {np.nanmedian(truth):.3f} of all; derived by {', '.join(said)}"
    return Finding(bootstrapped(own - mean, seeds, first), wilcoxon(own, np.full(len(own), mean), "less").p, told)


def smaller_gap(table: Any, seeds: int, first: int) -> Finding:
    """What the cut to one architecture costs SNAS, and DARTS."""
    from nastutor.comparing import wilcoxon

    replay = Replay()
    gaps = {name: np.array([one["derived"] - one["mixture"] for one in replay.seeds(name)]) for name in ("SNAS", "DARTS")}
    levels = [f"{name} {np.mean([one['mixture'] for one in replay.seeds(name)]):.3f} + {gap.mean():.3f}" for name, gap in gaps.items()]
    found = wilcoxon(gaps["SNAS"], gaps["DARTS"], "less")
    return Finding(bootstrapped(gaps["SNAS"] - gaps["DARTS"], seeds, first), found.p, f"error of mixtures, and what the cut adds: {', '.join(levels)}")


def falling_cost(table: Any, seeds: int, first: int) -> Finding:
    """Multiply-adds of what ProxylessNAS derives, by their price."""
    replay = Replay()
    return priced(table, np.stack([replay.archs(f"ProxylessNAS, eta {eta:g}")[:, -1] for eta in SETTINGS["etas"]], axis=1), SETTINGS["etas"], seeds, first)


def priced(table: Any, archs: np.ndarray, etas: list[float], seeds: int, first: int) -> Finding:
    """Of the architectures that were derived, as numbers (seeds, etas)."""
    from scipy.stats import page_trend_test

    paid, wrong = table.column("mult_adds")[archs], table.column()[archs]
    means = [f"{eta:g}: {cost:,.0f} with error {error:.3f}" for eta, cost, error in zip(etas, paid.mean(0), wrong.mean(0), strict=True)]
    levels = len({float(cost) for cost in paid.mean(0)})
    told = f"at eta {'; '.join(means)} ({levels} of {len(means)} prices differ); that the error rises, p = {page_trend_test(wrong).pvalue:.2g}"
    return Finding(bootstrapped(paid[:, -1] - paid[:, 0], seeds, first), float(page_trend_test(-paid).pvalue), told)


def growing_skips(table: Any, seeds: int, first: int) -> Finding:
    """How many skips the cell has that DARTS would derive, from look to look."""
    from scipy.stats import page_trend_test

    replay = Replay()
    skips = np.array([[sum(value == "skip" for _, value in replay.table.archs[number].choices) for number in row] for row in replay.archs("DARTS")])
    sharp = np.abs([one["curvature"] for one in replay.seeds("DARTS")]).mean(0)
    means = ", ".join(f"{mean:.1f}" for mean in skips.mean(0))
    told = f"mean number of skips per look {means}; the dominant eigenvalue goes from {sharp[0]:.3f} to {sharp[-1]:.3f}"
    return Finding(bootstrapped(skips[:, -1] - skips[:, 0], seeds, first), float(page_trend_test(skips).pvalue), told)


def lines(seeds: list[int]) -> Iterator[dict[str, Any]]:
    for seed in seeds:
        for method in methods():
            yield line(method, seed)


if __name__ == "__main__":
    for one in lines([int(seed) for seed in sys.argv[1:]]):
        print(json.dumps(one, separators=(",", ":")), flush=True)
