"""What actors may do and what it is worth, masks, the baseline, where episodes begin, and that it learns."""

import math
import random

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import nastutor as nt
from nastutor.edits import Deepen, Network, Several, Widen
from nastutor.strategies.eas import blocks_of
from nastutor.strategies.meta_controller import tan_reward
from nastutor.testing import check_strategy
from tests.contracts.parts import function

LAYERS = [("conv", 4, 3), ("max",), ("conv", 4, 3), ("max",), ("dense", 8)]
SPACE = nt.spaces.EditSpace(LAYERS, ("widen", "deepen"), kernels=(1, 3), kinds=("conv", "dense"), max_width=32, max_layers=9)
SMALL = {"hidden": 6, "embedding": 4}


def told(strategy, trials, error=lambda trial: 0.5):
    """The trials asked, each answered at once."""
    asked = []
    for _ in range(trials):
        trial = strategy.ask()
        strategy.tell(trial, nt.Result({"error": error(trial)}))
        asked.append(trial)
    return asked


def pieces(strategy, episode=None):
    """(edits, log-probabilities of each decision) of an episode, drawn where none is given."""
    parts, left = [], iter(episode.taken if episode else ())
    rng = random.Random(0)

    def pick(log_probs):
        parts.append(log_probs)
        return next(left) if episode else rng.choices(range(len(log_probs)), log_probs.exp().tolist())[0]

    made, taken, log_p, entropy = strategy.played(strategy.start, pick)
    return made, taken, log_p, entropy, parts


@settings(max_examples=3, deadline=None)
@given(st.integers(0, 10**6))
def test_networks_stay_in_the_space_and_come_of_the_start_by_the_edits_told(seed):
    strategy = nt.EAS(SPACE, wider=2, **SMALL, seed=seed)
    with torch.no_grad():
        for weights in strategy.policy.parameters():
            weights.mul_(20)
    trial = strategy.ask()
    edits, episode = strategy.drawn(strategy.start)
    assert trial.arch in SPACE and (Several(tuple(edits))(SPACE.start()) if edits else SPACE.start()) in SPACE
    assert [type(edit) for edit in edits] == sorted((type(edit) for edit in edits), key=[Widen, Deepen].index), "first wider, then deeper"
    assert sum(isinstance(edit, Deepen) for edit in edits) == 4, "as there is room for no more than nine layers"
    again = pieces(strategy, episode)
    assert again[0] == edits and again[1] == episode.taken


def test_log_probabilities_sum_to_the_joint_and_each_decision_to_one():
    _, taken, log_p, entropy, parts = pieces(nt.EAS(SPACE, **SMALL))
    assert log_p.item() == pytest.approx(sum(part[number].item() for part, number in zip(parts, taken, strict=True)), abs=1e-5)
    assert entropy.item() == pytest.approx(-sum((part.exp() * part).sum().item() for part in parts), abs=1e-4)
    assert all(part.exp().sum().item() == pytest.approx(1, abs=1e-6) for part in parts)


def test_one_sigmoid_widens_all_layers():
    strategy = nt.EAS(SPACE, wider=1, deeper=0, **SMALL)
    _, _, _, _, parts = pieces(strategy)
    network = SPACE.plan(SPACE.start())
    states, _ = strategy.policy.encode([network.layers[number] for number in network.order])
    p = strategy.policy.wider(states).sigmoid()[:, 0]
    wide = [place for place, number in enumerate(network.order) if network.layers[number].width]
    assert [part.exp()[1].item() for part in parts] == pytest.approx([p[place].item() for place in wide], abs=1e-6)
    assert strategy.policy.wider.weight.shape == (1, 12) and len({round(value, 9) for value in p.tolist()}) > 1


def test_the_encoder_reads_in_both_directions():
    policy = nt.EAS(SPACE, **SMALL).policy
    one, other = (policy.encode(list(Network.chain(rows).layers.values()))[0] for rows in (LAYERS, [("conv", 8, 3), *LAYERS[1:-1], ("dense", 16)]))
    assert torch.equal(policy.encode(list(Network.chain(LAYERS).layers.values()))[0], one)
    there, back = (one - other)[:, :6].abs().sum(1), (one - other)[:, 6:].abs().sum(1)
    assert there[1] > 0 and back[1] > 0, "layer 2 sees that both of its neighbourhoods have changed"


