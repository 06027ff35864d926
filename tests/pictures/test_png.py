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
