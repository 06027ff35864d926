"""Derived networks under the recipe of DARTS: its numbers, two steps on a CPU, going on after a cut, and the command."""

import json
from pathlib import Path

import numpy as np
import pytest

import nastutor as nt
from nastutor.methods.derived import DARTS_CIFAR10, DROP_PATH, darts_trainer, main, train_derived

GOLDEN = json.loads((Path(__file__).parent.parent / "golden" / "published.json").read_text("utf-8"))
SMALL = nt.spaces.DARTSSpace(stages=3, channels=4, cells=1, drop_path=DROP_PATH)


def images(count=4):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(count + 4, 3, 32, 32)).astype(np.float32), np.arange(count + 4) % 2
    return nt.tasks.from_arrays(x[:count], y[:count], valid=(x[-4:-2], y[-4:-2]), test=(x[-2:], y[-2:]))


@pytest.mark.parametrize("name", ["DARTS_V1", "DARTS_V2"])
def test_the_network_that_is_trained_has_the_published_weights(name):
    net = nt.zoo[name]
    trainer = darts_trainer(net.space, nt.tasks.from_arrays(np.zeros((20, 3, 32, 32)), np.arange(20) % 10, valid=(np.zeros((2, 3, 32, 32)), np.arange(2)),
                                                           test=(np.zeros((2, 3, 32, 32)), np.arange(2))))  # fmt: skip
    assert trainer.network(net.arch).counts().params == GOLDEN[name]["recounted"]["params"]
    assert trainer.network(net.arch, auxiliary=True).counts().params == GOLDEN[name]["recounted"]["params with the auxiliary head"]
    recipe = trainer.recipe
    assert (recipe.batch_size, recipe.lr, recipe.momentum, recipe.weight_decay, recipe.auxiliary) == (96, 0.025, 0.9, 3e-4, 0.4)
    assert (recipe.clip, recipe.nesterov, recipe.scheduled_drop_path, trainer.default_budget, net.space.drop_path) == (5, False, True, 600, 0.2)


def test_two_steps_of_two_images(tmp_path):
    lines = []
    error = train_derived(darts_trainer(SMALL, images(), epochs=1, batch_size=2, device="cpu"), SMALL.sample(0), tmp_path, lines.append)
    assert 0 <= error <= 1 and lines[-1] == f"test error {error:.2%} after 1 epochs"


@pytest.mark.slow
def test_two_steps_of_two_images_at_the_size_of_the_paper(tmp_path):
    net = nt.zoo["DARTS_V2"]
    assert 0 <= train_derived(darts_trainer(net.space, images(), epochs=1, batch_size=2, device="cpu"), net.arch, tmp_path) <= 1


def test_what_was_cut_goes_on_to_the_same_end(tmp_path):
    class Cut(Exception):
        pass

    def cut(line):
        if "epoch    2" in line:
            raise Cut

    arch = SMALL.sample(1)

    def trainer():
        return darts_trainer(SMALL, images(), epochs=3, batch_size=2, device="cpu")

    whole, lines = [], []
    expected = train_derived(trainer(), arch, tmp_path / "whole", whole.append)
    with pytest.raises(Cut):
        train_derived(trainer(), arch, tmp_path / "cut", cut)
    assert train_derived(trainer(), arch, tmp_path / "cut", lines.append) == expected
    assert lines[0] == "goes on after epoch 1" and lines[1:] == whole[1:]


def test_the_command(tmp_path, capsys):
    small = ["--channels", "4", "--cells", "1", "--epochs", "1", "--batch-size", "2", "--device", "cpu", "--folder", str(tmp_path)]
    assert main(["DARTS_V1", *small], images()) == 0
    assert "parameters" in (out := capsys.readouterr().out) and "test error" in out
    assert main(["NASNet-A", *small], images()) == 2 and "allowed are DARTS_V1, DARTS_V2" in capsys.readouterr().err
    assert main(["normal: 0", *small], images()) == 2
    assert DARTS_CIFAR10["epochs"] == 600
