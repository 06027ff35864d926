"""NAS-Bench-101 from a small file in its own format."""

import json
import pickle

import numpy as np
import pytest

import nastutor as nt
from nastutor.estimators import NASBench101File
from tests import benchmark_files
from tests.benchmark_files import ends_of

BUDGETS = (4, 12)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """(path of the file, its networks in the order of enumeration)."""
    path = tmp_path_factory.mktemp("nasbench") / "nasbench.tfrecord"
    return path, benchmark_files.write_nasbench(path, vertices=4, budgets=BUDGETS)


@pytest.fixture(scope="module")
def space():
    return nt.spaces.NASBench101(vertices=4)


@pytest.fixture(scope="module")
def found(written, space):
    return NASBench101File(written[0], space=space)


def test_every_number_is_that_of_the_file(written, found):
    _, networks = written
    assert found.budgets == BUDGETS and found.runs == 3 and found.archs == networks
    for place, arch in enumerate(networks):
        for budget in BUDGETS:
            ends = np.array([ends_of(place, budget, run) for run in range(3)])
            result = found(nt.Trial(arch, budget))
            seconds, train, valid, _ = ends.mean(axis=0)
            assert (result.seconds, result.cost, result.info["budget"]) == (pytest.approx(seconds), budget, budget)
            assert result.metrics == pytest.approx({"error": 1 - valid, "train_error": 1 - train, "params": 1000 + place})
        assert found.final(arch) == pytest.approx(1 - np.mean([ends_of(place, 12, run)[3] for run in range(3)]))


@pytest.mark.parametrize("run", range(3))
def test_runs_come_in_the_order_of_the_file(written, space, run):
    path, networks = written
    one, repeat = NASBench101File(path, seed=run, space=space), NASBench101File(path, seed="repeat", space=space)
    expected = 1 - ends_of(7, 12, run)[2]
    assert one(nt.Trial(networks[7])).error == repeat(nt.Trial(networks[7], repeat=run)).error == expected
    assert one.column()[7] == repeat.column(seed=run)[7] == expected and one.column("seconds", budget=4)[7] == ends_of(7, 4, run)[0]


def test_the_whole_space_finds_the_same_graphs_under_other_numbers(written, found):
    """Four vertices of seven: the output is another vertex then."""
    whole = NASBench101File(written[0])
    assert len(whole.archs) == len(found.archs) == 91 and whole.column().tolist() != whole.column(budget=4).tolist()
    for arch in found.archs:
        other = whole.space.from_matrix(*found.space.matrix(arch))
        assert whole(nt.Trial(other)).metrics == found(nt.Trial(arch)).metrics
    assert (whole.space.channels, whole.space.modules, whole.space.stacks) == (128, 3, 3)


def test_labelled_graphs_find_their_network(found, space):
    for seed in range(30):
        arch = space.sample(seed)
        assert found(nt.Trial(arch)) == found(nt.Trial(space.canonical(arch)))
        assert found.rows([arch]).tolist() == found.rows([space.canonical(arch)]).tolist()


def test_an_example_of_the_benchmarks_notebook(tmp_path):
    """Its Inception-like cell, with the numbers that the notebook prints for it."""
    matrix = [[0, 1, 1, 1, 0, 1, 0], *([0, 0, 0, 0, 0, 0, 1],) * 2, [0, 0, 0, 0, 1, 0, 0], *([0, 0, 0, 0, 0, 0, 1],) * 2, [0] * 7]
    ops = ["input", "conv1x1-bn-relu", "conv3x3-bn-relu", "conv3x3-bn-relu", "conv3x3-bn-relu", "maxpool3x3", "output"]
    ends = (1155.85302734375, 1.0, 0.9376001358032227, 0.9311898946762085)
    record = benchmark_files.nasbench_record("28cfc7874f6d200472e1a9dcd8650aa0", 108, matrix, ops, 2_694_282, ends)
    (tmp_path / "one.tfrecord").write_bytes(benchmark_files.tfrecord([record]))
    found = NASBench101File(tmp_path / "one.tfrecord")
    arch = found.space.from_matrix(matrix, ops)
    result = found(nt.Trial(arch))
    assert result.metrics == {"error": 1 - ends[2], "train_error": 0.0, "params": 2_694_282} and result.seconds == ends[0]
    assert found.final(arch) == 1 - ends[3] and found.best().trial.arch == found.space.canonical(arch) and found.runs == 1


