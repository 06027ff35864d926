"""The policies of REINFORCE: an LSTM that takes one decision after another, and one with anchor points at which a layer picks what it reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from nastutor.values import Arch

Pick = Callable[[str, Sequence[Any], Tensor], Any]  # name, options, their log-probabilities -> the option taken
State = list[tuple[Tensor, Tensor] | None]  # (h, c) of each layer, (hidden,) both
skip = nn.utils.skip_init  # torch's own initialisation would draw from the global generator


class Joint:
    """Log-probability () and the sum of the entropies () of the decisions taken so far."""

    def __init__(self) -> None:
        self.log_p = self.entropy = torch.zeros(())

    def take(self, name: str, options: Sequence[Any], logits: Tensor, pick: Pick) -> int:
        """The number of the option that `pick` takes; logits (options,)."""
        log_probs = torch.log_softmax(logits, dim=0)
        taken = options.index(pick(name, options, log_probs))
        self.log_p, self.entropy = self.log_p + log_probs[taken], self.entropy - log_probs.exp() @ log_probs
        return taken


class Policy(nn.Module):
    """p(architecture), one decision after another: an LSTM reads the last choice and each decision has its own softmax over its options.

    sites   decision -> its options, as `space.sites()` gives them
    hidden  width of the state and of the embedding of a choice
    rng     draws the initial weights from U(-0.08, 0.08) (Zoph & Le 2017, section 4)
    layers  of the LSTM, one above the other
    """

    def __init__(self, sites: Mapping[str, Sequence[Any]], hidden: int, rng: torch.Generator, layers: int = 1) -> None:
        super().__init__()
        pairs = [(name, option) for name, options in sites.items() for option in options]
        self.rows = {pair: row for row, pair in enumerate(pairs)}  # one row of `heads` and of `choices` for each option of each decision
        self.cell = skip(nn.LSTMCell, hidden, hidden)
        self.choices = skip(nn.Embedding, 1 + len(pairs), hidden)  # the last row stands for "nothing chosen yet"
        self.heads = skip(nn.Linear, hidden, len(pairs))
        self.upper = nn.ModuleList(skip(nn.LSTMCell, hidden, hidden) for _ in range(layers - 1))
        uniform(self, rng)

    def rows_of(self, name: str, options: Sequence[Any]) -> list[int]:
        """The rows of the options of a decision."""
        try:
            return [self.rows[name, option] for option in options]
        except KeyError as error:
            raise ValueError(f"`sites` of the space lack {error.args[0]}: its sites() must name every decision and option (chapter 7)") from None

    def step(self, x: Tensor, state: State | None) -> State:
        """The state after reading x (hidden,); None is the state before everything."""
        after: State = []
        for cell, old in zip((self.cell, *self.upper), state or [None] * (1 + len(self.upper)), strict=True):
            after.append(cell(x, old))
            x = after[-1][0]  # type: ignore[index]
        return after

    def walk(self, space: Any, pick: Pick) -> tuple[Arch, Tensor, Tensor]:
        """An architecture by `pick`, its log-probability () and the sum of the entropies of its decisions ()."""
        joint = Joint()
        last, state = len(self.rows), None

        def choose(name: str, options: Sequence[Any]) -> Any:
            nonlocal last, state
            state = self.step(self.choices.weight[last], state)
            last, taken = self.decided(name, options, top(state), joint, pick)
            return options[taken]

        return space.walk(choose), joint.log_p, joint.entropy

    def decided(self, name: str, options: Sequence[Any], h: Tensor, joint: Joint, pick: Pick) -> tuple[int, int]:
        """(row, number) of the option taken by the softmax over h (hidden,)."""
        rows = self.rows_of(name, options)
        taken = joint.take(name, options, self.heads.weight[rows] @ h + self.heads.bias[rows], pick)
        return rows[taken], taken


class AnchorPolicy(Policy):
    """A policy that decides what a layer reads by looking at the anchor points of layers before it (Zoph & Le 2017, section 3.3).

    The LSTM makes a step at the anchor point of each layer, and P(j is an input of i) = sigmoid(v' tanh(W_prev h_j + W_curr h_i)), where h_j
    and h_i are its states there: the inputs of a layer are a set, each picked for itself, and the log-probability of the set is a sum. The same
    v and W serve all pairs, so that layers that were never met together can be linked. What the LSTM reads behind an anchor point the paper
    leaves open; here the sum of the h_j picked over one more than there are, as in the release of ENAS.

    anchors  as `space.anchors()` gives them: the decision behind which the anchor point of a layer lies -> link that is decided there ->
             the decision whose anchor point it looks back at
    """

    def __init__(self, sites: Mapping[str, Sequence[Any]], hidden: int, rng: torch.Generator, layers: int, anchors: Mapping[str, Mapping[str, str]]) -> None:
        links = {link: (source, point) for point, looks in anchors.items() for link, source in looks.items()}
        super().__init__({name: options for name, options in sites.items() if name not in links}, hidden, rng, layers)
        self.links, self.points = links, frozenset(anchors)
        self.previous = skip(nn.Linear, hidden, hidden, bias=False)
        self.current = skip(nn.Linear, hidden, hidden, bias=False)
        self.score = skip(nn.Linear, hidden, 1, bias=False)
        for part in (self.previous, self.current, self.score):
            uniform(part, rng)

    def walk(self, space: Any, pick: Pick) -> tuple[Arch, Tensor, Tensor]:
        joint, x = Joint(), self.choices.weight[-1]
        state: State | None = None
        seen: dict[str, tuple[Tensor, Tensor, Tensor]] = {}  # anchor point -> h, W_prev h, W_curr h
        picked: list[Tensor] | None = None  # h of what the layer reads, while its anchor point is the last step

        def choose(name: str, options: Sequence[Any]) -> Any:
            nonlocal x, state, picked
            if name in self.links:
                earlier, here = (seen[point] for point in self.links[name])
                score = self.score(torch.tanh(earlier[1] + here[2]))[0]
                # log_softmax of (0, s) is (log(1 - sigmoid(s)), log sigmoid(s))
                taken = joint.take(name, options, torch.stack([score * bool(option) for option in options]), pick)
                if picked is not None and options[taken]:
                    picked.append(earlier[0])
                return options[taken]
            if picked is not None:
                x, picked = sum(picked, torch.zeros_like(x)) / (1 + len(picked)), None
            state = self.step(x, state)
            row, taken = self.decided(name, options, top(state), joint, pick)
            x = self.choices.weight[row]
            if name in self.points:
                state, picked = self.step(x, state), []
                seen[name] = (h := top(state)), self.previous(h), self.current(h)
            return options[taken]

        return space.walk(choose), joint.log_p, joint.entropy


class Fixed:
    """A space in which one decision is taken beforehand: a policy that walks through it is not asked, and pays nothing for it."""

    def __init__(self, space: Any, name: str, value: Any) -> None:
        self.space, self.name, self.value = space, name, value

    def walk(self, choose: Callable[[str, Sequence[Any]], Any]) -> Arch:
        return self.space.walk(lambda name, options: self.value if name == self.name else choose(name, options))  # type: ignore[no-any-return]


def top(state: State) -> Tensor:
    """h of the last layer, (hidden,)."""
    return state[-1][0]  # type: ignore[index]


def uniform(module: nn.Module, rng: torch.Generator, bound: float = 0.08) -> None:
    """All weights from U(-bound, bound)."""
    with torch.no_grad():
        for weights in module.parameters():
            weights.uniform_(-bound, bound, generator=rng)
