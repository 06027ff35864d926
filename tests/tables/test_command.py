import pytest

from nastutor.estimators import Table
from nastutor.tables import command
from nastutor.tables.command import main
from nastutor.tables.recipes import RECIPES


def test_commands(recipe, small, capsys, monkeypatch, tmp_path):
    assert main(["list"]) == 0 and "digits-tiny" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["make", "no such table"])
    assert "invalid choice" in capsys.readouterr().err
    monkeypatch.setitem(RECIPES, "small", recipe)
    where = ["--out", str(tmp_path), "--work", str(tmp_path / "work")]
    assert main(["make", "small", *where]) == 0 and Table(tmp_path / "small.npz").networks == small.networks

    def interrupted(*_, **__):
        raise KeyboardInterrupt("3 of 5")

    monkeypatch.setattr(command, "make", interrupted)
    assert main(["make", "small", *where]) == 130 and "interrupted: 3 of 5" in capsys.readouterr().err


def test_check_prints_the_largest_difference(capsys, small, monkeypatch):
    monkeypatch.setattr(command, "Table", lambda name, **given: Table(small.path, **given))
    assert main(["check", "small", "--entries", "2"]) == 0
    assert "largest difference 0.0000" in capsys.readouterr().out
