import math

import pytest

import nastutor as nt
from nastutor.widgets.sizes_families import FAMILIES, cells, said, size

PUBLISHED = {  # of the cards, or of the papers
    "NASNet": 5.23e36,
    "AmoebaNet": 3.1e29,
    "PNAS": 5.6e14,
    "DARTS": 1.08e18,
    "NAS-Bench-201": 15_625,
}


@pytest.mark.parametrize("family", PUBLISHED)
def test_published_sizes(family):
    assert size(family, *FAMILIES[family].published) == pytest.approx(PUBLISHED[family], rel=0.01)


FORMULAS = {  # as they are said, written once more
    "NASNet": lambda n, k: math.prod((b + 1) ** 2 * k**2 * 2 for b in range(1, n + 1)) ** 2,
    "AmoebaNet": lambda n, k: math.prod((b + 1) ** 2 * k**2 for b in range(1, n + 1)) ** 2,
    "PNAS": lambda n, k: math.prod((b + 1) ** 2 * k**2 for b in range(1, n + 1)),
    "ENAS micro": lambda n, k: math.prod((b + 1) ** 2 * k**2 for b in range(1, n + 1)) ** 2,
    "DARTS": lambda n, k: math.prod((b + 1) * b // 2 * k**2 for b in range(1, n + 1)) ** 2,
    "NAS-Bench-201": lambda n, k: k ** (n * (n - 1) // 2),
    "BlockQNN": lambda n, k: sum(math.prod(i * i + 7 * i for i in range(1, m + 1)) for m in range(1, n)),
}


@pytest.mark.parametrize("family", FORMULAS)
def test_the_formula_is_what_the_space_says(family):
    kind = FAMILIES[family]
    for steps in range(kind.least, kind.most + 1):
        for ops in {kind.ops} if kind.fixed_ops else {1, 2, kind.ops}:
            assert size(family, steps, ops) == FORMULAS[family](steps, ops), (steps, ops)


@pytest.mark.parametrize("family", FAMILIES)
def test_an_architecture_is_as_many_cells_as_the_family_says(family):
    kind = FAMILIES[family]
    for steps in (kind.least, kind.published[0]):
        assert cells(family, steps, kind.ops) ** kind.cells == size(family, steps, kind.ops)


def test_graphs_are_counted():
    assert size("NAS-Bench-101", 5, 3) == nt.spaces.NASBench101(vertices=5).size
    assert FAMILIES["NAS-Bench-101"].different == len(nt.spaces.NASBench101().networks()) and FAMILIES["NAS-Bench-201"].different == 5_044


def test_sizes_in_a_few_letters():
    assert [said(n) for n in (7, 999_999_999, 10**9, 2 * 10**400)] == ["7", "999,999,999", "1.00·10^9", "10^400.3"]
