"""Samples as they are: exactly as many bytes as they take."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.pictures import LAYOUTS, random_picture

from codec.errors import BadFile
from codec.media.form import Form
from codec.media.picture import form_of
from codec.methods.method import Setting
from codec.methods.raw import RAW, raw_bytes, raw_pixels, raw_size


@pytest.mark.parametrize(("mode", "bits"), LAYOUTS)
@pytest.mark.parametrize("size", [(1, 1), (9, 13), (300, 2)])
def test_rows_take_as_many_bytes_as_is_said_beforehand(mode: str, bits: int, size: tuple[int, int]) -> None:
    picture = random_picture(mode, bits, *size)
    assert len(raw_bytes(picture.pixels, form_of(picture))) == raw_size(form_of(picture), size[0])


def test_a_file_has_one_byte_beside_the_samples() -> None:
    picture = random_picture("RGB")
    assert RAW.encode(picture.pixels, form_of(picture), Setting()).data == bytes([RAW.number]) + picture.pixels.tobytes()


def test_rows_of_few_bits_are_packed_from_the_left() -> None:
    assert raw_bytes(np.array([[[1], [0], [1]]], np.uint8), Form("1", 1, 3, 1)) == bytes([0b10100000])


@pytest.mark.parametrize("wrong", [b"", bytes(13 * 9 - 1), bytes(13 * 9 + 1)], ids=["none", "short", "long"])
def test_another_length_than_that_of_the_samples_is_refused(wrong: bytes) -> None:
    with pytest.raises(BadFile, match="stored pixels"):
        raw_pixels(wrong, Form("L", 8, 13, 9), 9)


def test_only_a_payload_of_the_right_length_is_plausible() -> None:
    form = Form("L", 8, 13, 9)
    assert [size for size in range(13 * 9 + 20) if RAW.is_plausible(memoryview(bytes(size)), form, 9)] == [13 * 9]
