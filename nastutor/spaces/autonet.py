"""`AutoNetSpace`: fully connected networks together with how they are trained, most of it conditional."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

from nastutor.inputs import is_whole, whole
from nastutor.spaces.base import ChoiceSpace, Choose, check_options
from nastutor.spaces.numbers import Numbers, check_ranges

if TYPE_CHECKING:
    from nastutor.nets.graph import GraphBuilder, LayerGraph
    from nastutor.values import Arch

ACTIVATIONS = {  # -> the numbers that each has
    "sigmoid": (), "tanh": (), "scaled_tanh": ("scale_in", "scale_out"), "elu": (), "relu": (), "leaky": ("leakiness",), "linear": (),
}  # fmt: skip
SOLVERS = {"sgd": (), "momentum": ("momentum",), "nesterov": ("momentum",), "adam": ("beta1", "beta2"), "adadelta": ("rho",), "adagrad": (), "smorms3": ()}
POLICIES = {"fixed": (), "inv": ("gamma", "power"), "exp": ("gamma",), "step": ("gamma", "every")}
SCHEDULED = ("sgd", "momentum", "nesterov", "adadelta", "adagrad")  # the solvers whose learning rate follows a policy
INITS = ("constant", "normal", "uniform", "glorot_normal", "glorot_uniform", "he_normal", "he_uniform", "orthogonal", "sparse")
RANGES = {  # small ones; the release's are AUTONET in published/vectors.py
    "batch_size": Numbers(16, 128, "log", True), "lr": Numbers(0.01, 1.0, "log"), "weight_decay": Numbers(1e-6, 1e-2, "log"), "dropout_out": Numbers(0, 0.5),
    "units": Numbers(8, 32, "log", True), "dropout": Numbers(0, 0.5), "std": Numbers(1e-3, 0.1, "log"), "leakiness": Numbers(0.01, 0.99),
    "scale_in": Numbers(0.5, 1.0), "scale_out": Numbers(1.1, 3.0, "log"), "momentum": Numbers(0.3, 0.95), "beta1": Numbers(1e-3, 0.1, "log"),
    "beta2": Numbers(1e-3, 0.1, "log"), "rho": Numbers(0.05, 0.99, "log"), "gamma": Numbers(1e-3, 0.1), "power": Numbers(0, 1),
    "every": Numbers(2, 20, "linear", True),
}  # fmt: skip
NETWORK = ("batch_size", "lr", "weight_decay", "dropout_out")  # decided once


class Layer(NamedTuple):
    """One layer of the plan: its units, the dropout of its input, its activation with the numbers that this has, and its first weights."""

    units: int
    dropout: float
    activation: str
    numbers: dict[str, float]
    init: str | None
    std: float | None


class AutoNetSpace(ChoiceSpace):
    """The conditional space of Auto-Net (Mendoza et al. 2016, Table 1; ranges and conditions as in the release for auto-sklearn).

    First what a network has once: how many layers, batch size, learning rate, L2 and the dropout of the last layer's input; the solver and
    its own numbers; how the learning rate falls, and the numbers of that. Then for each layer its units, the dropout of its input, its
    activation and the numbers of this, its first weights and their deviation where they are normal. Inputs are vectors, or images
    flattened. How many epochs is the budget of a trial: with it the release's space has 63 hyperparameters.

    Numbers are decided among some of their range, and `numeric` says their scales: `nt.TPE(space, numeric=space.numeric)`. beta1 and beta2
    are what they lack to 1, as in the release. A leaky rectifier and a scaled tanh are sums of what the nets have.

    `nt.estimators.Train` trains by all that is decided: `training(arch)` tells it batch size, learning rate, L2, solver and policy, and
    `first_weights(arch)` the kind of first weights of each layer. Where no policies are decided the rate falls as a cosine; where they are, that
    of adam and smorms3 is fixed. After e epochs the rate is multiplied by (1 + gamma e)^-power (inv), gamma^e (exp), gamma^(e // every) (step);
    the release multiplies what the epochs before have left, so that its rates fall faster. He's weights are those of the paper; the release has
    half of their variance.

    layers       numbers of hidden layers (release: 1 to 6)
    activations  some of sigmoid, tanh, scaled_tanh, elu, relu, leaky, linear
    solvers      some of sgd, momentum, nesterov, adam, adadelta, adagrad, smorms3
    policies     some of fixed, inv, exp, step; (): none is decided
    inits        of first weights: constant, normal, uniform, glorot_normal ...; (): none is decided
    points       how many numbers of a range are options
    ranges       name -> `Numbers`, in place of the small ones

    >>> space = AutoNetSpace(layers=(1,), activations=("relu",), points=2)
    >>> space.size, space.training(space.sample(1))
    (192, {'batch_size': 16, 'lr': 0.01, 'weight_decay': 1e-06, 'momentum': 0.95})
    """

    def __init__(
        self,
        layers: Sequence[int] = (1, 2, 3),
        activations: Sequence[str] = tuple(ACTIVATIONS),
        solvers: Sequence[str] = ("sgd", "nesterov"),
        policies: Sequence[str] = (),
        inits: Sequence[str] = (),
        *,
        points: int = 4,
        ranges: Mapping[str, Numbers] | None = None,
    ) -> None:
        check_options("layers", layers)
        if bad := [count for count in layers if not is_whole(count, 1)]:
            raise ValueError(f"`layers` has {bad[0]!r}; allowed are whole numbers from 1")
        _check("activations", activations, ACTIVATIONS)
        _check("solvers", solvers, SOLVERS)
        _check("policies", policies, POLICIES, none=True)
        _check("inits", inits, INITS, none=True)
        self.layers, self.activations, self.solvers = tuple(layers), tuple(activations), tuple(solvers)
        self.policies, self.inits, self.points = tuple(policies), tuple(inits), whole("points", points)
        self.ranges = check_ranges(ranges, RANGES)

    @cached_property
    def _options(self) -> dict[str, tuple[float, ...]]:
        return {name: numbers.options(self.points) for name, numbers in self.ranges.items()}

    def decide(self, choose: Choose) -> tuple[tuple[Layer, ...], dict[str, Any]]:
        options = self._options
        depth = choose("layers", self.layers)
        training = {name: choose(name, options[name]) for name in NETWORK}
        training["solver"] = choose("solver", self.solvers)
        training |= {name: choose(name, options[name]) for name in SOLVERS[training["solver"]]}
        if self.policies and training["solver"] in SCHEDULED:
            training["policy"] = choose("policy", self.policies)
            training |= {name: choose(name, options[name]) for name in POLICIES[training["policy"]]}
        return tuple(self._layer(choose, number) for number in range(1, depth + 1)), training

    def _layer(self, choose: Choose, number: int) -> Layer:
        def of(name: str) -> Any:
            return choose(f"{name}{number}", self._options[name])

        units, dropout, activation = of("units"), of("dropout"), choose(f"activation{number}", self.activations)
        numbers = {name: of(name) for name in ACTIVATIONS[activation]}
        init = choose(f"init{number}", self.inits) if self.inits else None
        return Layer(units, dropout, activation, numbers, init, of("std") if init == "normal" else None)

    @cached_property
    def _sites(self) -> dict[str, tuple[Any, ...]]:
        """Every decision, under whatever condition, in the order of `decide`."""
        names = {name: None for solver in self.solvers for name in SOLVERS[solver]}
        policies = self.policies if set(self.solvers) & set(SCHEDULED) else ()
        falling = {name: None for policy in policies for name in POLICIES[policy]}
        sites: dict[str, tuple[Any, ...]] = {"layers": self.layers, **{name: self._options[name] for name in NETWORK}, "solver": self.solvers}
        sites |= {name: self._options[name] for name in names} | ({"policy": policies} if policies else {}) | {name: self._options[name] for name in falling}
        own = {name: None for activation in self.activations for name in ACTIVATIONS[activation]}
        for number in range(1, max(self.layers) + 1):
            sites |= {f"units{number}": self._options["units"], f"dropout{number}": self._options["dropout"], f"activation{number}": self.activations}
            sites |= {f"{name}{number}": self._options[name] for name in own} | ({f"init{number}": self.inits} if self.inits else {})
            sites |= {f"std{number}": self._options["std"]} if "normal" in self.inits else {}
        return sites

    @property
    def size(self) -> int:
        """By solver and policy, and by layer: what there is under each condition."""

        def ways(names: Sequence[str]) -> int:
            return prod(len(self._options[name]) for name in names)

        policies = sum(ways(POLICIES[policy]) for policy in self.policies) or 1
        solvers = sum(ways(SOLVERS[solver]) * (policies if solver in SCHEDULED else 1) for solver in self.solvers)
        inits = sum(len(self._options["std"]) if init == "normal" else 1 for init in self.inits) or 1
        layer = ways(("units", "dropout")) * inits * sum(ways(ACTIVATIONS[activation]) for activation in self.activations)
        return ways(NETWORK) * solvers * sum(layer**depth for depth in self.layers)

    @cached_property
    def numeric(self) -> dict[str, str]:
        """The decisions that are numbers, and their scales."""
        kinds = {name: name.rstrip("0123456789") if name not in self.ranges else name for name in self.sites()}
        return {name: self.ranges[kind].scale for name, kind in kinds.items() if kind in self.ranges}

    @property
    def unseen(self) -> tuple[str, ...]:
        """The decisions that no graph shows: how a network is trained, and from which weights."""
        shown = ("layers", "dropout_out", *(f"{name}{number}" for name in _SHOWN for number in range(1, max(self.layers) + 1)))
        return tuple(name for name in self.sites() if name not in shown)

    def training(self, arch: Arch) -> dict[str, Any]:
        """How `arch` is trained: setting -> value, as `nt.estimators.Train` names them. Solvers and policies are (name, its numbers)."""
        how = self.plan(arch)[1]
        told = {name: how[name] for name in ("batch_size", "lr", "weight_decay")} | {"momentum": how.get("momentum", 0.0)}
        if how["solver"] == "momentum":
            told["nesterov"] = False
        elif how["solver"] not in ("sgd", "nesterov"):
            told["solver"] = (how["solver"], {name: how[name] for name in SOLVERS[how["solver"]]})
        if self.policies:
            policy = how.get("policy", "fixed")
            told["policy"] = (policy, {name: how[name] for name in POLICIES[policy]})
        return told

    def first_weights(self, arch: Arch) -> dict[str, tuple[str, dict[str, float]]]:
        """Node -> the kind of its first weights, and its numbers; those of the last layer are Glorot's. Nothing where `inits` are not decided."""
        if not self.inits:
            return {}
        layers = self.plan(arch)[0]
        decided = {f"layer {number} linear": (str(layer.init), {} if layer.std is None else {"std": layer.std}) for number, layer in enumerate(layers, start=1)}
        return {**decided, "head linear": ("glorot_normal", {})}

    @property
    def beyond(self) -> tuple[str, ...]:
        """What `Train` alone can do of it: settings apart from batch size, learning rate, weight decay and momentum."""
        named = {"solver": set(self.solvers) - {"sgd", "nesterov", "momentum"}, "nesterov": "momentum" in self.solvers, "policy": self.policies}
        return tuple(name for name, given in {**named, "first_weights": self.inits}.items() if given)

    def graph(self, arch: Arch, task: Any) -> LayerGraph:
        """The network for a task's vectors, or its images flattened."""
        from nastutor.nets.graph import LayerGraph

        builder = LayerGraph.start(task.shape)
        layers, how = self.plan(arch)
        x = builder.add("flatten", builder.input, name="flatten") if len(task.shape) == 3 else builder.input
        for number, layer in enumerate(layers, start=1):
            x = _dropped(builder, x, layer.dropout, f"layer {number}")
            x = builder.add("linear", x, name=f"layer {number} linear", group=f"layer {number}", units=layer.units)
            x = _activated(builder, x, layer, f"layer {number}")
        x = _dropped(builder, x, how["dropout_out"], "head")
        return builder.finish(builder.add("linear", x, name="head linear", group="head", units=task.classes))


_SHOWN = ("units", "dropout", "activation", "leakiness", "scale_in", "scale_out")


def _check(name: str, given: Sequence[str], known: Collection[str], none: bool = False) -> None:
    if given or not none:
        check_options(name, given)
    if strange := [option for option in given if option not in known]:
        raise ValueError(f"`{name}` has {strange[0]!r}; allowed are {', '.join(known)}")


def _dropped(builder: GraphBuilder, x: str, p: float, name: str) -> str:
    return builder.add("dropout", x, name=f"{name} dropout", group=name, p=p) if p else x


def _activated(builder: GraphBuilder, x: str, layer: Layer, name: str) -> str:
    def add(op: str, *inputs: str, what: str = "", **settings: Any) -> str:
        return builder.add(op, *inputs, name=f"{name} {what or op}", group=name, **settings)

    if layer.activation == "linear":
        return x
    if layer.activation == "scaled_tanh":  # scale_out * tanh(scale_in * x)
        return add("scale", add("tanh", add("scale", x, what="scale in", by=layer.numbers["scale_in"])), what="scale out", by=layer.numbers["scale_out"])
    if layer.activation == "leaky":  # relu(x) - leakiness * relu(-x)
        below = add("relu", add("scale", x, what="minus", by=-1), what="below")
        return add("add", add("relu", x), add("scale", below, what="leak", by=-layer.numbers["leakiness"]))
    return add(layer.activation, x)
