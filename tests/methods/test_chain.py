"""Small photos of one size, one below the other, come back from a chain; what is none is refused."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.fuzz_files import photo_densities
from helpers.stand_in import DENSITIES

from codec.density.density import PlanesDensity
from codec.density.efforts import CHAIN_EFFORTS, EFFORTS
from codec.density.library import planes_density
from codec.errors import BadFile, BadInput
from codec.media.form import CHANNELS, Form, Pixels
from codec.methods.chain import CHAIN
from codec.methods.method import Setting

LEARNING = next(one for one in photo_densities().values() if one.file.metadata["learning"] == "all")


def pictures(mode: str, count: int, height: int = 9, width: int = 13) -> Pixels:
    y, x, c = np.indices((count * height, width, CHANNELS[mode]))
    return (120 + 60 * np.sin(x / 5 + c) + 50 * np.cos(y / 9) + np.random.default_rng(2).normal(0, 2, y.shape)).astype(np.uint8)


def form_of(mode: str, pixels: Pixels) -> Form:
    return Form(mode, 8, pixels.shape[1], len(pixels))


@pytest.mark.parametrize(("mode", "density"), [("RGB", LEARNING), ("RGB", DENSITIES[3]), ("L", DENSITIES[1])])
@pytest.mark.parametrize("count", [1, 2, 7])
def test_chains_come_back(mode: str, density: PlanesDensity, count: int) -> None:
    pixels = pictures(mode, count)
    coded = CHAIN.encode(pixels, form_of(mode, pixels), Setting(density, chain=count))
    payload = memoryview(coded.data)[1:]
    assert coded.data[0] == CHAIN.number and CHAIN.is_plausible(payload, form_of(mode, pixels), len(pixels))
    assert np.array_equal(CHAIN.decode(payload, form_of(mode, pixels), len(pixels), density), pixels)


def test_rows_that_are_no_chain_are_refused() -> None:
    pixels = pictures("RGB", 3)
    for setting in (Setting(DENSITIES[3]), Setting(DENSITIES[3], chain=2), Setting(DENSITIES[1], chain=3), Setting(None, chain=3)):
        with pytest.raises(BadInput):
            CHAIN.encode(pixels, form_of("RGB", pixels), setting)
    assert not any(CHAIN.can_code(Form(mode, bits, 9, 9)) for mode, bits in (("RGBA", 8), ("L", 4), ("I;16", 16)))


def test_payloads_of_other_rows_are_refused() -> None:
    pixels = pictures("RGB", 3)
    data = CHAIN.encode(pixels, form_of("RGB", pixels), Setting(LEARNING, chain=3)).data[1:]
    sides = bytes([data[0], data[1] | 0xC0]) + data[2:]
    wrong = [(data, 26, LEARNING), (data, 27, None), (data, 27, DENSITIES[1]), (data[:1], 27, LEARNING), (sides, 27, LEARNING)]
    for payload, rows, density in wrong:
        with pytest.raises(BadFile):
            CHAIN.decode(memoryview(payload), form_of("RGB", pixels), rows, density)


def test_every_effort_has_one_for_chains() -> None:
    assert set(CHAIN_EFFORTS) == set(EFFORTS)
    assert all(planes_density(channels, None, effort, CHAIN_EFFORTS).channels == channels for effort in EFFORTS for channels in (1, 3))


@pytest.mark.parametrize(("mode", "density"), [("RGB", DENSITIES[3]), ("L", DENSITIES[1])])
def test_chains_cost_what_they_ask_for(mode: str, density: PlanesDensity) -> None:
    pixels = pictures(mode, 9, 40, 50)
    coded = CHAIN.encode(pixels, form_of(mode, pixels), Setting(density, chain=9))
    assert 0 <= 8 * coded.density_bytes - coded.bits["estimate"] < 0.001 * 8 * coded.density_bytes + 8 * 8
