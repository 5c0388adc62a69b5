"""The logistic curve of mixtures, as a table of steps and straight lines between them."""

from __future__ import annotations

from codec.lanes.vectors import fill_i64, gather_i64, high_of, low_of
from codec.system.kernels import kernel

PRECISION = 24  # the curve rises to 2^24, the total of intervals
CURVE_REACH, CURVE_SHIFT = 512, 8  # steps to each side, and the logarithm of a step's length


@kernel
def position_of(edge, location, slope):
    """Where an edge is on the curve, in 2^-13 scales from its middle; all int64."""
    limit = CURVE_REACH << CURVE_SHIFT
    return low_of(high_of(((edge - location) * slope) >> 12, fill_i64(-limit)), fill_i64(limit - 1))


@kernel
def mass_below(curve, position):
    """The curve at a position, in 2^-24. curve: int64, of each step its value << 32 and its rise."""
    place = position + fill_i64(CURVE_REACH << CURVE_SHIFT)
    step = gather_i64(curve, place >> CURVE_SHIFT)
    return (step >> 32) + (((step & fill_i64(0xFFFFFFFF)) * (place & fill_i64((1 << CURVE_SHIFT) - 1))) >> CURVE_SHIFT)
