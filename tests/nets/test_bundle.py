"""Networks that run together compute what each computes alone: outputs, losses, gradients, statistics, in double precision."""

import gc
import random

import pytest
import torch
import torch.nn.functional as F
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import nastutor as nt
from nastutor.nets.bundle import DRAWING, Bundle
from nastutor.nets.graph import LayerGraph
from nastutor.nets.lanes import KERNELS
from nastutor.nets.ops import OPS
from tests.nets.graphs import graphs, step

CLASSES = 3
CLOSE = {"rtol": 1e-9, "atol": 1e-10}


def batch(networks, seed=0, images=6):
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(images, len(networks), *networks[0].nodes[0].shape, dtype=torch.float64, generator=generator)
    return x, torch.randint(CLASSES, (images, len(networks)), generator=generator)


def agree(networks):
    """Asserts for each network that it does not matter that the others were there."""
    seeds = [10 + k for k in range(len(networks))]
    bundle = Bundle(networks, seeds, dtype=torch.float64)
    lone = [graph.build(seed=seed).double().train() for graph, seed in zip(networks, seeds, strict=True)]
    x, y = batch(networks)
    losses = bundle.learn(x, y)
    for number, net in enumerate(lone):
        loss = F.cross_entropy(net(x[:, number]), y[:, number])
        if loss.requires_grad:
            loss.backward()
        torch.testing.assert_close(losses[number], loss.detach(), **CLOSE)
    states, grads = bundle.states(), bundle.states(bundle.grads)
    for number, net in enumerate(lone):
        assert grads[number].keys() == dict(net.named_parameters()).keys()
        for name, parameter in net.named_parameters():
            torch.testing.assert_close(grads[number][name], torch.zeros_like(parameter) if parameter.grad is None else parameter.grad, **CLOSE)
        for name, tensor in net.state_dict().items():
            if not name.endswith("num_batches_tracked"):
                torch.testing.assert_close(states[number][name], tensor, **CLOSE)
    own, shared = bundle(x), bundle(x[:, :1])
    for number, net in enumerate(lone):
        net.eval()
        torch.testing.assert_close(own[:, number], net(x[:, number]), **CLOSE)
        torch.testing.assert_close(shared[:, number], net(x[:, 0]), **CLOSE)


def one(op, *, shape=(4, 6, 6), inputs=1, **attrs):
    """A small network around one node."""
    builder = LayerGraph.start(shape)
    feeds = ["input"]
    for k in range(1, inputs):
        feeds.append(builder.add("conv", "input", name=f"feed {k}", channels=shape[0], kernel=1))
    x = builder.add(op, *feeds, name="node", **attrs)
    if len(builder.shape(x)) == 3:
        x = builder.add("flatten", x)
    return builder.finish(builder.add("linear", x, units=CLASSES))


