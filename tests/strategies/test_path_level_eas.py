"""The tree as it grows, the joint probability, and that it learns."""

import numpy as np
import pytest
import torch

import nastutor as nt
from nastutor.strategies.path_level_eas import Growing
from nastutor.strategies.tree_lstm import Grown
from nastutor.testing import check_strategy
from tests.contracts.parts import function

SMALL = {"hidden": 6, "embedding": 4, "width": 10}
TINY = nt.spaces.PathLevelSpace(2, ("max3", "identity"), (2,), (2,), width=4)


def replayed(strategy, arch):
    """(log-probability, decisions) of an architecture."""
    log_p, taken = 0.0, []

    def pick(log_probs):
        taken.append(log_probs)
        return numbers[len(taken) - 1]

    numbers = []
    strategy.space.walk(lambda name, options: (len(options) > 1 and numbers.append(options.index(arch[name]))) or arch[name])
    _, _, log_p, _ = strategy.played(None, pick)
    return log_p.item(), taken


def test_the_space_says_where_decisions_are_taken():
    growth = TINY.growth()
    assert growth.decisions["merge"] == ("", "merge") and growth.decisions["1.2 op"] == ("1.2", "op") and growth.decisions["2 grows"] == ("2", "grows")
    assert growth.counts == {"add": (2,), "concat": (2,), "none": (1,)} and growth.first == "conv3"
    assert {kind for _, kind in nt.spaces.PathLevelSpace().growth().decisions.values()} == {"merge", "branches", "op", "grows"}


def test_the_tree_grows_by_its_decisions():
    space = nt.spaces.PathLevelSpace()
    growing, seen = Growing(space.growth()), []
    arch = space.from_text("add[conv3: concat[sep5, max3], conv3]")

    def decide(name, options):
        seen.append(growing.tree())
        growing.take(*space.growth().decisions[name], arch[name])
        return arch[name]

    space.walk(decide)
    behind = Grown("concat", (("sep5", None), ("max3", None)))
    assert growing.tree() == Grown("add", (("conv3", behind), ("conv3", None)))
    assert seen[0] == Grown() and seen[1] == Grown("add", (("conv3", None), ("conv3", None)))
    assert Grown("add", (("conv3", Grown("concat", (("identity", None), ("identity", None)))), ("conv3", None))) in seen, "identities until they are replaced"


def test_probabilities_of_all_trees_sum_to_one():
    strategy = nt.PathLevelEAS(nt.spaces.PathLevelSpace(2, ("max3",), (2,), (), width=4), **SMALL)
    with torch.no_grad():
        for weights in strategy.policy.parameters():
            weights.mul_(8)
        probabilities = [np.exp(replayed(strategy, arch)[0]) for arch in strategy.space]
    assert len(probabilities) == 10 and sum(probabilities) == pytest.approx(1, abs=1e-4)


def test_decisions_of_one_kind_share_their_network_and_differ_by_the_state():
    strategy = nt.PathLevelEAS(TINY, **SMALL)
    assert set(strategy.policy.heads) == {"merge", "op", "grows"} and "branches" in nt.PathLevelEAS(nt.spaces.PathLevelSpace(), **SMALL).policy.heads
    with torch.no_grad():
        for weights in strategy.policy.parameters():
            weights.mul_(8)
    _, parts = replayed(strategy, TINY.from_text("add[conv3: add[max3, identity], conv3]"))
    assert [len(part) for part in parts] == [3, 2, 3, 2, 2, 2] and not torch.allclose(parts[3], parts[4], atol=1e-4)


def test_a_fair_draw_learns_nothing():
    strategy = nt.PathLevelEAS(TINY, learn=False, batch=2, **SMALL)
    before = [weights.clone() for weights in strategy.policy.parameters()]
    for _ in range(4):
        strategy.tell(strategy.ask(), nt.Result({"error": strategy.rng.random()}))
    assert all(map(torch.equal, before, strategy.policy.parameters())) and strategy.baseline == strategy.baseline
    arch = TINY.sample(0)
    assert all(torch.allclose(part.exp(), torch.full_like(part, 1 / len(part))) for part in replayed(strategy, arch)[1])


def test_the_gradient_is_cut_at_its_norm():
    strategy = nt.PathLevelEAS(TINY, clip=1e-3, batch=1, **SMALL)
    norms = []
    strategy.optimizer.step = lambda: norms.append(
        sum(weights.grad.square().sum() for weights in strategy.policy.parameters() if weights.grad is not None) ** 0.5
    )
    strategy.update([strategy.drawn(None)[1], strategy.drawn(None)[1]], [3.0, 1.0])
    assert norms[0] <= 1.001e-3


def test_it_learns_which_operation_pays():
    strategy = nt.PathLevelEAS(TINY, learning_rate=0.05, batch=5, entropy=0.0, **SMALL, seed=0)
    errors = []
    for _ in range(70):
        trial = strategy.ask()
        ops = [value for name, value in trial.arch.choices if name.endswith(" op")]
        errors.append(0.2 + 0.6 * ops.count("identity") / len(ops))
        strategy.tell(trial, nt.Result({"error": errors[-1]}))
    assert np.mean(errors[-20:]) < np.mean(errors[:20]) - 0.15


def test_keeps_the_rules():
    check_strategy(nt.PathLevelEAS, [TINY], trials=4, process=False, batch=2, learning_rate=0.1, **SMALL)


def test_it_searches_and_goes_on_from_a_journal(tmp_path):
    def search(trials, **where):
        return nt.search(nt.PathLevelEAS(TINY, batch=2, **SMALL, seed=3), function, trials=trials, progress=False, **where)

    whole = search(9)
    search(5, journal=tmp_path / "cut.sqlite")
    assert [record.trial for record in search(9, journal=tmp_path / "cut.sqlite")] == [record.trial for record in whole]


@pytest.mark.parametrize(
    "options, text", [({"hidden": 0}, "`hidden` is 0"), ({"width": 0}, "`width` is 0"), ({"embedding": 0}, "`embedding` is 0"), ({"clip": -1}, "`clip` is -1")]
)
def test_refusals(options, text):
    with pytest.raises(ValueError, match=text):
        nt.PathLevelEAS(TINY, **options)
    with pytest.raises(TypeError, match=r"`PathLevelEAS` needs a space with growth\(\), which ChainSpace does not have"):
        nt.PathLevelEAS(nt.spaces.ChainSpace())
