"""Copies what stands around the lanes' pixels out of padded planes, once a segment, so that a neighbour of all lanes is one load.

The neighbourhood of a plane is [4 rows][16 columns][8 lanes]: row r is that of the pixel less r, column c that of the segment's first
pixel plus c - 3. Above the first row of a plane stands the pixel to the left (W), which changes from pixel to pixel. Of an idle lane it
holds anything.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from codec.lanes.vectors import LANES, copy_runs, fill_i64, get_i64, get_sample, load_i64, load_sample, low_of, put_sample, store_sample
from codec.lanes.wavefront import COLUMNS, PAD, REACH
from codec.system.kernels import kernel

PLANE = (REACH + 1) * COLUMNS * LANES
WEST = REACH - 1  # column of W of a segment's first pixel


def neighbourhoods(planes: int) -> NDArray[np.int16]:
    """Room for those of so many planes."""
    return np.zeros(planes * PLANE, np.int16)


def wide_neighbourhoods(planes: int) -> NDArray[np.int32]:
    """Room for those of so many planes of 32 bits."""
    return np.zeros(planes * PLANE, np.int32)


@kernel
def copy_neighbourhoods(lanes, number, planes, count, area, width):
    """Copy those of `count` planes of `area` samples each, to the neighbourhoods from `number` on.

    Of a plane that is being filled, what is not known yet is copied, too, and put later. What cover_top covers is anything.
    """
    first, y = load_i64(lanes.place, 0) - fill_i64(REACH), load_i64(lanes.y, 0)
    for row in range(REACH + 1):
        place, to = first - low_of(y, fill_i64(row)) * fill_i64(width + 2 * PAD), (number * (REACH + 1) + row) * COLUMNS * LANES
        for plane in range(count):
            copy_runs(planes, place + fill_i64(plane * area), lanes.neighbourhoods, to + plane * PLANE)


@kernel
def cover_top(lanes, count, pixel):
    """Let W stand above the first row of `count` planes, for a pixel of the segment."""
    for lane in range(LANES):
        y = get_i64(lanes.y, lane)
        if y < REACH and get_i64(lanes.idle, lane) == 0:
            for plane in range(count):
                place = (plane * (REACH + 1) * COLUMNS + pixel) * LANES + lane
                west = get_sample(lanes.neighbourhoods, place + WEST * LANES)
                for row in range(y + 1, REACH + 1):
                    for column in range(2 * REACH + 1):
                        put_sample(lanes.neighbourhoods, place + (row * COLUMNS + column) * LANES, west)


@kernel
def neighbour(lanes, number, pixel, i):
    """Neighbour i, in the order of NEAR, of a pixel of the segment, in neighbourhood `number`: int32."""
    return load_sample(lanes.neighbourhoods, number * PLANE + pixel * LANES + get_i64(lanes.reaches, i))


@kernel
def pixel_of(lanes, number, pixel):
    """The pixel itself."""
    return load_sample(lanes.neighbourhoods, number * PLANE + (REACH + pixel) * LANES)


@kernel
def put_pixel(lanes, number, pixel, value):
    """Add the pixel itself (int32), a neighbour of the next."""
    store_sample(lanes.neighbourhoods, number * PLANE + (REACH + pixel) * LANES, value)
