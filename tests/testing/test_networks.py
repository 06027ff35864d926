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


def test_a_decision_that_no_graph_shows_is_allowed_where_the_space_says_so():
    class Rates(nt.spaces.ChoiceSpace):
        unseen = ("rate",)

        def decide(self, choose):
            return choose("rate", (0.1, 0.2)), choose("units", (2, 3))

        def graph(self, arch, task):
            builder = LayerGraph.start(task.shape)
            x = builder.add("linear", builder.add("flatten", builder.input), units=arch["units"])
            return builder.finish(builder.add("linear", x, units=task.classes))

    check_space(Rates())


class Joining(nt.spaces.ChoiceSpace):
    """Two branches are joined; which of them comes first only the weights of the layers behind can tell."""

    def decide(self, choose):
        return [choose(side, ("conv1", "conv3", "max", "mean")) for side in ("left", "right")]

    def canonical(self, arch):
        order = ("conv1", "conv3", "max", "mean")
        return nt.Arch(tuple(zip(("left", "right"), sorted((arch["left"], arch["right"]), key=order.index), strict=True)))

    def graph(self, arch, task):
        b = LayerGraph.start(task.shape)
        stem = b.add("conv", "input", channels=4, kernel=3)
        parts = [self.branch(b, stem, arch[side]) for side in ("left", "right")]
        return b.finish(b.add("linear", b.add("global_avg_pool", self.behind(b, b.add("concat", *parts))), units=task.classes))

    def branch(self, b, x, op):
        if op.startswith("conv"):
            return b.add("bn", b.add("conv", x, channels=5, kernel=int(op[-1])))
        return b.add("max_pool" if op == "max" else "avg_pool", x, kernel=3)

    def behind(self, b, x):
        x = b.add("dw_conv", b.add("relu", b.add("bn", x)), kernel=3)
        return b.add("conv", b.add("concat", b.add("conv", x, channels=3, kernel=1), x), channels=4, kernel=3)


class Adding(Joining):
    """What is joined is added to something: its order can be seen."""

    def behind(self, b, x):
        return b.add("conv", b.add("add", x, b.add("sigmoid", b.add("slice", b.add("concat", x, x), start=1, channels=b.shape(x)[0]))), channels=4, kernel=1)


class Grouped(Joining):
    """Each group of a convolution sees some of the channels only."""

    def branch(self, b, x, op):
        return b.add("pad_channels", super().branch(b, x, op), channels=4)

    def behind(self, b, x):
        return b.add("conv", x, channels=4, kernel=3, groups=2)


class JoiningFlat(Joining):
    """Takes mean pools for max pools."""

    def canonical(self, arch):
        return super().canonical(nt.Arch(tuple((side, "max" if op == "mean" else op) for side, op in arch.choices)))


def test_a_concat_in_another_order_is_the_same_network_where_weights_can_be_renamed():
    check_space(Joining())


@pytest.mark.parametrize("cls", [Adding, Grouped, JoiningFlat])
def test_and_another_one_where_they_cannot_or_something_else_differs(cls):
    with pytest.raises(AssertionError, match="breaks the rule 'canonical is the same network'.*|give different scores"):
        check_space(cls())
