"""Every interpreter of `decide`, on flat and on conditional spaces, and on random programs."""

import pickle
import random
import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nastutor import Arch
from nastutor.spaces import CellSpace, ChainSpace, ChoiceSpace


class Pyramid(ChoiceSpace):
    def decide(self, choose):
        depth = choose("depth", (1, 2, 3))
        return [choose(f"width{i}", (4, 8, 16)) for i in range(depth)]


class Other(ChoiceSpace):
    """Options that depend on earlier ones, and a decision that needs two unusual ones together."""

    def decide(self, choose):
        kind = choose("kind", ("conv", "pool"))
        size = choose("size", (3, 5, 7) if kind == "conv" else (2, 3))
        strides = choose("stride", (1, 2)) if kind == "pool" and size == 3 else 1
        return kind, size, strides


class Program(ChoiceSpace):
    """A random tree of decisions: ((name, (option, then), ...), ...)."""

    def __init__(self, steps):
        self.steps = steps

    def decide(self, choose):
        def run(steps):
            for name, branches in steps:
                taken = choose(name, tuple(option for option, _ in branches))
                run(dict(branches)[taken])

        run(self.steps)


@st.composite
def programs(draw, depth=0, prefix="d"):
    steps = []
    for number in range(draw(st.integers(1 if depth == 0 else 0, 3 if depth == 0 else 2))):
        options = draw(st.lists(st.one_of(st.integers(0, 5), st.sampled_from(["a", "b", None, 0.5, (1, 2)])), min_size=1, max_size=3, unique=True))
        deeper = depth < 2 and draw(st.booleans())
        # branches of one decision share names on purpose: a name may have other options elsewhere
        steps.append((f"{prefix}{number}", tuple((option, draw(programs(depth + 1, f"{prefix}{number}.")) if deeper else ()) for option in options)))
    return tuple(steps)


FLAT = ChoiceSpace.of({"width": (4, 8), "kernel": (3, 5, 7), "skip": (True, False)})
SPACES = [FLAT, Pyramid(), Other(), CellSpace(nodes=3), ChainSpace(depths=(1, 2), widths=(8,), max_pools=1)]
ids = [type(space).__name__ for space in SPACES]


@pytest.mark.parametrize("space", SPACES, ids=ids)
def test_enumeration_is_the_space(space):
    archs = list(space)
    assert len(archs) == len(set(archs)) == len(space) == space.size
    assert all(arch in space and space.validate(arch) is None for arch in archs)
    assert set(archs) == {space.sample(seed) for seed in range(40 * len(archs))}, "sampling reaches every architecture"


def test_enumeration_goes_depth_first():
    assert [arch.choices for arch in ChoiceSpace.of({"a": (1, 2), "b": (3, 4)})] == [
        (("a", 1), ("b", 3)), (("a", 1), ("b", 4)), (("a", 2), ("b", 3)), (("a", 2), ("b", 4)),
    ]  # fmt: skip
    assert [len(arch.choices) for arch in Pyramid()] == [2] * 3 + [3] * 9 + [4] * 27


@settings(max_examples=60, deadline=None)
@given(programs(), st.integers(0, 2**32))
def test_random_programs_keep_every_rule(steps, seed):
    space, rng = Program(steps), random.Random(seed)
    archs = [arch for arch, _ in zip(space, range(300))]
    if len(archs) < 300:
        assert space.size == len(archs) == len(set(archs))
    a, b = space.sample(rng), space.sample(rng)
    near = space.neighbours(a)
    assert len(set(near)) == len(near) and a not in near and all(arch in space for arch in near)
    assert a in space and space.crossover(a, b, rng) in space
    if near:
        child = space.mutate(a, rng)
        assert child in space and child != a
    codes = {space.encode(arch).tobytes() for arch in archs}
    assert len(codes) == len(archs), "equal codes mean equal architectures"
    assert set(space.sites()) == {name for arch in archs for name, _ in arch.choices} or len(archs) == 300


@pytest.mark.parametrize("space", SPACES, ids=ids)
def test_sites_name_every_decision_and_option(space):
    met = {}
    for arch in space:
        for name, value in arch.choices:
            met.setdefault(name, set()).add(value)
    assert {name: set(options) for name, options in space.sites().items()} == met
    order = list(space.sites())
    assert all(order.index(a) < order.index(b) for arch in space for (a, _), (b, _) in pairwise(arch.choices))


