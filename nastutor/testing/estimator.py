"""`check_estimator`: what a search and a journal rely on in an estimator."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

from nastutor.estimators.base import Estimator
from nastutor.rng import python_rng
from nastutor.testing.rules import broken, generators_untouched, kept
from nastutor.values import Arch, Result, Trial

TEST = re.compile(r"(?<![a-z])test")  # "test_error" and "top5-test", not "latest" or "fastest"
PLAIN = ("curve", "budget", "warm_start", "grad", "mixture")  # in `gives`, and not names of metrics


def check_estimator(estimator: Callable[[Trial], Result], space: Any = None, *, trials: int = 4, process: bool = True) -> None:
    """Raises AssertionError where `estimator` breaks a rule, and says which and what to do.

    space    where the architectures come from; default: the estimator's own, which a plain function does not have
    trials   how many architectures to evaluate, each some three times
    process  also sends it through cloudpickle, as a search on several workers does

    >>> import nastutor as nt
    >>> space = nt.spaces.ChoiceSpace.of({"width": (4, 8, 16)})
    >>> check_estimator(lambda trial: nt.Result({"error": 1 / trial.arch["width"]}), space)
    """
    who = f"`{getattr(estimator, '__name__', type(estimator).__name__)}`"
    space = getattr(estimator, "space", None) if space is None else space
    if space is None:
        raise ValueError(f"`space` is None, and {who} has none of its own: pass one")
    copy = _sent(estimator, who) if process else estimator
    archs = _some(space, trials)
    with generators_untouched(who):
        results = {arch: _ask(estimator, Trial(arch), who) for arch in archs}
        for arch, result in results.items():
            _check_result(result, getattr(estimator, "gives", ("error",)), Trial(arch), who)
        for arch in reversed(archs):
            _check_equal("the order of trials does not matter", who, arch, results[arch], _ask(copy, Trial(arch), who))
        _check_equal("same trial, same result", who, archs[0], *(_ask(estimator, Trial(archs[0]), who) for _ in range(2)))
        _check_equal("same trial, same result", who, archs[0], results[archs[0]], _ask(estimator, Trial(archs[0]), who))
        _check_many(estimator, results, who)
        if hasattr(estimator, "space"):
            _check_classes(estimator, space, who)
            _check_strangers(estimator, who)
        if "budget" in getattr(estimator, "gives", ()):  # all that is given is given with every budget
            least = min(getattr(estimator, "budgets", None) or (1,))
            short = Trial(archs[0], budget=least)
            _check_result(_ask(estimator, short, who), estimator.gives, short, who)  # type: ignore[attr-defined]
            if "warm_start" in estimator.gives:  # type: ignore[attr-defined]
                _check_resuming(estimator, archs[0], who)


def _sent(estimator: Any, who: str) -> Any:
    import cloudpickle

    with kept("can be sent to another process", who, "cloudpickle"):
        return cloudpickle.loads(cloudpickle.dumps(estimator))


def _some(space: Any, trials: int) -> list[Arch]:
    rng, found = python_rng(0, "check_estimator"), dict[Arch, None]()
    for _ in range(20 * trials):
        found[space.sample(rng)] = None
        if len(found) == trials:
            break
    return list(found)


def _ask(estimator: Callable[[Trial], Result], trial: Trial, who: str) -> Result:
    with kept("results are Results", who, f"estimator({trial.arch})"):
        result = estimator(trial)
    if not isinstance(result, Result):
        broken("results are Results", who, f"{trial.arch}: got {result!r}")
    return result


def _check_result(result: Result, gives: tuple[str, ...], trial: Trial, who: str) -> None:
    if not (result.cost >= 0 and result.seconds >= 0):
        broken("costs are not negative", who, f"{trial.arch}: cost {result.cost}, {result.seconds} seconds")
    if steering := [name for name in result.metrics if TEST.search(name.lower())]:
        broken("test error steers nothing", who, f"{trial.arch}: the metrics have {', '.join(steering)}")
    if result.status == "failed":
        return
    if not math.isfinite(result.error):
        broken("errors are finite", who, f"{trial.arch}: error {result.error}")
    missing = [name for name in gives if name not in PLAIN and name not in result.metrics]
    if "curve" in gives and not result.curve:
        missing.append("curve")
    if missing:
        broken("gives what it says", who, f"{trial.arch}: no {', '.join(missing)}; the metrics are {', '.join(result.metrics)}")
    if "curve" in gives and result.status == "ok" and trial.budget is not None and len(result.curve) != trial.budget:
        broken("gives what it says", who, f"{trial.arch}: a budget of {trial.budget} and a curve of {len(result.curve)}")


def _same(result: Result) -> tuple[Any, ...]:
    """All of a result but what a clock measures."""
    metrics = {name: value for name, value in result.metrics.items() if not name.endswith("_ms")}
    return metrics, result.curve, result.status


def _check_equal(rule: str, who: str, arch: Arch, one: Result, other: Result) -> None:
    if _same(one) != _same(other):
        broken(rule, who, f"{arch}\nfirst {dict(one.metrics)}\nthen  {dict(other.metrics)}")


def _check_many(estimator: Any, results: dict[Arch, Result], who: str) -> None:
    """Asked together, where the estimator has a way of its own to answer that."""
    if not hasattr(estimator, "many") or getattr(type(estimator), "many", None) is Estimator.many:
        return
    rule = "many answers as one by one"
    with kept(rule, who, f"many() of {len(results)} trials"):
        together = list(estimator.many([Trial(arch) for arch in results]))
    if len(together) != len(results):
        broken(rule, who, f"{len(results)} trials, {len(together)} answers")
    for (arch, result), other in zip(results.items(), together, strict=True):
        if not isinstance(other, Result):
            broken(rule, who, f"{arch}: got {other!r}")
        _check_equal(rule, who, arch, result, other)


def _check_resuming(estimator: Callable[[Trial], Result], arch: Arch, who: str) -> None:
    """Budget 1, from there to 2, and 2 at once."""
    begun = Trial(arch, budget=1)
    first, rest, whole = (_ask(estimator, trial, who) for trial in (begun, Trial(arch, budget=2, warm_start=begun.key), Trial(arch, budget=2)))
    if any(result.status != "ok" for result in (first, rest, whole)):
        return
    if not math.isclose(first.cost + rest.cost, whole.cost, rel_tol=1e-6):
        told = f"budget 1 costs {first.cost}, going on to 2 costs {rest.cost}, 2 at once costs {whole.cost}"
        broken("a resumed trial costs the difference", who, f"{arch}: {told}")


def _check_classes(estimator: Any, space: Any, who: str) -> None:
    """Two architectures and their canonical forms; params and mult-adds belong to what was asked for, not to the class."""
    if not (hasattr(space, "canonical") and hasattr(space, "decide")):
        return  # the architectures of an open-ended space are trained as they are asked for
    rng = python_rng(1, "check_estimator")
    drawn = [space.sample(rng) for _ in range(200)]
    for twin in [arch for arch in drawn if space.canonical(arch) != arch][:2]:
        one, other = (_ask(estimator, Trial(arch), who) for arch in (twin, space.canonical(twin)))
        if (one.error, one.metrics.get("loss"), one.curve) != (other.error, other.metrics.get("loss"), other.curve):
            broken("equal architectures, equal results", who, f"{twin}: error {one.error}\n{space.canonical(twin)}: error {other.error}")


def _check_strangers(estimator: Any, who: str) -> None:
    stranger = Trial(Arch((("a decision that no space has", 1),)))
    try:
        result = estimator(stranger)
    except (ValueError, TypeError, KeyError):
        return
    except Exception as error:
        broken("architectures of other spaces are refused", who, f"{stranger.arch} raised {type(error).__name__}: {error}", error)
    broken("architectures of other spaces are refused", who, f"{stranger.arch} was given {result}")
