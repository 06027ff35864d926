"""`JointSpace`: an architecture together with how it is trained."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import product
from math import prod
from random import Random
from typing import TYPE_CHECKING, Any

from nastutor.inputs import positive, share, whole
from nastutor.rng import as_rng
from nastutor.spaces.base import ChoiceSpace, Choose, check_options
from nastutor.values import Arch

if TYPE_CHECKING:
    from nastutor.nets.graph import LayerGraph

CHECKS = {  # what an estimator that trains can be told, and which values it takes
    "lr": lambda value: positive("lr", value),
    "momentum": lambda value: share("momentum", value),
    "weight_decay": lambda value: positive("weight_decay", value, zero=True),
    "batch_size": lambda value: whole("batch_size", value, least=2),
    "mixup": lambda value: positive("mixup", value, zero=True),
    "cutout": lambda value: whole("cutout", value, least=0),
}


class JointSpace(ChoiceSpace):
    """The decisions of `space`, and after them settings of the training: what is best for one network need not be for another.

    So it is for joint search of architecture and hyperparameters (Zela et al. 2018, "Towards automated deep learning"; Klein & Hutter 2019).
    Estimators that train take the settings from `training(arch)` in place of their own. For how many epochs is no decision of the space:
    it is the budget of a trial. The plan is (the plan of `space`, settings). Architectures are drawn, mutated and crossed as `space` does it.

    space     of architectures
    settings  name -> its options; names are lr, momentum, weight_decay, batch_size, mixup and cutout, as `nt.estimators.Train` has them

    >>> from nastutor.spaces import CellSpace
    >>> space = JointSpace(CellSpace(nodes=3), {"lr": (0.01, 0.1), "batch_size": (16, 32)})
    >>> arch = space.sample(0)
    >>> space.size, space.training(arch), space.inner(arch) in space.space
    (500, {'lr': 0.01, 'batch_size': 32}, True)
    """

    def __init__(self, space: Any, settings: Mapping[str, Sequence[Any]]) -> None:
        if not (hasattr(space, "decide") and hasattr(space, "graph")):
            raise TypeError(f"`space` is {space!r}; it must be a space whose architectures can be trained, such as nt.spaces.CellSpace()")
        if not isinstance(settings, Mapping) or not settings:
            raise ValueError(f"`settings` is {settings!r}; allowed is a mapping from some of {', '.join(CHECKS)} to their options")
        for name, options in settings.items():
            _check_setting(name, options, space)
        self.space, self.choices = space, {name: tuple(options) for name, options in settings.items()}

    def decide(self, choose: Choose) -> tuple[Any, dict[str, Any]]:
        plan = self.space.decide(choose)
        return plan, {name: choose(name, options) for name, options in self.choices.items()}

    def inner(self, arch: Arch) -> Arch:
        """The architecture alone."""
        self.validate(arch)
        return Arch(arch.choices[: -len(self.choices)])

    def training(self, arch: Arch) -> dict[str, Any]:
        """How `arch` is trained: setting -> value, those among them that `space` decides about itself."""
        self.validate(arch)
        decided = getattr(self.space, "training", None)
        return {**({} if decided is None else decided(self.inner(arch))), **self._own(arch)}

    def first_weights(self, arch: Arch) -> dict[str, Any]:
        """Those that `space` decides about."""
        decided = getattr(self.space, "first_weights", None)
        return {} if decided is None else decided(self.inner(arch))

    @property
    def beyond(self) -> tuple[str, ...]:
        """What `Train` alone can do of it: mix-up and cutout, and what there is in `space`."""
        return (*getattr(self.space, "beyond", ()), *(name for name in ("mixup", "cutout") if name in self.choices))

    @property
    def unseen(self) -> tuple[str, ...]:
        """The decisions that no graph shows."""
        return tuple(self.choices)

    def canonical(self, arch: Arch) -> Arch:
        """The first architecture that is the same network, trained alike."""
        return self._joined(self.space.canonical(self.inner(arch)), arch.choices[-len(self.choices) :])

    def graph(self, arch: Arch, task: Any, **how: Any) -> LayerGraph:
        """The network for a task's images, `how` the graphs of `space` can be asked for; its training does not show in it."""
        return self.space.graph(self.inner(arch), task, **how)  # type: ignore[no-any-return]

    # random and near ones: the architecture as `space` draws, changes and crosses its own, which need not be uniform over decisions

    def sample(self, rng: Random | int) -> Arch:
        """An architecture as `space` draws it, then each setting uniform over its options."""
        rng = as_rng(rng)
        arch = self.space.sample(rng)
        return self._joined(arch, tuple((name, _drawn(options, rng)) for name, options in self.choices.items()))

    def mutate(self, arch: Arch, rng: Random | int) -> Arch:
        """One setting changed to another of its options, or the architecture as `space` mutates it.

        Of all decisions that have a choice one is drawn, uniformly; where it is one of the architecture, `space` says what changes.
        """
        rng = as_rng(rng)
        sites = [site for site in self._replay(arch)[1] if len(site[1]) > 1]
        if not sites:
            raise ValueError(f"{type(self).__name__} has no decision to change in {arch}: none has two options")
        name, options, taken = _drawn(sites, rng)
        inner, training = self.inner(arch), self._own(arch)
        if name in training:
            training[name] = _drawn([*options[:taken], *options[taken + 1 :]], rng)
        else:
            inner = self.space.mutate(inner, rng)
        return self._joined(inner, tuple(training.items()))

    def crossover(self, a: Arch, b: Arch, rng: Random | int) -> Arch:
        """The child of both architectures that `space` makes, with each setting from one parent, by a fair coin."""
        rng = as_rng(rng)
        arch = self.space.crossover(self.inner(a), self.inner(b), rng)
        offers = {name: (self._own(a)[name], self._own(b)[name]) for name in self.choices}
        return self._joined(arch, tuple((name, _drawn(pair, rng)) for name, pair in offers.items()))

    def __iter__(self) -> Iterator[Arch]:
        """Every architecture with every training, the last setting changes fastest."""
        trainings = [tuple(zip(self.choices, values, strict=True)) for values in product(*self.choices.values())]
        return (self._joined(arch, training) for arch in self.space for training in trainings)

    @property
    def size(self) -> int:
        return int(self.space.size) * prod(map(len, self.choices.values()))

    @cached_property
    def _sites(self) -> dict[str, tuple[Any, ...]]:
        return {**self.space.sites(), **self.choices}

    def _own(self, arch: Arch) -> dict[str, Any]:
        return dict(arch.choices[-len(self.choices) :])

    def _joined(self, arch: Arch, training: tuple[tuple[str, Any], ...]) -> Arch:
        return Arch((*arch.choices, *training))


def _drawn(options: Sequence[Any], rng: Random) -> Any:
    return options[int(rng.random() * len(options))]


def _check_setting(name: str, options: Any, space: Any) -> None:
    if name not in CHECKS:
        hint = "; epochs are the budget of a trial" if name in ("epochs", "budget") else ""
        raise ValueError(f"`settings` has {name!r}; allowed are {', '.join(CHECKS)}{hint}")
    if name in space.sites():
        raise ValueError(f"`settings` has {name!r}, which is a decision of `space` already")
    check_options(name, options)
    for value in options:
        CHECKS[name](value)
