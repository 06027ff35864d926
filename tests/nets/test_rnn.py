import pytest

torch = pytest.importorskip("torch")

from nastutor.nets.build import initialise  # noqa: E402
from nastutor.nets.graph import LayerGraph  # noqa: E402
from nastutor.nets.rnn import Unrolled  # noqa: E402
from nastutor.rng import torch_rng  # noqa: E402
from tests.nets.graphs import step  # noqa: E402


def unrolled(graph):
    layer = Unrolled(graph).to_empty(device="cpu")
    for part in layer.modules():
        initialise(part, torch_rng(0, "weights"))
    return layer


def test_it_goes_on_where_a_state_stood():
    layer, x = unrolled(step()), torch.randn(2, 6, 8)
    states = layer(x)
    assert states.shape == (2, 6, 4) and torch.allclose(layer(x[:, 4:], states[:, 3]), states[:, 4:])
    assert not torch.allclose(layer(x[:, 4:]), states[:, 4:]), "the state matters"


def test_a_plain_cell_is_torchs():
    b = LayerGraph.start((5,))
    layer = unrolled(b.finish(b.add("tanh", b.add("linear", "input", name="both", units=2))))
    cell = torch.nn.RNN(3, 2, batch_first=True)
    with torch.no_grad():
        cell.weight_ih_l0.copy_(layer.step["both"].weight[:, :3])
        cell.weight_hh_l0.copy_(layer.step["both"].weight[:, 3:])
        cell.bias_ih_l0.copy_(layer.step["both"].bias)
        cell.bias_hh_l0.zero_()
    x = torch.randn(4, 7, 3)
    assert torch.allclose(layer(x), cell(x)[0], atol=1e-6)


def test_a_step_without_features_is_refused():
    with pytest.raises(ValueError, match="`step` reads 3 numbers and gives 3"):
        Unrolled(LayerGraph.start((3,)).finish("input"))
