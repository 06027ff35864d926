"""`NASBench101`: its decisions, its numbers, its own form, and what it refuses."""

import itertools
import json
import random
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nastutor import Arch, RandomSearch, RegularizedEvolution, Result, search
from nastutor.spaces import CellSpace, ChoiceSpace, NASBench101
from nastutor.spaces.graph_enumeration import pairs
from nastutor.spaces.graph_forms import PUBLISHED, published_hash
from nastutor.testing import check_space

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "spaces.json").read_text(encoding="utf-8"))
DIGITS = SimpleNamespace(name="digits", shape=(1, 8, 8), classes=10)
CIFAR = SimpleNamespace(name="cifar10", shape=(3, 32, 32), classes=10)
FIVE, SEVEN = NASBench101(vertices=5), NASBench101()
PAPER = NASBench101(channels=128, modules=3, stacks=3)
INCEPTION = GOLDEN["NAS-Bench-101 inception-like"]


def rows(matrix):
    return ["".join(map(str, row)) for row in np.asarray(matrix).tolist()]


# ---------------------------------------------------------------- decisions


@pytest.mark.parametrize("vertices, edges", [(2, 1), (3, 2), (4, 9), (4, 3), (5, 2)])
def test_what_decide_allows_is_what_there_is(vertices, edges):
    """The loop of the base class, which runs `decide`, finds the graphs that the arrays hold, in the same order, with the same options."""
    space = NASBench101(vertices, edges)
    archs = list(space)
    assert archs == list(ChoiceSpace.__iter__(space)) and len(archs) == space.size == len(set(archs))
    tried = ChoiceSpace._sites.func(space)
    assert list(tried) == list(space.sites()) and {name: set(options) for name, options in tried.items()} == {
        name: set(options) for name, options in space.sites().items()
    }


@pytest.mark.parametrize("space", [FIVE, SEVEN], ids=["5", "7"])
def test_sizes(space):
    assert space.size == GOLDEN["NAS-Bench-101"]["architectures"][str(space.vertices)]
    assert len(space.networks()) == GOLDEN["NAS-Bench-101"]["graphs by vertices"][str(space.vertices)]


def test_every_architecture_is_valid():
    rng = random.Random(0)
    for arch in (SEVEN.sample(rng) for _ in range(300)):
        for near in (arch, SEVEN.mutate(arch, rng), SEVEN.crossover(arch, SEVEN.sample(rng), rng), *SEVEN.neighbours(arch)[:5]):
            SEVEN.validate(near)
            matrix, _ = SEVEN.matrix(near)
            assert 1 <= matrix.sum() <= 9 and (matrix[:-1].any(1) & matrix[:, 1:].any(0)).all()


def test_samples_are_uniform():
    """Chi-squared over the 15 architectures of three vertices: 14 degrees of freedom, 5 standard deviations above them are 41."""
    space, rng = NASBench101(vertices=3), random.Random(1)
    counts = dict.fromkeys(space, 0)
    for _ in range(3000):
        counts[space.sample(rng)] += 1
    assert sum((count - 200) ** 2 / 200 for count in counts.values()) < 41


@pytest.mark.parametrize("settings", [{"vertices": 6, "edges": 7, "channels": 4}, {}])
def test_keeps_the_rules(settings):
    check_space(NASBench101(**settings), samples=20)


@pytest.mark.parametrize("strategy", [RandomSearch, RegularizedEvolution])
def test_searches_run_on_all_of_it(strategy):
    """Toward few edges; architectures of one class count as equal."""
    history = search(strategy(SEVEN, seed=0), lambda trial: Result({"error": int(SEVEN.matrix(trial.arch)[0].sum()) / 9}), trials=300)
    assert len(history) == 300 and history.best().error <= 3 / 9


