import concurrent.futures
import copy
import pickle
import random
import subprocess
import sys
import threading
from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch

import nastutor as nt
from nastutor.estimators import Train
from nastutor.rng import torch_rng


@pytest.fixture
def arch(space):
    return space.sample(5)


@dataclass(frozen=True)
class Blur(nt.Edit):
    """The same architecture, its weights a little changed; `broken` gives another network."""

    amount: float
    broken: bool = False

    def __call__(self, arch):
        return arch

    def transfer(self, parent, batch=None):
        assert batch.shape[1:] == (1, 8, 8)
        if self.broken:
            return torch.nn.Linear(3, 3)
        child = copy.deepcopy(parent)
        with torch.no_grad():
            for number, parameter in enumerate(child.parameters()):
                parameter.add_(self.amount * torch.randn(parameter.shape, generator=torch_rng(0, number)))
        return child


# the answer


def test_the_answer(space, task, train, arch):
    result = train(nt.Trial(arch))
    assert result.status == "ok" and len(result.curve) == 2 == result.cost and result.error == result.curve[-1]
    assert result.metrics["params"] == space.graph(arch, task).counts().params
    assert set(result.metrics) == {"error", "loss", "train_loss", "params", "mult_adds"} <= set(train.gives)
    assert result.info["budget"] == 2 and result.info["epochs"] == 2 and result.info["device"] == "cpu" and result.seconds > 0
    assert "test" not in "".join(result.metrics) + "".join(result.info)


def test_budgets(train, arch):
    one, two = train(nt.Trial(arch, 1)), train(nt.Trial(arch))
    assert (one.cost, one.info["budget"], two) == (1.0, 1, train(nt.Trial(arch, 2)))


def test_it_learns(space):
    train = Train(space, nt.tasks.digits(), epochs=4, device="cpu", weights=False)
    assert train(nt.Trial(nt.Arch((("0->1", "conv3"), ("0->2", "skip"), ("1->2", "conv3"))))).error < 0.3


def test_metrics_on_demand(space, task, arch):
    result = Train(space, task, 1, device="cpu", metrics=("activation_mb", "latency_ms"))(nt.Trial(arch))
    assert (
        result.metrics["latency_ms"] > 0
        and result.metrics["activation_mb"] == space.graph(arch, task).counts().activation_mb
        and "params" not in result.metrics
    )


def test_divergence_is_a_failed_answer(space, task, arch):
    result = Train(space, task, 3, device="cpu", lr=1e7)(nt.Trial(arch))
    assert result.status == "failed" and result.info["reason"].startswith("diverged: the loss is") and 1 <= result.cost <= 3
    history = nt.search(nt.RandomSearch(space), Train(space, task, 1, device="cpu", lr=1e30), trials=2)
    assert [record.result.status for record in history] == ["failed"] * 2


def test_stopped_early(space, task, arch):
    curves = []
    train = Train(space, task, 4, device="cpu", stop=lambda curve: curves.append(curve) or len(curve) == 2)
    result = train(nt.Trial(arch))
    assert result.status == "stopped" and result.cost == 2.0 and result.info["epochs"] == 2 and curves == [result.curve[:1], result.curve]


# equal architectures, equal answers


@pytest.fixture
def twins(space):
    other = next(arch for arch in reversed(list(space)) if space.canonical(arch) != arch and arch["0->2"] == "conv3")
    return space.canonical(other), other


def test_equal_architectures_equal_answers(space, task, train, twins):
    first, second = (train(nt.Trial(arch)) for arch in twins)
    assert (first.error, first.metrics["loss"], first.curve) == (second.error, second.metrics["loss"], second.curve)
    assert second.metrics["params"] == space.graph(twins[1], task).counts().params
    assert train(nt.Trial(twins[1], repeat=1)).metrics["loss"] != first.metrics["loss"], "an independent evaluation"
    assert Train(space, task, 2, device="cpu", seed=1)(nt.Trial(twins[0])).metrics["loss"] != first.metrics["loss"]


