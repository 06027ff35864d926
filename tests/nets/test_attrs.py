"""Settings have one form each, or are refused by name."""

import numpy as np
import pytest

from nastutor.nets.graph import LayerGraph


def conv(**attrs):
    builder = LayerGraph.start((4, 8, 8))
    return builder.nodes[builder.add("conv", "input", **{"channels": 4, "kernel": 3, **attrs})]


def test_equal_settings_have_one_form():
    assert conv() == conv(kernel=(3, 3)) == conv(kernel=[3, 3], stride=np.int64(1)) == conv(bias=False, padding="same")
    assert conv(kernel=(1, 3))["kernel"] == (1, 3) and conv()["stride"] == 1


@pytest.mark.parametrize(
    ("attrs", "words"),
    [
        ({"chanels": 4}, "`chanels`=4; allowed are channels, kernel, stride"),
        ({"kernel": 0}, "`kernel` is 0; allowed is a whole number from 1 or a pair"),
        ({"kernel": (3, 3, 3)}, "`kernel` is (3, 3, 3)"),
        ({"stride": 1.5}, "`stride` is 1.5"),
        ({"channels": True}, "`channels` is True"),
        ({"bias": 1}, "`bias` is 1; allowed is True or False"),
        ({"padding": "valid"}, "`padding` is 'valid'; allowed is \"same\""),
        ({"padding": -1}, "`padding` is -1"),
        ({"groups": 3}, "`groups` is 3, which does not divide its 4 input channels"),
        ({"groups": 4, "channels": 6}, "its 6 output channels"),
    ],
)
def test_bad_settings(attrs, words):
    with pytest.raises(ValueError) as caught:
        conv(**attrs)
    assert words in str(caught.value) and "conv0" in str(caught.value)


@pytest.mark.parametrize(
    ("op", "attrs", "words"),
    [("linear", {}, "needs `units`"), ("dropout", {"p": 1.0}, "`p` is 1.0"), ("relu", {"inplace": True}, "allowed are no settings"),
     ("zero", {"shape": (1, 2)}, "`shape` is (1, 2)"), ("resize", {"size": None}, "`size` is None"), ("pad", {"top": 0.5}, "`top` is 0.5")],
)  # fmt: skip
def test_bad_settings_of_other_ops(op, attrs, words):
    with pytest.raises(ValueError) as caught:
        LayerGraph.start((4,)).add(op, "input", **attrs)
    assert words in str(caught.value)
