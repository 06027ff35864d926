"""The journal of a search: one totally ordered list of events in SQLite, from which it can go on after any kill.

asked     a trial, written before it is sent out (a group of them, where several go out together)
answered  its result, written on arrival
told      written before the strategy sees the result
snapshot  the state of a strategy that is slow to tell, every so many trials, to shorten the replay
All are JSON with a checksum; a header names versions, seed and the fingerprints of space, strategy and estimator.
"""

from __future__ import annotations

import json
import platform
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

from nastutor.history import History
from nastutor.values import Record, Result, Trial

APPLICATION = 0x4E415354  # "NAST", in SQLite's header: this file is one of ours
TABLE = "CREATE TABLE events(n INTEGER PRIMARY KEY, kind TEXT NOT NULL, trial INTEGER, body TEXT NOT NULL, crc INTEGER NOT NULL)"
INSERT = "INSERT INTO events VALUES(?, ?, ?, ?, ?)"


@dataclass(frozen=True)
class Event:
    """A line of the journal; `trial` is the number of the trial in the order of asking."""

    kind: str
    trial: int
    body: Mapping[str, Any]


class JournalError(ValueError):
    """The journal cannot be used: damaged, of another search, in use, or on a disk that refuses."""


class NoJournal:
    """What a search without a journal writes to: nothing is kept."""

    events: Sequence[Event] = ()

    def asked(self, trials: Sequence[tuple[int, Trial]], *, at: float) -> None:
        """Trials that go out together; the first one's number names the group."""

    def answered(self, results: Sequence[tuple[int, Result]], *, at: float) -> None:
        """Results that came in together."""

    def told(self, number: int) -> None:
        """A result that the strategy is about to see."""

    def snapshot(self, number: int, strategy: Any) -> None:
        """The state of the strategy when it had been told of trial `number`: what went before need not be replayed through it."""

    def close(self) -> None:
        """Lets go of the file."""

    def __enter__(self) -> NoJournal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Journal(NoJournal):
    """Writes events, each committed before the search goes on. One search at a time holds a journal.

    path    the file; made where there is none (its folder must exist)
    header  what the search is: compared with what the file says
    """

    def __init__(self, path: str | Path, header: Mapping[str, Any]) -> None:
        self.path = Path(path).resolve()  # one lock for a file, whatever link leads to it
        if not self.path.parent.is_dir():
            raise JournalError(f"`journal` is {str(self.path)!r}, and there is no folder {str(self.path.parent)!r}: make it first")
        self._lock = _lock(self.path)
        try:
            self._db = _connect(self.path, write=True)
            found = _read(self._db, self.path)
            self._count, self.events = len(found), found[1:]
            if found:
                _check_header(self.path, found[0].body, header)
            else:
                self._begin(header)
        except BaseException:
            self._lock.close()
            raise

    def _begin(self, header: Mapping[str, Any]) -> None:
        from nastutor.version import __version__

        versions = {"nastutor": __version__, "python": platform.python_version()}
        with _explained(self.path):
            self._db.execute("BEGIN IMMEDIATE")
            self._db.execute(f"PRAGMA application_id = {APPLICATION}")
            self._db.execute(TABLE)
            self._insert("header", None, json.dumps({**header, "versions": versions}))
            self._db.execute("COMMIT")

    def asked(self, trials: Sequence[tuple[int, Trial]], *, at: float) -> None:
        group = trials[0][0]
        self._write([("asked", n, f'{{"trial":{trial.to_json()},"group":{group},"at":{at!r}}}') for n, trial in trials])

    def answered(self, results: Sequence[tuple[int, Result]], *, at: float) -> None:
        self._write([("answered", n, f'{{"result":{result.to_json()},"at":{at!r}}}') for n, result in results])

    def told(self, number: int) -> None:
        self._write([("told", number, "{}")])

    def snapshot(self, number: int, strategy: Any) -> None:
        self._write([("snapshot", number, json.dumps(strategy.state_dict()))])

    def close(self) -> None:
        self._db.close()
        self._lock.close()

    def _write(self, events: Sequence[tuple[str, int, str]]) -> None:
        with _explained(self.path):
            if len(events) > 1:
                self._db.execute("BEGIN IMMEDIATE")
            for event in events:
                self._insert(*event)
            if len(events) > 1:
                self._db.execute("COMMIT")

    def _insert(self, kind: str, trial: int | None, body: str) -> None:
        self._db.execute(INSERT, (self._count, kind, trial, body, _checksum(kind, trial, body)))
        self._count += 1


def read_events(path: str | Path) -> list[Event]:
    """Every event of a journal, the header first, also while another process is writing it."""
    path = Path(path)
    if not path.is_file():
        raise JournalError(f"`journal` is {str(path)!r}: there is no such file")
    db = _connect(path, write=False)
    try:
        return _read(db, path)
    finally:
        db.close()


