"""The photo model's fused kernels: a stripe's pixels <-> intervals and words, eight rows side by side (wavefront.py).

For each pixel: predictions (predict.py), and for each channel a mixture of K logistic distributions (network.py), whose intervals of
precision 24 are

    position       (edge - location) slope >> 12, in 2^-13 scales;   edge of symbol i: 64 (i + lowest level) - 32
    below(i)       sum of weight times curve at position, >> 12
    start(i)       (below(i) (2^24 - symbols) >> 24) + i;   start(0) = 0, start(symbols) = 2^24

What is carried from pixel to pixel is free of z, but for layers that learn (adapt.py). Encoding knows all pixels, so predictions are made
first and intervals in a second pass.
"""

# mypy: disable-error-code="no-untyped-def"
from __future__ import annotations

import numpy as np
from numba import njit

from codec.coding.message import HEAD_LOW, ONE, WORD_BITS, put, take
from codec.coding.tables import COST_BITS, TABLE_BITS
from codec.density.photo.predictors import UNIT, begin_segment, end_segment, learn_channel, predict_channel, sums_of
from codec.density.photo.surroundings import look_up
from codec.density.shared import learning
from codec.density.shared.learning import OUTPUT, TRUNK0, TRUNK1
from codec.density.shared.logistic import mass_below, position_of
from codec.density.shared.network import (
    INPUTS,
    LAYER_FIELDS,
    LEARNT,
    OUTPUTS,
    PRECISION,
    UNITS,
    WEIGHT_BITS,
    forget_tiles,
    know,
    mixture,
    net_of,
    set_tiles,
    trunk,
)
from codec.lanes.vectors import (
    LANES,
    fill_i32,
    fill_i64,
    gather_i16,
    get_i64,
    i32_i64,
    i64_i32,
    lane,
    load_i32,
    load_i64,
    pointer,
    select,
    store_i32,
    with_lane,
)
from codec.lanes.wavefront import PAD, SEGMENT, lanes_of, place_lanes, put_padded, segments_of, step_lanes

# ---------------------------------------------------------------- learning


@njit
def _find_gradients(net, lanes, channels, c, value):
    """Gradients of the layers below channel c, whose mixture the net holds, from the pixel's value; of the trunk after the last channel."""
    lowest, symbols = _range_of(c)
    scale, idle = look_up(net.tables.scale, load_i32(net.scales, c * LANES)), load_i64(lanes.idle, 0)
    layer, outputs = OUTPUT + 2 * c, (2 + net.predictors) * net.components
    learning.mixture_gradient(net.learner, net, layer, value, scale, lowest, lowest + symbols - 1, idle)
    while layer != TRUNK0:  # a loop, so that functions are compiled once and not for each layer
        is_head = layer > TRUNK1 and layer % 2 == 0
        field, below = layer * LAYER_FIELDS, TRUNK1 if is_head else layer - 1
        if get_i64(net.plan, below * LAYER_FIELDS + LEARNT) < 0:
            return
        units = get_i64(net.plan, below * LAYER_FIELDS + OUTPUTS)
        weights, stride = get_i64(net.plan, field + LEARNT), get_i64(net.plan, field + OUTPUTS)
        learning.back(net.learner, layer, below, weights, units, outputs, stride, is_head and c > 0)
        if is_head and c + 1 < channels:
            return
        learning.through(net.learner, below, layer, net.modulation, get_i64(net.plan, below * LAYER_FIELDS + UNITS), units)
        layer, outputs = below, units


@njit
def _learn(net):
    """A step of all layers that learn."""
    for layer in range(net.learner.layers):
        field = layer * LAYER_FIELDS
        weights = get_i64(net.plan, field + LEARNT)
        if weights >= 0:
            learning.add_up(net.learner, layer, weights, get_i64(net.plan, field + INPUTS), get_i64(net.plan, field + OUTPUTS))
    learning.learn(net.learner, net.first)


# ---------------------------------------------------------------- intervals


