"""`Kernel`: what a Gaussian process asks of a kernel over architectures; and `OneHot`, which counts the decisions that differ."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nastutor.describe import Described
from nastutor.values import Arch

Floats = NDArray[np.float64]


def matern(squared: Floats) -> Floats:
    """The Matern kernel with nu = 5/2 of squared distances in units of the length (Rasmussen & Williams 2006, equation 4.17)."""
    r = np.sqrt(5 * np.maximum(squared, 0))
    return (1 + r + r**2 / 3) * np.exp(-r)


def matern_slope(squared: Floats) -> Floats:
    """Its derivative by the squared distance: -5/6 (1 + r) exp(-r) with r = sqrt(5 squared)."""
    r = np.sqrt(5 * np.maximum(squared, 0))
    return -5 / 6 * (1 + r) * np.exp(-r)


def laplace(u: Floats) -> Floats:
    """exp(-u)."""
    return np.exp(-u)


def laplace_slope(u: Floats) -> Floats:
    return -np.exp(-u)


class Group(NamedTuple):
    """Channels that make one addend of a kernel together: signal * shape(sum over c of channel_c / (unit_c * length_c^power)).

    channels  their numbers
    shape     of the kernel, and `slope` its derivative
    power     2 where channels are squared distances, so that a length is one of distances; 1 where the length is of the channel itself
    """

    channels: tuple[int, ...]
    shape: Callable[[Floats], Floats] = matern
    slope: Callable[[Floats], Floats] = matern_slope
    power: int = 2


class Kernel(Described):
    """Compares architectures, once and without parameters (`compare`); what follows from that under parameters is quick (`covariance`).

    A subclass says what it sees of an architecture (`describe`) and how unlike two such descriptions are (`compare`), and by `groups` what
    is made of that: a sum of one addend a group. Parameters are logarithms, in the order (signal, length of each channel) by group.

    needs   what the space must offer (names of its methods)
    repair  what is done with a matrix that is not positive semidefinite (kernels/psd.py); None where there is none such
    costly  whether comparisons are worth remembering
    """

    needs: ClassVar[tuple[str, ...]] = ()
    groups: tuple[Group, ...] = (Group((0,)),)
    repair: str | None = None
    costly: ClassVar[bool] = False

    def bind(self, space: Any) -> None:
        """Looks at the space, once, before any description; refuses one that it cannot compare architectures of."""

    def describe(self, space: Any, arch: Arch) -> Any:
        """What is compared of an architecture."""
        raise TypeError(f"{type(self).__name__} does not say what it sees: define describe(self, space, arch)")

    def compare(self, one: Sequence[Any], other: Sequence[Any]) -> Floats:
        """How unlike descriptions are, (channels, a, b), from 0; of a description with itself 0."""
        raise TypeError(f"{type(self).__name__} does not say how unlike two are: define compare(self, one, other)")

    def matrix(self, space: Any, archs: Sequence[Arch], others: Sequence[Arch] | None = None) -> Floats:
        """The comparisons of architectures with each other, or with others: (channels, a, b)."""
        self.bind(space)
        described = [self.describe(space, arch) for arch in archs]
        return self.compare(described, described if others is None else [self.describe(space, arch) for arch in others])

    # under parameters

    @property
    def bounds(self) -> list[tuple[float, float]]:
        """Of the parameters, which begin at 0."""
        return [(-3.0, 3.0)] * sum(1 + len(group.channels) for group in self.groups)

    def units(self, compared: Floats) -> Floats:
        """By channel what counts as one: the mean comparison, so that a length of 1 is about what there is: (channels,)."""
        means = compared.mean((1, 2))
        return np.where(means > 0, means, 1.0)

    def variance(self, logs: Sequence[float]) -> float:
        """k(x, x), the same for every x."""
        return sum(float(np.exp(logs[place])) for place in self._places())

    def covariance(self, logs: Sequence[float], compared: Floats, units: Floats) -> Floats:
        """(a, b)"""
        parts = zip(self.groups, self._places(), strict=True)
        return sum(np.exp(logs[place]) * group.shape(self._scaled(group, place, logs, compared, units)[0]) for group, place in parts)  # type: ignore[return-value]

    def gradient(self, logs: Sequence[float], compared: Floats, units: Floats, weights: Floats) -> Floats:
        """The derivatives of sum(weights * covariance) by each parameter: (P,)."""
        found = []
        for group, place in zip(self.groups, self._places(), strict=True):
            signal = np.exp(logs[place])
            u, scales = self._scaled(group, place, logs, compared, units)
            found.append(signal * np.vdot(weights, group.shape(u)))
            inner = signal * weights * group.slope(u)
            found += [-group.power * scale * np.vdot(inner, compared[channel]) for channel, scale in zip(group.channels, scales, strict=True)]
        return np.array(found)

    def prior(self, logs: Any) -> tuple[float, Floats]:
        """The logarithm of how likely such parameters are beforehand, and its gradient; flat within the bounds."""
        return 0.0, np.zeros(len(logs))

    def _places(self) -> list[int]:
        """Where the parameters of each group begin."""
        sizes = [1 + len(group.channels) for group in self.groups]
        return [sum(sizes[:number]) for number in range(len(sizes))]

    @staticmethod
    def _scaled(group: Group, place: int, logs: Sequence[float], compared: Floats, units: Floats) -> tuple[Floats, list[float]]:
        """What the shape of a group is taken of, and by what each channel is multiplied there."""
        lengths = logs[place + 1 : place + 1 + len(group.channels)]
        scales = [float(np.exp(-group.power * length) / units[channel]) for channel, length in zip(group.channels, lengths, strict=True)]
        return sum(scale * compared[channel] for channel, scale in zip(group.channels, scales, strict=True)), scales  # type: ignore[return-value]


class OneHot(Kernel):
    """A Matern kernel of how many decisions two architectures answer differently; one that only one of them has counts half."""

    needs = ("encode",)

    def describe(self, space: Any, arch: Arch) -> Floats:
        return np.asarray(space.encode(arch), dtype=float)

    def compare(self, one: Sequence[Floats], other: Sequence[Floats]) -> Floats:
        """Half the number of places in which the codes differ: (1, a, b)."""
        a, b = np.stack(one), np.stack(other)
        return np.maximum((a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T, 0)[None] / 2
