"""Luma at the resolution of a chroma component, in frequencies: what its blocks are shown of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from codec.density.jpeg.blocks import FACTS, LAST_OF
from codec.density.jpeg.constants import COSINE_BITS, FIELD, SIZE, VALUE_LIMIT, cosines

MATRIX_BITS = 12
ROWS_AT_ONCE = 16


def halving() -> NDArray[np.int64]:
    """[8, 16]: from the frequencies of two blocks side by side to those of one of half the resolution; 12 fraction bits."""
    basis = cosines()
    pairs = basis[:, 0::2] + basis[:, 1::2]  # [frequency, pair of pixels]
    parts = [basis[:, 4 * side : 4 * side + 4] @ pairs.T for side in range(2)]
    rounding = 2 * COSINE_BITS + 1 - MATRIX_BITS
    return (np.concatenate(parts, 1) + (1 << (rounding - 1))) >> rounding


def luma_ratio(luma: tuple[int, int], component: tuple[int, int]) -> tuple[int, int] | None:
    """By how much luma's (vertical, horizontal) sampling is finer: 1 or 2 each; None for other ratios."""
    (v, h), (down, across) = luma, component
    if v % down or h % across or v // down > 2 or h // across > 2:
        return None
    return v // down, h // across


def luma_references(
    luma: NDArray[np.int16], facts: NDArray[np.int32], steps: NDArray[np.int64], ratio: tuple[int, int], rows: int, columns: int
) -> tuple[NDArray[np.int16], NDArray[np.int16], NDArray[np.int32]]:
    """(luma dequantised at this resolution, four times its mean magnitudes, its mean facts) of rows x columns blocks, as
    surroundings.CodedBlocks has them. luma: int16 [rows, columns, 64], facts int32 [rows, columns, FACTS] of its own blocks."""
    down, across = ratio
    size = down * across
    count = rows * columns
    low, busy = np.zeros((count + 1, SIZE), np.int16), np.zeros((count + 1, SIZE), np.int16)
    found = np.zeros((count + 1, FACTS), np.int32)
    tall, wide = ((np.eye(FIELD) * (1 << MATRIX_BITS)) if times == 1 else halving().astype(np.float64) for times in ratio)
    for first in range(0, rows, ROWS_AT_ONCE):
        here = min(ROWS_AT_ONCE, rows - first)
        y = np.minimum(np.arange(first * down, (first + here) * down), luma.shape[0] - 1)
        x = np.minimum(np.arange(columns * across), luma.shape[1] - 1)
        part = luma[y][:, x].astype(np.int64).reshape(here, down, columns, across, SIZE).transpose(0, 2, 1, 3, 4)
        place = slice(first * columns, (first + here) * columns)
        busy[place] = np.minimum(4 * np.abs(part).sum((2, 3)) // size, VALUE_LIMIT).reshape(-1, SIZE)
        found[place] = (facts[y][:, x].reshape(here, down, columns, across, FACTS).sum((1, 3)) // size).reshape(-1, FACTS)
        whole = np.clip(part * steps, -VALUE_LIMIT, VALUE_LIMIT).astype(np.float64)
        whole = whole.reshape(here * columns, down, across, FIELD, FIELD).transpose(0, 1, 3, 2, 4)
        made = tall @ whole.reshape(-1, down * FIELD, across * FIELD) @ wide.T
        made = (made.astype(np.int64) + (1 << (2 * MATRIX_BITS - 1))) >> (2 * MATRIX_BITS)
        low[place] = np.clip(made, -VALUE_LIMIT, VALUE_LIMIT).reshape(-1, SIZE)
    return low, busy, found


assert LAST_OF == 0
