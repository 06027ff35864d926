from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import nastutor as nt
from nastutor.spaces import CellSpace, ChainSpace, ChoiceSpace, JointSpace
from nastutor.testing import check_space

SETTINGS = {"lr": (0.02, 0.1), "weight_decay": (0.0, 5e-4, 5e-3), "batch_size": (16, 32)}
CELLS = JointSpace(CellSpace(nodes=3), SETTINGS)
TASK = nt.tasks.digits(train_size=60)


def test_it_asks_for_the_architecture_and_then_for_the_training():
    assert list(CELLS.sites()) == ["0->1", "0->2", "1->2", "lr", "weight_decay", "batch_size"] and CELLS.sites()["lr"] == (0.02, 0.1)
    assert CELLS.size == len(CELLS) == 125 * 12 and len({CELLS.canonical(arch) for arch in CELLS}) == 60 * 12
    arch = CELLS.sample(3)
    assert CELLS.plan(arch) == (CELLS.space.plan(CELLS.inner(arch)), CELLS.training(arch)) and set(CELLS.training(arch)) == set(SETTINGS)
    assert [next(iter(CELLS)), *list(CELLS)[-1:]] == [CELLS._at([])[0], CELLS._at([4, 4, 4, 1, 2, 1])[0]], "in the order of enumeration of any space"


@given(st.integers(0, 2**31))
def test_its_parts_are_those_of_the_space_inside(seed):
    arch = CELLS.sample(seed)
    inner = CELLS.inner(arch)
    assert CELLS.inner(CELLS.canonical(arch)) == CELLS.space.canonical(inner) and CELLS.training(CELLS.canonical(arch)) == CELLS.training(arch)
    assert nt.Arch((*inner.choices, *CELLS.training(arch).items())) == arch
    assert CELLS.graph(arch, TASK) == CELLS.space.graph(inner, TASK)


def test_any_space_that_can_be_trained():
    space = JointSpace(ChainSpace((1, 2), widths=(4, 8)), {"lr": (0.1, 0.2)})
    check_space(space)
    assert list(space) == list(ChoiceSpace.__iter__(space)) and space.size == 2 * ChainSpace((1, 2), widths=(4, 8)).size
    assert space == JointSpace(ChainSpace((1, 2), widths=(4, 8)), {"lr": [0.1, 0.2]}) != JointSpace(space.space, {"lr": (0.1,)})


def test_networks_are_trained_as_it_says():
    arch = CELLS.sample(1)
    told = CELLS.training(arch)
    joint = nt.estimators.Train(CELLS, TASK, 1, weights=False, device="cpu", lr=0.5, batch_size=2)
    assert joint.recipe_for(arch) == replace(joint.recipe, **told)
    results = {value: joint(nt.Trial(changed(arch, "lr", value))).metrics["loss"] for value in SETTINGS["lr"]}
    results |= {value: joint(nt.Trial(changed(arch, "weight_decay", value))).metrics["loss"] for value in SETTINGS["weight_decay"]}
    results |= {value: joint(nt.Trial(changed(arch, "batch_size", value))).metrics["loss"] for value in SETTINGS["batch_size"]}
    assert len(set(results.values())) == 5, "every setting matters, and equal ones give equal answers"
    other = nt.estimators.Train(CELLS, TASK, 1, weights=False, device="cpu", lr=0.9)
    assert other(nt.Trial(arch)).metrics == joint(nt.Trial(arch)).metrics, "what the space decides, the estimator does not"


def changed(arch, name, value):
    return nt.Arch(tuple((own, value if own == name else old) for own, old in arch.choices))


def test_without_settings_of_its_own_the_recipe_is_the_estimators():
    train = nt.estimators.Train(CELLS.space, TASK, 1, weights=False, device="cpu")
    assert train.recipe_for(CELLS.space.sample(0)) is train.recipe


def test_bad_settings():
    inside = CellSpace(nodes=3)
    with pytest.raises(ValueError, match="`settings` has 'epochs'; allowed are lr, momentum, weight_decay, batch_size; epochs are the budget"):
        JointSpace(inside, {"epochs": (3, 9)})
    with pytest.raises(ValueError, match="`settings` has 'rate'"):
        JointSpace(inside, {"rate": (1, 2)})
    for settings in ({}, None, ["lr"]):
        with pytest.raises(ValueError, match="allowed is a mapping"):
            JointSpace(inside, settings)
    for name, value in [("lr", 0), ("lr", "fast"), ("momentum", 1.0), ("weight_decay", -1e-4), ("batch_size", 1), ("batch_size", 8.0)]:
        with pytest.raises(ValueError, match=f"`{name}` is {value!r}"):
            JointSpace(inside, {name: (value,)})
    with pytest.raises(ValueError, match="two are equal"):
        JointSpace(inside, {"lr": (0.1, 0.1)})
    with pytest.raises(TypeError, match="`space` is .*width"):
        JointSpace(ChoiceSpace.of({"width": (1, 2)}), {"lr": (0.1,)})
    with pytest.raises(ValueError, match="'lr', which is a decision of `space` already"):
        JointSpace(CELLS, {"lr": (0.1,)})
    with pytest.raises(ValueError, match="none of JointSpace"):
        CELLS.training(inside.sample(0))


def test_search_over_both():
    train = nt.estimators.Train(CELLS, TASK, 1, weights=False, device="cpu")
    history = nt.search(nt.RegularizedEvolution(CELLS, population=2, sample=2), train, trials=3)
    assert len(history) == 3 and all(record.result.status == "ok" for record in history)
