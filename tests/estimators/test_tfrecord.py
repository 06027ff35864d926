"""Record files and protocol buffers: published check values, what others wrote, and damage at every byte."""

import base64
import random
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nastutor.estimators import tfrecord as module
from nastutor.estimators.tfrecord import Damaged, crc32c, fields, records
from tests import benchmark_files

# RFC 3720, appendix B.4, and the check value of the CRC catalogue
PUBLISHED = {b"123456789": 0xE3069283, bytes(32): 0x8A9136AA, b"\xff" * 32: 0x62A8AB43, bytes(range(32)): 0x46DD794E, bytes(range(31, -1, -1)): 0x113FDB5C}
# the record b"nas" as tensorboardX 2.6.5 writes it
OF_TENSORBOARDX = "AwAAAAAAAACwmUkObmFzfqdduA=="


def sums(*parts):
    whole = np.frombuffer(b"".join(parts), dtype=np.uint8)
    lengths = np.array([len(part) for part in parts])
    return crc32c(whole, np.cumsum(lengths) - lengths, lengths).tolist()


def test_published_checksums():
    assert sums(*PUBLISHED) == list(PUBLISHED.values())


@given(st.lists(st.binary(max_size=70), min_size=1, max_size=30))
def test_checksums_side_by_side_are_those_by_the_definition(parts):
    assert sums(*parts) == [benchmark_files.crc32c(part) for part in parts]


def read(tmp_path, data):
    (tmp_path / "file").write_bytes(data)
    return list(records(tmp_path / "file"))


def test_a_record_written_by_another_library(tmp_path):
    assert read(tmp_path, base64.b64decode(OF_TENSORBOARDX) * 3) == [b"nas"] * 3


@pytest.mark.parametrize("block", [20, 64, 1000, 2**24])
def test_blocks_end_where_they_like(tmp_path, monkeypatch, block):
    monkeypatch.setattr(module, "BLOCK", block)
    rng = random.Random(block)
    datas = [rng.randbytes(rng.randrange(90)) for _ in range(40)]
    assert read(tmp_path, benchmark_files.tfrecord(datas)) == datas
    assert read(tmp_path, b"") == []


def test_damage_at_any_byte_is_found_and_placed(tmp_path):
    datas = [b"first", b"the second", b"third"]
    whole, second = benchmark_files.tfrecord(datas), 16 + len(datas[0])
    for place in range(len(whole)):
        damaged = bytearray(whole)
        damaged[place] ^= 0x10
        number = 0 if place < second else 1 if place < second + 16 + len(datas[1]) else 2
        with pytest.raises(Damaged, match=f"record {number}, at byte {[0, second, second + 26][number]}"):
            read(tmp_path, bytes(damaged))


def test_a_file_that_ends_too_soon(tmp_path):
    whole = benchmark_files.tfrecord([b"first", b"second"])
    for length in range(1, len(whole)):
        if length != 21:  # where the first record ends
            with pytest.raises(Damaged, match=f"record {int(length > 21)}, at byte .*ends in the middle"):
                read(tmp_path, whole[:length])


def test_other_files_are_none(tmp_path):
    with pytest.raises(Damaged, match="record 0, at byte 0: .*it is damaged, or this is no tfrecord file"):
        read(tmp_path, b"a text, and no record file at all")
    head = struct.pack("<Q", 2**21)
    with pytest.raises(Damaged, match="record 0, at byte 0: a length of 2,097,152 bytes"):
        read(tmp_path, head + struct.pack("<I", benchmark_files.masked(head)) + bytes(100))


@settings(max_examples=50)
@given(st.integers(0, 2**63 - 1), st.floats(allow_nan=False), st.binary(max_size=300))
def test_fields_of_every_kind(whole, real, data):
    message = b"\x10" + benchmark_files.varint(whole) + b"\x19" + struct.pack("<d", real) + b"\x0a" + benchmark_files.varint(len(data)) + data
    assert list(fields(message)) == [(2, whole), (3, real), (1, data)]


def test_what_google_protobuf_wrote():
    """A ModelMetrics by protobuf 7.36, from the benchmark's description of it, with the numbers of the example in its notebook."""
    message = base64.b64decode("Ci0JAAAAAAAAW0ARAAAAgGkPkkAZAAAAAAAA8D8hAAAAANIA7j8pAAAAwE7M7T8QirmkARkAAAAAAECPQA==")
    (number, evaluation), params, total = fields(message)
    assert (number, params, total) == (1, (2, 2_694_282), (3, 1000.0))
    assert dict(fields(evaluation)) == {1: 108.0, 2: 1155.85302734375, 3: 1.0, 4: 0.9376001358032227, 5: 0.9311898946762085}


@pytest.mark.parametrize("message", [b"\x10", b"\x10\xff", b"\x19\x00\x00", b"\x0a\x05abc"])
def test_a_message_that_ends_too_soon(message):
    with pytest.raises(ValueError, match="ends within"):
        list(fields(message))


def test_kinds_that_are_not_used():
    with pytest.raises(ValueError, match="kind 3"):
        list(fields(b"\x0b"))
