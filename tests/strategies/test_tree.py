"""The invariants of the tree, UCB1 by hand, each option, and that it learns."""

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu

import nastutor as nt
from nastutor.strategies.tree import Node
from nastutor.testing.strategy import Pyramid

SPACE = nt.spaces.ChoiceSpace.of({f"d{i}": tuple(range(5)) for i in range(4)})
ARM = nt.spaces.ChoiceSpace.of({"arm": ("a", "b", "c")})
SPACES = [Pyramid(), ARM, nt.spaces.ChoiceSpace.of({"fixed": (1,), "x": (1, 2), "also": ("a",), "y": tuple(range(7))}), nt.spaces.MetaQNNSpace(1)]


def answer(trial, error=None):
    return nt.Result({"error": random.Random(str(trial.arch)).random() if error is None else error})


def run(strategy, count, error_of=None):
    asked = []
    for _ in range(count):
        asked.append(strategy.ask())
        strategy.tell(asked[-1], answer(asked[-1], error_of and error_of(asked[-1].arch)))
    return asked


def told(strategy, **errors):
    """Answers for the arms, in this order."""
    for arm, error in errors.items():
        strategy.tell(nt.Trial(nt.Arch((("arm", arm),))), nt.Result({"error": error}))


def nodes(node):
    return [node] + [below for child in node.children.values() for below in nodes(child)]


def leaves(node):
    return sum(not below.ways for below in nodes(node))


@pytest.mark.parametrize("bisection", [False, True])
@pytest.mark.parametrize("space", SPACES, ids=str)
def test_every_architecture_is_asked_for_exactly_once(space, bisection):
    """Each leaf has a chance, the restructured tree has the same leaves, and what is used up is not entered again."""
    strategy = nt.MCTS(space, bisection=bisection, seed=0)
    asked = [trial.arch for trial in run(strategy, space.size)]
    assert sorted(map(str, asked)) == sorted(map(str, space)) and leaves(strategy.root) == space.size
    with pytest.raises(nt.Finished):
        strategy.ask()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 1000), st.booleans(), st.booleans(), st.lists(st.sampled_from(["ask", "tell", "fail", "stranger"]), max_size=60), st.sampled_from(SPACES))
def test_visit_counts_sum(seed, bisection, repeats, events, space):
    strategy, flying, rng = nt.MCTS(space, bisection=bisection, repeats=repeats, seed=seed), [], random.Random(seed)
    counted = 0
    for event in events:
        if event == "ask" and not strategy.root.closed:
            flying.append(strategy.ask())
        elif event == "stranger":
            trial = nt.Trial(space.sample(rng))
            if trial not in flying:
                strategy.tell(trial, answer(trial))
                counted += 1
        elif flying and event in ("tell", "fail"):
            trial = flying.pop(rng.randrange(len(flying)))
            failed = event == "fail"
            counted += not failed or not math.isnan(strategy.worst)
            strategy.tell(trial, nt.Result.failed("planted") if failed else answer(trial))
    assert (strategy.root.visits, strategy.root.pending) == (counted, len(flying))
    for node in nodes(strategy.root):
        below = list(node.children.values())
        assert sum(child.visits for child in below) <= node.visits and sum(child.pending for child in below) <= node.pending
        assert node.total >= sum(child.total for child in below) - 1e-9 and len(below) <= node.ways
        assert node.shut == sum(child.closed for child in below) and (not node.ways or node.closed == (node.shut == node.ways))


def test_counts_by_hand():
    """The first answer stays at the root; then each goes to one new node below the nodes that were there."""
    space = nt.spaces.ChoiceSpace.of({"x": (0, 1), "y": (0, 1)})
    strategy = nt.MCTS(space, seed=0)
    run(strategy, 3)
    assert strategy.root.visits == 3 and sorted(child.visits for child in strategy.root.children.values()) == [1, 1]
    assert sum(node.visits for node in nodes(strategy.root)) == 3 + 2, "rollouts count nowhere below"
    run(strategy, 1)
    assert sorted(child.visits for child in strategy.root.children.values()) == [1, 2] and sum(node.visits for node in nodes(strategy.root)) == 4 + 3 + 1