ONES = {
    "conv": one("conv", channels=3, kernel=3),
    "conv with bias, even, dilated": one("conv", channels=6, kernel=(2, 3), dilation=2, groups=2, bias=True, padding=2),
    "conv of stride 2": one("conv", channels=5, kernel=3, stride=(2, 1)),
    "1x1 conv of stride 2": one("conv", channels=5, kernel=1, stride=2, bias=True),
    "conv 1x1": one("conv", channels=5, kernel=1, bias=True),
    "dw_conv": one("dw_conv", kernel=3, bias=True),
    "sep_conv": one("sep_conv", channels=5, kernel=3, stride=2, bias=True),
    "bn": one("bn"),
    "bn without scale": one("bn", affine=False),
    "bn of a vector": one("bn", shape=(5,)),
    "relu": one("relu"),
    "relu6": one("relu6"),
    "squeeze_excite": one("squeeze_excite", units=2),
    "identity": one("identity"),
    "zero": one("zero", stride=2),
    "zeros of a shape": one("zero", shape=(2, 3, 3)),
    "max_pool": one("max_pool", kernel=3, stride=2),
    "avg_pool": one("avg_pool", kernel=3),
    "global_avg_pool": one("global_avg_pool"),
    "flatten": one("flatten"),
    "linear": one("linear", shape=(5,), units=4, bias=False),
    "add": one("add", inputs=3),
    "concat": one("concat", inputs=3),
    "concat of vectors": one("concat", shape=(5,)),
    "pad": one("pad", top=1, left=2, right=-1),
    "pad_channels": one("pad_channels", channels=7),
    "fewer channels": one("pad_channels", channels=2),
    "resize": one("resize", size=(2, 4)),
    "bilinear": one("bilinear", size=(3, 7)),
    "sigmoid": one("sigmoid"),
    "tanh": one("tanh", shape=(5,)),
    "elu": one("elu"),
    "mul": one("mul", inputs=3),
    "scale": one("scale", by=-0.5),
    "slice": one("slice", start=1, channels=2),
    "slice of a vector": one("slice", shape=(5,), start=1, channels=2),
    "unpool": one("unpool", stride=(2, 3)),
    "recurrent": one("recurrent", shape=(2, 3, 4), step=step().to_json(), units=3),
    "dropout": one("dropout", p=0.5),
    "dropout of a vector": one("dropout", shape=(5,), p=0.5),
    "drop_path": one("drop_path", p=0.3),
    "shake": one("shake", inputs=3),
    "shake by softmax": one("shake", inputs=2, draw="softmax"),
    "shake_drop": one("shake_drop", p=0.6),
}


def test_every_op_runs_together():
    assert {graph.node("node").op for graph in ONES.values()} == set(OPS) - {"input"}
    assert set(KERNELS) | {*DRAWING, "input"} == set(OPS)


@pytest.mark.parametrize("name", [name for name, graph in ONES.items() if graph.cost(graph.node("node"))[0]])
def test_every_weight_gets_a_first_value(name, monkeypatch):
    """`build` starts from memory that holds anything, here NaN: what `initialise` forgets stays so."""
    to_empty = torch.nn.Module.to_empty

    def full_of_nan(module, **how):
        module = to_empty(module, **how)
        for tensor in (*module.parameters(), *(buffer for buffer in module.buffers() if buffer.is_floating_point())):
            tensor.data.fill_(float("nan"))
        return module

    monkeypatch.setattr(torch.nn.Module, "to_empty", full_of_nan)
    assert all(tensor.isfinite().all() for tensor in ONES[name].build().state_dict().values())


@pytest.mark.parametrize("name", ONES)
def test_an_op_of_three_networks(name):
    agree([ONES[name]] * 3)


@given(st.lists(graphs(units=CLASSES), min_size=1, max_size=4))
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
def test_any_networks_of_one_input(networks):
    agree([graph for graph in networks if graph.nodes[0].shape == networks[0].nodes[0].shape])


@pytest.mark.parametrize(
    "space", [nt.spaces.CellSpace(nodes=4, channels=4), nt.spaces.ChainSpace(), nt.spaces.NASBench101(5, channels=6)], ids=lambda space: type(space).__name__
)
def test_networks_of_the_spaces(space):
    task = nt.tasks.digits(train_size=20)
    agree([_with(space.graph(space.sample(seed), task).simplified()) for seed in range(6)])


def _with(graph):
    """The same network with as many outputs as this file has classes."""
    builder = LayerGraph.start(graph.nodes[0].shape)
    for node in graph.nodes[1:]:
        builder.add(node.op, *node.inputs, name=node.name, **dict(node.attrs))
    return builder.finish(builder.add("linear", graph.output, name="three classes", units=CLASSES))


def test_a_network_of_nothing_but_zeros_learns_with_the_others():
    space = nt.spaces.CellSpace(nodes=3, channels=4)
    dead = nt.Arch(tuple((name, "none") for name in space.sites()))
    agree([_with(space.graph(arch, nt.tasks.digits()).simplified()) for arch in (dead, space.sample(1), dead)])


def test_an_operation_without_a_kernel_is_named(monkeypatch):
    monkeypatch.delitem(KERNELS, "resize")
    with pytest.raises(ValueError, match="'resize'.*train them with `Train`"):
        Bundle([ONES["resize"]] * 2, [0, 1])


