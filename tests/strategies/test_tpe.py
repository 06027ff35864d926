"""The invariants of TPE, every option, bad input, and that it learns."""

import math
from collections import Counter
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare, wilcoxon

import nastutor as nt
from nastutor.testing.strategy import Pyramid

SPACE = nt.spaces.ChoiceSpace.of({f"d{i}": tuple(range(5)) for i in range(6)})
PYRAMID = Pyramid()
ABC = nt.spaces.ChoiceSpace.of({"op": ("a", "b", "c"), "width": (4, 8, 16, 32)})
MODELS = [{}, {"whole": False}, {"multivariate": True}, {"numeric": {"width": "log"}}, {"recent": 3}]


def told(space, errors, seed=0, start=1, **arguments):
    """A TPE as published that knows so many random architectures, with these errors; None is a failure."""
    strategy = nt.TPE(space, start, seed=seed, **{"distinct": False, **arguments})
    for number, error in enumerate(errors):
        strategy.tell(nt.Trial(space.sample(number)), nt.Result.failed("planted") if error is None else nt.Result({"error": error}))
    return strategy


def smooth(arch):
    return sum((value - 2) ** 2 for _, value in arch.choices) / 24


def run(strategy, trials, error=smooth):
    """One at a time; the trials asked for."""
    asked = []
    for _ in range(trials):
        asked.append(strategy.ask())
        strategy.tell(asked[-1], nt.Result({"error": error(asked[-1].arch)}))
    return asked


def test_densities_by_hand():
    """Five answers; ceil(0.25 sqrt(5)) = 1 of them is good, that of c."""
    strategy = nt.TPE(ABC, 1, distinct=False)
    for op, error in (("a", 0.5), ("a", 0.4), ("b", 0.6), ("c", 0.1), ("b", 0.7)):
        strategy.tell(nt.Trial(nt.Arch((("op", op), ("width", 4)))), nt.Result({"error": error}))
    good, bad = strategy.densities("op", ("a", "b", "c"))
    assert good == pytest.approx([1 / 4, 1 / 4, 2 / 4]) and bad == pytest.approx([3 / 7, 3 / 7, 1 / 7])
    assert Counter(strategy.propose()["op"] for _ in range(50)) == {"c": 50}, "among 24 draws is always a c, whose l / g is the largest"


@pytest.mark.parametrize(
    "arguments, counts",
    [({}, {1: 1, 16: 1, 17: 2, 400: 5, 10_001: 25, 40_000: 25}), ({"rule": "share", "gamma": 0.15}, {1: 1, 20: 3, 100: 15, 1000: 25})]
    + [({"multivariate": True}, {1: 1, 4: 2, 20: 3, 400: 5})]
    + [({"gamma": 1.0}, {17: 5}), ({"most": 3}, {400: 3}), ({"rule": "share", "gamma": 0.15, "most": 200}, {1000: 150})],
)
def test_how_many_are_good(arguments, counts):
    strategy = nt.TPE(ABC, **arguments)
    assert {count: strategy.good_of(count) for count in counts} == counts


@pytest.mark.parametrize("start", [3, 8])
def test_starts_at_random(start, monkeypatch):
    strategy, drawn = nt.TPE(SPACE, start), []
    monkeypatch.setattr(type(SPACE), "sample", lambda self, rng: drawn.append(rng) or self.walk(lambda name, options: options[rng.randrange(5)]))
    run(strategy, 20)
    assert len(drawn) == start


