import math

import pytest

from nastutor.inputs import is_number, is_whole, positive, require, share, whole


@pytest.mark.parametrize("value", [0, -1, 1.0, True, "3", None])
def test_whole(value):
    with pytest.raises(ValueError) as error:
        whole("n", value)
    assert str(error.value) == f"`n` is {value!r}; allowed are whole numbers from 1"
    assert whole("n", 4) == 4 and whole("n", 0, least=0) == 0 and not is_whole(value, 1) and is_whole(-3)


@pytest.mark.parametrize("value", [0, -0.1, math.inf, math.nan, True, "x", None])
def test_positive(value):
    with pytest.raises(ValueError, match="`lr` is .*; allowed are numbers above 0"):
        positive("lr", value)
    assert positive("lr", 1) == 1.0 and positive("lr", 0, zero=True) == 0.0
    with pytest.raises(ValueError, match="numbers from 0"):
        positive("lr", -1, zero=True)


@pytest.mark.parametrize("value", [1, 1.5, -0.1, math.nan, "0.5"])
def test_share(value):
    with pytest.raises(ValueError, match="`momentum` is .*; allowed are numbers from 0 to below 1"):
        share("momentum", value)
    assert share("momentum", 0) == 0.0 and is_number(0.5) and not is_number(False)


@pytest.mark.parametrize("value", [0, 11, "2", None, True])
def test_require_names_argument_value_and_what_is_allowed(value):
    with pytest.raises(ValueError) as error:
        require("sample", value, lambda sample: 1 <= sample <= 10, "numbers from 1 to 10")
    assert str(error.value) == f"`sample` is {value!r}; allowed are numbers from 1 to 10"
    require("sample", 10, lambda sample: 1 <= sample <= 10, "numbers from 1 to 10")
