"""Every strategy x space x estimator through `nt.search`: one at a time and on two processes, and going on from a journal.

A third of strategies x places is in the fast tier.
"""

import pytest

import nastutor as nt
from nastutor.testing.rules import generators_untouched
from tests.contracts.parts import PLACES, SPACES, STRATEGIES, a_third, function

CELLS = SPACES["cells of 3"]


def lines(history):
    return [(record.trial, record.result) for record in history]


@pytest.mark.parametrize(("strategy", "place"), a_third(STRATEGIES, PLACES))
def test_searches_and_repeats_itself(strategy, place):
    space, estimator, trials = place()
    with generators_untouched("the search"):
        history = nt.search(strategy(space, seed=1), estimator, trials=trials)
    everything = len({record.trial.arch for record in history}) == len(history) == space.size  # asked for once each: then a strategy may have finished
    assert (len(history) == trials or everything) and all(space.validate(record.trial.arch) is None for record in history)
    assert all(space.validate(space.canonical(record.trial.arch)) is None for record in history)
    assert all("planted" in record.result.info["reason"] for record in history if record.result.status == "failed")
    recommended = strategy(space, seed=1).recommend(history)
    assert space.validate(recommended) is None
    if trials > 3:
        assert lines(history) == lines(nt.search(strategy(space, seed=1), estimator, trials=trials))


@pytest.mark.parametrize("strategy", STRATEGIES.values(), ids=STRATEGIES)
@pytest.mark.parametrize("first", [(), (CELLS.sample(3), CELLS.sample(4))], ids=["", "first"])
def test_goes_on_from_a_journal_as_if_never_stopped(strategy, first, tmp_path):
    whole = nt.search(strategy(CELLS, seed=2), function, trials=25, first=first)
    nt.search(strategy(CELLS, seed=2), function, trials=11, first=first, journal=tmp_path / "cut.sqlite")
    assert lines(nt.search(strategy(CELLS, seed=2), function, trials=25, first=first, journal=tmp_path / "cut.sqlite")) == lines(whole)


@pytest.fixture(scope="module")
def pool():
    with nt.Workers(2) as workers:
        yield workers


@pytest.mark.parametrize("strategy", STRATEGIES.values(), ids=STRATEGIES)
def test_two_processes_in_the_order_of_asking_repeat_and_in_any_order_run(strategy, pool):
    table = nt.estimators.Table("digits-tiny")
    runs = [nt.search(strategy(table.space, seed=3), table, trials=15, executor=pool, workers=3, order="asked") for _ in range(2)]
    assert lines(runs[0]) == lines(runs[1])
    history = nt.search(strategy(table.space, seed=3), table, trials=15, executor=pool, workers=3)
    assert len(history) == 15 and all(record.result.status == "ok" for record in history)
