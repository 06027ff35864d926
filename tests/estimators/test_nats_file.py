"""NATS-Bench from small files in its own format."""

import pickle

import numpy as np
import pytest

import nastutor as nt
from nastutor.estimators import Cached, NATSBenchFile
from tests.benchmark_files import SEEDS, accuracy, nats_contents, string_of, write_nats_folder

OPS = ("none", "conv3")
NAMES, CELLS = nats_contents(OPS)
SPACE = nt.spaces.CellSpace(4, OPS, channels=16, cells=5, stages=3)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_nats_folder(tmp_path_factory.mktemp("nats") / "NATS-tss-simple", NAMES, CELLS)


@pytest.fixture(scope="module")
def own(folder):
    """Reads what the benchmark has of each cell; converts the files, so that later readers need no trust."""
    NATSBenchFile(folder, trust=True)
    return lambda **arguments: NATSBenchFile(folder, **{"merge": False, "space": SPACE} | arguments)


def name_of(arch):
    return string_of([value for _, value in arch.choices])


def recorded(cell, dataset, images, epochs, epoch=None):
    """Mean accuracy in percent of all runs."""
    epoch = epochs - 1 if epoch is None else epoch
    return np.mean([accuracy(cell, dataset, images, epochs, seed, epoch) for seed in SEEDS[epochs][dataset]])


@pytest.mark.parametrize("budget", [12, 200])
@pytest.mark.parametrize(("dataset", "trained", "tested"), [("cifar10", "cifar10-valid", "ori-test"), ("cifar100", "cifar100", "x-test")])
def test_every_number_is_that_of_the_file(own, dataset, trained, tested, budget):
    found = own(dataset=dataset, budget=budget)
    assert found.archs == list(SPACE) and found.budgets == (12, 200)
    for arch in SPACE:
        cell = NAMES.index(name_of(arch))
        result = found(nt.Trial(arch))
        assert result.error == pytest.approx(1 - recorded(cell, trained, "x-valid", budget) / 100)
        assert result.metrics["loss"] == pytest.approx(recorded(cell, trained, "x-valid", budget) / 10)
        assert (result.metrics["train_error"], result.metrics["train_loss"]) == (pytest.approx(0.02), pytest.approx(1 / budget))
        assert (result.cost, result.seconds) == (budget, budget * 2.0 + 0.5)
        assert (result.metrics["params"], result.metrics["mult_adds"]) == (100_000 + cell, 7_500_000 + cell)
        assert result.metrics["latency_ms"] == pytest.approx(10 + cell / 10)
        assert found.final(arch) == pytest.approx(1 - recorded(cell, dataset, tested, 200) / 100)


def test_curves_are_given_where_they_are_whole(own):
    cell = NAMES.index(name_of(SPACE.sample(3)))
    for dataset, budget, whole in (("cifar10", 12, True), ("cifar10", 200, True), ("cifar100", 12, True), ("cifar100", 200, False)):
        found = own(dataset=dataset, budget=budget)
        result = found(nt.Trial(SPACE.sample(3)))
        trained = "cifar10-valid" if dataset == "cifar10" else dataset
        curve = [1 - recorded(cell, trained, "x-valid", budget, epoch) / 100 for epoch in range(budget)] if whole else []
        assert ("curve" in found.gives) == (dataset == "cifar10") and result.curve == pytest.approx(curve)


def test_runs_by_rising_seed(own):
    arch = SPACE.sample(1)
    cell = NAMES.index(name_of(arch))
    assert own().seeds == {12: (111, 777), 200: (777, 888, 999)} and own(dataset="cifar100").seeds[12] == (111,)
    for run, seed in enumerate((777, 888, 999)):
        expected = 1 - accuracy(cell, "cifar10-valid", "x-valid", 200, seed, 199) / 100
        assert own(seed=run)(nt.Trial(arch)).error == own(seed="repeat")(nt.Trial(arch, repeat=run)).error == pytest.approx(expected)
    with pytest.raises(ValueError, match="`seed` is 2; allowed are 'mean', 'repeat' and the runs 0 to 1"):
        own(budget=12, seed=2)
    with pytest.raises(ValueError, match="`seed` is 2; with 12 epochs there are the runs 0 to 1"):
        own(seed=2)(nt.Trial(arch, budget=12))
    with pytest.raises(ValueError, match="`repeat` is 3; with 200 epochs"):
        own(seed="repeat")(nt.Trial(arch, repeat=3))


def test_equal_networks_have_one_answer_unless_each_is_asked_for_itself(own):
    merged, apart = own(merge=True), own()
    twins = [arch for arch in SPACE if SPACE.canonical(arch) != arch]
    assert len(twins) > 10
    for arch in twins:
        first = SPACE.canonical(arch)
        assert merged(nt.Trial(arch)).error == merged(nt.Trial(first)).error == apart(nt.Trial(first)).error != apart(nt.Trial(arch)).error
        assert merged(nt.Trial(arch)).metrics["params"] == apart(nt.Trial(arch)).metrics["params"] != merged(nt.Trial(first)).metrics["params"]
        assert merged.final(arch) == apart.final(first)
    assert merged.column().tolist() == [merged(nt.Trial(arch)).error for arch in SPACE] != apart.column().tolist()
    assert merged.rows(SPACE).tolist() == apart.rows(SPACE).tolist() == list(range(64))
    assert Cached(apart)(nt.Trial(twins[0])) == apart(nt.Trial(twins[0])) and Cached(merged).effective(nt.Trial(twins[0])).arch == SPACE.canonical(twins[0])


