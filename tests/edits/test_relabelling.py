from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from nastutor.edits import AddSkip, Branch, Deepen, Widen
from nastutor.edits.network import Layer, Network
from nastutor.edits.relabelling import relabelled, renumbered
from tests.edits.networks import networks, other_numbers, with_numbers

CHAIN = Network.chain([("conv", 4, 3), ("max",), ("conv", 8, 3)])


@given(networks(), st.integers(0, 10**6))
def test_numbers_say_nothing(drawn, seed):
    network = Network.of(drawn[1])
    form = relabelled(network)
    assert relabelled(renumbered(network, other_numbers(network, seed))) == form == relabelled(form) and form.arch().choices
    assert sorted(form.layers) == list(range(1, len(network.layers) + 1)) and list(form.order) == sorted(form.order)
    assert sorted((*layer[:3], len(layer.reads)) for layer in map(str_none, form.layers.values())) == sorted(
        (*layer[:3], len(layer.reads)) for layer in map(str_none, network.layers.values())
    )


def str_none(layer):
    return layer._replace(width=layer.width or 0, kernel=layer.kernel or 0)


def test_numbers_follow_the_way_through_the_network():
    assert str(relabelled(renumbered(CHAIN, {1: 7, 2: 3, 3: 5}))) == str(CHAIN)


def test_what_is_added_has_no_order_but_the_first_part():
    layers = {1: Layer("conv", 4, 3, (0,)), 2: Layer("conv", 5, 3, (1,)), 3: Layer("conv", 6, 3, (2,))}
    sums = {reads: relabelled(Network({**layers, 4: Layer("add", None, None, reads)}, 4)).arch() for reads in permutations((1, 2, 3))}
    joins = {reads: relabelled(Network({**layers, 4: Layer("concat", None, None, reads)}, 4)).arch() for reads in permutations((1, 2, 3))}
    assert len(set(sums.values())) == 3 and sums[1, 2, 3] == sums[1, 3, 2] and len(set(joins.values())) == 6


def test_two_sums_of_the_same_are_told_apart_by_who_reads_them_and_not_by_their_order():
    def network(first, second):
        layers = {n: Layer("conv", 4, kernel, (0,)) for n, kernel in ((1, 1), (2, 3), (3, 5))}
        sums = {4: Layer("add", None, None, (1, *first)), 5: Layer("add", None, None, (1, *second))}
        ends = {6: Layer("conv", 8, 3, (4,)), 7: Layer("conv", 16, 3, (5,)), 8: Layer("concat", None, None, (6, 7))}
        return relabelled(Network({**layers, **sums, **ends}, 8)).arch()

    assert len({network(first, second) for first, second in (((2, 3), (3, 2)), ((3, 2), (2, 3)), ((2, 3), (2, 3)))}) == 1


def test_where_a_layer_is_read_tells_it_from_its_twin():
    arch = Network.chain([("conv", 4, 3), ("conv", 4, 3), ("conv", 4, 3)]).arch()
    assert Deepen(1)(arch) != Deepen(2)(arch) != Deepen(3)(arch)
    assert len({relabelled(Network.of(Deepen(number)(arch))).arch() for number in (1, 2, 3)}) == 1, "four in a row, whichever was the last to come"
    assert len({relabelled(Network.of(Widen(number, 4)(arch))).arch() for number in (1, 2, 3)}) == 3


@given(st.integers(2, 5), st.integers(0, 1000))
def test_many_copies_are_told_from_each_other_by_chance_alone(copies, seed):
    """All branches alike: any of them may be widened, and it is one network."""
    arch = Network.chain([("conv", 4, 3), ("conv", 4, 3), ("max",)]).arch()
    for _ in range(copies):
        arch = Branch(2, 2)(arch)
    skipped = AddSkip(1, -1)(arch)
    for one in (arch, skipped):
        network = Network.of(one)
        beside = [number for number in network.layers if network.layers[number].reads == (1,) and number != 2]
        assert len(beside) == copies
        forms = {relabelled(Network.of(Widen(number, 1)(one))).arch() for number in beside}
        assert len(forms) == 1
        assert relabelled(Network.of(with_numbers(one, other_numbers(network, seed)))) == relabelled(network)
