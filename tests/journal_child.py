"""One search with a journal, to be killed: folder strategy workers order trials. Prints its history when it comes to the end."""

import json
import pathlib
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import nastutor as nt

FOLDER = pathlib.Path(sys.argv[1])
SPACE = nt.spaces.ChoiceSpace.of({f"d{i}": tuple(range(5)) for i in range(4)})


class WarmStarts(nt.Strategy):
    """Each trial goes on from the one before it, with one more unit of budget."""

    needs = ("sample",)

    def __init__(self, space, *, seed=0):
        super().__init__(space, seed=seed)
        self.parent = None

    def ask(self):
        if self.parent is None or self.parent.budget == 5:
            return nt.Trial(self.space.sample(self.rng), budget=1)
        return nt.Trial(self.parent.arch, self.parent.budget + 1, warm_start=self.parent.key)

    def tell(self, trial, result):
        self.parent = trial


class Weights:
    """An estimator whose 'weights' are a number in a file: what a child inherits decides its error."""

    def __init__(self, folder):
        self.folder = folder

    def __call__(self, trial):
        time.sleep(0.001 * (sum(value for _, value in trial.arch.choices) % 4))
        parent = float((self.folder / trial.warm_start).read_text()) if trial.warm_start else 0.0
        weight = parent / 2 + sum((value - 2) ** 2 for _, value in trial.arch.choices)
        target = self.folder / trial.key
        new = target.with_suffix(f".{threading.get_ident()}")  # equal trials may be in flight together
        new.write_text(repr(weight))
        new.replace(target)
        with open(FOLDER / "evaluated", "a") as log:
            log.write("x")
        return nt.Result({"error": weight / 32}, cost=1.0)


def trained():
    """The real thing: a cell network on the digits, one epoch more each time, weights in `<journal>.weights`."""
    space = nt.spaces.CellSpace(nodes=3, channels=4, stages=1)
    train = nt.estimators.Train(space, nt.tasks.digits(), epochs=1, batch_size=250)

    class Logged(nt.estimators.Estimator):
        gives, weights, store_beside, effective = train.gives, train.weights, train.store_beside, train.effective

        def __call__(self, trial):
            with open(FOLDER / "evaluated", "a") as log:
                log.write("x")
            return train(trial)

    return space, Logged(space)


class Noted:
    """Notes what the strategy is asked, to compare."""

    def __init__(self, strategy):
        self.asks, self.ask_it = [], strategy.ask
        strategy.ask = self

    def __call__(self):
        trial = self.ask_it()
        if trial is not None:
            self.asks.append(trial.key)
        return trial


def main():
    _, name, workers, order, trials = sys.argv[1:]
    space, estimator = trained() if name == "Trained" else (SPACE, None)
    kinds = {
        "Trained": WarmStarts,
        "WarmStarts": WarmStarts,
        "RegularizedEvolution": lambda s, seed: nt.RegularizedEvolution(s, population=8, sample=3, seed=seed),
    }
    strategy = (kinds.get(name) or getattr(nt, name))(space, seed=3)
    noted, weights = Noted(strategy), FOLDER / "weights"
    weights.mkdir(exist_ok=True)
    pool = ThreadPoolExecutor(int(workers)) if int(workers) > 1 else None
    history = nt.search(
        strategy, estimator or Weights(weights), trials=int(trials), journal=FOLDER / "journal", executor=pool, workers=int(workers), order=order
    )
    # replayed asks and new ones together are what an uninterrupted search asks; then the next one, which was never sent
    print(json.dumps({"asks": [*noted.asks, strategy.ask().key], "history": [[r.trial.to_json(), r.result.metrics, r.result.cost] for r in history]}))


if __name__ == "__main__":
    main()
