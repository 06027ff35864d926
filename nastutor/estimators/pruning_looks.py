"""Looks at a one-shot model without labels, and without training: what it predicts when options are left out (chapter 13)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from nastutor.estimators.fit import CHUNK
from nastutor.inputs import require
from nastutor.values import Arch, Mixture

SPLITS = ("train", "valid")


def predictions(shared: Any, arch: Arch | Mixture | None = None, split: str = "valid") -> np.ndarray:
    """Probabilities (N, classes) that shared weights give the images of a split, along an architecture, under a mixture, or (None) with all options at once.

    Batch norm takes the statistics of the images, in parts of a few hundred, or those that `shared` says.
    """
    import torch

    require("split", split, lambda split: split in SPLITS, "'train' and 'valid'")
    asked = full(shared) if arch is None else arch
    with shared.looking(), torch.no_grad():
        route, fit = shared.route(asked), shared.fit
        fit.net.train(shared.recipe.statistics == "batch")
        x = torch.tensor(getattr(shared.task, split).x, device=shared.recipe.device)
        logits = torch.cat([fit.forward(part, route, fixed=True) for part in x.split(CHUNK)])
    return logits.softmax(1).double().cpu().numpy()  # type: ignore[no-any-return]


def full(shared: Any, without: tuple[str, int] | None = None) -> Mixture:
    """The mixture in which every option counts 1: the one-shot model itself; one option of a decision may be left out."""
    weights = {name: np.ones(len(options), dtype=np.float32) for name, options in shared.supernet.sites.items()}
    if without is not None:
        weights[without[0]][without[1]] = 0.0
    return Mixture(weights)


def prediction_change(shared: Any, archs: Iterable[Arch], split: str = "train") -> np.ndarray:
    """KL(p || q) + KL(q || p), the mean over images, between the whole one-shot model and each architecture in it: (n,), without any label.

    Bender et al. (2018, section 4.3) find that the architectures which change predictions least are those that are good alone.
    """
    whole = np.log(np.maximum(predictions(shared, None, split), 1e-12))
    found = []
    for arch in archs:
        own = np.log(np.maximum(predictions(shared, arch, split), 1e-12))
        found.append(float(((np.exp(whole) - np.exp(own)) * (whole - own)).sum(1).mean()))
    return np.array(found)


def ablations(shared: Any, split: str = "valid") -> dict[str, np.ndarray]:
    """decision -> (options,): by how much the error of the one-shot model rises when this option alone is left out."""
    y = getattr(shared.task, split).y

    def error(mixture: Mixture | None) -> float:
        return float((predictions(shared, mixture, split).argmax(1) != y).mean())

    whole = error(None)
    sites = shared.supernet.sites
    return {name: np.array([error(full(shared, (name, number))) - whole for number in range(len(options))]) for name, options in sites.items()}
