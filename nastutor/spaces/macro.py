"""`MacroSpace`: the whole network as one chain of layers with skips between any two: the macro search space of ENAS."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from operator import index
from typing import TYPE_CHECKING, Any, NamedTuple

from nastutor.inputs import is_whole, require, whole
from nastutor.spaces.base import ChoiceSpace, Choose, check_options
from nastutor.spaces.images import check_images
from nastutor.spaces.relaxed import Relaxed
from nastutor.spaces.roles import Role

if TYPE_CHECKING:
    from nastutor.nets.blocks import Blocks
    from nastutor.nets.graph import LayerGraph
    from nastutor.nets.supernet import Supernet
    from nastutor.values import Arch

OPS = ("conv3", "sep3", "conv5", "sep5", "avgpool3", "maxpool3")  # in the order of the released code: its numbers 0 to 5
POOLS = OPS[4:]


class MacroLayer(NamedTuple):
    """One layer of the plan: its operation, and the numbers of the earlier outputs that it takes in besides its predecessor's (0 is the stem)."""

    op: str
    skips: tuple[int, ...]


class MacroSpace(Relaxed, ChoiceSpace):
    """Each layer takes one of six operations on its predecessor, and joins it with any earlier outputs (Pham et al. 2018, section 2.3).

    `conv3`, `conv5` convolutions, `sep3`, `sep5` depthwise separable ones, `avgpool3`, `maxpool3` pools, each behind a 1x1 convolution.
    Output 0 is the stem, output l that of layer l; layer l takes output l-1 by itself and may join 0 ... l-2 by a skip. After a third and
    two thirds of the layers every output so far is halved by a factorised reduction of its own. L layers: 6^L 2^(L(L-1)/2) architectures,
    no two of which are one network.

    The network to be trained in the end (the default) joins what the skips bring by concatenation, ReLU, 1x1 convolution and batch norm, and
    doubles the channels at each reduction; the network of the search (`search=True`) adds, normalises, and keeps the channels. Both, and the
    last layer without bias, as in the released code. That code builds the final network's separable convolutions as plain ones and has no pools
    there: `plain=True` does the former (it reproduces its 42,559,392 parameters), pools stand behind ReLU, 1x1 convolution, batch norm, ReLU.

    layers    L, from 3 (paper 12 in the search, 24 in the end)
    ops       the operations to choose from
    channels  of the stem; even, for the factorised reduction (paper 36 in the search, 96 in the end)
    search    the network that is trained while searching
    plain     separable convolutions are built as plain ones

    >>> space = MacroSpace(layers=12)
    >>> f"{space.size:.3e}", str(MacroSpace(layers=3, channels=4).sample(0))
    ('1.606e+29', 'op1=avgpool3 op2=sep5 skip0->2=False op3=conv5 skip0->3=True skip1->3=False')
    """

    def __init__(self, layers: int = 6, ops: Sequence[str] = OPS, *, channels: int = 8, search: bool = False, plain: bool = False) -> None:
        whole("layers", layers, least=3)
        check_options("ops", ops)
        for op in ops:
            require("ops", op, lambda op: op in OPS, f"some of {', '.join(OPS)}")
        require("channels", channels, lambda n: is_whole(n, 2) and n % 2 == 0, "even numbers from 2, for the factorised reduction takes half of them twice")
        for name, value in (("search", search), ("plain", plain)):
            if type(value) is not bool:
                raise ValueError(f"`{name}` is {value!r}; allowed are True and False")
        self.layers, self.ops, self.channels, self.search, self.plain = layers, tuple(ops), channels, search, plain

    def decide(self, choose: Choose) -> list[MacroLayer]:
        plan = []
        for layer in range(1, self.layers + 1):
            op = choose(f"op{layer}", self.ops)
            plan.append(MacroLayer(op, tuple(source for source in range(layer - 1) if choose(f"skip{source}->{layer}", (False, True)))))
        return plan

    @property
    def size(self) -> int:
        return int(len(self.ops) ** self.layers * 2 ** (self.layers * (self.layers - 1) // 2))

    @cached_property
    def _sites(self) -> dict[str, tuple[Any, ...]]:
        sites: dict[str, tuple[Any, ...]] = {}
        for layer in range(1, self.layers + 1):
            sites |= {f"op{layer}": self.ops, **{f"skip{source}->{layer}": (False, True) for source in range(layer - 1)}}
        return sites

    def roles(self) -> dict[str, Role]:
        """Layer l is node l - 1. What a skip brings is told apart by the number of the output, as in the released controller."""
        found: dict[str, Role] = {}
        for layer in range(1, self.layers + 1):
            found |= {f"op{layer}": Role("op", layer - 1), **{f"skip{source}->{layer}": Role("skip", layer - 1, source) for source in range(layer - 1)}}
        return found

    def from_numbers(self, numbers: Sequence[int] | str) -> Arch:
        """The architecture that the released code writes as numbers: for each layer its operation (0 to 5), then a bit for each skip.

        >>> str(MacroSpace(layers=3).from_numbers("0 3 1 5 0 1"))
        'op1=conv3 op2=sep5 skip0->2=True op3=maxpool3 skip0->3=False skip1->3=True'
        """
        given = _whole_numbers(numbers)
        expected = sum(range(1, self.layers + 1))
        if len(given) != expected:
            raise ValueError(f"`numbers` are {len(given)}; allowed are {expected} for {self.layers} layers: layer l has its operation and l-1 bits")
        left = iter(given)
        return self.walk(lambda name, options: _numbered(name, next(left), OPS if name.startswith("op") else (False, True)))

    def numbers(self, arch: Arch) -> list[int]:
        """The way back from `from_numbers`."""
        self.validate(arch)
        return [OPS.index(value) if name.startswith("op") else int(value) for name, value in arch.choices]  # type: ignore[arg-type, call-overload]

    def graph(self, arch: Arch, task: Any) -> LayerGraph:
        """The network for a task's images, of any height and width from 4."""
        plan, layer = self.plan(arch), _search_layer if self.search else self._final_layer
        return self._network(task, lambda net, outputs, number, channels: layer(net, outputs, plan[number - 1], channels))

    def searched(self) -> MacroSpace:
        return self if self.search else type(self)(**{**self.settings, "search": True})

    def supernet(self, task: Any, *, affine: bool = True) -> Supernet:
        """The network of the search with all operations and skips, whatever `search` says; a layer weighs its operations, and each skip by itself."""
        from nastutor.nets.supernet import Supernet

        mixed: dict[str, str] = {}
        graph = self._network(task, lambda net, outputs, number, channels: self._mixed_layer(net, outputs, number, channels, mixed), affine, search=True)
        return Supernet(graph, mixed, self.mixture_sites())

    def _mixed_layer(self, net: Blocks, outputs: list[str], number: int, channels: int, mixed: dict[str, str]) -> str:
        name = net.group
        x = net.add("add", *(_search_operation(net, outputs[-1], op, channels) for op in self.ops), name=f"{name} operation")
        mixed[x] = f"op{number}"
        if len(outputs) == 1:
            return x
        skips = []
        for source, output in enumerate(outputs[:-1]):
            skips.append(net.add("add", net.add("zero", output, name=f"{name} no skip {source}"), output, name=f"{name} skip {source}"))
            mixed[skips[-1]] = f"skip{source}->{number}"
        return net.bn(net.add("add", *skips, x, name=f"{name} add"), f"{name}")

    def _network(self, task: Any, layer: Callable[[Blocks, list[str], int, int], str], affine: bool = True, search: bool | None = None) -> LayerGraph:
        """`layer(net, outputs so far, number, channels)` after `layer`, with the two reductions, between stem and classifier."""
        from nastutor.nets.blocks import Blocks
        from nastutor.nets.graph import LayerGraph

        check_images(task, self, ("layers",), least=2 ** len(self.reductions), why="two reductions halve them")
        search = self.search if search is None else search
        net, channels = Blocks(LayerGraph.start(task.shape), affine=affine, group="stem"), self.channels
        outputs = [net.conv_bn(net.builder.input, "stem", channels, 3, relu=False)]
        for number in range(1, self.layers + 1):
            net.group = f"layer {number}"
            outputs.append(layer(net, outputs, number, channels))
            if number in self.reductions:
                channels *= 1 if search else 2
                outputs = [_halved(net, x, f"reduction {number} of {source}", channels) for source, x in enumerate(outputs)]
        net.group = "head"
        return net.builder.finish(net.classifier(outputs[-1], task.classes, relu=False, bias=False))

    @property
    def reductions(self) -> tuple[int, int]:
        """The layers behind which the images are halved."""
        return self.layers // 3, 2 * (self.layers // 3)

    def _final_layer(self, net: Blocks, outputs: list[str], layer: MacroLayer, channels: int) -> str:
        name = net.group
        x = net.relu_conv_bn(outputs[-1], f"{name} in", channels)
        x = net.add("relu", x, name=f"{name} relu")
        x = _operation(net, x, layer.op, channels, self.plain)
        if layer.op not in POOLS:
            x = net.add("bn", x, name=f"{name} bn")
        if len(outputs) == 1:
            return x
        if layer.skips:
            x = net.add("concat", *(outputs[source] for source in layer.skips), x, name=f"{name} join")
        return net.relu_conv_bn(x, f"{name} out", channels)


def _search_layer(net: Blocks, outputs: list[str], layer: MacroLayer, channels: int) -> str:
    name, x = net.group, _search_operation(net, outputs[-1], layer.op, channels)
    if len(outputs) == 1:
        return x
    if layer.skips:
        x = net.add("add", *(outputs[source] for source in layer.skips), x, name=f"{name} add")
    return net.add("bn", x, name=f"{name} bn")


def _search_operation(net: Blocks, x: str, op: str, channels: int) -> str:
    x = net.conv_bn_relu(x, f"{net.group} {op} in", channels=channels, kernel=1)
    x = _operation(net, x, op, channels)
    return x if op in POOLS else net.bn_relu(x, f"{net.group} {op}")


def _operation(net: Blocks, x: str, op: str, channels: int, plain: bool = False) -> str:
    name = f"{net.group} {op}"
    if op in POOLS:
        return net.add(f"{op[:3]}_pool", x, name=name, kernel=3)
    kind = "sep_conv" if op.startswith("sep") and not plain else "conv"
    return net.add(kind, x, name=name, channels=channels, kernel=int(op[-1]))


def _halved(net: Blocks, x: str, name: str, channels: int) -> str:
    net.group = name
    return net.factorised_reduction(x, name, channels, relu=False)


def _whole_numbers(numbers: Any) -> list[int]:
    """The numbers of a text or a list; refused where one is none."""
    words = numbers.split() if isinstance(numbers, str) else numbers
    try:
        return [int(word) if isinstance(word, str) else index(word) for word in words]
    except (TypeError, ValueError):
        raise ValueError(f"`numbers` is {numbers!r}; allowed are whole numbers, in a list or as a text such as '0 3 1 5 0 1'") from None


def _numbered(name: str, number: int, options: Sequence[Any]) -> Any:
    if not 0 <= number < len(options):
        raise ValueError(f"`numbers` gives {name!r} the number {number}; allowed are 0 to {len(options) - 1}")
    return options[number]
