"""Going on from a journal: the strategy is taken through what was asked and told, and what was never answered is sent out again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from nastutor.journal import JournalError
from nastutor.sending import Flight
from nastutor.values import Result, Trial

if TYPE_CHECKING:
    from nastutor.loop import _Run


def replay(run: _Run) -> None:
    """Restores the state of a search without evaluating anything: that of the strategy, and what the estimator remembers of its answers.

    Where the strategy left snapshots of its state, it is taken from the last one on.
    """
    flights: dict[int, Flight] = {}  # asked and not yet told
    latest, recall = 0.0, getattr(run.sender.estimator, "recall", lambda trial, result: None)
    snapshot = max((n for n, event in enumerate(run.journal.events) if event.kind == "snapshot"), default=-1)
    for n, event in enumerate(run.journal.events):
        if event.kind == "asked":
            flights[event.trial], latest = _ask_again(run, event.body, n > snapshot), event.body["at"]
        elif event.kind == "answered":
            flight = flights[event.trial]
            flight.result = Result.from_form(event.body["result"])
            flight.finished = latest = event.body["at"]
            recall(flight.trial, flight.result)
        elif event.kind == "told":
            run.learn(flights.pop(event.trial), n > snapshot)
        elif n == snapshot:
            run.strategy.load_state_dict(event.body)  # type: ignore[attr-defined]
    for flight in flights.values():
        run.groups.setdefault(flight.group, []).append(flight)
    for number, group in list(run.groups.items()):
        unanswered = [flight for flight in group if flight.result is None]
        run.clock.go_on_from(group[0].started)  # where time is simulated, what is sent again began then
        if unanswered and not run.sender.send(unanswered):
            del run.groups[number]
    run.clock.go_on_from(latest)
    run.note_ready([flight for group in run.groups.values() for flight in group])


def _ask_again(run: _Run, body: Any, live: bool) -> Flight:
    trial = run.next_trial() if live else Trial.from_form(body["trial"])
    if trial is None or json.loads(trial.to_json()) != body["trial"]:
        raise JournalError(f"`journal` says that trial {run.asked} was {body['trial']}, and now the strategy asks for {trial}: is its code another?")
    run.asked += 1
    return Flight(run.asked - 1, body["group"], trial, body["at"])
