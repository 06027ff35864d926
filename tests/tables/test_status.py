from dataclasses import replace

from nastutor.tables.make import make
from nastutor.tables.status import status


def test_status(recipe, small, tmp_path):
    count = small.networks
    nothing = status(recipe, tmp_path, tmp_path / "shards")
    assert f"0 of {count} trained" in nothing and f"0 of {count} timed" in nothing and "is not there" in nothing and "of all epochs    0.0%" in nothing
    make(recipe, tmp_path, tmp_path / "shards", budgets=[3], runs=[1], progress=False)
    part = status(recipe, tmp_path, tmp_path / "shards").splitlines()
    assert f"{count} of {count} trained, 0 diverged" in part[4] and "torch" in part[4] and "of all epochs   37.5%" in part[5]  # 3 of 1 + 1 + 3 + 3
    make(recipe, tmp_path, tmp_path / "shards", progress=False)
    whole = status(recipe, tmp_path, tmp_path / "shards")
    assert f"{count} of {count} timed" in whole and "small.npz is there" in whole and "100.0%" in whole
    assert "was made with other settings" in status(replace(recipe, runs=1), tmp_path, tmp_path / "shards")
