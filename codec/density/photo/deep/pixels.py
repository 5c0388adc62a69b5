"""The kernels of stripes of more than 8 bits: pixels <-> intervals and words, eight rows side by side, as photo/pixels.py has them.

A network of 8 bits makes its mixture in cells (cells.py) of 2^s levels: a prediction p in 1/64 level is (p - 32 (2^s - 1)) >> s in 1/64
cell, as the middle of a cell stands for it.

    planes     int32 [C, h + 1, w + 8], errors of P predictors int32 [P, C, h + 1, w + 8], both padded
    around     room for the neighbourhoods of both (lanes/neighbourhood.py)
"""

from __future__ import annotations

import numpy as np

from codec.coding.message import Vector
from codec.coding.tables import COST_BITS
from codec.density.photo.deep.cells import DEEP_PRECISION, cells_of, pop_levels, start_of_cell
from codec.density.photo.deep.scales import (
    OCTAVE,
    DeepTables,
    deep_log,
    deep_ratio,
    inverse_scale,
    scales_of,
    shift_of,
    shown,
)
from codec.density.photo.deep.surroundings import deep_inputs
from codec.density.photo.least_squares import Workspace, begin_segment, end_segment, sums_of
from codec.density.photo.network import DIFFERENCE_LIMIT, KNOWN_INPUTS, Buffers, Network, features_of_network, net_of
from codec.density.photo.pixels import begin_part, begin_pixel, end_pixel
from codec.density.photo.predictors import learn_channel, predict_channel
from codec.density.photo.surroundings import KNOWN_LIMIT
from codec.density.shared.intervals import cost_of
from codec.density.shared.logistic import PRECISION
from codec.density.shared.network import find_gradients, hidden, layer_sums, mixture, set_tiles
from codec.density.shared.plan import TRUNK0, TRUNK1, head_of, output_of
from codec.density.shared.scales import UNIT, magnitude
from codec.lanes.neighbourhood import copy_neighbourhoods, cover_top, pixel_of, put_pixel
from codec.lanes.vectors import (
    LANES,
    fill_i32,
    fill_i64,
    gather_samples,
    get_i64,
    i64_i32,
    lane,
    load_i32,
    load_i64,
    pointer,
    store_i32,
    wide_pointer,
)
from codec.lanes.wavefront import PAD, SEGMENT, lanes_on, place_lanes, segments_of, step_lanes
from codec.system.array_types import Array1, Array2, Array3, Array4
from codec.system.kernels import entry, kernel

ABSURD, BELOW = 1e8, 1 << 28  # (predictors.predict_channel)


@entry(ieee_division=True)
def fill_deep_errors(planes: Array3[np.int32], errors: Array4[np.int32], top: int, work: Workspace, around: Array1[np.int32]) -> None:
    """Fill the errors of known planes, as predictors.fill_errors does."""
    sums, lanes = sums_of(work), lanes_on(work.lanes, wide_pointer(around))
    channels, rows, width = planes.shape[0], planes.shape[1] - 1, planes.shape[2] - 2 * PAD
    area, plane, error = planes.shape[1] * planes.shape[2], wide_pointer(planes), wide_pointer(errors)
    for segment in range(segments_of(rows, width)):
        place_lanes(lanes, segment, 0, rows, width)
        copy_neighbourhoods(lanes, 0, plane, channels, area, width)
        copy_neighbourhoods(lanes, channels, error, channels * sums.predictors, area, width)
        begin_segment(sums, lanes, segment)
        for pixel in range(SEGMENT):
            cover_top(lanes, channels * (1 + sums.predictors), pixel)
            for c in range(channels):
                predict_channel(sums, lanes, c, pixel, _lowest(c, top) * UNIT, top * UNIT, ABSURD, BELOW)
                learn_channel(sums, lanes, error, area, width, c, pixel, pixel_of(lanes, c, pixel))
            if pixel + 1 < SEGMENT:
                step_lanes(lanes, width)
        end_segment(sums, lanes, segment)


