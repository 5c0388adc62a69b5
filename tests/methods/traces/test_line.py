"""Toned pictures: a plane of numbers, and the line of colours that they mean."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.traced import deflated, found, photo_pixels, toned

from codec.errors import BadFile, BadInput
from codec.methods.traces.line import line_of
from codec.methods.traces.trace import LINE, PLAIN, read_trace
from codec.methods.traces.traces import find_trace, restore_pixels


def test_toned_pictures_are_gray_ones_and_a_line() -> None:
    pixels = toned(photo_pixels())
    kind, planes = found(pixels, 1)
    assert kind == LINE and len(planes) == 1
    assert np.array_equal(np.diff(planes[0].astype(int).reshape(-1)) > 0, np.diff(pixels[:, :, 0].astype(int).reshape(-1)) > 0)


def test_a_line_takes_few_bytes() -> None:
    assert len(find_trace(toned(photo_pixels()), 1)[0]) < 300


def test_gray_pixels_of_three_channels_are_those_of_one() -> None:
    gray = np.repeat(photo_pixels()[:, :, :1], 3, 2)
    trace, (planes,) = find_trace(gray, 1)
    assert trace == bytes([PLAIN]) and np.array_equal(planes[0], gray[:, :, 0])


def test_colours_that_turn_back_lie_on_no_line() -> None:
    gray = photo_pixels()[:, :, 0]
    assert line_of([np.stack([gray, gray, np.abs(gray.astype(int) - 128).astype(np.uint8)], 2)]) is None


def test_too_many_colours_lie_on_no_line() -> None:
    assert line_of([photo_pixels()]) is None


def test_a_line_is_found_band_by_band() -> None:
    pixels = toned(photo_pixels())
    whole, bands = line_of([pixels]), line_of([pixels[:50], pixels[50:]])
    assert whole is not None and bands is not None and np.array_equal(whole, bands)


def test_colours_on_no_line_are_no_one_plane() -> None:
    with pytest.raises(BadInput):
        find_trace(photo_pixels(), 1)


def test_a_line_of_more_planes_is_refused() -> None:
    with pytest.raises(BadFile, match="another number of planes"):
        restore_pixels(read_trace(deflated(bytes([LINE]), bytes(30)))[0], [np.full((3, 20, 30), 3, np.int16)])


@pytest.mark.parametrize("text", [b"", bytes(9), bytes(13), bytes(3 * 257)])
def test_a_damaged_line_is_refused(text: bytes) -> None:
    with pytest.raises(BadFile):
        restore_pixels(read_trace(deflated(bytes([LINE]), text))[0], [np.full((1, 20, 30), 3, np.int16)])
