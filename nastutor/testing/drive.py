"""A search without an estimator, as disorderly as a real one may be: many in flight, answers in any order, failures, strangers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import FrozenInstanceError, dataclass, replace
from typing import Any
from zlib import crc32

from nastutor.core import Finished, Strategy
from nastutor.history import History
from nastutor.rng import python_rng
from nastutor.testing.rules import broken, kept
from nastutor.values import Arch, Mixture, Record, Result, Trial

READ_ONLY = "a Result is read-only"  # how its mappings refuse to be written to
ABNORMAL = {"failed": "failed trials do not end a search", "stopped": "stopped trials are answers"}
UNCHANGED = "tell does not change what it is told"


@dataclass(frozen=True)
class Event:
    """A trial that was asked for, an answer that was told, or an ask that was answered by None (which no journal keeps)."""

    trial: Trial | None
    result: Result | None = None


def answer(trial: Trial, wants: Sequence[str] = ()) -> Result:
    """An answer that looks random and is not: it depends on the trial alone. Gives everything that `wants` may name."""
    number = crc32(trial.to_json().encode())
    error = number / 2**32
    metrics = {name: (number % 997) / 10 for name in wants if name not in ("curve", "budget", "warm_start", "grad", "mixture")}
    curve = tuple(error + 1 / epoch for epoch in range(1, 1 + (trial.budget or 3))) if "curve" in wants else ()
    grad = None if isinstance(trial.arch, Arch) else Mixture({name: weights - error for name, weights in trial.arch.weights.items()})
    return Result({**metrics, "error": error}, curve=curve, cost=1.0, grad=grad)


def drive(strategy: Strategy, trials: int, *, seed: int = 0, flight: int = 1, failures: float = 0.0, strangers: float = 0.0) -> list[Event]:
    """Asks for `trials` trials and tells their answers; the events, in order. Breaks of the contract are reported.

    flight     how many trials may be in flight
    failures   how many of the trials fail, half of these with an error that none should learn from, and how many are stopped early
    strangers  how many tells are of trials that were not asked for (all from 0 to 1)
    """
    who, rng, asked = name_of(strategy), python_rng(seed, "drive"), 0
    flying: list[Trial] = []
    events: list[Event] = []

    def tell(trial: Trial, rule: str) -> None:
        luck, result = rng.random(), answer(trial, strategy.wants)
        if luck < failures:
            result = Result.failed("planted") if luck < failures / 2 else tempting(result)
        elif luck < 2 * failures:
            result = replace(result, status="stopped")
        events.append(Event(trial, result))
        _tell(strategy, who, trial, result, ABNORMAL.get(result.status, rule))

    while asked < trials or flying:
        if rng.random() < strangers and hasattr(strategy.space, "sample"):
            tell(Trial(strategy.space.sample(rng)), "answers it did not ask for")
        trial = None
        if asked < trials and (not flying or (len(flying) < flight and rng.random() < 0.6)):
            try:
                trial = _ask(strategy, who, in_flight=bool(flying))
            except Finished:
                asked = trials
                continue
            if trial is None:
                events.append(Event(None))
        if trial is not None:
            asked += 1
            flying.append(trial)
            events.append(Event(trial))
        elif flying:
            tell(flying.pop(rng.randrange(len(flying))), "answers in any order")
    return events


def tempting(result: Result) -> Result:
    """A failed trial that still tells the best of all errors: of a training that was lost later, for instance."""
    return replace(result, metrics={**result.metrics, "error": 0.0}, status="failed", info={"reason": "planted, with an error"})


def _tell(strategy: Strategy, who: str, trial: Trial, result: Result, rule: str) -> None:
    before, doing = (trial.to_json(), result.to_json()), f"tell({trial.arch}, {result.status})"
    with kept(rule, who, doing):
        try:
            strategy.tell(trial, result)
        except (TypeError, FrozenInstanceError) as error:
            if isinstance(error, FrozenInstanceError) or READ_ONLY in str(error):
                broken(UNCHANGED, who, f"{doing} raised {type(error).__name__}: {error}", error)
            raise
    if before != (trial.to_json(), result.to_json()):
        broken(UNCHANGED, who, f"{doing} made\n{before[1]}\ninto\n{result.to_json()}")


def _ask(strategy: Strategy, who: str, in_flight: bool) -> Trial | None:
    with kept("ask gives a Trial or None", who, "ask()"):
        try:
            trial = strategy.ask()
        except Finished as end:
            trial = end  # type: ignore[assignment]  # no failure: passed on below
    if isinstance(trial, Finished):
        raise trial
    if trial is None and not in_flight:
        broken("None only while something is in flight", who, "ask() gave None with nothing in flight")
    if trial is not None and not isinstance(trial, Trial):
        broken("ask gives a Trial or None", who, f"ask() gave {trial!r}")
    return trial


def replay(strategy: Strategy, events: Sequence[Event], rule: str) -> None:
    """Takes `strategy` through the events as a journal does, all values fresh from their JSON; each ask must give the same trial."""
    for number, event in enumerate(events):
        trial = event.trial
        if trial is not None and isinstance(trial.arch, Arch):
            trial = Trial.from_json(trial.to_json())
        if trial is not None and event.result is not None:
            strategy.tell(trial, Result.from_json(event.result.to_json()))
        elif _json(again := strategy.ask()) != _json(trial):
            broken(rule, name_of(strategy), f"event {number} asked for {trial and trial.arch}, and when replayed for {again and again.arch}")


def _json(trial: Trial | None) -> str | None:
    return None if trial is None else trial.to_json()


def asked(events: Sequence[Event]) -> list[str]:
    """The trials asked for, as JSON."""
    return [event.trial.to_json() for event in events if event.trial is not None and event.result is None]


def history(events: Sequence[Event]) -> History:
    return History(Record(event.trial, event.result) for event in events if event.trial is not None and event.result is not None)


def name_of(part: Any) -> str:
    return f"`{(part if isinstance(part, type) else type(part)).__name__}`"
