"""The contract: what a strategy refuses, what it does where a subclass says nothing, and strategies written from top to bottom."""

import pytest

from nastutor.core import Finished, Staged, Strategy
from nastutor.history import History
from nastutor.values import Arch, Record, Result, Trial


class Space:
    """Widths from 0 to 9."""

    def sample(self, rng):
        return Arch((("width", rng.randrange(10)),))


class Picky(Strategy):
    needs = ("sample", "neighbours")


class Waves(Staged):
    """Two trials, and then as many more as the better of them has width."""

    def plan(self):
        first = yield from self.stage(trial(width) for width in (1, 2))
        self.seen = [result.error for result in first]
        yield from (trial(10 + n) for n in range(int(10 * min(self.seen))))


def trial(width):
    return Trial(Arch((("width", width),)))


def told(error):
    return Result({"error": error})


def test_a_space_that_lacks_a_need_is_refused_in_words():
    with pytest.raises(TypeError, match=r"`Picky` needs a space with neighbours\(\), which Space does not have"):
        Picky(Space())


@pytest.mark.parametrize("seed", [True, 1.0, "1", None])
def test_a_seed_is_an_int(seed):
    with pytest.raises(TypeError, match=f"`seed` must be an int, got {seed!r}"):
        Strategy(Space(), seed=seed)


def test_the_generator_comes_from_the_seed_and_the_class():
    class Other(Strategy):
        """The same under another name."""

    draws = [kind(Space(), seed=seed).rng.random() for kind in (Strategy, Other) for seed in (0, 1)]
    assert len(set(draws)) == 4 and Strategy(Space(), seed=1).rng.random() == draws[1]


def test_a_subclass_must_say_what_to_try():
    with pytest.raises(TypeError, match="Strategy does not say what to try: define ask"):
        Strategy(Space()).ask()
    with pytest.raises(TypeError, match="Staged does not say what to try: define plan"):
        Staged(Space()).ask()


def test_recommended_is_the_best_and_without_one_there_is_a_reason():
    history = History([Record(trial(width), told(error)) for width, error in ((1, 0.3), (2, 0.1), (3, 0.2))])
    assert Strategy(Space()).recommend(history) == trial(2).arch
    with pytest.raises(ValueError, match="no trial has finished"):
        Strategy(Space()).recommend(History())


def test_a_stage_waits_for_all_its_answers_in_whatever_order_they_come():
    strategy = Waves(Space())
    assert [strategy.ask(), strategy.ask(), strategy.ask(), strategy.ask()] == [trial(1), trial(2), None, None]
    strategy.tell(trial(2), told(0.2))
    assert strategy.ask() is None
    strategy.tell(trial(1), told(0.5))
    assert [strategy.ask(), strategy.ask()] == [trial(10), trial(11)] and strategy.seen == [0.5, 0.2], "answers in the order of asking"


def test_the_end_of_the_plan_is_the_end_however_often_one_asks():
    strategy = Waves(Space())
    strategy.tell(trial(1), told(0.0))  # before it asked: answers it did not ask for count as well
    strategy.tell(trial(2), told(0.0))
    assert [strategy.ask(), strategy.ask()] == [trial(1), trial(2)]
    for _ in range(2):
        with pytest.raises(Finished):
            strategy.ask()
