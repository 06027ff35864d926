"""DARTS: auxiliary heads, and the language models around its recurrent cells."""

import json
from pathlib import Path

import pytest

from nastutor.published import zoo

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "published.json").read_text("utf-8"))


@pytest.mark.parametrize("name", ["DARTS_V1", "DARTS_V2"])
def test_with_the_auxiliary_head(name):
    assert zoo[name].graph(auxiliary=True).counts().params == GOLDEN[name]["recounted"]["params with the auxiliary head"]


@pytest.mark.parametrize("name", ["DARTS_V1 RNN", "DARTS_V2 RNN", "DARTS_V2 RNN WikiText-2"])
def test_the_language_models(name):
    """The embedding is the decoder's matrix too; the decoder has a bias."""
    net = zoo[name]
    assert net.whole(net.counts()) == GOLDEN[name]["recounted"]["params of the language model"]
