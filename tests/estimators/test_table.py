import math
import pickle
import statistics
import time

import numpy as np
import pytest

import nastutor as nt
from nastutor.estimators import Table
from nastutor.estimators.table_file import read_table, write_table


@pytest.fixture(scope="module")
def table():
    return Table("digits-tiny")


@pytest.fixture(scope="module")
def arch(table):
    return table.space.sample(5)


def altered(table, folder, settings=None, **changes):
    """A copy of the table with some arrays changed."""
    arrays, meta = read_table(table.path)
    path = folder / "altered.npz"
    write_table(path, {**arrays, **changes}, {**meta["settings"], **(settings or {})}, meta["made"])
    return path


def test_it_is_whole(table):
    assert table.space == nt.spaces.CellSpace(nodes=3) and table.space.size == 125 and table.networks == 60
    assert table.runs == 5 and table.trained == (12,) and table.default_budget == 12 and table.images == {"train": 775, "valid": 397, "test": 400}
    answers = [Table("digits-tiny", seed=run)(nt.Trial(arch)) for run in range(5) for arch in table.space]
    assert all(answer.status == "ok" and len(answer.curve) == 12 and answer.error < 0.95 and answer.seconds > 0 for answer in answers)
    assert table.task == nt.tasks.digits(difficulty=0.3)


def test_it_tells_architectures_apart(table):
    """The spread between networks is several times the noise of a mean, without those that learn nothing: else it would be no use."""
    runs = np.array(
        [[Table("digits-tiny", seed=run)(nt.Trial(arch)).error for run in range(5)] for arch in dict.fromkeys(map(table.space.canonical, table.space))]
    )
    learning = runs[runs.mean(1) < 0.85]
    assert len(learning) > 55 and learning.mean(1).std() > 3 * learning.std(1, ddof=1).mean() / math.sqrt(5)


def test_equal_architectures_equal_answers_and_own_counts(table):
    for arch in table.space:
        mine, theirs = table(nt.Trial(arch)), table(nt.Trial(table.space.canonical(arch)))
        assert (mine.error, mine.curve, mine.metrics["loss"], mine.metrics["latency_ms"]) == (
            theirs.error, theirs.curve, theirs.metrics["loss"], theirs.metrics["latency_ms"])  # fmt: skip
        counts = table.space.graph(arch, table.task).counts()
        assert mine.metrics["params"] == counts.params and mine.metrics["mult_adds"] == counts.mult_adds
        assert table.own_metrics(arch)["activation_mb"] == pytest.approx(counts.activation_mb)


def test_seeds(table, arch):
    runs = [Table("digits-tiny", seed=run)(nt.Trial(arch)) for run in range(5)]
    assert table(nt.Trial(arch)).error == pytest.approx(statistics.fmean(r.error for r in runs)) and len({r.metrics["loss"] for r in runs}) == 5
    repeated = Table("digits-tiny", seed="repeat")
    assert [repeated(nt.Trial(arch, repeat=run)).error for run in range(5)] == [r.error for r in runs]
    averaged = nt.estimators.Averaged(repeated, 5)(nt.Trial(arch))
    assert averaged.curve == pytest.approx(table(nt.Trial(arch)).curve) and averaged.metrics["loss"] == pytest.approx(table(nt.Trial(arch)).metrics["loss"])
    with pytest.raises(ValueError, match="`repeat` is 5; with 12 epochs there are the runs 0 to 4"):
        repeated(nt.Trial(arch, repeat=5))


def test_budgets(table, arch):
    whole = table(nt.Trial(arch))
    short = table(nt.Trial(arch, 3))
    assert short.error == whole.curve[2] and short.curve == whole.curve[:3] and short.cost == 3.0 and short.info["budget"] == 3
    assert short.seconds == pytest.approx(whole.seconds / 4) and "loss" in whole.metrics and "loss" not in short.metrics, "noted at the end only"
    assert Table("digits-tiny", budget=3)(nt.Trial(arch)) == short
    assert Table("digits-tiny", budget=3)(nt.Trial(arch, 12)) == whole and whole.cost == 12.0
    assert table.budgets is None and Table("digits-tiny", budget=3).gives == table.gives
    assert not {"loss", "train_loss"} & set(table.gives) and {"error", "latency_ms", "params", "curve", "budget"} <= set(table.gives), "of every budget"


def test_best_is_the_best(table):
    every = {arch: table(nt.Trial(arch)) for arch in table.space}
    best = table.best()
    assert best.error == min(result.error for result in every.values()) and best.trial == nt.Trial(best.trial.arch, 12)
    assert table.best("params").result.metrics["params"] == min(result.metrics["params"] for result in every.values())
    assert Table("digits-tiny", budget=2).best().error == min(table(nt.Trial(arch, 2)).error for arch in table.space)


