"""Masks: the smaller kernel in the middle of the larger one, the first channels of more; what is cut out of a tensor."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from nastutor.nets.graph import LayerGraph
from nastutor.nets.nested import channel_masks, cut, kernel_masks, masked_conv, weighed
from nastutor.nets.supernet import Supernet


def test_the_masks_by_hand():
    one, three = kernel_masks((1, 3))
    assert one.tolist() == [[0, 0, 0], [0, 1, 0], [0, 0, 0]] and three.tolist() == [[1, 1, 1]] * 3
    assert channel_masks((1, 3)).flatten(1).tolist() == [[1, 0, 0], [1, 1, 1]]


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 10**6), number=st.integers(0, 2))
def test_at_a_size_the_masked_filter_is_exactly_the_small_one(seed, number):
    sizes, generator = (1, 3, 5), torch.Generator().manual_seed(seed)
    conv = nn.Conv2d(3, 4, 5, padding=2, bias=False).double()
    x = torch.randn(2, 3, 6, 6, dtype=torch.float64, generator=generator)
    small = cut(conv.weight, (4, 3, sizes[number], sizes[number]))
    expected = F.conv2d(x, small, padding=sizes[number] // 2)
    torch.testing.assert_close(masked_conv(conv, x, kernel_masks(sizes)[number].double()), expected)


def test_between_two_sizes_the_output_lies_between_theirs_and_the_norm_of_the_filter_rises():
    conv, x, masks = nn.Conv2d(1, 2, 5, padding=2, bias=False).double(), torch.randn(1, 1, 7, 7, dtype=torch.float64), kernel_masks((1, 3, 5)).double()
    half = weighed(masks, torch.tensor([0, 0.25, 0.75], dtype=torch.float64), (0, 1, 2), x)
    ends = [masked_conv(conv, x, masks[number]) for number in (1, 2)]
    torch.testing.assert_close(masked_conv(conv, x, half), 0.25 * ends[0] + 0.75 * ends[1])
    norms = [float((conv.weight.detach() * weighed(masks, torch.tensor([0, 1 - t, t]).double(), (0, 1, 2), x)).norm()) for t in (0.0, 0.3, 0.6, 1.0)]
    assert norms == sorted(norms) and norms[0] < norms[-1]


def test_cut_takes_the_first_channels_and_the_middle():
    weight = torch.arange(2 * 2 * 9).view(2, 2, 3, 3)
    assert torch.equal(cut(weight, (1, 2, 1, 1)), weight[:1, :, 1:2, 1:2]) and torch.equal(cut(weight, weight.shape), weight)
    assert torch.equal(cut(torch.arange(4), (2,)), torch.tensor([0, 1]))


@pytest.mark.parametrize("field, words", [("kernels", "`kernels` has 'r', relu.*largest kernel of the decision 'k'"), ("widths", "`widths` has 'r', of shape")])
def test_a_supernet_refuses_masks_on_what_is_not_the_largest(field, words):
    builder = LayerGraph.start((1, 4, 4))
    graph = builder.finish(builder.add("relu", builder.add("conv", "input", channels=4, kernel=3, name="c"), name="r"))
    with pytest.raises(ValueError, match=words):
        Supernet(graph, {}, {"k": (1, 3)}, **{field: {"r": "k"}})
