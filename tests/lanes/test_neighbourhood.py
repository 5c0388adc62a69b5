"""Neighbourhoods hold what stands around every pixel in the padded planes, and W above the first row."""

from __future__ import annotations

import numpy as np
import pytest

from codec.lanes.neighbourhood import copy_neighbourhoods, cover_top, neighbour, neighbourhoods, pixel_of, put_pixel
from codec.lanes.vectors import LANES, get_i16, get_i64, lane, pointer, with_lane
from codec.lanes.wavefront import NEAR, NEIGHBOURS, PAD, SEGMENT, lane_arrays, lanes_of, pad, place_lanes, segments_of, step_lanes
from codec.system.kernels import kernel

SIZES = [(1, 1), (3, 5), (19, 70), (9, 200)]


@kernel
def _walk(planes, state, around, first, rows, width, known, found):  # type: ignore[no-untyped-def]
    lanes, area = lanes_of(state, around), planes.shape[1] * planes.shape[2]
    for segment in range(segments_of(rows, width)):
        place_lanes(lanes, segment, first, rows, width)
        copy_neighbourhoods(lanes, 0, pointer(planes), planes.shape[0], area, width)
        for pixel in range(SEGMENT):
            cover_top(lanes, planes.shape[0], pixel)
            for number in range(LANES):
                if get_i64(lanes.idle, number) == 0:
                    y, x = get_i64(lanes.y, number), get_i64(lanes.x, number)
                    for plane in range(planes.shape[0]):
                        for i in range(found.shape[3] - 1):
                            found[plane, y, x, i] = lane(neighbour(lanes, plane, pixel, i), number)
                        if known:
                            found[plane, y, x, -1] = lane(pixel_of(lanes, plane, pixel), number)
            for plane in range(planes.shape[0]):
                if not known:
                    value = pixel_of(lanes, plane, pixel)
                    for number in range(LANES):
                        value = with_lane(value, number, np.int32(get_i16(pointer(planes), plane * area + get_i64(lanes.place, number))))
                    put_pixel(lanes, plane, pixel, value)
            if pixel + 1 < SEGMENT:
                step_lanes(lanes, width)


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("rows, width", SIZES)
@pytest.mark.parametrize("first", [0, 3])
def test_neighbours_are_those_of_the_padded_planes(rng: np.random.Generator, rows: int, width: int, first: int, known: bool) -> None:
    pixels = rng.integers(-255, 256, (2, first + rows, width)).astype(np.int16)
    planes = pad(pixels, np.array([128, 9], np.int16))
    found = np.zeros((*pixels.shape, NEIGHBOURS + 1), np.int32)
    _walk(planes, lane_arrays(), neighbourhoods(2), first, rows, width, known, found)
    for y in range(first, first + rows):
        for i, (dx, dy) in enumerate(NEAR.tolist()):
            up, across = (dy, dx) if y + dy >= 0 else (0, -1)
            expected = planes[:, y + up, PAD + across : PAD + across + width]
            assert np.array_equal(found[:, y, :, i], expected)
        if known:
            assert np.array_equal(found[:, y, :, -1], pixels[:, y])
