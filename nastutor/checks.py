"""Self-checks of exercises: `nt.check("ch00.best_so_far", mine)` says at once what is right, or shows the smallest input that goes wrong.

A chapter's checks are the list CHECKS of `nastutor/exercises/chNN.py`; a check is a few lines of data: what inputs look like, a reference
solution, known mistakes (each a wrong function and the sentence that names it) and hints by level.
"""

from __future__ import annotations

import copy
import importlib
import math
import pkgutil
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import permutations
from typing import Any

from nastutor.outcomes import Crash, Outcome, crash_of, short, show, still_a_stub
from nastutor.sources import Source


@dataclass(frozen=True)
class Check:
    """One exercise: how its inputs are made and what the right answer is.

    id         "chNN.name"
    inputs     hypothesis.strategies -> a strategy of tuples, the values that `call` hands on
    reference  a right solution
    why        how students often come to fail here, said where no known mistake fits
    hints      from a nudge to nearly the solution; a failed check tells the next one, but where a mistake is named for the first time the same one again
    mistakes   (a wrong solution, the sentence that names it): said when the student's answers equal that solution's on SAMPLES inputs
    compare    (got, expected, *values) -> None where right, else a sentence that says what is wrong
    call       (function, *values) -> answer; default `function(*values)`
    names      what the values are called in the message; default: the reference's own arguments
    draw       (got, *values) -> a LayerGraph to draw beside the message, or None
    examples   how many inputs are tried
    """

    id: str
    inputs: Callable[[Any], Any]
    reference: Callable[..., Any]
    why: str
    hints: tuple[str, ...]
    mistakes: tuple[tuple[Callable[..., Any], str], ...] = ()
    compare: Callable[..., str | None] = field(default=lambda got, expected, *values: same(got, expected))
    call: Callable[..., Any] = field(default=lambda function, *values: function(*values))
    names: tuple[str, ...] = ()
    draw: Callable[..., Any] | None = None
    examples: int = 100

    def answer(self, function: Callable[..., Any], values: tuple[Any, ...]) -> Any:
        """What `function` says to a copy of the values (so that one that changes its input changes nothing here)."""
        return self.call(function, *copy.deepcopy(values))

    def complaint(self, function: Callable[..., Any], values: tuple[Any, ...]) -> str | None:
        """None where the answer is right, else what is wrong with it."""
        try:
            got = self.answer(function, values)
        except Exception as error:
            return f"it raises {type(error).__name__}"
        return self.compare(got, self.answer(self.reference, values), *values)

    def diagnosis(self, function: Callable[..., Any]) -> str:
        """The sentence of the known mistake that gives the same answers as `function` to all samples; "" where none does.

        One input is not enough: many wrong functions agree on the simplest one.
        """
        samples = some_inputs(self)
        answers = [crash_of(self.answer, function, values) for values in samples]
        return next((sentence for wrong, sentence in self.mistakes if self._agrees(wrong, samples, answers)), "")

    def _agrees(self, wrong: Callable[..., Any], samples: list[tuple[Any, ...]], answers: list[Any]) -> bool:
        """Whether `wrong` gives these answers; two that both crash on an input agree there."""
        for values, theirs in zip(samples, answers, strict=True):
            ours = crash_of(self.answer, wrong, values)
            if isinstance(ours, Crash) != isinstance(theirs, Crash) or not (isinstance(ours, Crash) or same(theirs, ours) is None):
                return False
        return True


SAMPLES = 30  # inputs on which a known mistake must agree with the student's function before it is named
NAMED = "likely"  # the label of a known mistake
UNSTEADY = "Draw only from the generator that is given, never from `random` itself, and keep nothing in global variables."

_failed: Counter[str] = Counter()  # how often each check has failed in this session without news: which hint comes next
_named: defaultdict[str, set[str]] = defaultdict(set)  # the mistakes that were named meanwhile


def check(id: str, answer: Callable[..., Any]) -> Outcome:
    """Tries `answer` on many inputs, says what came of it, and returns an `Outcome` (true where it passed).

    >>> outcome = check("ch00.best_so_far", lambda errors: [min(errors[: i + 1]) for i in range(len(errors))])
    ch00.best_so_far: passed on 100 inputs.
    """
    return show(judge(find_check(id), answer))


