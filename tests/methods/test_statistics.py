"""Statistics of pixels, of any shape."""

from __future__ import annotations

import numpy as np
import pytest

from codec.methods.statistics import colours, levels, repeated

SHAPES = [(1, 1, 3), (1, 50, 1), (50, 1, 4), (2, 2, 3), (80, 3, 1)]


@pytest.mark.parametrize("shape", SHAPES)
def test_the_share_of_repeated_pixels_is_all_or_nothing_where_there_is_one_colour(shape: tuple[int, int, int]) -> None:
    assert repeated(np.zeros(shape, np.uint8)) in (0.0, 1.0)


@pytest.mark.parametrize("shape", SHAPES)
def test_one_colour_has_one_level(shape: tuple[int, int, int]) -> None:
    assert colours(np.zeros(shape, np.uint8)) == levels(np.zeros(shape, np.uint8)) == 1


def test_a_pixel_is_repeated_that_equals_its_left_or_upper_neighbour_in_all_channels() -> None:
    pixels = np.array([[[1, 1], [2, 2]], [[3, 3], [3, 3]]], np.uint8)
    assert repeated(pixels) == 1.0
    pixels[1, 1, 0] = 9
    assert repeated(pixels) == 0.0


def test_colours_are_counted_by_all_of_their_channels() -> None:
    pixels = np.indices((16, 16), np.uint8).transpose(1, 2, 0)
    assert colours(pixels) == 16 and levels(pixels) == 4
