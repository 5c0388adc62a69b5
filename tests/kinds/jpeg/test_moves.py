"""Bytes that stand in the way of pictures: they come back from wherever they were moved to."""

from __future__ import annotations

import numpy as np
import pytest

from codec.errors import BadFile
from codec.kinds.jpeg.moves import BEGIN, CHUNK, CHUNK_BYTES, FIRST, MAX_MOVES, Moves, move_away, move_back, moves_of

CHUNKS = [BEGIN + b"\0\1" + bytes([number]) * 4 for number in range(3)]
RESTS = [
    b"",
    b"nothing to move",
    b"a" + CHUNKS[0] + b"picture" + CHUNKS[1] + b"goes on" + CHUNKS[2],
    b"\0\xd8\xff\xdb" * 3,
    CHUNKS[0] + CHUNKS[1][:9] + b"\0\xd8\xff\xdb" + b"behind",
    CHUNKS[0] + CHUNKS[1][:10],
    CHUNKS[0] * (2 * MAX_MOVES),
]


@pytest.mark.parametrize("rest", RESTS)
def test_a_rest_comes_back(rest: bytes) -> None:
    moves = moves_of(rest)
    assert all(distance >= 0 for distance, _ in moves) and len(moves) <= MAX_MOVES
    assert move_back(move_away(rest, moves), moves) == rest


def test_a_picture_is_whole_when_chunks_are_moved() -> None:
    rest = CHUNKS[0] + b"picture " + CHUNKS[1] + b"goes on" + b"behind"
    assert moves_of(rest) == ((CHUNK_BYTES + 8, CHUNK),)
    assert move_away(rest, moves_of(rest)) == CHUNKS[0] + b"picture goes onbehind" + CHUNKS[1]


def test_the_first_byte_of_a_picture_is_put_right() -> None:
    rest = b"before\0\xd8\xff\xdbpicture"
    assert moves_of(rest) == ((6, FIRST),)
    assert move_away(rest, moves_of(rest)) == b"before\xff\xd8\xff\xdbpicture\0"


@pytest.mark.parametrize("seed", range(50))
def test_any_bytes_come_back(seed: int) -> None:
    rng = np.random.default_rng(seed)
    pieces = [RESTS[int(rng.integers(len(RESTS) - 1))][: int(rng.integers(40))] + rng.bytes(int(rng.integers(3))) for _ in range(30)]
    rest = b"".join(pieces)
    assert move_back(move_away(rest, moves_of(rest)), moves_of(rest)) == rest


@pytest.mark.parametrize("moves", [((20, CHUNK),), ((0, CHUNK), (0, CHUNK)), ((15, FIRST), (15, FIRST)), ((1 << 34, FIRST),)])
def test_moves_of_bytes_that_are_not_there_are_refused(moves: Moves) -> None:
    with pytest.raises(BadFile, match="moved from nowhere"):
        move_back(bytes(20), moves)