def test_what_is_as_wide_as_may_be_is_no_decision_and_has_no_gradient():
    full = nt.spaces.EditSpace([("conv", 4, 3), ("max",), ("conv", 8, 3)], ("widen",), max_width=8)
    made, _, _, _, parts = pieces(nt.EAS(full, wider=3, **SMALL))
    assert len(parts) <= 3 and {edit.layer for edit in made} <= {1} and len(made) <= 1
    done = nt.spaces.EditSpace([("conv", 8, 3)], ("widen",), max_width=8)
    strategy = nt.EAS(done, **SMALL)
    strategy.loss(strategy.drawn(strategy.start)[1], 1.0, 0.1)
    assert all(weights.grad is None for weights in strategy.policy.parameters())


def test_masked_blocks_and_kernels_have_no_gradient():
    strategy = nt.EAS(SPACE, wider=0, deeper=1, **SMALL)
    strategy.loss(strategy.drawn(strategy.start)[1], 1.0, 0.1)
    rows = strategy.policy.block.weight.grad.abs().sum(1)
    assert torch.count_nonzero(rows[3:]) == 0 and torch.count_nonzero(rows[:3]) == 3


def test_widths_never_leave_the_list():
    strategy = nt.EAS(SPACE, wider=4, deeper=0, widths=(4, 8, 12, 20), **SMALL, seed=1)
    widths = {layer.width for trial in told(strategy, 6) for layer in SPACE.plan(trial.arch).layers.values()} - {None}
    assert widths == {4, 8, 12, 20}
    doubled = {layer.width for trial in told(nt.EAS(SPACE, deeper=0, **SMALL, seed=1), 6) for layer in SPACE.plan(trial.arch).layers.values()} - {None}
    assert doubled == {4, 8, 16, 32}


def test_blocks_end_with_pools_and_dense_layers_are_the_last():
    rows = [("conv", 4, 3), ("conv", 4, 3), ("max",), ("max",), ("sep", 4, 3), ("flatten",), ("dense", 8), ("dense", 8)]
    assert blocks_of(Network.chain(rows)) == [[1, 2], [], [5], [7, 8]]


def test_a_layer_more_is_of_the_kind_of_the_one_before():
    for trial in told(nt.EAS(SPACE, wider=0, **SMALL, seed=2), 5):
        network = SPACE.plan(trial.arch)
        kinds = [network.layers[number].kind for number in network.order]
        assert [kind for kind in kinds if kind != "conv"][:2] == ["max", "max"] and set(kinds[kinds.index("dense") :]) == {"dense"}


@settings(max_examples=50, deadline=None)
@given(st.floats(-0.5, 2), st.floats(-0.5, 2))
def test_the_reward_rises_with_the_accuracy_and_is_finite(one, other):
    assert math.isfinite(tan_reward(one)) and (tan_reward(one) >= tan_reward(other)) == (one <= other or tan_reward(one) == tan_reward(other))


def test_the_reward_by_hand():
    assert tan_reward(0.5) == pytest.approx(1) and tan_reward(1.0) == 0 and tan_reward(0.1) == pytest.approx(math.tan(0.45 * math.pi))


def test_the_baseline_is_mostly_the_mean_of_the_batch_itself():
    """b <- 0.05 b + 0.95 mean, before the rewards of the batch are compared with it."""
    strategy = nt.EAS(SPACE, batch=2, wider=1, deeper=0, **SMALL)
    advantages = []
    strategy.loss = lambda episode, advantage, entropy: advantages.append(2 * advantage)
    errors = iter((0.5, 0.4, 0.3, 0.2))
    told(strategy, 4, lambda trial: next(errors))
    r = [tan_reward(error) for error in (0.5, 0.4, 0.3, 0.2)]
    first = (r[0] + r[1]) / 2
    second = 0.05 * first + 0.95 * (r[2] + r[3]) / 2
    assert strategy.baseline == pytest.approx(second) and advantages == pytest.approx([r[0] - first, r[1] - first, r[2] - second, r[3] - second])


def test_a_failure_earns_the_worst_so_far():
    strategy = nt.EAS(SPACE, batch=3, wider=1, deeper=0, **SMALL)
    strategy.tell(strategy.ask(), nt.Result.failed("planted"))
    assert not strategy.waiting, "nothing to compare with yet"
    for result in (nt.Result({"error": 0.4}), nt.Result({"error": 0.6}), nt.Result.failed("planted")):
        trial = strategy.ask()
        strategy.tell(trial, result)
    assert strategy.baseline == pytest.approx((tan_reward(0.4) + 2 * tan_reward(0.6)) / 3)


