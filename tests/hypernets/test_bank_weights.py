"""The 1x1 convolutions of memory banks, written from their code: places in the matrix, norms, and what they depend on."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

import nastutor as nt
from nastutor.hypernets import BankWeights
from nastutor.nets.generated import places, run, shell

TASK = nt.tasks.digits(train_size=100)
SPACES = [
    nt.spaces.MemoryBankSpace(),
    nt.spaces.MemoryBankSpace(2, 4, blocks=2, kernels=(1, 3), groups=(1, 2), compression=1, budget=(0.2, 0.4)),
    nt.spaces.MemoryBankSpace(2, 2, 1, blocks=1, kernels=(3,), groups=(1,), patterns=("1000", "1110", "1111"), bottleneck=1, cap=1),
    nt.spaces.MemoryBankSpace(4, 16, 4, 2, kernels=(3, 5), patterns=("1000", "1111"), blocks=2),
]


def made(space, **more):
    return BankWeights(space, TASK.shape, TASK.classes, **{"layers": (1, 2), "growth": 3, **more}).double()


def noise(hyper, seed=0):
    return torch.randn(hyper.shape[1:], dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def written(hyper, arch, seed=0):
    net = shell(hyper.space.graph(arch, TASK).simplified())
    return net, hyper(arch, places(net), noise(hyper, seed))


@settings(deadline=None, max_examples=40)
@given(st.sampled_from(SPACES), st.integers(0, 10**6))
def test_every_architecture_runs_with_its_weights_and_all_written_ones_have_length_one(space, seed):
    net, weights = written(made(space), space.sample(seed))
    assert {name: tuple(own.shape) for name, own in weights.items()} == places(net)
    assert all(torch.isclose(own.norm(), torch.ones(()).double()) for name, own in weights.items() if name.endswith("1x1.weight"))
    assert run(net, weights, torch.tensor(TASK.train.x[:8]).double()).shape == (8, 10)


def test_by_hand_where_each_block_of_the_matrix_comes_from():
    """Pixel (row of k, slice) is a block of outputs by inputs; they lie side by side and nothing rolls over."""
    space = SPACES[3]  # N = 4, compression 2, cap 2: 8 inputs by 8 outputs a pixel
    hyper, arch = made(space), space.sample(0)
    z, code = noise(hyper), torch.tensor(space.code(arch)).double()
    x = torch.cat([z[None], code])[None]
    own = {name: weight / weight.norm() for name, weight in hyper.hyper.items()}

    def leaky(x):
        return F.leaky_relu(x, 0.02)

    x = torch.cat([x, F.conv2d(x, own["first"], padding=1)], 1)
    x = torch.cat([x, F.conv2d(leaky(x), own["0 0"], padding=1)], 1)
    x = F.conv2d(leaky(x), own["0 end"], padding=1)
    for layer in ("1 0", "1 1"):
        x = torch.cat([x, F.conv2d(leaky(x), own[layer], padding=1)], 1)
    x = F.conv2d(leaky(x), own["1 end"])[0]  # (64, k, slices)
    matrix = hyper.matrix(space.code(arch), z).detach()
    assert matrix.shape == (8 * hyper.shape[2], 8 * hyper.shape[1])
    for output, column, row, piece in ((0, 0, 0, 0), (5, 3, 2, 1), (7, 7, 3, 4)):
        assert matrix[8 * piece + column, 8 * row + output] == pytest.approx(float(x[8 * output + column, row, piece].detach()), abs=1e-12)
    op = space.plan(arch)[0].ops[0]
    reads = len(op.reads) * space.plan(arch)[0].bank * 4
    weight = written(hyper, arch)[1]["block 1 op 1 1x1.weight"][:, :, 0, 0]
    first = hyper.matrix(space.code(arch), z)[:reads, : len(weight)].T
    assert torch.allclose(weight, first / first.norm())


def test_sizes_of_the_release():
    """Its layers: 8, 10 and 4 of 10 channels, halved after each stage, at the paper's space; the last gives a block for each pixel."""
    space = nt.spaces.MemoryBankSpace(8, 64, 12, 4, groups=(1, 2, 4, 8), cap=1)
    hyper = BankWeights(space, (3, 32, 32), 10)
    entering = hyper.shape[0] + 8
    halved = (entering + 80) // 2
    sizes = {name: tuple(own.shape) for name, own in hyper.hyper.items()}
    assert sizes["first"] == (7, entering - 7, 3, 3) and sizes["0 7"] == (10, entering + 70, 3, 3) and sizes["0 end"] == (halved, entering + 80, 3, 3)
    assert sizes["1 end"][:2] == ((halved + 100) // 2, halved + 100) and sizes["2 end"] == (8 * 8 * 2, (halved + 100) // 2 + 40, 1, 1) and len(sizes) == 26


@settings(deadline=None, max_examples=20)
@given(st.sampled_from(SPACES), st.integers(0, 10**6))
def test_free_weights_are_parts_of_what_all_share(space, seed):
    hyper = made(space)
    _, weights = written(hyper, space.sample(seed))
    for name, own in weights.items():
        if not name.endswith("1x1.weight"):
            pool = {part.untyped_storage().data_ptr() for part in hyper.free.values()}
            assert own.untyped_storage().data_ptr() in pool, name
    kernel = hyper.free["block 1 conv1 weight"]
    own = next(own for name, own in weights.items() if name.startswith("block 1") and name.endswith("conv1.weight"))
    outputs, inputs, height, width = own.shape
    top, left = (kernel.shape[2] - height) // 2, (kernel.shape[3] - width) // 2
    assert torch.equal(own, kernel[:outputs, :inputs, top : top + height, left : left + width]), "the first channels, the middle of the filter"


def test_what_is_written_depends_on_architecture_and_noise_and_a_blind_one_on_noise_alone():
    space = SPACES[0]
    hyper, blind = made(space), made(space, blind=True)
    codes = [space.code(space.sample(seed)) for seed in (1, 2)]
    a, b = (hyper.matrix(code, noise(hyper)) for code in codes)
    assert not torch.allclose(a, b) and torch.equal(a, hyper.matrix(codes[0], noise(hyper))) and not torch.allclose(a, hyper.matrix(codes[0], noise(hyper, 1)))
    assert torch.equal(*(blind.matrix(code, noise(blind)) for code in codes))


def test_the_loss_reaches_the_whole_hypernetwork_through_every_written_weight():
    space = SPACES[0]
    hyper = made(space)
    net, weights = written(hyper, space.sample(0))
    for name, own in weights.items():
        if name.endswith("1x1.weight"):
            found = torch.autograd.grad(own[0].sum(), list(hyper.hyper.values()), retain_graph=True)
            assert all((slope != 0).any() for slope in found), name
    x, y = torch.tensor(TASK.train.x[:40]).double(), torch.tensor(TASK.train.y[:40])
    F.cross_entropy(run(net, weights, x), y).backward()
    assert all((own.grad != 0).any() for own in hyper.hyper.values()) and (hyper.free["stem conv weight"].grad != 0).all()


def test_seeds_options_and_refusals():
    space = SPACES[1]
    code, z = space.code(space.sample(0)), noise(made(space))
    usual = made(space).matrix(code, z)
    assert torch.equal(usual, made(space).matrix(code, z))
    for more in ({"seed": 1}, {"layers": (2, 2)}, {"growth": 4}):
        assert not torch.equal(usual, made(space, **more).matrix(code, z)), more
    with pytest.raises(ValueError, match=r"`code` has the shape \(3, 2, 1\); allowed is"):
        made(space).matrix(np.zeros((3, 2, 1)), z)
    for arguments, words in (({"layers": ()}, "`layers`"), ({"layers": (0,)}, "`layers`"), ({"growth": 0}, "`growth`"), ({"blind": 1}, "`blind` is 1")):
        with pytest.raises(ValueError, match=words):
            made(space, **arguments)
