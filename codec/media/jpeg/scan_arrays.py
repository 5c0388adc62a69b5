"""The header of a scan as the arrays of numbers that kernels take."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from codec.media.jpeg.huffman import LENGTHS
from codec.media.jpeg.reading import SCAN_FIELDS, Numbers
from codec.media.jpeg.segments import Frame, Scan

Number = TypeVar("Number", bound=np.generic)


def mcus_of(frame: Frame, scan: Scan) -> tuple[int, int]:
    """How many MCUs a scan has in a row, and in all."""
    if len(scan.components) == 1:
        component = frame.components[scan.components[0]]
        return component.columns, component.columns * component.rows
    return frame.across, frame.across * frame.down


def slots_of(frame: Frame, scan: Scan) -> Numbers:
    """The blocks of an MCU."""
    rows, alone = list[tuple[int, ...]](), len(scan.components) == 1
    for number, place in enumerate(scan.components):
        one = frame.components[place]
        across, down = (1, 1) if alone else (one.horizontal, one.vertical)
        tables = number, len(scan.dc) + number if scan.first == 0 else number
        rows += [
            (one.offset, one.whole_columns, across, down, column, row, number, *tables) for row in range(down) for column in range(across)
        ]
    return np.array(rows, np.int64)


def numbers_of(frame: Frame, scan: Scan, mcus: int) -> Numbers:
    """The other numbers of a scan of which so many MCUs are coded."""
    found = np.array([mcus_of(frame, scan)[0], mcus, scan.interval, scan.first, scan.last, scan.high, scan.low], np.int64)
    assert len(found) == SCAN_FIELDS
    return found


def stacked(scan: Scan, form: Callable[[bytes], NDArray[Number]]) -> NDArray[Number]:
    """The tables of a scan in some form, one below the other, those of DCs first; a row of zeros if there are none."""
    return np.ascontiguousarray(np.stack([form(table) for table in (*scan.dc, *scan.ac) or (bytes(LENGTHS),)]))


def intervals_of(scan: Scan, mcus: int) -> int:
    """How many intervals so many MCUs are."""
    return max(1, -(-mcus // scan.interval)) if scan.interval else 1
