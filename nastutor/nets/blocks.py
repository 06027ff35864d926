"""Layers made of several operations, as the published cells use them: built into a `GraphBuilder`, so that all that is known of graphs holds for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from nastutor.inputs import positive

if TYPE_CHECKING:
    from nastutor.nets.graph import GraphBuilder

AUXILIARY_WEIGHT = 0.4  # of the auxiliary head's loss (Zoph et al. 2018, released code; Liu et al. 2019, section 3.2)


class Blocks:
    """Adds layers to a builder. Convolutions come with batch norm and without bias. ReLUs stand before them, and each state has one, shared by all that
    read it; `relu_conv_bn` and `conv_bn_relu` have a ReLU of their own, before and behind.

    builder     of the network
    odd_halves  whether the second path of a factorised reduction takes the channel that is left over from an odd number of them, or none may be
    affine      whether batch norm has scale and shift
    group       label of the nodes to come, for drawings; to be set as one goes on
    """

    def __init__(self, builder: GraphBuilder, *, odd_halves: bool = False, affine: bool = True, group: str | None = None) -> None:
        self.builder, self.odd_halves, self.affine, self.group = builder, odd_halves, affine, group
        self._relus: dict[str, str] = {}

    def add(self, op: str, *inputs: str, name: str, **attrs: Any) -> str:
        return self.builder.add(op, *inputs, name=name, group=self.group, **attrs)

    def channels(self, x: str) -> int:
        return self.builder.shape(x)[0]

    def size(self, x: str) -> tuple[int, ...]:
        """(H, W)"""
        return self.builder.shape(x)[1:]

    def relu(self, x: str) -> str:
        if x not in self._relus:
            self._relus[x] = self.add("relu", x, name=f"{x} relu")
        return self._relus[x]

    def bn(self, x: str, name: str) -> str:
        return self.add("bn", x, name=f"{name} bn", affine=self.affine)

    def conv_bn(self, x: str, name: str, channels: int, kernel: int | tuple[int, int] = 1, *, relu: bool = True, **how: Any) -> str:
        """ReLU (unless there is to be none), convolution, batch norm."""
        x = self.add("conv", self.relu(x) if relu else x, name=f"{name} conv", channels=channels, kernel=kernel, **how)
        return self.bn(x, name)

    def relu_conv_bn(self, x: str, name: str, channels: int, kernel: int = 1, **how: Any) -> str:
        """The same with a ReLU that no other layer reads."""
        return self.conv_bn(self.add("relu", x, name=f"{name} relu"), name, channels, kernel, relu=False, **how)

    def conv_bn_relu(self, x: str, name: str, op: str = "conv", **how: Any) -> str:
        """A convolution of any kind, batch norm, ReLU."""
        return self.bn_relu(self.add(op, x, name=f"{name} conv", **how), name)

    def bn_relu(self, x: str, name: str) -> str:
        return self.add("relu", self.bn(x, name), name=f"{name} relu")

    def separable(self, x: str, name: str, channels: int, kernel: int, stride: int = 1, dilation: int = 1, times: int = 2) -> str:
        """ReLU, depthwise and 1x1 convolution, batch norm; all of it `times` times, the first with the stride."""
        for number in range(1, times + 1):
            how = {"stride": stride if number == 1 else 1, "dilation": dilation}
            x = self.add("sep_conv", self.relu(x), name=f"{name} sep {number}", channels=channels, kernel=kernel, **how)
            x = self.bn(x, f"{name} {number}")
        return x

    def narrow(self, x: str, name: str, channels: int, inner: int, kernels: Sequence[Any], stride: int = 1, dilation: int = 1) -> str:
        """Convolutions one after the other on `inner` channels between two of 1x1; on all channels without those where `inner` is 0.

        The stride of a (1, k) kernel is (1, stride), that of a (k, 1) kernel (stride, 1).
        """
        width = inner or channels
        if inner:
            x = self.conv_bn(x, f"{name} in", inner)
        for kernel in kernels:
            steps = tuple(stride if k > 1 else 1 for k in kernel) if isinstance(kernel, tuple) else stride
            label = "x".join(map(str, kernel)) if isinstance(kernel, tuple) else kernel
            x = self.conv_bn(x, f"{name} {label}", width, kernel, stride=steps, dilation=dilation)
        return self.conv_bn(x, f"{name} out", channels) if inner else x

    def factorised_reduction(self, x: str, name: str, channels: int, *, relu: bool = True) -> str:
        """Half the size without loss of information: two 1x1 convolutions of stride 2, one a pixel further down and right, joined; batch norm.

        Where the size is odd the second one sees a row and a column of zeros, as in the released code of NASNet.
        """
        if channels % 2 and not self.odd_halves:
            raise ValueError(
                f"node {name!r}: factorised reduction to {channels} channels, but each of its two paths gives half of them; allowed are even numbers"
            )
        x = self.relu(x) if relu else x
        shifted = self.add("pad", x, name=f"{name} shift", top=-1, left=-1, bottom=1, right=1)
        parts = ((1, x, channels // 2), (2, shifted, channels - channels // 2))
        halves = [self.add("conv", y, name=f"{name} half {number}", channels=width, kernel=1, stride=2) for number, y, width in parts]
        return self.bn(self.add("concat", *halves, name=f"{name} join"), name)

    def classifier(self, x: str, classes: int, *, relu: bool = True, bias: bool = True) -> str:
        """ReLU (unless there is to be none), global mean, linear layer."""
        x = self.add("global_avg_pool", self.relu(x) if relu else x, name="head mean")
        return self.add("linear", x, name="head linear", units=classes, bias=bias)

    def auxiliary_classifier(self, x: str, classes: int, *, stride: int = 3, last_bn: bool = True, bias: bool = True) -> str:
        """ReLU, mean over 5x5, 1x1 convolution to 128, one over the whole map to 768, each with batch norm and ReLU; linear layer."""
        if min(self.size(x)) < 5:
            raise ValueError(f"`auxiliary` is True, and the map that its head looks at is {self.size(x)}; allowed are maps from (5, 5): pass larger images")
        x = self.add("avg_pool", self.relu(x), name="auxiliary pool", kernel=5, stride=stride, padding=0)
        x = self.conv_bn(x, "auxiliary 1x1", 128, relu=False)
        x = self.add("conv", self.relu(x), name="auxiliary full conv", channels=768, kernel=self.size(x), padding=0)
        x = self.add("flatten", self.relu(self.bn(x, "auxiliary full") if last_bn else x), name="auxiliary flat")
        return self.add("linear", x, name="auxiliary linear", units=classes, bias=bias)


def schedule_drop_path(net: Any, progress: float) -> None:
    """Sets how often each path of a built network is dropped: `progress` (0 at the start of training, 1 at its end) times its node's `p`.

    Scheduled drop-path (Zoph et al. 2018, appendix A.7) is to call this before every epoch or step of a network whose space was given `drop_path`.
    """
    positive("progress", progress, zero=True)
    for node in net.graph.nodes:
        if node.op == "drop_path":
            net[node.name].p = dict(node.attrs)["p"] * min(1.0, progress)


def auxiliary_loss(scores: Any, labels: Any, weight: float = AUXILIARY_WEIGHT) -> Any:
    """The cross-entropy of a network with an auxiliary head, whose `scores` (B, 2 * classes) are its own and, behind them, the head's."""
    from torch.nn.functional import cross_entropy

    own, auxiliary = scores.chunk(2, 1)
    return cross_entropy(own, labels) + weight * cross_entropy(auxiliary, labels)
