"""The tables that come with the package are whole, are what their recipes say, and hold what data/README.md tells of them."""

import numpy as np
import pytest

import nastutor as nt
from nastutor.data import folder
from nastutor.estimators import Table
from nastutor.tables.plan import Plan
from nastutor.tables.recipes import RECIPES
from nastutor.tables.report import report

SHIPPED = sorted(path.stem for path in folder().glob("digits-*.npz"))


@pytest.fixture(scope="module", params=SHIPPED)
def table(request):
    return Table(request.param)


def test_those_that_are_whole_are_shipped():
    assert {"digits-cells", "digits-hpo", "digits-tiny"} <= set(SHIPPED) <= set(RECIPES)
    assert sum((folder() / f"{name}.npz").stat().st_size for name in SHIPPED) <= 8_000_000


def test_its_settings_are_those_of_its_recipe(table):
    plan = Plan(RECIPES[table.path.stem])
    assert table.meta["settings"] == plan.settings and table.networks == len(plan.numbers) and table.runs == plan.recipe.runs


def test_every_training_is_there(table):
    for budget in table.trained:
        for run in range(table.runs):
            answers = Table(table.path, budget=budget, seed=run)
            errors = answers.column()
            assert ((errors >= 0) & (errors <= 1)).all() and (answers.column("seconds") > 0).all()
    assert len(table.archs) == len(set(table.archs)) == len(list(table.space))


def test_equal_networks_share_their_errors_and_not_their_names(table):
    networks = np.array([hash(table.space.canonical(arch)) for arch in table.archs])
    order = np.argsort(table.network, kind="stable")
    same = np.diff(table.network[order]) == 0
    assert (np.diff(networks[order])[same] == 0).all() and len(set(networks.tolist())) == table.networks
    assert (np.diff(table.column()[order])[same] == 0).all()


def test_digits_cells_is_as_told():
    table = Table("digits-cells")
    found = report(table)
    told, best = found["budgets"][12], found["best"]
    assert (found["architectures"], found["networks"], found["runs"], told["diverged_runs"]) == (15_625, 5_044, 3, 0)
    figures = [told[name] for name in ("best", "median", "worst", "spread", "noise", "ratio", "good_ratio", "spearman")]
    assert figures == pytest.approx([0.1033, 0.1517, 0.8992, 0.0319, 0.0157, 2.033, 1.925, 0.715], abs=5e-4)
    assert (best["test error"], found["test"]["spearman"]) == pytest.approx((0.1225, 0.955), abs=5e-4)
    assert found["hours"][12] == pytest.approx(9.76, abs=0.01)
    taus = [agreement.kendall for agreement in nt.comparing.between_budgets(table).values()]
    assert taus == pytest.approx([0.11, 0.26, 0.42], abs=5e-3)


def test_digits_hpo_is_as_told():
    table = Table("digits-hpo")
    found = report(table)
    assert (found["architectures"], found["networks"], found["runs"], table.trained) == (3_750, 1_800, 1, (3, 9, 27))
    assert [found["budgets"][budget]["best"] for budget in table.trained] == pytest.approx([0.1973, 0.0991, 0.0705], abs=5e-5)
    assert [found["budgets"][budget]["median"] for budget in table.trained] == pytest.approx([0.7095, 0.3237, 0.1872], abs=5e-5)
    assert [found["ranks"][budget]["spearman"] for budget in (3, 9)] == pytest.approx([0.787, 0.918], abs=5e-4)
    assert (found["best"]["test error"], found["test"]["spearman"]) == pytest.approx((0.0942, 0.988), abs=5e-4)
    assert sum(found["hours"].values()) == pytest.approx(4.32, abs=0.01) and found["budgets"][27]["diverged_runs"] == 0
