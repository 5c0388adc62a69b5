"""Finds the levels of 16 that samples use: a range of them, or those that occur, each coded as its rank.

Pictures of 16 bits rarely have 16: 12 bits of a camera or a scanner are shifted, stretched or offset, signed numbers wrap around, CT and MR
use a few thousand levels. Levels are a circle of 2^16, which is cut in its widest gap. What a stripe says of them begins with one byte:

    0 range     the lowest level and how many there are above it, as container/numbers.py writes numbers; a sample is coded as its level
                less the lowest, modulo 2^16
    1 levels    number of maps (1: all channels share it; or one for each), length and bytes of deflated numbers, for each map: the lowest
                level; how many runs there are; by turns how many levels occur and how many do not, from the lowest level on. A sample is
                coded as the rank of its level
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from codec.container.numbers import read_length, write_length
from codec.errors import BadFile
from codec.methods.traces.levels import saved_by_maps
from codec.methods.traces.trace import packed, unpacked

RANGE, LEVELS = 0, 1
CIRCLE = 1 << 16
MAX_TEXT = 3 * (CIRCLE + 2)  # bytes of a map
REALLY = 0.7  # of what leaving levels out seems to save, it saves so much
HEAD = 8  # bytes of a trace that tell how long it is

Samples = NDArray[np.uint16]  # [height, width, channels]
Ranks = NDArray[np.int32]


@dataclass(frozen=True)
class Span:
    """What a stripe says of its levels, its samples as ranks, and the highest of these, at least 1."""

    trace: bytes
    ranks: Ranks
    top: int


def find_span(pixels: Samples) -> Span:
    """The span that is smallest to code."""
    counts = np.stack([np.bincount(pixels[:, :, c].reshape(-1), minlength=CIRCLE) for c in range(pixels.shape[2])])
    together = counts.sum(0, keepdims=True)
    low, top = _cut(together[0])
    ways = [(0.0, bytes([RANGE]) + write_length(low) + write_length(top), [np.arange(CIRCLE)], [low])]
    for some in (together, counts)[: 2 if len(counts) > 1 else 1]:
        lows = [_cut(row)[0] for row in some]
        turned = [np.roll(row, -first) for row, first in zip(some, lows, strict=True)]
        text = b"".join(_written(row > 0, first) for row, first in zip(turned, lows, strict=True))
        trace = bytes([LEVELS, len(some)]) + packed(text)
        saved = REALLY * sum(saved_by_maps(row[None]) for row in turned) - 8 * len(trace)
        ways.append((saved, trace, [np.maximum(np.cumsum(row > 0) - 1, 0) for row in turned], lows))
    _, trace, tables, starts = max(ways, key=lambda way: way[0])
    ranks = np.empty(pixels.shape, np.int32)
    for c in range(pixels.shape[2]):
        table, first = tables[c % len(tables)], starts[c % len(starts)]
        ranks[:, :, c] = table[(pixels[:, :, c].astype(np.int32) - first) % CIRCLE]
    return Span(trace, ranks, max(int(ranks.max()), 1))


def read_span(data: memoryview) -> tuple[bytes, int, int]:
    """The trace at the beginning of some bytes, the highest rank, and where its bytes end. Raises BadFile."""
    head = bytes(data[:HEAD])
    if head[:1] == bytes([RANGE]):
        low, position = read_length(head, 1)
        top, position = read_length(head, position)
        if low >= CIRCLE or top >= CIRCLE:
            raise BadFile("the file is damaged: a stripe of more levels than there are")
        return head[:position], max(top, 1), position
    if head[:1] != bytes([LEVELS]) or len(head) < HEAD // 2:
        raise BadFile("the file is damaged: a stripe does not say what levels it has")
    length, position = read_length(head, 2)
    trace = bytes(data[: position + length])
    return trace, max(1, *(len(levels) - 1 for levels in _maps(trace))), position + length


def restore_span(trace: bytes, ranks: Ranks) -> Samples:
    """The samples of ranks, by what find_span said. Raises BadFile."""
    if trace[0] == RANGE:
        return ((ranks + read_length(trace, 1)[0]) % CIRCLE).astype(np.uint16)
    maps, channels = _maps(trace), ranks.shape[2]
    if len(maps) not in (1, channels):
        raise BadFile("the file is damaged: a stripe has as many maps of levels as channels, or one")
    if any(ranks[:, :, c].max() >= len(maps[c % len(maps)]) for c in range(channels)):
        raise BadFile("the file is damaged: a sample of a level that does not occur")
    return np.stack([maps[c % len(maps)][ranks[:, :, c]] for c in range(channels)], 2)


def _cut(counts: NDArray[np.int64]) -> tuple[int, int]:
    """Where the circle of levels is cut: the lowest level behind the widest gap, and how many levels there are above it."""
    used = np.flatnonzero(counts)
    gaps = np.diff(used, append=used[0] + CIRCLE)
    widest = int(np.argmax(gaps[::-1]))  # of several the last, so that all levels begin with 0
    low = int(used[(len(used) - widest) % len(used)])
    return low, CIRCLE - int(gaps[len(gaps) - 1 - widest])


def _written(occurs: NDArray[np.bool_], low: int) -> bytes:
    """The numbers of a map whose lowest level is its first."""
    ends = np.flatnonzero(np.diff(occurs, append=not occurs[-1])) + 1
    runs = np.diff(ends, prepend=0).tolist()
    if not occurs[-1]:
        runs.pop()
    return b"".join(map(write_length, (low, len(runs), *runs)))


def _maps(trace: bytes) -> list[Samples]:
    """The levels of each map. Raises BadFile."""
    count = trace[1]
    if not 1 <= count <= 3:
        raise BadFile("the file is damaged: a stripe has one to three maps of levels")
    text, position, maps = unpacked(trace, 2, count * MAX_TEXT), 0, list[Samples]()
    for _ in range(count):
        low, position = read_length(text, position)
        number, position = read_length(text, position)
        runs = list[int]()
        for _ in range(min(number, CIRCLE + 1)):
            run, position = read_length(text, position)
            runs.append(run)
        if sum(runs) > CIRCLE or low >= CIRCLE or not runs or 0 in runs:
            raise BadFile("the file is damaged: a map of levels is none")
        occurs = np.repeat(np.arange(len(runs)) % 2 == 0, runs)
        maps.append(((np.flatnonzero(occurs) + low) % CIRCLE).astype(np.uint16))
    if position != len(text):
        raise BadFile("the file is damaged: a map of levels goes on behind its end")
    return maps
