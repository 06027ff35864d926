"""ENAS's controller: an LSTM that chooses operations by softmax and earlier nodes by attention to what it thought of them (chapter 13).

As in the released code: melodyguan/enas, src/cifar10/general_controller.py and micro_controller.py, and google-research, enas_lm/src/controller.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nastutor.spaces.roles import Role
from nastutor.values import Arch

Pick = Callable[[str, Sequence[Any], Tensor], Any]  # name, options, their log-probabilities -> the option taken
FAVOURED, FIRST = 10.0, 0.25  # how separable convolutions are preferred in cells: as a first bias that learns, and as one that does not


class Bounds(NamedTuple):
    """What keeps the logits of a controller small: tanh_constant * tanh(logits / temperature), so that no choice ever gets certain.

    tanh         the constant; None: no bound
    op_reduce    operations of cells have the constant tanh / op_reduce
    temperature  what logits are divided by
    """

    tanh: float | None = 1.5
    op_reduce: float = 1.0
    temperature: float = 1.0

    def __call__(self, logits: Tensor, op: bool = False) -> Tensor:
        """
        >>> float(Bounds(2.5, 2.0, 5.0)(torch.tensor(100.0), op=True))
        1.25
        """
        logits = logits / self.temperature
        return logits if self.tanh is None else self.tanh / (self.op_reduce if op else 1.0) * torch.tanh(logits)


class Drawn(NamedTuple):
    """An architecture, its log-probability (), its entropy () without gradient, and the mean penalty of its skips ()."""

    arch: Arch
    log_p: Tensor
    entropy: Tensor
    penalty: Tensor


@dataclass
class _State:
    """Where a walk stands. Anchors are the hidden states that stand for nodes, keys what attention compares with."""

    inputs: Tensor
    node: int = -1
    cell: str = ""
    hidden: tuple[Tensor, Tensor] | None = None
    anchors: list[Tensor] = field(default_factory=list)
    keys: list[Tensor] = field(default_factory=list)
    skips: list[tuple[int, bool]] = field(default_factory=list)  # of this node
    asked: bool = False  # whether the state is the one that skips of this node are decided in
    log_p: Tensor = field(default_factory=lambda: torch.zeros(()))
    entropy: Tensor = field(default_factory=lambda: torch.zeros(()))
    penalties: list[list[Tensor]] = field(default_factory=list)


class Controller(nn.Module):
    """p(architecture), decision by decision. Its form is told by the roles of a space's decisions; three have the steps of the three released controllers:

    macro      an operation, then each earlier output is joined or not, by itself (`roles` with "skip")
    micro      two earlier nodes, then two operations; the second cell goes on where the first one ended ("read", in cells)
    recurrent  an earlier node, near ones preferred, then its operation ("read", without cells)
    plain      a space without roles: one softmax after the other

    Operations with the same options share their embeddings and their softmax. No biases in the LSTM; weights from U(-init, init).
    """

    def __init__(self, space: Any, hidden: int, bounds: Bounds, rng: torch.Generator, *, init: float = 0.1, target: float = 0.4, exact: bool = False) -> None:
        super().__init__()
        self.roles: dict[str, Role] = space.roles() if hasattr(space, "roles") else {}
        self.bounds, self.target, self.exact = bounds, target, exact
        self.form = form_of(self.roles)
        skip = nn.utils.skip_init  # torch's own initialisation would draw from the global generator
        self.cell = skip(nn.LSTMCell, hidden, hidden, bias=False)
        self.start = nn.Parameter(torch.empty(hidden))
        self.options: dict[str, tuple[Any, ...]] = {name: tuple(own) for name, own in space.sites().items() if self.role(name).kind == "op"}
        self.tables = {own: f"table{number}" for number, own in enumerate(dict.fromkeys(self.options.values()))}
        self.embed = nn.ParameterDict({name: torch.empty(len(own), hidden) for own, name in self.tables.items()})
        self.heads = nn.ParameterDict({} if self.form == "recurrent" else {name: torch.empty(len(own), hidden) for own, name in self.tables.items()})
        if self.form != "plain":
            self.key, self.query = (skip(nn.Linear, hidden, hidden, bias=False) for _ in range(2))
            self.score = nn.Parameter(torch.empty(hidden))
        with torch.no_grad():
            for weights in self.parameters():
                weights.uniform_(-init, init, generator=rng)
        if self.form == "micro":
            favoured = {name: torch.tensor([FAVOURED * _separable(op) for op in own]) for own, name in self.tables.items()}
            self.biases = nn.ParameterDict(favoured)

    def role(self, name: str) -> Role:
        return self.roles.get(name, Role("op", -1))

    def walk(self, space: Any, pick: Pick) -> Drawn:
        """An architecture by `pick`."""
        state = _State(self.start)
        if self.form == "recurrent":
            self._anchor(state, torch.zeros_like(self.start), torch.zeros_like(self.start))
        arch = space.walk(lambda name, options: self._choose(state, name, options, pick))
        layers = [torch.stack(own).sum() for own in state.penalties]
        return Drawn(arch, state.log_p, state.entropy, torch.stack(layers).mean() if layers else torch.zeros(()))

    def _choose(self, state: _State, name: str, options: Sequence[Any], pick: Pick) -> Any:
        role = self.role(name)
        if name in self.roles and (role.cell, role.node) != (state.cell, state.node):
            self._next_node(state, role)
        return {"op": self._operation, "read": self._read, "skip": self._skip}[role.kind](state, name, options, pick, role)

    # the three kinds of decision

    def _operation(self, state: _State, name: str, options: Sequence[Any], pick: Pick, role: Role) -> Any:
        own = self.options.get(name, ())
        if unknown := [option for option in options if option not in own]:
            raise ValueError(f"`sites` of the space lack {(name, unknown[0])}: its sites() must name every decision and option (chapter 13)")
        table, rows = self.tables[own], [own.index(option) for option in options]
        h = self._step(state)
        logits = (self.embed if self.form == "recurrent" else self.heads)[table][rows] @ h
        if self.form == "micro":
            logits = self.bounds(logits + self.biases[table][rows], op=True)
            if role.cell == "normal":
                logits = logits + torch.tensor([FIRST if _separable(option) else -FIRST for option in options])
        else:
            logits = self.bounds(logits)
        taken = self._take(state, name, options, logits, pick)
        state.inputs = self.embed[table][rows[taken]]
        return options[taken]

    def _read(self, state: _State, name: str, options: Sequence[Any], pick: Pick, role: Role) -> Any:
        h = self._step(state)
        logits = self.bounds(self._attention(state, h, options))
        away = torch.tensor([role.node - option for option in options])
        if self.form == "recurrent":
            logits = logits - away.square() / 6
        taken = self._take(state, name, options, logits, pick)
        state.inputs = state.anchors[options[taken]]
        if self.form == "recurrent":
            state.inputs = state.inputs / (0.1 + float(away[taken]))
            self._anchor(state, h, self.key(h))
        return options[taken]

    def _skip(self, state: _State, name: str, options: Sequence[Any], pick: Pick, role: Role) -> Any:
        if not state.asked:
            self._step(state)
            state.asked = True
            state.penalties.append([])
        assert state.hidden is not None
        q = self.bounds(self._attention(state, state.hidden[0], [role.source]))
        taken = self._take(state, name, options, torch.cat([-q, q]), pick)
        state.skips.append((role.source, bool(options[taken])))
        p = torch.sigmoid((2 if self.exact else 1) * torch.cat([-q, q]))
        state.penalties[-1].append((p * (p / torch.tensor([1 - self.target, self.target])).log()).sum())
        return options[taken]

    def _take(self, state: _State, name: str, options: Sequence[Any], logits: Tensor, pick: Pick) -> int:
        log_probs = F.log_softmax(logits, 0)
        taken = list(options).index(pick(name, options, log_probs))
        state.log_p = state.log_p + log_probs[taken]
        own = log_probs.detach()
        state.entropy = state.entropy - (own.exp() @ own if self.form in ("micro", "plain") else own[taken].exp() * own[taken])
        return taken

    # the state

    def _step(self, state: _State) -> Tensor:
        state.hidden = self.cell(state.inputs, state.hidden)
        return state.hidden[0]

    def _attention(self, state: _State, h: Tensor, nodes: Sequence[int]) -> Tensor:
        """One number for each of these nodes: how much h wants it."""
        return torch.tanh(torch.stack([state.keys[node] for node in nodes]) + self.query(h)) @ self.score

    def _anchor(self, state: _State, anchor: Tensor, key: Tensor) -> None:
        state.anchors.append(anchor)
        state.keys.append(key)

    def _next_node(self, state: _State, role: Role) -> None:
        """Leaves an anchor for the node that is decided, and goes to the next one, or to the next cell."""
        if self.form != "recurrent" and state.node >= 0:
            if not state.asked:
                self._step(state)
            assert state.hidden is not None
            self._anchor(state, state.hidden[0], self.key(state.hidden[0]))
            taken = [state.anchors[source] for source, joined in state.skips if joined]
            state.inputs = torch.stack(taken).sum(0) / (1 + len(taken)) if taken else (torch.zeros_like(self.start) if state.asked else self.start)
        state.asked, state.skips = False, []
        if self.form == "micro" and role.cell != state.cell:
            state.anchors, state.keys = [], []
            for _ in range(role.node):  # the inputs of the cell
                self._anchor(state, torch.zeros_like(self.start), self.key(self._step(state)))
        state.node, state.cell = role.node, role.cell


def form_of(roles: dict[str, Role]) -> str:
    """Which of the released controllers fits decisions with these roles."""
    kinds = {role.kind for role in roles.values()}
    if "skip" in kinds:
        return "macro"
    if "read" not in kinds:
        return "plain"
    return "micro" if any(role.cell for role in roles.values()) else "recurrent"


def _separable(op: Any) -> bool:
    return isinstance(op, str) and op.startswith("sep")
