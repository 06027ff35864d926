"""The controllers of ENAS, their sizes, their ceilings, and that they are distributions."""

import math
from itertools import islice

import numpy as np
import pytest
import torch
from scipy.stats import chisquare

import nastutor as nt
from nastutor.rng import python_rng, torch_rng
from nastutor.strategies.controller import Bounds, Controller

TINY = {
    "macro": nt.spaces.MacroSpace(3, ("conv3", "maxpool3"), channels=4),
    "micro": nt.spaces.ENASMicroSpace(1, ("sep3", "max3"), channels=4),
    "recurrent": nt.spaces.RecurrentSpace(3, "enas", ("tanh", "relu"), units=4),
    "plain": nt.spaces.CellSpace(nodes=3, ops=("skip", "conv3", "none"), channels=4),
}
BOUNDS = Bounds()
FIT = [nt.spaces.MacroSpace(5), nt.spaces.ENASMicroSpace(3), nt.spaces.RecurrentSpace(5), nt.spaces.NASNetSpace(2, output="chosen"), nt.spaces.CellSpace()]


def controller(space, hidden=6, bounds=BOUNDS, seed=0, init=0.5, **more):
    return Controller(space, hidden, bounds, torch_rng(seed, "controller"), init=init, **more)


def scored(own, space, arch):
    return own.walk(space, lambda name, options, log_probs: arch[name])


def drawn(own, space, rng):
    with torch.no_grad():
        return own.walk(space, lambda name, options, log_probs: rng.choices(options, log_probs.exp().tolist())[0])


@pytest.mark.parametrize(
    "space, count", [(nt.spaces.MacroSpace(12), 41_856), (nt.spaces.ENASMicroSpace(5), 41_733), (nt.spaces.RecurrentSpace(8), 41_344)], ids=str
)
def test_with_64_units_they_have_as_many_weights_as_the_released_ones(space, count):
    assert sum(weights.numel() for weights in controller(space, 64).parameters()) == count


@pytest.mark.parametrize("form", TINY)
def test_the_probabilities_of_all_architectures_sum_to_one(form):
    space = TINY[form]
    own = controller(space)
    assert own.form == form
    with torch.no_grad():
        assert sum(math.exp(scored(own, space, arch).log_p) for arch in space) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("form", TINY)
def test_architectures_are_drawn_with_their_probabilities(form):
    space = TINY[form]
    own, rng, counts = controller(space, init=0.9), python_rng(0, "draws"), {}
    for _ in range(600):
        found = drawn(own, space, rng)
        counts[found.arch] = counts.get(found.arch, 0) + 1
    with torch.no_grad():
        expected = {arch: 600 * math.exp(scored(own, space, arch).log_p) for arch in space}
    common = [arch for arch, count in expected.items() if count > 5]
    rest = 600 - sum(expected[arch] for arch in common)
    seen = [counts.get(arch, 0) for arch in common]
    assert chisquare([*seen, 600 - sum(seen)], [*(expected[arch] for arch in common), rest]).pvalue > 1e-4


@pytest.mark.parametrize("space", FIT, ids=lambda space: type(space).__name__)
def test_scoring_what_was_drawn_gives_the_same_probability(space):
    own, rng = controller(space), python_rng(1, "draws")
    for _ in range(3):
        found = drawn(own, space, rng)
        space.validate(found.arch)
        again = scored(own, space, found.arch)
        assert float(again.log_p.detach()) == pytest.approx(float(found.log_p), abs=1e-4) and float(again.entropy) == pytest.approx(
            float(found.entropy), abs=1e-4
        )


@pytest.mark.parametrize("form", ["macro", "micro", "recurrent"])
def test_every_weight_learns(form):
    space = {"macro": FIT[0], "micro": FIT[1], "recurrent": FIT[2]}[form]
    own = controller(space)
    sum(scored(own, space, space.sample(seed)).log_p for seed in range(6)).backward()
    assert all(weights.grad is not None and bool(weights.grad.abs().sum() > 0) for weights in own.parameters())


def most_likely(space, bounds):
    """The largest probability of each decision, when every weight is as large as could be."""
    found = {}
    for seed in range(5):
        own = controller(space, bounds=bounds, init=50.0, hidden=8, seed=seed)

        def pick(name, options, log_probs):
            found[name] = max(found.get(name, 0.0), float(log_probs.max().exp()))
            return options[int(log_probs.argmax())]

        with torch.no_grad():
            own.walk(space, pick)
    return found


