"""Supernets as modules: a one-hot mixture is the stand-alone network, a mixture the weighed sum, and only what has weight is computed."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nastutor.nets.inherited import extracted, inherited
from nastutor.nets.mixed import MixedNet
from nastutor.nets.supernet import Supernet
from tests.relaxed_spaces import RELAXED, TASK

X = torch.randn(5, *TASK.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


def net_of(space, **more):
    return MixedNet(space.supernet(TASK), 0, **more).double()


def tensors(mixture, grad=False):
    return {name: torch.tensor(own, dtype=torch.float64).requires_grad_(grad) for name, own in mixture.weights.items()}


def active(mixture):
    return {name: tuple(own.nonzero()[0].tolist()) for name, own in mixture.weights.items()}


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("frozen", [True, False])
@pytest.mark.parametrize("name", RELAXED)
@settings(deadline=None, max_examples=12)
@given(seed=st.integers(0, 10**6))
def test_a_one_hot_mixture_is_the_stand_alone_network_with_the_same_weights(name, frozen, training, seed):
    space = RELAXED[name]
    arch = space.canonical(space.sample(seed))
    net, graph, mixture = net_of(space, frozen_statistics=frozen), space.graph(arch, TASK).simplified(), space.one_hot(arch)
    alone = MixedNet(Supernet(graph, {}, {}), 1, frozen_statistics=frozen).double()
    alone.load_state_dict(dict(inherited(graph, extracted(net.supernet, space.chosen(arch)), net.state_dict())))
    for one in (net, alone):
        one.train(training)
    expected = alone(X)
    torch.testing.assert_close(net(X, tensors(mixture), active(mixture)), expected, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(net(X, None, active(mixture)), expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", RELAXED)
def test_what_is_not_active_is_as_if_it_had_no_weight(name):
    """The same numbers and gradients as when everything is computed, and none where nothing flows."""
    space = RELAXED[name]
    net, mixture = net_of(space).train(), space.one_hot(space.canonical(space.sample(1)))
    whole, paths = tensors(mixture, grad=True), tensors(mixture, grad=True)
    watched = {own: range(len(weights)) for own, weights in mixture.weights.items()}
    every = net(X, whole)
    every.square().sum().backward()
    kept = {n: None if p.grad is None else p.grad.clone() for n, p in net.named_parameters()}
    net.zero_grad(set_to_none=True)
    own = net(X, paths, active(mixture), watched)
    own.square().sum().backward()
    torch.testing.assert_close(own, every, rtol=1e-9, atol=1e-9)
    for decision in whole:
        found = torch.zeros_like(whole[decision]) if paths[decision].grad is None else paths[decision].grad
        torch.testing.assert_close(found, whole[decision].grad, rtol=1e-8, atol=1e-8)
    moved = {n for n, p in net.named_parameters() if p.grad is not None}
    assert moved < kept.keys(), "weights on no path have no gradient at all, so that neither decay nor momentum moves them"
    for n, p in net.named_parameters():
        torch.testing.assert_close(torch.zeros_like(p) if p.grad is None else p.grad, torch.zeros_like(p) if kept[n] is None else kept[n], rtol=1e-8, atol=1e-8)


def test_without_watching_there_is_no_gradient_for_options_without_weight():
    space = RELAXED["cells of 3"]
    net, mixture = net_of(space), space.one_hot(space.sample(3))
    weights = tensors(mixture, grad=True)
    net(X, weights, active(mixture)).sum().backward()
    for decision, own in weights.items():
        if own.grad is not None:
            assert not own.grad[torch.tensor(mixture[decision] == 0)].any()


def test_the_output_does_not_depend_on_the_weights_of_what_does_not_run():
    space = RELAXED["cells of 4, two in a stage"]
    net, mixture = net_of(space), space.one_hot(space.sample(5))
    before = net(X, tensors(mixture), active(mixture))
    used = {node.name for node in extracted(net.supernet, space.chosen(space.sample(5))).nodes}
    with torch.no_grad():
        for name, parameter in net.named_parameters():
            if name.partition(".")[0] not in used:
                parameter.fill_(torch.nan)
    assert torch.equal(before, net(X, tensors(mixture), active(mixture)))


def test_a_mixture_weighs_the_options_of_an_edge():
    """One edge, by hand: skip and mean over 3x3, half of each."""
    import nastutor as nt

    space = nt.spaces.CellSpace(nodes=2, ops=("none", "skip", "avgpool3"), channels=3, stages=1)
    net = net_of(space)
    weights = {"0->1": torch.tensor([0.2, 0.5, 0.3], dtype=torch.float64)}
    net(X, weights)
    stem = next(value for node, value in net.trace(X) if node.name == "stem bn")
    expected = 0.5 * stem + 0.3 * torch.nn.functional.avg_pool2d(stem, 3, 1, 1, count_include_pad=False)
    inputs = []
    net["head bn"].register_forward_hook(lambda module, args, out: inputs.append(args[0]))
    net(X, weights)
    torch.testing.assert_close(inputs[0], expected)


def test_two_paths_need_hardly_more_memory_than_one():
    """What autograd keeps for the way back, in numbers."""
    space = RELAXED["DARTS"]
    net, mixture = net_of(space).train(), space.one_hot(space.canonical(space.sample(2)))
    watched = {name: ((int(own.argmax()) + 1) % len(own),) for name, own in mixture.weights.items()}

    def kept(**which):
        sizes: dict[int, int] = {}

        def pack(tensor):
            sizes[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
            net(X, tensors(mixture, grad=True), **which)
        return sum(sizes.values())

    one, two, all_of_them = kept(active=active(mixture)), kept(active=active(mixture), watched=watched), kept()
    assert two <= 1.6 * one and all_of_them > 2.5 * one


def test_a_mixed_net_is_the_same_after_pickling():
    import cloudpickle

    space = RELAXED["cells of 3"]
    net, mixture = net_of(space), space.one_hot(space.sample(0))
    again = cloudpickle.loads(cloudpickle.dumps(net))
    assert torch.equal(net(X, tensors(mixture)), again(X, tensors(mixture)))


@settings(deadline=None, max_examples=12)
@given(st.lists(st.integers(0, 2**31), min_size=2, max_size=4))
def test_plans_are_remembered_apart(seeds):
    space = RELAXED["cells, three operations"]
    net = net_of(space)
    mixtures = [space.one_hot(space.sample(seed)) for seed in seeds]
    first = [net(X, tensors(m), active(m)) for m in mixtures]
    assert all(torch.equal(one, net(X, tensors(m), active(m))) for one, m in zip(first, mixtures, strict=True))
