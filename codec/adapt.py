"""Heads that learn while a stripe is coded: their last layers follow the gradient of -log p, in doubles whose every sum has its order.

A model may let its output layers learn, or these and the heads' hidden layers before them. Such a layer begins with the integers of the
model, as real numbers: a weight is 2^-f times its integer (f: fraction bits of the layer), an input x is 2^-6 times its own. Then

    sum            b + x_0 w_0 + x_1 w_1 ... from left to right; floor(2^s sum + 1/2) is what the integer layer would call its rounded sum
    gradient       of the outputs of a pixel's mixture, from its integers (photo.py): with its edges' positions p, p' (in scales) and the
                   curve there, F and F', and w the weight of a component

                       P = sum of w (F' - F) + 2^-24         h = F (1 - F), h' = F' (1 - F')
                       logit    w - w (F' - F) / P           log2 scale    ln 2 w (h' p' - h p) / P
                       offset   w (h' - h) / P times scale / component's scale
                       way i    w (h' - h) / P times (prediction i - prediction 0) / component's scale, times way (1 - way)

                   each clamped to +-2; of a hidden unit the sum over outputs of gradient times weight, times m, an eighth of it if the
                   unit is negative
    learning       gradient times input is added up for each weight, lane by lane, over a segment of 8 pixels; at its end, with g the sum
                   over lanes ((0 + 1) + (2 + 3)) + ((4 + 5) + (6 + 7)),

                       v = DECAY v + (1 - DECAY) g g         w = w - RATE g / sqrt(v + TINY), clamped to +-1024

Every part of a stripe that is coded on its own (stripe.py) begins with the model's weights again. As these depend on all pixels before,
whose latents may be those of other tiles, all tiles of a stripe are one data point for a model that learns.
"""

# mypy: disable-error-code="no-untyped-def"
from __future__ import annotations

from typing import Any, NamedTuple

from numba import njit

from codec.curve import mass_below, position_of
from codec.predict import UNIT
from codec.vectors import (
    LANES,
    f32_f64,
    f64_i32,
    fill_f64,
    fill_i32,
    fill_i64,
    get_f64,
    i32_f64,
    i32_i64,
    i64_i32,
    load_f32,
    load_f64,
    load_i32,
    load_i64,
    put_f64,
    root,
    select,
    store_f64,
    store_i32,
)

RATE, DECAY, TINY = 5e-4, 0.99, 1e-6
FIRST_SQUARES = (6.4e-4, 6.4e-3)  # v at the start, of hidden layers and of output layers
LARGEST_WEIGHT, LARGEST_GRADIENT = 1024.0, 2.0
LN2 = 0.6931471805599453
INPUT_UNIT = 1.0 / 64.0  # of the integers that are taken for real numbers
WEIGHT_UNIT, POSITION_UNIT, MASS_UNIT, STEEPNESS_UNIT, WAY_UNIT, MODULATION_UNIT = 2.0**-12, 2.0**-13, 2.0**-24, 2.0**-25, 2.0**-8, 2.0**-7
ROUNDING = 1 << 30


class Learner(NamedTuple):
    """Pointers to doubles: of all layers that learn, one after the other, weights[inputs + 1][outputs] (biases last), squares (v) alike,
    and slopes[inputs + 1][outputs][8] (the sums of a segment), where outputs are rounded up to a multiple of 4; of one pixel,
    parts[3][K][8], gradients of outputs[...][8] and units[...][8], inputs of heads features[...][8] and of outputs hidden[...][8], row[8].
    size: number of weights, rounded up to a multiple of 8."""

    weights: Any
    squares: Any
    slopes: Any
    parts: Any
    outputs: Any
    units: Any
    features: Any
    hidden: Any
    row: Any
    size: Any


@njit
def begin(learner, first):
    """Forget all that was learnt. first: pointer to doubles, the weights to begin with and then their v."""
    for i in range(learner.size):
        put_f64(learner.weights, i, get_f64(first, i))
        put_f64(learner.squares, i, get_f64(first, learner.size + i))
        store_f64(learner.slopes, i * LANES, fill_f64(0.0))


