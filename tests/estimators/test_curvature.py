"""The dominant eigenvalue against the whole Hessian, and the stop by it (Zela et al. 2020)."""

import numpy as np
import pytest
import torch

import nastutor as nt
from nastutor.nets.mixed import MixedNet

SPACE = nt.spaces.CellSpace(nodes=3, ops=("none", "skip", "conv3"))
TASK = nt.tasks.digits(train_size=100)


def shared(**more):
    own = nt.estimators.SharedWeights(SPACE, TASK, **{"channels": 4, "batch_size": 20, "lr": 0.1, "device": "cpu", **more})
    for seed in range(3):
        own(nt.Trial(SPACE.sample(seed)))
    return own


@pytest.mark.parametrize("seed", [0, 1])
def test_it_is_the_largest_of_the_whole_hessian(seed):
    own = shared()
    alpha = {name: torch.randn(3, generator=torch.Generator().manual_seed(seed + k)) for k, name in enumerate(SPACE.sites())}

    def loss(flat):
        weights = {name: torch.softmax(part, 0) for name, part in zip(alpha, flat.split(3), strict=True)}
        return torch.nn.functional.cross_entropy(MixedNet.forward(own.fit.net.train(), own.fit.glances.x[:100], weights), own.fit.glances.y[:100])

    values = np.linalg.eigvalsh(torch.autograd.functional.hessian(loss, torch.cat(list(alpha.values()))).double().numpy())
    largest = values[np.abs(values).argmax()]
    assert nt.estimators.dominant_eigenvalue(own, alpha, images=100, iterations=300, tolerance=1e-6) == pytest.approx(largest, rel=2e-2)


@pytest.mark.parametrize("statistics", ["batch", "running"])
def test_looking_leaves_everything_as_it_was(statistics):
    own = shared(statistics=statistics)
    before, looks = own.state(), own.fit.looks
    nt.estimators.dominant_eigenvalue(own, {name: np.zeros(3) for name in SPACE.sites()}, iterations=2)
    assert all(torch.equal(tensor, before[name]) for name, tensor in own.state().items()) and own.fit.looks == looks


def stopped(values, **more):
    """A search whose curvature takes these values."""
    strategy, left = nt.DARTS(SPACE, lr=0.5), list(values)
    stop = nt.estimators.Curvature(strategy, shared(), every=1, measure=lambda *_: left.pop(0), **more)
    history = nt.search(strategy, shared(), trials=len(values), callbacks=[stop.stop], progress=False)
    return stop, history


def test_it_stops_where_the_mean_has_risen_by_a_third_and_goes_back():
    stop, history = stopped([1, 1, 1, 1, 1.2, 4, 5, 6], window=2, back=2)
    assert stop.stopped and len(history) == 6, "(1 + 1) / (1.2 + 4) is below 0.75"
    assert stop.arch == stop.archs[3]


def test_a_curvature_that_falls_stops_nothing():
    stop, history = stopped([5, 4, 3, 3, 2, -2, 1], window=2, back=2)
    assert not stop.stopped and len(history) == 7 and stop.arch == stop.archs[-1] and stop.values[5] == 2


def test_the_ratio_decides():
    assert not stopped([1, 1, 1, 1, 1.2, 1.2], window=2, back=2)[0].stopped
    assert stopped([1, 1, 1, 1, 1.2, 1.2], window=2, back=2, ratio=0.9)[0].stopped


def test_iterations_tolerance_and_seed_say_how_near_it_comes():
    """From another first direction, after more steps or fewer; a large tolerance is met at the second."""
    own, alpha = shared(), {name: np.linspace(-1, 1, 3) * (1 + k) for k, name in enumerate(SPACE.sites())}

    def found(**more):
        return nt.estimators.dominant_eigenvalue(own, alpha, **{"images": 50, "iterations": 2, "tolerance": 1e-9, **more})

    assert found() == found() and len({found(), found(iterations=1), found(iterations=30), found(seed=1)}) == 4
    assert found(iterations=30, tolerance=1e9) == found(iterations=1), "no change is too large for it"
    assert found(images=20) != found()


