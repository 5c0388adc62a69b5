"""Bytes that stand in the way of pictures in a rest: they are moved to its end, so that the pictures are whole.

    CHUNK    13 bytes between the parts of a picture that lies in several FPXR segments, as in files of Kodak's cameras
    FIRST    a byte where the first one of a picture should be, as in files of Minolta's: 0xFF stands there instead

    rest --move_away--> pictures as they would be elsewhere, and what stood in their way --move_back--> rest
"""

from __future__ import annotations

import re

from codec.container.numbers import Pairs
from codec.errors import BadFile

CHUNK, FIRST = 0, 1
CHUNK_BYTES, MAX_MOVES = 13, 64
BEGIN = b"FPXR\0\0\x02"  # of a chunk; then come the number of its stream, 2 bytes, and its place there, 4 bytes
PATTERN = re.compile(BEGIN + rb"..|[^\xff]\xd8\xff[\xdb\xe0\xe1]", re.DOTALL)

Moves = Pairs  # of each its place less the end of what the one before moved, and its kind


def moves_of(rest: bytes) -> Moves:
    """What might be moved in a rest."""
    found, end, streams = list[tuple[int, int]](), 0, set[bytes]()
    for match in PATTERN.finditer(rest):
        kind, place = CHUNK if match[0].startswith(BEGIN) else FIRST, match.start()
        if kind == CHUNK and match[0] not in streams:
            streams.add(match[0])  # whose first part needs no move
        elif end <= place <= len(rest) - _size(kind) and len(found) < MAX_MOVES:
            found.append((place - end, kind))
            end = place + _size(kind)
    return tuple(found)


def move_away(rest: bytes, moves: Moves) -> bytes:
    """The rest with these bytes at its end."""
    kept, taken, place = list[bytes](), list[bytes](), 0
    for distance, kind in moves:
        kept += [rest[place : place + distance], _instead(kind)]
        place += distance + _size(kind)
        taken.append(rest[place - _size(kind) : place])
    return b"".join([*kept, rest[place:], *taken])


def move_back(rest: bytes, moves: Moves) -> bytes:
    """The rest as it was. Raises BadFile for moves that nothing comes of."""
    size = sum(_size(kind) for _, kind in moves)
    kept, taken = rest[: len(rest) - size], rest[len(rest) - size :]
    pieces, place, used = list[bytes](), 0, 0
    for distance, kind in moves:
        pieces += [kept[place : place + distance], taken[used : used + _size(kind)]]
        place, used = place + distance + len(_instead(kind)), used + _size(kind)
    if len(rest) < size or place > len(kept):
        raise BadFile("the file's header is damaged: bytes that were moved from nowhere")
    return b"".join([*pieces, kept[place:]])


def _size(kind: int) -> int:
    return CHUNK_BYTES if kind == CHUNK else 1


def _instead(kind: int) -> bytes:
    return b"" if kind == CHUNK else b"\xff"
