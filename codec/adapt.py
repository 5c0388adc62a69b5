"""Layers that learn while a stripe is coded: they follow the gradient of -log p, in doubles whose every sum has its order.

A model may let its output layers learn ("outputs"), also the heads' hidden layers before them ("heads"), or the trunk as well ("all").
Such a layer begins with the integers of the model as real numbers: a weight is 2^-f times its integer (f: fraction bits of the layer), an
input x is 2^-6 (of the trunk's first layer 2^-5) times its own. Then

    sum            b + x_0 w_0 + x_1 w_1 ... from left to right; times 2^6 (outputs) or 2^8 (hidden units), clamped to +-2^20, and
                   rounded, floor(sum + 1/2), it is what the integer layer would call its rounded sum
    gradient       of the outputs of a pixel's mixture, from its integers (photo.py): with its edges' positions p, p' (in scales) and the
                   curve there, F and F', and w the weight of a component

                       P = sum of w (F' - F) + 2^-24         h = F (1 - F), h' = F' (1 - F')
                       logit    w - w (F' - F) / P           log2 scale    ln 2 w (h' p' - h p) / P
                       offset   w (h' - h) / P times scale / component's scale
                       way i    w (h' - h) / P times (prediction i - prediction 0) / component's scale, times way (1 - way)

                   each clamped to +-2; of a hidden unit the sum over what it feeds (of the trunk's last layer: over the channels, too) of
                   gradient times weight, times m, an eighth of it if the unit is negative
    learning       gradient times input is added up for each weight, lane by lane, over a segment of 8 pixels; at its end, with g the sum
                   over lanes ((0 + 1) + (2 + 3)) + ((4 + 5) + (6 + 7)),

                       v = DECAY v + (1 - DECAY) g g         w = w - rate g / sqrt(v + TINY), clamped to +-1024

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

RATES = (2.5e-4, 5e-4, 1e-3)  # of the trunk, of heads, of outputs
DECAY, TINY = 0.99, 1e-6
FIRST_SQUARES = (6.4e-4, 6.4e-4, 6.4e-3)  # v at the start, likewise
LARGEST_WEIGHT, LARGEST_GRADIENT = 1024.0, 2.0
LN2 = 0.6931471805599453
FIRST_UNIT, INPUT_UNIT = 1.0 / 32.0, 1.0 / 64.0  # of the integers that are inputs of the trunk, and of all other layers
SUM_SCALE, OUTPUT_SCALE = 256.0, 64.0  # of hidden units' sums and of outputs
WEIGHT_UNIT, POSITION_UNIT, MASS_UNIT, STEEPNESS_UNIT, WAY_UNIT, MODULATION_UNIT = 2.0**-12, 2.0**-13, 2.0**-24, 2.0**-25, 2.0**-8, 2.0**-7
LARGEST_SUM, ROUNDING = float(1 << 20), 1 << 30
TRUNK0, TRUNK1, HEAD, OUTPUT = 0, 1, 2, 3  # kinds of layers


class Learner(NamedTuple):
    """Pointers to doubles: of all layers that learn, one after the other, weights[inputs + 1][outputs] (biases last), squares (v) alike,
    and slopes[inputs + 1][outputs][8] (the sums of a segment), where outputs are rounded up to a multiple of 4; of one pixel, parts
    [3][K][8] of its mixture, and for each kind of layer its inputs given[kind][room][8] and the gradients of its outputs
    gradients[kind][room][8]; row[8].
    size: number of weights, rounded up to a multiple of 8."""

    weights: Any
    squares: Any
    slopes: Any
    parts: Any
    given: Any
    gradients: Any
    row: Any
    room: Any
    size: Any


@njit
def begin(learner, first):
    """Forget all that was learnt. first: pointer to doubles, the weights to begin with, then their v, then their rates."""
    for i in range(learner.size):
        put_f64(learner.weights, i, get_f64(first, i))
        put_f64(learner.squares, i, get_f64(first, learner.size + i))
        store_f64(learner.slopes, i * LANES, fill_f64(0.0))


@njit
def sums(learner, kind, layer, inputs, count, outputs, results):
    """The rounded sums (int32 [outputs][8]) of a layer whose weights begin at `layer`; inputs: float32 [count][8]."""
    reals = kind * learner.room * LANES
    unit = fill_f64(FIRST_UNIT if kind == TRUNK0 else INPUT_UNIT)
    for i in range(0, count * LANES, LANES):
        store_f64(learner.given, reals + i, f32_f64(load_f32(inputs, i)) * unit)
    bias, scale = layer + count * outputs, fill_f64(OUTPUT_SCALE if kind == OUTPUT else SUM_SCALE)
    for o in range(0, outputs, 4):
        a, b = fill_f64(get_f64(learner.weights, bias + o)), fill_f64(get_f64(learner.weights, bias + o + 1))
        c, d = fill_f64(get_f64(learner.weights, bias + o + 2)), fill_f64(get_f64(learner.weights, bias + o + 3))
        at = layer + o
        for i in range(0, count * LANES, LANES):
            x = load_f64(learner.given, reals + i)
            a = a + fill_f64(get_f64(learner.weights, at)) * x
            b = b + fill_f64(get_f64(learner.weights, at + 1)) * x
            c = c + fill_f64(get_f64(learner.weights, at + 2)) * x
            d = d + fill_f64(get_f64(learner.weights, at + 3)) * x
            at += outputs
        to = o * LANES
        store_i32(results, to, _rounded(a * scale))
        store_i32(results, to + LANES, _rounded(b * scale))
        store_i32(results, to + 2 * LANES, _rounded(c * scale))
        store_i32(results, to + 3 * LANES, _rounded(d * scale))


@njit
def _rounded(value):
    return f64_i32(_limited(value, LARGEST_SUM) + fill_f64(ROUNDING + 0.5)) - fill_i32(ROUNDING)


@njit
def _limited(value, limit):
    value = select(value < fill_f64(limit), value, fill_f64(limit))
    return select(fill_f64(-limit) < value, value, fill_f64(-limit))


@njit
def _put_gradient(learner, output, value):
    store_f64(learner.gradients, OUTPUT * learner.room * LANES + output, _limited(value, LARGEST_GRADIENT))


@njit
def mixture_gradient(learner, net, value, scale, lowest, highest, idle):
    """The gradients of the outputs of a pixel's mixture, that `net` (photo.Net) holds.

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
        _put_gradient(learner, k, weight - load_f64(learner.parts, k) * inverse)
        _put_gradient(learner, step + k, moved * (i32_f64(scale) * steep))
        _put_gradient(learner, 2 * step + k, load_f64(learner.parts, 2 * step + k) * inverse * fill_f64(LN2))
        for i in range(1, net.predictors):
            way = i32_f64(load_i32(net.ways, (i - 1) * step + k)) * fill_f64(WAY_UNIT)
            apart = i32_f64(load_i32(net.guesses, i * LANES) - first)
            _put_gradient(learner, (2 + i) * step + k, moved * (apart * steep) * (way * (fill_f64(1.0) - way)))


