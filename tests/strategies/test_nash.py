import itertools
import warnings
from dataclasses import dataclass

import pytest

import nastutor as nt
from nastutor.edits import Several, Unchanged, Widen
from nastutor.history import History
from nastutor.rng import as_rng
from nastutor.testing.networks import IMAGES
from nastutor.values import Record

SPACE = nt.spaces.EditSpace([("conv", 4, 3), ("conv", 4, 3)], max_layers=8)


@dataclass(frozen=True)
class Step(nt.Edit):
    """So much further on the line; weights stay as they are."""

    by: int
    seed: int = 0

    def __call__(self, arch):
        return nt.Arch((("place", arch["place"] + self.by),))

    def transfer(self, parent, batch=None):
        return parent


class Line(nt.spaces.ChoiceSpace):
    """Whole numbers from 0 to `last`: an open-ended space whose edits carry weights, with nothing more to change at its end."""

    def __init__(self, last=1000, most=9):
        self.last, self.most = last, most

    def decide(self, choose):
        return choose("place", tuple(range(self.last + 1)))

    def start(self):
        return nt.Arch((("place", 0),))

    def edits(self, arch, rng):
        return [Step(by, as_rng(rng).getrandbits(8)) for by in range(1, self.most + 1) if arch["place"] + by <= self.last]

    def mutate(self, arch, rng):
        rng = as_rng(rng)
        if not (edits := self.edits(arch, rng)):
            raise ValueError("the end of the line")
        edit = rng.choice(edits)
        return edit(arch), edit


def towards(goal):
    return lambda trial: abs(goal - trial.arch["place"]) / 1000


def run(strategy, error, trials=1000):
    """(trial, result) in the order of asking, until it finishes."""
    asked = []
    try:
        while len(asked) < trials:
            trial = strategy.ask()
            asked.append((trial, nt.Result({"error": error(trial)})))
            strategy.tell(*asked[-1])
    except nt.Finished:
        return asked
    return asked


def history(asked):
    return History(itertools.starmap(Record, asked))


def test_a_round_has_a_parent_and_its_children_and_the_best_goes_on():
    strategy = nt.NASH(Line(), 3, 4, 1, seed=1)
    assert strategy.inherit and strategy.wants == ("warm_start",)
    asked = run(strategy, towards(20))
    assert len(asked) == 1 + 3 * 4
    (first, result), parent = asked[0], asked[0][0]
    assert first == nt.Trial(Line().start())
    for number in range(3):
        competitors = asked[1 + 4 * number : 5 + 4 * number]
        again, *children = [trial for trial, _ in competitors]
        assert again == nt.Trial(parent.arch, warm_start=parent.key, edit=again.edit) and isinstance(again.edit, Unchanged)
        assert all(isinstance(child.edit, Step) and child.edit(parent.arch) == child.arch and child.warm_start == parent.key for child in children)
        assert all(strategy.parents[trial.key] == parent.key for trial, _ in competitors)
        parent, result = min(competitors, key=lambda one: one[1].error)
        assert strategy.path[number + 1] == parent
    assert strategy.best == (parent, result) and strategy.recommend(history(asked)) == parent.arch


def test_children_have_as_many_edits_as_are_asked_for():
    asked = run(nt.NASH(Line(), 1, 5, 3, seed=0), towards(20))
    for child, _ in asked[2:]:
        assert isinstance(child.edit, Several) and len(child.edit.edits) == 3 and child.edit(Line().start()) == child.arch
        assert nt.Trial.from_json(child.to_json()) == child
    assert min(child.arch["place"] for child, _ in asked[2:]) >= 3


def test_afresh_the_parent_stands_with_the_error_that_it_has():
    strategy = nt.NASH(Line(), 4, 3, 1, inherit=False, seed=3)
    asked = run(strategy, towards(1000))
    assert strategy.wants == () and len(asked) == 1 + 4 * 2
    assert all(trial == nt.Trial(trial.arch) for trial, _ in asked), "no weights and no edits"
    assert [trial.arch["place"] for trial in strategy.path] == sorted({trial.arch["place"] for trial in strategy.path})
    behind = nt.NASH(Line(), 4, 3, 1, inherit=False, seed=3)
    run(behind, towards(0))
    assert len(behind.path) == 5 and set(behind.path) == {nt.Trial(Line().start())}, "no child is better: the parent is kept"


