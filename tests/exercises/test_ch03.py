"""The reference solutions of chapter 3 by hand, against the spaces of the library, and against networks of torch."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nastutor.checks import all_checks, find_check, judge
from nastutor.exercises import ch03
from nastutor.exercises.ch03 import count_paths, flatten, mobile_blocks, wider
from nastutor.published import CIFAR10
from nastutor.spaces import FabricSpace, HierarchicalSpace, MobileSpace

IDS = [exercise.id.removeprefix("ch03.") for exercise in all_checks() if exercise.id.startswith("ch03.")]


@given(st.integers(2, 12), st.integers(1, 7))
def test_paths_are_those_of_the_space(layers, scales):
    assert count_paths(layers, scales) == FabricSpace(layers, scales).size


def test_flatten_by_hand():
    motifs = {"A": {(0, 1): "conv3", (1, 2): "conv3", (0, 2): "skip"}}
    flat = flatten({(0, 1): "A", (0, 2): "A"}, motifs, 3)
    assert flat == {
        **{((0,), (0, 1, 1)): "conv3", ((0, 1, 1), (1,)): "conv3", ((0,), (1,)): "skip"},
        **{((0,), (0, 2, 1)): "conv3", ((0, 2, 1), (2,)): "conv3", ((0,), (2,)): "skip"},
    }


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31))
def test_a_flat_cell_is_the_network_of_the_space(seed):
    """As many operations of each kind; the identity that passes on the input of a cell without a way is no operation of the cell."""
    space = HierarchicalSpace(stages=1)
    arch = space.sample(seed)
    plan = {name: {edge: op for edge, op in form.items() if op != "none"} for name, form in space.plan(arch).items()}
    flat = flatten(plan["motif3.1"], plan, 3)
    graph = space.graph(arch, CIFAR10)
    for op, mark in (("conv1", "conv"), ("dw3", "dw_conv"), ("sep3", "sep_conv"), ("maxpool3", "max_pool"), ("skip", "identity")):
        built = [node for node in graph.nodes if node.op == mark and node.group == "cell 1" and node.name != "cell 1 kept"]
        assert sum(other == op for other in flat.values()) == len(built)


@given(st.data())
@settings(max_examples=30, deadline=None)
def test_wider_layers_compute_the_same(data):
    weights, bias, outgoing, copies = data.draw(ch03._layers(st))
    x = np.random.default_rng(0).normal(size=(5, 2))

    def run(w, b, v):
        return np.maximum(x @ np.transpose(w) + b, 0) @ np.transpose(v)

    wide = wider(weights, bias, outgoing, copies)
    assert np.allclose(run(*wide), run(weights, bias, outgoing)) and len(wide[1]) == len(bias) + len(copies)


def test_any_share_preserves_the_function():
    weights, bias, outgoing, copies = [[1.0, 2.0]], [0.5], [[3.0], [1.0]], [0]
    uneven = ([[1.0, 2.0]] * 2, [0.5, 0.5], np.array([[2.5, 0.5], [0.0, 1.0]]))
    assert ch03.preserved(uneven, wider(weights, bias, outgoing, copies), weights, bias, outgoing, copies) is None
    for wrong, words in [
        ((1, 2), "three things"),
        (([[1.0, 2.0]], [0.5], [[3.0], [1.0]]), "`weights` has the shape (1, 2) instead of (2, 2)"),
        (([[1.0, 2.0], [2.0, 1.0]], [0.5, 0.5], uneven[2]), "`weights`: the new units are not"),
        (([[1.0, 2.0]] * 2, [0.5, 0.5], [[3.0, 3.0], [1.0, 1.0]]), "does not add up"),
        (([[1.0], [2.0, 1.0]], [0.5, 0.5], uneven[2]), "rows have different lengths"),
    ]:
        assert words in ch03.preserved(wrong, wider(weights, bias, outgoing, copies), weights, bias, outgoing, copies)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31))
def test_mobile_blocks_are_those_of_the_space(seed):
    space = MobileSpace(widths=(8, 16, 16), depths=(2, 3, 2), strides=(1, 2, 1), first=8)
    arch = space.sample(seed)
    code = [value for _, value in arch.choices]
    there = [(block.kernel, block.expansion, block.place.width, block.place.stride) for block in space.plan(arch)]
    blocks = mobile_blocks(code, [2, 3, 2], [8, 16, 16], [1, 2, 1], 8)
    assert [(k, e, after, step) for k, e, _, after, step, _ in blocks] == there
    assert [adds for *_, adds in blocks] == [block.place.free for block in space.plan(arch)]


@pytest.mark.parametrize("name", IDS)
def test_the_solution_passes_and_a_stub_is_told_so(name):
    def stub(*values): ...

    exercise = find_check(f"ch03.{name}")
    assert judge(exercise, getattr(ch03, name)).passed
    outcome = judge(exercise, stub)
    assert not outcome.passed and "not written yet" in str(outcome) and "`stub`" in str(outcome)


@pytest.mark.parametrize("name", IDS)
def test_every_known_mistake_is_wrong_and_is_named(name):
    exercise = find_check(f"ch03.{name}")
    for wrong, sentence in exercise.mistakes:
        outcome = judge(exercise, wrong)
        assert not outcome.passed and dict(outcome.lines).get("likely") == sentence, f"{sentence}\n{outcome}"


def three_everywhere(layers, scales):
    return scales * 3 ** (layers - 1)


def shared_inside(cell, motifs, nodes):
    def name_of(k, i, j, motif):
        return (i,) if k == 0 else (j,) if k == nodes - 1 else (motif, k)

    return {(name_of(a, i, j, m), name_of(b, i, j, m)): op for (i, j), m in cell.items() for (a, b), op in motifs[m].items()}


def heard_twice(weights, bias, outgoing, copies):
    w, b, v = np.array(weights), np.array(bias), np.array(outgoing)
    return np.vstack([w, w[copies]]), np.append(b, b[copies]), np.hstack([v, v[:, copies]])


def always_stride(code, depths, widths, strides, first):
    blocks, before, place = [], first, 0
    for depth, width, stride in zip(depths, widths, strides):
        for op in code[place : place + depth]:
            if op != "none":
                blocks.append((int(op[1]), int(op[3]), before, width, stride, stride == 1 and before == width))
                before = width
        place += depth
    return blocks


@pytest.mark.parametrize(
    "name, wrong, words",
    [
        ("count_paths", three_everywhere, "not open everywhere"),
        ("flatten", shared_inside, "a copy of its own"),
        ("wider", heard_twice, "heard twice"),
        ("mobile_blocks", always_stride, "Only the first one has"),
    ],
)
def test_usual_slips_written_by_somebody_else_are_named(name, wrong, words):
    outcome = judge(find_check(f"ch03.{name}"), wrong)
    assert words in dict(outcome.lines)["likely"], str(outcome)


def test_a_wrong_flat_cell_is_drawn():
    outcome = judge(find_check("ch03.flatten"), ch03._end_of_its_own)
    assert "<svg" in outcome.picture
