"""What the ops of memory banks may do, and how likely each of it is."""

from math import comb, exp

import pytest

from nastutor.spaces.memory_bank_rules import Odds, picked, possible_new, possible_writes


def test_odds_are_options():
    odds = Odds((3, 5), (0.1, 0.9))
    assert odds == (3, 5) and odds.index(5) == 1 and odds.odds == (0.1, 0.9)


@pytest.mark.parametrize("written, parts, expected", [(1, 1, (1,)), (8, 1, (1, 2, 3, 4)), (8, 3, (3, 4)), (2, 4, (4,)), (9, 4, (4,))])
def test_writes_go_from_one_for_each_part_to_half_of_the_written_banks(written, parts, expected):
    odds = possible_writes(written, parts)
    assert odds == expected and [weight / odds.odds[0] for weight in odds.odds] == pytest.approx([exp(-step) for step in range(len(expected))])


@pytest.mark.parametrize("written, empty, writes, expected", [(4, 1, 1, (0, 1)), (4, 0, 2, (0,)), (2, 4, 4, (2, 3, 4)), (5, 2, 3, (0, 1, 2))])
def test_new_banks_are_as_likely_as_in_a_set_of_all(written, empty, writes, expected):
    odds = possible_new(written, empty, writes)
    assert odds == expected and sum(odds.odds) == comb(written + empty, writes)


def test_picked_asks_only_where_both_answers_are_possible():
    asked = []

    def choose(name, options):
        asked.append((name, options.odds))
        return True

    assert picked(choose, "read", 2, 4) == (1, 2) and asked == [("read 1", (2, 2)), ("read 2", (2, 1))]
    asked.clear()
    assert picked(choose, "read", 3, 3) == (1, 2, 3) and picked(choose, "read", 0, 3) == () and not asked
    assert picked(lambda name, options: False, "read", 2, 4) == (3, 4)
