from importlib.util import find_spec
from types import SimpleNamespace

import pytest

torch = pytest.importorskip("torch")

from nastutor.nets.export import export  # noqa: E402
from nastutor.spaces import CellSpace, FabricSpace, RecurrentSpace  # noqa: E402

DIGITS = SimpleNamespace(name="digits", shape=(1, 8, 8), classes=10)
SPACES = {"cells": CellSpace(nodes=4, channels=4), "fabrics": FabricSpace(3, 3, 4), "recurrent": RecurrentSpace(2, units=4)}


def load(path):
    return torch.jit.load(str(path)) if path.suffix == ".pt" else torch.export.load(path).module()


@pytest.mark.parametrize("name", SPACES)
@pytest.mark.parametrize("ending", [".pt", ".pt2"])
def test_outputs_are_equal_for_any_batch(name, ending, tmp_path):
    space = SPACES[name]
    net = space.graph(space.sample(1), DIGITS).build(seed=3)
    loaded = load(export(net, tmp_path / f"net{ending}"))
    assert net.training, "the network stays as it was"
    net.eval()
    for images in (1, 5):
        x = torch.randn(images, 1, 8, 8)
        assert torch.allclose(loaded(x), net(x), atol=1e-5)


@pytest.mark.parametrize("name", SPACES)
def test_onnx_gives_equal_outputs_in_another_runtime(name, tmp_path, capsys):
    onnxruntime = pytest.importorskip("onnxruntime")
    pytest.importorskip("onnxscript")
    net = SPACES[name].graph(SPACES[name].sample(1), DIGITS).build(seed=3)
    session = onnxruntime.InferenceSession(str(export(net, tmp_path / "net.onnx")))
    assert not capsys.readouterr().out
    net.eval()
    for images in (1, 5):
        x = torch.randn(images, 1, 8, 8)
        (outputs,) = session.run(None, {session.get_inputs()[0].name: x.numpy()})
        assert torch.allclose(torch.from_numpy(outputs), net(x), atol=1e-5)


def test_cells_with_zeros_take_any_batch(tmp_path):
    space = CellSpace(nodes=3, channels=4)
    net = space.graph(next(iter(space)), DIGITS).build().eval()
    assert torch.allclose(load(export(net, str(tmp_path / "none.pt2")))(torch.ones(4, 1, 8, 8)), net(torch.ones(4, 1, 8, 8)))


def test_a_graph_writes_what_was_built_from_it(tmp_path):
    space = SPACES["cells"]
    graph, other = (space.graph(space.sample(seed), DIGITS) for seed in (1, 2))
    net, x = graph.build(seed=3).eval(), torch.ones(2, 1, 8, 8)
    assert torch.allclose(load(graph.export(tmp_path / "net.pt", net))(x), net(x), atol=1e-5)
    assert torch.allclose(load(graph.export(tmp_path / "random.pt2"))(x), graph.build(seed=0).eval()(x), atol=1e-5)
    with pytest.raises(ValueError, match="`net` is Net, which was not built from this graph"):
        other.export(tmp_path / "other.pt", net)
    with pytest.raises(ValueError, match="`net` is Linear, which was not built"):
        graph.export(tmp_path / "linear.pt", torch.nn.Linear(2, 2))


def test_what_cannot_be_written_is_refused(tmp_path):
    net = SPACES["recurrent"].graph(SPACES["recurrent"].sample(0), DIGITS).build()
    with pytest.raises(ValueError, match="allowed are the endings .pt .TorchScript., .pt2"):
        export(net, tmp_path / "net.pkl")
    if find_spec("onnx") is None or find_spec("onnxscript") is None:
        with pytest.raises(ModuleNotFoundError, match="ONNX needs the package onnx"):
            export(net, tmp_path / "net.onnx")
    assert not list(tmp_path.iterdir())
