"""The formats that pictures are given back in: nothing is lost, or it is refused, or it is allowed."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import numpy as np
import pytest
from helpers.pictures import PILLOW_LAYOUTS, random_picture
from PIL import ExifTags, Image

from codec.errors import BadInput
from codec.media.form import Chunks
from codec.media.metadata import from_info, kinds
from codec.media.picture import Picture, whole
from codec.media.png import COLOURS
from codec.media.read import open_picture
from codec.media.write import FORMATS, check_ending, fitting_ending, unwritable, write_picture, write_rows

PALETTES = {b"PLTE": bytes(range(256)) * 3}


def full(mode: str, bits: int) -> Picture:
    """A picture that its format does not add to: with the longest palette."""
    picture = random_picture(mode, bits, 70, 50)
    palette = tuple(PALETTES.items()) if mode in ("P", "PA") else ()
    return Picture(mode, picture.pixels, palette, bits)


@pytest.mark.parametrize(("mode", "bits"), PILLOW_LAYOUTS)
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


EXIF = Image.Exif()
EXIF[ExifTags.Base.Make], EXIF[ExifTags.Base.Artist] = "someone", "me"
EXIF.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.ISOSpeedRatings] = 100
EXIF.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitudeRef] = "N"
INFO: dict[str, object] = {  # all kinds of metadata that an image of Pillow's has, as it says them
    "icc_profile": b"a profile" * 500,
    "exif": EXIF.tobytes(),
    "xmp": b"<xmp>" + b"words" * 3000 + b"</xmp>",
    "dpi": (300, 72),
    "aspect": (3, 2),
    "gamma": 0.45455,
    "chromaticity": (0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06),
    "srgb": 1,
    "transparency": 3,
    "background": 2,
    "Title": "some words",
    "Größe": "大",
}


@pytest.mark.parametrize("key", INFO)
@pytest.mark.parametrize(("mode", "bits"), PILLOW_LAYOUTS)
def test_every_kind_of_metadata_comes_back_in_every_format_or_is_refused_in_words(mode: str, bits: int, key: str) -> None:
    value = (1, 2, 3) if (key, mode) == ("transparency", "RGB") else INFO[key]
    chunks, left = from_info({key: value}, mode, bytes(range(256)) * 3 if mode in ("P", "PA") else None)
    if left:
        assert left == [key] and (key in ("transparency", "background"))
        return
    before, held = replace(full(mode, bits), metadata=chunks), 0
    for ending, known in FORMATS.items():
        if mode not in known.modes:
            continue
        try:
            check_ending(ending, mode, chunks, False)
        except BadInput as error:
            assert re.search(rf"does not keep ({key}|gAMA|cHRM|sRGB)", str(error))
            continue
        found = open_picture(write_picture(before, ending), ending)
        assert found.rows is not None and not found.left and not found.keep
        assert same_metadata(found.rows.metadata, chunks)
        held += 1
    assert bool(held) == (not unwritable(mode, chunks)) == (mode in COLOURS or key in ("icc_profile", "exif", "xmp", "dpi", "aspect"))
    if held:
        check_ending(fitting_ending(mode, chunks), mode, chunks, False)


def same_metadata(left: Chunks, right: Chunks) -> bool:
    """Whether metadata say the same; tags of EXIF may stand in another order."""
    ours, theirs = dict(left), dict(right)
    tags = [loaded(found.pop(b"eXIf", b"")) for found in (ours, theirs)]
    return ours == theirs and tags[0] == tags[1]


def loaded(data: bytes) -> list[dict[int, object]]:
    exif = Image.Exif()
    exif.load(data)
    folders = (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo)
    return [{tag: value for tag, value in exif.items() if tag not in folders}, *(dict(exif.get_ifd(folder)) for folder in folders)]


def test_what_no_format_would_hold_is_named_and_the_rest_is_held() -> None:
    extra = ((b"PLTE", bytes(768)), (b"tEXt", b"Title\0words"), (b"pHYs", bytes([0, 0, 0, 3, 0, 0, 0, 2, 0])))
    assert unwritable("PA", extra) == {extra[1]} and not unwritable("P", extra)
    with pytest.raises(BadInput, match=r"\.tif does not keep Title: allow the loss with --lossy-format-ok$"):
        check_ending(fitting_ending("PA", extra), "PA", extra, False)
    check_ending(fitting_ending("PA", extra), "PA", extra, True)


def test_too_much_metadata_are_held_by_no_format() -> None:
    extra = ((b"PLTE", bytes(768)), *((b"tEXt", f"{index}\0".encode()) for index in range(10_001)))
    assert len(unwritable("P", extra)) == 10_001


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
