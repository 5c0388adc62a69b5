"""Samples in streams of LZMA2: with the differences that pack best."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.pictures import random_picture

from codec.errors import BadFile
from codec.media.form import Form, Pixels
from codec.methods.lzma import BOTH, LZMA, MOST_SMALL, MOST_VALUES
from codec.methods.method import Setting


def encoded(pixels: Pixels, form: Form) -> bytes:
    return LZMA.encode(pixels, form, Setting()).data[1:]


@pytest.mark.parametrize("way", range(BOTH + 1))
def test_the_difference_that_packs_best_is_taken(way: int) -> None:
    noise = np.random.default_rng(0).integers(0, 1 << 16, 90).astype("<u2")
    flat = np.cumsum(np.cumsum(np.ones((90, 90), "<u2"), axis=0, dtype="<u2"), axis=1, dtype="<u2")
    pixels = {0: np.tile(noise[:9], (90, 10)), 1: np.tile(noise[:, None], (1, 90)), 2: np.tile(noise, (90, 1)), 3: flat}[way]
    form = Form("I;16", 16, 90, 90)
    packed = encoded(pixels[:, :, None], form)
    assert packed[0] == way or len(packed) < 400
    assert np.array_equal(LZMA.decode(memoryview(packed), form, 90, None)[:, :, 0], pixels)


@pytest.mark.parametrize("start", [b"", bytes([BOTH + 1])], ids=["none", "another"])
def test_an_unknown_way_to_take_differences_is_refused(start: bytes) -> None:
    form = Form("L", 8, 13, 9)
    payload = start + encoded(random_picture("L").pixels, form)[1:] if start else start
    with pytest.raises(BadFile, match="unknown way"):
        LZMA.decode(memoryview(payload), form, 9, None)


def test_below_eight_bits_there_are_no_differences() -> None:
    form = Form("L", 4, 13, 9)
    payload = encoded(random_picture("L", 4).pixels, form)
    with pytest.raises(BadFile, match="unknown way"):
        LZMA.decode(memoryview(bytes([1]) + payload[1:]), form, 9, None)


@pytest.mark.parametrize("rows", [8, 10])
def test_a_stream_of_other_rows_is_refused(rows: int) -> None:
    payload = encoded(random_picture("L").pixels, Form("L", 8, 13, 9))
    with pytest.raises(BadFile):
        LZMA.decode(memoryview(payload), Form("L", 8, 13, rows), rows, None)


def test_a_byte_stands_for_so_many_samples_and_no_more() -> None:
    payload, form = memoryview(bytes(9)), Form("L", 8, MOST_VALUES, 99)
    assert LZMA.is_plausible(payload, form, 10) and not LZMA.is_plausible(payload, form, 11)
    small = Form("1", 1, MOST_SMALL, 99)
    assert LZMA.is_plausible(payload, small, 10) and not LZMA.is_plausible(payload, small, 11)
