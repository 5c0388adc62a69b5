"""What libtiff prints becomes part of an error, or a reason to keep a file; nothing reaches standard error."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from helpers.pictures import random_picture, saved
from PIL import Image

from codec.errors import BadInput
from codec.media.messages import caught, open_quietly
from codec.media.pillow import to_pillow
from codec.media.write import write_picture


def damaged(mode: str, packing: str) -> bytes:
    """A packed TIFF of noise, with zeros near the begin of it."""
    noise = np.random.default_rng(0).bytes(4096)
    data = bytearray(saved(Image.frombytes(mode, (64, 64), noise), "TIFF", compression=packing))
    data[20:200] = bytes(180)
    return bytes(data)


def test_what_libtiff_prints_is_part_of_the_error(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(BadInput, match=r"^cannot read it: .* \(\w+: .*\)$") as caught_error:
        open_quietly(damaged("L", "tiff_adobe_deflate"), ".tif")
    assert "\n" not in str(caught_error.value)
    assert capfd.readouterr() == ("", "")


def test_a_file_that_is_read_in_spite_of_errors_is_kept(capfd: pytest.CaptureFixture[str]) -> None:
    found = open_quietly(damaged("1", "group4"), ".tif")
    assert found.keep.startswith("it is damaged (Fax4Decode: ") and "\n" not in found.keep
    assert capfd.readouterr() == ("", "")


def test_whatever_else_is_printed_is_no_message(capfd: pytest.CaptureFixture[str]) -> None:
    with caught() as messages:
        os.write(2, b"some words\nTIFFSetField: tempfile.tif: Unknown tag.\n")
    assert messages == ["TIFFSetField: tempfile.tif: Unknown tag"]
    assert capfd.readouterr() == ("", "")


def test_without_a_standard_error_there_is_nothing_to_catch(tmp_path: Path) -> None:
    kept = os.dup(2)
    os.close(2)
    try:
        found = open_quietly(write_picture(random_picture("RGB"), ".png"), ".png")
    finally:
        os.dup2(kept, 2)
        os.close(kept)
    assert found.rows is not None and not found.keep


def test_an_intact_file_is_what_it_was() -> None:
    found = open_quietly(saved(to_pillow(random_picture("RGB")), "TIFF", compression="tiff_lzw"), ".tif")
    assert found.rows is not None and not found.keep and found.format == "TIFF"
