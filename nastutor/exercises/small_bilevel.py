"""The exercise of chapter 9 on the second order of DARTS: a look one step of the weights ahead, of losses whose derivatives are known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nastutor.checks import Check


def look_ahead(w: float, alpha: float, xi: float, small: float, train_w: Any, train_alpha: Any, val_w: Any, val_alpha: Any) -> float:
    ahead = w - xi * train_w(w, alpha)
    way = val_w(ahead, alpha)
    curved = (train_alpha(w + small * way, alpha) - train_alpha(w - small * way, alpha)) / (2 * small)
    return float(val_alpha(ahead, alpha) - xi * curved)


# --- inputs


@dataclass(frozen=True)
class Slope:
    """A derivative of some loss, as a function of (w, alpha); it prints as what it is."""

    one: float
    w: float
    alpha: float
    w_alpha: float
    w_w: float

    def __call__(self, w: float, alpha: float) -> float:
        return self.one + self.w * w + self.alpha * alpha + self.w_alpha * w * alpha + self.w_w * w * w

    def __repr__(self) -> str:
        return f"({self.one:g} + {self.w:g} w + {self.alpha:g} alpha + {self.w_alpha:g} w alpha + {self.w_w:g} w w)"


def losses(train: tuple[float, ...], val: tuple[float, ...]) -> tuple[Slope, ...]:
    """Of L = a w + b w^2 / 2 + c alpha w^2 / 2 + d alpha w: dL/dw and dL/dalpha, of two such losses."""
    return tuple(one for a, b, c, d in (train, val) for one in (Slope(a, b, d, c, 0.0), Slope(0.0, d, 0.0, 0.0, c / 2)))


def _bilevel(st: Any) -> Any:
    number = st.integers(-4, 4).map(lambda n: n / 2)
    loss = st.tuples(*[number] * 4)
    xi = st.sampled_from((0.0, 0.25, 0.5, 1.0))
    return st.tuples(number, number, xi, loss, loss).map(lambda drawn: (*drawn[:3], 0.125, *losses(*drawn[3:])))


# --- known mistakes


def _ahead(sign: float = 1.0, at: str = "ahead", start: str = "w", step: bool = True) -> Callable[..., float]:
    """A wrong look_ahead: the sign of its second part, where dL_val/dw is taken, from where w is shaken, and whether L_val sees the step."""

    def wrong(w: float, alpha: float, xi: float, small: float, train_w: Any, train_alpha: Any, val_w: Any, val_alpha: Any) -> float:
        ahead = w - xi * train_w(w, alpha)
        way = val_w(ahead if at == "ahead" else w, alpha)
        middle = w if start == "w" else ahead
        curved = (train_alpha(middle + small * way, alpha) - train_alpha(middle - small * way, alpha)) / (2 * small)
        return float(val_alpha(ahead if step else w, alpha) - sign * xi * curved)

    return wrong


def _first_order(w: float, alpha: float, xi: float, small: float, train_w: Any, train_alpha: Any, val_w: Any, val_alpha: Any) -> float:
    return float(val_alpha(w, alpha))


CHECKS = [
    Check(
        "ch09.look_ahead",
        inputs=_bilevel,
        reference=look_ahead,
        names=("w", "alpha", "xi", "small", "train_w", "train_alpha", "val_w", "val_alpha"),
        mistakes=(
            (_first_order, "That is the first order: alpha does not see that the weights will follow it. Step ahead first."),
            (_ahead(sign=-1.0), "The second part is taken off, not added: dw'/dalpha is -xi times the mixed derivative."),
            (_ahead(at="w"), "The way along which w is shaken is dL_val/dw at w', after the step, not before it."),
            (_ahead(start="ahead"), "Shaken is w itself, not w': it is the training loss at w whose slope makes w'."),
            (_ahead(step=False), "dL_val/dalpha is taken at w', after the step."),
        ),
        why=(
            "w' = w - xi dL_train/dw and v = dL_val/dw at w'. Then dL_val/dalpha at w', less xi times "
            "(dL_train/dalpha at w + small v, less that at w - small v) / (2 small)."
        ),
        hints=(
            "ahead = w - xi * train_w(w, alpha); way = val_w(ahead, alpha).",
            "curved = (train_alpha(w + small * way, alpha) - train_alpha(w - small * way, alpha)) / (2 * small); return val_alpha(ahead, alpha) - xi * curved.",
        ),
    )
]
