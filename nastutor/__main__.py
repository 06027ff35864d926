"""python -m nastutor journal show FILE | tables list, or make, time, status, check, report NAME | claims list, or run TABLE | derived NETWORK"""

from __future__ import annotations

import argparse
import sys


def main(arguments: list[str] | None = None) -> int:
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] == ["tables"]:
        from nastutor.tables.command import main as tables

        return tables(arguments[1:])
    if arguments[:1] == ["claims"]:
        from nastutor.claims.command import main as claims

        return claims(arguments[1:])
    if arguments[:1] == ["derived"]:
        from nastutor.methods.derived import main as derived

        return derived(arguments[1:])
    parser = argparse.ArgumentParser(prog="python -m nastutor")
    commands = parser.add_subparsers(dest="command", required=True)
    journal = commands.add_parser("journal", help="journals of searches").add_subparsers(dest="action", required=True)
    show = journal.add_parser("show", help="what it is of, and a line for each trial; also while the search runs")
    show.add_argument("file")
    commands.add_parser("tables", help="tables of trained architectures: list, make, time, status, check, report")
    commands.add_parser("claims", help="claims of papers, tested again on tables: list, run")
    commands.add_parser("derived", help="trains a network that a search has found at the size and under the recipe of DARTS for CIFAR-10")
    return _show(parser.parse_args(arguments).file)


def _show(path: str) -> int:
    from nastutor.journal import JournalError, show

    try:
        print(show(path))
    except JournalError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
