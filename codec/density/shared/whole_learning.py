"""Layers that learn in whole numbers: products of 16 bits, where learning.py has floats; only the weights themselves are kept as floats.

What learning.py says holds but for this. A layer's integers are those of the model times 2^k, k the largest that leaves them below 2^14,
at most 4, and its shift is larger by k: so it has b = shift - f + f' fraction bits (f, f': those of its inputs and of its sums). Then, with
32 bits whose overflows wrap around,

    sum            that of an integer layer (network.py), whose weights are the floats times 2^b, rounded, within +-32767, and whose biases
                   are the floats times 2^(b + f), rounded towards zero, within +-2^30
    gradient       of an output or a hidden unit's sum: rounded to 2^-12, within +-8 - 2^-12; from these and the weights of a sum, a
                   gradient of a layer's inputs is the sum of products of integers, times 2^(-12 - b)
    slope          the sum over the pixels of products of integers, times 2^(-12 - f); the input of biases is 2^f

Sums of integers have no order. Rounded, but for biases, is floor(x + (2^15 + 1/2)) - 2^15.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from codec.density.shared.plan import BIASES, INPUTS, LEARNT, OUTPUTS, SHIFT, TRUNK0, WEIGHTS, field_of, is_output
from codec.lanes.vectors import (
    LANES,
    f32_i32,
    fill_f32,
    fill_i32,
    get_i32,
    get_i64,
    i32_f32,
    in_halves,
    in_pairs,
    load_f32,
    load_i32,
    multiply_pairs,
    pair_up,
    pointer,
    select,
    store_f32,
    store_i32,
)
from codec.lanes.wavefront import SEGMENT
from codec.system.kernels import kernel

MOST_FINER, FINER_LIMIT = 4, 1 << 14  # of k, and of weights times 2^k
LARGEST, LARGEST_BIAS, GRADIENT_UNIT = 32767.0, 2.0**30, 2.0**-12
ROUNDING, MODULATION_UNIT = 1 << 15, 2.0**-7
PAIRED = 2 * LANES  # outputs whose weights are paired: each with the one 8 further on


class Whole(NamedTuple):
    """The integers of layers that learn in whole numbers: pointers to int32, and whether they do.

    given, count, biases     the model's weights and how many there are, its biases and how many there are
    rows      weights [inputs][outputs / 2] of each layer, from its LEARNT on: those of outputs 16 n + i and 16 n + 8 + i in a pair
    inputs    of the pixels since the last step, two of them in a pair: [pixels / 2][layer][room][8]
    gradients of the outputs of layers, likewise
    halves    of the pixel that came last, inputs and then gradients: [2][layer][room][8]
    pairs     gradients of a layer's outputs, paired as in rows: [room][8]
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


def whole_ints(size: int, layers: int, room: int) -> int:
    """How many integers the arrays of a Whole take, one after the other."""
    return size + (SEGMENT + 2) * layers * room * LANES + room * LANES


@kernel(inline=True)
def whole_of(on, weights, biases, ints, layers, room, size):
    """A Whole of an array of so many integers; weights, biases: the model's arrays."""
    block = layers * room * LANES
    gradients = size + SEGMENT // 2 * block
    halves = gradients + SEGMENT // 2 * block
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
        pairs=pointer(ints[halves + 2 * block :]),
    )


@kernel
def fraction_bits(plan, layer):
    """b and f of a layer."""
    inputs, sums = 5 if layer == TRUNK0 else 6, 6 if is_output(layer) else 8
    return field_of(plan, layer, SHIFT) - inputs + sums, inputs


@kernel
def begin_whole(whole, plan, layers, weights, biases, floats):
    """Begin with the model's integers. weights, biases: pointers to those in use; floats: to the weights of learning.py."""
    for i in range(0, whole.count, LANES):
        store_i32(weights, i, load_i32(whole.given, i))
    for i in range(0, whole.bias_count, LANES):
        store_i32(biases, i, load_i32(whole.given_biases, i))
    for layer in range(layers):
        if layer != TRUNK0 and field_of(plan, layer, LEARNT) >= 0:
            _pack_rows(whole, plan, layer, floats)


