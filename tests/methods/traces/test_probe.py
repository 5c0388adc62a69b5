"""Few pixels tell which map made them, and do not take a photo for one."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.traced import from_map, once_jpeg, photo_pixels

from codec.methods.traces.maps import MAPS
from codec.methods.traces.probe import maps_of, tells
from codec.methods.traces.trace import MAP_NAMES

FULL = "BT.601 full range"


@pytest.mark.parametrize("number", range(len(MAPS)))
def test_the_map_that_made_pixels_is_known(number: int) -> None:
    assert number in maps_of(from_map(photo_pixels(), number))


@pytest.mark.parametrize("seed", range(5))
def test_a_photo_was_made_by_none(seed: int) -> None:
    assert maps_of(photo_pixels(seed=seed)) == []


def test_what_was_once_a_jpeg_was_made_by_what_jpegs_have() -> None:
    assert [MAP_NAMES[number] for number in maps_of(once_jpeg(photo_pixels(), quality=90))] in (["JFIF", FULL], [FULL, "JFIF"])


@pytest.mark.parametrize("value", [0, 128, 255])
def test_flat_and_gray_pixels_tell_nothing(value: int) -> None:
    flat = np.full((80, 80, 3), value, np.uint8)
    assert not tells(flat) and not maps_of(flat) and tells(photo_pixels())