def test_ucb1_by_hand():
    """a earned 0.9 and 0.7, b 0.6: means 0.8 and 0.6; 4 answers at the root, of which the first belongs to no arm."""
    strategy = nt.MCTS(ARM, exploration=0.5, repeats=True, seed=0)
    told(strategy, c=0.5)
    told(strategy, a=0.1)
    told(strategy, a=0.3)
    told(strategy, b=0.4)
    a, b, c = (strategy.root.children.get(way, Node()) for way in range(3))
    assert (strategy.root.visits, a.visits, b.visits, c.visits) == (4, 2, 1, 0)
    assert strategy.bound(strategy.root, a) == pytest.approx(0.8 + 0.5 * math.sqrt(2 * math.log(4) / 2))
    assert strategy.bound(strategy.root, b) == pytest.approx(0.6 + 0.5 * math.sqrt(2 * math.log(4) / 1))
    assert strategy.bound(strategy.root, c) == strategy.bound(strategy.root, None) == math.inf
    assert strategy.ask().arch["arm"] == "c", "a branch that is new comes first"
    told(strategy, c=1.0)  # the trial in flight: 0.0
    assert strategy.ask().arch["arm"] == "b", "1.50 against 1.43 and 0.90"


def test_exploration_weighs_what_is_not_known():
    def second(exploration):
        strategy = nt.MCTS(ARM, exploration=exploration, repeats=True, seed=0)
        for arms in ({"a": 0.1}, {"a": 0.1, "b": 0.3, "c": 0.9}, {"a": 0.1}, {"a": 0.1}):
            told(strategy, **arms)
        return strategy.ask().arch["arm"]

    assert second(0) == "a" and second(10) in "bc"


def test_ties_are_broken_at_random():
    firsts = [run(nt.MCTS(ARM, seed=seed), 2, lambda arch: 0.5)[1].arch["arm"] for seed in range(60)]
    assert all(10 < firsts.count(arm) < 35 for arm in "abc")
    equal = []
    for seed in range(60):
        strategy = nt.MCTS(ARM, repeats=True, seed=seed)
        told(strategy, a=0.5, b=0.5, c=0.5)
        told(strategy, a=0.5)
        equal.append(strategy.ask().arch["arm"])
    assert {"b", "c"} >= set(equal) - {"a"} and min(equal.count("b"), equal.count("c")) > 10


def test_bisection_halves_the_options():
    plain, halved = nt.MCTS(SPACE, seed=0), nt.MCTS(SPACE, bisection=True, seed=0)
    assert plain.parts(0, 5) == [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5)] and halved.parts(0, 5) == [(0, 2), (2, 5)] and halved.parts(2, 5) == [(2, 3), (3, 5)]
    arch = nt.Arch((("d0", 4), ("d1", 0), ("d2", 0), ("d3", 0)))
    assert len(plain.trail(arch)) == 1 + 4 and len(halved.trail(arch)) == 1 + 3 + 2 + 2 + 2


def test_with_bisection_neighbours_share_rewards():
    """64 options in order, the best at one end: halves are worth something long before each option has been tried."""
    line = nt.spaces.ChoiceSpace.of({"x": tuple(range(64))})
    best = {
        bisection: [min(t.arch["x"] for t in run(nt.MCTS(line, bisection=bisection, seed=seed), 20, lambda arch: arch["x"] / 64)) for seed in range(20)]
        for bisection in (False, True)
    }
    assert mannwhitneyu(best[True], best[False], alternative="less").pvalue < 0.01, best


def test_scaled_rewards_make_the_scale_of_errors_no_matter():
    def asked(scaled, factor):
        return run(nt.MCTS(SPACE, scaled=scaled, seed=1), 60, lambda arch: factor * sum(value for _, value in arch.choices) / 16)

    assert asked(True, 1.0) == asked(True, 1 / 64) and asked(False, 1.0) != asked(False, 1 / 64)
    strategy = nt.MCTS(ARM, scaled=True, exploration=0, seed=0)
    told(strategy, c=0.5)
    told(strategy, a=0.7, b=0.3, c=0.6)
    bounds = [strategy.bound(strategy.root, strategy.root.children[way]) for way in range(3)]
    assert bounds == pytest.approx([0, 1, 0.25])


def test_trials_in_flight_count_as_visits_and_as_losses_where_asked():
    def bounds(pending):
        strategy = nt.MCTS(ARM, pending=pending, repeats=True, seed=0)
        told(strategy, c=0.9)
        told(strategy, a=0.2, b=0.5, c=0.6)
        return strategy, strategy.ask(), strategy.root.children[0]

    for kind, mean in (("visit", 0.8), ("loss", (0.8 + 0.1) / 2)):
        strategy, trial, a = bounds(kind)
        assert trial.arch["arm"] == "a" and (a.visits, a.pending) == (1, 1)
        assert strategy.bound(strategy.root, a) == pytest.approx(mean + 0.5 * math.sqrt(2 * math.log(5) / 2))
        strategy.tell(trial, nt.Result({"error": 0.4}))
        assert strategy.bound(strategy.root, a) == pytest.approx(0.7 + 0.5 * math.sqrt(2 * math.log(5) / 2)), "once it is in, both are the same"


