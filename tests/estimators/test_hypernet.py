"""What hypernetworks have in common as estimators: answers that depend on nothing asked before, charges, copies, going on."""

import pickle
import threading
from types import SimpleNamespace

import pytest
import torch

import nastutor as nt
from nastutor.nets.generated import run, shell

TASK = nt.tasks.digits(train_size=200)
CELLS = nt.spaces.CellSpace(nodes=3, cells=1, stages=1)
BANKS = nt.spaces.MemoryBankSpace(2, 4, blocks=2, kernels=(1, 3), groups=(1, 2), compression=1, budget=(0.2, 0.4))
SMALL = {
    "GHN": (nt.estimators.GHN, CELLS, {"hidden": 8, "units": 8, "channels": 4, "kernel": 3}),
    "SMASH": (nt.estimators.SMASH, BANKS, {"layers": (1, 1), "growth": 4}),
    "Fabric": (nt.estimators.Fabric, nt.spaces.FabricSpace(3, 3, 4), {}),
}
kinds = pytest.mark.parametrize("kind", SMALL)


def made(kind, steps=6, **more):
    estimator, space, how = SMALL[kind]
    return estimator(space, TASK, steps, **{**how, "batch_size": 20, "device": "cpu", **more})


def archs(kind, count=3):
    return [SMALL[kind][1].sample(seed) for seed in range(count)]


def metrics(estimator, arch, **more):
    return dict(estimator(nt.Trial(arch, **more)).metrics)


@kinds
def test_an_answer_depends_on_nothing_that_was_asked_before(kind):
    first, second = archs(kind, 2)
    one, other = made(kind), made(kind)
    told = [metrics(one, arch) for arch in (first, second)]
    assert [metrics(other, arch) for arch in (second, first)] == told[::-1] and metrics(one, first) == told[0]
    assert metrics(made(kind, seed=1), first) != told[0]


@kinds
def test_training_is_charged_once_and_to_the_trial_that_needs_it(kind):
    estimator, (first, second, third) = made(kind), archs(kind)
    assert [estimator(nt.Trial(arch, budget=budget)).cost for arch, budget in ((first, 0), (first, 2), (second, 2), (second, None), (third, 3))] == [
        0, 2 * 20 / 200, 0, pytest.approx(4 * 20 / 200), 0
    ]  # fmt: skip


@kinds
def test_scores_go_into_a_ranking(kind):
    """Trained and untrained beside the number of parameters, against a truth: what chapter 13 prints."""
    estimator = made(kind, metrics=("params",))
    chosen = list(dict.fromkeys(estimator.space.canonical(arch) for arch in archs(kind, 40)))[:9]
    truth = [len(str(arch)) + 0.01 * place for place, arch in enumerate(chosen)]
    ways = {"trained": [metrics(estimator, arch)["loss"] for arch in chosen], "untrained": [metrics(estimator, arch, budget=0)["loss"] for arch in chosen]}
    rows = nt.comparing.ranking(ways | {"truth": truth}, truth, top=3, resamples=50)
    assert [row.name for row in rows] == ["trained", "untrained", "truth"] and rows[2].kendall == pytest.approx(1) and -1 <= rows[0].kendall <= 1


@kinds
def test_budgets_are_the_same_hypernetwork_earlier_in_its_training(kind):
    """In any order, from copies or anew: after 2 of 6 steps it stood under the cosine of all 6."""
    arch = archs(kind, 1)[0]
    rising, falling = made(kind), made(kind)
    told = [metrics(rising, arch, budget=budget) for budget in (0, 2, 6)]
    assert [metrics(falling, arch, budget=budget) for budget in (6, 2, 0, 6)] == [told[2], told[1], told[0], told[2]]
    assert told[0] != told[1] != told[2] and metrics(made(kind, steps=2), arch) != told[1]
    assert rising(nt.Trial(arch, budget=2)).info["steps"] == 2


@pytest.mark.parametrize(("kind", "more"), [("GHN", {"hidden": 16, "units": 32}), ("SMASH", {})])
def test_training_lowers_the_loss_of_architectures_that_it_was_not_asked_for(kind, more):
    estimator = made(kind, steps=80, lr=0.01, **more)
    before, after = ([metrics(estimator, arch, budget=budget)["loss"] for arch in archs(kind, 6)] for budget in (0, 80))
    assert sum(after) < 0.97 * sum(before)