@njit
def _start(net, symbol, lowest, symbols):
    """Where the intervals of symbols (int64, 0 ... symbols) begin."""
    edge, below = ((symbol + fill_i64(lowest)) << 6) - fill_i64(UNIT // 2), fill_i64(0)
    for k in range(0, net.components * LANES, LANES):
        position = position_of(edge, load_i64(net.locations, k), load_i64(net.slopes, k))
        below = below + load_i64(net.component_weights, k) * mass_below(net.curve, position)
    start = (((below >> WEIGHT_BITS) * fill_i64((1 << PRECISION) - symbols)) >> PRECISION) + symbol
    start = select(symbol == fill_i64(0), fill_i64(0), start)
    return select(symbol == fill_i64(symbols), fill_i64(1 << PRECISION), start)


@njit
def _range_of(channel):
    """Lowest level and number of symbols of a channel."""
    return (0, 256) if channel == 0 else (-255, 511)


@njit(cache=True, nogil=True)
def make_intervals(planes, errors, first_row, rows, network, buffers, tile_of, modulations, starts, freqs, owners, costs):
    """The intervals of rows of known pixels in coding order (uint32), and in which lanes they are (uint8): how many there are.

    costs (int64, by tile) grow by -log2 p in units of 2^-24 bit.

    planes: int16 [C, h + 1, w + 8], errors: int16 [P, C, h + 1, w + 8]; tile_of: int64 [w]; modulations: int32 [tiles, 2 units].
    """
    channels, width, area = planes.shape[0], planes.shape[2] - 2 * PAD, planes.shape[1] * planes.shape[2]
    net, lanes, plane, error = net_of(network, buffers, channels), lanes_of(buffers.lanes), pointer(planes), pointer(errors)
    log2, count = pointer(network.log2), 0
    forget_tiles(net)
    if net.learner.size > 0:
        learning.begin(net.learner, net.first)
    for segment in range(segments_of(rows, width)):
        place_lanes(lanes, segment, first_row, rows, width)
        for pixel in range(SEGMENT):
            if net.learner.size > 0:
                learning.turn_to(net.learner, pixel)
            set_tiles(net, lanes, tile_of, modulations)
            for c in range(channels):
                place = load_i64(lanes.place, 0) + fill_i64(c * area)
                value = gather_i16(plane, place)
                for k in range(net.predictors):
                    store_i32(net.guesses, k * LANES, (value << 6) - gather_i16(error, place + fill_i64(k * channels * area)))
                if c == 0:
                    trunk(net, plane, error, area, channels, lanes)
                mixture(net, c)
                lowest, symbols = _range_of(c)
                symbol = i32_i64(value) - fill_i64(lowest)
                start = _start(net, symbol, lowest, symbols)
                freq = _start(net, symbol + fill_i64(1), lowest, symbols) - start
                if net.learner.size > 0:
                    _find_gradients(net, lanes, channels, c, value)
                know(net, channels, c, value)
                for number in range(LANES):
                    if get_i64(lanes.idle, number) == 0:
                        starts[count], freqs[count], owners[count] = lane(start, number), lane(freq, number), number
                        costs[get_i64(net.tiles, number)] += _cost(log2, lane(freq, number))
                        count += 1
            if net.learner.size > 0 and (pixel + 1) % net.learner.pace == 0:
                _learn(net)
            if pixel + 1 < SEGMENT:
                step_lanes(lanes, width)
    return count


@njit
def _cost(log2, freq):
    """-log2(freq / 2^24) in units of 2^-24 bit, as coders.interval_costs has it."""
    mantissa, exponent, part = freq, 31, 31 - TABLE_BITS
    for step in (16, 8, 4, 2, 1):
        if mantissa < 1 << (32 - step):
            mantissa, exponent = mantissa << step, exponent - step
    place = mantissa - (1 << 31)
    low = get_i64(log2, place >> part)
    log = low + (((get_i64(log2, (place >> part) + 1) - low) * (place & ((1 << part) - 1))) >> part)
    return ((PRECISION - exponent) << COST_BITS) - ((log + (1 << (31 - COST_BITS))) >> (32 - COST_BITS))


@njit(cache=True, nogil=True)
def push_intervals(heads, words, size, starts, freqs, owners, count):
    """Push intervals in reverse coding order; words must have room for `count` more. The new size."""
    for i in range(count - 1, -1, -1):
        head = np.int64(owners[i]) % heads.size
        heads[head], words[size], emitted = put(heads[head], np.uint64(starts[i]), np.uint64(freqs[i]), np.uint64(PRECISION))
        size += emitted
    return size


@njit(cache=True, nogil=True, error_model="numpy")
def pop_pixels(heads, words, size, planes, errors, first_row, rows, network, buffers, work, tile_of, modulations):
    """Decode rows: predict, find, learn, pixel by pixel. planes and errors are filled; the new size, negative if words were missing."""
    channels, width, area = planes.shape[0], planes.shape[2] - 2 * PAD, planes.shape[1] * planes.shape[2]
    net, lanes, plane, error = net_of(network, buffers, channels), lanes_of(buffers.lanes), pointer(planes), pointer(errors)
    sums = sums_of(work)
    forget_tiles(net)
    if net.learner.size > 0:
        learning.begin(net.learner, net.first)
    for segment in range(segments_of(rows, width)):
        place_lanes(lanes, segment, first_row, rows, width)
        begin_segment(sums, lanes, segment)
        for pixel in range(SEGMENT):
            if net.learner.size > 0:
                learning.turn_to(net.learner, pixel)
            set_tiles(net, lanes, tile_of, modulations)
            for c in range(channels):
                lowest, symbols = _range_of(c)
                predict_channel(sums, lanes, plane, c * area, error, area, c, pixel, lowest * UNIT, 255 * UNIT)
                for k in range(net.predictors):
                    store_i32(net.guesses, k * LANES, load_i32(sums.guesses, (k * channels + c) * LANES))
                if c == 0:
                    trunk(net, plane, error, area, channels, lanes)
                mixture(net, c)
                size = _pop(net, lanes, heads, words, size, plane, c * area, width, lowest, symbols)
                value = gather_i16(plane, load_i64(lanes.place, 0) + fill_i64(c * area))
                if net.learner.size > 0:
                    _find_gradients(net, lanes, channels, c, value)
                know(net, channels, c, value)
                learn_channel(sums, lanes, error, area, width, c, pixel, value)
            if net.learner.size > 0 and (pixel + 1) % net.learner.pace == 0:
                _learn(net)
            if pixel + 1 < SEGMENT:
                step_lanes(lanes, width)
        end_segment(sums, lanes, segment)
    return size


@njit(inline="always")
def _pop(net, lanes, heads, words, size, plane, offset, width, lowest, symbols):
    """Pop one channel of the lanes' pixels. Lanes that share a head take turns."""
    bits, turn = np.uint64(PRECISION), heads.size
    for begin in range(0, LANES, turn):
        point = fill_i64(0)
        for number in range(begin, begin + turn):
            point = with_lane(point, number, np.int64(heads[number - begin] & ((ONE << bits) - ONE)))
        low, high, start, stop = fill_i64(0), fill_i64(symbols), fill_i64(0), fill_i64(1 << PRECISION)
        width_left = symbols
        while width_left > 1:
            width_left = (width_left + 1) >> 1
            middle = (low + high) >> 1
            value = _start(net, middle, lowest, symbols)
            left = value <= point
            low, high = select(left, middle, low), select(left, high, middle)
            start, stop = select(left, value, start), select(left, stop, value)
        symbol, freq = i64_i32(low) + fill_i32(lowest), stop - start
        for number in range(begin, begin + turn):
            if get_i64(lanes.idle, number) == 0:
                head = take(heads[number - begin], np.uint64(lane(start, number)), np.uint64(lane(freq, number)), bits)
                if head < HEAD_LOW:
                    size -= 1
                    head = (head << WORD_BITS) | np.uint64(words[max(size, 0)])
                heads[number - begin] = head
                put_padded(plane, offset + get_i64(lanes.place, number), get_i64(lanes.x, number), width, lane(symbol, number))
    return size
