"""`nt.draw`: SVG that is valid, safe, the same each time, and says in words what it shows."""

import re
import shutil
import subprocess
import sys
from xml.etree import ElementTree

import pytest

import nastutor as nt
from nastutor.nets.graph import LayerGraph
from nastutor.pictures.style import FAMILIES

SVG = "{http://www.w3.org/2000/svg}"
EVIL = '<script>alert("x")</script>&'
with_dot = pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")


def network(seed=0):
    space = nt.spaces.CellSpace(nodes=4)
    return space.graph(space.sample(seed), nt.tasks.digits())


def evil():
    b = LayerGraph.start((1, 4, 4))
    x = b.add("conv", "input", name=EVIL, group=EVIL, channels=2, kernel=1)
    return b.finish(b.add("global_avg_pool", x, name="mean"))


def test_a_drawing_is_an_image_with_title_and_description():
    drawing = nt.draw(network(), title="My net")
    root = ElementTree.fromstring(drawing.svg)
    assert root.tag == SVG + "svg" and root.get("role") == "img" and root.get("aria-label") == drawing.alt
    assert root.find(SVG + "title").text == "My net" and root.find(SVG + "desc").text == drawing.alt
    assert drawing._repr_svg_() == drawing.svg and drawing.svg.startswith("<svg") and drawing.alt in repr(drawing)


def test_every_box_and_every_link_is_drawn():
    drawing = nt.draw(network(3), detail="full")
    root = ElementTree.fromstring(drawing.svg)
    notes = [g.find(SVG + "title").text for g in root.findall(SVG + "g")]
    assert len(notes) == len(drawing.sketch.boxes) == len(network(3).nodes)
    lines = [p for p in root.findall(SVG + "path") if p.get("fill") == "none"]
    assert len(lines) == len(drawing.sketch.links)


def test_labels_of_a_cell_are_drawn_on_their_edges():
    root = ElementTree.fromstring(nt.draw([("in", "a", "conv3"), ("a", "out", "skip"), ("in", "out", "none")]).svg)
    texts = [t.text for t in root.iter(SVG + "text")]
    assert {"conv3", "skip", "none", "a"} <= set(texts)
    dashed = [p for p in root.findall(SVG + "path") if p.get("fill") == "none" and p.get("stroke-dasharray")]
    assert len(dashed) == 2, "a dead edge is dashed, on both sides of its label"


@pytest.mark.parametrize("title", [None, EVIL])
def test_names_cannot_break_out(title):
    for thing in (evil(), [(EVIL, "b", EVIL), ("b", "c")], nt.Arch(((EVIL, EVIL),))):
        drawing = nt.draw(thing, title=title)
        root = ElementTree.fromstring(drawing.svg)  # well-formed
        assert not [node for node in root.iter() if "script" in node.tag]
        assert "<script" not in drawing.svg and "<script" not in drawing.html
        assert "script" in "".join(root.itertext())


def test_the_same_graph_gives_the_same_bytes_in_another_process():
    code = "import nastutor as nt; s = nt.spaces.CellSpace(nodes=4); print(nt.draw(s.graph(s.sample(0), nt.tasks.digits())).svg)"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=True)
    assert other.stdout.rstrip("\n") == nt.draw(network()).svg


def test_two_drawings_on_a_page_cannot_clash():
    assert not re.search(r'\b(id|xlink:href|class)="|url\(#|<style', nt.draw(network()).svg)


def test_colour_is_never_alone():
    looks = {name: (look.shape, name == "none") for name, look in FAMILIES.items() if name != "group"}  # groups have titles; `none` is dashed
    assert len(set(looks.values())) == len(looks)
    assert all(box.lines[0] for box in nt.draw(network()).sketch.boxes), "each box says what it is"


def test_a_notebook_gets_one_figure_with_alt_text(monkeypatch):
    import IPython.display
    from IPython.core.formatters import DisplayFormatter

    shown = []
    monkeypatch.setattr(IPython.display, "display", lambda data, raw: shown.append(data))
    drawing = nt.draw(evil())
    assert DisplayFormatter().format(drawing) == ({}, {}), "it shows itself: no second form is stored"
    assert [set(data) for data in shown] == [{"text/html", "text/plain"}]
    assert ElementTree.fromstring(shown[0]["text/html"].replace('%">', '%"/>')).find("img").get("alt") == drawing.alt


def test_saving_writes_svg_and_dot(tmp_path):
    drawing = nt.draw(network())
    assert drawing.save(tmp_path / "net.svg").read_text(encoding="utf-8") == drawing.svg
    assert drawing.save(str(tmp_path / "net.dot")).read_text(encoding="utf-8") == drawing.to_dot()
    with pytest.raises(ValueError, match=r"`path` ends in '.gif'; allowed are .svg"):
        drawing.save(tmp_path / "net.gif")


def test_dot_names_every_box_and_link():
    drawing = nt.draw(evil(), detail="full")
    text = drawing.to_dot()
    assert text.startswith("digraph") and text.count(" -> ") == len(drawing.sketch.links)
    assert '"<script>alert(\\"x\\")</script>&" [label=' in text


def test_without_dot_the_reason_is_said(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    drawing = nt.draw(network())
    for call in (drawing.graphviz, lambda: drawing.save(tmp_path / "x.png"), lambda: nt.draw(network(), engine="dot")):
        with pytest.raises(RuntimeError, match="needs the program `dot`"):
            call()


def test_an_unknown_engine_is_refused():
    with pytest.raises(ValueError, match="`engine` is 'neato'; allowed are own, dot"):
        nt.draw(network(), engine="neato")


@with_dot
@pytest.mark.parametrize("thing", [evil(), network(1), [(EVIL, "b\\n", 'say "x"'), ("b\\n", "c")]])
def test_graphviz_understands_the_dot_text(thing):
    done = subprocess.run(["dot", "-Tplain"], input=nt.draw(thing).to_dot(), capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0 and not done.stderr
    assert done.stdout.count("\nedge ") == len(nt.draw(thing).sketch.links)


@with_dot
def test_graphviz_draws_when_asked(tmp_path):
    drawing, own = nt.draw(network(), engine="dot"), nt.draw(network())
    root = ElementTree.fromstring(drawing.svg)
    assert drawing.svg != own.svg and root.get("role") == "img" and root.find(SVG + "desc").text == drawing.alt and ' id="' not in drawing.svg
    assert own.save(tmp_path / "net.png").read_bytes().startswith(b"\x89PNG") and own.save(tmp_path / "net.pdf").read_bytes().startswith(b"%PDF")
