"""`ModuleSpace`: its networks by hand, the release's spaces, residual parts of all shapes, and what it refuses."""

import json
from pathlib import Path

import pytest
import torch

from nastutor.spaces import ModuleSpace
from nastutor.spaces import language as w
from nastutor.spaces.modules import deep_convnet, reference_convnet, residual_network
from nastutor.testing import check_space
from nastutor.testing.networks import IMAGES

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "spaces.json").read_text(encoding="utf-8"))["DeepArchitect"]
SENTENCES = {"tfref_convnet_ss0": reference_convnet, "deepconv_ss0": deep_convnet, "resnet_ss0": residual_network}


def graph(word, shape=(1, 8, 8)):
    """The network of a sentence that leaves nothing to decide."""
    space = ModuleSpace(word)
    (arch,) = space
    return space.graph(arch, type("Task", (), {"shape": shape, "classes": 10, "name": "made up"}))


def test_sizes_of_the_released_spaces():
    """By hand: tfref 15 x 15 x 3 x 3; deepconv (18 x 6 x 72)^2; resnet S (1 + 2 S) with S = sum of 17496^k."""
    conv, layer = 5 * 3, (6 * 2) * 2 * (1 + 2)
    part = ((6 * 3 * 2) * 3) * (6 * 3 * 3) * (1 + 2)
    repeated = sum(part**count for count in (1, 2, 4, 8))
    sizes = {"tfref_convnet_ss0": conv * conv * 3 * 3, "deepconv_ss0": (6 * 3 * 6 * layer) ** 2, "resnet_ss0": repeated * (1 + 2 * repeated)}
    assert {name: ModuleSpace(make()).size for name, make in SENTENCES.items()} == sizes == GOLDEN["sizes"]
    assert sizes["tfref_convnet_ss0"] == 2025 == len(ModuleSpace(reference_convnet()))


@pytest.mark.parametrize("name", SENTENCES)
def test_released_spaces_have_networks(name):
    space, task = ModuleSpace(SENTENCES[name]()), type("Task", (), {"shape": (3, 32, 32), "classes": 10, "name": "CIFAR-10"})
    for seed in range(5):
        arch = space.sample(seed)
        assert space.from_codes(space.codes([arch])) == [arch] and space.graph(arch, task).counts().params > 0


def test_params_of_the_reference_network_by_hand():
    space, task = ModuleSpace(reference_convnet()), type("Task", (), {"shape": (3, 32, 32), "classes": 10, "name": "CIFAR-10"})
    arch = next(iter(space))
    assert str(arch) == "1 channels=32 1 kernel=1 4 channels=32 4 kernel=1 7 units=256 9 p=0.75"
    by_hand = (3 * 32 + 32) + (32 * 32 + 32) + (32 * 8 * 8 * 256 + 256) + (256 * 10 + 10)
    assert space.graph(arch, task).counts().params == by_hand == GOLDEN["first params of tfref_convnet_ss0"]


def test_a_network_by_hand():
    word = w.Concat(w.Conv((4,), (3,), (2,)), w.BatchNorm(), w.Residual(w.Concat(w.Conv((6,), (3,)), w.ReLU())), w.Affine((5,)))
    net = graph(word)
    assert [f"{node.name}: {'x'.join(map(str, node.shape))}" for node in net.nodes] == [
        "input: 1x8x8",
        "layer 1 conv: 4x4x4",
        "layer 2 bn: 4x4x4",
        "layer 3 1 conv: 6x4x4",
        "layer 3 2 relu: 6x4x4",
        "layer 3 shortcut widened: 6x4x4",
        "layer 3 sum: 6x4x4",
        "layer 4 flatten: 96",
        "layer 4 linear: 5",
        "head linear: 10",
    ]
    assert net.counts().params == (9 * 4 + 4) + 8 + (9 * 4 * 6 + 6) + (96 * 5 + 5) + (5 * 10 + 10)


@pytest.mark.parametrize(
    "inside, shape",
    [
        (w.Conv((2,), (3,), (2,)), (3, 8, 8)),  # smaller in all three: filled up to the input
        (w.Conv((5,), (3,), (2,)), (5, 8, 8)),  # wider, but smaller images: both are filled up
        (w.Affine((7,)), (192,)),  # flat: both are, and the shorter filled up
        (w.Affine((200,)), (200,)),
        (w.Empty(), (3, 8, 8)),
    ],
    ids=str,
)
def test_residuals_of_all_shapes_fill_up_with_zeros(inside, shape):
    net = graph(w.Residual(inside), (3, 8, 8))
    total = next(node for node in net.nodes if node.op == "add")
    assert total.shape == shape
    built, x = net.build(seed=0), torch.randn(2, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    assert built(x).shape == (2, 10)


def test_residual_adds_its_input():
    """Around nothing it is twice its input, so that the head sees 2 x."""
    net, plain = graph(w.Residual(w.Empty())).build(seed=0), graph(w.Empty()).build(seed=0)
    plain.load_state_dict(net.state_dict())
    x = torch.randn(2, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(net(x), plain(2 * x), atol=1e-6)


def test_kinds_come_in_their_order():
    space = ModuleSpace(w.Concat(w.ReLU(), w.Residual(w.Concat(w.Conv((4,), (3,)), w.ReLU())), w.Empty(), w.Optional(w.Dropout((0.5,)))))
    without, with_it = space
    assert space.layer_kinds(without) == ("relu", "residual", "conv", "relu", "sum") and space.layer_kinds(with_it) == (*space.layer_kinds(without), "dropout")


@pytest.mark.parametrize(
    "word",
    [
        w.Concat(w.Or(w.Conv((4, 8), (1, 3)), w.AvgPool((3,), (1, 2))), w.Optional(w.Residual(w.MaybeSwap(w.ReLU(), w.Conv((6,), (3,), (1, 2)))))),
        w.Concat(w.Repeat(w.Concat(w.Conv((4, 6), (3,)), w.Optional(w.ReLU())), (1, 2)), w.Permutation(w.MaxPool((2,), (2,)), w.ReLU(), w.BatchNorm())),
        w.RepeatTied(w.Concat(w.Affine((8, 16)), w.ReLU(), w.Optional(w.Dropout((0.1, 0.5)))), (1, 3)),
    ],
)
def test_keeps_the_rules(word):
    check_space(ModuleSpace(word), IMAGES, samples=25)


def test_an_image_that_is_too_small_is_refused_with_the_layer():
    with pytest.raises(ValueError, match=r"'layer 4 max_pool' .* cannot take its input from 'layer 3 max_pool'"):
        graph(w.RepeatTied(w.MaxPool((2,), (2,)), (4,)))


@pytest.mark.parametrize("sentence", ["Conv", None, w.ReLU, (w.ReLU(),)])
def test_a_sentence_is_made_of_words(sentence):
    with pytest.raises(TypeError, match="`sentence` is .*; allowed are words of nastutor.spaces.language"):
        ModuleSpace(sentence)
