"""What is said to be all that one reads is all that runs, and it is short."""

import inspect
import sys
from pathlib import Path

import pytest

import nastutor as nt
from nastutor.exercises.to_follow import lines_to_follow, parts_of
from nastutor.nets import fused, mixed

CHECKS = {"_check"}
PACKAGE = Path(nt.__file__).parent
SPACE = nt.spaces.CellSpace(nodes=3, channels=4)
SEARCHES = {"DARTS": lambda: nt.DARTS(SPACE, seed=0), "ENAS": lambda: nt.ENAS(SPACE, 1, child_steps=2, updates=1, samples=2, final=2, seed=0)}


@pytest.mark.parametrize("method", SEARCHES)
def test_a_method_can_be_followed_in_500_lines_of_five_files(method):
    lines = lines_to_follow(method)
    assert sum(lines.values()) <= 500 and len(lines) <= 5, lines
    assert all((PACKAGE / file).is_file() for file in lines)


@pytest.mark.parametrize("method", SEARCHES)
def test_what_runs_in_these_files_is_counted(method, monkeypatch):
    """The plain supernet in place of the fused one, which computes the same."""
    monkeypatch.setattr(fused, "FusedNet", mixed.MixedNet)
    ran = set()
    files = {str(PACKAGE / file) for file in lines_to_follow(method)}

    def look(frame, event, arg):
        if event == "call" and frame.f_code.co_filename in files:
            ran.add((frame.f_code.co_filename, frame.f_code.co_firstlineno, frame.f_code.co_name))

    sys.setprofile(look)
    try:
        nt.search(
            SEARCHES[method](), nt.estimators.SharedWeights(SPACE, nt.tasks.digits(train_size=64), batch_size=16, device="cpu"), trials=20, progress=False
        )
    finally:
        sys.setprofile(None)
    counted = set()
    for part in parts_of(method):
        text, first = inspect.getsourcelines(part)
        counted |= {(inspect.getsourcefile(part), line) for line in range(first, first + len(text))}
    left_out = {(Path(file).name, name) for file, line, name in ran if (file, line) not in counted and name not in CHECKS and not name.startswith("<")}
    assert ran and not left_out


def test_other_methods_are_not_counted():
    with pytest.raises(ValueError, match="`method` is 'SNAS'; allowed are 'DARTS' and 'ENAS'"):
        parts_of("SNAS")
