"""Networks of spaces against the same written in plain torch from the papers, with the same weights, in float64.

Batch norm takes the statistics of the batch, and all weights are drawn at random, so that no layer can be left out, moved or exchanged unseen.
"""

from types import SimpleNamespace

import pytest

torch = pytest.importorskip("torch")

import torch.nn.functional as F  # noqa: E402
from torch import relu  # noqa: E402

from nastutor.rng import torch_rng  # noqa: E402
from nastutor.spaces import BlockQNNSpace, FabricSpace, HierarchicalSpace, MacroSpace, TrellisSpace  # noqa: E402
from nastutor.spaces.macro import OPS as MACRO_OPS  # noqa: E402

TASK = SimpleNamespace(name="images", shape=(2, 8, 8), classes=3)


class Plain:
    """Layers by hand, with the weights that a network has under their names; what nobody asks for is left over."""

    def __init__(self, graph):
        self.net = graph.build(seed=0).double().train()
        for name, weight in self.net.named_parameters():
            weight.data.copy_(torch.randn(weight.shape, dtype=torch.float64, generator=torch_rng(0, name)))
        self.images = torch.randn(3, *TASK.shape, dtype=torch.float64, generator=torch_rng(0, "images"))
        self.left = dict(self.net.named_children())

    def conv(self, x, name, stride=1, dilation=1):
        """A convolution, depthwise where a filter reads one channel; a separable one is two of them."""
        module = self.left.pop(name)
        for number, part in enumerate(module if isinstance(module, torch.nn.Sequential) else [module]):
            weight, steps = part.weight, stride if number == 0 else 1
            pads = [dilation * (kernel - 1) // 2 for kernel in weight.shape[2:]]
            x = F.conv2d(x, weight, part.bias, steps, pads, dilation, groups=x.shape[1] // weight.shape[1])
        return x

    def bn(self, x, name):
        module = self.left.pop(name)
        return F.batch_norm(x, None, None, module.weight, module.bias, training=True)

    def conv_bn(self, x, name, **how):
        return self.bn(self.conv(x, f"{name} conv", **how), f"{name} bn")

    def agrees(self, x):
        """Whether mean and linear layer of what was computed by hand are the scores, and every weight was asked for."""
        head = self.left.pop("head linear")
        scores = F.linear(x.mean((2, 3)), head.weight, head.bias)
        return not self.left and torch.allclose(self.net(self.images), scores, rtol=1e-9, atol=1e-9)


def max3(x, stride=1):
    return F.max_pool2d(x, 3, stride, 1)


def mean3(x, stride=1):
    """The mean of the pixels inside the image."""
    ones = F.conv2d(torch.ones_like(x[:1, :1]), torch.ones(1, 1, 3, 3, dtype=x.dtype), stride=stride, padding=1)
    sums = F.conv2d(x, torch.ones(x.shape[1], 1, 3, 3, dtype=x.dtype), stride=stride, padding=1, groups=x.shape[1])
    return sums / ones


@pytest.mark.parametrize("merge", ["sum", "concat"])
def test_motifs(merge):
    """Liu et al. 2018b, section 2: convolutions with batch norm and ReLU behind them, pools and identities as they are."""
    space = HierarchicalSpace((1,), (4,), merge=merge, channels=4, stages=1)
    ops = {"0->1": "conv1", "0->2": "dw3", "1->2": "sep3", "0->3": "maxpool3", "1->3": "avgpool3", "2->3": "skip"}
    plain = Plain(space.graph(space.walk(lambda name, options: ops[name.split()[1]]), TASK))

    def edge(x, name):
        op, name = ops[name], f"cell 1 {name}"
        y = {"maxpool3": max3, "avgpool3": mean3, "skip": lambda x: x}.get(op, lambda x: relu(plain.conv_bn(x, name)))(x)
        return plain.conv(y, f"{name} merge") if merge == "concat" else y

    x = plain.conv_bn(plain.images, "stem")
    one = edge(x, "0->1")
    two = edge(x, "0->2") + edge(one, "1->2")
    three = edge(x, "0->3") + edge(one, "1->3") + edge(two, "2->3")
    assert plain.agrees(relu(plain.conv_bn(three, "after 1")))


def test_block_codes():
    """Zhong et al. 2018: a convolution is ReLU, convolution, batch norm; what joins or widens has a 1x1 one; a maximum between stages."""
    space = BlockQNNSpace(9, channels=4)
    code = [
        (1, 1, 5, 0, 0),
        (2, 2, 3, 1, 0),
        (3, 3, 3, 1, 0),
        (4, 4, 0, 2, 0),
        (5, 5, 0, 3, 4),
        (6, 6, 0, 0, 1),
        (7, 5, 0, 0, 6),
        (8, 1, 3, 0, 0),
        (9, 7, 0, 0, 0),
    ]
    plain = Plain(space.graph(space.from_code(code), TASK))
    x = plain.conv(plain.images, "stem conv")
    for block in (1, 2):
        name = f"block {block}"
        conv = lambda x, what, name=name: plain.conv_bn(relu(x), f"{name} {what}")
        one = conv(x, "layer 1")
        five = mean3(one) + max3(one)
        six = conv(torch.cat([x, one], 1), "layer 6")
        seven = (x if block == 1 else conv(x, "layer 7 widened")) + six
        x = conv(torch.cat([five, seven, conv(x, "layer 8")], 1), "output")
        x = F.max_pool2d(x, 2) if block == 1 else x
    assert plain.agrees(x)


BLOCKS = [(0, "sep3", 1, "maxpool3"), (1, "avgpool3", 0, "atrous3"), (0, "skip", 2, "sep5"), (1, "atrous5", 3, "none")]


def trellis_cell(plain, x, before, name, change):
    """Halves (change 1), keeps or doubles (-1): Liu et al. 2019 as released, deeplab/core of tensorflow/models."""

    def resized(x, size):
        return F.interpolate(x, size, mode="bilinear", align_corners=True)

    def op(x, op, name, halve):
        stride = 1 + halve
        if op == "skip":
            return plain.conv_bn(relu(x), name, stride=2) if halve else x
        if "pool" in op:
            return (max3 if op == "maxpool3" else mean3)(x, stride)
        if "sep" in op:
            for turn in (1, 2):
                x = plain.bn(plain.conv(relu(x), f"{name} sep {turn}", stride=stride if turn == 1 else 1), f"{name} bn {turn}")
            return x
        if op == "none":
            return 0
        x = resized(relu(x), x.shape[2] // 2) if halve else relu(x)
        return plain.conv_bn(x, name, dilation=1 if halve else 2)

    x = resized(x, 2 * x.shape[2]) if change < 0 else x
    before = before if before.shape[2] == x.shape[2] else resized(before, x.shape[2])
    states = [plain.conv_bn(relu(state), f"{name} {what}") for state, what in ((x, "last"), (before, "before"))]
    for number, (a, op_a, b, op_b) in enumerate(BLOCKS, start=1):
        terms = [op(states[read], what, f"{name} {number}{side}", change > 0 and read < 2) for read, what, side in ((a, op_a, "a"), (b, op_b, "b"))]
        states.append(sum(terms))
    return torch.cat(states[2:], 1)


def test_trellises():
    space = TrellisSpace(3, 4, 2, stem=2)
    plain = Plain(space.graph(space.arch((0, 1, 0), BLOCKS), TASK))
    one = plain.conv_bn(plain.images, "stem 1")
    before = plain.conv_bn(relu(one), "stem 2")
    x = plain.conv_bn(relu(before), "stem 3", stride=2)
    for number, change in enumerate((0, 1, -1), start=1):
        before, x = x, trellis_cell(plain, x, before, f"cell {number}", change)
    assert plain.agrees(relu(x))


def interleaved(x):
    """Zeros between the pixels: each goes to the upper left of four."""
    return torch.kron(x, torch.tensor([[1.0, 0.0], [0.0, 0.0]], dtype=x.dtype))


def test_fabrics():
    """Saxena & Verbeek 2016, section 3: sums of convolutions, then batch norm and ReLU; down by strides, up by zeros between the pixels."""
    layers, scales = 3, 3
    plain = Plain(FabricSpace(layers, scales, 4).fabric(TASK))
    places = {(1, 1): relu(plain.bn(plain.conv(plain.images, "image"), "1,1 bn"))}
    for layer in range(1, layers + 1):
        for scale in range(1, scales + 1):
            to, terms = f"{scale},{layer} conv", []
            if layer > 1:
                terms += [plain.conv(places[scale, layer - 1], f"{scale},{layer - 1} to {to}")]
                terms += [plain.conv(places[scale - 1, layer - 1], f"{scale - 1},{layer - 1} to {to}", stride=2)] if scale > 1 else []
                terms += [plain.conv(interleaved(places[scale + 1, layer - 1]), f"{scale + 1},{layer - 1} to {to}")] if scale < scales else []
            if layer in (1, layers) and scale > 1:
                terms += [plain.conv(places[scale - 1, layer], f"{scale - 1},{layer} to {to}", stride=2)]
            if terms:
                places[scale, layer] = relu(plain.bn(sum(terms), f"{scale},{layer} bn"))
    assert plain.agrees(places[scales, layers])


SKIPS = {3: (0,), 4: (0, 1), 5: (2,), 6: (0, 3)}


def halved(plain, x, name):
    """Two 1x1 convolutions, of the even pixels and, beyond the border zeros, of those one down and one to the right of them."""
    odd = F.pad(x, (0, 1, 0, 1))[..., 1:, 1:]
    halves = [plain.conv(pixels[..., ::2, ::2], f"{name} {what}") for pixels, what in ((x, "half 1"), (odd, "half 2"))]
    return plain.bn(torch.cat(halves, 1), f"{name} bn")


def macro_operation(plain, x, op, name):
    return max3(x) if op == "maxpool3" else mean3(x) if op == "avgpool3" else plain.conv(x, f"{name} {op}")


def final_layer(plain, outputs, op, number):
    """Convolution 1x1, operation, and 1x1 convolution of what is joined; ReLU before each, batch norm behind each but a pool."""
    name = f"layer {number}"
    x = macro_operation(plain, relu(plain.conv_bn(relu(outputs[-1]), f"{name} in")), op, name)
    x = x if "pool" in op else plain.bn(x, f"{name} bn")
    if number == 1:
        return x
    return plain.conv_bn(relu(torch.cat([*(outputs[skip] for skip in SKIPS.get(number, ())), x], 1)), f"{name} out")


def search_layer(plain, outputs, op, number):
    """Convolution 1x1, operation, each but a pool with batch norm and ReLU; what the skips bring is added, and batch norm."""
    name = f"layer {number}"
    x = macro_operation(plain, relu(plain.conv_bn(outputs[-1], f"{name} {op} in")), op, name)
    x = x if "pool" in op else relu(plain.bn(x, f"{name} {op} bn"))
    return x if number == 1 else plain.bn(sum((outputs[skip] for skip in SKIPS.get(number, ())), start=x), f"{name} bn")


@pytest.mark.parametrize("layer", [final_layer, search_layer])
@pytest.mark.parametrize("ops", [MACRO_OPS, MACRO_OPS[::-1]])
def test_macro_networks(layer, ops):
    """Pham et al. 2018, section 2.3, and the released general_child.py."""
    space = MacroSpace(6, channels=4, search=layer is search_layer)

    def choose(name, options):
        source, _, target = name.removeprefix("skip").partition("->")
        return int(source) in SKIPS.get(int(target), ()) if target else ops[int(name[2:]) - 1]

    plain = Plain(space.graph(space.walk(choose), TASK))
    outputs = [plain.conv_bn(plain.images, "stem")]
    for number, op in enumerate(ops, start=1):
        outputs.append(layer(plain, outputs, op, number))
        if number in (2, 4):
            outputs = [halved(plain, x, f"reduction {number} of {source}") for source, x in enumerate(outputs)]
    assert plain.agrees(outputs[-1])