@pytest.mark.parametrize("candidates", [1, 4])
def test_the_best_of_the_candidates_is_taken(candidates):
    """P(the best of n draws is among the r best) = 1 - (1 - l_1 - ... - l_r)^n."""
    strategy = told(ABC, [math.sin(number) for number in range(40)], candidates=candidates, whole=False)
    good, bad = strategy.densities("op", ("a", "b", "c"))
    order = sorted(range(3), key=lambda k: bad[k] / good[k])
    reached = np.concatenate([[0], 1 - (1 - np.cumsum([good[k] for k in order])) ** candidates])
    drawn = Counter(strategy.propose()["op"] for _ in range(3000))
    assert chisquare([drawn["abc"[k]] for k in order], 3000 * np.diff(reached)).pvalue > 0.001


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 99), names=st.permutations("abc"), model=st.sampled_from(MODELS))
def test_options_by_other_names_are_proposed_alike(seed, names, model):
    """Relabelling: what the options are called plays no part."""
    new = dict(zip("abc", names, strict=True))
    other = nt.spaces.ChoiceSpace.of({"op": tuple(new[op] for op in "abc"), "width": (4, 8, 16, 32)})
    one, two = (nt.TPE(space, 5, seed=seed, **model) for space in (ABC, other))
    for number in range(30):
        a, b = one.ask(), two.ask()
        assert b.arch == nt.Arch((("op", new[a.arch["op"]]), ("width", a.arch["width"])))
        for strategy, trial in ((one, a), (two, b)):
            strategy.tell(trial, nt.Result({"error": math.sin(number)}))


@settings(max_examples=20, deadline=None)
@given(order=st.permutations(range(4)), seed=st.integers(0, 99), model=st.sampled_from(MODELS))
def test_options_in_another_order_have_the_same_densities(order, seed, model):
    widths = (4, 8, 16, 32)
    other = nt.spaces.ChoiceSpace.of({"op": ("a", "b", "c"), "width": tuple(widths[k] for k in order)})
    one, two = (nt.TPE(space, 1, **model) for space in (ABC, other))
    for strategy in (one, two):
        for number in range(12):
            strategy.tell(nt.Trial(ABC.sample(1000 * seed + number)), nt.Result({"error": math.sin(number)}))
    if model.get("multivariate"):
        archs = list(ABC)
        assert one._joint(one.split.good).log(archs) == pytest.approx(two._joint(two.split.good).log(archs))
        return
    for a, b in zip(one.densities("width", widths), two.densities("width", tuple(widths[k] for k in order))):
        assert b == pytest.approx([a[k] for k in order])


@pytest.mark.parametrize("model", MODELS)
def test_where_all_are_equal_proposals_follow_the_prior(model):
    strategy = told(ABC, [0.3] * 30, **model)
    drawn = Counter(strategy.propose() for _ in range(2400))
    assert chisquare([drawn[arch] for arch in ABC]).pvalue > 0.001


def test_an_unseen_decision_follows_the_prior():
    strategy = nt.TPE(PYRAMID, 1, distinct=False)
    for number, error in enumerate((0.1, 0.2, 0.3, 0.4)):
        strategy.tell(nt.Trial(nt.Arch((("depth", 1), ("width0", (4, 8, 16, 4)[number])))), nt.Result({"error": error}))
    drawn = Counter(arch["width1"] for arch in (strategy.propose() for _ in range(2000)) if "width1" in arch)
    assert chisquare([drawn[width] for width in (4, 8, 16)]).pvalue > 0.001 and sum(drawn.values()) > 300


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 99), model=st.sampled_from([{}, {"whole": False}, {"multivariate": True}, {"recent": 5}]))
def test_only_ranks_count(seed, model):
    """Adding a constant changes nothing, nor does any other change that keeps the order."""
    changes = (lambda error: error, lambda error: error + 4, lambda error: math.exp(error) - 9)
    runs = [run(nt.TPE(SPACE, 5, seed=seed, **model), 25, lambda arch, change=change: change(smooth(arch))) for change in changes]
    assert runs[0] == runs[1] == runs[2]


@settings(max_examples=30, deadline=None)
@given(errors=st.lists(st.floats(0, 1), min_size=8, max_size=30, unique=True), recent=st.sampled_from([None, 3]))
def test_an_inactive_decision_learns_nothing(errors, recent):
    """The densities of width2 are those of a flat decision that was told of the networks of depth 3 alone, each on its own side."""
    strategy, flat = told(PYRAMID, errors, recent=recent), nt.TPE(PYRAMID, 1, recent=recent)
    for own, other in ((strategy.split.good, flat.split.good), (strategy.split.bad, flat.split.bad)):
        for number, arch in own.archs.items():
            if arch["depth"] == 3:
                other.add(number, nt.Arch((("width2", arch["width2"]),)))
    widths = (4, 8, 16)
    assert strategy.densities("width2", widths) == flat.densities("width2", widths)


