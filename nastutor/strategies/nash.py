"""NASH: hill climbing over edits, in rounds of children in which their parent competes (chapters 6 and 12)."""

from __future__ import annotations

import warnings
from collections.abc import Generator, Iterator
from itertools import count
from random import Random
from typing import Any

from nastutor.core import Staged
from nastutor.edits import Several, Unchanged, carries_weights
from nastutor.history import History
from nastutor.inputs import require, whole
from nastutor.values import Arch, Edit, Result, Trial


class NASH(Staged):
    """Hill climbing by random edits (Elsken et al. 2017, Algorithm 1): in each step the best of a parent and its children becomes the next parent.

    steps       how many; None: no end                             (paper n_steps: 5 or 8)
    neighbours  that compete in a step, the parent included        (paper n_neigh: 8)
    morphisms   random edits, one after the other, to each child   (paper n_NM: 5)
    select      False: the ablation, a chain in which each step has one child, trained for as long as all `neighbours` together, that is
                the next parent whatever its error
    keep        whether the parent competes as it was before the step as well; then the error of the best never rises
    inherit     True: a child starts from the weights of its parent, carried over by its edit, and the parent is trained on, as far as the
                children and under a new cosine. False: each child is trained afresh, and the parent stands with the error that it has, as
                training it once more would give it again. None: True where the edits of the space carry weights over
    start, epochs, final  budgets of the first architecture, of each competitor, and of the best in the end (paper: 20, 17, 100 epochs);
                None: what the estimator spends by itself, and for `final` no training in the end

    It begins at `start()` of an open-ended space, else at a random architecture, and at another one where that fails. Spaces whose
    `mutate` tells no edit are climbed too, afresh. `path` holds the trials of all parents, whose weights are the paper's ensemble;
    `parents` the key of the parent of each trial. With several trials in flight a step waits for all of its answers.
    """

    needs = ("sample", "mutate")
    chapter = 6

    def __init__(
        self,
        space: Any,
        steps: int | None = 5,
        neighbours: int = 8,
        morphisms: int = 5,
        *,
        select: bool = True,
        keep: bool = False,
        inherit: bool | None = None,
        start: int | None = None,
        epochs: int | None = None,
        final: int | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__(space, seed=seed)
        for name, value in (("steps", steps), ("start", start), ("epochs", epochs), ("final", final)):
            require(name, value, lambda n: n is None or whole("n", n), "None and whole numbers from 1 (chapter 6)")
        for name, value in (("select", select), ("keep", keep)):
            if type(value) is not bool:
                raise ValueError(f"`{name}` is {value!r}; allowed are True and False (chapter 6)")
        self.steps, self.morphisms, self.select, self.keep = steps, whole("morphisms", morphisms), select, keep
        self.inherit = self._may_inherit(inherit)
        self.neighbours = whole("neighbours", neighbours, least=1 if self.inherit or not select else 2)
        self.start, self.final = start, final
        self.epochs = epochs if epochs is None or select else epochs * neighbours
        self.budgets = tuple(dict.fromkeys(budget for budget in (start, self.epochs, final) if budget is not None))
        self.wants = ("warm_start",) * self.inherit + ("budget",) * bool(self.budgets)  # type: ignore[misc]  # of this one, not of the class
        self.best: tuple[Trial, Result] | None = None
        self.path: list[Trial] = []
        self.contest: list[Trial] = []  # what competes in the step that is under way, and how many of it are not asked for yet
        self.unasked = 0
        self.parents: dict[str, str] = {}

    def _may_inherit(self, inherit: bool | None) -> bool:
        """Whether children start from their parents' weights; refuses it, and spaces with nothing to change, before the first trial."""
        if inherit not in (None, True, False) or type(inherit) is int:
            raise ValueError(f"`inherit` is {inherit!r}; allowed are None, True and False (chapter 12)")
        begin = self._begin(Random(0))
        try:
            edit = self._edited(begin, Random(0))[1]
        except ValueError as error:
            raise ValueError(f"`space` is {self.space!r}; allowed are spaces in which something can be changed (chapter 6): {error}") from error
        edits = [edit, *(self.space.edits(begin, Random(0)) if hasattr(self.space, "edits") else ())]
        lacking = next((each for each in edits if not carries_weights(each)), ...)
        if inherit and lacking is not ...:
            told = "its `mutate` tells no edit" if lacking is None else f"{type(lacking).__name__} carries no weights over"
            raise ValueError(f"`inherit` is True, and `space` is {self.space!r}: {told}; allowed are None and False (chapter 12)")
        return lacking is ... if inherit is None else inherit

    # what to try

    def plan(self) -> Iterator[Trial | None]:
        yield from self._started()
        for _ in count() if self.steps is None else range(self.steps):
            trials = self._round()
            if not trials:
                return warnings.warn(f"no edit is left for {self._parent.arch}: the climb ends here", stacklevel=2)
            yield from self._contest(trials)
        if self.final is not None:
            yield from self.stage([self._again(self.final)])

    def _started(self) -> Generator[Trial | None, None, None]:
        """Until an architecture has been trained at which to begin."""
        begin = self._begin(self.rng)
        while self.best is None:
            yield from self._contest([Trial(begin, self.start)])
            begin = self.space.sample(self.rng)

    def _contest(self, trials: list[Trial]) -> Generator[Trial | None, None, None]:
        """Asks for all of them, and waits until `tell` has found the best."""
        self.contest, self.unasked = trials, len(trials)
        for trial in trials:
            self.unasked -= 1
            yield trial
        while self.contest:
            yield None

    def _begin(self, rng: Random) -> Arch:
        return self.space.start() if hasattr(self.space, "edits") else self.space.sample(rng)  # type: ignore[no-any-return]

    def _round(self) -> list[Trial]:
        """The competitors of a step that are to be trained, the parent first where it is."""
        children = [child for _ in range(self.neighbours - 1 if self.select else 1) if (child := self._child()) is not None]
        return [self._again(self.epochs), *children] if self.inherit and self.select else children

    def _child(self) -> Trial | None:
        """The parent after so many random edits, or as many as there are to be found."""
        try:
            arch, edit = self._edited(self._parent.arch, self.rng)  # type: ignore[arg-type]
        except ValueError:
            return None
        return self._trial(arch, edit, self.epochs)

    def _edited(self, arch: Arch, rng: Random) -> tuple[Arch, Edit | None]:
        """(child, the edit that leads to it); ValueError where not even one can be made."""
        edits: list[Edit | None] = []
        for number in range(self.morphisms):
            try:
                made = self.space.mutate(arch, rng)
            except ValueError:
                if not number:
                    raise
                break
            arch, edit = made if isinstance(made, tuple) else (made, None)
            edits.append(edit)
        return arch, None if None in edits else edits[0] if len(edits) == 1 else Several(tuple(edits))  # type: ignore[arg-type]

    def _again(self, epochs: int | None) -> Trial:
        """The parent, trained on; afresh where weights are not inherited."""
        return self._trial(self._parent.arch, Unchanged(self.rng.getrandbits(32)), epochs)  # type: ignore[arg-type]

    def _trial(self, arch: Arch, edit: Edit | None, epochs: int | None) -> Trial:
        trial = Trial(arch, epochs, self._parent.key, edit) if self.inherit else Trial(arch, epochs)
        self.parents.setdefault(trial.key, self._parent.key)
        return trial

    # where to go on

    @property
    def _parent(self) -> Trial:
        assert self.best is not None
        return self.best[0]

    def tell(self, trial: Trial, result: Result) -> None:
        super().tell(trial, result)
        if self.contest and not self.unasked and all(one.key in self.told for one in self.contest):
            self._move()

    def _move(self) -> None:
        """To the best of what competes; among equals to the parent, then to the first child."""
        competing = [(trial, self.told[trial.key]) for trial in self.contest if self.told[trial.key].usable]
        self.contest = []
        if self.best is not None and self.select and (self.keep or not self.inherit):
            competing.insert(0, self.best)
        if competing:
            self._go(*min(competing, key=lambda one: one[1].error))

    def _go(self, trial: Trial, result: Result) -> None:
        self.best = trial, result
        self.path.append(trial)

    def eligible(self, history: History) -> History:
        """The parent at which the climb stands; all before there is one."""
        parent = [record for record in history if self.best is not None and record.trial.key == self._parent.key]
        return History(parent) or history
