"""Samples of chroma are found again, also under pixels that were clamped."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.traced import from_map, photo_pixels

from codec.methods.traces.layouts import chroma_layout, layout_codes
from codec.methods.traces.maps import MAPS, colour_map
from codec.methods.traces.samples import chroma_of, find_samples, luma_of


def given_back(pixels: np.ndarray, number: int, code: int) -> float:
    """The share of pixels that come out of what is found, after it has been made sure that it is known which do."""
    colours, layout = colour_map(number), chroma_layout(code, *pixels.shape[:2])
    y, (u, v), wrong = find_samples(pixels, number, layout)
    same = (colours.colours(y, colours.terms(layout.spread(u), layout.spread(v))) == pixels).all(2)
    assert np.array_equal(same, ~wrong)
    return float(same.mean())


@pytest.mark.parametrize("code", [0, *layout_codes()])
def test_all_pixels_of_every_layout_come_out(code: int) -> None:
    assert given_back(from_map(photo_pixels(75, 90), 1, code), 1, code) > 0.99


@pytest.mark.parametrize("number", range(len(MAPS)))
def test_all_pixels_of_every_map_come_out(number: int) -> None:
    assert given_back(from_map(photo_pixels(75, 90), number, 1), number, 1) > 0.99


def test_most_clamped_pixels_come_out_too() -> None:
    bright = np.clip(photo_pixels().astype(int) + 90, 0, 255).astype(np.uint8)
    pixels = from_map(bright, 0, 3)
    assert (pixels == 255).any(2).mean() > 0.2 and given_back(pixels, 0, 3) > 0.95


def test_white_pixels_come_out_of_one_colour() -> None:
    y, samples, wrong = find_samples(np.full((20, 30, 3), 255, np.uint8), 0, chroma_layout(3, 20, 30))
    assert not wrong.any() and np.ptp(y) == 0 and np.ptp(samples[0]) == np.ptp(samples[1]) == 0


def test_the_chroma_of_pixels_on_the_lattice_is_sure_unless_they_were_clamped() -> None:
    pixels = from_map(photo_pixels(), 2)
    assert np.array_equal(chroma_of(pixels, 2)[1], ((pixels > 0) & (pixels < 255)).all(2))


def test_luma_that_gives_no_pixel_comes_near() -> None:
    pixels, layout = photo_pixels(), chroma_layout(0, 120, 160)
    colours, samples = colour_map(1), chroma_of(pixels, 1)[0]
    y, _ = luma_of(pixels, samples, 1, layout)
    assert np.abs(colours.colours(y, colours.terms(*samples)).astype(int) - pixels)[20:].mean() < 2
