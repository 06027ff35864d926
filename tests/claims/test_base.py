"""A claim runs on a table or its name, says what came out, and refuses what it cannot answer."""

from dataclasses import replace

import pytest

import nastutor as nt
from nastutor.claims.base import Claim, Finding
from nastutor.comparing.intervals import Interval
from nastutor.papers import paper


def with_p(p):
    return Claim("x", "ying2019", "This is so.", "By this test.", "effect", lambda table, seeds, first: Finding(Interval(seeds, first, 2.0), p, "more"))


def test_an_outcome_says_all_in_two_lines():
    text = str(with_p(0.01).run("digits-tiny", seeds=12, first=3))
    assert text == "x on digits-tiny: supported. This is so.\n    effect: 12 [3, 2], p = 0.01, 12 seeds from 3; more"
    assert "x on digits-tiny: not supported at this scale." in str(with_p(0.05).run("digits-tiny"))
    assert with_p(0.049).run("digits-tiny").supported and not with_p(0.05).run("digits-tiny").supported


def test_clear_is_what_other_seeds_should_say_too():
    assert [with_p(p).run("digits-tiny").clear for p in (0.0009, 0.001, 0.0011, 0.05, 0.2, 0.21)] == [True, True, False, False, False, True]
    floor = Claim("x", "ying2019", "So.", "Test.", "effect", lambda *_: Finding(Interval(0, 0, 0), 0.003, "", 0.003))
    assert floor.run("digits-tiny").clear and not with_p(0.003).run("digits-tiny").clear


def test_seeds_follow_the_scale(monkeypatch):
    assert with_p(1).run("digits-tiny").seeds == 10
    monkeypatch.setenv("NASTUTOR_SCALE", "cpu")
    assert with_p(1).run(nt.estimators.Table("digits-tiny")).seeds == 50
    assert with_p(1).run("digits-tiny", seeds=11).seeds == 11
    recorded = replace(with_p(0.01), recorded=7).run("digits-tiny", seeds=12)
    assert "p = 0.01, 7 recorded seeds; more" in str(recorded), "what was asked for has nothing to do with it"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [({"seeds": 9}, "`seeds` is 9; allowed are .* from 10"), ({"first": -1}, "`first` is -1"), ({"table": "digits-huge"}, "`name` is 'digits-huge'")],
)
def test_bad_arguments_are_refused_in_words(arguments, words):
    with pytest.raises(ValueError, match=words):
        with_p(1).run(**{"table": "digits-tiny", **arguments})


def test_claims_are_of_papers_on_the_list_and_state_level_and_side():
    assert len({claim.key for claim in nt.claims.CLAIMS}) == len(nt.claims.CLAIMS)
    for claim in nt.claims.CLAIMS:
        assert paper(claim.paper) and "5 %" in claim.test and claim.key.startswith(claim.paper)
