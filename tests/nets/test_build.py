"""Building: the weights come from seed and names alone, the forward pass is that of the graph, nothing global is touched."""

import copy
import math
import pickle
import random
import threading
import weakref

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from nastutor.nets.build import Drop, Pointwise  # noqa: E402
from nastutor.nets.graph import LayerGraph  # noqa: E402


def graph(p=0.0, channels=8):
    b = LayerGraph.start((1, 8, 8))
    x = b.add("bn", b.add("conv", "input", name="stem", channels=channels, kernel=3), name="train")  # a name that nn.Module has
    y = b.add("dropout", b.add("sep_conv", b.add("relu", x), channels=channels, kernel=3, bias=True, name="sep"), p=p)
    z = b.add("global_avg_pool", b.add("add", x, y))
    return b.finish(b.add("linear", z, units=10, name="head"))


def images(n=4):
    return torch.randn(n, 1, 8, 8, generator=torch.Generator().manual_seed(5))


def state(net):
    return {name: tensor.clone() for name, tensor in net.state_dict().items()}


def equal(a, b):
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def test_it_computes_what_the_graph_says():
    net, x = graph().build(seed=3), images()
    sep, head = net["sep"], net["head"]
    bn = net["train"](net["stem"](x))
    y = sep[1](sep[0](bn.relu()))
    expected = head((bn + y).mean((2, 3)))
    net["train"].reset_running_stats()
    assert torch.allclose(net(x), expected)
    assert [node.name for node, _ in net.eval().trace(x)] == [node.name for node in graph().nodes] and torch.equal(list(net.trace(x))[-1][1], net(x))


@pytest.mark.parametrize("how", [{"stride": 2}, {"stride": (1, 3), "groups": 2, "bias": True}])
def test_a_1x1_convolution_with_a_stride_reads_the_pixels_first(how):
    """oneDNN 3.12 writes past its workspace otherwise (issue 6035 there)."""
    b = LayerGraph.start((4, 7, 8))
    conv = b.finish(b.add("conv", "input", name="conv", channels=6, kernel=1, **how)).build()["conv"].double()
    x = torch.randn(3, 4, 7, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(0)).requires_grad_()
    plain = torch.nn.functional.conv2d(x, conv.weight, conv.bias, conv.stride, groups=conv.groups)
    assert type(conv) is Pointwise and torch.allclose(conv(x), plain)
    for ours, theirs in zip(*(torch.autograd.grad(y.square().sum(), [x, *conv.parameters()]) for y in (conv(x), plain)), strict=True):
        assert torch.allclose(ours, theirs)


def test_a_node_that_is_read_twice_by_one_and_an_output_in_the_middle():
    b = LayerGraph.start((2,))
    x = b.add("relu", "input")
    b.add("concat", b.add("add", x, x), x)
    y = torch.tensor([[1.0, -1.0]])
    assert b.finish("concat0").build()(y).tolist() == [[2, 0, 1, 0]] and b.finish("relu0").build()(y).tolist() == [[1, 0]]
    assert LayerGraph.start((2,)).finish("input").build()(y) is y


def test_parameters_are_named_after_nodes():
    assert [name for name, _ in graph().build().named_parameters()] == [
        "stem.weight", "train.weight", "train.bias", "sep.0.weight", "sep.1.weight", "sep.1.bias", "head.weight", "head.bias"]  # fmt: skip
    with pytest.raises(KeyError, match="'stme'.*stem"):
        graph().build()["stme"]


def test_weights_depend_on_seed_and_name_alone():
    one, again, other = (state(graph().build(seed)) for seed in (0, 0, 1))
    assert equal(one, again) and not torch.equal(one["stem.weight"], other["stem.weight"])
    b = LayerGraph.start((4,))
    twins = b.finish(b.add("linear", b.add("linear", "input", units=4, name="a"), units=4, name="b")).build(0)
    assert not torch.equal(twins["a"].weight, twins["b"].weight)
    b = LayerGraph.start((1, 8, 8))
    b.add("conv", "input", name="before", channels=3, kernel=1)
    alone = b.finish(b.add("conv", "input", name="stem", channels=8, kernel=3)).build(0)
    assert torch.equal(alone["stem"].weight, one["stem.weight"])


