"""Layouts of chroma: how many samples there are, and what pixels get of them."""

from __future__ import annotations

import numpy as np
import pytest

from codec.methods.traces.layouts import BETWEEN, COLUMN_PHASE, PAIRS, ROW_PHASE, Axis, chroma_layout, layout_codes


def samples_of(shape: tuple[int, int]) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, shape).astype(np.int32)


@pytest.mark.parametrize("code", [0, *layout_codes()])
@pytest.mark.parametrize("size", [(1, 1), (1, 2), (2, 1), (7, 10), (10, 7)])
def test_every_pixel_has_samples_and_every_sample_a_pixel(code: int, size: tuple[int, int]) -> None:
    layout = chroma_layout(code, *size)
    for axis, samples in zip((layout.rows, layout.columns), layout.shape, strict=True):
        assert set(axis.first) | set(axis.second) == set(range(samples)) and len(axis.first) == axis.pixels
    assert layout.spread(samples_of(layout.shape)).shape == size


@pytest.mark.parametrize("code", [0, *layout_codes()])
def test_flat_chroma_stays_flat(code: int) -> None:
    layout = chroma_layout(code, 9, 12)
    assert (layout.spread(np.full(layout.shape, 77, np.int32)) == 77).all()


def test_pairs_repeat_samples() -> None:
    samples, wide = samples_of((3, 4)), np.repeat(np.repeat(samples_of((3, 4)), 2, 0), 2, 1)
    assert np.array_equal(chroma_layout(1, 6, 8).spread(samples), wide)
    assert np.array_equal(chroma_layout(1 | ROW_PHASE | COLUMN_PHASE, 5, 7).spread(samples), wide[1:, 1:])


def test_between_samples_lie_their_means() -> None:
    spread = chroma_layout(3, 3, 3).spread(np.array([[0, 10], [20, 40]], np.int32))
    assert spread.tolist() == [[0, 5, 10], [10, 18, 25], [20, 30, 40]]


def test_a_phase_moves_the_samples_by_a_pixel() -> None:
    assert Axis(PAIRS, 1, 5).first.tolist() == [0, 1, 1, 2, 2]
    assert Axis(BETWEEN, 1, 4).first.tolist() == [0, 1, 1, 2] and Axis(BETWEEN, 1, 4).second.tolist() == [1, 1, 2, 2]


def test_each_layout_has_one_byte() -> None:
    assert len(set(layout_codes())) == len(layout_codes()) == 10
