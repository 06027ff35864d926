"""Each rule about graphs and canonical forms has a space that breaks it."""

import numpy as np
import pytest

import nastutor as nt
from nastutor.nets.graph import LayerGraph
from nastutor.rng import as_rng
from nastutor.testing import check_space
from nastutor.testing.networks import IMAGES, check_same_network

CellSpace = nt.spaces.CellSpace


class Lumping(CellSpace):
    """All are the first."""

    def canonical(self, arch):
        return next(iter(self))


class Flat(CellSpace):
    """Takes mean pools for skips: neither has weights."""

    def canonical(self, arch):
        return super().canonical(nt.Arch(tuple((name, "skip" if op == "avgpool3" else op) for name, op in arch.choices)))


class Blind(CellSpace):
    def graph(self, arch, task):
        return super().graph(next(iter(self)), task)


class Stray(CellSpace):
    """Its canonical form is valid, and neither sampled nor enumerated."""

    def sample(self, rng):
        rng = as_rng(rng)
        return next(arch for arch in iter(lambda: super(Stray, self).sample(rng), None) if {op for _, op in arch.choices} != {"conv3"})

    def canonical(self, arch):
        return nt.Arch(tuple((name, "conv3") for name, _ in arch.choices))

    def __iter__(self):
        return (arch for arch in super().__iter__() if {op for _, op in arch.choices} != {"conv3"})

    @property
    def size(self):
        return super().size - 1


class Unfinished(CellSpace):
    def encode(self, arch):
        return np.where(super().encode(arch) > 0, 1.0, np.nan)


CAUGHT = {
    Lumping: "canonical is the same network",
    Flat: "canonical is the same network",
    Blind: "graphs show the architecture",
    Stray: "canonical gives the first of the same",
    Unfinished: "encode gives finite numbers",
}


@pytest.mark.parametrize("cls", CAUGHT, ids=lambda cls: cls.__name__)
def test_who_breaks_a_rule_is_found_out_by_that_rule(cls):
    with pytest.raises(AssertionError) as error:
        check_space(cls(nodes=3), samples=40)
    assert str(error.value).startswith(f"`{cls.__name__}` breaks the rule '{CAUGHT[cls]}'"), error.value


def test_the_reason_is_said():
    with pytest.raises(AssertionError, match="different layers with weights: bn"):
        check_space(Lumping(nodes=3))
    with pytest.raises(AssertionError, match="the same layers with weights, and give different scores"):
        check_space(Flat(nodes=3))


def test_equal_cells_of_all_kinds_pass():
    small = CellSpace(nodes=3, channels=2)
    check_same_network(small, list(small), IMAGES, pairs=125)
    large = CellSpace(nodes=4, channels=2)
    check_same_network(large, [large.sample(seed) for seed in range(60)], IMAGES, pairs=60)


def test_pools_that_are_one_pool_pass():
    space = nt.spaces.ChainSpace((1, 2, 3), widths=(4,), kernels=(3,), pools=(2, 4, 8), max_pools=2, skips=True)
    fitting = [arch for arch in space if np.prod([value for name, value in arch.choices if name.startswith("pool")]) <= 8]
    assert any(space.canonical(arch) != arch for arch in fitting)
    check_same_network(space, fitting, IMAGES, pairs=60)


def test_a_decision_that_no_graph_shows_is_allowed_beside_others():
    class Rates(nt.spaces.ChoiceSpace):
        def decide(self, choose):
            return choose("rate", (0.1, 0.2)), choose("units", (2, 3))

        def graph(self, arch, task):
            builder = LayerGraph.start(task.shape)
            x = builder.add("linear", builder.add("flatten", builder.input), units=arch["units"])
            return builder.finish(builder.add("linear", x, units=task.classes))

    check_space(Rates())
