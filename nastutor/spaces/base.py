"""`ChoiceSpace`: a search space as a program with named decisions, and everything one can do with such a program.

`decide(choose)` is the only definition of a space. Each method below runs it with another `choose`: one that draws, one that replays an
architecture, one that counts ... (the idea of pyglove's `oneof` and optuna's `trial.suggest_*`).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from hashlib import blake2b
from itertools import islice
from random import Random
from typing import TYPE_CHECKING, Any

from nastutor.rng import as_rng
from nastutor.spaces.space import Space
from nastutor.values import Arch, Value

if TYPE_CHECKING:
    import numpy

    from nastutor.spaces.coding import Coding
    from nastutor.spaces.product import ProductSpace

Choose = Callable[[str, Sequence[Any]], Any]
Site = tuple[str, Sequence[Any], int]  # a decision: its name, its options, the number of the option taken

COUNTABLE = 200_000  # `size` counts one by one up to here


class ChoiceSpace(Space):
    """A set of architectures, defined by `decide`; subclasses need no more than that.

    >>> class Pyramid(ChoiceSpace):
    ...     def decide(self, choose):
    ...         depth = choose("depth", (1, 2, 3))
    ...         return [choose(f"width{i}", (4, 8, 16)) for i in range(depth)]
    >>> space = Pyramid()
    >>> arch = space.sample(0)
    >>> print(arch, space.plan(arch), len(space))
    depth=3 width0=16 width1=8 width2=4 [16, 8, 4] 39

    The options of a decision may depend on the decisions before it, and on nothing else. A decision that is not asked for is absent.
    """

    def __init__(self) -> None:
        """A space without settings."""

    @staticmethod
    def of(options: Mapping[str, Sequence[Any]]) -> ProductSpace:
        """The space of independent decisions: name -> options.

        >>> ChoiceSpace.of({"width": (4, 8), "kernel": (3, 5)}).size
        4
        """
        from nastutor.spaces.product import ProductSpace

        return ProductSpace(options)

    def decide(self, choose: Choose) -> Any:
        """Takes every decision by `choose(name, options)` and returns the plan: whatever `graph` likes to work from."""
        raise TypeError(f"{type(self).__name__} does not say what there is to decide: define decide(self, choose)")

    def walk(self, choose: Choose) -> Arch:
        """The architecture that `choose(name, options) -> option` decides on; names, options and answers are checked."""
        choices: dict[str, Value] = {}

        def checked(name: str, options: Sequence[Any]) -> Any:
            if name in choices:
                raise ValueError(f"`decide` of {type(self).__name__} asks for {name!r} twice; each decision needs a name of its own")
            check_options(name, options)
            value = choose(name, options)
            if (number := _position(options, value)) < 0:
                raise ValueError(f"`choose` answered {value!r} for {name!r}; allowed are {_listed(options)}")
            choices[name] = options[number]
            return choices[name]

        self.decide(checked)
        return Arch(tuple(choices.items()))

    def plan(self, arch: Arch) -> Any:
        """What `decide` returns for this architecture."""
        return self._replay(arch)[0]

    def validate(self, arch: Arch) -> None:
        """Raises where `arch` is not one of this space; types count (1 is not True)."""
        self._replay(arch)

    def canonical(self, arch: Arch) -> Arch:
        """The first architecture, in the order of enumeration, that is the same network: here the architecture itself."""
        self.validate(arch)
        return arch

    # random and near ones

    def sample(self, rng: Random | int) -> Arch:
        """A random architecture: each decision uniform over its options (which is not uniform over architectures where depth is decided)."""
        random, choices = as_rng(rng).random, []

        def choose(name: str, options: Sequence[Any]) -> Any:
            if not options:
                check_options(name, options)
            value = options[int(random() * len(options))]
            choices.append((name, value))
            return value

        self.decide(choose)
        return Arch(tuple(choices))

    def mutate(self, arch: Arch, rng: Random | int) -> Arch:
        """`arch` with one decision changed, uniform over decisions that have a choice and over their other options.

        Decisions that become relevant are drawn, those that vanish dropped; the others stay, and are drawn anew only where the change
        has made them illegal. A space of one architecture has nothing to change: ValueError.
        """
        rng = as_rng(rng)
        random = rng.random
        sites = [site for site in self._replay(arch)[1] if len(site[1]) > 1]
        if not sites:
            raise ValueError(f"{type(self).__name__} has no decision to change in {arch}: none has two options")
        name, options, taken = sites[int(random() * len(sites))]
        other = int(random() * (len(options) - 1))
        kept = dict(arch.choices)
        kept[name] = options[other + (other >= taken)]
        return self._keep(kept, random)

    def crossover(self, a: Arch, b: Arch, rng: Random | int) -> Arch:
        """A child that takes each decision from one parent, by a fair coin; from the one that has it (legal) where only one does.

        A decision that neither parent has taken, which can happen where decisions depend on others, is drawn.
        """
        random = as_rng(rng).random
        self.validate(a)
        self.validate(b)
        first, second = dict(a.choices), dict(b.choices)

        def choose(name: str, options: Sequence[Any]) -> Any:
            offers = [options.index(parent[name]) for parent in (first, second) if name in parent and parent[name] in options]
            return options[offers[int(random() * len(offers))] if offers else int(random() * len(options))]

        return self.walk(choose)

    def neighbours(self, arch: Arch) -> list[Arch]:
        """All architectures that differ in one decision, by decision and then by option, in `decide`'s order.

        Decisions that become relevant, and those that the change makes illegal, take their first option; no neighbour comes twice.
        """
        found = []
        for name, options, taken in self._replay(arch)[1]:
            for number, option in enumerate(options):
                if number != taken:
                    found.append(self._keep({**dict(arch.choices), name: option}, lambda: 0.0))
        return found

    # all of them

    def __iter__(self) -> Iterator[Arch]:
        """Every architecture once, depth first in `decide`'s order: the first decision changes slowest."""
        numbers: list[int] = []
        while True:
            arch, sites = self._at(numbers)
            yield arch
            while sites and sites[-1][2] == len(sites[-1][1]) - 1:
                sites.pop()
            if not sites:
                return
            numbers = [number for _, _, number in sites]
            numbers[-1] += 1

    @property
    def size(self) -> int:
        """How many architectures there are; counted one by one here, up to 200,000: subclasses know better."""
        if "_counted" not in self.__dict__:
            self.__dict__["_counted"] = sum(1 for _ in islice(self, COUNTABLE + 1))
        if self.__dict__["_counted"] > COUNTABLE:
            raise ValueError(f"{type(self).__name__} has more than {COUNTABLE:,} architectures, too many to count one by one: define the property `size`")
        return int(self.__dict__["_counted"])

    def __len__(self) -> int:
        if self.size > sys.maxsize:
            raise OverflowError(f"{type(self).__name__} has at least 2^{self.size.bit_length() - 1} architectures, too many for len(): use `space.size`")
        return self.size

    def __bool__(self) -> bool:
        return True

    # as numbers

    def sites(self) -> dict[str, tuple[Any, ...]]:
        """Every decision that the space may ask for, in order, with the union of its options.

        Spaces of up to 4,096 architectures are enumerated. In larger ones each option of each decision is tried once, behind the
        decisions under which it was first met: a decision that needs two unusual ones together may be missed there (then override this).
        """
        return dict(self._sites)

    @cached_property
    def _sites(self) -> dict[str, tuple[Any, ...]]:
        from nastutor.spaces.sites import find_sites

        return find_sites(self)

    def encode(self, arch: Arch) -> numpy.ndarray:
        """One-hot over `sites()`, float32 (sum of numbers of options,); zeros for absent decisions. Equal codes mean equal architectures."""
        import numpy as np

        self._check_spelt(arch)
        code = np.zeros(len(self._coding.columns), dtype=np.float32)
        code[[self._coding.columns[choice] for choice in arch.choices]] = 1.0
        return code

    def codes(self, archs: Iterable[Arch]) -> numpy.ndarray:
        """Which option each decision of `sites()` takes, (n, D) uint8 for n architectures and D decisions; each architecture is validated.

        255 stands where a decision is not asked for. Where a decision has more than 255 options it is uint16, and 65535. Equal rows
        mean equal architectures; `encode` spells the same one-hot, and `from_codes` is the way back.

        >>> space = ChoiceSpace.of({"width": (4, 8, 16), "kernel": (3, 5)})
        >>> space.codes([space.sample(seed) for seed in range(3)]).tolist()
        [[2, 1], [0, 1], [2, 1]]
        """
        archs = list(archs)
        for arch in archs:
            self._check_spelt(arch)
        return self._coding.of(archs)

    def from_codes(self, codes: Any) -> list[Arch]:
        """The architectures of rows of `codes`; ValueError where a number is no option's, or decisions do not fit together."""
        archs = self._coding.archs(codes)
        for arch in archs:
            self.validate(arch)
        return archs

    @cached_property
    def _coding(self) -> Coding:
        from nastutor.spaces.coding import Coding

        return Coding(self.sites())

    def _check_spelt(self, arch: Arch) -> None:
        self.validate(arch)
        for choice in arch.choices:
            if choice not in self._coding.columns:
                raise ValueError(f"`sites` of {type(self).__name__} lack {choice}: override sites() to name every decision and option")

    # who it is

    @cached_property
    def fingerprint(self) -> str:  # type: ignore[override]
        """Class and settings, and a hash of the decisions: two classes called Pyramid differ where their decisions do."""
        sites = blake2b(repr(self.sites()).encode(), digest_size=4).hexdigest()
        return f"{super().fingerprint} #{sites}"

    def __str__(self) -> str:
        lines = [f"  {name:12s} {', '.join(map(str, options))}" for name, options in self.sites().items()]
        try:
            count = f"{self.size:,}"
        except ValueError:
            count = f"more than {COUNTABLE:,}"
        return "\n".join([f"{self!r}: {count} architectures, {len(lines)} decisions", *lines])

    # interpreters that the others share

    def _replay(self, arch: Arch) -> tuple[Any, list[Site]]:
        """The plan and the decisions of `arch`; refuses what is not of this space."""
        if type(arch) is not Arch:
            raise TypeError(f"`arch` must be an Arch, got {type(arch).__name__}: {arch!r}")
        sites: list[Site] = []
        values = arch.choices

        def choose(name: str, options: Sequence[Any]) -> Any:
            number = len(sites)
            if number == len(values) or values[number][0] != name:
                raise self._stranger(arch, f"decision {number + 1} is {name!r} with options {_listed(options)}")
            value = values[number][1]
            if (taken := _position(options, value)) < 0:
                raise self._stranger(arch, f"{name!r} is {value!r}; allowed are {_listed(options)}")
            sites.append((name, options, taken))
            return value

        plan = self.decide(choose)
        if len(sites) != len(values):
            raise self._stranger(arch, f"there is no decision {values[len(sites)][0]!r} behind the others")
        return plan, sites

    def _stranger(self, arch: Arch, why: str) -> ValueError:
        return ValueError(f"`arch` is {arch}, which is none of {type(self).__name__}: {why}")

    def _keep(self, kept: dict[str, Any], random: Callable[[], float]) -> Arch:
        """The architecture that takes the decisions in `kept` where they are asked for and legal, and draws the others."""
        choices: list[tuple[str, Any]] = []

        def choose(name: str, options: Sequence[Any]) -> Any:
            try:
                value = options[options.index(kept[name])]
            except (KeyError, ValueError):  # not asked for before, or not legal here
                value = options[int(random() * len(options))]
            choices.append((name, value))
            return value

        self.decide(choose)
        return Arch(tuple(choices))

    def _at(self, numbers: Sequence[int]) -> tuple[Arch, list[Site]]:
        """The architecture whose first decisions take the options of these numbers, and all others their first; with its decisions."""
        sites: list[Site] = []

        def choose(name: str, options: Sequence[Any]) -> Any:
            number = numbers[len(sites)] if len(sites) < len(numbers) else 0
            sites.append((name, options, number))
            return options[number]

        return self.walk(choose), sites


def check_options(name: str, options: Sequence[Any]) -> None:
    """Raises unless `options` are a tuple, list or range of at least one, all different."""
    if not isinstance(options, (tuple, list, range)) or not options:
        raise ValueError(f"`options` of {name!r} are {options!r}; allowed is a tuple of at least one")
    if len(set(options)) < len(options):
        raise ValueError(f"`options` of {name!r} are {_listed(options)}, of which two are equal (True equals 1 here)")


def _position(options: Sequence[Any], value: Any) -> int:
    """The number of the option that is `value`, of the same type; -1 where there is none."""
    try:
        if type(options[number := options.index(value)]) is type(value):
            return number
    except ValueError:  # none is equal, or `value` does not say whether one is
        pass
    for number, option in enumerate(options):
        if option is value or (option == value and type(option) is type(value)):
            return number
    return -1


def _listed(options: Sequence[Any]) -> str:
    return ", ".join(map(repr, options))
