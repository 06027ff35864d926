"""Each operation: the shape rule and the counts agree with the module that is built and with a measured forward pass."""

import math

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch")

from nastutor.nets.graph import LayerGraph  # noqa: E402
from nastutor.nets.ops import OPS  # noqa: E402
from tests.nets.graphs import graphs, settings_of, step  # noqa: E402

LAYERS = (torch.nn.Conv2d, torch.nn.Linear)
SHAPES = st.sampled_from([(1, 8, 8), (3, 28, 28), (2, 32, 32), (6, 7, 5), (4, 1, 9), (6,)])


def measured(graph, batch=2):
    """(params, mult_adds, activation numbers, shape of each node) of a forward pass of the built module."""
    net, work = graph.build(), []

    def count(module, inputs, output):
        weights = module.weight.numel() // module.weight.shape[0]  # inputs of one output number
        work.append(output[0].numel() * weights)

    for module in net.modules():
        if isinstance(module, LAYERS):
            module.register_forward_hook(count)
    outputs = list(net.trace(torch.ones(batch, *graph.nodes[0].shape)))
    own = [out for node, out in outputs if not OPS[node.op].view]
    inside = sum(OPS[node.op].inside(dict(node.attrs), *graph.shapes(node)) for node in graph.nodes)  # test_saved.py measures it
    return (
        sum(p.numel() for p in net.parameters()),
        sum(work),
        sum(out[0].numel() for out in own) + inside,
        {node.name: tuple(out.shape) for node, out in outputs},
    )


def agrees(graph):
    params, work, numbers, shapes = measured(graph)
    counts = graph.counts()
    assert shapes == {node.name: (2, *node.shape) for node in graph.nodes}
    assert (counts.params, counts.mult_adds) == (params, work)
    assert math.isclose(counts.activation_mb, 4 * numbers / 1e6)


@pytest.mark.parametrize("op", [op for op in OPS if op != "input"])
def test_each_op(op):
    fitting = 0

    @settings(max_examples=40, deadline=None, database=None, suppress_health_check=[HealthCheck.filter_too_much])
    @given(shape=st.just((1, 8, 8)) if op == "recurrent" else SHAPES, attrs=settings_of(op), sources=st.integers(1, 3))
    def check(shape, attrs, sources):
        nonlocal fitting
        builder = LayerGraph.start(shape)
        try:
            output = builder.add(op, *["input"] * (max(sources, OPS[op].inputs[0]) if OPS[op].inputs[1] > 1 else 1), **attrs)
        except ValueError:
            assume(False)
        agrees(builder.finish(output))
        fitting += 1

    check()
    assert fitting >= 10


@settings(max_examples=60, deadline=None)
@given(graph=graphs())
def test_any_network(graph):
    agrees(graph)


def paths(graph, name):
    """Every path from the input to a node, as lists of nodes."""
    node = graph.node(name)
    return [[*path, node] for source in node.inputs for path in paths(graph, source)] or [[node]]


@settings(max_examples=30, deadline=None)
@given(graph=graphs(max_nodes=6))
def test_depth_is_the_longest_path(graph):
    layers = {"conv": 1, "dw_conv": 1, "sep_conv": 2, "linear": 1, "squeeze_excite": 2}

    def own(node):
        return graph.shapes(node)[0][1] if node.op == "recurrent" else layers.get(node.op, 0)  # one layer in each of its steps, a step for each row

    assert graph.counts().depth == max(sum(map(own, path)) for path in paths(graph, graph.output))


def test_depth_by_hand():
    b = LayerGraph.start((2, 4, 4))
    x = b.add("sep_conv", b.add("conv", "input", channels=2, kernel=1), channels=2, kernel=3)
    assert b.finish(b.add("add", x, "input")).counts().depth == b.finish(b.add("add", "input", x)).counts().depth == 3


@pytest.mark.parametrize(
    ("op", "attrs", "shape", "params", "mult_adds"),
    [
        ("conv", {"channels": 16, "kernel": 3}, (3, 32, 32), 432, 442_368),
        ("conv", {"channels": 6, "kernel": 5, "padding": 0, "bias": True}, (1, 32, 32), 156, 117_600),  # LeNet-5's first layer
        ("conv", {"channels": 8, "kernel": (1, 7), "stride": 2, "groups": 2}, (4, 7, 7), 112, 1_792),
        ("dw_conv", {"kernel": 3, "stride": 2}, (8, 28, 28), 72, 14_112),
        ("sep_conv", {"channels": 16, "kernel": 5}, (8, 8, 8), 328, 20_992),
        ("linear", {"units": 10}, (64,), 650, 640),
        ("bn", {}, (8, 8, 8), 16, 0),
        ("bn", {"affine": False}, (8,), 0, 0),
        ("avg_pool", {"kernel": 3}, (8, 8, 8), 0, 0),
    ],
)
def test_counts_by_hand(op, attrs, shape, params, mult_adds):
    builder = LayerGraph.start(shape)
    counts = builder.finish(builder.add(op, "input", **attrs)).counts()
    assert (counts.params, counts.mult_adds) == (params, mult_adds)


