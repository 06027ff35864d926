from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2_contingency, chisquare

import nastutor as nt
from nastutor.rng import python_rng
from nastutor.spaces import CellSpace, ChainSpace, ChoiceSpace, HierarchicalSpace, JointSpace, MemoryBankSpace, NASBench101
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


def _pattern(arch):
    return next(value for name, value in arch.choices if name.endswith("pattern"))


# spaces that draw or mutate in a way of their own, each with a number that tells it from uniform decisions
OWN = {
    "graphs drawn uniformly": (NASBench101(vertices=5, edges=5), lambda arch: sum(value is True for _, value in arch.choices)),
    "patterns by odds": (MemoryBankSpace(2, 2, 1, blocks=1, kernels=(3,), groups=(1,), patterns=("1000", "1010", "1111"), bottleneck=1, cap=1), _pattern),
    "decisions": (CellSpace(nodes=3), lambda arch: arch["0->1"]),
}


@pytest.mark.parametrize("name", OWN)
def test_it_draws_architectures_as_the_space_inside_does(name):
    space, number = OWN[name]
    joint = JointSpace(space, {"lr": (0.1, 0.01)})
    count = 800
    drawn, inside, plain = (
        Counter(number(draw(python_rng(seed, what))) for seed in range(count))
        for what, draw in (
            ("joint", lambda rng: joint.inner(joint.sample(rng))),
            ("space", space.sample),
            ("decisions", lambda rng: ChoiceSpace.sample(space, rng)),
        )
    )
    kinds = [kind for kind in inside if min(drawn[kind], inside[kind]) >= 5]
    assert len(kinds) > 1 and chi2_contingency([[counts[kind] for kind in kinds] for counts in (drawn, inside)]).pvalue > 0.001
    if type(space).sample is not ChoiceSpace.sample:
        assert chi2_contingency([[counts[kind] + 1 for kind in kinds] for counts in (drawn, plain)]).pvalue < 1e-9, "uniform decisions are another distribution"
    trained = Counter(joint.sample(seed)["lr"] for seed in range(500))
    assert chisquare([trained[0.1], trained[0.01]]).pvalue > 0.001


def changed_names(space, arch, seed):
    return [name for (name, old), (_, new) in zip(arch.choices, space.mutate(arch, seed).choices, strict=True) if old != new]


def test_it_mutates_one_setting_or_the_architecture_as_the_space_inside_does():
    """46 decisions of motifs and 4 settings with a choice, of which 1 in 50 each; the level of a motif is drawn first (Liu et al. 2018b)."""
    space = HierarchicalSpace((6, 1), (4, 5))
    joint = JointSpace(space, {**SETTINGS, "momentum": (0.8, 0.9)})
    arch = joint.sample(0)
    names = [changed_names(joint, arch, seed) for seed in range(2000)]
    assert all(len(changed) == 1 for changed in names)
    kinds = Counter(changed[0] if changed[0] in joint.choices else changed[0][:6] for changed in names)
    expected = {"motif2": 0.46, "motif3": 0.46, **dict.fromkeys(joint.choices, 0.02)}
    assert chisquare([kinds[kind] for kind in expected], [2000 * share for share in expected.values()]).pvalue > 0.001


def test_values_are_drawn_from_all_others_and_decisions_without_a_choice_stay():
    joint = JointSpace(CellSpace(nodes=2, ops=("skip",)), {"lr": (0.1, 0.2, 0.3), "momentum": (0.9,)})
    arch = joint.sample(0)
    others = Counter(joint.mutate(arch, seed)["lr"] for seed in range(300))
    assert set(others) == {0.1, 0.2, 0.3} - {arch["lr"]} and min(others.values()) > 100
    alone = JointSpace(CellSpace(nodes=2, ops=("skip",)), {"lr": (0.1,)})
    with pytest.raises(ValueError, match="JointSpace has no decision to change"):
        alone.mutate(alone.sample(0), 0)


def test_it_crosses_architectures_as_the_space_inside_does():
    class Halves(CellSpace):
        def crossover(self, a, b, rng):
            return self.walk(lambda name, options: (a if name == "0->1" else b)[name])

    joint = JointSpace(Halves(nodes=3), {"lr": (0.1, 0.2), "momentum": (0.8, 0.9)})
    a, b = joint._at([0, 0, 0, 0, 0])[0], joint._at([1, 1, 1, 1, 1])[0]
    children = [joint.crossover(a, b, seed) for seed in range(400)]
    assert {joint.inner(child) for child in children} == {joint.space.crossover(joint.inner(a), joint.inner(b), 0)}
    assert chisquare(list(Counter(tuple(joint.training(child).values()) for child in children).values()), [100] * 4).pvalue > 0.001


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
    with pytest.raises(ValueError, match="`settings` has 'epochs'; allowed are lr, momentum, weight_decay, batch_size, mixup, cutout; epochs are the budget"):
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


def test_a_space_inside_goes_on_deciding():
    inside = nt.spaces.AutoNetSpace((1,), ("tanh",), ("adam", "sgd"), inits=("sparse",), points=2)
    joint, cut = JointSpace(inside, {"mixup": (0.0, 0.5)}), nt.spaces.FilterBankSpace()
    arch = joint.sample(0)
    assert joint.training(arch) == inside.training(joint.inner(arch)) | {"mixup": arch["mixup"]}
    assert joint.first_weights(arch) == inside.first_weights(joint.inner(arch)) and joint.beyond == ("solver", "first_weights", "mixup")
    assert set(JointSpace(cut, {"lr": (0.1, 0.2)}).training(JointSpace(cut, {"lr": (0.1, 0.2)}).sample(0))) == {"weight_decay", "lr"}
    assert CELLS.first_weights(CELLS.sample(0)) == {} and CELLS.beyond == ()
    assert all(joint.mutate(arch, seed) in joint and joint.crossover(arch, joint.sample(seed), seed) in joint for seed in range(20))
