"""The smallest of several methods, or what stands in where none will do."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from helpers.pictures import random_picture
from helpers.stand_in import DENSITIES, smooth

from codec.errors import BadFile
from codec.media.form import Form
from codec.media.picture import form_of
from codec.methods.lzma import LZMA
from codec.methods.method import Setting
from codec.methods.photo import PHOTO, Photo
from codec.methods.raw import RAW
from codec.methods.smallest import decode_by_one_of, encode_smallest
from codec.methods.webp import WEBP

SETTING = Setting(DENSITIES[3])


def test_the_method_of_fewest_bytes_codes_the_rows() -> None:
    picture = smooth("RGB", 99)
    form, methods = form_of(picture), (PHOTO, WEBP, LZMA)
    sizes = {method.number: len(method.encode(picture.pixels, form, SETTING).data) for method in methods}
    found = encode_smallest(picture.pixels, form, methods, SETTING)
    assert found.data[0] == min(sizes, key=lambda number: sizes[number]) and len(found.data) == min(sizes.values())


def test_what_nothing_makes_smaller_is_stored_as_it_is() -> None:
    picture = random_picture("RGB")
    assert encode_smallest(picture.pixels, form_of(picture), (WEBP, LZMA), SETTING).data[0] == RAW.number


def test_a_method_that_cannot_code_the_form_is_not_tried() -> None:
    form = Form("I", 32, 90, 90)
    pixels = np.zeros((90, 90, 1), np.int32)
    assert encode_smallest(pixels, form, (WEBP, LZMA), Setting()).data[0] == LZMA.number


@dataclass(frozen=True)
class Doubtful(Photo):
    """A method of payloads that nobody believes."""

    def is_plausible(self, payload: memoryview, form: Form, rows: int) -> bool:
        return False


def test_a_payload_that_is_too_short_for_a_reader_is_not_written() -> None:
    picture = smooth("RGB", 99)
    assert encode_smallest(picture.pixels, form_of(picture), (Doubtful(),), SETTING).data[0] == LZMA.number


def test_rows_by_a_density_bring_what_their_bits_are_for() -> None:
    picture = smooth("RGB", 99)
    coded = encode_smallest(picture.pixels, form_of(picture), (PHOTO,), replace(SETTING, places=True))
    assert coded.density_bytes and coded.bits["likelihood"] > 0 and coded.places is not None


def test_rows_come_back_by_the_method_that_coded_them() -> None:
    picture = random_picture("L")
    form, height = form_of(picture), picture.height
    for method in (WEBP, LZMA, RAW):
        data = memoryview(method.encode(picture.pixels, form, Setting()).data)
        assert np.array_equal(decode_by_one_of((WEBP, LZMA, RAW), data, form, height), picture.pixels)
        others = [one for one in (WEBP, LZMA, RAW) if one is not method]
        with pytest.raises(BadFile):
            decode_by_one_of(others, data, form, height)


def test_no_bytes_are_no_rows() -> None:
    with pytest.raises(BadFile):
        decode_by_one_of((LZMA, RAW), memoryview(b""), Form("L", 8, 3, 3), 3)
