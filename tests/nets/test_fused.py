"""The fused supernet computes what the one that is read computes, and keeps less."""

import pytest
import torch

import nastutor as nt
from nastutor.nets.fused import FusedNet, WeighedSum, _Fuser
from nastutor.nets.mixed import MixedNet
from tests.relaxed_spaces import RELAXED, TASK

LAST = {"memory_format": torch.channels_last}
FUSABLE = list(RELAXED)
X = torch.randn(6, *TASK.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


def both(space, dtype=torch.float64, **more):
    supernet = space.supernet(TASK, affine=False, **more)
    return [kind(supernet).to(dtype).to(**LAST) for kind in (MixedNet, FusedNet)]


def learnt(net, dtype=torch.float64, x=X):
    """Output, gradient of the mixture, gradients of the weights."""
    generator = torch.Generator().manual_seed(1)
    weights = {name: torch.rand(len(own), dtype=dtype, generator=generator).requires_grad_() for name, own in net.supernet.sites.items()}
    out = net(x.to(dtype), weights)
    (out * torch.arange(out.shape[1])).sum().backward()
    return out.detach(), {name: own.grad for name, own in weights.items()}, {name: own.grad for name, own in net.named_parameters()}


@pytest.mark.parametrize("pool_bn", [False, True])
@pytest.mark.parametrize("name", FUSABLE)
def test_outputs_and_all_gradients_are_equal(name, pool_bn):
    if pool_bn and not name.startswith("DARTS"):
        pytest.skip("only DARTS has batch norm behind pools")
    plain, fused = map(learnt, both(RELAXED[name], **({"pool_bn": True} if pool_bn else {})))
    torch.testing.assert_close(fused[0], plain[0], rtol=1e-9, atol=1e-9)
    for one, other in zip(fused[1:], plain[1:], strict=True):
        assert one.keys() == other.keys()
        for key in one:
            torch.testing.assert_close(one[key], other[key], rtol=1e-7, atol=1e-9)


def test_in_float32_they_agree_to_its_precision():
    plain, fused = (learnt(net, torch.float32) for net in both(RELAXED["DARTS"], torch.float32, pool_bn=True))
    torch.testing.assert_close(fused[0], plain[0], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", ["DARTS", "cells of 4, two in a stage"])
def test_it_does_fuse(name):
    """As many weighed sums as there are nodes, and no batch norm left that one of them could take in."""
    net = both(RELAXED[name])[1]
    steps = [step for step, _ in _Fuser(net).steps()]
    assert sum(len(step.terms) > 1 for step in steps) >= 2 and len(steps) < len(net.graph)


def test_it_keeps_less_for_the_way_back():
    def kept(net):
        sizes: dict[int, int] = {}

        def pack(tensor):
            sizes[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
            net(X, {name: torch.rand(len(own), dtype=torch.float64, requires_grad=True) for name, own in net.supernet.sites.items()})
        return sum(sizes.values())

    plain, fused = map(kept, both(nt.spaces.DARTSSpace(channels=8), pool_bn=True))
    assert fused < 0.75 * plain


def test_paths_and_running_statistics_run_as_in_the_other():
    space = RELAXED["cells of 3"]
    plain, fused = both(space)
    arch = space.sample(3)
    active = {name: (own.index(space.chosen(arch)[name]),) for name, own in plain.supernet.sites.items()}
    assert torch.equal(plain(X, None, active), fused(X, None, active)) and fused._fused is None
    supernet = space.supernet(TASK, affine=False)
    running = [kind(supernet, frozen_statistics=True).double().to(**LAST) for kind in (MixedNet, FusedNet)]
    assert all(torch.equal(*(own[0] for own in map(learnt, running))) for _ in range(2))


@pytest.mark.parametrize("kinds", [("point",), ("norm",), ("plain",), ("point", "plain", "norm", "point"), ("plain", "plain")])
def test_the_gradients_of_a_weighed_sum_are_right(kinds):
    """Against finite differences, for each kind of term."""
    generator = torch.Generator().manual_seed(0)

    def draw(*shape):
        return torch.randn(*shape, dtype=torch.float64, generator=generator)

    images = [draw(3, 4, 2, 3).contiguous(**LAST).requires_grad_() for _ in kinds]
    matrices = [draw(4, 4).requires_grad_() for kind in kinds if kind == "point"]
    shares = draw(len(kinds)).requires_grad_()
    assert torch.autograd.gradcheck(lambda shares, *tensors: WeighedSum.apply(kinds, shares, *tensors), (shares, *images, *matrices))


def test_a_fused_net_goes_through_pickle():
    import cloudpickle

    net = both(RELAXED["cells of 3"])[1]
    first = learnt(net)[0]
    assert torch.equal(first, learnt(cloudpickle.loads(cloudpickle.dumps(net)))[0])


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU that torch can use")
def test_on_a_gpu_it_computes_the_same():
    plain, fused = (net.cuda() for net in both(RELAXED["DARTS"], pool_bn=True))
    weights = {name: torch.rand(len(own), dtype=torch.float64, device="cuda") for name, own in plain.supernet.sites.items()}
    torch.testing.assert_close(fused(X.cuda(), weights), plain(X.cuda(), weights), rtol=1e-9, atol=1e-9)
