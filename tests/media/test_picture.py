"""A picture in memory: what it may be, its rows, and parts of it."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.pictures import LAYOUTS, random_picture, same

from codec.errors import BadInput
from codec.media.form import Form
from codec.media.picture import Picture, Region, cut_out, form_of, inside, whole


def test_a_picture_has_the_size_of_its_pixels() -> None:
    picture = Picture("RGB", np.zeros((2, 3, 3), np.uint8))
    assert (picture.height, picture.width, picture.channels, picture.bits, picture.held) == (2, 3, 3, 8, 18)
    assert form_of(picture) == Form("RGB", 8, 3, 2)


@pytest.mark.parametrize(
    ("mode", "shape", "dtype"),
    [
        ("L", (2, 3, 3), np.uint8),
        ("RGB", (2, 3, 1), np.uint8),
        ("RGBA", (2, 3, 3), np.uint8),
        ("HSV", (2, 3, 3), np.uint8),
        ("L", (2, 3), np.uint8),
        ("L", (0, 3, 1), np.uint8),
        ("L", (2, 3, 1), np.uint16),
    ],
)
def test_pixels_that_are_not_those_of_the_mode_are_refused(mode: str, shape: tuple[int, ...], dtype: type) -> None:
    with pytest.raises(BadInput, match="cannot have pixels"):
        Picture(mode, np.zeros(shape, dtype))


def test_bits_that_the_mode_does_not_have_are_refused() -> None:
    with pytest.raises(BadInput, match="2 bits"):
        Picture("RGB", np.zeros((2, 3, 3), np.uint8), bits=2)


@pytest.mark.parametrize(("mode", "bits"), LAYOUTS)
def test_the_rows_of_a_picture_make_the_whole_of_it(mode: str, bits: int) -> None:
    picture = random_picture(mode, bits, 40, 6)
    assert same(whole(picture), picture)
    bands = list(picture.bands([slice(0, 7), slice(7, 40)]))
    assert [len(band) for band in bands] == [7, 33] and np.concatenate(bands).tobytes() == picture.pixels.tobytes()


def test_rows_stand_in_memory_in_one_piece() -> None:
    picture = Picture("L", random_picture("L", 8, 20, 30).pixels[:, ::2])
    (band,) = picture.bands([slice(3, 9)])
    assert band.flags.c_contiguous and np.array_equal(band, picture.pixels[3:9])


def test_a_region_is_cut_out_with_all_that_belongs_to_it() -> None:
    picture = random_picture("P", 4, 20, 30)
    part = cut_out(picture, (5, 2, 10, 8))
    assert same(part, Picture("P", picture.pixels[2:10, 5:15], picture.metadata, 4))
    assert same(cut_out(picture, None), picture)


@pytest.mark.parametrize("region", [(-1, 0, 5, 5), (0, -1, 5, 5), (0, 0, 0, 5), (0, 0, 5, 0), (26, 0, 5, 5), (0, 16, 5, 5)])
def test_a_region_that_is_not_inside_is_refused(region: Region) -> None:
    with pytest.raises(BadInput, match=r"is not inside of the picture, which has 30x20 pixels"):
        inside(region, 30, 20)
