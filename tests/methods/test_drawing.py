"""The method for drawings: its models by number, samples below 8 bits, and payloads that nobody believes."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.drawings import drawing

from codec.errors import BadFile
from codec.media.form import Form
from codec.methods.drawing import DRAWING
from codec.methods.method import Setting

FORM = Form("RGB", 8, 80, 60)


@pytest.mark.parametrize(("effort", "numbers"), [(1, (1,)), (5, (2,)), (9, (2, 3))])
def test_each_effort_has_its_models(effort: int, numbers: tuple[int, ...]) -> None:
    coded = DRAWING.encode(drawing(60, 80), FORM, Setting(effort=effort))
    assert coded.data[0] == DRAWING.number and coded.data[1] in numbers and coded.density_bytes == len(coded.data) - 2
    assert np.array_equal(DRAWING.decode(memoryview(coded.data)[1:], FORM, 60, None), drawing(60, 80))


@pytest.mark.parametrize("side", [5, 20, 80])
def test_the_best_effort_takes_no_more_bytes_than_the_default(side: int) -> None:
    form = Form("RGB", 8, side, side)
    default, best = (len(DRAWING.encode(drawing(side, side), form, Setting(effort=effort)).data) for effort in (5, 9))
    assert best <= default


def test_an_unknown_model_is_named_as_the_reason() -> None:
    data = bytearray(DRAWING.encode(drawing(60, 80), FORM, Setting()).data)
    data[1] = 200
    with pytest.raises(BadFile, match="later release"):
        DRAWING.decode(memoryview(bytes(data))[1:], FORM, 60, None)


def test_samples_beyond_their_bits_are_refused() -> None:
    data = DRAWING.encode(drawing(60, 80, 1), Form("L", 8, 80, 60), Setting()).data
    with pytest.raises(BadFile, match="4 bits"):
        DRAWING.decode(memoryview(data)[1:], Form("L", 4, 80, 60), 60, None)


def test_wide_pictures_and_deep_samples_are_left_to_others() -> None:
    assert DRAWING.can_code(Form("P", 1, 16383, 9)) and DRAWING.can_code(Form("CMYK", 8, 9, 9))
    assert not DRAWING.can_code(Form("L", 8, 16384, 9)) and not DRAWING.can_code(Form("I;16", 16, 9, 9))


def test_the_price_of_all_rows_is_near_what_they_take() -> None:
    coded = DRAWING.encode(drawing(60, 80), FORM, Setting())
    assert 0.7 * len(coded.data) < DRAWING.price(drawing(60, 80), FORM, Setting()) < 1.2 * len(coded.data)


def test_places_tell_where_bits_went() -> None:
    coded = DRAWING.encode(drawing(60, 80), FORM, Setting(places=True))
    assert coded.places is not None and coded.places.bits.shape == (60, 80)
