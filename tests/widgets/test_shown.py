import sys

import pytest

from nastutor.widgets.shown import Shown, heading, rows, svg_figure


class Page(Shown):
    alt = "A page of 3"

    def page(self):
        return "<b>three</b>"

    def controls(self):
        import ipywidgets as w

        return w.HTML(value=self.page())


def test_widgets_and_page_are_shown_together_and_the_page_alone_without_ipywidgets(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append(data))
    page = Page()
    page._ipython_display_()
    assert page.widget() is page.widget() and shown[0]["application/vnd.jupyter.widget-view+json"]["model_id"] == page.widget().model_id
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    Page()._ipython_display_()
    assert sorted(shown[1]) == ["text/html", "text/plain"] and shown[1]["text/plain"] == "<Page: A page of 3>"
    assert all("<b>three</b>" in bundle["text/html"] for bundle in shown)


def test_what_a_widget_has_to_say_itself():
    for ask in (lambda: Shown().alt, lambda: Shown().page(), lambda: Shown().controls()):
        with pytest.raises(TypeError, match="Shown .*: define (alt|page|controls)"):
            ask()


def test_parts_escape_what_is_not_theirs():
    assert "&lt;i&gt;" in heading("<i>", "<i>") and heading("<i>", "<i>").count("<i>") == 0
    table = rows([("<i>", "2"), ("a", "b")], ("one", "two"), bold=1)
    assert "&lt;i&gt;" in table and table.count("font-weight:650") == 2 and table.count("<tr") == 3
    assert 'alt="&lt;i&gt;"' in svg_figure("<svg/>", "<i>", 120.4) and 'width="120"' in svg_figure("<svg/>", "x", 120.4)
