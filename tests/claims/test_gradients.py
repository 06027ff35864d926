"""The record of searches by gradients: whole, made with the settings that stand in the code, and refused for others."""

import json

import numpy as np
import pytest

import nastutor as nt
from nastutor.claims import gradients
from nastutor.claims.gradients import SETTINGS, Replay
from nastutor.claims.records import fingerprint
from nastutor.data import data_file

SHORT = SETTINGS | {"steps": 4, "every": 2, "warm": 1}


@pytest.fixture(scope="module")
def replay():
    return Replay()


def test_every_method_has_its_seeds_and_looks(replay):
    lines = [json.loads(text) for text in data_file(gradients.RECORD).read_text("utf-8").splitlines()]
    methods = list(gradients.methods())
    assert [(line["method"], line["seed"]) for line in lines] == [(method, seed) for method in methods for seed in range(SETTINGS["seeds"])]
    looks = SETTINGS["steps"] // SETTINGS["every"]
    for line in lines:
        assert line["settings"] == fingerprint(SETTINGS) and 0 <= line["mixture"] <= 1 and 0 <= line["derived"] <= 1 and line["seconds"] > 0
        assert len(line["p"]) <= len(line["archs"]) and all(number in range(125) for number in line["archs"])
        if line["method"] != "PerturbationDARTS":
            assert len(line["archs"]) == len(line["p"]) == looks and line["answers"] == SETTINGS["steps"]
        assert len(line["curvature"]) == (looks if line["method"] == "DARTS" else 0)


def test_what_was_derived_is_what_the_shares_say(replay):
    """Shares are rounded to a thousandth, so that near ties are left out."""
    space = replay.table.space
    for method in ("DARTS", "SNAS", "ProxylessNAS, eta 1"):
        for line in replay.seeds(method):
            shares = np.array(line["p"]).reshape(len(line["p"]), 3, 5)
            assert np.abs(shares.sum(2) - 1000).max() <= 3
            for number, own in zip(line["archs"], shares, strict=True):
                if (np.diff(np.sort(own, axis=1), axis=1)[:, -1] > 1).all():
                    mixture = nt.Mixture({name: row / 1000 for name, row in zip(space.mixture_sites(), own, strict=True)})
                    assert space.discretize(mixture) == replay.table.archs[number]


def test_errors_are_those_of_the_table(replay):
    for method in replay.methods:
        archs = replay.archs(method)
        assert replay.errors(method).tolist() == [replay.table(nt.Trial(replay.table.archs[number])).error for number in archs[:, -1]]
        assert replay.errors(method, 10).tolist() == replay.error[archs[:, 0]].tolist()


def test_it_says_that_it_is_replayed_and_by_what(replay):
    assert repr(replay).startswith(f"REPLAYED, not run now: 110 searches, settings {fingerprint(SETTINGS)}, made by python -m nastutor.claims.gradients")
    assert "torch 2." in repr(replay) and len(replay.methods) == 11


@pytest.mark.parametrize("name, value", [("lr", 0.1), ("steps", 200), ("shared", {"halves": False}), ("more", 1)])
def test_other_settings_are_refused(name, value):
    with pytest.raises(ValueError, match=f"`settings` differ from those of {gradients.RECORD} in {name if name in SETTINGS else 'what it does not name'}"):
        Replay(SETTINGS | {name: value})
    with pytest.raises(ValueError, match="`method` is 'ENAS'; allowed are DARTS"):
        Replay().seeds("ENAS")


def planted(monkeypatch, **numbers):
    """The record with other architectures in the end, or other errors with shared weights: method -> a value for each seed."""
    replay = Replay()
    for key, values in numbers.items():
        method, what = key.split("__")
        for line, value in zip(replay.seeds(method.replace("_", " ")), values, strict=True):
            replay.lines[line["method"], line["seed"]] = line | ({"archs": [*line["archs"][:-1], value]} if what == "archs" else {what: value})
    monkeypatch.setattr(gradients, "Replay", lambda: replay)
    return replay.table


def test_the_claim_about_the_mean_can_go_either_way(monkeypatch):
    order = np.argsort(Replay().error)
    table = planted(monkeypatch, DARTS__archs=order[:10].tolist())
    good = gradients.against_the_mean(table, 10, 0)
    assert good.p < 0.01 and good.effect.high < 0 and good.effect.value == pytest.approx(np.sort(Replay().error)[:10].mean() - table.column().mean())
    planted(monkeypatch, DARTS__archs=order[-10:].tolist())
    assert gradients.against_the_mean(table, 10, 0).p > 0.9 and "derived by DARTS 0.8" in gradients.against_the_mean(table, 10, 0).said


