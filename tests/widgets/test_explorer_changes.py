import nastutor as nt
from nastutor.pictures.sketch import sketch
from nastutor.widgets.explorer import IMAGES, Step
from nastutor.widgets.explorer_changes import MEANING, Change, by_decisions, changes_of, flag, node_marks, with_links, with_nodes


def arch(**choices):
    return nt.Arch(tuple(choices.items()))


def test_what_changed_what_is_new_and_what_is_gone():
    before, after = arch(depth=2, width0=4, width1=8, last=True), arch(depth=3, width0=4, width1=16, width2=4)
    changes = changes_of(Step("mutation", after, before=before))
    assert changes == [
        Change("depth", 3, (2,), "changed"),
        Change("width0", 4, (4,), ""),
        Change("width1", 16, (8,), "changed"),
        Change("width2", 4, (), "new"),
        Change("last", None, (True,), "gone"),
    ]
    assert [change.mark for change in changes_of(Step("start", after))] == [""] * 4


def test_types_count():
    assert [change.mark for change in changes_of(Step("mutation", arch(a=1, b=True), before=arch(a=True, b=True)))] == ["changed", ""]
    assert [change.mark for change in changes_of(Step("child", arch(a=1), parents=(arch(a=True), arch(a=1))))] == ["B"]


def test_where_each_decision_came_from():
    a, b = arch(depth=2, width0=4, width1=8), arch(depth=1, width0=4)
    changes = changes_of(Step("child", arch(depth=1, width0=4, width1=8, width2=16), parents=(a, b)))
    assert [(change.name, change.mark, change.old) for change in changes] == [
        ("depth", "B", (2, 1)),
        ("width0", "A=B", (4, 4)),
        ("width1", "A", (8, None)),
        ("width2", "drawn", (None, None)),
    ]


CHAIN = nt.spaces.ChainSpace()


def conv(width, kernel, depth=1):
    layers = [(f"{what}{n}", value) for n in range(1, depth + 1) for what, value in (("kind", "conv"), ("width", width), ("kernel", kernel))]
    return CHAIN.graph(nt.Arch((("depth", depth), *layers)), IMAGES)


def test_nodes_of_a_changed_network():
    assert node_marks(conv(8, 3), [conv(8, 3)], child=False) == {}
    assert node_marks(conv(16, 3), [conv(8, 3)], child=False) == {"layer 1 conv": "changed"}
    deeper = node_marks(conv(8, 3, depth=2), [conv(8, 3)], child=False)
    assert deeper == {"layer 2 conv": "new", "layer 2 bn": "new", "layer 2 relu": "new", "head mean": "changed"}


def test_nodes_of_a_child_came_from_a_parent_or_are_made_of_both():
    a, b = conv(8, 3, depth=2), conv(16, 5)
    assert node_marks(conv(16, 5), [a, b], child=True)["layer 1 conv"] == "B"
    assert node_marks(conv(16, 3), [a, b], child=True)["layer 1 conv"] == "A+B"
    assert node_marks(conv(8, 3), [a, b], child=True) == {"layer 1 conv": "A", "head mean": "B"}


def test_what_nobody_decided_anew_follows():
    space = nt.spaces.MetaQNNSpace(4, widths=(8,), kernels=(1,), dense=(16,))
    before, after = (space.from_text(text) for text in ("[C(8,1,1), C(8,1,1), SM(10)]", "[C(8,1,1), C(8,1,1), C(8,1,1), C(8,1,1), SM(10)]"))
    graphs = [space.graph(each, IMAGES) for each in (after, before)]
    marks, changes = node_marks(graphs[0], graphs[1:], child=False), changes_of(Step("given", after, before=before))
    assert marks["layer 2 dropout"] == "changed", "the rate alone: a later layer has a dropout now"
    now = by_decisions(graphs[0], marks, changes)
    assert (
        set(now) == set(marks) and now["layer 2 dropout"] == "follows" and {now[name] for name in now if not name.startswith("layer 2")} <= {"new", "changed"}
    )
    child, parents = conv(8, 3, depth=2), (conv(8, 3, depth=2), conv(16, 5))
    marks = node_marks(child, parents, child=True)
    inherited = [Change("depth", 2, mark="A"), Change("width1", 8, mark="A"), Change("width2", 8, mark="A=B")]
    assert (marks["head mean"], by_decisions(child, marks, inherited)["head mean"]) == ("A", "follows"), "its input follows from the depth"
    assert by_decisions(child, marks, inherited)["layer 1 conv"] == "A"
    assert by_decisions(child, marks, [Change("0->head", True, mark="A"), Change("width11", 8, mark="A")]) == {
        name: mark if name.startswith("head") else "follows" for name, mark in marks.items()
    }, "width11 is about layer 11"
    assert by_decisions(child, marks, [Change("normal", "sep3", mark="A")]) == marks, "no decision belongs to one layer"


def test_what_was_decided_says_more_than_what_follows():
    marked = with_nodes(sketch(conv(8, 3)), {"layer 1 conv": "follows", "layer 1 bn": "changed", "head mean": "follows"})
    assert [box.mark.text for box in marked.boxes if box.mark] == ["changed", "follows"]


def test_flags_on_boxes():
    graph = conv(8, 3, depth=2)
    marked = with_nodes(sketch(graph), {"layer 1 conv": "A", "layer 2 conv": "A", "layer 2 bn": "B", "head mean": "changed"})
    flags = [(box.lines[0], box.mark.text) for box in marked.boxes if box.mark]
    assert flags == [("conv 3×3–bn–relu", "A"), ("conv 3×3–bn–relu", "A+B"), ("global avg pool", "changed")]
    alike = with_nodes(sketch(graph), {"layer 2 conv": "new", "layer 2 bn": "changed"})
    assert [box.mark.text for box in alike.boxes if box.mark] == ["changed"]
    assert all(box.mark is None for box in with_nodes(sketch(graph), {}).boxes)


def test_flags_on_the_edges_of_a_cell():
    cell = nt.Arch((("0->1", "skip"), ("0->2", "conv3"), ("1->2", "none")))
    changes = [Change("0->1", "skip", mark="A"), Change("0->2", "conv3", mark="A=B"), Change("1->2", "none", mark="B")]
    marked = with_links(sketch(cell), changes)
    assert {(link.source, link.target): link.mark and link.mark.text for link in marked.links} == {("0", "1"): "A", ("0", "2"): None, ("1", "2"): "B"}


def test_each_flag_has_a_word_of_its_own_and_a_needs_another_colour_than_b():
    assert flag("") is flag("gone") is flag("A=B") is None
    words = [flag(mark).text for mark in MEANING if flag(mark)]
    assert len(set(words)) == len(words) and flag("A").colour != flag("B").colour != flag("A+B").colour
