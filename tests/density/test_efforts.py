"""The embedded photo models at work: efforts, and pictures that are less than they seem."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import codec
from codec.density import library
from codec.density.photo.stripe import encode_stripe
from codec.kinds.requests import EFFORTS
from codec.media.picture import to_planes
from codec.methods.traces import traces

PHOTO = Path(__file__).resolve().parents[2] / "examples" / "photo.png"


def photo() -> Image.Image:
    with Image.open(PHOTO) as image:
        return image.convert("RGB")


def size(image: Image.Image, **settings: object) -> int:
    """Of the file, which is decoded."""
    data = codec.compress(image, method="photo", **settings)  # type: ignore[arg-type]
    restored = codec.decompress(data)
    assert restored.mode == image.mode and np.array_equal(np.asarray(restored), np.asarray(image))
    return len(data)


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_more_effort_makes_smaller_files(mode: str) -> None:
    quick, usual, best = (size(photo().convert(mode), effort=effort) for effort in EFFORTS)
    assert best < usual < quick < 1.1 * best


def test_a_file_names_the_model_of_its_effort() -> None:
    names = [codec.info(codec.compress(photo().crop((0, 0, 40, 30)), method="photo", effort=effort))["model"] for effort in EFFORTS]
    assert names == [library.photo_model(3, None, effort).file.name.hex() for effort in EFFORTS] and len(set(names)) == 3


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_gray_picture_in_colour_costs_as_a_gray_one(mode: str) -> None:
    gray = photo().convert("L")
    assert size(gray.convert("RGB").convert(mode)) <= size(gray) + 64


@pytest.mark.parametrize("subsampling", [0, 2])
def test_what_was_once_a_jpeg_is_much_smaller_for_it(subsampling: int) -> None:
    file = io.BytesIO()
    photo().save(file, "JPEG", quality=90, subsampling=subsampling)
    with Image.open(file) as image:
        pixels = np.asarray(image)
    plain = len(encode_stripe(library.photo_model(3), to_planes(pixels)).payload)
    assert size(Image.fromarray(pixels)) < 0.88 * plain


def test_a_stretched_picture_is_smaller_for_its_holes() -> None:
    pixels = (np.asarray(photo()) >> 1) << 1
    plain = len(encode_stripe(library.photo_model(3), to_planes(pixels)).payload)
    assert size(Image.fromarray(pixels)) < 0.9 * plain
    assert traces.find(pixels, pixels.shape[2])[0][0] == traces.LEVELS
