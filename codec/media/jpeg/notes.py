"""What a scan has other than libjpeg would write it: its exceptions, and their bytes in a file.

Bytes are numbers as container/numbers.py writes them: how many scans have exceptions; then for each of them its number less the number
behind the last one's, and its flags: padding (bits 0 and 1: ones, zeros, as given), runs of ends of blocks (bits 2 and 3: as libjpeg has
them, as long as can be, one block each), and bits 4 to 6, which lists there are. As given: how many intervals, and a byte for each, as
bits.align gives it. Then the lists, each how many there are, then for each its place less the last place and, but for cuts, what stands
there:

    4  runs of 16 zeros before the end of a block: the block's number in the scan, how many runs
    5  cuts: blocks behind which a run of ends of blocks is cut
    6  restarts that are others than is their turn: the interval before it, the marker (8: none)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from codec.container.numbers import read_length, write_length
from codec.errors import BadFile
from codec.media.jpeg.reading import MOST_CORRECTIONS, MOST_RUN

Numbers = NDArray[np.int64]

ONES, ZEROS, GIVEN = 0, 1, 2
LIMITED, UNLIMITED, SINGLE = 0, 1, 2
MOST = {LIMITED: (MOST_RUN, MOST_CORRECTIONS), UNLIMITED: (MOST_RUN, 1 << 40), SINGLE: (1, 1 << 40)}
LARGEST = 1 << 40


def none() -> Numbers:
    return np.zeros((0, 2), np.int64)


@dataclass(frozen=True)
class ScanNotes:
    """The exceptions of a scan; extra, restarts: int64 [n, 2]; cuts: int64 [n]; pads: of each interval, if padding is GIVEN."""

    padding: int = ONES
    runs: int = LIMITED
    pads: bytes = b""
    extra: Numbers = field(default_factory=none)
    cuts: Numbers = field(default_factory=lambda: np.zeros(0, np.int64))
    restarts: Numbers = field(default_factory=none)

    @property
    def flags(self) -> int:
        lists = (len(self.extra) > 0) << 4 | (len(self.cuts) > 0) << 5 | (len(self.restarts) > 0) << 6
        return self.padding | self.runs << 2 | lists


def notes_bytes(notes: Sequence[ScanNotes]) -> bytes:
    """The exceptions of all scans."""
    noted = [(number, one) for number, one in enumerate(notes) if one.flags]
    values, found, last = [len(noted)], bytearray(), 0
    for number, one in noted:
        values += [number - last, one.flags]
        last = number + 1
        if one.padding == GIVEN:
            values += [len(one.pads), *one.pads]
        for pairs in (one.extra, np.stack([one.cuts, np.full_like(one.cuts, -1)], 1), one.restarts):
            if len(pairs):
                steps = pairs.copy()
                steps[1:, 0] -= pairs[:-1, 0]
                values += [len(pairs), *(int(value) for value in steps.ravel() if value >= 0)]
    for value in values:
        found += write_length(value)
    return bytes(found)


def read_notes(data: bytes, position: int) -> tuple[dict[int, ScanNotes], int]:
    """The exceptions of scans by their numbers, and the position behind them. Raises BadFile."""

    def number() -> int:
        nonlocal position
        value, position = read_length(data, position)
        return value

    def pairs(width: int) -> Numbers:
        count = number()
        if count * width > len(data):
            raise BadFile("the file's header is damaged: more exceptions than bytes")
        found = np.array([number() for _ in range(count * width)], np.int64).reshape(count, width)
        found[:, 0] = np.minimum(np.cumsum(np.minimum(found[:, 0], LARGEST), dtype=np.float64), LARGEST).astype(np.int64)
        return found

    noted, last = dict[int, ScanNotes](), 0
    for _ in range(min(number(), len(data))):
        place = last + number()
        last, flags = place + 1, number()
        padding, runs = flags & 3, flags >> 2 & 3
        if padding > GIVEN or runs > SINGLE or flags >= 1 << 7:
            raise BadFile("the file's header is damaged: exceptions that this release does not know")
        pads = bytes(number() & 255 for _ in range(min(number(), len(data)))) if padding == GIVEN else b""
        extra = pairs(2) if flags & 16 else none()
        cuts = np.ascontiguousarray(pairs(1)[:, 0]) if flags & 32 else np.zeros(0, np.int64)
        noted[place] = ScanNotes(padding, runs, pads, extra, cuts, pairs(2) if flags & 64 else none())
    return noted, position
