"""One check of a task's inputs for all spaces: what it lets pass, and what it says."""

from types import SimpleNamespace

import pytest

import nastutor as nt
from nastutor.nets.attrs import pair
from nastutor.nets.receptive import WINDOWS
from nastutor.spaces.images import check_fits, check_images
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


OTHERS = (nt.spaces.JointSpace, nt.spaces.ModuleSpace, nt.spaces.AutoNetSpace)  # it says what the space inside does; these may be for rows of numbers
IMAGES_ONLY = [name for name, space in SPACES.items() if hasattr(space, "graph") and not isinstance(space, OTHERS)]


@pytest.mark.parametrize("name", IMAGES_ONLY)
def test_rows_of_numbers_are_refused_by_every_space_by_its_name(name):
    space = SPACES[name]
    with pytest.raises(ValueError, match=rf"`task` 'odd' has inputs of \(8,\); `{type(space).__name__}` "):
        space.graph(space.sample(0), task(8))


@pytest.mark.parametrize("side", [1, 2, 4])
@pytest.mark.parametrize("padded", [False, True])
def test_what_fits_a_map(side, padded):
    """A stride as large as the map; a padded kernel with no more zeros than image on either side: 3x3 on 1x1, 5x5 on 2x2, 9x9 on 4x4."""
    most = 2 * side + 1 if padded else side
    for value in range(1, most + 1):
        check_fits("decision 'kernel2'", value, side, task(1, 8, 8), (side, side), padded=padded)
    with pytest.raises(
        ValueError, match=rf"^decision 'kernel2' is {most + 1}, but .* `task` 'odd' \(1, 8, 8\) has come down to 7x{side}; allowed is at most {most}$"
    ):
        check_fits("decision 'kernel2'", most + 1, side, task(1, 8, 8), (7, side), padded=padded)
    with pytest.raises(ValueError, match="at most .*: fewer"):
        check_fits("decision 'kernel2'", 99, side, task(1, 8, 8), (side, side), padded=padded, hint="fewer")


S = nt.spaces
REFUSED = [
    (S.NASRLSpace((6,), (7,), (7,), (4,), (4,), pools=()), (1, 2, 2), "decision 'height1' is 7, .* down to 2x2; allowed is at most 5"),
    (S.NASRLSpace((6,), (3,), (7,), (4,), (1,), pools=()), (1, 8, 2), "decision 'width1' is 7, .* down to 8x2; allowed is at most 5"),
    (S.NASRLSpace((6,), (3,), (3,), (4,), (4,), pools=()), (1, 8, 8), "`strides` is 4, .* down to 2x2; allowed is at most 2"),
    (S.NASRLSpace((1,), (3,), (3,), (4,), (4, 3), pools=()), (1, 2, 8), "decision 'down1' is [34], .* down to 2x8; allowed is at most 2"),
    (S.NASRLSpace((1,), (3,), (3,), (4,), (4, 3), pools=()), (1, 8, 2), "decision 'right1' is [34], .* down to 8x2; allowed is at most 2"),
    (S.ChainSpace((2,), ("conv",), (4,), (9,)), (1, 1, 1), "decision 'kernel1' is 9, .* down to 1x1; allowed is at most 3: smaller `kernels`"),
    (S.ChainSpace((2,), ("sep", "pool"), (4,), (5,), (8,), 1), (1, 8, 3), "decision '(kernel|pool).' is"),
    (S.BranchSpace((1,), kinds=("conv",), kernels=(7,)), (1, 2, 8), "decision 'kernel1' is 7, .* down to 2x8; allowed is at most 5"),
    (S.MobileSpace((8,) * 5, (1,) * 5, (2,) * 5, stem_stride=2), (1, 2, 2), "`MobileSpace` with `stem_stride`=2 and `strides`=.* of at least 64 pixels"),
    (S.MacroSpace(channels=4), (1, 1, 1), "`MacroSpace` with `layers`=6 takes images .* of at least 4 pixels: two reductions"),
    (S.HierarchicalSpace(stages=3), (1, 1, 1), "`HierarchicalSpace` with `stages`=3 takes images .* of at least 4 pixels"),
    (S.PathLevelSpace(stages=3), (1, 3, 3), "`PathLevelSpace` with `stages`=3 takes images .* of at least 4 pixels"),
]


@pytest.mark.parametrize("space, shape, words", REFUSED, ids=lambda value: type(value).__name__)
def test_strides_and_kernels_larger_than_the_map_are_refused_by_name(space, shape, words):
    with pytest.raises(ValueError, match=words):
        space.graph(space.sample(0), task(*shape))


def test_strides_of_branches_find_a_map_as_well():
    space = S.BranchSpace((1,), kinds=("conv", "max3"), kernels=(3,))
    for kind in ("conv", "max3"):
        arch = next(arch for arch in space if arch["kind1"] == kind and arch["stride1"] == 2)
        assert space.graph(arch, task(1, 2, 2))
        with pytest.raises(ValueError, match="decision 'stride1' is 2, .* down to 1x8; allowed is at most 1: fewer `reductions`"):
            space.graph(arch, task(1, 1, 8))


@pytest.mark.parametrize("name", IMAGES_ONLY)
def test_no_convolution_strides_over_less_than_itself(name):
    """On the smallest square images that a space takes. Maxima over 1x1, which thin out what is read later, stand for several strides in a row."""
    space = SPACES[name]
    for seed in range(8):
        arch = space.sample(seed)
        for side in (1, 2, 3, 4, 5, 6, 8):
            try:
                graph = space.graph(arch, task(1, side, side))
            except ValueError as error:
                assert "`task` 'odd'" in str(error)
                continue
            strided = [node for node in graph.nodes if node.op in WINDOWS and node["stride"] != 1 and node.label.split()[:2] != ["max_pool", "kernel=1"]]
            read = [(node, graph.shapes(node)[0][1:]) for node in strided]
            assert all(stride <= size for node, sizes in read for stride, size in zip(pair(node["stride"]), sizes, strict=True)), str(arch)
            break
