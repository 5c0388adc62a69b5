"""Intervals of symbols in mixtures of logistic distributions, of eight lanes side by side, and the words they become.

A mixture has the components of one or two networks, each with a weight, a location and a slope (network.py); symbols are levels, counted
from the lowest. With the curve of logistic.py, intervals of precision 24 are

    position       (edge - location) slope >> 12, in 2^-13 scales;   edge of symbol i: 64 (i + lowest level) - 32
    below(i)       sum of weight times curve at position, >> 12, of two networks >> 13
    start(i)       (below(i) (2^24 - symbols) >> 24) + i;   start(0) = 0, start(symbols) = 2^24
"""

from __future__ import annotations

import numpy as np

from codec.coding.message import HEAD_LOW, ONE, WORD_BITS, Vector, put, take
from codec.coding.tables import COST_BITS, TABLE_BITS
from codec.density.shared.logistic import PRECISION, mass_below, position_of
from codec.density.shared.network import WEIGHT_BITS
from codec.density.shared.scales import UNIT
from codec.lanes.vectors import LANES, fill_i32, fill_i64, get_i64, i64_i32, lane, load_i64, low_of, select, with_lane
from codec.lanes.wavefront import put_padded
from codec.system.array_types import Array1
from codec.system.kernels import entry, kernel


@kernel
def start_of(net, symbol, lowest, symbols):
    """Where the intervals of symbols (int64, 0 ... symbols) begin, in the mixture that `net` holds."""
    edge, below = ((symbol + fill_i64(lowest)) << 6) - fill_i64(UNIT // 2), fill_i64(0)
    for k in range(0, net.networks * net.components * LANES, LANES):
        position = position_of(edge, load_i64(net.locations, k), load_i64(net.slopes, k))
        below = below + load_i64(net.component_weights, k) * mass_below(net.curve, position)
    return _start_above(below, WEIGHT_BITS + net.networks - 1, symbol, symbols)


@kernel
def _starts_in_lane(net, number, symbol, lowest, symbols):
    """start_of, of eight symbols of one lane."""
    edge, below = ((symbol + fill_i64(lowest)) << 6) - fill_i64(UNIT // 2), fill_i64(0)
    for k in range(number, net.networks * net.components * LANES, LANES):
        position = position_of(edge, fill_i64(get_i64(net.locations, k)), fill_i64(get_i64(net.slopes, k)))
        below = below + fill_i64(get_i64(net.component_weights, k)) * mass_below(net.curve, position)
    return _start_above(below, WEIGHT_BITS + net.networks - 1, symbol, symbols)


@kernel
def _start_above(below, bits, symbol, symbols):
    """Where intervals begin, by the weighted mass below their symbols; the weights add up to 2^bits."""
    start = (((below >> bits) * fill_i64((1 << PRECISION) - symbols)) >> PRECISION) + symbol
    start = select(symbol == fill_i64(0), fill_i64(0), start)
    return select(symbol == fill_i64(symbols), fill_i64(1 << PRECISION), start)


@kernel
def cost_of(log2, freq):
    """-log2(freq / 2^24) of one lane in units of 2^-24 bit, as coders.interval_costs has it; log2: pointer to tables.log2_table."""
    mantissa, exponent, part = freq, 31, 31 - TABLE_BITS
    for step in (16, 8, 4, 2, 1):
        if mantissa < 1 << (32 - step):
            mantissa, exponent = mantissa << step, exponent - step
    place = mantissa - (1 << 31)
    low = get_i64(log2, place >> part)
    log = low + (((get_i64(log2, (place >> part) + 1) - low) * (place & ((1 << part) - 1))) >> part)
    return ((PRECISION - exponent) << COST_BITS) - ((log + (1 << (31 - COST_BITS))) >> (32 - COST_BITS))


@entry
def push_intervals(
    heads: Vector,
    words: Array1[np.uint32],
    size: int,
    starts: Array1[np.uint32],
    freqs: Array1[np.uint32],
    owners: Array1[np.uint8],
    count: int,
) -> int:
    """Push intervals in reverse coding order; words must have room for `count` more. owners: the lane of each. The new size."""
    for i in range(count - 1, -1, -1):
        head = np.int64(owners[i]) % heads.size
        heads[head], words[size], emitted = put(heads[head], np.uint64(starts[i]), np.uint64(freqs[i]), np.uint64(PRECISION))
        size += emitted
    return size


@kernel
def _take_from(heads, head, words, size, start, freq):
    """Take the interval off a head that its point is in. The new size."""
    left = take(heads[head], np.uint64(start), np.uint64(freq), np.uint64(PRECISION))
    if left < HEAD_LOW:
        size -= 1
        left = (left << WORD_BITS) | np.uint64(words[max(size, 0)])
    heads[head] = left
    return size


@kernel
def _find_symbol(net, number, point, lowest, symbols):
    """The symbol of a lane whose interval holds a point, and its start and frequency: of eight edges at a time."""
    low, high, start, stop, count = 0, symbols, 0, 1 << PRECISION, fill_i64(1)
    for edge in range(LANES):
        count = with_lane(count, edge, edge + 1)
    while high - low > 1:
        first, last, step = low, high, (high - low + LANES) // (LANES + 1)
        starts = _starts_in_lane(net, number, low_of(fill_i64(first) + count * fill_i64(step), fill_i64(last)), lowest, symbols)
        for edge in range(LANES):
            symbol, found = min(first + (edge + 1) * step, last), lane(starts, edge)
            if found <= point:
                low, start = symbol, found
            elif symbol < high:
                high, stop = symbol, found
    return low, start, stop - start


@kernel(inline=True)
def pop_symbols(net, lanes, heads, words, size, plane, offset, width, lowest, symbols):
    """Pop one symbol for each lane that is not idle, and store its level in a padded plane that begins at `offset`. The new size.

    Lanes that share a head take turns.
    """
    bits, turn = np.uint64(PRECISION), heads.size
    if turn == 1:
        for number in range(LANES):
            if get_i64(lanes.idle, number) == 0:
                symbol, start, freq = _find_symbol(net, number, np.int64(heads[0] & ((ONE << bits) - ONE)), lowest, symbols)
                size = _take_from(heads, 0, words, size, start, freq)
                put_padded(plane, offset + get_i64(lanes.place, number), get_i64(lanes.x, number), width, np.int32(symbol + lowest))
        return size
    for begin in range(0, LANES, turn):
        point = fill_i64(0)
        for number in range(begin, begin + turn):
            point = with_lane(point, number, np.int64(heads[number - begin] & ((ONE << bits) - ONE)))
        low, high, start, stop = fill_i64(0), fill_i64(symbols), fill_i64(0), fill_i64(1 << PRECISION)
        width_left = symbols
        while width_left > 1:
            width_left = (width_left + 1) >> 1
            middle = (low + high) >> 1
            value = start_of(net, middle, lowest, symbols)
            left = value <= point
            low, high = select(left, middle, low), select(left, high, middle)
            start, stop = select(left, value, start), select(left, stop, value)
        level, freq = i64_i32(low) + fill_i32(lowest), stop - start
        for number in range(begin, begin + turn):
            if get_i64(lanes.idle, number) == 0:
                size = _take_from(heads, number - begin, words, size, lane(start, number), lane(freq, number))
                put_padded(plane, offset + get_i64(lanes.place, number), get_i64(lanes.x, number), width, lane(level, number))
    return size
