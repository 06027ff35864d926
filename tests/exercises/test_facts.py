"""The quick-facts table says what the code and the reading list say."""

import pytest

import nastutor as nt
from nastutor import strategies
from nastutor.exercises.facts import BESIDE, PAPER_OF, lines_to_read, quick_facts, short_authors, short_count, space_facts
from nastutor.papers import CHAPTERS, paper


def test_rows_come_from_the_code():
    facts = quick_facts(nt.RandomSearch, nt.RegularizedEvolution)
    row = dict(zip(facts.head, facts.rows[1]))
    assert row["strategy"] == "RegularizedEvolution" and row["needs of the space"] == "`sample`, `mutate`"
    assert "`population=100`" in row["settings"] and "seed" not in row["settings"] and "1802.01548" in row["paper"]
    assert int(row["lines of its class"]) == nt.source(nt.RegularizedEvolution, docstring=False).lines > int(facts.rows[0][-1])


def test_markdown_is_a_table():
    lines = quick_facts(nt.RandomSearch)._repr_markdown_().splitlines()
    assert len(lines) == 3 and len({line.count("|") for line in lines}) == 1 and "RandomSearch" in repr(quick_facts(nt.RandomSearch))


@pytest.mark.parametrize("name", strategies.__all__)
def test_every_strategy_of_the_package_names_a_chapter_of_its_paper(name):
    chapter, key = getattr(strategies, name).chapter, PAPER_OF.get(name)
    assert chapter in (paper(key).chapters if key else CHAPTERS), f"say in {name}, by `chapter`, which chapter tells of it"


def test_a_paper_beside_the_list_is_named_and_an_idea_says_what_is_done():
    gdas, perturbed, gates = quick_facts(nt.GDAS, nt.PerturbationDARTS, nt.ProxylessNAS).rows
    assert gdas[2].startswith("[Dong & Yang 2019](https://arxiv.org/abs/1910.04465)") and "Wang et al. 2021" in perturbed[2]
    assert set(BESIDE) <= {name for name, key in PAPER_OF.items() if not key}
    assert gates[1] == "Of each decision two options are drawn, one runs, and the slopes of their binary gates say which gains."


@pytest.mark.parametrize("name", strategies.__all__)
def test_ideas_are_sentences(name):
    assert len(quick_facts(getattr(strategies, name)).rows[0][1].split()) > 3


def test_papers_are_on_the_list():
    assert all(paper(key).url for key in PAPER_OF.values() if key)


@pytest.mark.parametrize("name", strategies.__all__)
def test_every_strategy_of_the_package_names_its_paper(name):
    (row,) = quick_facts(getattr(strategies, name)).rows
    if not PAPER_OF[name]:
        assert row[2].endswith("not on the reading list")
        return
    entry = paper(PAPER_OF[name])
    assert f"{entry.year}, chapter{'' if len(entry.chapters) == 1 else 's'} {entry.chapters[0]}" in row[2] and entry.authors.split(",")[0] in row[2]


def test_papers_are_cited_by_the_number_of_their_authors():
    assert "Zoph & Le 2017" in quick_facts(nt.REINFORCE).rows[0][2] and "Real et al. 2019" in quick_facts(nt.RegularizedEvolution).rows[0][2]
    assert short_authors("Wistuba") == "Wistuba" and short_authors("Cai, Zhu, Han") == "Cai et al."


def test_a_strategy_of_the_package_without_a_paper_is_refused_and_ones_own_has_none(monkeypatch):
    class Own(nt.RandomSearch):
        """Mine."""

    assert quick_facts(Own).rows[0][2] == ""
    monkeypatch.delitem(PAPER_OF, "RandomSearch")
    with pytest.raises(KeyError, match="`RandomSearch` has no paper"):
        quick_facts(nt.RandomSearch)


def test_a_space_tells_how_much_there_is_to_decide():
    facts = space_facts(nt.spaces.CellSpace(nodes=4), nt.spaces.DARTSSpace())
    cell, darts = (dict(zip(facts.head, row)) for row in facts.rows)
    assert cell["space"] == "CellSpace" and (cell["decisions"], cell["architectures"], cell["paper"]) == ("6", "15,625", "not on the reading list")
    assert (darts["decisions"], darts["architectures"]) == ("24", "1.08e18") and "1806.09055" in darts["paper"]
    assert darts["the idea"] == "Two cells, each a graph whose nodes keep two incoming edges."


@pytest.mark.parametrize("name", [name for name in nt.spaces.__all__ if isinstance(getattr(nt.spaces, name), type)])
def test_every_space_of_the_package_names_its_paper_or_that_there_is_none(name):
    assert name in PAPER_OF, f"enter the paper of {name} in PAPER_OF"
    key = PAPER_OF[name]
    assert not key or f"`nt.spaces.{name}`" in paper(key).built, f"say in nastutor/reading, at {key}, that {name} is built"


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0"), (15_625, "15,625"), (999_999_999, "999,999,999"), (10**9, "1.00e9"), (2_799_999_999, "2.80e9"), (10**400, "1.00e400")]
)
def test_numbers_of_architectures_are_short_however_large(count, text):
    assert short_count(count) == text


def test_lines_to_read_are_those_of_the_parts_by_file():
    whole, part = nt.RegularizedEvolution, nt.RandomSearch
    found = lines_to_read(whole, part, part.ask, strategies.random)
    assert found["strategies/evolution.py"] == nt.source(whole, docstring=False).lines and len(found) == 2
    own = [nt.source(one, docstring=False).lines for one in (part, part.ask, strategies.random)]
    assert found["strategies/random.py"] == sum(own) and own[1] < own[0] < own[2]
