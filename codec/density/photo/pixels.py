"""The photo model's fused kernels: a stripe's pixels <-> intervals and words, eight rows side by side (lanes/wavefront.py).

For each pixel: predictions (predictors.py), and for each channel a mixture of logistic distributions (network.py), whose intervals
(shared/intervals.py) are pushed or popped. What is carried from pixel to pixel is free of z, but for layers that learn
(shared/learning.py). Encoding knows all pixels, so predictions are made first and intervals in a second pass.

    planes     int16 [C, h + 1, w + 8], errors of P predictors int16 [P, C, h + 1, w + 8], both padded
    tile_of    int64 [w], the tile of each column; modulations: int32 [tiles, 2 units], m and c of all hidden units
    heads      of a message, words and size of its stack: as coding/message.py has them
"""

from __future__ import annotations

import numpy as np

from codec.coding.message import Vector
from codec.density.photo.least_squares import Workspace, begin_segment, end_segment, sums_of
from codec.density.photo.network import Buffers, Network, channel_mixture, know, net_of, trunk
from codec.density.photo.predictors import ABSURD, BELOW, learn_channel, predict_channel
from codec.density.shared import learning
from codec.density.shared.intervals import cost_of, pop_symbols, start_of
from codec.density.shared.network import begin_learning, find_gradients, forget_tiles, learn_layers, set_tiles
from codec.density.shared.scales import UNIT
from codec.lanes.neighbourhood import copy_neighbourhoods, cover_top, pixel_of, put_pixel
from codec.lanes.vectors import LANES, fill_i64, gather_i16, get_i64, i32_i64, lane, load_i32, load_i64, pointer, store_i32
from codec.lanes.wavefront import PAD, SEGMENT, lanes_of, place_lanes, segments_of, step_lanes
from codec.system.array_types import Array1, Array2, Array3, Array4
from codec.system.kernels import entry, kernel


@kernel
def _range_of(channel):
    """Lowest level and number of symbols of a channel."""
    return (0, 256) if channel == 0 else (-255, 511)


@entry
def make_intervals(
    planes: Array3[np.int16], errors: Array4[np.int16], first_row: int, rows: int, network: Network, buffers: Buffers,
    tile_of: Array1[np.int64], modulations: Array2[np.int32], starts: Array1[np.uint32], freqs: Array1[np.uint32],
    owners: Array1[np.uint8], costs: Array1[np.int64],
) -> int:  # fmt: skip
    """The intervals of rows of known pixels in coding order, and in which lanes they are: how many there are.

    costs, by tile, grow by -log2 p in units of 2^-24 bit.
    """
    channels, width, area = planes.shape[0], planes.shape[2] - 2 * PAD, planes.shape[1] * planes.shape[2]
    net, lanes, plane = net_of(network, buffers, channels), lanes_of(buffers.lanes, buffers.neighbourhoods), pointer(planes)
    error, log2, count = pointer(errors), pointer(network.log2), 0
    begin_part(net)
    for segment in range(segments_of(rows, width)):
        place_lanes(lanes, segment, first_row, rows, width)
        copy_neighbourhoods(lanes, 0, plane, channels, area, width)
        copy_neighbourhoods(lanes, channels, error, channels * net.predictors, area, width)
        for pixel in range(SEGMENT):
            begin_pixel(net, lanes, channels, pixel)
            set_tiles(net, lanes, tile_of, modulations)
            for c in range(channels):
                value = pixel_of(lanes, c, pixel)
                for k in range(net.predictors):
                    store_i32(net.guesses, k * LANES, (value << 6) - pixel_of(lanes, (1 + k) * channels + c, pixel))
                if c == 0:
                    trunk(net, lanes, channels, pixel)
                channel_mixture(net, c)
                start, freq = _interval(net, c, value)
                _take_in(net, lanes, channels, c, value)
                for number in range(LANES):
                    if get_i64(lanes.idle, number) == 0:
                        starts[count], freqs[count], owners[count] = lane(start, number), lane(freq, number), number
                        costs[get_i64(net.tiles, number)] += cost_of(log2, lane(freq, number))
                        count += 1
            end_pixel(net, lanes, pixel, width)
    return count


