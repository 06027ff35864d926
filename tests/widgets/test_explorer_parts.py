import re
from base64 import b64decode

import pytest

import nastutor as nt
from nastutor.published.smash import SMASH
from nastutor.widgets import Explorer, explorer_parts
from nastutor.widgets.explorer_parts import MEANING, STRIPE, decisions, facts, network, sentence, size_text, summary, title
from tests.widgets.searches import CELL, SPACE

CHAIN = nt.spaces.ChainSpace(depths=(1, 2), kinds=("conv",), widths=(8, 16), kernels=(3, 5))


def arch(*layers):
    decided = [(f"{what}{n}", value) for n, pair in enumerate(layers, 1) for what, value in zip(("kind", "width", "kernel"), ("conv", *pair))]
    return nt.Arch((("depth", len(layers)), *decided))


def gone_to(new, start, space=CHAIN):
    explorer = Explorer(space, start=start)
    explorer.go(new)
    return explorer


def svg(page):
    return b64decode(re.search(r"base64,([^\"]+)", page)[1]).decode()


def test_steps_are_told_in_words():
    explorer = Explorer(CHAIN, start=arch((8, 3)))
    assert sentence(explorer).startswith("The start.")
    explorer.go(arch((8, 5), (16, 3)))
    assert sentence(explorer) == "Your architecture. Compared with the one before: depth 1 → 2, kernel1 3 → 5; 3 decisions asked for only now."
    explorer.go(arch((8, 5)))
    assert sentence(explorer).endswith("depth 2 → 1; 3 decisions asked for no more.")
    explorer.go(arch((8, 5)))
    assert sentence(explorer).endswith("nothing changed.")
    explorer.neighbour()
    assert sentence(explorer).startswith("Neighbour 1 of 3 of the one where you began to step: depth 1 → 2")
    explorer.cross(arch((8, 3)), arch((16, 3)))
    assert re.fullmatch(r"A child of A and B: [01] of its decisions from A, [01] from B, 3 the same in both\.", sentence(explorer))
    explorer.random()
    assert sentence(explorer) == "A random architecture: every decision was drawn."
    explorer.mutate()
    assert sentence(explorer).startswith("A mutation: ")


def test_much_is_told_short():
    grid = nt.spaces.ChoiceSpace.of({f"d{i}": (0, 1) for i in range(6)})
    page = gone_to(nt.Arch(tuple((f"d{i}", 1) for i in range(6))), nt.Arch(tuple((f"d{i}", 0) for i in range(6))), grid)
    assert sentence(page).endswith("d0 0 → 1, d1 0 → 1, d2 0 → 1 and 3 more.")


def test_a_decision_of_no_parent_is_said_to_be_drawn():
    class Odd(nt.spaces.ChoiceSpace):
        """`b` has other options under each `a`; c only under a = 1 and b = 3."""

        def decide(self, choose):
            a = choose("a", (0, 1))
            return choose("b", (0,) if a == 0 else (2, 3))

    explorer = Explorer(Odd())
    a, b = nt.Arch((("a", 0), ("b", 0))), nt.Arch((("a", 1), ("b", 2)))
    explorer.cross(a, a)
    assert "drawn" not in sentence(explorer)
    explorer.path[-1] = type(explorer.step)("child", nt.Arch((("a", 1), ("b", 3))), parents=(a, b))
    assert sentence(explorer).endswith("0 the same in both, 1 drawn because neither parent has a legal one.")


def test_numbers_are_those_of_the_network():
    explorer = gone_to(arch((16, 5)), arch((8, 3)))
    before, now = (CHAIN.graph(one, explorer.task).counts() for one in (arch((8, 3)), arch((16, 5))))
    page = facts(explorer)
    assert f"{now.params:,}" in page and f"▲ {now.params - before.params:,}" in page and f"{now.mult_adds:,}" in page and "= as before" in page
    explorer.undo()
    assert "▲" not in facts(explorer)


