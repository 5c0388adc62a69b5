"""Traces in pixels: what was something smaller is found and comes back, what was not is left alone."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.traced import found, once_jpeg, photo_pixels

from codec.density.photo.colour import to_planes
from codec.errors import BadFile
from codec.methods.traces.trace import LINE, PLAIN, read_trace, side_of
from codec.methods.traces.traces import find_trace, from_side, restore_pixels


@pytest.mark.parametrize("channels", [1, 3])
def test_a_photo_that_was_never_anything_else_is_plain(channels: int) -> None:
    kind, planes = found(photo_pixels()[:, :, :channels])
    assert kind == PLAIN and np.array_equal(planes, to_planes(photo_pixels()[:, :, :channels]))


@pytest.mark.parametrize("value", [0, 255])
def test_a_flat_stripe_is_plain(value: int) -> None:
    assert found(np.full((80, 80, 3), value, np.uint8))[0] == PLAIN


def test_nothing_is_looked_for_in_a_small_stripe() -> None:
    assert found(once_jpeg(photo_pixels(60, 60)))[0] == PLAIN


@pytest.mark.parametrize("side", range(4))
def test_a_stripe_that_is_coded_from_a_side_comes_back(side: int) -> None:
    pixels = once_jpeg(photo_pixels(), quality=90)
    trace, planes = from_side(*find_trace(pixels, 3), side)
    assert side_of(trace) == side and read_trace(trace + b"more") == (trace, len(trace))
    assert np.array_equal(restore_pixels(trace, planes), pixels)


@pytest.mark.parametrize("start", [b"", bytes([7]), bytes([32])], ids=["nothing", "an unknown kind", "an unknown side"])
def test_an_unknown_trace_is_refused(start: bytes) -> None:
    with pytest.raises(BadFile, match="does not know"):
        read_trace(start)


def test_a_trace_that_is_cut_off_is_refused() -> None:
    trace, _ = find_trace(once_jpeg(photo_pixels()), 3)
    with pytest.raises(BadFile, match="cut off"):
        read_trace(trace[:-1])


@pytest.mark.parametrize("channels", [1, 3])
def test_a_stripe_of_another_number_of_planes_than_its_trace_says_is_refused(channels: int) -> None:
    trace = bytes([LINE, 0]) if channels == 3 else find_trace(once_jpeg(photo_pixels()), 3)[0]
    with pytest.raises(BadFile, match="another number of planes"):
        restore_pixels(trace, [np.zeros((channels, 120, 160), np.int16)])
