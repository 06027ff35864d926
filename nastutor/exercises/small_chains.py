"""Two exercises of chapter 1 on pencil and paper: how many chains there are, and which point of the space is a residual network."""

from __future__ import annotations

import math
from collections.abc import Callable

from nastutor.checks import Check


def count(depth: int, convs: int, max_pools: int) -> int:
    total = 0
    for layers in range(1, depth + 1):
        for pools in range(min(layers, max_pools) + 1):
            total += math.comb(layers, pools) * convs ** (layers - pools)
    return total


def reads(blocks: int) -> list[tuple[int, ...]]:
    starts = [1]
    answer: list[tuple[int, ...]] = [(0,)]
    for block in range(blocks):
        first = 2 * block + 2
        answer += [tuple(starts), (first,)]
        starts.append(first + 1)
    return [*answer, tuple(starts)]


def _counts(depths: Callable[[int], range], places: Callable[[int, int], int], most: Callable[[int, int], int]) -> Callable[[int, int, int], int]:
    """A wrong `count`: which depths, in how many places pools lie, how many pools at most."""

    def wrong(depth: int, convs: int, max_pools: int) -> int:
        return sum(places(n, pools) * convs ** (n - pools) for n in depths(depth) for pools in range(most(n, max_pools) + 1))

    return wrong


def _up_to(depth: int) -> range:
    return range(1, depth + 1)


def _reading(start: Callable[[int], tuple[int, ...]]) -> Callable[[int], list[tuple[int, ...]]]:
    """A wrong `reads`: what enters the block behind which so many layers lie; the second layer of a block reads the first."""

    def wrong(blocks: int) -> list[tuple[int, ...]]:
        inner = [pair for block in range(blocks) for pair in (start(2 * block + 1), (2 * block + 2,))]
        return [(0,), *inner, start(2 * blocks + 1)]

    return wrong


CHECKS = [
    Check(
        "ch01.count",
        inputs=lambda st: st.tuples(st.integers(1, 6), st.integers(1, 6), st.integers(0, 3)),
        reference=count,
        mistakes=(
            (
                _counts(lambda d: range(d, d + 1), math.comb, min),
                "You count chains of exactly `depth` layers; shorter ones, from one layer on, belong to the space as well.",
            ),
            (_counts(_up_to, lambda n, pools: 1, min), "Pools may lie in several places: with p pools among n layers there are comb(n, p) ways."),
            (_counts(_up_to, math.comb, lambda n, most: n), "At most `max_pools` layers are pools; you allow any number."),
            (lambda depth, convs, max_pools: sum(convs**n for n in _up_to(depth)), "You count chains without pools."),
            (
                lambda depth, convs, max_pools: int((convs + 1) ** depth),
                "That is chains of `depth` layers with any number of pools: mind shorter ones and `max_pools`.",
            ),
            (lambda depth, convs, max_pools: count(depth, convs, max_pools) + 1, "One too many: the chain without any layer is not in the space."),
        ),
        why="Sum over the number of layers n from 1 to `depth`, and for each over the number of pools p from 0 to the smaller of n and `max_pools`.",
        hints=(
            "Fix n layers and p pools first. The pools lie in comb(n, p) ways; each other layer has `convs` options.",
            "The sum of math.comb(n, p) * convs ** (n - p) over n = 1 ... depth and p = 0 ... min(n, max_pools).",
        ),
    ),
    Check(
        "ch01.reads",
        inputs=lambda st: st.tuples(st.integers(0, 30)),
        reference=reads,
        mistakes=(
            (_reading(lambda n: (n,)), "This is the plain chain: every layer reads its predecessor and nothing else."),
            (
                _reading(lambda n: (n - 2, n) if n > 1 else (n,)),
                "The sum before a block is not the output of any layer, so it must be written out: the first output *and those of all blocks so far*.",
            ),
            (
                _reading(lambda n: tuple(range(1, n + 1))),
                "You also add what lies inside the blocks; a shortcut goes around a whole block, from its end to its end.",
            ),
            (
                _reading(lambda n: tuple(range(0, n + 1, 2)) if n > 1 else (n,)),
                "You count from the image: blocks end at layers 3, 5, 7, ..., and the first output is layer 1's.",
            ),
            (lambda blocks: reads(blocks)[:-1], "The classifier is missing: the last entry says what it reads."),
        ),
        why="Call what enters block k s_k. Then s_1 = L_1, and s_(k+1) = s_k + (output of block k): by hand, s_3 = L_1 + L_3 + L_5.",
        hints=(
            "For one block the answer is [(0,), (1,), (2,), (1, 3)]; write down that for two blocks by hand.",
            "Keep a list `starts` = [1]; each block adds tuple(starts) and (its first layer,) to the answer, and its second layer to `starts`.",
        ),
    ),
]
