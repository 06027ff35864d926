"""`NASNetSpace` and its relatives: what there is to decide, how much of it, which architectures are the same, what is refused."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nastutor.spaces import AmoebaNetSpace, ChoiceSpace, ENASMicroSpace, NASNetSpace, PNASSpace
from nastutor.testing import check_space
from nastutor.testing.twins import same_graph

DIGITS = SimpleNamespace(name="digits", shape=(1, 8, 8), classes=10)
SMALL = {
    "NASNet": NASNetSpace(1, ("identity", "sep3"), channels=4),
    "NASNet, chosen": NASNetSpace(1, ("identity", "avg3"), combine=("add",), output="chosen", channels=4),
    "AmoebaNet": AmoebaNetSpace(2, ("identity",), channels=4),
    "PNAS": PNASSpace(2, ("sep3", "max3"), channels=4),
    "PNAS of one block": PNASSpace(1, channels=4),
    "ENAS": ENASMicroSpace(1, ("sep3", "identity", "avg3"), channels=4),
}


def test_sizes_of_the_papers():
    """Cards: 13 operations and 2 ways to combine; 8 operations; the papers' own figures for PNAS (section 3.1) and AmoebaNet."""
    assert NASNetSpace().size == (720**2 * (13**2 * 2) ** 5) ** 2 and f"{NASNetSpace().size:.3g}" == "5.23e+36"
    assert f"{NASNetSpace(combine=('add',)).size ** 0.5:.3g}" == "7.15e+16"
    assert AmoebaNetSpace().size == (720**2 * 8**10) ** 2
    assert PNASSpace().size == 256 * 576 * 1024 * 1600 * 2304
    assert ENASMicroSpace().size == (720**2 * 25**5) ** 2


@pytest.mark.parametrize("name", SMALL)
def test_the_size_is_the_number_there_is(name):
    space = SMALL[name]
    archs = list(space)
    assert len(archs) == space.size == len(set(archs)) and all(arch in space for arch in archs[::7])


def test_networks_of_pnas():
    """Unordered halves: 136 blocks; with the second one 136 * 300 cells, some of them twice for the order of blocks."""
    one, two = PNASSpace(1), PNASSpace(2, ("sep3", "max3", "identity"))
    assert len({one.canonical(arch) for arch in one}) == 136
    first, second = 6 * 7 // 2, 9 * 10 // 2  # of 2 and of 3 states, 3 operations
    independent = first * first  # pairs whose second block reads inputs alone: each but the equal ones comes in two orders
    assert len({two.canonical(arch) for arch in two}) == first * second - (independent - first) // 2


@pytest.mark.parametrize("name", [name for name in SMALL if name != "PNAS of one block"])
def test_sites_are_those_that_decide_asks_for(name):
    space = SMALL[name]
    tried = ChoiceSpace._sites.func(space)
    assert list(tried) == list(space.sites())
    assert {name: set(options) for name, options in tried.items()} == {name: set(options) for name, options in space.sites().items()}


@pytest.mark.parametrize("name", SMALL)
def test_canonical_is_the_first_of_its_class(name):
    first = {}
    for arch in SMALL[name]:
        canonical = SMALL[name].canonical(arch)
        assert first.setdefault(canonical, arch) == canonical


@pytest.mark.parametrize(
    "space",
    [NASNetSpace(2, ("sep3", "avg3"), output="chosen", channels=4, stages=1), ENASMicroSpace(2, channels=4, stages=1), PNASSpace(2, channels=4, stages=1)],
    ids=lambda s: type(s).__name__,
)
def test_keeps_the_rules(space):
    check_space(space, samples=5, enumerate_up_to=20)


@pytest.mark.slow
@pytest.mark.parametrize(
    "space", [NASNetSpace(), NASNetSpace(output="chosen"), AmoebaNetSpace(), PNASSpace(), ENASMicroSpace()], ids=lambda s: type(s).__name__
)
def test_keeps_the_rules_at_full_size(space):
    check_space(space)


@given(st.integers(0, 2**32))
def test_what_no_block_reads_is_joined(seed):
    for space in (NASNetSpace(), NASNetSpace(output="chosen"), ENASMicroSpace()):
        for cell in space.genotype(space.sample(seed)):
            read = {state for block in cell.blocks for state in (block.in1, block.in2)}
            assert set(range(2, 7)) - read <= set(cell.concat)
            if space.output == "unused":
                assert not read & set(cell.concat) and ({0, 1} & set(cell.concat) == ({0, 1} - read if space.inputs_too else set()))


@pytest.mark.parametrize("stem", ["cifar", "imagenet"])
@pytest.mark.parametrize("output", ["unused", "all", "chosen"])
def test_whatever_the_constructor_takes_can_be_built(stem, output):
    """The fewest channels that it takes, odd halves and inputs that are joined among them: every sample has a graph."""
    least = 1 if stem == "cifar" else 8 if output == "chosen" else 4
    for channels, odd_halves in ((least, False), (least, True), (3 * least, False), (least + 1, True)):
        space = NASNetSpace(1, output=output, stem=stem, channels=channels, stages=1 if stem == "imagenet" else 2, odd_halves=odd_halves)
        for seed in range(20):
            assert space.graph(space.sample(seed), DIGITS).nodes[-1].shape == (10,)


