"""What the network of a photo model sees of pixels of more than 8 bits: the inputs of photo/surroundings.py, with the scales of scales.py.

Logarithms of scales are those that the net sees (scales.shown), and the luma is as its highest 8 bits would be.
"""

from __future__ import annotations

from codec.density.photo.deep.scales import deep_log, deep_ratio, inverse_scale, shown
from codec.density.photo.surroundings import (
    BETTER_LIMIT,
    ERROR_LIMIT,
    ERROR_NEIGHBOURS,
    RATIO_LIMIT,
    SCALE_NEIGHBOURS,
    mean_around,
)
from codec.density.shared.scales import UNIT, clamp, magnitude
from codec.lanes.neighbourhood import neighbour
from codec.lanes.vectors import LANES, fill_i32, load_i32, store_i32
from codec.system.kernels import kernel


@kernel
def deep_scale(scales, lanes, number, pixel):
    """q, as photo/surroundings.scale_of has it."""
    total = fill_i32(0)
    for i in range(SCALE_NEIGHBOURS):
        total = total + (magnitude(neighbour(lanes, number, pixel, i)) << (2 if i < 2 else 1 if i < 4 else 0))
    high = total >> 10
    scale = high * fill_i32(57) + (((total - (high << 10)) * fill_i32(57)) >> 10) + fill_i32(22)
    return deep_log(scales, scale)


@kernel
def deep_inputs(scales, view, lanes, channels, predictors, pixel, guesses, inputs, found):
    """Fill inputs (int32 [count][8]) and found (q, int32 [channels][8]) for a pixel of the segment."""
    slot, first = 0, load_i32(guesses, 0)
    for c in range(channels):
        q = deep_scale(scales, lanes, channels + c, pixel)
        store_i32(found, c * LANES, q)
        inverse = inverse_scale(scales, q)
        center = first if c == 0 else mean_around(lanes, c, pixel)
        for i in range(view.luma if c == 0 else view.chroma):
            value = neighbour(lanes, c, pixel, i) << 6
            store_i32(inputs, slot, deep_ratio(value - center, inverse, RATIO_LIMIT))
            slot += LANES
        slot = _error_inputs(scales, view, lanes, channels + c, channels, predictors, pixel, inverse, inputs, slot)
        store_i32(inputs, slot, shown(scales, q))
        slot += LANES
    store_i32(inputs, slot, ((first >> scales.more_bits) - fill_i32(128 * UNIT)) >> 7)
    inverse = inverse_scale(scales, load_i32(found, 0))
    for k in range(1, predictors):
        slot += LANES
        store_i32(inputs, slot, deep_ratio(load_i32(guesses, k * LANES) - first, inverse, ERROR_LIMIT))


@kernel
def _error_inputs(scales, view, lanes, number, stride, predictors, pixel, inverse, inputs, slot):
    """Store the inputs `errors` and `better` of a channel from `slot` on: the new slot."""
    log = fill_i32(0)
    for k in range(predictors):
        at, total, seen = number + k * stride, fill_i32(0), view.further if k else view.first
        for i in range(max(seen, ERROR_NEIGHBOURS)):
            error = neighbour(lanes, at, pixel, i)
            if i < seen:
                store_i32(inputs, slot, deep_ratio(error, inverse, ERROR_LIMIT))
                slot += LANES
            if i < ERROR_NEIGHBOURS:
                total = total + magnitude(error)
        own = deep_log(scales, (total + fill_i32(3)) >> 3)
        if k == 0:
            log = own
        else:
            store_i32(inputs, slot, clamp(log - own, BETTER_LIMIT))
            slot += LANES
    return slot
