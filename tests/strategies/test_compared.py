"""A matrix of comparisons that grows and is partly replaced equals one that is made at once, and nothing is compared twice."""

import numpy as np
import pytest

import nastutor as nt
from nastutor.strategies import compared as module
from nastutor.strategies.compared import Compared

SPACE = nt.spaces.ChoiceSpace.of({f"d{i}": tuple(range(4)) for i in range(4)})
ARCHS = list(dict.fromkeys(SPACE.sample(seed) for seed in range(40)))


class Costly(nt.kernels.OneHot):
    costly = True

    def __init__(self):
        self.pairs = []

    def compare(self, one, other):
        self.pairs += [(a.tobytes(), b.tobytes()) for a in one for b in other]
        return super().compare(one, other)


@pytest.mark.parametrize("kernel", [nt.kernels.OneHot, Costly])
def test_rows_that_come_one_by_one_make_the_matrix_of_all(kernel):
    held = Compared(SPACE, kernel())
    for first, last in ((0, 1), (1, 1), (1, 4), (4, 11)):
        held.add(ARCHS[first:last])
        held.rows_of(ARCHS[20:25])
    held.replace(2, ARCHS[12])
    now = [*ARCHS[:2], ARCHS[12], *ARCHS[3:11]]
    assert held.archs == now and held.since.index(max(held.since)) == 2
    whole = nt.kernels.OneHot().matrix(SPACE, [*now, *ARCHS[20:25]])
    np.testing.assert_allclose(held.matrix, whole[:, :11, :11])
    np.testing.assert_allclose(held.rows_of(ARCHS[20:25]), whole[:, 11:, :11])
    np.testing.assert_allclose(held.with_others(ARCHS[20:25]), whole)
    np.testing.assert_allclose(held.between(ARCHS[20:23], ARCHS[23:25]), whole[:, 11:14, 14:])


def test_nothing_costly_is_compared_twice(monkeypatch):
    held = Compared(SPACE, kernel := Costly())
    held.add(ARCHS[:5])
    held.rows_of(ARCHS[20:22])
    held.add(ARCHS[5:7])
    held.replace(0, ARCHS[8])
    pairs = held.kernel.pairs
    pairs.clear()
    held.rows_of(ARCHS[20:22])
    assert len(pairs) == 2 * 3, "two new ones and one replaced"
    held.rows_of(ARCHS[20:22])
    assert len(pairs) == 6 and kernel.pairs is pairs
    monkeypatch.setattr(module, "REMEMBERED", 3)
    held.rows_of(ARCHS[20:30])
    assert len(held.rows) <= 12
