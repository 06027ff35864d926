import pytest

import nastutor as nt
from nastutor.widgets.designer_race import RIVALS, Rival, maker, outcomes
from tests.widgets.tables import stack_table

TABLE = nt.estimators.Table("digits-tiny")


@pytest.mark.parametrize("name", RIVALS)
def test_a_rival_is_what_a_search_would_be(name):
    make = RIVALS[name]
    rival = Rival(name, make(TABLE.space, seed=3), TABLE)
    for trials in (1, 5, 40):
        assert rival.run_to(trials) == nt.search(make(TABLE.space, seed=3), TABLE, trials=trials, progress=False)
    assert len(rival.run_to(2)) == 40, "what it has seen it does not forget"


def test_a_small_population_makes_evolution_evolve():
    histories = [Rival("", RIVALS[name](TABLE.space, seed=0), TABLE).run_to(30) for name in ("evolution", "random search")]
    assert histories[0] != histories[1] and RIVALS["evolution"](TABLE.space).size == 10


def test_failed_trainings_are_told():
    table = stack_table()
    rival = Rival("", nt.RandomSearch(table.space, seed=0), table)
    history = rival.run_to(30)
    assert {record.result.status for record in history} == {"ok", "failed"} and len(history) == 30


class Three(nt.Strategy):
    """Asks three times."""

    asked = 0

    def ask(self):
        if self.asked == 3:
            raise nt.Finished
        self.asked += 1
        return nt.Trial(self.space.sample(self.rng))


def test_one_that_has_no_more_to_ask_stops():
    rival = Rival("", Three(TABLE.space), TABLE)
    assert len(rival.run_to(10)) == 3 and rival.ended and len(rival.run_to(20)) == 3


def test_outcomes_are_counted_over_seeds():
    mine = nt.search(nt.RandomSearch(TABLE.space, seed=0), TABLE, trials=10, progress=False)
    won, drawn, lost = outcomes(mine, nt.RandomSearch, TABLE, seeds=20)
    bests = [nt.search(nt.RandomSearch(TABLE.space, seed=s), TABLE, trials=10, progress=False).best().error for s in range(20)]
    assert (won, drawn, lost) == (
        sum(mine.best().error < b for b in bests),
        sum(mine.best().error == b for b in bests),
        sum(mine.best().error > b for b in bests),
    )
    assert drawn >= 1 and won + drawn + lost == 20


def test_who_may_run():
    assert maker("evolution") == ("evolution", RIVALS["evolution"]) and maker(Three) == ("Three", Three)
    for bad in ("magic", 3, nt.RandomSearch(TABLE.space)):
        with pytest.raises(ValueError, match=r"`rival` is .*; allowed are 'random search', 'evolution', 'hill climbing', the class"):
            maker(bad)