def ceiling(c, n):
    return math.exp(c) / (math.exp(c) + (n - 1) * math.exp(-c))


def test_the_bound_of_the_logits_sets_a_ceiling():
    """e^c / (e^c + (n - 1) e^-c): 0.80 for six operations and c = 1.5, 0.953 for a skip, 0.376 for the operations of cells."""
    assert [round(ceiling(1.5, 6), 2), round(ceiling(1.5, 2), 3), round(ceiling(0.44, 5), 3)] == [0.80, 0.953, 0.376]
    macro = most_likely(FIT[0], Bounds(1.5))
    assert all(p <= ceiling(1.5, 6 if name.startswith("op") else 2) + 1e-5 for name, p in macro.items()) and max(macro.values()) > 0.9
    micro = most_likely(FIT[1], Bounds(1.1, 2.5))
    reads = {name: p for name, p in micro.items() if "_in" in name}
    assert all(p <= ceiling(1.1, int(name.removeprefix("normal").removeprefix("reduce")[0])) + 1e-5 for name, p in reads.items())
    assert max(p for name, p in micro.items() if name.startswith("reduce") and "_op" in name) <= ceiling(0.44, 5) + 1e-5
    free = most_likely(FIT[0], Bounds(None))
    assert max(free.values()) > 0.999


def test_separable_convolutions_are_preferred_at_first_and_more_so_in_the_normal_cell():
    """0.315 and 0.254 for each of the two of five operations."""
    own, found = controller(nt.spaces.ENASMicroSpace(5), 64, Bounds(1.1, 2.5), init=0.001), {}
    with torch.no_grad():
        own.walk(nt.spaces.ENASMicroSpace(5), lambda name, options, log_probs: (found.__setitem__(name, log_probs.exp()), options[0])[1])
    for name, expected in (("normal2_op1", 0.315), ("reduce4_op2", 0.254)):
        assert found[name][:2].tolist() == pytest.approx([expected] * 2, abs=0.001)


def test_near_nodes_are_preferred_in_recurrent_cells():
    own, found = controller(FIT[2], init=1e-4), {}
    with torch.no_grad():
        own.walk(FIT[2], lambda name, options, log_probs: (found.__setitem__(name, log_probs), options[0])[1])
    np.testing.assert_allclose(found["read3"], torch.log_softmax(-torch.tensor([9.0, 4.0, 1.0]) / 6, 0), atol=1e-3)


def test_the_penalty_of_skips_is_the_divergence_from_the_target():
    """All q = 0: both are 1/2, and each skip costs the same; the mean over layers of the sums over their skips."""
    space = nt.spaces.MacroSpace(4, ("conv3",), channels=4)
    own = controller(space, init=1e-6)
    one = 0.5 * math.log(0.5 / 0.6) + 0.5 * math.log(0.5 / 0.4)
    assert float(scored(own, space, space.sample(0)).penalty.detach()) == pytest.approx(one * (1 + 2 + 3) / 3, abs=1e-4)


@pytest.mark.parametrize("exact, rate", [(False, 0.308), (True, 0.4)])
def test_the_published_penalty_draws_fewer_skips_than_its_target(exact, rate):
    """Its minimum is at sigmoid(q) = 0.4, and a skip is drawn with sigmoid(2q)."""
    space = nt.spaces.MacroSpace(3, ("conv3",), channels=4)
    own = controller(space, bounds=Bounds(None), exact=exact, hidden=4)
    optimizer = torch.optim.Adam(own.parameters(), lr=0.05)
    for _ in range(150):
        optimizer.zero_grad()
        scored(own, space, space.sample(0)).penalty.backward()
        optimizer.step()
    found = {}
    own.walk(space, lambda name, options, log_probs: (found.__setitem__(name, float(log_probs[-1].detach().exp())), options[0])[1])
    assert [found[name] for name in found if name.startswith("skip")] == pytest.approx([rate] * 3, abs=0.01)


def test_an_option_that_no_site_names_is_refused_with_words():
    class Odd(nt.spaces.ChoiceSpace):
        def decide(self, choose):
            return choose("width", (4, 8, 16))

        def sites(self):
            return {"width": (4, 8)}

    with pytest.raises(ValueError, match="`sites` of the space lack"):
        drawn(controller(Odd()), Odd(), python_rng(0, "x"))


def test_tiny_spaces_are_tiny():
    assert all(len(list(islice(space, 1_000))) < 1_000 for space in TINY.values())
