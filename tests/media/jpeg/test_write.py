"""Descriptions and coefficients that belong to no file are refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from helpers.jpeg_files import jpeg_file, taken_apart

from codec.errors import BadFile
from codec.media.jpeg.notes import GIVEN, ScanNotes
from codec.media.jpeg.write import write_jpeg


@pytest.mark.parametrize("size", [-100, -1, 1, 1000])
@pytest.mark.parametrize("name", ["plain", "progressive"])
def test_another_size_is_refused(name: str, size: int) -> None:
    jpeg = taken_apart(jpeg_file(name))
    with pytest.raises(BadFile):
        write_jpeg(jpeg.description, jpeg.layout, jpeg.coefficients, len(jpeg_file(name)) + size)


@pytest.mark.parametrize("name", ["plain", "progressive"])
def test_coefficients_without_a_code_are_refused(name: str) -> None:
    jpeg = taken_apart(jpeg_file(name))
    with pytest.raises(BadFile):
        write_jpeg(jpeg.description, jpeg.layout, np.full_like(jpeg.coefficients, -32768), len(jpeg_file(name)))


def test_notes_of_other_scans_are_refused() -> None:
    jpeg = taken_apart(jpeg_file())
    for notes in ((), (ScanNotes(),) * 2, (ScanNotes(padding=GIVEN, pads=b"12"),)):
        with pytest.raises(BadFile):
            write_jpeg(replace(jpeg.description, notes=notes), jpeg.layout, jpeg.coefficients, len(jpeg_file()))


def test_more_mcus_than_there_are_are_refused() -> None:
    jpeg = taken_apart(jpeg_file())
    with pytest.raises(BadFile):
        write_jpeg(replace(jpeg.description, stopped=1000), jpeg.layout, jpeg.coefficients, len(jpeg_file()))
