"""Whole numbers as bytes, small ones in few: how every length and count in a file is written.

A number below 2^42 is written in groups of 7 bits, lowest first, each but the last with bit 7 set; the last is not 0 unless it is the only
one. So every number has one form.
"""

from __future__ import annotations

from codec.errors import BadFile

LENGTH_BYTES = 6


def write_length(value: int) -> bytes:
    """A number below 2^42 in groups of 7 bits."""
    if not 0 <= value < 1 << 7 * LENGTH_BYTES:
        raise BadFile(f"{value} is no length that a file can hold")
    groups = bytearray()
    while value >= 128:
        groups.append(value & 127 | 128)
        value >>= 7
    return bytes([*groups, value])


def read_length(data: bytes, position: int) -> tuple[int, int]:
    """(the number at this position, the position after it). Raises BadFile."""
    value = 0
    for group in range(LENGTH_BYTES):
        if position + group >= len(data):
            break
        byte = data[position + group]
        value |= (byte & 127) << 7 * group
        if byte < 128:
            if byte == 0 and group:
                break
            return value, position + group + 1
    raise BadFile("a number in the file is cut off, too large or not in its shortest form")