def test_a_parent_that_was_trained_on_may_lose_and_kept_it_may_not():
    """Training on makes everything worse here."""

    def tired(trial):
        return 0.1 if trial.warm_start is None else 0.2 + trial.arch["place"] / 1000

    lost, kept = nt.NASH(Line(), 2, 3, 1, seed=0), nt.NASH(Line(), 2, 3, 1, keep=True, seed=0)
    asked = run(lost, tired)
    run(kept, tired)
    assert [trial.warm_start is None for trial in lost.path] == [True, False, False]
    assert history(asked).best().trial == asked[0][0] != lost.path[-1], "the best answer was the first"
    board = lost.eligible(history(asked))
    assert [record.trial for record in board] == [lost.path[-1]] and lost.recommend(history(asked)) == lost.path[-1].arch
    assert kept.path == [nt.Trial(Line().start())] * 3 and kept.best[1].error == 0.1


def test_budgets_are_those_of_the_paper_and_the_ablation_spends_as_much():
    strategy = nt.NASH(Line(), 2, 3, 2, start=20, epochs=17, final=100, seed=0)
    told = run(strategy, towards(20))
    asked = [trial for trial, _ in told]
    assert [trial.budget for trial in asked] == [20, *[17] * 6, 100] and strategy.budgets == (20, 17, 100) and strategy.wants == ("warm_start", "budget")
    assert asked[-1].arch == strategy.recommend(history(told)) and isinstance(asked[-1].edit, Unchanged)
    paper = nt.NASH(Line(), 5, 8, 5, start=20, epochs=17, final=100)
    assert sum(trial.budget for trial, _ in run(paper, towards(20))) == 20 + 780, "5 * 8 * 17 + 100 epochs"
    chain = nt.NASH(Line(), 5, 8, 5, select=False, start=20, epochs=17, final=100)
    trials = [trial for trial, _ in run(chain, towards(20))]
    assert sum(trial.budget for trial in trials) == 20 + 780 and len(trials) == 1 + 5 + 1
    fresh = nt.NASH(Line(), 2, 3, 2, inherit=False, final=9)
    assert fresh.wants == ("budget",) and run(fresh, towards(20))[-1][0] == nt.Trial(fresh.best[0].arch, 9)


def test_a_chain_takes_every_child():
    strategy = nt.NASH(Line(), 6, 2, 1, select=False, seed=0)
    asked = run(strategy, towards(0))
    assert strategy.path == [trial for trial, _ in asked] and [trial.arch["place"] for trial, _ in asked] == sorted(trial.arch["place"] for trial, _ in asked)
    assert all(later.warm_start == earlier.key for (earlier, _), (later, _) in itertools.pairwise(asked))


def test_one_neighbour_is_training_on_with_the_first_learning_rate():
    asked = [trial for trial, _ in run(nt.NASH(Line(), 3, 1, seed=0), towards(20))]
    assert {trial.arch for trial in asked} == {Line().start()} and all(isinstance(trial.edit, Unchanged) for trial in asked[1:])


def test_what_fails_is_no_parent():
    strategy = nt.NASH(SPACE, 1, 3, 1, seed=0)
    start = strategy.ask()
    assert start == nt.Trial(SPACE.start()) and strategy.ask() is None
    strategy.tell(start, nt.Result.failed("planted"))
    other = strategy.ask()
    assert other.arch in SPACE and strategy.best is None, "where the start fails it begins elsewhere"
    strategy.tell(other, nt.Result({"error": 0.5}))
    children = [strategy.ask(), strategy.ask()]
    for child in children:
        strategy.tell(child, nt.Result({"error": 0.0}, status="failed", info={"reason": "planted"}))
    with pytest.raises(nt.Finished):
        strategy.ask()
    assert strategy.best[0] == other


def test_it_moves_with_the_last_answer_and_not_with_the_next_question():
    strategy = nt.NASH(Line(), 1, 4, 1, seed=1)
    run(strategy, towards(20), trials=1)
    assert strategy.path == [nt.Trial(Line().start())]
    asked = [strategy.ask() for _ in range(4)]
    assert strategy.ask() is None
    for number in (2, 0, 3, 1):
        assert len(strategy.path) == 1
        strategy.tell(asked[number], nt.Result({"error": towards(20)(asked[number])}))
    assert len(strategy.path) == 2 and strategy.best[1].error == min(map(towards(20), asked))


def test_what_was_told_before_it_was_asked_for_is_asked_for_all_the_same():
    space = nt.spaces.ChoiceSpace.of({"width": (4, 8, 16)})
    strategy = nt.NASH(space, None, 4, 1, seed=0)
    for arch in space:
        strategy.tell(nt.Trial(arch), nt.Result({"error": arch["width"] / 16}))
    asked = run(strategy, lambda trial: trial.arch["width"] / 16, trials=40)
    assert len(asked) == 40 and strategy.best[0].arch["width"] == 4


