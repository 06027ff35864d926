from dataclasses import replace

import numpy as np
import pytest

from nastutor.tables.invented import invented
from nastutor.tables.report import report


def test_it_is_a_table_of_its_recipe_and_says_what_it_is(recipe, small, tmp_path):
    table = invented(recipe, tmp_path / "t.npz")
    assert table.archs == small.archs and table.network.tolist() == small.network.tolist() and (table.runs, table.trained) == (small.runs, small.trained)
    assert table.meta["settings"]["name"] == "small, invented" and table.meta["settings"] != small.meta["settings"]


def test_its_numbers_are_as_noisy_as_real_ones(recipe, tmp_path):
    wide = replace(recipe, space={"name": "CellSpace", "settings": {"nodes": 3}}, budgets=(12,), runs=3)
    table, other = invented(wide, tmp_path / "a.npz"), invented(wide, tmp_path / "b.npz", seed=1)
    assert np.array_equal(invented(wide, tmp_path / "c.npz").column(), table.column(), equal_nan=True)
    assert not np.array_equal(other.column(), table.column(), equal_nan=True)
    figures = report(table)["budgets"][12]
    assert 0.01 < figures["noise"] < 0.05 and figures["ratio"] > 1 and 0.1 < figures["median"] < 0.2
    same = invented(wide, tmp_path / "d.npz", network=np.zeros(125))
    assert same.networks == 1 and len(set(same.column("error"))) == 1 and same.column("error")[0] == pytest.approx(0.14, abs=0.2)
