"""Built networks for other programs: by torch's own exporters, checked on the spot."""

from __future__ import annotations

import re
import warnings
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nastutor.nets.build import Net
    from nastutor.nets.graph import LayerGraph

FORMATS = {".pt": "TorchScript", ".pt2": "torch.export", ".onnx": "ONNX"}


def export(net: Net, path: str | Path) -> Path:
    """Writes a network, in evaluation and on the CPU, for batches of any size; what the ending says decides the form.

    .pt    TorchScript: `torch.jit.load(path)`, also from C++
    .pt2   `torch.export.load(path).module()`
    .onnx  for other runtimes; needs the packages onnx and onnxscript

    The network itself stays as it is. TorchScript and torch.export are loaded again and compared on three images before the path is returned.
    """
    path = Path(path)
    if path.suffix not in FORMATS:
        raise ValueError(f"`path` is {str(path)!r}; allowed are the endings {', '.join(f'{ending} ({name})' for ending, name in FORMATS.items())}")
    if path.suffix == ".onnx" and (missing := [name for name in ("onnx", "onnxscript") if find_spec(name) is None]):
        raise ModuleNotFoundError(f"`path` is {str(path)!r}: ONNX needs the package {missing[0]}, which is not installed; allowed without it are .pt and .pt2")
    own = _copy(net)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # TorchScript's own announcements
        _write(own, path)
        if path.suffix != ".onnx":
            _compare(own, path)
    return path


def export_of(graph: LayerGraph, path: str | Path, net: Net | None = None) -> Path:
    """The same for a graph: `net` is what was built from it (and trained); None is a network with the weights of seed 0."""
    if net is not None and getattr(net, "graph", None) != graph:
        raise ValueError(f"`net` is {type(net).__name__}, which was not built from this graph; allowed are None and what `graph.build()` gave")
    return export(graph.build() if net is None else net, path)


def _copy(net: Net) -> Net:
    """The same weights in a module of its own, in evaluation, on the CPU; names are made plain, as torch.export cannot read commas back."""
    from nastutor.nets.build import Net
    from nastutor.nets.graph import LayerGraph

    new = {node.name: f"{number}_{re.sub(r'[^0-9A-Za-z]+', '_', node.name)}" for number, node in enumerate(net.graph.nodes)}
    nodes = tuple(replace(node, name=new[node.name], inputs=tuple(new[name] for name in node.inputs)) for node in net.graph.nodes)
    own = Net(LayerGraph(nodes, new[net.graph.output])).to_empty(device="cpu")
    state = [(key.partition("."), value) for key, value in net.state_dict().items()]
    own.load_state_dict({f"{new[name]}.{rest}": value for (name, _, rest), value in state})
    dtypes = {value.dtype for value in net.parameters()}
    return (own.to(dtypes.pop()) if len(dtypes) == 1 else own).eval()


def _images(net: Net, count: int) -> Any:
    import torch

    from nastutor.rng import torch_rng

    dtype = next((value.dtype for value in net.parameters()), torch.float32)
    return torch.randn(count, *net.graph.nodes[0].shape, generator=torch_rng(0, "export"), dtype=dtype)


def _write(net: Net, path: Path) -> None:
    import torch

    example = _images(net, 2)
    if path.suffix == ".pt":
        torch.jit.save(torch.jit.trace(net, example), str(path))  # type: ignore[no-untyped-call]
        return
    program = torch.export.export(net, (example,), dynamic_shapes=({0: torch.export.Dim("batch", min=1)},))
    if path.suffix == ".pt2":
        torch.export.save(program, path)
    else:
        torch.onnx.export(program, f=str(path), dynamo=True, verbose=False)


def _compare(net: Net, path: Path) -> None:
    import torch

    loaded = torch.jit.load(str(path)) if path.suffix == ".pt" else torch.export.load(path).module()  # type: ignore[no-untyped-call]
    images = _images(net, 3)
    with torch.no_grad():
        if not torch.allclose(loaded(images), net(images), rtol=1e-4, atol=1e-5):
            path.unlink()
            raise RuntimeError(f"the network written as {FORMATS[path.suffix]} gives other outputs than the one in memory")
