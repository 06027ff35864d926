import math

import numpy as np
import pytest

import nastutor as nt
from nastutor.estimators.inputs import check_task, positive, share, whole


@pytest.mark.parametrize("value", [0, -1, 1.0, True, "3", None])
def test_whole(value):
    with pytest.raises(ValueError, match=f"`n` is {value!r}; allowed are whole numbers from 1"):
        whole("n", value)
    assert whole("n", 4) == 4


@pytest.mark.parametrize("value", [0, -0.1, math.inf, math.nan, True, "x"])
def test_positive(value):
    with pytest.raises(ValueError, match="`lr` is"):
        positive("lr", value)
    assert positive("lr", 1) == 1.0 and positive("lr", 0, zero=True) == 0.0


def test_share():
    assert share("momentum", 0) == 0.0
    for value in (1, 1.5, -0.1):
        with pytest.raises(ValueError, match="`momentum` is"):
            share("momentum", value)


def test_a_task_is_a_task_with_something_to_learn_from(task):
    check_task(task)
    with pytest.raises(TypeError, match=r"`task` is a ndarray.*nt\.tasks\.from_arrays"):
        check_task(np.zeros((3, 1, 8, 8)))
    split = nt.tasks.Split(np.zeros((1, 1, 8, 8), dtype=np.float32), np.zeros(1, dtype=np.int64))
    with pytest.raises(ValueError, match="2 images or more"):
        check_task(nt.tasks.Task("one", split, split, split, labels=("a",)))
