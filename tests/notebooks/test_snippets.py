"""Code that chapters print for a GPU builds what they say, on a few made-up images of CIFAR-10's shape: nothing is downloaded or trained."""

import re

import numpy as np
import pytest

import nastutor as nt
from nastutor.tasks import from_arrays
from tests.notebooks.test_notebooks import CHAPTERS


@pytest.fixture
def cifar(monkeypatch):
    images = np.random.default_rng(0).normal(size=(200, 3, 32, 32)).astype(np.float32)
    task = from_arrays(images, np.arange(200) % 10, valid=70, test=10)
    monkeypatch.setattr(nt.tasks, "cifar10", lambda: task)
    return task


def made(chapter):
    """What the lines before the search of a chapter's snippet make."""
    (snippet,) = re.findall(r"# ```python\n((?:# .*\n)+?)# ```", CHAPTERS[chapter].read_text("utf-8"))
    lines, names = [line.removeprefix("# ") for line in snippet.splitlines()], {"nt": nt}
    exec("\n".join(line for line in lines if re.match(r"(space|small|shared|strategy) =", line)), names)
    return names["space"], names["shared"], names["strategy"]


@pytest.mark.parametrize("chapter", ["ch09", "ch13"])
def test_searches_at_paper_scale_have_the_published_supernet(chapter, cifar):
    """8 cells of 16 channels, of which two reduce; every alpha that the paper has."""
    space, shared, strategy = made(chapter)
    assert shared.supernet.graph.counts().params == 1_930_618
    assert strategy.space is space and sum(map(len, space.mixture_sites().values())) == 2 * 14 * 8


def test_what_chapter_13_finds_is_trained_as_the_published_networks_are(cifar):
    space, _, _ = made("ch13")
    assert space.graph(nt.zoo["DARTS_V2"].arch, cifar).counts().params == 3_349_342
