"""How far the making of a table is: lines on stderr, some minutes apart, that a terminal and a log file can both hold."""

from __future__ import annotations

import sys
import time
from datetime import timedelta

EVERY = 120.0  # seconds between two lines


class Pace:
    """Counts what is done, and tells rate and remaining time.

    name   of the table
    work   epochs to be trained in all by this call
    every  seconds between two lines
    """

    def __init__(self, name: str, work: int = 0, every: float = EVERY) -> None:
        self.name, self.work, self.every = name, work, every
        self.worked, self.began = 0, time.monotonic()

    def part(self, label: str, count: int, each: int = 0) -> Part:
        """A part of the work: `count` networks of `each` epochs."""
        self.say(f"{label}: {count:,} networks to go")
        return Part(self, label, count, each)

    def left(self) -> float:
        """Seconds for the rest of the work at the rate so far."""
        return (time.monotonic() - self.began) * (self.work - self.worked) / self.worked if self.worked else 0.0

    def say(self, text: str) -> None:
        """One line, with the time of day."""
        print(f"{time.strftime('%H:%M:%S')} {self.name} {text}", file=sys.stderr, flush=True)


class Part:
    """Some of the networks, at one budget."""

    def __init__(self, pace: Pace, label: str, count: int, each: int) -> None:
        self.pace, self.label, self.count, self.each, self.done = pace, label, count, each, 0
        self.began = self.said = time.monotonic()

    def tick(self) -> None:
        """One network is done."""
        self.done += 1
        self.pace.worked += self.each
        now = time.monotonic()
        if now - self.said >= self.pace.every or self.done == self.count:
            self.said = now
            self.pace.say(self.line(now - self.began))

    def line(self, seconds: float) -> str:
        """Where it stands `seconds` after its beginning."""
        rate = self.done / seconds if seconds > 0 else 0.0
        left = (self.count - self.done) / rate if rate else 0.0
        words = f"{self.label}: {self.done:,} of {self.count:,} networks, {rate:.2f} a second, {spelt(left)} left"
        return words + (f", {spelt(self.pace.left())} for all" if self.each else "")


def spelt(seconds: float) -> str:
    """1:02:03 for 3,723 seconds."""
    return str(timedelta(seconds=round(seconds)))