@kinds
def test_a_network_that_starts_from_what_is_written_computes_what_was_judged(kind):
    estimator, arch = made(kind), archs(kind, 1)[0]
    graph = estimator.space.graph(estimator.space.canonical(arch), TASK).simplified()
    x, y = torch.tensor(TASK.valid.x), torch.tensor(TASK.valid.y)
    with torch.no_grad():
        logits = run(shell(graph), estimator.written(arch), x)
        assert torch.allclose(estimator.network(arch).train()(x), logits, atol=1e-5), "as a module of its own, by the same statistics"
    assert float((logits.argmax(1) != y).float().mean()) == estimator(nt.Trial(arch)).error


@kinds
@pytest.mark.parametrize("checkpoint", [4, 100])
def test_a_search_goes_on_from_its_journal_to_the_last_bit(kind, checkpoint, tmp_path):
    def lines(history):
        return [(record.trial.to_json(), record.result.to_json().partition('"seconds"')[0]) for record in history]

    space, journal = SMALL[kind][1], tmp_path / "cut.sqlite"
    expected = nt.search(nt.RandomSearch(space, seed=1), made(kind), trials=5, progress=False)
    nt.search(nt.RandomSearch(space, seed=1), made(kind, checkpoint=checkpoint), trials=2, journal=journal, progress=False)
    found = nt.search(nt.RandomSearch(space, seed=1), again := made(kind, checkpoint=checkpoint), trials=5, journal=journal, progress=False)
    assert lines(found) == lines(expected) and again.weights == tmp_path / "cut.sqlite.weights"


@kinds
def test_a_training_that_was_cut_goes_on_from_its_last_copy_to_the_last_bit(kind, tmp_path, monkeypatch):
    whole, arch = made(kind), archs(kind, 1)[0]
    expected = metrics(whole, arch)
    cut = made(kind, checkpoint=2, weights=tmp_path)
    learn, taken = type(cut.fit).learn, []

    def breaks(self):
        taken.append(self.steps)
        if len(taken) == 6:
            raise KeyboardInterrupt
        return learn(self)

    monkeypatch.setattr(type(cut.fit), "learn", breaks)
    with pytest.raises(KeyboardInterrupt):
        cut(nt.Trial(arch))
    again = made(kind, checkpoint=2, weights=tmp_path)
    assert metrics(again, arch) == expected and taken == [0, 1, 2, 3, 4, 5, 4, 5]
    state, other = whole.fit.state(), again.fit.state()
    assert state.about == other.about and state.tensors.keys() == other.tensors.keys()
    assert all(torch.equal(own, other.tensors[name]) for name, own in state.tensors.items()), "moments of Adam included"
    assert metrics(made(kind, checkpoint=2, weights=tmp_path), arch) == expected and len(taken) == 8, "a third one learns nothing"


@kinds
def test_it_travels_and_answers_the_same_elsewhere(kind):
    estimator, arch = made(kind), archs(kind, 1)[0]
    told = metrics(estimator, arch)
    assert metrics(pickle.loads(pickle.dumps(estimator)), arch) == told


@kinds
def test_threads_take_turns(kind):
    estimator, told = made(kind), {}
    threads = [threading.Thread(target=lambda arch=arch: told.update({arch: metrics(estimator, arch)})) for arch in archs(kind, 4)]
    [thread.start() for thread in threads], [thread.join() for thread in threads]
    assert told == {arch: metrics(made(kind), arch) for arch in archs(kind, 4)}


@kinds
def test_metrics_of_the_network_and_final_of_the_network_alone(kind, monkeypatch):
    estimator, arch = made(kind, metrics=("params",)), archs(kind, 1)[0]
    assert estimator(nt.Trial(arch)).metrics["params"] == estimator.space.graph(arch, TASK).counts().params
    monkeypatch.setattr(nt.estimators.Train, "final", lambda self, own: (self.space, self.task, own))
    assert estimator.final(arch) == (estimator.space, TASK, arch)


@kinds
def test_first_weights_come_from_the_seed(kind):
    one, same, other = ({name: own.clone() for name, own in made(kind, seed=seed).fit.net.named_parameters() if own.dim() > 1} for seed in (0, 0, 1))
    assert all(torch.equal(own, same[name]) and not torch.equal(own, other[name]) for name, own in one.items())


