"""Layers that learn in whole numbers: products of 16 bits, where learning.py has floats; only the weights themselves are kept as floats.

What learning.py says holds but for this. A layer's integers are those of the model times 2^k, k the largest that leaves them below 2^14,
at most 4, and its shift is larger by k: so it has b = shift - f + f' fraction bits (f, f': those of its inputs and of its sums). Then, with
32 bits whose overflows wrap around,

    sum            that of an integer layer (network.py), whose weights are the floats times 2^b, rounded, within +-32767, and whose biases
                   are the floats times 2^(b + f), rounded towards zero, within +-2^30
    gradient       of an output or a hidden unit's sum: rounded to 2^-12, within +-8 - 2^-12; from these and the weights of a sum, a
                   gradient of a layer's inputs is the sum of products of integers, times 2^(-12 - b)
    slope          the sum over the pixels of products of integers, times 2^(-12 - f); the input of biases is 2^f

A model may have directions in which steps are shortened: of each layer eight, each with a number u_ki for every input i and its biases, and
how much is taken off, s_k. With g_io the slope of the weight from input i to output o, in singles, in the order written:

    p_k = u_k0 g_0o + u_k1 g_1o + ...     g_io = g_io - (((t_0 p_0 + t_1 p_1) + (t_2 p_2 + t_3 p_3)) + ((t_4 p_4 + t_5 p_5) + ...))

where t_k is u_ki s_k, rounded. It may also say that trunk or heads learn in every n-th step only, beginning with the first.

Sums of integers have no order. Rounded, but for biases, is floor(x + (2^15 + 1/2)) - 2^15.

Long because this specification stands beside its kernels.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from codec.density.shared import learning
from codec.density.shared.learning import place_of
from codec.density.shared.plan import (
    BELOW,
    BIASES,
    DIRECTED,
    INPUTS,
    LEARNT,
    OUTPUTS,
    SHIFT,
    SUM_BITS,
    WEIGHTS,
    field_of,
    is_first,
)
from codec.lanes.vectors import (
    LANES,
    f32_i32,
    fill_f32,
    fill_i32,
    get_f32,
    get_i32,
    get_i64,
    i32_f32,
    load_f32,
    load_i32,
    multiply_pairs,
    pair_up,
    pointer,
    select,
    store_f32,
    store_i32,
    zip_high,
    zip_low,
)
from codec.system.kernels import kernel

MOST_FINER, FINER_LIMIT = 4, 1 << 14  # of k, and of weights times 2^k
LARGEST, LARGEST_BIAS, GRADIENT_UNIT = 32767.0, 2.0**30, 2.0**-12
ROUNDING, MODULATION_UNIT = 1 << 15, 2.0**-7
PAIR = (1 << 16) + 1  # times a number below 2^15: it, twice in a pair
DIRECTIONS = 8  # of a layer in which steps are shortened
PAIRED = 2 * LANES  # outputs whose weights are paired: each with the one 8 further on


class Whole(NamedTuple):
    """The integers of layers that learn in whole numbers: pointers to int32, and whether they do.

    given, count, biases     the model's weights and how many there are, its biases and how many there are
    rows      weights [inputs][outputs / 2] of each layer, from its LEARNT on: those of outputs 16 n + i and 16 n + 8 + i in a pair
    inputs    of the pixels since the last step, two of them in a pair: [pixels / 2][layer][room][8]
    gradients of the outputs of layers, likewise
    halves    of the pixel that came last, inputs and then gradients: [2][layer][room][8]
    pairs     gradients of a layer's outputs, paired as in rows: [room][8]
    turned    those of a step, [pixels / 2][8][outputs]
    directions    of layers, floats [inputs + 1][2][8]: u, and t
    """

    on: Any
    given: Any
    count: Any
    given_biases: Any
    bias_count: Any
    rows: Any
    inputs: Any
    gradients: Any
    halves: Any
    pairs: Any
    turned: Any
    directions: Any


def finer_bits(largest: int) -> int:
    """k of a layer whose largest weight is this."""
    return max(k for k in range(MOST_FINER + 1) if k == 0 or largest << k < FINER_LIMIT)


def paired_weights(weight: NDArray[np.int64]) -> NDArray[np.int32]:
    """Weights [inputs, outputs], inputs even, as [inputs / 2, outputs]: that of the first input of a pair in the low 16 bits."""
    return ((weight[::2] & 0xFFFF) | (weight[1::2] << 16)).astype(np.int32)


def whole_ints(size: int, layers: int, room: int, pace: int) -> int:
    """How many integers the arrays of a Whole take, one after the other."""
    return size + ((pace + 2) * layers + 1 + pace // 2) * room * LANES


@kernel(inline=True)
def whole_of(on, weights, biases, directions, ints, layers, room, size, pace):
    """A Whole of an array of so many integers; weights, biases, directions: the model's arrays."""
    block = layers * room * LANES
    gradients = size + pace // 2 * block
    halves = gradients + pace // 2 * block
    pairs = halves + 2 * block
    turned = pairs + room * LANES
    return Whole(
        on=on,
        given=pointer(weights),
        count=weights.size,
        given_biases=pointer(biases),
        bias_count=biases.size,
        rows=pointer(ints),
        inputs=pointer(ints[size:]),
        gradients=pointer(ints[gradients:]),
        halves=pointer(ints[halves:]),
        pairs=pointer(ints[pairs:]),
        turned=pointer(ints[turned:]),
        directions=pointer(directions),
    )


