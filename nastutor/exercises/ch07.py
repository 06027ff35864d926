"""Exercises of chapter 7: epsilon, the Bellman update and shaped rewards; those on the policy gradient stand in small_policies.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nastutor.checks import Check
from nastutor.exercises.small_policies import CHECKS as POLICIES
from nastutor.exercises.small_policies import advantages, anchors, clipped, gradient

__all__ = ["CHECKS", "advantages", "anchors", "bellman", "clipped", "epsilon", "gradient", "shaped"]

Table = dict[str, dict[str, float]]  # state -> option -> Q
Steps = list[tuple[str, str]]  # the state of each decision, and the option taken there


def epsilon(schedule: list[tuple[float, int]], asked: int) -> float:
    for level, models in schedule:
        if asked < models:
            return level
        asked -= models
    return schedule[-1][0]


def bellman(table: Table, steps: Steps, reward: float, rate: float) -> Table:
    target = reward  # behind the last decision nothing follows
    for state, option in reversed(steps):
        row = table[state]
        row[option] += rate * (target - row[option])
        target = max(row.values())
    return table


def shaped(reward: float, decisions: int) -> list[float]:
    return [reward / decisions] * (decisions - 1) + [reward]


# --- inputs


def _schedules(st: Any) -> Any:
    level = st.tuples(st.integers(0, 10).map(lambda tenths: tenths / 10), st.integers(1, 4))
    return st.tuples(st.lists(level, min_size=1, max_size=4), st.integers(0, 18))


def _walks(st: Any) -> Any:
    """A table of three states with two options each, a way through it, a reward and a rate."""
    q = st.integers(0, 4).map(lambda quarters: quarters / 4)
    row = st.fixed_dictionaries({"a": q, "b": q})
    way = st.lists(st.sampled_from(("a", "b")), min_size=1, max_size=3)
    table = st.fixed_dictionaries({f"s{number}": row for number in (1, 2, 3)})
    steps = way.map(lambda options: [(f"s{number}", option) for number, option in enumerate(options, start=1)])
    return st.tuples(table, steps, q, st.sampled_from((0.5, 0.25, 1.0)))


def _rewards(st: Any) -> Any:
    return st.tuples(st.integers(0, 10).map(lambda tenths: tenths / 10), st.integers(1, 6))


# --- how answers are compared


def _as_tables(got: Any, expected: Table, *_: Any) -> str | None:
    """Said is the first number that is not right."""
    if not isinstance(got, dict):
        return f"it is a {type(got).__name__}; wanted is the table, a dictionary"
    for state, row in expected.items():
        for option, value in row.items():
            own = got.get(state, {}).get(option)
            if own is None or abs(own - value) > 1e-9:
                return f"Q({state}, {option}) is {own}; wanted is {value}"
    return None


# --- known mistakes


def _from(first: int) -> Callable[..., float]:
    """A wrong epsilon: one that is `first` models late (or early)."""
    return lambda schedule, asked: epsilon(schedule, max(0, asked + first))


def _then(after: Callable[[list[tuple[float, int]]], float]) -> Callable[..., float]:
    """A wrong epsilon: what it is behind the end of the schedule."""
    return lambda schedule, asked: epsilon(schedule, asked) if asked < sum(models for _, models in schedule) else after(schedule)


def _not_counted_down(schedule: list[tuple[float, int]], asked: int) -> float:
    return next((level for level, models in schedule if asked < models), schedule[-1][0])


def _updated(forward: bool = False, ahead: Callable[..., float] = lambda row, option: max(row.values()), **kept: Any) -> Callable[..., Table]:
    """A wrong bellman: in another order, with another look ahead, another mixture or more reward."""
    mixed = kept.get("mixed", lambda old, target, rate: (1 - rate) * old + rate * target)

    def wrong(table: Table, steps: Steps, reward: float, rate: float) -> Table:
        order = list(enumerate(steps))
        for place, (state, option) in order if forward else reversed(order):
            last = place == len(steps) - 1
            target = reward if last else ahead(table[steps[place + 1][0]], steps[place + 1][1]) + kept.get("each", 0) * reward
            table[state][option] = mixed(table[state][option], target, rate)
        return table

    return wrong


CHECKS = [
    Check(
        "ch07.epsilon",
        inputs=_schedules,
        reference=epsilon,
        mistakes=(
            (_not_counted_down, "The numbers of models are lengths, one after the other: what earlier levels took must be taken from `asked`."),
            (_from(1), "One model too early: with 3 models at the first level those are asked = 0, 1 and 2."),
            (_from(-1), "One model too late: with 3 models at the first level asked = 3 is the first of the second."),
            (_then(lambda schedule: 0.0), "Behind the end of the schedule epsilon stays at its last level; yours becomes 0."),
            (_then(lambda schedule: schedule[0][0]), "Behind the end of the schedule epsilon stays at its last level; yours begins anew."),
            (lambda schedule, asked: schedule[0][0], "Yours never falls: it is the first level for ever."),
        ),
        why="Go through the levels; each lasts for its number of models, and the last one stays.",
        hints=("for level, models in schedule: if asked < models: return level, else asked -= models.", "After the loop: return schedule[-1][0]."),
    ),
    Check(
        "ch07.bellman",
        inputs=_walks,
        reference=bellman,
        compare=_as_tables,
        mistakes=(
            (_updated(forward=True), "You go forward. Backwards, from the last decision to the first, the reward travels the whole way at once."),
            (
                _updated(ahead=lambda row, option: row[option]),
                "You look at the option that was taken next. Q-learning looks at the best one there: max(row.values()).",
            ),
            (_updated(mixed=lambda old, target, rate: old + rate * target), "What was there must shrink: the old value moves by rate * (target - old)."),
            (_updated(mixed=lambda old, target, rate: rate * old + (1 - rate) * target), "rate and 1 - rate have changed places."),
            (_updated(mixed=lambda old, target, rate: target), "You replace the old value. It moves by `rate` only."),
            (_updated(each=1), "The reward comes once, at the last decision; earlier ones earn nothing themselves."),
            (
                _updated(ahead=lambda row, option: sum(row.values()) / len(row)),
                "You look at the mean of the next state. It is worth what its *best* option is worth.",
            ),
        ),
        why="The last decision moves towards the reward; each one before it towards the largest Q of the state behind it, which has just been changed.",
        hints=(
            "for state, option in reversed(steps): ... with target = reward for the first of them.",
            "row[option] += rate * (target - row[option]), then target = max(row.values()).",
        ),
    ),
    Check(
        "ch07.shaped",
        inputs=_rewards,
        reference=shaped,
        mistakes=(
            (lambda reward, decisions: [reward / decisions] * decisions, "The last decision earns the whole reward, as before; the others a share."),
            (lambda reward, decisions: [0.0] * (decisions - 1) + [reward], "That is the reward without shaping: all of it at the end."),
            (lambda reward, decisions: [reward] * decisions, "Earlier decisions earn reward / decisions, not all of it."),
            (
                lambda reward, decisions: [reward / max(1, decisions - 1)] * (decisions - 1) + [reward],
                "The share is the reward over the number of *all* decisions, the last one counted.",
            ),
            (lambda reward, decisions: [reward] + [reward / decisions] * (decisions - 1), "The whole reward stands at the end, not at the beginning."),
        ),
        why="T numbers: T - 1 times reward / T, then the reward.",
        hints=("How many decisions are not the last one?", "[reward / decisions] * (decisions - 1) + [reward]"),
    ),
    *POLICIES,
]
