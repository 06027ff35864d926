"""`SizeSpace`: its size, a network by hand, small sizes inside large ones, and what is refused."""

from types import SimpleNamespace

import pytest

import nastutor as nt
from nastutor.nets.mixed import MixedNet
from nastutor.spaces import SizeSpace
from nastutor.testing import check_space

DIGITS = SimpleNamespace(name="digits", shape=(1, 8, 8), classes=10)


def arch(space, **answers):
    return space.walk(lambda name, options: answers.get(name.replace(".", "_"), options[0]))


def test_size_and_decisions():
    space = SizeSpace()
    assert space.size == 2 * (9 + 81) ** 2 and len(space.sites()) == 2 * 5 + 1 and space.sizes() == space.mixture_sites()
    assert SizeSpace((1, 3), (4,), (1, 2)).size == len(list(SizeSpace((1, 3), (4,), (1, 2)))) == 2 * 6**2


def test_a_network_by_hand():
    graph = SizeSpace().graph(arch(SizeSpace(), depth1=2, kernel1_2=3, width1_2=8, pool1=3, kernel2_1=5, width2_1=16), DIGITS)
    assert graph.counts().params == (4 + 8) + (9 * 4 * 8 + 16) + (25 * 8 * 16 + 32) + 16 * 10 + 10
    assert graph.node("pool 1").shape == (8, 4, 4) and graph.node("pool 1")["kernel"] == 3


def test_the_supernet_has_the_weights_of_its_largest_network():
    space = SizeSpace()
    largest = space.walk(lambda name, options: options[-1])
    assert space.supernet(DIGITS).graph.counts().params == space.graph(largest, DIGITS).counts().params
    names = {name.partition(".")[0] for name, _ in MixedNet(space.supernet(DIGITS)).named_parameters()}
    assert sum(name.endswith("conv") for name in names) == 4, "one convolution a layer, whatever its size"


def test_it_keeps_the_rules():
    check_space(SizeSpace((1, 3), (2, 4), (1, 3), (1, 3, 5), stages=3), task=nt.tasks.digits(train_size=20, difficulty=0.5, size=16))


def test_what_a_size_costs_depends_on_others_and_is_no_sum():
    with pytest.raises(ValueError, match=r"'kernel1.1', a size inside larger ones"):
        nt.estimators.option_costs(SizeSpace(), DIGITS, "params")


@pytest.mark.parametrize(
    ("settings", "word"),
    [({"kernels": (2, 3)}, "`kernels` is .*odd"), ({"widths": (8, 4)}, "`widths` is .*ascending"), ({"depths": (0, 1)}, "`depths` is"),
     ({"pools": (2,)}, "`pools` is .*odd"), ({"kernels": ()}, "at least one"), ({"stages": 0}, "`stages` is 0")],
)  # fmt: skip
def test_refusals(settings, word):
    with pytest.raises(ValueError, match=word):
        SizeSpace(**settings)


def test_an_image_that_is_too_small_is_named():
    with pytest.raises(ValueError, match="each stage after the first halves them"):
        SizeSpace(stages=5).graph(SizeSpace(stages=5).sample(0), DIGITS)
