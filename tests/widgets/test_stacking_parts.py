from xml.etree import ElementTree

import pytest

from nastutor.published import zoo
from nastutor.widgets.stacking_parts import chart_svg, counted, filter_step, names, same_cell, stack_svg, stages

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("name", ["NASNet-A mobile", "PNASNet-5 CIFAR", "DARTS_V2 ImageNet"])
def test_published_settings_give_the_published_network(name):
    net = zoo[name]
    counts, parts = counted(name, net.space.cells, net.space.channels)
    assert counts == net.counts() and sum(part.params for part in parts) == counts.params
    cells = [part.kind for part in parts if part.kind in ("normal", "reduction")]
    assert len(cells) == len(list(net.space._kinds())) and (parts[0].kind, parts[-1].kind) == ("stem", "head")


def test_names_are_those_of_stacks_of_cells():
    assert "NASNet-A large" in names() and "ENAS micro" in names() and "ENAS macro" not in names() and "MnasNet-A1" not in names()
    assert same_cell("DARTS_V2") == ["DARTS_V2", "DARTS_V2 ImageNet"] and len(same_cell("NASNet-A CIFAR")) == 3


@pytest.mark.parametrize("name", names())
def test_every_step_of_the_filters_can_be_built(name):
    step = filter_step(zoo[name])
    for channels in (8, 8 + step, 8 + 2 * step):
        assert counted(name, 1, channels)[0].params > 0


def test_the_stack_is_drawn_part_by_part():
    parts = counted("DARTS_V1", 3, 16)[1]
    root = ElementTree.fromstring(stack_svg(parts, "words"))
    notes = [title.text for title in root.iter(SVG + "title")]
    assert notes[0] == "words" and len(notes) == len(parts) + 1 and notes[1].startswith("stem: out 48×32×32, ")
    assert [stage[2:] for stage in stages(parts)][1] == ("normal", "64×32×32") and "3 × normal" in [text.text for text in root.iter(SVG + "text")]


def test_the_chart_marks_the_published_ones_of_this_cell():
    here = counted("NASNet-A mobile", 2, 24)[0]
    svg = chart_svg("NASNet-A mobile", here, [here], "words")
    root = ElementTree.fromstring(svg)
    assert svg.count("<circle") == len(names()) + 1
    labels = {"".join(text.itertext()) for text in root.iter(SVG + "text")}
    assert {"NASNet-A CIFAR", "NASNet-A mobile", "NASNet-A large"} <= labels and len(labels & set(names())) > 3, "others where there is room"
    assert any("DARTS_V2: N = 6, F = 36, 3,349,342 parameters" in (title.text or "") for title in root.iter(SVG + "title"))
