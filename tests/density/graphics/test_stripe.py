"""Stripes of graphics: every picture comes back, drawings in few bytes, and damaged payloads give pixels or BadFile."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.drawings import drawing, noise
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from codec.density import library
from codec.density.density import PixelsForm, Samples
from codec.density.graphics.coder import decision_costs
from codec.density.graphics.model import GraphicsModel, load_graphics
from codec.density.graphics.stripe import code_graphics, colours_of, decode_graphics, encode_graphics, pixels_of
from codec.errors import BadFile, BadInput, TooShort

MODELS = [load_graphics(library.graphics_density(effort).file) for effort in (1, 5, 9)]
MODEL = MODELS[1]
by_channels = pytest.mark.parametrize("channels", [1, 2, 3, 4])


def form_of(pixels: Samples) -> PixelsForm:
    return PixelsForm(*pixels.shape)


def comes_back(pixels: Samples, model: GraphicsModel = MODEL) -> bool:
    payload = encode_graphics(model, form_of(pixels), pixels).payload
    return np.array_equal(decode_graphics(model, form_of(pixels), payload), pixels)


@by_channels
def test_colours_are_numbers_and_back(channels: int) -> None:
    pixels = noise(5, 7, channels)
    assert np.array_equal(pixels_of(colours_of(pixels), channels), pixels)


@by_channels
@pytest.mark.parametrize("size", [(1, 1), (1, 50), (50, 1), (40, 61), (130, 9)])
def test_drawings_and_noise_come_back(channels: int, size: tuple[int, int]) -> None:
    assert comes_back(drawing(*size, channels)) and comes_back(noise(*size, channels))


@pytest.mark.parametrize("model", MODELS, ids=["fast", "default", "best"])
def test_all_models_code(model: GraphicsModel) -> None:
    assert comes_back(drawing(60, 80), model)


@given(
    arrays(np.uint8, st.tuples(st.integers(1, 12), st.integers(1, 40), st.integers(1, 4)), elements=st.sampled_from([0, 1, 2, 254, 255]))
)
@settings(max_examples=60, deadline=None)
def test_any_pixels_come_back(pixels: Samples) -> None:
    assert comes_back(pixels)


def test_a_flat_area_costs_next_to_nothing() -> None:
    pixels = np.full((600, 700, 3), 255, np.uint8)
    assert len(encode_graphics(MODEL, form_of(pixels), pixels).payload) < 60


def test_what_repeats_costs_less_the_second_time() -> None:
    once = drawing(60, 150)
    twice = np.concatenate([once, once])
    first, both = (len(encode_graphics(MODEL, form_of(one), one).payload) for one in (once, twice))
    assert both < 1.5 * first


def test_the_payload_is_as_long_as_its_decisions_ask_for() -> None:
    pixels = drawing(200, 200)
    bits = decision_costs(code_graphics(MODEL, form_of(pixels), pixels).decisions).sum()
    assert bits <= 8 * len(encode_graphics(MODEL, form_of(pixels), pixels).payload) <= 1.001 * bits + 80


def test_places_add_up_to_the_likelihood() -> None:
    pixels = drawing(50, 70)
    found = encode_graphics(MODEL, form_of(pixels), pixels, places=True)
    assert found.places is not None and found.places.bits.shape == (50, 70)
    assert found.places.bits.sum() == pytest.approx(found.bits["likelihood"]) and found.places.bits.min() >= 0


def test_places_change_nothing() -> None:
    pixels = drawing(50, 70)
    assert encode_graphics(MODEL, form_of(pixels), pixels, places=True).payload == encode_graphics(MODEL, form_of(pixels), pixels).payload


def test_pixels_of_another_form_are_refused() -> None:
    with pytest.raises(BadInput):
        encode_graphics(MODEL, PixelsForm(5, 5, 3), noise(5, 6))
    with pytest.raises(BadInput, match="columns"):
        encode_graphics(MODEL, PixelsForm(1, 1 << 14, 1), np.zeros((1, 1 << 14, 1), np.uint8))


def test_what_is_too_short_to_be_believed_is_refused_both_ways() -> None:
    pixels = np.zeros((900, 1200, 1), np.uint8)
    with pytest.raises(TooShort):
        encode_graphics(MODEL, form_of(pixels), pixels)
    with pytest.raises(BadFile):
        decode_graphics(MODEL, form_of(pixels), bytes(8))


def test_damaged_payloads_give_pixels_or_bad_file(rng: np.random.Generator) -> None:
    pixels = drawing(40, 50)
    payload = encode_graphics(MODEL, form_of(pixels), pixels).payload
    for number in range(300):
        mutant = bytearray(payload)
        mutant[rng.integers(len(mutant))] ^= 1 << int(rng.integers(8))
        try:
            found = decode_graphics(MODEL, form_of(pixels), bytes(mutant if number % 2 else mutant[: rng.integers(len(mutant))]))
        except BadFile:
            continue
        assert found.shape == pixels.shape and found.dtype == np.uint8
