"""Every strategy, space and estimator of the package, small: a new part is entered here once, and all contracts try it.

test_parts.py fails where something that the package exports is missing here.
"""

import atexit
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

import nastutor as nt
from nastutor.spaces import language as w
from nastutor.testing.strategy import Pyramid
from tests.benchmark_files import nats_contents, write_nasbench, write_nats_folder


@dataclass(frozen=True)
class Part:
    """A strategy with arguments under which it learns within `trials` trials."""

    kind: type[nt.Strategy]
    arguments: dict[str, Any] = field(default_factory=dict)
    trials: int = 40

    def __call__(self, space, *, seed=0):
        return self.kind(space, **self.arguments, seed=seed)


def letters(arch):
    """A cheap objective that every architecture has."""
    return len(str(arch))


STRATEGIES = {
    "RandomSearch": Part(nt.RandomSearch),
    "RegularizedEvolution": Part(nt.RegularizedEvolution, {"population": 6, "sample": 3}),
    "RegularizedEvolution, not aging, copies": Part(nt.RegularizedEvolution, {"population": 6, "sample": 3, "aging": False, "identity": 0.2}),
    "RegularizedEvolution, the worst goes": Part(nt.RegularizedEvolution, {"population": 6, "sample": 3, "remove": "worst", "identity": 0.1}),
    "RegularizedEvolution, any goes": Part(nt.RegularizedEvolution, {"population": 6, "sample": 3, "remove": "random"}),
    "TournamentEvolution": Part(nt.TournamentEvolution, {"start": 6, "share": 0.2, "mutations": 20}),
    "NSGA2": Part(nt.NSGA2, {"population": 6, "objectives": ("error",)}),
    "LEMONADE": Part(nt.LEMONADE, {"cheap": letters, "start": 3, "children": 8, "accepted": 3}),
    "LEMONADE, of its children": Part(nt.LEMONADE, {"cheap": letters, "start": 2, "children": 6, "accepted": 2, "density": "children", "log": False}),
    "HillClimbing": Part(nt.HillClimbing),
    "HillClimbing, best": Part(nt.HillClimbing, {"first": False}),
    "NASH": Part(nt.NASH, {"steps": None, "neighbours": 3, "morphisms": 2}),
    "NASH, a chain": Part(nt.NASH, {"steps": None, "neighbours": 3, "morphisms": 1, "select": False}),
    "REINFORCE": Part(nt.REINFORCE, trials=12),
    "REINFORCE, in threes": Part(nt.REINFORCE, {"per_update": 3, "power": 3, "hidden": 8}, trials=12),
    "GaussianProcess": Part(nt.GaussianProcess, {"start": 6, "samples": 8, "climbs": 1, "refit": 4, "most": 50}, trials=12),
    "GaussianProcess, drawn": Part(nt.GaussianProcess, {"start": 4, "acquisition": "thompson", "samples": 8, "refit": 4, "most": 40}, trials=10),
    "PPO": Part(nt.PPO, {"hidden": 8, "batch": 2, "epochs": 2}, trials=8),
    "TPE": Part(nt.TPE, {"start": 8}, trials=20),
    "TPE, by decision, the latest": Part(nt.TPE, {"start": 8, "whole": False, "candidates": 6, "recent": 3, "rule": "share"}, trials=20),
    "MCTS": Part(nt.MCTS),
    "MCTS, halved, losses, again": Part(nt.MCTS, {"bisection": True, "scaled": True, "pending": "loss", "repeats": True}),
    "NGramSMBO": Part(nt.NGramSMBO, {"candidates": 8}, trials=20),
    "NGramSMBO, pairs, every one": Part(nt.NGramSMBO, {"candidates": 4, "longest": 2, "least": 1, "ridge": 1.0, "epsilon": 0.1}, trials=20),
    "Perturbation": Part(nt.Perturbation, {"random": 4, "around": 3, "climb": 40}, trials=12),
    "QLearning": Part(nt.QLearning, {"models": 40, "replay": 4}, trials=25),
    "QLearning, shared, all": Part(nt.QLearning, {"models": 40, "replay": 4, "shaped": True, "state": "all", "unique": False, "learning_rate": 0.2}, trials=25),
    "TPE, multivariate": Part(nt.TPE, {"start": 6, "multivariate": True, "candidates": 3}, trials=12),
    "SMAC": Part(nt.SMAC, {"start": 8, "trees": 2, "climbs": 1, "samples": 3}, trials=12),
    "SMAC, races, logarithms": Part(nt.SMAC, {"start": 4, "trees": 2, "climbs": 1, "samples": 3, "repeats": 3, "log": True, "interleave": 3}, trials=12),
    "TPE, as published": Part(nt.TPE, {"start": 8, "distinct": False}, trials=20),
}

