"""The cell designer: a student builds an architecture by clicking, and sees at once what a table says of it."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from nastutor.core import Strategy
from nastutor.evaluate import evaluate
from nastutor.history import History
from nastutor.loop import search
from nastutor.rng import python_rng
from nastutor.values import Arch, Record, Trial
from nastutor.widgets.designer_race import Make, Rival, maker, outcomes
from nastutor.widgets.designer_standing import Neighbour, Standing, Standings, changed, check_table, decisions, plain_start
from nastutor.widgets.panel import view


class Designer:
    """An architecture that one designs by clicking, its place among all in a table, and a race against a strategy.

    >>> designer = nt.widgets.Designer(nt.estimators.Table("digits-cells"))
    >>> designer                                     # in a notebook: the cell, with buttons
    >>> designer.set("0->1", "conv3")                # the same without clicking
    >>> designer.rank, designer.neighbours()[0]

    table  an nt.estimators.Table; decisions called "0->1" ... are drawn as edges, beside these "op1" ... as nodes, all others are menus
    start  the first architecture; default: `skip` everywhere, where there is one
    rival  whom one races: "random search", "evolution", "hill climbing", or the class of a strategy; it gets as many trials as the student
    seed   of the rival, and of `random`

    Every architecture whose error has been seen counts as a trial, once; its neighbours' errors too, when they are looked at. Test error is
    shown by `finish` alone, which ends the design. Who looks at the optimum has ended the race: what is designed after that does not count.
    """

    def __init__(self, table: Any, start: Arch | None = None, *, rival: str | Make = "random search", seed: int = 0) -> None:
        check_table(table)
        self.table, self.space, self.seed = table, table.space, seed
        self.standings = Standings(table)
        self.rng: Random = python_rng(seed, "Designer")
        self.history = History()
        self.path: list[Arch] = []  # what one can go back to
        self.seen: set[Arch] = set()
        self.looked = self.around = False  # at the optimum; at the neighbours
        self.test_error: float | None = None
        self.watchers: list[Callable[[], object]] = []
        self._standing: Standing | None = None
        self._outcomes: dict[tuple[str, int, int], tuple[int, int, int]] = {}
        self._widget: Any = None
        self._shown: list[Any] = []
        self.arch = plain_start(self.space) if start is None else start
        self.standings.row(self.arch)
        self._see(self.arch)
        self.race_against(rival)

    # what is designed

    def set(self, decision: str, option: Any) -> None:
        """Takes another option of one decision."""
        allowed = decisions(self.space, self.arch)
        if decision not in allowed:
            raise ValueError(f"`decision` is {decision!r}; allowed are {', '.join(map(repr, allowed))}")
        if (type(option), option) not in [(type(other), other) for other in allowed[decision]]:
            raise ValueError(f"`option` is {option!r}; allowed for {decision!r} are {', '.join(map(repr, allowed[decision]))}")
        self.go(changed(self.space, self.arch, decision, option))

    def go(self, arch: Arch) -> None:
        """Goes to an architecture of the table."""
        self._still_designing()
        self.standings.row(arch)  # refuses a stranger
        if arch != self.arch:
            self.path.append(self.arch)
            self._move(arch)

    def undo(self) -> None:
        """Back to where one came from; costs nothing."""
        self._still_designing()
        if not self.path:
            raise ValueError("there is nothing to undo: this is the architecture that the design began with")
        self._move(self.path.pop())

    def random(self) -> None:
        """Goes to a random architecture of the table."""
        self.go(self.rng.choice(self.standings.archs))

    def look_around(self, on: bool = True) -> None:
        """Shows the errors of the neighbours, here and wherever one goes from now on; each one not seen before is a trial."""
        self.around = on
        if on:
            self._see_neighbours()
        self._tell()

    # what is known about it

    @property
    def standing(self) -> Standing:
        """Error, ranks, network, twins and metrics of the architecture."""
        if self._standing is None or self._standing.arch != self.arch:
            self._standing = self.standings(self.arch)
        return self._standing

    @property
    def error(self) -> float:
        """Validation error; NaN where its training has diverged."""
        return self.standing.error

    @property
    def rank(self) -> int:
        """From 1, among the different networks of the table."""
        return self.standing.rank

    def neighbours(self) -> list[Neighbour]:
        """What each change of one decision would give, by decision and then by option; they have been seen, then."""
        self._see_neighbours()
        self._tell()
        return self.standings.neighbours(self.arch)

    def unseen(self) -> int:
        """How many trials a look at the neighbours costs."""
        return len({neighbour.arch for neighbour in self.standings.neighbours(self.arch)} - self.seen)

    @property
    def best(self) -> Record:
        """The best that has counted."""
        return self.history.best()

    # the race

    @property
    def racing(self) -> bool:
        """Whether what is seen counts."""
        return not self.looked and self.test_error is None

    def race_against(self, rival: str | Make) -> None:
        """Chooses another rival, which starts anew with the same seed."""
        name, self.make_rival = maker(rival)
        self.rival = Rival(name, self.make_rival(self.space, seed=self.seed), self.table)
        self._tell()

    def race(self, strategy: Any = None) -> tuple[History, History]:
        """The student's history and that of a rival with as many trials.

        strategy  default: the designer's own rival; else as `rival`, or a fresh nt.Strategy
        """
        if strategy is None:
            return History(self.history), History(self.rival.run_to(len(self.history)))
        fresh = strategy if isinstance(strategy, Strategy) else maker(strategy)[1](self.space, seed=self.seed)
        return History(self.history), search(fresh, self.table, trials=len(self.history), progress=False)

    def outcomes(self, seeds: int = 50) -> tuple[int, int, int]:
        """Races won, drawn and lost against the rival with so many seeds."""
        question = self.rival.name, len(self.history), seeds
        if question not in self._outcomes:
            self._outcomes[question] = outcomes(self.history, self.make_rival, self.table, seeds)
        return self._outcomes[question]

    def optimum(self) -> Record:
        """The best of the whole table. It ends the race."""
        if not self.looked:
            self.looked = True
            self._tell()
        return self.table.best()  # type: ignore[no-any-return]

    def finish(self) -> float:
        """Ends the design: the test error of the best that has counted, by validation error."""
        if self.test_error is None:
            self.test_error = float(self.table.final(self.best.trial.arch))
            self._tell()
            for place in self._shown:  # so that a saved notebook keeps the end, not the beginning
                place.update(self._bundle(), raw=True)
        return self.test_error

    # how it is shown

    def widget(self) -> Any:
        """The designer with its buttons: one, wherever it is shown."""
        if self._widget is None:
            from nastutor.widgets.designer_panel import DesignerPanel

            self._widget = DesignerPanel(self).box
        return self._widget

    def _ipython_display_(self) -> None:
        from IPython.display import display

        self._shown = [*self._shown, display(self._bundle(), raw=True, display_id=True)][-3:]

    def _bundle(self) -> dict[str, Any]:
        """Widgets for where a kernel runs, a picture for where none does."""
        from nastutor.widgets.designer_parts import summary

        try:
            shown = view(self.widget(), repr(self))
        except ImportError:  # without ipywidgets there is the picture alone, and whoever sees it has seen the neighbours
            self._see_neighbours()
            shown = {"text/plain": repr(self)}
        return {"text/html": summary(self), **shown}

    def __repr__(self) -> str:
        where = self.standing
        return f"<Designer: error {where.error:.4f}, rank {where.rank:,} of {where.networks:,} networks: {self.arch}>"

    # inside

    def _move(self, arch: Arch) -> None:
        self.arch = arch
        self._see(arch)
        if self.around:
            self._see_neighbours()
        self._tell()

    def _see(self, arch: Arch) -> None:
        """Counts a trial, if it is one."""
        if self.racing and arch not in self.seen:
            self.seen.add(arch)
            trial = Trial(arch)
            (result,) = evaluate(self.table, [trial])
            self.history.append(Record(trial, result))

    def _see_neighbours(self) -> None:
        for neighbour in self.standings.neighbours(self.arch):
            self._see(neighbour.arch)

    def _still_designing(self) -> None:
        if self.test_error is not None:
            raise ValueError("this design is finished: who goes on after a look at the test error would design for it; make a new Designer")

    def _tell(self) -> None:
        for watcher in self.watchers:
            watcher()
