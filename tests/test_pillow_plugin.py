"""The plugin for Pillow: compressed pictures like any others."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from helpers.calls import counted
from helpers.pictures import same_image, small_photo
from helpers.processes import printed
from helpers.small_models import small_images, small_model
from helpers.small_photos import small_photo_model
from PIL import Image, UnidentifiedImageError

import codec
import codec.pillow_plugin
from codec import api
from codec.pillow import BBImageFile

pytestmark = pytest.mark.usefixtures("tiny_photos")


@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA", "P", "1"])
def test_pictures_are_saved_and_opened(tmp_path: Path, mode: str) -> None:
    small_photo(mode).save(tmp_path / "x.bb")
    with Image.open(tmp_path / "x.bb") as image:
        assert (image.format, image.mode, image.size) == ("BB", mode, (60, 40))
        assert same_image(image, small_photo(mode)) and image.getpalette() == small_photo(mode).getpalette()
    assert Image.MIME["BB"] == "image/x-bb"


def test_importing_the_alias_registers_the_plugin_and_nothing_else_is_loaded_twice() -> None:
    assert BBImageFile is codec.pillow_plugin.BBImageFile
    assert printed("-m", "helpers.plugin_worker") == "BB image/x-bb\n"


def test_a_picture_is_decoded_once_when_it_is_needed() -> None:
    file = io.BytesIO()
    small_photo().save(file, "BB", method="graphics")
    file.seek(0)
    with counted(api.decompress) as calls:
        image = Image.open(file)
        assert image.size == (60, 40) and not calls
        assert same_image(image, small_photo()) and image.crop((0, 0, 5, 5)).size == (5, 5)
    assert list(calls.values()) == [1]


def test_metadata_are_there_once_the_picture_is(tmp_path: Path) -> None:
    image = small_photo()
    image.info["dpi"] = (72, 72)
    image.save(tmp_path / "x.bb")
    with Image.open(tmp_path / "x.bb") as back:
        back.load()
        assert round(back.info["dpi"][0]) == 72


def test_an_original_that_was_kept_is_opened(tmp_path: Path) -> None:
    small_photo().save(tmp_path / "x.jpg")
    (tmp_path / "x.bb").write_bytes(codec.compress(tmp_path / "x.jpg"))
    with Image.open(tmp_path / "x.bb") as image, Image.open(tmp_path / "x.jpg") as original:
        assert same_image(image, original)


def test_a_damaged_picture_is_an_error_of_pillows_kind() -> None:
    file = io.BytesIO()
    small_photo().save(file, "BB", method="graphics")
    data = bytearray(file.getvalue())
    data[-30] ^= 1
    with pytest.raises(OSError), Image.open(io.BytesIO(data)) as image:
        image.load()
    with pytest.raises(OSError), Image.open(io.BytesIO(data[:20])) as image:
        image.load()
    with pytest.raises(UnidentifiedImageError):
        Image.open(io.BytesIO(data[:6]))


def test_a_picture_whose_model_is_missing_is_opened_but_not_loaded(tmp_path: Path) -> None:
    (tmp_path / "mine.bbm").write_bytes(small_photo_model(3, seed=9))
    data = codec.compress(small_photo(), tmp_path / "mine.bbm")
    with Image.open(io.BytesIO(data)) as image:
        assert image.size == (60, 40)
        with pytest.raises(OSError, match="give its file with --model"):
            image.load()


def test_an_array_of_images_is_no_picture(tmp_path: Path) -> None:
    (tmp_path / "digits.bbm").write_bytes(small_model(256))
    with pytest.raises(UnidentifiedImageError):
        Image.open(io.BytesIO(codec.compress(small_images(2, 256), tmp_path / "digits.bbm")))


def test_a_setting_that_there_is_not_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="colour"):
        small_photo().save(tmp_path / "y.bb", colour=True)
