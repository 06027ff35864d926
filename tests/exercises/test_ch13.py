"""The reference solutions of chapter 13 against the library, and numbers worked out by hand."""

import ast
import random
from collections import Counter

import numpy as np
import pytest
import torch

import nastutor as nt
from nastutor.checks import find_check, judge
from nastutor.exercises import ch13
from nastutor.exercises.ch13 import CHECKS, drop_rate, fair_round, one_hot_path, recalibrate

SPACE = nt.spaces.CellSpace(nodes=3)


def test_one_hot_path_is_the_librarys():
    for seed in range(10):
        arch = SPACE.sample(seed)
        mine = one_hot_path(SPACE.mixture_sites(), dict(arch.choices))
        assert mine == {name: own.tolist() for name, own in SPACE.one_hot(arch).weights.items()}


def test_drop_rate_by_hand_and_as_the_library_drops():
    assert drop_rate(0.25, 2, 10, 10) == 0.5 and drop_rate(0.25, 2, 5, 10) == 0.25 and drop_rate(0.25, 2, 0, 10) == 0 == drop_rate(0, 2, 5, 10)
    assert [round(drop_rate(0.05, k, 1, 1), 3) for k in (2, 3, 5, 7)] == [0.224, 0.368, 0.549, 0.652]
    strategy = nt.OneShot(SPACE, rate=0.3, seed=2)
    kept = np.mean([own for _ in range(400) for own in strategy.mask(0.6).weights.values()])
    assert kept == pytest.approx(1 - drop_rate(0.3, 5, 6, 10), abs=0.02)


def test_recalibrate_is_what_batch_norm_keeps():
    rng = np.random.default_rng(0)
    for size in (2, 5):
        batches = rng.normal(3, 2, (4, size))
        norm = torch.nn.BatchNorm1d(1, momentum=None).double()
        for batch in batches:
            norm(torch.tensor(batch)[:, None])
        assert recalibrate(batches.tolist()) == pytest.approx((float(norm.running_mean), float(norm.running_var)))
    assert recalibrate([[0.0, 2.0], [4.0, 8.0]]) == (3.5, 5.0)


def test_a_fair_round_runs_each_option_once():
    sites = SPACE.sites()
    rounds = [fair_round(sites, random.Random(seed)) for seed in range(200)]
    for paths in rounds:
        for name, options in sites.items():
            assert sorted(path[name] for path in paths) == sorted(options)
    met = Counter((path["0->1"], path["1->2"]) for paths in rounds for path in paths)
    assert len(met) == 25 and min(met.values()) > 15, "any two options of different decisions meet"


def test_the_solutions_of_the_chapter_are_in_one_place():
    assert {check.id for check in CHECKS} == {f"ch13.{name}" for name in ch13.__all__ if name != "CHECKS"}


def same_way_round(sites, rng):
    order = list(next(iter(sites.values())))
    rng.shuffle(order)
    return [dict.fromkeys(sites, option) for option in order]


@pytest.mark.parametrize(
    "name, wrong, words",
    [
        ("fair_round", same_way_round, "the same options always meet"),
        ("fair_round", lambda sites, rng: [{n: rng.choice(o) for n, o in sites.items()} for _ in next(iter(sites.values()))], "fair is once"),
        ("fair_round", lambda sites, rng: sites, "wanted is a list of"),
        ("drop_rate", lambda r, k, t, n: r ** (1 / k), "The ramp is missing"),
        ("one_hot_path", lambda sites, arch: {n: [int(o == arch[n]) for o in own][::-1] for n, own in sites.items()}, ""),
        ("recalibrate", lambda batches: tuple(np.mean([(np.mean(b), np.var(b)) for b in batches], axis=0).tolist()), "n - 1"),
    ],
)
def test_usual_slips_written_by_somebody_else_are_named(name, wrong, words):
    outcome = judge(find_check(f"ch13.{name}"), wrong)
    assert not outcome.passed and words in str(outcome), str(outcome)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_known_mistakes_are_mistakes(check):
    for wrong, sentence in check.mistakes:
        assert check.diagnosis(wrong) == sentence, sentence
        assert not judge(check, wrong).passed


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_references_pass(check):
    assert judge(check, check.reference).passed


def test_rounds_that_never_change_are_noticed():
    fixed = [dict(zip(("0->1", "0->2"), path, strict=True)) for path in (("skip", "conv1"), ("conv1", "skip"))]
    check, sites = find_check("ch13.fair_round"), {"0->1": ("skip", "conv1"), "0->2": ("skip", "conv1")}
    assert check.complaint(lambda sites, rng: fixed, (sites,)).startswith("the same options always meet")
    alone = [{"0->1": "skip"}, {"0->1": "conv1"}]
    assert "every round is the same" in check.complaint(lambda sites, rng: alone, ({"0->1": ("skip", "conv1")},))


def test_rounds_from_another_generator_are_noticed():
    own = random.Random(7)
    outcome = judge(find_check("ch13.fair_round"), lambda sites, rng: fair_round(sites, own))
    assert not outcome.passed and "rng" in str(outcome), str(outcome)
    sites = dict.fromkeys(("0->1", "0->2"), ("skip", "conv1", "conv3", "pool"))
    assert "the same seed" in find_check("ch13.fair_round").complaint(lambda sites, rng: fair_round(sites, own), (sites,))


def test_one_offending_round_is_shown():
    def mostly(sites, rng):
        paths = fair_round(sites, rng)
        return paths if rng.random() < 0.7 else [paths[0]] * len(paths)

    sites = {"0->1": ("skip", "conv1")}
    got = find_check("ch13.fair_round").answer(mostly, (sites,))
    (shown,) = {paths[0]["0->1"] for paths in [ast.literal_eval(repr(got))]}
    assert repr(got) == repr([{"0->1": shown}] * 2) and len(got.drawn) == 12
    said = dict(judge(find_check("ch13.fair_round"), mostly).lines)["yours"]
    assert said.count("[") == 1 and "fair is once" in said
