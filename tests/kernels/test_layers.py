"""What kernels see of a network."""

import nastutor as nt
from nastutor.kernels.layers import Inputs, layers_of
from nastutor.nets.graph import LayerGraph


def kinds(layers):
    return [(layer.kind, layer.detail, layer.taken, layer.units, layer.reads) for layer in layers]


def test_sums_joins_and_activations_are_no_layers():
    b = LayerGraph.start((3, 8, 8))
    left = b.add("relu", b.add("bn", b.add("conv", "input", channels=4, kernel=3)))
    right = b.add("sep_conv", "input", channels=4, kernel=5)
    both = b.add("concat", b.add("add", left, right), b.add("max_pool", left, kernel=3, stride=1, padding=1))
    hidden = b.add("relu", b.add("linear", b.add("flatten", both), units=6))
    graph = b.finish(b.add("linear", hidden, units=10))
    assert kinds(layers_of(graph)) == [
        ("in", None, 3, 3, ()),
        ("conv", 3, 3, 4, (0,)),
        ("sep", 5, 3, 4, (0,)),
        ("max", None, 4, 4, (1,)),
        ("fc", "relu", 8, 6, (1, 2, 3)),
        ("decision", None, 6, 10, (4,)),
        ("out", None, 10, 10, (5,)),
    ]


def test_what_is_dead_is_not_seen_and_what_reads_zeros_reads_the_input():
    b = LayerGraph.start((1, 8, 8))
    b.add("conv", "input", channels=4, kernel=3)
    graph = b.finish(b.add("linear", b.add("global_avg_pool", b.add("zero", "input")), units=10))
    layers = layers_of(graph)
    assert [layer.kind for layer in layers if layer.kind == "conv"] == [] and all(layer.reads for layer in layers[1:])


def test_every_space_with_networks_has_layers():
    for space in (nt.spaces.MobileSpace(), nt.spaces.NASBench101(vertices=4), nt.spaces.EditSpace(), nt.spaces.RecurrentSpace(3, units=4)):
        layers = layers_of(space.graph(space.sample(0), Inputs()))
        assert layers[0].kind == "in" and layers[-1].kind == "out" and all(read < number for number, layer in enumerate(layers) for read in layer.reads)
    assert Inputs().name == "inputs of 1x8x8"
