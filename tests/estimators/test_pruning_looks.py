"""What a one-shot model predicts when options are left out."""

import numpy as np
import pytest
import torch

import nastutor as nt

SPACE = nt.spaces.CellSpace(nodes=3, ops=("skip", "conv3", "avgpool3"))
TASK = nt.tasks.digits(train_size=40)


def shared(**more):
    own = nt.estimators.SharedWeights(SPACE, TASK, channels=4, batch_size=20, lr=0.1, gradients=False, device="cpu", **more)
    nt.search(nt.OneShot(SPACE, 6, 1, rate=0.05), own, trials=6, progress=False)
    return own


def test_predictions_are_those_by_which_an_architecture_is_judged():
    own, arch = shared(), SPACE.sample(1)
    found = nt.estimators.predictions(own, arch)
    assert found.shape == (len(TASK.valid), 10) and np.allclose(found.sum(1), 1)
    assert (found.argmax(1) != TASK.valid.y).mean() == pytest.approx(own(nt.Trial(arch, budget=0)).error, abs=0.01)


@pytest.mark.parametrize("statistics", ["batch", "running"])
def test_looking_changes_nothing(statistics):
    own = shared(statistics=statistics)
    before = own.state()
    nt.estimators.predictions(own)
    assert all(torch.equal(tensor, before[name]) for name, tensor in own.state().items())


def test_the_change_is_the_divergence_both_ways():
    own, archs = shared(), [SPACE.sample(seed) for seed in range(2)]
    p = nt.estimators.predictions(own, None, "train")
    expected = []
    for arch in archs:
        q = nt.estimators.predictions(own, arch, "train")
        expected.append(np.mean([(a * np.log(a / b)).sum() + (b * np.log(b / a)).sum() for a, b in zip(p, q, strict=True)]))
    found = nt.estimators.prediction_change(own, archs)
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    assert (found > 0).all()


def test_an_option_that_does_nothing_is_not_missed():
    """Its weights are made so that nothing comes of it; leaving out what all rests on is seen."""
    own = shared()
    with torch.no_grad():
        for name, weights in own.fit.net.named_parameters():
            if name.startswith("cell") and " 0->1 conv3" in name:
                weights.zero_()
    found = nt.estimators.ablations(own)
    assert found.keys() == SPACE.sites().keys() and all(own.shape == (3,) for own in found.values())
    assert found["0->1"][1] == 0 and max(np.abs(own).max() for own in found.values()) > 0


def test_all_looks_are_at_the_images_of_the_split():
    own, arch, errors = shared(), SPACE.sample(1), {}
    changes = [nt.estimators.prediction_change(own, [arch], split)[0] for split in ("train", "valid")]
    p, q = (np.log(nt.estimators.predictions(own, asked, "valid")) for asked in (None, arch))
    assert changes[0] != changes[1] == pytest.approx(((np.exp(p) - np.exp(q)) * (p - q)).sum(1).mean(), rel=1e-6)
    for split, part in (("train", TASK.train), ("valid", TASK.valid)):
        without = nt.Mixture({name: np.array([float((name, k) != ("0->1", 1)) for k in range(3)]) for name in SPACE.sites()})
        assert nt.estimators.predictions(own, None, split).shape == (len(part), 10)
        errors[split] = [float((nt.estimators.predictions(own, asked, split).argmax(1) != part.y).mean()) for asked in (None, without)]
        assert nt.estimators.ablations(own, split)["0->1"][1] == pytest.approx(errors[split][1] - errors[split][0])


def test_refusals():
    with pytest.raises(ValueError, match="`split` is 'test'"):
        nt.estimators.predictions(shared(), None, "test")
