"""Floats that are quotients of whole numbers are found and come back bit for bit."""

from __future__ import annotations

import numpy as np
import pytest

from codec.methods.quotients import DIVISORS, QUOTIENTS, floats_of, numerators_of

VALUES = np.random.default_rng(0).integers(-60000, 60000, (50, 60, 1), dtype=np.int32)


@pytest.mark.parametrize("quotient", range(QUOTIENTS))
def test_quotients_are_found_and_come_back(quotient: int) -> None:
    pixels = floats_of(VALUES, quotient)
    found = numerators_of(pixels)
    assert found is not None and floats_of(found[1], found[0]).tobytes() == pixels.tobytes()


def test_a_float_divided_in_single_precision_is_one() -> None:
    for divisor in DIVISORS:
        assert numerators_of(VALUES.astype(np.float32) / np.float32(divisor)) is not None


@pytest.mark.parametrize("odd", [np.pi, np.nan, np.inf, -0.0, 3e38])
def test_a_single_other_float_is_none(odd: float) -> None:
    pixels = VALUES.astype(np.float32)
    pixels[7, 9] = odd
    assert numerators_of(pixels) is None
