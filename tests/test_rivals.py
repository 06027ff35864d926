"""The adapters of benchmarks/rivals.py, of which those run whose package is there."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

import nastutor as nt

FILE = Path(__file__).parents[1] / "benchmarks" / "rivals.py"


@pytest.fixture(scope="module")
def rivals():
    spec = importlib.util.spec_from_file_location("benchmark_rivals", FILE)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["Optuna TPE", "Optuna GP", "Optuna CMA-ES", "SMAC3", "syne-tune KDE", "syne-tune REA"])
def test_it_searches_a_table_and_learns_from_others(rivals, name):
    rival = rivals.RIVALS[name]
    if (why := rivals.missing(rival)) is not None:
        with pytest.raises(ImportError, match="not installed: pip install"):
            rival(nt.spaces.CellSpace(nodes=3))
        pytest.skip(why)
    table = nt.estimators.Table("digits-tiny")
    strategy = rival(table.space, seed=1)
    trial = nt.Trial(table.space.sample(3))
    strategy.tell(trial, table(trial))
    strategy.tell(strategy.ask(), nt.Result.failed("planted"))
    history = nt.search(strategy, table, trials=4, progress=False)
    assert len(history) == 4 and all(record.trial.arch in table.space for record in history)


def test_what_is_missing_is_said(rivals, monkeypatch):
    monkeypatch.setitem(rivals.IMPORTS, "optuna", "no_such_package")
    assert rivals.missing(rivals.OptunaTPE) == "OptunaTPE needs optuna, which is not installed: pip install optuna"
    assert "optuna" not in rivals.installed()


def test_an_option_that_is_not_offered_becomes_the_first(rivals, monkeypatch):
    class Given(rivals.Rival):
        package = ""

    space = nt.spaces.NASBench101(vertices=4, edges=3)
    archs = [Given(space).arch(lambda name: -1), Given(space).arch(lambda name: 0)]
    assert all(arch in space for arch in archs) and set(Given(space).numbers(archs[0])) == set(space.sites())


def test_the_tests_are_those_that_were_stated(rivals):
    rng = np.random.default_rng(0)
    base = 0.1 + 0.01 * rng.random((12, 100))
    found = {"random search": base + 0.1, "TPE, each once": base, "Optuna TPE": base + 0.001, "SMAC": base + 0.05, "SMAC3": base[:8]}
    lines = rivals.compare(found, 100, "TPE, each once")
    better = next(line for line in lines if "TPE, each once better than Optuna TPE" in line)
    assert float(better.split()[-1]) < 0.05 and "8 seeds" in next(line for line in lines if line.split()[0] == "SMAC3")
    verdict = {line.split(" not worse")[0].strip(): float(line.split("p = ")[1]) for line in lines if "not worse" in line}
    assert verdict["TPE, each once"] < 0.05 < verdict["SMAC"], "0.05 is more than 10 % of random search's 0.2"
    assert "too few for a test" in rivals.compare({"TPE": base[:3]}, 100, None)[-1]
    assert "not worse" not in "".join(rivals.compare({"TPE, each once": base}, 300, None)), "a search that was cut shorter is not judged there"


def test_regret_is_that_of_the_table(rivals):
    table = nt.estimators.Table("digits-tiny")
    curves = rivals.regrets(nt.RandomSearch, table, 20, range(2, 4))
    assert curves.shape == (2, 20) and (np.diff(curves) <= 0).all() and (curves >= 0).all()
    assert rivals.rate(lambda space, seed: nt.RandomSearch(space, seed=seed), table, 3, seconds=0.05) > 1
