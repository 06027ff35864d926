"""Strategies in another process: what goes wrong there is told here, and the process is there for the next."""

import os
from functools import partial

import pytest

import nastutor as nt
from nastutor.testing.drive import asked, drive
from nastutor.testing.elsewhere import Elsewhere

SPACE = nt.spaces.CellSpace(nodes=3)


class Broken(nt.RandomSearch):
    def ask(self):
        print("this goes to nobody")
        raise KeyError("planted")


class Gone(nt.RandomSearch):
    def ask(self):
        os._exit(3)


def test_it_is_another_process_that_answers_again_and_again_whatever_went_wrong_before():
    makes = [partial(nt.RandomSearch, SPACE, seed=seed) for seed in (1, 2)]
    with Elsewhere() as other:
        for trials in (3, 5):
            assert other.asked(makes, trials) == [asked(drive(make(), trials)) for make in makes]
        with pytest.raises(RuntimeError, match=r"(?s)`process=False` leaves this check out.*planted"):
            other.asked([partial(Broken, SPACE)], 3)
        assert len(other.asked(makes, 2)) == 2 and other.child.pid != os.getpid()
    assert other.child.poll() == 0


def test_a_process_that_ends_is_told():
    with Elsewhere() as other, pytest.raises(RuntimeError, match=r"(?s)another process could not run it.*ended with code 3"):
        other.asked([partial(Gone, SPACE)], 3)
