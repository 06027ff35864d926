from dataclasses import replace

import nastutor as nt
from nastutor.estimators import Train
from nastutor.tables.recording import Recording


def test_it_notes_test_error_and_changes_nothing_else(small):
    space, task = small.space, small.task
    trial = nt.Trial(space.sample(5))
    recorded, trained = (kind(space, task, 2, device="cpu", weights=False)(trial) for kind in (Recording, Train))
    test = recorded.info["test_curve"]
    assert len(test) == 2 and test[-1] == Train(space, task, 2, device="cpu", weights=False).final(trial.arch)
    assert replace(recorded, info=trained.info) == trained
