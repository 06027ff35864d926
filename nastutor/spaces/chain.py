"""`ChainSpace`: one layer after the other, as many as are decided."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, lru_cache
from math import comb, prod
from typing import TYPE_CHECKING, Any, NamedTuple

from nastutor.inputs import is_whole, whole
from nastutor.spaces.base import ChoiceSpace, Choose, check_options
from nastutor.spaces.images import check_fits, check_images

if TYPE_CHECKING:
    from nastutor.nets.graph import GraphBuilder, LayerGraph
    from nastutor.values import Arch

KINDS = ("conv", "sep", "pool")


class Layer(NamedTuple):
    """One layer of the plan: its kind, its number of channels (None for a pool), its kernel, and the layers it reads."""

    kind: str
    width: int | None
    kernel: int
    reads: tuple[int, ...]


class ChainSpace(ChoiceSpace):
    """Chains of layers (Elsken et al. 2019, section 2; with skips as in Zoph & Le 2017, section 3.2).

    First the depth is decided, then for each layer its kind, and what this kind needs: `conv` (convolution, batch norm, ReLU) and `sep`
    (the same, depthwise separable) a width and a kernel, `pool` (maximum, stride = kernel) its size. A global mean and a linear layer end it.
    With `skips`, each layer may also read any earlier one than its predecessor: the images are brought to the predecessor's size by
    means, and the channels joined. Pools in a row, of which nothing else reads what lies between, are one pool of the product of their
    sizes, on images of every size: windows that do not fit are left out, and floor(floor(H / a) / b) = floor(H / ab). So 2 4, 4 2 and 8 are
    one network where they are in the space; otherwise no two architectures are.

    depths     numbers of layers
    kinds      of conv, sep, pool
    widths     channels of conv and sep
    kernels    odd sizes of conv and sep
    pools      sizes of pools
    max_pools  how many pools a chain may have; two suit images of 8x8
    skips      whether layers may read earlier ones

    >>> space = ChainSpace(depths=(1, 2), kinds=("conv", "pool"), widths=(8,), kernels=(3, 5), pools=(2,), max_pools=1)
    >>> space.size, str(next(iter(space)))
    (11, 'depth=1 kind1=conv width1=8 kernel1=3')
    """

    def __init__(
        self,
        depths: Sequence[int] = (1, 2, 3, 4),
        kinds: Sequence[str] = KINDS,
        widths: Sequence[int] = (8, 16, 32),
        kernels: Sequence[int] = (3, 5),
        pools: Sequence[int] = (2,),
        max_pools: int = 2,
        skips: bool = False,
    ) -> None:
        for name, values in (("depths", depths), ("widths", widths), ("kernels", kernels), ("pools", pools)):
            _check_sizes(name, values, 2 if name == "pools" else 1)
        check_options("kinds", kinds)
        for kind in kinds:
            if kind not in KINDS:
                raise ValueError(f"`kinds` has {kind!r}; allowed are {', '.join(KINDS)}")
        if any(kernel % 2 == 0 for kernel in kernels):
            raise ValueError(f"`kernels` are {tuple(kernels)}; allowed are odd sizes, which keep the size of the image")
        whole("max_pools", max_pools, least=0)
        if type(skips) is not bool:
            raise ValueError(f"`skips` is {skips!r}; allowed are True and False")
        self.depths, self.widths, self.kernels, self.pools = tuple(depths), tuple(widths), tuple(kernels), tuple(pools)
        self.kinds, self.max_pools, self.skips = tuple(kinds), max_pools, skips
        self.convs = tuple(kind for kind in self.kinds if kind != "pool")
        if not self.convs and max(self.depths) > max_pools:
            raise ValueError(f"`kinds` are pools alone, and `depths` {self.depths} ask for more than `max_pools`={max_pools} of them: add conv or sep")

    def decide(self, choose: Choose) -> list[Layer]:
        layers: list[Layer] = []
        pools = 0
        for number in range(1, choose("depth", self.depths) + 1):
            kind = choose(f"kind{number}", self.kinds if pools < self.max_pools else self.convs)
            if kind == "pool":
                width, kernel = None, choose(f"pool{number}", self.pools)
                pools += 1
            else:
                width, kernel = choose(f"width{number}", self.widths), choose(f"kernel{number}", self.kernels)
            earlier = range(1, number - 1) if self.skips else ()
            reads = tuple(layer for layer in earlier if choose(f"skip{layer}->{number}", (False, True)))
            layers.append(Layer(kind, width, kernel, (*reads, number - 1)))
        return layers

    def canonical(self, arch: Arch) -> Arch:
        """The first architecture, in the order of enumeration, that is the same network: pools in a row are split another way."""
        layers = self.plan(arch)
        old = tuple(layer.kernel for layer in layers if layer.kind == "pool")
        rows, others = _rows(layers), len(layers) - len(old)
        products = tuple(prod(layer.kernel for layer in row) for row in rows if row[0].kind == "pool")
        splits = (_split(products, depth - others, self.pools) for depth in self.depths if depth - others <= self.max_pools)
        sizes = next(sizes for sizes in splits if sizes is not None)  # at the latest the split that it has
        return arch if sizes == old else self._arch_of(_with_pools(rows, sizes))

    def _arch_of(self, layers: list[Layer]) -> Arch:
        """The architecture whose plan is `layers`."""
        answers: dict[str, Any] = {"depth": len(layers)}
        for number, layer in enumerate(layers, start=1):
            answers |= {f"kind{number}": layer.kind, f"width{number}": layer.width, f"kernel{number}": layer.kernel, f"pool{number}": layer.kernel}
            answers |= {f"skip{read}->{number}": True for read in layer.reads}
        return self.walk(lambda name, options: answers.get(name, False))

    @property
    def size(self) -> int:
        """Chains of each depth, by the number of their pools and where they are."""
        conv = len(self.convs) * len(self.widths) * len(self.kernels)
        pool = len(self.pools) if "pool" in self.kinds else 0
        total = 0
        for depth in self.depths:
            chains = sum(comb(depth, pools) * pool**pools * conv ** (depth - pools) for pools in range(min(depth, self.max_pools) + 1))
            total += chains * 2 ** ((depth - 1) * (depth - 2) // 2 if self.skips else 0)
        return total

    @cached_property
    def _sites(self) -> dict[str, tuple[Any, ...]]:
        sites: dict[str, tuple[Any, ...]] = {"depth": self.depths}
        pooling = "pool" in self.kinds and self.max_pools > 0
        for number in range(1, max(self.depths) + 1):
            sites[f"kind{number}"] = self.kinds if pooling else self.convs
            if self.convs:
                sites |= {f"width{number}": self.widths, f"kernel{number}": self.kernels}
            if pooling:
                sites[f"pool{number}"] = self.pools
            if self.skips:
                sites |= {f"skip{layer}->{number}": (False, True) for layer in range(1, number - 1)}
        return sites

    def graph(self, arch: Arch, task: Any) -> LayerGraph:
        """The network for a task's images; an image that a pool or a kernel does not fit in is refused by the name of the decision."""
        from nastutor.nets.graph import LayerGraph

        check_images(task, self)
        builder = LayerGraph.start(task.shape)
        outputs = [builder.input]
        for number, layer in enumerate(self.plan(arch), start=1):
            x = _joined(builder, [outputs[read] for read in layer.reads], f"layer {number}")
            outputs.append(_layer(builder, x, layer, number, task))
        x = builder.add("global_avg_pool", outputs[-1], name="head mean", group="head")
        return builder.finish(builder.add("linear", x, name="head linear", group="head", units=task.classes))


