"""What a space offers to methods that weigh options instead of choosing one: a mixture of its decisions, and a supernet that computes it."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import TYPE_CHECKING, Any

from nastutor.values import Arch, Mixture, Value

if TYPE_CHECKING:
    from nastutor.nets.supernet import Supernet


class Relaxed:
    """Mixed into a space of decisions that a supernet can hold side by side. Here each decision of the space is weighed by itself.

    A space whose supernet weighs something else (edges, where the space decides on pairs of them) defines all four methods anew.
    """

    def mixture_sites(self) -> dict[str, tuple[Value, ...]]:
        """What a mixture weighs: decision -> its options."""
        return {name: tuple(options) for name, options in self.sites().items()}  # type: ignore[attr-defined]

    def supernet(self, task: Any, *, affine: bool = True) -> Supernet:
        """All options of all decisions in one graph, for a task's images.

        affine  whether batch norm has scale and shift, which mean little where what follows is weighed anyway
        """
        raise TypeError(f"{type(self).__name__} does not say how its options stand side by side: define supernet(task, *, affine=True)")

    def searched(self) -> Any:
        """The space whose networks are the paths of `supernet`: this one, unless a search takes other networks than are trained in the end."""
        return self

    def one_hot(self, arch: Arch) -> Mixture:
        """The mixture in which the options of `arch` have all the weight."""
        chosen = self.chosen(arch)
        return Mixture({name: [float(option == chosen[name]) for option in options] for name, options in self.mixture_sites().items()})

    def chosen(self, arch: Arch) -> Mapping[str, Value]:
        """decision of a mixture -> the option that `arch` takes."""
        self.validate(arch)  # type: ignore[attr-defined]
        return dict(arch.choices)

    def discretize(self, mixture: Mixture) -> Arch:
        """The architecture with the option of most weight for each decision; of equal weights the first. Some weight there must be, and none below 0."""
        check_shares(self.mixture_sites(), mixture)
        return self.walk(lambda name, options: options[int(mixture[name].argmax())])  # type: ignore[attr-defined,no-any-return]


def check_mixture(sites: Mapping[str, tuple[Value, ...]], mixture: Mixture) -> None:
    """Refuses a mixture of other decisions or options."""
    if not isinstance(mixture, Mixture):
        raise TypeError(f"`mixture` is {mixture!r}; allowed is an nt.Mixture (chapter 9)")
    check_weights(sites, mixture.weights)


def check_shares(sites: Mapping[str, tuple[Value, ...]], mixture: Mixture) -> None:
    """Refuses also one that prefers no option of a decision, for all of its weights are 0, and one with weights below 0."""
    check_mixture(sites, mixture)
    for name, own in mixture.weights.items():
        if own.min() < 0 or own.max() <= 0:
            raise ValueError(
                f"`mixture` has {own.tolist()} for {name!r}; allowed are weights from 0, one of them above 0, by which an option is chosen (chapter 9)"
            )


def check_weights(sites: Mapping[str, tuple[Value, ...]], weights: Mapping[str, Any], argument: str = "mixture") -> None:
    """Refuses arrays that are no weights (options,) of these decisions."""
    if weights.keys() != sites.keys():
        wrong = sorted(sites.keys() ^ weights.keys())
        raise ValueError(f"`{argument}` weighs other decisions, for instance {wrong[0]!r}; allowed are {', '.join(sites)} (chapter 9)")
    for name, options in sites.items():
        own = weights[name]
        if own.ndim != 1:
            raise ValueError(
                f"`{argument}` has shape {tuple(own.shape)} for {name!r}; allowed is a weight for each option: {tuple(map(str, options))} (chapter 9)"
            )
        if len(own) != len(options):
            raise ValueError(f"`{argument}` has {len(own)} weights for {name!r}; allowed are {len(options)}: {', '.join(map(str, options))} (chapter 9)")
        if not all(map(isfinite, own.tolist())):
            raise ValueError(f"`{argument}` has {own.tolist()} for {name!r}; allowed are finite weights (chapter 9)")
