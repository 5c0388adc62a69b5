"""The laws of methods: whatever one can code comes back from it, and damaged payloads give pixels or BadFile."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.pictures import LAYOUTS, random_picture
from helpers.stand_in import DENSITIES

from codec.density.density import PlanesDensity
from codec.errors import BadFile
from codec.media.form import Form, most_bits, sample_type
from codec.media.picture import form_of
from codec.methods.chain import CHAIN
from codec.methods.choice import METHODS
from codec.methods.method import CodedRows, Method, Setting
from codec.methods.panes import PANES
from codec.methods.photo import channels_for

SINGLE = [method for method in METHODS if method is not CHAIN]  # which test_chain.py has
CODED = [(method, mode, bits) for method in SINGLE for mode, bits in LAYOUTS if method.can_code(Form(mode, bits, 9, 9))]
SMALL = [method for method in SINGLE if method is not PANES]  # those that code small pictures of noise; test_panes.py has the other
by_method = pytest.mark.parametrize("method", SMALL, ids=lambda method: method.name)


def density_for(form: Form) -> PlanesDensity:
    return DENSITIES[channels_for(form) or 1]


def mode_for(method: Method, mode: str = "RGB") -> str:
    """This mode, or that of 16 bits, or of 32, whichever the method codes."""
    wide = {"L": "I;16", "RGB": "RGB;16"}[mode]
    return mode if method.can_code(Form(mode, 8, 9, 9)) else wide if method.can_code(Form(wide, 16, 9, 9)) else "I"


def encoded(method: Method, mode: str, bits: int = 0, height: int = 9, width: int = 13) -> CodedRows:
    picture = random_picture(mode, bits, height, width)
    return method.encode(picture.pixels, form_of(picture), Setting(density_for(form_of(picture))))


@pytest.mark.parametrize(("method", "mode", "bits"), CODED, ids=lambda value: getattr(value, "name", str(value)))
@pytest.mark.parametrize("size", [(1, 1), (9, 13), (300, 2)])
def test_samples_of_every_mode_come_back(method: Method, mode: str, bits: int, size: tuple[int, int]) -> None:
    picture = random_picture(mode, bits, *size)
    form = form_of(picture)
    payload = memoryview(encoded(method, mode, bits, *size).data)[1:]
    after = method.decode(payload, form, size[0], density_for(form))
    assert after.tobytes() == picture.pixels.tobytes() and after.dtype == sample_type(mode) and after.shape == picture.pixels.shape


@by_method
def test_coded_rows_begin_with_the_number_of_their_method(method: Method) -> None:
    assert encoded(method, mode_for(method)).data[0] == method.number


def test_no_number_or_name_is_given_twice() -> None:
    assert len({method.number for method in METHODS}) == len({method.name for method in METHODS}) == len(METHODS)


@by_method
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_what_was_coded_of_noise_is_plausible(method: Method, mode: str) -> None:
    mode = mode_for(method, mode)
    payload = memoryview(encoded(method, mode).data)[1:]
    assert method.is_plausible(payload, Form(mode, most_bits(mode), 13, 9), 9)


@by_method
def test_nothing_is_no_plausible_payload_of_many_rows(method: Method) -> None:
    assert not method.is_plausible(memoryview(b""), Form("RGB", 8, 13, 1000), 1000)


@by_method
def test_damaged_payloads_give_samples_or_an_error(method: Method, rng: np.random.Generator) -> None:
    mode = mode_for(method)
    data, form = encoded(method, mode).data, Form(mode, most_bits(mode), 13, 9)
    for number in range(300):
        mutant = bytearray(data)
        mutant[rng.integers(len(mutant))] ^= 1 << int(rng.integers(8))
        payload = memoryview(bytes(mutant if number % 2 else mutant[: rng.integers(1, len(mutant))]))[1:]
        try:
            found = method.decode(payload, form, 9, DENSITIES[3])
        except BadFile:
            continue
        assert found.shape == (9, 13, form.channels) and found.dtype == sample_type(mode)
