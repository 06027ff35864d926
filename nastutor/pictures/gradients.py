"""What gradient methods draw and where they go: draws that are almost one-hot, a step of two gates, error against cost (chapter 9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from nastutor.inputs import positive, require, whole
from nastutor.pictures.figures import new_axes, number, say
from nastutor.pictures.style import COLOURS, INK, QUIET, line_style
from nastutor.rng import numpy_rng

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes

HATCHES = ("", "///", "...", "xx", "\\\\", "++", "oo")


def concrete(alpha: Mapping[str, float], temperatures: Sequence[float] = (5.0, 1.0, 0.1), draws: int = 16, *, seed: int = 0, ax: Axes | None = None) -> Axes:
    """Draws softmax((log p + Gumbel noise) / temperature), a bar each; on the left p itself (Xie et al. 2019, equations 4 and 5).

    The noise is the same at every temperature: only how far a draw is from one-hot changes, and never which option is its largest.

    alpha  option -> its alpha, of which p is the softmax
    """
    import numpy as np

    require(
        "alpha", alpha, lambda own: isinstance(own, Mapping) and 2 <= len(own) <= len(HATCHES), f"an alpha for each of 2 to {len(HATCHES)} options (chapter 9)"
    )
    for temperature in temperatures:
        require("temperatures", temperature, lambda t: t > 0, "numbers above 0: at 0 a draw is one-hot and has no slope (chapter 9)")
    noise = numpy_rng(seed, "concrete").gumbel(size=(whole("draws", draws), len(alpha)))
    logits = np.array(list(alpha.values()), dtype=float)
    p = _softmax(logits)
    axes, left, ticks = new_axes(8.0, 3.2) if ax is None else ax, 2.0, [(0.0, "p")]
    _stacked(axes, np.zeros(1), p[None], list(alpha))
    words = []
    for temperature in temperatures:
        drawn = _softmax((np.log(p) + noise) / temperature)  # (draws, options)
        _stacked(axes, left + np.arange(draws), drawn)
        ticks.append((left + (draws - 1) / 2, f"{draws} draws at temperature {temperature:g}"))
        words.append(f"at temperature {temperature:g} the largest share is {drawn.max(1).mean():.2f} on average")
        left += draws + 1
    axes.set(xticks=[at for at, _ in ticks], xticklabels=[text for _, text in ticks], ylabel="share", ylim=(0, 1), xlim=(-0.8, left - 1))
    axes.grid(False)
    axes.legend(loc="upper right", bbox_to_anchor=(1, 1.2), ncols=len(alpha), fontsize=8)
    counts = np.bincount(noise_winner(p, noise), minlength=len(p))
    often = ", ".join(f"{name} {count}" for name, count in zip(alpha, counts, strict=True))
    said = ", ".join(f"{name} {share:.2f}" for name, share in zip(alpha, p, strict=True))
    return say(axes, f"Draws from p = ({said}): {'; '.join(words)}. Which option is the largest, at every temperature: {often} of {draws}.")


def noise_winner(p: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """The largest option of each draw, (draws,), with shares p (options,) and noise (draws, options)."""
    import numpy as np

    found: np.ndarray = (np.log(p) + noise).argmax(1)
    return found


def gates(shares: Mapping[str, float], pair: tuple[str, str], grad: tuple[float, float], *, lr: float = 1.0, ax: Axes | None = None) -> Axes:
    """A step of two binary gates: the shares of all options before and after it (Cai et al. 2019, section 3.2.1).

    The two that were drawn move by the slope of a softmax over the pair; together they keep what they had, and the others what they have.

    pair  the options that were drawn, the first of which ran
    grad  dL/dg of their gates
    lr    of a plain step against the slope
    """
    import numpy as np

    known = list(shares)
    require("pair", pair, lambda two: len(two) == 2 and two[0] != two[1] and all(one in known for one in two), f"two of {', '.join(known)} (chapter 9)")
    before = np.array([float(share) for share in shares.values()])
    places = [known.index(name) for name in pair]
    after = before.copy()
    after[places] = moved(before[places], np.array(grad, dtype=float), positive("lr", lr, zero=True))
    axes, x = new_axes(6.4, 3.0) if ax is None else ax, np.arange(len(known))
    axes.bar(x - 0.2, before, 0.38, color=COLOURS[4], label="before")
    still = [k for k in range(len(known)) if k not in places]
    for which, colour, text in ((places, COLOURS[1], "after, of the two"), (still, QUIET, "after, of the others")):
        if which:
            axes.bar(x[which] + 0.2, after[which], 0.38, color=colour, hatch="//", edgecolor="white", label=text)
    axes.set(xticks=x, xticklabels=known, ylabel="share", ylim=(0, 1.15 * max(before.max(), after.max())))
    for place, slope, text in zip(places, grad, ("runs", "is watched"), strict=True):
        axes.text(place, max(before[place], after[place]) + 0.01, f"{text}: dL/dg = {slope:g}", ha="center", fontsize=8)
    axes.legend(loc="upper right", bbox_to_anchor=(1, 1.25), ncols=3)
    words = [f"{known[place]} from {before[place]:.3f} to {after[place]:.3f}" for place in places]
    return say(axes, f"One step of two gates moves {' and '.join(words)}; their sum {before[places].sum():.3f} and all other shares stay.")


def moved(two: np.ndarray, grad: np.ndarray, lr: float) -> np.ndarray:
    """The shares (2,) of a pair after a step against the slope of their softmax, with the sum that they had."""
    import numpy as np

    q = two / two.sum()
    found: np.ndarray = two.sum() * _softmax(np.log(q) - lr * q * (grad - q @ grad))
    return found


def tradeoff(
    groups: Mapping[str, tuple[Any, Any]],
    everything: tuple[Any, Any] | None = None,
    *,
    highlight: str | None = None,
    cost: str = "cost",
    ax: Axes | None = None,
) -> Axes:
    """Error against cost of what was found under each setting, in its order, with a line through the means.

    Settings have hollow marks of their own shape and size, so that those of several at one place are all to be seen.

    groups      setting -> (costs (n,), errors (n,))
    everything  (costs (A,), errors (A,)) of the whole space, in grey
    highlight   a setting whose points stand out; None: all do
    """
    import numpy as np

    require("groups", groups, bool, "one setting or more, with costs and errors (chapter 9)")
    require("highlight", highlight, lambda name: name is None or name in groups, f"None and {', '.join(groups)}")
    axes, means, words = new_axes(6.4, 3.8) if ax is None else ax, [], []
    if everything is not None:
        axes.plot(*everything, linestyle="none", marker=".", color=QUIET, alpha=0.35, label="all of the space")
    for index, (name, (costs, errors)) in enumerate(groups.items()):
        style, strong = line_style(index), highlight in (None, name)
        look = {"linestyle": "none", "marker": style.marker, "markersize": 5 + 2 * index, "markerfacecolor": "none", "markeredgewidth": 1.3}
        axes.plot(costs, errors, color=style.color, alpha=0.8 if strong else 0.15, label=name, **look)
        means.append((float(np.mean(costs)), float(np.mean(errors))))
        words.append(f"{name}: {number(means[-1][0])} with error {number(means[-1][1])}")
    axes.plot(*zip(*means, strict=True), color=INK, linewidth=1.2, marker="+", markersize=9, label="means")
    found = np.concatenate([np.asarray(errors, dtype=float) for _, errors in groups.values()])
    low, high = _limits(found, [error for _, error in means])
    axes.set(xlabel=cost, ylabel="error", ylim=(low, high))
    axes.legend(fontsize=8)
    above = int((found > high).sum())
    more = f" {above} with larger errors than {number(high)} {'is' if above == 1 else 'are'} above the picture." if above else ""
    return say(axes, f"Scatter chart: error against {cost}, means of each setting: {'; '.join(words)}.{more}")


def _limits(errors: np.ndarray, means: Sequence[float]) -> tuple[float, float]:
    """Of the axis: as whiskers end, and around the means, so that a few which learned nothing do not press the others together."""
    import numpy as np

    low, quarter, third = np.quantile(errors, (0.0, 0.25, 0.75))
    high = max(float(min(errors.max(), third + 3 * (third - quarter))), *means)
    room = 0.15 * (high - float(low)) or 0.05
    return float(low) - room, high + room


def _stacked(axes: Axes, x: np.ndarray, shares: np.ndarray, names: Sequence[str] = ()) -> None:
    """Bars at x (n,), of shares (n, options) one above the other."""
    bottom = 0 * x
    for k in range(shares.shape[1]):
        label = names[k] if names else None
        axes.bar(x, shares[:, k], 0.86, bottom=bottom, color=COLOURS[k], hatch=HATCHES[k], edgecolor="white", linewidth=0.3, label=label)
        bottom = bottom + shares[:, k]


def _softmax(logits: np.ndarray) -> np.ndarray:
    """Over the last axis."""
    import numpy as np

    powers = np.exp(logits - logits.max(-1, keepdims=True))
    found: np.ndarray = powers / powers.sum(-1, keepdims=True)
    return found
