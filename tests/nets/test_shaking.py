"""Shake-Shake and ShakeDrop: what they draw, forwards and backwards, and what is left of it in evaluation."""

import math

import pytest
import torch
from scipy.stats import binomtest, kstest

from nastutor.nets.graph import LayerGraph
from nastutor.nets.shaking import ShakenBranch, ShakenMean
from nastutor.rng import child_seed


def factors(module, images, branches=1):
    """What each branch of each image was multiplied by, forwards and backwards: (branches, images) both."""
    xs = [torch.ones(images, 2, 3, 3, requires_grad=True) for _ in range(branches)]
    forwards = []
    for number in range(branches):
        module.reseed(5)
        forwards.append(module(*(x.detach() if number == other else torch.zeros_like(x) for other, x in enumerate(xs)))[:, 0, 0, 0])
    module.reseed(5)
    out = module(*xs)
    assert torch.allclose(out, torch.stack(forwards).sum(0)[:, None, None, None].expand_as(out))
    out.sum().backward()
    assert all((x.grad == x.grad[:, :1, :1, :1]).all() for x in xs), "the same for all values of an image"
    return torch.stack(forwards), torch.stack([x.grad[:, 0, 0, 0] for x in xs])


@pytest.mark.parametrize("draw", ["simplex", "softmax"])
@pytest.mark.parametrize("branches", [2, 4])
def test_each_image_has_weights_whose_sum_is_one_and_others_on_the_way_back(draw, branches):
    forwards, backwards = factors(ShakenMean(draw), 50, branches)
    for weights in (forwards, backwards):
        assert (weights > 0).all() and torch.allclose(weights.sum(0), torch.ones(50)) and len(weights[0].unique()) > 45
    assert not torch.allclose(forwards, backwards)


def test_of_two_branches_one_weight_is_uniform_and_by_softmax_it_is_near_a_half():
    for weights in factors(ShakenMean("simplex"), 2000, 2):
        assert kstest(weights[0].numpy(), "uniform").pvalue > 1e-3
    for weights in factors(ShakenMean("softmax"), 2000, 2):
        assert weights.min() > 1 / (1 + math.e) - 1e-6 and weights.max() < math.e / (1 + math.e) + 1e-6 and kstest(weights[0].numpy(), "uniform").pvalue < 1e-9


def test_in_evaluation_it_is_the_mean():
    mean, xs = ShakenMean("simplex").eval(), torch.randn(3, 4, 2, 3, 3)
    assert torch.allclose(mean(*xs), xs.mean(0))


@pytest.mark.parametrize("p", [0.2, 0.7])
def test_a_branch_lives_or_is_shaken_image_by_image(p):
    drop, dead, means = ShakenBranch(p), 0, []
    for seed in range(400):
        drop.reseed(seed)
        x = torch.ones(6, 1, 2, 2, requires_grad=True)
        out = drop(x)
        out.sum().backward()
        forwards, backwards = out[:, 0, 0, 0], x.grad[:, 0, 0, 0]
        alive = bool((forwards == 1).all())
        dead += not alive
        means.append(float(forwards.detach().mean()))
        assert (backwards == 1).all() if alive else (len(forwards.unique()) == 6 and forwards.abs().max() <= 1 and 0 <= backwards.min() < backwards.max() <= 1)
    assert binomtest(dead, 400, p).pvalue > 1e-3
    assert sum(means) / 400 == pytest.approx(1 - p, abs=0.08), "what evaluation multiplies by"
    assert torch.allclose(drop.eval()(torch.ones(2, 3)), torch.full((2, 3), 1 - p))


def test_nothing_dies_at_a_rate_of_0():
    x = torch.randn(2, 3)
    assert ShakenBranch(0)(x) is x and torch.equal(ShakenBranch(0).eval()(x), x)


def net(**settings):
    b = LayerGraph.start((2, 4, 4))
    ends = [b.add("conv", "input", name=name, channels=2, kernel=3) for name in ("left", "right")]
    x = b.add("shake_drop", b.add("shake", *ends, name="mean", **settings), name="end", p=0.5)
    return b.finish(x).build()


def test_a_net_reseeds_them():
    net_, x = net(), torch.randn(3, 2, 4, 4)
    net_.reseed(child_seed(0, "layers"))
    first, second = net_(x), net_(x)
    net_.reseed(child_seed(0, "layers"))
    assert torch.equal(net_(x), first) and not torch.equal(first, second)
    assert "draw='simplex'" in repr(net_) and "p=0.5" in repr(net_)


def test_a_dead_branch_weighs_as_zeros():
    b = LayerGraph.start((2, 4, 4))
    alive = b.add("conv", "input", channels=2, kernel=3)
    graph = b.finish(b.add("shake", alive, b.add("relu", b.add("zero", "input")), name="mean"))
    x = torch.randn(3, 2, 4, 4)
    assert len(graph.simplified().node("mean").inputs) == 2
    assert torch.allclose(graph.build(seed=1).eval()(x), graph.simplified().build(seed=1).eval()(x))


def test_refusals():
    with pytest.raises(ValueError, match='`draw` is \'gauss\'; allowed is "simplex" or "softmax"'):
        net(draw="gauss")
    b = LayerGraph.start((2, 4, 4))
    with pytest.raises(ValueError, match="it weighs inputs of one shape, not"):
        b.add("shake", "input", b.add("conv", "input", channels=3, kernel=3))
    with pytest.raises(ValueError, match="`p` is 1; allowed"):
        b.add("shake_drop", "input", p=1)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_they_draw_on_the_device():
    on, x = net().to("cuda"), torch.randn(3, 2, 4, 4, device="cuda")
    assert on(x).device == x.device and on.eval()(x).device == x.device
