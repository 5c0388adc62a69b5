"""Luma as chroma components are shown it."""

import numpy as np
from helpers.small_jpegs import small_blocks

from codec.density.jpeg.blocks import FACTS
from codec.density.jpeg.constants import ZIGZAG, cosines
from codec.density.jpeg.luma import halving, luma_ratio, luma_references


def test_the_cosines_are_those_of_the_transform() -> None:
    frequency, pixel = np.mgrid[0:8, 0:8]
    exact = np.cos((2 * pixel + 1) * frequency * np.pi / 16) * np.where(frequency == 0, np.sqrt(1 / 8), 0.5)
    assert np.abs(cosines() / 8192 - exact).max() < 1e-4


def test_the_zigzag_visits_every_place_once() -> None:
    assert sorted(ZIGZAG.tolist()) == list(range(64))


def test_halving_is_the_mean_of_pixels_side_by_side() -> None:
    basis = cosines() / 8192
    both = np.random.default_rng(0).normal(0, 50, 16)
    pixels = np.concatenate([basis.T @ both[:8], basis.T @ both[8:]])
    assert np.allclose(halving() / 4096 @ both, basis @ pixels.reshape(8, 2).mean(1), atol=0.1)


def test_luma_of_the_same_resolution_is_dequantised_luma() -> None:
    luma, steps = small_blocks(np.random.default_rng(0), 3, 4), np.arange(1, 65)
    low, busy, facts = luma_references(luma, np.ones((3, 4, FACTS), np.int32), steps, (1, 1), 3, 4)
    assert np.array_equal(low[:-1].reshape(luma.shape), luma * steps)
    assert np.array_equal(busy[:-1].reshape(luma.shape), 4 * np.abs(luma)) and (facts[:-1] == 1).all()


def test_luma_of_half_the_resolution_is_what_the_matrices_make_of_four_blocks() -> None:
    rng = np.random.default_rng(1)
    luma, steps = rng.integers(-999, 1000, (4, 2, 64)).astype(np.int16), rng.integers(1, 99, 64)
    facts = rng.integers(0, 64, (4, 2, FACTS)).astype(np.int32)
    low, busy, found = luma_references(luma, facts, steps, (2, 2), 2, 1)
    for row in range(2):
        four = np.clip(luma[2 * row : 2 * row + 2].astype(np.int64) * steps, -32767, 32767).reshape(2, 2, 8, 8)
        made = halving() @ four.transpose(0, 2, 1, 3).reshape(16, 16) @ halving().T
        assert np.array_equal(low[row], np.clip((made + (1 << 23)) >> 24, -32767, 32767).reshape(64))
        assert np.array_equal(busy[row], np.abs(luma[2 * row : 2 * row + 2].astype(np.int64)).sum((0, 1)))
        assert np.array_equal(found[row], facts[2 * row : 2 * row + 2].sum((0, 1)) // 4)


def test_blocks_beyond_luma_repeat_its_last_ones() -> None:
    luma, steps = small_blocks(np.random.default_rng(0), 2, 2), np.ones(64, np.int64)
    low, _, _ = luma_references(luma, np.zeros((2, 2, FACTS), np.int32), steps, (1, 1), 3, 2)
    assert np.array_equal(low[4:6], low[2:4])


def test_ratios_other_than_one_and_two_have_no_reference() -> None:
    assert luma_ratio((2, 2), (1, 2)) == (2, 1)
    assert luma_ratio((1, 4), (1, 1)) is None and luma_ratio((3, 1), (2, 1)) is None and luma_ratio((1, 1), (2, 1)) is None