def read_history(path: str | Path) -> History:
    """The trials that were told, in the order of telling."""
    return History(records(read_events(path)[1:]))


def records(events: Sequence[Event]) -> Iterator[Record]:
    """The records of the told trials."""
    asked, answered = {}, {}
    for event in events:
        if event.kind == "asked":
            asked[event.trial] = event.body
        elif event.kind == "answered":
            answered[event.trial] = event.body
        elif event.kind == "told":
            question, answer = asked[event.trial], answered[event.trial]
            trial, result = Trial.from_form(question["trial"]), Result.from_form(answer["result"])
            yield Record(trial, result, question["at"], answer["at"])


def show(path: str | Path) -> str:
    """The journal as a page of text: what it is of, and a line for each trial."""
    header, *events = read_events(path)
    states: dict[int, str] = {}
    lines: dict[int, str] = {}
    for event in events:
        if event.kind != "snapshot":
            states[event.trial] = event.kind
        if event.kind == "asked":
            lines[event.trial] = f"{Trial.from_form(event.body['trial']).arch}"
        elif event.kind == "answered":
            result = Result.from_form(event.body["result"])
            words = f"{result.error:.4f}" if result.status == "ok" else f"{result.status}: {result.info.get('reason', '')}"
            lines[event.trial] = f"{words:24s} {lines[event.trial]}"
    counts = {kind: sum(state == kind for state in states.values()) for kind in ("asked", "answered", "told")}
    head = [f"{name}: {value}" for name, value in header.body.items()]
    tail = [f"{number:6d}  {states[number]:9s} {line}" for number, line in lines.items()]
    return "\n".join([*head, f"told {counts['told']}, answered and not told {counts['answered']}, without an answer {counts['asked']}", *tail])


def _lock(path: Path) -> sqlite3.Connection:
    """Holds the journal until closed or killed: an exclusive transaction on a file beside it, which every system releases by itself."""
    try:
        lock = sqlite3.connect(f"{path}.held", timeout=0, isolation_level=None)
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise JournalError(f"`journal` {str(path)!r} is in use by another search") from None
        raise JournalError(f"`journal` {str(path)!r} cannot be written: {error}. Is the folder read-only?") from None
    return lock


def _connect(path: Path, *, write: bool) -> sqlite3.Connection:
    """Opens the file, in WAL mode where its file system can (readers then never wait for the writer)."""
    uri = path.absolute().as_uri()
    with _explained(path):
        db = sqlite3.connect(uri if write else f"{uri}?mode=ro", uri=True, timeout=30, isolation_level=None)
        if write:
            try:
                db.execute("PRAGMA journal_mode = WAL")
                db.execute("PRAGMA synchronous = NORMAL")
                db.execute("BEGIN IMMEDIATE")
                db.execute("ROLLBACK")
            except sqlite3.OperationalError:
                db.execute("PRAGMA journal_mode = DELETE")
    return db


def _read(db: sqlite3.Connection, path: Path) -> list[Event]:
    """Every event, checked: whose file it is, that none is missing, that none was changed."""
    with _explained(path):
        if not db.execute("SELECT 1 FROM sqlite_master").fetchone():
            return []
        if db.execute("PRAGMA application_id").fetchone()[0] != APPLICATION:
            raise JournalError(f"`journal` {str(path)!r} is a database, but not the journal of a search")
        rows = db.execute("SELECT n, kind, trial, body, crc FROM events ORDER BY n").fetchall()
    for expected, (n, kind, trial, body, crc) in enumerate(rows):
        if n != expected or crc != _checksum(kind, trial, body):
            raise JournalError(f"`journal` {str(path)!r} is damaged at event {expected}: restore a copy, or start a new one")
    return [Event(kind, trial, json.loads(body)) for _, kind, trial, body, _ in rows]


def _checksum(kind: str, trial: int | None, body: str) -> int:
    return crc32(f"{kind} {trial} {body}".encode())


def _check_header(path: Path, found: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    for name, value in json.loads(json.dumps(wanted)).items():
        if found.get(name) != value:
            raise JournalError(f"`journal` {str(path)!r} is of another search: its {name} is {found.get(name)!r}, and now it is {value!r}")


class _explained:
    """Turns SQLite's errors into sentences about the journal."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type | None, error: BaseException | None, _: object) -> None:
        if isinstance(error, sqlite3.IntegrityError):
            raise JournalError(f"`journal` {str(self.path)!r} is being written by another search as well (through a hard link?)") from error
        if isinstance(error, sqlite3.OperationalError):
            raise JournalError(f"`journal` {str(self.path)!r} cannot be used: {error}") from error
        if isinstance(error, sqlite3.DatabaseError):
            raise JournalError(f"`journal` {str(self.path)!r} is damaged or not a journal: {error}") from error
