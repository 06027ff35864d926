"""Open-ended spaces: they keep the rules, what has what it needs searches them, and what has not says so before the first trial."""

from functools import partial
from types import SimpleNamespace

import pytest

import nastutor as nt
from nastutor.testing import check_estimator, check_space, check_strategy
from nastutor.testing.drive import asked, drive
from nastutor.testing.rules import generators_untouched
from tests.contracts.parts import OPEN, RELAXED, STRATEGIES, function

# all others ask for decisions with options: to weigh, to encode or to walk through
RUN = {name: part for name, part in STRATEGIES.items() if all(hasattr(nt.spaces.EditSpace, need) for need in part.kind.needs)}
spaces = pytest.mark.parametrize("space", OPEN.values(), ids=OPEN)
strategies = pytest.mark.parametrize("part", RUN.values(), ids=RUN)


@spaces
def test_spaces_keep_the_rules(space):
    check_space(space)
    check_estimator(lambda trial: nt.Result({"error": len(str(trial.arch)) / 1000}, cost=1.0), space)


@spaces
@strategies
def test_strategies_keep_the_rules(part, space):
    check_strategy(part.kind, [space], trials=part.trials, process=False, **part.arguments)


@strategies
def test_strategies_ask_the_same_in_another_process(part, elsewhere):
    makes = [partial(part, space, seed=5) for space in OPEN.values()]
    assert elsewhere.asked(makes, 15) == [asked(drive(make(), 15)) for make in makes]


@spaces
@strategies
def test_they_search_it_and_go_on_from_a_journal(part, space, tmp_path):
    with generators_untouched("the search"):
        whole = nt.search(part(space, seed=1), function, trials=20, first=[space.start()])
    assert len(whole) == 20 and all(record.trial.arch in space for record in whole)
    nt.search(part(space, seed=1), function, trials=9, first=[space.start()], journal=tmp_path / "cut.sqlite")
    again = nt.search(part(space, seed=1), function, trials=20, first=[space.start()], journal=tmp_path / "cut.sqlite")
    assert [(record.trial, record.result) for record in again] == [(record.trial, record.result) for record in whole]


@pytest.mark.parametrize("name", [name for name in STRATEGIES | RELAXED if name not in RUN])
def test_who_needs_decisions_says_so(name):
    part = (STRATEGIES | RELAXED)[name]
    with pytest.raises(TypeError, match=rf"`{part.kind.__name__}` needs a space with \w+\(\), which EditSpace does not have"):
        part(nt.spaces.EditSpace())


@spaces
def test_estimators_train_it(space):
    train = nt.estimators.Train(space, nt.tasks.digits(train_size=60), 1, weights=False)
    check_estimator(train, trials=2)
    history = nt.search(nt.RegularizedEvolution(space, population=2, sample=2, seed=1), train, trials=3)
    assert all(record.result.status == "ok" for record in history)
    with pytest.raises(ValueError, match="holds independent trainings|is for"):
        nt.search(nt.RandomSearch(space), nt.estimators.Table("digits-tiny"), trials=1)


def test_many_are_trained_together():
    space = OPEN["networks by edits"]
    trials = [nt.Trial(space.sample(seed)) for seed in range(4)]
    population = nt.estimators.Population(space, nt.tasks.digits(train_size=60), 1, weights=False)
    for one, other in zip(population.many(trials), map(nt.estimators.Train(space, nt.tasks.digits(train_size=60), 1, weights=False), trials), strict=True):
        assert one.status == other.status == "ok" and one.error == pytest.approx(other.error, abs=0.02)


@spaces
def test_bad_input_is_refused_in_words(space):
    stranger = nt.spaces.CellSpace(nodes=3).sample(0)
    task = SimpleNamespace(name="digits", shape=(1, 8, 8), classes=10)
    asked = [space.validate, space.canonical, space.plan, space.neighbours, lambda arch: space.mutate(arch, 0), lambda arch: space.edits(arch, 0)]
    for ask in [*asked, lambda arch: space.graph(arch, task)]:
        with pytest.raises(ValueError, match=r"`arch` is .*, which is none of EditSpace: "):
            ask(stranger)
    for shape in ((8,), (1, 8, 8, 8)):
        with pytest.raises(ValueError, match="`task` 'odd' has inputs of"):
            space.graph(space.start(), SimpleNamespace(name="odd", shape=shape, classes=10))
    for rng in (None, "seed", True):
        with pytest.raises(TypeError, match="`rng` must be a random.Random or an int seed"):
            space.mutate(space.start(), rng)
