"""Hypernetworks: networks that write the weights of other networks, from the graph or from the code of an architecture (chapter 13)."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__, submod_attrs={"bank_weights": ["BankWeights"], "chunks": ["Chunks"], "graph_weights": ["GraphWeights"], "messages": ["Messages", "Wiring"]}
)
