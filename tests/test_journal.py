"""The journal: its three promises under SIGKILL, damage, other searches, two at once, readers while it is written."""

import json
import os
import random
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

import nastutor as nt
from nastutor.__main__ import main
from nastutor.core import History, Result
from nastutor.journal import Journal, JournalError, read_events, show
from nastutor.loop import search
from tests.searching import copy_until

CHILD = Path(__file__).parent / "journal_child.py"
posix = pytest.mark.skipif(os.name != "posix", reason="kills processes by SIGKILL")
SPACE = nt.spaces.ChoiceSpace.of({f"d{i}": tuple(range(5)) for i in range(6)})


def error(trial):
    return Result({"error": sum((trial.arch[f"d{i}"] - 2) ** 2 for i in range(6)) / 24}, cost=1.0)


def run(path, trials=20, seed=0, **arguments):
    return search(nt.RegularizedEvolution(SPACE, population=6, sample=3, seed=seed), error, trials=trials, journal=path, **arguments)


def pairs(history):
    return [(record.trial, record.result) for record in history]


# 20 kills in all: strategies x workers, each case killed several times at random moments; Trained carries real weights by warm_start
CASES = [
    ("Trained", 1, "completed", 2),
    ("RegularizedEvolution", 1, "completed", 4),
    ("REINFORCE", 1, "asked", 1),
    ("HillClimbing", 3, "asked", 4),
    ("RegularizedEvolution", 3, "asked", 3),
]
CASES += [("RandomSearch", 3, "completed", 3), ("WarmStarts", 1, "completed", 3)]


