"""Networks as graphs: `LayerGraph` is the one form that is counted, drawn, compared and built; no torch until something is built."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__, submod_attrs={"graph": ["Counts", "GraphBuilder", "LayerGraph", "Node"], "op": ["Op"], "ops": ["OPS"], "build": ["Net", "build"]}
)
