"""ProxylessNAS and MnasNet: networks of other widths, and where they lie in their spaces."""

import json
from pathlib import Path

from nastutor.published import MOBILE, zoo
from nastutor.published.mobile import MNASNET, PROXYLESS

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "published.json").read_text("utf-8"))


def test_mnasnet_of_several_widths():
    network = MNASNET["MnasNet-A1"]
    for width, millions in GOLDEN["MnasNet-A1 of other widths"]["millions"]:
        space = network.space(multiplier=width)
        assert round(space.graph(network.arch(space), MOBILE).counts().params / 1e6, 1) == millions


def test_the_networks_lie_in_their_spaces():
    for name, network in {**PROXYLESS, **MNASNET}.items():
        assert network.arch(network.space()) == zoo[name].arch and zoo[name].arch in zoo[name].space
    gpu = zoo["ProxylessNAS GPU"]
    canonical = gpu.space.canonical(gpu.arch)
    assert [canonical[f"block3.{block}"] for block in range(1, 5)] == ["k7e6", "k5e3", "none", "none"], "published: k7e6 none none k5e3"
