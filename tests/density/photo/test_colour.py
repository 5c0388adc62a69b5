"""Planes of pixels: exact both ways, and in their ranges."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codec.density.photo.colour import from_planes, to_planes
from codec.errors import BadFile

CORNERS = [0, 1, 2, 3, 126, 127, 128, 129, 252, 253, 254, 255]


def test_every_corner_of_the_colours_comes_back_and_its_planes_are_in_their_ranges() -> None:
    pixels = np.array(list(itertools.product(CORNERS, repeat=3)), np.uint8)[None]
    planes = to_planes(pixels)
    assert planes.dtype == np.int16 and planes.shape == (3, *pixels.shape[:2])
    assert planes[0].min() == 0 and planes[0].max() == 255 and planes[1:].min() == -255 and planes[1:].max() == 255
    assert np.array_equal(from_planes(planes), pixels)


def test_all_pairs_of_red_and_green_come_back_for_some_blues() -> None:
    red, green = np.meshgrid(np.arange(256, dtype=np.uint8), np.arange(256, dtype=np.uint8))
    for blue in (0, 1, 77, 254, 255):
        pixels = np.stack([red, green, np.full_like(red, blue)], axis=2)
        assert np.array_equal(from_planes(to_planes(pixels)), pixels)


@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_planes_are_those_of_the_formula(pixel: tuple[int, int, int]) -> None:
    red, green, blue = pixel
    assert to_planes(np.array([[pixel]], np.uint8)).reshape(3).tolist() == [(red + 2 * green + blue) // 4, red - green, blue - green]


def test_gray_is_its_own_plane(rng: np.random.Generator) -> None:
    pixels = rng.integers(0, 256, (5, 7, 1)).astype(np.uint8)
    planes = to_planes(pixels)
    assert planes.shape == (1, 5, 7) and np.array_equal(planes[0], pixels[:, :, 0])
    assert np.array_equal(from_planes(planes), pixels)


def test_a_part_of_a_picture_has_a_part_of_its_planes(rng: np.random.Generator) -> None:
    pixels = rng.integers(0, 256, (9, 8, 3)).astype(np.uint8)
    assert np.array_equal(to_planes(pixels[2:5]), to_planes(pixels)[:, 2:5])


@pytest.mark.parametrize("values", [(0, 255, 255), (255, -255, -255), (255, 255, 0), (0, -255, 0), (255, -255, 255)])
def test_planes_of_no_picture_are_refused(values: tuple[int, int, int]) -> None:
    with pytest.raises(BadFile, match="no picture"):
        from_planes(np.array(values, np.int16).reshape(3, 1, 1))
