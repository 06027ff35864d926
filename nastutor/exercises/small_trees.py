"""Exercises of chapter 6 on pencil and paper: halves of ordered options, the chance of each, n-grams of a sequence, and a climb along a line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from nastutor.checks import Check


def halves(options: list[str]) -> Any:
    if len(options) == 1:
        return options[0]
    middle = len(options) // 2
    return [halves(options[:middle]), halves(options[middle:])]


def chances(count: int) -> list[float]:
    if count == 1:
        return [1.0]
    middle = count // 2
    return [chance / 2 for half in (middle, count - middle) for chance in chances(half)]


def ngrams(words: list[str], longest: int) -> dict[tuple[str, ...], int]:
    return dict(Counter(tuple(words[start : start + n]) for n in range(1, longest + 1) for start in range(len(words) - n + 1)))


def climb(errors: list[float], start: int) -> list[int]:
    places = [start]
    while True:
        here = places[-1]
        near = [place for place in (here - 1, here + 1) if 0 <= place < len(errors)]
        best = min(near, key=lambda place: errors[place], default=here)  # of two that are equal the left one
        if errors[best] >= errors[here]:
            return places
        places.append(best)


# --- inputs


def _options(st: Any) -> Any:
    return st.integers(1, 24).map(lambda count: ([f"o{number}" for number in range(1, count + 1)],))


def _words(st: Any) -> Any:
    return st.tuples(st.lists(st.sampled_from(("conv", "relu", "bn")), min_size=1, max_size=6), st.integers(1, 4))


def _line(st: Any) -> Any:
    errors = st.lists(st.integers(0, 9), min_size=1, max_size=8)
    return errors.flatmap(lambda line: st.tuples(st.just(line), st.integers(0, len(line) - 1)))


# --- how answers are compared


def _as_counts(got: Any, expected: dict[tuple[str, ...], int], *_: Any) -> str | None:
    """Counts may stand in any kind of dictionary; said is the first n-gram that is not right."""
    if not isinstance(got, dict):
        return f"it is a {type(got).__name__}; wanted is a dictionary from n-grams to counts"
    if wrong := [gram for gram in got if not isinstance(gram, tuple)]:
        return f"its key {wrong[0]!r} is a {type(wrong[0]).__name__}; an n-gram is a tuple of words, such as ('conv',)"
    for gram in [*expected, *got]:
        if got.get(gram, 0) != expected.get(gram, 0):
            return f"{gram} stands in it {got.get(gram, 0)} times, and in the sequence {expected.get(gram, 0)} times"
    return None


# --- known mistakes


def _halved_at(middle: Callable[[int], int]) -> Callable[[list[str]], Any]:
    """A wrong halves: where a list of so many is cut."""

    def wrong(options: list[str]) -> Any:
        if len(options) == 1:
            return options[0]
        cut = middle(len(options))
        return [wrong(options[:cut]), wrong(options[cut:])]

    return wrong


def _once(options: list[str]) -> Any:
    return options[0] if len(options) == 1 else [options[: len(options) // 2], options[len(options) // 2 :]]


def _in_lists(options: list[str]) -> Any:
    return options if len(options) == 1 else [_in_lists(options[: len(options) // 2]), _in_lists(options[len(options) // 2 :])]


def _larger_first(count: int) -> list[float]:
    if count == 1:
        return [1.0]
    middle = (count + 1) // 2
    return [chance / 2 for half in (middle, count - middle) for chance in _larger_first(half)]


def _grams_from(starts: Callable[[int, int], range], least: Callable[[int], int] = lambda longest: 1) -> Callable[..., Any]:
    """A wrong ngrams: the places at which one of length n begins among so many words, and the smallest n."""

    def wrong(words: list[str], longest: int) -> dict[tuple[str, ...], int]:
        return dict(Counter(tuple(words[start : start + n]) for n in range(least(longest), longest + 1) for start in starts(len(words), n)))

    return wrong


def _first_better(errors: list[float], start: int) -> list[int]:
    places = [start]
    while better := [p for p in (places[-1] - 1, places[-1] + 1) if 0 <= p < len(errors) and errors[p] < errors[places[-1]]]:
        places.append(better[0])
    return places


def _one_way(errors: list[float], start: int) -> list[int]:
    places = [start]
    while places[-1] + 1 < len(errors) and errors[places[-1] + 1] < errors[places[-1]]:
        places.append(places[-1] + 1)
    return places


CHECKS = [
    Check(
        "ch06.halves",
        inputs=_options,
        reference=halves,
        mistakes=(
            (_halved_at(lambda n: (n + 1) // 2), "Of an odd number the *first* half is the smaller one: cut at len(options) // 2."),
            (_once, "You cut once. Each half is cut again, until one option is left."),
            (_in_lists, "A single option stands for itself, without brackets around it."),
            (_halved_at(lambda n: 1), "You split off one option after the other. That tree is as deep as there are options; halves are cut in the middle."),
            (
                lambda options: options[0] if len(options) == 1 else [halves(options[::2]), halves(options[1::2])],
                "You deal the options out in turn. Neighbours have to stay together: the first half, then the second.",
            ),
        ),
        why="Halves are halved again by the same function: halves(['a', 'b', 'c']) is ['a', ['b', 'c']].",
        hints=(
            "A list of one option: return the option. Else cut at len(options) // 2, and let the function call itself on both parts.",
            "middle = len(options) // 2; return [halves(options[:middle]), halves(options[middle:])].",
        ),
    ),
    Check(
        "ch06.chances",
        inputs=lambda st: st.tuples(st.integers(1, 24)),
        reference=chances,
        mistakes=(
            (
                lambda count: [1 / count] * count,
                "That would be a draw from all options at once. Here each turn takes one of two halves, though they may differ in size.",
            ),
            (_larger_first, "The first half is the smaller one where they differ: with 3 options the first alone has one half."),
            (lambda count: [1 / 2 ** min(n + 1, count - 1) for n in range(count)] if count > 1 else [1.0], "This splits off one option after the other."),
        ),
        why="An option has (1/2) to the number of turns that lead to it: 3 options give 1/2, 1/4, 1/4.",
        hints=(
            "The chances within a half are those of a list of its size; the half itself is taken with 1/2.",
            "[chance / 2 for half in (count // 2, count - count // 2) for chance in chances(half)], and [1.0] for one option.",
        ),
    ),
    Check(
        "ch06.ngrams",
        inputs=_words,
        reference=ngrams,
        compare=_as_counts,
        mistakes=(
            (
                _grams_from(lambda words, n: range(words - n + 1), lambda longest: longest),
                "You count those of length `longest` alone; the shorter ones count too.",
            ),
            (_grams_from(lambda words, n: range(words - n)), "The last one is missing: among 5 words a pair can begin at 4 places, len(words) - n + 1."),
            (_grams_from(lambda words, n: range(0, words - n + 1, n)), "You cut the sequence into pieces. N-grams overlap: one begins at *every* place."),
            (
                _grams_from(lambda words, n: range(words)),
                "At the end you count pieces that are too short. One of length n can begin at len(words) - n + 1 places.",
            ),
            (lambda words, longest: dict.fromkeys(ngrams(words, longest), 1), "You note which come, and not how often: count them."),
        ),
        why="For each length n from 1 to `longest`, each place where n words still follow gives one n-gram: tuple(words[start : start + n]).",
        hints=(
            "Two loops: n from 1 to longest, start from 0 to len(words) - n. A sequence may be shorter than n: then there is none.",
            "collections.Counter(tuple(words[s : s + n]) for n in range(1, longest + 1) for s in range(len(words) - n + 1))",
        ),
    ),
    Check(
        "ch06.climb",
        inputs=_line,
        reference=climb,
        mistakes=(
            (lambda errors, start: climb(errors, start)[-1:], "This is where the climb ends. Wanted are all places on the way, the start first."),
            (lambda errors, start: climb(errors, start)[1:], "The start belongs to the way: it comes first, even where nothing better is near."),
            (_first_better, "You go to the first neighbour that is better. Wanted is the best of them: look at both before you move."),
            (_one_way, "You look to the right alone. The neighbours are the places before and after."),
            (lambda errors, start: [start, errors.index(min(errors))], "The climber sees its neighbours alone; it cannot jump to the best place of all."),
            (lambda errors, start: climb([-error for error in errors], start), "Errors are to become *smaller* on the way."),
        ),
        why="Move only where a neighbour is strictly better: with equal errors a climb would never end. At the ends of the line there is one neighbour.",
        hints=(
            "near = [p for p in (here - 1, here + 1) if 0 <= p < len(errors)]; take the best of them, and stop where it is not smaller than errors[here].",
            "best = min(near, key=lambda p: errors[p], default=here); if errors[best] >= errors[here]: return places; else append it and go on.",
        ),
    ),
]
