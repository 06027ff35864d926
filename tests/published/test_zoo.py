"""`nt.zoo`: every published network has its published numbers. Golden: published.json has what releases and recounts say, `figures` what is printed."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

import nastutor as nt
from nastutor import published
from nastutor.published import FAMILIES, Published, zoo

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "published.json").read_text("utf-8"))
FIGURES = ("params", "mult_adds")


def printed(net, counts, figure):
    """Whether what is counted rounds to what is printed, in the digits that are printed: in thousands of millions from ten thousand on."""
    value = Decimal(str(net.figures[figure])).normalize()
    count = Decimal(net.whole(counts) if figure == "params" else counts.mult_adds) / 10**6
    if value >= 10_000:
        value, count = (value / 1000).normalize(), count / 1000
    return abs(count - value) <= Decimal(10) ** min(0, value.as_tuple().exponent) / 2


@pytest.mark.parametrize("name", zoo)
def test_counts_are_those_of_the_golden_file_to_the_last_one(name):
    golden, counts = GOLDEN[name], zoo[name].counts()
    exact = {**golden.get("recounted", {}), **golden["pinned"]}
    assert {figure: getattr(counts, figure) for figure in FIGURES} == {figure: exact[figure] for figure in FIGURES}
    for figure, (value, margin) in golden.get("millions", {}).items():
        assert getattr(counts, figure) / 1e6 == pytest.approx(value, abs=margin)


def test_what_is_recounted_is_not_pinned_again_and_has_a_source():
    for name in zoo:
        golden = GOLDEN[name]
        assert not golden.get("recounted", {}).keys() & golden["pinned"].keys(), name
        assert ("source" in golden) == ("recounted" in golden or "millions" in golden or name.startswith("Auto-DeepLab")), name


@pytest.mark.parametrize("name", zoo)
def test_counts_round_to_what_is_printed_or_a_note_says_why_not(name):
    net = zoo[name]
    counts = net.counts()
    wrong = {figure for figure in FIGURES if figure in net.figures and not printed(net, counts, figure)}
    assert set(net.notes) == wrong and all(net.notes.values())


def test_rounding_is_that_of_the_digits_that_are_printed():
    net = zoo["DARTS_V2"]
    for params, fits in ((3.3, True), (3.4, False), (3.35, True), (3.34, False), (3.349, True), (3.348, False), (3, True), (4, False)):
        assert printed(Published(**{**vars(net), "figures": {"params": params}}), net.counts(), "params") == fits
    large = zoo["NASNet-A large"]
    for mult_adds, fits in ((23_800, True), (23_700, False), (23_780, True), (23_790, False), (24_000, True)):
        changed = Published(**{**vars(large), "figures": {"mult_adds": mult_adds}})
        assert printed(changed, large.counts(), "mult_adds") == fits


@pytest.mark.parametrize("name", zoo)
def test_all_of_them_are_points_of_their_spaces(name):
    net = zoo[name]
    assert net.space.validate(net.arch) is None and net.name == name and (not net.paper or nt.papers.paper(net.paper))


def test_all_that_is_published_in_the_package_is_here():
    """Each module of the package but those that hold no networks is a family, and gives all its networks."""
    folder = Path(published.__file__).parent
    families = {path.stem for path in folder.glob("*.py")} - {"__init__", "network", "catalogue", "smash", "residual", "vectors", "vision"}
    assert families == {family.__name__.split(".")[-1] for family in FAMILIES}
    assert sum(len(family.NETWORKS) for family in FAMILIES) == len(zoo), "no name twice"


def test_the_table_has_a_line_for_each_and_no_blank_figure():
    lines = zoo.table().split("\n")
    assert len(lines) == len(zoo) + 2 and nt.zoo is zoo
    assert "| NASNet-A large | ImageNet, 331 px | 88,753,150 | 88.9 M |" in zoo.table()
    for line in lines[2:]:
        assert all(cell.strip() for cell in line.split("|")[1:7]), line


def test_a_small_one_is_built():
    net = zoo["PNASNet-5 CIFAR"].build(seed=1)
    assert sum(p.numel() for p in net.parameters()) == zoo["PNASNet-5 CIFAR"].counts().params


@pytest.mark.slow
@pytest.mark.parametrize("name", zoo)
def test_each_is_built(name):
    net = zoo[name].build()
    assert sum(p.numel() for p in net.parameters()) == zoo[name].counts().params
