"""Pillow's images and pictures: modes, samples and metadata come back, whichever way they go."""

from __future__ import annotations

import io
import os
import subprocess
import sys

import numpy as np
import pytest
from helpers.pictures import PILLOW_LAYOUTS, png_file, random_picture, same, saved
from helpers.processes import environment
from PIL import ExifTags, Image, PngImagePlugin

from codec.errors import BadInput
from codec.media.picture import whole
from codec.media.pillow import from_pillow, pillow, to_pillow
from codec.media.read import ImageRows, open_picture


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


@pytest.mark.parametrize(("mode", "bits"), PILLOW_LAYOUTS)
@pytest.mark.parametrize("size", [(1, 1), (9, 13), (300, 2)])
def test_every_mode_is_an_image_and_back(mode: str, bits: int, size: tuple[int, int]) -> None:
    before = random_picture(mode, bits, *size)
    image = to_pillow(before)
    assert image.mode == mode and image.size == size[::-1]
    assert same(whole(ImageRows(image, bits, before.metadata)), before)
    if bits == before.bits and bits not in (1, 2, 4):
        again = from_pillow(image)
        assert again.pixels.tobytes() == before.pixels.tobytes() and again.metadata == before.metadata


def test_an_image_keeps_what_a_png_can_say() -> None:
    text = PngImagePlugin.PngInfo()
    text.add_text("Title", "a title")
    text.add_itxt("Author", "Größe 大")
    text.add(b"gAMA", bytes([0, 0, 177, 143]))
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "someone"
    settings = {"pnginfo": text, "exif": exif, "icc_profile": b"profile", "dpi": (300, 72), "transparency": (1, 2, 3)}
    image = opened(saved(Image.new("RGB", (3, 2), (1, 2, 3)), **settings))
    again = to_pillow(from_pillow(image))
    assert again.info == image.info and set(image.info) == {"Title", "Author", "gamma", "exif", "icc_profile", "dpi", "transparency"}
    found = open_picture(saved(image, **settings))
    assert found.rows is not None and not found.left and to_pillow(whole(found.rows)).info.items() >= image.info.items()


def test_an_image_of_a_mode_that_is_not_coded_is_refused() -> None:
    with pytest.raises(BadInput, match="HSV"):
        from_pillow(Image.new("HSV", (2, 2)))


def test_pillows_own_bound_on_pixels_is_neither_used_nor_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    rows = open_picture(png_file(40, 40)).rows
    assert rows is not None and whole(rows).width == 40
    assert Image.MAX_IMAGE_PIXELS == 10


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ValueError("one\ntwo"), "cannot do it: it is damaged, or of a form that is not known"),
        (KeyError(), "cannot do it: it is damaged, or of a form that is not known"),
        (OSError("image file is truncated (3 bytes not processed)"), "cannot do it: it is cut off"),
        (EOFError("no more images"), "cannot do it: it is cut off"),
        (MemoryError(), "cannot do it: there is not enough memory"),
        (Image.DecompressionBombError("Image size"), "a picture in it has more than 9 pixels: allow more with --max-pixels, or cut"),
        (BadInput("its own"), "its own"),
    ],
    ids=repr,
)
def test_whatever_goes_wrong_in_pillow_is_one_line_of_ours(error: Exception, told: str) -> None:
    with pytest.raises(BadInput) as caught, pillow("do it", most=9):
        raise error
    assert str(caught.value).startswith(told) and "\n" not in str(caught.value)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this system")
def test_a_child_that_is_forked_while_threads_read_pictures_reads_them_too() -> None:
    done = subprocess.run([sys.executable, "-m", "helpers.fork_worker"], env=environment(), timeout=60, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF", "TGA"])
def test_a_background_comes_back_only_where_it_is_the_pictures(kind: str) -> None:
    image = opened(saved(Image.new("P" if kind == "GIF" else "RGB", (3, 2)), kind, **({"background": 1} if kind == "GIF" else {})))
    assert to_pillow(from_pillow(image)).info.get("background") == (1 if kind == "GIF" else None)


def test_few_bits_are_the_levels_of_gray_that_they_stand_for() -> None:
    picture = random_picture("L", 2, 5, 7)
    assert np.array_equal(np.asarray(to_pillow(picture)), picture.pixels[:, :, 0] * 85)
