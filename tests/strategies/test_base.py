import pytest

from nastutor.strategies.base import require, whole


@pytest.mark.parametrize("value", [0, 1.0, "2", None, True])
def test_require_names_argument_value_and_what_is_allowed(value):
    with pytest.raises(ValueError) as error:
        require("sample", value, whole(1), "whole numbers from 1")
    assert str(error.value) == f"`sample` is {value!r}; allowed are whole numbers from 1"


def test_require_accepts_what_fits():
    require("sample", 1, whole(1), "whole numbers from 1")
