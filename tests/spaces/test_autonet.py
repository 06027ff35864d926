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
from nastutor.published.vectors import AUTONET
from nastutor.spaces import AutoNetSpace, ChoiceSpace
from nastutor.spaces.autonet import ACTIVATIONS, RANGES, SCHEDULED, SOLVERS
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


def test_how_it_is_trained():
    space, arch = made("relu", solver="nesterov", momentum=0.95, lr=1.0)
    assert space.training(arch) == {"batch_size": 16, "lr": 1.0, "weight_decay": 1e-6, "momentum": 0.95}
    assert space.training(made("relu", solver="sgd")[1])["momentum"] == 0.0
    x = np.random.default_rng(0).normal(size=(60, 4)).astype("float32")
    y = (x[:, 0] > 0).astype(int)
    task = nt.tasks.from_arrays(x, y, name="vectors")
    result = nt.estimators.Train(space, task, 2, weights=False)(nt.Trial(arch))
    assert result.status == "ok" and 0 <= result.error <= 1


def test_what_estimators_do_not_know_is_said():
    for settings, word in (({"solvers": ("adam",)}, "solver 'adam'"), ({"policies": ("inv",)}, "policy 'inv'"), ({"inits": ("sparse",)}, "weights 'sparse'")):
        space = AutoNetSpace((1,), **settings)
        with pytest.raises(ValueError, match=word):
            space.training(space.sample(0))


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