def test_sites_come_in_the_order_of_deciding():
    class Kinds(ChoiceSpace):
        def decide(self, choose):
            kind = choose("kind", ("conv", "sep", "pool"))
            choose("width", (4, 8)) if kind == "conv" else choose(kind, (2, 3))
            choose("last", (0, 1))

    assert list(Kinds().sites()) == ["kind", "width", "sep", "pool", "last"]


def test_sites_of_a_large_space_are_found_without_enumeration(monkeypatch):
    class Deep(ChoiceSpace):
        def decide(self, choose):
            for layer in range(choose("depth", tuple(range(1, 31)))):
                if choose(f"kind{layer}", ("conv", "pool")) == "conv":
                    choose(f"width{layer}", (4, 8))

    sites = Deep().sites()
    assert len(sites) == 61 and sites["kind29"] == ("conv", "pool") and sites["width29"] == (4, 8)
    monkeypatch.setattr("nastutor.spaces.base.COUNTABLE", 1_000)
    with pytest.raises(ValueError, match=r"more than 1,000 architectures.*`size`"):
        len(Deep())
    assert "more than 1,000 architectures, 61 decisions" in str(Deep())


@pytest.mark.parametrize("space", [*SPACES, CellSpace(nodes=4), ChainSpace(skips=True)], ids=lambda space: type(space).__name__)
def test_ten_thousand_mutations_stay_inside(space):
    rng = random.Random(3)
    arch = space.sample(rng)
    for step in range(10_000):
        child = space.mutate(arch, rng)
        if step % 10 == 0:
            space.validate(child)
            assert child in space.neighbours(arch) or _draws_more(space, arch, child)
        arch = child


def _draws_more(space, arch, child):
    """Whether exactly one of the decisions that both take was changed by hand, and the rest is what it brought along."""
    common = [name for name, _ in child.choices if name in arch]
    changed = [name for name in common if child[name] != arch[name]]
    return any(near[changed[0]] == child[changed[0]] for near in space.neighbours(arch) if changed[0] in near)


def test_mutation_changes_one_decision_uniformly():
    rng, arch = random.Random(0), next(iter(FLAT))
    children = [FLAT.mutate(arch, rng) for _ in range(6_000)]
    changed = [[name for name, value in child.choices if value != arch[name]] for child in children]
    assert all(len(names) == 1 for names in changed)
    shares = [sum(names == [name] for names in changed) / 6_000 for name in FLAT.sites()]
    assert np.allclose(shares, 1 / 3, atol=0.03)
    kernels = [child["kernel"] for child, names in zip(children, changed) if names == ["kernel"]]
    assert abs(kernels.count(5) / len(kernels) - 0.5) < 0.05 and 3 not in kernels


def test_mutation_draws_what_becomes_relevant_and_drops_what_vanishes():
    rng, arch = random.Random(1), Arch((("depth", 1), ("width0", 8)))
    deeper = {child for child in (Pyramid().mutate(arch, rng) for _ in range(400)) if child["depth"] == 2}
    assert {child["width1"] for child in deeper} == {4, 8, 16} and {child["width0"] for child in deeper} == {8}
    full = Arch((("depth", 3), ("width0", 4), ("width1", 8), ("width2", 16)))
    shallow = {child for child in (Pyramid().mutate(full, rng) for _ in range(400)) if child["depth"] == 1}
    assert shallow == {Arch((("depth", 1), ("width0", 4)))}
    kept = {Other().mutate(Arch((("kind", "conv"), ("size", 3))), rng) for _ in range(200)}
    assert {child["size"] for child in kept if child["kind"] == "pool"} == {3}, "a decision that is still legal stays"
    redrawn = {Other().mutate(Arch((("kind", "conv"), ("size", 7))), rng) for _ in range(200)}
    assert {child["size"] for child in redrawn if child["kind"] == "pool"} == {2, 3}, "one that is not is drawn anew"


