"""The formats that pictures are given back in: nothing is lost, or it is refused, or it is allowed."""

from __future__ import annotations

import io

import numpy as np
import pytest
from helpers.pictures import LAYOUTS, random_picture
from PIL import Image

from codec.errors import BadInput
from codec.media.metadata import kinds
from codec.media.picture import Picture, whole
from codec.media.read import open_picture
from codec.media.write import FORMATS, check_ending, fitting_ending, write_picture, write_rows

PALETTES = {b"PLTE": bytes(range(256)) * 3}


def full(mode: str, bits: int) -> Picture:
    """A picture that its format does not add to: with the longest palette."""
    picture = random_picture(mode, bits, 70, 50)
    palette = tuple(PALETTES.items()) if mode in ("P", "PA") else ()
    return Picture(mode, picture.pixels, palette, bits)


@pytest.mark.parametrize(("mode", "bits"), LAYOUTS)
def test_what_is_written_without_loss_is_read_back_in_the_same_mode(mode: str, bits: int) -> None:
    before, written = full(mode, bits), 0
    for ending, known in FORMATS.items():
        if mode not in known.modes:
            with pytest.raises(BadInput, match=f"does not keep the mode {mode}"):
                check_ending(ending, mode, before.metadata, False)
            continue
        check_ending(ending.upper(), mode, before.metadata, False)
        data = write_rows(mode, bits, (50, 70), before.metadata, before.bands([slice(0, 31), slice(31, 70)]), ending)
        rows = open_picture(data, ending).rows
        assert rows is not None
        after, written = whole(rows), written + 1
        samples = before.pixels * np.uint8(255 // ((1 << bits) - 1)) if mode == "L" and after.bits != bits else before.pixels
        assert after.mode == mode and after.pixels.tobytes() == samples.tobytes()
        assert kinds(after.metadata) - {"dpi"} == kinds(before.metadata)
    assert written >= 2 and mode in FORMATS[fitting_ending(mode)].modes


def test_metadata_that_a_format_does_not_keep_are_named() -> None:
    chunks = ((b"gAMA", bytes(4)), (b"pHYs", bytes(8) + b"\1"), (b"eXIf", b"MM"), (b"iTXt", b"Title" + bytes(5) + b"x"))
    check_ending(".png", "RGB", chunks, False)
    for ending, lost in ((".webp", "Title, dpi, gAMA"), (".tif", "Title, gAMA"), (".ppm", "Title, dpi, exif, gAMA")):
        with pytest.raises(BadInput, match=rf"\{ending} does not keep {lost}: take one of \.png, or allow"):
            check_ending(ending, "RGB", chunks, False)
        check_ending(ending, "RGB", chunks, True)


@pytest.mark.parametrize("ending", [".jpg", ".gif", ".webp", ".ppm", ".bmp"])
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "CMYK", "I;16"])
def test_formats_that_lose_something_are_written_when_that_is_allowed(ending: str, mode: str) -> None:
    picture = full(mode, random_picture(mode).bits)
    check_ending(ending, mode, picture.metadata, True)
    with Image.open(io.BytesIO(write_picture(picture, ending))) as image:
        assert image.size == (50, 70)


@pytest.mark.parametrize("ending", ["", ".txt", ".bb"])
def test_an_ending_of_no_format_is_refused_even_so(ending: str) -> None:
    with pytest.raises(BadInput, match=r"no format that keeps every pixel: take one of \.png"):
        check_ending(ending, "RGB", (), True)


def test_a_format_too_small_for_the_picture_says_so() -> None:
    with pytest.raises(BadInput, match=r"cannot write it as .webp"):
        write_picture(random_picture("RGB", 8, 1, 20000), ".webp")
