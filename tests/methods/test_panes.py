"""Rows that are a photo here and a drawing there are coded as panes."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from helpers.drawings import drawing
from helpers.fuzz_files import photo_densities

import codec
from codec.errors import BadFile, TooShort
from codec.kinds.picture.kind import compress_image
from codec.kinds.requests import Settings
from codec.media.form import Form, Pixels
from codec.media.picture import Picture
from codec.methods.choice import METHODS
from codec.methods.drawing import DRAWING
from codec.methods.method import Setting
from codec.methods.panes import PANES, blocks_of, found_panes, may_have_panes
from codec.methods.photo import PHOTO


def photo(height: int, width: int) -> Pixels:
    y, x, c = np.indices((height, width, 3))
    noise = np.random.default_rng(2).normal(0, 3, (height, width, 3))
    return (120 + 60 * np.sin(x / 25 + c) + 50 * np.cos(y / 29) + noise).astype(np.uint8)


def page(height: int = 120, width: int = 256) -> Pixels:
    """A photo, and text beside it."""
    return np.concatenate([photo(height, width), drawing(height, width)], 1)


def setting() -> Setting:
    return Setting(next(one for one in photo_densities().values() if one.channels == 3))


def form_of(pixels: Pixels) -> Form:
    return Form("RGB", 8, pixels.shape[1], pixels.shape[0])


def test_a_page_that_is_half_photo_half_text_is_smaller_than_by_either() -> None:
    whole, summary = compress_image(Picture("RGB", page(256, 384)), Settings())
    others = [compress_image(Picture("RGB", page(256, 384)), Settings(method=method))[0] for method in ("photo", "graphics")]
    assert len(whole) < 0.95 * min(map(len, others))
    assert getattr(summary.info, "stripes_by_method", {}) == {"panes": 1} and getattr(summary.info, "model", "")
    assert np.array_equal(np.asarray(codec.decompress(whole)), page(256, 384))


def test_panes_come_back() -> None:
    pixels = np.concatenate([page(), photo(120, 128)], 1)
    assert [method.name for _, method in found_panes(pixels, form_of(pixels), setting())] == ["photo", "drawing", "photo"]
    data = memoryview(PANES.encode(pixels, form_of(pixels), setting()).data)[1:]
    assert PANES.is_plausible(data, form_of(pixels), 120) and PANES.needs_model(data, form_of(pixels))
    assert np.array_equal(PANES.decode(data, form_of(pixels), 120, setting().density), pixels)


@pytest.mark.parametrize("pixels", [photo(60, 300), drawing(60, 300)], ids=["a photo", "a drawing"])
def test_rows_of_one_kind_have_no_panes(pixels: Pixels) -> None:
    assert not may_have_panes(pixels, form_of(pixels), METHODS)
    with pytest.raises(TooShort):
        PANES.encode(pixels, form_of(pixels), setting())


def test_panes_are_for_what_both_methods_may_code() -> None:
    assert may_have_panes(page(), form_of(page()), METHODS)
    assert not may_have_panes(page(), form_of(page()), (PHOTO,)) and not may_have_panes(page(), form_of(page()), (DRAWING,))
    assert not PANES.can_code(Form("P", 8, 900, 9)) and not PANES.can_code(Form("RGB", 8, 100, 9))


@pytest.mark.parametrize("width", [256, 300, 352, 353])
def test_blocks_tile_the_columns(width: int) -> None:
    blocks = [columns for columns, _ in blocks_of(photo(9, width))]
    assert blocks[0].start == 0 and blocks[-1].stop == width
    assert all(one.stop == other.start for one, other in pairwise(blocks))


def test_where_bits_go_is_told_pane_by_pane() -> None:
    plain = setting()
    coded = PANES.encode(page(), form_of(page()), Setting(plain.density, places=True))
    assert coded.places is not None and coded.places.bits.shape == page().shape[:2]
    assert 0.8 * 8 * len(coded.data) < coded.places.bits.sum() + sum(tile.bits for tile in coded.places.tiles) < 1.2 * 8 * len(coded.data)


def test_a_price_is_near_what_panes_take() -> None:
    taken = len(PANES.encode(page(), form_of(page()), setting()).data)
    assert 0.5 * taken < PANES.price(page(), form_of(page()), setting()) < 2 * taken  # by a model that has learnt nothing


@pytest.mark.parametrize(
    "payload",
    [b"", b"\1\x80\2", b"\2\x80", bytes([2, 128, 1, 5, 128, 1]), bytes([2, 128, 1, 1, 128, 1, 9, 9]), bytes([2, 0, 1, 128, 2, 4, 4])],
)
def test_forged_payloads_are_refused(payload: bytes) -> None:
    form = Form("RGB", 8, 256, 4)
    assert not PANES.is_plausible(memoryview(payload), form, 4)
    with pytest.raises(BadFile):
        PANES.decode(memoryview(payload), form, 4, None)
