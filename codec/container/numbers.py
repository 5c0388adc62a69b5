"""Whole numbers as bytes, small ones in few: how every length and count in a file is written.

A number below 2^42 is written in groups of 7 bits, lowest first, each but the last with bit 7 set; the last is not 0 unless it is the only
one. So every number has one form. A list of pairs is how many there are, and then both numbers of each.
"""

from __future__ import annotations

from itertools import chain

from codec.errors import BadFile

LENGTH_BYTES = 6

Pairs = tuple[tuple[int, int], ...]


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


def pairs_bytes(pairs: Pairs) -> bytes:
    """A list of pairs of numbers."""
    return b"".join(map(write_length, [len(pairs), *chain.from_iterable(pairs)]))


def read_pairs(data: bytes, position: int, count: int, most: tuple[int, int]) -> tuple[Pairs, int]:
    """(the pairs at this position, at most so many, and at most these numbers; the position after them). Raises BadFile."""
    pairs, position = read_length(data, position)
    if pairs > count:
        raise BadFile(f"a list in the file is damaged: {pairs} are more than {count}")
    found = list[tuple[int, int]]()
    for _ in range(pairs):
        one, position = read_length(data, position)
        other, position = read_length(data, position)
        if one > most[0] or other > most[1]:
            raise BadFile(f"a list in the file is damaged: {one}, {other} are more than {most[0]}, {most[1]}")
        found.append((one, other))
    return tuple(found), position
