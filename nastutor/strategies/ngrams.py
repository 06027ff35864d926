"""Sequential model-based optimisation with n-grams: how often which modules follow each other predicts the accuracy (chapter 6)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

from nastutor.core import Strategy
from nastutor.inputs import positive, require, whole
from nastutor.values import Arch, Result, Trial

LARGEST = 1e6  # |reward|
Gram = tuple[str, ...]
Counts = Counter[Gram]


class NGramSMBO(Strategy):
    """Ridge regression on n-gram counts ranks random architectures, epsilon-greedily (Negrinho & Gordon 2017, section 5.3; defaults of the release).

    A sequence is layer_kinds(arch) of the space, one layer after the other; of a space without, the decisions, as "name=value"
    (ours: the paper has module sequences alone). Features are its length and how often each n-gram comes in it, the target is 1 - error. Each trial is
    the best of some random architectures by the prediction; before the first answer they are all alike.

    candidates  random architectures for each trial         epsilon  how often one of them is taken at random instead of the best
    longest     of n                                        least    n-grams that came less often in all told so far are left out
    ridge       weight of the squared weights; the mean accuracy is not penalised

    What was asked for is not asked again while a candidate is new. Failed trials earn the smallest reward so far, and so do those with
    |1 - error| above 10^6; before the first reward they teach nothing.
    """

    needs = ("sample",)
    chapter = 6

    def __init__(
        self, space: Any, *, candidates: int = 50, epsilon: float = 0.25, longest: int = 4, least: int = 3, ridge: float = 1000.0, seed: int = 0
    ) -> None:
        super().__init__(space, seed=seed)
        require("epsilon", epsilon, lambda p: 0 <= p <= 1, "probabilities from 0 to 1")
        self.candidates, self.epsilon = whole("candidates", candidates), epsilon
        self.longest, self.least, self.ridge = whole("longest", longest), whole("least", least), positive("ridge", ridge)
        self.told: list[tuple[Counts, int, float]] = []  # of each architecture: its n-grams, its length, its reward
        self.seen: Counts = Counter()  # of all of them
        self.known: set[Arch] = set()  # asked or told
        self.worst = math.nan
        self.weights: dict[Gram | None, float] = {}  # None: of the length
        self.stale = False  # whether something was told since they were fitted

    def ask(self) -> Trial:
        drawn = list(dict.fromkeys(self.space.sample(self.rng) for _ in range(self.candidates)))
        new = [arch for arch in drawn if arch not in self.known] or drawn
        arch = self.rng.choice(new) if self.rng.random() < self.epsilon else max(new, key=self.predict)  # ties: the first drawn
        self.known.add(arch)
        return Trial(arch)

    def tell(self, trial: Trial, result: Result) -> None:
        if (arch := self.comparable(trial)) is None:
            return
        self.known.add(arch)
        reward = 1 - result.error
        if not result.usable or abs(reward) > LARGEST:
            reward = self.worst
        if reward == reward:
            self.worst = min(reward, self.worst)
            words = self.sequence(arch)
            grams = self.grams(words)
            self.told.append((grams, len(words), reward))
            self.seen += grams
            self.stale = True

    def sequence(self, arch: Arch) -> tuple[str, ...]:
        """What the n-grams are of."""
        return tuple(self.space.layer_kinds(arch)) if hasattr(self.space, "layer_kinds") else tuple(f"{name}={value}" for name, value in arch.choices)

    def grams(self, words: Sequence[str]) -> Counts:
        """How often each n-gram of up to `longest` words comes.

        >>> from nastutor.spaces import ChoiceSpace
        >>> dict(NGramSMBO(ChoiceSpace.of({"x": (1, 2)}), longest=2).grams("aba"))
        {('a',): 2, ('b',): 1, ('a', 'b'): 1, ('b', 'a'): 1}
        """
        return Counter(tuple(words[start : start + n]) for n in range(1, self.longest + 1) for start in range(len(words) - n + 1))

    def predict(self, arch: Arch) -> float:
        """How much more accurate than a network without any of these n-grams; 0 before the first answer."""
        if self.stale:
            self.weights, self.stale = self._fitted(), False
        words = self.sequence(arch)
        get = self.weights.get
        return get(None, 0.0) * len(words) + sum(count * get(gram, 0.0) for gram, count in self.grams(words).items())

    def _fitted(self) -> dict[Gram | None, float]:
        """The weights w that minimise |y - mean - X w|^2 + ridge |w|^2, all columns of X centred."""
        import numpy as np
        from scipy.sparse.linalg import LinearOperator, lsqr

        names: list[Gram | None] = [None, *(gram for gram, count in self.seen.items() if count >= self.least)]
        matrix, rewards = self._matrix(names), np.array([reward for *_, reward in self.told])
        means = np.asarray(matrix.mean(axis=0)).ravel()
        centred = LinearOperator(  # without making it dense
            matrix.shape, matvec=lambda w: matrix @ w - means @ w, rmatvec=lambda r: matrix.T @ r - means * r.sum(), dtype=np.float64
        )
        weights = lsqr(centred, rewards - rewards.mean(), damp=math.sqrt(self.ridge), atol=1e-10, btol=1e-10)[0]
        return dict(zip(names, weights.tolist(), strict=True))

    def _matrix(self, names: list[Gram | None]) -> Any:
        """Lengths and counts of all told, sparse (n, 1 + n-grams)."""
        from scipy.sparse import csr_array

        column = {name: place for place, name in enumerate(names)}
        counts: list[float] = []
        places: list[int] = []
        ends = [0]
        for grams, length, _ in self.told:
            known = [gram for gram in grams if gram in column]
            counts += [float(length), *(float(grams[gram]) for gram in known)]
            places += [0, *(column[gram] for gram in known)]
            ends.append(len(counts))
        return csr_array((counts, places, ends), shape=(len(self.told), len(names)))
