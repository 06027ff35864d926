"""Cells of recurrent networks on texts: searched with shared weights, trained alone, judged by accuracy and perplexity."""

import math

import pytest

import nastutor as nt
from nastutor.methods.recurrent import METHODS, search_cell

XML = nt.tasks.xml(8, 3, train_size=120, valid=150, test=20)
ARITHMETIC = nt.tasks.arithmetic(1, train_size=120, valid=150, test=20)


@pytest.mark.parametrize("task", [XML, ARITHMETIC], ids=["xml", "arithmetic"])
@pytest.mark.parametrize("method", METHODS)
def test_each_method_finds_a_cell_and_says_what_it_is_worth(method, task):
    found = search_cell(task, method, nodes=2, units=6, steps=4, epochs=1, device="cpu")
    nt.spaces.RecurrentSpace(2, "enas" if method == "enas" else "darts").validate(found.arch)
    assert 0 <= found.error <= 1 and 1 < found.perplexity < 3 * task.classes and math.isfinite(found.shared_perplexity)
    assert "foretold" in str(found) and f"{found.perplexity:.2f}" in str(found)


@pytest.mark.slow
def test_a_cell_foretells_closing_names_better_than_the_most_frequent_character():
    task = nt.tasks.xml(closing=True)
    found = search_cell(task, "random", steps=100, epochs=6, device="cpu")
    assert found.error < task.chance - 0.1 and found.perplexity < task.classes - 1


def test_the_seed_says_what_is_found():
    runs = [search_cell(XML, "random", nodes=2, units=6, steps=3, epochs=1, seed=seed, device="cpu") for seed in (0, 0, 1)]
    assert runs[0] == runs[1] and runs[0] != runs[2]


def test_other_methods_are_refused():
    with pytest.raises(ValueError, match="`method` is 'evolution'; allowed are 'darts', 'enas', 'random'"):
        search_cell(XML, "evolution")
