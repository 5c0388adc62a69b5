"""The family: estimates say what files cost, prices about that, and densities survive pickling."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from helpers.drawings import drawing

from codec.density import library
from codec.density.density import Options, PixelsForm

DENSITY = library.graphics_density()
FORM, ROWS = PixelsForm(200, 150, 3), slice(0, 200)


def test_the_estimate_is_what_coding_asks_for(rng: np.random.Generator) -> None:
    pixels = drawing(200, 150)
    found = DENSITY.estimate(FORM, ROWS, pixels, [1, 16], rng)
    coded = DENSITY.encode(FORM, ROWS, pixels, Options())
    assert [one.particles for one in found] == [1, 16] and found[0].bits_error == found[1].bits_error == 0
    assert -found[0].bits == pytest.approx(coded.bits["likelihood"]) == pytest.approx(8 * len(coded.payload), rel=0.01)


def test_the_price_of_a_share_is_near_the_price() -> None:
    pixels = drawing(200, 150)
    whole = DENSITY.price(FORM, ROWS, pixels, 1.0)
    assert 0.5 * whole < DENSITY.price(FORM, ROWS, pixels, 0.25) < 3 * whole


def test_it_codes_parts_as_wide_as_the_picture_is() -> None:
    pixels = drawing(200, 150)[20:70]
    payload = DENSITY.encode(FORM, slice(20, 70), pixels, Options()).payload
    assert np.array_equal(DENSITY.decode(FORM, slice(20, 70), payload), pixels)


def test_a_pickled_density_codes_the_same() -> None:
    pixels = drawing(200, 150)
    again = pickle.loads(pickle.dumps(DENSITY))
    assert again.encode(FORM, ROWS, pixels, Options()).payload == DENSITY.encode(FORM, ROWS, pixels, Options()).payload


def test_preparing_makes_kernels_ready() -> None:
    DENSITY.prepare()
    assert DENSITY.is_prepared() and DENSITY.latents == 0
