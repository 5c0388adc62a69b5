"""The photo model's network, eight pixels at a time: from surroundings and predictions to mixtures of logistic distributions.

For each pixel: the trunk on its surroundings (context.py), and for each channel a head that also sees the channels before it; its outputs
are a mixture of K logistic distributions. Integers with f fraction bits:

    hidden unit    v = clamp((sum + half) >> shift, +-8191), f = 8;   u = ((v m + 256) >> 9) + c, f = 6, m and c from the tile's z
                   u >= 0 ? u : u >> 3, clamped to +-1023
    output         o = clamp((sum + half) >> shift, +-511), f = 6: K logits, K offsets, K log2 scales, and for each predictor
                   but the first K logits of the way to its prediction

    weight k       E = exponential[o];  R = 2^40 // sum of E;  E R >> 28, the last one takes what is missing to 4096
    location k     prediction 0 + (offset scale + 32 >> 6) + for i = 1 ...: (sigmoid[o] (prediction i - prediction 0) + 128 >> 8),
                   in 1/64 level
    slope k        precision[q + (o >> 1)], the log scale clamped to what the table has

Sums of a layer are products of integers in float32, exact in any order because a model's weights keep them below 2^24 (photomodel.py);
those of layers that learn while they code are of real numbers (adapt.py).
"""

# mypy: disable-error-code="no-untyped-def"
from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from codec.density.photo.surroundings import (
    KNOWN_LIMIT,
    Surroundings,
    Tables,
    clamp,
    input_count,
    log_of_sum,
    look_up,
    magnitude,
    ratio,
    trunk_inputs,
)
from codec.density.shared import learning
from codec.density.shared.learning import Learner
from codec.lanes.vectors import (
    LANES,
    f32_i32,
    fill_f32,
    fill_i32,
    fill_i64,
    gather_i32,
    gather_i64,
    get_f32,
    get_i64,
    high_of,
    i32_f32,
    i32_i64,
    lane,
    load_f32,
    load_i32,
    load_i64,
    low_of,
    multiply_add,
    pointer,
    put_i32,
    put_i64,
    store_f32,
    store_i32,
    store_i64,
    with_lane,
)
from codec.lanes.wavefront import SEGMENT, lane_arrays

PRECISION = 24
SUM_LIMIT, UNIT_LIMIT, OUTPUT_LIMIT = 8191, 1023, 511
LOWEST_COMPONENT, HIGHEST_COMPONENT = -160, 352  # logarithms of scales in the table `precision`
DIFFERENCE_LIMIT = 192
WEIGHT_BITS = 12

INPUTS, OUTPUTS, SHIFT, WEIGHTS, BIASES, UNITS, LEARNT, LAYER_FIELDS = 0, 1, 2, 3, 4, 5, 6, 7


class Network(NamedTuple):
    """The integers of a model. plan: for each of trunk0, trunk1, head0, out0, head1 ...: inputs, outputs (a multiple of 8), shift, where
    its weights [inputs, outputs] and biases begin, its first unit among those that z modulates, and where its weights begin among those
    that are learnt (-1: it does not learn). curve: value and rise of a step. learnt: [3, size], weights and squares to begin with, and
    rates, every `pace` pixels (adapt.py)."""

    weights: NDArray[np.float32]
    biases: NDArray[np.float32]
    plan: NDArray[np.int64]
    exponential: NDArray[np.int32]
    sigmoid: NDArray[np.int32]
    curve: NDArray[np.int64]
    precision: NDArray[np.int64]
    log: NDArray[np.int16]
    scale: NDArray[np.int32]
    reciprocal: NDArray[np.int32]
    log2: NDArray[np.int64]
    learnt: NDArray[np.float32]
    surroundings: Surroundings
    pace: int
    units: int
    components: int
    predictors: int


class Buffers(NamedTuple):
    """What a kernel writes while it works."""

    floats: NDArray[np.float32]
    ints: NDArray[np.int32]
    longs: NDArray[np.int64]
    learnt: NDArray[np.float32]
    lanes: NDArray[np.int64]


