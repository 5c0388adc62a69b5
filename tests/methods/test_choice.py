"""The choice of methods: what statistics leave out would not have been the smallest."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.pictures import random_picture

from codec.kinds.picture.header import LZMA, PHOTO, WEBP, PictureHeader
from codec.media.picture import Picture
from codec.methods.choice import colours, plans, repeated, usable, worth_trying
from codec.methods.method import encode_part

ALL = (PHOTO, WEBP, LZMA)


def photo(channels: int = 3, side: int = 200) -> np.ndarray:
    rng = np.random.default_rng(1)
    y, x, c = np.indices((side, side, channels))
    return (128 + 60 * np.sin(x / 9 + c) + 50 * np.cos(y / 14) + rng.normal(0, 2, x.shape)).clip(0, 255).astype(np.uint8)


def drawing(channels: int = 3, side: int = 200) -> np.ndarray:
    y, x = np.indices((side, side))
    values = 40 * ((x // 40 + y // 30) % 5) + 20 * ((x - 90) ** 2 + (y - 80) ** 2 < 3000)
    return np.repeat(values[:, :, None].astype(np.uint8), channels, axis=2)


def header(pixels: np.ndarray, mode: str = "RGB", bits: int = 8) -> PictureHeader:
    return PictureHeader(mode, bits, pixels.shape[1], pixels.shape[0])


@pytest.mark.parametrize(
    ("mode", "bits", "methods"),
    [
        ("RGB", 8, ALL),
        ("LA", 8, ALL),
        ("CMYK", 8, ALL),
        ("L", 4, (WEBP, LZMA)),
        ("P", 8, (WEBP, LZMA)),
        ("1", 1, (WEBP, LZMA)),
        ("F", 32, (LZMA,)),
    ],
)
def test_the_methods_are_those_that_code_the_mode(mode: str, bits: int, methods: tuple[int, ...]) -> None:
    assert usable(PictureHeader(mode, bits, 9, 9), "auto") == methods
    assert usable(PictureHeader(mode, bits, 9, 9), "photo") == ((PHOTO,) if PHOTO in methods else ())
    assert usable(PictureHeader(mode, bits, 9, 9), "graphics") == tuple(method for method in methods if method != PHOTO)
    assert usable(PictureHeader(mode, bits, 9, 9), "planes") == (LZMA,)


def test_webp_is_for_no_more_columns_than_it_can_have() -> None:
    assert usable(PictureHeader("P", 8, 16383, 9), "auto") == (WEBP, LZMA) and usable(PictureHeader("P", 8, 16384, 9), "auto") == (LZMA,)


def test_photos_and_drawings_are_told_apart_by_their_pixels() -> None:
    assert repeated(photo()) < 0.05 and repeated(drawing()) > 0.95
    assert worth_trying(photo(), header(photo()), ALL) == (PHOTO,)
    assert worth_trying(drawing(), header(drawing()), ALL) == (WEBP, LZMA)
    half = np.concatenate([photo(), drawing()], axis=1)
    assert worth_trying(half, header(half), ALL) == (PHOTO, WEBP)
    for mode, channels in (("RGBA", 4), ("L", 1)):
        assert worth_trying(photo(channels), header(photo(channels), mode), ALL) == (PHOTO,)


def test_a_photo_of_few_levels_is_tried_by_the_model() -> None:
    y, x, c = np.indices((200, 200, 3))
    grain = np.random.default_rng(2).normal(0, 0.15, x.shape)
    stepped = (51 * np.rint(2.5 + 1.5 * np.sin(x / 31 + c) + np.cos(y / 47) + grain)).clip(0, 255).astype(np.uint8)
    assert 0.6 < repeated(stepped) < 0.9 and colours(stepped) <= 256
    assert worth_trying(stepped, header(stepped), ALL) == (PHOTO, WEBP)


def test_small_pictures_are_tried_by_every_method() -> None:
    small = photo(side=100)
    assert plans(Picture("RGB", small), header(small), ALL) == [((PHOTO, WEBP), False), ((WEBP, LZMA), True)]


def test_what_is_left_out_would_not_have_been_the_smallest() -> None:
    for pixels, others in ((drawing(), (LZMA,)), (photo(), (WEBP, LZMA))):
        best = min(len(encode_part(pixels, header(pixels), (method,)).data) for method in others)
        tried = worth_trying(pixels, header(pixels), ALL)
        if PHOTO not in tried:
            assert len(encode_part(pixels, header(pixels), tried).data) <= best


def test_drawings_are_one_stripe_photos_are_not_and_what_is_neither_is_tried_both_ways() -> None:
    half = np.concatenate([photo(), drawing()], axis=1)
    for pixels, tried in (
        (drawing(), [((WEBP, LZMA), True)]),
        (photo(), [((PHOTO,), False)]),
        (half, [((PHOTO, WEBP), False), ((WEBP, LZMA), True)]),
    ):
        assert plans(Picture("RGB", pixels), header(pixels), ALL) == tried
        assert plans(Picture("RGB", pixels), header(pixels), (PHOTO,)) == [((PHOTO,), False)]
    palette = random_picture("P")
    assert plans(palette, header(palette.pixels, "P"), (WEBP, LZMA)) == [((WEBP, LZMA), True)]
    assert plans(palette, PictureHeader("P", 8, 4096, 4096), (WEBP, LZMA)) == [((WEBP, LZMA), False)]


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 50, 1), (50, 1, 4), (2, 2, 3), (80, 3, 1)])
def test_statistics_of_any_shape_are_shares_and_counts(shape: tuple[int, int, int]) -> None:
    assert repeated(np.zeros(shape, np.uint8)) in (0.0, 1.0) and colours(np.zeros(shape, np.uint8)) == 1
