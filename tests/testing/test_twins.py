"""Equal networks with different canonical forms, and decisions that no graph shows, are found; what a space says of itself is taken into account."""

import pytest

import nastutor as nt
from nastutor.nets.graph import LayerGraph
from nastutor.testing import check_space
from nastutor.testing.networks import IMAGES
from nastutor.testing.twins import around, same_graph, twins_among

CellSpace = nt.spaces.CellSpace


class Apart(CellSpace):
    """Merges nothing."""

    def canonical(self, arch):
        self.validate(arch)
        return arch


class Coloured(nt.spaces.ChainSpace):
    def decide(self, choose):
        choose("colour", ("red", "blue"))
        return super().decide(choose)

    @property
    def size(self):
        return 2 * super().size

    _sites = nt.spaces.ChoiceSpace._sites


class Few(nt.spaces.MacroSpace):
    @property
    def size(self):
        return 7


class Other(nt.spaces.MacroSpace):
    @property
    def size(self):
        return 12_345


CAUGHT = {
    "merges nothing": (lambda: Apart(3), "canonical merges equal networks"),
    "merges nothing of many": (lambda: Apart(4), "canonical merges equal networks"),
    "shows no colour": (lambda: Coloured((1, 2), widths=(4, 8)), "graphs show the architecture"),
    "few of many": (lambda: Few(4, channels=4), "enumeration gives each architecture once"),
    "other than the product": (lambda: Other(4, channels=4), "enumeration gives each architecture once"),
}


@pytest.mark.parametrize("make, rule", CAUGHT.values(), ids=CAUGHT)
def test_who_breaks_a_rule_is_found_out_by_that_rule(make, rule):
    space = make()
    with pytest.raises(AssertionError) as error:
        check_space(space, samples=20)
    assert str(error.value).startswith(f"`{type(space).__name__}` breaks the rule '{rule}'"), error.value


def test_the_reason_is_said():
    with pytest.raises(AssertionError, match=r"'colour' alone; if it is to be so, name it in `unseen`"):
        check_space(Coloured((1, 2), widths=(4, 8)), samples=20)
    with pytest.raises(AssertionError, match="size is 7, iterating gives 2,001 and more"):
        check_space(Few(4, channels=4), samples=20)
    with pytest.raises(AssertionError, match="size is 12,345, and 10 decisions with all their options are 82,944"):
        check_space(Other(4, channels=4), samples=20)


def test_what_a_space_says_of_itself_is_allowed():
    class Said(Apart):
        unmerged = "everything"

    class SaidColoured(Coloured):
        unseen = ("colour",)

    check_space(Said(3), samples=20)
    check_space(SaidColoured((1, 2), widths=(4, 8)), samples=20)


def test_networks_that_are_trained_in_another_way_are_no_twins():
    space = nt.spaces.JointSpace(CellSpace(3), {"lr": (0.1, 1.0)})
    assert space.unseen == ("lr",) and twins_among(space, space, IMAGES) is None


def test_of_one_cell_both_inputs_are_the_same_and_it_is_said():
    one, two = (nt.spaces.NASNetSpace(1, ("identity", "sep3"), channels=4, stages=1, cells=cells) for cells in (1, 2))
    pair = [one.walk(lambda name, options, read=read: read if name == "normal2_in1" else 1 if "_in2" in name else options[0]) for read in (0, 1)]
    assert twins_among(one, pair, IMAGES) and not twins_among(two, pair, IMAGES)
    assert "one cell" in one.unmerged and two.unmerged == ""


def test_layers_of_nasrl_in_another_order_stay_apart_and_it_is_said():
    space = nt.spaces.NASRLSpace((3,), heights=(3,), widths=(3,), filters=(4,), pools=())
    pair = [space.walk(lambda name, options, read=read: name == read if "->" in name else options[0]) for read in ("1->3", "2->3")]
    assert twins_among(space, pair, IMAGES) and "another order" in space.unmerged


def graph(*rows, output):
    """Rows (name, op, inputs, attrs)."""
    builder = LayerGraph.start((4, 8, 8))
    for name, op, inputs, attrs in rows:
        builder.add(op, *inputs, name=name, **attrs)
    return builder.finish(output)


def two(first, second, merge, parts):
    conv = {"channels": 4, "kernel": 3}
    return graph(("a", first, ["input"], conv if first == "conv" else {"kernel": 3}), ("b", second, ["input"], conv), ("c", merge, parts, {}), output="c")


def test_graphs_are_the_same_but_for_names_and_order():
    one = two("max_pool", "conv", "add", "ab")
    other = graph(("x", "conv", ["input"], {"channels": 4, "kernel": 3}), ("y", "max_pool", ["input"], {"kernel": 3}), ("z", "add", "xy", {}), output="z")
    assert same_graph(one, other) and same_graph(one, two("max_pool", "conv", "add", "ba"))
    assert not same_graph(one, two("conv", "conv", "add", "ab")) and not same_graph(one, two("max_pool", "conv", "concat", "ab"))
    assert not same_graph(two("max_pool", "conv", "concat", "ab"), two("max_pool", "conv", "concat", "ba")), "joined channels have an order"
    assert not same_graph(two("conv", "conv", "add", "aa"), two("conv", "conv", "add", "ab"))


def rings(*sizes):
    """Sums of pairs of convolutions, in rings of so many."""
    rows, start = [], 0
    for size in sizes:
        rows += [(f"conv{start + k}", "conv", ["input"], {"channels": 4, "kernel": 3}) for k in range(size)]
        rows += [(f"pair{start + k}", "add", [f"conv{start + k}", f"conv{start + (k + 1) % size}"], {}) for k in range(size)]
        start += size
    relus = [(f"relu{k}", "relu", [f"pair{k}"], {}) for k in range(start)]
    return graph(*rows, *relus, ("all", "add", [f"relu{k}" for k in range(start)], {}), output="all")


def test_graphs_that_look_alike_from_each_node_are_told_apart():
    """One ring of six convolutions, and two rings of three: each sum is of two, each convolution in two sums."""
    assert not same_graph(rings(6), rings(3, 3)) and same_graph(rings(3, 3), rings(3, 3))


def test_around_gives_samples_and_then_neighbours():
    space = CellSpace(3)
    some = [space.sample(seed) for seed in range(5)]
    near = around(space, some, 12)
    assert near[: len(set(some))] == list(dict.fromkeys(some)) and len(near) == 12 and set(near[5:]) <= {n for arch in some for n in space.neighbours(arch)}
    assert around(space, some, 3) == some[:3]
