import pytest
from hypothesis import given

from nastutor.edits import AddSkip, Branch, Network, RemoveSkip
from nastutor.edits.links import path_to
from nastutor.testing.networks import IMAGES
from tests.edits.networks import edited

CHAIN = Network.chain([("conv", 8, 3), ("max",), ("conv", 4, 3), ("conv", 6, 3)]).arch()
FORK = Branch(3, 4)(CHAIN)  # 7: add <- 4, 6 and 6 <- 5 <- 2


def shown(arch):
    return str(Network.of(arch)).replace("\n", "; ")


def test_a_skip_is_a_merge_before_its_target():
    assert shown(AddSkip(1, 4)(CHAIN)) == "1: conv 8 3 <- 0; 2: max <- 1; 3: conv 4 3 <- 2; 5: add <- 3, 1; 4: conv 6 3 <- 5; output <- 4"
    assert shown(AddSkip(0, 2, "concat")(CHAIN)) == "1: conv 8 3 <- 0; 5: concat <- 1, 0; 2: max <- 5; 3: conv 4 3 <- 2; 4: conv 6 3 <- 3; output <- 4"


def test_a_second_skip_to_the_same_target_joins_the_first_and_another_merge_stands_behind():
    once = AddSkip(1, -1)(CHAIN)
    assert Network.of(AddSkip(2, -1)(once)).layers[5].reads == (4, 1, 2)
    assert Network.of(AddSkip(2, -1, "concat")(once)).layers[6] == ("concat", None, None, (5, 2))
    shared = AddSkip(2, 4)(AddSkip(1, 4)(CHAIN))
    assert Network.of(shared).layers[5].reads == (3, 1, 2)


def test_a_merge_that_others_read_too_stays_as_it_is():
    arch = AddSkip(5, -1, "concat")(AddSkip(1, 4)(CHAIN))  # 5: add <- 3, 1 is read by 4 and by 6: concat <- 4, 5
    child = Network.of(AddSkip(0, 4)(arch))
    assert child.layers[5].reads == (3, 1) and child.layers[7] == ("add", None, None, (5, 0)) and child.layers[4].reads == (7,)


def test_without_a_skip_what_nothing_else_reads_goes_too():
    assert RemoveSkip(5, 1)(AddSkip(1, 4)(CHAIN)) == CHAIN and RemoveSkip(7, 6)(FORK) == CHAIN
    three = AddSkip(2, -1)(AddSkip(1, -1)(CHAIN))
    assert Network.of(RemoveSkip(5, 1)(three)).layers[5].reads == (4, 2)


def test_a_branch_is_a_copy_of_the_path():
    assert shown(FORK) == ("1: conv 8 3 <- 0; 2: max <- 1; 3: conv 4 3 <- 2; 4: conv 6 3 <- 3; 5: conv 4 3 <- 2; 6: conv 6 3 <- 5; 7: add <- 4, 6; output <- 7")
    again = Network.of(Branch(4, 4)(FORK))
    assert again.layers[7].reads == (4, 6, 8) and again.layers[8] == ("conv", 6, 3, (3,)), "a merge that it alone is read by takes it in"
    assert Network.of(Branch(3, 4, "concat")(FORK)).layers[10] == ("concat", None, None, (4, 9))


def test_paths_end_where_another_layer_reads_what_is_inside():
    network = Network.of(AddSkip(2, -1)(CHAIN))
    assert path_to(network, 4) == [3, 4] and path_to(network, 2) == [1, 2] and path_to(network, 5) == [] == path_to(network, 99)
    assert path_to(Network.of(CHAIN), 4) == [1, 2, 3, 4]


@given(edited(("skip",)))
def test_removing_the_skip_gives_the_parent(drawn):
    _, arch, edit = drawn
    child = Network.of(edit(arch))
    (merge,) = child.reads(edit.target)
    assert child.layers[merge].kind == edit.merge and RemoveSkip(merge, edit.source)(edit(arch)) == arch


@given(edited(("branch",)))
def test_removing_the_branch_gives_the_parent(drawn):
    _, arch, edit = drawn
    child = Network.of(edit(arch))
    (merge,) = (number for number in child.readers[edit.last] if child.layers[number].kind == edit.merge)
    assert RemoveSkip(merge, child.layers[merge].reads[-1])(edit(arch)) == arch


@given(edited(("skip", "branch")))
def test_parts_have_the_size_of_the_first_and_what_is_added_its_channels(drawn):
    space, arch, edit = drawn
    graph = space.graph(edit(arch), IMAGES)
    for node in graph.nodes:
        if node.op in ("add", "concat"):
            assert len({shape[1:] for shape in graph.shapes(node)}) == 1
            assert node.op == "concat" or len(set(graph.shapes(node))) == 1


@pytest.mark.parametrize(
    "edit, arch, why",
    [
        (AddSkip(1, 1), CHAIN, r"`target` is 1; allowed are -1, 2, 3, 4: the output"),
        (AddSkip(1, 7), FORK, "`target` is 7; allowed are -1, 2, 3, 4, 5, 6"),
        (AddSkip(3, 4), CHAIN, "`source` is 3; allowed are 0, 1, 2: not linked yet, and not dependent on 4"),
        (AddSkip(4, 3), CHAIN, "`source` is 4; allowed are 0, 1: not linked yet"),
        (AddSkip(3, 3), CHAIN, "`source` is 3; allowed are 0, 1"),
        (AddSkip(6, -1), FORK, "`source` is 6; allowed are 0, 1, 2, 3, 5"),
        (AddSkip(9, 4), CHAIN, "`source` is 9"),
        (AddSkip(1, 4, "mul"), CHAIN, "`merge` is 'mul'; allowed are add, concat"),
        (AddSkip(4, 3), Network.chain([("conv", 2, 3), ("conv", 2, 3), ("conv", 2, 3), ("dense", 4)]).arch(), "`source` is 4"),
        (RemoveSkip(3, 1), CHAIN, r"`layer` is 3; allowed are none here \(add, concat\)"),
        (RemoveSkip(7, 4), FORK, "`source` is 4; allowed are 6: what layer 7 reads beside 4"),
        (Branch(2, 2), CHAIN, "`first` is 2; allowed are what gives a path to 2 with weights"),
        (Branch(4, 3), CHAIN, "`first` is 4; allowed are 1, 2, 3: what leads to 3 and to nothing else"),
        (Branch(7, 7), FORK, "`first` is 7; allowed are none here"),
        (Branch(1, 4), FORK, "`first` is 1; allowed are 3, 4"),
        (Branch(1, 9), CHAIN, "`first` is 1; allowed are none here"),
        (Branch(1, 1, "max"), CHAIN, "`merge` is 'max'; allowed are add, concat"),
    ],
)
def test_refusals(edit, arch, why):
    with pytest.raises(ValueError, match=why):
        edit(arch)


def test_what_is_no_image_is_not_brought_back_to_one():
    arch = Branch(3, 4)(Network.chain([("conv", 2, 3), ("conv", 2, 3), ("conv", 2, 3), ("dense", 4)]).arch())
    network = Network.of(arch)
    assert network.layers[7] == ("add", None, None, (4, 6)) and network.flat(7)
    with pytest.raises(ValueError, match="leaves no network of layers: layer 8 is add, and what it reads is no image"):
        AddSkip(6, 4)(arch)
