"""`Zoo`: a mapping that makes its networks when they are asked for, and names near ones."""

import pytest

from nastutor.published import zoo
from nastutor.published.catalogue import Zoo


def test_each_is_made_once_and_when_it_is_asked_for():
    made = []
    small = Zoo({name: lambda name: made.append(name) or name.upper() for name in ("a", "b")})
    assert list(small) == ["a", "b"] and len(small) == 2 and "b" in small and made == ["b"], "`in` asks for it"
    assert small["b"] == small["b"] == "B" and made == ["b"] and repr(small) == "2 published networks: a, b"
    with pytest.raises(TypeError):
        small["mine"] = None


@pytest.mark.parametrize(
    "asked, near",
    [
        ("nasnet", "NASNet-A CIFAR, NASNet-A mobile, NASNet-A large"),
        ("NASNet-A huge", "NASNet-A "),
        ("darts_v2", "DARTS_V2, DARTS_V2 ImageNet, DARTS_V2 RNN"),
        ("Auto DeepLab", "Auto-DeepLab-S, Auto-DeepLab-M, Auto-DeepLab-L"),
        ("pyramid", "TreeCell-A PyramidNet 84, TreeCell-A PyramidNet 150"),
        ("proxylesnas", "ProxylessNAS"),
        ("", "NASNet-A CIFAR"),
        (None, ""),
    ],
)
def test_what_is_not_there_is_answered_with_what_is_near(asked, near):
    with pytest.raises(KeyError, match=f"`name` is {asked!r}; near it are {near}"):
        zoo[asked]
