"""The known colour maps: what they make of Y, U, V never changes, and is what those programs make of it."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from codec.methods.traces.maps import MAPS, colour_map

NUMBERS = range(len(MAPS))
SHA256 = "b438f3c5275e421f242a2f907c482ca6db482d51f7dcfd59a9fe842a859f27e2"


def grid(step: int = 15) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    y, u, v = (axis.astype(np.int32) for axis in np.meshgrid(*3 * [np.arange(0, 256, step)]))
    return y, u, v


def test_what_the_maps_make_never_changes() -> None:
    y, u, v = grid()
    made = [colour_map(number).colours(y, colour_map(number).terms(u, v)) for number in NUMBERS]
    assert hashlib.sha256(np.stack(made).tobytes()).hexdigest() == SHA256


@pytest.mark.parametrize("number", NUMBERS)
def test_gray_stays_gray(number: int) -> None:
    colours, y = colour_map(number), np.arange(256, dtype=np.int32)
    made = colours.colours(y, colours.terms(*(np.full(256, middle, np.int32) for middle in colours.middle))).astype(int)
    assert (np.ptp(made, axis=1) == 0).all() and (np.diff(made[:, 0]) >= 0).all() and made[0, 0] == 0


@pytest.mark.parametrize(("first", "numbers"), [(1, (5, 9)), (2, (6, 10)), (3, (7, 11)), (4, (8, 12))])
def test_arithmetics_of_one_standard_differ_by_few_levels(first: int, numbers: tuple[int, ...]) -> None:
    y, u, v = grid()
    made = [colour_map(number).colours(y, colour_map(number).terms(u, v)).astype(int) for number in (first, *numbers)]
    assert all(np.abs(other - made[0]).max() <= 4 for other in made[1:])


@pytest.mark.parametrize(("number", "red", "blue"), [(1, 0.2126, 0.0722), (2, 0.299, 0.114), (3, 0.2126, 0.0722), (4, 0.299, 0.114)])
def test_the_exact_maps_are_what_the_standards_say(number: int, red: float, blue: float) -> None:
    y, u, v = grid()
    full = number > 2
    luma, cb, cr = (y, (u - 128) / 255, (v - 128) / 255) if full else ((y - 16) * 255 / 219, (u - 128) / 224, (v - 128) / 224)
    r, b = luma + 510 * (1 - red) * cr, luma + 510 * (1 - blue) * cb
    g = (luma - red * r - blue * b) / (1 - red - blue)
    made = colour_map(number).colours(y, colour_map(number).terms(u, v))
    assert np.abs(np.clip(np.stack([r, g, b], -1), 0, 255) - made).max() <= 1.0


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5, 6, 7, 8])
def test_maps_of_video_are_those_of_a_widely_used_library(number: int) -> None:
    av = pytest.importorskip("av")
    sampled = 2 if number > 4 else 1
    rng = np.random.default_rng(number)
    y, (u, v) = rng.integers(16, 236, (64, 64)), rng.integers(64, 193, (2, 64 // sampled, 64 // sampled))
    planes = np.concatenate([plane.reshape(-1, 64) for plane in (y, u, v)]) if sampled == 2 else np.stack([y, u, v])
    frame = av.VideoFrame.from_ndarray(planes.astype(np.uint8), "yuv420p" if sampled == 2 else "yuv444p")
    standard, levels = ("ITU709", "ITU601")[(number - 1) & 1], ("MPEG", "JPEG")[(number - 1 & 3) >> 1]
    made = frame.reformat(format="rgb24", src_colorspace=standard, src_color_range=levels).to_ndarray()
    wide = [np.repeat(np.repeat(plane, sampled, 0), sampled, 1).astype(np.int32) for plane in (u, v)]
    colours = colour_map(number)
    assert np.array_equal(colours.colours(y.astype(np.int32), colours.terms(*wide)), made)
