"""What is left of a network when the parts that cannot matter are taken away.

Dead is a node that does not reach the output, or that the input does not reach; the op `zero` cuts the way. A dead term of a sum is left
out, a dead part of a concat or of a shaken mean is replaced by zeros, a product with a dead factor is dead. Strictly, a batch norm of zeros gives its shift and
a biased convolution its bias, which start at 0 and could be trained, and a sigmoid of zeros gives 1/2; here a part that the input does not
reach is exactly absent, in counting and in training alike, so that networks that differ only in such parts are one. Identities disappear,
and so do sums and concats of a single input. Names stay.

If the input does not reach the output at all, a layer at the end stays, fed by zeros: it can still learn how frequent the classes are. Any
other node at the end becomes zeros itself.
"""

from __future__ import annotations

from nastutor.nets.graph import GraphBuilder, LayerGraph, Node
from nastutor.nets.ops import OPS


def simplified(graph: LayerGraph) -> LayerGraph:
    alive = _alive(graph)
    builder = LayerGraph.start(graph.nodes[0].shape)
    new = {"input": "input"}  # name in the graph -> name of the node that stands for it
    for node in graph.nodes[1:]:
        if node.name in alive:
            inputs = [
                new[name] if name in new else _zeros(builder, graph.node(name)) for name in node.inputs if name in alive or node.op in ("concat", "shake")
            ]
            new[node.name] = inputs[0] if _passes(node, inputs) else _copy(builder, graph, node, inputs)
    if graph.output not in new:
        last = graph.node(graph.output)
        new[last.name] = (
            _copy(builder, graph, last, [_zeros(builder, graph.node(name)) for name in last.inputs]) if OPS[last.op].layers else _zeros(builder, last)
        )
    return _reaching(builder.finish(new[graph.output]))


def _alive(graph: LayerGraph) -> set[str]:
    """The nodes that the input reaches without passing a `zero`."""
    alive = {"input"}
    for node in graph.nodes[1:]:
        reached = all if node.op == "mul" else any  # a product with zeros is zeros
        if node.op != "zero" and reached(name in alive for name in node.inputs):
            alive.add(node.name)
    return alive


def _passes(node: Node, inputs: list[str]) -> bool:
    return node.op == "identity" or (node.op in ("add", "concat") and len(inputs) == 1)


def _copy(builder: GraphBuilder, graph: LayerGraph, node: Node, inputs: list[str]) -> str:
    """The node with these inputs; where they are those that it has, of the same shapes, it is not checked again."""
    if node.inputs == tuple(inputs) and [builder.shape(name) for name in inputs] == graph.shapes(node):
        builder.nodes[node.name] = node
        return node.name
    return builder.add(node.op, *inputs, name=node.name, group=node.group, **dict(node.attrs))  # type: ignore[arg-type]


def _zeros(builder: GraphBuilder, node: Node) -> str:
    """Zeros in place of a dead node, once."""
    if node.name in builder.nodes:
        return node.name
    return builder.add("zero", "input", name=node.name, group=node.group, shape=node.shape)


def _reaching(graph: LayerGraph) -> LayerGraph:
    """Without the nodes that do not reach the output."""
    needed = {"input", graph.output}
    for node in reversed(graph.nodes):
        if node.name in needed:
            needed.update(node.inputs)
    return LayerGraph(tuple(node for node in graph.nodes if node.name in needed), graph.output)