def test_images_of_a_lone_network_are_its_own():
    bundle = Bundle([ONES["conv"]] * 2, [0, 0], dtype=torch.float64)
    x, _ = batch([ONES["conv"]] * 2)
    assert not torch.allclose(bundle(x)[:, 0], bundle(x)[:, 1])
    assert torch.allclose(bundle(x.flip(1))[:, 0], bundle(x)[:, 1])


def test_one_that_overflows_does_so_alone():
    networks = [ONES["bn"]] * 3
    bundle = Bundle(networks, [0, 1, 2], dtype=torch.float64)
    x, y = batch(networks)
    fine = bundle.learn(x, y).clone(), bundle.grads.clone()
    x[:, 1] = float("nan")
    losses = bundle.learn(x, y)
    assert losses.isnan().tolist() == [False, True, False] and torch.equal(losses[[0, 2]], fine[0][[0, 2]])
    theirs = bundle.owner != 1
    assert torch.equal(bundle.grads[theirs], fine[1][theirs]) and bundle.grads[~theirs].isnan().any()


def test_the_owner_of_each_number():
    bundle = Bundle([ONES["conv"], ONES["bn"]], [0, 0])
    sizes = [sum(parameter.numel() for parameter in ONES[name].build().parameters()) for name in ("conv", "bn")]
    assert bundle.owner.bincount().tolist() == sizes and len(bundle.params) == sum(sizes)


def test_dropout_starts_anew_with_its_seed():
    networks = [ONES["dropout"]] * 2
    bundle = Bundle(networks, [0, 1], dtype=torch.float64)
    x, y = batch(networks)
    losses = []
    for seeds in ([5, 6], [5, 6], [5, 7]):
        bundle.reseed(seeds)
        losses.append(bundle.learn(x, y).tolist())
    assert losses[0] == losses[1] and losses[0][0] == losses[2][0] and losses[0][1] != losses[2][1]


def test_values_are_let_go():
    """What no later step reads is gone when the last one runs."""
    space, task = nt.spaces.CellSpace(nodes=4), nt.tasks.digits(train_size=20)
    networks = [space.graph(space.sample(seed), task).simplified() for seed in range(4)]
    bundle = Bundle(networks, range(4))
    head, alive = bundle.runs[-1], []

    def looking(*arguments):
        gc.collect()
        alive.extend(1 for thing in gc.get_objects() if isinstance(thing, torch.Tensor) and thing.dim() == 5 and thing.shape[-2] == 4)
        return KERNELS["linear"](*arguments)

    head.kernel = looking
    bundle(torch.randn(2, 1, *task.shape))
    assert head.step.signature.op == "linear" and not alive


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU that torch can use")
def test_on_a_gpu():
    space, task = nt.spaces.CellSpace(nodes=4), nt.tasks.digits(train_size=20)
    networks = [space.graph(space.sample(seed), task).simplified() for seed in range(8)]
    x, y = torch.randn(6, 8, *task.shape, dtype=torch.float64), torch.randint(10, (6, 8))
    here, there = (Bundle(networks, range(8), device, torch.float64) for device in ("cpu", "cuda"))
    torch.testing.assert_close(there.learn(x.cuda(), y.cuda()).cpu(), here.learn(x, y), **CLOSE)
    torch.testing.assert_close(there.grads.cpu(), here.grads, **CLOSE)
    torch.testing.assert_close(there(x.cuda()).cpu(), here(x), **CLOSE)


def test_the_order_of_networks_is_kept():
    space, task = nt.spaces.CellSpace(nodes=3, channels=4), nt.tasks.digits(train_size=20)
    networks = [space.graph(arch, task).simplified() for arch in random.Random(0).sample(list(space), 12)]
    x = torch.randn(5, 12, *task.shape, dtype=torch.float64)
    forth, back = Bundle(networks, range(12), dtype=torch.float64), Bundle(networks[::-1], range(11, -1, -1), dtype=torch.float64)
    torch.testing.assert_close(forth(x), back(x.flip(1)).flip(1), **CLOSE)
