"""Options are chosen by how much they are missed, and the edges that a space keeps as well (Wang et al. 2021)."""

import logging

import numpy as np
import pytest

import nastutor as nt

SPACE = nt.spaces.CellSpace(nodes=3, ops=("none", "skip", "conv3"))
TASK = nt.tasks.digits(train_size=100)


def driven(strategy, loss, limit=10_000):
    """The trials, answered by `loss(mixture)`; the gradient would lead alpha to the first option of each decision."""
    asked = []
    for _ in range(limit):
        try:
            trial = strategy.ask()
        except nt.Finished:
            return asked
        asked.append(trial)
        grad = nt.Mixture({name: [-1.0] + [0.0] * (len(own) - 1) for name, own in trial.arch.weights.items()})
        strategy.tell(trial, nt.Result({"error": 0.5, "loss": loss(trial.arch)}, grad=None if trial.budget == 0 else grad))
    raise AssertionError("it does not end")


def needs(options):
    """A loss that rises by so much where an option has no weight."""
    return lambda mixture: sum(harm for (name, number), harm in options.items() if mixture[name][number] == 0)


def test_what_is_missed_stays_whatever_alpha_says():
    strategy = nt.PerturbationDARTS(SPACE, 30, tune=1, lr=0.1, seed=1)
    asked = driven(strategy, needs({("0->1", 2): 1.0, ("0->2", 1): 0.5, ("1->2", 2): 0.7}))
    arch = strategy.recommend(nt.History([]))
    assert [arch[name] for name in ("0->1", "0->2", "1->2")] == ["conv3", "skip", "conv3"]
    assert all(own.argmax() == 0 for own in strategy.probabilities.values()), "alpha itself prefers the first"
    assert [trial.budget for trial in asked].count(0) == 3 * 3 + 3 and [trial.budget for trial in asked[:30]] == [None] * 30


@pytest.mark.parametrize("measure, kept", [("loss", "conv3"), ("error", "skip")])
def test_what_is_missed_is_told_by_the_measure(measure, kept):
    """The loss misses the convolution, the error the skip."""
    strategy = nt.PerturbationDARTS(SPACE, 1, tune=0, measure=measure)
    misses = {name: needs({("0->1", number): 0.3}) for name, number in (("loss", 2), ("error", 1))}
    while True:
        try:
            trial = strategy.ask()
        except nt.Finished:
            break
        strategy.tell(trial, nt.Result({name: 0.1 + loss(trial.arch) for name, loss in misses.items()}))
    assert strategy.recommend(nt.History([]))["0->1"] == kept


def test_decisions_are_taken_in_random_order():
    """Each of the six orders of three decisions comes up, told by the seed."""
    orders = []
    for seed in range(40):
        strategy = nt.PerturbationDARTS(SPACE, 1, tune=0, seed=seed)
        driven(strategy, needs({}))
        orders.append(tuple(strategy.fixed))
    assert len(set(orders)) == 6
    again = nt.PerturbationDARTS(SPACE, 1, tune=0, seed=7)
    driven(again, needs({}))
    assert tuple(again.fixed) == orders[7]


def test_one_option_is_left_out_at_a_time_and_what_is_taken_stays_fixed():
    strategy = nt.PerturbationDARTS(SPACE, 1, tune=1, seed=2)
    asked = driven(strategy, needs({("0->1", 1): 1.0}))
    first, second, third, tuned = asked[1:5]
    names = [name for name in SPACE.sites() if any(first.arch[name] == 0)]
    assert len(names) == 1 and [int(trial.arch[names[0]].argmin()) for trial in (first, second, third)] == [0, 1, 2]
    assert tuned.budget is None and sorted(tuned.arch[names[0]]) == [0, 0, 1]
    assert all(sorted(trial.arch[names[0]]) in ([0, 0, 1], [0, 0, 0]) for trial in asked[5:])


def test_a_cell_of_darts_keeps_the_edges_that_are_missed_most():
    space = nt.spaces.DARTSSpace(nodes=2, ops=("max3", "sep3"))
    strategy = nt.PerturbationDARTS(space, 1, tune=0, seed=0)
    harms = {("normal 0->3", 2): 3.0, ("normal 2->3", 2): 2.0, ("normal 1->3", 1): 1.0}
    driven(strategy, needs(harms))
    arch = strategy.recommend(nt.History([]))
    assert arch["normal3_inputs"] == (0, 2) and (arch["normal3_op1"], arch["normal3_op2"]) == ("sep3", "sep3")


def test_it_searches_over_shared_weights():
    shared = nt.estimators.SharedWeights(SPACE, TASK, channels=4, batch_size=20, lr=0.1, device="cpu")
    strategy = nt.PerturbationDARTS(SPACE, 5, tune=1)
    history = nt.search(strategy, shared, trials=100, progress=False)
    assert len(history) == 5 + 3 * (3 + 1) + 3 and shared.fit.steps == 5 + 3
    assert all(record.result.grad is None for record in history if record.trial.budget == 0)
    SPACE.validate(strategy.recommend(history))


def test_what_failed_is_not_taken_for_missed():
    strategy = nt.PerturbationDARTS(SPACE, 1, tune=0, seed=3)
    strategy.tell(strategy.ask(), nt.Result.failed("planted"))
    trials = [strategy.ask() for _ in range(3)]
    for trial, result in zip(
        trials, (nt.Result.failed("planted"), nt.Result({"error": 0.1, "loss": 0.1}), nt.Result({"error": 0.1, "loss": 0.0})), strict=True
    ):
        strategy.tell(trial, result)
    strategy.ask()
    (fixed,) = strategy.fixed.values()
    assert np.array_equal(fixed, [0, 1, 0])


def test_where_no_judgement_succeeds_alpha_decides_and_that_is_told(caplog):
    """A search goes on when trials fail; what is missed nobody knows then, and the first option is no answer."""
    strategy = nt.PerturbationDARTS(SPACE, 30, tune=0, lr=0.1, seed=1)
    with caplog.at_level(logging.WARNING, "nastutor"):
        while True:
            try:
                trial = strategy.ask()
            except nt.Finished:
                break
            grad = nt.Mixture({name: [0.0, 0.0, -1.0] for name in trial.arch.weights})
            strategy.tell(trial, nt.Result.failed("planted") if trial.budget == 0 else nt.Result({"error": 0.5}, grad=grad))
    assert strategy.fixed == {} == strategy.importance
    assert set(dict(strategy.recommend(nt.History([])).choices).values()) == {"conv3"}, "what alpha learnt"
    assert [name for name in SPACE.sites() if f"not one option of {name!r} could be judged" in caplog.text] == list(SPACE.sites())
    assert "not one decision could be judged as a whole" in caplog.text and "chapter 9" in caplog.text


@pytest.mark.parametrize("option, value", [("steps", 0), ("tune", -1), ("measure", "size")])
def test_refusals(option, value):
    with pytest.raises(ValueError, match=f"`{option}` is {value!r}"):
        nt.PerturbationDARTS(SPACE, **{option: value})
