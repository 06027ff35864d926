"""What decisions are about, for policies that point back at what they decided before."""

from __future__ import annotations

from typing import NamedTuple


class Role(NamedTuple):
    """What one decision is about. A space of nodes tells it of each by `roles()`: name -> Role.

    kind    "op": an operation; "read": the number of an earlier node; "skip": whether the output of `source` is taken in as well
    node    which node it belongs to; of the nodes of one cell the first that others can read is 0
    source  of a "skip", the earlier node
    cell    which cell, where there are several
    """

    kind: str
    node: int
    source: int = -1
    cell: str = ""
