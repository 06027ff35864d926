"""Colours are distinct for colour-blind eyes, dark enough on white, and every operation belongs to a family."""

import pytest

from nastutor.nets.ops import OPS
from nastutor.pictures.style import COLOURS, FAMILIES, INK, QUIET, family, figure


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear))


def contrast(a, b):
    """WCAG 2.1, contrast ratio."""
    light, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_text_can_be_read_on_every_box():
    for name, look in FAMILIES.items():
        assert contrast(INK, look.fill) > 7 and contrast(QUIET, look.fill) > 4.5, name
        assert contrast(look.border, look.fill) > 3, name


def test_every_operation_of_the_table_has_a_family():
    others = {op for op in OPS if family(op) == "other"}
    assert others <= {"pad", "pad_channels", "resize", "slice", "bilinear"}, "`other` is for what only fits shapes together"


NAMES = {"conv3": "conv", "dw_conv": "conv", "avgpool3": "pool", "global_avg_pool": "pool", "linear": "dense", "skip": "skip", "none": "none", "add": "merge"}
CELLS = {"sep5": "conv", "dil3": "conv", "dilsep5": "conv", "conv1x7-7x1": "conv", "max7": "pool", "avg3": "pool", "identity": "skip"}


@pytest.mark.parametrize(("op", "name"), [*NAMES.items(), *CELLS.items(), ("zero", "none"), ("mystery", "other"), ("max", "other")])
def test_families_by_name(op, name):
    assert family(op) == name


def test_colours_are_all_different():
    assert len(set(COLOURS)) == len(COLOURS)


def test_a_figure_escapes_its_text():
    image = '<img alt="&quot;&gt;&lt;script&gt;" src="data:,x" width="300" style="max-width:100%">'
    assert figure("data:,x", '"><script>', 300) == f'<figure style="margin:0">{image}</figure>'
