"""The values of a search: frozen, plain, JSON-able; nothing here knows a framework, a space or a paper."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from typing import Any, Union

from nastutor.describe import to_plain

Value = Union[None, bool, int, float, str, "tuple[Value, ...]"]
_SIMPLE = frozenset({type(None), bool, int, str})


@dataclass(frozen=True)
class Arch:
    """An architecture as a value: the decisions that were taken, in the order in which the space asks for them.

    >>> arch = Arch((("depth", 2), ("width", 16)))
    >>> arch["width"], Arch.from_json(arch.to_json()) == arch
    (16, True)
    """

    choices: tuple[tuple[str, Value], ...]

    def __post_init__(self) -> None:
        if len({name for name, _ in self.choices}) < len(self.choices):
            raise ValueError(f"`choices` name a decision twice: {self.choices}")
        for name, value in self.choices:
            if type(value) not in _SIMPLE:
                _check_value(name, value)

    def __getitem__(self, name: str) -> Value:
        for own, value in self.choices:
            if own == name:
                return value
        raise KeyError(f"no decision {name!r}; there are {', '.join(own for own, _ in self.choices)}")

    def __contains__(self, name: object) -> bool:
        return any(own == name for own, _ in self.choices)

    def __str__(self) -> str:
        return " ".join(f"{name}={value}" for name, value in self.choices)

    def to_json(self) -> str:
        """The canonical JSON: `[[name, value], ...]`, tuples as arrays."""
        return json.dumps(self.choices, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Arch:
        return cls(tuple((name, _tuples(value)) for name, value in json.loads(text)))


class Mixture:
    """Weights over the options of each decision; an `Arch` is the case where each has one 1. Equal only to itself.

    weights  decision -> float32 array (options,)
    watched  decision -> numbers of options with weight 0 for which a gradient is wanted nevertheless (elsewhere such options are not computed)
    """

    def __init__(self, weights: Mapping[str, Any], watched: Mapping[str, Iterable[int]] | None = None) -> None:
        import numpy as np

        self.weights = {name: np.asarray(values, dtype=np.float32) for name, values in weights.items()}
        for name, values in self.weights.items():
            if values.ndim != 1:
                raise ValueError(f"`weights` of {name!r} have shape {values.shape}; allowed is (options,)")
        self.watched = {name: tuple(map(int, numbers)) for name, numbers in (watched or {}).items()}
        for name, numbers in self.watched.items():
            if name not in self.weights or any(not 0 <= number < len(self.weights[name]) for number in numbers):
                raise ValueError(f"`watched` has {name!r}: {numbers}; allowed are numbers of options of {', '.join(self.weights)}")

    def __getitem__(self, name: str) -> Any:
        return self.weights[name]

    def to_json(self) -> str:
        """The canonical JSON of the weights: `{name: [weight, ...], ...}`; float32 survives the way there and back."""
        return json.dumps({name: values.tolist() for name, values in self.weights.items()}, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Mixture:
        """From the weights; what is watched is said by the trial that asks for it."""
        return cls(json.loads(text))


class Edit:
    """How a child's architecture and weights come from its parent's: subclass as a frozen dataclass with its own seed.

    `edit(arch)` gives the child's Arch; `edit.transfer(module, batch)` gives the child's module with the parent's weights carried over.
    """

    def __call__(self, arch: Arch) -> Arch:
        raise TypeError(f"{type(self).__name__} does not say what it does to an Arch: define __call__")

    def to_json(self) -> dict[str, Any]:
        return {"edit": type(self).__name__, **dataclasses.asdict(self)}  # type: ignore[call-overload]

    @classmethod
    def from_json(cls, form: Mapping[str, Any]) -> Edit:
        fields = {name: _tuples(value) for name, value in form.items() if name != "edit"}
        kinds = list(cls.__subclasses__())
        for kind in kinds:
            kinds.extend(kind.__subclasses__())
            if kind.__name__ == form["edit"]:
                return kind(**fields)
        raise ValueError(f"`edit` is {form['edit']!r}, which no imported module defines: import it first (those of the package: `import nastutor.edits`)")


@dataclass(frozen=True)
class Trial:
    """A request: evaluate this architecture.

    budget      in the estimator's unit; None = the estimator's own default; 0, where it answers that: judged as it is, without training
    warm_start  key of the trial whose weights it starts from
    edit        how those weights are carried over; the same arch and no edit = training goes on
    repeat      which independent evaluation of the same thing this is
    """

    arch: Arch | Mixture
    budget: int | None = None
    warm_start: str | None = None
    edit: Edit | None = None
    repeat: int = 0

    def __post_init__(self) -> None:
        if self.budget is not None and (type(self.budget) is not int or self.budget < 0):
            raise ValueError(f"`budget` is {self.budget!r}; allowed are None and whole numbers from 0")
        if type(self.repeat) is not int or self.repeat < 0:
            raise ValueError(f"`repeat` is {self.repeat!r}; allowed are whole numbers from 0")

    @cached_property
    def key(self) -> str:
        """A name for this trial and, through `warm_start`, its whole lineage (32 hexadecimal digits)."""
        return blake2b(self.to_json().encode(), digest_size=16).hexdigest()

    def to_json(self) -> str:
        """The canonical JSON; what `key` is the hash of."""
        kind = "arch" if isinstance(self.arch, Arch) else "mixture"
        edit = "null" if self.edit is None else json.dumps(self.edit.to_json(), sort_keys=True)
        budget = "null" if self.budget is None else str(self.budget)
        warm_start = "null" if self.warm_start is None else json.dumps(self.warm_start)
        watched = getattr(self.arch, "watched", None)
        watching = f'"watched":{json.dumps(watched, separators=(",", ":"))},' if watched else ""
        return f'{{"{kind}":{self.arch.to_json()},{watching}"budget":{budget},"warm_start":{warm_start},"edit":{edit},"repeat":{self.repeat}}}'

    @classmethod
    def from_json(cls, text: str) -> Trial:
        return cls.from_form(json.loads(text))

    @classmethod
    def from_form(cls, form: Mapping[str, Any]) -> Trial:
        """From what JSON says, already parsed."""
        if "arch" in form:
            arch: Arch | Mixture = Arch(tuple((name, _tuples(value)) for name, value in form["arch"]))
        else:
            arch = Mixture(form["mixture"], form.get("watched"))
        edit = form["edit"] and Edit.from_json(form["edit"])
        return cls(arch, form["budget"], form["warm_start"], edit, form["repeat"])


STATUSES = ("ok", "failed", "stopped")


class ReadOnly(dict[str, Any]):
    """A dictionary that keeps what it has: who learns from a result cannot change it for the others."""

    def _refuse(self, *_: Any, **__: Any) -> Any:
        raise TypeError("a Result is read-only: make another one, for example by dataclasses.replace")

    __setitem__ = __delitem__ = __ior__ = clear = pop = popitem = setdefault = update = _refuse  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return ReadOnly, (dict(self),)


NOTHING = ReadOnly()


@dataclass(frozen=True)
class Result:
    """An answer: plain data, in its JSON form from the start, so that one read back from a journal equals the first.

    metrics  all minimised: `error` (validation, always there when ok), loss, params, mult_adds, latency_ms ...
    curve    validation error after each unit of budget
    cost     in epochs of the full task, what this trial added
    grad     dL/d(mixture), when the trial asked for a mixture
    seconds  how long it took; not compared
    status   ok, failed (`info["reason"]` says why) or stopped (early, by its curve: its error is honest, of less than its budget)
    """

    metrics: Mapping[str, float] = field(default_factory=dict)
    curve: tuple[float, ...] = ()
    cost: float = 0.0
    grad: Mixture | None = None
    seconds: float = field(default=0.0, compare=False)
    status: str = "ok"
    info: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        put = object.__setattr__
        put(self, "metrics", ReadOnly({str(name): _number(name, value) for name, value in self.metrics.items()}))
        if type(self.curve) is not tuple or self.curve:
            put(self, "curve", tuple(_number("curve", value) for value in self.curve))
        put(self, "cost", _number("cost", self.cost))
        put(self, "seconds", _number("seconds", self.seconds))
        put(self, "info", ReadOnly(to_plain(self.info, "info")) if self.info else NOTHING)
        if self.status not in STATUSES:
            raise ValueError(f"`status` is {self.status!r}; allowed are {', '.join(STATUSES)}")
        if self.status == "ok" and self.grad is None and "error" not in self.metrics:
            raise ValueError(f"`metrics` of an ok result lack 'error'; there are {sorted(self.metrics)}")

    def __reduce__(self) -> tuple[Any, ...]:
        return Result, tuple(getattr(self, f.name) for f in dataclasses.fields(self))

    @classmethod
    def failed(cls, reason: str, **info: Any) -> Result:
        """The answer to a trial that came to nothing."""
        return cls(status="failed", info={"reason": reason, **info})

    @property
    def error(self) -> float:
        """The validation error; NaN where there is none."""
        return self.metrics.get("error", math.nan)

    @property
    def usable(self) -> bool:
        """Whether there is an error to learn from: ok or stopped, and finite."""
        return self.status != "failed" and math.isfinite(self.error)

    def to_json(self) -> str:
        form = {f.name: getattr(self, f.name) for f in dataclasses.fields(self) if f.name != "grad"}
        if self.grad is not None:
            form["grad"] = {name: values.tolist() for name, values in self.grad.weights.items()}
        return json.dumps(form, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Result:
        return cls.from_form(json.loads(text))

    @classmethod
    def from_form(cls, form: Mapping[str, Any]) -> Result:
        """From what JSON says, already parsed."""
        grad = form.get("grad")
        return cls(**{**form, "grad": None if grad is None else Mixture(grad)})


@dataclass(frozen=True)
class Record:
    """A line of the history: what was asked, what came back, and when (seconds since the search began)."""

    trial: Trial
    result: Result
    started: float = field(default=0.0, compare=False)
    finished: float = field(default=0.0, compare=False)

    @property
    def error(self) -> float:
        return self.result.error

    @property
    def budget(self) -> int | None:
        """The budget that was spent: the trial's, or the estimator's default where the result tells it."""
        return self.trial.budget if self.trial.budget is not None else self.result.info.get("budget")

    def __str__(self) -> str:
        answer = f"error {self.error:.4f}" if self.result.status == "ok" else f"{self.result.status}: {self.result.info.get('reason', '')}"
        return f"{answer}  {self.trial.arch}"


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def _check_value(name: str, value: Any) -> None:
    if type(value) is tuple:
        for part in value:
            _check_value(name, part)
    elif type(value) is float:
        if not math.isfinite(value):
            raise ValueError(f"decision {name!r} is {value!r}: it must be finite")
    elif type(value) not in _SIMPLE:
        raise TypeError(f"decision {name!r} is {value!r}, a {type(value).__name__}; allowed are None, bool, int, float, str and tuples of them")


def _number(name: str, value: Any) -> float:
    if type(value) is not float:
        try:
            value = float(value)
        except (TypeError, ValueError):
            raise TypeError(f"`{name}` is {value!r}, a {type(value).__name__}; it must be a number") from None
    return value if value == value else math.nan  # one NaN object, so that equal results compare equal
