"""NASNet-A: its last maps, its checkpoints' classes, and what unused states alone would give."""

import json
from pathlib import Path

import pytest

import nastutor as nt

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "published.json").read_text("utf-8"))
LAST_MAP = {"NASNet-A CIFAR": (768, 8, 8), "NASNet-A mobile": (1056, 7, 7), "NASNet-A large": (4032, 11, 11)}  # names "N@penultimate" in the paper


@pytest.mark.parametrize("name", LAST_MAP)
def test_last_maps(name):
    graph = nt.zoo[name].graph()
    assert [node.shape for node in graph.nodes if node.name.endswith(" output")][-1] == LAST_MAP[name]


def test_with_1001_classes():
    """As the checkpoints of the released code have it."""
    net = nt.zoo["NASNet-A mobile"]
    params = net.space.graph(net.arch, net.task._replace(classes=1001)).counts().params
    assert params == GOLDEN["NASNet-A mobile"]["recounted"]["params with 1001 classes"]


def test_unused_states_alone_would_not_be_enough():
    """Joining what no block reads gives 3.08 M and 4.77 M, 75.07 M for AmoebaNet-A."""
    for name, params in (("NASNet-A CIFAR", 3.08), ("NASNet-A mobile", 4.77), ("AmoebaNet-A large", 75.07)):
        net = nt.zoo[name]
        space = type(net.space)(**{**net.space.settings, "output": "unused"})
        arch = nt.Arch(tuple(choice for choice in net.arch.choices if "_out" not in choice[0]))
        assert space.graph(arch, net.task).counts().params / 1e6 == pytest.approx(params, abs=0.005)


def test_the_images_for_which_the_paper_of_amoebanet_counts():
    """With 299 px its 104 G are reached; the network was released for 331 px."""
    net = nt.zoo["AmoebaNet-A 448"]
    counts = net.space.graph(net.arch, net.task._replace(shape=(3, 299, 299))).counts()
    assert counts.mult_adds == GOLDEN["AmoebaNet-A 448"]["pinned"]["mult_adds with 299 px"] and round(counts.mult_adds / 1e9) * 1000 == net.figures["mult_adds"]
    assert f"{counts.mult_adds / 1e6:,.1f} M" in net.notes["mult_adds"]
