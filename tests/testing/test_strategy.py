"""Each rule has a strategy that breaks it, and is found out by that rule."""

import os
import random
import subprocess
import sys
from collections import deque

import pytest

import nastutor as nt
from nastutor.testing import check_strategy
from nastutor.testing.strategy import without

COUNT = [0]


class Good(nt.Strategy):
    """Mutates the best so far."""

    needs = ("sample", "mutate")

    def __init__(self, space, *, seed=0):
        super().__init__(space, seed=seed)
        self.best, self.asked = None, []

    def ask(self):
        return nt.Trial(self.space.mutate(self.best[1], self.rng) if self.best else self.space.sample(self.rng))

    def tell(self, trial, result):
        if result.status == "ok" and (self.best is None or result.error < self.best[0]):
            self.best = (result.error, trial.arch)


class Unseeded(Good):
    def ask(self):
        return nt.Trial(self.space.sample(random.Random()))


class Seedless(Good):
    def __init__(self, space):
        super().__init__(space)


class Deaf(Good):
    def __init__(self, space, *, seed=0):
        super().__init__(space)


class Global(Good):
    def ask(self):
        random.random()
        return super().ask()


class Shared(Good):
    """State outside of self."""

    def ask(self):
        COUNT[0] += 1
        return nt.Trial(self.space.sample(COUNT[0]))


class Hashed(Good):
    def ask(self):
        return nt.Trial(self.space.sample(hash(f"{self.seed} {self.rng.random()}") % 2**31))


class InOrder(Good):
    """Believes that answers come in the order of asking."""

    def __init__(self, space, *, seed=0):
        super().__init__(space, seed=seed)
        self.queue = deque()

    def ask(self):
        self.queue.append(super().ask())
        return self.queue[-1]

    def tell(self, trial, result):
        if trial != self.queue.popleft():
            raise RuntimeError("not the one that I waited for")


class OnlyMine(Good):
    def __init__(self, space, *, seed=0):
        super().__init__(space, seed=seed)
        self.mine = {}

    def ask(self):
        trial = super().ask()
        self.mine[trial.key] = trial
        return trial

    def tell(self, trial, result):
        if result.status == "ok":
            self.mine[trial.key]


class Optimist(Good):
    def tell(self, trial, result):
        result.metrics["error"]


class Naive(Good):
    """Looks at the error alone."""

    def tell(self, trial, result):
        if self.best is None or result.error < self.best[0]:
            self.best = (result.error, trial.arch)


class Strict(Good):
    """Knows of two kinds of answers."""

    def tell(self, trial, result):
        {"ok": super().tell, "failed": lambda *_: None}[result.status](trial, result)


class Writer(Good):
    def tell(self, trial, result):
        super().tell(trial, result)
        result.metrics["error"] = 0.0


class Setter(Good):
    def tell(self, trial, result):
        result.status = "ok"


class Forger(Good):
    """Writes where nothing refuses it."""

    def tell(self, trial, result):
        super().tell(trial, result)
        object.__setattr__(result, "cost", 0.0)


class Crowded(Good):
    """Minds strangers only when they are many."""

    def __init__(self, space, *, seed=0):
        super().__init__(space, seed=seed)
        self.strangers = 0

    def ask(self):
        self.asked.append(super().ask())
        return self.asked[-1]

    def tell(self, trial, result):
        self.strangers += trial not in self.asked
        if self.strangers > 15:
            raise IndexError("no room for so many")
        super().tell(trial, result)


class Patched(Good):
    """Recommends, without a method of its own, what it asked for first."""

    def __init__(self, space, *, seed=0):
        super().__init__(space, seed=seed)
        self.recommend = lambda history: history[0].trial.arch


class ByIdentity(Good):
    def ask(self):
        self.asked.append(super().ask())
        return self.asked[-1]

    def tell(self, trial, result):
        if any(trial is mine for mine in self.asked):
            super().tell(trial, result)


class Waiter(Good):
    def ask(self):
        return None


class Restless(Good):
    """Draws before it decides to wait."""

    def __init__(self, space, *, seed=0):
        super().__init__(space, seed=seed)
        self.flying = 0

    def ask(self):
        trial = nt.Trial(self.space.sample(self.rng))
        if self.flying >= 2:
            return None
        self.flying += 1
        return trial

    def tell(self, trial, result):
        self.flying = max(0, self.flying - 1)


class Arches(Good):
    def ask(self):
        return self.space.sample(self.rng)


class Inventor(Good):
    def ask(self):
        arch = self.space.sample(self.rng)
        return nt.Trial(nt.Arch((*arch.choices, ("more", 1))))


class Unnamed(Good):
    needs = ("sample",)


class Mute(Good):
    def __init__(self, space, *, seed=0):
        self.space, self.seed, self.rng, self.best = space, seed, random.Random(f"{seed}"), None