def test_networks_with_fewer_runs(written, space, tmp_path):
    path, networks = written
    records = [json.loads(data) for data in benchmark_files.records_of(path)]
    lost = space.published_hash(networks[3])
    kept = [json.dumps(record).encode() for k, record in enumerate(records) if record[0] != lost or k < len(records) // 3]
    (tmp_path / "fewer.tfrecord").write_bytes(benchmark_files.tfrecord(kept))
    fewer = NASBench101File(tmp_path / "fewer.tfrecord", space=space)
    assert fewer(nt.Trial(networks[3])).error == 1 - ends_of(3, 12, 0)[2] and fewer.runs == 3
    with pytest.raises(ValueError, match=r"`arch` is .*no such run with 12 epochs \(`seed` is 2"):
        NASBench101File(tmp_path / "fewer.tfrecord", seed=2, space=space)(nt.Trial(networks[3]))


def test_a_search_on_it(found, space):
    history = nt.search(nt.RegularizedEvolution(space, population=8, sample=4, seed=0), found, trials=60, executor=nt.simulate(5))
    assert all(record.result.status == "ok" for record in history) and history.best().error >= found.best().error
    assert history[-1].finished == pytest.approx(12 * 10 * 12, rel=0.1), "sixty trainings of two minutes on five machines"


def test_a_copy_in_another_process(found, space):
    copy = pickle.loads(pickle.dumps(found))
    assert copy.fingerprint == found.fingerprint and copy(nt.Trial(space.sample(0))) == found(nt.Trial(space.sample(0)))


def changed(path, tmp_path, **fields):
    """A file with one record, some of it changed."""
    record = dict(zip(("name", "budget", "matrix", "ops", "blob"), json.loads(benchmark_files.records_of(path)[0]), strict=True)) | fields
    (tmp_path / "changed.tfrecord").write_bytes(benchmark_files.tfrecord([json.dumps(list(record.values())).encode()]))
    return tmp_path / "changed.tfrecord"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"blob": "AAA"}, "record 0 of changed.tfrecord is not one of NAS-Bench-101"),
        ({"blob": ""}, "record 0 .*0 evaluations; there must be those at the start, half-way and at the end"),
        ({"blob": "CgA="}, "record 0 .*1 evaluations"),
        ({"blob": "CgAKAAoA"}, r"record 0 .*holds \(nan, nan, nan, nan\)"),
        ({"matrix": "0101"}, "network 0 of changed.tfrecord is none of NAS-Bench-101: 0101"),
        ({"ops": "input,conv5x5,output"}, "network 0 of changed.tfrecord is none"),
    ],
)
def test_records_that_are_none(written, tmp_path, fields, words):
    with pytest.raises(ValueError, match=f"`path`: {words}"):
        NASBench101File(changed(written[0], tmp_path, **fields))


def test_files_that_are_none(written, tmp_path):
    (tmp_path / "cut.tfrecord").write_bytes(written[0].read_bytes()[:-9])
    (tmp_path / "empty.tfrecord").write_bytes(b"")
    (tmp_path / "other.tfrecord").write_bytes(benchmark_files.tfrecord([b"[1, 2]"]))
    for name, words in (("cut", r"cut\.tfrecord, record 545, at byte .*ends in the middle"), ("empty", "holds no records"), ("other", "record 0 of other")):
        with pytest.raises(ValueError, match=f"`path`.*{words}"):
            NASBench101File(tmp_path / f"{name}.tfrecord")
    with pytest.raises(ValueError, match="a folder; allowed is the .tfrecord file"):
        NASBench101File(tmp_path)
    first, second = (json.loads(data) for data in benchmark_files.records_of(written[0])[:2])
    twice = [json.dumps([name, *first[1:]]).encode() for name in (first[0], second[0])]
    (tmp_path / "twice.tfrecord").write_bytes(benchmark_files.tfrecord(twice))
    with pytest.raises(ValueError, match="the same network under two hashes"):
        NASBench101File(tmp_path / "twice.tfrecord")


def test_questions_without_an_answer(written, found):
    larger = NASBench101File(written[0])
    with pytest.raises(ValueError, match=r"`arch` is .*, which nasbench\.tfrecord\.npz does not hold"):
        larger(nt.Trial(larger.space.from_matrix(np.eye(5, k=1, dtype=int), ["input", *["maxpool3x3"] * 3, "output"])))
    with pytest.raises(TypeError, match="`space` is CellSpace"):
        NASBench101File(written[0], space=nt.spaces.CellSpace(3))
