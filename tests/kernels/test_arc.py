"""The arc kernel: what is inactive has no say, distances are those of points, and it learns better than a flat code where depth is decided."""

import numpy as np
import pytest
from scipy.stats import wilcoxon

import nastutor as nt
from nastutor.kernels import Arc, OneHot
from nastutor.strategies.gp import Process


class Depths(nt.spaces.ChoiceSpace):
    """Widths of as many layers as there are, and a pool of the second."""

    def decide(self, choose):
        depth = choose("depth", (1, 2, 3, 4))
        widths = [choose(f"width{i}", (4, 8, 16, 32)) for i in range(depth)]
        return widths, choose("pool", ("max", "avg", "none")) if depth > 1 else None


SPACE = Depths()


def arch(**choices):
    return nt.Arch(tuple(choices.items()))


def bound():
    (kernel := Arc()).bind(SPACE)
    return kernel


def test_distances_by_hand():
    kernel = bound()
    one, two, wide = arch(depth=1, width0=4), arch(depth=2, width0=4, width1=32, pool="max"), arch(depth=2, width0=32, width1=4, pool="avg")
    compared = kernel.matrix(SPACE, [one, two, wide])
    assert set(kernel.sites) == {"depth", "width0", "width1", "width2", "width3", "pool"}
    at = {name: number for number, name in enumerate(kernel.sites)}
    assert compared[at["width1"], 0, 1] == -1 and compared[at["width1"], 1, 2] == 1 and not compared[at["width2"]].any()
    assert compared[at["pool"], 1, 2] == 0.5 and compared[at["depth"], 0, 1] == pytest.approx(1 / 3) and compared[at["width0"], 0, 1] == 0
    logs = np.zeros(13)  # radii of 1, half of a half circle: opposite ends are a right angle apart
    by_hand = (2 * (1 - np.cos(np.pi / 6)) + 1 + 1) / 6
    assert kernel.squared(logs, compared)[0, 1] == pytest.approx(by_hand)
    logs[1 + at["width1"]] = np.log(3.0)
    assert kernel.squared(logs, compared)[0, 1] == pytest.approx(by_hand + 8 / 6), "a radius weighs having the decision, whatever it answers"


def test_what_an_inactive_decision_would_be_changes_nothing():
    kernel = bound()
    assert {name for name, _ in SPACE.sample(0).choices} <= set(kernel.sites)
    narrow, wide = arch(depth=2, width0=4, width1=4, pool="max"), arch(depth=2, width0=4, width1=32, pool="max")
    shallow = arch(depth=1, width0=4)
    compared = kernel.matrix(SPACE, [shallow], [narrow, wide])
    assert np.ptp(kernel.covariance(np.zeros(13), compared, np.ones(6))) == 0


def test_it_is_a_kernel_and_its_gradient_is_right():
    kernel, rng = bound(), np.random.default_rng(0)
    compared = kernel.matrix(SPACE, [SPACE.sample(seed) for seed in range(30)])
    weights = rng.normal(size=compared.shape[1:])
    for _ in range(5):
        logs = rng.normal(size=13)
        matrix = kernel.covariance(logs, compared, np.ones(6))
        np.testing.assert_allclose(matrix, matrix.T)
        np.testing.assert_allclose(np.diag(matrix), kernel.variance(logs))
        assert np.linalg.eigvalsh(matrix)[0] > -1e-8
        value = lambda logs: np.vdot(weights, kernel.covariance(logs, compared, np.ones(6)))
        steps = [(value(logs + h) - value(logs - h)) / 2e-5 for h in 1e-5 * np.eye(13)]
        np.testing.assert_allclose(kernel.gradient(logs, compared, np.ones(6), weights), steps, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(kernel.prior(logs)[1], [0, *-logs[1:]])


def truth(one):
    """Each layer has its own best width, and depth its price."""
    widths, _ = SPACE.plan(one)
    return sum((np.log2(width) - 2 - number % 3) ** 2 for number, width in enumerate(widths)) / len(widths) + 0.3 * abs(len(widths) - 2)


def test_it_predicts_conditional_spaces_better_than_a_flat_code():
    """The claim of the paper, on a function of widths that exist or do not: 20 splits, paired."""
    errors = {Arc: [], OneHot: []}
    for seed in range(20):
        archs = list(dict.fromkeys(SPACE.sample(1000 * seed + number) for number in range(110)))
        train, test = archs[:40], archs[40:]
        for kind, found in errors.items():
            kernel = kind()
            model = Process(kernel, kernel.matrix(SPACE, train), np.array([truth(one) for one in train])).fit(starts=1)
            mean, _ = model.predict(kernel.matrix(SPACE, test, train))
            found.append(np.sqrt(np.mean((mean - [truth(one) for one in test]) ** 2)))
    assert wilcoxon(errors[Arc], errors[OneHot], alternative="less").pvalue < 0.05, {kind.__name__: np.mean(found) for kind, found in errors.items()}


def test_scales_and_refusals():
    (kernel := Arc({"width0": "log"})).bind(SPACE)
    assert kernel.describe(SPACE, arch(depth=1, width0=8))[list(kernel.sites).index("width0")] == pytest.approx(1 / 3)
    with pytest.raises(ValueError, match="`numeric` is .*'cubic'"):
        Arc({"width0": "cubic"})
    with pytest.raises(ValueError, match="`numeric` names 'pool'; .* depth, width0"):
        Arc({"pool": "linear"}).bind(SPACE)
    with pytest.raises(ValueError, match="`numeric` of 'rate' is 'log', and its options begin at 0"):
        Arc({"rate": "log"}).bind(nt.spaces.ChoiceSpace.of({"rate": (0, 1)}))
    history = nt.search(
        nt.GaussianProcess(SPACE, start=4, kernel=Arc(), samples=10, climbs=1), lambda t: nt.Result({"error": truth(t.arch)}), trials=9, progress=False
    )
    assert len(history) == 9
    with pytest.raises(TypeError, match="needs a space with sites"):
        nt.GaussianProcess(nt.spaces.EditSpace(), kernel=Arc())
