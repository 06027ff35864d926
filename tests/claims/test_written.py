"""Ranks by weights that are written, from the record; on made-up scores it can go either way."""

import json

import numpy as np
import pytest
from scipy.stats import kendalltau

import nastutor as nt
from nastutor.claims import written
from nastutor.data import data_file


def noisy(values, noise, runs, seed):
    return np.round(values + noise * np.random.default_rng(seed).normal(size=(runs, len(values))), 2)


def test_it_can_go_either_way_on_made_up_scores():
    values = np.linspace(0, 1, 40)
    good, bad, other = noisy(values, 0.2, 5, 0), noisy(values, 1.0, 4, 1), noisy(values, 1.0, 5, 2)
    effect, p, least = written.more_agreement(good, bad, values, 200, 0)
    assert p == least == 1 / 201 and effect.low > 0.1
    assert written.more_agreement(bad, good, values, 200, 0)[1] > 0.9
    effect, p, _ = written.more_agreement(other, bad, values, 200, 0)
    assert 0.05 < p < 0.95 and effect.low < 0 < effect.high
    assert written.more_agreement(good, bad, values, 200, 1)[0] != written.more_agreement(good, bad, values, 200, 0)[0]


def test_tau_is_that_of_scipy_with_ties():
    rng = np.random.default_rng(0)
    for _ in range(20):
        a, b = rng.integers(5, size=12), rng.integers(5, size=12)
        assert written.agreement(a[None], b) == pytest.approx(kendalltau(a, b).statistic)
    assert written.agreement(np.ones((1, 5)), np.arange(5)) == 0


def test_the_record_is_of_the_networks_of_the_table():
    table, record = nt.estimators.Table(written.TABLE), written.record()
    count = len(written.networks(table))
    assert count == table.networks == 60 and set(record) == {f"{way} {when}" for way in written.WAYS for when in ("trained", "untrained")}
    lines = [json.loads(line) for line in data_file(written.RECORD).read_text("utf-8").splitlines()]
    assert 1 <= len(lines) <= written.PLANNED and [line["seed"] for line in lines] == list(range(len(lines)))
    assert all(line["steps"] == written.STEPS == 60 * len(table.task.train) // 64 and line["batch"] == written.BATCH for line in lines)
    for runs in record.values():
        assert runs.shape == (len(lines), 60) and runs.min() >= 0 and runs.max() <= len(table.task.valid)
    assert written.record()["graph trained"].mean() < 0.7 * written.record()["graph untrained"].mean()


def test_a_line_is_made_by_both_ways(monkeypatch):
    monkeypatch.setattr(written, "networks", lambda table: table.archs[60:63])
    line = written.scores(3, steps=2)
    assert line["seed"] == 3 and line["steps"] == 2 and len(line["graph trained"]) == 3 and line["graph trained"] != line["nodes trained"]
    assert line["graph trained"] != line["graph untrained"]


@pytest.mark.slow
def test_untrained_hypernetworks_are_those_of_the_record():
    """What costs no training can be compared with what was recorded."""
    assert written.scores(0, steps=1)["graph untrained"] == written.record()["graph untrained"][0].tolist()


@pytest.mark.slow
def test_one_line_of_the_record_comes_out_again():
    """On another machine float32 sums differ in their last digits, and hundreds of steps make much of that: ranks stay near."""
    again = np.array(written.scores(0)["graph trained"])
    assert written.agreement(again[None], written.record()["graph trained"][0]) > 0.5


def test_claims_are_tested_when_the_record_is_whole(monkeypatch):
    table, some = nt.estimators.Table(written.TABLE), written.record()
    parts = {count: {name: np.resize(runs, (count, 60)) for name, runs in some.items()} for count in (9, 10)}
    for key in ("zhang2019-epoch", "zhang2019-graph"):
        claim = nt.claims.claim(key)
        monkeypatch.setattr(written, "record", lambda: parts[9])
        assert claim.lacks(table).startswith("it has 9 of 10 hypernetworks so far")
        monkeypatch.setattr(written, "record", lambda: parts[10])
        outcome = claim.run(table, seeds=10)
        assert not claim.lacks(table) and outcome.effect.low <= outcome.effect.value <= outcome.effect.high and 0 < outcome.p <= 1
        assert outcome.said.startswith("Kendall's tau of 60 networks 0.") and outcome == claim.run(table, seeds=10) != claim.run(table, seeds=10, first=5)


def test_other_tables_have_no_record(tmp_path):
    path = tmp_path / "other.npz"
    path.write_bytes(data_file("digits-tiny.npz").read_bytes())
    with pytest.raises(ValueError, match="there is none, and zhang2019-epoch needs a whole record of weights that were written for its networks"):
        nt.claims.claim("zhang2019-epoch").run(path, seeds=10)