@pytest.mark.parametrize("budget", [None, 12, 3])
@pytest.mark.parametrize("seed", [None, "mean", "repeat", 2])
def test_columns_are_the_answers_of_all(table, budget, seed):
    asked = Table("digits-tiny", budget, "mean" if seed is None else seed)
    answers = [asked(nt.Trial(arch)) for arch in table.archs]
    for metric in answers[0].metrics:
        column = table.column(metric, budget, seed)
        assert column.dtype == np.float64 and column.tolist() == [answer.metrics[metric] for answer in answers] == asked.column(metric).tolist()
    assert table.column("seconds", budget, seed).tolist() == [answer.seconds for answer in answers]
    assert table.curves(budget, seed).tolist() == [list(answer.curve) for answer in answers]


def test_rows_networks_and_archs(table):
    archs = list(table.space)
    assert table.archs == archs and table.rows(archs[::-3]).tolist() == list(range(125))[::-3] == table.rows(table.space.codes(archs[::-3])).tolist()
    numbers = {arch: number for number, arch in enumerate(dict.fromkeys(map(table.space.canonical, archs)))}
    assert table.network.tolist() == [numbers[table.space.canonical(arch)] for arch in archs]
    table.column("params")[:] = 0
    table.network[:] = 0
    table.archs.clear()
    assert table.column("params").min() > 0 and table.network.max() == 59 and len(table.archs) == 125, "what it hands out is a copy"


def test_published_strings(table):
    assert len({table.published(arch) for arch in table.archs}) == len({table.space.published_form(arch) for arch in table.archs}) > 50
    with pytest.raises(ValueError, match="none of CellSpace"):
        table.published(nt.spaces.CellSpace(nodes=4).sample(0))


def test_columns_of_a_table_with_failures(table, arch, tmp_path):
    arrays, _ = read_table(table.path)
    failed = arrays["failed/12"].copy()
    failed[int(table.network[table.rows([table.best().trial.arch])[0]]), 1] = True
    broken = Table(altered(table, tmp_path, **{"failed/12": failed}))
    gone = np.isnan(broken.column("error"))
    assert gone.sum() == (table.network == table.network[table.rows([table.best().trial.arch])[0]]).sum() and not np.isnan(broken.column("params")).any()
    assert broken.best().error == np.nanmin(broken.column("error")) > table.best().error and not np.isnan(broken.column("error", seed=0)).any()
    light = table.best("params").trial.arch
    failed[int(table.network[table.rows([light])[0]])] = True
    assert Table(altered(table, tmp_path, **{"failed/12": failed})).best("params").result.status == "ok"


def test_final_is_the_mean_test_error_at_the_largest_budget(table, arch):
    arrays, _ = read_table(table.path)
    network = list(dict.fromkeys(map(table.space.canonical, table.space))).index(table.space.canonical(arch))
    assert table.final(arch) == Table("digits-tiny", budget=2, seed=1).final(arch) == pytest.approx(arrays["test/12"][network, :, -1].mean() / 400)


def test_test_error_is_no_metric(table, arch):
    assert not any("test" in name for name in (*table.gives, *table(nt.Trial(arch)).metrics, *table(nt.Trial(arch)).info))
    with pytest.raises(ValueError, match=r"`metric` is 'test_error'; .*final\(arch\)"):
        table.best("test_error")
    with pytest.raises(ValueError, match=r"`metric` is 'test'; .*final\(arch\)"):
        table.column("test")
    for ask in (table.best, table.column):
        with pytest.raises(ValueError, match="`metric` is 'eror'; allowed with a `budget` of 12 are error"):
            ask("eror")
    for ask in (Table("digits-tiny", budget=3).best, Table("digits-tiny", budget=3).column):
        with pytest.raises(ValueError, match="`metric` is 'loss'; allowed with a `budget` of 3 are error, seconds"):
            ask("loss")
    with pytest.raises(ValueError, match="`budget` is 13"):
        table.column("error", budget=13)
    with pytest.raises(ValueError, match="`seed` is 5; allowed are 'mean', 'repeat' and the runs 0 to 4"):
        table.column("error", seed=5)