def test_large_numbers_are_short():
    large = nt.zoo["DARTS_V2"]
    assert "3.35 M" in facts(Explorer(large.space, large.task, large.arch))


def test_changes_are_marked_in_the_table_and_in_the_network():
    explorer = gone_to(arch((16, 3)), arch((8, 3)))
    rows = re.findall(r"<tr .*?</tr>", decisions(explorer))
    (row,) = [row for row in rows if "changed" in row]
    assert ">width1<" in row and STRIPE["changed"] in row and MEANING["changed"][1] in row and ">16<" in row and ">8<" in row
    drawn = network(explorer)
    assert "Marked: layer 1 relu changed." in drawn and ">changed</text>" in svg(drawn)


def test_a_child_shows_both_parents_and_the_edges_that_it_has_of_them():
    explorer = Explorer(CELL)
    a, b = (nt.Arch((("0->1", op), ("0->2", "skip"), ("1->2", op))) for op in ("conv1", "conv3"))
    explorer.cross(a, b)
    while len({explorer.arch["0->1"], explorer.arch["1->2"]}) == 1:
        explorer.sibling()
    page, drawn = decisions(explorer), svg(network(explorer))
    assert "<th" in page and all(f">{head}</th>" in page for head in ("A", "B", "child"))
    assert "(from A)" in page and "(from B)" in page and "skip  (the same in both)" in page
    assert ">A</text>" in drawn and ">B</text>" in drawn
    assert STRIPE["A"] != STRIPE["B"] and explorer_parts.TINT["A"] != explorer_parts.TINT["B"]


def test_what_cannot_be_built_says_why():
    space = nt.spaces.MetaQNNSpace(2, 32, widths=(8,), kernels=(1,), pools=((5, 3),))
    start = space.from_text("[C(8,1,1), P(5,3), SM(10)]")
    assert "<img" in network(Explorer(space, start=start))
    tiny = Explorer(space, nt.zoo["DARTS_V2"].task._replace(shape=(3, 4, 4)), start)
    assert "has no network here" in network(tiny) and "decision &#x27;layer2&#x27; is P(5,3)" in network(tiny) and facts(tiny) == ""
    tiny.go(space.from_text("[C(8,1,1), SM(10)]"))
    assert "<img" in network(tiny) and "▲" not in facts(tiny), "the one before has no counts to compare with"
    assert "<img" in summary(tiny)


def test_a_space_without_networks_shows_its_decisions():
    assert "Architecture with 2 decisions" in network(Explorer(SPACE)) and facts(Explorer(SPACE)) == ""


@pytest.mark.parametrize(
    "space, words",
    [
        (SPACE, "8 architectures"),
        (nt.spaces.NASNetSpace(), "5.23e36 architectures"),
        (nt.spaces.MemoryBankSpace(**SMASH), "1.23e5027 architectures"),  # neither a float nor, digit by digit, a text for Python
        (type("Endless", (), {})(), "an open-ended space"),
    ],
)
def test_sizes(space, words):
    assert size_text(space) == words


def test_a_space_too_large_to_count_is_said_to_be(monkeypatch):
    monkeypatch.setattr("nastutor.spaces.base.COUNTABLE", 10)

    class Many(nt.spaces.ChoiceSpace):
        """Sixteen of them."""

        def decide(self, choose):
            return [choose(f"d{i}", (0, 1)) for i in range(4)]

    assert size_text(Many()) == "too many architectures to count one by one"


def test_strange_names_are_escaped():
    space = nt.spaces.ChoiceSpace.of({"<b>": ("<i>", "&")})
    explorer = Explorer(space)
    explorer.mutate()
    assert "<b>" not in summary(explorer) and "<i>" not in summary(explorer) and "&lt;b&gt;" in summary(explorer)
    assert "ProductSpace: 2 architectures" in title(explorer)
