import sys
from types import SimpleNamespace

import pytest

from nastutor.widgets.gpu import gpu_usage


def cuda(utilization, used=True):
    return SimpleNamespace(
        cuda=SimpleNamespace(is_available=lambda: True, is_initialized=lambda: used, mem_get_info=lambda: (77.5e9, 79.6e9), utilization=utilization)
    )


def raising():
    raise ModuleNotFoundError("pynvml")


def test_without_torch_or_a_gpu_in_use_there_is_nothing_to_say(monkeypatch):
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    assert gpu_usage() is None and "torch" not in sys.modules
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace())  # while another thread is importing it
    assert gpu_usage() is None
    monkeypatch.setitem(sys.modules, "torch", cuda(lambda: 63, used=False))
    assert gpu_usage() is None


def test_utilisation_and_memory(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", cuda(lambda: 63))
    assert gpu_usage() == "63 % busy, 2.1 of 79.6 GB"
    monkeypatch.setitem(sys.modules, "torch", cuda(raising))
    assert gpu_usage() == "2.1 of 79.6 GB"


def apple(tensors, available=True):
    """torch on an Apple machine, where `tensors` bytes are in use."""
    memory = {"current_allocated_memory": lambda: tensors, "driver_allocated_memory": lambda: 1.5e9, "recommended_max_memory": lambda: 11.4e9}
    cuda = SimpleNamespace(is_available=lambda: False)
    return SimpleNamespace(cuda=cuda, mps=SimpleNamespace(**memory), backends=SimpleNamespace(mps=SimpleNamespace(is_available=lambda: available)))


def test_memory_of_an_apple_gpu(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", apple(1e6))
    assert gpu_usage() == "1.5 of 11.4 GB"
    for unused in (apple(0), apple(1e6, available=False)):
        monkeypatch.setitem(sys.modules, "torch", unused)
        assert gpu_usage() is None


@pytest.mark.cuda
def test_on_a_real_gpu():
    torch = pytest.importorskip("torch")
    if not torch.cuda.is_available():
        pytest.skip("no GPU that torch can use")
    torch.ones(1, device="cuda")
    assert "GB" in gpu_usage()
