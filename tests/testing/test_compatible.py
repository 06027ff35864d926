import nastutor as nt
from nastutor import strategies
from nastutor.testing import compatibility
from nastutor.testing.compatible import package_estimators, package_spaces, package_strategies


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
    assert str(table).splitlines()[0].split() == ["space", *strategies.__all__] and str(table).splitlines()[1].split()[:2] == ["CellSpace", "runs"]


def test_markdown_and_html_hold_the_same_cells_escaped():
    class Odd(nt.RandomSearch):
        def __init__(self, space, *, seed=0):
            raise ValueError("a <b> | c")

    table = compatibility([Odd, nt.RandomSearch], [Bare(), Bare()])
    assert table.spaces == ("Bare 1", "Bare 2")
    assert table._repr_markdown_().splitlines() == [
        "| space | Odd | RandomSearch |",
        "|---|---|---|",
        r"| Bare 1 | a <b> \| c | runs |",
        r"| Bare 2 | a <b> \| c | runs |",
    ]
    page = table._repr_html_()
    assert "a &lt;b&gt; | c" in page and "<b>" not in page and page.count("<td>") == 4


def test_every_exported_strategy_is_in_it():
    assert [kind.__name__ for kind in package_strategies()] == list(strategies.__all__)


def test_one_of_each_exported_space_is_in_it():
    assert [type(space).__name__ for space in package_spaces()] == [name for name in nt.spaces.__all__ if name != "ChoiceSpace"]


class Curious(nt.RandomSearch):
    wants = ("curve",)


def test_estimators_are_asked_and_what_they_cannot_do_is_said():
    cells, others = nt.spaces.CellSpace(nodes=3), nt.spaces.ChoiceSpace.of({"a": (1, 2)})
    makers = {
        **{name: package_estimators()[name] for name in ("a function", 'Table("digits-tiny")')},
        "Drawn": lambda space: lambda trial: nt.Result({"error": len(space.graph(trial.arch, None).nodes)}),
        "Lost": lambda space: lambda trial: nt.Result.failed("out of memory"),
    }
    table = compatibility([Curious, nt.RandomSearch], [others, cells], makers)
    assert table["a function", "ProductSpace"] == table['Table("digits-tiny")', "CellSpace"] == ""
    assert table['Table("digits-tiny")', "ProductSpace"] == "answers for its own CellSpace alone"
    assert table["Drawn", "ProductSpace"] == "`Drawn` needs a space with graph(), which ProductSpace does not have"
    assert table["Lost", "CellSpace"] == "out of memory"
    assert table["Curious", "a function"] == "`Curious` wants curve, and this estimator gives only error" and table["RandomSearch", "a function"] == ""
    assert table["Curious", 'Table("digits-tiny")'] == ""
    assert str(table).splitlines()[4].split()[:2] == ["strategy", "a"] and table._repr_html_().count("<table>") == 2
