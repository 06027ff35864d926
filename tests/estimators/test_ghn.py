"""Weights from graphs as an estimator: its options, and other spaces to learn from."""

import pytest

import nastutor as nt

TASK, SPACE = nt.tasks.digits(train_size=200), nt.spaces.CellSpace(nodes=3)
ARCH = nt.Arch((("0->1", "conv3"), ("0->2", "conv1"), ("1->2", "conv3")))


def loss(steps=3, space=SPACE, arch=ARCH, **more):
    how = {"hidden": 8, "units": 8, "channels": 4, "kernel": 3, "batch_size": 20, "device": "cpu", **more}
    return nt.estimators.GHN(space, TASK, steps, **how)(nt.Trial(arch)).metrics["loss"]


@pytest.mark.parametrize(
    "option",
    [{"hidden": 9}, {"rounds": 2}, {"order": "forward"}, {"order": "none"}, {"channels": 3}, {"kernel": 5}, {"units": 9}, {"tiled": True, "channels": 10},
     {"shapes": False}, {"stacked": True}, {"learns": nt.spaces.CellSpace(nodes=3, cells=2)}],
    ids=str,
)  # fmt: skip
def test_options_change_what_is_answered(option):
    assert loss(**option) != loss()


def test_it_learns_from_the_space_that_it_is_given(monkeypatch):
    """From small graphs, judged on larger ones."""
    small, drawn = nt.spaces.CellSpace(nodes=3, cells=2), []
    sample = type(small).sample
    monkeypatch.setattr(type(small), "sample", lambda self, rng: drawn.append(self) or sample(self, rng))
    loss(learns=small)
    assert drawn[-3:] == [small] * 3


def test_a_space_whose_networks_it_cannot_write_is_told_so():
    for spaces in ({"space": nt.spaces.RecurrentSpace(3, units=4)}, {"learns": nt.spaces.RecurrentSpace(3, units=4)}):
        with pytest.raises(ValueError, match="'recurrent', for which no weights are written"):
            nt.estimators.GHN(**{"space": SPACE, "task": TASK, **spaces})
    with pytest.raises(ValueError, match="`kernel` is 1, and the network has a filter of 3x3"):
        nt.estimators.GHN(nt.spaces.CellSpace(nodes=3, ops=("conv3",)), TASK, kernel=1)
    with pytest.raises(ValueError, match="`tiled` is True and `channels` 4: class 4 would be told by the weights of class 0"):
        loss(tiled=True)
    with pytest.raises(TypeError, match=r"`GHN` needs a space with graph\(\)"):
        loss(space=nt.spaces.ChoiceSpace.of({"a": (1, 2)}))


def test_larger_tensors_repeat_a_chunk_or_have_their_own():
    def head(**more):
        return nt.estimators.GHN(SPACE, TASK, 1, hidden=8, units=8, channels=10, kernel=3, batch_size=20, device="cpu", **more).written(ARCH)

    repeated, own = head(tiled=True), head()
    wide = next(name for name, weight in own.items() if weight.dim() == 4 and weight.shape[1] > 10)
    for weights, same in ((repeated, True), (own, False)):
        weight = weights[wide]
        rest = weight.shape[1] - 10
        assert bool((weight[:, 10:] == weight[:, :rest]).all()) == same
