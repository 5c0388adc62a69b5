"""bench/data/pictures.py: what a folder holds, pieces of it, and large photos made of small ones."""

import numpy as np
import pytest
from helpers.stand_in import smooth
from PIL import Image

from bench.data.pictures import NamedPicture, cropped, kodak, mosaic, read_set
from bench.errors import Unusable
from codec.media.picture import Picture


@pytest.fixture
def folders(tmp_path):
    """A folder of three PNGs, and one with a manifest."""
    for name in ("kodak", "data"):
        (tmp_path / name).mkdir()
        for number in range(3):
            pixels = smooth("RGB", 40, 56 + number).pixels + np.uint8(number)
            Image.fromarray(pixels).save(tmp_path / name / f"{number}.png")
    (tmp_path / "data" / "manifest.csv").write_text("file,split\n0.png,train\n1.png,val\n2.png,val\n")
    return tmp_path


def named(name="a.png", height=40, width=56, start=0):
    return NamedPicture(name, Picture("RGB", smooth("RGB", height, width).pixels + np.uint8(start)))


def test_a_split_is_what_the_manifest_says(folders):
    assert [one.name for one in read_set(folders / "data")[0]] == ["1.png", "2.png"]
    assert [one.name for one in read_set(folders / "data", "train")[0]] == ["0.png"]
    assert [one.picture.width for one in kodak(folders / "kodak")] == [56, 57, 58]


def test_pictures_of_another_mode_are_left_out_and_named(folders):
    Image.fromarray(smooth("L", 40, 56).pixels[:, :, 0]).save(folders / "kodak" / "3.png")
    pictures, left_out = read_set(folders / "kodak")
    assert len(pictures) == 3 and left_out == ["3.png"]
    with pytest.raises(Unusable, match="RGB"):
        kodak(folders / "kodak")


@pytest.mark.parametrize("name", ["empty", "split"])
def test_a_folder_without_pictures_is_an_error(tmp_path, name):
    (tmp_path / "empty").mkdir()
    (tmp_path / "split").mkdir()
    (tmp_path / "split" / "manifest.csv").write_text("file,split\n")
    with pytest.raises(Unusable, match=name):
        read_set(tmp_path / name)


def test_a_mosaic_has_different_pictures_side_by_side_and_mirrored_ones_when_they_run_out():
    parts = [named(start=start) for start in (0, 50, 100)]
    whole = mosaic(parts, 2).pixels
    tiles = [whole[y : y + 40, x : x + 56] for y in (0, 40) for x in (0, 56)]
    for tile, part in zip(tiles, parts, strict=False):
        assert np.array_equal(tile, part.picture.pixels)
    assert np.array_equal(tiles[3], parts[0].picture.pixels[::-1])


def test_a_mosaic_leaves_portraits_out_where_there_are_landscapes():
    assert np.array_equal(mosaic([named(height=80, width=20), named()], 1).pixels, named().picture.pixels)


def test_a_crop_is_the_middle():
    assert np.array_equal(cropped(named(), 20).picture.pixels, named().picture.pixels[10:30, 18:38])