# These ask for mixtures, or draw from shared weights: test_relaxed.py tries them where spaces and estimators have what they need.
RELAXED = {
    "DARTS": Part(nt.DARTS, trials=10),
    "DARTS, quick": Part(nt.DARTS, {"lr": 0.1, "betas": (0.9, 0.99), "weight_decay": 0.0, "scale": 0.5}, trials=10),
    "SNAS": Part(nt.SNAS, {"horizon": 8}, trials=10),
    "GDAS": Part(nt.GDAS, {"horizon": 8, "last": 1.0}, trials=10),
    "ProxylessNAS": Part(nt.ProxylessNAS, trials=10),
    "OneShot": Part(nt.OneShot, {"steps": 3, "candidates": 6, "rate": 0.3}, trials=10),
    "ProxylessREINFORCE": Part(nt.ProxylessREINFORCE, {"samples": 2}, trials=10),
    "PerturbationDARTS": Part(nt.PerturbationDARTS, {"steps": 2, "tune": 1}, trials=10),
    "ENAS": Part(nt.ENAS, {"rounds": 2, "child_steps": 2, "updates": 1, "samples": 2, "final": 2, "hidden": 8}, trials=10),
    "ENAS, drawn by chance": Part(nt.ENAS, {"rounds": 1, "child_steps": 4, "final": 6, "learn": False}, trials=10),
    "OneShot, a path a step": Part(nt.OneShot, {"steps": 2, "candidates": 8, "paths": "one"}, trials=10),
    "OneShot, the best once more": Part(nt.OneShot, {"steps": 2, "candidates": 5, "paths": "one", "again": 2}, trials=10),
}

# This one learns which skips there are, and needs a space of them.
CONNECTING = {"MaskConnect": Part(nt.MaskConnect, {"fan_in": 2, "lr": 1.0}, trials=10)}

# This one learns sizes, and needs a space of them.
SIZING = {"DAS": Part(nt.DAS, trials=10), "DAS, sigmoid, from the smallest": Part(nt.DAS, {"ramp": "sigmoid", "first": 0, "lr": 0.3}, trials=10)}

# These each search one kind of space alone: their own tests try them.
OWN = {
    "EAS": Part(nt.EAS, {"wider": 1, "deeper": 1, "batch": 2, "hidden": 6, "embedding": 4}, trials=6),
    "PathLevelEAS": Part(nt.PathLevelEAS, {"batch": 2, "hidden": 6, "embedding": 4, "width": 10}, trials=6),
}

# These compare networks: test_graph_bo.py tries them on every space that has some, and on open-ended ones.
GRAPHIC = {
    "NASBOT": Part(nt.NASBOT, {"start": 5, "kernel": nt.kernels.OTMANN((0.25,)), "looks": 3, "samples": 1}, trials=8),
    "AutoKeras": Part(nt.AutoKeras, {"start": 4, "kernel": nt.kernels.EditDistance(anchors=5), "coldest": 0.3, "width": 3, "samples": 2}, trials=9),
}

