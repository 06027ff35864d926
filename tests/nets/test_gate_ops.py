"""Gates, slices, zero-interleaving and recurrent layers do what their names say; shapes, counts and lanes: test_ops.py and test_together.py."""

import pytest

torch = pytest.importorskip("torch")

from nastutor.nets.graph import LayerGraph  # noqa: E402
from nastutor.nets.ops import OPS  # noqa: E402
from tests.nets.graphs import step  # noqa: E402


def run(op, *xs, **attrs):
    builder = LayerGraph.start(tuple(xs[0].shape[1:]))
    node = builder.nodes[builder.add(op, *["input"] * len(xs), **attrs)]
    return OPS[op].build(dict(node.attrs), *[tuple(x.shape[1:]) for x in xs])(*xs)


def test_values():
    x = torch.arange(8.0).view(1, 2, 2, 2) - 3
    assert torch.equal(run("sigmoid", x), 1 / (1 + (-x).exp())) and torch.allclose(run("tanh", x), (x.exp() - (-x).exp()) / (x.exp() + (-x).exp()))
    assert torch.allclose(run("elu", x), torch.where(x > 0, x, x.exp() - 1))
    assert (
        torch.equal(run("mul", x, x, x), x**3) and torch.equal(run("scale", x, by=-0.5), x / -2) and torch.equal(run("slice", x, start=1, channels=1), x[:, 1:])
    )


def test_zeros_between_the_pixels():
    x = torch.randn(2, 3, 2, 4)
    out = run("unpool", x, stride=(2, 3))
    assert out.shape == (2, 3, 4, 12) and torch.equal(out[:, :, ::2, ::3], x) and out.count_nonzero() == x.numel(), "a slice of that stride is the way back"


def test_bilinear_keeps_corners_and_straight_lines():
    ramp = torch.arange(5.0).expand(1, 1, 5, 5)
    assert torch.allclose(run("bilinear", ramp, size=9)[0, 0, 3], torch.arange(9) / 2) and torch.equal(
        run("bilinear", ramp, size=3)[0, 0, 0], torch.tensor([0.0, 2, 4])
    )


def test_a_product_with_a_dead_factor_is_dead():
    b = LayerGraph.start((2, 4, 4))
    dead = b.add("mul", "input", b.add("sigmoid", b.add("zero", "input")))
    graph = b.finish(b.add("add", dead, "input")).simplified()
    assert graph.output == "input" and len(graph) == 1


def test_a_recurrent_layer_repeats_its_step():
    graph = LayerGraph.start((2, 5, 4))
    node = graph.add("recurrent", "input", name="layer", step=step().to_json(), units=3)
    graph = graph.finish(node)
    one = step().counts()
    assert graph.counts().params == one.params and graph.counts().mult_adds == 5 * one.mult_adds and graph.node("layer").shape == (3,)
    net = graph.build(seed=1).double()
    x, state = torch.randn(3, 2, 5, 4, dtype=torch.float64), torch.zeros(3, 4, dtype=torch.float64)
    for row in range(5):
        state = net["layer"].step(torch.cat([x[:, :, row].flatten(1), state], 1))
    assert torch.allclose(net(x), state[:, :3])
    assert graph == LayerGraph.from_json(graph.to_json()) and "step=#" in graph.node("layer").label and len(graph.node("layer").label) < 40


def test_what_does_not_fit_is_refused():
    b = LayerGraph.start((2, 5, 4))
    with pytest.raises(ValueError, match="`start` is 1 and `channels` 2, but its input"):
        b.add("slice", "input", start=1, channels=2)
    with pytest.raises(ValueError, match="`start` is -1; allowed is a whole number from 0"):
        b.add("slice", "input", start=-1, channels=2)
    with pytest.raises(ValueError, match="`by` is nan; allowed is a finite number"):
        b.add("scale", "input", by=float("nan"))
    with pytest.raises(ValueError, match="it multiplies inputs of one shape"):
        b.add("mul", "input", b.add("slice", "input", start=0, channels=1))
    with pytest.raises(ValueError, match="`units` is 9, but the state has 4"):
        b.add("recurrent", "input", step=step().to_json(), units=9)
    flat = LayerGraph.start((3,))
    with pytest.raises(ValueError, match="its step reads 3 numbers and gives .3,.; rows of"):
        b.add("recurrent", "input", step=flat.finish("input").to_json(), units=1)
    with pytest.raises(ValueError, match="`step` reads .*allowed is a flat input"):
        b.add("recurrent", "input", step=LayerGraph.start((1, 2, 2)).finish("input").to_json(), units=1)
