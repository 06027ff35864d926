"""The adapters, of which those run whose package is there."""

import pytest

import nastutor as nt


@pytest.fixture(scope="module")
def libraries(benchmark):
    return benchmark("against.libraries")


@pytest.mark.parametrize("name", ["Optuna TPE", "Optuna GP", "Optuna CMA-ES", "SMAC3", "syne-tune KDE", "syne-tune REA"])
def test_it_searches_a_table_and_learns_from_others(libraries, name):
    rival = libraries.RIVALS[name]
    if (why := libraries.missing(rival)) is not None:
        with pytest.raises(ImportError, match="not installed: pip install"):
            rival(nt.spaces.CellSpace(nodes=3))
        pytest.skip(why)
    assert set(libraries.versions(rival)) == set(rival.package.split()) and rival.settings
    table = nt.estimators.Table("digits-tiny")
    strategy = rival(table.space, seed=1)
    trial = nt.Trial(table.space.sample(3))
    strategy.tell(trial, table(trial))
    strategy.tell(strategy.ask(), nt.Result.failed("planted"))
    history = nt.search(strategy, table, trials=4, progress=False)
    assert len(history) == 4 and all(record.trial.arch in table.space for record in history)


def test_what_is_missing_is_said(libraries, monkeypatch):
    monkeypatch.setitem(libraries.IMPORTS, "optuna", "no_such_package")
    assert libraries.missing(libraries.OptunaTPE) == "OptunaTPE needs optuna, which is not installed: pip install optuna"


def test_an_option_that_is_not_offered_becomes_the_first(libraries):
    space = nt.spaces.NASBench101(vertices=4, edges=3)
    nothing = libraries.Rival(space)
    archs = [nothing.arch(lambda name: -1), nothing.arch(lambda name: 0)]
    assert all(arch in space for arch in archs) and set(nothing.numbers(archs[0])) == set(space.sites())
