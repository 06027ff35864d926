from dataclasses import replace

import pytest

from nastutor.papers import paper

ONE = paper("real2019")


@pytest.mark.parametrize(
    "source, url",
    [
        ("arxiv:1802.01548", "https://arxiv.org/abs/1802.01548"),
        ("doi:10.1007/978-3-642-25566-3_40", "https://doi.org/10.1007/978-3-642-25566-3_40"),
        ("https://openreview.net/forum?id=x:y", "https://openreview.net/forum?id=x:y"),
        ("", None),
    ],
)
def test_where_to_read_it(source, url):
    assert replace(ONE, source=source).url == url


def test_what_is_not_built_says_so():
    assert replace(ONE, built="").status == "not yet" and replace(ONE, built="partly: half").status == "partly: half"


def test_its_function_is_found_by_name():
    assert replace(ONE, function="nastutor.papers.paper").resolve() is paper
    with pytest.raises(ModuleNotFoundError):
        replace(ONE, function="nastutor.nowhere.run").resolve()
    with pytest.raises(ValueError, match="'real2019' has no function"):
        replace(ONE, function=None).resolve()
