"""`check_strategy`: the contract of `nt.Strategy`, in a few hundred questions."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from nastutor.core import Finished, Strategy
from nastutor.spaces import ChoiceSpace
from nastutor.testing.drive import Event, answer, asked, drive, history, name_of, replay
from nastutor.testing.elsewhere import Elsewhere
from nastutor.testing.rules import broken, generators_untouched, kept
from nastutor.values import Arch, Result


class Pyramid(ChoiceSpace):
    """Depth first, then a width for each layer that there is: the smallest space with conditions."""

    def decide(self, choose: Callable[..., Any]) -> list[int]:
        return [choose(f"width{layer}", (4, 8, 16)) for layer in range(choose("depth", (1, 2, 3)))]


def small_spaces() -> list[Any]:
    """Three that differ: independent decisions of all types, conditions, cells that come in equal pairs."""
    from nastutor.spaces import CellSpace

    mixed = ChoiceSpace.of({"width": (4, 8, 16), "rate": (0.1, 0.5), "skip": (False, True), "kernel": ((1, 3), (3, 3)), "op": ("conv", "pool", None)})
    return [mixed, Pyramid(), CellSpace(nodes=3)]


def without(space: Any, hidden: Iterable[str]) -> Any:
    """`space` with some of its methods hidden; what it gives is unchanged."""
    hidden = frozenset(hidden)

    class Without:
        def __getattr__(self, name: str) -> Any:
            if name in hidden:
                raise AttributeError(f"{name}() is hidden from the strategy")
            return getattr(space, name)

    for name in {"__iter__", "__len__", "__contains__"} - hidden:  # these Python looks for in the class alone
        if hasattr(space, name):
            setattr(Without, name, lambda self, *given, name=name: getattr(space, name)(*given))
    return Without()


def check_strategy(
    cls: type[Strategy], spaces: Iterable[Any] | None = None, *, trials: int = 40, process: bool = True, seeded: bool = True, **arguments: Any
) -> None:
    """Raises AssertionError where `cls(space, seed=..., **arguments)` breaks a rule, and says which and what to do.

    spaces   to try it on; default: those of three small ones that offer what it needs
    trials   asked for in each of some ten searches; choose `arguments` such that it learns within them
    process  also compares with a new Python process; a second or so
    seeded   False for a strategy that uses no chance: then all seeds must give the same trials

    >>> import nastutor as nt
    >>> check_strategy(nt.RandomSearch, trials=10, process=False)
    """
    if not (isinstance(cls, type) and issubclass(cls, Strategy)):
        raise TypeError(f"`cls` is {cls!r}; allowed is a subclass of nt.Strategy, the class itself")
    fitting = list(spaces) if spaces is not None else [space for space in small_spaces() if all(hasattr(space, need) for need in cls.needs)]
    if not fitting:
        raise ValueError(f"`spaces`: none of the small ones offers all of {cls.needs}; pass some that do")
    with kept("made by cls(space, seed=...)", name_of(cls), "the call's signature"):
        inspect.signature(cls).bind(fitting[0], seed=0, **arguments)
    for space in fitting:
        make = partial(cls, space, **arguments)
        with generators_untouched(name_of(cls)):
            _check_seeds(make, trials, seeded)
            for number, disorder in enumerate(DISORDERS):
                _check_disorder(make, trials, number, disorder)
            _check_needs(cls, space, trials, arguments)
    if process:
        _check_process([partial(cls, space, **arguments, seed=0) for space in fitting], cls, trials)


def _check_seeds(make: Callable[..., Strategy], trials: int, seeded: bool) -> None:
    first = make(seed=0)
    who, events = name_of(first), drive(first, trials)
    _check_proposals(first.space, events, who)
    second = make(seed=0)
    if first.fingerprint != second.fingerprint:
        broken("equal settings, equal fingerprints", who, f"{first.fingerprint}\n{second.fingerprint}")
    _check_equal("same seed, same trials", who, asked(events), asked(drive(second, trials)))
    others = [asked(drive(make(seed=seed), trials)) for seed in range(1, 4)]
    if seeded and all(other == asked(events) for other in others):
        broken("other seeds, other trials", who, "seeds 0, 1, 2 and 3 gave the same trials (`seeded=False` if no chance is meant to play a part)")
    if not seeded:
        _check_equal("same seed, same trials", who, asked(events), others[0])
    _check_recommendation(first, events, who)


def _check_recommendation(strategy: Strategy, events: list[Event], who: str) -> None:
    rule, told = "recommend gives an architecture of the space", history(events)
    with kept(rule, who, "recommend(history)"):
        arch = strategy.recommend(told)
        if not isinstance(arch, Arch):
            broken(rule, who, f"recommend gave {arch!r}")
        strategy.space.validate(arch)
    if type(strategy).recommend is Strategy.recommend and arch != strategy.eligible(told).best().trial.arch:
        broken("recommend gives the best", who, f"recommend gave {arch}\nthe best is {strategy.eligible(told).best().trial.arch}")


DISORDERS: tuple[dict[str, Any], ...] = ({"flight": 6}, {"flight": 2, "strangers": 0.5}, {"flight": 4, "failures": 0.3, "strangers": 0.1}, {"failures": 1.0})


def _check_disorder(make: Callable[..., Strategy], trials: int, seed: int, disorder: dict[str, Any]) -> None:
    """A search in disorder; then its events once more, as after a crash, without errors of the failed, without asks answered by None."""
    strategy = make(seed=seed)
    events = drive(strategy, trials, seed=seed, **disorder)
    _check_proposals(strategy.space, events, name_of(strategy))
    resumed, patient = make(seed=seed), make(seed=seed)
    replay(resumed, events, "the same events, the same next trial")
    if "failures" in disorder:
        replay(make(seed=seed), list(map(_plainly_failed, events)), "failed trials teach no error")
    replay(patient, [event for event in events if event.trial is not None], "None changes nothing")
    _check_equal("the same events, the same next trial", name_of(strategy), _next(strategy), _next(resumed))


def _plainly_failed(event: Event) -> Event:
    """The same, with no more than a reason in a result that has failed."""
    return Event(event.trial, Result.failed("planted")) if event.result is not None and event.result.status == "failed" else event


def _next(strategy: Strategy) -> list[str]:
    """What it asks for next, without any answer."""
    try:
        trial = strategy.ask()
    except Finished:
        return ["finished"]
    return ["None" if trial is None else trial.to_json()]


def _check_proposals(space: Any, events: list[Event], who: str) -> None:
    rule = "proposals are architectures of the space"
    for event in events:
        if event.trial is not None and isinstance(event.trial.arch, Arch):
            with kept(rule, who, f"validate({event.trial.arch})"):
                space.validate(event.trial.arch)
                if hasattr(space, "canonical"):
                    space.validate(space.canonical(event.trial.arch))


def _check_needs(cls: type[Strategy], space: Any, trials: int, arguments: dict[str, Any]) -> None:
    """Each need in turn is taken away: refused. All but the needs are taken away: goes on."""
    who, rule = name_of(cls), "unfit spaces are refused at once"
    needs = cls(space, **arguments).needs  # arguments may ask for more
    for need in needs:
        try:
            cls(without(space, [need]), **arguments)
        except (TypeError, ValueError) as error:
            if need not in str(error):
                broken(rule, who, f"a space without {need}() was refused without naming it: {error}")
        except AttributeError as error:
            broken(rule, who, f"a space without {need}() was met with AttributeError instead of words: {error}", error)
        else:
            broken(rule, who, f"`needs` names {need!r}, yet a space without it was taken")
    unnamed = {name for name in dir(space) if not name.startswith("_")} - {*needs, "validate", "canonical", "fingerprint", "settings"}
    try:
        strategy = cls(without(space, unnamed), **arguments)
        for _ in range(trials):
            if (trial := strategy.ask()) is not None:
                strategy.tell(trial, answer(trial, strategy.wants))
    except AttributeError as error:
        broken(rule, who, f"`needs` is {needs}, but more is used: {error}", error)
    except Finished:
        return


def _check_process(makes: list[Callable[[], Strategy]], cls: type[Strategy], trials: int) -> None:
    with Elsewhere() as process:
        there = process.asked(makes, trials)
    for make, other in zip(makes, there, strict=True):
        _check_equal("same trials in another process", name_of(cls), asked(drive(make(), trials)), other)


def _check_equal(rule: str, who: str, one: list[str], other: list[str]) -> None:
    for number, (a, b) in enumerate(zip(one, other, strict=False)):
        if a != b:
            broken(rule, who, f"trial {number} was\n  {a}\nand then\n  {b}")
    if len(one) != len(other):
        broken(rule, who, f"there were {len(one)} trials and then {len(other)}")
