"""python -m nastutor: what it passes on, and what it says of mistakes."""

import pytest

from nastutor.__main__ import main


def test_tables_are_passed_on(capsys):
    assert main(["tables", "list"]) == 0
    assert "digits-tiny" in capsys.readouterr().out


def test_claims_are_passed_on(capsys):
    assert main(["claims", "list"]) == 0
    assert "ying2019-evolution" in capsys.readouterr().out


def test_derived_networks_are_passed_on(capsys):
    assert main(["derived", "nothing"]) == 2
    assert "`network` is 'nothing'" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["derived"], ["journals"], ["journal", "show"], ["tables", "make", "nothing"], ["claims"], ["claims", "run"]])
def test_mistakes_end_with_the_usage(arguments, capsys):
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 2 and "usage: python -m nastutor" in capsys.readouterr().err