def test_what_is_in_flight_is_avoided():
    strategy = told(ABC, [math.sin(number) for number in range(30)])
    _, before = strategy.densities("op", ("a", "b", "c"))
    trial = strategy.ask()
    flying, before = strategy.densities("op", ("a", "b", "c"))[1], dict(zip("abc", before))
    assert dict(zip("abc", flying))[trial.arch["op"]] > before[trial.arch["op"]]
    alone, together = (told(SPACE, [smooth(SPACE.sample(number)) for number in range(60)]) for _ in range(2))
    unwatched = Counter(alone.propose() for _ in range(40))
    assert len({together.ask().arch for _ in range(40)}) > len(unwatched)


def test_failures_are_avoided():
    failing = told(ABC, [None if ABC.sample(number)["op"] == "a" else math.sin(number) for number in range(40)])
    assert all(failing.propose()["op"] != "a" for _ in range(50))
    only = told(ABC, [None] * 6)
    assert only.propose() in ABC and not only.split.good.archs


def test_a_heavy_prior_keeps_it_open():
    errors = [smooth(SPACE.sample(number)) for number in range(60)]
    light, heavy = (told(SPACE, errors, prior=prior).densities("d0", range(5))[0] for prior in (0.1, 100.0))
    assert max(heavy) - min(heavy) < 0.05 and max(light) - min(light) > 0.3


def test_recent_answers_count_more():
    """a was good long ago, b lately."""
    errors, strategies = [0.1] * 6 + [0.5] * 20, [nt.TPE(ABC, 1, recent=recent, gamma=2.0, most=12) for recent in (None, 2)]
    for strategy in strategies:
        for number, error in enumerate([*errors, *[0.1] * 5]):
            strategy.tell(nt.Trial(nt.Arch((("op", "a" if number < 20 else "b"), ("width", 4)))), nt.Result({"error": error + number / 1000}))
    alike, fading = (strategy.densities("op", ("a", "b", "c"))[0] for strategy in strategies)
    assert alike[0] > alike[1] and fading[1] / fading[0] > alike[1] / alike[0] + 0.2


def test_whole_architectures_compete_by_the_product_of_their_ratios():
    strategy = told(ABC, [math.sin(number) for number in range(40)], candidates=3)
    ratio = {arch: math.prod(good[k] / bad[k] for k, good, bad in placed(strategy, arch)) for arch in ABC}
    chance = {arch: math.prod(good[k] for k, good, _ in placed(strategy, arch)) for arch in ABC}
    expected = Counter()
    for three in product(ABC, repeat=3):
        expected[max(three, key=ratio.__getitem__)] += math.prod(chance[arch] for arch in three)
    drawn = Counter(strategy.propose() for _ in range(4000))
    assert chisquare([drawn[arch] for arch in ABC], [4000 * expected[arch] for arch in ABC]).pvalue > 0.001
    by_decision = told(ABC, [math.sin(number) for number in range(40)], candidates=3, whole=False)
    other = Counter(by_decision.propose() for _ in range(4000))
    assert chisquare([other[arch] for arch in ABC], [4000 * expected[arch] for arch in ABC]).pvalue < 1e-6, "each decision has its own three draws"


def placed(strategy, arch):
    """For each decision the place of the option taken, l and g."""
    return [(ABC.options[name].index(value), *strategy.densities(name, ABC.options[name])) for name, value in arch.choices]


def test_numbers_that_are_near_a_good_one_gain():
    strategies = [nt.TPE(ABC, 1, numeric=numeric) for numeric in (None, {"width": "log"}, {"width": "linear"})]
    for strategy in strategies:
        for width, error in ((8, 0.1), (32, 0.5), (32, 0.6), (32, 0.7), (32, 0.4)):
            strategy.tell(nt.Trial(nt.Arch((("op", "a"), ("width", width)))), nt.Result({"error": error}))
    alike, log, linear = (strategy.densities("width", (4, 8, 16, 32))[0] for strategy in strategies)
    assert alike[2] == pytest.approx(alike[3]) and log[2] > log[3] and linear[2] > linear[0] * 1.1 and log != linear


