"""Self-checks of exercises: `nt.check("ch00.best_so_far", mine)` says at once what is right, or shows the smallest input that goes wrong.

A chapter's checks are the list CHECKS of `nastutor/exercises/chNN.py`; a check is a few lines of data: what inputs look like, a reference
solution, known mistakes (each a wrong function and the sentence that names it) and hints by level.
"""

from __future__ import annotations

import copy
import importlib
import pkgutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from nastutor.outcomes import Crash, Outcome, crash_of, short, show, still_a_stub
from nastutor.sources import Source


@dataclass(frozen=True)
class Check:
    """One exercise: how its inputs are made and what the right answer is.

    id         "chNN.name"
    inputs     hypothesis.strategies -> a strategy of tuples, the values that `call` hands on
    reference  a right solution
    why        how most students come to fail here, said where no known mistake fits
    hints      from a nudge to nearly the solution; each failed check tells the next one
    mistakes   (a wrong solution, the sentence that names it): said when the student's answer equals that solution's
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

    def diagnosis(self, got: Any, values: tuple[Any, ...]) -> str:
        """The sentence of the known mistake that gives the same answer, else `why`."""
        for wrong, sentence in self.mistakes:
            try:
                if same(self.answer(wrong, values), got) is None:
                    return sentence
            except Exception:  # a mistake that cannot take this input explains nothing here
                continue
        return self.why


_failed: Counter[str] = Counter()  # how often each check has failed in this session: which hint comes next


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
    values = smallest_failure(exercise, answer)
    if values is None:
        del _failed[exercise.id]
        return Outcome(exercise.id, True, (("", f"passed on {exercise.examples} inputs."),))
    return _failure(exercise, answer, values)


def smallest_failure(exercise: Check, answer: Callable[..., Any]) -> tuple[Any, ...] | None:
    """The simplest input that Hypothesis finds on which `answer` is wrong; None where it finds none."""
    import hypothesis
    from hypothesis import strategies

    settings = hypothesis.settings(
        max_examples=exercise.examples, database=None, derandomize=True, deadline=None, phases=(hypothesis.Phase.generate, hypothesis.Phase.shrink)
    )
    try:
        with _generators_left_alone():
            return hypothesis.find(exercise.inputs(strategies), lambda values: exercise.complaint(answer, values) is not None, settings=settings)
    except hypothesis.errors.NoSuchExample:
        return None
    except hypothesis.errors.Flaky as error:
        advice = "Draw only from the generator that it is given, never from `random` itself, and keep nothing in global variables."
        raise RuntimeError(f"{exercise.id}: your function gives different answers to the same input. {advice}") from error


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


def same(got: Any, expected: Any) -> str | None:
    """None where the two are equal (numbers to 9 digits, NaN equal to NaN, arrays and tuples like lists), else a sentence."""
    if hasattr(got, "tolist"):
        got = got.tolist()
    if isinstance(expected, (list, tuple)) and isinstance(got, (list, tuple)):
        if len(got) != len(expected):
            return f"it has {len(got)} entries instead of {len(expected)}"
        wrong = [i for i, pair in enumerate(zip(got, expected, strict=True)) if same(*pair) is not None]
        return f"entry {wrong[0]} (counted from 0) is wrong" if wrong else None
    if isinstance(expected, float) and isinstance(got, (int, float)):
        close = abs(got - expected) <= 1e-9 * max(1.0, abs(expected)) or got == expected or (got != got and expected != expected)
        return None if close else "it is another number"
    return None if bool(got == expected) else "it is not the same"


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
    names = exercise.names or exercise.reference.__code__.co_varnames[: len(values)]
    level = min(_failed[exercise.id], len(exercise.hints) - 1)
    _failed[exercise.id] += 1
    lines = [
        ("", "not yet. The simplest input on which it goes wrong:"),
        *((name, short(value)) for name, value in zip(names, values, strict=False)),
        ("yours", f"{short(got)}" + (f"  ({wrong})" if wrong else "")),
        ("expected", short(expected)),
        ("why", got.why if isinstance(got, Crash) else exercise.diagnosis(got, values)),
        (f"hint {level + 1} of {len(exercise.hints)}", exercise.hints[level]),
    ]
    if level + 1 < len(exercise.hints):
        lines.append(("", "Run the check again for the next hint."))
    return Outcome(exercise.id, False, tuple(lines), _picture(exercise, got, values))


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
