"""It measures what it says: no repeat gets what the one before has left behind."""

import pytest

import nastutor as nt
from nastutor.spaces import cell_forms


@pytest.fixture(scope="module")
def zoo(benchmark):
    return benchmark("zoo")


def test_every_repeat_draws_its_own_architectures_and_works_them_out(zoo, monkeypatch):
    repeats, real = [], nt.spaces.CellSpace.canonical
    monkeypatch.setattr(nt.spaces.CellSpace, "canonical", lambda self, arch: repeats.append(arch) or real(self, arch))
    assert zoo.rate(nt.spaces.CellSpace(4), 20, 3) > 0 and len(repeats) == 1 + 3 * 20
    first, second, third = (repeats[1 + 20 * number : 21 + 20 * number] for number in range(3))
    assert first != second != third
    worked_out = cell_forms.normal_form.cache_info().misses
    zoo.canonical(nt.spaces.CellSpace(4), 20, seed=2)
    assert repeats[-20:] == third and cell_forms.normal_form.cache_info().misses == worked_out >= 20, "nothing is remembered"


def test_the_number_of_repeats_is_told_to_the_work(zoo):
    seen = []
    assert len(zoo.times(seen.append, 4)) == 4 and seen == [0, 1, 2, 3]
