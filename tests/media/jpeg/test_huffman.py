"""Tables of codes, as they are read and written by."""

from __future__ import annotations

import pytest

from codec.errors import BadInput
from codec.media.jpeg.bits import SHORT
from codec.media.jpeg.huffman import check_table, codes_of, lookup_of
from codec.media.jpeg.standard import CHROMA_AC, CHROMA_DC, LUMA_AC, LUMA_DC

TABLES = [CHROMA_AC, CHROMA_DC, LUMA_AC, LUMA_DC]


@pytest.mark.parametrize("table", TABLES)
def test_every_code_is_read_as_its_symbol(table: bytes) -> None:
    lookup, codes = lookup_of(table), codes_of(table)
    for symbol in table[16:]:
        code, length = int(codes[symbol]) >> 5, int(codes[symbol]) & 31
        first = code << (16 - length)
        assert lookup[SHORT + first] == lookup[SHORT + first + (1 << (16 - length)) - 1] == length << 8 | symbol
        assert lookup[first >> 6] == (length << 8 | symbol if length <= 10 else 0)


@pytest.mark.parametrize("table", TABLES)
def test_what_is_no_code_is_nothing(table: bytes) -> None:
    assert lookup_of(table)[-1] == 0


@pytest.mark.parametrize("table", [b"", bytes(15), bytes(16) + b"1", bytes([3]) + bytes(15) + b"123", bytes(15) + b"\2" + b"1"])
def test_other_bytes_are_refused(table: bytes) -> None:
    with pytest.raises(BadInput):
        check_table(table)


@pytest.mark.parametrize("table", TABLES)
def test_tables_of_the_standard_are_tables(table: bytes) -> None:
    check_table(table)
