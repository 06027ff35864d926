"""`python -m nastutor claims`: all that a table suits is tested and printed, the rest is named with its reason."""

import pytest

import nastutor as nt
from nastutor.__main__ import main
from nastutor.claims import command
from nastutor.claims.base import Claim, Finding
from nastutor.claims.needs import Need
from nastutor.comparing.intervals import Interval

SUITED = Claim("a", "ying2019", "It is so.", "A test, 5 %.", "effect", lambda table, seeds, first: Finding(Interval(seeds, first, 9.0), 0.0005, "more"))
UNSUITED = Claim("b", "ying2019", "It is not.", "A test, 5 %.", "effect", None, (Need("a moon", lambda table: "it has none"),))


@pytest.fixture
def two(monkeypatch):
    monkeypatch.setattr(command, "CLAIMS", (SUITED, UNSUITED))


def test_all_is_said(two, capsys):
    assert main(["claims", "run", "digits-tiny", "--seeds", "12", "--first", "3"]) == 0
    out, err = capsys.readouterr()
    assert out == (
        "a on digits-tiny: supported. It is so.\n    effect: 12 [3, 9], p = 0.0005, 12 seeds from 3; more\n    clear: ('digits-tiny', 'a'): True\n"
        "b on digits-tiny: not tested. It is not.\n    it has none, and b needs a moon\n"
    )
    assert not err


def test_several_tables_and_a_path(two, capsys):
    path = str(nt.estimators.Table("digits-tiny").path)
    assert main(["claims", "run", "digits-tiny", path]) == 0
    assert capsys.readouterr().out.count("a on digits-tiny: supported") == 2


def test_a_misspelt_table_stops_before_the_first_claim(two, capsys):
    for name in ("digits-huge", "moon.npz"):
        assert main(["claims", "run", "digits-tiny", name]) == 2
        out, err = capsys.readouterr()
        assert not out and f"`name` is {name!r}; allowed are" in err


def test_too_few_seeds_are_refused(two, capsys):
    assert main(["claims", "run", "digits-tiny", "--seeds", "9"]) == 2
    assert "`seeds` is 9" in capsys.readouterr().err


def test_some_claims_alone(capsys):
    assert main(["claims", "run", "digits-tiny", "--only", "ying2019-top", "--seeds", "10"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("ying2019-top on digits-tiny: ") and out.count(" on digits-tiny: ") == 1
    with pytest.raises(SystemExit):
        main(["claims", "run", "digits-tiny", "--only", "moon"])


def test_the_list_states_test_and_tables(capsys):
    assert main(["claims", "list"]) == 0
    out = capsys.readouterr().out
    for claim in nt.claims.CLAIMS:
        assert f"{claim.key}: {claim.statement}\n    test: {claim.test}\n    tables: {claim.tables}\n" in out