@njit
def _curve(net, position):
    return i32_f64(i64_i32(mass_below(net.curve, position))) * fill_f64(MASS_UNIT)


@njit
def back(learner, kind, layer, units, outputs, stride, again):
    """From the gradients of a layer's outputs to those of its first inputs, the outputs of the kind before; `again`: add them to these."""
    above, below = kind * learner.room * LANES, (kind - 1) * learner.room * LANES
    for i in range(units):
        total = fill_f64(0.0)
        for o in range(outputs):
            total = total + load_f64(learner.gradients, above + o * LANES) * fill_f64(get_f64(learner.weights, layer + i * stride + o))
        if again:
            total = load_f64(learner.gradients, below + i * LANES) + total
        store_f64(learner.gradients, below + i * LANES, total)


@njit
def through(learner, kind, modulation, first, units):
    """From the gradients of a layer's hidden units to those of their sums; modulation: int32, their m begin with that of unit `first`."""
    gradients, reals = kind * learner.room * LANES, (kind + 1) * learner.room * LANES
    for i in range(0, units * LANES, LANES):
        m = i32_f64(load_i32(modulation, first * LANES + i)) * fill_f64(MODULATION_UNIT)
        scaled = load_f64(learner.gradients, gradients + i) * m
        negative = load_f64(learner.given, reals + i) < fill_f64(0.0)
        store_f64(learner.gradients, gradients + i, select(negative, scaled * fill_f64(0.125), scaled))


@njit
def add_slopes(learner, kind, layer, count, outputs, stride):
    """Add a pixel to the sums of the segment: of each weight, gradient of the output times input."""
    reals, gradients = kind * learner.room * LANES, kind * learner.room * LANES
    for i in range(count + 1):
        x = load_f64(learner.given, reals + i * LANES) if i < count else fill_f64(1.0)
        at = (layer + i * stride) * LANES
        for o in range(0, outputs * LANES, LANES):
            store_f64(learner.slopes, at + o, load_f64(learner.slopes, at + o) + load_f64(learner.gradients, gradients + o) * x)


@njit
def learn(learner, first):
    """The end of a segment: one step of all weights. first: as `begin` has it."""
    keep, take, zero = fill_f64(DECAY), fill_f64(1.0 - DECAY), fill_f64(0.0)
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
        weight = load_f64(learner.weights, i) - load_f64(first, 2 * learner.size + i) * slope / root(square + fill_f64(TINY))
        store_f64(learner.weights, i, _limited(weight, LARGEST_WEIGHT))
