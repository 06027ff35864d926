"""`Zoo`: published networks by name, each made when it is asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cached_property

from nastutor.published.network import Maker, Published

HEAD = "| network | images or text | parameters | published | mult-adds | published | note |\n|---|---|---|---|---|---|---|"


class Zoo(Mapping[str, Published]):
    """name -> `Published`."""

    def __init__(self, makers: Mapping[str, Maker]) -> None:
        self._makers = dict(makers)

    def __getitem__(self, name: str) -> Published:
        if name not in self._makers:
            near = _near(str(name), list(self._makers)) or list(self._makers)
            raise KeyError(f"`name` is {name!r}; near it are {', '.join(near)} (all: list(nt.zoo))")
        return self._made(name)

    def _made(self, name: str) -> Published:
        if name not in self._kept:
            self._kept[name] = self._makers[name](name)
        return self._kept[name]

    @cached_property
    def _kept(self) -> dict[str, Published]:
        return {}

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)

    def __repr__(self) -> str:
        return f"{len(self)} published networks: {', '.join(self)}"

    def table(self) -> str:
        """All of them in markdown: what is counted here beside what was published, and why where the two differ."""
        return "\n".join((HEAD, *(net.row() for net in self.values())))


def _near(asked: str, names: list[str], most: int = 3) -> list[str]:
    """The names that begin with what was asked, then those that hold it, then those that look like it; case and punctuation do not matter.

    >>> _near("nasnet", ["MnasNet-A1", "PNASNet-5", "NASNet-A"])
    ['NASNet-A', 'MnasNet-A1', 'PNASNet-5']
    """
    plain = {name: _plain(name) for name in names}
    word = _plain(asked)
    begin = [name for name in names if word and plain[name].startswith(word)]
    hold = [name for name in names if word and word in plain[name]]
    alike = get_close_matches(word, plain.values(), most, 0.3)
    like = sorted((name for name in names if plain[name] in alike), key=lambda name: alike.index(plain[name]))
    return list(dict.fromkeys((*begin, *hold, *like)))[:most]


def _plain(name: str) -> str:
    return re.sub("[^a-z0-9]", "", name.lower())