def test_in_any_order(space, task):
    archs = [space.sample(seed) for seed in range(4)]
    forth, back = (Train(space, task, 1, device="cpu") for _ in range(2))
    answers = {arch: forth(nt.Trial(arch)) for arch in archs}
    assert {arch: back(nt.Trial(arch)) for arch in reversed(archs)} == answers


def test_in_another_process(space, task, train, arch):
    code = (
        "import nastutor as nt\n"
        "train = nt.estimators.Train(nt.spaces.CellSpace(nodes=3, channels=4), nt.tasks.digits(train_size=200), epochs=2, device='cpu')\n"
        "print(train(nt.Trial(train.space.sample(5))).to_json())"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert nt.Result.from_json(done.stdout) == train(nt.Trial(arch))


def test_two_threads_at_once(space, task):
    """A live board trains beside the student's own cell."""
    archs = [space.sample(seed) for seed in range(4)]
    alone = [Train(space, task, 1, device="cpu")(nt.Trial(arch)) for arch in archs]
    train, before = Train(space, task, 1, device="cpu"), torch.get_num_threads()
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        together = list(pool.map(lambda arch: train(nt.Trial(arch)), archs))
    assert together == alone and torch.get_num_threads() == before


def test_two_searches_in_two_threads(space, task):
    def run(seed):
        return [record.result for record in nt.search(nt.RandomSearch(space, seed=seed), Train(space, task, 1, device="cpu"), trials=3)]

    answers = {}
    threads = [threading.Thread(target=lambda seed=seed: answers.update({seed: run(seed)})) for seed in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {0: run(0), 1: run(1)}


def test_global_generators_are_untouched(train, arch):
    random.seed(3), np.random.seed(3), torch.manual_seed(3)
    states = random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state().tolist()
    train(nt.Trial(arch)), train.final(arch)
    assert states == (random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state().tolist())


# weights


def test_training_goes_on(train, arch, twins):
    short = nt.Trial(arch, 1)
    first = train(short)
    longer = train(nt.Trial(arch, 3, warm_start=short.key))
    assert longer.curve[:1] == first.curve and len(longer.curve) == 3 and longer.cost == 2.0 and longer.info["epochs"] == 3
    again = nt.Trial(twins[0], 1)
    train(again)
    assert train(nt.Trial(twins[1], 2, warm_start=again.key)).cost == 1.0, "the same network under another name"


def test_a_parent_of_another_name_is_the_same_parent(train, twins):
    children = [nt.Trial(twins[0], 2, warm_start=nt.Trial(arch, 1).key) for arch in twins]
    for arch in twins:
        train(nt.Trial(arch, 1))
    assert train(children[0]) == train(children[1]) and train.effective(children[0]) == train.effective(children[1])


def test_an_evicted_parent_is_trained_again(space, task, arch):
    a = nt.Trial(arch, 1)
    b = nt.Trial(arch, 2, warm_start=a.key)
    c = nt.Trial(arch, 3, warm_start=b.key)
    keeps, forgets = Train(space, task, 2, device="cpu"), Train(space, task, 2, device="cpu", keep=1)
    answers = [keeps(trial) for trial in (a, b, c)]
    forgotten = []
    for trial in (a, b, c):
        forgotten.append(forgets(trial))
        for path in forgets.weights.glob("*/*.safetensors"):
            path.unlink()
    assert forgotten == answers


def test_a_damaged_parent_is_trained_again(train, arch):
    parent = nt.Trial(arch, 1)
    train(parent)
    child = nt.Trial(arch, 2, warm_start=parent.key)
    whole = train(child)
    for path in train.weights.glob("*/*.safetensors"):
        path.write_bytes(path.read_bytes()[:-8])
    with pytest.warns(RuntimeWarning, match="damaged"):
        assert train(child) == whole


def test_an_edit_starts_from_transferred_weights(train, arch):
    parent = nt.Trial(arch, 2)
    train(parent)
    child, changed = (train(nt.Trial(arch, 1, parent.key, Blur(amount))) for amount in (0.0, 0.5))
    scratch = train(nt.Trial(arch, 1))
    assert child.cost == 1.0 and len(child.curve) == 1 and len({r.metrics["loss"] for r in (child, changed, scratch)}) == 3
    assert child.metrics["train_loss"] < scratch.metrics["train_loss"]
    grown = nt.Trial(arch, 2, nt.Trial(arch, 1, parent.key, Blur(0.0)).key)
    assert train(grown).curve[:1] == child.curve, "and a child can go on"
    with pytest.raises(ValueError, match="another network"):
        train(nt.Trial(arch, 1, parent.key, Blur(0.0, broken=True)))


def test_what_cannot_be_inherited(space, task, train, arch):
    parent = nt.Trial(arch, 2)
    train(parent)
    with pytest.raises(KeyError, match="`warm_start` is 'nobody'"):
        train(nt.Trial(arch, warm_start="nobody"))
    with pytest.raises(ValueError, match="`budget` is 2; allowed is more than the 2 epochs"):
        train(nt.Trial(arch, 2, warm_start=parent.key))
    with pytest.raises(ValueError, match="the same network"):
        train(nt.Trial(space.sample(0), 3, warm_start=parent.key))
    with pytest.raises(ValueError, match="repeat 0.*repeat 1"):
        train(nt.Trial(arch, 3, warm_start=parent.key, repeat=1))
    with pytest.raises(ValueError, match="`edit` is .* and `warm_start` None"):
        train(nt.Trial(arch, edit=Blur(0.0)))
    keeps_none = Train(space, task, 1, device="cpu", weights=False)
    assert "warm_start" not in keeps_none.gives and keeps_none.weights is None and "warm_start" in train.gives
    with pytest.raises(ValueError, match="weights=False"):
        keeps_none(nt.Trial(arch, 3, warm_start=parent.key))
    diverges = Train(space, task, 2, device="cpu", lr=1e7)
    diverges(parent)
    with pytest.raises(ValueError, match="diverged: it left no weights"):
        diverges(nt.Trial(arch, 3, warm_start=parent.key))


def test_a_copy_in_another_process_reads_the_same_folder(train, arch):
    parent = nt.Trial(arch, 1)
    pickle.loads(pickle.dumps(train))(parent)
    assert train(nt.Trial(arch, 2, warm_start=parent.key)).cost == 1.0


def test_weights_lie_beside_the_journal(space, task, tmp_path):
    nt.search(nt.RandomSearch(space), Train(space, task, 1, device="cpu"), trials=1, journal=tmp_path / "j.sqlite")
    assert list((tmp_path / "j.sqlite.weights").glob("*/*.safetensors"))
    nt.search(nt.RandomSearch(space), Train(space, task, 1, device="cpu", weights=tmp_path / "mine"), trials=1, journal=tmp_path / "k.sqlite")
    assert list((tmp_path / "mine").glob("*/*.safetensors")) and not (tmp_path / "k.sqlite.weights").exists()


def test_cached_answers_can_be_parents(train, twins):
    cached = nt.estimators.Cached(train)
    cached(nt.Trial(twins[0], 1))
    cached(nt.Trial(twins[1], 1))
    assert cached(nt.Trial(twins[1], 2, warm_start=nt.Trial(twins[1], 1).key)).cost == 1.0


# the end


def test_final_is_the_test_error_of_a_full_training(space, task, train, arch):
    result = train(nt.Trial(arch))
    with_weights = train.final(arch)
    assert with_weights == Train(space, task, 2, device="cpu", weights=False).final(arch) and round(with_weights * 400) == pytest.approx(with_weights * 400)
    stops = Train(space, task, 2, device="cpu", stop=lambda curve: True)
    assert stops(nt.Trial(arch)).status == "stopped" and stops.final(arch) == with_weights and result.status == "ok"
    with pytest.raises(ValueError, match="diverged"):
        Train(space, task, 2, device="cpu", lr=1e7).final(arch)


def test_the_fingerprint_holds_what_changes_results(space, task, tmp_path):
    def of(**settings):
        return Train(space, task, **{"epochs": 2, "device": "cpu", **settings}).fingerprint

    assert of() == of(weights=tmp_path) == of(keep=None) and of(epochs=None) == of(epochs=1), "smoke scale"
    others = [{"epochs": 3}, {"batch_size": 16}, {"lr": 0.2}, {"momentum": 0.5}, {"weight_decay": 0.0}, {"seed": 1}, {"threads": 2}, {"metrics": ("params",)}]
    assert len({of(), *(of(**other) for other in others)}) == 1 + len(others)


# bad input


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"epochs": -1}, "`epochs` is -1"),
        ({"epochs": 0}, "`epochs` is 0"),
        ({"device": "gpu9"}, "`device` is 'gpu9'; allowed"),
        ({"batch_size": 1}, "`batch_size` is 1; allowed are whole numbers from 2"),
        ({"lr": 0}, "`lr` is 0"),
        ({"momentum": 1}, "`momentum` is 1"),
        ({"weight_decay": -1}, "`weight_decay` is -1"),
        ({"seed": -1}, "`seed` is -1"),
        ({"threads": 0}, "`threads` is 0"),
        ({"keep": 0}, "`keep` is 0"),
        ({"amp": True}, "mixed precision"),
        ({"metrics": ("error2",)}, "`metrics` names 'error2'"),
        ({"metrics": ("test_error",)}, "final"),
        ({"weights": True}, "`weights` is True"),
    ],
)
def test_bad_settings(space, task, settings, says):
    with pytest.raises(ValueError, match=says):
        Train(space, task, **{"device": "cpu", **settings})


