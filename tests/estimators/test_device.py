import sys
import threading

import pytest
import torch

from nastutor.estimators.device import _glibc, devices, kept_memory, numerics, resolve_device, resolve_precision


def test_devices_by_name():
    assert resolve_device("cpu") == "cpu" and resolve_device("auto") in devices()
    for name in ("gpu9", "cuda:77", "", "CPU"):
        with pytest.raises(ValueError, match=f"`device` is '{name}'; allowed on this machine are auto, cpu"):
            resolve_device(name)


def test_apples_gpu_is_the_best_where_there_is_no_other(monkeypatch):
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert devices() == ("auto", "cpu", "mps") and resolve_device("auto") == resolve_device("mps") == "mps"
    with pytest.raises(ValueError, match="`device` is 'cuda'; allowed on this machine are auto, cpu, mps"):
        resolve_device("cuda")
    with pytest.raises(ValueError, match="`amp` is True and `device` 'mps'; mixed precision is for CUDA"):
        resolve_precision(True, "mps")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    assert devices() == ("auto", "cpu", "cuda", "cuda:0", "mps") and resolve_device("auto") == "cuda"


def test_precision_by_name():
    assert resolve_precision(False, "cpu") is None and resolve_precision(True, "cuda:0") == "float16" and resolve_precision("bfloat16", "cuda") == "bfloat16"
    with pytest.raises(ValueError, match="`amp` is 'int8'; allowed are False, True"):
        resolve_precision("int8", "cuda")
    for amp in (True, "bfloat16"):
        with pytest.raises(ValueError, match="mixed precision is for CUDA"):
            resolve_precision(amp, "cpu")


def test_the_process_is_left_as_it_was():
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        with pytest.raises(ZeroDivisionError), numerics(1):
            assert torch.get_num_threads() == 1 and torch.backends.cudnn.deterministic
            with numerics(1):
                assert torch.get_num_threads() == 1
            _ = 1 / 0
        assert torch.get_num_threads() == 2 and not torch.backends.cudnn.deterministic
    finally:
        torch.set_num_threads(before)


def test_another_number_waits_and_the_same_does_not():
    entered = {"same": threading.Event(), "other": threading.Event()}

    def enter(name, number):
        with numerics(number):
            entered[name].set()

    threads = [threading.Thread(target=enter, args=args, daemon=True) for args in (("same", 1), ("other", 2))]
    with numerics(1):
        for thread in threads:
            thread.start()
        assert entered["same"].wait(5) and not entered["other"].wait(0.2)
    assert entered["other"].wait(5)
    for thread in threads:
        thread.join(5)


def faults(rounds=3):
    """Pages that the system hands out while 30 blocks of 4 MB are taken and given back."""
    import resource

    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(rounds):
        blocks = [torch.ones(1 << 20) for _ in range(30)]
        del blocks
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


@pytest.mark.skipif(_glibc() is None, reason="the C library is not glibc")
def test_kept_memory_is_not_asked_for_again():
    with kept_memory():
        faults(1)
        kept = faults()
    assert 3 * kept < faults()


def test_memory_elsewhere_stays_as_it_is(monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    assert _glibc() is None
    with pytest.raises(ZeroDivisionError), kept_memory():
        1 / 0  # noqa: B018
