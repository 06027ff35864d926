import math
import re

import nastutor as nt
from nastutor.widgets import Designer
from nastutor.widgets import designer_parts as parts
from tests.widgets.tables import SmallTable, stack_table

TABLE = nt.estimators.Table("digits-tiny")
SPACE = TABLE.space


def words(html):
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", html))


def cell(*ops):
    return nt.Arch(tuple(zip(TABLE.space.options, ops, strict=True)))


def test_facts_say_error_rank_network_and_what_has_no_effect():
    designer = Designer(TABLE, cell("conv3", "conv1", "none"))
    where, said = designer.standing, words(parts.facts(designer.standing, before=0.5))
    assert f"{where.error:.4f} ▼ {0.5 - where.error:.4f} better" in said
    assert f"{parts.ordinal(where.rank)} of 60 networks" in said and "better than" in said
    assert f"network {where.network} : {where.twins} architectures are this network, and the first of them is none conv1 none ." in said
    assert "Without effect: 0 → 1 (dashed)." in said and f"it is {parts.ordinal(where.arch_rank)} of 125" in said


def test_the_change_says_its_sign_in_words():
    designer = Designer(TABLE)
    for before, told in ((0.0, "worse"), (1.0, "better"), (designer.error, "= as before"), (None, "smaller is better"), (math.nan, "smaller is better")):
        assert told in words(parts.facts(designer.standing, before))


def test_marks():
    assert [parts.mark(*pair)[0] for pair in ((0.1, 0.2), (0.3, 0.2), (0.2, 0.2), (math.nan, 0.2), (0.2, math.nan), (math.nan, math.nan))] == list("▼▲=▲▼=")


def test_the_neighbourhood_in_words():
    designer = Designer(TABLE)
    around = designer.neighbours()
    better = sorted(n.error for n in around if n.error < designer.error)
    assert f"Of its 12 neighbours, {len(better)} are better, the best with error {better[0]:.4f}" in parts.neighbours_alt(around, designer.standing)
    best = Designer(TABLE, TABLE.best().trial.arch)
    assert parts.neighbours_alt(best.neighbours(), best.standing) == "Of its 12 neighbours, 0 are better: a local optimum."
    assert parts.neighbours_alt([], best.standing) == "It has no neighbours in the table."
    table = words(parts.neighbours_table(around, designer.standing))
    assert table.count("→") == 3 and all(f"{n.option} {parts.neighbour_text(n, designer.error)}" in table for n in around)


def test_the_picture_has_a_text_made_from_the_data():
    html = parts.drawing(cell("conv3", "conv1", "none"))
    assert 'alt="Cell: 0 to 1 conv3, 0 to 2 conv1, 1 to 2 none. Without effect: 0 to 1."' in html
    assert parts.drawing(nt.Arch((("width", 3),))) == ""


def test_what_a_saved_notebook_keeps():
    designer = Designer(TABLE)
    designer.set("0->1", "conv3")
    trials = len(designer.history)
    html = parts.summary(designer)
    assert len(designer.history) == trials, "drawing it counts nothing"
    said = words(html)
    assert f"{designer.error:.4f}" in said and "of 60 networks" in said and "Of its 12 neighbours" in said and "race against random search" in said
    assert len(re.findall("<img alt=", html)) == 2 and len(html) < 30_000 and html.count("<div") == html.count("</div>")
    assert "test error" not in said and "optimum" not in said and "best of the whole table" not in html
    designer.optimum()
    assert "the best of the whole table is 0.0736" in parts.summary(designer) and "test error" not in words(parts.summary(designer))
    designer.finish()
    assert f"test error of {designer.test_error:.4f}" in words(parts.summary(designer))


def test_other_architectures_are_shown_in_words():
    said = words(parts.summary(Designer(stack_table())))
    assert "depth=1 width0=4" in said and "width0 4 now 0.2500 8 ▼ 0.1250 16 ▲ diverged" in said


def test_names_of_strangers_are_escaped():
    space = nt.spaces.ChoiceSpace.of({"<i>": ("<b>", "<u>")})
    html = parts.summary(Designer(SmallTable(space, lambda arch: 0.5)))
    assert not re.search("<i>:|<b></|<u>", html.replace("<i>&lt;b&gt;</i>", "")) and "&lt;u&gt;" in html


def test_the_verdict():
    designer = Designer(TABLE)
    said = words(parts.verdict(designer))
    mine, theirs = designer.race()
    assert mine.best().error > theirs.best().error and "Random search leads." in said and "1 trial each;" in said
    designer.go(TABLE.best().trial.arch)
    assert "You lead. 2 trials each;" in words(parts.verdict(designer))
    designer.optimum()
    assert "looked at the optimum: the race is over" in words(parts.verdict(designer))
    designer.finish()
    said = words(parts.verdict(designer))
    assert re.search(r"Against 50 seeds of random search you would have won \d+ races, drawn \d+ and lost 0", said)


def test_nobody_leads_where_all_has_failed():
    dead = Designer(SmallTable(SPACE, lambda arch: math.nan))
    assert "You are level." in words(parts.verdict(dead)) and "diverged" in words(parts.facts(dead.standing))


def test_trials_spent_on_a_network_seen_before():
    designer = Designer(TABLE, cell("none", "conv3", "none"))
    designer.set("0->1", "conv3")
    designer.set("0->1", "skip")
    designer.set("0->2", "none")
    theirs = [SPACE.canonical(record.trial.arch) for record in designer.race()[1]]
    said = f"4 trials each; spent on a network seen before: 2 of yours, {4 - len(set(theirs))} of random search's."
    assert said in words(parts.verdict(designer))


def test_trainings_are_named_where_they_are_decided():
    joint = nt.spaces.JointSpace(TABLE.space, {"lr": (0.1, 0.2)})
    assert "different networks with how they are trained" in words(parts.head(Designer(SmallTable(joint, lambda arch: 0.5))))
    assert "trained" not in words(parts.head(Designer(TABLE)))
