"""DeepArchitect's language: words that stand for parts of a network, each with what there is to decide about it (Negrinho & Gordon 2017, section 4).

>>> sentence = Concat(Conv((8, 16), (3, 5)), ReLU(), Optional(Dropout((0.25, 0.5))), Repeat(MaybeSwap(ReLU(), BatchNorm()), (1, 2)))
>>> sentence.size
72

A word is three small functions: `decide` asks for its decisions, one after the other, and gives its layers; `size` counts, `sites` lists what may be
asked for. A decision is named by the place of its word: "2.1 kernel" is asked by the first word in the second. What has one option is not asked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from itertools import permutations
from math import factorial, prod
from typing import Any, ClassVar, NamedTuple

from nastutor.inputs import is_number, is_whole
from nastutor.spaces.base import Choose, check_options
from nastutor.values import Value

MOST = 5  # words that a permutation may have: 120 orders


class Layer(NamedTuple):
    """One layer of the plan; a residual has the layers that its shortcut goes around."""

    kind: str
    settings: tuple[tuple[str, Value], ...] = ()
    inside: tuple[Layer, ...] = ()


Layers = tuple[Layer, ...]
Sites = dict[str, tuple[Value, ...]]


class Word:
    """A part of a network with its decisions; `place` is where it stands in the sentence, such as "2.1", and "" for the sentence itself."""

    def decide(self, choose: Choose, place: str = "") -> Layers:
        """Takes the decisions by `choose(name, options)` and gives the layers, in the order in which they follow each other."""
        raise TypeError(f"{type(self).__name__} does not say what there is to decide: define decide")

    @property
    def size(self) -> int:
        """How many ways there are to decide."""
        return 1

    def sites(self, place: str = "") -> Sites:
        """Every decision that may be asked for, in order, with its options."""
        return {}


def _below(place: str, number: int) -> str:
    return f"{place}.{number}" if place else str(number)


def _ask(choose: Choose, place: str, name: str, options: Sequence[Any]) -> Any:
    return options[0] if len(options) == 1 else choose(f"{place} {name}".strip(), options)


def _site(place: str, name: str, options: Sequence[Any]) -> Sites:
    return {} if len(options) == 1 else {f"{place} {name}".strip(): tuple(options)}


# ---------------------------------------------------------------- basic modules


@dataclass(frozen=True)
class Module(Word):
    """A layer; each field is the domain of one of its settings."""

    names: ClassVar[tuple[str, ...]] = ()  # of the settings, one for each field
    kind: ClassVar[str] = ""
    fits: ClassVar[tuple[Callable[[Any], bool], str]] = (lambda value: is_whole(value, 1), "whole numbers from 1")

    def __post_init__(self) -> None:
        for field in fields(self):
            values = getattr(self, field.name)
            check_options(field.name, values)
            if wrong := [value for value in values if not self.fits[0](value)]:
                raise ValueError(f"`{field.name}` of {type(self).__name__} has {wrong[0]!r}; allowed are {self.fits[1]} (chapter 6)")
            object.__setattr__(self, field.name, tuple(values))

    @property
    def domains(self) -> list[tuple[str, tuple[Value, ...]]]:
        return [(name, getattr(self, field.name)) for name, field in zip(self.names, fields(self), strict=True)]

    def decide(self, choose: Choose, place: str = "") -> Layers:
        return (Layer(self.kind, tuple((name, _ask(choose, place, name, values)) for name, values in self.domains)),)

    @property
    def size(self) -> int:
        return prod(len(values) for _, values in self.domains)

    def sites(self, place: str = "") -> Sites:
        return {site: options for name, values in self.domains for site, options in _site(place, name, values).items()}


@dataclass(frozen=True)
class Conv(Module):
    """Convolution with bias; an image of height n becomes one of ceil(n / stride) with an odd kernel."""

    channels: Sequence[int]
    kernels: Sequence[int]
    strides: Sequence[int] = (1,)
    names, kind = ("channels", "kernel", "stride"), "conv"


@dataclass(frozen=True)
class Affine(Module):
    """Linear layer with bias, of all numbers of an image."""

    units: Sequence[int]
    names, kind = ("units",), "linear"


@dataclass(frozen=True)
class MaxPool(Module):
    """Maximum, over images as those of `Conv`; an even kernel leaves out what hangs over the edge (the release fills it up)."""

    kernels: Sequence[int]
    strides: Sequence[int]
    names, kind = ("kernel", "stride"), "max_pool"


@dataclass(frozen=True)
class AvgPool(MaxPool):
    """Mean."""

    kind = "avg_pool"


@dataclass(frozen=True)
class Dropout(Module):
    """Drops each number with probability `rate` while training (the release counts those that it keeps)."""

    rates: Sequence[float]
    names, kind = ("p",), "dropout"
    fits = (lambda value: is_number(value) and 0 <= value < 1, "numbers from 0 to below 1")


@dataclass(frozen=True)
class ReLU(Module):
    """max(x, 0)"""

    kind = "relu"


@dataclass(frozen=True)
class BatchNorm(Module):
    """Batch normalisation."""

    kind = "bn"


@dataclass(frozen=True)
class Empty(Word):
    """Nothing: a wire."""

    def decide(self, choose: Choose, place: str = "") -> Layers:
        return ()


# ---------------------------------------------------------------- composite modules


@dataclass(frozen=True, init=False)
class _Several(Word):
    """A word made of others."""

    words: tuple[Word, ...]

    def __init__(self, *words: Word) -> None:
        if not words:
            raise ValueError(f"`words` of {type(self).__name__} are none; allowed are one or more (chapter 6)")
        for word in words:
            _check(type(self).__name__, word)
        object.__setattr__(self, "words", words)

    def parts(self, choose: Choose, place: str) -> list[Layers]:
        """The layers of each word, decided in the order in which they are written."""
        return [word.decide(choose, _below(place, number)) for number, word in enumerate(self.words, start=1)]

    @property
    def size(self) -> int:
        return prod(word.size for word in self.words)

    def sites(self, place: str = "") -> Sites:
        return {name: options for number, word in enumerate(self.words, start=1) for name, options in word.sites(_below(place, number)).items()}


class Concat(_Several):
    """One after the other."""

    def decide(self, choose: Choose, place: str = "") -> Layers:
        return sum(self.parts(choose, place), ())


class Or(_Several):
    """One of them: which=1, 2 ..."""

    @property
    def which(self) -> tuple[int, ...]:
        return tuple(range(1, len(self.words) + 1))

    def decide(self, choose: Choose, place: str = "") -> Layers:
        number = _ask(choose, place, "which", self.which)
        return self.words[number - 1].decide(choose, _below(place, number))

    @property
    def size(self) -> int:
        return sum(word.size for word in self.words)

    def sites(self, place: str = "") -> Sites:
        return _site(place, "which", self.which) | super().sites(place)


class Permutation(_Several):
    """All of them, in any order: order=(2, 1, 3) puts the second first. What else there is to decide is asked in the order in which they are written."""

    def __init__(self, *words: Word) -> None:
        super().__init__(*words)
        if len(words) > MOST:
            raise ValueError(f"`words` of {type(self).__name__} are {len(words)}; allowed are up to {MOST}, with {factorial(MOST)} orders (chapter 6)")

    @property
    def orders(self) -> tuple[tuple[int, ...], ...]:
        return tuple(permutations(range(1, len(self.words) + 1)))

    def decide(self, choose: Choose, place: str = "") -> Layers:
        order = _ask(choose, place, "order", self.orders)
        parts = self.parts(choose, place)
        return sum((parts[number - 1] for number in order), ())

    @property
    def size(self) -> int:
        return factorial(len(self.words)) * super().size

    def sites(self, place: str = "") -> Sites:
        return _site(place, "order", self.orders) | super().sites(place)


class MaybeSwap(Permutation):
    """Both, in either order."""

    def __init__(self, first: Word, second: Word) -> None:
        super().__init__(first, second)


@dataclass(frozen=True)
class Optional(Word):
    """The word or nothing."""

    word: Word

    def __post_init__(self) -> None:
        _check(type(self).__name__, self.word)

    def decide(self, choose: Choose, place: str = "") -> Layers:
        return self.word.decide(choose, _below(place, 1)) if _ask(choose, place, "there", (False, True)) else ()

    @property
    def size(self) -> int:
        return 1 + self.word.size

    def sites(self, place: str = "") -> Sites:
        return _site(place, "there", (False, True)) | self.word.sites(_below(place, 1))


@dataclass(frozen=True)
class Repeat(Word):
    """The word several times, each decided on its own."""

    word: Word
    times: Sequence[int]

    def __post_init__(self) -> None:
        _check(type(self).__name__, self.word)
        check_options("times", self.times)
        if wrong := [count for count in self.times if not is_whole(count, 1)]:
            raise ValueError(f"`times` of {type(self).__name__} has {wrong[0]!r}; allowed are whole numbers from 1 (chapter 6)")
        object.__setattr__(self, "times", tuple(self.times))

    def decide(self, choose: Choose, place: str = "") -> Layers:
        copies = range(1, _ask(choose, place, "times", self.times) + 1)
        return sum((self.word.decide(choose, _below(place, copy)) for copy in copies), ())

    @property
    def size(self) -> int:
        return sum(self.word.size**count for count in self.times)

    def sites(self, place: str = "") -> Sites:
        copies = range(1, max(self.times) + 1)
        return _site(place, "times", self.times) | {name: options for copy in copies for name, options in self.word.sites(_below(place, copy)).items()}


class RepeatTied(Repeat):
    """The word several times, decided once for all of them; weights are not shared."""

    def decide(self, choose: Choose, place: str = "") -> Layers:
        return _ask(choose, place, "times", self.times) * self.word.decide(choose, _below(place, 1))  # type: ignore[no-any-return]

    @property
    def size(self) -> int:
        return len(self.times) * self.word.size

    def sites(self, place: str = "") -> Sites:
        return _site(place, "times", self.times) | self.word.sites(_below(place, 1))


@dataclass(frozen=True)
class Residual(Word):
    """The word and a shortcut around it, added; what is smaller, in height, width or channels, is filled up with zeros."""

    word: Word

    def __post_init__(self) -> None:
        _check(type(self).__name__, self.word)

    def decide(self, choose: Choose, place: str = "") -> Layers:
        return (Layer("residual", (), self.word.decide(choose, _below(place, 1))),)

    @property
    def size(self) -> int:
        return self.word.size

    def sites(self, place: str = "") -> Sites:
        return self.word.sites(_below(place, 1))


def _check(name: str, word: Any) -> None:
    if not isinstance(word, Word):
        raise TypeError(f"{name} got {word!r}; allowed are words of nastutor.spaces.language, such as ReLU() (chapter 6)")
