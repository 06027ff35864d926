"""`xml` and `arithmetic`: the next character of a made-up text, after Jozefowicz et al. (2015), section 3.6. No download, no end of data.

A text becomes images whose rows are characters, one-hot, the latest last: so whatever reads an image row after row reads a text, and every
estimator trains and judges it. Rows before the beginning are zeros. The error is the share of characters that are not foretold,
the perplexity exp(loss).
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from string import ascii_lowercase
from typing import Any, NamedTuple

import numpy as np

from nastutor.inputs import require, whole
from nastutor.rng import python_rng
from nastutor.tasks.base import Split, Task

MOST_STEPS = 50  # of a document, after which it only closes tags
RESULT = "0123456789-."  # what a result is written with; "." ends it
NOISE = ascii_lowercase[:8]
SUMS = "0123456789+-=." + NOISE
SIZES = (1000, 500, 500)  # of the three parts, by default


class Window(NamedTuple):
    """Characters, and the one that follows."""

    before: str
    after: str


def xml(
    length: int = 16,
    letters: int = 4,
    longest: int = 4,
    *,
    closing: bool = False,
    train_size: int = SIZES[0],
    valid: int = SIZES[1],
    test: int = SIZES[2],
    seed: int = 0,
) -> Task:
    """Tags that open and close in order: <ab><c></c></ab>.

    At each step of a document, with probability 1/2 and from step 50 on always, the tag that was opened last is closed, else a random one is
    opened; it ends when none is open. The characters of a closing name follow from what was opened, those of an opening one from nothing.

    length   characters that a network reads (paper: an unlimited past)
    letters  of the alphabet of names (paper 26)
    longest  name; the shortest has two letters (paper 10)
    closing  only characters behind "</" up to ">" are asked for
    train_size, valid, test   how many characters are asked for, in texts of their own
    seed     of the texts
    """
    _check_sizes(length=length, train_size=train_size, valid=valid, test=test)
    require("letters", letters, lambda n: 1 <= whole("letters", n) <= 26, "whole numbers from 1 to 26")
    whole("longest", longest, least=2)
    if type(closing) is not bool:
        raise ValueError(f"`closing` is {closing!r}; allowed are True and False")
    made = {"length": length, "letters": letters, "longest": longest, "closing": closing, "train_size": train_size, "valid": valid, "test": test, "seed": seed}
    alphabet = xml_alphabet(letters)

    def windows(part: str) -> Iterator[Window]:
        text = ""
        rng = python_rng(seed, "xml", part)
        while True:
            new = document(rng, alphabet[3:], longest)
            for place, after in enumerate(new):
                if not closing or _closes(new, place):
                    yield Window((text + new[:place])[-length:], after)
            text = (text + new)[-length:]

    sizes = {"train": train_size, "valid": valid, "test": test}
    splits: dict[str, Any] = {part: _split(windows(part), count, length, alphabet, alphabet) for part, count in sizes.items()}
    return Task("xml", **splits, labels=tuple(alphabet), recipe=(xml, made))


def arithmetic(digits: int = 2, *, train_size: int = SIZES[0], valid: int = SIZES[1], test: int = SIZES[2], seed: int = 0) -> Task:
    """Sums and differences of numbers whose digits are mixed with letters that mean nothing: 3e6d-1h9= is followed by 17.

    Only characters of the result are asked for, one after the other, with the right ones before them; a full stop ends it.

    digits  of each number at most; behind each digit a letter may stand, one time in two
    train_size, valid, test, seed   as in `xml`
    """
    whole("digits", digits)
    _check_sizes(train_size=train_size, valid=valid, test=test)
    made = {"digits": digits, "train_size": train_size, "valid": valid, "test": test, "seed": seed}
    length = 4 * digits + 2 + digits + 2  # numbers with letters, sign and "=", all of the result but its full stop

    def windows(part: str) -> Iterator[Window]:
        rng = python_rng(seed, "arithmetic", part)
        while True:
            question, result = exercise(rng, digits)
            for place, after in enumerate(result):
                yield Window(question + result[:place], after)

    sizes = {"train": train_size, "valid": valid, "test": test}
    splits: dict[str, Any] = {part: _split(windows(part), count, length, SUMS, RESULT) for part, count in sizes.items()}
    return Task("arithmetic", **splits, labels=tuple(RESULT), recipe=(arithmetic, made))


def xml_alphabet(letters: int) -> str:
    return "</>" + ascii_lowercase[:letters]


def document(rng: random.Random, letters: str, longest: int) -> str:
    """A document whose tags are closed in the reverse order of their opening."""
    text, names = "", list[str]()
    for step in range(2 * MOST_STEPS + 1):
        if names and (step >= MOST_STEPS or rng.random() < 0.5):
            text += f"</{names.pop()}>"
        elif text and not names:
            break
        else:
            names.append("".join(rng.choices(letters, k=rng.randint(2, longest))))
            text += f"<{names[-1]}>"
    return text


def exercise(rng: random.Random, digits: int) -> tuple[str, str]:
    """("3e6d-1h9=", "17.")"""
    a, b = (rng.randrange(10 ** rng.randint(1, digits)) for _ in range(2))
    sign = rng.choice("+-")
    question = "".join(_mixed(rng, a) + sign + _mixed(rng, b)) + "="
    return question, f"{a + b if sign == '+' else a - b}."


def text_of(image: np.ndarray, alphabet: str) -> str:
    """What an image (1, T, K) says, without the rows before its beginning."""
    return "".join(alphabet[row.argmax()] for row in image[0] if row.any())


def _mixed(rng: random.Random, number: int) -> str:
    return "".join(digit + (rng.choice(NOISE) if rng.random() < 0.5 else "") for digit in str(number))


def _closes(text: str, place: int) -> bool:
    """Whether a character stands behind "</"."""
    start = text.rfind("<", 0, place)
    return start >= 0 and text[start : start + 2] == "</" and place > start + 1 and ">" not in text[start:place]


def _split(windows: Iterator[Window], count: int, length: int, alphabet: str, labels: str) -> Split:
    """The next `count` windows: x (count, 1, length, characters), y (count,)."""
    x, y = np.zeros((count, 1, length, len(alphabet)), dtype=np.float32), np.zeros(count, dtype=np.int64)
    numbers = {character: number for number, character in enumerate(alphabet)}
    for row, window in zip(range(count), windows, strict=False):
        places = range(length - len(window.before), length)
        x[row, 0, places, [numbers[character] for character in window.before]] = 1
        y[row] = labels.index(window.after)
    return Split(x, y)


def _check_sizes(**sizes: int) -> None:
    for name, value in sizes.items():
        whole(name, value, least=2)
