"""Chunks of weights: every shape, from cut ones to repeated ones and put-together ones."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nastutor.hypernets import Chunks
from nastutor.hypernets.chunks import KINDS
from nastutor.nets.ops import OPS

SIZES = st.integers(1, 9)


def states(count, hidden=6):
    return torch.randn(count, hidden, dtype=torch.float64, generator=torch.Generator().manual_seed(count))


def made(**more):
    return Chunks(6, 4, 3, units=24, **more).double()


@st.composite
def shapes(draw):
    kind = draw(st.sampled_from(list(KINDS)))
    form, filters = KINDS[kind], [draw(st.integers(1, 3)), draw(st.integers(1, 3))]
    if form in ("scale", "shift"):
        return kind, (draw(SIZES),)
    if form == "matrix":
        return kind, (draw(SIZES), draw(SIZES))
    return kind, (draw(SIZES), 1 if form == "deep" else draw(SIZES), *([1, 1] if form == "point" else filters))


@settings(deadline=None, max_examples=60)
@given(shapes(), st.booleans())
def test_every_shape_comes_out_and_its_gradient_reaches_what_wrote_it(wanted, tiled):
    kind, shape = wanted
    chunks, own = made(tiled=tiled), states(2).requires_grad_()
    found = chunks(kind, own, [shape, shape])
    assert [weight.shape for weight in found] == [shape, shape]
    for place, weight in enumerate(found):
        (slope,) = torch.autograd.grad(weight.square().sum(), own, retain_graph=True)
        assert (slope[place] != 0).any() and (slope[1 - place] == 0).all(), "each weight is written from its own node"
    sum(weight.square().sum() for weight in found).backward()
    assert all((part.grad != 0).any() for part in chunks.mlps[kind.replace(".", " ")].parameters())


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 3))
def test_tiles_repeat_and_smaller_ones_are_cut_out_of_the_same_chunk(outputs, inputs, side):
    chunks, own = made(tiled=True), states(1)
    (weight,) = chunks("conv.weight", own, [(outputs, inputs, side, side)])
    (chunk,) = chunks("conv.weight", own, [(4, 4, 3, 3)])
    start = (3 - side) // 2
    middle = chunk[:, :, start : start + side, start : start + side]
    expected = torch.stack([torch.stack([middle[o % 4, i % 4] for i in range(inputs)]) for o in range(outputs)])
    scale = (4 * 9 / (inputs * side * side)) ** 0.5 * (0.5**0.5 if inputs == 1 else 1)
    assert torch.allclose(weight, expected * scale)


def test_chunks_of_their_own_place_differ_and_begin_alike():
    tiled, placed = made(tiled=True), made()
    (weight,) = placed("conv.weight", states(1), [(8, 8, 3, 3)])
    corners = [weight[o : o + 4, i : i + 4] for o in (0, 4) for i in (0, 4)]
    assert not any(torch.allclose(corners[a], corners[b]) for a in range(4) for b in range(a))
    (one,) = placed("conv.weight", states(1), [(4, 4, 3, 3)])
    assert torch.allclose(one, corners[0] * 2**0.5), "one chunk of fan-in 36 instead of 72"
    assert torch.equal(tiled("conv.weight", states(1), [(8, 8, 3, 3)])[0][:4, :4], tiled("conv.weight", states(1), [(8, 8, 3, 3)])[0][4:, 4:])


def test_nodes_that_are_written_together_get_what_they_get_alone():
    wanted = [(4, 4, 3, 3), (9, 2, 1, 3), (2, 7, 3, 2)]
    for tiled in (True, False):
        chunks, own = made(tiled=tiled), states(3)
        together = chunks("conv.weight", own, wanted)
        assert all(torch.allclose(chunks("conv.weight", own[n : n + 1], [wanted[n]])[0], together[n]) for n in range(3))


def test_ranges_of_what_is_written():
    chunks, own = Chunks(6, 64, 3, units=64), states(50).float()
    scale, shift = (torch.stack(chunks(kind, own, [(64,)] * 50)) for kind in ("bn.weight", "bn.bias"))
    assert 0 < scale.min() < 0.9 and 1.1 < scale.max() < 2 and abs(scale.mean() - 1) < 0.1 and shift.abs().max() < 1 and abs(shift.mean()) < 0.1
    sizes = {"conv.weight": ((64, 32, 3, 3), 32 * 9 / 2), "dw_conv.weight": ((64, 1, 3, 3), 9), "linear.weight": ((10, 64), 64)}
    spreads = [float(torch.stack(chunks(kind, own, [shape] * 50)).std().detach()) * fan**0.5 for kind, (shape, fan) in sizes.items()]
    assert min(spreads) > 0.4 and max(spreads) < 1.15 * min(spreads) < 1.2, "as large as the states, whatever the fan-in"


def test_there_is_a_kind_for_every_weight_of_an_operation():
    """All but the steps of recurrent layers, which are networks of their own."""
    filters = {"kernel": 3, "bias": True}
    examples = {"conv": {"channels": 2, **filters}, "dw_conv": filters, "sep_conv": {"channels": 2, **filters}, "bn": {}}
    examples |= {"linear": {"units": 2}, "squeeze_excite": {"units": 2}}
    found = set()
    for op, given_ones in examples.items():
        a = {name: given_ones.get(name, value) for name, value in OPS[op].attrs.items()}
        found |= {f"{op}.{name}" for name, _ in OPS[op].build(a, (4,) if op == "linear" else (4, 5, 5)).named_parameters()}
    assert found == set(KINDS)
    free = {op for op in OPS if op not in examples and OPS[op].layers}
    assert free == {"recurrent"}


def test_seeds_and_refusals():
    firsts = [Chunks(4, seed=seed)("bn.weight", states(1, 4).float(), [(3,)])[0] for seed in (0, 0, 1)]
    assert torch.equal(firsts[0], firsts[1]) and not torch.equal(firsts[0], firsts[2])
    with pytest.raises(ValueError, match="`kernel` is 3, and the network has a filter of 5x1; allowed is at least 5"):
        made()("conv.weight", states(1), [(4, 4, 5, 1)])
    with pytest.raises(ValueError, match=r"`shapes` have \(0, 4\)"):
        made()("linear.weight", states(1), [(0, 4)])
    for arguments, words in (({"kernel": 4}, "`kernel` is 4"), ({"channels": 0}, "`channels`"), ({"tiled": 1}, "`tiled` is 1"), ({"units": 0}, "`units`")):
        with pytest.raises(ValueError, match=words):
            Chunks(**arguments)
