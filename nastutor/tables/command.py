"""`python -m nastutor tables`: makes tables of trained architectures, tells how far they are, times, checks and reports."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nastutor.estimators.table import Table
from nastutor.tables.check import again, random_entries, verdict
from nastutor.tables.make import make
from nastutor.tables.pace import Pace
from nastutor.tables.plan import Plan
from nastutor.tables.recipes import RECIPES, TableRecipe
from nastutor.tables.report import report, told
from nastutor.tables.status import status
from nastutor.tables.timing import measure, time_shard


def main(arguments: Sequence[str] | None = None) -> int:
    """`python -m nastutor tables ...`: list | make NAME | time NAME | status NAME | check NAME | report NAME."""
    parser = argparse.ArgumentParser(prog="python -m nastutor tables", description="Makes and checks tables of trained architectures.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="what can be made")
    making = _command(commands, "make", "train every network of a table; the same command goes on after an interruption")
    making.add_argument("--workers", type=int, default=1, help="processes of one thread each (default: 1)")
    making.add_argument("--budgets", type=int, nargs="+", help="of these alone (default: all)")
    making.add_argument("--runs", type=int, nargs="+", help="of these alone (default: all)")
    making.add_argument("--mix", action="store_true", help="go on from shards that another version of torch has begun")
    _command(commands, "time", "time each network alone; wants a machine with nothing else to do")
    _command(commands, "status", "what is there")
    checking = commands.add_parser("check", help="train random entries again, each with the chunk that it was made in, and compare")
    checking.add_argument("name")
    checking.add_argument("--entries", type=int, default=5)
    reporting = commands.add_parser("report", help="spread, noise, rank correlations, the best architecture")
    reporting.add_argument("name", help="of a table, or the path of its file")
    return _run(parser.parse_args(arguments))


def _command(commands: Any, name: str, says: str) -> Any:
    parser = commands.add_parser(name, help=says)
    parser.add_argument("name", choices=sorted(RECIPES))
    parser.add_argument("--out", type=Path, default=Path("data"), help="folder for the table (default: data)")
    parser.add_argument("--shards", type=Path, default=Path("data/shards"), help="folder for its parts, to be committed at any time (default: data/shards)")
    return parser


def _run(asked: argparse.Namespace) -> int:
    before = signal.signal(signal.SIGTERM, _stop)  # `kill` leaves all that is finished, as Ctrl-C does
    try:
        return {"list": _list, "make": _make, "time": _time, "status": _status, "check": _check, "report": _report}[asked.command](asked)
    except KeyboardInterrupt as stop:
        print(f"interrupted: {stop}", file=sys.stderr)
        return 130
    except (ValueError, RuntimeError) as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:  # a full disk, say
        print(f"{error}; what the shards on disk hold is kept, the same command goes on from there", file=sys.stderr)
        return 2
    finally:
        signal.signal(signal.SIGTERM, before)


def _stop(*_: object) -> None:
    raise KeyboardInterrupt("asked to end; the same command goes on from there")


def _list(_: argparse.Namespace) -> int:
    for recipe in RECIPES.values():
        print(f"{recipe.name}: {recipe}")
    return 0


def _make(asked: argparse.Namespace) -> int:
    recipe, chosen = RECIPES[asked.name], {"budgets": asked.budgets, "runs": asked.runs, "mix": asked.mix}
    if asked.workers == 1:
        path = make(recipe, asked.out, asked.shards, **chosen)
    else:
        from nastutor.workers import Workers

        with Workers(asked.workers) as pool:
            path = make(recipe, asked.out, asked.shards, pool, **chosen)
    print(path or status(recipe, asked.out, asked.shards))
    return 0


def _time(asked: argparse.Namespace) -> int:
    recipe: TableRecipe = RECIPES[asked.name]
    plan = Plan(recipe)
    measure(plan, time_shard(plan, asked.shards), Pace(recipe.name))
    return _status(asked)


def _status(asked: argparse.Namespace) -> int:
    print(status(RECIPES[asked.name], asked.out, asked.shards))
    return 0


def _check(asked: argparse.Namespace) -> int:
    table = Table(asked.name)
    chosen = random_entries(table, asked.entries)
    entries = again(table, chosen)
    for entry in entries:
        if (entry.number, entry.budget, entry.run) in chosen:
            print(f"network {entry.number:5d}  budget {entry.budget:3d}  run {entry.run}  in the table {entry.held:.4f}  again {entry.again:.4f}")
    found, told = verdict(table, entries), table.meta["made"]
    print(f"{found.entries} trainings, those beside them in their chunks included; {found.equal} are equal")
    print(f"largest difference {found.largest:.4f}; {found.strays} diverged on one side only")
    print(f"root mean square of the differences {found.apart:.4f}; allowed is {found.allowed:.4f}, what two runs of one network differ by")
    print(f"their mean, with its sign, {found.shift:+.4f}; allowed is {found.allowed_shift:.4f} to either side")
    same = "the same here, so all have to be equal" if found.same else "not the same here"
    print(f"made with {told['versions']} on {told['machine']}: {same}")
    return int(not found.good)


def _report(asked: argparse.Namespace) -> int:
    print(told(report(Table(asked.name))))
    return 0