@kernel
def pack_weights(whole, plan, layer, weights, biases, floats):
    """Make integers of a layer's floats."""
    count, outputs, begin = field_of(plan, layer, INPUTS), field_of(plan, layer, OUTPUTS), field_of(plan, layer, LEARNT)
    to, bias, (bits, fraction) = field_of(plan, layer, WEIGHTS), field_of(plan, layer, BIASES), fraction_bits(plan, layer)
    scale, limit = fill_f32(float(1 << bits)), fill_f32(LARGEST_BIAS)
    for i in range(0, count, 2):
        for o in range(0, outputs, LANES):
            at = begin + i * outputs + o
            second = _rounded(load_f32(floats, at + outputs) * scale) if i + 1 < count else fill_i32(0)
            store_i32(weights, to + i // 2 * outputs + o, pair_up(_rounded(load_f32(floats, at) * scale), second))
    for o in range(0, outputs, LANES):
        value = load_f32(floats, begin + count * outputs + o) * (scale * fill_f32(float(1 << fraction)))
        value = select(value < limit, value, limit)
        store_i32(biases, bias + o, f32_i32(select(fill_f32(-LARGEST_BIAS) < value, value, fill_f32(-LARGEST_BIAS))))
    if layer != TRUNK0:
        _pack_rows(whole, plan, layer, floats)


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
    one = fill_i32(1 << (5 if layer == TRUNK0 else 6))
    for i in range(0, count * LANES, LANES):
        value = load_i32(inputs, i)
        if turn % 2 == 1:
            store_i32(whole.inputs, to + i, pair_up(load_i32(whole.halves, half + i), value))
        store_i32(whole.halves, half + i, value)
    store_i32(whole.inputs, to + count * LANES, pair_up(one, one))


@kernel
def keep_gradients(whole, learner, layer, count, outputs):
    """Keep the gradients of a layer's outputs (`count` floats in `learner`, the others of `outputs` are 0), and pair them for
    `whole_back`."""
    turn, room = get_i64(learner.turn, 0), learner.room * LANES
    half, to = (learner.layers + layer) * room, ((turn >> 1) * learner.layers + layer) * room
    given, scale = (turn * learner.layers + layer) * room, fill_f32(1.0 / GRADIENT_UNIT)
    for o in range(outputs):
        value = _rounded(load_f32(learner.gradients, given + o * LANES) * scale) if o < count else fill_i32(0)
        if turn % 2 == 1:
            store_i32(whole.gradients, to + o * LANES, pair_up(load_i32(whole.halves, half + o * LANES), value))
        store_i32(whole.halves, half + o * LANES, value)
        place = (o // PAIRED * LANES + o % LANES) * LANES
        store_i32(whole.pairs, place, value if o % PAIRED < LANES else pair_up(load_i32(whole.pairs, place), value))


@kernel
def whole_back(whole, plan, learner, layer, below, units, again):
    """learning.back, from the gradients that were kept last."""
    outputs, begin, (bits, _) = field_of(plan, layer, OUTPUTS), field_of(plan, layer, LEARNT), fraction_bits(plan, layer)
    stride = (outputs + PAIRED - 1) // PAIRED * LANES
    to, scale, zero = (get_i64(learner.turn, 0) * learner.layers + below) * learner.room * LANES, GRADIENT_UNIT / (1 << bits), fill_i32(0)
    for i in range(0, units, 4):
        a, b, c, d = zero, zero, zero, zero
        at = begin + i * stride
        for o in range(stride):
            gradient = load_i32(whole.pairs, o * LANES)
            a = multiply_pairs(fill_i32(get_i32(whole.rows, at + o)), gradient, a)
            b = multiply_pairs(fill_i32(get_i32(whole.rows, at + stride + o)), gradient, b)
            c = multiply_pairs(fill_i32(get_i32(whole.rows, at + 2 * stride + o)), gradient, c)
            d = multiply_pairs(fill_i32(get_i32(whole.rows, at + 3 * stride + o)), gradient, d)
        place = to + i * LANES
        _put(learner, place, a, scale, again)
        _put(learner, place + LANES, b, scale, again)
        _put(learner, place + 2 * LANES, c, scale, again)
        _put(learner, place + 3 * LANES, d, scale, again)


@kernel
def _put(learner, place, total, scale, again):
    value = i32_f32(total) * fill_f32(scale)
    store_f32(learner.gradients, place, load_f32(learner.gradients, place) + value if again else value)


@kernel
def whole_through(whole, learner, layer, above, modulation, first, units):
    """learning.through, and keep what it finds."""
    to = (get_i64(learner.turn, 0) * learner.layers + layer) * learner.room * LANES
    for i in range(0, units * LANES, LANES):
        scaled = load_f32(learner.gradients, to + i) * (i32_f32(load_i32(modulation, first * LANES + i)) * fill_f32(MODULATION_UNIT))
        negative = load_i32(whole.halves, above * learner.room * LANES + i) < fill_i32(0)
        store_f32(learner.gradients, to + i, select(negative, scaled * fill_f32(0.125), scaled))
    keep_gradients(whole, learner, layer, units, units)


@kernel
def whole_add_up(whole, plan, learner, layer):
    """The slopes of a layer's weights, from all pixels since the last step."""
    count, outputs, weights = field_of(plan, layer, INPUTS), field_of(plan, layer, OUTPUTS), field_of(plan, layer, LEARNT)
    room = learner.room * LANES
    step, begin, zero = learner.layers * room, layer * room, fill_i32(0)
    scale = fill_f32(GRADIENT_UNIT / (32 if layer == TRUNK0 else 64))
    for i in range(count + 1):
        for o in range(0, outputs, LANES):
            a, b, c, d, e, f, g, h = zero, zero, zero, zero, zero, zero, zero, zero
            at, to = begin + i * LANES, begin + o * LANES
            for _ in range(0, learner.pace, 2):
                x = load_i32(whole.inputs, at)
                a = multiply_pairs(x, load_i32(whole.gradients, to), a)
                b = multiply_pairs(x, load_i32(whole.gradients, to + LANES), b)
                c = multiply_pairs(x, load_i32(whole.gradients, to + 2 * LANES), c)
                d = multiply_pairs(x, load_i32(whole.gradients, to + 3 * LANES), d)
                e = multiply_pairs(x, load_i32(whole.gradients, to + 4 * LANES), e)
                f = multiply_pairs(x, load_i32(whole.gradients, to + 5 * LANES), f)
                g = multiply_pairs(x, load_i32(whole.gradients, to + 6 * LANES), g)
                h = multiply_pairs(x, load_i32(whole.gradients, to + 7 * LANES), h)
                at, to = at + step, to + step
            left = in_pairs(in_pairs(a, b), in_pairs(c, d))
            right = in_pairs(in_pairs(e, f), in_pairs(g, h))
            store_f32(learner.slopes, weights + i * outputs + o, i32_f32(in_halves(left, right)) * scale)
