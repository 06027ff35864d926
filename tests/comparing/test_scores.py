"""Bad scores are refused in words that name the argument."""

import numpy as np
import pytest

from nastutor.comparing.scores import alpha_of, alternative_of, as_blocks, as_pairs, as_scores, level_of


def test_good_scores_pass_as_they_are():
    assert as_scores("a", [1, 2]).tolist() == [1.0, 2.0] and as_scores("a", [[1], [2]]).shape == (2, 1)
    a, b = as_pairs([1, 2, 3, 4, 5], range(5))
    assert a.tolist() == [1, 2, 3, 4, 5] and b.tolist() == [0, 1, 2, 3, 4]


def test_blocks_have_a_row_for_each_seed_and_table():
    names, blocks = as_blocks({"x": [[1, 2], [3, 4]], "y": [[5, 6], [7, 8]]})
    assert names == ["x", "y"] and blocks.tolist() == [[1, 5], [2, 6], [3, 7], [4, 8]]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: as_scores("a", [0.1]), "`a` has 1 seed.* 2 or more"),
        (lambda: as_scores("a", 0.1), "`a` has 1 seed"),
        (lambda: as_scores("a", []), "`a` has 0 seed"),
        (lambda: as_scores("a", [0.1, np.nan, 0.2]), "`a` is nan at 1; .*finite"),
        (lambda: as_scores("a", [[0.1, 0.2], [0.1, np.inf]]), "`a` is inf at 1, 1"),
        (lambda: as_scores("a", [[1, 2], [3]]), "`a` is .*equally many of each"),
        (lambda: as_scores("a", ["x", "y"]), "`a` is .*'x'.*numbers"),
        (lambda: as_pairs([1, 2, 3, 4], [1, 2, 3, 4]), "`a` has 4 seed.*5 or more"),
        (lambda: as_pairs([1] * 6, [1] * 5), "`a` has 6 seeds and `b` 5; .*pairs"),
        (lambda: as_pairs([[1]] * 6, [1] * 6), r"`a` is of shape \(6, 1\)"),
        (lambda: as_blocks({"x": [1, 2]}), "`scores` is dict of 1"),
        (lambda: as_blocks([[1, 2], [1, 2]]), "`scores` is list"),
        (lambda: as_blocks({"x": [1, 2], "y": [1, 2, 3]}), r"`scores` have the shapes x: \(2,\), y: \(3,\)"),
        (lambda: as_blocks({"x": [1, 2], "y": [1, np.nan]}), r"`scores\['y'\]` is nan at 1"),
        (lambda: level_of(95), "`level` is 95"),
        (lambda: alpha_of(0), "`alpha` is 0"),
        (lambda: alternative_of("smaller"), "`alternative` is 'smaller'.*'less'"),
    ],
)
def test_bad_scores_are_refused_in_words(call, words):
    with pytest.raises(ValueError, match=words):
        call()
