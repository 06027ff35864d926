"""The early-stop reward on made-up accuracies, where it is known what the correction must do; densities by hand."""

import numpy as np
import pytest

import nastutor as nt
from nastutor.claims import early
from nastutor.rng import numpy_rng
from nastutor.spaces.cell_graphs import cell_graphs
from tests.claims.made_up import ROUGH, MadeUp

SPACE = nt.spaces.CellSpace(nodes=3)


class Early(nt.estimators.Estimator):
    """As a Table of two budgets over CellSpace(3); `charge`: what a factor of e in multiply-adds takes from the last accuracy, a share."""

    gives, runs, trained, path = ("error",), 1, (1, 9), MadeUp.path
    seed, default_budget = "mean", 9

    def __init__(self, charge, noise=0.01):
        super().__init__(SPACE)
        self.archs = list(SPACE)
        canonical = [SPACE.canonical(arch) for arch in self.archs]
        self.network = np.unique([str(arch) for arch in canonical], return_inverse=True)[1]
        self.networks, rng = int(self.network.max()) + 1, numpy_rng(0, "early")
        self.flops = np.exp(rng.normal(8, 1, self.networks))[self.network]
        first = rng.uniform(0.2, 0.4, self.networks)[self.network]
        self.errors = {1: first, 9: first - 0.1 + charge * np.log(self.flops / 3000) + rng.normal(0, noise, self.networks)[self.network]}

    @property
    def fingerprint(self):
        return "Early"

    def column(self, metric="error", budget=None, seed=None):
        return self.flops if metric == "mult_adds" else self.errors[budget or 9]

    def rows(self, archs):
        return np.array([self.archs.index(arch) for arch in archs])

    def __call__(self, trial):
        return nt.Result({"error": 0.5})

    def best(self, metric="error"):
        return None

    def final(self, arch):
        return 0.5


def test_the_correction_helps_where_more_operations_end_worse():
    outcome = nt.claims.claim("zhong2018b-early").run(Early(charge=0.05), seeds=10)
    assert outcome.supported and outcome.clear and outcome.effect.low > 0
    mu = float(outcome.said.split("mu = ")[1].split()[0])
    assert mu == pytest.approx(5, abs=0.5), "percent of accuracy for each factor of e, as made up"


def test_where_they_do_not_it_cannot_help():
    outcome = nt.claims.claim("zhong2018b-early").run(Early(charge=0.0), seeds=10)
    assert not outcome.supported and outcome.effect.value < 0, "fitted to noise, it ranks a little worse"


def test_other_halves_for_another_seed():
    table = Early(charge=0.0)
    one, again, other = (early.corrected(table, 2, first) for first in (0, 0, 1))
    assert one == again and one.effect != other.effect


def test_densities_by_hand():
    """CellSpace: three states and the output. All of three operations, to which the output's edge comes: 4 edges over 4 nodes."""
    cell = lambda *ops: early.density(cell_graphs(SPACE, nt.Arch(tuple(zip(("0->1", "0->2", "1->2"), ops, strict=True))))[0])
    assert cell("conv3", "skip", "conv1") == 4 / 4 and cell("none", "skip", "none") == 2 / 3 and cell("none", "none", "none") == 1 / 2


def test_spaces_without_graphs_are_refused():
    with pytest.raises(ValueError, match="zhong2018b-early needs a space of graphs of operations"):
        nt.claims.claim("zhong2018b-early").run(MadeUp(ROUGH), seeds=10)