@njit
def sums(learner, layer, inputs, count, outputs, scale, results, reals):
    """The rounded sums (int32 [outputs][8], in 1 / scale) of the layer whose weights begin at `layer`.

    inputs: float32 [count][8]; `reals` (features or hidden) takes them as real numbers; outputs: a multiple of 4.
    """
    for i in range(0, count * LANES, LANES):
        store_f64(reals, i, f32_f64(load_f32(inputs, i)) * fill_f64(INPUT_UNIT))
    bias = layer + count * outputs
    factor, half = fill_f64(scale), fill_f64(ROUNDING + 0.5)
    for o in range(0, outputs, 4):
        a, b = fill_f64(get_f64(learner.weights, bias + o)), fill_f64(get_f64(learner.weights, bias + o + 1))
        c, d = fill_f64(get_f64(learner.weights, bias + o + 2)), fill_f64(get_f64(learner.weights, bias + o + 3))
        at = layer + o
        for i in range(0, count * LANES, LANES):
            x = load_f64(reals, i)
            a = a + fill_f64(get_f64(learner.weights, at)) * x
            b = b + fill_f64(get_f64(learner.weights, at + 1)) * x
            c = c + fill_f64(get_f64(learner.weights, at + 2)) * x
            d = d + fill_f64(get_f64(learner.weights, at + 3)) * x
            at += outputs
        to = o * LANES
        store_i32(results, to, f64_i32(a * factor + half) - fill_i32(ROUNDING))
        store_i32(results, to + LANES, f64_i32(b * factor + half) - fill_i32(ROUNDING))
        store_i32(results, to + 2 * LANES, f64_i32(c * factor + half) - fill_i32(ROUNDING))
        store_i32(results, to + 3 * LANES, f64_i32(d * factor + half) - fill_i32(ROUNDING))


@njit
def _limited(value):
    limit = fill_f64(LARGEST_GRADIENT)
    value = select(value < limit, value, limit)
    return select(fill_f64(0.0) - limit < value, value, fill_f64(0.0) - limit)


