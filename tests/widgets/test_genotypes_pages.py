import pytest

import nastutor as nt
from nastutor.spaces.genotype import Genotype
from nastutor.widgets.genotypes_pages import HEAD, names, page


def test_every_published_stack_of_cells_has_a_line_on_one_page():
    cells = [name for name, net in nt.zoo.items() if hasattr(net.space, "genotype")]
    listed = [line[0] for name in names() for line in page(name).lines]
    assert sorted(listed[: len(cells)]) == sorted(cells) and names()[:2] == ("NASNet-A", "AmoebaNet-A")
    assert all(len(line) == len(HEAD) for name in names() for line in page(name).lines)


def test_a_line_has_counts_beside_figures():
    assert page("NASNet-A").lines[2] == ("NASNet-A large", "ImageNet, 331 px", "6", "168", "88,753,150", "88.9 M", "23.8 G", "23.8 G", "17.3 %")


@pytest.mark.parametrize("name", [name for name in names() if "NAS-Bench" not in name])
def test_the_text_is_the_genotype(name):
    net = nt.zoo[page(name).lines[0][0]]
    assert net.space.from_genotype(Genotype.parse("; ".join(page(name).text))) == net.arch


def test_which_input_is_the_previous_cell_depends_on_the_family():
    """NASNet-A: 0 is the previous cell; DARTS_V2: 0 is the one before it."""
    assert ("0: previous cell", "2", "sep5") in page("NASNet-A").cells[0][1] and ("0: the one before", "2", "sep3") in page("DARTS_V2").cells[0][1]
    assert ("0: the one before", "5", "identity") in page("DARTS_V2").cells[0][1]
    assert len(page("PNASNet-5").cells) == 1 and "stride 2" in page("PNASNet-5").cells[0][0]


def test_cells_of_the_benchmarks():
    resnet, inception = page("ResNet in NAS-Bench-201"), page("Inception in NAS-Bench-101")
    assert resnet.text == ("|nor_conv_3x3~0|+|none~0|nor_conv_3x3~1|+|skip_connect~0|none~1|skip_connect~2|",)
    assert len(inception.cells[0][1]) == 9 and len(inception.text[1]) == len("hash: ") + 32
    assert resnet.lines[0][:4] == ("NAS-Bench-201", "CIFAR-10", "5", "16") and inception.source == "Ying et al. 2019"
