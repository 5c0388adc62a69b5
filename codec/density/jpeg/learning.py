"""Layers of the JPEG density that learn while they code: shared/learning.py's, with biases for every kind of symbol.

A model that learns moves the weights of all layers of both of its networks, and one bias of each unit for all kinds of symbols, which
begins with 0; those for each kind stay as they are. Where shared/learning.py says pixel, a step of all lanes is meant of which layers
learn: each step ("all", "whole"), the second one of every two ("half"), or the first 2^12 and then the last one of every four ("seldom").
"whole" is in whole numbers (shared/whole_learning.py), and moves weights after every sixteen steps, which are shortened in directions
("directed"); biases of the kinds are times 2^k, too.

Other than there:

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
    Pace,
    add_up,
    back,
    begin,
    is_last,
    learn,
    mixture_gradient,
    place_of,
    rounded,
    teaches,
    through,
    turn_to,
)
from codec.density.shared.plan import BIASES, INPUTS, LEARNT, OUTPUTS, SHIFT, WEIGHTS, field_of
from codec.density.shared.scales import look_up
from codec.density.shared.whole_learning import begin_whole, keep_gradients, keep_inputs, whole_back, whole_learn, whole_through
from codec.lanes.vectors import (
    LANES,
    f32_i32,
    fill_f32,
    fill_i32,
    get_f32,
    get_i32,
    i32_f32,
    i64_i32,
    load_f32,
    load_i32,
    load_i64,
    multiply_pairs,
    pair_up,
    put_i64,
    select,
    store_f32,
    store_i32,
)
from codec.system.kernels import kernel

FIRST, SECOND, OUT, LAYERS = 0, 1, 2, 3
NO_VALUE = 1 << 30
MODULATION = 128  # shared/learning.py's m, of all units: 1
NOTHING = "none"
FIRST_SQUARE = 1.0
ALL, RATES, DIRECTED_RATES = ("first", "second", "out"), (3e-4, 3e-4, 3e-4), (6e-4, 6e-4, 6e-4)
PACES = {  # by names that stand in model files; pixels are steps
    NOTHING: Pace((), 8, RATES),
    "all": Pace(ALL, 8, RATES),
    "half": Pace(ALL, 8, RATES, every=2),
    "whole": Pace(ALL, 16, RATES, whole=True),
    "directed": Pace(ALL, 16, DIRECTED_RATES, whole=True, directed=True),
    "directed-seldom": Pace(ALL, 16, DIRECTED_RATES, every=4, whole=True, directed=True, early=1 << 12),
}


def first_weights(weights: list[NDArray[np.int64]], shifts: list[int], pace: Pace) -> NDArray[np.float32]:
    """What layers begin with that learn, float32 [3, size]: weights, their squares, and their rates; nothing if none learns. weights:
    [inputs, outputs] of each layer, outputs a multiple of 8."""
    if not pace.layers:
        return np.zeros((3, 0), np.float32)
    parts = list[NDArray[Any]]()
    for layer, (weight, shift) in enumerate(zip(weights, shifts, strict=True)):
        bits = shift + (3, 2, 0)[layer]
        first = np.concatenate([weight * 2.0**-bits, np.zeros((1, weight.shape[1]))]).reshape(-1)
        parts.append(np.stack([first, np.full(first.size, FIRST_SQUARE), np.full(first.size, pace.rates[layer])]))
    return np.ascontiguousarray(np.concatenate(parts, 1), np.float32)


@kernel
def begin_layers(net):
    """Forget all that layers have learnt."""
    begin(net.learner, net.first)
    if net.whole.on:
        begin_whole(net.whole, net.plan, net.learner, net.whole_weights, net.whole_biases)


@kernel
def turn_to_step(net, step):
    """Go on to a step, from which layers learn or not: from all of the first net.early ones, and then from the last of every `every`."""
    later = max(step - net.early, 0)
    turn_to(net.learner, min(step, net.early) + later // net.every)
    put_i64(net.learner.turn, 2, 1 if step < net.early or (later + 1) % net.every == 0 else 0)


@kernel
def learnt_sums(net, layer, inputs):
    """sums: the rounded sums of a layer that learns; inputs: int32 [count][8]; start: the biases of the lanes' kinds.

    Long because eight sums stay in registers.
    """
    count, outputs, shift = field_of(net.plan, layer, INPUTS), field_of(net.plan, layer, OUTPUTS), field_of(net.plan, layer, SHIFT)
    weights = field_of(net.plan, layer, LEARNT)
    given, scale = place_of(net.learner, layer), fill_f32(OUTPUT_SCALE if layer == OUT else SUM_SCALE)
    unit, part = fill_f32(INPUT_UNIT if layer else FIRST_UNIT), fill_f32(np.float32(1.0) / np.float32(1 << shift)) / scale
    for i in range(0, count * LANES, LANES):
        store_f32(net.learner.given, given + i, i32_f32(load_i32(inputs, i)) * unit)
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
def whole_sums(net, layer, inputs):
    """learnt_sums, in whole numbers.

    Long because eight sums stay in registers.
    """
    count, outputs, shift = field_of(net.plan, layer, INPUTS), field_of(net.plan, layer, OUTPUTS), field_of(net.plan, layer, SHIFT)
    weight, bias, half = field_of(net.plan, layer, WEIGHTS), field_of(net.plan, layer, BIASES), 1 << (shift - 1)
    if teaches(net.learner):
        keep_inputs(net.whole, net.learner, layer, inputs, count)
    pairs = count // 2 * LANES
    for i in range(0, pairs, LANES):
        store_i32(net.pairs, i, pair_up(load_i32(inputs, 2 * i), load_i32(inputs, 2 * i + LANES)))
    for o in range(0, outputs, LANES):
        to = o * LANES
        a = f32_i32(load_f32(net.start, to)) + fill_i32(get_i32(net.whole_biases, bias + o) + half)
        b = f32_i32(load_f32(net.start, to + LANES)) + fill_i32(get_i32(net.whole_biases, bias + o + 1) + half)
        c = f32_i32(load_f32(net.start, to + 2 * LANES)) + fill_i32(get_i32(net.whole_biases, bias + o + 2) + half)
        d = f32_i32(load_f32(net.start, to + 3 * LANES)) + fill_i32(get_i32(net.whole_biases, bias + o + 3) + half)
        e = f32_i32(load_f32(net.start, to + 4 * LANES)) + fill_i32(get_i32(net.whole_biases, bias + o + 4) + half)
        f = f32_i32(load_f32(net.start, to + 5 * LANES)) + fill_i32(get_i32(net.whole_biases, bias + o + 5) + half)
        g = f32_i32(load_f32(net.start, to + 6 * LANES)) + fill_i32(get_i32(net.whole_biases, bias + o + 6) + half)
        h = f32_i32(load_f32(net.start, to + 7 * LANES)) + fill_i32(get_i32(net.whole_biases, bias + o + 7) + half)
        at = weight + o
        for i in range(0, pairs, LANES):
            x = load_i32(net.pairs, i)
            a = multiply_pairs(fill_i32(get_i32(net.whole_weights, at)), x, a)
            b = multiply_pairs(fill_i32(get_i32(net.whole_weights, at + 1)), x, b)
            c = multiply_pairs(fill_i32(get_i32(net.whole_weights, at + 2)), x, c)
            d = multiply_pairs(fill_i32(get_i32(net.whole_weights, at + 3)), x, d)
            e = multiply_pairs(fill_i32(get_i32(net.whole_weights, at + 4)), x, e)
            f = multiply_pairs(fill_i32(get_i32(net.whole_weights, at + 5)), x, f)
            g = multiply_pairs(fill_i32(get_i32(net.whole_weights, at + 6)), x, g)
            h = multiply_pairs(fill_i32(get_i32(net.whole_weights, at + 7)), x, h)
            at += outputs
        store_i32(net.sums, to, a >> shift)
        store_i32(net.sums, to + LANES, b >> shift)
        store_i32(net.sums, to + 2 * LANES, c >> shift)
        store_i32(net.sums, to + 3 * LANES, d >> shift)
        store_i32(net.sums, to + 4 * LANES, e >> shift)
        store_i32(net.sums, to + 5 * LANES, f >> shift)
        store_i32(net.sums, to + 6 * LANES, g >> shift)
        store_i32(net.sums, to + 7 * LANES, h >> shift)


@kernel
def learn_step(net):
    """All lanes' symbols of a step are known: `values`, and which are `idle`. Learn from them, if it is time."""
    if net.learner.size == 0 or not teaches(net.learner):
        return
    kinds = i64_i32(load_i64(net.kinds, 0))
    of_last = kinds == fill_i32(LAST)
    of_last = select(kinds == fill_i32(KINDS + LAST), fill_i32(1), select(of_last, fill_i32(1), fill_i32(0))) == fill_i32(1)
    lowest, highest = select(of_last, fill_i32(0), fill_i32(-NO_VALUE)), select(of_last, fill_i32(LAST - 1), fill_i32(NO_VALUE))
    scale, values, idle = look_up(net.tables.scale, load_i32(net.sizes, 0)), load_i32(net.values, 0), load_i64(net.idle, 0)
    mixture_gradient(net.learner, net, 0, OUT, values, scale, lowest, highest, idle)
    outputs = (2 + net.predictors) * net.components
    if net.whole.on:
        keep_gradients(net.whole, net.learner, OUT, outputs, field_of(net.plan, OUT, OUTPUTS))
    for layer in range(OUT, FIRST, -1):
        below, units = layer - 1, field_of(net.plan, layer, INPUTS)
        if net.whole.on:
            whole_back(net.whole, net.plan, net.learner, layer, below, units, False)
            whole_through(net.whole, net.learner, below, layer, net.modulation, 0, units)
        else:
            back(net.learner, layer, below, field_of(net.plan, layer, LEARNT), units, outputs, field_of(net.plan, layer, OUTPUTS), False)
            through(net.learner, below, layer, net.modulation, 0, units)
        outputs = units
    if is_last(net.learner):
        _move_weights(net)


@kernel
def _move_weights(net):
    for layer in range(LAYERS):
        count, outputs = field_of(net.plan, layer, INPUTS), field_of(net.plan, layer, OUTPUTS)
        if net.whole.on:
            whole_learn(net.whole, net.plan, net.learner, layer, net.whole_weights, net.whole_biases, net.first)
        else:
            add_up(net.learner, layer, field_of(net.plan, layer, LEARNT), count, outputs)
    if not net.whole.on:
        learn(net.learner, net.first)
