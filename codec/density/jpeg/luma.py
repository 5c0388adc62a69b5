"""Luma at the resolution of a chroma component, in frequencies: what its blocks are shown of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from codec.density.jpeg.blocks import FACTS, LAST_OF
from codec.density.jpeg.constants import COSINE_BITS, FIELD, SIZE, VALUE_LIMIT, cosines
from codec.lanes.vectors import LANES, fill_f64, get_f64, load_f64, pointer, put_f64, put_i16, store_f64
from codec.system.array_types import Array1, Array2, Array3
from codec.system.kernels import entry

MATRIX_BITS = 12
LARGEST = float(VALUE_LIMIT)


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
    low, busy = np.zeros((rows * columns + 1, SIZE), np.int16), np.zeros((rows * columns + 1, SIZE), np.int16)
    found = np.zeros((rows * columns + 1, FACTS), np.int32)
    tall, wide = (np.eye(FIELD) * (1 << MATRIX_BITS) if times == 1 else halving().astype(np.float64) for times in ratio)
    matrices = np.ascontiguousarray(tall.T), np.ascontiguousarray(wide.T)
    refer_to_luma(luma, facts, steps.astype(np.float64), *matrices, *ratio, columns, np.zeros((4, SIZE)), low, busy, found)
    return low, busy, found


@entry
def refer_to_luma(
    luma: Array3[np.int16],
    facts: Array3[np.int32],
    steps: Array1[np.float64],
    tall: Array2[np.float64],
    wide: Array2[np.float64],
    down: int,
    across: int,
    columns: int,
    scratch: Array2[np.float64],
    low: Array2[np.int16],
    busy: Array2[np.int16],
    found: Array2[np.int32],
) -> None:
    """Fill what luma_references gives. tall, wide: float64 [8 down, 8], [8 across, 8]; scratch: float64 [4, 64].

    All sums are integers below 2^53.
    Long because all that there is of a block is found while it is at hand."""
    size, zero = down * across, fill_f64(0.0)
    sums, made, magnitudes = pointer(scratch), pointer(scratch[2:]), pointer(scratch[3:])
    tall_rows, wide_rows, low_blocks, busy_blocks = pointer(tall), pointer(wide), pointer(low), pointer(busy)
    for block in range(low.shape[0] - 1):
        row, column = block // columns, block % columns
        for i in range(0, SIZE, LANES):
            store_f64(magnitudes, i, zero)
        for i in range(FACTS):
            found[block, i] = 0
        for y in range(down * FIELD):
            from_row, total = min(row * down + y // FIELD, luma.shape[0] - 1), zero
            for x in range(across):
                from_column, first = min(column * across + x, luma.shape[1] - 1), y % FIELD * FIELD
                for i in range(FIELD):
                    value = np.float64(luma[from_row, from_column, first + i])
                    if value != 0.0:
                        put_f64(magnitudes, first + i, get_f64(magnitudes, first + i) + abs(value))
                        value = min(max(value * steps[first + i], -LARGEST), LARGEST)
                        total = total + fill_f64(value) * load_f64(wide_rows, (x * FIELD + i) * FIELD)
                if first == 0:
                    for i in range(FACTS):
                        found[block, i] += facts[from_row, from_column, i]
            store_f64(sums, y * FIELD, total)
        for i in range(FACTS):
            found[block, i] //= size
        for v in range(FIELD):
            total = zero
            for y in range(down * FIELD):
                total = total + fill_f64(get_f64(tall_rows, y * FIELD + v)) * load_f64(sums, y * FIELD)
            store_f64(made, v * FIELD, total)
        for i in range(SIZE):
            rounded = (np.int64(get_f64(made, i)) + (1 << (2 * MATRIX_BITS - 1))) >> (2 * MATRIX_BITS)
            put_i16(low_blocks, block * SIZE + i, min(max(rounded, -VALUE_LIMIT), VALUE_LIMIT))
            put_i16(busy_blocks, block * SIZE + i, min(4 * np.int64(get_f64(magnitudes, i)) // size, VALUE_LIMIT))


assert LAST_OF == 0
