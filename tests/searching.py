"""What the tests of the loop search: a small space, a bowl over it, a strategy that counts; and journals as kills leave them."""

import sqlite3

import nastutor as nt
from nastutor.core import Arch, Finished, Result, Strategy, Trial

SPACE = nt.spaces.ChoiceSpace.of({f"d{i}": tuple(range(5)) for i in range(6)})


def error(trial):
    return Result({"error": sum((trial.arch[f"d{i}"] - 2) ** 2 for i in range(6)) / 24}, cost=2.0)


class Counting(Strategy):
    """Asks for 0, 1, 2 ...; remembers what it was told; can be told to wait or to end."""

    needs = ()

    def __init__(self, space=SPACE, *, wait_at=(), end=None, seed=0):
        super().__init__(space, seed=seed)
        self.asked, self.told, self.wait_at, self.end = 0, [], set(wait_at), end

    def ask(self):
        if self.end is not None and self.asked >= self.end:
            raise Finished
        if self.asked in self.wait_at and len(self.told) < self.asked:
            return None
        self.asked += 1
        return Trial(Arch(tuple((f"d{i}", (self.asked - 1) // 5**i % 5) for i in range(6))))

    def tell(self, trial, result):
        self.told.append((trial, result))


def copy_until(source, target, last):
    """A journal as a kill right after an event would leave it."""
    old, new = sqlite3.connect(source), sqlite3.connect(target)
    new.execute("PRAGMA application_id = " + str(old.execute("PRAGMA application_id").fetchone()[0]))
    new.execute(old.execute("SELECT sql FROM sqlite_master WHERE name = 'events'").fetchone()[0])
    for row in old.execute("SELECT * FROM events ORDER BY n"):
        new.execute("INSERT INTO events VALUES(?, ?, ?, ?, ?)", row)
        if last(row[1], row[2]):
            break
    new.commit()
    new.close()
