"""Pixels that were once a JPEG: found, with the planes that its decoder had, and back again."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.traced import deflated, found, once_jpeg, photo_pixels

from codec.container.numbers import write_length
from codec.errors import BadFile
from codec.methods.traces.trace import PLAIN, YCBCR, read_trace
from codec.methods.traces.traces import find_trace, restore_pixels

FORMULA = {0: (0, 91881), 1: (-22554, -46802), 2: (116130, 0)}  # of R, G and B: what Cb and Cr add, in 2^-16


@pytest.mark.parametrize("quality", [75, 90, 95])
@pytest.mark.parametrize("subsampling", [0, 2])
def test_what_was_once_a_jpeg_is_found(quality: int, subsampling: int) -> None:
    kind, planes = found(once_jpeg(photo_pixels(), quality=quality, subsampling=subsampling))
    assert kind == YCBCR
    assert planes[0].min() >= 0 and np.abs(planes).max() <= 255


def test_planes_of_a_jpeg_are_those_that_its_decoder_had() -> None:
    """Where no channel was out of range there is but one triple for a colour."""
    rng = np.random.default_rng(1)
    triples = np.stack([rng.integers(100, 140, 5000), rng.integers(-30, 30, 5000), rng.integers(-30, 30, 5000)])
    colours = np.stack([triples[0] + ((b * triples[1] + r * triples[2] + 32768) >> 16) for b, r in FORMULA.values()], 1)
    _, planes = found(colours.astype(np.uint8).reshape(50, 100, 3))
    assert np.array_equal(planes.reshape(3, -1), triples)


def test_a_jpeg_with_black_and_white_areas_is_found() -> None:
    pixels = np.clip(3.0 * photo_pixels().astype(float) - 200, 0, 255).astype(np.uint8)
    assert found(once_jpeg(pixels, quality=90))[0] == YCBCR


def test_some_pixels_may_have_been_changed_since() -> None:
    rng, pixels = np.random.default_rng(2), once_jpeg(photo_pixels(), quality=90).copy()
    pixels[rng.integers(0, 120, 60), rng.integers(0, 160, 60)] = rng.integers(0, 256, (60, 3))
    assert found(pixels)[0] == YCBCR


def test_many_pixels_that_have_been_changed_since_make_it_plain() -> None:
    pixels = once_jpeg(photo_pixels(), quality=90).copy()
    pixels[::2] ^= 1
    assert found(pixels)[0] == PLAIN


DAMAGED = {
    "no deflated bytes": bytes([YCBCR]) + write_length(4) + b"1234",
    "an exception beyond": deflated(bytes([YCBCR]), write_length(1) + write_length(1 << 20) + b"abc"),
    "a cut exception": deflated(bytes([YCBCR]), write_length(1) + write_length(5) + b"ab"),
    "more than it says": deflated(bytes([YCBCR]), write_length(0) + b"a"),
    "a bomb": deflated(bytes([YCBCR]), bytes(1 << 22)),
}


@pytest.mark.parametrize("trace", DAMAGED.values(), ids=list(DAMAGED))
def test_damaged_exceptions_are_refused(trace: bytes) -> None:
    with pytest.raises(BadFile):
        restore_pixels(read_trace(trace)[0], [np.full((3, 20, 30), 3, np.int16)])


def test_a_gray_stripe_was_no_colour_jpeg() -> None:
    trace, _ = find_trace(once_jpeg(photo_pixels()), 3)
    with pytest.raises(BadFile):
        restore_pixels(trace, [np.zeros((1, 120, 160), np.int16)])