def test_strangers_are_refused():
    good = FIVE.sample(0)
    one = Arch(((good.choices[0][0], 1), *good.choices[1:]))
    for stranger in (one, Arch(good.choices[:-1]), Arch(good.choices[::-1]), SEVEN.sample(0), CellSpace().sample(0)):
        for ask in (FIVE.canonical, FIVE.number, FIVE.matrix, FIVE.published_hash, lambda arch: FIVE.graph(arch, DIGITS)):
            with pytest.raises(ValueError, match="none of NASBench101"):
                ask(stranger)
    cut = Arch(tuple((name, False if isinstance(value, bool) else value) for name, value in good.choices))
    with pytest.raises(ValueError, match=r"'0->4' is False; allowed are True"):
        FIVE.canonical(cut)
    full = Arch(tuple((name, True if isinstance(value, bool) else value) for name, value in good.choices))
    with pytest.raises(ValueError, match=r"'0->1' is True; allowed are False"):
        FIVE.canonical(full)


# ---------------------------------------------------------------- numbers and canonical forms


def test_numbers_rise_along_the_enumeration():
    numbers = [FIVE.number(arch) for arch in FIVE]
    assert numbers == sorted(set(numbers)) and [FIVE.arch(number) for number in numbers[::50]] == list(FIVE)[::50]


@pytest.mark.parametrize("number", [-1, 0, 2**40, 2**60])
def test_numbers_of_no_graph_are_refused(number):
    with pytest.raises(ValueError, match=f"`number` is {number}, which is no graph of NASBench101"):
        FIVE.arch(number)
    with pytest.raises(ValueError, match=f"`numbers` hold {number}, which is no graph of NASBench101"):
        FIVE.canonical_numbers([*FIVE.networks()[:3], number])


def test_numbers_are_whole():
    with pytest.raises(TypeError, match=r"`numbers` are float64; allowed are whole numbers"):
        FIVE.canonical_numbers([float(FIVE.networks()[0])])
    for number in ("7", float(FIVE.networks()[0]), None):
        with pytest.raises(TypeError, match=f"`number` is {number!r}; allowed are what `number` and `networks` give"):
            FIVE.arch(number)


def test_canonical_is_the_first_of_its_class():
    first = {}
    for arch in FIVE:
        canonical = FIVE.canonical(arch)
        assert first.setdefault(canonical, arch) == canonical
    assert [FIVE.number(arch) for arch in first] == FIVE.networks().tolist()


def test_canonical_ones_come_in_the_order_of_the_benchmark_s_generator():
    """Its loop (generate_graphs.py): by vertices, by mask, by operations; the first with each hash is kept."""
    kept = {}
    for vertices in range(2, 6):
        for mask in range(2 ** len(pairs(vertices))):
            matrix = np.zeros((vertices, vertices), dtype=np.int8)
            for bit, edge in enumerate(pairs(vertices)):
                matrix[edge] = mask >> bit & 1
            if matrix.sum() <= 9 and matrix[:-1].any(1).all() and matrix[:, 1:].any(0).all():
                for inner in itertools.product(PUBLISHED, repeat=vertices - 2):
                    ops = ("input", *inner, "output")
                    kept.setdefault(published_hash(matrix, ops), (rows(matrix), [PUBLISHED.get(op, op) for op in ops]))
    ours = (FIVE.matrix(FIVE.arch(number)) for number in FIVE.networks())
    assert [(rows(matrix), ops) for matrix, ops in ours] == list(kept.values())


def test_canonical_numbers_are_those_of_the_canonical_architectures():
    archs = [SEVEN.sample(seed) for seed in range(200)]
    numbers = SEVEN.canonical_numbers([SEVEN.number(arch) for arch in archs])
    assert [SEVEN.arch(number) for number in numbers] == [SEVEN.canonical(arch) for arch in archs]
    assert set(numbers.tolist()) <= set(SEVEN.networks().tolist())


def test_no_numbers_have_no_canonical_ones():
    for none in ([], (), np.array([]), np.array([], dtype=np.int32)):
        assert FIVE.canonical_numbers(none).shape == (0,) and FIVE.canonical_numbers(none).dtype == np.int64


class Evenly(random.Random):
    """Draws one number between 0 and 1, the one it was made with."""

    def __init__(self, number):
        self.number = number

    def random(self):
        return self.number


