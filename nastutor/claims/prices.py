"""ProxylessNAS at prices that leave something to choose (Cai et al. 2019), from a record; those of `gradients` all ended at the cheapest cell (chapter 9).

`python -m nastutor.claims.prices SEED ... >> data/prices-tiny.jsonl` adds a line for each seed.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from nastutor.claims import gradients
from nastutor.claims.base import Finding
from nastutor.claims.records import Record

SETTINGS: dict[str, Any] = gradients.SETTINGS | {"etas": [0.0, 0.01, 0.03, 0.1]}


def searches(seed: int, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The numbers of the derived architectures after every tenth answer, (etas, looks)."""
    return {"archs": [gradients.line(f"ProxylessNAS, eta {eta:g}", seed, settings)["archs"] for eta in settings["etas"]]}


RECORD = Record("prices-tiny.jsonl", SETTINGS, searches, "searches by ProxylessNAS at four prices", range(10, 20))


def falling_cost(table: Any, seeds: int, first: int) -> Finding:
    return gradients.priced(table, RECORD["archs"][:, :, -1], SETTINGS["etas"], seeds, first)


CLAIMS = (
    RECORD.claim(
        "cai2019-prices",
        "cai2019",
        "At prices that leave something to choose, too, the dearer multiply-adds are, the fewer has the architecture that ProxylessNAS derives.",
        "As cai2019-cost, whose lowest price above 0 already ended at the cheapest cell, with the prices 0, 0.01, 0.03 and 0.1 and ten other recorded seeds: "
        "Page's trend test of the multiply-adds, one-sided, 5 %. That the error rises is tested beside it and decides nothing.",
        "difference in multiply-adds, the dearest price less none",
        falling_cost,
    ),
)

if __name__ == "__main__":
    RECORD.run(sys.argv[1:])
