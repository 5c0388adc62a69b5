"""The method for 16 bits a sample: every mode comes back, alpha and gray beside colours, and payloads that nobody believes are refused."""

from __future__ import annotations

import numpy as np
import pytest

from codec.errors import BadFile
from codec.media.form import Form, Pixels
from codec.methods.deep import COLOURS, DEEP, densities_for
from codec.methods.method import Setting

CHANNELS = {"I;16": 1, "LA;16": 2, "RGB;16": 3, "RGBA;16": 4}
FAST = Setting(effort=1)


def pixels_of(mode: str, height: int = 24, width: int = 30) -> Pixels:
    rng = np.random.default_rng(5)
    y, x, c = np.indices((height, width, CHANNELS[mode]))
    return (30000 + 9000 * np.sin(x / 9 + c) + 7000 * np.cos(y / 7) + rng.normal(0, 90, y.shape)).astype("<u2")


def form_of(mode: str, pixels: Pixels) -> Form:
    return Form(mode, 16, pixels.shape[1], pixels.shape[0])


@pytest.mark.parametrize("mode", COLOURS)
def test_pictures_of_every_mode_come_back(mode: str) -> None:
    pixels = pixels_of(mode)
    coded = DEEP.encode(pixels, form_of(mode, pixels), FAST)
    assert coded.data[0] == DEEP.number and coded.density_bytes <= len(coded.data)
    found = DEEP.decode(memoryview(coded.data)[1:], form_of(mode, pixels), len(pixels), None)
    assert found.dtype == pixels.dtype and np.array_equal(found, pixels)


def test_gray_in_three_channels_costs_as_much_as_in_one() -> None:
    gray = pixels_of("I;16")
    wide = np.repeat(gray, 3, 2)
    coded = DEEP.encode(wide, form_of("RGB;16", wide), FAST)
    assert len(coded.data) == len(DEEP.encode(gray, form_of("I;16", gray), FAST).data) + 1
    assert np.array_equal(DEEP.decode(memoryview(coded.data)[1:], form_of("RGB;16", wide), len(wide), None), wide)


def test_levels_that_do_not_occur_cost_nothing() -> None:
    pixels = pixels_of("I;16", 70, 90) >> 8
    sizes = [len(DEEP.encode(some, form_of("I;16", some), FAST).data) for some in (pixels, pixels * 256, pixels * 256 + 7)]
    assert max(sizes) < min(sizes) + 30


def test_the_estimate_and_the_price_are_near_what_rows_take() -> None:
    pixels = pixels_of("RGB;16", 64, 80)
    form, size = form_of("RGB;16", pixels), len(DEEP.encode(pixels, form_of("RGB;16", pixels), Setting()).data)
    assert DEEP.encode(pixels, form, Setting()).bits["estimate"] / 8 == pytest.approx(size, abs=40)
    assert DEEP.price(pixels, form, Setting()) == pytest.approx(size, rel=0.1)


def test_modes_of_8_bits_are_left_to_others() -> None:
    assert not any(DEEP.can_code(Form(mode, 8, 9, 9)) for mode in ("L", "RGB", "RGBA", "P")) and not DEEP.can_code(Form("F", 32, 9, 9))
    assert [density.channels for density in densities_for(Form("RGBA;16", 16, 9, 9), 5)] == [1, 3]


@pytest.mark.parametrize(
    ("mode", "head"), [("I;16", [0]), ("I;16", [99]), ("I;16", [1]), ("RGB;16", [5]), ("RGB;16", [255]), ("RGB;16", [1, 4])]
)
def test_an_unknown_model_or_order_is_refused(mode: str, head: list[int]) -> None:
    pixels = pixels_of(mode)
    data = bytearray(DEEP.encode(pixels, form_of(mode, pixels), FAST).data)
    data[1 : 1 + len(head)] = bytes(head)
    with pytest.raises(BadFile):
        DEEP.decode(memoryview(bytes(data))[1:], form_of(mode, pixels), len(pixels), None)
