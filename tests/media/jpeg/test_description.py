"""Descriptions as bytes: small, and never another one than was written."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.jpeg_files import all_files, jpeg_file, taken_apart, with_notes

from codec.errors import BadFile, CodecError
from codec.media.jpeg.description import described, read_described
from codec.media.jpeg.notes import GIVEN, ScanNotes, notes_bytes
from codec.media.jpeg.read import JpegDescription

NOTES = ScanNotes(
    GIVEN, 1, bytes([1, 2, 5, 4]), np.array([[3, 1], [9, 2]], np.int64), np.array([7, 8], np.int64), np.array([[2, 8]], np.int64)
)


def told(description: JpegDescription) -> tuple[object, ...]:
    return description.structure, description.rest, notes_bytes(description.notes), len(description.notes), description.stopped


def test_descriptions_come_back() -> None:
    some = [taken_apart(data).description for data in [*all_files(), jpeg_file("444")[:-300]]]
    found = read_described(described(some), 1 << 20)
    assert [told(one) for one in found] == [told(one) for one in some]


def test_exceptions_come_back() -> None:
    found = taken_apart(with_notes(jpeg_file("restarts"), 0, NOTES)).description
    assert found.notes[0].flags
    assert told(read_described(described([found]), 1 << 20)[0]) == told(found)


@pytest.mark.parametrize("size", [100, 200_000])
@pytest.mark.parametrize("noisy", [True, False])
def test_any_rest_comes_back_from_about_its_bytes(size: int, noisy: bool) -> None:
    trailer = np.random.default_rng(1).bytes(size) if noisy else b"x" * size
    description = taken_apart(jpeg_file() + trailer).description
    packed = described([description])
    assert len(packed) < (size if noisy else 50) + 100
    assert told(read_described(packed, 1 << 20)[0]) == told(description)


def test_usual_headers_take_a_few_bytes() -> None:
    assert len(described([taken_apart(jpeg_file("plain")).description])) < 48


def test_more_than_a_file_has_is_refused() -> None:
    packed = described([taken_apart(jpeg_file() + bytes(5000)).description])
    with pytest.raises(BadFile):
        read_described(packed, 5000)


def test_damaged_bytes_give_a_clean_error_or_a_description() -> None:
    rng, whole = np.random.default_rng(0), described([taken_apart(jpeg_file(name)).description for name in ("exif", "progressive")])
    for _ in range(300):
        data = bytearray(whole)
        data[rng.integers(len(data))] ^= 1 << int(rng.integers(8))
        try:
            read_described(bytes(data[: rng.integers(1, len(data) + 1)]) if rng.random() < 0.5 else bytes(data), 1 << 20)
        except CodecError:
            continue
