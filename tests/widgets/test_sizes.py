import re

import pytest

from nastutor.widgets import Sizes
from nastutor.widgets.sizes import SizesPanel


def test_it_starts_with_what_was_published():
    sizes = Sizes("DARTS")
    assert (sizes.steps, sizes.ops, sizes.alone) == (4, 7, 2) and sizes.size == (180 * 49**4) ** 2
    assert repr(sizes) == "<Sizes: DARTS with 4 nodes and 7 operations, 2 cells chosen: 1.08·10^18 architectures>"


def test_cells_that_are_chosen_alone_multiply():
    assert Sizes("NAS-Bench-201", alone=3).size == 15_625**3
    said = Sizes("NAS-Bench-201", alone=3)
    assert "3 cells chosen" in said.alt and "3 cells chosen: all of it to the power 3; published: 1 cell chosen" in said.page()


def test_twenty_cells_are_twenty_and_not_twenty_pairs():
    one, pair, twenty = (Sizes("NASNet", alone=alone) for alone in (1, 2, 20))
    assert pair.size == one.size**2 == Sizes("NASNet").size and twenty.size == one.size**20
    assert "10^367.2" in twenty.alt and pair.as_published and not twenty.as_published


def test_the_page_says_formula_size_and_what_a_search_sees():
    page = Sizes("NAS-Bench-201").page()
    assert (
        "<b>15,625</b> architectures" in page
        and "1 cell chosen: all of it to the power 1, as published" in page
        and "<b>5,044</b>" in page
        and "k to the power n (n–1) / 2" in page
        and "sees all of them" in page
    )
    assert "sees one in 5.38·10<sup>13</sup>" in Sizes("DARTS").page()
    assert "really differ" not in Sizes("NAS-Bench-201", steps=3).page(), "known for the published size"
    assert "Published sizes: NASNet (5 blocks, 13 operations) 5.23·10^36; AmoebaNet" in page, "the picture's text has all"


def test_the_picture_has_a_dot_a_family_and_the_own_one():
    svg = Sizes("PNAS").svg()
    assert svg.count("<circle") == 7 and ">NASNet<" in svg and "PNAS 5.57·" in svg


def heights(sizes):
    """Name of a family -> where its dot stands, as a share of the axis."""
    dots = re.findall(r"<title>([^(<:]*)[^<]*</title><circle[^>]*cy=\"([\d.]+)\"", sizes.svg())
    return {name.strip(): float(y) for name, y in dots}


def test_all_families_choose_as_many_cells_as_the_own_one():
    published, twenty = Sizes("NASNet"), Sizes("NASNet", alone=20)
    assert "dashed: the other families, each as published" in published.page() and "with 20 cells chosen as well" in twenty.page()
    assert heights(twenty)["AmoebaNet"] == heights(published)["AmoebaNet"], "two of two cells, twenty of twenty"
    assert heights(twenty)["PNAS"] < heights(published)["PNAS"], "its one cell is chosen twenty times as well, and rises on the axis"


def test_sliders_move_the_page():
    owner = Sizes("NASNet")
    panel = SizesPanel(owner)
    panel.steps.value = 2
    assert owner.steps == 2 and "n = 2 blocks, k = 13" in panel.page.value
    panel.family.value = "NAS-Bench-101"
    assert (owner.steps, owner.ops) == (7, 3) and panel.ops.disabled and (panel.steps.min, panel.steps.max) == (2, 7)
    panel.family.value, panel.ops.value, panel.alone.value = "DARTS", 2, 5
    assert owner.size == (180 * 2**8) ** 5 and panel.ops.max == 7 and not panel.ops.disabled
    assert owner.widget() is owner.widget()


def test_bad_input():
    for bad, text in [
        ({"family": "ResNet"}, "`family` is 'ResNet'; allowed are NASNet, AmoebaNet"),
        ({"steps": 8}, "`steps` is 8; allowed for NASNet are whole numbers from 1 to 7"),
        ({"ops": 14}, "`ops` is 14; allowed for NASNet are whole numbers from 1 to 13"),
        ({"family": "BlockQNN", "ops": 3}, "`ops` is 3; allowed for BlockQNN are whole numbers from 7 to 7"),
        ({"alone": 0}, "`alone` is 0"),
    ]:
        with pytest.raises(ValueError, match=text):
            Sizes(**bad)
