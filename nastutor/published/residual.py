"""Settings of spaces of residual networks, as published."""

from __future__ import annotations

from typing import Any

# Zela et al. 2018, by their release: 17 hyperparameters, `JointSpace(ResidualSpace(**ZELA), ZELA_TRAINING)`, with some numbers of each range as options.
ZELA: dict[str, Any] = {
    "filters": (8, 11, 16, 23, 32),
    "blocks": (1, 2, 4, 8, 16),
    "branches": (1, 2, 3, 4, 5),
    "factors": (0.5, 1.0, 2.0, 4.0),  # the release's first factor goes up to 8
    "groups": 3,
    "death_rates": (0.0, 0.25, 0.5, 0.75),  # the release's go up to 1, and have an effect only where ours are decided
}

ZELA_TRAINING: dict[str, tuple[float, ...]] = {
    "lr": (0.001, 0.01, 0.1, 1.0),
    "batch_size": (32, 64, 128),
    "weight_decay": (1e-5, 1e-4, 1e-3),
    "momentum": (0.001, 0.33, 0.66, 0.99),
    "mixup": (0.0, 0.2, 0.5, 1.0),
    "cutout": (0, 5, 10, 15, 20),  # for images of 32x32
}
