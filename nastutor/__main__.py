"""python -m nastutor journal show FILE"""

from __future__ import annotations

import argparse
import sys


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m nastutor")
    commands = parser.add_subparsers(dest="command", required=True)
    journal = commands.add_parser("journal", help="journals of searches").add_subparsers(dest="action", required=True)
    show = journal.add_parser("show", help="what it is of, and a line for each trial; also while the search runs")
    show.add_argument("file")
    options = parser.parse_args(arguments)
    from nastutor.journal import JournalError
    from nastutor.journal import show as page

    try:
        print(page(options.file))
    except JournalError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
