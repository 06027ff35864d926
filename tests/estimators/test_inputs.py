import numpy as np
import pytest

import nastutor as nt
from nastutor.estimators.inputs import check_task


def test_a_task_is_a_task_with_something_to_learn_from(task):
    check_task(task)
    with pytest.raises(TypeError, match=r"`task` is a ndarray.*nt\.tasks\.from_arrays"):
        check_task(np.zeros((3, 1, 8, 8)))
    split = nt.tasks.Split(np.zeros((1, 1, 8, 8), dtype=np.float32), np.zeros(1, dtype=np.int64))
    with pytest.raises(ValueError, match="2 images or more"):
        check_task(nt.tasks.Task("one", split, split, split, labels=("a",)))