SPACES = {
    "choices": nt.spaces.ChoiceSpace.of({"width": (4, 8, 16), "rate": (0.1, 0.5), "skip": (False, True), "kernel": ((1, 3), None)}),
    "conditions": Pyramid(),
    "cells of 3": nt.spaces.CellSpace(nodes=3),
    "cells of 4": nt.spaces.CellSpace(nodes=4),
    "cells, three operations": nt.spaces.CellSpace(nodes=4, ops=("none", "skip", "conv3"), cells=2, stages=1),
    "chains": nt.spaces.ChainSpace((1, 2), widths=(4, 8)),
    "cells and their training": nt.spaces.JointSpace(nt.spaces.CellSpace(nodes=3), {"lr": (0.02, 0.1), "batch_size": (16, 32)}),
    "graphs": nt.spaces.NASBench101(vertices=5),
    "graphs of few edges": nt.spaces.NASBench101(vertices=4, edges=3),
    "macro networks": nt.spaces.MacroSpace(3, ("conv3", "avgpool3"), channels=4),
    "macro networks while searching": nt.spaces.MacroSpace(3, ("sep3", "maxpool3"), channels=4, search=True),
    "motifs": nt.spaces.HierarchicalSpace((2, 1), (2, 3), ("skip", "conv1"), channels=4, stages=1),
    "motifs that join": nt.spaces.HierarchicalSpace((2, 1), (3, 3), channels=4, stages=1, merge="concat"),
    "mobile blocks": nt.spaces.MobileSpace(expansions=(2,), stem=4, first=4, widths=(4, 8), head=8),
    "mobile stages": nt.spaces.MobileSpace(expansions=(2,), stem=4, first=4, widths=(4, 8), head=8, squeeze=True, per="stage"),
    "fabrics": nt.spaces.FabricSpace(3, 3, channels=4),
    "trellises": nt.spaces.TrellisSpace(2, 1, 2, fixed=True),
    "recurrent cells": nt.spaces.RecurrentSpace(3, units=4),
    "recurrent cells, loose ends": nt.spaces.RecurrentSpace(3, "enas", ("tanh", "relu"), units=4),
    "recurrent trees": nt.spaces.RecurrentTreeSpace(2, ("add", "mul"), ("tanh", "relu"), units=4),
    "pairs of NASNet": nt.spaces.NASNetSpace(2, output="chosen", channels=4),
    "pairs of AmoebaNet": nt.spaces.AmoebaNetSpace(2, channels=4),
    "pairs of AmoebaNet behind a stem": nt.spaces.AmoebaNetSpace(1, output="chosen", channels=8, stages=1, stem="imagenet", stem_channels=4),
    "pairs of PNAS": nt.spaces.PNASSpace(2, ("max3", "sep3", "conv1x7-7x1"), channels=4),
    "pairs of ENAS": nt.spaces.ENASMicroSpace(2, channels=4),
    "pairs of ENAS while searching": nt.spaces.ENASMicroSpace(2, ("sep3", "max3", "identity"), channels=4, search=True),
    "two edges to a node": nt.spaces.DARTSSpace(2, ("identity", "dilsep3"), channels=4),
    "modules": nt.spaces.ModuleSpace(),
    "modules in all words": nt.spaces.ModuleSpace(
        w.Concat(
            w.Permutation(w.Conv((4,), (1, 3), (2,)), w.BatchNorm(), w.ReLU()),
            w.Or(w.Empty(), w.Affine((8,)), w.Residual(w.RepeatTied(w.Conv((2, 6), (3,)), (1, 2)))),
            w.Optional(w.Repeat(w.Dropout((0.1, 0.5)), (1, 2))),
        )
    ),
    "layer by layer": nt.spaces.MetaQNNSpace(3, widths=(4, 8), dense=(8, 4)),
    "layer by layer, rounded up": nt.spaces.MetaQNNSpace(2, widths=(4,), dropout=False, round_up=True, most_dense=1),
    "block codes": nt.spaces.BlockQNNSpace(3, channels=4),
    "anchors": nt.spaces.NASRLSpace((1, 3), filters=(4,)),
    "anchors and strides": nt.spaces.NASRLSpace((3,), (3,), (3,), (4,), (1, 2), pools=()),
    "trees": nt.spaces.PathLevelSpace(ops=("sep3", "max3", "identity"), width=4),
    "memory banks": nt.spaces.MemoryBankSpace(2, 4, blocks=2, kernels=(1, 3), groups=(1, 2), compression=1, budget=(0.2, 0.4)),
    "memory banks, two paths": nt.spaces.MemoryBankSpace(2, 2, 1, blocks=1, kernels=(3,), groups=(1,), patterns=("1000", "1110"), bottleneck=1, cap=1),
    "trees in a pyramid": nt.spaces.PathLevelSpace(3, ("conv1", "avg3"), (), (2,), base="pyramid", order="post", groups=2, drop_path=0.2),
    "branches": nt.spaces.BranchSpace((1, 2, 4), widths=(4, 8), kernels=(1, 3)),
    "branches that add": nt.spaces.BranchSpace((3,), ("conv", "max3"), (4,), (3,), merges=("add",), orders=("bn-relu-conv",), reductions=1),
    "vectors and their training": nt.spaces.AutoNetSpace((1, 2), ("tanh", "leaky"), points=2),
    "vectors, all solvers": nt.spaces.AutoNetSpace((1,), ("elu", "scaled_tanh"), ("adam", "adadelta", "sgd"), ("inv", "step"), ("normal", "sparse"), points=2),
    "residual nets and their training": nt.spaces.JointSpace(nt.spaces.ResidualSpace((4,), (1, 2), (1, 2), (1.0, 2.0)), {"lr": (0.02, 0.1)}),
    "residual nets": nt.spaces.ResidualSpace((4,), (1, 2), (1, 2), (0.5, 1.0), groups=1, death_rates=(0.0, 0.5)),
    "sizes": nt.spaces.SizeSpace((1, 3), (4, 8), (1, 2), (1, 3)),
    "pipelines": nt.spaces.VisionPipelineSpace((), (8,), points=2),
    "pipelines, warped": nt.spaces.VisionPipelineSpace((), (8,), affine=True, seeds=1, points=2),
    "filter banks": nt.spaces.FilterBankSpace(((4,),), (8,), (3,), features=16),
    "chains with skips": nt.spaces.ChainSpace((1, 3), widths=(4,), skips=True),
}

