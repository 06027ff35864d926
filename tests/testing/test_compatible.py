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
    refused = {name: table[name, "CellSpace"] for name in table.strategies if table[name, "CellSpace"]}
    assert refused.keys().isdisjoint({"RandomSearch", "HillClimbing", "TPE", "DARTS"}) and table["RandomSearch", "Bare"] == ""
    assert all("needs a space with" in why and why.partition(" (chapter")[0].endswith("which CellSpace does not have") for why in refused.values())
    assert table["HillClimbing", "Bare"] == "`HillClimbing` needs a space with neighbours(), which Bare does not have (chapter 6)"
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
        "| Bare 1 | no (1) | runs |",
        "| Bare 2 | no (1) | runs |",
        "",
        r"1. a &lt;b> \| c",
    ]
    page = table._repr_html_()
    assert "a &lt;b&gt; | c" in page and "<b>" not in page and page.count("<td>") == 4


def test_reasons_that_differ_by_names_alone_are_one_note():
    table = compatibility([nt.HillClimbing, nt.RegularizedEvolution], [Bare(), nt.spaces.CellSpace(nodes=3)])
    assert table._repr_markdown_().splitlines()[2:] == [
        "| Bare | no (1) | no (2) |",
        "| CellSpace | runs | runs |",
        "",
        "1. it needs a space with neighbours(), which this one does not have",
        "2. it needs a space with mutate(), which this one does not have",
    ]
    same = compatibility([nt.DARTS, nt.GDAS], [nt.spaces.ChainSpace(), nt.spaces.BranchSpace()])._repr_markdown_()
    assert same.count("no (1)") == 4 and "2. " not in same


def test_every_exported_strategy_is_in_it():
    assert [kind.__name__ for kind in package_strategies()] == list(strategies.__all__)


def test_one_of_each_exported_space_is_in_it():
    assert [type(space).__name__ for space in package_spaces()] == [name for name in nt.spaces.__all__ if name not in ("ChoiceSpace", "language")]


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
    assert table['Table("digits-tiny")', "ProductSpace"] == "answers for its own CellSpace(nodes=3) alone"
    assert table["Drawn", "ProductSpace"] == "raised AttributeError: 'ProductSpace' object has no attribute 'graph'"
    assert table["Lost", "CellSpace"] == "out of memory"
    assert (
        table["Curious", "a function"].removesuffix(" (chapter 4)") == "`Curious` wants curve, and this estimator gives only error"
        and table["RandomSearch", "a function"] == ""
    )
    assert table["Curious", 'Table("digits-tiny")'] == ""
    assert str(table).splitlines()[4].split()[:2] == ["strategy", "a"] and table._repr_html_().count("<table>") == 2


class Two(nt.Staged):
    """Two trials, told, and no more: it ends by itself."""

    def plan(self):
        results = yield from self.stage([nt.Trial(arch) for arch in list(self.space)[:2]])
        assert len(results) == 2


class Waits(nt.RandomSearch):
    def ask(self):
        return None


class Empty(nt.Staged):
    def plan(self):
        yield from ()


class Lookup(nt.RandomSearch):
    def ask(self):
        return {}["x"]


class Attribute(nt.RandomSearch):
    def ask(self):
        return None.arch


class Told(nt.RandomSearch):
    def tell(self, trial, result):
        raise ValueError("not a number")


class Fourth(nt.RandomSearch):
    """Fails when it has learned something."""

    asked = 0

    def ask(self):
        self.asked += 1
        if self.asked > 3:
            raise ValueError("needs a parent")
        return super().ask()


class Elsewhere(nt.RandomSearch):
    def ask(self):
        return nt.Trial(nt.Arch((("b", 3),)))


class Broken(nt.RandomSearch):
    def __init__(self, space, *, seed=0):
        super().__init__(space, seed=seed)
        self.table = {}["x"]


STRANGERS = {
    Two: "",
    Empty: "ends before its first trial",
    Waits: "raised RuntimeError: Waits.ask() returned None (tell me more first) with nothing in flight",
    Lookup: "raised KeyError: 'x'",
    Attribute: "raised AttributeError: 'NoneType' object has no attribute 'arch'",
    Told: "raised ValueError: not a number",
    Fourth: "raised ValueError: needs a parent",
    Broken: "raised KeyError: 'x'",
}


def test_strangers_mistakes_stand_in_their_cells_and_the_table_goes_on():
    space = nt.spaces.ChoiceSpace.of({"a": (1, 2)})
    table = compatibility([*STRANGERS, Elsewhere, nt.RandomSearch], [space], {"a function": package_estimators()["a function"]})
    assert {kind: table[kind.__name__, "ProductSpace"] for kind in STRANGERS} == STRANGERS
    assert table["Elsewhere", "ProductSpace"].startswith("raised ValueError: ") and table["RandomSearch", "ProductSpace"] == ""
    assert table["Broken", "a function"] == "no space among these takes both" and table["Lookup", "a function"] == ""


def test_estimators_of_strangers_too():
    def broken(space):
        raise KeyError("y")

    makers = {
        "bug": lambda space: lambda trial: None.shape,
        "no result": lambda space: lambda trial: 0.5,
        "not made": broken,
        "refuses": lambda space: nt.estimators.Train(space, nt.tasks.digits(train_size=50), 1, weights=False),
    }
    table = compatibility([nt.RandomSearch], [nt.spaces.ChoiceSpace.of({"a": (1, 2)})], makers | {"table": lambda space: nt.estimators.Table("digits-tiny")})
    assert [table[name, "ProductSpace"] for name in makers] == [
        "raised AttributeError: 'NoneType' object has no attribute 'shape'",
        "answers with 0.5, which is no Result",
        "raised KeyError: 'y'",
        "`Train` needs a space with graph(), which ProductSpace does not have (chapter 1)",
    ]
    assert table["table", "ProductSpace"] == "answers for its own CellSpace(nodes=3) alone"
    assert table["RandomSearch", "not made"] == "no space among these takes both"
