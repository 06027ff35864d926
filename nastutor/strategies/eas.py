"""EAS: a policy that makes a network wider and deeper, by a bidirectional LSTM that reads its layers and two actors (chapters 7 and 12)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Any

import torch
from torch import Tensor, nn

from nastutor.edits import Deepen, Network, Several, Unchanged, Widen, carries_weights
from nastutor.edits.network import CONVS, POOLS, WIDE, Layer
from nastutor.inputs import is_whole, require, whole
from nastutor.rng import torch_rng
from nastutor.strategies.meta_controller import Choose, Episode, MetaController, linear, lstm, skip
from nastutor.values import Arch, Edit, Result, Trial

KINDS = (*WIDE, *POOLS, "flatten")
LONGEST = 64  # blocks of a network, and layers of a block


class Actors(nn.Module):
    """The encoder of a row of layers, the actor that widens and the one that deepens.

    hidden     width of the LSTM in each direction
    embedding  width of what stands for a layer: the sum of what its kind, its kernel and its width (by eighths of a doubling) stand for
    kernels    how many kernels new convolutions may have
    """

    def __init__(self, hidden: int, embedding: int, kernels: int) -> None:
        super().__init__()
        self.kinds, self.windows, self.widths = (skip(nn.Embedding, rows, embedding) for rows in (len(KINDS), 33, 129))
        self.encoder = nn.LSTM(embedding, hidden, bidirectional=True, device="meta").to_empty(device="cpu")  # skip does not take it
        self.wider = linear(2 * hidden, 1)  # shared by all layers
        self.decoder = lstm(embedding, 2 * hidden)
        self.picked = skip(nn.Embedding, 1 + 2 * LONGEST, embedding)  # what the decoder reads: nothing yet, a block, a layer of it
        self.block, self.place, self.kernel = linear(2 * hidden, LONGEST), linear(2 * hidden, LONGEST), linear(2 * hidden, kernels)

    def token(self, layer: Layer) -> Tensor:
        """(embedding,)"""
        x: Tensor = self.kinds.weight[KINDS.index(layer.kind)]
        if layer.kernel is not None:
            x = x + self.windows.weight[min(layer.kernel // 2, 32)]
        return x if layer.width is None else x + self.widths.weight[min(round(8 * math.log2(layer.width)), 128)]

    def encode(self, layers: Sequence[Layer]) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """States at each layer (L, 2 hidden), and the last states of both directions: h and c, (2 hidden,)."""
        states, (h, c) = self.encoder(torch.stack([self.token(layer) for layer in layers]))
        return states, (h.flatten(), c.flatten())


class EAS(MetaController):
    """Widens and deepens a network step by step, by what a policy thinks of its layers (Cai et al. 2018a, sections 3 and 4).

    An episode begins at `start()` of an open-ended space. In each of `wider` steps every layer is widened or not, by one sigmoid that
    reads the state of the encoder there and serves all layers. In each of `deeper` steps a decoder that begins with the last state of the
    encoder takes a block (blocks end with pools, dense layers are the last), a layer of it and a kernel; the new layer stands behind that one
    and is as wide. What the space forbids is not among the options. The network is read anew before each step; what comes in the end is
    trained, and its reward is tan(accuracy pi / 2).

    wider, deeper  steps of each kind (paper 4 and 5)
    widths         a layer grows to the next of these; None: by the space's first factor. The release: 4 to 40 by 4
    kernels        of new convolutions, of those that the space has (paper 1, 3, 5); None: all of the space's
    restarts       after so many answers the best network so far is where episodes begin (paper: after 300, then 150 more)
    inherit        True: networks start from the weights that their edits carry over from where the episode began, which is trained first;
                   None: where edits carry weights
    hidden, embedding  of the encoder (release 50 and 16)
    batch 10, learning_rate 0.002, decay 0.05, entropy 0.00001 are those of the release; see MetaController, and for `clip` and `learn`
    """

    needs = ("start", "edits", "plan")

    def __init__(
        self,
        space: Any,
        wider: int = 4,
        deeper: int = 5,
        *,
        widths: Sequence[int] | None = None,
        kernels: Sequence[int] | None = None,
        restarts: Sequence[int] = (),
        inherit: bool | None = None,
        hidden: int = 50,
        embedding: int = 16,
        batch: int = 10,
        learning_rate: float = 0.002,
        decay: float = 0.05,
        entropy: float = 1e-5,
        clip: float | None = None,
        learn: bool = True,
        seed: int = 0,
    ) -> None:
        super().__init__(space, batch=batch, learning_rate=learning_rate, decay=decay, entropy=entropy, clip=clip, learn=learn, seed=seed)
        self.wider, self.deeper = whole("wider", wider, 0), whole("deeper", deeper, 0)
        for name, values in (("widths", widths), ("kernels", kernels)):
            require(name, values, lambda values: values is None or _rising(values), "None and rising whole numbers from 1 (chapter 7)")
        require("restarts", restarts, _rising, "rising whole numbers from 1 (chapter 7)")
        self.widths, self.restarts = widths and tuple(widths), tuple(restarts)
        self.offers: dict[tuple[Arch, str], list[Any]] = {}
        self.start = Trial(space.start())
        network = space.plan(self.start.arch)
        _check_chain(network, self.widths)
        offered = self._offered(network, "deepen")
        known = sorted({edit.kernel for edit in offered if edit.kernel} | {layer.kernel for layer in network.layers.values() if layer.kernel})
        self.kernels = tuple(kernels) if kernels is not None else tuple(known)
        if unknown := [kernel for kernel in self.kernels if kernel not in known]:
            raise ValueError(f"`kernels` has {unknown[0]}; allowed are those of the space: {', '.join(map(str, known))}")
        self.inherit = self._may_inherit(inherit)
        self.wants = ("warm_start",) * self.inherit  # type: ignore[misc]  # of this one, not of the class
        self.begin(Actors(whole("hidden", hidden), whole("embedding", embedding), max(1, len(self.kernels))), torch_rng(seed, "policy"))
        self.rooted = not self.inherit  # whether the trial from which episodes begin is there to inherit from
        self.asked_root = False
        self.best: tuple[float, Trial] | None = None
        self.answers = 0

    def _may_inherit(self, inherit: bool | None) -> bool:
        if inherit not in (None, True, False) or type(inherit) is int:
            raise ValueError(f"`inherit` is {inherit!r}; allowed are None, True and False (chapter 12)")
        carried = carries_weights(Widen(1, 1)) and carries_weights(Deepen(1))
        if inherit and not carried:
            raise ValueError("`inherit` is True, and Widen and Deepen carry no weights over; allowed are None and False (chapter 12)")
        return carried if inherit is None else inherit

    # one episode

    def episode(self, start: Trial, choose: Choose) -> list[Edit]:
        network, made = self.space.plan(start.arch), list[Edit]()
        for _ in range(self.wider):
            network = self._made(network, self._widened(network, choose), made)
        for _ in range(self.deeper):
            network = self._made(network, self._deepened(network, choose), made)
        return made

    def _made(self, network: Network, edits: Sequence[Edit], made: list[Edit]) -> Network:
        for edit in edits:
            network = edit.child(network)  # type: ignore[attr-defined]
        made.extend(edits)
        return network

    def _widened(self, network: Network, choose: Choose) -> list[Edit]:
        """One decision for each layer that can be wider."""
        moves = self._wider_ones(network)
        if not moves:
            return []
        states, _ = self.policy.encode([network.layers[number] for number in network.order])
        scores = self.policy.wider(states)[:, 0]
        return [moves[number] for place, number in enumerate(network.order) if number in moves
                and choose(torch.stack([scores[place] * 0, scores[place]]))]  # fmt: skip

    def _wider_ones(self, network: Network) -> dict[int, Edit]:
        """Layer -> what makes it wider, where that is allowed."""
        if self.widths is None:
            return {edit.layer: edit for edit in reversed(self._offered(network, "widen"))}
        arch, found = network.arch(), dict[int, Edit]()
        for number, layer in network.layers.items():
            if layer.width is not None and (more := [width for width in self.widths if width > layer.width]):
                edit = Widen(number, more[0] - layer.width)
                if self._allowed(edit(arch)):
                    found[number] = edit
        return found

    def _allowed(self, arch: Arch) -> bool:
        try:
            self.space.validate(arch)
        except ValueError:
            return False
        return True

    def _offered(self, network: Network, operator: str) -> list[Any]:
        """The space's edits by this operator, with seeds that mean nothing yet; kept until a batch is full, as learning asks again."""
        key = network.arch(), operator
        if key not in self.offers:
            self.offers[key] = self.space.edits(network.arch(), Random(0), (operator,))
        return self.offers[key]

    def update(self, episodes: list[Episode], rewards: list[float]) -> None:
        super().update(episodes, rewards)
        self.offers.clear()

    def _deepened(self, network: Network, choose: Choose) -> list[Edit]:
        """A block, a layer in it, a kernel; nothing where there is no room."""
        moves = {(edit.layer, edit.kernel): edit for edit in self._offered(network, "deepen") if edit.kind == network.layers[edit.layer].kind}
        moves = {(layer, kernel): edit for (layer, kernel), edit in moves.items() if kernel is None or kernel in self.kernels}
        blocks = [[layer for layer in block if any(layer == one for one, _ in moves)] for block in blocks_of(network)]
        legal = [number for number, block in enumerate(blocks) if block]
        if not legal:
            return []
        if len(blocks) > LONGEST or max(map(len, blocks)) > LONGEST:
            raise ValueError(f"`space` has a network of {len(blocks)} blocks of up to {max(map(len, blocks))} layers; allowed are up to {LONGEST} of each")
        _, state = self.policy.encode([network.layers[number] for number in network.order])
        state = self.policy.decoder(self.policy.picked.weight[0], state)
        block = legal[choose(self.policy.block(state[0])[legal])]
        state = self.policy.decoder(self.policy.picked.weight[1 + block], state)
        place = choose(self.policy.place(state[0])[: len(blocks[block])])
        layer = blocks[block][place]
        if network.layers[layer].kind not in CONVS:
            return [moves[layer, None]]
        state = self.policy.decoder(self.policy.picked.weight[1 + LONGEST + place], state)
        kernels = [kernel for kernel in self.kernels if (layer, kernel) in moves]
        taken = choose(self.policy.kernel(state[0])[[self.kernels.index(kernel) for kernel in kernels]])
        return [moves[layer, kernels[taken]]]

    # the search

    def ask(self) -> Trial | None:
        if not self.rooted:
            if self.asked_root:
                return None
            self.asked_root = True
            return self.start
        edits, episode = self.drawn(self.start)
        seeded = tuple(replace(edit, seed=self.rng.getrandbits(32)) for edit in edits)
        edit = Several(seeded) if seeded else Unchanged()
        arch = edit(self.start.arch)  # type: ignore[arg-type]
        return self.out(Trial(arch, warm_start=self.start.key, edit=edit) if self.inherit else Trial(arch), episode)

    def tell(self, trial: Trial, result: Result) -> None:
        if self.asked_root and not self.rooted and trial.key == self.start.key:
            self.rooted, self.inherit = True, result.usable  # nothing to inherit from where it came to nothing
        if trial.key in self.flying and result.usable:
            if self.best is None or result.error < self.best[0]:
                self.best = result.error, trial
            self.answers += 1
            if self.answers in self.restarts:
                self.start = self.best[1]
        super().tell(trial, result)


