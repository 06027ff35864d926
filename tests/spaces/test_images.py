"""One check of a task's inputs for all spaces: what it lets pass, and what it says."""

from types import SimpleNamespace

import pytest

import nastutor as nt
from nastutor.spaces.images import check_images
from tests.contracts.parts import SPACES

SPACE = SimpleNamespace(stages=3, stem="imagenet")


def task(*shape):
    return SimpleNamespace(name="odd", shape=shape, classes=2)


@pytest.mark.parametrize("shape, how", [((1, 8, 12), {"multiple": 4}), ((3, 4, 5), {"least": 4}), ((3, 1, 1), {}), ((1, 8, 8), {"multiple": 4, "least": 8})])
def test_images_of_a_fitting_size_pass(shape, how):
    check_images(task(*shape), SPACE, **how)


@pytest.mark.parametrize(
    "shape, how, words",
    [
        ((8,), {}, "`SimpleNamespace` takes images (C, H, W)"),
        ((1, 8, 6), {"multiple": 4}, "takes images (C, H, W) with H and W divisible by 4"),
        ((1, 4, 3), {"least": 4, "why": "it halves them"}, "takes images (C, H, W) with H and W of at least 4 pixels: it halves them"),
    ],
)
def test_others_are_refused_with_their_shape_and_the_space(shape, how, words):
    with pytest.raises(ValueError) as refused:
        check_images(task(*shape), SPACE, **how)
    assert str(refused.value).startswith(f"`task` 'odd' has inputs of {shape}; ") and str(refused.value).endswith(words)


def test_the_settings_that_ask_for_the_size_are_named():
    with pytest.raises(ValueError, match=r"`SimpleNamespace` with `stages`=3 and `stem`='imagenet' takes images"):
        check_images(task(8), SPACE, ("stages", "stem"))


OTHERS = (nt.spaces.JointSpace, nt.spaces.ModuleSpace)  # it says what the space inside does; modules may be for rows of numbers
IMAGES_ONLY = [name for name, space in SPACES.items() if hasattr(space, "graph") and not isinstance(space, OTHERS)]


@pytest.mark.parametrize("name", IMAGES_ONLY)
def test_rows_of_numbers_are_refused_by_every_space_by_its_name(name):
    space = SPACES[name]
    with pytest.raises(ValueError, match=rf"`task` 'odd' has inputs of \(8,\); `{type(space).__name__}` "):
        space.graph(space.sample(0), task(8))
