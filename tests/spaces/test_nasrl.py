"""`NASRLSpace`: its size, what happens where sizes do not fit, and what it refuses."""

from types import SimpleNamespace

import pytest

from nastutor.spaces import ChoiceSpace
from nastutor.spaces.nasrl import Layer, NASRLSpace
from nastutor.testing import check_space

DIGITS = SimpleNamespace(name="digits", shape=(1, 8, 8), classes=10)


@pytest.mark.parametrize(
    "settings", [{"depths": (1, 2), "filters": (8,)}, {"depths": (3,), "heights": (3,), "widths": (3,)}, {"depths": (2,), "widths": (1,), "strides": (1, 2)}]
)
def test_size_and_sites_are_what_enumeration_finds(settings):
    space = NASRLSpace(**settings)
    archs = list(space)
    assert space.size == len(archs) == len(set(archs))
    found = ChoiceSpace._sites.func(space)
    assert {name: set(options) for name, options in found.items()} == {name: set(options) for name, options in space.sites().items()}


def test_where_the_answers_do_not_fit():
    """Layers 2 and 3 read nothing and so the image; 4 reads a smaller and a larger image; 2 and 4 are read by none."""
    space = NASRLSpace((4,), (3,), (1, 3), (4, 8), (1, 2, 3), pools=())
    layers = [Layer((3, 3), (2, 3), 4, ()), Layer((3, 1), (1, 1), 8, ()), Layer((3, 3), (1, 2), 8, ()), Layer((3, 3), (1, 1), 4, (1, 3))]
    graph = space.graph(space.arch(layers), DIGITS)
    assert graph.node("layer 2 conv").inputs == graph.node("layer 3 conv").inputs == ("input",)
    assert graph.node("layer 1 relu").shape == (4, 4, 3) and graph.node("layer 3 relu").shape == (8, 8, 4)
    pad = graph.node("layer 4 pad 1")
    assert pad.shape == (4, 8, 4) and [pad[side] for side in ("top", "bottom", "left", "right")] == [2, 2, 0, 1]
    assert graph.node("head join").shape == (12, 8, 8), "layers 2 and 4, the latter filled up"
    assert graph.counts().params == (9 * 4 + 8) + (3 * 8 + 16) + (9 * 8 + 16) + (9 * 12 * 4 + 8) + 130


@pytest.mark.parametrize("settings", [{}, {"depths": (3,), "filters": (4,), "strides": (1, 2), "pools": ()}])
def test_keeps_the_rules(settings):
    check_space(NASRLSpace(**settings), samples=20)


def test_random_networks_train_and_cost_what_their_graphs_say():
    import torch

    x = torch.randn(2, *DIGITS.shape, generator=torch.Generator().manual_seed(0))
    for seed in range(50):
        space = NASRLSpace(filters=(4,), strides=(1, 2) if seed % 2 else (1,), pools=())
        graph = space.graph(space.sample(seed), DIGITS)
        module = graph.build(seed=seed)
        module(x).logsumexp(1).sum().backward()
        assert sum(p.numel() for p in module.parameters()) == graph.counts().params
        assert all(p.grad is not None for p in module.parameters()), "nothing is dead: what no layer reads goes to the classifier"


def test_images_that_are_too_small_are_refused():
    space = NASRLSpace((2,), strides=(3,), pools=(2,))
    with pytest.raises(ValueError, match=r"`pools` has 2, but behind layer 2 the image of `task` 'digits' .* 1x1: decisions"):
        space.graph(space.walk(lambda name, options: options[-1]), DIGITS)
    with pytest.raises(ValueError, match="`NASRLSpace` takes images"):
        space.graph(space.sample(0), SimpleNamespace(name="flat", shape=(64,), classes=2))


def test_layers_that_are_none_of_the_space_are_refused():
    space = NASRLSpace()
    layers = space.plan(space.walk(lambda name, options: options[-1]))
    assert space.plan(space.arch(layers)) == layers == space.plan(space.arch([*layers[:-1], layers[-1]._replace(reads=layers[-1].reads[::-1])]))
    for change in ({"reads": (9,)}, {"stride": (2, 1)}):
        with pytest.raises(ValueError, match="`layers` have .* as number 2; the decisions of .* lead to"):
            space.arch([layers[0], layers[1]._replace(**change), *layers[2:]])
    with pytest.raises(ValueError, match="'filters2'"):
        space.arch([layers[0], layers[1]._replace(channels=7), *layers[2:]])
    for wrong in (None, "abc", [1, 2]):
        with pytest.raises(ValueError, match="`layers` is .*; allowed are some of the type Layer"):
            space.arch(wrong)


@pytest.mark.parametrize(
    "settings, words",
    [
        ({"depths": ()}, "`options` of 'depths'"),
        ({"depths": (0,)}, "`depths` has 0"),
        ({"heights": (2,)}, "`heights` are .*odd"),
        ({"widths": (1, 4)}, "`widths` are .*odd"),
        ({"filters": (True,)}, "`filters` has True"),
        ({"strides": (0,)}, "`strides` has 0"),
        ({"pools": (0,)}, "`pools` has 0"),
    ],
)
def test_bad_settings_are_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        NASRLSpace(**settings)