def test_a_value_is_taken_every_so_many_answers():
    strategy, own = nt.DARTS(SPACE), shared()
    seen, curvature = [], nt.estimators.Curvature(strategy, own, every=3, measure=lambda *asked: seen.append(asked) or 1.0)
    nt.search(strategy, own, trials=7, callbacks=[curvature.stop], progress=False)
    assert len(curvature.values) == len(curvature.archs) == len(seen) == 2
    assert all(asked[0] is own and asked[1].keys() == strategy.alpha.keys() for asked in seen)
    usual = nt.estimators.Curvature(strategy, own, every=7)
    usual.stop(nt.History([None] * 7))
    assert usual.values == [abs(nt.estimators.dominant_eigenvalue(own, {name: one.detach() for name, one in strategy.alpha.items()}))]


def test_window_and_back_say_which_means_are_compared():
    """At the fifth value: mean of the last less that of so many before, over so many."""
    values = [1.0, 1.0, 1.0, 1.0, 1.5]
    assert stopped(values, window=1, back=1)[0].stopped and not stopped(values, window=4, back=1)[0].stopped
    assert not stopped(values, window=1, back=5)[0].stopped, "too few values so far"


class Sigmoids(nt.DARTS):
    def shares(self, name):
        return torch.sigmoid(self.alpha[name])


def test_refusals():
    with pytest.raises(TypeError, match="`strategy` is RandomSearch, which has no alpha"):
        nt.estimators.Curvature(nt.RandomSearch(SPACE), None)
    with pytest.raises(TypeError, match=r"`strategy` is DAS, whose shares of options are not softmax\(alpha\); allowed are .*nt.DARTS.*`measure`"):
        nt.estimators.Curvature(nt.DAS(nt.spaces.SizeSpace((1, 3), (4,), (1,), (1,))), None)
    nt.estimators.Curvature(nt.DAS(nt.spaces.SizeSpace((1, 3), (4,), (1,), (1,))), None, measure=lambda *_: 1.0)
    with pytest.raises(TypeError, match=r"`strategy` is Sigmoids, whose shares of options are not softmax\(alpha\)"):
        nt.estimators.Curvature(Sigmoids(SPACE), None)
    with pytest.raises(ValueError, match="`images` is 0"):
        nt.estimators.dominant_eigenvalue(shared(), {}, images=0)
    with pytest.raises(ValueError, match="no value was taken yet"):
        nt.estimators.Curvature(nt.DARTS(SPACE), None).arch  # noqa: B018


@pytest.mark.parametrize(
    "change, words",
    [
        ({"0->2": None}, "`alpha` weighs other decisions, for instance '0->2'; allowed are 0->1, 0->2, 1->2"),
        ({"2->3": np.zeros(3)}, "for instance '2->3'"),
        ({"0->2": np.zeros(2)}, "`alpha` has 2 weights for '0->2'; allowed are 3: none, skip, conv3"),
        ({"0->2": np.array(0.5)}, r"`alpha` has shape \(\) for '0->2'; allowed is a weight for each option: \('none', 'skip', 'conv3'\)"),
        ({"0->2": [0.0, np.inf, 0.0]}, r"`alpha` has \[0.0, inf, 0.0\] for '0->2'; allowed are finite weights"),
    ],
    ids=["missing", "another", "too few", "a number", "infinite"],
)
def test_alphas_of_something_else_are_refused(change, words):
    alpha = {name: own for name, own in ({name: np.zeros(3) for name in SPACE.sites()} | change).items() if own is not None}
    with pytest.raises(ValueError, match=rf"{words}.*\(chapter 9\)"):
        nt.estimators.dominant_eigenvalue(shared(), alpha)
