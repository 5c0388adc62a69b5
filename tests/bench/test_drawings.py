"""bench/drawings.py: drawings are found, given to every codec, and come back."""

from __future__ import annotations

import json
from argparse import ArgumentTypeError
from pathlib import Path

import pytest
from helpers.drawings import drawing
from helpers.pictures import random_picture
from PIL import Image

from bench.drawings import JPEG_XL, WEBP, compare, find_drawings, main, measure, measure_other, others, read_drawing, read_set, together
from bench.errors import RoundTripFailed, Unusable
from codec.media.write import write_picture


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with drawings of every mode, and what is none."""
    for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"):
        (tmp_path / f"{mode.replace(';', '')}.png").write_bytes(write_picture(random_picture(mode), ".png"))
    Image.fromarray(drawing(30, 40)).save(tmp_path / "z.png")
    (tmp_path / "text.txt").write_text("none")
    return tmp_path


def test_drawings_of_eight_bits_or_less_are_found(folder: Path) -> None:
    found = find_drawings(folder, 99)
    assert [one.picture.mode for one in found] == ["1", "L", "LA", "P", "RGB", "RGBA", "RGB"]
    assert len(find_drawings(folder, 3)) == 3
    with pytest.raises(Unusable):
        find_drawings(folder / "none", 9)


@pytest.mark.parametrize("name", ["PNG", WEBP, JPEG_XL])
def test_every_other_codec_gives_every_mode_back(folder: Path, name: str) -> None:
    peer = others().get(name)
    if peer is None:
        pytest.skip(f"{name} is not here")
    for one in find_drawings(folder, 99):
        assert measure_other(one, peer)["bytes"] > 0


def test_transparent_colours_of_a_palette_are_alpha(tmp_path: Path) -> None:
    image = Image.fromarray(random_picture("P").pixels[:, :, 0] % 4)
    image.putpalette(bytes(range(12)))
    image.save(tmp_path / "clear.png", transparency=bytes([0, 255, 9, 255]))
    found = read_drawing(tmp_path / "clear.png")
    assert found is not None and found.pixels.shape[2] == 4 and set(found.pixels[:, :, 3].ravel()) <= {0, 9, 255}


def test_other_pixels_are_an_error() -> None:
    with pytest.raises(RoundTripFailed):
        measure(lambda: b"x", lambda data: False)


def test_a_set_is_held_against_the_smaller_of_two_picture_by_picture(folder: Path) -> None:
    found = compare(find_drawings(folder, 2), (1,))
    assert found["pictures"] == 2 and {"PNG", "codec effort 1"} <= found["codecs"].keys()
    rows = [{"bytes": 50, "encode": 1.0, "decode": 2.0}, {"bytes": 30, "encode": 1.0, "decode": 2.0}]
    assert together(rows, [60, 40], 4_000_000) == {"bytes": 80, "share": 0.8, "encode": 2.0, "decode": 1.0}


def test_a_set_has_a_name_and_a_folder() -> None:
    assert read_set("maps=a/b") == ("maps", Path("a/b"))
    with pytest.raises(ArgumentTypeError):
        read_set("maps")


def test_the_result_is_written(folder: Path, tmp_path: Path) -> None:
    assert main([f"some={folder}", "--most", "1", "--efforts", "1", "--results", str(tmp_path / "results")]) == 0
    found = json.loads((tmp_path / "results" / "drawings.json").read_text())
    assert found["figures"]["some"]["pictures"] == 1
