"""`ModuleSpace`: networks that are said in DeepArchitect's language."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from nastutor.spaces import language as words
from nastutor.spaces.base import ChoiceSpace, Choose
from nastutor.spaces.language import Layer, Layers, Word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nastutor.nets.graph import GraphBuilder, LayerGraph
    from nastutor.values import Arch

SMALL = words.Concat(
    words.Repeat(words.Concat(words.Conv((8, 16), (3, 5)), words.MaybeSwap(words.ReLU(), words.BatchNorm())), (1, 2)),
    words.Or(words.MaxPool((2,), (2,)), words.AvgPool((2,), (2,))),
    words.Optional(words.Residual(words.RepeatTied(words.Concat(words.Conv((16, 32), (1, 3)), words.ReLU()), (1, 2)))),
    words.Optional(words.Dropout((0.25, 0.5))),
)


def reference_convnet() -> Word:
    """The space in which the searchers were compared (tfref_convnet_ss0 of negrinho/deep_architect_legacy), its training's settings apart."""
    conv = words.Conv((32, 48, 64, 96, 128), (1, 3, 5))
    pool = words.MaxPool((2,), (2,))
    return words.Concat(conv, words.ReLU(), pool, conv, words.ReLU(), pool, words.Affine((256, 512, 1024)), words.ReLU(), words.Dropout((0.75, 0.5, 0.25)))


def deep_convnet() -> Word:
    """deepconv_ss0: two stages, each a convolution of stride 2 and up to 32 equal layers."""
    few, repeats = tuple(range(48, 129, 16)), (1, 2, 4, 8, 16, 32)

    def stage(channels: tuple[int, ...]) -> Word:
        layer = (words.Conv(channels, (3, 5)), words.MaybeSwap(words.ReLU(), words.BatchNorm()), words.Optional(words.Dropout((0.5, 0.1))))
        return words.Concat(words.Conv(few, (3, 5, 7), (2,)), words.RepeatTied(words.Concat(*layer), repeats))

    return words.Concat(stage(few), stage(tuple(2 * channels for channels in few)))


def residual_network() -> Word:
    """resnet_ss0: residual parts, as many as 8 before and after an optional mean pool."""
    few, kernels, repeats = tuple(range(48, 129, 16)), (1, 3, 5), (1, 2, 4, 8)

    def part(channels: tuple[int, ...]) -> Word:
        layer = words.Concat(words.Conv(channels, kernels), words.MaybeSwap(words.BatchNorm(), words.ReLU()))
        inside = words.Concat(words.RepeatTied(layer, (1, 2, 4)), words.Conv(channels, kernels, kernels))
        return words.Concat(words.Residual(inside), words.Optional(words.Dropout((0.5, 0.1))))

    wide = words.Concat(words.AvgPool((3, 5), (2,)), words.Repeat(part(tuple(2 * channels for channels in few)), repeats))
    return words.Concat(words.Repeat(part(few), repeats), words.Optional(wide))


class ModuleSpace(ChoiceSpace):
    """All networks that a sentence can say (Negrinho & Gordon 2017, section 4): it is the definition of the space, and its words take the decisions.

    A linear layer to the classes, of all numbers of the last image, ends each network. The plan is a tuple of `Layer`s. Decisions that say the same
    in other words, such as the first and the second of two optional layers, are counted each and not merged. Whether an image has become too small for a
    pool is seen by `graph` alone.

    sentence  words of `nastutor.spaces.language`; default: convolutions, a pool, an optional residual part, an optional dropout

    >>> w = words
    >>> space = ModuleSpace(w.Concat(w.Conv((8, 16), (3,)), w.Optional(w.ReLU())))
    >>> [str(arch) for arch in space]
    ['1 channels=8 2 there=False', '1 channels=8 2 there=True', '1 channels=16 2 there=False', '1 channels=16 2 there=True']
    """

    def __init__(self, sentence: Word = SMALL) -> None:
        if not isinstance(sentence, Word):
            raise TypeError(f"`sentence` is {sentence!r}; allowed are words of nastutor.spaces.language, such as Concat(...) (chapter 6)")
        self.sentence = sentence

    def decide(self, choose: Choose) -> Layers:
        return self.sentence.decide(choose)

    @property
    def size(self) -> int:
        return self.sentence.size

    @cached_property
    def _sites(self) -> dict[str, tuple[Any, ...]]:
        return self.sentence.sites()

    def layer_kinds(self, arch: Arch) -> tuple[str, ...]:
        """The kinds of its layers one after the other; a residual part begins with "residual" and closes with "sum"."""
        return tuple(_kinds(self.plan(arch)))

    def graph(self, arch: Arch, task: Any) -> LayerGraph:
        """The network for a task's images."""
        from nastutor.nets.graph import LayerGraph

        builder = LayerGraph.start(task.shape)
        layers = self.plan(arch)
        try:
            x = _chain(builder, builder.input, layers, "layer")
        except ValueError as error:
            raise ValueError(f"`task` {task.name!r} has inputs of {task.shape}, which do not fit the decisions {arch}: {error}") from error
        return builder.finish(builder.add("linear", _flat(builder, x, "head"), name="head linear", group="head", units=task.classes))


def _kinds(layers: Layers) -> Iterator[str]:
    for layer in layers:
        yield layer.kind
        if layer.kind == "residual":
            yield from _kinds(layer.inside)
            yield "sum"


def _chain(builder: GraphBuilder, x: str, layers: Layers, name: str) -> str:
    for number, layer in enumerate(layers, start=1):
        x = _add(builder, x, layer, f"{name} {number}")
    return x


def _add(builder: GraphBuilder, x: str, layer: Layer, name: str) -> str:
    if layer.kind == "residual":
        return _summed(builder, x, _chain(builder, x, layer.inside, name), name)
    settings = dict(layer.settings)
    if layer.kind == "linear":
        x = _flat(builder, x, name)
    elif layer.kind == "conv":
        settings["bias"] = True
    return builder.add(layer.kind, x, name=f"{name} {layer.kind}", group=name, **settings)


def _flat(builder: GraphBuilder, x: str, name: str) -> str:
    return x if len(builder.shape(x)) == 1 else builder.add("flatten", x, name=f"{name} flatten", group=name)


def _summed(builder: GraphBuilder, one: str, other: str, name: str) -> str:
    """Their sum, each filled up with zeros to the larger height, width and number of channels; flat ones where one of them is (Residual in the release)."""
    if len(builder.shape(one)) != len(builder.shape(other)):
        one, other = (_flat(builder, x, f"{name} {which}") for which, x in (("shortcut", one), ("way", other)))
    shape = tuple(map(max, builder.shape(one), builder.shape(other)))
    terms = [_filled(builder, x, shape, f"{name} {which}") for which, x in (("shortcut", one), ("way", other))]
    return builder.add("add", *terms, name=f"{name} sum", group=name)


def _filled(builder: GraphBuilder, x: str, shape: tuple[int, ...], name: str) -> str:
    missing = [most - own for most, own in zip(shape[1:], builder.shape(x)[1:], strict=True)]
    if any(missing):
        x = builder.add("pad", x, name=f"{name} padded", group=name, bottom=missing[0], right=missing[1])
    if builder.shape(x)[0] < shape[0]:
        x = builder.add("pad_channels", x, name=f"{name} widened", group=name, channels=shape[0])
    return x