def test_the_scale_of_the_weights():
    b = LayerGraph.start((16, 4, 4))
    x = b.add("conv", "input", channels=400, kernel=(3, 1), bias=True)
    net = b.finish(b.add("linear", b.add("bn", b.add("global_avg_pool", x)), units=50)).build()
    weight = net["conv0"].weight.detach()
    assert abs(float(weight.std()) / math.sqrt(2 / 48) - 1) < 0.03 and abs(float(weight.mean())) < 0.01 and net["conv0"].bias.eq(0).all()
    linear = net["linear0"].weight.detach()
    assert (
        0.99 / 20 < float(linear.abs().max()) <= 1 / 20
        and abs(float(linear.std()) * 20 - 1 / math.sqrt(3)) < 0.02
        and float(net["linear0"].bias.detach().abs().max()) <= 1 / 20
    )
    assert net["bn0"].weight.eq(1).all() and net["bn0"].bias.eq(0).all() and net["bn0"].running_var.eq(1).all() and net["bn0"].num_batches_tracked == 0


def test_two_threads_build_and_run_while_the_global_generators_stay():
    before = torch.get_rng_state(), np.random.get_state()[1].copy(), random.getstate()
    found = {}

    def work(thread):
        for seed in range(10):
            net = graph(p=0.5).build(seed)
            found[thread, seed] = (state(net), net(images()))

    threads = [threading.Thread(target=work, args=(k,)) for k in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for seed in range(10):
        assert equal(found[0, seed][0], found[1, seed][0]) and torch.equal(found[0, seed][1], found[1, seed][1])
    assert torch.equal(before[0], torch.get_rng_state()) and np.array_equal(before[1], np.random.get_state()[1]) and before[2] == random.getstate()


def test_copies_and_pickles_stand_on_their_own():
    net, x = graph().build().eval(), images()
    for twin in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        assert torch.equal(twin(x), net(x)) and twin.graph == net.graph
        with torch.no_grad():
            twin["head"].weight.zero_()
        assert not torch.equal(twin(x), net(x)) and twin(x).std(0).max() < 1e-6


def test_it_trains_in_double_precision():
    net = graph(p=0.5).build().double()
    out = net(images().double())
    out.square().sum().backward()
    assert out.dtype == torch.float64 and all(p.grad is not None and p.grad.abs().sum() > 0 for name, p in net.named_parameters() if name != "sep.1.bias")


def test_train_and_eval_differ_by_dropout_and_statistics():
    net, x = graph(p=0.5).build(), images()
    assert not torch.equal(net(x), net(x)) and torch.equal(net.eval()(x), net(x))


def test_activations_are_let_go():
    b = LayerGraph.start((1, 4, 4))
    x = "input"
    for _ in range(5):
        x = b.add("identity", b.add("max_pool", x, kernel=3))
    net, kept = b.finish(x).build(), []
    plan = [(run, sources, target, free) for run, sources, target, free in net._plan]

    def watched(run):
        def call(*inputs):
            alive = sum(ref() is not None for ref in kept)
            kept.append(weakref.ref(out := run(*inputs)))
            counts.append(alive)
            return out

        return call

    counts = []
    net._plan = [(watched(run), sources, target, free) for run, sources, target, free in plan]
    with torch.no_grad():
        net(torch.randn(2, 1, 4, 4))
    assert len(counts) == 10 and max(counts) <= 2, "only what is still read is alive"


@pytest.mark.parametrize(("whole", "name"), [(0, "dropout"), (3, "drop_path")])
def test_drop(whole, name):
    drop, x = Drop(0.25, whole), torch.ones(2000, 2, 3, 3)
    drop.reseed(1)
    y = drop(x)
    assert abs(float(y.mean()) - 1) < 0.05 and y.unique().tolist() == pytest.approx([0, 4 / 3])
    assert (y.flatten(1).std(1) == 0).all() == bool(whole)
    second = drop(x)
    drop.reseed(1)
    assert torch.equal(drop(x), y) and torch.equal(drop(x), second) and not torch.equal(y, second)
    assert drop.eval()(x) is x and Drop(0.0)(x) is x and "0.25" in repr(drop)
    b = LayerGraph.start((2, 3, 3))
    net = b.finish(b.add(name, "input", p=0.25)).build()
    assert net[f"{name}0"].whole == whole


def test_reseeding_a_net_repeats_its_dropout():
    net, x = graph(p=0.5).build(seed=2), images()
    first = net(x)
    net.reseed(2)
    second = net(x)
    net.reseed(3)
    assert torch.equal(first, second) and not torch.equal(first, net(x))


def test_it_can_be_read():
    text = repr(graph().build())
    assert "9 nodes, " in text and "(1, 8, 8) -> (10,)" in text and "(stem): Conv2d(1, 8" in text


def test_an_unknown_device_is_refused():
    with pytest.raises(ValueError, match="`device` is 'gpu9'"):
        graph().build(device="gpu9")
