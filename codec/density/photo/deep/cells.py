"""Intervals of levels of more than 8 bits, cell by cell, of eight lanes side by side, and the words they become.

A level is coded in cells of 2^s levels (scales.py): first its cell, by a mixture in cells that a network made (shared/network.py), then, if
s > 0, its low bits as they are. With `low` and `top` the lowest and the highest level of the channel, intervals of precision 28 are

    cell          level >> s, from low >> s to top >> s: symbols from 0 to n - 1
    start(i)      ((below(i) >> 8) (2^28 - n) >> 28) + i;   start(0) = 0, start(n) = 2^28       below: as in shared/intervals.py
    low bits b    start b 2^(28 - s), frequency 2^(28 - s)

So n, at most 2^17, costs 2^-11 of the mass, and a cell that is a 32nd of the scale costs less than 10^-4 bit.
"""

from __future__ import annotations

import numpy as np

from codec.coding.message import HEAD_LOW, ONE, WORD_BITS, Vector, put, take
from codec.density.shared.logistic import PRECISION, mass_below, position_of
from codec.density.shared.network import WEIGHT_BITS
from codec.density.shared.scales import UNIT
from codec.lanes.vectors import LANES, fill_i32, fill_i64, get_i64, i32_i64, lane, load_i64, select, with_lane
from codec.lanes.wavefront import put_padded
from codec.system.array_types import Array1
from codec.system.kernels import entry, kernel

DEEP_PRECISION = 28


@entry
def push_deep_intervals(
    heads: Vector, words: Array1[np.uint32], size: int, starts: Array1[np.uint32], freqs: Array1[np.uint32], owners: Array1[np.uint8],
    count: int,
) -> int:  # fmt: skip
    """Push intervals in reverse coding order; words must have room for `count` more. owners: the lane of each. The new size."""
    for i in range(count - 1, -1, -1):
        head = np.int64(owners[i]) % heads.size
        heads[head], words[size], emitted = put(heads[head], np.uint64(starts[i]), np.uint64(freqs[i]), np.uint64(DEEP_PRECISION))
        size += emitted
    return size


@kernel
def cells_of(value, shift, low, top):
    """The cells of values, the lowest ones there are, and how many there are: int64."""
    least = i32_i64(fill_i32(low) >> shift)
    return i32_i64(value >> shift), least, i32_i64(fill_i32(top) >> shift) - least + fill_i64(1)


@kernel
def start_of_cell(net, symbol, least, cells):
    """Where the intervals of symbols begin, in the mixture that `net` holds."""
    edge, below = ((symbol + least) << 6) - fill_i64(UNIT // 2), fill_i64(0)
    for k in range(0, net.networks * net.components * LANES, LANES):
        position = position_of(edge, load_i64(net.locations, k), load_i64(net.slopes, k))
        below = below + load_i64(net.component_weights, k) * mass_below(net.curve, position)
    below = below >> (WEIGHT_BITS + net.networks - 1 + PRECISION - DEEP_PRECISION)
    start = ((below * (fill_i64(1 << DEEP_PRECISION) - cells)) >> DEEP_PRECISION) + symbol
    start = select(symbol == fill_i64(0), fill_i64(0), start)
    return select(symbol == cells, fill_i64(1 << DEEP_PRECISION), start)


@kernel
def _taken(head, start, freq, words, size):
    """A head when an interval has been popped, and the new size."""
    head = take(head, np.uint64(start), np.uint64(freq), np.uint64(DEEP_PRECISION))
    if head < HEAD_LOW:
        size -= 1
        head = (head << WORD_BITS) | np.uint64(words[max(size, 0)])
    return head, size


@kernel(inline=True)
def pop_levels(net, lanes, heads, words, size, plane, offset, width, shift, low, top):
    """Pop one level for each lane that is not idle, and store it in a padded plane that begins at `offset`. The new size.

    Lanes that share a head take turns."""
    bits, turn = np.uint64(DEEP_PRECISION), heads.size
    _, least, cells = cells_of(fill_i32(0), shift, low, top)
    most = np.int64(0)
    for number in range(LANES):
        most = max(most, lane(cells, number))
    for begin in range(0, LANES, turn):
        point = fill_i64(0)
        for number in range(begin, begin + turn):
            point = with_lane(point, number, np.int64(heads[number - begin] & ((ONE << bits) - ONE)))
        under, over, start, stop = fill_i64(0), cells, fill_i64(0), fill_i64(1 << DEEP_PRECISION)
        left_over = most
        while left_over > 1:
            left_over = (left_over + 1) >> 1
            middle = (under + over) >> 1
            value = start_of_cell(net, middle, least, cells)
            left = value <= point
            under, over = select(left, middle, under), select(left, over, middle)
            start, stop = select(left, value, start), select(left, stop, value)
        freq = stop - start
        for number in range(begin, begin + turn):
            if get_i64(lanes.idle, number) == 0:
                s = np.int64(lane(shift, number))
                head, size = _taken(heads[number - begin], lane(start, number), lane(freq, number), words, size)
                level = (lane(under, number) + lane(least, number)) << s
                if s > 0:
                    unit = DEEP_PRECISION - s
                    part = np.int64(head & ((ONE << bits) - ONE)) >> unit
                    head, size = _taken(head, part << unit, 1 << unit, words, size)
                    level += part
                heads[number - begin] = head
                level = min(max(level, low), top)
                put_padded(plane, offset + get_i64(lanes.place, number), get_i64(lanes.x, number), width, np.int32(level))
    return size
