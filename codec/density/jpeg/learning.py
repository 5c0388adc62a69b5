"""Layers of the JPEG density that learn while they code: shared/learning.py's, with biases for every kind of symbol.

A model that learns moves the weights of all layers of both of its networks, and one bias of each unit for all kinds of symbols, which
begins with 0; those for each kind stay as they are. Where shared/learning.py says pixel, a step of all lanes is meant of which layers
learn: each step ("all"), or the second one of every two ("half"). Other than there:

    sum            (bias of the kind + 0) + x_0 w_0 + x_1 w_1 ... from left to right
    m              1 of all units
    value          that of the symbol less base; below the place 0 and above the place 63 of a last coefficient there is nothing
    gradient       0 of lanes that are idle, and of coefficients that cannot be 0
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from codec.density.jpeg.constants import KINDS, LAST
from codec.density.shared.learning import (
    FIRST_UNIT,
    INPUT_UNIT,
    OUTPUT_SCALE,
    SUM_SCALE,
    add_up,
    back,
    learn,
    mixture_gradient,
    place_of,
    rounded,
    through,
)
from codec.density.shared.scales import look_up
from codec.lanes.vectors import (
    LANES,
    fill_f32,
    fill_i32,
    get_f32,
    get_i64,
    i64_i32,
    load_f32,
    load_i32,
    load_i64,
    select,
    store_f32,
    store_i32,
)
from codec.system.kernels import kernel

INPUTS, OUTPUTS, SHIFT, WEIGHTS, BIASES, LEARNT, LAYER_FIELDS = 0, 1, 2, 3, 4, 5, 6  # of a layer, in a plan
FIRST, SECOND, OUT, LAYERS = 0, 1, 2, 3
NO_VALUE = 1 << 30
MODULATION = 128  # shared/learning.py's m, of all units: 1
NOTHING = "none"
EVERY = {NOTHING: 1, "all": 1, "half": 2}  # of how many steps layers learn from one
PACE, RATE, FIRST_SQUARE = 8, 3e-4, 1.0


def first_weights(weights: list[NDArray[np.int64]], shifts: list[int]) -> NDArray[np.float32]:
    """What layers begin with that learn, float32 [3, size]: weights, their squares, and their rates. weights: [inputs, outputs] of each
    layer, outputs a multiple of 8."""
    parts = list[NDArray[Any]]()
    for layer, (weight, shift) in enumerate(zip(weights, shifts, strict=True)):
        bits = shift + (3, 2, 0)[layer]
        first = np.concatenate([weight * 2.0**-bits, np.zeros((1, weight.shape[1]))]).reshape(-1)
        parts.append(np.stack([first, np.full(first.size, FIRST_SQUARE), np.full(first.size, RATE)]))
    return np.ascontiguousarray(np.concatenate(parts, 1), np.float32)


@kernel
def learnt_sums(net, layer, inputs):
    """sums: the rounded sums of a layer that learns; inputs: float32 [count][8]; start: the biases of the lanes' kinds.

    Long because eight sums stay in registers.
    """
    at = layer * LAYER_FIELDS
    count, outputs, shift = get_i64(net.plan, at + INPUTS), get_i64(net.plan, at + OUTPUTS), get_i64(net.plan, at + SHIFT)
    weights = get_i64(net.plan, at + LEARNT)
    given, scale = place_of(net.learner, layer), fill_f32(OUTPUT_SCALE if layer == OUT else SUM_SCALE)
    unit, part = fill_f32(INPUT_UNIT if layer else FIRST_UNIT), fill_f32(np.float32(1.0) / np.float32(1 << shift)) / scale
    for i in range(0, count * LANES, LANES):
        store_f32(net.learner.given, given + i, load_f32(inputs, i) * unit)
    store_f32(net.learner.given, given + count * LANES, fill_f32(1.0))
    bias = weights + count * outputs
    for o in range(0, outputs, LANES):
        to = o * LANES
        a = load_f32(net.start, to) * part + fill_f32(get_f32(net.learner.weights, bias + o))
        b = load_f32(net.start, to + LANES) * part + fill_f32(get_f32(net.learner.weights, bias + o + 1))
        c = load_f32(net.start, to + 2 * LANES) * part + fill_f32(get_f32(net.learner.weights, bias + o + 2))
        d = load_f32(net.start, to + 3 * LANES) * part + fill_f32(get_f32(net.learner.weights, bias + o + 3))
        e = load_f32(net.start, to + 4 * LANES) * part + fill_f32(get_f32(net.learner.weights, bias + o + 4))
        f = load_f32(net.start, to + 5 * LANES) * part + fill_f32(get_f32(net.learner.weights, bias + o + 5))
        g = load_f32(net.start, to + 6 * LANES) * part + fill_f32(get_f32(net.learner.weights, bias + o + 6))
        h = load_f32(net.start, to + 7 * LANES) * part + fill_f32(get_f32(net.learner.weights, bias + o + 7))
        at = weights + o
        for i in range(given, given + count * LANES, LANES):
            x = load_f32(net.learner.given, i)
            a = a + fill_f32(get_f32(net.learner.weights, at)) * x
            b = b + fill_f32(get_f32(net.learner.weights, at + 1)) * x
            c = c + fill_f32(get_f32(net.learner.weights, at + 2)) * x
            d = d + fill_f32(get_f32(net.learner.weights, at + 3)) * x
            e = e + fill_f32(get_f32(net.learner.weights, at + 4)) * x
            f = f + fill_f32(get_f32(net.learner.weights, at + 5)) * x
            g = g + fill_f32(get_f32(net.learner.weights, at + 6)) * x
            h = h + fill_f32(get_f32(net.learner.weights, at + 7)) * x
            at += outputs
        store_i32(net.sums, to, rounded(a * scale))
        store_i32(net.sums, to + LANES, rounded(b * scale))
        store_i32(net.sums, to + 2 * LANES, rounded(c * scale))
        store_i32(net.sums, to + 3 * LANES, rounded(d * scale))
        store_i32(net.sums, to + 4 * LANES, rounded(e * scale))
        store_i32(net.sums, to + 5 * LANES, rounded(f * scale))
        store_i32(net.sums, to + 6 * LANES, rounded(g * scale))
        store_i32(net.sums, to + 7 * LANES, rounded(h * scale))


@kernel
def learn_step(net, step):
    """All lanes' symbols of a step are known: `values`, and which are `idle`. Learn from them, if it is time."""
    if net.learner.size == 0 or (step + 1) % net.every > 0:
        return
    kinds = i64_i32(load_i64(net.kinds, 0))
    of_last = kinds == fill_i32(LAST)
    of_last = select(kinds == fill_i32(KINDS + LAST), fill_i32(1), select(of_last, fill_i32(1), fill_i32(0))) == fill_i32(1)
    lowest, highest = select(of_last, fill_i32(0), fill_i32(-NO_VALUE)), select(of_last, fill_i32(LAST - 1), fill_i32(NO_VALUE))
    scale, values, idle = look_up(net.tables.scale, load_i32(net.sizes, 0)), load_i32(net.values, 0), load_i64(net.idle, 0)
    mixture_gradient(net.learner, net, OUT, values, scale, lowest, highest, idle)
    outputs = (2 + net.predictors) * net.components
    for layer in range(OUT, FIRST, -1):
        at, below = layer * LAYER_FIELDS, layer - 1
        units, weights = get_i64(net.plan, at + INPUTS), get_i64(net.plan, at + LEARNT)
        back(net.learner, layer, below, weights, units, outputs, get_i64(net.plan, at + OUTPUTS), False)
        through(net.learner, below, layer, net.modulation, 0, units)
        outputs = units
    if get_i64(net.learner.turn, 0) == net.learner.pace - 1:
        for layer in range(LAYERS):
            at = layer * LAYER_FIELDS
            add_up(net.learner, layer, get_i64(net.plan, at + LEARNT), get_i64(net.plan, at + INPUTS), get_i64(net.plan, at + OUTPUTS))
        learn(net.learner, net.first)