def test_multivariate_sees_what_decisions_do_together():
    """Good are a with 4 and b with 8; each option alone is as frequent among the others."""
    pairs = [("a", 4, 0.1), ("b", 8, 0.1), ("a", 8, 0.9), ("b", 4, 0.9)] * 6
    strategies = [nt.TPE(ABC, 1, multivariate=multivariate, gamma=2.0, distinct=False) for multivariate in (False, True)]
    shares = []
    for strategy in strategies:
        for number, (op, width, error) in enumerate(pairs):
            strategy.tell(nt.Trial(nt.Arch((("op", op), ("width", width)))), nt.Result({"error": error + number / 1000}))
        drawn = [(arch["op"], arch["width"]) for arch in (strategy.propose() for _ in range(100))]
        shares.append(sum(pair in {("a", 4), ("b", 8)} for pair in drawn))
    assert shares[1] > 90 > 70 > shares[0], shares


def test_no_network_is_asked_for_twice_unless_as_published():
    space = nt.spaces.CellSpace(nodes=3)
    runs = [run(nt.TPE(space, 5, **arguments), 30, lambda arch: len(str(arch))) for arguments in ({"distinct": False}, {})]
    often, once = ([space.canonical(trial.arch) for trial in trials] for trials in runs)
    assert len(set(once)) == 30 > len(set(often))


WAYS = pytest.mark.parametrize("way", [{}, {"whole": False}, {"multivariate": True}], ids=["whole", "by decision", "multivariate"])


@WAYS
def test_those_that_are_told_or_in_flight_are_known(way):
    known = [nt.Arch((("op", op), ("width", width))) for op in "abc" for width in (4, 8)]
    strategy = nt.TPE(ABC, 5, **way)
    for number, arch in enumerate(known):
        strategy.tell(nt.Trial(arch), nt.Result({"error": number / 10}))
    flying = [strategy.ask() for _ in range(4)]
    assert len({*known, *(trial.arch for trial in flying)}) == 10, "none is told before the last is asked for"


@pytest.mark.parametrize("way", [{}, {"multivariate": True}], ids=["whole", "multivariate"])
def test_the_best_new_candidate_is_taken(way):
    """Among so many draws is every architecture: that with the largest l / g of those that nobody has asked for."""
    strategy = nt.TPE(ABC, 1, candidates=500, prior=3.0, **way)
    for op, width, error in (("a", 4, 0.1), ("a", 8, 0.4), ("b", 16, 0.5), ("c", 32, 0.6), ("c", 8, 0.7)):
        strategy.tell(nt.Trial(nt.Arch((("op", op), ("width", width)))), nt.Result({"error": error}))
    if way:
        good, bad = strategy._joint(strategy.split.good), strategy._joint(strategy.split.bad)
        ratio = dict(zip(ABC, (good.log(list(ABC)) - bad.log(list(ABC))).tolist(), strict=True))
    else:
        ratio = {arch: math.prod(good[k] / bad[k] for k, good, bad in placed(strategy, arch)) for arch in ABC}
    known = set(strategy.split.good.archs.values()) | set(strategy.split.bad.archs.values())
    assert max(ratio, key=ratio.__getitem__) in known
    assert ratio[strategy.propose()] == pytest.approx(max(ratio[arch] for arch in ABC if arch not in known))


def test_decision_by_decision_new_ones_come_with_fewer_draws():
    """What all draws agree on is known; with fewer of them other options come in, the worst of which are rare."""
    errors = [smooth(SPACE.sample(number)) for number in range(60)]
    strategy = told(SPACE, errors, distinct=True, whole=False, candidates=50)
    best, _ = strategy._draw(500)[1], strategy.seen.add(strategy._draw(500)[1])
    apart = [sum(one != other for one, other in zip(arch.choices, best.choices, strict=True)) for arch in (strategy.propose() for _ in range(100))]
    assert min(apart) > 0 and np.mean(apart) < 3, "random ones differ in 4.8 of 6 decisions"


