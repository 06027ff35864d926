"""How alike two architectures are: kernels for Gaussian processes, and the distances in them (chapter 5)."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__, submod_attrs={"base": ["Kernel", "OneHot"], "arc": ["Arc"], "otmann": ["OTMANN"], "edit_distance": ["EditDistance"]}
)
