"""The order in which a stripe's pixels are coded: a wavefront of eight rows, one for each lane of a vector.

Rows are coded in groups of eight. Inside a group each row lags the one above it by 24 pixels, so all causal neighbours up to three pixels
to the right, and two segments of 8 pixels more, are known; a lane that has finished its row goes on with the row eight below.
Pixel x of row r (counted from the first row of the part that is coded) belongs to lane r % 8 at the time

    t = r // 8 * period + r % 8 * LAG + x,        period = the width rounded up to a multiple of 8, but at least 8 * LAG

Pixels are coded by ascending t; of one time first channel 0 of all lanes, then channel 1 of all ... Planes are stored with four more
columns to the left and to the right:

    left of row y stands what row y - 1 begins with (left of row 0 a constant), right of it what the row ends with
    and where a neighbour would lie above the stripe, the pixel to the left (W) stands for it
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from codec.lanes.vectors import LANES, RUN, get_i64, pointer, put_i64, put_sample
from codec.system.kernels import kernel

LAG = 24
SEGMENT = 8
PAD = 4
NEAR = np.array(
    [(-1, 0), (0, -1), (-1, -1), (1, -1), (-2, 0), (0, -2), (1, -2), (-1, -2),
     (-2, -1), (2, -1), (-3, 0), (0, -3), (-2, -2), (2, -2), (-3, -1), (3, -1),
     (-1, -3), (1, -3), (-3, -2), (3, -2)],
    np.int64,
)  # fmt: skip
NEIGHBOURS = len(NEAR)
REACH = 3  # of NEAR: rows above, and columns to each side
COLUMNS = RUN  # of a neighbourhood: a segment, and REACH to each side at least


class Lanes(NamedTuple):
    """Where the eight lanes are, and what stands around them: pointers to int64, but of neighbourhoods.

    x, y      of the lane's pixel, [8], x also when it is idle
    idle      1 where there is no pixel, [8]
    final     1 in the last row of a group, [8]
    place     of the pixel in a padded plane, [8]
    reaches   where neighbours stand in a neighbourhood (neighbourhood.py), [20]
    neighbourhoods             of all planes: pointer to samples
    """

    x: Any
    y: Any
    idle: Any
    final: Any
    place: Any
    reaches: Any
    neighbourhoods: Any


def lane_arrays() -> NDArray[np.int64]:
    """What `lanes_of` divides into the parts of Lanes."""
    reaches = (-NEAR[:, 1] * COLUMNS + REACH + NEAR[:, 0]) * LANES
    return np.concatenate([np.zeros(5 * LANES, np.int64), reaches])


@kernel(inline=True)
def lanes_of(state, neighbourhoods):
    """The pointers to what lane_arrays made, and to the room for neighbourhoods."""
    return lanes_on(state, pointer(neighbourhoods))


@kernel(inline=True)
def lanes_on(state, neighbourhoods):
    """The same with a pointer to the room for neighbourhoods, which may be a wide one."""
    return Lanes(
        x=pointer(state),
        y=pointer(state[LANES:]),
        idle=pointer(state[2 * LANES :]),
        final=pointer(state[3 * LANES :]),
        place=pointer(state[4 * LANES :]),
        reaches=pointer(state[5 * LANES :]),
        neighbourhoods=neighbourhoods,
    )


def period(width: int) -> int:
    """From a row to the row eight below."""
    return max((width + SEGMENT - 1) // SEGMENT * SEGMENT, LANES * LAG)


period_of = kernel(period)


@kernel
def segments_of(rows, width):
    """How many segments of time coding so many rows takes."""
    if rows == 0:
        return 0
    group, lane, lag = (rows - 1) // LANES, (rows - 1) % LANES, LAG // SEGMENT
    return group * (period_of(width) // SEGMENT) + lane * lag + (width + SEGMENT - 1) // SEGMENT


@kernel
def place_lanes(lanes, segment, first, rows, width):
    """Put the lanes on the first pixels of a segment of time; the part that is coded has `rows` rows from row `first`."""
    period = period_of(width)
    for lane in range(LANES):
        time = segment * SEGMENT - lane * LAG
        row, x = (time // period * LANES + lane, time % period) if time >= 0 else (rows, 0)
        y = first + row if row < rows else first
        put_i64(lanes.x, lane, x)
        put_i64(lanes.y, lane, y)
        put_i64(lanes.idle, lane, 1 if row >= rows or x >= width else 0)
        put_i64(lanes.final, lane, 1 if row < rows and x < width and (lane == LANES - 1 or row == rows - 1) else 0)
        put_i64(lanes.place, lane, y * (width + 2 * PAD) + PAD + min(x, width - 1))


@kernel
def step_lanes(lanes, width):
    """Go on by one pixel."""
    for lane in range(LANES):
        x = get_i64(lanes.x, lane) + 1
        put_i64(lanes.x, lane, x)
        if x < width:
            put_i64(lanes.place, lane, get_i64(lanes.place, lane) + 1)
        else:
            put_i64(lanes.idle, lane, 1)


@kernel
def put_padded(plane, place, x, width, value):
    """Store a sample in a padded plane, and in the padding that repeats it."""
    put_sample(plane, place, value)
    pitch = width + 2 * PAD
    if x == 0:
        for i in range(PAD):
            put_sample(plane, place + pitch - PAD + i, value)
    if x == width - 1:
        for i in range(PAD):
            put_sample(plane, place + 1 + i, value)


def coding_order(rows: int, width: int, channels: int) -> NDArray[np.int64]:
    """The pixels, numbered row by row, whose channels are coded one after the other."""
    pixel, channel = np.divmod(np.arange(rows * width * channels), channels)
    row, x = np.divmod(pixel, width)
    time = row // LANES * period(width) + row % LANES * LAG + x
    order: NDArray[np.int64] = pixel[np.lexsort((row % LANES, channel, time))]
    return order


Sample = TypeVar("Sample", np.int16, np.int32)


def pad(planes: NDArray[Sample], top: NDArray[Sample]) -> NDArray[Sample]:
    """[..., h, w] -> [..., h + 1, w + 8] with its padding; top: [...], what stands left of row 0. The last row is padding alone."""
    height, width = planes.shape[-2:]
    padded = np.zeros((*planes.shape[:-2], height + 1, width + 2 * PAD), planes.dtype)
    padded[..., :-1, PAD:-PAD] = planes
    padded[..., 0, :PAD] = top[..., None]
    padded[..., 1:, :PAD] = planes[..., :1]
    padded[..., :-1, -PAD:] = planes[..., -1:]
    return padded