def test_a_branch_without_an_answer_is_worth_what_its_parent_is():
    strategy = nt.MCTS(ARM, repeats=True, seed=0)
    told(strategy, c=0.4)
    taken = strategy.root.children["abc".index(strategy.ask().arch["arm"])]
    assert (taken.visits, taken.pending) == (0, 1)
    assert strategy.bound(strategy.root, taken) == pytest.approx(0.6 + 0.5 * math.sqrt(2 * math.log(2)))


def test_trials_in_flight_go_apart():
    strategy = nt.MCTS(SPACE, seed=0)
    assert len({strategy.ask().arch["d0"] for _ in range(6)}) == 5, "the first of them stays at the root"
    assert strategy.bound(strategy.root, strategy.root.children[0]) < math.inf, "before any answer"


def test_a_trial_may_be_out_twice():
    strategy = nt.MCTS(ARM, repeats=True, seed=0)
    asked = [strategy.ask() for _ in range(8)]
    for trial in asked:
        strategy.tell(trial, nt.Result({"error": 0.5}))
    assert not strategy.flying and (strategy.root.visits, strategy.root.pending) == (8, 0)


def test_a_failed_trial_earns_the_worst_so_far_and_before_that_nothing():
    strategy = nt.MCTS(ARM, repeats=True, seed=0)
    for result in (nt.Result.failed("planted"), nt.Result({"error": math.nan}), nt.Result({"error": 1e7})):
        strategy.tell(strategy.ask(), result)
    assert (strategy.root.visits, strategy.root.pending) == (0, 0) and math.isnan(strategy.worst)
    told(strategy, c=0.5)
    told(strategy, a=0.4, b=0.8)
    strategy.tell(nt.Trial(nt.Arch((("arm", "c"),))), nt.Result.failed("planted"))
    assert strategy.root.children[2].total == pytest.approx(0.2)
    told(strategy, c=1e7)
    assert strategy.root.children[2].total == pytest.approx(0.4) and strategy.worst == pytest.approx(0.2)


def test_stopped_trials_count_and_mixtures_do_not():
    strategy = nt.MCTS(ARM, seed=0)
    strategy.tell(strategy.ask(), nt.Result({"error": 0.4}, status="stopped"))
    strategy.tell(nt.Trial(nt.Mixture({"arm": [1, 0, 0]})), nt.Result({"error": 0.4}))
    assert strategy.root.visits == 1 and strategy.root.total == pytest.approx(0.6)


def test_repeats_may_ask_again_and_one_architecture_is_asked_for_once():
    single = nt.spaces.ChoiceSpace.of({"a": (1,), "b": ("x",)})
    assert len(run(nt.MCTS(single, repeats=True, seed=0), 5)) == 5
    history = nt.search(nt.MCTS(single, seed=0), lambda trial: nt.Result({"error": 0.5}), trials=5, progress=False)
    assert len(history) == 1


def test_what_others_have_told_is_not_asked_for():
    strategy = nt.MCTS(ARM, seed=0)
    told(strategy, b=0.5)
    assert {trial.arch["arm"] for trial in run(strategy, 2)} == {"a", "c"}


@pytest.mark.parametrize("arguments", [{}, {"bisection": True}, {"pending": "loss"}], ids=str)
def test_it_learns_where_to_look(arguments):
    """What it asks for late is better than what it asked for early, which is random."""

    def error_of(arch):
        return sum(abs(value - 3) for _, value in arch.choices) / 12

    asked = [[error_of(trial.arch) for trial in run(nt.MCTS(SPACE, **arguments, seed=seed), 100, error_of)] for seed in range(10)]
    early, late = ([sum(errors[part]) / 25 for errors in asked] for part in (slice(25), slice(75, None)))
    assert mannwhitneyu(late, early, alternative="less").pvalue < 0.001, (early, late)


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"exploration": -1}, ("`exploration`", "-1")),
        ({"exploration": math.nan}, ("`exploration`", "nan")),
        ({"bisection": 1}, ("`bisection`", "1", "True and False")),
        ({"scaled": None}, ("`scaled`", "None")),
        ({"repeats": "no"}, ("`repeats`", "'no'")),
        ({"pending": "wait"}, ("`pending`", "'wait'", "visit, loss")),
    ],
)
def test_bad_arguments_are_refused_in_words(arguments, words):
    with pytest.raises(ValueError) as error:
        nt.MCTS(SPACE, **arguments)
    assert all(word in str(error.value) for word in words)
