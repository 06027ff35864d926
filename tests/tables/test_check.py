import math

import pytest

import nastutor as nt
from nastutor.estimators import Table, Train
from nastutor.tables.check import UNKNOWN, Entry, again, random_entries, same_machine, table_errors, verdict
from nastutor.tables.make import make
from nastutor.tables.plan import made, processor


@pytest.mark.parametrize(("number", "run"), [(7, 0), (41, 3)])
def test_an_entry_made_again(number, run):
    """Bit-equal on the machine type that made the table; on others sums are rounded differently, which 12 epochs of SGD amplify."""
    table = Table("digits-tiny")
    (entry,) = again(table, [(number, 12, run)])
    assert (entry.number, entry.budget, entry.run) == (number, 12, run) and entry.held > 0
    assert verdict(table, [entry]).good


def test_whole_chunks_are_made_again(recipe, tmp_path):
    from dataclasses import replace

    table = Table(make(replace(recipe, chunk=2, budgets=(1,)), tmp_path, tmp_path / "shards", progress=False))
    entries = again(table, [(1, 1, 1), (0, 1, 1), (2, 1, 0)])
    assert [(entry.number, entry.run) for entry in entries] == [(0, 1), (1, 1), (2, 0), *([(3, 0)] if table.networks > 3 else [])]
    assert all(entry.apart == 0 for entry in entries)


def test_a_training_that_breaks_is_no_difference(small, monkeypatch):
    monkeypatch.setattr(Train, "__call__", lambda *_: nt.Result.failed("MemoryError"))
    with pytest.raises(RuntimeError, match="a training broke: MemoryError"):
        again(small, [(0, 1, 0)])


def test_random_entries(small):
    entries = random_entries(small, 40)
    assert entries == random_entries(small, 40) != random_entries(small, 40, seed=1)
    assert {budget for _, budget, _ in entries} == {1, 3} and {run for *_, run in entries} == {0, 1} and len({number for number, *_ in entries}) > 2


def test_how_far_apart():
    assert Entry(0, 1, 0, 0.25, 0.5).apart == 0.25 and Entry(0, 1, 0, math.nan, math.nan).apart == 0 and Entry(0, 1, 0, 0.5, math.nan).apart == math.inf


def test_on_the_machine_that_made_the_table_all_are_equal():
    table = Table("digits-tiny")
    equal, nearly = Entry(0, 12, 0, 0.1, 0.1), Entry(0, 12, 0, 0.1, 0.1 + 1e-4)
    assert verdict(table, [equal] * 60, same=True).good and not verdict(table, [equal] * 60 + [nearly], same=True).good
    assert verdict(table, [equal] * 60 + [nearly], same=False).good and verdict(table, [equal]).same is same_machine(table)


def test_processors_are_told_apart(tmp_path):
    told = "vendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: {}\nmodel name\t: Xeon\nstepping\t: 8\n\nvendor_id\t: second\n"
    for model in (143, 85):
        (tmp_path / "cpuinfo").write_text(told.format(model), encoding="utf-8")
        assert processor(tmp_path / "cpuinfo") == f"GenuineIntel 6 {model} 8"
    assert processor(tmp_path / "none") == "" and processor() in made()["machine"]


def test_elsewhere_a_verdict_allows_what_two_runs_differ_by():
    table = Table("digits-tiny")
    runs = table_errors(table, 12).T  # (5 runs, 60 networks)

    def judge(held, again):
        return verdict(table, [Entry(0, 12, 0, a, b) for a, b in zip(held, again, strict=True)], same=False)

    other = judge(runs[0], runs[1])
    assert other.good and other.equal < 20 and other.strays == 0 and other.apart > other.allowed / 2, "another run of the same network"
    assert not judge(runs[0], runs[1][::-1]).good, "another network"
    assert not judge(runs[0], runs[0] + 0.03).good and not judge(runs[0], runs[0] - 0.03).good, "each as far apart as two runs, but all to one side"
    assert judge(runs[0], runs[0]).good and judge(runs[0], runs[0]).largest == 0
    equal, stray = Entry(0, 12, 0, 0.1, 0.1), Entry(0, 12, 0, 0.1, math.nan)
    strays = verdict(table, [equal] * 60 + [stray], same=False)
    assert strays.good and strays.strays == 1 and not verdict(table, [stray], same=False).good


def test_a_table_of_one_run_does_not_know_its_noise(recipe, tmp_path):
    from dataclasses import replace

    table = Table(make(replace(recipe, budgets=(1,), runs=1), tmp_path, tmp_path / "shards", progress=False))
    assert verdict(table, [Entry(0, 1, 0, 0.5, 0.5)]).allowed == pytest.approx(1.25 * 2**0.5 * UNKNOWN)
