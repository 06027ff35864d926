import os
import pickle
import subprocess
import sys
import threading

import pytest
import torch

import nastutor as nt
from nastutor.estimators.store import State, WeightStore
from nastutor.values import Arch, Trial


def state(fill=1.0, size=1000):
    return State({"module/w": torch.full((size,), fill), "module/n": torch.tensor(3)}, {"epoch": 2, "curves": {"valid": [0.1, 0.30000000000000004]}})


def same(a, b):
    return a.about == b.about and all(torch.equal(a.tensors[name], b.tensors[name]) for name in a.tensors) and len(a.tensors) == len(b.tensors)


def test_what_is_saved_is_loaded(tmp_path):
    store = WeightStore(tmp_path, "settings")
    store.save("k", state())
    assert same(WeightStore(tmp_path, "settings").load("k"), state())
    assert store.load("other") is None and WeightStore(tmp_path, "other settings").load("k") is None, "weights of other settings are not mixed up"
    assert not list(tmp_path.glob("**/*.tmp")) and (store.folder / "settings.txt").read_text() == "settings"


def test_least_recently_used_go_first_and_lineages_stay(tmp_path):
    store = WeightStore(tmp_path, "s", limit=13_000)  # three of some 4,200 bytes
    trials = [Trial(Arch((("d", number),))) for number in range(4)]
    for number, trial in enumerate(trials):
        store.note(trial, trial)
        if number == 3:
            assert store.load(trials[0].key) is not None, "used just now"
        store.save(trial.key, state(float(number)))
        os.utime(store.folder / f"{trial.key}.safetensors", ns=(number, number)) if number < 3 else None
    assert [store.load(trial.key) is not None for trial in trials] == [True, False, True, True]
    assert [store.lineage(trial.key) for trial in trials] == trials
    assert sum(path.stat().st_size for path in store.folder.glob("*.safetensors")) <= 13_000


def test_the_newest_is_kept_even_if_it_is_too_large(tmp_path):
    store = WeightStore(tmp_path, "s", limit=10)
    store.save("a", state())
    store.save("b", state())
    assert store.load("a") is None and store.load("b") is not None


def test_no_limit(tmp_path):
    store = WeightStore(tmp_path, "s", limit=None)
    for name in "abcde":
        store.save(name, state())
    assert all(store.load(name) is not None for name in "abcde")


def test_lineage_under_both_keys(tmp_path):
    store = WeightStore(tmp_path, "s")
    asked, effective = Trial(Arch((("d", 1),))), Trial(Arch((("d", 0),)), 3)
    store.note(asked, effective)
    assert store.lineage(asked.key) == store.lineage(effective.key) == effective
    with pytest.raises(KeyError, match="`warm_start` is 'nobody'"):
        store.lineage("nobody")


@pytest.mark.parametrize("damage", ["truncate", "flip", "empty", "text"])
def test_damage_is_noticed(tmp_path, damage):
    store = WeightStore(tmp_path, "s")
    store.save("k", state())
    path = store.folder / "k.safetensors"
    whole = path.read_bytes()
    flipped = whole[:-100] + bytes([whole[-100] ^ 1]) + whole[-99:]
    path.write_bytes({"truncate": whole[:-10], "flip": flipped, "empty": b"", "text": b"no weights at all"}[damage])
    with pytest.warns(RuntimeWarning, match="damaged"):
        assert store.load("k") is None


def test_a_temporary_folder_comes_late_is_shared_and_goes(tmp_path):
    store = WeightStore(None, "s")
    assert store.roots == []
    copy = pickle.loads(pickle.dumps(store))
    copy.save("k", state())
    folder = store.root
    assert store.load("k") is not None and copy.root == folder
    del copy
    assert folder.exists(), "a copy leaves it to the one that made it"
    del store
    assert not folder.exists()


def test_it_goes_at_the_end_of_the_process():
    code = "from nastutor.estimators.store import WeightStore; store = WeightStore(None, 's'); print(store.root)"
    folder = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.strip()
    assert folder and not os.path.exists(folder)


def test_beside_a_journal_unless_a_folder_was_given(tmp_path):
    store = WeightStore(None, "s")
    store.save("before", state())
    store.beside(tmp_path / "j.sqlite")
    assert store.root == tmp_path / "j.sqlite.weights" and store.load("before") is not None, "what was trained before is still found"
    given = WeightStore(tmp_path / "mine", "s")
    given.beside(tmp_path / "j.sqlite")
    assert given.root == tmp_path / "mine"


def test_a_folder_that_cannot_be_written_to(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ValueError, match=r"`weights` is .*file.*cannot be written"):
        WeightStore(tmp_path / "file", "s")


def test_many_writers_of_one_key(tmp_path):
    stores = [WeightStore(tmp_path, "s") for _ in range(4)]
    failures = []

    def work(store):
        for _ in range(20):
            store.save("k", state())
            if (found := store.load("k")) is None or not same(found, state()):
                failures.append(found)

    threads = [threading.Thread(target=work, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def test_a_full_disk_costs_the_weights_and_not_the_answer(space, train, monkeypatch):
    def full(key, state):
        raise OSError(28, "No space left on device")

    parent = nt.Trial(space.sample(1), 1)
    monkeypatch.setattr(train.store, "save", full)
    with pytest.warns(RuntimeWarning, match="were not kept"):
        assert train(parent).status == "ok"
    monkeypatch.undo()
    assert train(nt.Trial(parent.arch, 2, warm_start=parent.key)).cost == 1.0, "trained again from its lineage"