def test_each_architecture_is_as_likely_as_any_other():
    """A uniform number hits each of them on a part of the same length; so each network is as likely as it has names."""
    space = NASBench101(vertices=4, edges=3)
    drawn = [space.sample(Evenly((place + 0.5) / space.size)) for place in range(space.size)]
    assert drawn == list(space)
    names = Counter(map(space.canonical, drawn))
    assert len(names) == len(space.networks()) and max(names.values()) > min(names.values())


# ---------------------------------------------------------------- the benchmark's form


def test_the_published_example():
    """An Inception-like module: the benchmark stores it in another order, which is our canonical one."""
    arch = PAPER.from_matrix([[int(entry) for entry in row] for row in INCEPTION["matrix"]], INCEPTION["ops"])
    matrix, ops = PAPER.matrix(arch)
    assert (rows(matrix), ops) == (INCEPTION["matrix"], INCEPTION["ops"])
    matrix, ops = PAPER.matrix(PAPER.canonical(arch))
    assert (rows(matrix), ops) == (INCEPTION["stored matrix"], INCEPTION["stored ops"])
    assert PAPER.published_hash(arch) == INCEPTION["hash"]
    assert PAPER.graph(arch, CIFAR).counts().params == INCEPTION["params"]


@given(st.integers(0, 2**32))
def test_there_and_back(seed):
    arch = SEVEN.sample(seed)
    again = SEVEN.from_matrix(*SEVEN.matrix(arch))
    assert SEVEN.canonical(again) == SEVEN.canonical(arch) and rows(SEVEN.matrix(again)[0]) == rows(SEVEN.matrix(arch)[0])


def test_a_larger_matrix_is_taken_where_what_is_left_fits():
    """Ten edges, of which the dead vertex 3 takes three away."""
    matrix = np.triu(np.ones((5, 5), dtype=int), 1)
    matrix[3, 4] = 0
    arch = NASBench101(vertices=4).from_matrix(matrix, ["input", "conv1", "conv3", "maxpool3", "output"])
    assert str(arch) == "2->3=True 1->3=True 0->3=True 1->2=True 0->2=True 0->1=True op1=conv1 op2=conv3"


def test_too_much_is_refused():
    matrix, ops = np.triu(np.ones((5, 5), dtype=int), 1), ["input", "conv1", "conv1", "conv1", "output"]
    with pytest.raises(ValueError, match=r"`matrix` has 10 edges on ways from input to output; allowed are at most 9, the `edges` of NASBench101\(vertices=5"):
        FIVE.from_matrix(matrix, ops)
    with pytest.raises(ValueError, match=r"`matrix` has 5 vertices .* at most 4"):
        NASBench101(vertices=4).from_matrix(matrix, ops)
    with pytest.raises(ValueError, match="`matrix` has an edge 1->0; .* upper triangular"):
        FIVE.from_matrix([[0, 1], [1, 0]], ["input", "output"])


# ---------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"vertices": 1}, "`vertices` is 1; allowed are whole numbers from 2"),
        ({"vertices": 8}, "`vertices` is 8; allowed are at most 7"),
        ({"vertices": True}, "`vertices` is True"),
        ({"edges": 0}, "`edges` is 0"),
        ({"edges": 10}, "`edges` is 10; allowed are at most 9"),
        ({"channels": 4}, "`channels` is 4; allowed are at least 5: as many vertices may share the channels"),
        ({"channels": 0, "vertices": 2}, "`channels` is 0"),
        ({"modules": 0}, "`modules` is 0"),
        ({"stacks": 1.5}, "`stacks` is 1.5"),
    ],
)
def test_bad_settings_are_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        NASBench101(**arguments)


def test_images_that_cannot_be_halved_are_refused():
    odd, flat = SimpleNamespace(name="odd", shape=(1, 9, 8), classes=3), SimpleNamespace(name="flat", shape=(64,), classes=3)
    for task in (odd, flat):
        with pytest.raises(ValueError, match=rf"`task` '{task.name}'.*`stacks`=2.*divisible by 2"):
            FIVE.graph(FIVE.sample(0), task)
    assert NASBench101(stacks=1).graph(SEVEN.sample(0), odd).nodes[-1].shape == (3,)
