"""Deep layouts fold into columns where one box feeds the rest; nothing overlaps and no group is cut."""

from nastutor.pictures.columns import TALL, fold
from nastutor.pictures.placing import place


def chain(count, groups=None):
    sizes = dict.fromkeys(range(count), (100.0, 40.0))
    edges = [(n, n + 1) for n in range(count - 1)]
    layout = place(sizes, edges)
    return layout, fold(layout, edges, groups or {}), edges


def test_short_layouts_stay_as_they_are():
    layout, folded, _ = chain(5)
    assert layout.height < TALL and folded is layout


def test_a_deep_chain_becomes_columns_of_a_readable_shape():
    layout, folded, edges = chain(40)
    assert layout.height > 2500 and folded.height < 1000 and 0.7 < folded.width / folded.height < 2.5
    assert len(set(folded.centres.values())) == 40
    for (source, target), route in zip(edges, folded.routes):
        assert abs(route[0][0] - folded.centres[source][0]) < 1 and abs(route[-1][0] - folded.centres[target][0]) < 1
        assert abs(route[-1][1] - (folded.centres[target][1] - 20)) < 1e-6


def test_a_group_is_never_broken():
    names = {n: f"group {n // 9}" for n in range(40)}
    _, folded, _ = chain(40, names)
    for group in set(names.values()):
        assert len({folded.centres[n][0] for n in names if names[n] == group}) == 1
    assert folded.height < 1500


def test_two_parallel_chains_cannot_be_broken():
    sizes = {(side, n): (60.0, 40.0) for side in "ab" for n in range(20)}
    edges = [((side, n), (side, n + 1)) for side in "ab" for n in range(19)]
    layout = place(sizes, edges)
    assert fold(layout, edges, {}) is layout


def test_a_break_that_saves_little_height_is_not_made():
    sizes = {("top", 0): (60.0, 40.0)} | {(side, n): (60.0, 40.0) for side in "ab" for n in range(14)}
    edges = [(("top", 0), (side, 0)) for side in "ab"] + [((side, n), (side, n + 1)) for side in "ab" for n in range(13)]
    layout = place(sizes, edges)
    assert layout.height > TALL and fold(layout, edges, {}) is layout
