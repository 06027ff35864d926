"""MetaQNN's and NAS-RL's networks: text both ways, what Caffe counts, and NAS-RL's by hand."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from nastutor.published import zoo
from nastutor.published.chains import METAQNN, METAQNN_CIFAR10
from nastutor.spaces import MetaQNNSpace
from nastutor.spaces.metaqnn import drop_rates

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "published.json").read_text("utf-8"))
RELEASED = MetaQNNSpace(18, 32, **METAQNN, round_up=True)
CIFAR = SimpleNamespace(name="CIFAR-10", shape=(3, 32, 32), classes=10)


def test_table_a2_both_ways():
    names = ["MetaQNN", *(f"MetaQNN {number}" for number in range(2, 6))]
    assert [zoo[name].space.text(zoo[name].arch) for name in names] == [text for text, _, _ in METAQNN_CIFAR10]
    assert [zoo[name].figures["error"] for name in names] == sorted(zoo[name].figures["error"] for name in names), "the best first"


@pytest.mark.parametrize("row", GOLDEN["MetaQNN released prototxts"]["networks"], ids=lambda row: row["text"][:30])
def test_released_networks(row):
    """Caffe counts a window that hangs over the edge; its files say which dropouts there are."""
    arch = RELEASED.from_text(row["text"])
    assert RELEASED.graph(arch, CIFAR).counts().params == row["params"]
    assert [rate for _, rate in sorted(drop_rates(RELEASED.plan(arch)).items())] == pytest.approx(row["dropout"], abs=1e-9)


def test_nasrl_by_hand():
    """4.2 million parameters (Table 1): filters x what is read, batch norm, linear layer."""
    net = zoo["NAS-RL"]
    filters = (36, 48, 36, 36, 48, 48, 48, 36, 36, 36, 36, 48, 48, 48, 48)
    inputs = (3, 36, 84, 120, 72, 168, 216, 132, 168, 324, 336, 240, 360, 180, 276)
    areas = (9, 9, 9, 25, 21, 49, 49, 21, 7, 49, 35, 49, 35, 35, 35)
    params = sum(a * i * f for a, i, f in zip(areas, inputs, filters, strict=True)) + 2 * sum(filters) + 490
    counts = net.counts()
    assert counts.params == params and counts.depth == 16
    assert net.space.size == (4 * 4 * 4) ** 15 * 2**105 and net.space.arch(net.space.plan(net.arch)) == net.arch
