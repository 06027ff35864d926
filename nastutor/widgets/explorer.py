"""The space explorer: draw an architecture, change it, cross it with another, walk among its neighbours, and see each time what became of what."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

from nastutor.published import Images
from nastutor.rng import python_rng
from nastutor.values import Arch
from nastutor.widgets.explorer_changes import Change, changes_of
from nastutor.widgets.panel import view

if TYPE_CHECKING:
    from nastutor.nets.graph import LayerGraph

IMAGES = Images("images of 8x8", (1, 8, 8), 10)  # the shapes of nt.tasks.digits()


@dataclass(frozen=True)
class Step:
    """How one came to an architecture.

    kind     start, random, mutation, child, neighbour or given
    before   the architecture that was changed: of a mutation, a neighbour
    parents  of a child: A and B
    place    of a neighbour: its number from 1, and how many there are
    edit     of a mutation in an open-ended space: the edit that was made
    """

    kind: str
    arch: Arch
    before: Arch | None = None
    parents: tuple[Arch, Arch] | None = None
    place: tuple[int, int] | None = None
    edit: Any = None


class Explorer:
    """Walks through a search space with buttons: random points, mutations, children of two parents, neighbours; what changed is marked.

    >>> explorer = nt.widgets.Explorer(nt.spaces.ChainSpace())
    >>> explorer                                  # in a notebook: the network, its decisions, and the buttons
    >>> explorer.mutate()                         # the same without clicking
    >>> [change for change in explorer.changes if change.mark]

    space  any ChoiceSpace; an open-ended space too, whose `mutate` gives (arch, edit); buttons for what a space does not offer are off
    task   for whose images the network is drawn and counted; default: the shapes of digits, 8x8 in one channel and 10 classes
    start  the first architecture; default: a random one
    seed   of all that is drawn
    """

    def __init__(self, space: Any, task: Any = None, start: Arch | None = None, *, seed: int = 0) -> None:
        if not hasattr(space, "sample"):
            raise TypeError(f"`space` is {space!r}; it must be a search space, such as nt.spaces.ChainSpace()")
        if task is not None and not (hasattr(task, "shape") and hasattr(task, "classes")):
            raise TypeError(f"`task` is {task!r}; it must have a shape and classes, such as nt.tasks.digits()")
        self.space, self.task = space, IMAGES if task is None else task
        self.rng: Random = python_rng(seed, "Explorer")
        self.watchers: list[Callable[[], object]] = []
        self._widget: Any = None
        self._around: tuple[Arch, list[Arch]] | None = None
        if start is not None:
            space.validate(start)
        self.path: list[Step] = [Step("start", space.sample(self.rng) if start is None else start)]

    # where one is

    @property
    def step(self) -> Step:
        """The last step."""
        return self.path[-1]

    @property
    def arch(self) -> Arch:
        return self.step.arch

    @property
    def changes(self) -> list[Change]:
        """Every decision with what became of it: by the last step, or from which parent it came."""
        return changes_of(self.step)

    def graph(self) -> LayerGraph:
        """The network for the task; ValueError where it cannot be built for its images."""
        return self.space.graph(self.arch, self.task)  # type: ignore[no-any-return]

    def offers(self, what: str) -> bool:
        """Whether the space has a method of this name."""
        return hasattr(self.space, what)

    # where one goes

    def random(self) -> None:
        """A random architecture."""
        self._take(Step("random", self.space.sample(self.rng)))

    def go(self, arch: Arch) -> None:
        """An architecture of one's own; what differs from the one before is marked."""
        self.space.validate(arch)
        self._take(Step("given", arch, before=self.arch))

    def mutate(self) -> None:
        """A random change, as evolution makes it."""
        made = self.space.mutate(self.arch, self.rng)
        arch, edit = made if isinstance(made, tuple) else (made, None)
        self._take(Step("mutation", arch, before=self.arch, edit=edit))

    def cross(self, a: Arch | None = None, b: Arch | None = None) -> None:
        """A child of A (default: the one that is shown) and B (default: a random one)."""
        self._need("crossover")
        a = self.arch if a is None else a
        b = self.space.sample(self.rng) if b is None else b
        self._take(Step("child", self.space.crossover(a, b, self.rng), parents=(a, b)))

    def sibling(self) -> None:
        """Another child of the same parents."""
        if self.step.parents is None:
            raise ValueError("there are no parents yet: `cross` first, then `sibling` gives another child of the same two")
        self.cross(*self.step.parents)

    def neighbour(self, by: int = 1) -> None:
        """The next neighbour (`by=-1`: the one before) of the architecture at which one began to step through them."""
        self._need("neighbours")
        origin = self.step.before if self.step.kind == "neighbour" else self.arch
        neighbours = self._neighbours(origin)  # type: ignore[arg-type]
        if not neighbours:
            raise ValueError(f"{origin} has no neighbours: no decision of this space has two options")
        old = self.step.place[0] if self.step.place else (0 if by > 0 else 1)
        place = (old + by - 1) % len(neighbours) + 1
        step = Step("neighbour", neighbours[place - 1], before=origin, place=(place, len(neighbours)))
        if self.step.kind == "neighbour":
            self.path.pop()  # `undo` leads back to where the stepping began
        self._take(step)

    def undo(self) -> None:
        """Back by one step."""
        if len(self.path) == 1:
            raise ValueError("there is nothing to undo: this is the architecture that it began with")
        self.path.pop()
        self._tell()

    # how it is shown

    def widget(self) -> Any:
        """The explorer with its buttons: one, wherever it is shown."""
        if self._widget is None:
            from nastutor.widgets.explorer_panel import ExplorerPanel

            self._widget = ExplorerPanel(self).box
        return self._widget

    def _ipython_display_(self) -> None:
        from IPython.display import display

        display(self._bundle(), raw=True)

    def _bundle(self) -> dict[str, Any]:
        """Widgets for where a kernel runs, a picture for where none does."""
        from nastutor.widgets.explorer_parts import summary

        try:
            shown = view(self.widget(), repr(self))
        except ImportError:  # without ipywidgets there is the picture alone
            shown = {"text/plain": repr(self)}
        return {"text/html": summary(self), **shown}

    def __repr__(self) -> str:
        return f"<Explorer of {type(self.space).__name__}, {self.step.kind}: {self.arch}>"

    # inside

    def _need(self, what: str) -> None:
        if not self.offers(what):
            raise ValueError(f"{type(self.space).__name__} offers no `{what}`; a ChoiceSpace does")

    def _neighbours(self, origin: Arch) -> Sequence[Arch]:
        if self._around is None or self._around[0] != origin:
            self._around = origin, list(self.space.neighbours(origin))
        return self._around[1]

    def _take(self, step: Step) -> None:
        self.path.append(step)
        self._tell()

    def _tell(self) -> None:
        for watcher in self.watchers:
            watcher()
