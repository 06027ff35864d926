"""Activation memory and depth of operations with an inside: against the same written as single nodes, and against what autograd keeps."""

from types import SimpleNamespace

import pytest

torch = pytest.importorskip("torch")

from nastutor.nets.graph import LayerGraph  # noqa: E402
from nastutor.spaces import CellSpace, ChainSpace, MobileSpace, RecurrentSpace  # noqa: E402
from tests.nets.graphs import step  # noqa: E402

DIGITS = SimpleNamespace(name="digits", shape=(1, 8, 8), classes=10)


def saved(graph, batch=4):
    """The numbers that autograd keeps for one image: every tensor that a backward pass reads once, without weights and places of maxima."""
    net, found = graph.build(seed=0).train(), {}

    def pack(tensor):
        if tensor.is_floating_point() and not isinstance(tensor, torch.nn.Parameter):
            found[tensor.untyped_storage().data_ptr()] = tensor  # held, so that no other takes its place
        return tensor

    images = torch.randn(batch, *graph.nodes[0].shape, generator=torch.Generator().manual_seed(0), requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        scores = net(images)
    scores.sum().backward()
    weights = {weight.untyped_storage().data_ptr() for weight in net.parameters()}
    return sum(tensor.untyped_storage().nbytes() / tensor.element_size() for place, tensor in found.items() if place not in weights) / batch


def one(shape, op, **attrs):
    builder = LayerGraph.start(shape)
    return builder.finish(builder.add(op, "input", **attrs))


def in_nodes(shape, *nodes):
    """A chain of nodes (op, settings)."""
    builder, name = LayerGraph.start(shape), "input"
    for op, attrs in nodes:
        name = builder.add(op, name, **attrs)
    return builder.finish(name)


def unrolled(rows, width):
    """`step()` of tests/nets/graphs.py, read by hand for each row of a flat image: the state is four zeros at first."""
    builder = LayerGraph.start((rows * width,))
    state = builder.add("zero", "input", shape=(4,))
    for row in range(rows):
        both = builder.add("concat", builder.add("slice", "input", start=row * width, channels=width), state)
        gate, new = builder.add("sigmoid", builder.add("linear", both, units=4)), builder.add("tanh", builder.add("linear", both, units=4, bias=False))
        old = builder.add("slice", both, start=width, channels=4)
        state = builder.add("add", old, builder.add("mul", gate, builder.add("add", new, builder.add("scale", old, by=-1))))
    return builder.finish(builder.add("slice", state, start=0, channels=3))


@pytest.mark.parametrize("stride", [1, 2])
def test_a_separable_convolution_keeps_what_lies_between_its_halves(stride):
    shape = (16, 32, 32)
    whole = one(shape, "sep_conv", channels=8, kernel=3, stride=stride)
    parts = in_nodes(shape, ("dw_conv", {"kernel": 3, "stride": stride}), ("conv", {"channels": 8, "kernel": 1}))
    assert whole.counts() == parts.counts() and whole.activations == 16 * 32 * 32 + 24 * (32 // stride) ** 2
    assert saved(whole) == saved(parts) == 16 * 32 * 32 + 16 * (32 // stride) ** 2, "the output is kept by what reads it"


def test_squeeze_and_excitation_keeps_what_its_parts_keep():
    shape = (6, 4, 4)
    whole = one(shape, "squeeze_excite", units=2)
    builder = LayerGraph.start(shape)
    x = builder.add("linear", builder.add("relu", builder.add("linear", builder.add("global_avg_pool", "input"), units=2)), units=6)
    flat = builder.finish(builder.add("sigmoid", x))
    assert whole.activations == flat.activations + 6 * 4 * 4 and whole.depth() == flat.depth() == 2
    assert saved(whole) == 6 * 4 * 4 + 6 + 2 + 6, "the image, its means, what follows ReLU, the scales"


def test_a_recurrent_layer_keeps_every_step():
    rows, width = 5, 8
    layer, nodes = one((2, rows, 4), "recurrent", step=step().to_json(), units=3), unrolled(rows, width)
    assert layer.activations - 2 * rows * 4 - 3 == nodes.activations - rows * width - 4, "the image, and the output there or the first state here, apart"
    assert layer.depth() == nodes.depth() == rows
    assert saved(layer) == pytest.approx(saved(nodes), rel=0.1)


@pytest.mark.parametrize(
    "space",
    [CellSpace(nodes=3), ChainSpace(kinds=("sep",), depths=(3,)), RecurrentSpace(), RecurrentSpace(4, "enas", units=8), MobileSpace(squeeze=True)],
    ids=repr,
)
def test_what_autograd_keeps_is_counted(space):
    """Counted is each output once, kept what a backward pass reads: sums and the last output are not, so it is less, and more than a third."""
    for seed in range(4):
        graph = space.graph(space.sample(seed), DIGITS)
        assert graph.activations / 3 < saved(graph) <= 1.02 * graph.activations
        assert graph.counts().activation_mb == 4 * graph.activations / 1e6


def test_the_depth_of_a_recurrent_network_is_that_of_all_its_steps():
    space = RecurrentSpace()
    arch = space.sample(0)
    assert space.graph(arch, DIGITS).depth() == 8 * space.step(arch, 8).depth() + 1
