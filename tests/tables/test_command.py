import signal

import pytest

from nastutor.estimators import Table
from nastutor.tables import command
from nastutor.tables.check import Entry
from nastutor.tables.command import main
from nastutor.tables.recipes import RECIPES


@pytest.fixture
def where(recipe, monkeypatch, tmp_path):
    monkeypatch.setitem(RECIPES, "small", recipe)
    return ["small", "--out", str(tmp_path), "--shards", str(tmp_path / "shards")]


def test_commands(small, capsys, tmp_path, where):
    assert main(["list"]) == 0 and "digits-tiny" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["make", "no such table"])
    assert "invalid choice" in capsys.readouterr().err
    assert main(["make", *where, "--budgets", "3", "--runs", "0"]) == 0
    assert f"budget   3  run 0       {small.networks} of {small.networks} trained" in capsys.readouterr().out
    assert main(["time", *where]) == 0 and f"{small.networks} of {small.networks} timed" in capsys.readouterr().out
    assert main(["make", *where]) == 0 and Table(tmp_path / "small.npz").networks == small.networks
    said = capsys.readouterr()
    assert said.out.strip() == str(tmp_path / "small.npz") and "times" not in said.err and "networks, " in said.err
    assert main(["status", *where]) == 0 and "small.npz is there" in capsys.readouterr().out


def test_what_ends_a_making(capsys, monkeypatch, where):
    def ending(error):
        def make(*_, **__):
            raise error

        monkeypatch.setattr(command, "make", make)
        return main(["make", *where]), capsys.readouterr().err

    assert ending(KeyboardInterrupt("3 of 5")) == (130, "interrupted: 3 of 5\n")
    assert ending(OSError(28, "No space left")) == (2, "[Errno 28] No space left; what the shards on disk hold is kept, the same command goes on from there\n")
    assert ending(RuntimeError("it broke")) == (2, "it broke\n") == ending(ValueError("it broke"))


def test_kill_leaves_what_is_finished(capsys, monkeypatch, where):
    monkeypatch.setattr(command, "make", lambda *_, **__: signal.raise_signal(signal.SIGTERM))
    before = signal.getsignal(signal.SIGTERM)
    assert main(["make", *where]) == 130 and "goes on from there" in capsys.readouterr().err and signal.getsignal(signal.SIGTERM) is before


def test_check_says_how_much_is_equal_and_what_is_allowed(capsys, small, monkeypatch):
    monkeypatch.setattr(command, "Table", lambda name: Table(small.path))
    assert main(["check", "small", "--entries", "2"]) == 0
    said = capsys.readouterr().out
    assert said.count("in the table") == 2 and "2 trainings, those beside them in their chunks included; 2 are equal\nlargest difference 0.0000; 0 div" in said
    assert "the same here, so all have to be equal" in said
    monkeypatch.setattr(command, "again", lambda *_: [Entry(0, 3, 0, 0.1, 0.9)])
    assert main(["check", "small"]) == 1 and "differences 0.8000; allowed is" in capsys.readouterr().out


def test_report(capsys):
    assert main(["report", "digits-tiny"]) == 0 and "60 networks" in capsys.readouterr().out
    assert main(["report", "digits-teeny"]) == 2 and "allowed are" in capsys.readouterr().err
