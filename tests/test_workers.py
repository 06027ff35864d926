"""nt.Workers: real processes, a crash, a hang, functions from a notebook, and no orphans."""

import os
import signal
import subprocess
import sys
import time

import pytest

import nastutor as nt
from nastutor.workers import WorkerDied, Workers

posix = pytest.mark.skipif(os.name != "posix", reason="kills processes by POSIX signals")
SPACE = nt.spaces.ChoiceSpace.of({"d0": tuple(range(5)), "d1": tuple(range(5))})


@pytest.fixture(scope="module")
def pool():
    with Workers(2, timeout=60) as workers:
        yield workers


def test_functions_written_in_a_notebook_cell(pool):
    cell = {}
    exec("factor = 3\ndef times(x):\n    return factor * x", cell)
    assert pool.submit(cell["times"], 5).result() == 15


def test_an_exception_comes_back_and_the_pool_goes_on(pool):
    with pytest.raises(ZeroDivisionError):
        pool.submit(lambda: 1 / 0).result()
    assert pool.submit(os.getpid).result() != os.getpid()


@posix
def test_a_crash_is_tried_once_more_and_then_fails_alone(pool, tmp_path):
    def die(name):
        with open(tmp_path / name, "a") as file:
            file.write("x")
        if name == "always" or len((tmp_path / name).read_text()) == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        return "survived"

    futures = [pool.submit(die, "always"), pool.submit(die, "once"), pool.submit(abs, -7)]
    with pytest.raises(WorkerDied, match="twice"):
        futures[0].result(timeout=30)
    assert [f.result(timeout=30) for f in futures[1:]] == ["survived", 7]
    assert (tmp_path / "always").read_text() == "xx"


def test_one_that_hangs_is_replaced():
    with Workers(1, timeout=1) as hanging:
        slow, quick = hanging.submit(time.sleep, 60), hanging.submit(abs, -1)
        with pytest.raises(TimeoutError, match="no answer within 1 s"):
            slow.result(timeout=30)
        assert quick.result(timeout=30) == 1


def test_a_large_argument_is_sent_once(pool, tmp_path):
    import pathlib

    large = b"x" * 1_000_000
    before = len(list(pathlib.Path(pool._folder.name).iterdir()))
    assert [pool.submit(len, large).result() for _ in range(3)] == [1_000_000] * 3
    assert len(list(pathlib.Path(pool._folder.name).iterdir())) == before + 1


@pytest.mark.parametrize("workers", [0, -1, 1.5, True])
def test_bad_numbers(workers):
    with pytest.raises(ValueError, match="`workers` is"):
        Workers(workers)
    with pytest.raises(ValueError, match="`timeout` is 0"):
        Workers(1, timeout=0)


@posix
def test_a_search_survives_its_workers(pool):
    def estimate(trial):
        if (trial.arch["d0"], trial.arch["d1"]) == (0, 3):
            os.kill(os.getpid(), signal.SIGKILL)
        return nt.Result({"error": trial.arch["d0"] / 4})

    history = nt.search(nt.RandomSearch(SPACE, seed=1), estimate, trials=40, executor=pool)
    assert len(history) == 40 and history.best().error == 0.0
    assert {(r.trial.arch["d0"], r.trial.arch["d1"]) for r in history if r.result.status == "failed"} <= {(0, 3)}


@posix
def test_workers_end_when_their_parent_is_killed(tmp_path):
    script = tmp_path / "parent.py"
    script.write_text(
        "import os, time, nastutor as nt\n"
        "def pid(): return os.getpid()\n"
        "if __name__ == '__main__':\n"
        "    pool = nt.Workers(2)\n"
        "    futures = [pool.submit(pid) for _ in range(2)]\n"
        "    print(*{f.result() for f in futures}, flush=True)\n"
        "    pool.submit(time.sleep, 600); time.sleep(600)\n"
    )
    parent = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True)
    pids = [int(word) for word in parent.stdout.readline().split()]
    parent.kill()
    parent.wait()
    deadline = time.time() + 10
    while any(alive(pid) for pid in pids) and time.time() < deadline:
        time.sleep(0.1)
    assert pids and not any(alive(pid) for pid in pids)


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_a_dask_cluster_of_two_worker_processes():
    distributed = pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster, distributed.Client(cluster) as client:
        history = nt.search(
            nt.RandomSearch(SPACE, seed=2), lambda t: nt.Result({"error": t.arch["d0"] / 4}), trials=10, executor=client.get_executor(), workers=2
        )
    assert len(history) == 10 and all(r.result.status == "ok" for r in history)


@posix
def test_real_training_in_two_processes_equals_training_here(pool, tmp_path):
    task, space = nt.tasks.digits(), nt.spaces.CellSpace(nodes=3, channels=4, stages=1)
    train = nt.estimators.Train(space, task, epochs=1, batch_size=100)

    def search(estimate, **arguments):
        return nt.search(nt.RegularizedEvolution(space, population=3, sample=2, seed=4), estimate, trials=6, order="asked", **arguments)

    def sometimes_killed(trial):  # as a function of a notebook cell: it closes over the estimator and the task's arrays
        mark = tmp_path / "killed"
        if not mark.exists():
            mark.write_text("")
            os.kill(os.getpid(), signal.SIGKILL)
        return train(trial)

    there, again = search(train, executor=pool), search(sometimes_killed, executor=pool)
    assert all(r.result.status == "ok" for r in there) and (tmp_path / "killed").exists(), "a worker was killed, and its trial done by another"
    assert [(r.trial, r.result) for r in there] == [(r.trial, r.result) for r in again]
    assert all(train(r.trial) == r.result for r in there[:2]), "a worker trains as this process does"
