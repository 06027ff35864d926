"""The size of the space of recurrent cells, the worked example of the paper, NASCell, canonical forms, refusals."""

import json
from itertools import product
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nastutor.published import zoo
from nastutor.spaces import RecurrentTreeSpace
from nastutor.testing import check_space

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "spaces.json").read_text("utf-8"))["recurrent trees"]


def test_sizes():
    assert RecurrentTreeSpace(8).size == GOLDEN["base 8"] == 8**15 * 8 * 15**2
    assert f"{RecurrentTreeSpace(8).size:.1e}" == "6.3e+16", "the paper: about 6 * 10^16"
    small = RecurrentTreeSpace(2, ("add",), ("tanh", "relu"))
    assert sum(1 for _ in small) == small.size == 144


def run(space, arch, seed=0):
    """(weights of x and of h for each leaf, x, h, c, next h and c) of a step from 3 features and 2 units."""
    torch = pytest.importorskip("torch")
    net = space.step(arch, 3, 2).build(seed=seed).double()
    x, h, c = (torch.randn(5, size, dtype=torch.float64, generator=torch.Generator().manual_seed(size + place)) for place, size in enumerate((3, 2, 2)))
    out = net(torch.cat([x, h, c], 1))
    inputs = [(x @ w.T, h @ v.T) for w, v in zip(net["x linear"].weight.split(2), net["h linear"].weight.split(2), strict=True)]
    return torch, inputs, c, out[:, :2], out[:, 2:]


def test_the_example_of_the_paper():
    """Figure 5 and its text: a_0 = tanh(W x + W h) takes c in by ReLU(a_0 + c), a_1 gives the memory before its ReLU, h = sigmoid(a_0 * a_1)."""
    space = RecurrentTreeSpace(2)
    torch, leaves, c, h, memory = run(space, space.cell(("add tanh", "mul relu", "mul sigmoid"), "add relu", gives=1, takes=0))
    first = torch.relu(torch.tanh(leaves[0][0] + leaves[0][1]) + c)
    second = leaves[1][0] * leaves[1][1]
    torch.testing.assert_close(memory, second)
    torch.testing.assert_close(h, torch.sigmoid(first * torch.relu(second)))


def test_the_published_cell_against_its_equations():
    """NASCell, written out line by line."""
    net = zoo["NASCell"]
    torch, i, c, h, memory = run(net.space, net.arch)
    sigmoid, relu, tanh = torch.sigmoid, torch.relu, torch.tanh
    first = [
        *(sigmoid(i[0][0] + i[0][1]), relu(i[1][0] + i[1][1]), sigmoid(i[2][0] + i[2][1]), relu(i[3][0] * i[3][1])),
        *(tanh(i[4][0] + i[4][1]), sigmoid(i[5][0] + i[5][1]), tanh(i[6][0] + i[6][1]), sigmoid(i[7][0] + i[7][1])),
    ]
    second = [tanh(first[0] * first[1]), tanh(first[2] + first[3]), tanh(first[4] * first[5]), sigmoid(first[6] + first[7])]
    second[0] = tanh(second[0] + c)
    torch.testing.assert_close(memory, second[0] * second[1])
    torch.testing.assert_close(h, tanh(memory * tanh(second[2] + second[3])))


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10**6))
def test_a_step_computes_what_the_labels_say(seed):
    space = RecurrentTreeSpace(4)
    cell = space.plan(arch := space.sample(seed))
    torch, leaves, c, h, memory = run(space, arch, seed)
    acts = {"identity": lambda x: x, "tanh": torch.tanh, "sigmoid": torch.sigmoid, "relu": torch.relu}

    def label(by, a, b):
        raw = a + b if by.combine == "add" else a * b
        return raw, acts[by.activation](raw)

    outputs, raws = [], []
    for node, own in enumerate(cell.nodes):
        raw, out = label(own, *(leaves[node] if node < 4 else outputs[2 * (node - 4) : 2 * (node - 4) + 2]))
        raws.append(raw)
        outputs.append(label(cell.inject, out, c)[1] if node == cell.takes else out)
    torch.testing.assert_close(h, outputs[-1])
    torch.testing.assert_close(memory, raws[cell.gives])


def swapped(cell, flips):
    """The nodes in their order after some inner nodes of a tree with four leaves have swapped their parts."""
    left, right = ([1, 0] if flips[0] else [0, 1]), ([3, 2] if flips[1] else [2, 3])
    order = [*left, *right, 4, 5, 6] if not flips[2] else [*right, *left, 5, 4, 6]
    return [" ".join(cell.nodes[node]) for node in order], " ".join(cell.inject), order.index(cell.gives), order.index(cell.takes)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.booleans())
def test_canonical_is_the_first_of_all_that_differ_by_the_order_of_inputs(seed, few):
    space = RecurrentTreeSpace(4, ("add",), ("tanh", "relu")) if few else RecurrentTreeSpace(4)
    arch = space.sample(seed)
    equal = [space.cell(*swapped(space.plan(arch), flips)) for flips in product((False, True), repeat=3)]
    assert {space.canonical(each) for each in equal} == {min(equal, key=lambda one: space.codes([one])[0].tolist())}


def test_equal_cells_are_the_same_network():
    torch = pytest.importorskip("torch")
    space, task = RecurrentTreeSpace(4, units=3), SimpleNamespace(name="digits", shape=(1, 8, 8), classes=10)
    arch = space.sample(7)
    other = space.cell(*swapped(space.plan(arch), (True, False, True)))
    assert arch != other
    x = torch.randn(2, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    one, two = (space.graph(each, task).build(seed=1)(x) for each in (arch, other))
    torch.testing.assert_close(one, two)


def test_weights_are_those_of_the_leaves_alone():
    assert RecurrentTreeSpace(8).step(RecurrentTreeSpace(8).sample(0), 5, 4).counts().params == 8 * 4 * (5 + 4)


def test_keeps_the_rules():
    check_space(RecurrentTreeSpace(2, units=4))


def test_bad_input():
    space = RecurrentTreeSpace(2)
    for do, text in [
        (lambda: RecurrentTreeSpace(6), "`base` is 6; allowed are 2, 4, 8, 16 and so on"),
        (lambda: RecurrentTreeSpace(1), "`base` is 1"),
        (lambda: RecurrentTreeSpace(combines=("sub",)), "`combines` has 'sub'; allowed are add, mul"),
        (lambda: RecurrentTreeSpace(activations=("swish",)), "`activations` has 'swish'"),
        (lambda: RecurrentTreeSpace(units=0), "`units` is 0"),
        (lambda: space.cell(("add tanh",), "add tanh", 0, 0), "`nodes` are 1 labels; allowed are 3"),
        (lambda: space.cell(("add tanh", "add", "add tanh"), "add tanh", 0, 0), "the label of node 1 is 'add'"),
        (lambda: space.cell(("add tanh",) * 3, "add tanh", 3, 0), "'gives' is 3"),
        (lambda: space.step(space.sample(0), 0), "`features` is 0"),
        (lambda: space.graph(space.sample(0), SimpleNamespace(name="flat", shape=(3,), classes=2)), "`task` 'flat'"),
    ]:
        with pytest.raises(ValueError, match=text):
            do()
