"""Files come apart, and together again."""

from __future__ import annotations

import io

import numpy as np
import pytest
from helpers.jpeg_files import (
    MODES,
    PIXELS,
    SETTINGS,
    jpeg_file,
    one_by_one,
    taken_apart,
    with_notes,
    without_height,
    without_tables,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from codec.errors import BadInput
from codec.media.jpeg.notes import GIVEN, UNLIMITED, ZEROS, ScanNotes
from codec.media.jpeg.read import components_of, joined, read_jpeg
from codec.media.jpeg.write import write_jpeg


def again(data: bytes) -> bytes:
    jpeg = taken_apart(data)
    return write_jpeg(jpeg.description, jpeg.layout, jpeg.coefficients, len(data))


def pixels(data: bytes) -> bytes:
    return Image.open(io.BytesIO(data)).tobytes()


@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize("mode", MODES)
def test_every_file_of_pillow_comes_back(name: str, mode: str) -> None:
    data = jpeg_file(name, mode)
    assert again(data) == data
    assert not any(notes.flags for notes in taken_apart(data).description.notes)


@pytest.mark.parametrize("size", [(1, 1), (8, 8), (16, 17), (7, 100), (100, 3)])
@pytest.mark.parametrize("name", ["plain", "progressive", "rows"])
def test_any_size_comes_back(name: str, size: tuple[int, int]) -> None:
    data = jpeg_file(name, "RGB", *size)
    assert again(data) == data


@pytest.mark.parametrize("change", [one_by_one, without_height, without_tables])
def test_rare_structures_hold_the_same_picture_and_come_back(change: object) -> None:
    data = change(jpeg_file("422"))  # type: ignore[operator]
    assert data != jpeg_file("422")
    assert change is without_height or pixels(data) == pixels(jpeg_file("422"))  # which Pillow does not know
    assert np.array_equal(taken_apart(data).coefficients, taken_apart(jpeg_file("422")).coefficients)
    assert again(data) == data


@pytest.mark.parametrize(
    ("name", "scan", "notes"),
    [
        ("plain", 0, ScanNotes(padding=ZEROS)),
        ("restarts", 0, ScanNotes(padding=GIVEN, pads=bytes([1, 2, 5, 4]))),
        ("restarts", 0, ScanNotes(restarts=np.array([[1, 8]], np.int64))),
        ("restarts", 0, ScanNotes(restarts=np.array([[0, 3], [3, 6]], np.int64))),
        ("plain", 0, ScanNotes(extra=np.array([[2, 1], [40, 2]], np.int64))),
        ("progressive", 1, ScanNotes(cuts=np.array([20, 44], np.int64))),
        ("progressive", 8, ScanNotes(cuts=np.array([7], np.int64))),
        ("progressive", 9, ScanNotes(extra=np.array([[3, 1]], np.int64))),
        ("progressive-444", 9, ScanNotes(runs=UNLIMITED)),
    ],
)
def test_exceptions_are_noted(name: str, scan: int, notes: ScanNotes) -> None:
    data = with_notes(jpeg_file(name), scan, notes)
    found = taken_apart(data)
    assert again(data) == data
    if data == jpeg_file(name):
        return  # padding that has no bits, runs that do not occur
    assert np.array_equal(found.coefficients, taken_apart(jpeg_file(name)).coefficients)
    assert found.description.notes[scan].flags


def test_what_stands_behind_the_end_comes_back() -> None:
    data = jpeg_file() + jpeg_file("444") + b"a trailer"
    found = taken_apart(data)
    assert found.end == len(jpeg_file())
    assert found.description.rest.endswith(b"a trailer")
    assert again(data) == data


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(["plain", "restarts", "progressive", "rows", "444"]), st.integers(0, 1 << 30), st.binary(max_size=5))
def test_files_that_are_cut_short_come_back(name: str, place: int, tail: bytes) -> None:
    whole = jpeg_file(name)
    start = whole.index(b"\xff\xda")
    data = whole[: start + 250 + place % (len(whole) - start - 250)] + tail
    assert again(data) == data


def test_what_was_decoded_of_a_file_that_is_cut_short_is_no_bytes() -> None:
    data = jpeg_file("444")[:-400]
    description = taken_apart(data).description
    assert description.stopped
    assert len(description.rest) < 100


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"no picture", "no JPEG"),
        (b"\xff\xd8\xff\xd9", "without a picture"),
        (jpeg_file().replace(b"\xff\xc0", b"\xff\xc9"), "arithmetic"),
        (jpeg_file().replace(b"\xff\xc0", b"\xff\xc3"), "lossless"),
        (jpeg_file().replace(b"\xff\xc0", b"\xff\xc5"), "hierarchical"),
        (jpeg_file().replace(b"\xff\xc0\0\x11\x08", b"\xff\xc1\0\x11\x0c"), "12 bits"),
        (jpeg_file().replace(b"\0\x2b\0\x3d", b"\x0f\xff\x0f\xff"), "cannot hold"),
        (jpeg_file().replace(b"\0\x2b\0\x3d", b"\xff\xff\xff\xff"), "more than"),
    ],
)
def test_what_is_not_understood_says_why(data: bytes, reason: str) -> None:
    with pytest.raises(BadInput, match=reason):
        read_jpeg(data, PIXELS)


def test_components_have_the_blocks_that_are_coded() -> None:
    together, apart = taken_apart(jpeg_file("422")), taken_apart(one_by_one(jpeg_file("422")))
    assert [one.shape for one in components_of(together.layout, together.coefficients)] == [(6, 8, 64), (6, 4, 64), (6, 4, 64)]
    assert [one.shape for one in components_of(apart.layout, apart.coefficients)] == [(6, 8, 64), (6, 4, 64), (6, 4, 64)]


@pytest.mark.parametrize("name", ["plain", "progressive", "422"])
def test_components_are_joined_again(name: str) -> None:
    jpeg = taken_apart(jpeg_file(name))
    assert np.array_equal(joined(jpeg.layout, components_of(jpeg.layout, jpeg.coefficients)), jpeg.coefficients)


def test_coefficients_are_those_of_the_picture() -> None:
    jpeg = taken_apart(jpeg_file("plain", "L", 16, 16))
    (blocks,) = components_of(jpeg.layout, jpeg.coefficients)
    steps = np.array(jpeg.layout.steps[0])
    u = np.arange(8)
    basis = np.cos((2 * u[:, None] + 1) * u * np.pi / 16) / 2 * np.where(u == 0, np.sqrt(0.5), 1)
    found = np.einsum("rcvu,yv,xu->rycx", (blocks * steps).reshape(2, 2, 8, 8), basis, basis).reshape(16, 16) + 128
    assert np.abs(found - np.asarray(Image.open(io.BytesIO(jpeg_file("plain", "L", 16, 16))))).max() < 2.5