def test_a_space_of_one_architecture_has_nothing_to_mutate():
    only = ChoiceSpace.of({"a": (1,), "b": ("x",)})
    with pytest.raises(ValueError, match="no decision to change"):
        only.mutate(only.sample(0), 0)
    assert only.neighbours(only.sample(0)) == [] and len(only) == 1
    partly = ChoiceSpace.of({"a": (1,), "b": (2, 3)})
    assert {partly.mutate(partly.sample(0), seed)["a"] for seed in range(20)} == {1}


@pytest.mark.parametrize("space", SPACES, ids=ids)
def test_children_take_each_decision_from_a_parent(space):
    rng = random.Random(5)
    for _ in range(300):
        a, b = space.sample(rng), space.sample(rng)
        child = space.crossover(a, b, rng)
        space.validate(child)
        for name, value in child.choices:
            assert (name, value) in a.choices or (name, value) in b.choices or not (name in a and name in b)
        assert space.crossover(a, a, rng) == a


def test_crossover_tosses_a_fair_coin():
    a, b, rng = Arch((("width", 4), ("kernel", 3), ("skip", True))), Arch((("width", 8), ("kernel", 5), ("skip", False))), random.Random(0)
    children = [FLAT.crossover(a, b, rng) for _ in range(2_000)]
    assert all(abs(sum(child[name] == a[name] for child in children) / 2_000 - 0.5) < 0.04 for name in FLAT.sites())


@pytest.mark.parametrize("space", [FLAT, CellSpace(nodes=3)], ids=["flat", "cell"])
def test_neighbours_of_flat_spaces_are_symmetric_and_one_decision_away(space):
    for arch in space:
        near = space.neighbours(arch)
        assert len(near) == sum(len(options) - 1 for options in space.sites().values())
        assert all(sum(x != y for x, y in zip(arch.choices, other.choices)) == 1 and arch in space.neighbours(other) for other in near)


def test_neighbours_of_conditional_spaces_take_first_options():
    near = Pyramid().neighbours(Arch((("depth", 1), ("width0", 8))))
    assert [str(arch) for arch in near] == ["depth=2 width0=8 width1=4", "depth=3 width0=8 width1=4 width2=4", "depth=1 width0=4", "depth=1 width0=16"]


@pytest.mark.parametrize("space", SPACES, ids=ids)
def test_codes_tell_architectures_apart(space):
    codes = [space.encode(arch) for arch in space]
    assert {code.dtype for code in codes} == {np.dtype("float32")} and {code.shape for code in codes} == {(sum(map(len, space.sites().values())),)}
    assert len({code.tobytes() for code in codes}) == len(space)
    assert all(code.sum() == len(arch.choices) and set(code) <= {0.0, 1.0} for code, arch in zip(codes, space))


def test_plan_is_what_decide_returns():
    arch = Arch((("depth", 2), ("width0", 8), ("width1", 4)))
    assert Pyramid().plan(arch) == [8, 4] and FLAT.plan(FLAT.sample(0)) == dict(FLAT.sample(0).choices)
    assert Pyramid().canonical(arch) is arch


def test_walk_takes_any_chooser_and_checks_it():
    assert str(Pyramid().walk(lambda name, options: options[-1])) == "depth=3 width0=16 width1=16 width2=16"
    with pytest.raises(ValueError, match=r"answered 7 for 'depth'; allowed are 1, 2, 3"):
        Pyramid().walk(lambda name, options: 7)
    with pytest.raises(ValueError, match="answered True for 'depth'"):
        Pyramid().walk(lambda name, options: True)


@pytest.mark.parametrize(
    "choices, words",
    [
        ((("depth", 4), ("width0", 4)), ["'depth' is 4", "allowed are 1, 2, 3"]),
        ((("depth", True), ("width0", 4)), ["'depth' is True", "allowed are 1, 2, 3"]),
        ((("depth", 1.0), ("width0", 4)), ["'depth' is 1.0"]),
        ((("depth", 2), ("width0", 4)), ["decision 3 is 'width1'", "4, 8, 16"]),
        ((("depth", 1), ("width0", 4), ("width1", 4)), ["no decision 'width1'"]),
        ((("width0", 4), ("depth", 1)), ["decision 1 is 'depth'"]),
        ((), ["decision 1 is 'depth'"]),
    ],
)
def test_strangers_are_refused_with_a_reason(choices, words):
    space, arch = Pyramid(), Arch(choices)
    for call in (
        space.validate,
        space.plan,
        space.neighbours,
        space.encode,
        space.canonical,
        lambda arch: space.mutate(arch, 0),
        lambda arch: space.crossover(arch, arch, 0),
    ):
        with pytest.raises(ValueError, match=r"none of Pyramid") as caught:
            call(arch)
        assert all(word in str(caught.value) for word in words)
    assert arch not in space


