"""Depthwise convolutions with their own way back: the same numbers, whatever kernel, dilation and size."""

import pytest
import torch
from torch import nn

from nastutor.nets import depthwise as module
from nastutor.nets.depthwise import _quarters, depthwise


@pytest.mark.parametrize("size", [(8, 8), (7, 8), (4, 6), (5, 5), (17, 16), (32, 34)])
@pytest.mark.parametrize("dilation", [1, 2, 3])
@pytest.mark.parametrize("kernel", [1, 3, 5])
@pytest.mark.parametrize("stride", [1, 2])
def test_gradients_are_those_of_the_convolution(stride, kernel, dilation, size):
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(3, 4, *size, dtype=torch.float64, generator=generator).contiguous(memory_format=torch.channels_last)
    conv = nn.Conv2d(4, 4, kernel, stride, dilation * (kernel - 1) // 2, dilation, groups=4, bias=False, dtype=torch.float64)
    assert (depthwise(conv) is conv) == (stride == 2 and dilation != 2)
    found = []
    for run in (conv, depthwise(conv)):
        own = x.clone().requires_grad_()
        conv.zero_grad()
        out = run(own)
        out.square().sum().backward()
        found.append((out.detach(), own.grad, conv.weight.grad.clone()))
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize("more", [{"stride": 2, "padding": 1}, {"padding": 0}, {"padding": (1, 0), "kernel_size": (3, 1)}, {"padding": 1, "bias": True}])
def test_others_run_as_they_are(more):
    conv = nn.Conv2d(4, 4, groups=4, **{"kernel_size": 3, "bias": False, **more})
    assert depthwise(conv) is conv


@pytest.mark.parametrize(("size", "counted"), [(8, 25), (12, 0), (7, 0)])
def test_small_images_are_gone_through_place_by_place(size, counted, monkeypatch):
    conv = nn.Conv2d(2, 2, 5, padding=4, dilation=2, groups=2, bias=False)
    counts, place_by_place = [], module._place_by_place
    monkeypatch.setattr(module, "_place_by_place", lambda *given: counts.append(given[2].shape[2] ** 2) or place_by_place(*given))
    depthwise(conv)(torch.randn(1, 2, size, size)).sum().backward()
    assert sum(counts) == counted, "quarters of 4x4 are smaller than a kernel of 5x5"


def test_with_stride_and_dilation_of_2_the_order_of_channels_stays_the_last():
    conv = nn.Conv2d(4, 4, 3, 2, 2, 2, groups=4, bias=False)
    x = torch.randn(2, 4, 6, 6).contiguous(memory_format=torch.channels_last).requires_grad_()
    out = depthwise(conv)(x)
    (found,) = torch.autograd.grad(out.sum(), [x])
    assert out.is_contiguous(memory_format=torch.channels_last) and found.is_contiguous(memory_format=torch.channels_last)


def test_without_a_gradient_of_the_weights_none_is_computed():
    conv = nn.Conv2d(2, 2, 3, padding=2, dilation=2, groups=2, bias=False)
    x = torch.randn(1, 2, 4, 4, requires_grad=True)
    (found,) = torch.autograd.grad(depthwise(conv)(x).sum(), [x])
    assert found.shape == x.shape and conv.weight.grad is None


def test_quarters_are_even_and_odd_rows_and_columns():
    x = torch.arange(16.0).view(1, 1, 4, 4)
    assert _quarters(x)[:, 0].tolist() == [[[0, 2], [8, 10]], [[1, 3], [9, 11]], [[4, 6], [12, 14]], [[5, 7], [13, 15]]]
