"""Golden numbers: sizes of the spaces; canonical forms, equations, and what is refused."""

import json
from itertools import permutations
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nastutor.spaces.recurrent import RecurrentSpace, from_enas
from nastutor.testing import check_space

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "spaces.json").read_text("utf-8"))["recurrent cells"]
DIGITS = SimpleNamespace(name="digits", shape=(1, 8, 8), classes=10)


def test_sizes():
    assert RecurrentSpace(8).size == GOLDEN["darts, 8 nodes"] and RecurrentSpace(12, "enas").size == GOLDEN["enas, 12 nodes"]
    for space in (RecurrentSpace(3), RecurrentSpace(3, "enas")):
        assert sum(1 for _ in space) == space.size


def test_canonical_is_the_first_of_the_renumbered():
    space, first = RecurrentSpace(3), {}
    for arch in space:
        first.setdefault(space.canonical(arch), arch)
    assert all(canonical == arch for canonical, arch in first.items()) and len(first) < space.size
    for nodes, trees in enumerate(GOLDEN["rooted trees of n nodes"][:6]):
        if nodes:
            assert len({RecurrentSpace(nodes, activations=("tanh",)).canonical(arch) for arch in RecurrentSpace(nodes, activations=("tanh",))}) == trees


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**31))
def test_every_renumbering_has_one_canonical_form(seed):
    space = RecurrentSpace(4)
    cell = space.plan(space.sample(seed))
    forms = set()
    for order in permutations(range(1, 5)):
        place = {0: 0, **{node: number for number, node in enumerate(order, start=1)}}
        reads = [place[cell.reads[node - 1]] for node in order]
        if all(read < number for number, read in enumerate(reads, start=1)):
            forms.add(space.canonical(space.cell([cell.activations[node] for node in order], reads)))
    assert len(forms) == 1


def first_numbering(space, cell):
    """By definition: the first list of (read, activation) among all numberings in which nodes come after what they read."""
    codes = []
    for order in permutations(range(1, len(cell.activations))):
        place = {0: 0, **{node: number for number, node in enumerate(order, start=1)}}
        code = [(place[cell.reads[node - 1]], space.activations.index(cell.activations[node])) for node in order]
        if all(read < number for number, (read, _) in enumerate(code, start=1)):
            codes.append(code)
    return min(codes)


@pytest.mark.parametrize("activations", [("tanh", "relu"), ("tanh",), ("relu", "tanh", "sigmoid", "identity")])
def test_canonical_is_the_smallest_of_all_numberings(activations):
    space = RecurrentSpace(6, activations=activations)
    for seed in range(25):
        arch = space.sample(seed)
        cell = space.plan(space.canonical(arch))
        own = [(read, activations.index(name)) for read, name in zip(cell.reads, cell.activations[1:], strict=True)]
        assert own == first_numbering(space, space.plan(arch))


def test_large_cells_of_like_arms_have_a_canonical_form():
    """Twenty nodes that read node 0 and look alike until one sees what reads them: 20! orders."""
    space = RecurrentSpace(40)
    arms = [*range(1, 21)]
    arch = space.cell(["tanh"] * 20 + [space.activations[arm % 4] for arm in arms], [0] * 20 + arms)
    cell = space.plan(space.canonical(arch))
    assert cell.activations[21:] == tuple(name for name in space.activations for _ in range(5)) and cell.reads == (*[0] * 20, *arms)
    assert space.canonical(space.canonical(arch)) == space.canonical(arch)


@pytest.mark.parametrize("kind", ["darts", "enas"])
def test_a_step_computes_the_equations(kind):
    torch = pytest.importorskip("torch")
    space = RecurrentSpace(4, kind)
    acts = {"tanh": torch.tanh, "relu": torch.relu, "sigmoid": torch.sigmoid, "identity": lambda x: x}
    for seed in range(4):
        arch = space.sample(seed)
        cell, net = space.plan(arch), space.step(arch, 3, 2).build(seed=seed).double()
        x, h = torch.randn(5, 3, dtype=torch.float64), torch.randn(5, 2, dtype=torch.float64)
        states = []
        for node, name in enumerate(cell.activations):
            old = h if node == 0 else states[cell.reads[node - 1]]
            c, new = (torch.cat([x, h], 1) if node == 0 else old).mm(net[f"node {node} linear"].weight.T).split(2, 1)
            states.append(old + c.sigmoid() * (acts[name](new) - old))
        out = sum(states[node] for node in space.outputs(arch)) / len(space.outputs(arch))
        assert torch.allclose(net(torch.cat([x, h], 1)), out)


def test_keeps_the_rules():
    check_space(RecurrentSpace(3, units=4))


def test_bad_input():
    space = RecurrentSpace(2)
    for do, text in [
        (lambda: RecurrentSpace(kind="lstm"), "`kind` is 'lstm'; allowed are darts, enas"),
        (lambda: RecurrentSpace(1, "enas"), "`nodes` is 1"),
        (lambda: RecurrentSpace(activations=("swish",)), "`activations` has 'swish'"),
        (lambda: space.cell(("relu",), (0, 0)), "allowed are 2, one for each node"),
        (lambda: space.cell(("relu", "relu"), (0, 2)), "'read2' is 2"),
        (lambda: space.cell(("relu", "relu"), (0, 0), "relu"), "of the kind 'darts'"),
        (lambda: space.step(space.sample(0), 0), "`features` is 0"),
        (lambda: from_enas("0 0"), "allowed are 2 N - 1 numbers"),
        (lambda: from_enas(7), "`text` is 7; allowed are 2 N - 1 numbers"),
        (lambda: from_enas("0 0 4"), "allowed are 2 N - 1 numbers"),
        (lambda: space.graph(space.sample(0), SimpleNamespace(name="flat", shape=(3,), classes=2)), "`task` 'flat'"),
    ]:
        with pytest.raises(ValueError, match=text):
            do()
