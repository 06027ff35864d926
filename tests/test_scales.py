"""The one knob: read at each call, the next smaller value where one is missing, words where it is misspelt."""

import sys
from types import SimpleNamespace

import pytest

from nastutor import scales
from nastutor.scales import SCALES, scale


@pytest.fixture
def at(monkeypatch):
    return lambda name: monkeypatch.setenv("NASTUTOR_SCALE", name)


def test_the_scale_is_read_at_each_call(at):
    for name in SCALES:
        at(name)
        assert scale() == name and scale(smoke=0, cpu=1, gpu=2, paper=3) == SCALES.index(name)


def test_a_missing_value_is_that_of_the_next_smaller_scale(at):
    at("paper")
    assert scale(smoke=1, cpu=12) == 12
    at("cpu")
    assert scale(smoke=None, gpu=5) is None, "a value may be None"


def test_without_a_value_as_small_as_the_scale_there_is_none(at):
    at("smoke")
    with pytest.raises(ValueError, match=r"values for \['gpu'\] and the scale is 'smoke': give one for `smoke`"):
        scale(gpu=1)


def test_misspelt_scales_are_refused(at):
    at("cpu")
    with pytest.raises(ValueError, match=r"`scale` got \['cpus'\]; allowed are smoke, cpu, gpu, paper"):
        scale(smoke=1, cpus=2)
    at("CPU")
    with pytest.raises(ValueError, match="`NASTUTOR_SCALE` is 'CPU'; allowed are smoke, cpu, gpu, paper"):
        scale()


@pytest.mark.parametrize("gpu, expected", [(True, "gpu"), (False, "cpu")])
def test_unset_it_depends_on_the_machine(monkeypatch, gpu, expected):
    monkeypatch.delenv("NASTUTOR_SCALE")
    monkeypatch.setattr(scales, "_has_gpu", lambda: gpu)
    assert scale() == expected
    monkeypatch.setenv("NASTUTOR_SCALE", "")
    assert scale() == expected, "empty is unset"


@pytest.mark.parametrize("driver, torch_says, expected", [(True, True, True), (True, False, False), (False, True, False)])
def test_torch_is_asked_only_where_there_is_a_driver(monkeypatch, tmp_path, driver, torch_says, expected):
    monkeypatch.setattr(scales.shutil, "which", lambda name: name if driver else None)
    monkeypatch.setattr(scales, "Path", lambda name: tmp_path / "nothing")
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(cuda=SimpleNamespace(is_available=lambda: torch_says)))
    assert scales._has_gpu() is expected


def test_without_torch_there_is_no_gpu(monkeypatch):
    monkeypatch.setattr(scales.shutil, "which", lambda name: name)
    monkeypatch.setitem(sys.modules, "torch", None)  # importing it raises ImportError
    assert scales._has_gpu() is False
