"""bench/deep.py: pictures of 16 bits are found, given to every codec, and come back."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from helpers.pictures import random_picture

from bench.deep import JPEG_XL, compare, find_deep, main, measure_other, others, together
from bench.errors import Unusable
from codec.media.write import write_picture


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with pictures of 8 and 16 bits, arrays of some types, and what is no picture."""
    for mode in ("L", "RGB", "I;16", "LA;16", "RGB;16", "RGBA;16"):
        (tmp_path / f"{mode.replace(';', '')}.png").write_bytes(write_picture(random_picture(mode), ".png"))
    slices = np.arange(30 * 40).reshape(30, 40) % 999 - 400
    for kind in ("int16", "float32"):
        np.save(tmp_path / f"{kind}.npy", slices.astype(kind))
    (tmp_path / "text.txt").write_text("none")
    return tmp_path


def test_pictures_of_16_bits_are_found(folder: Path) -> None:
    assert [one.mode for one in find_deep(folder, 99)] == ["I;16", "LA;16", "RGB;16", "RGBA;16", "I;16"]
    assert len(find_deep(folder, 2)) == 2
    with pytest.raises(Unusable):
        find_deep(folder / "none", 9)


@pytest.mark.parametrize("name", ["PNG", JPEG_XL])
def test_every_other_codec_gives_every_mode_back(folder: Path, name: str) -> None:
    peer = others().get(name)
    if peer is None:
        pytest.skip(f"{name} is not here")
    for picture in find_deep(folder, 99):
        assert measure_other(picture, peer)["bytes"] > 0


def test_a_set_is_held_against_one_codec_in_all_and_picture_by_picture() -> None:
    rows = [{"bytes": 50, "encode": 1.0, "decode": 2.0}, {"bytes": 30, "encode": 1.0, "decode": 2.0}]
    shares = {"share": 0.8, "mean": 0.7917, "worst": 0.8333, "worst_png": 0.6}
    assert together(rows, [60, 40], [100, 50], 4_000_000) == {"bytes": 80, **shares, "encode": 2.0, "decode": 1.0}


def test_the_result_is_written(folder: Path, tmp_path: Path) -> None:
    if JPEG_XL not in others():
        pytest.skip("JPEG XL is not here")
    assert compare(find_deep(folder, 1), (1,))["pictures"] == 1
    assert main([f"some={folder}", "--most", "1", "--efforts", "1", "--results", str(tmp_path / "results")]) == 0
    found = json.loads((tmp_path / "results" / "deep.json").read_text())
    assert found["figures"]["some"]["pictures"] == 1