def child(folder, case, trials):
    return subprocess.Popen(
        [sys.executable, str(CHILD), str(folder), *map(str, case[:3]), str(trials)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@posix
@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c[0]}-{c[1]}-{c[2]}")
def test_three_promises_under_sigkill(case, tmp_path):
    name, workers, order, kills = case
    trials = 8 if name == "Trained" else 60
    rng = random.Random(f"{case}")
    (tmp_path / "cut").mkdir()
    (tmp_path / "whole").mkdir()
    killed = 0
    while killed < kills:
        process = child(tmp_path / "cut", case, trials)
        target = evaluations(tmp_path / "cut") + rng.randint(1, trials // 5)
        while evaluations(tmp_path / "cut") < target and process.poll() is None:
            time.sleep(0.002)
        time.sleep(rng.random() * 0.01)
        process.kill()
        _, words = process.communicate()
        assert process.returncode in (0, -9), words
        killed += 1
    cut = finish(tmp_path / "cut", case, trials)
    whole = finish(tmp_path / "whole", case, trials)
    assert cut["asks"] == whole["asks"] or (order == "completed" and workers > 1), "(i) the strategy stands where it stood"
    if workers == 1 or order == "asked":
        assert cut["history"] == whole["history"], "(ii) the final history equals the uninterrupted one"
    answered = sum(event.kind == "answered" for event in read_events(tmp_path / "cut" / "journal"))
    assert answered == trials <= evaluations(tmp_path / "cut") <= trials + killed * workers, "(iii) a kill costs at most the trials in flight"


def evaluations(folder):
    log = folder / "evaluated"
    return log.stat().st_size if log.exists() else 0


def finish(folder, case, trials):
    process = child(folder, case, trials)
    out, words = process.communicate(timeout=60)
    assert process.returncode == 0, words
    return json.loads(out)


def test_resuming_evaluates_nothing_again_and_goes_on(tmp_path):
    first = run(tmp_path / "j", 10)
    calls = []

    def counted(trial):
        calls.append(trial)
        return error(trial)

    counted.__qualname__ = error.__qualname__
    strategy = nt.RegularizedEvolution(SPACE, population=6, sample=3, seed=0)
    again = search(strategy, counted, trials=25, journal=tmp_path / "j")
    assert len(calls) == 15 and pairs(again[:10]) == pairs(first) and pairs(again) == pairs(run(tmp_path / "other", 25))
    assert again[10].started >= first[-1].finished, "the clock goes on"


def test_the_limits_count_what_was_done_before(tmp_path):
    run(tmp_path / "j", 10)
    assert len(run(tmp_path / "j", 8)) == 10, "no result is lost"
    history = search(nt.RegularizedEvolution(SPACE, population=6, sample=3), error, cost=12, journal=tmp_path / "j")
    assert len(history) == 12


def test_batches_resume(tmp_path):
    whole = run(tmp_path / "whole", 24, batch=5)
    run(tmp_path / "j", 24, batch=5)
    copy_until(tmp_path / "j", tmp_path / "cut", lambda kind, trial: kind == "told" and trial == 11)
    assert pairs(run(tmp_path / "cut", 24, batch=5)) == pairs(whole)


@pytest.mark.parametrize("batch", [1, 3])
def test_a_cut_after_any_single_event_is_healed(tmp_path, batch):
    whole = run(tmp_path / "whole", 9, batch=batch)
    for n, event in enumerate(read_events(tmp_path / "whole")):
        if event.kind != "told" and (event.trial or 0) % batch < batch - 1:
            continue  # a group is written as one
        copy_until(tmp_path / "whole", tmp_path / f"cut{n}", lambda kind, trial, e=event: (kind, trial) == (e.kind, e.trial))
        assert pairs(run(tmp_path / f"cut{n}", 9, batch=batch)) == pairs(whole), event


def test_an_answer_that_was_written_and_not_told_is_told_and_not_evaluated(tmp_path):
    run(tmp_path / "whole", 9)
    copy_until(tmp_path / "whole", tmp_path / "cut", lambda kind, trial: kind == "answered" and trial == 4)

    def never(trial):
        raise AssertionError("evaluated again")

    never.__qualname__ = error.__qualname__
    assert len(search(nt.RegularizedEvolution(SPACE, population=6, sample=3), never, trials=5, journal=tmp_path / "cut")) == 5


class Snapping(nt.RegularizedEvolution):
    """Evolution that leaves snapshots of its whole state, and counts what it is told."""

    snapshots = 10
    tells = 0

    def tell(self, trial, result):
        self.tells += 1
        super().tell(trial, result)

    def state_dict(self):
        version, numbers, gauss = self.rng.getstate()
        return {"rng": [version, list(numbers), gauss], "population": [[m.error, m.arch.to_json()] for m in self.population]}

    def load_state_dict(self, state):
        version, numbers, gauss = state["rng"]
        self.rng.setstate((version, tuple(numbers), gauss))
        self.population.clear()
        for value, arch in state["population"]:
            super().tell(nt.Trial(nt.Arch.from_json(arch)), Result({"error": value}))


def test_a_snapshot_shortens_the_replay_and_agrees_with_it(tmp_path):
    def snapped(path, trials):
        strategy = Snapping(SPACE, population=6, sample=3)
        return strategy, pairs(search(strategy, error, trials=trials, journal=path))

    _, whole = snapped(tmp_path / "whole", 40)
    snapped(tmp_path / "j", 25)
    strategy, history = snapped(tmp_path / "j", 40)
    assert history == whole and strategy.tells == 5 + 15, "those after the last snapshot, and the new ones"
    assert pairs(History.load(tmp_path / "j")) == whole and "told 40" in show(tmp_path / "j")


def test_first_is_part_of_the_journal(tmp_path):
    known = [SPACE.sample(1), SPACE.sample(2)]
    whole = run(tmp_path / "j", 8, first=known)
    assert pairs(run(tmp_path / "j", 8, first=known)) == pairs(whole)
    with pytest.raises(JournalError, match="its first is"):
        run(tmp_path / "j", 9)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda p: search(nt.RandomSearch(SPACE), error, trials=1, journal=p), "its strategy is 'RegularizedEvolution'"),
        (lambda p: run(p, seed=1), "its seed is 0"),
        (lambda p: search(nt.RegularizedEvolution(SPACE, population=7, sample=3), error, trials=1, journal=p), "its settings is"),
        (lambda p: search(nt.RegularizedEvolution(SPACE, population=6, sample=3), lambda t: error(t), trials=1, journal=p), "its estimator is 'error'"),
        (
            lambda p: search(nt.RegularizedEvolution(nt.spaces.ChoiceSpace.of({"x": (1, 2)}), population=6, sample=3), error, trials=1, journal=p),
            "its space is",
        ),
    ],
)
def test_a_journal_of_another_search_is_refused(tmp_path, change, words):
    run(tmp_path / "j", 3)
    with pytest.raises(JournalError, match=words):
        change(tmp_path / "j")


def test_a_strategy_whose_code_changed_is_found_out(tmp_path):
    class Ours(nt.RandomSearch):
        def ask(self):
            return super().ask()

    search(Ours(SPACE), error, trials=3, journal=tmp_path / "j")
    Ours.ask = lambda self: nt.Trial(SPACE.sample(99))
    with pytest.raises(JournalError, match="says that trial 0 was"):
        search(Ours(SPACE), error, trials=3, journal=tmp_path / "j")