def test_a_failed_run_fails_the_mean(table, arch, tmp_path):
    arrays, _ = read_table(table.path)
    failed = arrays["failed/12"].copy()
    failed[:, 2] = True
    path = altered(table, tmp_path, **{"failed/12": failed})
    result = Table(path)(nt.Trial(arch))
    assert result.status == "failed" and "1 of 5 runs" in result.info["reason"] and result.cost == 12.0
    assert Table(path, seed=0)(nt.Trial(arch)) == Table("digits-tiny", seed=0)(nt.Trial(arch)) and Table(path, seed=2)(nt.Trial(arch)).status == "failed"
    network = arrays["network"][list(table.space).index(arch)]
    assert Table(path).final(arch) == pytest.approx(statistics.fmean(arrays["test/12"][network, [0, 1, 3, 4], -1].tolist()) / 400)
    path = altered(table, tmp_path, **{"failed/12": np.ones_like(failed)})
    with pytest.raises(ValueError, match="no test error with 12 epochs: all its runs have diverged"):
        Table(path).final(arch)
    with pytest.raises(ValueError, match="diverged"):
        Table(path).best()


def test_it_is_an_estimator_for_search(table):
    history = nt.search(nt.RandomSearch(table.space, seed=1), table, trials=30)
    assert history.cost == 30 * 12 and history.best().error >= table.best().error and history.best().budget == 12
    with pytest.raises(ValueError, match="`estimator` is for CellSpace"):
        nt.search(nt.RandomSearch(nt.spaces.CellSpace(nodes=4)), table, trials=1)


def test_it_travels(table, arch):
    copy = pickle.loads(pickle.dumps(Table("digits-tiny", budget=4, seed=2)))
    assert copy(nt.Trial(arch)) == Table("digits-tiny", budget=4, seed=2)(nt.Trial(arch)) and len(pickle.dumps(table)) < 1000
    fingerprints = {Table("digits-tiny", budget, seed).fingerprint for budget in (None, 3) for seed in ("mean", "repeat", 0)}
    assert len(fingerprints) == 6 and copy.fingerprint == Table("digits-tiny", 4, 2).fingerprint


def test_it_is_quick(table):
    """A tenth of a second to load, some ten microseconds a query: here with room for a busy machine."""
    began = time.perf_counter()
    read_table(table.path)
    loaded = time.perf_counter()
    trials = [nt.Trial(table.space.sample(seed)) for seed in range(1000)]
    asked = time.perf_counter()
    for trial in trials:
        table(trial)
    assert loaded - began < 0.5 and time.perf_counter() - asked < 0.2


def test_bad_questions(table, arch):
    with pytest.raises(ValueError, match="`name` is 'digits-tiney'; allowed are .*digits-tiny"):
        Table("digits-tiney")
    with pytest.raises(ValueError, match="`name` is '.*no.npz'"):
        Table("there/is/no.npz")
    for budget in (0, 13, -1, 2.0, True):
        with pytest.raises(ValueError, match=f"`budget` is {budget!r}; allowed are whole numbers from 1 to 12"):
            Table("digits-tiny", budget=budget)
    for seed in (5, -1, "median", 1.0, True, None):
        with pytest.raises(ValueError, match=f"`seed` is {seed!r}; allowed are 'mean', 'repeat' and the runs 0 to 4"):
            Table("digits-tiny", seed=seed)
    with pytest.raises(ValueError, match="`budget` is 13"):
        table(nt.Trial(arch, 13))
    with pytest.raises(ValueError, match="none of CellSpace"):
        table(nt.Trial(nt.spaces.CellSpace(nodes=4).sample(0)))
    with pytest.raises(TypeError, match="Mixture"):
        table(nt.Trial(nt.Mixture({"0->1": [1.0]})))
    with pytest.raises(ValueError, match="`edit` is"):
        table(nt.Trial(arch, edit=nt.Edit()))


def test_a_table_of_part_of_a_space(table, tmp_path):
    arrays, _ = read_table(table.path)
    half = Table(altered(table, tmp_path, **{name: arrays[name][:60] for name in ("choices", "network", "params", "mult_adds", "activation_mb")}))
    archs = list(table.space)
    assert half(nt.Trial(archs[59])) == table(nt.Trial(archs[59])) and half.best().trial.arch in archs[:60]
    with pytest.raises(ValueError, match="which the table digits-tiny does not hold"):
        half(nt.Trial(archs[60]))


def test_a_table_for_another_version_of_the_space(table, tmp_path):
    with pytest.raises(ValueError, match="was made for CellSpace of old"):
        Table(altered(table, tmp_path, settings={"space_fingerprint": "CellSpace of old"}))
    with pytest.raises(ValueError, match=r"'os' of nastutor\.spaces"):
        Table(altered(table, tmp_path, settings={"space": {"name": "os", "settings": {}}}))