def _check_sizes(name: str, values: Sequence[int], least: int) -> None:
    check_options(name, values)
    for value in values:
        if not is_whole(value, least):
            raise ValueError(f"`{name}` has {value!r}; allowed are whole numbers from {least}")


def _rows(layers: list[Layer]) -> list[list[Layer]]:
    """The layers in order, with those pools in one row that are one: each reads the one before it alone, and is its only reader."""
    rows: list[list[Layer]] = []
    for number, layer in enumerate(layers, start=1):
        before = layers[number - 2] if number > 1 else layer
        alone = layer.reads == (number - 1,) and not any(number - 1 in later.reads for later in layers[number:])
        if number > 1 and layer.kind == before.kind == "pool" and alone:
            rows[-1].append(layer)
        else:
            rows.append([layer])
    return rows


@lru_cache(maxsize=4096)
def _split(products: tuple[int, ...], count: int, sizes: tuple[int, ...]) -> tuple[int, ...] | None:
    """The first `count` of `sizes`, by the order of `sizes`, that multiply to these products one after the other; None where there are none."""
    if not products:
        return None if count else ()
    if products[0] == 1:
        return _split(products[1:], count, sizes)
    for size in sizes if count > 0 else ():
        if products[0] % size == 0 and (rest := _split((products[0] // size, *products[1:]), count - 1, sizes)) is not None:
            return (size, *rest)
    return None


def _with_pools(rows: list[list[Layer]], sizes: tuple[int, ...]) -> list[Layer]:
    """The layers of `rows` with their pools replaced by pools of `sizes`, as many to a row as multiply to its product."""
    left, layers = iter(sizes), []
    old, places = 0, {0: 0}  # the number of the last layer of each row: as it was -> as it is
    for row in rows:
        first = row[0]._replace(reads=tuple(places[read] for read in row[0].reads))
        todo = prod(layer.kernel for layer in row)
        while first.kind == "pool" and todo > 1:
            layers.append(first._replace(kernel=next(left)))
            todo //= layers[-1].kernel
            first = first._replace(reads=(len(layers),))
        if first.kind != "pool":
            layers.append(first)
        old += len(row)
        places[old] = len(layers)
    return layers


def _joined(builder: GraphBuilder, reads: list[str], name: str) -> str:
    """Earlier outputs at the size of the last one, channels one after the other."""
    if len(reads) == 1:
        return reads[0]
    size = builder.shape(reads[-1])[1:]
    images = [
        read if builder.shape(read)[1:] == size else builder.add("resize", read, name=f"{name} resize {number}", group=name, size=size)
        for number, read in enumerate(reads, start=1)
    ]
    return builder.add("concat", *images, name=f"{name} join", group=name)


def _layer(builder: GraphBuilder, x: str, layer: Layer, number: int, task: Any) -> str:
    pool, (_, *size) = layer.kind == "pool", builder.shape(x)
    hint = f"smaller `{'pools' if pool else 'kernels'}` or fewer `max_pools` keep a ChainSpace within its task"
    check_fits(f"decision '{'pool' if pool else 'kernel'}{number}'", layer.kernel, min(size), task, (size[0], size[1]), padded=not pool, hint=hint)
    return (_pool if pool else _conv)(builder, x, layer, f"layer {number}")


def _conv(builder: GraphBuilder, x: str, layer: Layer, name: str) -> str:
    op = "conv" if layer.kind == "conv" else "sep_conv"
    x = builder.add(op, x, name=f"{name} {layer.kind}", group=name, channels=layer.width, kernel=layer.kernel)
    return builder.add("relu", builder.add("bn", x, name=f"{name} bn", group=name), name=f"{name} relu", group=name)


def _pool(builder: GraphBuilder, x: str, layer: Layer, name: str) -> str:
    return builder.add("max_pool", x, name=f"{name} pool", group=name, kernel=layer.kernel, stride=layer.kernel, padding=0)