@entry
def make_deep_intervals(
    planes: Array3[np.int32], errors: Array4[np.int32], top: int, network: Network, deep: DeepTables,
    buffers: Buffers, around: Array1[np.int32], tile_of: Array1[np.int64], modulations: Array2[np.int32], starts: Array1[np.uint32],
    freqs: Array1[np.uint32], owners: Array1[np.uint8], costs: Array1[np.int64],
) -> int:  # fmt: skip
    """The intervals of all pixels in coding order, at most two for a sample, and in which lanes they are: how many there are.

    costs, by sample in coding order, grow by -log2 p in units of 2^-24 bit.

    Long because it goes through all that a pixel takes, as photo/pixels.make_intervals."""
    channels, rows, width = planes.shape[0], planes.shape[1] - 1, planes.shape[2] - 2 * PAD
    area, plane, error, log2 = planes.shape[1] * planes.shape[2], wide_pointer(planes), wide_pointer(errors), pointer(network.log2)
    net, lanes = net_of(network, buffers, channels), lanes_on(buffers.lanes, wide_pointer(around))
    scales, count, place = scales_of(deep, network.log, top), 0, 0
    begin_part(net)
    for segment in range(segments_of(rows, width)):
        place_lanes(lanes, segment, 0, rows, width)
        copy_neighbourhoods(lanes, 0, plane, channels, area, width)
        copy_neighbourhoods(lanes, channels, error, channels * net.predictors, area, width)
        for pixel in range(SEGMENT):
            begin_pixel(net, lanes, channels, pixel)
            set_tiles(net, lanes, tile_of, modulations)
            for c in range(channels):
                value = pixel_of(lanes, c, pixel)
                for k in range(net.predictors):
                    store_i32(net.guesses, k * LANES, (value << 6) - pixel_of(lanes, (1 + k) * channels + c, pixel))
                first, low = load_i32(net.guesses, 0), _lowest(c, top)
                if c == 0:
                    _trunk(net, scales, lanes, channels, pixel)
                shift = _cell_mixture(net, scales, c)
                cell, least, cells = cells_of(value, shift, low, top)
                start = start_of_cell(net, cell - least, least, cells)
                freq = start_of_cell(net, cell - least + fill_i64(1), least, cells) - start
                rest = value - (i64_i32(cell) << shift)
                _take_in(net, scales, lanes, channels, c, value, shift, first, low, top)
                for number in range(LANES):
                    if get_i64(lanes.idle, number) == 0:
                        starts[count], freqs[count], owners[count] = lane(start, number), lane(freq, number), number
                        costs[place] += cost_of(log2, lane(freq, number)) + ((DEEP_PRECISION - PRECISION) << COST_BITS)
                        bits = np.int64(lane(shift, number))
                        count += 1
                        if bits > 0:
                            starts[count] = np.int64(lane(rest, number)) << (DEEP_PRECISION - bits)
                            freqs[count], owners[count] = 1 << (DEEP_PRECISION - bits), number
                            costs[place] += bits << COST_BITS
                            count += 1
                        place += 1
            end_pixel(net, lanes, pixel, width)
    return count