def test_damage_is_named(tmp_path):
    path = tmp_path / "j"
    run(path, 5)
    (tmp_path / "text").write_text("this is not a database, whatever its name says\n" * 30)
    with pytest.raises(JournalError, match="damaged or not a journal"):
        run(tmp_path / "text")
    sqlite3.connect(tmp_path / "other").execute("CREATE TABLE notes(a)").connection.close()
    with pytest.raises(JournalError, match="not the journal of a search"):
        run(tmp_path / "other")
    db = sqlite3.connect(path)
    db.execute("UPDATE events SET body = replace(body, '0.', '1.') WHERE kind = 'answered' AND trial = 3")
    db.commit()
    with pytest.raises(JournalError, match="damaged at event"):
        run(path)
    db.execute("DELETE FROM events WHERE trial = 3")
    db.commit()
    db.close()
    with pytest.raises(JournalError, match="damaged at event"):
        History.load(path)


def test_a_truncated_file_is_damaged(tmp_path):
    path = tmp_path / "j"
    run(path, 200)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(JournalError, match="damaged"):
        run(path, 200)


def test_folders_that_do_not_take_it(tmp_path):
    with pytest.raises(JournalError, match="no folder"):
        run(tmp_path / "nowhere" / "j")
    with pytest.raises(JournalError, match="there is no such file"):
        History.load(tmp_path / "j")
    readonly = Path("/sys") if os.path.isdir("/sys/kernel") else None  # a folder where not even root can write
    if readonly:
        with pytest.raises(JournalError, match="read-only"):
            run(readonly / "j")


def test_a_full_disk_ends_the_search_with_its_history(tmp_path, monkeypatch):
    import nastutor.journal as module

    connect = module._connect

    def small(path, *, write):
        db = connect(path, write=write)
        db.execute("PRAGMA max_page_count = 8")
        return db

    monkeypatch.setattr(module, "_connect", small)
    with pytest.raises(JournalError, match="full") as caught:
        run(tmp_path / "j", 500)
    monkeypatch.undo()
    done = len(caught.value.history)
    assert 0 < done < 500 and pairs(run(tmp_path / "j", done + 5))[:done] == pairs(caught.value.history)


def test_two_at_once_are_refused(tmp_path):
    header = {"space": "s"}
    journal = Journal(tmp_path / "j", header)
    with pytest.raises(JournalError, match="in use by another search"):
        Journal(tmp_path / "j", header)
    journal.close()
    Journal(tmp_path / "j", header).close()


def test_a_link_to_a_journal_is_the_same_journal(tmp_path):
    journal = Journal(tmp_path / "j", {"space": "s"})
    (tmp_path / "link").symlink_to(tmp_path / "j")
    with pytest.raises(JournalError, match="in use by another search"):
        Journal(tmp_path / "link", {"space": "s"})
    journal.close()


def test_an_estimator_with_another_setting_is_another_estimator(tmp_path):
    def at_most(n):
        return lambda curve: len(curve) >= n

    def look(n):
        train = nt.estimators.Train(nt.spaces.CellSpace(nodes=3), nt.tasks.digits(), epochs=4, stop=at_most(n))
        return search(nt.RandomSearch(nt.spaces.CellSpace(nodes=3)), train, trials=1, journal=tmp_path / "j")

    assert len(look(1)[0].result.curve) == 1
    with pytest.raises(JournalError, match="its estimator is"):
        look(2)


def test_another_process_reads_while_it_is_written(tmp_path):
    seen = []

    def look(history):
        if len(history) in (1, 7):
            code = f"import nastutor as nt; print(len(nt.History.load({str(tmp_path / 'j')!r})))"
            seen.append(int(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout))

    history = run(tmp_path / "j", 10, callbacks=[look])
    assert seen == [1, 7] and pairs(History.load(tmp_path / "j")) == pairs(history)
    assert [(r.started, r.finished) for r in History.load(tmp_path / "j")] == [(r.started, r.finished) for r in history]


def test_without_shared_memory_it_leaves_wal_mode_by_itself(tmp_path, monkeypatch):
    assert mode(tmp_path, "wal") == "wal"
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda path, **k: connect(f"{path}?vfs=unix-dotfile" if "uri" in k else path, **k))
    assert mode(tmp_path, "dotfile") == "delete"


def mode(folder, name):
    journal = Journal(folder / name, {"space": "s"})
    try:
        return journal._db.execute("PRAGMA journal_mode").fetchone()[0]
    finally:
        journal.close()


def test_the_command_shows_it(tmp_path, capsys):
    run(tmp_path / "j", 4)
    assert main(["journal", "show", str(tmp_path / "j")]) == 0
    out = capsys.readouterr().out
    assert "strategy: RegularizedEvolution" in out and "told 4" in out and out.strip() == show(tmp_path / "j").strip()
    assert main(["journal", "show", str(tmp_path / "nothing")]) == 2 and "no such file" in capsys.readouterr().err
