"""Local scales of samples of more than 8 bits, and the cells of levels in which these are coded: a small part of the scale each.

Scales are those of shared/scales.py, and go further up: q, the logarithm of a scale in 1/32 octave of a level, is from LOWEST_SCALE to
HIGHEST_DEEP. Where the scale is q, a cell is 2^s levels: s = 0 for q below CELL_SCALE, and else so that q - 32 s, the scale in cells,
is one of the 32 below CELL_SCALE. Then a cell is at most a 32nd of the scale, and the tables of a model of 8 bits serve any number of bits.

    inverse    reciprocal[q - 32 n] / 2^(12 + n)    in single precision, exact, n the whole octaves of q, 0 below the first: a difference
                                                    in 1/64 level times this is in 1/32 scale
    shift      s

ratio(d) is that product within its limit, rounded: floor(product + (2^15 + 1/2)) - 2^15, in single precision. The logarithm of a value of
2^15 and more is that of a 256th, rounded down, and 8 octaves.

A net of 8 bits sees levels of 2^e levels, e = the bits of the highest level less 9: 32 e is taken off every q that it sees (`shown`). That
took 0.1 to 0.5 % off, and no other e took off 0.1 % more; a net of 8 bits sees the noise of its photos so.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from codec.density.shared.scales import HIGHEST_SCALE, LOG_ENTRIES, LOWEST_SCALE, clamp
from codec.lanes.vectors import (
    LANES,
    f32_i32,
    fill_f32,
    fill_i32,
    gather_i16,
    gather_i32,
    get_f32,
    high_of,
    i32_f32,
    i32_i64,
    lane,
    low_of,
    pointer,
    select,
    with_lane,
)
from codec.system.array_types import Array1
from codec.system.kernels import kernel

HIGHEST_DEEP = 576
CELL_SCALE, OCTAVE = 192, 32
SHOWN_BITS = 9  # of levels that a net sees as they are
ROUNDING = 1 << 15
FAR_BITS = 8  # by which sums beyond the table of logarithms are shifted


class DeepTables(NamedTuple):
    """Tables by q - LOWEST_SCALE."""

    inverse: Array1[np.float32]
    shift: Array1[np.int32]


class DeepScales(NamedTuple):
    """Pointers to DeepTables and to the model's `log` (int16); how many bits more than 8 levels have; and 32 e."""

    inverse: Any
    shift: Any
    log: Any
    more_bits: Any
    exposure: Any


def deep_tables(reciprocal: NDArray[np.int32]) -> DeepTables:
    """The tables that follow from a model's."""
    q = np.arange(LOWEST_SCALE, HIGHEST_DEEP + 1)
    shift = np.maximum((q - CELL_SCALE) // OCTAVE + 1, 0)
    octaves = np.maximum(q // OCTAVE, 0)
    exact = reciprocal[q - OCTAVE * octaves - LOWEST_SCALE].astype(np.float64) * 2.0 ** -(12.0 + octaves)
    return DeepTables(exact.astype(np.float32), shift.astype(np.int32))


@kernel(inline=True)
def scales_of(tables, log, top):
    """Scales of the arrays, for levels up to `top`."""
    bits = 8
    while top >> bits:
        bits += 1
    return DeepScales(pointer(tables.inverse), pointer(tables.shift), pointer(log), bits - 8, max(bits - SHOWN_BITS, 0) * OCTAVE)


@kernel
def inverse_scale(scales, q):
    """The entries of `inverse`."""
    found, index = fill_f32(0.0), q - fill_i32(LOWEST_SCALE)
    for number in range(LANES):
        found = with_lane(found, number, get_f32(scales.inverse, lane(index, number)))
    return found


@kernel
def shift_of(scales, q):
    """The entries of `shift`."""
    return gather_i32(scales.shift, i32_i64(q - fill_i32(LOWEST_SCALE)))


@kernel
def deep_ratio(difference, inverse, limit):
    """A difference in 1/32 of the scale, within +-limit."""
    value = i32_f32(difference) * inverse
    value = select(value < fill_f32(limit), value, fill_f32(limit))
    value = select(fill_f32(-limit) < value, value, fill_f32(-limit))
    return f32_i32(value + fill_f32(ROUNDING + 0.5)) - fill_i32(ROUNDING)


@kernel
def deep_log(scales, value):
    """The logarithm of a value in 1/64 level."""
    entries = fill_i32(LOG_ENTRIES)
    far = entries <= value
    index = select(far, value >> FAR_BITS, value)
    index = low_of(high_of(index, fill_i32(1)), fill_i32(LOG_ENTRIES - 1))
    return gather_i16(scales.log, i32_i64(index)) + select(far, fill_i32(FAR_BITS * OCTAVE), fill_i32(0))


@kernel
def shown(scales, q):
    """A logarithm as the net sees it."""
    return clamp(q - fill_i32(scales.exposure), HIGHEST_SCALE)
