"""The networks of ProxylessNAS and MnasNet have the parameters and multiply-adds that were published."""

from types import SimpleNamespace

import pytest

from nastutor.spaces.mobile_published import MNASNET, PROXYLESS

# params: osmr/imgclsmob, assertions of pytorchcv/models/proxylessnas.py and mnasnet.py. Millions of mult-adds: "Total FLOPs" in the logs of
# mit-han-lab/proxylessnas (none of the network of 1.4 times the width); MnasNet-A1: README of tensorflow/tpu, models/official/mnasnet.
PARAMS = {
    "ProxylessNAS mobile": 4_080_512,
    "ProxylessNAS mobile 1.4": 6_857_568,
    "ProxylessNAS CPU": 4_361_648,
    "ProxylessNAS GPU": 7_119_848,
    "MnasNet-A1": 3_887_038,
    "MnasNet-B1": 4_383_312,
}
MEGA_MULT_ADDS = {"ProxylessNAS mobile": 320.4, "ProxylessNAS CPU": 439.2, "ProxylessNAS GPU": 465.3}
MNASNET_A1_MULT_ADDS = 312
MNASNET_A1_MEGA_PARAMS = {1.4: 6.1, 1.0: 3.9, 0.75: 2.9, 0.5: 2.1, 0.35: 1.7}  # by the multiplier of the channels
NETWORKS = {**PROXYLESS, **MNASNET}


def counts(network, **settings):
    space = network.space(**settings)
    return space.graph(network.arch(space), SimpleNamespace(name="imagenet", shape=(3, 224, 224), classes=1000)).counts()


@pytest.mark.parametrize("name", NETWORKS)
def test_params(name):
    assert counts(NETWORKS[name]).params == PARAMS[name]


@pytest.mark.parametrize("name", MEGA_MULT_ADDS)
def test_mult_adds(name):
    assert round(counts(NETWORKS[name]).mult_adds / 1e6, 1) == MEGA_MULT_ADDS[name]


def test_mnasnet_of_several_widths():
    network = MNASNET["MnasNet-A1"]
    assert round(counts(network).mult_adds / 1e6) == MNASNET_A1_MULT_ADDS
    assert {width: round(counts(network, multiplier=width).params / 1e6, 1) for width in MNASNET_A1_MEGA_PARAMS} == MNASNET_A1_MEGA_PARAMS


def test_the_networks_lie_in_their_spaces():
    for network in NETWORKS.values():
        assert network.arch(network.space()) in network.space()
    gpu = PROXYLESS["ProxylessNAS GPU"]
    canonical = gpu.space().canonical(gpu.arch(gpu.space()))
    assert [canonical[f"block3.{block}"] for block in range(1, 5)] == ["k7e6", "k5e3", "none", "none"], "published: k7e6 none none k5e3"
