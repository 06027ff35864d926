"""Ranks by shared weights, from the record; on made-up scores the claims can go either way."""

import json

import numpy as np
import pytest

import nastutor as nt
from nastutor.claims import shared
from nastutor.claims.records import lines_of
from nastutor.claims.written import networks
from nastutor.data import data_file

TABLE = nt.estimators.Table(shared.TABLE)
KEYS = [claim.key for claim in shared.CLAIMS]


def made_up(noise, count=shared.PLANNED, seed=0):
    """A record in which every name ranks by the truth and a noise: name -> its size, 100 (no order) where it is not named."""
    rng, values = np.random.default_rng(seed), np.log(TABLE.column()[TABLE.rows(networks(TABLE))])
    return {name: values + noise.get(name, 100.0) * rng.normal(size=(count, len(values))) for name in shared.record() if not name.endswith("whole")}


def test_the_record_is_of_the_networks_of_the_table_and_of_these_settings():
    lines = [json.loads(line) for line in data_file(shared.RECORD).read_text("utf-8").splitlines()]
    assert [line["seed"] for line in lines] == list(range(len(lines))) and len(lines) == shared.PLANNED
    assert {line["settings"] for line in lines} == {shared.SETTINGS} and all(line["seconds"] > 0 and line["machine"] for line in lines)
    names = {f"{way} {steps}{whole}" for way in shared.WAYS for steps in shared.LOOKS for whole in ("", " whole")} - {f"{way} 0" for way in shared.WAYS}
    assert set(shared.record()) == names | {"untrained", "path dropout change", *(f"{shared.LOOKED} {kind}" for kind in shared.STATISTICS)}
    assert shared.STEPS * shared.TRAINING["batch_size"] == pytest.approx(len(networks(TABLE)) * len(TABLE.task.train), rel=0.002)
    for name, runs in shared.record().items():
        assert runs.shape == ((len(lines),) if name.endswith("whole") else (len(lines), 60)), name
        assert runs.min() >= 0 and (name.endswith("change") or runs.max() <= len(TABLE.task.valid))


def test_moments_are_shares_of_the_validation_images():
    moments = shared.moments()
    assert list(moments) == list(shared.WAYS) and all(tuple(own) == shared.LOOKS for own in moments.values())
    assert np.array_equal(moments["one path"][0], moments["all paths"][0]), "all begin with the same weights"
    assert moments["path dropout"][726][2, 5] * 397 == pytest.approx(shared.record()["path dropout 726"][2, 5])
    assert shared.banner().startswith(f"REPLAYED, not run now: {shared.PLANNED} supernets of each kind, settings {shared.SETTINGS}, made by")


def test_a_record_of_other_settings_is_refused(monkeypatch):
    monkeypatch.setattr(shared, "lines_of", lambda file: (lines_of(file)[0] | {"settings": "0123"},))
    with pytest.raises(ValueError, match=r"has supernets of other settings, with the seeds \[0\]"):
        shared.record.__wrapped__()


def test_a_line_is_made_by_all_ways(monkeypatch):
    monkeypatch.setattr(shared, "networks", lambda table: networks(table)[10:13])
    line = shared.scores(3, looks=(0, 2))
    assert line["seed"] == 3 and len(line["path dropout 2"]) == 3 == len(line["untrained"]) and "one path 0" not in line
    assert line["one path 2"] != line["untrained"] and line["path dropout 2"] != line["one path 2"]


def test_what_is_judged_is_what_shared_weights_say_and_leaves_them_as_they_were():
    arch = networks(TABLE)[10]
    *_, (steps, mine) = shared.supernet("one path", 1, (0, 2))
    plain, strategy = (
        nt.estimators.SharedWeights(TABLE.space, TABLE.task, seed=1, **shared.TRAINING),
        nt.OneShot(TABLE.space, shared.STEPS, paths="one", seed=1),
    )
    for _ in range(steps):
        plain(strategy.ask())
    before = mine.state()
    assert shared.wrong(mine, arch) == round(plain(nt.Trial(arch, budget=0)).error * 397)
    first = [shared.wrong(mine, arch, kind) for kind in shared.STATISTICS]
    assert [shared.wrong(mine, arch, kind) for kind in shared.STATISTICS] == first
    assert all(bool((own == before[name]).all()) for name, own in mine.state().items())


@pytest.mark.parametrize(
    ("key", "good", "bad"),
    [
        ("bender2018-ranks", {"path dropout 726": 0.3}, {}),
        ("bender2018-dropout", {"path dropout 726": 0.3}, {"all paths 726": 0.3}),
        ("bender2018-change", {"path dropout change": 0.3}, {}),
        ("bender2018-statistics", {"one path 726": 0.3}, {"one path running": 0.3}),
        ("sciuto2019-sharing", {}, {"one path 726": 0.1}),
    ],
)
def test_claims_go_either_way_on_made_up_scores(key, good, bad, monkeypatch):
    claim = nt.claims.claim(key)
    outcomes = []
    for noise in (good, bad):
        record = made_up(noise)
        monkeypatch.setattr(shared, "record", lambda record=record: record)
        outcomes.append(claim.run(TABLE, seeds=10))
    assert outcomes[0].supported and outcomes[0].effect.value > 0.1, str(outcomes[0])
    assert not outcomes[1].supported and "Kendall's tau" in outcomes[1].said, str(outcomes[1])


@pytest.mark.parametrize("key, name", [("bender2018-ranks", "path dropout 726"), ("bender2018-statistics", "one path 726")])
def test_the_truth_is_of_other_images_than_the_scores(key, name, monkeypatch):
    """What orders networks as the test errors do has a tau of 1; what orders them as the validation errors do has not."""
    archs, said = networks(TABLE), {}
    for kind, values in {"test": [TABLE.final(arch) for arch in archs], "valid": TABLE.column()[TABLE.rows(archs)]}.items():
        record = made_up({}) | {name: np.tile(values, (shared.PLANNED, 1))}
        monkeypatch.setattr(shared, "record", lambda record=record: record)
        said[kind] = nt.claims.claim(key).run(TABLE, seeds=10).said
    told = {"bender2018-ranks": f"{name} 1.00", "bender2018-statistics": "by batch 1.00"}[key]
    assert told in said["test"] and told not in said["valid"]


def test_claims_wait_for_the_whole_record(monkeypatch, tmp_path):
    assert KEYS == ["bender2018-ranks", "bender2018-dropout", "bender2018-change", "bender2018-statistics", "sciuto2019-sharing"]
    part = made_up({}, count=9)
    monkeypatch.setattr(shared, "record", lambda: part)
    for key in KEYS:
        assert nt.claims.claim(key).lacks(TABLE).startswith("it has 9 of 10 supernets so far")
    path = tmp_path / "other.npz"
    path.write_bytes(data_file("digits-tiny.npz").read_bytes())
    with pytest.raises(ValueError, match="there is none, and bender2018-ranks needs a whole record of weights that its networks share"):
        nt.claims.claim("bender2018-ranks").run(path, seeds=10)


@pytest.mark.slow
def test_one_line_of_the_record_comes_out_again():
    """On another machine float32 sums differ in their last digits, and hundreds of steps make much of that: ranks stay near."""
    from nastutor.claims.written import agreement

    again, there = shared.scores(0), shared.record()
    assert again["untrained"] == there["untrained"][0].tolist()
    assert agreement(np.array(again["one path 726"])[None], there["one path 726"][0]) > 0.5
