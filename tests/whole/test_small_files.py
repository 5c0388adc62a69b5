"""The embedded models on whole pictures: efforts, and pictures that are less than they seem."""

from __future__ import annotations

import io

import numpy as np
import pytest
from helpers.pictures import same_image
from helpers.processes import ROOT
from PIL import Image

import codec
from codec.density import library
from codec.density.density import Options, PlanesForm
from codec.density.efforts import EFFORTS, MAIN_EFFORTS
from codec.density.photo.colour import Bytes, to_planes
from codec.kinds.picture.info import PictureInfo
from codec.methods.traces.trace import LEVELS
from codec.methods.traces.traces import find_trace


def photo() -> Image.Image:
    with Image.open(ROOT / "examples" / "photo.png") as image:
        return image.convert("RGB")


def size(image: Image.Image, effort: int = 5) -> int:
    """Of the file of an image, which is decoded."""
    data = codec.compress(image, method="photo", effort=effort)
    assert same_image(codec.decompress(data), image)
    return len(data)


def plain_size(pixels: Bytes) -> int:
    """Of the payload of pixels whose trace nobody looks for."""
    planes = to_planes(pixels)
    form = PlanesForm(*planes.shape[1:])
    return len(library.planes_density(3).encode(form, slice(0, form.height), planes, Options()).payload)


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_more_effort_makes_no_larger_files(mode: str) -> None:
    quick, usual, best = (size(photo().convert(mode), effort) for effort in MAIN_EFFORTS)
    assert best < 1.001 * usual and usual < quick < 1.1 * best


def test_a_file_names_the_model_of_its_effort() -> None:
    crop, names = photo().crop((0, 0, 40, 30)), list[str]()
    for effort in EFFORTS:
        info = codec.info(codec.compress(crop, method="photo", effort=effort, traces=False))
        assert isinstance(info, PictureInfo)
        names.append(info.model)
    assert names == [library.planes_density(3, None, effort).file.name.hex() for effort in EFFORTS] and len(set(names)) == len(EFFORTS)


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_gray_picture_in_colour_costs_as_a_gray_one(mode: str) -> None:
    gray = photo().convert("L")
    assert size(gray.convert("RGB").convert(mode)) <= size(gray) + 64


@pytest.mark.parametrize("effort", EFFORTS)
@pytest.mark.parametrize("channels", [1, 3])
def test_predictors_that_begin_with_something_make_small_photos_smaller(channels: int, effort: int) -> None:
    density, sizes = library.planes_density(channels, None, effort), [0, 0]
    for small in (False, True):
        for place in range(0, 160, 16):
            planes = to_planes(np.asarray(photo().crop((place, place, place + 16, place + 16)))[:, :, :channels].copy())
            form = PlanesForm(16, 16, small)
            sizes[small] += len(density.encode(form, slice(0, 16), planes, Options()).payload)
    assert sizes[True] < 0.995 * sizes[False]


def test_a_small_picture_takes_what_its_density_says() -> None:
    planes, density = to_planes(np.asarray(photo().crop((40, 40, 104, 104)))), library.planes_density(3)
    form, rows = PlanesForm(64, 64, True), slice(0, 64)
    expected = -density.estimate(form, rows, planes, [1], np.random.default_rng(0))[0].bits
    payload = density.encode(form, rows, planes, Options()).payload
    assert expected <= 8 * len(payload) <= expected + 8 * 6


@pytest.mark.parametrize("subsampling", [0, 2])
def test_what_was_once_a_jpeg_is_much_smaller_for_it(subsampling: int) -> None:
    file = io.BytesIO()
    photo().save(file, "JPEG", quality=90, subsampling=subsampling)
    with Image.open(file) as image:
        pixels = np.asarray(image)
    assert size(Image.fromarray(pixels)) < 0.88 * plain_size(pixels)


def test_a_stretched_picture_is_smaller_for_its_holes() -> None:
    pixels = (np.asarray(photo()) >> 1) << 1
    assert find_trace(pixels, 3)[0][0] == LEVELS
    assert size(Image.fromarray(pixels)) < 0.9 * plain_size(pixels)