def test_the_claim_about_the_cut_can_go_either_way(monkeypatch):
    spread = [k / 100 for k in range(10)]
    table = planted(monkeypatch, SNAS__mixture=spread, SNAS__derived=spread, DARTS__mixture=spread, DARTS__derived=[0.5 + 2 * own for own in spread])
    assert gradients.smaller_gap(table, 10, 0).p == 1 / 2**10 and gradients.smaller_gap(table, 10, 0).effect.high < 0
    planted(monkeypatch, SNAS__mixture=[0.0] * 10, SNAS__derived=[0.9] * 10, DARTS__mixture=spread, DARTS__derived=spread)
    assert gradients.smaller_gap(table, 10, 0).p > 0.9


def test_the_claim_about_skips_can_go_either_way(monkeypatch):
    replay = Replay()
    skips = np.array([sum(value == "skip" for _, value in arch.choices) for arch in replay.table.archs])
    by_number = [int(np.flatnonzero(skips == count)[0]) for count in range(4)]
    for looks, supported in (([0, 0, 0, 1, 1, 2, 2, 2, 3, 3], True), ([3, 3, 2, 2, 2, 1, 1, 0, 0, 0], False)):
        monkeypatch.setattr(replay, "archs", lambda method, looks=looks: np.array([[by_number[count] for count in looks]] * 10))
        monkeypatch.setattr(gradients, "Replay", lambda: replay)
        found = gradients.growing_skips(replay.table, 10, 0)
        assert (found.p < 1e-6) == supported and found.effect.value == looks[-1] - looks[0]


def test_the_claim_about_the_cost_can_go_either_way(monkeypatch):
    table = Replay().table
    order = np.argsort(table.column("mult_adds"), kind="stable")
    names = [f"ProxylessNAS, eta {eta:g}" for eta in SETTINGS["etas"]]
    falling = {f"{name}__archs": [int(order[place])] * 10 for name, place in zip(names, (-1, 90, 70, 0))}
    planted(monkeypatch, **falling)
    found = gradients.falling_cost(table, 10, 0)
    costs = np.sort(table.column("mult_adds"))
    assert found.p < 1e-3 and found.effect.value == costs[0] - costs[-1]
    planted(monkeypatch, **{f"{name}__archs": own for name, own in zip(names, list(falling.values())[::-1])})
    assert gradients.falling_cost(table, 10, 0).p > 0.9


def test_other_tables_have_no_such_record():
    other = nt.estimators.Table("digits-tiny")
    other.path = other.path.with_name("other.npz")
    assert gradients.RECORDED.lack(other) == "there is none" and not gradients.RECORDED.lack(Replay().table)


def test_costs_are_shares_of_the_costliest_architecture():
    table = nt.estimators.Table("digits-tiny")
    costs = gradients.shares(table)
    assert sum(own.max() for own in costs.values()) == pytest.approx(1)
    conv3 = table.space.ops.index("conv3")
    assert all(own.argmax() == conv3 and own[0] == 0 for own in costs.values())


def test_a_line_is_made_as_the_settings_say():
    one, again = (gradients.line("ProxylessNAS, eta 1", 3, SHORT) for _ in range(2))
    assert {k: v for k, v in one.items() if k != "seconds"} == {k: v for k, v in again.items() if k != "seconds"}
    assert one["answers"] == 4 and len(one["archs"]) == len(one["p"]) == 2 and one["settings"] == fingerprint(SHORT) != fingerprint(SETTINGS)


@pytest.mark.slow
def test_every_method_makes_its_line_and_warm_weights_change_it():
    made = {method: gradients.line(method, 3, SHORT) for method in gradients.methods(SHORT)}
    assert made["DARTS"]["p"] != made["DARTS, warm"]["p"] and made["DARTS"]["p"] != made["DARTS, order 2"]["p"]
    assert made["PerturbationDARTS"]["answers"] > 4 and len(made["DARTS"]["curvature"]) == 2


@pytest.mark.slow
def test_the_first_look_is_that_of_the_record(replay):
    """After few steps another machine comes to the same shares, but for rounding; what was drawn later hangs on the last digits."""
    short = SETTINGS | {"steps": SETTINGS["every"]}
    for method in ("DARTS", "ProxylessNAS, eta 0"):
        found, recorded = np.array(gradients.line(method, 0, short)["p"][0]), np.array(replay.seeds(method)[0]["p"][0])
        assert np.abs(found - recorded).max() <= 5
