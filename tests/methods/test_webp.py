"""Lossless WebP: every sample, also under alpha 0, in bitstreams of the right size alone."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.pictures import random_picture
from PIL import Image

from codec.errors import BadFile
from codec.media.form import Form
from codec.methods import webp
from codec.methods.webp import MAX_SIDE, SLOW, WEBP, decode_webp, encode_webp, webp_size


@pytest.mark.parametrize("alpha", [0, 255])
def test_hidden_colours_are_kept(alpha: int) -> None:
    pixels = random_picture("RGBA").pixels.copy()
    pixels[:, :, 3] = alpha
    assert np.array_equal(decode_webp(encode_webp(pixels), pixels.shape), pixels)


def test_more_time_makes_no_larger_files() -> None:
    pixels = random_picture("P", 2, 90, 90).pixels
    quick, slow = encode_webp(pixels), encode_webp(pixels, SLOW)
    assert len(slow) <= len(quick) and np.array_equal(decode_webp(slow, pixels.shape), pixels)


def test_rows_have_at_most_16383_pixels() -> None:
    assert WEBP.can_code(Form("P", 8, MAX_SIDE, 9)) and not WEBP.can_code(Form("P", 8, MAX_SIDE + 1, 9))


@pytest.mark.parametrize(("mode", "bits"), [("I;16", 16), ("I", 32), ("F", 32)])
def test_more_than_eight_bits_are_not_coded(mode: str, bits: int) -> None:
    assert not WEBP.can_code(Form(mode, bits, 9, 9))


def test_the_size_stands_in_the_first_bytes() -> None:
    data = encode_webp(random_picture("RGB").pixels)
    assert webp_size(data) == (13, 9) and webp_size(data[:4]) is None and webp_size(b"\0" + data[1:]) is None


@pytest.mark.parametrize("shape", [(9, 12, 3), (8, 13, 3), (10, 13, 3)])
def test_another_size_than_a_bitstreams_is_refused(shape: tuple[int, int, int]) -> None:
    with pytest.raises(BadFile, match="another size"):
        decode_webp(encode_webp(random_picture("RGB").pixels), shape)


@pytest.mark.parametrize(("width", "rows"), [(12, 9), (13, 8)])
def test_a_bitstream_of_another_size_is_not_plausible(width: int, rows: int) -> None:
    data = memoryview(encode_webp(random_picture("RGB").pixels))
    assert WEBP.is_plausible(data, Form("RGB", 8, 13, 9), 9) and not WEBP.is_plausible(data, Form("RGB", 8, width, rows), rows)


def test_samples_of_more_bits_than_the_picture_has_are_refused() -> None:
    data = memoryview(encode_webp(random_picture("L").pixels))
    with pytest.raises(BadFile, match="more than 4 bits"):
        WEBP.decode(data, Form("L", 4, 13, 9), 9, None)


def test_pillows_own_bound_on_pixels_is_none_of_large_bitstreams(monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = random_picture("RGB").pixels
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    monkeypatch.setattr(webp, "LARGE", 10)
    assert np.array_equal(decode_webp(encode_webp(pixels), pixels.shape), pixels)
