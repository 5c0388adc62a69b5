"""Files of 16 bits a sample: every sample comes back that Pillow would cut down."""

from __future__ import annotations

import io

import numpy as np
import pytest
from helpers.deep_files import changed_tag, deep_pixels_of, interlaced_file, pnm_file, tiff_file
from PIL import Image

from codec.errors import BadInput, CodecError
from codec.media.deep import MODES
from codec.media.form import Pixels
from codec.media.picture import Picture, whole
from codec.media.read import open_picture


def picture_in(data: bytes, ending: str) -> Picture:
    found = open_picture(data, ending)
    assert found.rows is not None and (found.keep, found.left) == ("", ())
    return whole(found.rows)


def is_same(found: Picture, pixels: Pixels) -> bool:
    return found.bits == 16 and found.pixels.dtype == np.dtype("<u2") and np.array_equal(found.pixels, pixels)


@pytest.mark.parametrize("channels", MODES)
@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize(("packed", "differences"), [(False, False), (True, False), (True, True)])
@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize("tile", [0, 32])
def test_tiffs_of_16_bits_come_back(channels: int, order: str, packed: bool, differences: bool, apart: bool, tile: int) -> None:
    pixels = deep_pixels_of(channels)
    found = picture_in(tiff_file(pixels, order, packed, differences, apart and channels > 1, tile), ".tif")
    assert found.mode == MODES[channels] and is_same(found, pixels)


@pytest.mark.parametrize(("channels", "mode"), [(1, "I;16"), (3, "RGB;16")])
def test_binary_pgms_and_ppms_come_back(channels: int, mode: str) -> None:
    pixels = deep_pixels_of(channels)
    found = picture_in(pnm_file(pixels), ".pnm")
    assert found.mode == mode and is_same(found, pixels)


@pytest.mark.parametrize("most", [300, 4095, 65535])
def test_plain_ppms_come_back_as_binary_ones_do(most: int) -> None:
    pixels = np.minimum(deep_pixels_of(3) >> (16 - most.bit_length()), most).astype("<u2")
    found, binary = (picture_in(pnm_file(pixels, most, plain), ".ppm") for plain in (True, False))
    assert found.mode == "RGB;16" and is_same(found, binary.pixels)


@pytest.mark.parametrize(("sample", "message"), [(b"x", "whole"), (b"-4", "whole"), (b"5000", "highest level"), (b"", "cut off")])
def test_plain_ppms_of_other_samples_are_refused(sample: bytes, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        open_picture(b"P3 2 1 4095\n300 400 500 600 700 " + sample, ".ppm")


def test_a_pgm_of_12_bits_is_what_pillow_makes_of_it() -> None:
    data = pnm_file(deep_pixels_of(1) >> 4, 4095)
    with Image.open(io.BytesIO(data)) as image:
        assert is_same(picture_in(data, ".pgm"), np.asarray(image)[:, :, None].astype("<u2"))


@pytest.mark.parametrize(("mode", "channels"), [("I;16", 1), ("LA;16", 2), ("RGB;16", 3), ("RGBA;16", 4)])
@pytest.mark.parametrize(("height", "width"), [(1, 1), (3, 5), (9, 2), (37, 45)])
def test_interlaced_pngs_come_back(mode: str, channels: int, height: int, width: int) -> None:
    pixels = deep_pixels_of(channels, height, width)
    found = picture_in(interlaced_file(mode, pixels), ".png")
    assert found.mode == mode and is_same(found, pixels)


@pytest.mark.parametrize("data", [pnm_file(deep_pixels_of(3)), interlaced_file("RGB;16", deep_pixels_of(3))], ids=["PPM", "PNG"])
def test_what_is_cut_off_is_refused(data: bytes) -> None:
    with pytest.raises(BadInput):
        open_picture(data[: len(data) // 2])


@pytest.mark.parametrize("tag", [(338, 0), (338, 1), (274, 6)], ids=["no alpha", "multiplied", "turned"])
def test_gray_tiffs_with_something_else_are_kept(tag: tuple[int, int]) -> None:
    data = changed_tag(tiff_file(deep_pixels_of(2)), *tag)
    found = open_picture(data, ".tif")
    assert found.rows is None and found.keep


@pytest.mark.parametrize("channels", [2, 3])
def test_damaged_tiffs_give_a_picture_or_an_error(channels: int) -> None:
    data, rng = tiff_file(deep_pixels_of(channels), packed=True, differences=True), np.random.default_rng(0)
    for _ in range(150):
        bad = bytearray(data)
        for place in rng.integers(len(data) - 260, len(data), rng.integers(1, 4)):  # among the tags
            bad[place] = rng.integers(256)
        try:
            found = open_picture(bytes(bad), ".tif", 1 << 20)
        except CodecError:
            continue
        assert found.rows is None or whole(found.rows).pixels.size
