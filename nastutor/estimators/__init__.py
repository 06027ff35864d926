"""Estimators: what an architecture is worth. `Table` and the wrappers need no torch, which comes with `Train`."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "base": ["Estimator"],
        "combine": ["Averaged", "Cached"],
        "cost": ["measure_latency"],
        "curvature": ["Curvature", "dominant_eigenvalue"],
        "fabric": ["Fabric"],
        "ghn": ["GHN"],
        "nasbench_file": ["NASBench101File"],
        "nats_file": ["NATSBenchFile"],
        "option_costs": ["option_costs"],
        "pipeline": ["Pipeline"],
        "population": ["Population"],
        "pruning_looks": ["ablations", "prediction_change", "predictions"],
        "shared": ["SharedWeights"],
        "smash": ["SMASH"],
        "store": ["WeightStore"],
        "table": ["Table"],
        "train": ["Train"],
    },
)
