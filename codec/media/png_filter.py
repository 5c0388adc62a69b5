"""Undoes the filters of a PNG, byte by byte: a kernel, apart from png.py, which most programs use without one."""

from __future__ import annotations

import numpy as np

from codec.system.array_types import Array1, Array2
from codec.system.kernels import entry


@entry
def unfilter(filters: Array1[np.uint8], rows: Array2[np.uint8], above: Array1[np.uint8], step: int) -> None:
    """Undo PNG's filters in place. above: the row before the first; step: bytes of a pixel."""
    for number in range(len(rows)):
        row, over, kind = rows[number], above if number == 0 else rows[number - 1], filters[number]
        for at in range(len(row)):
            up, left, corner = int(over[at]), 0, 0
            if at >= step:
                left, corner = int(row[at - step]), int(over[at - step])
            if kind == 1:
                value = left
            elif kind == 2:
                value = up
            elif kind == 3:
                value = (left + up) >> 1
            elif kind == 4:
                by_left, by_up, by_corner = abs(up - corner), abs(left - corner), abs(left + up - 2 * corner)
                value = left if by_left <= by_up and by_left <= by_corner else up if by_up <= by_corner else corner
            else:
                value = 0
            row[at] = (int(row[at]) + value) & 255
