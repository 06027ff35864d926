import re

import pytest

import nastutor as nt
from nastutor.widgets import Stacking
from nastutor.widgets.stacking import StackingPanel
from nastutor.widgets.stacking_parts import names


@pytest.mark.parametrize("name", names())
def test_it_starts_with_the_published_network(name):
    stack = Stacking(name)
    assert stack.published and stack.counts() == nt.zoo[name].counts()


def test_other_sizes_are_counted_as_they_are_built():
    stack = Stacking("DARTS_V2", cells=1, channels=8)
    net = nt.zoo["DARTS_V2"]
    space = nt.spaces.DARTSSpace(channels=8, cells=1, stages=3)
    built = space.graph(net.arch, net.task).build()
    assert stack.counts().params == sum(p.numel() for p in built.parameters()) and not stack.published


def test_the_page_has_numbers_stack_and_chart():
    page = Stacking().page()
    said = re.sub("<[^>]+>", " ", page)
    assert "N = 4, F = 44, ImageNet, 224 px, as published" in said and "5,289,978" in said and "564 M" in said
    assert page.count("<figure") == 2 and 'alt="Stack of 12 normal and 4 reduction cells' in page and "Published with this cell: NASNet-A CIFAR 3.35 M" in page
    assert Stacking("NASNet-A CIFAR", 2, 16).static().count("<figure") == 2 and "as published" not in Stacking("NASNet-A CIFAR", 2, 16).page()


def test_the_trail_shows_where_one_has_been():
    stack = Stacking("DARTS_V2", 2, 16)
    stack.set("DARTS_V2", 2, 18)
    assert [counts.params for counts in stack.trail] == [Stacking("DARTS_V2", 2, f).counts().params for f in (16, 18)]
    stack.set("DARTS_V1")
    assert len(stack.trail) == 1


def test_sliders_move_the_page():
    owner = Stacking("DARTS_V2")
    panel = StackingPanel(owner)
    assert (panel.cells.value, panel.channels.value, panel.channels.step) == (6, 36, 2) and "3,349,342" in panel.page.value
    panel.channels.value = 16
    assert owner.channels == 16 and f"{owner.counts().params:,}" in panel.page.value
    panel.name.value = "NASNet-A large"
    assert (panel.cells.value, panel.channels.value, panel.channels.step) == (6, 168, 8) and "88,753,150" in panel.page.value
    assert owner.widget() is owner.widget()


def test_bad_input():
    for make, text in [
        (lambda: Stacking("MnasNet-A1"), "`name` is 'MnasNet-A1'; allowed are NASNet-A CIFAR"),
        (lambda: Stacking("NASNet-A large", channels=44), "`channels` is 44; allowed are multiples of 8 for NASNet-A large"),
        (lambda: Stacking(cells=0), "`cells` is 0"),
        (lambda: Stacking(cells=11), "`cells` is 11; allowed are whole numbers from 1 to 10"),
    ]:
        with pytest.raises(ValueError, match=text):
            make()
