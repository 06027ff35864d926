"""Fingerprints: equal settings give equal lines in every process, other settings other lines; and what JSON can say."""

import math
import os
import subprocess
import sys
from dataclasses import dataclass
from functools import partial
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from nastutor.describe import Described, describe, to_plain


class Part(Described):
    def __init__(self, width, *, rates=(0.1,), inner=None, seed=0):
        self.width = width


@dataclass(frozen=True)
class Pair:
    first: int
    second: object = None


def test_a_fingerprint_names_the_class_and_every_setting_defaults_included():
    assert Part(4).settings == {"width": 4, "rates": (0.1,), "inner": None, "seed": 0}
    assert Part(4).fingerprint == "Part(width=4, rates=(0.1), inner=None, seed=0)" == Part(width=4, seed=0).fingerprint
    assert Part(4, inner=Part(8)).fingerprint == "Part(width=4, rates=(0.1), inner=Part(width=8, rates=(0.1), inner=None, seed=0), seed=0)"


def test_settings_are_those_of_the_constructor_whatever_happens_to_the_object():
    part = Part(4)
    part.width = 5
    assert part.settings["width"] == 4


def newer(base, name, off, default):
    """The same class in a later version: with one more argument, `name`."""

    def __init__(self, width, *, rates=(0.1,), inner=None, seed=0, **more):
        base.__init__(self, width, rates=rates, inner=inner, seed=seed)

    parameters = list(signature(base.__init__).parameters.values())
    __init__.__signature__ = Signature([*parameters, Parameter(name, Parameter.KEYWORD_ONLY, default=default)])
    return type("Part", (base,), {"__init__": __init__, "__qualname__": "Part", "later": {**base.later, name: off}})


def test_an_argument_that_came_later_is_not_named_while_it_is_off():
    new = newer(Part, "warmup", off=0, default=0)
    assert new(4).fingerprint == new(4, warmup=0).fingerprint == Part(4).fingerprint and new(4).settings["warmup"] == 0
    assert new(4, warmup=3).fingerprint == Part(4).fingerprint[:-1] + ", warmup=3)"
    assert new(8).fingerprint != Part(4).fingerprint != new(4, rates=(0.2,)).fingerprint, "older arguments are named whatever their values"
    assert Part(1, inner=new(4)).fingerprint == Part(1, inner=Part(4)).fingerprint


def test_off_stays_off_when_the_default_becomes_another():
    new = newer(Part, "warmup", off=0, default=5)
    assert new(4, warmup=0).fingerprint == Part(4).fingerprint != new(4).fingerprint == new(4, warmup=5).fingerprint


def test_a_field_that_came_later_is_not_named_while_it_is_off():
    @dataclass(frozen=True)
    class Pair:
        first: int
        second: object = None
        third: int = 0
        later: ClassVar[dict] = {"third": 0}

    Pair.__qualname__ = "Pair"
    assert describe(Pair(1)) == "Pair(first=1, second=None)" and describe(Pair(1, third=2)) == "Pair(first=1, second=None, third=2)"


def adder(n):
    return lambda x: x + n


DIFFERENT = {
    "numbers": (1, 1.0, True, "1"),
    "containers": ({"a": 1}, {"a": 2}, (1, 2), (2, 1), {1, 2}),
    "arrays": (np.zeros(4), np.zeros((2, 2)), np.zeros(4, dtype=int), np.ones(4)),
    "dataclasses": (Pair(1), Pair(2), Pair(1, Pair(1))),
    "closures": (adder(1), adder(2), adder((1, 2))),
    "functions": (lambda x: x + 1, lambda x: x + 2, lambda x, y=1: x + y, lambda x, y=2: x + y, len, Part),
    "partial": (partial(adder, 1), partial(adder, 2), partial(adder, n=1), adder),
    "methods": (Part(1).__init__, Part(2).__init__),
}


@pytest.mark.parametrize("values", DIFFERENT.values(), ids=DIFFERENT)
def test_what_differs_reads_differently(values):
    lines = list(map(describe, values))
    assert len(set(lines)) == len(lines), lines
    assert not any(" at 0x" in line for line in lines)


def test_what_is_equal_reads_the_same():
    assert describe(adder(3)) == describe(adder(3)) and describe([1, 2]) == describe((1, 2))
    assert describe({"b", "a", "c"}) == "{'a', 'b', 'c'}" and describe(np.arange(3.0)) == describe(np.arange(3.0))


def test_a_line_is_the_same_in_another_process():
    code = "from tests.test_describe import *; print(describe([{'b', 'a'}, adder(3), partial(adder, 1), Pair(1), np.arange(3.0), Part(4)]))"
    environments = ({**os.environ, "PYTHONHASHSEED": seed} for seed in ("1", "2"))
    root = Path(__file__).resolve().parent.parent
    lines = {subprocess.run([sys.executable, "-c", code], cwd=root, env=env, capture_output=True, text=True, check=True).stdout for env in environments}
    assert len(lines) == 1 and "adder" in lines.pop()


def test_plain_is_what_json_says():
    value = {1: (1, 2.5, None), "a": np.arange(3), "b": np.float32(0.5), "c": [True, {"d": np.int64(3)}]}
    assert to_plain(value, "info") == {"1": [1, 2.5, None], "a": [0, 1, 2], "b": 0.5, "c": [True, {"d": 3}]}
    assert type(to_plain(np.float64(0.5), "x")) is float and math.isnan(to_plain(float("nan"), "x"))


def test_anything_else_is_refused_by_its_path():
    with pytest.raises(TypeError, match=r"`info\.model\.best` holds a object; allowed is what JSON can say"):
        to_plain({"model": {"best": object()}}, "info")