def test_at_the_end_of_a_space_it_says_so_and_ends():
    strategy = nt.NASH(Line(last=3, most=2), None, 2, 2, seed=0)
    with pytest.warns(UserWarning, match="no edit is left for place=3: the climb ends here"):
        asked = run(nt.NASH(Line(last=3, most=2), None, 2, 2, inherit=False, seed=0), lambda trial: 1 - trial.arch["place"] / 10)
    assert asked[-1][0].arch["place"] == 3
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        places = [trial.arch["place"] for trial, _ in run(strategy, lambda trial: 1 - trial.arch["place"] / 10, trials=20)]
    assert places[-1] == 3, "a parent that is trained on has something left to do"


def test_it_climbs_where_edits_are_not_told():
    space = nt.spaces.ChoiceSpace.of({f"d{i}": tuple(range(5)) for i in range(4)})
    strategy = nt.NASH(space, None, 6, 1, seed=0)
    asked = run(strategy, lambda trial: sum((value - 2) ** 2 for _, value in trial.arch.choices) / 16, trials=150)
    assert not strategy.inherit and strategy.best[1].error == 0 and len(asked) == 150


def test_it_climbs_among_networks():
    """Towards 3,000 parameters."""

    def off(trial):
        return abs(SPACE.graph(trial.arch, IMAGES).counts().params - 3000) / 10_000

    strategy = nt.NASH(SPACE, 6, 8, 2, seed=0)
    asked = run(strategy, off)
    assert not strategy.inherit and 5 * strategy.best[1].error < asked[0][1].error


def test_who_wants_weights_says_so_before_the_first_trial():
    with pytest.raises(ValueError, match="`NASH` wants warm_start, and this estimator gives only error"):
        nt.search(nt.NASH(Line()), lambda trial: nt.Result({"error": 0.5}), trials=1)
    with pytest.raises(ValueError, match="`NASH` wants budget"):
        nt.search(nt.NASH(SPACE, epochs=3), lambda trial: nt.Result({"error": 0.5}), trials=1)
    assert len(nt.search(nt.NASH(Line(), inherit=False), lambda trial: nt.Result({"error": 0.5}), trials=3)) == 3


def test_train_gives_a_parent_further_training_from_its_weights():
    task = nt.tasks.digits(train_size=60)
    train = nt.estimators.Train(SPACE, task, 1, lr=1e-12, momentum=0.0, weight_decay=0.0)
    begun = nt.Trial(SPACE.start())
    first = train(begun)
    again = train(nt.Trial(SPACE.start(), warm_start=begun.key, edit=Unchanged(1)))
    fresh = train(nt.Trial(SPACE.start(), repeat=1))
    assert again.cost == 1 and len(again.curve) == 1, "it counts from 0"
    assert again.metrics["train_loss"] == pytest.approx(first.metrics["train_loss"], abs=1e-3) != pytest.approx(fresh.metrics["train_loss"], abs=1e-2)
    with pytest.raises(ValueError, match=r"`edit` is Widen\(.*\), which changes architectures and carries no weights over"):
        train(nt.Trial(Widen(1, 4)(SPACE.start()), warm_start=begun.key, edit=Widen(1, 4)))


class Mute(nt.spaces.EditSpace):
    def mutate(self, arch, rng):
        return super().mutate(arch, rng)[0]


@pytest.mark.parametrize(
    "wrong, why",
    [
        ({"space": nt.spaces.ChoiceSpace.of({"width": (4,)})}, "`space` is ProductSpace.* allowed are spaces in which something can be changed"),
        ({"inherit": True}, "`inherit` is True, and `space` is EditSpace.*: Several carries no weights over; allowed are None and False"),
        ({"inherit": True, "morphisms": 1}, r"`inherit` is True, .*: \w+ carries no weights over"),
        ({"inherit": True, "space": nt.spaces.CellSpace(nodes=3)}, "`inherit` is True, .*: its `mutate` tells no edit"),
        ({"inherit": 1}, "`inherit` is 1; allowed are None, True and False"),
        ({"neighbours": 1}, "`neighbours` is 1; allowed are whole numbers from 2"),
        ({"neighbours": 0, "select": False}, "`neighbours` is 0; allowed are whole numbers from 1"),
        ({"morphisms": 0}, "`morphisms` is 0"),
        ({"steps": 0}, "`steps` is 0; allowed are None and whole numbers from 1"),
        ({"epochs": True}, "`epochs` is True; allowed are None"),
        ({"start": 1.5}, "`start` is 1.5"),
        ({"final": 0}, "`final` is 0"),
        ({"select": 1}, "`select` is 1; allowed are True and False"),
        ({"keep": None}, "`keep` is None; allowed are True and False"),
    ],
)
def test_refusals(wrong, why):
    with pytest.raises(ValueError, match=why):
        nt.NASH(wrong.get("space", SPACE), **{name: value for name, value in wrong.items() if name != "space"})


def test_a_space_that_only_lists_edits_is_climbed_afresh():
    assert not nt.NASH(Mute()).inherit
