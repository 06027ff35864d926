"""How sharp the validation loss is in alpha: the sign by which DARTS is known to collapse, and the stop that heeds it (chapter 9).

Where the dominant eigenvalue of its Hessian grows, an architecture that is rounded from alpha loses much of what its mixture had (Zela et al. 2020,
sections 3 and 4).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from nastutor.history import History
from nastutor.inputs import positive, share, whole
from nastutor.rng import torch_rng
from nastutor.spaces.relaxed import check_weights
from nastutor.values import Arch


def dominant_eigenvalue(shared: Any, alpha: Mapping[str, Any], *, images: int = 256, iterations: int = 20, tolerance: float = 1e-3, seed: int = 0) -> float:
    """The eigenvalue of largest size of the Hessian of the validation loss in alpha, at mixtures softmax(alpha), by power iteration.

    shared      a SharedWeights; its weights and statistics stay as they are
    alpha       decision -> (options,), of all decisions of its supernet
    images      so many of those that mixtures are judged by, the same each time
    tolerance   relative change at which it ends before so many `iterations`
    """
    import torch

    whole("images", images), whole("iterations", iterations), positive("tolerance", tolerance)
    given = {name: torch.as_tensor(own, dtype=torch.float32, device=shared.recipe.device).detach() for name, own in alpha.items()}
    check_weights(shared.supernet.sites, given, "alpha")
    leaves = [own.requires_grad_() for own in given.values()]
    with shared.looking():
        slope = torch.autograd.grad(_loss(shared, list(alpha), leaves, images), leaves, create_graph=True)
        flat = torch.cat(list(slope))
        way = torch.randn(len(flat), generator=torch_rng(seed, "curvature")).to(flat)
        value = 0.0
        for _ in range(iterations):
            way = way / way.norm().clamp(min=1e-30)
            found = torch.cat(torch.autograd.grad(flat, leaves, way, retain_graph=True))
            before, value = value, float(found @ way)
            if abs(value - before) <= tolerance * abs(value):
                break
            way = found
    return value


def _loss(shared: Any, names: list[str], leaves: list[Any], images: int) -> Any:
    """() of the plain supernet: what is fused can be differentiated once only."""
    import torch
    from torch.nn.functional import cross_entropy

    from nastutor.nets.mixed import MixedNet

    fit = shared.fit
    weights = {name: torch.softmax(leaf, 0) for name, leaf in zip(names, leaves, strict=True)}
    return cross_entropy(MixedNet.forward(fit.net, fit.glances.x[:images], weights), fit.glances.y[:images])


def _softmax(strategy: Any) -> bool:
    """Whether the shares of its options are those at which `dominant_eigenvalue` looks."""
    import torch

    alike = (own.ndim == 1 and torch.equal(strategy.shares(name), torch.softmax(own, 0)) for name, own in strategy.alpha.items())
    return hasattr(strategy, "shares") and all(alike)


class Curvature:
    """Its `stop` is a callback of `nt.search` that ends a gradient search where the curvature has risen: mean(t - back) / mean(t) < `ratio`
    (Zela et al. 2020, section 4.3, where the ratio is 0.75 and both numbers are 5 epochs).

    Means are over the last `window` values; one is taken every `every` answers. `arch` is then the architecture of `back` values before.

    strategy  a gradient method, whose alpha says how likely each option is
    shared    the SharedWeights that it searches with
    measure   shared, alpha -> a number; None: `dominant_eigenvalue`

    >>> import nastutor as nt
    >>> space, task = nt.spaces.CellSpace(nodes=3), nt.tasks.digits(train_size=50)
    >>> shared, strategy = nt.estimators.SharedWeights(space, task, channels=4, batch_size=10), nt.DARTS(space)
    >>> curvature = nt.estimators.Curvature(strategy, shared, every=2)
    >>> history = nt.search(strategy, shared, trials=4, callbacks=[curvature.stop], progress=False)
    >>> len(curvature.values), curvature.stopped
    (2, False)
    """

    def __init__(
        self, strategy: Any, shared: Any, *, every: int = 10, window: int = 5, back: int = 5, ratio: float = 0.75, measure: Callable[..., float] | None = None
    ) -> None:
        if not hasattr(strategy, "alpha"):
            raise TypeError(f"`strategy` is {type(strategy).__name__}, which has no alpha; allowed are gradient methods such as nt.DARTS (chapter 9)")
        if measure is None and not _softmax(strategy):
            raise TypeError(
                f"`strategy` is {type(strategy).__name__}, whose shares of options are not softmax(alpha); allowed are gradient methods such as nt.DARTS, "
                "or a `measure` of your own (chapter 9)"
            )
        self.strategy, self.shared, self.measure = strategy, shared, measure or dominant_eigenvalue
        self.every, self.window, self.back, self.ratio = whole("every", every), whole("window", window), whole("back", back), share("ratio", ratio)
        self.values: list[float] = []
        self.archs: list[Arch] = []
        self.stopped = False

    def stop(self, history: History) -> bool:
        if len(history) % self.every == 0 and not self.stopped:
            self.values.append(abs(self.measure(self.shared, {name: own.detach() for name, own in self.strategy.alpha.items()})))
            self.archs.append(self.strategy.recommend(history))
            self.stopped = len(self.values) >= self.window + self.back and self._mean(self.back) < self.ratio * self._mean(0)
        return self.stopped

    def _mean(self, back: int) -> float:
        """Of the values that there were so many values ago."""
        end = len(self.values) - back
        return float(np.mean(self.values[max(0, end - self.window) : end]))

    @property
    def arch(self) -> Arch:
        """What to use: of before the rise, or the last one where there was none."""
        if not self.archs:
            raise ValueError("no value was taken yet: the search ended before `every` answers")
        return self.archs[-1 - self.back if self.stopped else -1]