# Open-ended ones, without decisions to choose among: test_open_ended.py tries them with what has what it needs, and hears the refusals of the others.
OPEN = {
    "networks by edits": nt.spaces.EditSpace([("conv", 4, 3), ("max",), ("conv", 4, 3)], walk=4, max_layers=8, max_width=16, max_pools=1),
    "networks that shrink": nt.spaces.EditSpace(operators={"narrow": 2.0, "unskip": 1.0, "remove": 1.0, "swap": 1.0}, shrink=(0.5, 0.25), walk=5),
}


def function(trial):
    """A plain function is an estimator as well; this one fails now and then, as in life."""
    error = (sum(map(ord, str(trial.arch))) + 7 * trial.repeat) % 97 / 97
    if error > 0.9:
        raise RuntimeError("planted")
    return nt.Result({"error": error}, cost=1.0)


class Digest(nt.estimators.Estimator):
    """The least that an estimator is: a number that depends on the network, and failures that it reports itself."""

    def __call__(self, trial):
        try:
            return function(self.effective(trial))
        except RuntimeError:
            return nt.Result.failed("planted")


def train(space="cells of 3"):
    return nt.estimators.Train(SPACES[space], nt.tasks.digits(train_size=100), 1, weights=False)


@cache
def written(kind):
    """A small file in the form of a published benchmark, in a folder that goes when the process ends."""
    folder = TemporaryDirectory(prefix="nastutor-parts-")
    atexit.register(folder.cleanup)
    if kind == "NASBench101":
        write_nasbench(Path(folder.name) / "nasbench.tfrecord", vertices=4)
        return Path(folder.name) / "nasbench.tfrecord"
    return write_nats_folder(Path(folder.name) / "NATS-tss-simple", *nats_contents(("skip", "conv3")))


def nats(**arguments):
    space = nt.spaces.CellSpace(4, ("skip", "conv3"))
    return nt.estimators.NATSBenchFile(written("NATS-Bench"), trust=True, space=space, **arguments)