def test_what_is_no_arch_is_refused():
    for thing in ({"depth": 1}, None, (("depth", 1),)):
        with pytest.raises(TypeError, match="`arch` must be an Arch"):
            Pyramid().validate(thing)
    assert 3 not in Pyramid()
    with pytest.raises(TypeError, match="`rng`"):
        Pyramid().sample(None)


def test_programs_with_a_mistake_are_refused():
    class Twice(ChoiceSpace):
        def decide(self, choose):
            choose("a", (1, 2)), choose("a", (1, 2))

    class Empty(ChoiceSpace):
        def decide(self, choose):
            choose("a", ())

    with pytest.raises(ValueError, match="'a' twice"):
        Twice().sites()
    with pytest.raises(ValueError, match="twice"):
        Twice().sample(0)
    for call in (Empty().sites, lambda: Empty().sample(0), lambda: list(Empty())):
        with pytest.raises(ValueError, match="`options` of 'a'"):
            call()
    with pytest.raises(TypeError, match="define decide"):
        ChoiceSpace().sample(0)


def test_sites_that_miss_something_say_so():
    class Short(Pyramid):
        def sites(self):
            return {"depth": (1, 2, 3), "width0": (4, 8, 16)}

    assert Short().encode(Arch((("depth", 1), ("width0", 4)))).tolist() == [1, 0, 0, 1, 0, 0]
    with pytest.raises(ValueError, match=r"'width1'.*override sites"):
        Short().encode(Arch((("depth", 2), ("width0", 4), ("width1", 4))))
    with pytest.raises(ValueError, match=r"'width1'.*override sites"):
        Short().codes([Arch((("depth", 2), ("width0", 4), ("width1", 4)))])


def test_results_depend_on_the_generator_alone():
    before, state = random.getstate(), np.random.get_state()[1].tolist()
    for space in SPACES:
        a, b = space.sample(1), space.sample(2)
        assert a == space.sample(random.Random(1)) and space.mutate(a, 3) == space.mutate(a, 3) and space.crossover(a, b, 4) == space.crossover(a, b, 4)
        space.neighbours(a), space.sites(), space.encode(a), space.canonical(a), list(space)
    assert random.getstate() == before and np.random.get_state()[1].tolist() == state


def test_equality_is_by_settings_and_decisions():
    assert Pyramid() == Pyramid() and hash(Pyramid()) == hash(Pyramid()) and Pyramid() != Other()
    same = type("Pyramid", (ChoiceSpace,), {"decide": lambda self, choose: choose("depth", (1, 2)), "__qualname__": "Pyramid"})
    assert same() != Pyramid(), "another class of the same name with other decisions"
    assert ChoiceSpace.of({"a": (1, 2)}) != ChoiceSpace.of({"a": (1, 3)}) and CellSpace(3) == CellSpace(nodes=3) != CellSpace(3, channels=4)
    again = pickle.loads(pickle.dumps(FLAT))
    assert again == FLAT and again.sample(0) == FLAT.sample(0) and again.size == FLAT.size


def test_fingerprints_are_the_same_in_every_process():
    code = "from nastutor.spaces import *; print(CellSpace(nodes=3).fingerprint, ChainSpace().fingerprint, ChoiceSpace.of({'a': ('x', None, 0.5)}).fingerprint)"
    there = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert there == f"{CellSpace(nodes=3).fingerprint} {ChainSpace().fingerprint} {ChoiceSpace.of({'a': ('x', None, 0.5)}).fingerprint}"


def test_a_space_can_be_read():
    text = str(ChoiceSpace.of({"width": (4, 8), "kernel": (3, 5, 7)}))
    assert all(word in text for word in ("ProductSpace", "6 architectures", "2 decisions", "width", "4, 8", "kernel", "3, 5, 7"))
    assert "15,625 architectures, 6 decisions" in str(CellSpace()) and repr(CellSpace()).startswith("CellSpace(nodes=4, ops=")