def judge(exercise: Check, answer: Callable[..., Any]) -> Outcome:
    """The verdict on `answer`, without showing it."""
    if not callable(answer):
        advice = f"give the function itself, without brackets: nt.check({exercise.id!r}, my_function)"
        raise TypeError(f"`answer` is {answer!r}, a {type(answer).__name__}; {advice}")
    try:
        values = smallest_failure(exercise, answer)
    except UnsteadyError:
        return _unsteady(exercise)
    if values is None:
        del _failed[exercise.id]
        _named[exercise.id].clear()
        return Outcome(exercise.id, True, (("", f"passed on {exercise.examples} inputs."),))
    return _failure(exercise, answer, values)


class UnsteadyError(RuntimeError):
    """An answer that differs from call to call on the same input."""


def smallest_failure(exercise: Check, answer: Callable[..., Any]) -> tuple[Any, ...] | None:
    """The simplest input that Hypothesis finds on which `answer` is wrong; None where it finds none."""
    import hypothesis

    try:
        return _find(exercise, lambda values: exercise.complaint(answer, values) is not None, exercise.examples, shrink=True)
    except hypothesis.errors.Flaky as error:
        raise UnsteadyError(f"{exercise.id}: the function gives different answers to the same input") from error


def some_inputs(exercise: Check) -> list[tuple[Any, ...]]:
    """SAMPLES inputs of a check, always the same ones (fewer where there are not so many)."""
    seen: list[tuple[Any, ...]] = []

    def enough(values: tuple[Any, ...]) -> bool:
        seen.append(values)
        return len(seen) >= SAMPLES

    _find(exercise, enough, SAMPLES, shrink=False)
    return seen


def _find(exercise: Check, wanted: Callable[[tuple[Any, ...]], bool], examples: int, shrink: bool) -> tuple[Any, ...] | None:
    """The first (or the simplest) of `examples` inputs that is `wanted`."""
    import hypothesis
    from hypothesis import strategies

    phases = (hypothesis.Phase.generate, hypothesis.Phase.shrink) if shrink else (hypothesis.Phase.generate,)
    settings = hypothesis.settings(max_examples=examples, database=None, derandomize=True, deadline=None, phases=phases)
    try:
        with _generators_left_alone():
            return hypothesis.find(exercise.inputs(strategies), wanted, settings=settings)
    except hypothesis.errors.NoSuchExample:
        return None


def find_check(id: str) -> Check:
    """The check with this id; an unknown one is answered with the ids there are."""
    checks = {exercise.id: exercise for exercise in all_checks()}
    if id not in checks:
        raise KeyError(f"`id` is {id!r}; the checks are {', '.join(sorted(checks))}")
    return checks[id]


def all_checks() -> list[Check]:
    """Every check of every chapter."""
    import nastutor.exercises as chapters

    modules = [importlib.import_module(f"{chapters.__name__}.{found.name}") for found in pkgutil.iter_modules(chapters.__path__) if found.name.startswith("ch")]
    return [exercise for module in modules for exercise in module.CHECKS]


SINGLE = "it agrees to single precision: compute with double precision, in torch with dtype=torch.float64"


def same(got: Any, expected: Any) -> str | None:
    """None where the two are equal (numbers to 9 digits, NaN equal to NaN, arrays and tuples like lists), else a sentence."""
    if hasattr(got, "tolist"):
        got = got.tolist()
    if kind := wrong_kind(got, expected):
        return kind
    if isinstance(expected, (list, tuple)) and isinstance(got, (list, tuple)):
        if len(got) != len(expected):
            return f"it has {len(got)} entries instead of {len(expected)}"
        found = [(i, *pair, why) for i, pair in enumerate(zip(got, expected, strict=True)) if (why := same(*pair)) is not None]
        if not found:
            return None
        i, ours, theirs, why = found[0]
        # what is wrong with the numbers inside, however deep: shown alike, they would look equal
        kind = why if why == SINGLE else wrong_kind(ours, theirs) or why.partition(" is wrong: ")[2]
        return f"entry {i} (counted from 0) is wrong" + (f": {kind}" if kind else "")
    if isinstance(expected, float) and isinstance(got, (int, float)):
        apart = abs(got - expected) / max(1.0, abs(expected)) if math.isfinite(expected) else math.inf  # everything is near infinity
        if apart <= 1e-9 or got == expected or (got != got and expected != expected):
            return None
        return SINGLE if apart <= 1e-6 else "it is another number"
    return None if bool(got == expected) else "it is not the same"