def test_the_best_is_what_no_search_beats(own):
    for merge in (True, False):
        found = own(merge=merge)
        errors = [found(nt.Trial(arch)).error for arch in SPACE]
        best = found.best()
        assert best.error == min(errors) and best.trial.arch == list(SPACE)[errors.index(min(errors))] and best.budget == 200
        history = nt.search(nt.RandomSearch(SPACE, seed=0), found, trials=300, executor=nt.simulate(20))
        assert best.error == history.best().error and history[-1].finished == pytest.approx(300 / 20 * 400.5)


def test_what_is_asked_of_tables_can_be_asked_of_benchmarks(own):
    """nt.comparing knows neither."""
    found = own(merge=True, budget=12, seed=0)
    histories = [nt.search(nt.RandomSearch(SPACE, seed=seed), found, trials=20) for seed in range(5)]
    left = nt.comparing.regret(histories, found)
    assert left.shape == (5, 20) and (left >= 0).all() and (np.diff(left, axis=1) <= 0).all()
    networks = len({SPACE.canonical(arch) for arch in SPACE})
    assert found.networks == networks == nt.comparing.between_seeds(found)[0, 1].n and own().networks == 64
    assert set(nt.comparing.between_budgets(found)) == {12} and nt.comparing.spread(found).within > 0
    assert len(nt.comparing.locality(found, walks=5, steps=20, lags=3, shuffles=20, resamples=20).correlation) == 4


def test_names_of_cells_there_and_back(own):
    found = own(space=None)
    string = "|nor_conv_3x3~0|+|none~0|nor_conv_3x3~1|+|none~0|none~1|nor_conv_3x3~2|"
    assert found.string(found.arch(string)) == string and {found.string(arch) for arch in found.archs} == set(NAMES)
    for wrong in ("|nor_conv_3x3~0|", string.replace("none", "zero", 1), f"{string}|none~0|", ""):
        with pytest.raises(ValueError, match="`string` is .*; allowed are names of cells such as"):
            found.arch(wrong)


def test_the_whole_space_is_of_the_paper(own):
    whole = own(space=None)
    assert (whole.space.size, whole.space.channels, whole.space.cells, whole.space.stages) == (15_625, 16, 5, 3) and len(whole.archs) == 64
    with pytest.raises(ValueError, match=r"`arch` is .*avgpool3.*, which NATS-tss-simple\.npz does not hold$"):
        whole(nt.Trial(whole.space.sample(0)))


def test_a_file_without_the_first_of_equal_cells(tmp_path):
    folder = write_nats_folder(tmp_path / "half", *nats_contents(OPS, (12,), every=2))
    merged, apart = NATSBenchFile(folder, trust=True), NATSBenchFile(folder, merge=False)
    absent = next(arch for arch in merged.archs if merged.space.canonical(arch) not in set(merged.archs))
    with pytest.raises(ValueError, match=r"does not hold, as the network that it is: .*merge=False"):
        merged(nt.Trial(absent))
    assert apart(nt.Trial(absent)).status == "ok" and np.isnan(merged.column()[merged.rows([absent])]).all() and not np.isnan(merged.best().error)


def test_refusals(folder, own, tmp_path):
    for arguments, words in (
        ({"dataset": "cifar10-valid"}, "`dataset` is 'cifar10-valid'; allowed are cifar10, cifar100, ImageNet16-120"),
        ({"budget": 100}, "`budget` is 100; allowed are 12, 200 epochs, trained each on its own"),
        ({"budget": True}, "`budget` is True"),
        ({"seed": "first"}, "`seed` is 'first'; allowed are 'mean'"),
        ({"space": nt.spaces.CellSpace(3)}, "`space` is .*; allowed is an nt.spaces.CellSpace of 4 nodes"),
        ({"space": nt.spaces.CellSpace(4, ("avgpool3",))}, "holds none of its cells"),
    ):
        with pytest.raises(ValueError, match=words):
            own(**arguments)
    found, arch = own(), SPACE.sample(0)
    for trial, words in ((nt.Trial(arch, budget=3), "`budget` is 3"), (nt.Trial(nt.spaces.CellSpace(3).sample(0)), "which is none of CellSpace")):
        with pytest.raises(ValueError, match=words):
            found(trial)
    with pytest.raises(ValueError, match=r"`metric` is 'test_error'.*ask `final\(arch\)`"):
        found.column("test_error")
    with pytest.raises(ValueError, match="`trust` is False, and fresh is pickled"):
        NATSBenchFile(write_nats_folder(tmp_path / "fresh", NAMES, {}))


def test_a_copy_in_another_process_needs_no_trust(own):
    found = own(dataset="cifar100", budget=12, seed="repeat")
    copy = pickle.loads(pickle.dumps(found))
    assert copy.fingerprint == found.fingerprint and copy(nt.Trial(SPACE.sample(2))) == found(nt.Trial(SPACE.sample(2)))
    prints = {own(**arguments).fingerprint for arguments in ({}, {"merge": True}, {"budget": 12}, {"seed": 1}, {"dataset": "cifar100"}, {"space": None})}
    assert len(prints) == 6
