import json

import numpy as np
import pytest

from nastutor.estimators import Table
from nastutor.tables.report import agreement, report, spread_and_noise, told
from nastutor.values import Trial


def test_spread_and_noise_are_those_that_were_put_in():
    rng = np.random.default_rng(0)
    errors = 0.3 + rng.normal(0, 0.05, (20_000, 1)) + rng.normal(0, 0.02, (20_000, 3))
    found = spread_and_noise(errors)
    assert found["noise"] == pytest.approx(0.02, rel=0.02) and found["spread"] == pytest.approx(0.05, rel=0.02)
    means = (0.05**2 + 0.02**2 / 3) ** 0.5  # of which some spread is noise
    assert found["good"] == pytest.approx(1.645 * means, rel=0.05) and found["ratio"] == pytest.approx(found["spread"] / 0.02, rel=0.02)
    assert found["spread_half"] == pytest.approx(((1 - 2 / np.pi) * means**2 - 0.02**2 / 3) ** 0.5, rel=0.03), "a half of a normal distribution"
    assert found["spearman"] == pytest.approx(6 / np.pi * np.arcsin(0.5 * 0.05**2 / (0.05**2 + 0.02**2)), abs=0.02), "of two normal columns"
    assert found["kendall"] == pytest.approx(2 / np.pi * np.arcsin(0.05**2 / (0.05**2 + 0.02**2)), abs=0.02)
    assert found["spearman_half"] < found["spearman"] and found["diverged"] == 0


def test_those_that_diverged_are_counted_and_left_out():
    errors = np.array([[0.1, 0.2], [0.2, 0.3], [0.3, np.nan], [np.nan, np.nan], [0.4, 0.5], [0.6, 0.5]])
    found = spread_and_noise(errors)
    assert (found["diverged"], found["diverged_runs"]) == (2, 3)
    assert found == pytest.approx({**spread_and_noise(errors[[0, 1, 4, 5]]), "diverged": 2, "diverged_runs": 3}, nan_ok=True)
    assert found["best"] == pytest.approx(0.15) and found["median"] == pytest.approx(0.35) and found["worst"] == pytest.approx(0.55)


def test_one_run_has_no_noise():
    found = spread_and_noise(np.array([[0.1], [0.2], [0.4]]))
    assert np.isnan([found[name] for name in ("noise", "ratio", "spearman", "kendall")]).all() and found["spread"] > 0


def test_agreement():
    a = np.array([1.0, 2.0, 3.0, np.nan, 4.0, 5.0])
    assert agreement(a, a) == {"spearman": pytest.approx(1), "kendall": pytest.approx(1)}
    assert agreement(a, np.array([5.0, 4.0, 3.0, 9.0, 2.0, 1.0])) == {"spearman": pytest.approx(-1), "kendall": pytest.approx(-1)}
    assert agreement(a, np.array([1.0, 2.0, 3.0, np.nan, 5.0, 4.0]))["kendall"] == pytest.approx(0.8)
    assert np.isnan(agreement(a[1:], a[1:])["spearman"])


def test_a_report_of_a_table():
    table = Table("digits-tiny")
    found = report(table)
    assert json.loads(json.dumps(found)) and (found["networks"], found["architectures"], found["runs"]) == (60, 125, 5) and found["ranks"] == {}
    figures, best = found["budgets"][12], table.best()
    assert figures["best"] == found["best"]["error"] == pytest.approx(best.error) and found["best"]["test error"] == table.final(best.trial.arch)
    assert 0.6 < figures["spearman"] < 1 and figures["ratio"] > 2 and found["test"]["lowest"] <= found["best"]["test error"]
    seconds = [table(Trial(arch)).seconds for arch in dict.fromkeys(map(table.space.canonical, table.archs))]
    assert found["hours"][12] == pytest.approx(5 * sum(seconds) / 3600)
    text = told(found)
    assert "60 networks" in text and f"{figures['noise']:.4f}" in text and str(table.best().trial.arch) in text


def test_several_budgets(small):
    found = report(small)
    assert set(found["budgets"]) == {1, 3} and set(found["ranks"]) == {1}
    assert "ranks at 1 and at 3 epochs" in told(found)
