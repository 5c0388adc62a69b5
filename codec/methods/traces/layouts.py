"""Where the samples of U and V lie: at every pixel, or at every second one, and how a decoder made a sample for each pixel of them.

Along each axis of a picture, rows and columns, samples lie in one of three ways; p is 0 or 1, k = (x + p) >> 1 for pixel x:

    all        sample x                                       as many as pixels
    pairs      sample k                                       two pixels share one, from pixel -p on
    between    sample k where x + p is even, else between k and k + 1

Rows and columns together say four samples, some of them more than once: U of a pixel is (their sum + 2) >> 2.
Sides of a plane of samples: as many as the last pixel needs.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from codec.methods.traces.maps import Whole
from codec.methods.traces.trace import LAYOUT_BITS
from codec.system.records import record

Places = NDArray[np.int64]
ALL, PAIRS, BETWEEN = range(3)


@record(frozen=True)
class Axis:
    """How samples lie along one axis of so many pixels."""

    way: int
    phase: int
    pixels: int

    @cached_property
    def first(self) -> Places:
        """The first sample of each pixel."""
        return (np.arange(self.pixels) + self.phase) >> 1 if self.way != ALL else np.arange(self.pixels)

    @cached_property
    def second(self) -> Places:
        """The other one, which may be the same."""
        return self.first + ((np.arange(self.pixels) + self.phase) & 1) if self.way == BETWEEN else self.first

    @property
    def samples(self) -> int:
        return int(self.second[-1]) + 1

    @cached_property
    def own(self) -> Places:
        """The pixel at which each sample lies; some do not lie inside of the picture."""
        return np.arange(self.samples) if self.way == ALL else 2 * np.arange(self.samples) - self.phase


@record(frozen=True)
class ChromaLayout:
    """How samples lie in a picture."""

    rows: Axis
    columns: Axis

    @property
    def shape(self) -> tuple[int, int]:
        """Of a plane of samples."""
        return self.rows.samples, self.columns.samples

    def sums(self, samples: Whole) -> Whole:
        """Of the four samples of each pixel."""
        rows = samples[self.rows.first] + samples[self.rows.second]
        sums: Whole = rows[:, self.columns.first] + rows[:, self.columns.second]
        return sums

    def spread(self, samples: Whole) -> Whole:
        """The value of each pixel."""
        return (self.sums(samples) + 2) >> 2


LAYOUTS = ((ALL, ALL), (PAIRS, PAIRS), (ALL, PAIRS), (BETWEEN, BETWEEN))  # rows and columns, in the order of LAYOUT_NAMES
ROW_PHASE, COLUMN_PHASE = 1 << 4, 1 << 5  # in the byte that says a layout


def has_row_phase(code: int) -> bool:
    """Whether rows share samples in a layout."""
    return LAYOUTS[code & LAYOUT_BITS][0] != ALL


def layout_codes() -> list[int]:
    """The bytes of all layouts that have fewer samples than pixels."""
    phases = (0, ROW_PHASE, COLUMN_PHASE, ROW_PHASE | COLUMN_PHASE)
    return [number | phase for number in range(1, len(LAYOUTS)) for phase in phases if has_row_phase(number) or not phase & ROW_PHASE]


def chroma_layout(code: int, height: int, width: int) -> ChromaLayout:
    """The layout that a byte says, of a picture of this size."""
    rows, columns = LAYOUTS[code & LAYOUT_BITS]
    return ChromaLayout(Axis(rows, int(code & ROW_PHASE > 0), height), Axis(columns, int(code & COLUMN_PHASE > 0), width))
