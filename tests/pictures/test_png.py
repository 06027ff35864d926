from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from nastutor.pictures.png import palette_png


@pytest.mark.parametrize("colours", [4, 48])
def test_few_colours_in_the_same_places(colours):
    left, right = np.full((20, 30, 3), (200, 30, 30)), np.full((20, 30, 3), (30, 30, 200))
    noise = np.random.default_rng(0).integers(-20, 20, (20, 60, 3))
    image = Image.fromarray((np.concatenate([left, right], axis=1) + noise).astype(np.uint8))
    png = palette_png(image, colours)
    read = Image.open(BytesIO(png))
    assert read.mode == "P" and read.size == (60, 20) and len(read.getcolors()) <= colours and png == palette_png(image, colours)
    assert np.abs(np.asarray(read.convert("RGB"), int) - np.asarray(image, int)).max() < 80


def test_transparency_is_no_obstacle():
    assert palette_png(Image.new("RGBA", (3, 3), (1, 2, 3, 255)), 8).startswith(b"\x89PNG")


def test_thin_lines_keep_their_colours_beside_large_pale_areas():
    """A palette by how often colours occur would give two rare strong ones the mean of both."""
    lines = [(31, 119, 180), (255, 127, 14), (44, 160, 44), (214, 39, 40), (148, 103, 189)]
    pixels = np.full((200, 300, 3), 255.0)
    for place, line in enumerate(lines):  # a pale band, whose edges fade, and a line of few pixels in it
        shade = np.linspace(0.05, 0.25, 30)[:, None, None]
        pixels[10 + 36 * place : 40 + 36 * place, 20:280] = (1 - shade) * 255 + shade * np.array(line)
        pixels[25 + 36 * place, 40:70] = line
    read = np.asarray(Image.open(BytesIO(palette_png(Image.fromarray(pixels.astype(np.uint8)), 48))).convert("RGB"), int)
    off = [np.abs(read[25 + 36 * place, 50] - np.array(line)).max() for place, line in enumerate(lines)]
    assert max(off) <= 10 and np.abs(read - pixels).max() < 40 and (read[0, 0] >= 250).all()
