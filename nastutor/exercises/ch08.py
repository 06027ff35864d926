"""Exercises of chapter 8: a tournament, ageing, crossing, and those with several objectives (small_evolution.py)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nastutor.checks import Check
from nastutor.exercises.small_evolution import CHECKS as SEVERAL
from nastutor.exercises.small_evolution import crowding, dominates, front, hypervolume, rarity

__all__ = ["CHECKS", "ageing", "crossing", "crowding", "dominates", "front", "hypervolume", "rarity", "tournament"]

Member = tuple[float, str]  # error, architecture


def tournament(place: int, population: int, sample: int) -> float:
    return ((population - place + 1) / population) ** sample - ((population - place) / population) ** sample


def ageing(population: list[Member], child: Member, size: int) -> list[Member]:
    return [*population, child][-size:]


def crossing(one: dict[str, str], other: dict[str, str], cut: int) -> dict[str, str]:
    names = list(one)
    return {name: one[name] if number < cut else other[name] for number, name in enumerate(names)}


# --- inputs


def _places(st: Any) -> Any:
    return st.integers(1, 9).flatmap(lambda size: st.tuples(st.integers(1, size), st.just(size), st.integers(1, 5)))


def _populations(st: Any) -> Any:
    """Up to as many members as may live, and a child; errors repeat, as they do on tables."""
    error = st.integers(1, 9).map(lambda tenths: tenths / 10)

    def named(drawn: tuple[list[float], float, int]) -> tuple[list[Member], Member, int]:
        errors, own, more = drawn
        return [(error, f"arch{number}") for number, error in enumerate(errors)], (own, "child"), max(1, len(errors) + more)

    return st.tuples(st.lists(error, max_size=5), error, st.integers(0, 1)).map(named)


def _parents(st: Any) -> Any:
    def both(count: int) -> Any:
        parents = [st.lists(st.sampled_from((f"{letter}1", f"{letter}2")), min_size=count, max_size=count) for letter in "ab"]
        named = [parent.map(lambda values: {f"d{number}": value for number, value in enumerate(values)}) for parent in parents]
        return st.tuples(*named, st.integers(0, count))

    return st.integers(1, 5).flatmap(both)


# --- known mistakes


def _leaves(who: Callable[[list[Member]], int], full_too: bool = True) -> Callable[..., list[Member]]:
    """A wrong ageing: the number of who leaves of a full population; without `full_too` somebody leaves always."""

    def wrong(population: list[Member], child: Member, size: int) -> list[Member]:
        stay = list(population)
        if stay and (len(stay) == size or not full_too):
            del stay[who(stay)]
        return [*stay, child]

    return wrong


def _worst(members: list[Member]) -> int:
    return max(range(len(members)), key=lambda number: members[number][0])


CHECKS = [
    Check(
        "ch08.tournament",
        inputs=_places,
        reference=tournament,
        mistakes=(
            (lambda place, population, sample: 1 / population, "That is one draw without a contest. With more the better ones win more often."),
            (lambda place, population, sample: sample / population, "That is how often it is drawn; it must also win, against all who are drawn with it."),
            (
                lambda place, population, sample: ((population - place + 1) / population) ** sample,
                "That is the chance that nobody *better* is drawn. Take away the chance that all who are drawn are worse: then it is not among them.",
            ),
            (
                lambda place, population, sample: 1 - ((population - 1) / population) ** sample,
                "That is the chance that it is drawn at all; better ones may be drawn with it.",
            ),
            (
                lambda place, population, sample: tournament(population - place + 1, population, sample),
                "Place 1 is the *best*: it has the smallest error, and wins most often.",
            ),
        ),
        why="It wins if all drawn are from its place on downwards, and not all from below it: ((P - place + 1) / P)^S - ((P - place) / P)^S.",
        hints=(
            "The chance that all S draws are at `place` or worse is ((P - place + 1) / P) ** S. Subtract the chance that all are strictly worse.",
            "((population - place + 1) / population) ** sample - ((population - place) / population) ** sample",
        ),
    ),
    Check(
        "ch08.ageing",
        inputs=_populations,
        reference=ageing,
        mistakes=(
            (_leaves(_worst), "You remove the worst. Then one that was lucky once stays for ever; the *oldest* leaves, whatever its error."),
            (_leaves(lambda members: -1), "You remove the youngest; the oldest stands first."),
            (_leaves(lambda members: 0, full_too=False), "Somebody leaves in yours though there was room: only a full population lets the oldest go."),
            (lambda population, child, size: [*population, child], "Nobody leaves in yours; `size` of them may live."),
            (lambda population, child, size: [child, *population][:size], "The child stands last: the list is by age, the oldest first."),
        ),
        why="The child comes to the end; if there are more than `size` then, the first one leaves.",
        hints=("Put the child at the end of a new list, then keep the last `size` of them.", "return [*population, child][-size:]"),
    ),
    Check(
        "ch08.crossing",
        inputs=_parents,
        reference=crossing,
        mistakes=(
            (lambda one, other, cut: crossing(other, one, cut), "The parents have changed places: the first `cut` decisions are those of `one`."),
            (lambda one, other, cut: crossing(one, other, cut + 1), "One decision too many is taken from `one`: with cut = 0 the child is `other`."),
            (lambda one, other, cut: crossing(one, other, max(0, cut - 1)), "One decision too few is taken from `one`: with cut = 1 the first is its."),
            (
                lambda one, other, cut: {name: (one, other)[number % 2][name] for number, name in enumerate(one)},
                "You take turns. One-point crossing has one cut: all before it from `one`, all behind it from `other`.",
            ),
            (lambda one, other, cut: dict(list(one.items())[:cut]), "The decisions behind the cut are missing: they come from `other`."),
        ),
        why="Decisions number 0 to cut - 1 are those of `one`, the others those of `other`; names keep their order.",
        hints=(
            "Go through the names with their numbers: for number, name in enumerate(one).",
            "{name: one[name] if number < cut else other[name] for number, name in enumerate(one)}",
        ),
    ),
    *SEVERAL,
]