@kernel
def fraction_bits(plan, layer):
    """b and f of a layer."""
    inputs = 5 if is_first(plan, layer) else 6
    return field_of(plan, layer, SHIFT) - inputs + field_of(plan, layer, SUM_BITS), inputs


@kernel
def begin_whole(whole, plan, learner, weights, biases):
    """Begin with the model's integers. weights, biases: pointers to those in use."""
    for i in range(0, whole.count, LANES):
        store_i32(weights, i, load_i32(whole.given, i))
    for i in range(0, whole.bias_count, LANES):
        store_i32(biases, i, load_i32(whole.given_biases, i))
    for layer in range(learner.layers):
        if _goes_back(plan, layer):
            _pack_rows(whole, plan, layer, learner.weights)


@kernel
def _goes_back(plan, layer):
    """Whether gradients go from a layer that learns to one below."""
    below = field_of(plan, layer, BELOW)
    return below != layer and field_of(plan, layer, LEARNT) >= 0 and field_of(plan, below, LEARNT) >= 0


@kernel
def _pack_rows(whole, plan, layer, floats):
    count, outputs, begin = field_of(plan, layer, INPUTS), field_of(plan, layer, OUTPUTS), field_of(plan, layer, LEARNT)
    bits, _ = fraction_bits(plan, layer)
    to, scale = begin, fill_f32(float(1 << bits))
    for i in range(count):
        for o in range(0, outputs, PAIRED):
            at = begin + i * outputs + o
            second = _rounded(load_f32(floats, at + LANES) * scale) if o + LANES < outputs else fill_i32(0)
            store_i32(whole.rows, to, pair_up(_rounded(load_f32(floats, at) * scale), second))
            to += LANES


@kernel
def _rounded(value):
    value = select(value < fill_f32(LARGEST), value, fill_f32(LARGEST))
    value = select(fill_f32(-LARGEST) < value, value, fill_f32(-LARGEST))
    return f32_i32(value + fill_f32(ROUNDING + 0.5)) - fill_i32(ROUNDING)


@kernel
def keep_inputs(whole, learner, layer, inputs, count):
    """Keep the inputs of a layer (int32 [count][8]) until its weights learn."""
    turn, room = get_i64(learner.turn, 0), learner.room * LANES
    half, to = layer * room, ((turn >> 1) * learner.layers + layer) * room
    for i in range(0, count * LANES, LANES):
        value = load_i32(inputs, i)
        if turn % 2 == 1:
            store_i32(whole.inputs, to + i, pair_up(load_i32(whole.halves, half + i), value))
        store_i32(whole.halves, half + i, value)


@kernel
def keep_gradients(whole, learner, layer, count, outputs):
    """Keep the gradients of a layer's outputs (`count` floats in `learner`, the others of `outputs` are 0), and pair them for
    `whole_back`."""
    for o in range(0, outputs, PAIRED):
        to = o // 2 * LANES
        for i in range(o, o + LANES):
            low = _keep_gradient(whole, learner, layer, i, count)
            high = _keep_gradient(whole, learner, layer, i + LANES, count) if o + LANES < outputs else fill_i32(0)
            store_i32(whole.pairs, to, pair_up(low, high))
            to += LANES


