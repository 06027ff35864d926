"""Path-level EAS: a policy that grows a tree of operations, by what a tree-LSTM sees of it (chapters 7 and 12)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from nastutor.inputs import whole
from nastutor.rng import torch_rng
from nastutor.strategies.meta_controller import Choose, MetaController, linear
from nastutor.strategies.tree_lstm import Grown, State, TreeLSTM
from nastutor.values import Arch, Trial

IDENTITY = "identity"


class Grower(nn.Module):
    """The tree-LSTM, and for each kind of decision a network of one hidden layer that reads both states where it is taken.

    options  kind of decision -> all its options
    """

    def __init__(self, options: dict[str, tuple[Any, ...]], ops: Sequence[str], embedding: int, hidden: int, width: int, ordered: int) -> None:
        super().__init__()
        self.options = options
        self.tree = TreeLSTM(ops, embedding, hidden, ordered)
        self.read = linear(2 * hidden, width)
        self.heads = nn.ModuleDict({kind: linear(width, len(values)) for kind, values in options.items()})

    def logits(self, kind: str, state: Tensor, options: Sequence[Any]) -> Tensor:
        """(options,) of a decision of this kind where the tree-LSTM is in this state (2 hidden,)."""
        rows = [self.options[kind].index(option) for option in options]
        return self.heads[kind](torch.relu(self.read(state)))[rows]  # type: ignore[no-any-return]


class PathLevelEAS(MetaController):
    """Grows the tree of a cell decision by decision, each by the state of a tree-LSTM at its place (Cai et al. 2018b, section 3.4).

    At a node with one edge it takes how that is split (none, add, concat) and in how many branches; at each new branch, which is an identity,
    the operation that replaces it; then whether another node grows behind it. The tree is read anew, from the leaves up and from the root
    down, before each decision. Its decisions are those of the space, in its order.

    hidden, embedding  of the tree-LSTM (release 100 and 10)      width  of the layer before each decision (release 500)
    batch 10, learning_rate 0.006, decay 0.05, entropy 0.01, clip 40 are those of the release; see MetaController, and for `learn`.
    The release begins with the reward of the network to which cells are put as baseline; here it is the first batch.
    """

    needs = ("walk", "sites", "growth")

    def __init__(
        self,
        space: Any,
        *,
        hidden: int = 100,
        embedding: int = 10,
        width: int = 500,
        batch: int = 10,
        learning_rate: float = 0.006,
        decay: float = 0.05,
        entropy: float = 0.01,
        clip: float | None = 40.0,
        learn: bool = True,
        seed: int = 0,
    ) -> None:
        super().__init__(space, batch=batch, learning_rate=learning_rate, decay=decay, entropy=entropy, clip=clip, learn=learn, seed=seed)
        self.growth, options = space.growth(), dict[str, tuple[Any, ...]]()
        for name, values in space.sites().items():
            kind = self.growth.decisions[name][1]
            options[kind] = tuple(dict.fromkeys((*options.get(kind, ()), *values)))
        ops = tuple(dict.fromkeys((self.growth.first, IDENTITY, *options["op"])))
        ordered = max(self.growth.counts.get("concat", (1,)))
        self.begin(Grower(options, ops, whole("embedding", embedding), whole("hidden", hidden), whole("width", width), ordered), torch_rng(seed, "policy"))

    def episode(self, start: None, choose: Choose) -> Arch:
        growing, known = Growing(self.growth), dict[Any, State]()

        def decide(name: str, options: Sequence[Any]) -> Any:
            place, kind = self.growth.decisions[name]
            option = options[0]
            if len(options) > 1:
                state = self.policy.tree.state(growing.tree(), place, known)
                option = options[choose(self.policy.logits(kind, state, options))]
            growing.take(place, kind, option)
            return option

        return self.space.walk(decide)  # type: ignore[no-any-return]

    def ask(self) -> Trial:
        arch, episode = self.drawn(None)
        return self.out(Trial(arch), episode)


class Growing:
    """What is known of a tree while it is being decided on."""

    def __init__(self, growth: Any) -> None:
        self.growth = growth
        self.merges: dict[str, str] = {}
        self.counts: dict[str, int] = {}
        self.ops: dict[str, str] = {}
        self.grown = {""}

    def take(self, place: str, kind: str, option: Any) -> None:
        """Notes a decision; a merge has the least of its numbers of branches until that is decided."""
        if kind == "merge":
            self.merges[place] = option
            self.counts[place] = self.growth.counts[option][0]
        elif kind == "branches":
            self.counts[place] = option
        elif kind == "op":
            self.ops[place] = option
        elif option:
            self.grown.add(place)

    def tree(self, place: str = "") -> Grown:
        """As far as it is decided: branches are the first edge, or identities until they are replaced."""
        if place not in self.merges:
            return Grown()
        places = [f"{place}.{number}".strip(".") for number in range(1, self.counts[place] + 1)]
        return Grown(
            self.merges[place],
            tuple((self.ops.get(at, IDENTITY if place else self.growth.first), self.tree(at) if at in self.grown else None) for at in places),
        )
