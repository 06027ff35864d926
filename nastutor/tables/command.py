"""`python -m nastutor tables`: makes tables of trained architectures, lists and checks them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from nastutor.estimators.table import Table
from nastutor.tables.make import make, remake
from nastutor.tables.recipes import RECIPES, TableRecipe


def main(arguments: Sequence[str] | None = None) -> int:
    """`python -m nastutor tables ...`: make NAME [--out FOLDER] [--work FOLDER] [--workers N] | list | check NAME [--entries N]."""
    parser = argparse.ArgumentParser(prog="python -m nastutor tables", description="Makes and checks tables of trained architectures.")
    commands = parser.add_subparsers(dest="command", required=True)
    making = commands.add_parser("make", help="train every network of a table; the same command goes on after an interruption")
    making.add_argument("name", choices=sorted(RECIPES))
    making.add_argument("--out", type=Path, default=Path("data"), help="folder for the table (default: data)")
    making.add_argument("--work", type=Path, default=Path("build/tables"), help="folder for the journals (default: build/tables)")
    making.add_argument("--workers", type=int, default=1, help="processes (default: 1)")
    commands.add_parser("list", help="what can be made")
    checking = commands.add_parser("check", help="train random entries again and compare")
    checking.add_argument("name")
    checking.add_argument("--entries", type=int, default=5)
    return _run(parser.parse_args(arguments))


def _run(asked: argparse.Namespace) -> int:
    if asked.command == "list":
        for recipe in RECIPES.values():
            print(f"{recipe.name}: {recipe}")
        return 0
    if asked.command == "check":
        return _check(Table(asked.name), asked.entries)
    try:
        print(_made(RECIPES[asked.name], asked))
    except KeyboardInterrupt as stop:
        print(f"interrupted: {stop}", file=sys.stderr)
        return 130
    return 0


def _made(recipe: TableRecipe, asked: argparse.Namespace) -> Path:
    if asked.workers == 1:
        return make(recipe, asked.out, asked.work)
    from nastutor.workers import Workers

    with Workers(asked.workers) as pool:
        return make(recipe, asked.out, asked.work, pool)


def _check(table: Table, entries: int) -> int:
    from nastutor.rng import python_rng

    rng, worst = python_rng(0, "check"), 0.0
    for _ in range(entries):
        number, run = rng.randrange(table.networks), rng.randrange(table.runs)
        held, again = remake(table, number, run)
        worst = max(worst, abs(held - again))
        print(f"network {number:5d}  run {run}  in the table {held:.4f}  again {again:.4f}")
    print(f"largest difference {worst:.4f}; made with {table.meta['made']['versions']} on {table.meta['made']['machine']}")
    return 0
