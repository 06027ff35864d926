"""The look ahead is what autograd finds by differentiating through the step; its usual slip is named."""

import pytest
import torch

from nastutor.checks import find_check, judge
from nastutor.exercises.small_bilevel import look_ahead, losses


@pytest.mark.parametrize("xi", [0.0, 0.5])
def test_look_ahead_is_what_torch_differentiates_through_the_step(xi):
    train, val = (1.0, 2.0, -0.5, 0.25), (-1.0, 0.5, 1.5, 2.0)

    def loss(parts, w, alpha):
        a, b, c, d = parts
        return a * w + b * w**2 / 2 + c * alpha * w**2 / 2 + d * alpha * w

    w, alpha = (torch.tensor(number, dtype=torch.float64, requires_grad=True) for number in (0.75, -0.5))
    (step,) = torch.autograd.grad(loss(train, w, alpha), w, create_graph=True)
    loss(val, w - xi * step, alpha).backward()
    assert look_ahead(0.75, -0.5, xi, 0.125, *losses(train, val)) == pytest.approx(float(alpha.grad))


def test_the_first_order_is_named():
    outcome = judge(find_check("ch09.look_ahead"), lambda w, a, xi, s, tw, ta, vw, va: va(w, a))
    assert not outcome.passed and "first order" in dict(outcome.lines).get("likely", ""), str(outcome)
