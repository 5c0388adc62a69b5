"""Scales of more than 8 bits: those of 8 bits where there are any, and cells that are a small part of them."""

from __future__ import annotations

import numpy as np

from codec.density.photo.deep.scales import CELL_SCALE, HIGHEST_DEEP, OCTAVE, deep_tables
from codec.density.shared.scales import LOWEST_SCALE, make_tables

RECIPROCAL = np.asarray(make_tables()["reciprocal"], np.int32)


def test_small_scales_are_those_of_8_bits() -> None:
    tables, few = deep_tables(RECIPROCAL), CELL_SCALE - LOWEST_SCALE
    assert not tables.shift[:few].any() and (tables.shift[few:] > 0).all()
    assert np.array_equal(tables.inverse[: OCTAVE - LOWEST_SCALE], RECIPROCAL[: OCTAVE - LOWEST_SCALE] / np.float32(1 << 12))


def test_a_cell_is_a_small_part_of_the_scale() -> None:
    tables, q = deep_tables(RECIPROCAL), np.arange(LOWEST_SCALE, HIGHEST_DEEP + 1)
    in_cells = q - OCTAVE * tables.shift
    assert in_cells.max() < CELL_SCALE and in_cells[tables.shift > 0].min() == CELL_SCALE - OCTAVE
    assert (2.0 ** (q / OCTAVE) >= 32 * 2.0**tables.shift)[tables.shift > 0].all()


def test_the_inverse_is_that_of_the_scale() -> None:
    q = np.arange(0, HIGHEST_DEEP + 1)
    wanted = 32 / 64 / 2.0 ** (q / OCTAVE)
    assert np.allclose(deep_tables(RECIPROCAL).inverse[-LOWEST_SCALE:], wanted, rtol=0.001)
