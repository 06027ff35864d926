"""The tree-LSTM's equations by hand, and what the order of branches changes."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nastutor.rng import torch_rng
from nastutor.strategies.policy import uniform
from nastutor.strategies.tree_lstm import Grown, Merge, TreeLSTM

OPS = ("conv3", "identity", "sep3", "max3")


def made(seed=0, hidden=4, bound=0.8):
    tree = TreeLSTM(OPS, 3, hidden, ordered=2)
    uniform(tree, torch_rng(seed), bound)
    return tree


def places(grown, at=""):
    """The root, and the ends of all edges."""
    behind = [places(node or Grown(), f"{at}.{number}".strip(".")) for number, (_, node) in enumerate(grown.branches, start=1)]
    return [at, *(place for found in behind for place in found)]


def states(tree, grown):
    known = {}
    with torch.no_grad():
        return {place: tree.state(grown, place, known) for place in places(grown)}


def unit(merge, x, children):
    """Tai et al. 2015, equations 2 to 8 and 9 to 14: i, o, u of the sum (or of each place), a forget gate for each child."""
    w, b = merge.reads.weight.chunk(4), merge.reads.bias.chunk(4)
    sums = [part.weight.chunk(3) for part in merge.sums]
    i, o, u = (w[k] @ x + b[k] + sum((sums[place][k] @ h for place, (h, _) in children), torch.zeros(4)) for k in range(3))
    c = i.sigmoid() * u.tanh()
    for place, (h, old) in children:
        c = c + (w[3] @ x + b[3] + merge.forgets[place].weight @ h).sigmoid() * old
    return o.sigmoid() * c.tanh(), c


def test_a_small_tree_by_hand():
    """A root that joins two edges, the second with a node behind it that is not decided yet."""
    tree, grown = made(), Grown("concat", (("conv3", None), ("sep3", Grown())))
    name = {merge: tree.merges.weight[number] for number, merge in enumerate(TreeLSTM.MERGES)}
    op = {each: tree.ops.weight[number] for number, each in enumerate(OPS)}
    with torch.no_grad():
        leaf = unit(tree.up_sum, name[""], [])
        edges = [tree.up_edge(op[each], leaf) for each in ("conv3", "sep3")]
        root = unit(tree.up_joined, name["concat"], [(0, edges[0]), (1, edges[1])])
        second = tree.down_edge(op["sep3"], unit(tree.down_joined, name["concat"], [(0, edges[0])]))
    found = states(tree, grown)
    assert set(found) == {"", "1", "2"}
    torch.testing.assert_close(found[""], torch.cat([root[0], torch.zeros(4)]))
    torch.testing.assert_close(found["2"], torch.cat([leaf[0], second[0]]))


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.permutations(range(3)))
def test_the_order_of_what_is_added_changes_nothing(seed, order):
    tree = made(seed)
    branches = (("conv3", None), ("sep3", Grown("none", (("max3", None),))), ("conv3", Grown()))
    one, other = (states(tree, Grown("add", rows)) for rows in (branches, tuple(branches[k] for k in order)))
    torch.testing.assert_close(one[""], other[""])
    for place, branch in enumerate(order, start=1):
        torch.testing.assert_close(other[f"{place}"], one[f"{branch + 1}"])


def test_the_order_of_what_is_joined_counts():
    tree = made()
    one, other = (states(tree, Grown("concat", rows)) for rows in ((("conv3", None), ("sep3", None)), (("sep3", None), ("conv3", None))))
    assert not torch.allclose(one[""], other[""], atol=1e-3) and not torch.allclose(one["1"], other["2"], atol=1e-3)


def test_each_place_sees_the_whole_tree():
    """By what lies behind it, and by what comes from above, over two nodes."""
    tree = made()

    def grown(leaf, sibling):
        return Grown("add", (("conv3", Grown("concat", ((leaf, None), ("sep3", None)))), (sibling, None)))

    base = states(tree, grown("max3", "conv3"))
    for changed, seen in ((states(tree, grown("identity", "conv3")), ("", "1", "2")), (states(tree, grown("max3", "sep3")), ("", "1", "1.1", "1.2"))):
        assert all(not torch.allclose(base[place], changed[place], atol=1e-4) for place in seen)


def test_a_node_without_states_is_its_name_alone():
    merge = Merge(3, 4, 2)
    uniform(merge, torch_rng(0))
    h, _ = merge(torch.ones(3), [])
    torch.testing.assert_close(h, unit(merge, torch.ones(3), [])[0])
