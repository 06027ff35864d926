"""`AutoNetSpace`: the release's 63 hyperparameters and their conditions, its networks, and what estimators make of it."""

import json
from pathlib import Path
from types import SimpleNamespace

import hypothesis
import numpy as np
import pytest
import torch
from hypothesis import strategies as st

import nastutor as nt
from nastutor.estimators.fit import Recipe
from nastutor.estimators.solvers import SMORMS3
from nastutor.nets.first_weights import start
from nastutor.nets.graph import LayerGraph
from nastutor.published.vectors import AUTONET
from nastutor.spaces import AutoNetSpace, ChoiceSpace
from nastutor.spaces.autonet import ACTIVATIONS, INITS, POLICIES, RANGES, SCHEDULED, SOLVERS
from nastutor.testing import check_space

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "spaces.json").read_text(encoding="utf-8"))["Auto-Net"]
PUBLISHED = AutoNetSpace(**AUTONET, points=10)
VECTORS = SimpleNamespace(name="wine", shape=(13,), classes=3)


def test_the_releases_hyperparameters():
    """62 decisions, and the number of epochs, which is the budget of a trial."""
    names = set(PUBLISHED.sites())
    layer = {name.rstrip("123456") for name in names if name[-1] in "123456" and name not in RANGES}
    assert len(names) + 1 == GOLDEN["hyperparameters"] and len(layer) == GOLDEN["of each layer"]
    assert len(names) - 6 * len(layer) + 1 == GOLDEN["of the network"]
    assert PUBLISHED.sites()["units6"][::9] == (64, 4096) and PUBLISHED.sites()["lr"][::9] == (1e-6, 1.0)


@pytest.mark.parametrize(
    "settings",
    [
        {"layers": (1,), "activations": ("relu", "leaky")},
        {"layers": (1, 2), "activations": ("scaled_tanh",), "solvers": ("sgd",)},
        {"layers": (1,), "activations": ("elu",), "solvers": ("adam", "sgd"), "policies": ("fixed", "inv", "step")},
        {"layers": (1,), "activations": ("linear",), "solvers": ("smorms3",), "policies": ("exp",), "inits": ("normal", "sparse")},
    ],
)
def test_size_and_sites_are_what_enumeration_finds(settings):
    one = {name: (numbers.low, numbers.low, *numbers[2:]) for name, numbers in RANGES.items() if name in ("batch_size", "lr", "dropout_out", "weight_decay")}
    space = AutoNetSpace(**settings, points=2, ranges=one)
    archs = list(space)
    assert space.size == len(archs) == len(set(archs))
    found = ChoiceSpace._sites.func(space)
    assert {name: set(options) for name, options in found.items()} == {name: set(options) for name, options in space.sites().items()}


@hypothesis.settings(max_examples=100, deadline=None)
@hypothesis.given(st.integers(0, 10**6))
def test_conditions(seed):
    arch = PUBLISHED.sample(seed)
    names, asked = dict(arch.choices), set(dict(arch.choices))
    assert {name for solver in SOLVERS.values() for name in solver} & asked == set(SOLVERS[names["solver"]])
    assert ("policy" in asked) == (names["solver"] in SCHEDULED) and ("gamma" in asked) == (names.get("policy", "fixed") != "fixed")
    assert ("power" in asked) == (names.get("policy") == "inv") and ("every" in asked) == (names.get("policy") == "step")
    for number in range(1, 7):
        inside = number <= names["layers"]
        own = {f"{name}{number}" for name in (ACTIVATIONS[names[f"activation{number}"]] if inside else ())}
        assert {f"{name}{number}" for numbers in ACTIVATIONS.values() for name in numbers} & asked == own and (f"units{number}" in asked) == inside
        assert (f"std{number}" in asked) == (names.get(f"init{number}") == "normal")
    assert PUBLISHED.codes([arch]).shape == (1, 62) and arch in PUBLISHED


def made(activation, **answers):
    space = AutoNetSpace((1,), (activation,), ranges={"dropout": (0, 0), "dropout_out": (0.5, 0.5)})
    return space, space.walk(lambda name, options: answers.get(name, options[0]))


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_activations(activation):
    space, arch = made(activation)
    numbers = space.plan(arch)[0][0].numbers
    module = space.graph(arch, VECTORS).build(seed=0).eval()
    x = torch.linspace(-2, 2, 26).view(2, 13)
    first, last = [layer for layer in module.modules() if isinstance(layer, torch.nn.Linear)]
    z = first(x)
    expected = {
        "sigmoid": torch.sigmoid, "tanh": torch.tanh, "elu": torch.nn.functional.elu, "relu": torch.relu, "linear": lambda z: z,
        "leaky": lambda z: torch.nn.functional.leaky_relu(z, numbers["leakiness"]),
        "scaled_tanh": lambda z: numbers["scale_out"] * torch.tanh(numbers["scale_in"] * z),
    }[activation](z)  # fmt: skip
    assert torch.allclose(module(x), last(expected), atol=1e-6)


