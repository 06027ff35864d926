"""Exactly K inputs, drawn in proportion to masks that stay in [0, 1]."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

import nastutor as nt

SPACE = nt.spaces.MacroSpace(6, ("conv3", "maxpool3"), channels=4)
TASK = nt.tasks.digits(train_size=80)


def read_of(trial):
    """node -> how many of its skips are read."""
    found = {}
    for name, own in trial.arch.weights.items():
        if name.startswith("skip"):
            node = name.split("->")[1]
            found[node] = found.get(node, 0) + int(own[1])
            assert sorted(own) == [0, 1]
    return found


@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 10**6), fan_in=st.integers(1, 5))
def test_exactly_k_are_read_or_all_where_there_are_no_more(seed, fan_in):
    strategy, rng = nt.MaskConnect(SPACE, fan_in, lr=2.0, seed=seed), np.random.default_rng(seed)
    for _ in range(4):
        trial = strategy.ask()
        assert read_of(trial) == {str(layer): min(fan_in, layer - 1) for layer in range(2, 7)}
        strategy.tell(trial, nt.Result({"error": 0.5}, grad=nt.Mixture({name: rng.normal(size=len(own)) for name, own in trial.arch.weights.items()})))
        assert all((mask >= 0).all() and (mask <= 1).all() for mask in strategy.masks.values())
    arch = strategy.recommend(nt.History([]))
    assert all(sum(bool(arch[f"skip{source}->{layer}"]) for source in range(layer - 1)) == min(fan_in, layer - 1) for layer in range(2, 7))


def test_inputs_are_drawn_in_proportion_to_the_mask():
    strategy = nt.MaskConnect(SPACE, 1, seed=0)
    strategy.masks[3] = np.array([0.1, 0.6, 0.3])
    counts = np.zeros(3)
    for _ in range(2_000):
        (number,) = strategy.read(3)
        counts[number] += 1
    assert chisquare(counts, 2_000 * strategy.masks[3]).pvalue > 1e-4


def test_pairs_are_drawn_without_replacement():
    strategy = nt.MaskConnect(SPACE, 2, seed=0)
    strategy.masks[3], w = np.array([0.1, 0.6, 0.3]), np.array([0.1, 0.6, 0.3])
    pairs = {(0, 1): 0, (0, 2): 0, (1, 2): 0}
    for _ in range(2_000):
        pairs[tuple(sorted(strategy.read(3)))] += 1
    expected = [2_000 * (w[a] * w[b] / (1 - w[a]) + w[b] * w[a] / (1 - w[b])) for a, b in pairs]
    assert chisquare(list(pairs.values()), expected).pvalue > 1e-4


def test_the_gradient_goes_straight_through_and_what_was_not_read_is_watched():
    strategy = nt.MaskConnect(SPACE, 1, lr=0.5, seed=1)
    trial = strategy.ask()
    unread = {name for name, own in trial.arch.weights.items() if name.startswith("skip") and own[1] == 0}
    assert set(trial.arch.watched) == unread and set(trial.arch.watched.values()) == {(1,)}
    grad = {name: np.zeros(len(own)) for name, own in trial.arch.weights.items()} | {"skip0->4": [0.1, 0.3], "skip2->4": [0.0, -5.0]}
    strategy.tell(trial, nt.Result({"error": 0.5}, grad=nt.Mixture(grad)))
    np.testing.assert_allclose(strategy.masks[3], [0.5 - 0.5 * 0.2, 0.5, 1.0], atol=1e-6)


def test_it_finds_the_inputs_that_lower_the_loss():
    strategy = nt.MaskConnect(SPACE, 1, lr=0.05, seed=2)
    for _ in range(20):
        trial = strategy.ask()
        grad = {name: [0.0, -1.0 if name in ("skip1->5", "skip0->3") else 0.2] for name in trial.arch.weights if name.startswith("skip")}
        grad |= {f"op{layer}": [0.0, 0.0] for layer in range(1, 7)}
        strategy.tell(trial, nt.Result({"error": 0.5}, grad=nt.Mixture(grad)))
    arch = strategy.recommend(nt.History([]))
    assert arch["skip1->5"] is True and arch["skip0->3"] is True


def test_masks_begin_at_the_first_value_and_draws_go_by_the_seed():
    assert {float(own) for first in (0.2, 1.0) for mask in nt.MaskConnect(SPACE, first=first).masks.values() for own in mask} == {0.2, 1.0}
    one, same, other = ([strategy.ask().arch.to_json() for _ in range(5)] for strategy in (nt.MaskConnect(SPACE, seed=seed) for seed in (0, 0, 1)))
    assert one == same != other


def test_it_searches_over_shared_weights_from_a_base():
    base = SPACE.sample(5)
    strategy = nt.MaskConnect(SPACE, 2, base=base)
    shared = nt.estimators.SharedWeights(SPACE, TASK, batch_size=20, device="cpu")
    arch = strategy.recommend(nt.search(strategy, shared, trials=5, progress=False))
    assert all(arch[f"op{layer}"] == base[f"op{layer}"] for layer in range(1, 7)) and any((mask != 0.5).any() for mask in strategy.masks.values())


@pytest.mark.parametrize("option, value", [("fan_in", 0), ("fan_in", 6), ("lr", 0), ("first", 1.5)])
def test_refusals(option, value):
    with pytest.raises(ValueError, match=f"`{option}` is {value!r}"):
        nt.MaskConnect(SPACE, **{option: value})


def test_a_space_without_skips_is_refused():
    with pytest.raises(ValueError, match="whose decisions are no skips"):
        nt.MaskConnect(nt.spaces.RecurrentSpace(3))
    with pytest.raises(TypeError, match="needs a space with roles"):
        nt.MaskConnect(nt.spaces.CellSpace(nodes=3))
