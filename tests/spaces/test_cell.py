"""`CellSpace`: NAS-Bench-201's counts, its networks, and what it refuses."""

import json
import random
import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from nastutor import Arch
from nastutor.spaces import CellSpace, ChainSpace
from nastutor.spaces.cell import OPS
from nastutor.spaces.cell_forms import PUBLISHED

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "spaces.json").read_text(encoding="utf-8"))
DIGITS = SimpleNamespace(name="digits", shape=(1, 8, 8), classes=10)
CIFAR = SimpleNamespace(name="cifar10", shape=(3, 32, 32), classes=10)


def cell(space, *ops):
    return Arch(tuple(zip(space.sites(), ops, strict=True)))


def test_sizes_and_names_of_decisions():
    space = CellSpace(nodes=4)
    assert len(space) == 15_625 and list(space.sites()) == ["0->1", "0->2", "1->2", "0->3", "1->3", "2->3"]
    assert set(space.sites().values()) == {("none", "skip", "conv1", "conv3", "avgpool3")}
    assert len(CellSpace(nodes=3)) == GOLDEN["NAS-Bench-201 with 3 nodes"]["cells"] and CellSpace(nodes=2).size == 5 and CellSpace(nodes=6).size == 5**15


def test_the_number_of_networks():
    small, space = CellSpace(nodes=3), CellSpace(nodes=4)
    assert len({small.canonical(arch) for arch in small}) == GOLDEN["NAS-Bench-201 with 3 nodes"]["networks"]
    assert len({space.canonical(arch) for arch in space}) == GOLDEN["NAS-Bench-201"]["networks"]
    assert len({space.published_form(arch) for arch in space}) == GOLDEN["NAS-Bench-201"]["strings"]


def test_canonical_is_the_first_of_its_class_and_stays_where_it_is():
    space = CellSpace(nodes=3)
    first = {}
    for arch in space:
        canonical = space.canonical(arch)
        assert first.setdefault(canonical, arch) == canonical and space.canonical(canonical) == canonical and canonical in space


def test_canonical_takes_only_archs_of_the_space():
    with pytest.raises(ValueError, match=r"'0->1' is 'conv5'; allowed are 'none', 'skip'"):
        CellSpace().canonical(cell(CellSpace(), "conv5", *["skip"] * 5))
    for stranger in (ChainSpace().sample(0), CellSpace(nodes=3).sample(0)):
        with pytest.raises(ValueError, match="none of CellSpace"):
            CellSpace().canonical(stranger)
        with pytest.raises(ValueError, match="none of CellSpace"):
            CellSpace().graph(stranger, DIGITS)


@pytest.mark.parametrize("op", ["skip", "conv3"])
def test_published_counts_of_the_paper_scale_network(op):
    space, golden = CellSpace(channels=16, cells=5, stages=3), GOLDEN["NAS-Bench-201 params for CIFAR-10"][op]
    counts = space.graph(cell(space, *[op] * 6), CIFAR).counts()
    assert counts.params == golden["params"] and round(counts.mult_adds / 1e6, 2) == golden["mega_mult_adds"]


TASKS = {
    "cifar10": CIFAR,
    "cifar100": SimpleNamespace(name="cifar100", shape=(3, 32, 32), classes=100),
    "ImageNet16-120": SimpleNamespace(name="ImageNet16-120", shape=(3, 16, 16), classes=120),
}
OWN = {published: op for op, published in PUBLISHED.items()}


@pytest.mark.parametrize("record", GOLDEN["NATS-Bench costs"]["records"], ids=lambda record: record["string"][:30])
def test_costs_that_nats_bench_tells(record):
    """To the last multiply-add: theirs count one more for each class, the biases of the last layer."""
    space = CellSpace(channels=16, cells=5, stages=3)
    arch = cell(space, *(OWN[name] for name in re.findall(r"(\w+)~", record["string"])))
    for name, task in TASKS.items():
        params, mega_flops = record.get(name, (None, None))
        counts = space.graph(arch, task).counts()
        assert params in (counts.params, None) and mega_flops in ((counts.mult_adds + task.classes) / 1e6, None)


def test_params_by_hand():
    """Per cell edge C (C k^2 + 2); around the cells what NAS-Bench-201 describes."""
    space, rng = CellSpace(channels=16, cells=5, stages=3), random.Random(0)
    around = (3 * 16 * 9 + 32) + sum(c * 2 * c * 9 + 4 * c + 2 * c * 2 * c * 9 + 4 * c + c * 2 * c for c in (16, 32)) + 2 * 64 + 64 * 10 + 10
    for _ in range(10):
        arch = space.sample(rng)
        edges = sum(c * (c * k * k + 2) for _, op in arch.choices for name, k in (("conv1", 1), ("conv3", 3)) if op == name for c in (16, 32, 64))
        assert space.graph(arch, CIFAR).counts().params == around + 5 * edges


