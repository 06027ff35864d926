"""TensorFlow's record files and Google's protocol buffers, as far as NAS-Bench-101 needs them: read without either library.

A record is: its length (8 bytes, little endian), a checksum of these, the data, a checksum of the data. A checksum is a CRC-32C (Castagnoli),
rotated and shifted by a constant.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

POLYNOMIAL = 0x82F63B78  # Castagnoli's, bits reversed
MASK = 0xA282EAD8
HEAD, TAIL = 12, 4  # bytes around the data
LONGEST = 2**20  # bytes of a record; those of the benchmark have some 400
BLOCK = 2**24  # bytes read at a time

Words = NDArray[np.uint32]


class Damaged(ValueError):
    """The file is not what it should be from a certain place on."""


def records(path: Path) -> Iterator[bytes]:
    """The data of each record, checked; `Damaged` says which record is not whole and where it begins."""
    with path.open("rb") as file:
        block, start, number = b"", 0, 0
        while more := file.read(BLOCK):
            block += more
            ends = _ends(block)
            _check(block, ends, start, number)
            yield from (block[begin + HEAD : end - TAIL] for begin, end in zip([0, *ends], ends, strict=False))
            done = ends[-1] if ends else 0
            block, start, number = block[done:], start + done, number + len(ends)
            if len(block) >= HEAD:
                _check_length(block, f"record {number}, at byte {start:,}")
        if block:
            raise Damaged(f"record {number}, at byte {start:,}: the file ends in the middle of it; the download was cut off")


def _ends(block: bytes) -> list[int]:
    """Where each whole record of the block ends, as far as lengths make sense."""
    ends: list[int] = []
    place = 0
    while place + HEAD <= len(block):
        length = int.from_bytes(block[place : place + 8], "little")
        place += HEAD + length + TAIL
        if length > LONGEST or place > len(block):
            break
        ends.append(place)
    return ends


def _check_length(block: bytes, where: str) -> None:
    """The checksum of the length at the beginning of the block, whose record is not whole yet."""
    head = np.frombuffer(block[:HEAD], dtype=np.uint8)
    if (_masked(crc32c(head, np.zeros(1, dtype=int), np.full(1, 8))) != _words(head, np.array([8])))[0]:
        raise Damaged(f"{where}: the checksum of its length is wrong; it is damaged, or this is no tfrecord file")
    if int.from_bytes(block[:8], "little") > LONGEST:
        raise Damaged(f"{where}: a length of {int.from_bytes(block[:8], 'little'):,} bytes; those of the benchmark have some 400")


def _check(block: bytes, ends: list[int], start: int, number: int) -> None:
    """Compares all checksums of the block, many records at a time."""
    if not ends:
        return
    whole, ends_ = np.frombuffer(block, dtype=np.uint8), np.array(ends)
    begins = np.concatenate([[0], ends_[:-1]])
    lengths = ends_ - begins - HEAD - TAIL
    heads = _masked(crc32c(whole, begins, np.full_like(begins, 8)))
    datas = _masked(crc32c(whole, begins + HEAD, lengths))
    wrong = np.flatnonzero((heads != _words(whole, begins + 8)) | (datas != _words(whole, ends_ - TAIL)))
    if wrong.size:
        at = int(wrong[0])
        raise Damaged(f"record {number + at}, at byte {start + int(begins[at]):,}: its checksum is wrong; the file is damaged, download it again")


def _words(whole: NDArray[np.uint8], places: NDArray[np.int64]) -> Words:
    """The four bytes at each place, as a number."""
    return np.ascontiguousarray(whole[places[:, None] + np.arange(4)]).view("<u4")[:, 0]


def _masked(crc: Words) -> Words:
    return ((crc >> np.uint32(15)) | (crc << np.uint32(17))) + np.uint32(MASK)


def crc32c(whole: NDArray[np.uint8], begins: NDArray[np.int64], lengths: NDArray[np.int64]) -> Words:
    """The checksums of parts of `whole`, (N,) of them, side by side.

    Parts are laid in a matrix that ends with their last bytes. From the state 0, zeros in front change nothing; what the true first
    state, all ones, would have become after so many bytes is added at the end: a CRC is linear.
    """
    crc = np.zeros(len(begins), dtype=np.uint32)
    for some in np.array_split(np.argsort(lengths, kind="stable"), max(1, len(begins) // 4096)):  # of like lengths
        width = -(-int(lengths[some].max(initial=0)) // 4) * 4
        columns = np.arange(width) - width + lengths[some, None]  # (n, width): which byte of its part
        matrix = np.where(columns >= 0, whole[np.maximum(begins[some, None] + columns, 0)], 0).astype(np.uint8)
        low, high = _tables()
        state = np.zeros(len(some), dtype=np.uint32)
        for word in np.ascontiguousarray(matrix).view("<u4").T:
            state = state ^ word
            state = low[state & np.uint32(0xFFFF)] ^ high[state >> np.uint32(16)]
        crc[some] = ~(state ^ _first_states(width)[lengths[some]])
    return crc


@lru_cache(maxsize=1)
def _bytewise() -> Words:
    """What one byte does to the state 0, (256,)."""
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = (table >> np.uint32(1)) ^ (table & np.uint32(1)) * np.uint32(POLYNOMIAL)
    return table


def _pushed(state: Words) -> Words:
    """The state after one more byte, 0."""
    return _bytewise()[state & np.uint32(0xFF)] ^ (state >> np.uint32(8))


@lru_cache(maxsize=1)
def _tables() -> tuple[Words, Words]:
    """What four bytes do at once: of the state's lower and upper halves, (65536,) each."""
    low, high = (np.arange(65536, dtype=np.uint32) << np.uint32(shift) for shift in (0, 16))
    for _ in range(4):
        low, high = _pushed(low), _pushed(high)
    return low, high


@lru_cache(maxsize=64)
def _first_states(longest: int) -> Words:
    """What all ones become after 0, 1 ... bytes, (longest + 1,)."""
    states = [np.full(1, 0xFFFFFFFF, dtype=np.uint32)]
    for _ in range(longest):
        states.append(_pushed(states[-1]))
    return np.concatenate(states)


def fields(message: bytes) -> Iterator[tuple[int, int | float | bytes]]:
    """(field number, value) for each field of a protocol buffer: varints as int, 8 bytes as double, what has a length as bytes."""
    place = 0
    try:
        while place < len(message):
            tag, place = _varint(message, place)
            kind = tag & 7
            if kind == 0:
                number, place = _varint(message, place)
                yield tag >> 3, number
            elif kind == 1:
                yield tag >> 3, struct.unpack_from("<d", message, place)[0]
                place += 8
            elif kind == 2:
                length, place = _varint(message, place)
                if place + length > len(message):
                    raise ValueError(f"a protocol buffer of {len(message)} bytes ends within field {tag >> 3}")
                yield tag >> 3, message[place : place + length]
                place += length
            else:
                raise ValueError(f"a protocol buffer has a field of kind {kind}, which the benchmark does not use")
    except (IndexError, struct.error) as error:
        raise ValueError(f"a protocol buffer of {len(message)} bytes ends within a field") from error


def _varint(message: bytes, place: int) -> tuple[int, int]:
    """Seven bits a byte, the lowest first; the highest bit says that there is more."""
    value = shift = 0
    while True:
        byte = message[place]
        value |= (byte & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if not byte & 0x80:
            return value, place
