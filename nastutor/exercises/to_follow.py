"""What one reads to follow a search by gradients or with shared weights, counted by one rule."""

from __future__ import annotations

from typing import Any

from nastutor.exercises.facts import lines_to_read


def parts_of(method: str) -> tuple[Any, ...]:
    """All classes and functions that run in a search by "DARTS" or "ENAS" with its defaults, but for

    what is the same for every method and read once: the loop, `Strategy` and its stages, how an estimator is asked and keeps its books
    (`Estimator`, `SharedWeights`), how a graph becomes a module (`nets/build.py`, `nets/ops.py`), what a space says of itself;
    checks of arguments; and `nets/fused.py`, which computes what `MixedNet` does in less time.
    """
    from nastutor.estimators import fit_shared
    from nastutor.nets import mixed, supernet
    from nastutor.strategies import controller, enas, relaxed

    fit = fit_shared.FitShared
    shared: tuple[Any, ...] = (supernet.Supernet, mixed.MixedNet, mixed._Step, mixed._Planner, mixed._frozen)
    shared += (fit_shared.Route, fit_shared.Answer, fit_shared.Batches, fit_shared._share_wrong)
    if method == "DARTS":
        return relaxed.Relaxed, relaxed.DARTS, relaxed.mixture_of, *shared, fit, fit_shared._or_zero
    if method == "ENAS":
        own = (enas.ENAS, enas.Setting, enas._chosen, controller.Controller, controller._State, controller.Drawn, controller.Bounds, controller.form_of)
        return *own, controller._separable, *shared, fit.__init__, fit.lr.fget, fit.learn, fit.forward, fit.answer, fit.judge, fit._glance  # type: ignore[attr-defined]
    raise ValueError(f"`method` is {method!r}; allowed are 'DARTS' and 'ENAS'")


def lines_to_follow(method: str) -> dict[str, int]:
    """File -> lines of code, docstrings apart, that one reads to follow "DARTS" or "ENAS" (`parts_of` has the rule).

    >>> list(lines_to_follow("DARTS"))
    ['strategies/relaxed.py', 'nets/supernet.py', 'nets/mixed.py', 'estimators/fit_shared.py']
    """
    return lines_to_read(*parts_of(method))
