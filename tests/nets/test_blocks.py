"""Layers of several operations: their shapes, what they compute, drop-path in time, the auxiliary loss."""

import pytest
import torch

from nastutor.nets.blocks import Blocks, auxiliary_loss, schedule_drop_path
from nastutor.nets.graph import LayerGraph


def blocks(shape=(4, 8, 8), **how):
    return Blocks(LayerGraph.start(shape), **how)


def test_each_state_has_one_relu():
    b = blocks()
    b.conv_bn("input", "a", 3)
    b.conv_bn("input", "b", 3)
    assert sum(node.op == "relu" for node in b.builder.nodes.values()) == 1


@pytest.mark.parametrize("size", [(8, 8), (7, 9), (1, 5)])
def test_factorised_reduction_rounds_up_and_sees_every_pixel(size):
    b = blocks((1, *size))
    out = b.factorised_reduction("input", "f", 2, relu=False)
    assert b.builder.shape(out) == (2, -(-size[0] // 2), -(-size[1] // 2))
    net = b.builder.finish("f join").build().double()
    with torch.no_grad():
        for number in (1, 2):
            net[f"f half {number}"].weight.fill_(1)
    x = torch.arange(1.0, 1 + size[0] * size[1], dtype=torch.float64).view(1, 1, *size)
    first, second = net(x)[0]
    assert torch.equal(first, x[0, 0, ::2, ::2])
    inside = x[0, 0, 1::2, 1::2]
    assert torch.equal(second[: inside.shape[0], : inside.shape[1]], inside) and second.sum() == inside.sum()  # what lies outside is zero


def test_odd_channels_are_refused_or_shared_unevenly():
    with pytest.raises(ValueError, match=r"'f'.* to 5 channels.*allowed are even numbers"):
        blocks().factorised_reduction("input", "f", 5)
    b = blocks(odd_halves=True)
    b.factorised_reduction("input", "f", 5)
    assert [b.channels(f"f half {number}") for number in (1, 2)] == [2, 3]


def test_a_separable_convolution_is_applied_twice_and_strides_once():
    b = blocks()
    assert b.builder.shape(b.separable("input", "s", 6, 3, stride=2)) == (6, 4, 4)
    graph = b.builder.finish("s 2 bn")
    assert graph.counts().params == (4 * 9 + 4 * 6 + 12) + (6 * 9 + 6 * 6 + 12) and graph.counts().depth == 4


def test_narrow_convolutions():
    b = blocks()
    assert b.builder.shape(b.narrow("input", "n", 8, 2, ((1, 7), (7, 1)), stride=2)) == (8, 4, 4)
    assert b.builder.nodes["n 1x7 conv"]["stride"] == (1, 2) and b.builder.nodes["n 7x1 conv"]["stride"] == (2, 1)
    assert b.builder.finish("n out bn").counts().params == 4 * 2 + 4 + 2 * (2 * 2 * 7 + 4) + 2 * 8 + 16
    wide = blocks()
    wide.narrow("input", "n", 8, 0, (3,), dilation=2)
    assert set(wide.builder.nodes) == {"input", "input relu", "n 3 conv", "n 3 bn"} and wide.builder.shape("n 3 bn") == (8, 8, 8)


def dropping():
    b = blocks((1, 2, 2))
    b.add("drop_path", "input", name="drop", p=0.4)
    return b.builder.finish("drop").build().train()


def test_paths_are_dropped_more_and_more():
    net = dropping()
    for progress, p in ((0, 0), (0.5, 0.2), (1, 0.4), (7, 0.4), (0.25, 0.1)):
        schedule_drop_path(net, progress)
        assert net["drop"].p == pytest.approx(p)
    with pytest.raises(ValueError, match="`progress` is -1"):
        schedule_drop_path(net, -1)


def test_a_dropped_path_keeps_its_mean_and_goes_as_a_whole():
    net, x = dropping(), torch.ones(4000, 1, 2, 2)
    out = net(x).flatten(1)
    assert (out == out[:, :1]).all() and abs(out.mean() - 1) < 0.06 and 0.5 < (out[:, 0] > 0).float().mean() < 0.7  # 5 standard errors: 0.065
    assert torch.equal(net.eval()(x), x)
    schedule_drop_path(net, 0)
    assert torch.equal(net.train()(x), x)


def test_the_auxiliary_loss_counts_less():
    labels = torch.tensor([0, 1])
    good, bad = torch.tensor([[9.0, -9], [-9, 9]]), torch.tensor([[-9.0, 9], [9, -9]])
    assert auxiliary_loss(torch.cat([good, bad], 1), labels) == pytest.approx(0.4 * 18, rel=1e-3)
    assert auxiliary_loss(torch.cat([bad, good], 1), labels, weight=0.1) == pytest.approx(18, rel=1e-3)


def test_an_auxiliary_head_needs_a_map_of_five():
    with pytest.raises(ValueError, match=r"`auxiliary` is True.*\(4, 4\)"):
        blocks((4, 4, 4)).auxiliary_classifier("input", 10)