@kinds
def test_what_is_written_is_of_the_budget(kind):
    estimator, arch = made(kind), archs(kind, 1)[0]
    early, late = estimator.written(arch, 0), estimator.written(arch)
    assert metrics(estimator, arch) == metrics(made(kind), arch), "to write before anything was judged is to learn first"
    assert any(not torch.equal(own, late[name]) for name, own in early.items())
    for budget, wanted in ((0, early), (None, late)):
        weights = dict(estimator.network(arch, budget).named_parameters())
        assert all(torch.equal(own, wanted[name]) for name, own in weights.items() if name in wanted) and set(wanted) & set(weights)


@kinds
def test_seed_and_threads_are_passed_on(kind, monkeypatch):
    seen, how, estimator = [], [], made(kind, seed=3, threads=2)
    learn = type(estimator.fit).learn
    monkeypatch.setattr(type(estimator.fit), "learn", lambda self: seen.append(torch.get_num_threads()) or learn(self))
    estimator(nt.Trial(archs(kind, 1)[0], budget=1))
    monkeypatch.setattr("nastutor.estimators.train.Train", lambda *args, **more: how.append(more) or SimpleNamespace(final=lambda arch: 0.5))
    assert estimator.final(archs(kind, 1)[0]) == 0.5
    assert seen == [2] and how == [{"seed": 3, "device": "cpu", "weights": False, "threads": 2}]


@kinds
def test_a_loss_that_is_no_number_is_a_failure_and_ends_nothing(kind, monkeypatch):
    estimator = made(kind)
    first, second = archs(kind, 2)
    monkeypatch.setattr(type(estimator.fit), "judge", lambda self, arch, space: (0.9, float("nan")))
    result = estimator(nt.Trial(first))
    assert result.status == "failed" and "diverged: the loss with the weights written for it is nan" in result.info["reason"]
    monkeypatch.undo()
    assert estimator(nt.Trial(second)).status == "ok"


@kinds
def test_the_fingerprint_names_what_changes_answers(kind):
    usual = made(kind).fingerprint
    assert made(kind, checkpoint=7, weights=None).fingerprint == usual != made(kind, metrics=("params",)).fingerprint
    for more in ({"steps": 7}, {"batch_size": 10}, {"lr": 0.2}, {"betas": (0.5, 0.5)}, {"epsilon": 0.1}, {"clip": 0.1}, {"seed": 1}):
        if not set(more) <= set(made(kind).settings):
            continue
        other = made(kind, **more)
        assert other.fingerprint != usual and metrics(other, archs(kind, 1)[0]) != metrics(made(kind), archs(kind, 1)[0]), more


@kinds
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"steps": 0}, "`steps` is 0"), ({"batch_size": 1}, "`batch_size` is 1"), ({"lr": 0}, "`lr` is 0"), ({"betas": (0.9, 1.0)}, "`betas`"),
        ({"betas": 0.9}, "`betas` is 0.9"), ({"epsilon": 0}, "`epsilon`"), ({"clip": -1}, "`clip` is -1"), ({"device": "gpu9"}, "`device` is 'gpu9'"),
        ({"metrics": ("latency_ms",)}, "`metrics` has 'latency_ms'"), ({"metrics": ("size",)}, "`metrics`"), ({"checkpoint": 0}, "`checkpoint`"),
        ({"seed": -1}, "`seed`"),
    ],
)  # fmt: skip
def test_refusals(kind, arguments, words):
    if not set(arguments) <= set(made(kind).settings):
        pytest.skip("it has no such argument")
    with pytest.raises(ValueError, match=words):
        made(kind, **arguments)


def test_spaces_that_decide_how_networks_are_trained_are_refused():
    with pytest.raises(ValueError, match="which decides how networks are trained; `GHN` trains none: pass what is inside"):
        nt.estimators.GHN(nt.spaces.JointSpace(CELLS, {"lr": (0.1, 0.2)}), TASK)


@kinds
def test_budgets_beyond_its_training_and_foreign_architectures_are_refused(kind):
    estimator, arch = made(kind), archs(kind, 1)[0]
    with pytest.raises(ValueError, match="`budget` is 7; allowed are whole numbers from 0 to the 6 `steps`"):
        estimator(nt.Trial(arch, budget=7))
    with pytest.raises(ValueError):
        estimator(nt.Trial(nt.Arch((("nothing", 1),))))
    with pytest.raises(TypeError, match="`task` is a str"):
        SMALL[kind][0](SMALL[kind][1], "digits")