# Made anew for each test, as some remember answers.
ESTIMATORS = {
    "the least": lambda: Digest(SPACES["cells of 4"]),
    "a table": lambda: nt.estimators.Table("digits-tiny"),
    "a table, runs by number": lambda: nt.estimators.Table("digits-tiny", budget=1, seed="repeat"),
    "NAS-Bench-101": lambda: nt.estimators.NASBench101File(written("NASBench101"), space=nt.spaces.NASBench101(vertices=4)),
    "NATS-Bench": nats,
    "NATS-Bench, 12 epochs, one run, cached": lambda: nt.estimators.Cached(nats(dataset="cifar100", budget=12, seed=0)),
    "cells trained": train,
    "chains trained": lambda: train("chains"),
    "cells trained as they say": lambda: train("cells and their training"),
    "weights written from graphs": lambda: nt.estimators.GHN(
        SPACES["cells, three operations"], nt.tasks.digits(train_size=100), 2, hidden=4, units=4, channels=4, kernel=3, batch_size=20, metrics=("params",)
    ),
    "paths of a whole fabric": lambda: nt.estimators.Fabric(SPACES["fabrics"], nt.tasks.digits(train_size=100), 2, batch_size=20),
    "weights written from codes": lambda: nt.estimators.SMASH(SPACES["memory banks"], nt.tasks.digits(train_size=100), 2, layers=(1,), growth=2, batch_size=20),
    "pipelines": lambda: nt.estimators.Pipeline(nt.spaces.VisionPipelineSpace((), (26,), seeds=1, points=1), nt.tasks.digits(train_size=60), features=1200),
    "cells trained together": lambda: nt.estimators.Population(SPACES["cells of 3"], nt.tasks.digits(train_size=100), 1, weights=False),
    "trainings cached": lambda: nt.estimators.Cached(train()),
    "trainings averaged": lambda: nt.estimators.Averaged(train(), 2),
}
# Three trials of these take as long as hundreds of the others.
TRAINED = {"cells trained", "cells trained together", "cells trained as they say", "chains trained", "trainings cached", "trainings averaged"}
TRAINED |= {"pipelines", "weights written from graphs", "weights written from codes", "paths of a whole fabric"}

# Where a strategy searches: name -> (space, estimator, trials). Every space with a function, every estimator on its own space.
PLACES = {f"{name}, function": (lambda space=space: (space, function, 20)) for name, space in SPACES.items()} | {
    name: (lambda make=make, trials=3 if name in TRAINED else 20: ((estimator := make()).space, estimator, trials)) for name, make in ESTIMATORS.items()
}

# What one derives from has no instances of its own; these stand for it.
STANDS_FOR = {Pyramid: nt.spaces.ChoiceSpace, Digest: nt.estimators.Estimator}


def kinds(parts):
    """The classes of these parts, as the package exports them."""
    return {STANDS_FOR.get(type(part), type(part)) for part in parts}


def a_third(rows, columns):
    """All pairs of two dictionaries as parameters, two of three marked slow: each row keeps a third of the columns, and each column of the rows."""
    return [
        pytest.param(one, other, id=f"{name}-{place}", marks=() if (row + column) % 3 == 0 else pytest.mark.slow)
        for row, (name, one) in enumerate(rows.items())
        for column, (place, other) in enumerate(columns.items())
    ]


def by_thirds(rows, columns):
    """Each row once with a third of the columns, and once, marked slow, with the others: together all pairs of two dictionaries, as `a_third` has them."""
    thirds = [[other for column, other in enumerate(columns.values()) if (row + column) % 3 == 0] for row in range(len(rows))]
    fast = [pytest.param(one, third, id=name) for (name, one), third in zip(rows.items(), thirds, strict=True)]
    rest = [[other for other in columns.values() if other not in third] for third in thirds]
    return fast + [pytest.param(one, others, id=f"{name}, others", marks=pytest.mark.slow) for (name, one), others in zip(rows.items(), rest, strict=True)]