@WAYS
def test_where_all_candidates_are_known_a_new_one_is_drawn_at_random(way):
    """With hardly any prior nothing is likely but what was good."""
    strategy = told(SPACE, [0.1] + [0.5] * 20, distinct=True, prior=1e-9, candidates=6, **way)
    good = set(strategy.split.good.archs.values())
    assert len(good) < 8 and not good & {strategy.propose() for _ in range(30)}


@WAYS
def test_where_all_are_known_the_best_candidate_comes_once_more(way):
    """Which is what the published one, by the same draws, asks for."""
    for seed in range(5):
        one, published = (nt.TPE(ABC, 5, distinct=distinct, seed=seed, **way) for distinct in (True, False))
        for strategy in (one, published):
            for number, arch in enumerate(ABC):
                strategy.tell(nt.Trial(arch), nt.Result({"error": number / 20}))
        assert one.ask() == published.ask()
        assert [one.ask().arch in ABC for _ in range(3)] == [True] * 3


def test_bad_input_teaches_nothing_or_that_it_is_bad():
    single = nt.spaces.ChoiceSpace.of({"only": (1,)})
    assert {trial.arch for trial in run(nt.TPE(single, 1), 5, lambda arch: 0.1)} == {single.sample(0)}
    strategy = told(ABC, [0.3])
    arch = ABC.sample(0)
    assert strategy.ask().arch in ABC, "after one answer"
    for result in (nt.Result({"error": math.nan}), nt.Result({"loss": 1.0}, status="stopped"), nt.Result({"error": math.inf})):
        strategy.tell(nt.Trial(arch), result)
    assert strategy.split.errors == [0.3, math.inf, math.inf, math.inf]
    strategy.tell(nt.Trial(arch, budget=3), nt.Result({"error": 0.0}))
    strategy.tell(nt.Trial(nt.Mixture({"op": [1, 0, 0]})), nt.Result({"error": 0.0}))
    assert len(strategy.split.errors) == 4, "another budget, no architecture"


@pytest.mark.parametrize("model", [{}, {"whole": False}, {"multivariate": True}, {"numeric": {f"d{i}": "linear" for i in range(6)}}])
def test_it_learns(model):
    """10 paired seeds, 60 trials, the last 20 against random search's mean."""
    learned = [np.mean([smooth(trial.arch) for trial in run(nt.TPE(SPACE, seed=seed, **model), 60)[-20:]]) for seed in range(10)]
    drawn = [np.mean([smooth(trial.arch) for trial in run(nt.RandomSearch(SPACE, seed=seed), 60)]) for seed in range(10)]
    assert wilcoxon(learned, drawn, alternative="less").pvalue < 0.01


@pytest.mark.parametrize(
    "argument, value",
    [("start", 0), ("candidates", 0), ("gamma", 0), ("rule", "half"), ("most", 0), ("prior", 0), ("recent", 0), ("whole", 1), ("distinct", None)]
    + [("multivariate", 1)],
)
def test_bad_arguments_are_refused_in_words(argument, value):
    with pytest.raises(ValueError) as error:
        nt.TPE(SPACE, **{argument: value})
    assert f"`{argument}` is {value!r}" in str(error.value)


def test_arguments_that_do_not_go_together_are_refused_in_words():
    for arguments, said in (
        ({"rule": "share", "gamma": 1.0}, "`gamma` is 1.0; allowed are numbers below 1"),
        ({"multivariate": True, "whole": False}, "`whole` is False; with `multivariate=True`"),
        ({"numeric": {"height": "log"}}, "`numeric` names 'height'; the decisions of this space are op, width"),
        ({"numeric": {"width": "cubic"}}, "`numeric` makes 'width' 'cubic'; allowed are 'linear' and 'log'"),
        ({"numeric": {"op": "linear"}}, "`numeric` makes 'op' linear, and 'a' is one of its options"),
    ):
        with pytest.raises(ValueError) as error:
            nt.TPE(ABC, **arguments)
        assert said in str(error.value)