def wrong_kind(got: Any, expected: Any) -> str:
    """A sentence where `got` cannot be right because it is of another kind than `expected`; "" else."""
    lists, numbers = (list, tuple), (int, float)
    if isinstance(expected, lists) and isinstance(got, numbers):
        return f"it is a single number; wanted is a {type(expected).__name__} of {len(expected)}"
    if isinstance(expected, numbers) and isinstance(got, lists):
        return f"it is a {type(got).__name__}; wanted is a single number"
    if type(expected) is int and isinstance(got, float):
        return "it is a float; wanted is a whole number, an int: `//` divides without leaving the whole numbers, `/` does not"
    if isinstance(expected, tuple) and isinstance(got, tuple) and len(got) == len(expected) <= 3 and same([*got], [*expected]) is not None:
        swapped = any(same([*order], [*expected]) is None for order in permutations(got))
        return "its parts are right, but they stand in the wrong order" if swapped else ""
    return ""


def source(thing: Any, docstring: bool = True) -> Source:
    """The library's own code of `thing` (a class, a function, or the id of a check: then its reference solution), coloured in a notebook."""
    return Source.of(find_check(thing).reference if isinstance(thing, str) else thing, docstring)


def _failure(exercise: Check, answer: Callable[..., Any], values: tuple[Any, ...]) -> Outcome:
    got = crash_of(exercise.answer, answer, values)
    stub = still_a_stub(answer, got)
    if stub:
        return Outcome(exercise.id, False, (("", f"not written yet. {stub}"),))
    expected = exercise.answer(exercise.reference, values)
    wrong = None if isinstance(got, Crash) else exercise.compare(got, expected, *values)
    if wrong is None and not isinstance(got, Crash):  # it was wrong when this input was found
        return _unsteady(exercise)
    reason = _reason(exercise, answer, got, expected)
    names = exercise.names or exercise.reference.__code__.co_varnames[: len(values)]
    lines = [
        ("", "not yet. The simplest input on which it goes wrong:"),
        *((name, short(value)) for name, value in zip(names, values, strict=False)),
        ("yours", f"{short(got)}" + (f"  ({wrong})" if wrong else "")),
        ("expected", short(expected)),
        reason,
        *_next_hint(exercise, reason[1] if reason[0] == NAMED else ""),
    ]
    return Outcome(exercise.id, False, tuple(line for line in lines if line[1]), _picture(exercise, got, values))


def _reason(exercise: Check, answer: Callable[..., Any], got: Any, expected: Any) -> tuple[str, str]:
    """Why it went wrong, and in the label how sure that is: a crash is certain, a known mistake likely, the rest happens often."""
    if isinstance(got, Crash):
        return "why", got.why
    if named := exercise.diagnosis(answer):
        return NAMED, named
    return ("", "") if wrong_kind(got, expected) else ("often", exercise.why)


def _next_hint(exercise: Check, named: str = "") -> list[tuple[str, str]]:
    """The hint that comes next; where a mistake is `named` for the first time, that helps by itself, and the hint is the one that was told before."""
    last, known = len(exercise.hints) - 1, _named[exercise.id]
    if named and named not in known and _failed[exercise.id]:
        _failed[exercise.id] -= 1
    known.add(named)
    level = min(_failed[exercise.id], last)
    _failed[exercise.id] = level + 1
    further = "Run the check again for the next hint." if level < last else f'This is the last hint. `nt.source("{exercise.id}")` shows a solution.'
    return [(f"hint {level + 1} of {last + 1}", exercise.hints[level]), ("", further)]


def _unsteady(exercise: Check) -> Outcome:
    lines = (("", "not yet. Your function gives different answers to the same input."), ("often", UNSTEADY), *_next_hint(exercise))
    return Outcome(exercise.id, False, lines)


def _picture(exercise: Check, got: Any, values: tuple[Any, ...]) -> str:
    if exercise.draw is None or isinstance(got, Crash):
        return ""
    try:
        graph = exercise.draw(got, *values)
    except (TypeError, ValueError, KeyError, AttributeError):  # an answer that is no architecture cannot be drawn
        return ""
    from nastutor.drawing import draw

    return "" if graph is None else str(draw(graph)._repr_svg_())


def _generators_left_alone() -> Any:
    """Hypothesis seeds the global generators while it runs; here it must not (a live board may train in another thread)."""
    import contextlib
    from unittest import mock

    import hypothesis.core

    if not hasattr(hypothesis.core, "deterministic_PRNG"):  # an internal: a version without it keeps Hypothesis's own way (seeded, then restored)
        return contextlib.nullcontext()
    return mock.patch.object(hypothesis.core, "deterministic_PRNG", contextlib.nullcontext)
