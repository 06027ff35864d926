"""The comparison with other libraries: what it makes, runs again and says."""

import logging
import sys

import pytest

import nastutor as nt


@pytest.fixture(scope="module")
def rivals(benchmark):
    return benchmark("rivals")


def lines_of(table, search, regrets):
    """seed -> regret after 100 and 300 trials."""
    return [{"table": table, "search": search, "seed": seed, "regrets": {"100": value, "300": value / 2}} for seed, value in regrets.items()]


def test_seeds_that_no_test_reads_name_the_champion(rivals):
    named = rivals.CHAMPIONS[:5]
    lines = lines_of("t", "random search", dict.fromkeys([*range(6), *named], 0.2))
    lines += lines_of("t", "TPE", {seed: 0.1 + 0.001 * seed for seed in range(6)} | dict.fromkeys(named, 0.01))
    lines += lines_of("t", "SMAC", dict.fromkeys(range(6), 0.0) | dict.fromkeys(named, 0.02))
    lines += lines_of("t", "Optuna TPE", {seed: 0.11 + 0.002 * seed for seed in range(6)})
    lines += lines_of("other", "SMAC", dict.fromkeys(named, 0.0))
    said = rivals.judged(lines, "t")
    assert said[0].endswith("TPE"), "on the seeds of the tests SMAC is better"
    assert [line for line in said if "TPE better than Optuna TPE: holds" in line and "6 seeds" in line], said
    assert sum("TPE not worse than Optuna TPE by" in line and "holds" in line for line in said) == 2, "after 100 and 300 trials"
    assert not [line for line in said if "SMAC3" in line], "nothing is said of what was not run"
    assert rivals.judged([], "t")[0].endswith("none yet")


def test_repeats_and_costs_are_told(rivals):
    told = {"random search": (0.001, 250), "Optuna GP": (0.2, 300)}
    lines = [
        {"table": "t", "search": name, "seed": seed, "trials": 300, "networks": networks, "seconds": seconds}
        for name, (seconds, networks) in told.items()
        for seed in (0, 1, 1000)
    ]
    assert rivals.costs(lines, "t") == [
        "  random search          2 of 50 seeds: 250 different networks in 300 trials, 1 x the time of random search",
        "  Optuna GP              2 of 20 seeds: 300 different networks in 300 trials, 200 x the time of random search",
    ]
    assert rivals.costs(lines, "other") == []


def test_a_record_is_made_and_comes_out_again(rivals, tmp_path, capsys, monkeypatch):
    path = tmp_path / "record.jsonl"
    monkeypatch.setattr(rivals, "RECORD", path)
    monkeypatch.setattr(sys, "argv", ["rivals.py", "--record", str(path), "--only", "random search", "evolution", "--seeds", "1"])
    rivals.main()
    assert logging.root.manager.disable == 0, "what silences the libraries does not stay"
    lines = rivals.record.read(path)
    assert sorted((line["search"], line["seed"]) for line in lines) == [(name, seed) for name in ("evolution", "random search") for seed in (0, 1000)]
    rivals.main()
    assert rivals.record.read(path) == lines, "nothing is made twice"
    capsys.readouterr()
    monkeypatch.setattr(sys, "argv", ["rivals.py", "--only", "random search", "evolution", "--again", "2", "--no-speed"])
    rivals.main()
    said = capsys.readouterr().out
    assert said.count("1 of 1 seeds as recorded") == 2 and "evolution" in said and "after 300 trials" in said
    path.write_text(path.read_text().replace('"100":', '"100":1'))
    rivals.main()
    assert capsys.readouterr().out.count("0 of 1 seeds as recorded") == 2


@pytest.mark.parametrize("name", ["random search", "TPE", "evolution"])
def test_the_record_is_what_comes_out_now(rivals, name):
    """One seed of ours: where a strategy has changed, its lines are to be made again."""
    (old,) = [line for line in rivals.record.read(rivals.RECORD) if (line["table"], line["search"], line["seed"]) == ("digits-tiny", name, 0)]
    assert rivals.record.made(name, rivals.OURS[name], "digits-tiny", 0)["regrets"] == old["regrets"]


def test_the_record_is_of_searches_that_there_are(rivals):
    for line in rivals.record.read(rivals.RECORD):
        known = rivals.OURS[line["search"]] if line["search"] in rivals.OURS else rivals.RIVALS[line["search"]]
        assert line["settings"] == known.settings and nt.data.data_file(f"{line['table']}.npz").is_file()
    ours, theirs = zip(*rivals.PAIRS, strict=True)
    assert {*ours} <= {*rivals.OURS} and {*theirs, *rivals.SLOW} <= {*rivals.RIVALS}


def test_rates_are_measured_and_compared(rivals, capsys, monkeypatch):
    monkeypatch.setattr(rivals, "rate", lambda make, known: {"ours": 30.0, "theirs": 10.0}[make] * known)
    monkeypatch.setattr(rivals, "PAIRS", (("TPE", "Optuna TPE"), ("SMAC", "SMAC3")))
    ours, theirs = (rivals.Search(make, "") for make in ("ours", "theirs"))
    rivals.speeds({"TPE": ours, "Optuna TPE": theirs, "SMAC": ours})
    assert capsys.readouterr().out.splitlines() == [
        "at 100 trials: TPE 3,000.0/s, Optuna TPE 1,000.0/s: 3.0 times as many",
        "at 1,000 trials: TPE 30,000.0/s, Optuna TPE 10,000.0/s: 3.0 times as many",
        "at 100 trials: SMAC 3,000.0/s",
    ]


def test_a_rate_is_of_the_last_tenth(rivals, monkeypatch):
    class Counted(nt.RandomSearch):
        asked = 0

        def ask(self):
            self.asked += 1
            return super().ask()

    made = []
    monkeypatch.setattr(rivals.time, "perf_counter", lambda: made[0].asked if made else 0)
    assert rivals.rate(lambda space, seed: made.append(Counted(space, seed=seed)) or made[0], 50) == 1.0, "a proposal each second"
    assert made[0].asked == 50
