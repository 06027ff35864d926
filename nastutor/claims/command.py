"""`python -m nastutor claims`: which claims there are, and what comes out when a table tests them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nastutor.claims.base import Claim, opened
from nastutor.claims.listed import CLAIMS, claim


def main(arguments: Sequence[str] | None = None) -> int:
    """`python -m nastutor claims ...`: list | run TABLE ..."""
    parser = argparse.ArgumentParser(prog="python -m nastutor claims", description="Claims of papers, tested again on tables.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="each claim, its test, and the tables that it can be tested on")
    running = commands.add_parser("run", help="test all claims that a table suits, and print what came out")
    running.add_argument("tables", nargs="+", metavar="TABLE", help="its name or the path of its file")
    running.add_argument("--only", nargs="+", metavar="KEY", choices=[one.key for one in CLAIMS], help="these claims (default: all)")
    running.add_argument("--seeds", type=int, help="how many (default: 50; at smoke scale 10)")
    running.add_argument("--first", type=int, default=0, help="the first of them (default: 0)")
    asked = parser.parse_args(arguments)
    try:
        return _list() if asked.command == "list" else _run(asked)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2


def _list() -> int:
    for one in CLAIMS:
        print(f"{one.key}: {one.statement}\n    test: {one.test}\n    tables: {one.tables}")
    return 0


def _run(asked: argparse.Namespace) -> int:
    """All tables are opened first: a misspelt one costs nothing."""
    for table in [opened(Path(name) if name.endswith(".npz") else name) for name in asked.tables]:
        for one in map(claim, asked.only) if asked.only else CLAIMS:
            print(_outcome(one, table, asked.seeds, asked.first), flush=True)
    return 0


def _outcome(one: Claim, table: Any, seeds: int | None, first: int) -> str:
    """An outcome with, at its end, whether other seeds should say the same (what CLEAR of tests/claims/test_listed.py holds); or why there is none."""
    if lack := one.lacks(table):
        return f"{one.key} on {table.path.stem}: not tested. {one.statement}\n    {lack}"
    outcome = one.run(table, seeds=seeds, first=first)
    return f"{outcome}\n    {'clear' if outcome.clear else 'not clear'}: ({outcome.table!r}, {one.key!r}): {outcome.supported}"
