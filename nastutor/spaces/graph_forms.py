"""One graph of NAS-Bench-101 in the benchmark's own form: a matrix of edges and a list of operations; checked, pruned, hashed, given channels.

The matrix is (V, V), entry (i, j) is 1 for an edge i -> j; vertex 0 is the input, the last one the output. Ying et al. 2019, section 2;
the rules for channels, and the hash, are those of the released code (model_builder.py, graph_util.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import md5
from typing import Any

import numpy as np
from numpy.typing import NDArray

PUBLISHED = {"conv3": "conv3x3-bn-relu", "conv1": "conv1x1-bn-relu", "maxpool3": "maxpool3x3"}  # in the benchmark's order

Matrix = NDArray[np.int8]


def checked(matrix: Any, ops: Sequence[str]) -> tuple[Matrix, tuple[str, ...]]:
    """The matrix as int8 and the operations under our names, if they describe a graph at all."""
    try:
        array = np.array(matrix)
    except ValueError:
        raise ValueError(f"`matrix` is {matrix!r}; allowed is (V, V): rows of one length") from None
    if array.ndim != 2 or array.shape[0] != array.shape[1] or len(array) < 2:
        raise ValueError(f"`matrix` has the shape {array.shape}; allowed is (V, V) with V from 2: a row and a column for each vertex")
    if not np.isin(array, (0, 1)).all():
        raise ValueError(f"`matrix` holds {array[~np.isin(array, (0, 1))][0]!r}; allowed are 0 and 1, for an edge")
    if (wrong := np.argwhere(np.tril(array))).size:
        i, j = wrong[0].tolist()
        raise ValueError(f"`matrix` has an edge {i}->{j}; allowed are edges to later vertices: it must be upper triangular, with zeros on the diagonal")
    return array.astype(np.int8), _names(ops, len(array))


def _names(ops: Sequence[str], vertices: int) -> tuple[str, ...]:
    own = {name: op for op, published in PUBLISHED.items() for name in (op, published)}
    if isinstance(ops, str) or len(ops) != vertices:
        raise ValueError(f"`ops` is {ops!r}; allowed is a name for each of the {vertices} vertices of `matrix`, 'input' and 'output' included")
    if (ops[0], ops[-1]) != ("input", "output"):
        raise ValueError(f"`ops` begins with {ops[0]!r} and ends with {ops[-1]!r}; allowed are 'input' and 'output' there, and only there")
    if unknown := [op for op in ops[1:-1] if op not in own]:
        raise ValueError(f"`ops` has {unknown[0]!r}; allowed between 'input' and 'output' are {', '.join(own)}")
    return ("input", *(own[op] for op in ops[1:-1]), "output")


def pruned(matrix: Matrix, ops: Sequence[str]) -> tuple[Matrix, tuple[str, ...]]:
    """The graph without the vertices that lie on no way from input to output; refused where there is no such way."""
    last = len(matrix) - 1
    reached, reaching = {0}, {last}
    for vertex in range(1, last + 1):
        if any(matrix[other, vertex] for other in reached):
            reached.add(vertex)
    for vertex in range(last - 1, -1, -1):
        if any(matrix[vertex, other] for other in reaching):
            reaching.add(vertex)
    if last not in reached:
        raise ValueError(f"`matrix` has no way from the input (vertex 0) to the output (vertex {last}); allowed are graphs with one")
    live = sorted(reached & reaching)
    return matrix[np.ix_(live, live)], tuple(ops[vertex] for vertex in live)


def published_hash(matrix: Matrix, ops: Sequence[str]) -> str:
    """The name of a pruned graph in the benchmark's files: 32 hexadecimal digits, the same for every order of its vertices.

    Each vertex starts with a hash of its numbers of edges and its operation, which is mixed V times with those of its neighbours
    (refinement of colours, as in the test of Weisfeiler and Lehman). For <= 7 vertices and <= 9 edges different graphs have different ones.
    """
    labels = [-1, *(list(PUBLISHED).index(op) for op in ops[1:-1]), -2]
    hashes = [_md5(str(start)) for start in zip(matrix.sum(1).tolist(), matrix.sum(0).tolist(), labels, strict=True)]
    for _ in labels:
        into, out = ([sorted(hashes[i] for i in np.flatnonzero(row)) for row in side] for side in (matrix.T, matrix))
        hashes = [_md5("|".join(("".join(before), "".join(behind), own))) for before, behind, own in zip(into, out, hashes, strict=True)]
    return _md5(str(sorted(hashes)))


def _md5(text: str) -> str:
    return md5(text.encode(), usedforsecurity=False).hexdigest()


def vertex_channels(matrix: Matrix, channels: int) -> list[int]:
    """Channels of each interior vertex of a pruned graph, whose output has `channels`.

    The vertices that feed the output share its channels, the first ones take one more where that is uneven; any other has as many as
    the largest of those it feeds.
    """
    last = len(matrix) - 1
    feeding = np.flatnonzero(matrix[1:last, last]) + 1
    widths = dict.fromkeys(range(last), 0)
    for number, vertex in enumerate(feeding.tolist()):
        widths[vertex] = channels // len(feeding) + (number < channels % len(feeding))
    for vertex in range(last - 1, 0, -1):
        if not matrix[vertex, last]:
            widths[vertex] = max(widths[other] for other in range(vertex + 1, last) if matrix[vertex, other])
    return [widths[vertex] for vertex in range(1, last)]
