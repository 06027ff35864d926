"""From sketch to SVG: text fits its box, groups are framed where nothing foreign lies in them."""

import re
from xml.etree import ElementTree

from nastutor.pictures.picture import _along, _group_label, box_size, outline, render, text_width
from nastutor.pictures.sketch import Box, Link, Mark, Sketch
from nastutor.pictures.style import FAMILIES

SVG = "{http://www.w3.org/2000/svg}"


def framed(*boxes, links=()):
    """How many group frames (rectangles beside the background) are drawn."""
    root = ElementTree.fromstring(render(Sketch("t", "a", tuple(boxes), tuple(links))))
    return len(root.findall(SVG + "rect")) - 1


def test_text_fits_its_box():
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    for text in ("relu–conv 3×3–bn", "global avg pool", "MMMMWWWW", "illicit fjord", "16×8×8 output", "λ ≤ 0.5"):
        inked = TextPath((0, 0), text, size=12, prop=FontProperties(family="DejaVu Sans")).get_extents().width  # the widest of the usual fonts
        assert inked <= text_width(text, 12) <= 2 * inked + 6, text
        assert box_size(Box("n", (text,)))[0] > inked


def test_a_group_is_framed_unless_something_foreign_lies_within():
    pair = (Box("a", ("a",), group="cell"), Box("b", ("b",), group="cell"))
    assert framed(*pair, links=(Link("a", "b"),)) == 1
    assert framed(*pair, Box("c", ("c",)), links=(Link("a", "c"), Link("c", "b"))) == 0
    assert framed(Box("a", ("a",)), Box("b", ("b",))) == 0


def test_boxes_of_a_group_without_a_frame_bear_its_name():
    pair, foreign = (Box("a", ("a", "8×4×4"), group="cell"), Box("b", ("b",), group="cell")), Box("c", ("c", "small"), group="other")
    svg = render(Sketch("t", "a", (*pair, foreign), (Link("a", "c"), Link("c", "b"))))
    said = [text.text for text in ElementTree.fromstring(svg).iter(SVG + "text")][1:]
    assert said == ["other", "a", "8×4×4 · cell", "b", "cell", "c", "small"], "the foreign one still has its frame"
    alone = render(Sketch("t", "a", pair, (Link("a", "b"),)))
    assert " · " not in alone and alone.count(">cell<") == 1


def test_no_arrow_crosses_out_the_name_of_a_group():
    points = [(20.0, 0.0), (20.0, 40.0)]
    frame = (0.0, 10.0, 200.0, 80.0)
    left, on_top = _group_label("layer 7", frame, [])
    assert 'x="8"' in left and not on_top
    moved, on_top = _group_label("layer 7", frame, [points])
    assert f'x="{200 - 8 - text_width("layer 7", 10.5):.1f}"' in moved and not on_top
    rimmed, on_top = _group_label("layer 7", frame, [points, [(180.0, 0.0), (180.0, 40.0)]])
    assert 'x="8"' in rimmed and on_top and 'paint-order="stroke"' in rimmed
    bent = [(300.0, -60.0), (300.0, -50.0), (100.0, 95.0), (100.0, 99.0)]  # its straight line would miss what the curve goes through
    assert 'x="8"' in _group_label("layer 7", frame, [bent])[0]
    (x, y) = list(_along(bent))[25]
    assert (x, y) == (200.0, 22.5), "the middle of the curve"


def test_everything_lies_on_the_page():
    boxes = tuple(Box(f"n{i}", ("some operation",), group=f"g{i // 3}") for i in range(30))
    said = "A title that is longer than the boxes are wide, so that it decides on the width"
    svg = render(Sketch(said, "a", boxes, tuple(Link(f"n{i}", f"n{i + 1}") for i in range(29))))
    left, top, width, height = (float(v) for v in re.search(r'viewBox="([^"]*)"', svg)[1].split())
    for path in re.findall(r' d="M([^"]*)"', svg):
        points = [pair.split() for pair in re.findall(r"-?[\d.]+ -?[\d.]+(?=[LCAZ ]|$)", path.split("A")[0])]
        assert all(left <= float(x) <= left + width and top <= float(y) <= top + height for x, y in points)
    assert width >= text_width(said, 13)


def test_each_shape_has_an_outline_of_its_own():
    outlines = {look.shape: outline(look, (50, 20), (80, 30)) for look in FAMILIES.values()}
    assert len(set(outlines.values())) == len(outlines) == 8
    assert all(path.startswith("M") and path.endswith("Z") for path in outlines.values())


def test_marks_are_flags_on_boxes_and_labels_with_a_word_and_a_colour():
    plain = Sketch("t", "a", (Box("a", ("a",)), Box("b", ("b",))), (Link("a", "b", "conv3"),))
    boxed = Sketch("t", "a", (Box("a", ("a",)), Box("b", ("b",), mark=Mark("A", "#0072b2"))), plain.links)
    edged = Sketch("t", "a", plain.boxes, (Link("a", "b", "conv3", mark=Mark("B<", "#d55e00")),))
    for marked, word, colour in ((boxed, "A", "#0072b2"), (edged, "B<", "#d55e00")):
        new = ElementTree.fromstring(render(marked))
        assert [text.text for text in new.findall(SVG + "text") if text.text == word] == [word]
        assert [rect.get("fill") for rect in new.findall(SVG + "rect")][1:] == [colour], "beside the background"
    assert len(ElementTree.fromstring(render(plain)).findall(SVG + "rect")) == 1