class Misleading(Good):
    def recommend(self, history):
        return history.best()


class Odd(Good):
    def __init__(self, space, *, knob=object(), seed=0):  # noqa: B008
        super().__init__(space, seed=seed)
        COUNT[0] += 1
        self._arguments = ((space,), {"knob": COUNT[0], "seed": seed})


CAUGHT = {
    Unseeded: "same seed, same trials",
    Shared: "same seed, same trials",
    Seedless: "made by cls(space, seed=...)",
    Deaf: "other seeds, other trials",
    Global: "global generators stay untouched",
    InOrder: "answers in any order",
    OnlyMine: "answers it did not ask for",
    Optimist: "failed trials do not end a search",
    Naive: "failed trials teach no error",
    Strict: "stopped trials are answers",
    Writer: "tell does not change what it is told",
    Setter: "tell does not change what it is told",
    Forger: "tell does not change what it is told",
    Crowded: "answers it did not ask for",
    Patched: "recommend gives the best",
    ByIdentity: "the same events, the same next trial",
    Waiter: "None only while something is in flight",
    Restless: "None changes nothing",
    Arches: "ask gives a Trial or None",
    Inventor: "proposals are architectures of the space",
    Unnamed: "unfit spaces are refused at once",
    Mute: "unfit spaces are refused at once",
    Misleading: "recommend gives an architecture of the space",
    Odd: "equal settings, equal fingerprints",
}


@pytest.mark.parametrize("cls", CAUGHT, ids=lambda cls: cls.__name__)
def test_who_breaks_a_rule_is_found_out_by_that_rule(cls):
    with pytest.raises(AssertionError) as error:
        check_strategy(cls, process=False)
    assert str(error.value).startswith(f"`{cls.__name__}` breaks the rule '{CAUGHT[cls]}'")


def test_who_learns_from_stopped_trials_or_leaves_them_or_recommends_its_own_passes():
    class Usable(Good):
        def tell(self, trial, result):
            if result.usable and (self.best is None or result.error < self.best[0]):
                self.best = (result.error, trial.arch)

        def recommend(self, history):
            return history[0].trial.arch

    check_strategy(Usable, process=False)
    check_strategy(Good, process=False)


def test_an_error_of_its_own_in_tell_is_no_change_of_what_it_is_told():
    class Clumsy(Good):
        def tell(self, trial, result):
            return len(None)

    with pytest.raises(AssertionError, match="'answers in any order'"):
        check_strategy(Clumsy, process=False)


def test_a_good_one_passes_here_and_in_another_process():
    check_strategy(Good)


def test_what_depends_on_the_process_is_found_in_another():
    check_strategy(Hashed, trials=10, process=False)
    with pytest.raises(AssertionError, match="same trials in another process"):
        check_strategy(Hashed, trials=10)


def test_a_class_of_a_script_is_found_out_in_its_own_process(tmp_path):
    script = tmp_path / "mine.py"
    script.write_text(
        "import nastutor as nt\nfrom nastutor.testing import check_strategy\n"
        "class Mine(nt.Strategy):\n    needs = ('sample',)\n    def ask(self): return nt.Trial(self.space.sample(hash(str(self.rng.random())) % 2**31))\n"
        "if __name__ == '__main__':\n    try: check_strategy(Mine, trials=5)\n    except AssertionError as e: print(str(e).splitlines()[0])\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.startswith("`Mine` breaks the rule 'same trials in another process'")


class Grid(nt.Strategy):
    """All architectures in order: no chance in it, and an end."""

    needs = ("__iter__",)

    def __init__(self, space, *, seed=0):
        super().__init__(space, seed=seed)
        self.rest = iter(space)

    def ask(self):
        for arch in self.rest:
            return nt.Trial(arch)
        raise nt.Finished


def test_a_strategy_without_chance_that_ends_passes_when_said_so():
    check_strategy(Grid, [nt.spaces.ChoiceSpace.of({"a": (1, 2, 3), "b": (1, 2)})], seeded=False, process=False)
    with pytest.raises(AssertionError, match="other seeds, other trials"):
        check_strategy(Grid, [nt.spaces.ChoiceSpace.of({"a": (1, 2, 3)})], process=False)


def test_a_space_that_hides_methods():
    hidden = without(nt.spaces.CellSpace(nodes=3), ["mutate"])
    assert not hasattr(hidden, "mutate") and len(list(hidden)) == 125 and hidden.sample(0) in list(nt.spaces.CellSpace(nodes=3))


def test_bad_arguments():
    with pytest.raises(TypeError, match="`cls`"):
        check_strategy(Good(nt.spaces.CellSpace(nodes=3)))

    class Picky(Good):
        needs = ("something",)

    with pytest.raises(ValueError, match="`spaces`"):
        check_strategy(Picky)
