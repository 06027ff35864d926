"""`Published`: a network that a paper or its release published, as a point of its search space, with what is printed about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from inspect import signature
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from nastutor.nets.graph import Counts, LayerGraph
    from nastutor.values import Arch


class Images(NamedTuple):
    """What a network is built for, as far as its shape asks: a task without data."""

    name: str
    shape: tuple[int, int, int]
    classes: int


class Text(NamedTuple):
    """What a recurrent cell is built for: so many different words, each `units` numbers long, as the state is."""

    name: str
    words: int
    units: int


CIFAR10 = Images("CIFAR-10", (3, 32, 32), 10)
CROPPED = Images("CIFAR-10, 28 px", (3, 28, 28), 10)  # the images for which MetaQNN's paper counts
MOBILE = Images("ImageNet, 224 px", (3, 224, 224), 1000)
LARGE = Images("ImageNet, 331 px", (3, 331, 331), 1000)
MISSING = "none known"  # in place of a figure: none is printed in the paper or its release, as far as we know


@dataclass(frozen=True)
class Published:
    """A published network.

    space   in which it lies, with the settings of the network around the cells (`space.settings`)
    arch    it itself
    task    name, shape and classes of its images
    paper   key in `nt.papers`; "" where it is not of the reading list
    figures what the paper or its release prints: params and mult_adds in millions, error in percent (of the test or validation set there), perplexity
    notes   figure -> why what is counted here does not round to it
    """

    name: str
    space: Any
    arch: Arch
    task: Any
    paper: str
    figures: Mapping[str, float] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)

    def graph(self, **options: Any) -> LayerGraph:
        """The whole network; `auxiliary=True` with its auxiliary head, where the space has one."""
        self._check(options)
        return self.space.graph(self.arch, self.task, **options)  # type: ignore[no-any-return]

    def counts(self) -> Counts:
        return self.graph().counts()

    def build(self, seed: int = 0, device: Any = "cpu") -> Any:
        """The network as a `torch.nn.Module` with random weights."""
        return self.graph().build(seed, device)

    def latency(self, **how: Any) -> float:
        """Milliseconds of one forward pass on this machine; arguments are those of `nt.estimators.measure_latency`."""
        from nastutor.estimators import measure_latency

        return measure_latency(self.graph(), **how)

    @property
    def options(self) -> tuple[str, ...]:
        """What `graph` may be asked for besides."""
        return tuple(signature(self.space.graph).parameters)[2:]

    def whole(self, counts: Counts) -> int:
        """The parameters that `figures` speak of, of a network with these `counts`."""
        return counts.params

    def note(self, counts: Counts) -> str:
        """All notes in one line."""
        return "; ".join(self.notes.values())

    def row(self) -> str:
        """Its line of `nt.zoo.table()`."""
        counts = self.counts()
        params, mult_adds = (f"{self.figures[name]:g} M" if name in self.figures else MISSING for name in ("params", "mult_adds"))
        return f"| {self.name} | {self.task.name} | {counts.params:,} | {params} | {counts.mult_adds / 1e6:,.1f} M | {mult_adds} | {self.note(counts)} |"

    def __str__(self) -> str:
        counts = self.counts()
        said = ", ".join(f"{name} {value:g}" for name, value in self.figures.items())
        note = f"; {self.note(counts)}" if self.note(counts) else ""
        return f"{self.name}: {counts.params:,} parameters, {counts.mult_adds / 1e6:,.1f} M mult-adds for {self.task.name} (published: {said or MISSING}{note})"

    def _check(self, options: Mapping[str, Any]) -> None:
        if unknown := [name for name in options if name not in self.options]:
            allowed = ", ".join(f"`{name}`" for name in self.options) or "none"
            raise ValueError(f"`{unknown[0]}` is no option of {self.name}, a network of {type(self.space).__name__}; allowed are {allowed}")


class PublishedCell(Published):
    """A recurrent cell: its graph is one step, (x, h) to the next h. Papers count the language model around it as well.

    There the embedding of the words is the decoder's matrix too, and the decoder has a bias.
    """

    def graph(self, **options: Any) -> LayerGraph:
        self._check(options)
        return self.space.step(self.arch, self.task.units, self.task.units)  # type: ignore[no-any-return]

    @property
    def options(self) -> tuple[str, ...]:
        return ()

    def whole(self, counts: Counts) -> int:
        return counts.params + self.task.words * (self.task.units + 1)

    def note(self, counts: Counts) -> str:
        return "; ".join((f"one step of the cell; with {self.task.words:,} words {self.whole(counts):,} parameters", *self.notes.values()))


Maker = Callable[[str], Published]  # makes the network of a name when it is asked for


def of_cells(kind: str, genotype: str, task: Images, paper: str, figures: Mapping[str, float], notes: Mapping[str, str] | None = None, **stack: Any) -> Maker:
    """The recipe of a network of three stages of cells; `kind` is the name of the space."""

    def make(name: str) -> Published:
        from nastutor import spaces

        space = getattr(spaces, kind)(stages=3, **stack)
        return Published(name, space, space.from_genotype(genotype), task, paper, figures, notes or {})

    return make
