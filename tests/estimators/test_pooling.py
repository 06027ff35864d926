"""Pools, fields, neighbourhoods and warps, each against a loop or a number by hand."""

import numpy as np
import pytest

from nastutor.estimators.pooling import affine, box, grid_pool, local_norm, pool, two_sided, warped
from nastutor.rng import numpy_rng

X = numpy_rng(0, "pooling").normal(size=(3, 2, 6, 6)).astype(np.float32)
COUNT = np.arange(16, dtype=np.float32).reshape(1, 1, 4, 4)


def test_windows_are_summed():
    assert box(COUNT, 3)[0, 0].tolist() == [[45, 54], [81, 90]]


@pytest.mark.parametrize(("order", "expected"), [(1, -2.0), (2, 30**0.5), (3.0, 100 ** (1 / 3)), (0.5, (1 + 2**0.5 + 3**0.5 + 2) ** 2)])
def test_orders_of_a_pool(order, expected):
    """1, -2, 3, -4: order 1 adds them up as they are, others are norms."""
    assert pool(np.array([[[[1.0, -2.0], [3.0, -4.0]]]]), 2, 1, order).item() == pytest.approx(expected)


def test_a_stride_leaves_windows_out():
    assert pool(X, 2, 1, 2).shape == (3, 2, 5, 5)
    np.testing.assert_array_equal(pool(X, 2, 3, 2), pool(X, 2, 1, 2)[:, :, ::3, ::3])


def test_both_sides():
    assert two_sided(np.array([[[[1.0, -2.0]]]]), 0.5).ravel().tolist() == [0.5, 0, 0, 1.5]
    assert two_sided(np.array([[[[1.0, -2.0]]]]), -0.5).ravel().tolist() == [1.5, 0, 0, 2.5], "below 0, alpha is a gap on the other side"


@pytest.mark.parametrize("order", [1, 2, 3.5])
def test_a_grid_covers_the_image(order):
    x = np.abs(X)
    found = grid_pool(x, 2, order)
    assert found.shape == (3, 2, 2, 2)
    np.testing.assert_allclose(found[:, :, 1, 0], (x[:, :, 3:, :3] ** order).sum(axis=(2, 3)) ** (1 / order), rtol=1e-5)
    uneven = grid_pool(np.abs(X[:, :, :5, :5]), 3, 1)
    np.testing.assert_allclose(uneven.sum(axis=(2, 3)), np.abs(X[:, :, :5, :5]).sum(axis=(2, 3)), rtol=1e-5, err_msg="the last fields take the rest")
    assert grid_pool(np.ones((1, 1, 1, 1)), 2, 1).ravel().tolist() == [0, 0, 0, 1], "a field of round(1/2) = 0 pixels is empty"


@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize("remove_mean", [False, True])
def test_a_neighbourhood_by_a_loop(size, remove_mean):
    found = local_norm(X, size, remove_mean, 0.5)
    assert found.shape == (3, 2, 7 - size, 7 - size)
    for row in range(7 - size):
        for column in range(7 - size):
            around = X[1, :, row : row + size, column : column + size]
            middle = X[1, :, row + (size - 1) // 2, column + (size - 1) // 2]
            mean = around.mean() if remove_mean else 0.0
            norm = 1e-4 + np.sqrt(((around - mean) ** 2).sum())
            np.testing.assert_allclose(found[1, :, row, column], (middle - mean) / (norm if norm >= 0.5 + 1e-4 else 1.0), rtol=1e-3, atol=1e-5)


def test_below_the_threshold_a_pixel_stays():
    np.testing.assert_allclose(local_norm(X, 1, False, 1e9), X)
    assert np.abs(local_norm(X, 1, False, 0.0)).max() <= 1


def test_a_resize_keeps_what_it_can():
    np.testing.assert_allclose(warped(X, 6, {}), X, atol=1e-6)
    np.testing.assert_allclose(warped(COUNT, 2, {})[0, 0], [[2.5, 4.5], [10.5, 12.5]]), "means of four"
    assert warped(np.ones((1, 1, 4, 4)), 9, {}).min() == pytest.approx(1), "nothing comes from outside"


@pytest.mark.parametrize("name", ["warp_rot", "warp_shear", "warp_scale_h", "warp_scale_v", "warp_trans_h", "warp_trans_v"])
def test_each_part_of_a_warp_counts(name):
    still = {"warp_rot": 0.0, "warp_shear": 0.0, "warp_scale_h": 1.0, "warp_scale_v": 1.0, "warp_trans_h": 0.0, "warp_trans_v": 0.0}
    np.testing.assert_allclose(warped(X, 6, still), X, atol=1e-5)
    assert not np.allclose(warped(X, 6, {**still, name: still[name] + 0.2}), X, atol=1e-2)


def test_a_quarter_turn_and_a_move():
    still = {"warp_rot": 0.0, "warp_shear": 0.0, "warp_scale_h": 1.0, "warp_scale_v": 1.0, "warp_trans_h": 0.0, "warp_trans_v": 0.0}
    turned = warped(COUNT, 4, {**still, "warp_rot": np.pi / 2})
    assert any(np.allclose(turned[0, 0], np.rot90(COUNT[0, 0], k), atol=1e-4) for k in (1, 3))
    moved = warped(COUNT, 4, {**still, "warp_trans_h": 0.25})
    np.testing.assert_allclose(moved[0, 0, :, 1:], COUNT[0, 0, :, :3], atol=1e-4)
    matrix, move = affine({})
    assert matrix.tolist() == [[1, 0], [0, 1]] and move.tolist() == [0, 0]