@entry(ieee_division=True)
def pop_deep_pixels(
    heads: Vector, words: Array1[np.uint32], size: int, planes: Array3[np.int32], errors: Array4[np.int32], top: int,
    network: Network, deep: DeepTables, buffers: Buffers, work: Workspace, around: Array1[np.int32], tile_of: Array1[np.int64],
    modulations: Array2[np.int32],
) -> int:  # fmt: skip
    """Decode all rows: planes and errors are filled; the new size, negative if words were missing."""
    channels, rows, width = planes.shape[0], planes.shape[1] - 1, planes.shape[2] - 2 * PAD
    area, plane, error, sums = planes.shape[1] * planes.shape[2], wide_pointer(planes), wide_pointer(errors), sums_of(work)
    net, lanes = net_of(network, buffers, channels), lanes_on(buffers.lanes, wide_pointer(around))
    scales = scales_of(deep, network.log, top)
    begin_part(net)
    for segment in range(segments_of(rows, width)):
        place_lanes(lanes, segment, 0, rows, width)
        copy_neighbourhoods(lanes, 0, plane, channels, area, width)
        copy_neighbourhoods(lanes, channels, error, channels * net.predictors, area, width)
        begin_segment(sums, lanes, segment)
        for pixel in range(SEGMENT):
            begin_pixel(net, lanes, channels, pixel)
            set_tiles(net, lanes, tile_of, modulations)
            for c in range(channels):
                low = _lowest(c, top)
                predict_channel(sums, lanes, c, pixel, low * UNIT, top * UNIT, ABSURD, BELOW)
                for k in range(net.predictors):
                    store_i32(net.guesses, k * LANES, load_i32(sums.guesses, (k * channels + c) * LANES))
                first = load_i32(net.guesses, 0)
                if c == 0:
                    _trunk(net, scales, lanes, channels, pixel)
                shift = _cell_mixture(net, scales, c)
                size = pop_levels(net, lanes, heads, words, size, plane, c * area, width, shift, low, top)
                value = gather_samples(plane, load_i64(lanes.place, 0) + fill_i64(c * area))
                put_pixel(lanes, c, pixel, value)
                _take_in(net, scales, lanes, channels, c, value, shift, first, low, top)
                learn_channel(sums, lanes, error, area, width, c, pixel, value)
            end_pixel(net, lanes, pixel, width)
        end_segment(sums, lanes, segment)
    return size


# ---------------------------------------------------------------- the network


@kernel
def _lowest(channel, top):
    """Lowest level of a channel."""
    return 0 if channel == 0 else -top


@kernel
def _trunk(net, scales, lanes, channels, pixel):
    """As network.trunk."""
    deep_inputs(scales, net.surroundings, lanes, channels, net.predictors, pixel, net.guesses, net.inputs, net.scales)
    for number in range(net.networks):
        for layer in (TRUNK0, TRUNK1):
            inputs = net.hidden if layer else net.inputs
            hidden(net, number * net.layers + layer, inputs, features_of_network(net, number) if layer else net.hidden)


@kernel
def _cell_mixture(net, scales, c):
    """The mixture of channel c, in cells, as network.channel_mixture makes it; `guesses` become those in cells. s of each lane."""
    q = load_i32(net.scales, c * LANES)
    if c > 0:
        first, inverse = load_i32(net.guesses, 0), inverse_scale(scales, q)
        for k in range(1, net.predictors):
            apart = deep_ratio(load_i32(net.guesses, k * LANES) - first, inverse, DIFFERENCE_LIMIT)
            for number in range(net.networks):
                store_i32(features_of_network(net, number), (net.width_of_trunk + k - 1) * LANES, apart << 1)
    shift = shift_of(scales, q)
    middle = ((fill_i32(1) << shift) - fill_i32(1)) << 5
    for k in range(net.predictors):
        store_i32(net.guesses, k * LANES, (load_i32(net.guesses, k * LANES) - middle) >> shift)
    for number in range(net.networks):
        hidden(net, number * net.layers + head_of(c), features_of_network(net, number), net.head)
        layer_sums(net, number * net.layers + output_of(c), net.head)
        mixture(net, number, q - shift * fill_i32(OCTAVE))
    return shift


@kernel
def _take_in(net, scales, lanes, channels, c, value, shift, first, low, top):
    """Go on from the values (int32) of channel c, whose mixture the net holds; first: its first predictions in 1/64 level."""
    q = load_i32(net.scales, c * LANES)
    if net.learner.size > 0:
        idle = load_i64(lanes.idle, 0)
        for number in range(net.networks):
            find_gradients(net, number, q - shift * fill_i32(OCTAVE), channels, c, value >> shift, low, top, idle)
    if c + 1 < channels:
        error = (value << 6) - first
        known = deep_ratio(error, inverse_scale(scales, q), KNOWN_LIMIT) << 1
        slot = (net.width_of_trunk + net.predictors - 1 + KNOWN_INPUTS * c) * LANES
        log = shown(scales, deep_log(scales, magnitude(error))) << 1
        for number in range(net.networks):
            features = features_of_network(net, number)
            store_i32(features, slot, known)
            store_i32(features, slot + LANES, magnitude(known))
            store_i32(features, slot + 2 * LANES, log)
