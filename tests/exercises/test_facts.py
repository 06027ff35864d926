"""The quick-facts table says what the code and the reading list say."""

import nastutor as nt
from nastutor.exercises.facts import PAPER_OF, quick_facts
from nastutor.papers import paper


def test_rows_come_from_the_code():
    facts = quick_facts(nt.RandomSearch, nt.RegularizedEvolution)
    row = dict(zip(facts.head, facts.rows[1]))
    assert row["strategy"] == "RegularizedEvolution" and row["needs of the space"] == "`sample`, `mutate`"
    assert "`population=100`" in row["settings"] and "seed" not in row["settings"] and "1802.01548" in row["paper"]
    assert int(row["lines"]) == nt.source(nt.RegularizedEvolution, docstring=False).lines > int(facts.rows[0][-1])


def test_markdown_is_a_table():
    lines = quick_facts(nt.RandomSearch)._repr_markdown_().splitlines()
    assert len(lines) == 3 and len({line.count("|") for line in lines}) == 1 and "RandomSearch" in repr(quick_facts(nt.RandomSearch))


def test_papers_are_on_the_list():
    assert all(paper(key).url for key in PAPER_OF.values())
