"""From sketch to SVG: text fits its box, groups are framed where nothing foreign lies in them."""

import re
from xml.etree import ElementTree

from nastutor.pictures.picture import box_size, outline, render, text_width
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
