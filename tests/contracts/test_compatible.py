"""The README's table of what runs with what: it names every part, and what it says runs runs."""

import re
from pathlib import Path

import pytest

import nastutor as nt
from nastutor import strategies
from nastutor.testing.compatible import Anything, package_estimators, package_spaces
from tests.test_readme import SLOW_TABLES, marked

ROOT = Path(__file__).resolve().parent.parent.parent
SPACES = {type(space).__name__: space for space in package_spaces()}
MAKERS = package_estimators()
TABLES = marked("compatibility").search((ROOT / "README.md").read_text("utf-8"))[0].split("\n\n")


def cells(table):
    """(row, column) -> what stands there."""
    head, _, *body = [re.split(r" \| ", line.strip("| ")) for line in table.splitlines()]
    return {(row, column): cell for row, *found in body for column, cell in zip(head[1:], found, strict=True)}


STEP = "call `python tests/test_readme.py --slow` and commit the README"
PAIRS, TOGETHER = map(cells, TABLES[:2])


def test_it_names_every_part():
    assert {space for space, _ in PAIRS} == set(SPACES) == set(nt.spaces.__all__) - {"ChoiceSpace", "language"}, STEP
    assert {other for _, other in PAIRS} == {*strategies.__all__, *MAKERS}, STEP
    assert set(TOGETHER) == {(strategy, estimator) for strategy in strategies.__all__ for estimator in MAKERS}


@pytest.mark.parametrize("space, strategy", [pair for pair, said in PAIRS.items() if said == "runs" and pair[1] in strategies.__all__])
def test_strategies_that_run_on_a_space_search_it(space, strategy):
    place, searcher = SPACES[space], getattr(strategies, strategy)(SPACES[space], seed=1)
    history = nt.search(searcher, Anything(searcher.wants) if searcher.wants else MAKERS["a function"](place), trials=4)
    assert len(history) == 4 and all(record.result.status == "ok" for record in history)
    assert all(record.trial.arch in place for record in history if isinstance(record.trial.arch, nt.Arch))


@pytest.mark.slow
@pytest.mark.parametrize("space, estimator", [pair for pair, said in PAIRS.items() if said == "runs" and pair[1] in MAKERS])
def test_estimators_that_run_on_a_space_answer_a_search(space, estimator):
    made = MAKERS[estimator](SPACES[space])
    history = nt.search(nt.RandomSearch(getattr(made, "space", SPACES[space]), seed=1), made, trials=1)
    assert history[0].result.status == "ok" and 0 <= history[0].result.error <= 1


@pytest.mark.slow
@pytest.mark.parametrize("name", SLOW_TABLES)
def test_it_is_in_step(name):
    assert "\n\n".join(TABLES) == SLOW_TABLES[name](), STEP
