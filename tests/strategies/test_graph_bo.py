"""NASBOT and Auto-Keras: they keep the contract wherever there are networks, and are what their papers say."""

from dataclasses import dataclass

import numpy as np
import pytest

import nastutor as nt
from nastutor.edits import Several
from nastutor.kernels import OTMANN, EditDistance
from nastutor.strategies.acquisition_search import MODIFIERS
from nastutor.testing import check_strategy
from tests.contracts.parts import GRAPHIC, OPEN, SPACES, function

SPACE = OPEN["networks by edits"]


@pytest.mark.slow
@pytest.mark.parametrize("space", [name for name, space in SPACES.items() if hasattr(space, "graph")])
@pytest.mark.parametrize("part", GRAPHIC.values(), ids=GRAPHIC)
def test_they_keep_the_rules_on_every_space_with_networks(part, space):
    check_strategy(part.kind, [SPACES[space]], trials=part.trials, process=False, **part.arguments)


@pytest.mark.parametrize("part", GRAPHIC.values(), ids=GRAPHIC)
def test_they_keep_the_rules(part):
    check_strategy(part.kind, [SPACES["chains"]], trials=part.trials, process=False, **part.arguments)


@pytest.mark.parametrize("part", GRAPHIC.values(), ids=GRAPHIC)
def test_they_search_open_ended_spaces_and_go_on_from_a_journal(part, tmp_path):
    whole = nt.search(part(SPACE, seed=1), function, trials=part.trials, first=[SPACE.start()], progress=False)
    assert all(record.trial.arch in SPACE for record in whole)
    nt.search(part(SPACE, seed=1), function, trials=8, first=[SPACE.start()], journal=tmp_path / "cut.sqlite", progress=False)
    again = nt.search(part(SPACE, seed=1), function, trials=part.trials, first=[SPACE.start()], journal=tmp_path / "cut.sqlite", progress=False)
    assert [(record.trial, record.result) for record in again] == [(record.trial, record.result) for record in whole]


@pytest.mark.parametrize("kind", [nt.NASBOT, nt.AutoKeras])
def test_spaces_without_networks_are_refused(kind):
    with pytest.raises(TypeError, match=rf"`{kind.__name__}` needs a space with graph\(\)"):
        kind(SPACES["choices"])


def widths(trial):
    """Few channels are better: what a network is, not how it is spelt."""
    return nt.Result({"error": sum(value[1] or 0 for name, value in trial.arch.choices if name != "output") / 100})


def test_nasbot_looks_at_children_by_its_modifiers():
    strategy = nt.NASBOT(SPACE, start=4, kernel=OTMANN((0.25,)), looks=12, samples=2, seed=3)
    assert dict(strategy.changes.operators) == MODIFIERS
    assert nt.NASBOT(SPACE, modifiers=False).changes is SPACE
    asked = {
        looks: [r.trial.key for r in nt.search(nt.NASBOT(SPACE, 4, kernel=OTMANN((0.25,)), looks=looks, samples=2, seed=3), widths, trials=9, progress=False)]
        for looks in (0, 12)
    }
    assert asked[0] != asked[12] and asked[0][:4] == asked[12][:4]


@dataclass(frozen=True)
class Carrying(nt.Edit):
    """Carries weights, as edits will."""

    inner: nt.Edit

    def __call__(self, arch):
        return self.inner(arch)

    def transfer(self, parent, batch=None):
        return parent

    def to_json(self):
        return {"edit": "Carrying", "inner": self.inner.to_json()}


class Inheriting(nt.spaces.EditSpace):
    """An EditSpace whose edits carry weights."""

    def mutate(self, arch, rng):
        child, edit = super().mutate(arch, rng)
        return child, Carrying(edit)

    def edits(self, arch, rng):
        return [Carrying(edit) for edit in super().edits(arch, rng)]


def settings(**options):
    return {"start": 3, "kernel": EditDistance(anchors=6), "cooling": 0.6, "coldest": 0.05, "width": 3, "samples": 1, **options}


def test_autokeras_tells_from_which_trained_network_and_by_which_edits():
    strategy = nt.AutoKeras(SPACE, **settings(), seed=0)
    history = nt.search(strategy, widths, trials=9, progress=False)
    assert strategy.edits and not any(record.trial.warm_start for record in history)
    for record in history:
        if record.trial.key in strategy.edits:
            root, edit = strategy.edits[record.trial.key]
            assert edit(root) == record.trial.arch and root in strategy.trained


def test_autokeras_inherits_where_edits_carry_weights():
    space = Inheriting([("conv", 4, 3), ("max",), ("conv", 4, 3)], max_layers=8, max_width=16, max_pools=1)
    strategy = nt.AutoKeras(space, **settings(), seed=0)
    assert strategy.inherit and strategy.wants == ("warm_start",)
    trials = []
    for _ in range(9):
        trials.append(trial := strategy.ask())
        strategy.tell(trial, widths(trial))
    warm = [trial for trial in trials if trial.warm_start]
    assert warm, "a child of the tree starts from its ancestor"
    archs = {trial.key: trial.arch for trial in trials}
    assert all(trial.edit(archs[trial.warm_start]) == trial.arch and isinstance(trial.edit, (Carrying, Several)) for trial in warm)
    assert not nt.AutoKeras(space, **settings(inherit=False)).wants
    with pytest.raises(ValueError, match="`inherit` is True, and the edits of `space` .* carry no weights over"):
        nt.AutoKeras(SPACE, inherit=True)


@pytest.mark.parametrize("option, value", [("width", 2), ("cooling", 0.3), ("coldest", 0.3), ("beta", 0.0), ("kernel", EditDistance("laplace"))])
def test_every_option_of_autokeras_changes_what_is_asked(option, value):
    def asked(**options):
        return [record.trial.key for record in nt.search(nt.AutoKeras(SPACE, **settings(**options), seed=0), widths, trials=9, progress=False)]

    assert asked() != asked(**{option: value})


@pytest.mark.parametrize(
    "kind, option, value",
    [
        (nt.NASBOT, "looks", -1),
        (nt.NASBOT, "modifiers", 1),
        (nt.NASBOT, "kernel", "otmann"),
        (nt.AutoKeras, "width", 0),
        (nt.AutoKeras, "cooling", 1.0),
        (nt.AutoKeras, "coldest", 0),
        (nt.AutoKeras, "inherit", 1),
    ],
)
def test_refusals(kind, option, value):
    with pytest.raises(ValueError, match=f"`{option}` is {value!r}"):
        kind(SPACE, **{option: value})


def test_failures_and_odd_answers_are_no_trouble():
    strategy = nt.AutoKeras(SPACE, **settings(), seed=1)
    for number in range(7):
        trial = strategy.ask()
        strategy.tell(trial, nt.Result.failed("planted") if number % 2 else widths(trial))
    assert all(arch in SPACE for arch in strategy.trained) and np.isfinite(strategy._targets()).all()