def blocks_of(network: Network) -> list[list[int]]:
    """The layers with a width of each block: pools end a block, dense layers are one of their own.

    >>> blocks_of(Network.chain([("conv", 8, 3), ("max",), ("conv", 8, 3), ("conv", 8, 3), ("dense", 16)]))
    [[1], [3, 4], [5]]
    """
    blocks: list[list[int]] = [[]]
    before = ""
    for number in network.order:
        kind = network.layers[number].kind
        if kind in POOLS or (kind == "dense" and before in (*CONVS, "flatten")):
            blocks.append([])
        if kind in WIDE:
            blocks[-1].append(number)
        before = kind
    return blocks


def _rising(values: Any) -> bool:
    return isinstance(values, (tuple, list)) and all(is_whole(n, 1) for n in values) and list(values) == sorted({*values})


def _check_chain(network: Network, widths: Sequence[int] | None) -> None:
    """Refuses what is no chain, or has a width that is not on the list."""
    reads = [network.layers[number].reads for number in network.order]
    if reads != [(number,) for number in (0, *network.order[:-1])] or network.output != network.order[-1]:
        raise ValueError("`space` starts with a network that is no chain; allowed are chains: each layer reads the one before it (chapter 7)")
    if widths is not None:
        for number in network.order:
            if (width := network.layers[number].width) is not None and width not in widths:
                raise ValueError(f"`widths` are {tuple(widths)}; allowed are lists with all widths of the start, and layer {number} has {width}")