class Net(NamedTuple):
    """Network and Buffers as pointers: inputs, hidden, features and head are float32 [units][8], the others int32 or int64 [...][8]."""

    weights: Any
    biases: Any
    plan: Any
    exponential: Any
    sigmoid: Any
    curve: Any
    precision: Any
    tables: Any
    surroundings: Any
    inputs: Any
    hidden: Any
    features: Any
    head: Any
    sums: Any
    scales: Any
    modulation: Any
    guesses: Any
    component_weights: Any
    locations: Any
    slopes: Any
    tiles: Any
    learner: Any
    first: Any
    ways: Any
    units: Any
    components: Any
    predictors: Any
    width_of_trunk: Any


def buffers(network: Network, channels: int) -> Buffers:
    """Room for one kernel at a time."""
    widest = int(network.plan.reshape(-1, LAYER_FIELDS)[:, OUTPUTS].max()) + 2 * LANES
    inputs = input_count(channels, network.predictors, network.surroundings)
    floats = inputs + 3 * widest + network.predictors + 3 * channels
    ints = widest + channels + 2 * network.units + network.predictors * (1 + network.components)
    longs = 3 * network.components + 2
    size, layers = network.learnt.shape[1], network.plan.size // LAYER_FIELDS
    learnt = 3 * size + (3 * network.components + 2 * SEGMENT * layers * (max(widest, inputs) + 1)) * LANES if size else 0
    return Buffers(
        np.zeros(floats * LANES, np.float32), np.zeros(ints * LANES, np.int32), np.zeros(longs * LANES, np.int64),
        np.zeros(learnt, np.float32), lane_arrays(),
    )  # fmt: skip


