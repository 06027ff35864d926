"""Small searches for the tests of widgets: a space of two decisions, errors that are known."""

import threading

import nastutor as nt

SPACE = nt.spaces.ChoiceSpace.of({"width": (2, 4, 8, 16), "kernel": (3, 5)})
CELL = nt.spaces.CellSpace(nodes=3)


def by_width(trial):
    """Error 1 / width; kernel 5 diverges at width 16."""
    width = trial.arch["width"]
    if (width, trial.arch["kernel"]) == (16, 5):
        raise RuntimeError("loss is <not> finite")
    return nt.Result({"error": 1 / width, "params": 1000.0 * width}, curve=(0.9, 1 / width), cost=2.0)


class Slow:
    """An estimator that waits to be let go on: `go.set()` once and for all, or `go.clear()`."""

    def __init__(self):
        self.go, self.busy = threading.Event(), threading.Event()

    def __call__(self, trial):
        self.busy.set()
        assert self.go.wait(20)
        return by_width(nt.Trial(trial.arch)) if trial.arch["kernel"] == 3 else nt.Result({"error": 0.9})


def told(trials=12, seed=0):
    return nt.search(nt.RandomSearch(SPACE, seed=seed), by_width, trials=trials, progress=False)