def test_after_restarts_episodes_begin_at_the_best():
    strategy = nt.EAS(SPACE, wider=1, deeper=1, restarts=(6,), **SMALL, seed=0)
    asked = told(strategy, 6, lambda trial: 0.1 if len(trial.arch.choices) > 6 and sum(map(ord, str(trial.arch))) % 2 else 0.5)
    assert strategy.start.arch == strategy.best[1].arch != SPACE.start() and strategy.start.arch in [trial.arch for trial in asked]
    assert all(len(trial.arch.choices) > len(strategy.start.arch.choices) for trial in told(strategy, 3))


def test_inherited_weights_come_from_where_the_episode_began(monkeypatch):
    for kind in (Widen, Deepen):
        monkeypatch.setattr(kind, "transfer", lambda self, parent, batch=None: parent, raising=False)
    strategy = nt.EAS(SPACE, inherit=True, **SMALL)
    root = strategy.ask()
    assert root == nt.Trial(SPACE.start()) and strategy.ask() is None and strategy.wants == ("warm_start",)
    strategy.tell(root, nt.Result({"error": 0.5}))
    child = strategy.ask()
    assert child.warm_start == root.key and child.edit(SPACE.start()) == child.arch
    failed = nt.EAS(SPACE, inherit=True, **SMALL)
    failed.tell(failed.ask(), nt.Result.failed("planted"))
    assert failed.ask().warm_start is None


def test_it_learns_what_pays():
    """Width of the last layer is all that counts: by the end it is wider, and others no wider, than by chance."""
    space = nt.spaces.EditSpace([("conv", 4, 3)] * 3, ("widen",), max_width=64)
    strategy = nt.EAS(space, wider=2, deeper=0, learning_rate=0.03, batch=5, hidden=16, embedding=8, seed=0)

    def error(trial):
        last, others = (sum(math.log2(Network.of(trial.arch).layers[number].width) - 2 for number in numbers) for numbers in ((3,), (1, 2)))
        return 0.8 - 0.3 * last + 0.1 * others

    errors = [error(trial) for trial in told(strategy, 150, error)]
    assert np.mean(errors[-20:]) < np.mean(errors[:20]) - 0.2


def test_keeps_the_rules():
    check_strategy(nt.EAS, [SPACE], trials=4, process=False, wider=1, deeper=1, batch=2, learning_rate=0.1, clip=1.0, **SMALL)


def test_it_searches_and_goes_on_from_a_journal(tmp_path):
    def search(trials, **where):
        return nt.search(nt.EAS(SPACE, wider=1, deeper=1, batch=2, **SMALL, seed=3), function, trials=trials, progress=False, **where)

    whole = search(9)
    search(5, journal=tmp_path / "cut.sqlite")
    assert [record.trial for record in search(9, journal=tmp_path / "cut.sqlite")] == [record.trial for record in whole]


def test_other_spaces_are_refused():
    with pytest.raises(TypeError, match=r"`EAS` needs a space with start\(\), which ChainSpace does not have"):
        nt.EAS(nt.spaces.ChainSpace())


@pytest.mark.parametrize(
    "space, options, text",
    [
        (SPACE, {"wider": -1}, "`wider` is -1"),
        (SPACE, {"batch": 0}, "`batch` is 0"),
        (SPACE, {"learning_rate": 0}, "`learning_rate` is 0"),
        (SPACE, {"decay": 1}, "`decay` is 1"),
        (SPACE, {"clip": 0}, "`clip` is 0"),
        (SPACE, {"learn": 1}, "`learn` is 1; allowed are True and False"),
        (SPACE, {"inherit": 1}, "`inherit` is 1"),
        (SPACE, {"widths": (8, 4)}, "`widths` is .*; allowed are None and rising whole numbers"),
        (SPACE, {"widths": (8, 16)}, "layer 1 has 4"),
        (SPACE, {"kernels": (5,)}, "`kernels` has 5; allowed are those of the space: 1, 3"),
        (SPACE, {"restarts": None}, "`restarts` is None"),
        (nt.spaces.EditSpace(nt.edits.AddSkip(1, target=-1)(Network.chain([("conv", 8, 3)] * 2).arch())), {}, "`space` starts with a network that is no chain"),
    ],
)
def test_refusals(space, options, text):
    with pytest.raises(ValueError, match=text):
        nt.EAS(space, **options)