@kernel
def _keep_gradient(whole, learner, layer, o, count):
    """That of one output; what it is."""
    turn, room = get_i64(learner.turn, 0), learner.room * LANES
    value, half = fill_i32(0), (learner.layers + layer) * room + o * LANES
    if o < count:
        value = _rounded(load_f32(learner.gradients, place_of(learner, layer) + o * LANES) * fill_f32(1.0 / GRADIENT_UNIT))
    if turn % 2 == 1:
        store_i32(whole.gradients, ((turn >> 1) * learner.layers + layer) * room + o * LANES, pair_up(load_i32(whole.halves, half), value))
    else:
        store_i32(whole.halves, half, value)
    return value


@kernel
def whole_back(whole, plan, learner, layer, below, units, again):
    """learning.back, from the gradients that were kept last."""
    outputs, begin, (bits, _) = field_of(plan, layer, OUTPUTS), field_of(plan, layer, LEARNT), fraction_bits(plan, layer)
    stride = (outputs + PAIRED - 1) // PAIRED * LANES
    to, scale, zero = place_of(learner, below), GRADIENT_UNIT / (1 << bits), fill_i32(0)
    for i in range(0, units, 8):
        a, b, c, d, e, f, g, h = zero, zero, zero, zero, zero, zero, zero, zero
        at = begin + i * stride
        for o in range(0, stride * LANES, LANES):
            gradient = load_i32(whole.pairs, o)
            a = multiply_pairs(fill_i32(get_i32(whole.rows, at)), gradient, a)
            b = multiply_pairs(fill_i32(get_i32(whole.rows, at + stride)), gradient, b)
            c = multiply_pairs(fill_i32(get_i32(whole.rows, at + 2 * stride)), gradient, c)
            d = multiply_pairs(fill_i32(get_i32(whole.rows, at + 3 * stride)), gradient, d)
            e = multiply_pairs(fill_i32(get_i32(whole.rows, at + 4 * stride)), gradient, e)
            f = multiply_pairs(fill_i32(get_i32(whole.rows, at + 5 * stride)), gradient, f)
            g = multiply_pairs(fill_i32(get_i32(whole.rows, at + 6 * stride)), gradient, g)
            h = multiply_pairs(fill_i32(get_i32(whole.rows, at + 7 * stride)), gradient, h)
            at += 1
        place = to + i * LANES
        _put(learner, place, a, scale, again)
        _put(learner, place + LANES, b, scale, again)
        _put(learner, place + 2 * LANES, c, scale, again)
        _put(learner, place + 3 * LANES, d, scale, again)
        _put(learner, place + 4 * LANES, e, scale, again)
        _put(learner, place + 5 * LANES, f, scale, again)
        _put(learner, place + 6 * LANES, g, scale, again)
        _put(learner, place + 7 * LANES, h, scale, again)


@kernel
def _put(learner, place, total, scale, again):
    value = i32_f32(total) * fill_f32(scale)
    store_f32(learner.gradients, place, load_f32(learner.gradients, place) + value if again else value)


@kernel
def whole_through(whole, learner, layer, above, modulation, first, units):
    """learning.through, and keep what it finds."""
    to = place_of(learner, layer)
    for i in range(0, units * LANES, LANES):
        scaled = load_f32(learner.gradients, to + i) * (i32_f32(load_i32(modulation, first * LANES + i)) * fill_f32(MODULATION_UNIT))
        negative = load_i32(whole.halves, above * learner.room * LANES + i) < fill_i32(0)
        store_f32(learner.gradients, to + i, select(negative, scaled * fill_f32(0.125), scaled))
    keep_gradients(whole, learner, layer, units, units)


