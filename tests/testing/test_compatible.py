import nastutor as nt
from nastutor import strategies
from nastutor.testing import compatibility
from nastutor.testing.compatible import package_strategies


class Bare:
    """<b>nothing but sample</b>"""

    def sample(self, rng):
        return nt.Arch((("a", rng.choice((0, 1))),))

    def validate(self, arch):
        return None


def test_says_yes_or_why_not():
    table = compatibility(spaces=[nt.spaces.CellSpace(nodes=3), Bare()])
    assert list(table.strategies) == list(strategies.__all__)
    assert all(table[name, "CellSpace"] == "" for name in table.strategies) and table["RandomSearch", "Bare"] == ""
    assert table["HillClimbing", "Bare"] == "`HillClimbing` needs a space with neighbours(), which Bare does not have"
    assert str(table).splitlines()[0].split() == ["strategy", "CellSpace", "Bare"]


def test_markdown_and_html_hold_the_same_cells_escaped():
    class Odd(nt.RandomSearch):
        def __init__(self, space, *, seed=0):
            raise ValueError("a <b> | c")

    table = compatibility([Odd, nt.RandomSearch], [Bare(), Bare()])
    assert table.spaces == ("Bare 1", "Bare 2")
    assert table._repr_markdown_().splitlines() == [
        "| strategy | Bare 1 | Bare 2 |",
        "|---|---|---|",
        r"| Odd | a <b> \| c | a <b> \| c |",
        "| RandomSearch | yes | yes |",
    ]
    page = table._repr_html_()
    assert "a &lt;b&gt; | c" in page and "<b>" not in page and page.count("<td>") == 4


def test_every_exported_strategy_is_in_it():
    assert [kind.__name__ for kind in package_strategies()] == list(strategies.__all__)