@pytest.mark.parametrize(
    ("op", "attrs", "size", "out"),
    [
        ("conv", {"channels": 1, "kernel": 3, "stride": 2}, (28, 7), (14, 4)),
        ("conv", {"channels": 1, "kernel": 5, "dilation": 2}, (9, 8), (9, 8)),
        ("conv", {"channels": 1, "kernel": 5, "padding": 0}, (32, 28), (28, 24)),
        ("max_pool", {"kernel": 2, "stride": 2}, (7, 8), (3, 4)),
        ("max_pool", {"kernel": 3, "stride": 2}, (7, 8), (4, 4)),
        ("zero", {"stride": 2}, (7, 8), (4, 4)),
        ("pad", {"top": -1, "right": 2}, (7, 8), (6, 10)),
        ("resize", {"size": (3, 5)}, (7, 8), (3, 5)),
    ],
)
def test_sizes_by_hand(op, attrs, size, out):
    assert LayerGraph.start((1, *size)).shape("input") == (1, *size)
    builder = LayerGraph.start((1, *size))
    assert builder.shape(builder.add(op, "input", **attrs)) == (1, *out)


def run(op, x, *others, **attrs):
    builder = LayerGraph.start(tuple(x.shape[1:]))
    return OPS[op].build(dict(builder.nodes[builder.add(op, "input", **attrs)].attrs), tuple(x.shape[1:]))(x, *others)


def test_average_pools_count_the_pixels_inside_alone():
    assert torch.equal(run("avg_pool", torch.ones(1, 1, 3, 3), kernel=3), torch.ones(1, 1, 3, 3))


def test_values_of_the_plain_ops():
    x = torch.arange(16.0).view(1, 1, 4, 4) - 8
    assert torch.equal(run("relu", x), x.clamp(min=0)) and run("zero", x, stride=2).abs().sum() == 0 and run("zero", x, shape=(5,)).shape == (1, 5)
    assert torch.equal(run("global_avg_pool", x), x.mean().view(1, 1)) and torch.equal(run("flatten", x), x.view(1, 16))
    assert torch.equal(run("pad", x, top=-1, left=1)[0, 0, 0], torch.tensor([0.0, -4, -3, -2, -1]))
    assert torch.equal(run("pad_channels", x, channels=2), torch.cat([x, 0 * x], 1)) and run("pad_channels", torch.cat([x, x], 1), channels=1).shape[1] == 1
    assert torch.equal(run("resize", x, size=2)[0, 0], torch.tensor([[-5.5, -3.5], [2.5, 4.5]])) and run("resize", x, size=8)[0, 0, 7, 7] == 7
    assert torch.equal(run("add", x, x, x), 3 * x) and torch.equal(x, torch.arange(16.0).view(1, 1, 4, 4) - 8), "sums leave their terms alone"
    assert torch.equal(run("concat", x, 2 * x), torch.cat([x, 2 * x], 1)) and run("max_pool", x, kernel=3)[0, 0, 0, 0] == -3


CONV, POOL, DROP = {"channels": 2, "kernel": 3}, {"kernel": 3}, {"p": 0.5}
SOME = {
    "conv": CONV, "sep_conv": CONV, "dw_conv": POOL, "max_pool": POOL, "avg_pool": POOL, "dropout": DROP, "drop_path": DROP, "shake_drop": DROP,
    "pad": {"top": 1}, "pad_channels": {"channels": 4}, "resize": {"size": 2}, "bilinear": {"size": 3},
    "scale": {"by": 2}, "slice": {"start": 0, "channels": 1}, "unpool": {"stride": 2}, "recurrent": {"step": step().to_json(), "units": 3},
    "squeeze_excite": {"units": 2},
}  # fmt: skip


@pytest.mark.parametrize("op", [op for op in OPS if op not in ("input", "linear", "shake")])  # a shaken mean of equal branches is the branch
def test_linear_free_is_what_it_says(op):
    builder = LayerGraph.start((2, 4, 4))
    graph = builder.finish(builder.add(op, *["input"] * OPS[op].inputs[0], **SOME.get(op, {})))
    net = graph.build().double()
    x, y = torch.randn(2, 3, 2, 4, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    additive = torch.allclose(net(2 * x + y), 2 * net(x) + net(y))
    assert OPS[op].linear_free == (additive and not list(net.parameters()))


@pytest.mark.parametrize("op", [op for op in OPS if op not in ("input", "linear")])
def test_view_is_what_it_says(op):
    x = torch.randn(3, 2, 4, 4)
    builder = LayerGraph.start((2, 4, 4))
    net = builder.finish(builder.add(op, *["input"] * OPS[op].inputs[0], **SOME.get(op, {}))).build()
    shares = net(x).untyped_storage().data_ptr() == x.untyped_storage().data_ptr()
    assert shares == OPS[op].view or op == "add", "a sum of one term is that term; `simplified` removes it"
