import pytest

from nastutor.spaces.numbers import Numbers, check_ranges


def test_options_lie_evenly_on_their_scale():
    assert Numbers(0, 1).options(3) == (0.0, 0.5, 1.0) and Numbers(0.01, 1, "log").options(3) == (0.01, 0.1, 1.0)
    assert Numbers(32, 4096, "log", True).options(8) == (32, 64, 128, 256, 512, 1024, 2048, 4096)
    assert Numbers(2, 4, "linear", True).options(9) == (2, 3, 4), "those that round to one are one"
    assert Numbers(0.01, 1, "log").options(1) == (0.1,) and type(Numbers(2, 4, "linear", True).options(1)[0]) is int


def test_ranges_are_checked():
    known = {"lr": Numbers(0.1, 1)}
    assert check_ranges({"lr": (0.01, 1, "log")}, known) == {"lr": Numbers(0.01, 1, "log")} and check_ranges(None, known) == known
    with pytest.raises(ValueError, match="`ranges` has 'rate'; allowed are lr"):
        check_ranges({"rate": Numbers(0, 1)}, known)
    for bad in ((0, 1, "log"), (1, 0), (0, 1, "cubic"), (0,), ("a", 1), 3):
        with pytest.raises(ValueError, match=r"`ranges\['lr'\]` is"):
            check_ranges({"lr": bad}, known)
