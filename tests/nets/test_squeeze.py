"""Squeeze and excitation by hand, and what it refuses."""

import pytest
import torch

from nastutor.nets.graph import LayerGraph


def network(units=2, channels=3):
    builder = LayerGraph.start((channels, 4, 5))
    return builder.finish(builder.add("squeeze_excite", "input", name="scale", units=units))


def test_it_scales_each_channel_by_what_all_means_say():
    net = network().build(seed=0).double()
    x = torch.randn(2, 3, 4, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    first, second = net["scale"].squeeze, net["scale"].excite
    for image, out in zip(x, net(x)):
        hidden = (first.weight @ image.mean((1, 2)) + first.bias).clamp(min=0)
        scale = 1 / (1 + (-(second.weight @ hidden + second.bias)).exp())
        torch.testing.assert_close(out, image * scale[:, None, None])


def test_counts_by_hand():
    counts = network(units=2, channels=3).counts()
    assert (counts.params, counts.mult_adds, counts.depth) == ((3 * 2 + 2) + (2 * 3 + 3), 12, 2)


def test_it_takes_an_image():
    builder = LayerGraph.start((5,))
    with pytest.raises(ValueError, match=r"takes an image \(C, H, W\), not \(5,\)"):
        builder.add("squeeze_excite", "input", units=2)
