"""A population over its births: who lived how long, at what error, of whom; and an archive with the density by which it breeds (chapter 8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from nastutor.pictures.figures import new_axes, number, say
from nastutor.pictures.style import COLOURS, INK, QUIET, line_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

GRID = 200  # points of the density
MOST_BARS = 16  # with their births below them


def lives(members: Sequence[Any], *, ax: Axes | None = None) -> Axes:
    """A line for each life, from birth to death at its measured error, and dotted ones from parents to children; the family of the best stands out.

    Births are counted from 1.

    members  by birth: `strategy.lives` of `RegularizedEvolution`, or `strategy.population` of `TournamentEvolution`, from which nobody leaves
    """
    members = list(members)
    if not members or not all(hasattr(member, "birth") for member in members):
        raise ValueError(f"`members` are {str(members)[:60]}; allowed is one member or more, such as `strategy.lives` (chapter 8)")
    axes, end = new_axes() if ax is None else ax, len(members)
    best = min(members, key=lambda member: member.error)
    family = ancestors(members, best)
    for member in members:
        own = member in family
        style = {"color": COLOURS[1], "linewidth": 2.4, "zorder": 3} if own else {"color": QUIET, "linewidth": 0.9, "alpha": 0.55}
        axes.plot([member.birth + 1, 1 + (end if member.death is None else member.death)], [member.error] * 2, linestyle="-", solid_capstyle="butt", **style)
        if getattr(member, "parent", None) is not None:
            style = {"color": COLOURS[1], "linewidth": 1.4, "zorder": 3} if own else {"color": QUIET, "linewidth": 1.0, "alpha": 0.8}
            axes.plot([member.birth + 1] * 2, [members[member.parent].error, member.error], linestyle=":", **style)
    axes.plot([best.birth + 1], [best.error], label="the best that was measured", linestyle="none", marker="D", color=COLOURS[1], zorder=4)
    axes.legend()
    axes.set(xlabel="births", ylabel="measured error", xlim=(1, end + 1))
    axes.locator_params(axis="x", integer=True)
    above = _cut_off(axes, sorted(member.error for member in members))
    if min(member.error for member in members) >= 0:
        axes.set_ylim(bottom=max(0.0, axes.get_ylim()[0]))
    dead = [member.death - member.birth for member in members if member.death is not None]
    text = f"Lives of a population: {end} births, {end - len(dead)} alive at the end. "
    text += f"Those that died lived for {min(dead)} to {max(dead)} births. " if dead else "Nobody died. "
    text += f"{above} with larger errors than {number(axes.get_ylim()[1])} are above the picture. " if above else ""
    return say(axes, f"{text}The best, of birth {best.birth + 1}, has an error of {number(best.error)}; it is generation {len(family)} of its family.")


def ages(members: Sequence[Any], *, ax: Axes | None = None) -> Axes:
    """A bar for each member that is alive, the oldest first: how many were born since; below it stands its birth, counted from 1.

    Orange are those of the family of the best that was measured, as in `lives`; a star marks the best that is alive.

    members  by birth, as `lives` takes them
    """
    alive = [member for member in members if member.death is None]
    if not alive:
        raise ValueError(f"`members` are {str(members)[:60]}; allowed are members of which one is alive at least (chapter 8)")
    axes, now, best = new_axes(width=3.6) if ax is None else ax, len(members), min(alive, key=lambda member: member.error)
    old = [now - 1 - member.birth for member in alive]
    family = ancestors(members, min(members, key=lambda member: member.error))
    axes.bar(range(len(alive)), old, color=[COLOURS[1] if member in family else QUIET for member in alive])
    axes.plot([alive.index(best)], [now - 1 - best.birth], linestyle="none", marker="*", markersize=11, color=INK, clip_on=False)
    births = [str(member.birth + 1) for member in alive] if len(alive) <= MOST_BARS else [""] * len(alive)
    axes.set_xticks(range(len(alive)), births, fontsize=8)
    axes.set(xlabel="alive, by birth", ylabel="age in births")
    axes.set_title("orange: family of the best measured\nstar: the best that is alive", fontsize=8)
    axes.locator_params(axis="y", integer=True)
    return say(axes, f"Ages of the {len(alive)} that are alive: from {min(old)} to {max(old)} births; the best of them is {now - 1 - best.birth} old.")


def _cut_off(axes: Axes, errors: list[float]) -> int:
    """Ends the axis above most of them, as whiskers end, so that a few which learned nothing do not press the others together; how many lie above."""
    low, high = (errors[round(share * (len(errors) - 1))] for share in (0.25, 0.75))
    top = high + 3 * (high - low)
    above = sum(error > top for error in errors)
    if not above or low == high:
        return 0
    axes.set_ylim(errors[0] - 0.05 * (top - errors[0]), top)
    return above


def ancestors(members: Sequence[Any], member: Any) -> list[Any]:
    """The line of parents of a member, itself first, as far as it is known."""
    line = [member]
    while (parent := getattr(line[-1], "parent", None)) is not None:
        line.append(members[parent])
    return line


def cheap_name(strategy: Any) -> str:
    """What the first cheap objective of `LEMONADE` is called: as it is given by name, else as the function that gives it."""
    told = strategy.cheap(strategy.archive[0].arch)
    name = next(iter(told)) if isinstance(told, Mapping) else getattr(strategy.cheap, "__name__", "<lambda>")
    return "cheap objective" if name == "<lambda>" else str(name)


def archive(strategy: Any, *, span: tuple[float, float] | None = None, ax: Axes | None = None) -> Axes:
    """The front of `LEMONADE` by its first cheap objective and its first measured one, over the density from which it breeds.

    Where the shaded curve is low, parents and children are drawn. It is that of the first cheap objective alone, at its highest 1.

    span  the least and the largest cheap objective that there is to be room for; None: those of the archive
    """
    import numpy as np

    from nastutor.strategies.thinness import log_density

    kept = sorted(getattr(strategy, "archive", ()), key=lambda one: one.cheap[0])
    if not kept:
        raise ValueError(f"`strategy` is {type(strategy).__name__} without an archive; allowed is a LEMONADE that was told some answers (chapter 8)")
    axes = new_axes() if ax is None else ax
    cheap, measured = [one.cheap[0] for one in kept], [one.measured[0] for one in kept]
    low, high = span or (min(cheap), max(cheap))
    room = 0.15 * (high - low) or 1.0
    at = np.geomspace(max(low, 1) / 1.3, high * 1.3, GRID) if strategy.log and low > 0 else np.linspace(max(0.0, low - room), high + room, GRID)
    found = log_density(at[:, None], np.array(cheap)[:, None], strategy.log)
    beside = axes.twinx()
    beside.fill_between(at, np.exp(found - found.max()), color=COLOURS[4], alpha=0.3, linewidth=0)
    beside.set(ylim=(0, 3), yticks=[], zorder=0)
    beside.spines[:].set_visible(False)
    axes.set_zorder(1)
    axes.patch.set_visible(False)
    axes.plot(cheap, measured, drawstyle="steps-post" if len(kept[0].point) == 2 else "default", label="Pareto archive", **line_style(0)._asdict())
    axes.plot(cheap, [0.0] * len(cheap), transform=axes.get_xaxis_transform(), linestyle="none", marker="|", color=INK, clip_on=False)
    axes.fill_between([], [], color=COLOURS[4], alpha=0.3, label="density")
    if strategy.log and low > 0:
        axes.set_xscale("log")
    axes.set(xlabel=cheap_name(strategy), ylabel=strategy.objectives[0], xlim=(at[0], at[-1]))
    axes.legend()
    weights = strategy.weights([one.cheap for one in kept], [one.cheap for one in kept])
    likeliest = max(zip(weights, cheap, strict=True))
    text = f"Pareto archive of {len(kept)} network{'s' * (len(kept) > 1)}: from {number(cheap[0])} with {strategy.objectives[0]} {number(measured[0])} "
    text += f"to {number(cheap[-1])} with {number(measured[-1])}, over the density of {cheap_name(strategy)}. "
    return say(axes, f"{text}The likeliest parent, where it is thinnest, has {number(likeliest[1])}: {likeliest[0] / sum(weights):.0%} of the draws.")
