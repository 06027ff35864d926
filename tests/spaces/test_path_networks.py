"""The networks around tree-structured cells: every rule of merging, cutting and counting by hand."""

from types import SimpleNamespace

import pytest

from nastutor.nets.blocks import schedule_drop_path
from nastutor.spaces.path_networks import cell_widths, parts
from nastutor.spaces.paths import PathLevelSpace

DIGITS = SimpleNamespace(name="digits", shape=(1, 8, 8), classes=10)
CIFAR = SimpleNamespace(name="CIFAR-10", shape=(3, 32, 32), classes=10)
ONE = {"blocks": 1, "stages": 1}


def graph_of(text, task=DIGITS, **settings):
    space = PathLevelSpace(3, **settings)
    return space.graph(space.from_text(text), task)


def test_a_dense_network_by_hand():
    """Stem to 2 k; 1x1 to 4 k; the mean of a 3x3 convolution to k and another with a 1x1 behind it; joined; half the channels; again; head."""
    k, params = 8, 9 * 16
    for channels in (16, 12):
        params += 2 * channels + channels * 4 * k + 2 * (2 * 4 * k + 9 * 4 * k * k) + 2 * k + k * k
        params += 2 * 24 + 24 * 12 if channels == 16 else 2 * 20 + 10 * 21
    graph = graph_of("add[conv3, conv3: none[conv1]]", width=k)
    assert graph.counts().params == params and graph.node("block 2 join").shape == (20, 4, 4)
    assert graph.node("block 1 mean")["by"] == 0.5 and graph.node("block 1 join").inputs == ("stem conv", "block 1 mean")


def test_a_pyramid_by_hand():
    """Two blocks of 20 and 24 channels, four times as many behind them; batch norm before each 1x1, each 3x3, and at the end."""
    params, reads = 9 * 16 + 2 * 16, 16
    for width in (20, 24):
        params += 2 * reads + reads * width + 2 * (2 * width + 9 * width * width // 2) + 2 * width + 4 * width * width + 2 * 4 * width
        reads = 4 * width
    params += 2 * reads + 10 * (reads + 1)
    graph = graph_of("add[conv3, conv3: none[max3]]", base="pyramid", width=8, groups=2)
    assert graph.counts().params == params and cell_widths(PathLevelSpace(base="pyramid", width=8)) == [20, 24]
    assert graph.node("block 2 sum").shape == (96, 4, 4) and graph.node("block 2 filled").inputs == ("block 2 pool",)
    assert graph.node("block 2 tree 1 conv3")["stride"] == 2 and graph.node("block 1 tree 1 conv3")["stride"] == 1


def test_widths_are_whole_groups():
    assert cell_widths(PathLevelSpace(base="pyramid", width=9, blocks=3, stages=1, groups=4)) == [16, 20, 24], "19, 22, 25 before"
    assert parts(7, 3) == [3, 2, 2] and parts(6, 2) == [3, 3]


def test_concat_cuts_what_has_no_filters_to_share():
    """The first edge without groups reads all and gives its part; with groups, and every identity, the input is cut as well."""
    whole = graph_of("concat[conv3, conv3: concat[sep3, identity]]", width=9, **ONE)
    assert [whole.node(f"block 1 tree {n} conv3").shape[0] for n in (1, 2)] == [5, 4]
    assert {whole.node(f"block 1 tree {n} conv3 bn").shape[0] for n in (1, 2)} == {36}
    assert [whole.node(f"block 1 tree 2 part {n}").shape[0] for n in (1, 2)] == [2, 2]
    grouped = graph_of("concat[conv3, conv3: none[sep3]]", width=16, groups=4, **ONE)
    node = grouped.node("block 1 tree 2 conv3")
    assert grouped.shapes(node) == [(32, 8, 8)] and node.shape[0] == 8 and node["groups"] == 2
    assert grouped.node("block 1 part 2")["start"] == 32


def test_a_mean_and_its_branches():
    import torch

    graph = graph_of("none[conv3: add[identity, max3, avg3]]", **ONE)
    net, images = graph.build(seed=1).eval(), torch.randn(2, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    values = {}
    for name in ("block 1 tree 1 conv3", "block 1 tree 1-2 max3", "block 1 tree 1-3 avg3", "block 1 tree 1 mean"):
        part = type(graph)(tuple(graph.nodes[: [node.name for node in graph.nodes].index(name) + 1]), name)
        values[name] = part.build(seed=1).eval()
        values[name].load_state_dict({key: value for key, value in net.state_dict().items() if key in values[name].state_dict()})
    conv, top, mean, out = (part(images) for part in values.values())
    assert torch.allclose(out, (conv + top + mean) / 3, atol=1e-6)


def test_order_of_batch_norm():
    """Before the operation there is a batch norm for each channel read, behind it one for each channel given, and one behind the stem."""
    pre, post = (graph_of("none[conv3: none[sep3]]", order=order, **ONE) for order in ("pre", "post"))
    assert pre.node("block 1 tree 1 conv3").inputs == ("block 1 tree 1 conv3 relu",) and "head relu" in {node.name for node in pre.nodes}
    assert post.node("block 1 tree 1 conv3 bn").inputs == ("block 1 tree 1 conv3",) and "head relu" not in {node.name for node in post.nodes}
    assert pre.counts().params - post.counts().params == 2 * ((16 + 32 + 8 + 24) - (16 + 32 + 8 + 8))
    assert [sum(node.op == "relu" for node in graph.nodes) for graph in (pre, post)] == [4, 4]


def test_paths_are_dropped_where_there_are_others():
    net = graph_of("add[conv3: none[sep3], conv3: concat[sep3, max3]]", drop_path=0.25, **ONE).build()
    drops = [node.name for node in net.graph.nodes if node.op == "drop_path"]
    assert drops == ["block 1 tree 1 drop", "block 1 tree 2-1 drop", "block 1 tree 2-2 drop", "block 1 tree 2 drop"]
    schedule_drop_path(net, 0.5)
    assert {net[name].p for name in drops} == {0.125}
    assert not [node for node in graph_of("add[conv3: none[sep3], conv3]", **ONE).nodes if node.op == "drop_path"]


@pytest.mark.parametrize("base", ["dense", "pyramid"])
@pytest.mark.parametrize("size", [(4, 4), (5, 7), (9, 16)])
def test_any_height_and_width(base, size):
    graph = graph_of("add[conv3: concat[sep3, max3], conv3]", SimpleNamespace(name="odd", shape=(2, *size), classes=3), base=base, stages=3)
    assert graph.nodes[-1].shape == (3,)
    assert {node.shape[1:] for node in graph.nodes if node.group == "block 3"} >= {tuple(-(-side // 4) for side in size)}


@pytest.mark.parametrize("settings", [{"depth": 3, "groups": 2}, {"base": "pyramid", "order": "post", "drop_path": 0.2}])
def test_random_networks_train_and_cost_what_their_graphs_say(settings):
    import torch

    space, x = PathLevelSpace(**settings), torch.randn(2, *DIGITS.shape, generator=torch.Generator().manual_seed(0))
    for seed in range(25):
        graph = space.graph(space.sample(seed), DIGITS)
        module = graph.build(seed=seed)
        module(x).logsumexp(1).sum().backward()
        assert sum(p.numel() for p in module.parameters()) == graph.counts().params and all(p.grad is not None for p in module.parameters())