@njit
def mixture_gradient(learner, net, value, scale, lowest, highest, idle):
    """Fill `outputs` with the gradient of a pixel's mixture, that `net` (photo.Net) holds.

    value: int32; scale: the table's entry of its channel; lowest, highest: levels of the channel; idle: int64, 1 where there is no pixel.
    """
    step = net.components * LANES
    edge, total = (i32_i64(value) << 6) - fill_i64(UNIT // 2), fill_f64(0.0)
    for k in range(0, step, LANES):
        location, slope = load_i64(net.locations, k), load_i64(net.slopes, k)
        low, high = position_of(edge, location, slope), position_of(edge + fill_i64(UNIT), location, slope)
        below = select(value == fill_i32(lowest), fill_f64(0.0), _curve(net, low))
        above = select(value == fill_i32(highest), fill_f64(1.0), _curve(net, high))
        weight = i32_f64(i64_i32(load_i64(net.component_weights, k))) * fill_f64(WEIGHT_UNIT)
        low_slope, high_slope = below * (fill_f64(1.0) - below), above * (fill_f64(1.0) - above)
        mass, unit = weight * (above - below), fill_f64(POSITION_UNIT)
        total = total + mass
        store_f64(learner.parts, k, mass)
        store_f64(learner.parts, step + k, weight * (high_slope - low_slope))
        spread = high_slope * (i32_f64(i64_i32(high)) * unit) - low_slope * (i32_f64(i64_i32(low)) * unit)
        store_f64(learner.parts, 2 * step + k, weight * spread)
    inverse = fill_f64(1.0) / (total + fill_f64(MASS_UNIT))
    inverse = select(idle == fill_i64(1), fill_f64(0.0), inverse)
    first = load_i32(net.guesses, 0)
    for k in range(0, step, LANES):
        weight = i32_f64(i64_i32(load_i64(net.component_weights, k))) * fill_f64(WEIGHT_UNIT)
        weight = select(idle == fill_i64(1), fill_f64(0.0), weight)
        moved = load_f64(learner.parts, step + k) * inverse
        steep = i32_f64(i64_i32(load_i64(net.slopes, k))) * fill_f64(STEEPNESS_UNIT)
        store_f64(learner.outputs, k, _limited(weight - load_f64(learner.parts, k) * inverse))
        store_f64(learner.outputs, step + k, _limited(moved * (i32_f64(scale) * steep)))
        store_f64(learner.outputs, 2 * step + k, _limited(load_f64(learner.parts, 2 * step + k) * inverse * fill_f64(LN2)))
        for i in range(1, net.predictors):
            way = i32_f64(load_i32(net.ways, (i - 1) * step + k)) * fill_f64(WAY_UNIT)
            apart = i32_f64(load_i32(net.guesses, i * LANES) - first)
            gradient = moved * (apart * steep) * (way * (fill_f64(1.0) - way))
            store_f64(learner.outputs, (2 + i) * step + k, _limited(gradient))


@njit
def _curve(net, position):
    return i32_f64(i64_i32(mass_below(net.curve, position))) * fill_f64(MASS_UNIT)


@njit
def unit_gradient(learner, net, layer, units, outputs, stride, modulation):
    """Fill `units` with the gradients of the hidden units below an output layer at `layer`; modulation: where their m begin."""
    for i in range(units):
        total = fill_f64(0.0)
        for o in range(outputs):
            total = total + load_f64(learner.outputs, o * LANES) * fill_f64(get_f64(learner.weights, layer + i * stride + o))
        scaled = total * (i32_f64(load_i32(net.modulation, modulation + i * LANES)) * fill_f64(MODULATION_UNIT))
        negative = load_f64(learner.hidden, i * LANES) < fill_f64(0.0)
        store_f64(learner.units, i * LANES, select(negative, scaled * fill_f64(0.125), scaled))


@njit
def add_slopes(learner, gradients, layer, reals, count, outputs, stride):
    """Add a pixel to the sums of the segment: gradients [outputs][8] of the layer's outputs, its inputs reals [count][8]."""
    for i in range(count):
        x, at = load_f64(reals, i * LANES), (layer + i * stride) * LANES
        for o in range(0, outputs * LANES, LANES):
            store_f64(learner.slopes, at + o, load_f64(learner.slopes, at + o) + load_f64(gradients, o) * x)
    at = (layer + count * stride) * LANES
    for o in range(0, outputs * LANES, LANES):
        store_f64(learner.slopes, at + o, load_f64(learner.slopes, at + o) + load_f64(gradients, o))


@njit
def learn(learner):
    """The end of a segment: one step of all weights."""
    keep, take, zero = fill_f64(DECAY), fill_f64(1.0 - DECAY), fill_f64(0.0)
    limit = fill_f64(LARGEST_WEIGHT)
    for i in range(0, learner.size, LANES):
        for j in range(LANES):
            at = (i + j) * LANES
            left = (get_f64(learner.slopes, at) + get_f64(learner.slopes, at + 1)) + (
                get_f64(learner.slopes, at + 2) + get_f64(learner.slopes, at + 3)
            )
            right = (get_f64(learner.slopes, at + 4) + get_f64(learner.slopes, at + 5)) + (
                get_f64(learner.slopes, at + 6) + get_f64(learner.slopes, at + 7)
            )
            put_f64(learner.row, j, left + right)
            store_f64(learner.slopes, at, zero)
        slope = load_f64(learner.row, 0)
        square = keep * load_f64(learner.squares, i) + take * (slope * slope)
        store_f64(learner.squares, i, square)
        weight = load_f64(learner.weights, i) - fill_f64(RATE) * slope / root(square + fill_f64(TINY))
        weight = select(weight < limit, weight, limit)
        store_f64(learner.weights, i, select(zero - limit < weight, weight, zero - limit))