def test_dead_parts_are_built_and_canonical_has_none():
    space, rng = CellSpace(), random.Random(1)
    dead = cell(space, "conv3", "none", "none", "skip", "none", "none")
    whole, live = space.graph(dead, DIGITS).counts().params, space.graph(space.canonical(dead), DIGITS).counts().params
    assert whole == live + (8 * 8 * 9 + 16) + (16 * 16 * 9 + 32)
    for _ in range(100):
        arch = space.sample(rng)
        canonical = space.graph(space.canonical(arch), DIGITS)
        assert canonical.simplified().counts().params == space.graph(arch, DIGITS).simplified().counts().params
        if canonical.simplified().counts().params > 170:
            assert canonical.counts().params == canonical.simplified().counts().params, "nothing in a canonical cell is dead"


def test_random_networks_train_and_cost_what_their_graphs_say():
    import torch

    space, rng = CellSpace(channels=4), random.Random(2)
    x = torch.randn(2, *DIGITS.shape, generator=torch.Generator().manual_seed(0))
    for number in range(50):
        graph = space.graph(space.sample(rng), DIGITS)
        module = (graph.simplified() if number % 2 else graph).build(seed=number)
        y = module(x)
        y.logsumexp(1).sum().backward()
        assert y.shape == (2, 10) and torch.isfinite(y).all()
        counts = (graph.simplified() if number % 2 else graph).counts()
        assert sum(p.numel() for p in module.parameters()) == counts.params
        assert module["head linear"].weight.grad is not None


def test_the_members_of_a_class_compute_the_same():
    """The whole network in float64, weights moved from one member to the other by hand: pooling before the sum or after it."""
    import torch

    space = CellSpace(channels=3)
    before, after = cell(space, "conv3", "conv1", "none", "none", "avgpool3", "avgpool3"), cell(space, "conv3", "conv1", "skip", "none", "none", "avgpool3")
    assert space.canonical(before) == space.canonical(after)
    one, other = (space.graph(arch, DIGITS).build(seed=4).double() for arch in (before, after))
    other.load_state_dict(one.state_dict())  # both name their convolutions alike
    x = torch.randn(2, *DIGITS.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(one(x), other(x), atol=1e-10)
    shared = space.graph(cell(space, "conv3", "conv1", "none", "none", "skip", "avgpool3"), DIGITS).build(seed=4).double()
    assert not torch.allclose(one(x), shared(x), atol=1e-3)


def test_operations_are_asked_for_in_one_order():
    assert CellSpace(ops=("conv3", "none")).sites()["0->1"] == ("none", "conv3") and OPS == ("none", "skip", "conv1", "conv3", "avgpool3")


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"ops": ("conv3", "conv33")}, r"`ops` has 'conv33'; allowed are none, skip, conv1, conv3, avgpool3"),
        ({"ops": ("conv3", "skip", "conv3")}, "names one twice"),
        ({"ops": ()}, r"`ops` is \(\)"),
        ({"ops": "conv3"}, "`ops` is 'conv3'"),
        ({"nodes": 1}, "`nodes` is 1; allowed are whole numbers from 2"),
        ({"nodes": True}, "`nodes` is True"),
        ({"channels": 0}, "`channels` is 0"),
        ({"cells": -1}, "`cells` is -1"),
        ({"stages": 1.5}, "`stages` is 1.5"),
    ],
)
def test_bad_settings_are_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        CellSpace(**arguments)


def test_images_that_cannot_be_halved_are_refused():
    odd, flat = SimpleNamespace(name="odd", shape=(1, 9, 8), classes=3), SimpleNamespace(name="flat", shape=(64,), classes=3)
    for task in (odd, flat):
        with pytest.raises(ValueError, match=rf"`task` '{task.name}'.*`stages`=2.*divisible by 2"):
            CellSpace().graph(CellSpace().sample(0), task)
    assert CellSpace(stages=1).graph(CellSpace().sample(0), odd).nodes[-1].shape == (3,)


def test_cells_too_large_to_compare_are_refused():
    with pytest.raises(ValueError, match="`nodes` is 7; allowed are 2 to 6"):
        CellSpace(nodes=7)