@entry(ieee_division=True)
def pop_pixels(
    heads: Vector, words: Array1[np.uint32], size: int, planes: Array3[np.int16], errors: Array4[np.int16], first_row: int, rows: int,
    network: Network, buffers: Buffers, work: Workspace, tile_of: Array1[np.int64], modulations: Array2[np.int32],
) -> int:  # fmt: skip
    """Decode rows: predict, find, learn, pixel by pixel. planes and errors are filled; the new size, negative if words were missing."""
    channels, width, area = planes.shape[0], planes.shape[2] - 2 * PAD, planes.shape[1] * planes.shape[2]
    net, lanes, plane = net_of(network, buffers, channels), lanes_of(buffers.lanes, buffers.neighbourhoods), pointer(planes)
    error, sums = pointer(errors), sums_of(work)
    begin_part(net)
    for segment in range(segments_of(rows, width)):
        place_lanes(lanes, segment, first_row, rows, width)
        copy_neighbourhoods(lanes, 0, plane, channels, area, width)
        copy_neighbourhoods(lanes, channels, error, channels * net.predictors, area, width)
        begin_segment(sums, lanes, segment)
        for pixel in range(SEGMENT):
            begin_pixel(net, lanes, channels, pixel)
            set_tiles(net, lanes, tile_of, modulations)
            for c in range(channels):
                lowest, symbols = _range_of(c)
                predict_channel(sums, lanes, c, pixel, lowest * UNIT, 255 * UNIT, ABSURD, BELOW)
                for k in range(net.predictors):
                    store_i32(net.guesses, k * LANES, load_i32(sums.guesses, (k * channels + c) * LANES))
                if c == 0:
                    trunk(net, lanes, channels, pixel)
                channel_mixture(net, c)
                size = pop_symbols(net, lanes, heads, words, size, plane, c * area, width, lowest, symbols)
                value = gather_i16(plane, load_i64(lanes.place, 0) + fill_i64(c * area))
                put_pixel(lanes, c, pixel, value)
                _take_in(net, lanes, channels, c, value)
                learn_channel(sums, lanes, error, area, width, c, pixel, value)
            end_pixel(net, lanes, pixel, width)
        end_segment(sums, lanes, segment)
    return size


@kernel
def begin_part(net):
    """Know nothing yet: no tile, nothing learnt."""
    forget_tiles(net)
    if net.learner.size > 0:
        begin_learning(net)


@kernel
def begin_pixel(net, lanes, channels, pixel):
    """Turn to a pixel of the segment."""
    cover_top(lanes, channels * (1 + net.predictors), pixel)
    if net.learner.size > 0:
        learning.turn_to(net.learner, pixel)


@kernel
def _interval(net, c, value):
    """Start and frequency of the values (int32) of channel c, whose mixture the net holds."""
    lowest, symbols = _range_of(c)
    symbol = i32_i64(value) - fill_i64(lowest)
    start = start_of(net, symbol, lowest, symbols)
    return start, start_of(net, symbol + fill_i64(1), lowest, symbols) - start


@kernel
def _take_in(net, lanes, channels, c, value):
    """Go on from the values (int32) of channel c, whose mixture the net holds."""
    if net.learner.size > 0:
        lowest, symbols = _range_of(c)
        q, idle = load_i32(net.scales, c * LANES), load_i64(lanes.idle, 0)
        for number in range(net.networks):
            find_gradients(net, number, q, channels, c, value, lowest, lowest + symbols - 1, idle)
    know(net, channels, c, value)


@kernel
def end_pixel(net, lanes, pixel, width):
    """Learn, and go on to the next pixel of the segment."""
    if net.learner.size > 0 and learning.is_last(net.learner):
        learn_layers(net)
    if pixel + 1 < SEGMENT:
        step_lanes(lanes, width)