@njit(inline="always")
def net_of(network, buffers, channels):
    widest = 0
    for layer in range(network.plan.size // LAYER_FIELDS):
        widest = max(widest, network.plan[layer * LAYER_FIELDS + OUTPUTS] + 2 * LANES)
    inputs = input_count_of(channels, network.predictors, network.surroundings) * LANES
    row, components = widest * LANES, network.components * LANES
    modulation = row + channels * LANES
    guesses = modulation + 2 * network.units * LANES
    floats, ints, longs = buffers.floats, buffers.ints, buffers.longs
    return Net(
        pointer(network.weights), pointer(network.biases), pointer(network.plan), pointer(network.exponential), pointer(network.sigmoid),
        pointer(network.curve), pointer(network.precision),
        Tables(pointer(network.log), pointer(network.scale), pointer(network.reciprocal)), network.surroundings,
        pointer(floats), pointer(floats[inputs:]), pointer(floats[inputs + row :]),
        pointer(floats[inputs + 2 * row + (network.predictors + 3 * channels) * LANES :]),
        pointer(ints), pointer(ints[row:]), pointer(ints[modulation:]), pointer(ints[guesses:]),
        pointer(longs), pointer(longs[components:]), pointer(longs[2 * components :]), pointer(longs[3 * components :]),
        _learner(buffers, network, components, max(widest, inputs // LANES) + 1), pointer(network.learnt.reshape(-1)),
        pointer(ints[guesses + network.predictors * LANES :]),
        network.units, network.components, network.predictors, network.plan[LAYER_FIELDS + OUTPUTS],
    )  # fmt: skip


@njit(inline="always")
def _learner(buffers, network, components, room):
    learnt, size, layers = buffers.learnt, network.learnt.shape[1], network.plan.size // LAYER_FIELDS
    parts = 3 * size
    given = parts + 3 * components
    gradients = given + SEGMENT * layers * room * LANES
    return Learner(
        pointer(learnt), pointer(learnt[size:]), pointer(learnt[2 * size :]), pointer(learnt[parts:]), pointer(learnt[given:]),
        pointer(learnt[gradients:]), pointer(buffers.longs[3 * components + LANES :]), network.pace, layers, room, size,
    )  # fmt: skip


input_count_of = njit(input_count)


# ---------------------------------------------------------------- layers


@njit
def dense(net, layer, inputs):
    """sums: the rounded sums of a layer."""
    field = layer * LAYER_FIELDS
    learnt = get_i64(net.plan, field + LEARNT)
    if learnt < 0:
        _fixed(net, field, inputs)
    else:
        count, outputs = get_i64(net.plan, field + INPUTS), get_i64(net.plan, field + OUTPUTS)
        learning.sums(net.learner, layer, learnt, inputs, count, outputs, net.sums)


@njit
def _fixed(net, field, inputs):
    """Those of the model's own integers, eight outputs at a time in registers."""
    count, outputs, shift = get_i64(net.plan, field + INPUTS), get_i64(net.plan, field + OUTPUTS), get_i64(net.plan, field + SHIFT)
    weight, bias = get_i64(net.plan, field + WEIGHTS), get_i64(net.plan, field + BIASES)
    half = fill_i32(1) << (shift - 1)
    for o in range(0, outputs, LANES):
        a, b = fill_f32(get_f32(net.biases, bias + o)), fill_f32(get_f32(net.biases, bias + o + 1))
        c, d = fill_f32(get_f32(net.biases, bias + o + 2)), fill_f32(get_f32(net.biases, bias + o + 3))
        e, f = fill_f32(get_f32(net.biases, bias + o + 4)), fill_f32(get_f32(net.biases, bias + o + 5))
        g, h = fill_f32(get_f32(net.biases, bias + o + 6)), fill_f32(get_f32(net.biases, bias + o + 7))
        at = weight + o
        for i in range(0, count * LANES, LANES):
            x = load_f32(inputs, i)
            a = multiply_add(fill_f32(get_f32(net.weights, at)), x, a)
            b = multiply_add(fill_f32(get_f32(net.weights, at + 1)), x, b)
            c = multiply_add(fill_f32(get_f32(net.weights, at + 2)), x, c)
            d = multiply_add(fill_f32(get_f32(net.weights, at + 3)), x, d)
            e = multiply_add(fill_f32(get_f32(net.weights, at + 4)), x, e)
            f = multiply_add(fill_f32(get_f32(net.weights, at + 5)), x, f)
            g = multiply_add(fill_f32(get_f32(net.weights, at + 6)), x, g)
            h = multiply_add(fill_f32(get_f32(net.weights, at + 7)), x, h)
            at += outputs
        to = o * LANES
        store_i32(net.sums, to, (f32_i32(a) + half) >> shift)
        store_i32(net.sums, to + LANES, (f32_i32(b) + half) >> shift)
        store_i32(net.sums, to + 2 * LANES, (f32_i32(c) + half) >> shift)
        store_i32(net.sums, to + 3 * LANES, (f32_i32(d) + half) >> shift)
        store_i32(net.sums, to + 4 * LANES, (f32_i32(e) + half) >> shift)
        store_i32(net.sums, to + 5 * LANES, (f32_i32(f) + half) >> shift)
        store_i32(net.sums, to + 6 * LANES, (f32_i32(g) + half) >> shift)
        store_i32(net.sums, to + 7 * LANES, (f32_i32(h) + half) >> shift)


@njit
def hidden(net, layer, inputs, outputs):
    """A layer with its modulated activation."""
    dense(net, layer, inputs)
    field = layer * LAYER_FIELDS
    unit = get_i64(net.plan, field + UNITS) * LANES
    shift = unit + net.units * LANES
    for o in range(0, get_i64(net.plan, field + OUTPUTS) * LANES, LANES):
        value = clamp(load_i32(net.sums, o), SUM_LIMIT)
        value = ((value * load_i32(net.modulation, unit + o) + fill_i32(256)) >> 9) + load_i32(net.modulation, shift + o)
        store_f32(outputs, o, i32_f32(clamp(high_of(value, value >> 3), UNIT_LIMIT)))


@njit
def trunk(net, planes, errors, area, channels, lanes):
    """features: what the trunk makes of the lanes' surroundings and `guesses`, the predictions of luma."""
    place = load_i64(lanes.place, 0)
    pictured = planes, errors, area, channels, net.predictors, place, place, lanes.offsets
    trunk_inputs(net.tables, net.surroundings, *pictured, net.guesses, net.inputs, net.scales)
    for layer in range(2):
        hidden(net, layer, net.hidden if layer else net.inputs, net.features if layer else net.hidden)


@njit
def mixture(net, c):
    """The head of channel c, whose predictions are `guesses`: weights, locations and slopes of its components."""
    q, first = load_i32(net.scales, c * LANES), load_i32(net.guesses, 0)
    if c > 0:
        reciprocal = look_up(net.tables.reciprocal, q)
        for k in range(1, net.predictors):
            apart = ratio(load_i32(net.guesses, k * LANES) - first, reciprocal, DIFFERENCE_LIMIT)
            store_f32(net.features, (net.width_of_trunk + k - 1) * LANES, i32_f32(apart << 1))
    hidden(net, 2 + 2 * c, net.features, net.head)
    dense(net, 3 + 2 * c, net.head)
    step = net.components * LANES
    scale, total = look_up(net.tables.scale, q), fill_i64(0)
    for k in range(0, step, LANES):
        power = i32_i64(gather_i32(net.exponential, i32_i64(_output(net, k) + fill_i32(OUTPUT_LIMIT + 1))))
        store_i64(net.component_weights, k, power)
        total = total + power
        location = first + ((_output(net, step + k) * scale + fill_i32(32)) >> 6)
        for i in range(1, net.predictors):
            way = gather_i32(net.sigmoid, i32_i64(_output(net, (2 + i) * step + k) + fill_i32(OUTPUT_LIMIT + 1)))
            store_i32(net.ways, (i - 1) * step + k, way)
            location = location + ((way * (load_i32(net.guesses, i * LANES) - first) + fill_i32(128)) >> 8)
        store_i64(net.locations, k, i32_i64(location))
        size = q + (_output(net, 2 * step + k) >> 1) - fill_i32(LOWEST_COMPONENT)
        size = low_of(high_of(size, fill_i32(0)), fill_i32(HIGHEST_COMPONENT - LOWEST_COMPONENT))
        store_i64(net.slopes, k, gather_i64(net.precision, i32_i64(size)))
    reciprocal = fill_i64(0)
    for number in range(LANES):
        reciprocal = with_lane(reciprocal, number, (1 << 40) // lane(total, number))
    rest = fill_i64(1 << WEIGHT_BITS)
    for k in range(0, step - LANES, LANES):
        weight = (load_i64(net.component_weights, k) * reciprocal) >> 28
        store_i64(net.component_weights, k, weight)
        rest = rest - weight
    store_i64(net.component_weights, step - LANES, rest)


@njit
def _output(net, o):
    return clamp(load_i32(net.sums, o), OUTPUT_LIMIT)


@njit
def know(net, channels, c, value):
    """Add channel c's value to what the heads of later channels see."""
    if c + 1 < channels:
        error = (value << 6) - load_i32(net.guesses, 0)
        q = load_i32(net.scales, c * LANES)
        known = ratio(error, look_up(net.tables.reciprocal, q), KNOWN_LIMIT) << 1
        slot = (net.width_of_trunk + net.predictors - 1 + 3 * c) * LANES
        store_f32(net.features, slot, i32_f32(known))
        store_f32(net.features, slot + LANES, i32_f32(magnitude(known)))
        store_f32(net.features, slot + 2 * LANES, i32_f32(log_of_sum(net.tables, magnitude(error) << 3) << 1))


@njit
def set_tiles(net, lanes, tile_of, modulations):
    """Load the modulations of tiles that lanes have just entered."""
    for number in range(LANES):
        if get_i64(lanes.idle, number) == 0:
            tile = tile_of[get_i64(lanes.x, number)]
            if tile != get_i64(net.tiles, number):
                put_i64(net.tiles, number, tile)
                for unit in range(2 * net.units):
                    put_i32(net.modulation, unit * LANES + number, modulations[tile, unit])


@njit
def forget_tiles(net):
    for number in range(LANES):
        put_i64(net.tiles, number, -1)
