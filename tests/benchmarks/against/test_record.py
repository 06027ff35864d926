"""The record of the comparison with other libraries: what a line says, how it goes on, what it refuses."""

import json

import pytest

import nastutor as nt

TABLE = "digits-tiny"


@pytest.fixture(scope="module")
def record(benchmark):
    return benchmark("against.record")


@pytest.fixture
def searches(record):
    make = nt.RandomSearch
    return {"drawn": record.Search(make, "RandomSearch(space)", {"optuna": "5.0"}, 100), "once more": record.Search(make, "RandomSearch(space)", {}, 100)}


def test_a_line_says_what_was_found_and_how(record, searches):
    line = record.made("drawn", searches["drawn"], TABLE, 3)
    table = nt.estimators.Table(TABLE)
    history = nt.search(nt.RandomSearch(table.space, seed=3), table, trials=100)
    found = min(record.result.error for record in history) - table.best().result.error
    assert line["regrets"] == {"100": pytest.approx(found, abs=1e-7)}, "nothing after 300 of 100 trials"
    assert (line["table"], line["search"], line["seed"], line["trials"], line["settings"]) == (TABLE, "drawn", 3, 100, "RandomSearch(space)")
    assert {"python", "numpy", "optuna"} == set(line["versions"]) and line["seconds"] > 0
    assert line["networks"] == len({table.space.canonical(record.trial.arch) for record in history}) < 100


def test_a_search_that_ends_early_keeps_its_last(record):
    class Short(nt.RandomSearch):
        left = 5

        def ask(self):
            self.left -= 1
            if self.left < 0:
                raise nt.Finished("that is all")
            return super().ask()

    line = record.made("short", record.Search(Short, "Short(space)"), TABLE, 0)
    assert line["trials"] == 5 and line["regrets"]["100"] == line["regrets"]["300"] > 0


def test_it_goes_on_where_it_was_cut(record, searches, tmp_path):
    path = tmp_path / "new" / "record.jsonl"
    assert record.read(path) == [] and record.lacking(path, searches, TABLE, range(2)) == [(n, s) for s in range(2) for n in searches]
    lines = [record.made(name, searches[name], TABLE, 0) for name in searches]
    record.write(path, lines[0])
    with path.open("a") as file:
        file.write(json.dumps(lines[1])[:30])  # killed here
    assert record.read(path) == lines[:1] and record.lacking(path, searches, TABLE, range(1)) == [("once more", 0)]
    record.write(path, lines[1])
    assert record.read(path) == lines and record.lacking(path, searches, TABLE, range(2)) == [("drawn", 1), ("once more", 1)]
    assert len(record.lacking(path, searches, "digits-cells", range(2))) == 4, "of another table"


def test_other_settings_and_versions_are_refused(record, searches, tmp_path):
    path = tmp_path / "record.jsonl"
    record.write(path, record.made("drawn", searches["drawn"], TABLE, 0))
    changed = record.Search(nt.RandomSearch, "RandomSearch(space, distinct=True)", {"optuna": "5.0"}, 100)
    with pytest.raises(ValueError, match=r"has drawn with settings RandomSearch\(space\), here RandomSearch\(space, distinct=True\): take out its lines"):
        record.lacking(path, {"drawn": changed}, TABLE, range(1))
    newer = record.Search(nt.RandomSearch, "RandomSearch(space)", {"optuna": "5.1"}, 100)
    with pytest.raises(ValueError, match="5.1"):
        record.lacking(path, {"drawn": newer}, TABLE, range(1))


def test_what_is_told_is_of_one_table_and_of_the_seeds_asked_for(record):
    lines = [
        {"table": table, "search": "one", "seed": seed, "regrets": {"100": seed / 100, "300": 0.0} if seed else {"100": 0.0}}
        for table in ("a", "b")
        for seed in (0, 1, 1000)
    ]
    assert record.told(lines, "a", 100, range(1000)) == {"one": {0: 0.0, 1: 0.01}}
    assert record.told(lines, "a", 300, range(1000)) == {"one": {1: 0.0}}, "seed 0 was not run so long"
    assert record.told(lines, "c", 100, range(1000)) == {}
