"""`VisionPipelineSpace`: the paper's 238 hyperparameters, their conditions, and their number of pipelines."""

import json
from math import log
from pathlib import Path

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

import nastutor as nt
from nastutor.published.vision import VISION_PIPELINES
from nastutor.spaces import ChoiceSpace, VisionPipelineSpace
from nastutor.spaces.vision import exit_of
from nastutor.testing import check_space

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "spaces.json").read_text(encoding="utf-8"))["vision pipelines"]
PUBLISHED = VisionPipelineSpace(**{**VISION_PIPELINES, "seeds": 2, "points": 2})  # how many options there are makes no decision more or less
TINY = VisionPipelineSpace((16,), (8,), seeds=1, points=1)


def test_the_papers_hyperparameters():
    assert len(PUBLISHED.sites()) == GOLDEN["hyperparameters"]
    assert len(PUBLISHED.sites()["exit"]) == GOLDEN["exits"]


class Part(ChoiceSpace):
    """The decisions of one part of a pipeline."""

    def __init__(self, ask):
        self.ask = ask

    def decide(self, choose):
        return self.ask(choose)


def test_the_number_of_pipelines_is_that_of_its_parts():
    count = {
        "bank": sum(1 for _ in Part(lambda choose: TINY._bank(choose, "x"))),
        "grid": sum(1 for _ in Part(lambda choose: TINY._grid(choose, 0))),
        "layer": sum(1 for _ in Part(lambda choose: TINY._layer(choose, 0))),
    }
    assert count == {"bank": 4 * (2 + 1 + 1), "grid": 6 * 2 * 16 * 3 * 4, "layer": 6 * 16 * 2 * 3 * 7}
    alpha, pool = 6 * 5 * 3 * 16 * 3 * 4, 6 * 5 * 3 * 5 * 16 * 3 * (1 + 2) * 4
    assert TINY.size == (1 + count["layer"]) * (count["grid"] + alpha + pool)


@hypothesis.settings(max_examples=60, deadline=None)
@hypothesis.given(st.integers(0, 10**6))
def test_the_exit_decides_what_there_is(seed):
    plan = PUBLISHED.plan(PUBLISHED.sample(seed))
    kind, depth = exit_of(plan["exit"])
    assert 17 <= len(plan) <= 55
    assert [f"l{k}fb_size" in plan for k in range(2)] == [k < depth for k in range(2)]
    prefixes = {"grid": f"l{depth}eg", "alpha": f"l{depth}elpa", "pool": f"l{depth}_out_lp"}
    assert [f"{prefix}_l2_reg" in plan for prefix in prefixes.values()] == [name == kind for name in prefixes]
    for name, way in plan.items():
        if name.endswith("_algo"):
            bank = name.removesuffix("algo")
            assert (f"{bank}r_normalize" in plan, f"{bank}wr_gamma" in plan, f"{bank}wp_gamma" in plan) == (
                way == "random", way == "random_whitened", way == "whitened_patches")  # fmt: skip
    assert ("warp_rot" in plan) == (plan["warp"] == "affine")


def test_numbers_are_quantiles_of_their_priors():
    options = VisionPipelineSpace(points=101)._priors
    beta = np.log(options["beta"])
    assert np.isclose(np.mean(beta), log(100), atol=1e-3) and np.isclose(np.std(beta), log(100), rtol=0.03)
    assert abs(np.mean(options["alpha"])) < 1e-6 and np.isclose(np.std(options["alpha"]), 1, rtol=0.03)
    assert options["order_real"][0] == 0.1 and options["order_real"][-1] == 10


def test_tpe_and_smac_search_it():
    def loss(trial):
        return nt.Result({"error": len(trial.arch.choices) / 60})

    for strategy in (nt.TPE(PUBLISHED, start=6, candidates=4, numeric=PUBLISHED.numeric), nt.SMAC(TINY, start=6, climbs=0, samples=5, trees=2)):
        assert len(nt.search(strategy, loss, trials=9, progress=False)) == 9


def test_it_has_no_networks_and_says_so():
    with pytest.raises(TypeError, match="graph"):
        nt.estimators.Train(TINY, nt.tasks.digits(train_size=50), 1, weights=False)


def test_it_keeps_the_rules():
    check_space(VisionPipelineSpace((), (8,), points=2))


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"layers": (8,)}, "`layers` is"),
        ({"sizes": (0,)}, "`sizes` is 0"),
        ({"affine": 1}, "`affine` is 1"),
        ({"seeds": 0}, "`seeds`"),
        ({"points": 0}, "`points`"),
    ],
)
def test_refusals(settings, word):
    with pytest.raises(ValueError, match=word):
        VisionPipelineSpace(**settings)