def test_the_network_by_hand():
    """Dropout lies on the input of a layer, as in the release, and images are flattened."""
    space = AutoNetSpace((2,), ("relu",), points=2)
    arch = space.walk(lambda name, options: options[-1])
    graph = space.graph(arch, SimpleNamespace(name="digits", shape=(1, 8, 8), classes=10))
    assert [node.op for node in graph.nodes] == ["input", "flatten", "dropout", "linear", "relu", "dropout", "linear", "relu", "dropout", "linear"]
    assert graph.counts().params == 64 * 32 + 32 + 32 * 32 + 32 + 32 * 10 + 10
    assert space.graph(arch, VECTORS).counts().params == 13 * 32 + 32 + 32 * 32 + 32 + 32 * 3 + 3


def vectors():
    x = np.random.default_rng(0).normal(size=(60, 4)).astype("float32")
    return nt.tasks.from_arrays(x, (x[:, 0] > 0).astype(int), name="vectors")


def test_how_it_is_trained():
    space, arch = made("relu", solver="nesterov", momentum=0.95, lr=1.0)
    assert space.training(arch) == {"batch_size": 16, "lr": 1.0, "weight_decay": 1e-6, "momentum": 0.95}
    assert space.training(made("relu", solver="sgd")[1])["momentum"] == 0.0 and space.first_weights(arch) == {}
    result = nt.estimators.Train(space, vectors(), 2, weights=False)(nt.Trial(arch))
    assert result.status == "ok" and 0 <= result.error <= 1


WHOLE = AutoNetSpace((1, 2), ("tanh",), tuple(SOLVERS), tuple(POLICIES), INITS, points=2, ranges={"dropout": (0, 0), "dropout_out": (0, 0)})


def whole(**answers):
    return WHOLE.walk(lambda name, options: answers.get(name, options[0]))


def test_all_that_is_decided_is_told():
    assert WHOLE.training(whole(solver="momentum", policy="fixed"))["nesterov"] is False
    told = WHOLE.training(whole(solver="adam"))
    assert told["solver"] == ("adam", {name: RANGES[name].low for name in ("beta1", "beta2")}) and told["policy"] == ("fixed", {})
    told = WHOLE.training(whole(solver="adadelta", policy="inv", power=1.0))
    assert told["solver"] == ("adadelta", {"rho": RANGES["rho"].low}) and told["policy"] == ("inv", {"gamma": RANGES["gamma"].low, "power": 1})
    arch = whole(layers=2, init1="normal", init2="sparse", std1=0.1)
    assert WHOLE.first_weights(arch) == {"layer 1 linear": ("normal", {"std": 0.1}), "layer 2 linear": ("sparse", {}), "head linear": ("glorot_normal", {})}
    assert WHOLE.beyond == ("solver", "nesterov", "policy", "first_weights") and AutoNetSpace().beyond == ()
    with pytest.raises(ValueError, match="`space` decides about 'solver', and a Population trains without"):
        nt.estimators.Population(WHOLE, vectors(), 1)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("policy", POLICIES)
def test_each_solver_trains_and_goes_on(solver, policy, tmp_path):
    """Half a training that is taken up ends as the whole one; two that differ in the solver end apart."""
    asked = {"solver": solver, "init1": "he_normal", "lr": 1.0} | ({"policy": policy} if solver in SCHEDULED else {})
    train = nt.estimators.Train(WHOLE, vectors(), 3, weights=tmp_path, device="cpu")
    effective = train.effective(nt.Trial(whole(**asked)))
    straight, half, taken_up = (train._fit(effective) for _ in range(3))
    assert straight.run(3) == "ok"
    half.train_loss, half.epoch = half.one_epoch(0, 3), 1
    half.evaluate("valid"), train._save(effective, half.state())
    taken_up.restore(train.store.load(effective.key))
    for epoch in (1, 2):
        taken_up.train_loss = taken_up.one_epoch(epoch, 3)
    assert taken_up.train_loss == straight.train_loss
    assert all(torch.equal(own, other) for own, other in zip(straight.module.parameters(), taken_up.module.parameters(), strict=True))


def test_solvers_move_weights_apart():
    losses = {solver: nt.estimators.Train(WHOLE, vectors(), 1, weights=False)(nt.Trial(whole(solver=solver, init1="he_normal", lr=0.01))).metrics["train_loss"]
              for solver in SOLVERS}  # fmt: skip
    assert len(set(losses.values())) == len(SOLVERS)


