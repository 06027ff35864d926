"""Values: what they refuse, and that they survive the way to JSON and back."""

import copy
import dataclasses
import json
import math
import pickle
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nastutor.core import Arch, Edit, Mixture, Result, Trial

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**6), 10**6) | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda part: st.tuples(part) | st.tuples(part, part),
    max_leaves=4,
)
ARCHS = st.dictionaries(st.text(max_size=6), VALUES, max_size=5).map(lambda d: Arch(tuple(d.items())))


def types(value):
    return tuple(map(types, value)) if isinstance(value, tuple) else type(value)


@given(ARCHS)
def test_an_arch_survives_json_with_its_types(arch):
    again = Arch.from_json(arch.to_json())
    assert again == arch and hash(again) == hash(arch)
    assert [types(value) for _, value in again.choices] == [types(value) for _, value in arch.choices]


@given(ARCHS, st.none() | st.integers(1, 99), st.none() | st.text(max_size=5), st.integers(0, 9))
def test_a_trial_survives_json_and_its_key_names_everything(arch, budget, warm_start, repeat):
    trial = Trial(arch, budget, warm_start, repeat=repeat)
    again = Trial.from_json(trial.to_json())
    assert again == trial and again.key == trial.key and len(trial.key) == 32
    assert dataclasses.replace(trial, repeat=repeat + 1).key != trial.key
    assert dataclasses.replace(trial, budget=100).key != trial.key


def test_keys_are_the_same_on_every_machine():
    assert Trial(Arch((("a", 1), ("b", (2.5, None))))).key == "396794edcf8d72d4b7ecfeaa67d49d60"


@pytest.mark.parametrize("value", [[1], {"a": 1}, np.int64(3), object(), float("nan"), (1, float("inf"))])
def test_an_arch_refuses_what_json_cannot_say(value):
    with pytest.raises((TypeError, ValueError), match="'width'"):
        Arch((("width", value),))


def test_an_arch_refuses_a_decision_twice_and_names_what_it_lacks():
    with pytest.raises(ValueError, match="twice"):
        Arch((("a", 1), ("a", 2)))
    with pytest.raises(KeyError, match=r"depth.*width"):
        Arch((("width", 1),))["depth"]


@pytest.mark.parametrize(("name", "value"), [("budget", -1), ("budget", 1.5), ("budget", True), ("repeat", -1)])
def test_a_trial_refuses(name, value):
    with pytest.raises(ValueError, match=f"`{name}` is {value}"):
        Trial(Arch(()), **{name: value})


PLAIN = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda p: st.lists(p) | st.dictionaries(st.text(), p), max_leaves=5)


@given(
    st.dictionaries(st.text(max_size=5), st.floats(), max_size=3),
    st.lists(st.floats(), max_size=4),
    st.floats(),
    st.dictionaries(st.text(max_size=5), PLAIN, max_size=3),
    st.sampled_from(["failed", "stopped"]),
)
def test_a_result_equals_itself_after_json_and_after_pickle(metrics, curve, cost, info, status):
    result = Result(metrics, curve, cost, status=status, info=info)
    assert Result.from_json(result.to_json()) == result == pickle.loads(pickle.dumps(result))


def test_a_result_takes_its_json_form_when_it_is_made():
    result = Result({"error": np.float32(0.5)}, np.array([1, 2]), info={"sizes": (1, np.int64(2)), "map": np.eye(2)})
    assert result == Result({"error": 0.5}, (1.0, 2.0), info={"sizes": [1, 2], "map": [[1.0, 0.0], [0.0, 1.0]]})
    assert type(result.metrics["error"]) is float


def test_a_result_cannot_be_changed_by_who_learns_from_it():
    result = Result({"error": 0.5}, info={"note": 1})
    for change in (
        lambda: result.metrics.__setitem__("error", 0.0),
        lambda: result.metrics.update(error=0.0),
        lambda: result.info.pop("note"),
        lambda: Result({"error": 1.0}).info.setdefault("note", 2),
    ):
        with pytest.raises(TypeError, match="read-only"):
            change()
    assert copy.deepcopy(result) == result == pickle.loads(pickle.dumps(result)) and json.dumps(result.metrics) == '{"error": 0.5}'


def test_a_result_refuses():
    with pytest.raises(ValueError, match="lack 'error'"):
        Result({"loss": 1.0})
    with pytest.raises(ValueError, match="`status` is 'fine'"):
        Result({"error": 0.1}, status="fine")
    with pytest.raises(TypeError, match="`error`"):
        Result({"error": "low"})
    with pytest.raises(TypeError, match=r"info\.model"):
        Result({"error": 0.1}, info={"model": object()})


def test_failed_results_carry_a_reason_and_no_error():
    result = Result.failed("it broke", traceback="...")
    assert result.status == "failed" and result.info["reason"] == "it broke" and math.isnan(result.error)


def test_a_mixture_equals_only_itself_and_survives_json():
    mixture = Mixture({"op": [0.25, 0.75]})
    again = Mixture.from_json(mixture.to_json())
    assert mixture == mixture and mixture != again and np.array_equal(mixture["op"], again["op"]) and again["op"].dtype == np.float32
    assert Trial(mixture).key == Trial(again).key
    with pytest.raises(ValueError, match="shape"):
        Mixture({"op": [[1.0]]})


@dataclass(frozen=True)
class Longer(Edit):
    by: int
    where: tuple[int, ...] = ()


def test_an_edit_goes_by_its_name():
    trial = Trial(Arch((("depth", 1),)), warm_start="parent", edit=Longer(2, (0, 1)))
    assert Trial.from_json(trial.to_json()) == trial
    with pytest.raises(ValueError, match="'Shorter'"):
        Trial.from_json(trial.to_json().replace("Longer", "Shorter"))
