"""Settings of spaces of networks for vectors, as published."""

from __future__ import annotations

from typing import Any

from nastutor.spaces.numbers import Numbers

# The options of Auto-Net's space, `AutoNetSpace(**AUTONET)`: the ranges of the release for auto-sklearn.
AUTONET: dict[str, Any] = {
    "layers": (1, 2, 3, 4, 5, 6),
    "solvers": ("adam", "adadelta", "adagrad", "sgd", "momentum", "nesterov", "smorms3"),
    "policies": ("fixed", "inv", "exp", "step"),
    "inits": ("constant", "normal", "uniform", "glorot_normal", "glorot_uniform", "he_normal", "he_uniform", "orthogonal", "sparse"),
    "ranges": {
        "batch_size": Numbers(32, 4096, "log", True), "lr": Numbers(1e-6, 1.0, "log"), "weight_decay": Numbers(1e-7, 1e-2, "log"),
        "dropout_out": Numbers(0, 0.99), "units": Numbers(64, 4096, "log", True), "dropout": Numbers(0, 0.99), "std": Numbers(1e-6, 0.1, "log"),
        "leakiness": Numbers(0.01, 0.99), "scale_in": Numbers(0.5, 1.0), "scale_out": Numbers(1.1, 3.0, "log"), "momentum": Numbers(0.3, 0.999),
        "beta1": Numbers(1e-4, 0.1, "log"), "beta2": Numbers(1e-4, 0.1, "log"), "rho": Numbers(0.05, 0.99, "log"),
        "gamma": Numbers(1e-3, 0.1), "power": Numbers(0, 1), "every": Numbers(2, 20, "linear", True),
    },
}  # fmt: skip