def test_how_rates_fall():
    for policy, expected in (("fixed", [1, 1, 1, 1]), ("inv", [1, 1.5**-2, 2**-2, 2.5**-2]), ("exp", [1, 0.5, 0.25, 0.125]), ("step", [1, 1, 0.5, 0.5])):
        numbers = {"gamma": 0.5, "power": 2, "every": 2}
        recipe = Recipe(4, 0.3, 0.0, 0.0, "cpu", None, policy=(policy, {name: numbers[name] for name in POLICIES[policy]}))
        assert [recipe.rate(epoch, 0.7, 9) for epoch in range(4)] == pytest.approx([0.3 * share for share in expected])


def test_smorms3_by_hand():
    grads, weight, memory, mean, square = [0.5, -0.2, 0.3, 0.3], 1.0, 1.0, 0.0, 0.0
    own = torch.nn.Parameter(torch.tensor([1.0], dtype=torch.float64))
    solver = SMORMS3([own], lr=0.05, weight_decay=0.1)
    for grad in grads:
        own.grad = torch.tensor([grad], dtype=torch.float64)
        solver.step()
        grad += 0.1 * weight
        new = 1 / (memory + 1)
        mean, square = (1 - new) * mean + new * grad, (1 - new) * square + new * grad**2
        alike = mean**2 / square
        weight, memory = weight - grad * min(0.05, alike) / square**0.5, 1 + memory * (1 - alike)
        assert own.item() == pytest.approx(weight, rel=1e-9)


@pytest.mark.parametrize("init", INITS)
def test_first_weights(init):
    units, inputs = 30, 40
    builder = LayerGraph.start((inputs,))
    graph = builder.finish(builder.add("linear", builder.add("linear", "input", name="hidden", units=units), name="head", units=3))
    nets = [graph.build(seed=0) for _ in range(3)]
    for net, seed in zip(nets, (1, 1, 2), strict=True):
        start(net, {"hidden": (init, {"std": 0.2} if init == "normal" else {})}, seed)
    (weight, again, other), bias = (net["hidden"].weight.detach() for net in nets), nets[0]["hidden"].bias
    assert torch.equal(weight, again) and (init == "constant" or not torch.equal(weight, other)) and not bias.any()
    assert torch.equal(nets[0]["head"].weight, graph.build(seed=0)["head"].weight), "what is not decided stays"
    deviation, bound = {
        "constant": (0, 0), "normal": (0.2, None), "uniform": (0.01 / 3**0.5, 0.01),
        "glorot_normal": ((2 / 70) ** 0.5, None), "glorot_uniform": ((2 / 70) ** 0.5, (6 / 70) ** 0.5),
        "he_normal": ((2 / 40) ** 0.5, None), "he_uniform": ((2 / 40) ** 0.5, (6 / 40) ** 0.5), "orthogonal": (40**-0.5, None),
        "sparse": (0.01 * 0.1**0.5, None),
    }[init]  # fmt: skip
    assert float(weight.std()) == pytest.approx(deviation, rel=0.2) and (bound is None or float(weight.abs().max()) == pytest.approx(bound, rel=0.02))
    if init == "orthogonal":
        assert torch.allclose(weight @ weight.T, torch.eye(units), atol=1e-5)
    if init == "sparse":
        assert ((weight != 0).sum(1) == inputs // 10).all(), "each unit reads a tenth of its inputs"


def test_it_keeps_the_rules():
    check_space(AutoNetSpace((1, 2), ("relu", "leaky"), points=2))


def test_tpe_and_smac_search_the_whole_space():
    def loss(trial):
        return nt.Result({"error": abs(np.log(dict(trial.arch.choices)["lr"] / 0.01)) / 20})

    for strategy in (nt.TPE(PUBLISHED, start=6, candidates=4, numeric=PUBLISHED.numeric), nt.SMAC(PUBLISHED, start=6, climbs=0, samples=5, trees=2)):
        assert len(nt.search(strategy, loss, trials=9, progress=False)) == 9


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"layers": (0,)}, "`layers` has 0"),
        ({"activations": ("gelu",)}, "`activations` has 'gelu'"),
        ({"activations": ()}, "at least one"),
        ({"solvers": ("lion",)}, "`solvers` has 'lion'"),
        ({"policies": ("cosine",)}, "`policies` has 'cosine'"),
        ({"inits": ("zeros",)}, "`inits` has 'zeros'"),
        ({"points": 0}, "`points` is 0"),
        ({"ranges": {"speed": (0, 1)}}, "`ranges` has 'speed'"),
    ],
)
def test_refusals(settings, word):
    with pytest.raises(ValueError, match=word):
        AutoNetSpace(**settings)
