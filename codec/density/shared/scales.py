"""Local scales, in which networks see differences: tables of their logarithms and reciprocals, and integer arithmetic on eight lanes.

A scale is known by q, its logarithm in 1/32 octave of a level; differences are in 1/64 level. ratio(d) is d in 1/32 of the scale.

    log            of 1 ... 32767 in 1/64 level                          int16
    scale          round(64 2^(q / 32)), from LOWEST_SCALE up            int32
    reciprocal     round(2^12 32 / (64 2^(q / 32))), likewise            int32

Tables are a model's: its file stores what make_tables returned when it was exported.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from codec.lanes.vectors import fill_i32, gather_i16, gather_i32, high_of, i32_i64, low_of
from codec.system.kernels import kernel

UNIT = 64  # of a level: predictions, errors and locations are in 1/64 level
LOG_ENTRIES = 1 << 15
LOWEST_SCALE, HIGHEST_SCALE = -192, 352


class Tables(NamedTuple):
    """Pointers to log (int16), scale and reciprocal (int32; entry 0 is for LOWEST_SCALE)."""

    log: Any
    scale: Any
    reciprocal: Any


def make_tables() -> dict[str, NDArray[np.int16] | NDArray[np.int32]]:
    """The tables by name, made with floating point."""
    log = np.rint(32 * np.log2(np.maximum(np.arange(LOG_ENTRIES), 1) / UNIT)).astype(np.int16)
    scales = 2.0 ** (np.arange(LOWEST_SCALE, HIGHEST_SCALE + 1) / 32)
    return {
        "log": log,
        "scale": np.rint(UNIT * scales).astype(np.int32),
        "reciprocal": np.rint((1 << 12) * 32 / UNIT / scales).astype(np.int32),
    }


@kernel
def clamp(value, limit):
    """A value (int32) within +-limit."""
    return low_of(high_of(value, fill_i32(-limit)), fill_i32(limit))


@kernel
def magnitude(value):
    """The absolute value (int32)."""
    return high_of(value, fill_i32(0) - value)


@kernel
def ratio(difference, reciprocal, limit):
    """A difference in 1/32 of the scale, within +-limit."""
    return clamp((difference * reciprocal + fill_i32(1 << 11)) >> 12, limit)


@kernel
def look_up(table, q):
    """The entries of `scale` or `reciprocal`."""
    return gather_i32(table, i32_i64(q - fill_i32(LOWEST_SCALE)))


@kernel
def log_of_sum(tables, total):
    """The logarithm of an eighth of a sum of errors."""
    index = low_of(high_of((total + fill_i32(3)) >> 3, fill_i32(1)), fill_i32(LOG_ENTRIES - 1))
    return gather_i16(tables.log, i32_i64(index))
