"""Statistics of pixels, of any shape."""

from __future__ import annotations

import numpy as np
import pytest

from codec.methods.statistics import BAND, busy_rows, level_count, repeated

SHAPES = [(1, 1, 3), (1, 50, 1), (50, 1, 4), (2, 2, 3), (80, 3, 1)]


@pytest.mark.parametrize("shape", SHAPES)
def test_the_share_of_repeated_pixels_is_all_or_nothing_where_there_is_one_colour(shape: tuple[int, int, int]) -> None:
    assert repeated(np.zeros(shape, np.uint8)) in (0.0, 1.0)


def test_a_pixel_is_repeated_that_equals_its_left_or_upper_neighbour_in_all_channels() -> None:
    pixels = np.array([[[1, 1], [2, 2]], [[3, 3], [3, 3]]], np.uint8)
    assert repeated(pixels) == 1.0
    pixels[1, 1, 0] = 9
    assert repeated(pixels) == 0.0


@pytest.mark.parametrize("shape", SHAPES)
def test_rows_that_are_all_needed_are_all_taken_once(shape: tuple[int, int, int]) -> None:
    pixels = np.random.default_rng(1).integers(0, 9, shape, np.uint8)
    assert np.array_equal(busy_rows(pixels, 1.0, 1), pixels)


def test_rows_are_taken_where_something_happens() -> None:
    pixels = np.zeros((400, 60, 3), np.uint8)
    pixels[200:240] = np.random.default_rng(2).integers(0, 256, (40, 60, 3))
    assert np.array_equal(busy_rows(pixels, 1 / 10, 1), pixels[200:240])


def test_of_rows_that_are_alike_a_share_is_taken() -> None:
    assert len(busy_rows(np.random.default_rng(3).integers(0, 256, (403, 60, 1), np.uint8), 1 / 10, 1)) == 5 * BAND


def test_as_many_rows_are_taken_as_make_the_least_of_pixels() -> None:
    some = busy_rows(np.random.default_rng(4).integers(0, 256, (400, 60, 3), np.uint8), 1 / 1000, 1500)
    assert 1500 <= some.shape[0] * some.shape[1] < 1500 + BAND * 60


@pytest.mark.parametrize("levels", [1, 2, 200])
def test_levels_are_counted_wherever_they_are(levels: int, rng: np.random.Generator) -> None:
    values = rng.choice(256, levels, replace=False).astype(np.uint8)
    assert level_count(rng.choice(values, (300, 400, 3))) == levels
