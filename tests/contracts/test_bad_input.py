"""What every strategy does with answers and spaces that are hardly any: it goes on, ends by `Finished`, or refuses in words before the first trial."""

import math

import pytest

import nastutor as nt
from nastutor.testing.drive import answer
from tests.contracts.parts import GRAPHIC, STRATEGIES

ALL = STRATEGIES | GRAPHIC
ONE = nt.spaces.ChoiceSpace.of({"only": (1,)})
FOUR = nt.spaces.ChoiceSpace.of({"a": (1, 2), "b": ("x", "y")})
CELLS = nt.spaces.CellSpace(nodes=3, ops=("skip", "conv1"))  # 8 cells, which have a network too


def every(chosen=ALL):
    return pytest.mark.parametrize("part", chosen.values(), ids=chosen)


def searched(strategy, trials, tell):
    """The trials that were asked for, each answered by `tell(number, trial)`."""
    asked = []
    while len(asked) < trials:
        try:
            trial = strategy.ask()
        except nt.Finished:
            break
        assert trial is not None, "None with nothing in flight"
        strategy.space.validate(trial.arch)
        asked.append(trial)
        strategy.tell(trial, tell(len(asked), trial))
    return asked


def good(strategy):
    return lambda number, trial: answer(trial, strategy.wants)


@every(STRATEGIES)
def test_a_space_of_one(part):
    """Nothing to change is refused where changing is all there is to do; else the one is asked for, again or once."""
    try:
        strategy = part(ONE)
    except ValueError as error:
        assert "`space`" in str(error) and ("two architectures" in str(error) or "can be changed" in str(error))
        return
    asked = searched(strategy, 12, good(strategy))
    assert asked and {trial.arch for trial in asked} == {ONE.sample(0)}


@every()
def test_when_only_duplicates_are_left(part):
    space = CELLS if part in GRAPHIC.values() else FOUR
    strategy = part(space)
    asked = searched(strategy, 14 if space is CELLS else 40, good(strategy))
    assert len(asked) >= 4 and len({trial.arch for trial in asked}) <= space.size


def after(strategy, odd, trials, often=1):
    """The trials that are asked for where every so manieth answer is an odd one."""
    return searched(strategy, trials, lambda number, trial: answer(trial, strategy.wants) if number % often else odd)


@every()
def test_answers_that_are_no_numbers(part):
    """NaN and infinity, ok or stopped, are failures: who was told so asks for what it asks for where they failed plainly."""
    odd = (nt.Result({"error": math.nan}), nt.Result({"error": math.inf}), nt.Result({"loss": 1.0}, status="stopped"), nt.Result.failed("planted"))
    asked = [after(part(CELLS), result, part.trials, often=3) for result in odd]
    assert asked[0] == asked[1] == asked[2] == asked[3] and len(asked[0]) > 3


@every()
def test_one_trial_is_a_search(part):
    strategy = part(CELLS)
    history = nt.search(strategy, lambda trial: answer(trial, strategy.wants), trials=1, progress=False)
    assert strategy.recommend(history) == history[0].trial.arch


@every()
def test_answers_at_other_budgets_teach_nothing(part):
    """Better than anything, of others and of what is in flight, they change none of the asks that follow."""
    strategy, undisturbed = part(CELLS), part(CELLS)

    def tell(number, trial):
        for arch in (CELLS.sample(number), trial.arch):
            for budget in (1, 3):
                stranger = nt.Trial(arch, budget=budget)
                strategy.tell(stranger, nt.Result({**answer(stranger, strategy.wants).metrics, "error": 0.0}))
        return answer(trial, strategy.wants)

    asked = searched(strategy, part.trials, tell)
    assert asked == searched(undisturbed, part.trials, good(undisturbed)) and len(asked) > 3


def test_a_strategy_compares_at_the_budgets_that_it_asks_for():
    free, given = nt.NASH(CELLS, inherit=False), nt.NASH(CELLS, start=2, epochs=3, inherit=False)
    arch, mixture = CELLS.sample(0), nt.Mixture({"0->1": [1.0, 0.0]})
    taken = [[budget for budget in (None, 1, 2, 3) if strategy.comparable(nt.Trial(arch, budget)) == arch] for strategy in (free, given)]
    assert taken == [[None], [2, 3]] and free.comparable(nt.Trial(mixture)) is None


@pytest.mark.parametrize(
    "make",
    [
        lambda: nt.NSGA2(FOUR, 4, ("error", "params")),
        lambda: nt.LEMONADE(FOUR, lambda arch: len(str(arch)), ("error", "params"), start=2, children=4, accepted=2),
    ],
    ids=["NSGA2", "LEMONADE"],
)
@pytest.mark.parametrize("params", [None, math.nan])
def test_answers_without_an_objective(make, params):
    """They teach nothing: what is asked next is what is asked after failures. `search` refuses an estimator without it before the first trial."""
    lacking = nt.Result({"error": 0.1} if params is None else {"error": 0.1, "params": params})
    asked = [after(make(), result, 20) for result in (lacking, nt.Result.failed("planted"))]
    assert asked[0] == asked[1] and len(asked[0]) == 20
    with pytest.raises(ValueError, match="wants params, and this estimator gives only error"):
        nt.search(make(), lambda trial: nt.Result({"error": 0.1}), trials=3, progress=False)