def test_bad_parts(space, task, train):
    with pytest.raises(TypeError, match="`stop`"):
        Train(space, task, stop=3)
    with pytest.raises(TypeError, match="`task`"):
        Train(space, "digits")
    with pytest.raises(ValueError, match="none of CellSpace"):
        train(nt.Trial(nt.spaces.ChainSpace().sample(0)))
    with pytest.raises(TypeError, match="Mixture"):
        train(nt.Trial(nt.Mixture({"0->1": [1.0]})))


def test_a_task_whose_shapes_the_network_cannot_take(space):
    rng = np.random.default_rng(0)
    parts = {name: nt.tasks.Split(rng.normal(size=(20, 1, 7, 7)), np.arange(20) % 2) for name in ("train", "valid", "test")}
    odd = nt.tasks.Task("odd", **parts, labels=("a", "b"))
    with pytest.raises(ValueError, match=r"7.*divisible by 2"):
        Train(space, odd, 1, device="cpu")(nt.Trial(space.sample(0)))


def test_a_space_whose_network_does_not_end_in_classes(task):
    class Short(nt.spaces.ChoiceSpace):
        def decide(self, choose):
            return choose("units", (3, 4))

        def graph(self, arch, task):
            from nastutor.nets.graph import LayerGraph

            builder = LayerGraph.start(task.shape)
            return builder.finish(builder.add("linear", builder.add("flatten", builder.input), units=arch["units"]))

    space = Short()
    with pytest.raises(ValueError, match=r"output \(3,\).*10 classes"):
        Train(space, task, 1, device="cpu")(nt.Trial(nt.Arch((("units", 3),))))


# on a GPU


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU that torch can use")
@pytest.mark.parametrize("amp", [False, "float16", "bfloat16"])
def test_on_a_gpu(space, task, arch, amp):
    train = Train(space, task, 2, device="cuda", amp=amp)
    parent = nt.Trial(arch, 1)
    first = train(parent)
    assert first == replace(train(parent), seconds=0.0) and first.info["device"] == "cuda"
    assert train(nt.Trial(arch, 3, warm_start=parent.key)).cost == 2.0 and 0 <= train.final(arch) <= 1
