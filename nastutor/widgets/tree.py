"""The search tree while it grows: which branches a Monte Carlo tree search visits, how often, and which bound sends it there (chapter 6)."""

from __future__ import annotations

import math
from base64 import b64encode
from collections.abc import Sequence
from html import escape
from typing import Any

from nastutor.history import History
from nastutor.inputs import positive, whole
from nastutor.loop import search
from nastutor.pictures.search_tree import Branch, told, tree_svg
from nastutor.strategies.tree import MCTS, Node
from nastutor.values import Arch
from nastutor.widgets.parts import FONT
from nastutor.widgets.shown import heading, line, rows
from nastutor.widgets.sliding import SlidingPanel, Stepped, stops

EXPLORATIONS = (0.0, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
BOUNDS = 6  # rows of the table below the tree
WORDS = 12  # branches that the text of the picture names


class SearchTree(Stepped):
    """A search by `nt.MCTS`, and its tree after any of its trials; without ipywidgets, and in a saved notebook, the picture of one moment.

    >>> table = nt.estimators.Table("digits-tiny")
    >>> view = nt.widgets.SearchTree(table.space, table, trials=40)
    >>> view                                              # in a notebook: the tree, with sliders
    >>> view.go(7); view.set(exploration=0.0); view.alt   # the same without

    space        of the architectures
    estimator    what answers: a table or a function, as each change of the settings asks it again
    trials       of the search
    at           the trial after which the tree is shown first; default: the last
    exploration, bisection, scaled, seed   of the strategy
    """

    def __init__(
        self,
        space: Any,
        estimator: Any,
        trials: int = 30,
        *,
        at: int | None = None,
        exploration: float = 0.5,
        bisection: bool = False,
        scaled: bool = False,
        seed: int = 0,
    ) -> None:
        self.space, self.estimator, self.trials = space, estimator, whole("trials", trials)
        self.exploration, self.bisection, self.scaled, self.seed, self.at = exploration, bisection, scaled, seed, 0
        self.set(exploration, bisection)
        self.go(len(self.history) if at is None else at)

    def set(self, exploration: float | None = None, bisection: bool | None = None) -> None:
        """Another search, with these settings; it is shown after as many trials as the last one."""
        self.exploration = self.exploration if exploration is None else positive("exploration", exploration, zero=True)
        self.bisection = self.bisection if bisection is None else bisection
        self.history: History = search(self._strategy(), self.estimator, trials=self.trials, progress=False)
        self.go(min(self.at, len(self.history)))

    def go(self, at: int) -> None:
        """To the tree after so many trials, from 0."""
        if whole("at", at, 0) > len(self.history):
            raise ValueError(f"`at` is {at}; allowed are whole numbers from 0 to {len(self.history)}, the trials of the search")
        self.at = at
        self.strategy = self._strategy()
        for record in self.history[:at]:  # told in this order a fresh tree grows as it grew in the search
            self.strategy.tell(record.trial, record.result)
        self.moved()

    def _strategy(self) -> MCTS:
        return MCTS(self.space, exploration=self.exploration, bisection=self.bisection, scaled=self.scaled, seed=self.seed)

    @property
    def root(self) -> Branch:
        """The tree as it is to be drawn."""
        said: dict[int, tuple[str, str]] = {}
        last: list[int] = []
        for record in self.history[: self.at]:
            if isinstance(record.trial.arch, Arch):
                last = self._name(record.trial.arch, said)
        return _branch(self.strategy.root, ("", ""), said, {id(self.strategy.root), *last} if self.at else set())

    def _name(self, arch: Arch, said: dict[int, tuple[str, str]]) -> list[int]:
        """Enters what leads to each node on the way to `arch`: its decision and its options; the nodes on the way."""
        node, way = self.strategy.root, []

        def choose(name: str, options: Sequence[Any]) -> Any:
            nonlocal node
            low, high, number = 0, len(options), list(options).index(arch[name])
            while high - low > 1:
                parts = self.strategy.parts(low, high)
                turn = next(turn for turn, (first, end) in enumerate(parts) if first <= number < end)
                node, (low, high) = node.children[turn], parts[turn]
                said[id(node)] = (name, _listed(options[low:high]))
                way.append(id(node))
            return options[number]

        self.space.walk(choose)
        return way

    # how it is shown

    @property
    def alt(self) -> str:
        """The picture in words."""
        root = self.root
        lines = [told(branch) for branch in sorted(root.branches, key=lambda branch: -branch.visits)]
        more = f" and {len(lines) - WORDS} more" if len(lines) > WORDS else ""
        text = f"Search tree after {self.at} of {len(self.history)} trials, exploration {self.exploration:g}{', bisected' if self.bisection else ''}"
        return f"{text}. {'; '.join([told(root), *lines[:WORDS]])}{more}."

    def page(self) -> str:
        small = f"after {self.at} of {len(self.history)} trials; exploration {self.exploration:g}{', bisected' if self.bisection else ''}"
        return f'<div style="{FONT}">{heading("Search tree", small)}{self._last()}{self._picture()}{self._bounds()}</div>'

    def _last(self) -> str:
        """The last trial, in the colour of its way."""
        if not self.at:
            return line("Nobody has been anywhere: the first trial decides everything at random.")
        record = self.history[self.at - 1]
        end = f"error {record.error:.4f}" if record.result.usable else record.result.status
        return line(f"Orange: trial {self.at}, {record.trial.arch}: {end}. On the plates: visits; the darker, the larger the mean reward.")

    def _picture(self) -> str:
        svg, wide = tree_svg(self.root, self.alt)
        source = b64encode(svg.encode()).decode()
        image = f'<img alt="{escape(self.alt)}" src="data:image/svg+xml;base64,{source}" style="display:block;max-width:none;width:{wide}px">'
        return f'<div style="overflow-x:auto;width:0;min-width:100%">{image}</div>'  # no wider than the card, which would else grow with it

    def _bounds(self) -> str:
        """UCB1 of the branches at the root, the largest first: there the next trial goes."""
        root = self.strategy.root
        new = sum(way not in root.children or not root.children[way].visits for way in root.open())
        if not root.visits or not root.ways:
            return ""
        lines: list[tuple[str, ...]] = [
            (name, str(visits), f"{mean:.3f}", f"{bound - mean:.3f}", f"{bound:.3f}") for name, visits, mean, bound in self._at_root()[:BOUNDS]
        ]
        note = f"{_count(new)} new: the next trial takes one of them." if new else "The next trial goes where the sum is largest."
        note += f" Behind {_count(root.shut).rsplit(' ', 1)[0]} nothing is left to try." if root.shut else ""
        title = f'<div style="font-size:12.5px;margin-top:10px"><b>UCB1 at the root.</b> {note}</div>'
        return title + (rows(lines, ("branch", "visits", "mean reward", "+ exploration", "= bound"), None if new else 0) if lines else "")

    def _at_root(self) -> list[tuple[str, int, float, float]]:
        """(option, visits, mean, UCB1) of what is open at the root, the largest bound first."""
        root = self.strategy.root
        names = {way: branch.label for way, branch in zip(_visited(root), self.root.branches, strict=True)}
        found = []
        for way in root.open():
            child = root.children.get(way)
            if child is not None and child.visits:
                bound = self.strategy.bound(root, child)
                bonus = self.exploration * math.sqrt(2 * math.log(root.seen) / child.seen)
                found.append((names[way], child.visits, bound - bonus, bound))
        return sorted(found, key=lambda branch: -branch[3])

    def controls(self) -> Any:
        return TreePanel(self).box


class TreePanel(SlidingPanel):
    """The sliders."""

    def __init__(self, owner: SearchTree) -> None:
        import ipywidgets as w

        wide = w.Layout(flex="1 1 300px")
        at = w.IntSlider(value=owner.at, min=0, max=len(owner.history), description="trial", layout=wide)
        ways = stops([*EXPLORATIONS, owner.exploration])
        self.exploration = w.SelectionSlider(value=owner.exploration, options=ways, description="exploration", layout=wide)
        self.bisection = w.Checkbox(value=owner.bisection, description="bisection", indent=False, layout=w.Layout(width="110px"))
        super().__init__(owner, at, self.exploration, self.bisection)

    def restart(self) -> None:
        self.owner.set(self.exploration.value, self.bisection.value)

    def settings(self) -> list[tuple[Any, Any]]:
        return [(self.exploration, self.owner.exploration), (self.bisection, self.owner.bisection)]


def _branch(node: Node, name: tuple[str, str], said: dict[int, tuple[str, str]], on: set[int]) -> Branch:
    below = tuple(_branch(node.children[way], said[id(node.children[way])], said, on) for way in _visited(node))
    mean = node.total / node.visits if node.visits else math.nan
    return Branch(name[1], node.visits, mean, name[0], node.ways, id(node) in on, below)


def _visited(node: Node) -> list[int]:
    """The branches that an answer came back through, in their order."""
    return [way for way, child in sorted(node.children.items()) if child.visits]


def _listed(options: Sequence[Any]) -> str:
    """One option, two of them, or the first and the last of several."""
    return ", ".join(map(str, options)) if len(options) < 3 else f"{options[0]} … {options[-1]}"


def _count(branches: int) -> str:
    return "1 branch is" if branches == 1 else f"{branches} branches are"