def one_network(space, normal, reduce):
    """Whether identity and conv1, in place of OP, have one canonical form; the graphs say the same."""
    one, other = (space.from_genotype(f"normal: {normal}; reduce: {reduce}".replace("OP", op)) for op in ("identity", "conv1"))
    same = space.canonical(one) == space.canonical(other)
    assert same == same_graph(space.graph(one, DIGITS).simplified(), space.graph(other, DIGITS).simplified())
    return same


@pytest.mark.parametrize("ops", [("identity", "conv1", "sep3"), ("conv1", "sep3", "identity")])
def test_identities_that_are_convolutions(ops):
    """With stride 2, and of what was joined, the release's identity is the layer of conv1, unless paths are dropped, or ENAS halves in its own way."""
    plain, reads_input = "0 sep3 + 1 sep3 | 2 sep3 + 1 sep3 -> 3", "0 OP + 1 sep3 | 2 sep3 + 1 sep3 -> 3"
    reads_sum, reads_joined = "0 sep3 + 1 sep3 | 2 OP + 1 sep3 -> 3", "0 sep3 & 1 sep3 | 2 OP + 1 sep3 -> 3"
    space = NASNetSpace(2, ops, channels=4)
    assert one_network(space, plain, reads_input) and one_network(space, reads_joined, plain) and one_network(space, plain, reads_joined)
    assert not one_network(space, reads_input, plain) and not one_network(space, reads_sum, plain) and not one_network(space, plain, reads_sum)
    assert not one_network(ENASMicroSpace(2, ops, channels=4), plain, reads_input)
    dropped = NASNetSpace(2, ops, channels=4, drop_path=0.1)
    one, other = (dropped.from_genotype(f"normal: {plain}; reduce: {reads_input}".replace("OP", op)) for op in ("identity", "conv1"))
    assert dropped.canonical(one) != dropped.canonical(other)


# ---------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"blocks": 0}, "`blocks` is 0"),
        ({"blocks": 8}, "`blocks` is 8; allowed are at most 7"),
        ({"ops": ("sep3", "sep4")}, r"`ops` is \('sep3', 'sep4'\); allowed is a tuple of some of identity"),
        ({"ops": ("sep3", "sep3")}, "each once"),
        ({"ops": "sep3"}, "`ops` is 'sep3'"),
        ({"combine": ("times",)}, r"`combine` is \('times',\); allowed is a tuple of some of add, concat"),
        ({"output": "used"}, "`output` is 'used'; allowed are 'unused', 'all', 'chosen'"),
        ({"cells": 0}, "`cells` is 0"),
        ({"stem": "mnist"}, "`stem` is 'mnist'; allowed are 'cifar', 'imagenet'"),
        ({"stem": "imagenet", "channels": 10}, "`channels` is 10; allowed with `stem`='imagenet' are multiples of 4"),
        ({"stem": "imagenet", "channels": 2, "odd_halves": True}, "`channels` is 2"),
        ({"stem": "imagenet", "channels": 12, "output": "chosen"}, "`channels` is 12; allowed with `stem`='imagenet' and `output`='chosen' are multiples of 8"),
        ({"stem": "imagenet", "channels": 4, "output": "chosen", "odd_halves": True}, "`channels` is 4; .* rounds down, from 8"),
        ({"drop_path": 1.0}, "`drop_path` is 1.0"),
        ({"stem_channels": 0}, "`stem_channels` is 0"),
    ],
)
def test_bad_settings_are_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        NASNetSpace(**arguments)


ONE = "0 sep3 + 1 sep3 -> 2"


@pytest.mark.parametrize(
    "space, genotype, words",
    [
        (NASNetSpace(1), f"normal: 0 sep9 + 1 sep3 -> 2; reduce: {ONE}", "`genotype` says 'sep9' for 'normal2_op1'; allowed are 'identity'"),
        (NASNetSpace(2), f"normal: {ONE}; reduce: {ONE}", "`genotype` has 1 blocks in its normal cell; allowed are 2"),
        (NASNetSpace(1), f"normal: 0 sep3 + 1 sep3 -> 1 2; reduce: {ONE}", r"joins the states \(1, 2\) in its normal cell; .* joins \(2,\) there"),
        (NASNetSpace(1, output="chosen"), f"normal: 0 sep3 + 1 sep3 -> 1; reduce: {ONE}", "`genotype` says False for 'normal_out2'; allowed are True"),
        (AmoebaNetSpace(1), f"normal: 0 sep3 & 1 sep3 -> 2; reduce: {ONE}", "combines by 'concat'; allowed are 'add'"),
        (PNASSpace(1), f"normal: 0 sep3 + 0 sep3 -> 2; reduce: {ONE}", "two different cells"),
        (NASNetSpace(1), f"normal: 0 sep3 + 2 sep3 -> 2; reduce: {ONE}", "block normal2 reads the state 2 .in2.; allowed are 0 to 1.*no cycle"),
        (ENASMicroSpace(1), f"normal: {ONE}; reduce: 1 sep3 + 0 sep3 -> 3", r"`concat` of the reduce cell is \(3,\); allowed are some states"),
    ],
)
def test_bad_genotypes_are_refused(space, genotype, words):
    with pytest.raises(ValueError, match=words):
        space.from_genotype(genotype)


@pytest.mark.parametrize("shape", [(1, 3, 8), (64,)])
def test_images_that_are_too_small_are_refused(shape):
    space = AmoebaNetSpace(1, stages=3)
    with pytest.raises(ValueError, match=r"`task` 'small'.*`stages`=3.*at least 4"):
        space.graph(space.sample(0), SimpleNamespace(name="small", shape=shape, classes=2))
