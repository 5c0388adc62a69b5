"""The plugin for Pillow: compressed pictures like any others."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from helpers.small_models import small_images, small_model
from PIL import Image, UnidentifiedImageError
from test_api import photo, same

import codec
import codec.pillow_plugin

pytestmark = pytest.mark.usefixtures("tiny_photos")


@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA", "P", "1"])
def test_pictures_are_saved_and_opened(tmp_path: Path, mode: str) -> None:
    photo(mode).save(tmp_path / "x.bb")
    with Image.open(tmp_path / "x.bb") as image:
        assert (image.format, image.mode, image.size) == ("BB", mode, (60, 40))
        assert same(image, photo(mode)) and image.getpalette() == photo(mode).getpalette()
    assert Image.MIME["BB"] == "image/x-bb"


def test_a_picture_is_decoded_when_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    file = io.BytesIO()
    photo().save(file, "BB", method="graphics")
    file.seek(0)
    calls = []
    decompress = codec.api.decompress
    monkeypatch.setattr(codec.api, "decompress", lambda data: calls.append(1) or decompress(data))
    image = Image.open(file)
    assert image.size == (60, 40) and not calls
    assert same(image, photo()) and image.crop((0, 0, 5, 5)).size == (5, 5) and calls == [1]


def test_metadata_are_there_once_the_picture_is(tmp_path: Path) -> None:
    image = photo()
    image.info["dpi"] = (72, 72)
    image.save(tmp_path / "x.bb")
    with Image.open(tmp_path / "x.bb") as back:
        back.load()
        assert round(back.info["dpi"][0]) == 72


def test_an_original_that_was_kept_is_opened(tmp_path: Path) -> None:
    photo().save(tmp_path / "x.jpg")
    (tmp_path / "x.bb").write_bytes(codec.compress(tmp_path / "x.jpg"))
    with Image.open(tmp_path / "x.bb") as image, Image.open(tmp_path / "x.jpg") as original:
        assert same(image, original)


def test_damaged_files_are_errors_of_pillows_kind(tmp_path: Path) -> None:
    photo().save(tmp_path / "x.bb", method="graphics")
    data = bytearray((tmp_path / "x.bb").read_bytes())
    data[-30] ^= 1
    with pytest.raises(OSError), Image.open(io.BytesIO(data)) as image:
        image.load()
    with pytest.raises(UnidentifiedImageError):
        Image.open(io.BytesIO(data[:20]))
    (tmp_path / "digits.bbm").write_bytes(small_model(256))
    with pytest.raises(UnidentifiedImageError):
        Image.open(io.BytesIO(codec.compress(small_images(2, 256), tmp_path / "digits.bbm")))
    with pytest.raises(TypeError, match="colour"):
        photo().save(tmp_path / "y.bb", colour=True)
