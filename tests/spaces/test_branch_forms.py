"""How many wirings there are, and which order of layers comes first."""

from itertools import permutations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nastutor.spaces.branch_forms import Layers, wirings

A005321 = (1, 1, 2, 10, 122, 3346, 196082, 23869210, 5939193962)  # OEIS: upper triangular n x n matrices of zeros and ones without a zero row or column


def test_wirings_are_triangular_matrices_without_zero_lines():
    assert [wirings(depth) for depth in range(8)] == list(A005321[1:])


@pytest.mark.parametrize("depth, merges", [(0, 2), (1, 2), (2, 1), (2, 2), (2, 3), (3, 2)])
def test_wirings_one_by_one(depth, merges):
    cells = [(output, reader) for reader in range(1, depth + 2) for output in range(reader)]
    count = 0
    for bits in product((0, 1), repeat=len(cells)):
        links = [cell for cell, bit in zip(cells, bits, strict=True) if bit]
        degrees = [sum(reader == own for _, reader in links) for own in range(1, depth + 2)]
        if all(degrees) and {output for output, _ in links} == set(range(depth + 1)):
            count += merges ** sum(degree > 1 for degree in degrees)
    assert wirings(depth, merges) == count


def described(order, reads, keys, head):
    """The description of the layers in this order (old numbers), None where one comes before what it reads."""
    new = {0: 0} | {old: number for number, old in enumerate(order, start=1)}
    codes = []
    for number, old in enumerate(order, start=1):
        sources = {new[source] for source in reads[old - 1]}
        if max(sources) >= number:
            return None
        codes.append((keys[old - 1][0], [k in sources for k in range(number)], keys[old - 1][1]))
    return codes, [k in {new[source] for source in head} for k in range(len(order) + 1)]


@st.composite
def wired(draw):
    reads = [tuple(sorted(draw(st.sets(st.integers(0, layer), min_size=1)))) for layer in range(draw(st.integers(1, 6)))]
    keys = [((draw(st.integers(0, 1)),), draw(st.integers(0, 1))) for _ in reads]
    unread = set(range(1, len(reads) + 1)).difference(*reads)
    return reads, keys, tuple(sorted(unread | draw(st.sets(st.integers(0, len(reads))))))


@settings(max_examples=60, deadline=None)
@given(wired())
def test_it_is_the_first_of_all_orders(wiring):
    every = [form for order in permutations(range(1, len(wiring[0]) + 1)) if (form := described(order, *wiring))]
    new = Layers(*wiring).first_order()
    assert new[0] == 0 and described(list(new)[1:], *wiring) == min(every)


def test_twins_that_go_on_alike_are_not_all_tried():
    branches = 9  # of two equal layers each: 9! orders of the first ones
    reads = [(0,)] * branches + [(1 + branch,) for branch in range(branches)]
    layers = Layers(reads, [((0,), 0)] * branches + [((1,), 0)] * branches, tuple(range(branches + 1, 2 * branches + 1)))
    assert sorted(layers.first_order().values()) == list(range(2 * branches + 1))


def test_interchangeable_is_proven():
    """Colours cannot tell rings of twins of different length apart; a renaming that does not hold is refused."""
    ring = [(1, 2), (2, 1), (3, 4), (4, 5), (5, 6), (6, 3)]  # 2 twins and 4 twins, each read by two
    layers = Layers([(0,)] * 6 + ring, [((0,), 0)] * 6 + [((1,), 0)] * 6, tuple(range(7, 13)))
    assert layers._interchangeable(1, 2, {0: 0}) and layers._interchangeable(3, 5, {0: 0})
    assert not layers._interchangeable(1, 3, {0: 0})
    assert not layers._interchangeable(1, 2, {0: 0, 1: 1}), "what is placed stays"
