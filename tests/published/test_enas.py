"""ENAS: its whole network, as its release builds it and as the architecture says, and its recurrent cell in two spellings."""

import json
from pathlib import Path

from nastutor.published import zoo
from nastutor.published.enas import ENAS_MACRO
from nastutor.spaces import MacroSpace

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "published.json").read_text("utf-8"))


def test_the_whole_network():
    net = zoo["ENAS macro"]
    assert sum(value for name, value in net.arch.choices if name.startswith("skip")) == GOLDEN["ENAS macro"]["recounted"]["skips"]
    assert " ".join(map(str, net.space.numbers(net.arch))) == " ".join(ENAS_MACRO)
    proper = MacroSpace(24, channels=96).graph(net.arch, net.task).counts().params
    assert proper == GOLDEN["ENAS macro, separable convolutions as the architecture says"]["pinned"]["params"]


def test_one_published_cell_in_two_spellings():
    net, other = zoo["ENAS RNN"], GOLDEN["ENAS RNN, as quark0/darts writes it"]
    spelt = net.space.cell(other["acts"].split(), other["reads"])
    assert net.space.canonical(spelt) == net.space.canonical(net.arch) and spelt != net.arch
    assert list(net.space.outputs(spelt)) == other["outputs"] and net.space.outputs(net.arch) == (3, 4, 7, 9, 10, 11)
