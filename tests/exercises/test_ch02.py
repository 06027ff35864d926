"""The reference solutions of chapter 2 against the library's spaces, layers and encodings, and numbers worked out by hand."""

import numpy as np
import pytest

import nastutor as nt
from nastutor.checks import find_check, judge
from nastutor.exercises import ch02
from nastutor.exercises.ch02 import CHECKS, cells, factorised_reduction, paths
from nastutor.nets.blocks import Blocks
from nastutor.nets.graph import LayerGraph
from nastutor.spaces.encodings import paths as library_paths


def test_cells_is_the_size_of_the_spaces():
    assert cells(5, 13, 2) ** 2 == nt.spaces.NASNetSpace().size and cells(5, 8, 1) == nt.spaces.PNASSpace().size
    assert cells(1, 2, 1) == 16 and cells(5, 13, 2) == pytest.approx(2.287e18, rel=1e-3)


@pytest.mark.parametrize("height, width", [(4, 4), (5, 3), (2, 5)])
def test_factorised_reduction_is_the_librarys(height, width):
    import torch

    builder = LayerGraph.start((3, height, width))
    net = builder.finish(Blocks(builder).factorised_reduction("input", "fr", 4, relu=False)).build().eval()
    x = np.random.default_rng(0).normal(size=(3, height, width))
    weights = [net[f"fr half {n}"].weight.detach().numpy()[:, :, 0, 0] for n in (1, 2)]
    expected = net(torch.tensor(x, dtype=torch.float32)[None])[0].detach().numpy()  # the batch norm of a fresh network divides by sqrt(1 + 1e-5)
    assert np.allclose(factorised_reduction(x, *weights), expected, atol=1e-4)


@pytest.mark.parametrize("seed", range(10))
def test_paths_are_the_librarys(seed):
    space = nt.spaces.NASBench101(vertices=5)
    arch = space.sample(seed)
    names = {published: own for own, published in {"conv3": "conv3x3-bn-relu", "conv1": "conv1x1-bn-relu", "maxpool3": "maxpool3x3"}.items()}
    matrix, ops = space.matrix(arch)
    assert paths(matrix.tolist(), [names.get(op, op) for op in ops]) == sorted(set(library_paths(space, arch)))


def in_zeros(x, first, second):
    """As somebody writes it who thinks in pixels: numbers are put into an array of floats."""
    rows, columns = -(-x.shape[1] // 2), -(-x.shape[2] // 2)
    padded = np.pad(x, ((0, 0), (0, 1), (0, 1)))
    out = np.zeros((len(first) + len(second), rows, columns))
    for f, weights in enumerate([*first, *second]):
        shift = f >= len(first)
        out[f] = sum(w * padded[c, shift : shift + 2 * rows : 2, shift : shift + 2 * columns : 2][:rows, :columns] for c, w in enumerate(weights))
    return out


def by_torch(x, first, second):
    """In single precision, and still a tensor."""
    import torch

    image = torch.tensor(x, dtype=torch.float32)[None]
    shifted = torch.nn.functional.pad(image, (0, 1, 0, 1))[:, :, 1:, 1:]
    kernels = [torch.tensor(w, dtype=torch.float32, requires_grad=True)[:, :, None, None] for w in (first, second)]
    return torch.cat([torch.nn.functional.conv2d(y, w, stride=2) for y, w in zip((image, shifted), kernels, strict=True)], 1)[0]


@pytest.mark.parametrize(
    "right",
    [
        lambda x, a, b: factorised_reduction(x, a, b).astype(np.float32),
        lambda x, a, b: factorised_reduction(x, a, b).astype(int),
        lambda x, a, b: factorised_reduction(x, a, b).tolist(),
        lambda x, a, b: factorised_reduction(x, a, b) * (1 + 1e-7),
        in_zeros,
        by_torch,
    ],
)
def test_right_answers_pass_whatever_they_are_made_of(right):
    outcome = judge(find_check("ch02.factorised_reduction"), right)
    assert outcome.passed, str(outcome)


@pytest.mark.parametrize(
    "wrong, words",
    [
        (lambda x, a, b: factorised_reduction(x, a, b)[None], "its shape is (1, 2, 1, 1); wanted is (2, 1, 1)"),
        (lambda x, a, b: factorised_reduction(x, a, b) + 0.01, "channel 0, row 0, column 0 (counted from 0) is wrong"),
        (lambda x, a, b: {"answer": x}, "wanted is an array of numbers"),
        (lambda x, a, b: np.roll(factorised_reduction(x, a, b).astype(np.float32), len(b), axis=0), "first the unshifted path"),
    ],
)
def test_wrong_images_are_told_by_shape_and_place(wrong, words):
    outcome = judge(find_check("ch02.factorised_reduction"), wrong)
    assert not outcome.passed and words in str(outcome), str(outcome)


def unpadded(x, first, second):
    return np.concatenate([np.einsum("fc,chw->fhw", w, y) for w, y in ((first, x[:, ::2, ::2]), (second, x[:, 1::2, 1::2]))])


@pytest.mark.parametrize(
    "name, wrong, words",
    [
        ("cells", lambda blocks, ops, ways: int(np.prod([(b + 1) * ops * ways for b in range(1, blocks + 1)])), "both numbers are to be squared"),
        ("cells", lambda blocks, ops, ways: cells(blocks, ops, ways) ** 2, "one cell"),
        ("factorised_reduction", lambda x, a, b: np.concatenate([np.einsum("fc,chw->fhw", w, x[:, ::2, ::2]) for w in (a, b)]), "same quarter"),
        ("paths", lambda matrix, ops: [p for p in paths(matrix, ops) if p], "empty one"),
    ],
)
def test_usual_slips_written_by_somebody_else_are_named(name, wrong, words):
    outcome = judge(find_check(f"ch02.{name}"), wrong)
    assert not outcome.passed and words in dict(outcome.lines).get("likely", ""), str(outcome)


def test_an_odd_size_without_padding_is_shown():
    """It crashes there, as the two halves do not fit: the message shows the simplest such image."""
    outcome = judge(find_check("ch02.factorised_reduction"), unpadded)
    assert not outcome.passed and "ValueError" in str(outcome)


def test_the_solutions_of_the_chapter_are_in_one_place():
    assert {check.id for check in CHECKS} == {f"ch02.{name}" for name in ch02.__all__ if name != "CHECKS"}
