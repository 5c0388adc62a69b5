"""Bytes as LZMA2 without a header: what was packed comes back, and nothing else does."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codec.container.lzma2 import pack_bytes, unpack_bytes
from codec.errors import BadFile

DATA = pack_bytes(bytes(100))


@given(st.one_of(st.binary(max_size=300), st.integers(0, 5000).map(bytes)))
def test_bytes_come_back(data: bytes) -> None:
    packed = pack_bytes(data)
    assert unpack_bytes(packed, len(data)) == unpack_bytes(memoryview(packed), len(data)) == data


def test_what_repeats_becomes_small() -> None:
    assert len(pack_bytes(b"again " * 1000)) < 60


@pytest.mark.parametrize("size", [0, 99, 101])
def test_another_length_than_that_of_the_bytes_is_refused(size: int) -> None:
    with pytest.raises(BadFile, match="another length"):
        unpack_bytes(DATA, size)


@pytest.mark.parametrize("data", [DATA + b"x", DATA[:-1], b"", b"\xff" * 9], ids=["grown", "cut", "empty", "noise"])
def test_what_pack_bytes_did_not_write_is_refused(data: bytes) -> None:
    with pytest.raises(BadFile):
        unpack_bytes(data, 100)


def test_damaged_bytes_unpack_to_as_many_or_are_refused() -> None:
    rng = np.random.default_rng(5)
    content = rng.integers(0, 4, 500).astype(np.uint8).tobytes()
    packed = pack_bytes(content)
    for _ in range(300):
        damaged = bytearray(packed)
        damaged[rng.integers(len(damaged))] ^= 1 << int(rng.integers(8))
        try:
            assert len(unpack_bytes(bytes(damaged), len(content))) == len(content)
        except BadFile:
            continue