@kernel
def whole_learn(whole, plan, learner, layer, weights, biases, first):
    """One step of a layer, from all pixels since the last step: its weights, and the integers of these. weights, biases: pointers to those
    in use; first: as learning.begin has it, the same rate for all of a layer."""
    count, outputs, begin = field_of(plan, layer, INPUTS), field_of(plan, layer, OUTPUTS), field_of(plan, layer, LEARNT)
    to, bias, (bits, fraction) = field_of(plan, layer, WEIGHTS), field_of(plan, layer, BIASES), fraction_bits(plan, layer)
    rate, scale, end = fill_f32(get_f32(first, 2 * learner.size + begin)), fill_f32(float(1 << bits)), begin + count * outputs
    _find_slopes(whole, plan, learner, layer)
    if field_of(plan, layer, DIRECTED) >= 0:
        _shorten(whole, learner, field_of(plan, layer, DIRECTED), begin, count + 1, outputs)
    for o in range(0, outputs, LANES):
        value = _step(learner, end + o, rate) * (scale * fill_f32(float(1 << fraction)))
        value = select(value < fill_f32(LARGEST_BIAS), value, fill_f32(LARGEST_BIAS))
        store_i32(biases, bias + o, f32_i32(select(fill_f32(-LARGEST_BIAS) < value, value, fill_f32(-LARGEST_BIAS))))
    stride, goes_back = (outputs + PAIRED - 1) // PAIRED * LANES, _goes_back(plan, layer)
    for row in range(0, count, 2):
        at, two = begin + row * outputs, row + 1 < count
        for o in range(0, outputs, LANES):
            low = _rounded(_step(learner, at + o, rate) * scale)
            high = _rounded(_step(learner, at + outputs + o, rate) * scale) if two else fill_i32(0)
            store_i32(weights, to + row // 2 * outputs + o, pair_up(low, high))
            if goes_back:
                place = begin + row * stride + o // PAIRED * LANES
                _put_row(whole, place, low, o)
                if two:
                    _put_row(whole, place + stride, high, o)


@kernel
def _step(learner, i, rate):
    """One step of eight weights from weight i on: what they become."""
    return learning.step(learner, i, load_f32(learner.slopes, i), rate)


@kernel
def _find_slopes(whole, plan, learner, layer):
    """The slopes of a layer's weights."""
    count, outputs, begin = field_of(plan, layer, INPUTS), field_of(plan, layer, OUTPUTS), field_of(plan, layer, LEARNT)
    _, fraction = fraction_bits(plan, layer)
    unit = fill_f32(GRADIENT_UNIT / (1 << fraction))
    _turn_gradients(whole, learner, layer, outputs)
    for i in range(0, count, LANES):
        top = max(min(i, count - LANES), 0)  # the slopes of some of the last rows are found twice, of fewer than eight those behind them
        _eight_rows(whole, learner, layer, outputs, top, begin + top * outputs, unit)
    one = fill_i32((1 << fraction) * PAIR)
    for o in range(0, outputs, LANES):
        total = fill_i32(0)
        for i in range(o, o + learner.pace // 2 * LANES * outputs, outputs):
            total = multiply_pairs(load_i32(whole.turned, i), one, total)
        store_f32(learner.slopes, begin + count * outputs + o, i32_f32(total) * unit)


@kernel
def _shorten(whole, learner, at, begin, rows, outputs):
    """Shorten the slopes of a layer's weights [rows][outputs], biases the last row, in its directions, which begin at `at`."""
    zero = fill_f32(0.0)
    for o in range(begin, begin + outputs, LANES):
        a, b, c, d, e, f, g, h = zero, zero, zero, zero, zero, zero, zero, zero
        place, v = o, at
        for _ in range(rows):
            slope = load_f32(learner.slopes, place)
            a = a + fill_f32(get_f32(whole.directions, v)) * slope
            b = b + fill_f32(get_f32(whole.directions, v + 1)) * slope
            c = c + fill_f32(get_f32(whole.directions, v + 2)) * slope
            d = d + fill_f32(get_f32(whole.directions, v + 3)) * slope
            e = e + fill_f32(get_f32(whole.directions, v + 4)) * slope
            f = f + fill_f32(get_f32(whole.directions, v + 5)) * slope
            g = g + fill_f32(get_f32(whole.directions, v + 6)) * slope
            h = h + fill_f32(get_f32(whole.directions, v + 7)) * slope
            place, v = place + outputs, v + 2 * DIRECTIONS
        place, v = o, at + DIRECTIONS
        for _ in range(rows):
            left = fill_f32(get_f32(whole.directions, v)) * a + fill_f32(get_f32(whole.directions, v + 1)) * b
            left = left + (fill_f32(get_f32(whole.directions, v + 2)) * c + fill_f32(get_f32(whole.directions, v + 3)) * d)
            right = fill_f32(get_f32(whole.directions, v + 4)) * e + fill_f32(get_f32(whole.directions, v + 5)) * f
            right = right + (fill_f32(get_f32(whole.directions, v + 6)) * g + fill_f32(get_f32(whole.directions, v + 7)) * h)
            store_f32(learner.slopes, place, load_f32(learner.slopes, place) - (left + right))
            place, v = place + outputs, v + 2 * DIRECTIONS


@kernel
def _put_row(whole, place, value, o):
    """Store the integers of eight weights of a row, those of outputs o to o + 7, beside those that they are paired with."""
    store_i32(whole.rows, place, pair_up(value, fill_i32(0)) if o % PAIRED < LANES else pair_up(load_i32(whole.rows, place), value))


@kernel
def _turn_gradients(whole, learner, layer, outputs):
    """turned: the gradients of a layer's outputs."""
    room = learner.room * LANES
    pitch, begin = learner.layers * room, layer * room
    for o in range(0, outputs, LANES):
        at, to = begin + o * LANES, o
        for _ in range(0, learner.pace, 2):
            a, b = load_i32(whole.gradients, at), load_i32(whole.gradients, at + LANES)
            c, d = load_i32(whole.gradients, at + 2 * LANES), load_i32(whole.gradients, at + 3 * LANES)
            e, f = load_i32(whole.gradients, at + 4 * LANES), load_i32(whole.gradients, at + 5 * LANES)
            g, h = load_i32(whole.gradients, at + 6 * LANES), load_i32(whole.gradients, at + 7 * LANES)
            for _ in range(3):  # three times, and rows are columns
                a, b, c, d, e, f, g, h = (
                    zip_low(a, e), zip_high(a, e), zip_low(b, f), zip_high(b, f),
                    zip_low(c, g), zip_high(c, g), zip_low(d, h), zip_high(d, h),
                )  # fmt: skip
            store_i32(whole.turned, to, a)
            store_i32(whole.turned, to + outputs, b)
            store_i32(whole.turned, to + 2 * outputs, c)
            store_i32(whole.turned, to + 3 * outputs, d)
            store_i32(whole.turned, to + 4 * outputs, e)
            store_i32(whole.turned, to + 5 * outputs, f)
            store_i32(whole.turned, to + 6 * outputs, g)
            store_i32(whole.turned, to + 7 * outputs, h)
            at, to = at + pitch, to + LANES * outputs


@kernel
def _eight_rows(whole, learner, layer, outputs, top, to, unit):
    """The slopes of the weights of eight inputs from `top` on, and store them from `to` on."""
    room, zero = learner.room * LANES, fill_i32(0)
    pitch, begin = learner.layers * room, layer * room + top * LANES
    for o in range(0, outputs, LANES):
        a, b, c, d, e, f, g, h = zero, zero, zero, zero, zero, zero, zero, zero
        at, turned = begin, o
        for _ in range(0, learner.pace, 2):
            for place in range(at, at + LANES):
                gradient = load_i32(whole.turned, turned)
                a = multiply_pairs(fill_i32(get_i32(whole.inputs, place)), gradient, a)
                b = multiply_pairs(fill_i32(get_i32(whole.inputs, place + LANES)), gradient, b)
                c = multiply_pairs(fill_i32(get_i32(whole.inputs, place + 2 * LANES)), gradient, c)
                d = multiply_pairs(fill_i32(get_i32(whole.inputs, place + 3 * LANES)), gradient, d)
                e = multiply_pairs(fill_i32(get_i32(whole.inputs, place + 4 * LANES)), gradient, e)
                f = multiply_pairs(fill_i32(get_i32(whole.inputs, place + 5 * LANES)), gradient, f)
                g = multiply_pairs(fill_i32(get_i32(whole.inputs, place + 6 * LANES)), gradient, g)
                h = multiply_pairs(fill_i32(get_i32(whole.inputs, place + 7 * LANES)), gradient, h)
                turned += outputs
            at += pitch
        store_f32(learner.slopes, to + o, i32_f32(a) * unit)
        store_f32(learner.slopes, to + outputs + o, i32_f32(b) * unit)
        store_f32(learner.slopes, to + 2 * outputs + o, i32_f32(c) * unit)
        store_f32(learner.slopes, to + 3 * outputs + o, i32_f32(d) * unit)
        store_f32(learner.slopes, to + 4 * outputs + o, i32_f32(e) * unit)
        store_f32(learner.slopes, to + 5 * outputs + o, i32_f32(f) * unit)
        store_f32(learner.slopes, to + 6 * outputs + o, i32_f32(g) * unit)
        store_f32(learner.slopes, to + 7 * outputs + o, i32_f32(h) * unit)
