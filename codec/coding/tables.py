"""Integer tables: the format's own log2 and exp2, and the curves, scales and bins that a model file stores.

`log2_table` and `exp2_table` are constants of the format: made with integers alone, equal on every machine.

`make_curve`, `make_scales` and `equal_mass_edges` use floating point. They run once, when a model is exported; the
model file stores what they return, and coding only ever reads those integers.

    position     (edge - location) * reciprocal[scale] >> 20            fixed point, 2^-16 scales
    curve        at position / 2^16, a cumulative probability in units of 2^-30, linear between its entries
"""

from __future__ import annotations

import functools
import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from codec.errors import BadInterval
from codec.system.records import record

COST_BITS = 24  # costs are in units of 2^-24 bit
TABLE_BITS = 12  # log2 and exp2 are tables of 2^12 steps, linear in between
MASS_BITS = 30  # a curve ends at 2^30
POSITION_BITS = 16  # positions on a curve are in units of 2^-16 scales
RECIPROCAL_BITS = 20
LOCATION_LIMIT = 1 << 28  # edges and locations lie inside +- this
RECIPROCAL_LIMIT = 1 << 33  # so that (edge - location) * reciprocal stays below 2^63


@functools.cache
def log2_table() -> NDArray[np.int64]:
    """int64[4097]: log2(1 + i / 4096) in units of 2^-32, by repeated squaring."""
    mantissa = (np.arange(1 << TABLE_BITS, dtype=np.uint64) << np.uint64(31 - TABLE_BITS)) | np.uint64(1 << 31)
    table = np.zeros((1 << TABLE_BITS) + 1, np.int64)
    for bit in range(31, -1, -1):
        square = mantissa * mantissa
        above = square >= np.uint64(1 << 63)
        mantissa = square >> (np.uint64(31) + above.astype(np.uint64))
        table[:-1] |= above.astype(np.int64) << bit
    table[-1] = 1 << 32
    return table


@functools.cache
def exp2_table() -> NDArray[np.int64]:
    """int64[4097]: 2^(-i / 4096) in units of 2^-30, from integer square roots."""
    roots, root = [], 1 << 59
    for _ in range(TABLE_BITS):  # 2^(-1/2), 2^(-1/4) ... in units of 2^-60
        root = math.isqrt(root << 60)
        roots.append(root)
    table = [1 << 60]
    for root in roots:  # the halving step is the highest bit of the index
        table = [value for entry in table for value in (entry, entry * root >> 60)]
    return np.array([(entry + (1 << 29)) >> 30 for entry in [*table, 1 << 59]], np.int64)


@record(frozen=True)
class Curve:
    """A cumulative distribution function as a table.

    values: int64[2 n + 1], non-decreasing from 0 to 2^30; entry i belongs to position (i - n) << shift.
    """

    values: NDArray[np.int64]
    shift: int

    def __post_init__(self) -> None:
        values = self.values
        if values.ndim != 1 or values.dtype != np.int64 or values.size < 3 or values.size % 2 == 0:
            raise BadInterval(f"a curve is int64[2 n + 1], not {values.dtype} of shape {values.shape}")
        if values[0] != 0 or values[-1] != 1 << MASS_BITS or (np.diff(values) < 0).any():
            raise BadInterval("a curve must rise from 0 to 2^30 without falling")
        if not 1 <= self.shift <= POSITION_BITS or values.size << self.shift > 1 << 40:
            raise BadInterval(f"a curve with steps of 2^{self.shift} positions is out of range")


def make_curve(kind: str) -> Curve:
    """The standard "logistic" (to +-24, steps of 1/64) or "normal" (to +-8, steps of 1/128) cumulative distribution."""
    if kind not in ("logistic", "normal"):
        raise BadInterval(f"no curve is called {kind!r}: take logistic or normal")
    reach, steps = (24, 64) if kind == "logistic" else (8, 128)
    lower = []
    for i in range(reach * steps):
        x = reach - i / steps
        tail = 1 / (1 + math.exp(x)) if kind == "logistic" else math.erfc(x / math.sqrt(2)) / 2
        lower.append(round(tail * (1 << MASS_BITS)) if i else 0)
    middle, top = 1 << (MASS_BITS - 1), 1 << MASS_BITS
    values = np.array([*lower, middle, *(top - value for value in reversed(lower))], np.int64)
    return Curve(values, POSITION_BITS - (steps.bit_length() - 1))


def make_scales(scales: ArrayLike) -> NDArray[np.int64]:
    """Reciprocals, int64 of the same shape, for scales given in the units of edges and locations (at least 8 of them)."""
    scale = np.asarray(scales, np.float64)
    if not (np.isfinite(scale).all() and (scale >= 8).all() and (scale < LOCATION_LIMIT).all()):
        raise BadInterval(f"scales must lie in [8, {LOCATION_LIMIT}) units of the locations: give the locations more fraction bits")
    return np.rint((1 << (RECIPROCAL_BITS + POSITION_BITS)) / scale).astype(np.int64)


def equal_mass_edges(bits: int, fraction_bits: int = 16) -> NDArray[np.int64]:
    """int64[2^bits + 1]: edges, in units of 2^-fraction_bits, of 2^bits bins that are equally likely under N(0, 1).

    Every 2^j-th edge makes the 2^(bits - j) bins; the middle of bin i is edge 2 i + 1 of bits + 1. The outermost two
    stand for infinity.
    """
    if not 1 <= bits <= 20 or not 8 <= fraction_bits <= 20:
        raise BadInterval(f"2^{bits} bins in units of 2^-{fraction_bits}: from 1 to 20 bits of bins, 8 to 20 of fraction")
    from statistics import NormalDist  # only export needs it

    normal, half = NormalDist(), 1 << (bits - 1)
    lower = [-16.0, *(normal.inv_cdf(i / (1 << bits)) for i in range(1, half))]
    edges = np.rint(np.array(lower) * (1 << fraction_bits)).astype(np.int64)
    return np.concatenate([edges, [0], -edges[::-1]])


def grid_edges(count: int, step: int, first: int = 0) -> NDArray[np.int64]:
    """int64[count + 1]: edges of `count` bins of width `step` (even), the middle of bin i at first + i * step."""
    if count < 1 or step < 2 or step % 2:
        raise BadInterval(f"a grid of {count} bins of width {step}: it needs at least one bin, of an even width")
    return first - step // 2 + step * np.arange(count + 1, dtype=np.int64)
