"""The wavefront: every pixel once, in the documented order, when all that it needs is known."""

from __future__ import annotations

import numpy as np
import pytest

from codec.lanes.vectors import LANES, get_i64, pointer
from codec.lanes.wavefront import (
    LAG,
    NEAR,
    PAD,
    SEGMENT,
    lane_arrays,
    lanes_of,
    pad,
    period_of,
    place_lanes,
    put_padded,
    segments_of,
    step_lanes,
)
from codec.system.kernels import kernel

SIZES = [
    (rows, width)
    for rows in (1, 2, 7, 8, 9, 16, 17, 30)
    for width in (1, 2, 7, 8, 9, 24, 25, 63, 191, 192, 193, 200, 209)
]  # fmt: skip


@kernel
def _walk(state, around, first, rows, width, visits):  # type: ignore[no-untyped-def]
    lanes, count = lanes_of(state, around), 0
    for segment in range(segments_of(rows, width)):
        place_lanes(lanes, segment, first, rows, width)
        for pixel in range(SEGMENT):
            for lane in range(LANES):
                if get_i64(lanes.idle, lane) == 0:
                    if count < len(visits):
                        visits[count, 0], visits[count, 1], visits[count, 2] = segment * SEGMENT + pixel, lane, get_i64(lanes.y, lane)
                        visits[count, 3], visits[count, 4] = get_i64(lanes.x, lane), get_i64(lanes.place, lane)
                        visits[count, 5] = get_i64(lanes.final, lane)
                    count += 1
            if pixel + 1 < SEGMENT:
                step_lanes(lanes, width)
    return count


def walk(rows: int, width: int) -> np.ndarray:
    """(time, lane, y, x, place, final) of every visit."""
    visits = np.zeros((rows * width, 6), np.int64)
    assert _walk(lane_arrays(), np.zeros(0, np.int16), 0, rows, width, visits) == rows * width
    return visits


@pytest.mark.parametrize("rows, width", SIZES)
def test_every_pixel_is_visited_once_in_the_documented_order(rows: int, width: int) -> None:
    time, lane, y, x, place, final = walk(rows, width).T
    expected = sorted((r // 8 * max(-(-width // 8) * 8, 192) + r % 8 * 24 + c, r % 8, r, c) for r in range(rows) for c in range(width))
    assert list(zip(time, lane, y, x, strict=True)) == expected
    assert np.array_equal(place, y * (width + 2 * PAD) + PAD + x)
    assert np.array_equal(final == 1, (y % 8 == 7) | (y == rows - 1))


@pytest.mark.parametrize("rows, width", SIZES)
def test_neighbours_and_two_segments_to_the_right_above_are_known_before(rows: int, width: int) -> None:
    visits = walk(rows, width)
    times = np.zeros((rows, width), np.int64)
    times[visits[:, 2], visits[:, 3]] = visits[:, 0]
    for y in range(rows):
        for dx, dy in NEAR.tolist():
            if y + dy >= 0:
                now = np.arange(width)
                there = now + dx
                now, there = now[there >= 0], np.minimum(there[there >= 0], width - 1)
                assert (times[y + dy, there] < times[y, now]).all()
        if y > 0:
            assert (times[y - 1, 0] < times[y]).all(), "what stands left of the row"
            starts = np.arange(0, width, SEGMENT)
            ends = np.minimum(starts + 3 * SEGMENT, width) - 1
            assert (times[y - 1, ends] < times[y, starts]).all(), "sums of the row above, for the first pixel of a segment"


def test_padding_is_as_documented(rng: np.random.Generator) -> None:
    for height, width in [(1, 1), (1, 6), (5, 1), (4, 7)]:
        planes = rng.integers(-255, 256, (2, height, width)).astype(np.int16)
        padded = pad(planes, np.array([128, 9], np.int16))
        assert padded.shape == (2, height + 1, width + 2 * PAD) and padded.dtype == np.int16
        assert np.array_equal(padded[:, :-1, PAD:-PAD], planes)
        assert (padded[:, 0, :PAD] == [[128], [9]]).all()
        assert (padded[:, 1:, :PAD] == planes[:, :, :1]).all()
        assert (padded[:, :-1, -PAD:] == planes[:, :, -1:]).all()


@kernel
def _put_all(padded, values, width):  # type: ignore[no-untyped-def]
    for y in range(values.shape[0]):
        for x in range(values.shape[1]):
            put_padded(pointer(padded), y * (width + 2 * PAD) + PAD + x, x, width, values[y, x])


def test_pixels_put_one_by_one_make_the_same_padding(rng: np.random.Generator) -> None:
    for height, width in [(1, 1), (2, 6), (5, 1), (4, 7)]:
        plane = rng.integers(-255, 256, (height, width)).astype(np.int16)
        padded = pad(np.zeros_like(plane)[None], np.array([128], np.int16))[0]
        _put_all(padded, plane, width)
        assert np.array_equal(padded, pad(plane[None], np.array([128], np.int16))[0])


def test_the_period_leaves_room_for_eight_lags() -> None:
    for width in (1, 8, 191, 192, 193, 1000):
        assert period_of(width) == max(-(-width // SEGMENT) * SEGMENT, LANES * LAG)
